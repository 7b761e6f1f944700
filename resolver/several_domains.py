"""Statements that a second platform is to be looked at as well.

"If I look for a concert, check out restaurants too": where the platform of the first is chosen, the tool of the second
that does the same job is called too.
"""

from __future__ import annotations

import re
from itertools import permutations
from typing import TYPE_CHECKING, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np

from indexes import analyse
from resolver.clauses import ASKING, read_statement
from resolver.coerce import stems

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from resolver.cards import CatalogIndex
    from resolver.clauses import StatementReading
    from resolver.records import Linked
    from resolver.several_model import SeveralModel

__all__ = ["Domain", "counterpart", "domain_facts", "domain_rows", "further_domains"]

_WANTED = 0.5
_REST = 6.0
_SHORTEST = 3
_MOST_DOMAINS = 3
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
