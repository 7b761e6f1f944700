"""The log of a synthetic user: drawn from what the user likes, with noise, by context, until a platform is left."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from experiments.ptool.asking import core, parts
from experiments.ptool.days import FIRST_DAY, LAST_DAY, day_after, draw_clock
from experiments.ptool.exclusions import FEWEST_AFTER, FEWEST_BEFORE, Exclusion, excluded, plan_leaving, without
from experiments.ptool.phrasing import Part, compose, one_of, phrases

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.random import Generator
    from pydantic import JsonValue

    from experiments.ptool.habits import Habits
    from experiments.ptool.identity import Identity
    from experiments.ptool.person import Style
    from experiments.ptool.population import Liking
    from experiments.ptool.settings import Settings
    from experiments.ptool.vocabulary import Thing
    from experiments.ptool.world import Function, Scenario, World

__all__ = [
    "BEST",
    "RATING_MIDDLE",
    "RATING_MOOD",
    "RATING_SPREAD",
    "WORST",
    "Entry",
    "draw_entry",
    "draw_log",
    "draw_values",
]

_ACTS = ("main", "search", "schedule")
_SHARES = (0.8, 0.14, 0.06)
_AT_WORK, _USUAL, _OPTION, _COUNT = 0.2, 0.75, 0.3, 0.3
_SOONEST, _LATEST = 1, 21
_OPEN = 0.7
"""Share of what is booked in the last months that is for a day after that of the requests: it can still be moved."""

_LAST_MONTHS, _FURTHEST = day_after(LAST_DAY, -90), 45
_MOST = 6
RATING_MIDDLE, WORST, BEST = 3.0, 1, 5
RATING_SPREAD, RATING_MOOD = 1.2, 0.7


class Entry(NamedTuple):
    """One entry of a log.

    Attributes:
        instruction: What was asked.
        scenario: The number of its scenario.
        platform: The number of its platform there.
        function: What was called.
        arguments: By parameter.
        work: Whether it was for work.
        past: Whether it was before the user's change of mind.
        day: When.
        clock: At what time of day.
        reference: Of what was ordered or booked; empty else.
        rating: How the user liked it, 1 to 5.
    """

    instruction: str
    scenario: int
    platform: int
    function: Function
    arguments: dict[str, JsonValue]
    work: bool
    past: bool
    day: str
    clock: str
    reference: str
    rating: int

    def to_json(self, world: World, style: Style) -> dict[str, Any]:
        """As a profile shows it."""
        platform = world.scenarios[self.scenario].platforms[self.platform].name
        shown: dict[str, Any] = {
            "instruction": self.instruction,
            "platform": platform,
            "api": self.function.name,
            "arguments": self.arguments,
        }
        if self.reference:
            shown["reference"] = self.reference
        if style == "times":
            shown["time"] = f"{self.day}T{self.clock}"
        if style == "ratings":
            shown["rating"] = self.rating
        return shown


def draw_log(
    rng: Generator,
    *,
    settings: Settings,
    world: World,
    liking: Liking,
    identity: Identity,
    habits: Habits,
    turn: int | None,
    closed: Sequence[Exclusion],
    leaves: bool,
) -> tuple[tuple[Entry, ...], tuple[Exclusion, ...]]:
    """A log, oldest entry first, and the platforms that are excluded for the user.

    Args:
        rng: Draws.
        settings: Of the synthesis.
        world: Its world.
        liking: What the user likes.
        identity: What is known of the user by name.
        habits: What the user takes.
        turn: The day of a change of mind, in days after the first day; None without one.
        closed: The platforms that do not serve the user.
        leaves: Whether the user leaves a platform for good, after a bad experience with it.
    """
    count = int(rng.integers(settings.log[0], settings.log[1] + 1))
    span = (date.fromisoformat(LAST_DAY) - date.fromisoformat(FIRST_DAY)).days
    interest = rng.dirichlet(np.full(len(world.scenarios), 2.0))
    offsets = np.sort(rng.integers(0, span, count)).tolist()
    numbers, plans = rng.choice(len(world.scenarios), size=count, p=interest), dict[int, int]()
    if leaves:
        able = [place for place in range(len(world.scenarios)) if settings.platforms - len(excluded(closed, place)) > 1]
        numbers, plans = plan_leaving(rng, numbers, able)
    entries: list[Entry] = []
    exclusions = list(closed)
    for place, (offset, number) in enumerate(zip(offsets, numbers.tolist(), strict=True)):
        day, past = day_after(FIRST_DAY, offset), turn is not None and offset < turn
        work = bool(rng.random() < _AT_WORK)
        entry = draw_entry(rng, world, number, identity=identity, habits=habits, day=day, work=work)
        liked = liking.of_platforms(number, world.scenarios[number].traits, work=entry.work, past=past)
        noisy = liked + rng.gumbel(0.0, settings.noise, len(liked))
        chosen = int(np.argmax(without(noisy, excluded(exclusions, number))))
        rating = round(RATING_MIDDLE + RATING_SPREAD * (liked[chosen] - liked.mean()) + rng.normal(0.0, RATING_MOOD))
        entries.append(entry._replace(platform=chosen, past=past, rating=min(max(rating, WORST), BEST)))
        if number in plans and _is_last(entries, plans[number], int((numbers[place + 1 :] == number).sum())):
            del plans[number]
            entries[-1] = entries[-1]._replace(rating=WORST)
            exclusions.append(Exclusion(number, chosen, "left", since=day, entry=place))
    return tuple(entries), tuple(exclusions)


def _is_last(entries: Sequence[Entry], earliest: int, to_come: int) -> bool:
    """Whether the platform of the last entry is left after it: by what is visible of the log alone.

    Args:
        entries: All so far.
        earliest: How many of its scenario are before it at least.
        to_come: How many of its scenario come after it.
    """
    used = [own.platform for own in entries if own.scenario == entries[-1].scenario]
    return len(used) > earliest and used.count(used[-1]) >= FEWEST_BEFORE and to_come >= FEWEST_AFTER


def draw_entry(
    rng: Generator, world: World, number: int, *, identity: Identity, habits: Habits, day: str, work: bool
) -> Entry:
    """An entry of a scenario, of which the platform is yet to be chosen; for work only if its thing may be."""
    function = _function(rng, world.scenarios[number])
    work = work and "work" not in function.thing.unfit
    said, silent = draw_values(rng, function, habits, day)
    if "date" in said and day > _LAST_MONTHS and rng.random() < _OPEN:
        said["date"] = day_after(LAST_DAY, int(rng.integers(_SOONEST, _FURTHEST)))
    modifiers = [*parts(rng, function, said), *([Part(one_of(rng, phrases().work), {})] if work else [])]
    given = {**silent, **said, **_known(function, identity, habits, work=work)}
    item = str(given[function.thing.item.name])
    return Entry(
        instruction=compose(rng, core(rng, function, item), modifiers, short=True).text.rstrip("."),
        scenario=number,
        platform=0,
        function=function,
        arguments={name: given[name] for name in function.parameters if name in given},
        work=work,
        past=False,
        day=day,
        clock=draw_clock(rng),
        reference=_reference(rng) if function.act in ("main", "schedule") else "",
        rating=BEST,
    )


def draw_values(
    rng: Generator, function: Function, habits: Habits, day: str
) -> tuple[dict[str, JsonValue], dict[str, JsonValue]]:
    """Values of a call that are said, and those that a habit settles; what the user must tell of themselves aside.

    Args:
        rng: Draws.
        function: What is called.
        habits: The user's.
        day: Of the request.
    """
    thing = function.thing
    said: dict[str, JsonValue] = {}
    silent: dict[str, JsonValue] = {}
    if thing.item.name in function.parameters:
        usual = habits.items.get(thing.noun)
        said[thing.item.name] = usual if usual and rng.random() < _USUAL else one_of(rng, thing.item.values)
    for option in thing.options if function.act in ("main", "search") else ():
        value = habits.options.get((thing.noun, option.name))
        if value is None and rng.random() < _OPTION:
            said[option.name] = one_of(rng, option.values)
        elif value is not None and function.act == "main":
            silent[option.name] = value
    if thing.count is not None and function.act == "main" and rng.random() < _COUNT:
        said[thing.count.name] = int(rng.integers(2, _MOST + 1))
    if "date" in function.parameters:
        said["date"] = day_after(day, int(rng.integers(_SOONEST, _LATEST)))
    if "time" in function.parameters:
        said["time"] = draw_clock(rng)
    if "interval" in function.parameters:
        every = function.parameters["interval"]["enum"]
        said["interval"] = one_of(rng, [own for own in every if own != "day" or _is_daily(function.thing)])
    if "rating" in function.parameters:
        said["rating"] = int(rng.integers(WORST, BEST + 1))
    return said, silent


def _is_daily(thing: Thing) -> bool:
    return not {"daily", "schedule"} & set(thing.unfit)


def _function(rng: Generator, scenario: Scenario) -> Function:
    act = _ACTS[int(rng.choice(len(_ACTS), p=_SHARES))]
    options = [own for own in scenario.functions if own.act == act]
    return options[int(rng.integers(len(options)))]


def _known(function: Function, identity: Identity, habits: Habits, *, work: bool) -> dict[str, JsonValue]:
    """What the user told of themselves: at work what holds there, else what is private or holds by default."""
    found: dict[str, JsonValue] = {}
    for name, kind in function.needs.items():
        own = identity.values.get(kind, {})
        if own:
            by_default = habits.address if kind == "address" and not work else ""
            context = by_default or next((one for one in own if (one == "work") is work), next(iter(own)))
            found[name] = own[context]
    return found


def _reference(rng: Generator) -> str:
    letters = "ABCDEFGHJKLMNPQRSTUVWXYZ"
    return f"{letters[rng.integers(len(letters))]}{letters[rng.integers(len(letters))]}-{rng.integers(1000, 10000)}"
