"""Arguments of the chosen tool: from the query, else the log, else the profile, else the schema's default.

The order is a rule, not a weight: what the query surely says is never overridden. What it only may say (a score under
0.5) comes behind log and profile, and where it names an attribute ("send it home"), that attribute is meant. Each
Binding says which source it was, why, and which values of other sources lost.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from resolver.coerce import coerce, stems
from resolver.extract import Found, TextReading, extract
from resolver.instructions import apply_instructions
from resolver.resolution import Binding, BindingSource

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray
    from pydantic import JsonValue

    from resolver.asking import Asked
    from resolver.cards import CatalogIndex
    from resolver.profile import Fact
    from resolver.reading import ParameterReading, Tag
    from resolver.records import Linked

__all__ = ["bind"]

# ranks of offers, lowest first: what was surely said, used, known, perhaps said, and assumed
_SAID, _USED, _KNOWN, _PERHAPS_SAID, _BY_DEFAULT = range(1, 6)
_SURELY_SAID = 0.5
_REQUIRED_FROM_QUERY = 0.3
_OPTIONAL_FROM_QUERY = 0.6
_REQUIRED_FROM_PROFILE = 0.35
_REQUIRED_FROM_STATEMENT = 0.55
_OPTIONAL_FROM_PROFILE = 0.62
_RELEVANCE = 0.3
_NAMED = 0.25
_FEWEST_SIMILAR = 0.3
_FEWEST_LETTERS = 4
_HABIT_USES = 2
_HABIT_SHARE = 0.6
_LIKED = 0.5
_AS_BEFORE = re.compile(
    r"\b(?:usual(?:ly)?|again|same|always|as before|last time|regular|re-?order|favou?rite"
    r"|(?:the|my) (?:normal|standard))\b",
    re.IGNORECASE,
)
_BIRTH = frozenset(stems("birth birthday dob"))
_EXPLICIT: frozenset[Tag] = frozenset(("email", "phone", "url"))
_FREE_TEXT = frozenset(stems("message body text note comment content subject"))
_MOST_STATEMENTS = 12
_MOST_ALTERNATIVES = 3


class _Offer(NamedTuple):
    """A value for a parameter. Of several the one of the lowest rank is bound, then that of the highest confidence."""

    rank: int
    value: JsonValue
    source: BindingSource
    confidence: float
    reason: str
    evidence: tuple[str, ...]


def bind(cards: CatalogIndex, linked: Linked, asked: Asked, tool: int) -> tuple[tuple[Binding, ...], tuple[str, ...]]:
    """Bind the parameters of a tool.

    Args:
        cards: The indexed catalog.
        linked: The user's records on it.
        asked: The query.
        tool: The chosen tool's number in the catalog.

    Returns:
        Bindings in the order of the parameters, and the names of required parameters that no source fills.
    """
    parameters = cards.readings(tool)
    if not parameters:
        return (), ()
    reading = asked.reading
    common = cards.common_stems(tool)
    offers: list[list[_Offer]] = [[] for _ in parameters]
    masked = cards.mentions.places(asked.text) if cards.mentions.find(asked.text) else []
    for number, offer in _from_query(extract(reading, parameters, common=common, masked=masked), parameters):
        offers[number].append(offer)
    as_before = _AS_BEFORE.search(asked.text) is not None
    for number, offer in _from_history(linked, asked.vector, tool, parameters, as_before=as_before):
        offers[number].append(offer)
    instructed, read = _from_instructions(cards, linked, asked, tool, offers)
    for number, offer in instructed:
        offers[number].append(offer)
    for number, offer in _from_statements(cards, linked, asked.vector, tool, parameters, read=read):
        offers[number].append(offer)
    asking = list(zip(parameters, offers, strict=True))
    for number, offer in _from_attributes(linked, reading, asked.vector, asking, tool):
        offers[number].append(offer)
    for wanted, own in asking:
        default = coerce(wanted.parameter.default, wanted.parameter)
        if wanted.parameter.required and default is not None:
            own.append(_Offer(_BY_DEFAULT, default, "default", 0.3, "the schema's default", ()))
    bindings = [_binding(wanted.parameter.name, own) for wanted, own in asking if own]
    empty = [wanted.parameter for wanted, own in asking if not own]
    return tuple(bindings), tuple(parameter.name for parameter in empty if parameter.required)


def _from_query(
    found: Sequence[tuple[int, Found]], parameters: Sequence[ParameterReading]
) -> Iterator[tuple[int, _Offer]]:
    for number, value in found:
        required = parameters[number].parameter.required
        if value.score >= (_REQUIRED_FROM_QUERY if required else _OPTIONAL_FROM_QUERY):
            rank = _SAID if value.score >= _SURELY_SAID else _PERHAPS_SAID
            yield number, _Offer(rank, value.value, "query", value.score, value.reason, ())


def _binding(name: str, offers: list[_Offer]) -> Binding:
    best, *lost = sorted(offers, key=lambda offer: (offer.rank, -offer.confidence))
    return Binding(
        name=name,
        value=best.value,
        source=best.source,
        confidence=round(min(best.confidence, 0.99), 4),
        reason=best.reason,
        evidence=best.evidence,
        alternatives=tuple((offer.value, offer.source) for offer in lost[:_MOST_ALTERNATIVES]),
    )


def _from_history(
    linked: Linked,
    vector: NDArray[np.float32],
    tool: int,
    parameters: Sequence[ParameterReading],
    *,
    as_before: bool,
) -> Iterator[tuple[int, _Offer]]:
    """Values that the log used for a parameter of the same name, in calls that did the same job.

    Where the query asks for things as before, the most similar entry gives its values. Otherwise only a habit counts,
    and only for what is required: a value that most such entries share.
    """
    if not linked.events:
        return
    known = linked.known(tool)
    similar = linked.event_vectors @ vector
    fit = similar + 0.5 * known.same_tool + 0.3 * linked.same_name[:, tool]
    usable = (known.same_job | (as_before & (similar >= _FEWEST_SIMILAR))) & ~(linked.event_rating <= _LIKED)
    for place, wanted in enumerate(parameters):
        if not (wanted.parameter.required or as_before) or _passes(wanted):
            continue
        held = [(number, value) for number, value in known.used[place] if usable[number]]
        if not held:
            continue
        if as_before:
            number, value = max(held, key=lambda pair: (round(float(fit[pair[0]]), 2), pair[0]))
            yield place, _Offer(_USED, value, "history", 0.85, "used before", (linked.events[number].id,))
            continue
        written = [json.dumps(value, sort_keys=True) for _, value in held]
        commonest, count = Counter(written).most_common(1)[0]
        if count >= _HABIT_USES and count >= _HABIT_SHARE * len(held):
            uses = [pair for pair, text in zip(held, written, strict=True) if text == commonest]
            cited = tuple(linked.events[number].id for number, _ in uses[:3])
            reason = f"used {count} times before"
            yield place, _Offer(_USED, uses[0][1], "history", 0.8 * count / len(held), reason, cited)


def _passes(wanted: ParameterReading) -> bool:
    """A day that passes is no habit; a date of birth is none that passes."""
    return "date" in wanted.tags and wanted.name.isdisjoint(_BIRTH)


def _from_instructions(
    cards: CatalogIndex, linked: Linked, asked: Asked, tool: int, offers: Sequence[Sequence[_Offer]]
) -> tuple[list[tuple[int, _Offer]], frozenset[int]]:
    """What the user's standing instructions set, and the numbers of the facts that are such instructions."""
    names = [reading.parameter.name for reading in cards.readings(tool)]
    said = {name: offer.value for name, own in zip(names, offers, strict=True) for offer in own if offer.rank == _SAID}
    applied, read = apply_instructions(cards, linked, asked, tool, said)
    found = [
        (one.parameter, _Offer(_KNOWN, one.value, "profile", one.confidence, "a standing instruction", one.evidence))
        for one in applied
    ]
    return found, read


def _from_statements(
    cards: CatalogIndex,
    linked: Linked,
    vector: NDArray[np.float32],
    tool: int,
    parameters: Sequence[ParameterReading],
    *,
    read: frozenset[int],
) -> Iterator[tuple[int, _Offer]]:
    """Values in those of the user's statements that are about the chosen platform, or no more about another.

    Those in ``read`` are standing instructions, whose conditions have been looked at.

    Whom something is sent to, and what it says, is never read from running text: there a sentence could give orders.
    """
    if not len(linked.facts) or not linked.statements.any():
        return
    platform = int(cards.tool_platform[tool])
    about = linked.fact_platform[:, platform] - linked.fact_platform.max(axis=1)
    relevance = linked.fact_vectors @ vector + linked.fact_platform[:, platform]
    relevance[~linked.statements | (about < -0.05)] = -np.inf  # noqa: PLR2004
    for number in np.argsort(-relevance, kind="stable")[:_MOST_STATEMENTS]:
        if not np.isfinite(relevance[number]):
            return
        if int(number) in read:
            continue
        fact = linked.facts[number]
        for place, found in linked.said(tool, int(number)):
            if not _EXPLICIT.isdisjoint(parameters[place].tags) or not _FREE_TEXT.isdisjoint(parameters[place].name):
                continue
            required = parameters[place].parameter.required
            if found.score >= (_REQUIRED_FROM_STATEMENT if required else _OPTIONAL_FROM_PROFILE):
                yield (
                    place,
                    _Offer(_KNOWN, found.value, "profile", 0.9 * found.score, "said in a statement", (fact.id,)),
                )


def _from_attributes(
    linked: Linked,
    reading: TextReading,
    vector: NDArray[np.float32],
    parameters: Iterable[tuple[ParameterReading, Sequence[_Offer]]],
    tool: int,
) -> Iterator[tuple[int, _Offer]]:
    """Values of attributes whose path has the words of the parameter.

    Where the query names such an attribute instead of a value ("send it home", "to Mill Lane"), it is meant.
    """
    if not linked.facts:
        return
    relevance = linked.fact_vectors @ vector
    for place, (wanted, offers) in enumerate(parameters):
        least = _REQUIRED_FROM_PROFILE if wanted.parameter.required else _OPTIONAL_FROM_PROFILE
        said = next((offer.value for offer in offers if offer.source == "query"), None)
        # "to the office" tells the address at work from that at home
        named = reading.stems - wanted.name
        scored = [
            (own.match + (0.0 if named.isdisjoint(own.label) else _NAMED), float(relevance[own.number]), own)
            for own in linked.known(tool).attributes[place]
        ]
        scored.sort(key=lambda entry: -(entry[0] + _RELEVANCE * entry[1]))
        meant = _meant(said, wanted, [(linked.facts[own.number], own.label) for _, _, own in scored])
        if meant is not None and (value := coerce(meant.value, wanted.parameter)) is not None:
            reason = f"the query's {said!r} is profile: {meant.path}"
            yield place, _Offer(_SAID - 1, value, "profile", 0.8, reason, (meant.id,))
            continue
        for score, _, own in [entry for entry in scored if entry[0] >= least][:_MOST_ALTERNATIVES]:
            fact = linked.facts[own.number]
            value = coerce(fact.value, wanted.parameter)
            if value is not None:
                yield place, _Offer(_KNOWN, value, "profile", min(score, 0.95), f"profile: {fact.path}", (fact.id,))


def _meant(said: JsonValue, wanted: ParameterReading, facts: Sequence[tuple[Fact, frozenset[str]]]) -> Fact | None:
    """The attribute that the query's words name by its label, or by a part of its value."""
    if not isinstance(said, str) or wanted.parameter.enum or any(letter.isdigit() for letter in said):
        return None  # with a number in it, it is a value and no label
    own = frozenset(stems(said))
    whole_words = re.compile(rf"(?<!\w){re.escape(said)}(?!\w)", re.IGNORECASE)
    for fact, label in facts:
        value = str(fact.value)
        if own and own <= label:
            return fact
        if len(said) >= _FEWEST_LETTERS and len(value) > len(said) and whole_words.search(value):
            return fact
    return None
