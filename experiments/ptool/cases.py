"""Requests of synthetic users with their gold: which platform, which calls, where each value comes from, and why."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from experiments.ptool.behaviour import draw_values
from experiments.ptool.drafts import Draft, Unanswerable, draw_draft
from experiments.ptool.phrasing import Part, compose, one_of, phrases
from experiments.ptool.vocabulary import traits

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.random import Generator
    from pydantic import JsonValue

    from experiments.ptool.person import Person
    from experiments.ptool.phrasing import Said
    from experiments.ptool.world import Act, Function, Scenario, World

__all__ = ["KINDS", "Case", "Kind", "Unanswerable", "as_record", "draw_case", "platform_evidence"]

Kind = Literal["preference", "arguments", "both", "named", "trait", "value", "usual", "history", "nothing", "several"]
"""``preference``: what the user likes decides the platform, and the request says all values. ``arguments``: it names a
platform, and the profile holds values. ``both``. ``named``: it names a platform that the user likes less. ``trait``: it
wants a trait, this once. ``value``: it says a value that the profile has otherwise. ``usual``: it means what the log
shows to be usual. ``history``: it means something in the log. ``nothing``: no platform here does this. ``several``: two
calls."""

KINDS: dict[Kind, float] = {
    "preference": 0.24,
    "both": 0.2,
    "arguments": 0.15,
    "named": 0.07,
    "trait": 0.06,
    "value": 0.06,
    "usual": 0.07,
    "history": 0.06,
    "nothing": 0.04,
    "several": 0.05,
}
"""The share of each kind."""

_AT_WORK = 0.2
_FEWEST_USUAL = 3
_MOSTLY = 0.6
_TRIES = 40
_FREE: tuple[Act, ...] = ("search", "details", "review", "main")
_NEEDING: tuple[Act, ...] = ("main", "schedule")
_AFTER: tuple[Act, ...] = ("cancel", "change", "status")


@dataclass(frozen=True, kw_only=True)
class Case:
    """A request with its gold.

    Attributes:
        kind: See `Kind`.
        scenario: The number of the scenario of the platforms to choose from.
        said: The request.
        platform: The number of the right one, -1 for none.
        calls: Function and arguments of each call.
        from_query: Parameters whose value the request says.
        from_profile: Parameters whose value the profile or the log holds.
        evidence: Paths into the profile of what decides it, the platform's and the arguments'.
        preferred: Whether what the user likes decides the platform.
        work: Whether it is for work.
    """

    kind: Kind
    scenario: int
    said: Said
    platform: int
    calls: tuple[tuple[Function, dict[str, JsonValue]], ...]
    from_query: tuple[str, ...]
    from_profile: tuple[str, ...]
    evidence: tuple[str, ...]
    preferred: bool
    work: bool = False

    def on(self, platform: int) -> Case:
        """The same on another platform."""
        return replace(self, platform=platform)


def draw_case(rng: Generator, world: World, person: Person, kind: Kind) -> Case:
    """A request of one kind.

    Raises:
        Unanswerable: This user has no such request, in several tries.
    """
    why = ""
    for _ in range(_TRIES):
        number = int(rng.integers(len(world.scenarios)))
        try:
            return _MAKERS[kind](rng, world, person, number)
        except Unanswerable as reason:
            why = str(reason)
    raise Unanswerable(why)


def platform_evidence(world: World, person: Person, scenario: int) -> tuple[str, ...]:
    """Paths of what tells the platform that a user likes in a scenario: statements about what differs, and its log."""
    own = world.scenarios[scenario].traits
    differs = np.ptp(own, axis=0) > 0
    told = [
        f"preferences.{place}"
        for place, one in enumerate(person.statements)
        if (one.kind in ("for", "against") and differs[one.trait]) or one.scenario == scenario
    ]
    return (*told, *(f"history.{place}" for place, one in enumerate(person.log) if one.scenario == scenario))


def _preference(rng: Generator, world: World, person: Person, number: int) -> Case:
    draft = draw_draft(rng, world.scenarios[number], person, _FREE, needs=False)
    return _liked(rng, world, person, number, "preference", draft)


def _both(rng: Generator, world: World, person: Person, number: int) -> Case:
    return _liked(rng, world, person, number, "both", _needing(rng, world.scenarios[number], person))


def _arguments(rng: Generator, world: World, person: Person, number: int) -> Case:
    return _on(rng, world, number, "arguments", _needing(rng, world.scenarios[number], person))


def _named(rng: Generator, world: World, person: Person, number: int) -> Case:
    draft = draw_draft(rng, world.scenarios[number], person, _FREE, needs=False)
    best = int(np.argmax(person.liking.of_platforms(number, world.scenarios[number].traits)))
    return _on(rng, world, number, "named", draft, other_than=best)


def _trait(rng: Generator, world: World, person: Person, number: int) -> Case:
    scenario = world.scenarios[number]
    best = int(np.argmax(person.liking.of_platforms(number, scenario.traits)))
    strong = scenario.traits > 0
    only = [
        (int(trait), int(np.flatnonzero(strong[:, trait])[0]))
        for trait in np.flatnonzero(strong.sum(axis=0) == 1)
        if int(np.flatnonzero(strong[:, trait])[0]) != best
    ]
    if not only:
        raise Unanswerable("no trait is of one other platform alone")
    trait, place = only[int(rng.integers(len(only)))]
    words = traits()[trait]
    draft = draw_draft(rng, scenario, person, _FREE, needs=False)
    template = one_of(rng, (*words.ask, *phrases().word))
    draft.more.append(Part(template, {"word": words.word}, apart=True))
    return _case(rng, number, "trait", [draft], place)


def _value(rng: Generator, world: World, person: Person, number: int) -> Case:
    draft = draw_draft(rng, world.scenarios[number], person, _NEEDING, needs=True, otherwise=True)
    return _liked(rng, world, person, number, "value", draft)


def _usual(rng: Generator, world: World, person: Person, number: int) -> Case:
    scenario = world.scenarios[number]
    found = [thing for thing in scenario.things if thing.noun in person.habits.items]
    if not found:
        raise Unanswerable("nothing is usual")
    thing = found[int(rng.integers(len(found)))]
    entries = [
        (place, entry)
        for place, entry in enumerate(person.log)
        if entry.function.thing is thing and entry.function.act == "main"
    ]
    usual = person.habits.items[thing.noun]
    shows = [place for place, entry in entries if entry.arguments[thing.item.name] == usual]
    if len(shows) < _FEWEST_USUAL or len(shows) < _MOSTLY * len(entries):
        raise Unanswerable("the log does not show what is usual")
    draft = draw_draft(rng, scenario, person, ("main",), needs=True, thing=thing.noun)
    del draft.said[thing.item.name]
    draft.usual = one_of(rng, phrases().usual).format(noun=thing.noun)
    draft.hold(thing.item.name, usual, *(f"history.{place}" for place in shows))
    return _liked(rng, world, person, number, "usual", draft)


def _history(rng: Generator, world: World, person: Person, number: int) -> Case:
    scenario = world.scenarios[number]
    dated = [
        (place, entry)
        for place, entry in enumerate(person.log)
        if entry.scenario == number and entry.reference and "date" in entry.arguments
    ]
    if not dated:
        raise Unanswerable("the log has nothing that was booked for a day")
    place, entry = dated[int(rng.integers(len(dated)))]
    thing, day = entry.function.thing, str(entry.arguments["date"])
    if sum(own.function.thing is thing and own.arguments.get("date") == day for _, own in dated) > 1:
        raise Unanswerable("the day tells of two")
    function = scenario.function(thing, _AFTER[int(rng.integers(len(_AFTER)))])
    draft = Draft(function, past=day)
    draft.hold("reference", entry.reference, f"history.{place}")
    if function.act == "change":
        said, _ = draw_values(rng, function, person.habits, day)
        draft.said.update(said)
        draft.arguments.update(said)
    return _case(rng, number, "history", [draft], entry.platform)


def _nothing(rng: Generator, world: World, person: Person, number: int) -> Case:
    others = [own for own in range(len(world.scenarios)) if own != number]
    if not others:
        raise Unanswerable("there is one scenario alone")
    draft = draw_draft(rng, world.scenarios[others[int(rng.integers(len(others)))]], person, _FREE, needs=False)
    said = compose(rng, draft.core(rng), draft.parts(rng))
    return Case(
        kind="nothing",
        scenario=number,
        said=said,
        platform=-1,
        calls=(),
        from_query=(),
        from_profile=(),
        evidence=(),
        preferred=False,
    )


def _several(rng: Generator, world: World, person: Person, number: int) -> Case:
    scenario = world.scenarios[number]
    one, two = draw_draft(rng, scenario, person, _FREE, needs=False), _needing(rng, scenario, person)
    if one.function.thing is two.function.thing or set(one.arguments) & set(two.arguments):
        raise Unanswerable("both are about the same")
    return _liked(rng, world, person, number, "several", one, two)


_MAKERS: dict[Kind, Callable[[Generator, World, Person, int], Case]] = {
    "preference": _preference,
    "arguments": _arguments,
    "both": _both,
    "named": _named,
    "trait": _trait,
    "value": _value,
    "usual": _usual,
    "history": _history,
    "nothing": _nothing,
    "several": _several,
}
if set(_MAKERS) != set(get_args(Kind)):  # pragma: no cover - a mistake in this module
    raise AssertionError("a kind without a maker")


def _liked(rng: Generator, world: World, person: Person, number: int, kind: Kind, *drafts: Draft) -> Case:
    """A case on the platform that the user likes best, sometimes for work."""
    work = bool(rng.random() < _AT_WORK)
    best = int(np.argmax(person.liking.of_platforms(number, world.scenarios[number].traits, work=work)))
    if work:
        drafts[-1].more.append(Part(one_of(rng, phrases().work), {}))
    evidence = platform_evidence(world, person, number)
    return _case(rng, number, kind, list(drafts), best, evidence=evidence, preferred=True, work=work)


def _on(rng: Generator, world: World, number: int, kind: Kind, draft: Draft, *, other_than: int = -1) -> Case:
    """A case on a platform that is named."""
    platforms = world.scenarios[number].platforms
    places = [place for place in range(len(platforms)) if place != other_than]
    place = places[int(rng.integers(len(places)))]
    draft.more.append(Part(one_of(rng, phrases().platform), {"platform": platforms[place].name}, front=True))
    return _case(rng, number, kind, [draft], place)


def _case(
    rng: Generator,
    number: int,
    kind: Kind,
    drafts: list[Draft],
    platform: int,
    *,
    evidence: tuple[str, ...] = (),
    preferred: bool = False,
    work: bool = False,
) -> Case:
    whole = drafts[0].core(rng)
    modifiers = drafts[0].parts(rng)
    if len(drafts) > 1:
        first = compose(rng, whole, modifiers, short=True)
        second, later = drafts[1].core(rng), drafts[1].parts(rng)
        joined = one_of(rng, phrases().joined)
        one = f"{first.text[:1].lower()}{first.text[1:]}".rstrip(".")
        whole = Part(joined.replace("{two}", second.template), {"one": one, **second.values})
        modifiers = later
    return Case(
        kind=kind,
        scenario=number,
        said=compose(rng, whole, modifiers),
        platform=platform,
        calls=tuple((own.function, own.arguments) for own in drafts),
        from_query=tuple(dict.fromkeys(name for own in drafts for name in own.said)),
        from_profile=tuple(dict.fromkeys(name for own in drafts for name in own.held)),
        evidence=tuple(dict.fromkeys([*evidence, *(path for own in drafts for path in own.evidence)])),
        preferred=preferred,
        work=work,
    )


def _needing(rng: Generator, scenario: Scenario, person: Person) -> Draft:
    draft = draw_draft(rng, scenario, person, _NEEDING, needs=True)
    if not draft.held:
        raise Unanswerable("nothing is left to the profile")
    return draft


def as_record(case: Case, world: World, person: Person, name: str) -> dict[str, Any]:
    """A case as a record in PTBench's shape, its own keys first; see `docs/ptool.md` for the others."""
    scenario = world.scenarios[case.scenario]
    platform = scenario.platforms[case.platform].name if case.platform >= 0 else ""
    return {
        "id": name,
        "query": case.said.text,
        "user_profile": person.profile(world),
        "platforms": [own.to_json() for own in scenario.platforms],
        "tools": scenario.tools(),
        "answer": [
            platform,
            [{function.name: {own: [value] for own, value in arguments.items()}} for function, arguments in case.calls],
        ],
        "query_params": list(case.from_query),
        "profile_params": list(case.from_profile),
        "user": person.name,
        "scenario": scenario.name,
        "kind": case.kind,
        "evidence": list(case.evidence),
    }
