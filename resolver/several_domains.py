"""Statements that a second platform is to be looked at as well, and what its call shares with the first.

"If I look for a concert, check out restaurants too": where the platform of the first is chosen, the tool of the second
that does the same job is called too. What the first call says of place, day or people is said of the second as well.
"""

from __future__ import annotations

import re
from itertools import permutations
from typing import TYPE_CHECKING, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np

from indexes import analyse
from resolver.clauses import ASKING, read_statement
from resolver.coerce import coerce, stems
from resolver.names import words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pydantic import JsonValue

    from resolver.cards import CatalogIndex
    from resolver.clauses import StatementReading
    from resolver.instructions import InstructionReader
    from resolver.reading import Tag
    from resolver.records import Linked
    from resolver.resolution import Binding
    from resolver.several_model import SeveralModel

__all__ = ["Carried", "Domain", "carry", "carry_rows", "counterpart", "domain_facts", "domain_rows", "further_domains"]

_WANTED = 0.5
_REST = 6.0
_SHORTEST = 3
_MOST_DOMAINS = 3
_SHARED: tuple[Tag, ...] = ("place", "date", "time", "number", "name")
_JOINED = re.compile(r"\W*(?:and|&|as well as|along with|plus)\W*(?:also\b|the\b|my\b|\W)*", re.IGNORECASE)
_WORD = re.compile(r"[\w'\u2019]+")
# what says that something is to be looked at, or looked at too, and nothing else
_SAYS_NOTHING = ASKING | frozenset(
    stems(
        "also both well additionally too as information about consider considering include investigate take option "
        "options request requesting inquire regarding please would should when if then"
    )
)


class Domain(NamedTuple):
    """Another platform that a statement says to look at as well: its number, how surely, and the fact's id."""

    platform: int
    probability: float
    fact: str


class Carried(NamedTuple):
    """A value of the first call for a parameter of another tool, by its number there, with how surely it is that."""

    parameter: int
    value: JsonValue
    probability: float
    binding: Binding


class _Read(NamedTuple):
    """The domains by the number of the first platform, and the numbers of the facts that say so."""

    domains: dict[int, tuple[Domain, ...]]
    facts: frozenset[int]


# by snapshot of a user's records, and gone with it
_READ: WeakKeyDictionary[Linked, WeakKeyDictionary[SeveralModel, _Read]] = WeakKeyDictionary()


def further_domains(cards: CatalogIndex, linked: Linked, platform: int, model: SeveralModel) -> tuple[Domain, ...]:
    """The platforms that a user's statements say to look at as well as a platform, the surest first."""
    return _read(cards, linked, model).domains.get(platform, ())


def domain_facts(cards: CatalogIndex, linked: Linked, model: SeveralModel) -> frozenset[int]:
    """The numbers of the facts that say which platforms to look at together: they set no parameter."""
    return _read(cards, linked, model).facts


def _read(cards: CatalogIndex, linked: Linked, model: SeveralModel) -> _Read:
    """What the statements say, read once for each snapshot of a user's records."""
    known = _READ.setdefault(linked, WeakKeyDictionary())
    if model not in known:
        found: dict[int, dict[int, Domain]] = {}
        facts = set()
        for fact, here, there, row in domain_rows(cards, linked) if model.knows_domains else ():
            probability = model.probability("domains", row)
            if probability < _WANTED:
                continue
            facts.add(fact)
            own = found.setdefault(here, {})
            if there not in own or own[there].probability < probability:
                own[there] = Domain(there, probability, linked.facts[fact].id)
        domains = {
            here: tuple(sorted(own.values(), key=lambda one: (-one.probability, one.platform))[:_MOST_DOMAINS])
            for here, own in found.items()
        }
        known[model] = _Read(domains, frozenset(facts))
    return known[model]


def domain_rows(cards: CatalogIndex, linked: Linked) -> Iterator[tuple[int, int, int, dict[str, float]]]:
    """Statements that name two platforms and refuse nothing, with each as the first: the fact, both, and the features.

    The features are those of `resolver.several_model.DOMAIN_FEATURES`, but the bias.
    """
    names = cards.platform_stems
    beginnings = _beginnings(names)
    for fact in map(int, np.flatnonzero(linked.statements)) if len(linked.facts) and len(names) > 1 else ():
        text = linked.facts[fact].text
        if len({found.lower() for found in beginnings.findall(text)}) < 2:  # noqa: PLR2004 - quick, and rules most out
            continue
        said = frozenset(analyse(text))
        named = [number for number, name in enumerate(names) if name and name <= said]
        if len(named) < 2:  # noqa: PLR2004
            continue
        reading = read_statement(text)
        if reading.refusing:
            continue
        for here, there in permutations(named, 2):
            if not names[here] & names[there]:
                yield fact, here, there, _domain_row(reading, said, names[here], names[there])


def _beginnings(names: Iterable[frozenset[str]]) -> re.Pattern[str]:
    """What a word begins with that may be one of the names' stems."""
    cut = {stem[: max(len(stem) - 1, _SHORTEST)] for name in names for stem in name}
    return re.compile(rf"\b(?:{'|'.join(sorted(map(re.escape, cut), reverse=True))})", re.IGNORECASE)


def _domain_row(
    reading: StatementReading, said: frozenset[str], here: frozenset[str], there: frozenset[str]
) -> dict[str, float]:
    condition = frozenset(analyse(reading.condition))
    in_condition = here <= condition, there <= condition
    return {
        "also": float(reading.also),
        "joined": float(_joined(reading.text, here, there)),
        "ahead": float(in_condition == (True, False)),
        "behind": float(in_condition == (False, True)),
        "rest": min(len(said - _SAYS_NOTHING - here - there), _REST) / _REST,
    }


def _joined(text: str, one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether two names stand side by side, with no more than an "and" between them."""
    places = [(found.start(), found.end(), frozenset(analyse(found[0]))) for found in _WORD.finditer(text)]
    mine, theirs = ([place for place in places if place[2] & name] for name in (one, other))
    for first, second in ((a, b) if a[0] < b[0] else (b, a) for a in mine for b in theirs):
        if _JOINED.fullmatch(text, first[1], second[0]):
            return True
    return False


def counterpart(cards: CatalogIndex, tool: int, platform: int) -> int | None:
    """The tool of another platform that does the job of a tool; None where none of its tools does such a thing.

    Tools do the same job where they look something up alike, or do something alike; of several that counts
    whose name shares most words beside those of the platforms, then that whose card is the nearest.
    """
    own = cards.name_stems[tool] - cards.platform_stems[int(cards.tool_platform[tool])]
    theirs = cards.platform_stems[platform]
    best: tuple[float, float, int] | None = None
    for other in map(int, np.flatnonzero(cards.tool_platform == platform)):
        if cards.actions[other] * cards.actions[tool] < 0.0:
            continue
        name = cards.name_stems[other] - theirs
        shared = len(own & name) / len(own | name) if own | name else 1.0
        near = float(cards.tool_vectors[other] @ cards.tool_vectors[tool])
        if best is None or (shared, near, -other) > best:
            best = (shared, near, -other)
    return -best[2] if best else None


def carry(  # noqa: PLR0917
    cards: CatalogIndex,
    tool: int,
    bindings: Sequence[Binding],
    other: int,
    model: SeveralModel,
    reader: InstructionReader | None,
) -> list[Carried]:
    """The values of a call that another tool's parameters take too, each value and each parameter once."""
    rows = [
        (model.probability("carry", row), number, value, binding)
        for binding, number, value, row in carry_rows(cards, tool, bindings, other, reader)
    ]
    found: list[Carried] = []
    for probability, number, value, binding in sorted(rows, key=lambda row: (-row[0], row[1])):
        if probability < _WANTED:
            break
        if all(number != one.parameter and binding is not one.binding for one in found):
            found.append(Carried(number, value, probability, binding))
    return found


def carry_rows(
    cards: CatalogIndex, tool: int, bindings: Sequence[Binding], other: int, reader: InstructionReader | None
) -> Iterator[tuple[Binding, int, JsonValue, dict[str, float]]]:
    """Bindings of a tool with each parameter of another tool that can take their value, and the features.

    The features are those of `resolver.several_model.CARRY_FEATURES`, but the bias. A truth is no value that another
    parameter takes, nor is one that a parameter's list of values does not know.
    """
    readings = {reading.parameter.name: (number, reading) for number, reading in enumerate(cards.readings(tool))}
    bound = [binding for binding in bindings if binding.name in readings and not isinstance(binding.value, bool)]
    theirs = cards.readings(other)
    if not bound or not theirs:
        return
    numbers = [readings[binding.name][0] for binding in bound]
    cosine = cards.parameter_vectors(tool)[numbers] @ cards.parameter_vectors(other).T
    suits = _suits(cards, tool, other, bound, reader)
    common = cards.common_stems(tool) | cards.common_stems(other)
    for place, binding in enumerate(bound):
        own = readings[binding.name][1]
        for number, wanted in enumerate(theirs):
            value = coerce(binding.value, wanted.parameter)
            if value is None or wanted.parameter.type == "boolean" or not _known(value, wanted.parameter.enum):
                continue
            names = own.name - common, wanted.name - common
            yield (
                binding,
                number,
                value,
                {
                    "name_share": len(names[0] & names[1]) / max(len(names[0] | names[1]), 1),
                    "cosine": float(cosine[place, number]),
                    "best_there": float(cosine[place, number] >= cosine[place].max()),
                    "best_here": float(cosine[place, number] >= cosine[:, number].max()),
                    **{f"both_{tag}": float(tag in own.tags and tag in wanted.tags) for tag in _SHARED},
                    "kinds_apart": float(bool(own.tags) and bool(wanted.tags) and not own.tags & wanted.tags),
                    "suits": float(suits[1][place, number]),
                    "suits_rather": float(suits[1][place, number] - suits[0][place, numbers[place]]),
                    "listed": float(bool(wanted.parameter.enum)),
                },
            )


def _known(value: JsonValue, options: Sequence[JsonValue]) -> bool:
    return not options or str(value).lower() in {str(option).lower() for option in options}


def _suits(
    cards: CatalogIndex, tool: int, other: int, bound: Sequence[Binding], reader: InstructionReader | None
) -> tuple[np.ndarray, np.ndarray]:
    """How well each value, in the space of kinds, suits the parameters of its own tool and of the other."""
    counts = len(cards.readings(tool)), len(cards.readings(other))
    if reader is None or not reader.kinds.knows(cards.embedder):
        return np.zeros((len(bound), counts[0])), np.zeros((len(bound), counts[1]))
    placed = reader.kinds.place(cards.embedder.encode([words(str(binding.value)) for binding in bound]))
    return (
        placed @ (reader.head[:, :1] + reader.head[:, 1:] @ cards.parameter_vectors(tool).T),
        placed @ (reader.head[:, :1] + reader.head[:, 1:] @ cards.parameter_vectors(other).T),
    )
