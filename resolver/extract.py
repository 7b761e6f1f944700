"""Values for parameters, found in a text: the query, or a statement of the user."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from resolver.coerce import coerce, stems
from resolver.spans import LONGEST_READ, Span, Word, find_spans, find_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pydantic import JsonValue

    from resolver.reading import ParameterReading

__all__ = ["Found", "TextReading", "extract", "read_text"]

_REACH = 6
_SHORTEST_CUT = 3
_CUE_WEIGHT = 0.45
_DESCRIPTION_CUE = 0.4
_NEGATION = re.compile(
    r"\b(?:no|not|without|never|don't|doesn't|isn't|avoid|exclude|excluding|disable)\b", re.IGNORECASE
)


def _lead_in_row(words: str, asked: str, bonus: float) -> tuple[re.Pattern[str], frozenset[str], float]:
    return re.compile(rf"\b(?:{words})\s+(?:the\s+|my\s+|a\s+)?$", re.IGNORECASE), frozenset(stems(asked)), bonus


# "from Paris": a word before a value, the parameters it announces, and by how much
_LEAD_INS = (
    _lead_in_row("from", "origin from start departure depart pickup source sender checkin", 0.4),
    _lead_in_row("to", "to destination dest dropoff arrival end target recipient delivery shipping", 0.35),
    _lead_in_row("until|till|through", "dropoff end return checkout until", 0.4),
    _lead_in_row("on|starting|departing", "start departure depart pickup checkin", 0.15),
    _lead_in_row("in|at|near|around|within", "city location place area region country address venue", 0.3),
    _lead_in_row("named|called|titled|name is", "name title", 0.35),
    _lead_in_row("by", "artist author director brand by", 0.3),
    _lead_in_row("using|with|via|by|through|pay with|paid by", "payment pay method", 0.35),
    _lead_in_row("for", "query search keyword term guest people party size count person", 0.15),
)
# "at most 90", "90 or less": a bound before or behind a number, and the parameters it is for
_BOUNDS = (
    (
        re.compile(
            r"\b(?:at most|up to|(?:no|not|paying) more than|under|below|less than|within|max(?:imum)?(?: of)?)\s*$"
        ),
        re.compile(r"^\s*\w*\s*(?:or less|or under|or below|at most|at the outside|maximum|tops)\b"),
        frozenset(stems("max maximum upper limit budget until to")),
    ),
    (
        re.compile(r"\b(?:at least|no less than|from|over|above|minimum(?: of)?|min)\s*$"),
        re.compile(r"^\s*\w*\s*(?:or more|or above|at least|minimum)\b"),
        frozenset(stems("min minimum lower from")),
    ),
)
_BOUND = 0.35
# words of asking, which are no part of what is asked for
_REQUEST = frozenset(
    stems(
        "want need find search look get help show tell give try go see check book order buy purchase like love prefer "
        "interested interest plan want explore browse list request know wonder think hope use make set put start "
        "let send"
    )
)
_MORE = re.compile(r"\s*(?:,\s*(?:and\s+)?|\s+and\s+|\s*&\s*)([^\s,;:!?]*[^\s,;:!?.])")
# what is denied in the same breath as something else is asked for: "to work, not to my home"
_DENIED = re.compile(
    r"(?:,\s*(?:and\s+|but\s+)?not|\b(?:and|but)\s+not|\binstead\s+of|\brather\s+than|\bexcept(?:\s+for)?)\s+"
    r"(?:(?:to|at|in|on|from|for|by|with)\s+)?(?:(?:the|my|a|an|our)\s+)?(?P<what>[\w'\u2019-]+)",
    re.IGNORECASE,
)
_MOST_ITEMS = 8
_RANGE = re.compile(r"(?:(?P<sign>[<>]=?)\s*|(?P<low>\d+(?:\.\d+)?)\s*[-\u2013]\s*)(?P<high>\d+(?:\.\d+)?)")
_SIGN_WORDS = {
    "<": r"<=?|(?:less|fewer|lower|smaller|lighter|cheaper) than|under|below|up to|at most",
    ">": r">=?|(?:more|greater|higher|larger|heavier) than|over|above|at least",
}


class TextReading(NamedTuple):
    """A text with its words and typed spans.

    Attributes:
        text: The text.
        words: Its words.
        spans: Its typed spans.
        stems: The stems of its words, without those that it denies.
        denied: Places of what it denies ("not home", "instead of the office").
    """

    text: str
    words: list[Word]
    spans: list[Span]
    stems: frozenset[str]
    denied: tuple[tuple[int, int], ...]


class Found(NamedTuple):
    """A value for a parameter; ``start`` and ``end`` are its place in the text, ``score`` is in [0, 1]."""

    value: JsonValue
    score: float
    reason: str
    start: int
    end: int


def read_text(text: str) -> TextReading:
    """The words and spans of a text. Nothing is remembered: a text may be a user's."""
    words = find_words(text)
    denied = tuple((match.start("what"), match.end("what")) for match in _DENIED.finditer(text[:LONGEST_READ]))
    said = [word for word in words if word.stem and not _within(word.start, word.end, denied)]
    return TextReading(text, words, find_spans(text, words), frozenset(word.stem for word in said), denied)


def _within(start: int, end: int, places: Sequence[tuple[int, int]]) -> bool:
    return any(first <= start and end <= last for first, last in places)


def extract(
    reading: TextReading,
    parameters: Sequence[ParameterReading],
    *,
    common: frozenset[str] = frozenset(),
    masked: Sequence[tuple[int, int]] = (),
) -> list[tuple[int, Found]]:
    """Values of a text for parameters: the best first, each piece of text and each parameter at most once.

    Args:
        reading: The text.
        parameters: The parameters to fill.
        common: Stems that name the tool or platform; a phrase or name of only these is no value.
        masked: Places that hold no value, such as the name of the platform.

    Returns:
        Pairs of the parameter's number and its value.
    """
    named = frozenset(stem for parameter in parameters for stem in parameter.name)
    found = [
        (number, item)
        for number, parameter in enumerate(parameters)
        for item in _candidates(reading, parameter, common | named, masked)
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


def _candidates(
    reading: TextReading, parameter: ParameterReading, common: frozenset[str], masked: Sequence[tuple[int, int]]
) -> Iterator[Found]:
    schema = parameter.parameter
    if schema.enum:
        yield from _closed(reading, parameter)
        return
    if schema.type == "boolean":
        yield from _boolean(reading, parameter)
        return
    cues = _cue_places(reading, parameter)
    for whole in reading.spans:
        base = parameter.suits.get(whole.kind, 0.0)
        if base <= 0.0 or any(whole.start < end and start < whole.end for start, end in (*masked, *reading.denied)):
            continue
        span, cue = whole, 0.0
        if whole.kind in ("phrase", "name"):
            trimmed = _trimmed(reading, whole, parameter, common)
            if trimmed is None:
                continue
            span, cue = trimmed
        value = coerce(_items(reading.text, span) if schema.type == "array" else _plain(span), schema)
        if value is None:
            continue
        cue = max(cue, _nearness(reading, span, cues))
        score = base + _CUE_WEIGHT * cue + _lead_in(reading.text, span, parameter)
        yield Found(value, min(score, 0.99), f"{span.kind} in the text", span.start, span.end)


def _trimmed(
    reading: TextReading, span: Span, parameter: ParameterReading, common: frozenset[str]
) -> tuple[Span, float] | None:
    """A phrase or name without words of asking and without the parameter's own name at its ends.

    "find the compute topic" is "compute" for a parameter ``topic``, and its cue is as near as can be (1). None where
    nothing is left, or only words that name the tool.
    """
    words = [word for word in reading.words if span.start <= word.start and word.end <= span.end]
    cue = 0.0
    while words and words[0].stem in _REQUEST and (span.kind == "phrase" or not words[0].start):
        words = words[1:]
    while len(words) > 1 and words[-1].stem in parameter.cues:
        words, cue = words[:-1], 1.0
    while len(words) > 1 and span.kind == "phrase" and words[0].stem in parameter.cues:
        words, cue = words[1:], 1.0
    own = {word.stem for word in words if word.stem}
    if not own or own <= common:
        return None
    start, end = words[0].start, words[-1].end
    whole = start == span.start and cue == 0.0
    # a name may end in a sign that is no word; a name that lost its first words keeps its end
    end = span.end if whole or end == span.end else end
    return span._replace(text=reading.text[start:end], start=start, end=end), cue


def _plain(span: Span) -> str:
    """The span's text; a sign before a number that is written as one ("#12345") is no part of it."""
    return span.text[1:] if span.kind == "code" and span.text[1:].isdigit() else span.text


def _items(text: str, span: Span) -> list[JsonValue]:
    """A value and those that follow it in an enumeration: "legs, arms and shoulders"."""
    items: list[JsonValue] = [_plain(span)]
    place = span.end
    while len(items) < _MOST_ITEMS and (more := _MORE.match(text, place)):
        items.append(more[1])
        place = more.end()
    return items


def _closed(reading: TextReading, parameter: ParameterReading) -> Iterator[Found]:
    """Values of a closed set whose words stand in the text."""
    places = [(word.stem, word) for word in reading.words if word.stem]
    order = [stem for stem, _ in places]
    cues = _cue_places(reading, parameter)
    for option in parameter.parameter.enum:
        if (written := _range_pattern(str(option))) is not None:
            for match in written.finditer(reading.text):
                span = Span("number", str(option), *match.span())
                score = 0.75 + 0.14 * _nearness(reading, span, cues)
                yield Found(option, score, "one of the closed set of ranges, in the text", *match.span())
            continue
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


@lru_cache(maxsize=4_096)
def _range_pattern(option: str) -> re.Pattern[str] | None:
    """How a text may write a value that is a range of numbers ("<250", "250-500"); None for any other value."""
    found = _RANGE.fullmatch(option.strip())
    if not found:
        return None
    low, high = re.escape(found["low"] or ""), re.escape(found["high"])
    if found["sign"]:
        return re.compile(rf"(?:{_SIGN_WORDS[found['sign'][0]]})\s*{high}(?![\d.,]*\d)", re.IGNORECASE)
    return re.compile(rf"(?<![\d.]){low}\s*(?:-|\u2013|to|and)\s*{high}(?![\d.,]*\d)", re.IGNORECASE)


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
        if not word.stem:
            continue
        if word.stem in parameter.cues or _abbreviated(word.stem, parameter.cues):
            places.append((word.start, word.end, 1.0))
        elif word.stem in parameter.description:
            places.append((word.start, word.end, _DESCRIPTION_CUE))
    return places


def _abbreviated(stem: str, names: frozenset[str]) -> bool:
    """One is the other cut short, as ``lat`` of latitude."""
    if len(stem) < _SHORTEST_CUT:
        return False
    return any(len(name) >= _SHORTEST_CUT and (stem.startswith(name) or name.startswith(stem)) for name in names)


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
    before = text[max(0, span.start - 24) : span.start]
    asked = parameter.name | (parameter.description if parameter.name <= _VAGUE else frozenset())
    best = max((bonus for pattern, known, bonus in _LEAD_INS if asked & known and pattern.search(before)), default=0.0)
    if span.kind in ("number", "money"):
        behind = text[span.end : span.end + 24].lower()
        for leading, trailing, known in _BOUNDS:
            if asked & known and (leading.search(before.lower()) or trailing.search(behind)):
                best = max(best, _BOUND)
    return best


_VAGUE = frozenset(stems("value param parameter input arg argument data"))
