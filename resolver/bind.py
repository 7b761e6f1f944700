"""Arguments of the chosen tool: from the query, else the log, else the profile, else the schema's default.

The order is a rule, not a weight: what the query says is never overridden. Each Binding says which source it was, why,
and which values of other sources lost.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from resolver.coerce import coerce, stems
from resolver.extract import TextReading, extract, read_text
from resolver.names import key
from resolver.resolution import Binding, BindingSource

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray
    from pydantic import JsonValue

    from resolver.asking import Asked
    from resolver.cards import CatalogIndex
    from resolver.profile import Fact
    from resolver.reading import ParameterReading
    from resolver.records import Linked

__all__ = ["bind"]

_REQUIRED_FROM_QUERY = 0.3
_OPTIONAL_FROM_QUERY = 0.6
_REQUIRED_FROM_PROFILE = 0.35
_OPTIONAL_FROM_PROFILE = 0.62
_FEWEST_SIMILAR = 0.3
_LIKED = 0.5
_AS_BEFORE = re.compile(
    r"\b(?:usual(?:ly)?|again|same|as always|as before|like last time|last time|regular|re-?order|favou?rite|the normal)\b",
    re.IGNORECASE,
)
_DEFAULT_CONFIDENCE = 0.3
_MOST_STATEMENTS = 12
_MOST_ALTERNATIVES = 3


class _Offer(NamedTuple):
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
    reading = read_text(asked.text)
    common = cards.name_stems[tool] | cards.platform_stems[int(cards.tool_platform[tool])]
    offers: list[list[_Offer]] = [[] for _ in parameters]
    for number, found in extract(reading, parameters, common=common):
        required = parameters[number].parameter.required
        if found.score >= (_REQUIRED_FROM_QUERY if required else _OPTIONAL_FROM_QUERY):
            offers[number].append(_Offer(found.value, "query", found.score, found.reason, ()))
    as_before = _AS_BEFORE.search(asked.text) is not None
    for number, offer in _from_history(cards, linked, asked.vector, tool, parameters, as_before=as_before):
        offers[number].append(offer)
    for number, offer in _from_statements(cards, linked, asked.vector, tool, parameters, common):
        offers[number].append(offer)
    for number, offer in _from_attributes(linked, reading, parameters):
        offers[number].append(offer)
    bindings, missing = [], []
    for wanted, own in zip(parameters, offers, strict=True):
        parameter = wanted.parameter
        if parameter.required and parameter.default is not None:
            own.append(_Offer(parameter.default, "default", _DEFAULT_CONFIDENCE, "the schema's default", ()))
        if own:
            bindings.append(_binding(parameter.name, own))
        elif parameter.required:
            missing.append(parameter.name)
    return tuple(bindings), tuple(missing)


def _binding(name: str, offers: list[_Offer]) -> Binding:
    rank = {"query": 0, "history": 1, "profile": 2, "default": 3}
    best, *lost = sorted(offers, key=lambda offer: (rank[offer.source], -offer.confidence))
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
    cards: CatalogIndex,
    linked: Linked,
    vector: NDArray[np.float32],
    tool: int,
    parameters: Sequence[ParameterReading],
    *,
    as_before: bool,
) -> Iterator[tuple[int, _Offer]]:
    """Values that the log used for a parameter of the same name, in calls that did the same job.

    Of a required parameter the values of similar entries are offered; an optional one is taken from the log only
    where the query asks for things as before.
    """
    if not len(linked.events):
        return
    same_tool = linked.event_tool == tool
    similar = linked.event_vectors @ vector
    fit = similar + 0.5 * same_tool + 0.3 * linked.same_name[:, tool]
    fit[
        (linked.event_rating <= _LIKED)
        | ~(same_tool | (linked.same_name[:, tool] >= 0.99) | (similar >= _FEWEST_SIMILAR))
    ] = -1  # noqa: E501, PLR2004
    if as_before:
        fit[~same_tool & (linked.event_platform != cards.tool_platform[tool])] -= 0.3
    order = [int(number) for number in np.lexsort((-np.arange(len(fit)), -np.round(fit, 2))) if fit[number] > 0.0]
    for place, reading in enumerate(parameters):
        if not (reading.parameter.required or as_before):
            continue
        wanted = key(reading.parameter.name)
        for number in order:
            event = linked.events[number]
            held = next((value for name, value in event.arguments.items() if key(name) == wanted), None)
            value = coerce(held, reading.parameter)
            if value is None:
                continue
            confidence = 0.85 if as_before else min(0.3 + 0.5 * float(similar[number]), 0.7)
            yield place, _Offer(value, "history", confidence, "used before for such a request", (event.id,))
            break


def _from_statements(
    cards: CatalogIndex,
    linked: Linked,
    vector: NDArray[np.float32],
    tool: int,
    parameters: Sequence[ParameterReading],
    common: frozenset[str],
) -> Iterator[tuple[int, _Offer]]:
    """Values in those of the user's statements that are about the chosen platform, or no more about another."""
    if not len(linked.facts) or not linked.statements.any():
        return
    platform = int(cards.tool_platform[tool])
    about = linked.fact_platform[:, platform] - linked.fact_platform.max(axis=1)
    relevance = linked.fact_vectors @ vector + linked.fact_platform[:, platform]
    relevance[~linked.statements | (about < -0.05)] = -np.inf  # noqa: PLR2004
    for number in np.argsort(-relevance, kind="stable")[:_MOST_STATEMENTS]:
        if not np.isfinite(relevance[number]):
            return
        fact = linked.facts[number]
        for place, found in extract(read_text(fact.text), parameters, common=common):
            required = parameters[place].parameter.required
            if found.score >= (_REQUIRED_FROM_PROFILE if required else _OPTIONAL_FROM_PROFILE):
                yield place, _Offer(found.value, "profile", 0.9 * found.score, "said in a statement", (fact.id,))


def _from_attributes(
    linked: Linked, asked: TextReading, parameters: Sequence[ParameterReading]
) -> Iterator[tuple[int, _Offer]]:
    """Values of attributes whose path has the words of the parameter."""
    attributes = [fact for fact in linked.facts if not fact.statement]
    for place, reading in enumerate(parameters):
        scored = []
        for fact in attributes:
            score = _path_match(fact, reading, asked)
            required = reading.parameter.required
            if score >= (_REQUIRED_FROM_PROFILE if required else _OPTIONAL_FROM_PROFILE):
                scored.append((score, fact))
        for score, fact in sorted(scored, key=lambda pair: -pair[0])[:_MOST_ALTERNATIVES]:
            value = coerce(fact.value, reading.parameter)
            if value is not None:
                yield place, _Offer(value, "profile", min(score, 0.95), f"profile: {fact.path}", (fact.id,))


def _path_match(fact: Fact, reading: ParameterReading, asked: TextReading) -> float:
    path = stems(fact.path)
    shared = reading.name.intersection(path)
    if not shared and not (path and path[-1] in reading.description):
        return 0.0
    own = reading.name or reading.description
    score = 0.45 * len(shared) / max(len(own), 1)
    score += 0.2 * (path[-1] in reading.name) + 0.1 * bool(reading.description.intersection(path))
    # "to the office" tells the address at work from that at home
    score += 0.25 * bool((asked.stems - reading.name).intersection(path))
    return score
