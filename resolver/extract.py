"""Values for parameters, found in a text: the query, or a statement of the user."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from resolver.coerce import coerce, stems
from resolver.spans import Span, Word, find_spans, find_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pydantic import JsonValue

    from resolver.reading import ParameterReading

__all__ = ["Found", "TextReading", "extract", "read_text"]

_REACH = 6
_CUE_WEIGHT = 0.45
_DESCRIPTION_CUE = 0.4
_NEGATION = re.compile(
    r"\b(?:no|not|without|never|n't|don't|doesn't|isn't|avoid|exclude|excluding|disable)\b", re.IGNORECASE
)
_LEAD_INS: tuple[tuple[re.Pattern[str], frozenset[str], float], ...] = (
    (re.compile(r"\bfrom\s+(?:the\s+)?$", re.IGNORECASE), frozenset(stems("origin from start departure depart pickup source sender")), 0.4),
    (re.compile(r"\bto\s+(?:the\s+)?$", re.IGNORECASE), frozenset(stems("to destination dest dropoff arrival end target recipient delivery shipping")), 0.35),
    (re.compile(r"\b(?:in|at|near|around|within)\s+(?:the\s+)?$", re.IGNORECASE), frozenset(stems("city location place area region country address venue")), 0.3),
    (re.compile(r"\b(?:named|called|titled|name\s+is)\s+(?:the\s+)?$", re.IGNORECASE), frozenset(stems("name title")), 0.35),
    (re.compile(r"\bby\s+(?:the\s+)?$", re.IGNORECASE), frozenset(stems("artist author director brand by")), 0.3),
    (re.compile(r"\bfor\s+$", re.IGNORECASE), frozenset(stems("query search keyword term guest people party size count person")), 0.15),
)  # fmt: skip


class TextReading(NamedTuple):
    """A text with its words and typed spans."""

    text: str
    words: list[Word]
    spans: list[Span]
    stems: frozenset[str]


class Found(NamedTuple):
    """A value for a parameter; ``start`` and ``end`` are its place in the text, ``score`` is in [0, 1]."""

    value: JsonValue
    score: float
    reason: str
    start: int
    end: int


@lru_cache(maxsize=4_096)
def read_text(text: str) -> TextReading:
    """The words and spans of a text, remembered."""
    words = find_words(text)
    return TextReading(text, words, find_spans(text, words), frozenset(word.stem for word in words if word.stem))


def extract(
    reading: TextReading, parameters: Sequence[ParameterReading], *, common: frozenset[str] = frozenset()
) -> list[tuple[int, Found]]:
    """Values of a text for parameters: the best first, each piece of text and each parameter at most once.

    Args:
        reading: The text.
        parameters: The parameters to fill.
        common: Stems that name the tool or platform; a phrase of only these is no value.

    Returns:
        Pairs of the parameter's number and its value.
    """
    found = [
        (number, item)
        for number, parameter in enumerate(parameters)
        for item in _candidates(reading, parameter, common)
    ]
    found.sort(key=lambda pair: (-pair[1].score, pair[0], pair[1].start, -pair[1].end))
    taken: list[tuple[int, int]] = []
    filled: set[int] = set()
    chosen = []
    for number, item in found:
        if number in filled or any(item.start < end and start < item.end for start, end in taken):
            continue
        filled.add(number)
        if item.end > item.start:
            taken.append((item.start, item.end))
        chosen.append((number, item))
    return chosen


def _candidates(reading: TextReading, parameter: ParameterReading, common: frozenset[str]) -> Iterator[Found]:
    schema = parameter.parameter
    if schema.enum:
        yield from _closed(reading, parameter)
        return
    if schema.type == "boolean":
        yield from _boolean(reading, parameter)
        return
    cues = _cue_places(reading, parameter)
    for span in reading.spans:
        base = parameter.suits.get(span.kind, 0.0)
        if base <= 0.0:
            continue
        if span.kind == "phrase":
            own = stems(span.text)
            if not own or common.issuperset(own) or parameter.name.issuperset(own):
                continue
            base -= 0.1 * sum(stem in common for stem in own) / len(own)
        value = coerce(span.text, schema)
        if value is None:
            continue
        cue = _nearness(reading, span, cues)
        score = base + _CUE_WEIGHT * cue + _lead_in(reading.text, span, parameter)
        yield Found(value, min(score, 0.99), f"{span.kind} in the text", span.start, span.end)


def _closed(reading: TextReading, parameter: ParameterReading) -> Iterator[Found]:
    """Values of a closed set whose words stand in the text."""
    places = [(word.stem, word) for word in reading.words if word.stem]
    order = [stem for stem, _ in places]
    cues = _cue_places(reading, parameter)
    for option in parameter.parameter.enum:
        wanted = list(stems(str(option)))
        for place in range(len(order) - len(wanted) + 1) if wanted else ():
            if order[place : place + len(wanted)] == wanted:
                first, last = places[place][1], places[place + len(wanted) - 1][1]
                span = Span("phrase", str(option), first.start, last.end)
                negated = _NEGATION.search(reading.text[max(0, first.start - 20) : first.start]) is not None
                nearness = _nearness(reading, span, cues)
                base = 0.45 if str(option).isdigit() else 0.75
                score = (0.1 if negated else base) + 0.05 * min(len(wanted), 2) + 0.14 * nearness
                fitted = coerce(option, parameter.parameter)
                yield Found(fitted, score, "one of the closed set, in the text", first.start, last.end)


def _boolean(reading: TextReading, parameter: ParameterReading) -> Iterator[Found]:
    """True where the text speaks of what the parameter is named after, false where it denies that."""
    shared = parameter.cues & reading.stems
    if not shared or 2 * len(shared) < len(parameter.cues):
        return
    word = next(word for word in reading.words if word.stem in shared)
    denied = _NEGATION.search(reading.text[max(0, word.start - 25) : word.start]) is not None
    score = 0.4 + 0.5 * len(shared) / len(parameter.cues)
    yield Found(not denied, min(score, 0.9), "the text speaks of it" if not denied else "the text denies it", 0, 0)


def _cue_places(reading: TextReading, parameter: ParameterReading) -> list[tuple[int, int, float]]:
    """Places of the words that the parameter is named or described by, with their weights."""
    places = []
    for word in reading.words:
        if word.stem in parameter.cues:
            places.append((word.start, word.end, 1.0))
        elif word.stem in parameter.description:
            places.append((word.start, word.end, _DESCRIPTION_CUE))
    return places


def _nearness(reading: TextReading, span: Span, cues: list[tuple[int, int, float]]) -> float:
    """How near a cue stands, 0 to 1: a cue before the value counts for more than one behind it."""
    best = 0.0
    for start, end, weight in cues:
        if start >= span.start and end <= span.end:
            continue  # a value is not its own cue
        if end <= span.start:
            between = sum(1 for word in reading.words if end <= word.start and word.end <= span.start)
            best = max(best, weight * (1.0 - between / _REACH))
        elif start >= span.end:
            between = sum(1 for word in reading.words if span.end <= word.start and word.end <= start)
            best = max(best, 0.7 * weight * (1.0 - between / (_REACH / 2)))
    return max(best, 0.0)


def _lead_in(text: str, span: Span, parameter: ParameterReading) -> float:
    before = text[max(0, span.start - 20) : span.start]
    asked = parameter.name | (parameter.description if parameter.name <= _VAGUE else frozenset())
    return max((bonus for pattern, known, bonus in _LEAD_INS if asked & known and pattern.search(before)), default=0.0)


_VAGUE = frozenset(stems("value param parameter input arg argument data"))
