"""What a synthetic user says of themselves: drawn from what they care for, plainly or between the lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from scipy.special import softmax

from experiments.ptool.days import day_after
from experiments.ptool.exclusions import excluded, without
from experiments.ptool.phrasing import one_of, phrases
from experiments.ptool.population import SHARPNESS
from experiments.ptool.vocabulary import admissible, exclusion_words, kin

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.random import Generator

    from experiments.ptool.exclusions import Exclusion
    from experiments.ptool.habits import Habits
    from experiments.ptool.identity import Identity
    from experiments.ptool.population import Liking
    from experiments.ptool.settings import Settings
    from experiments.ptool.world import World

__all__ = ["Statement", "StatementKind", "about_trait", "draw_statements"]

StatementKind = Literal["for", "against", "other", "platform", "left", "option", "address", "hostile"]
"""For or against a trait; of somebody else; for a platform, or that it was left for good; of a usual value; an address
by default; a command."""

_KINDS: tuple[StatementKind, ...] = ("for", "against", "other", "platform")
_SHARES = (0.6, 0.12, 0.13, 0.15)
_INDIRECT = 0.6
_EARLIEST, _EARLIER = 30, 400  # days by which what is stale was said before the change of mind
_WORDINGS = 40
_TOLD = 0.5  # of those who left a platform, who say so


class Statement(NamedTuple):
    """A statement.

    Attributes:
        text: In words.
        kind: What it says.
        trait: The number of the trait that it is about, or -1.
        scenario: The number of the scenario of its platform, or -1.
        platform: The number of the platform there, or -1.
        noun: Of a usual value, the thing.
        option: Of a usual value, the choice.
        since: The day from which it holds; empty where it is not said.
    """

    text: str
    kind: StatementKind
    trait: int = -1
    scenario: int = -1
    platform: int = -1
    noun: str = ""
    option: str = ""
    since: str = ""

    def to_json(self) -> str | dict[str, Any]:
        """As a profile shows it."""
        return {"text": self.text, "since": self.since} if self.since else self.text


def draw_statements(
    rng: Generator,
    *,
    settings: Settings,
    world: World,
    levels: Sequence[int],
    liking: Liking,
    habits: Habits,
    identity: Identity,
    drifted: str,
    exclusions: Sequence[Exclusion],
) -> tuple[Statement, ...]:
    """Statements in the order in which a profile has them; ``drifted`` is the day of a change of mind, or empty.

    What they are about is drawn by what the user likes; of the words for it only those are drawn that may be true of
    people of these levels.
    """
    made: list[Statement] = []
    if drifted and liking.swapped is not None:
        made += _changed(rng, world, liking.swapped, drifted, levels)
    told = [own for own in exclusions if own.why == "left" and rng.random() < _TOLD]
    made += [_left(rng, settings, world, own, levels) for own in told]
    for _ in range(rng.integers(settings.statements[0], settings.statements[1] + 1)):
        subject = _subject(rng, settings, world, liking, exclusions)
        for _ in range(_WORDINGS):  # what is said is drawn once; words that were said already are not said again
            said = _worded(rng, world, subject, levels)
            if all(said.text != own.text for own in made):
                made.append(said)
                break
    made += _usual(rng, world, habits)
    if habits.address and len(identity.values["address"]) > 1:
        made.append(Statement(one_of(rng, phrases().address_statements[habits.address]), "address"))
    return tuple(made[place] for place in rng.permutation(len(made)))


def about_trait(
    rng: Generator,
    world: World,
    trait: int,
    kind: StatementKind,
    *,
    since: str = "",
    plain: bool = False,
    levels: Sequence[int] | None = None,
) -> Statement:
    """A statement about a trait.

    Args:
        rng: Draws.
        world: Whose ways to speak of it are used.
        trait: Its number.
        kind: ``for``, ``against`` or ``other``.
        since: The day from which it holds; empty where it is not said.
        plain: Say it in plain words.
        levels: Of the features of who says so; without them it is said in words that may be true of everybody.
    """
    words = world.words[trait]
    if kind == "against":
        ways = words.against
    elif kind == "other":
        ways = words.other
    else:
        ways = words.indirect if not plain and rng.random() < _INDIRECT else words.direct
    text = one_of(rng, admissible(ways, levels))
    if kind == "other":
        text = text.format(kin=one_of(rng, admissible(kin(), levels)))
    return Statement(text, kind, trait, since=since)


def _subject(
    rng: Generator, settings: Settings, world: World, liking: Liking, exclusions: Sequence[Exclusion]
) -> Statement:
    """What a statement is about, without its words."""
    kind = _KINDS[int(rng.choice(len(_KINDS), p=_SHARES))]
    if kind == "platform":
        number = int(rng.integers(len(world.scenarios)))
        liked = without(liking.of_platforms(number, world.scenarios[number].traits), excluded(exclusions, number))
        shares = softmax(liked / settings.noise)
        return Statement("", kind, scenario=number, platform=int(rng.choice(len(shares), p=shares)))
    if kind == "other":
        return Statement("", kind, int(rng.integers(len(liking.traits))))
    sign = 1.0 if kind == "for" else -1.0
    return Statement("", kind, int(rng.choice(len(liking.traits), p=softmax(sign * SHARPNESS * liking.traits))))


def _worded(rng: Generator, world: World, subject: Statement, levels: Sequence[int]) -> Statement:
    if subject.kind != "platform":
        return about_trait(rng, world, subject.trait, subject.kind, levels=levels)
    scenario = world.scenarios[subject.scenario]
    named = {"scenario": scenario.name.lower(), "platform": scenario.platforms[subject.platform].name}
    return subject._replace(text=one_of(rng, phrases().platform_statements).format_map(named))


def _usual(rng: Generator, world: World, habits: Habits) -> list[Statement]:
    """Every usual value of a choice, as it holds where nothing is said."""
    made = []
    for scenario in world.scenarios:
        for thing in scenario.things:
            for option in thing.options:
                if (value := habits.options.get((thing.noun, option.name))) is not None:
                    said = one_of(rng, option.say).format(value=value)
                    text = one_of(rng, phrases().option_statements).format(
                        act=thing.act, noun=thing.noun, plural=thing.plural, said=said
                    )
                    made.append(Statement(text, "option", noun=thing.noun, option=option.name))
    return made


def _left(rng: Generator, settings: Settings, world: World, own: Exclusion, levels: Sequence[int]) -> Statement:
    """That a platform was left, and when."""
    scenario, words = world.scenarios[own.scenario], exclusion_words(settings.wordings)
    year, month, _ = own.since.split("-")
    text = one_of(rng, admissible(words.left, levels)).format(
        platform=scenario.platforms[own.platform].name,
        scenario=scenario.name.lower(),
        month=f"{phrases().months[int(month) - 1]} {year}",
    )
    return Statement(text, "left", scenario=own.scenario, platform=own.platform, since=own.since)


def _changed(
    rng: Generator, world: World, swapped: tuple[int, int], drifted: str, levels: Sequence[int]
) -> list[Statement]:
    """What is said of a change of mind: what mattered once, that it does no more, and what does since."""
    gained, lost = swapped
    earlier = day_after(drifted, -int(rng.integers(_EARLIEST, _EARLIER)))
    return [
        about_trait(rng, world, lost, "for", since=earlier, plain=True, levels=levels),
        about_trait(rng, world, lost, "against", since=drifted, levels=levels),
        about_trait(rng, world, gained, "for", since=drifted, plain=True, levels=levels),
    ]
