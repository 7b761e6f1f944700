"""Pieces of a text that could be values: its typed spans, and the runs of words in and across them."""

from __future__ import annotations

import re
from bisect import bisect_left
from itertools import pairwise
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

from resolver.moments import parse_day, parse_time
from resolver.span_patterns import SpanKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from resolver.spans import Span, Word

__all__ = ["PIECE_KINDS", "Piece", "PieceKind", "find_pieces"]

PieceKind = Literal[SpanKind, "part", "tail", "joined", "moment", "ordinal", "option", "flag"]
PIECE_KINDS: tuple[PieceKind, ...] = (
    *get_args(SpanKind),
    *("part", "tail", "joined", "moment", "ordinal", "option", "flag"),
)
"""Kinds of spans, and: a run of words, all up to the end of a clause, an enumeration, a day with a time, "first", a
value of a set, a yes or no."""

_MOST_PIECES = 240
_MOST_WORDS = 400
_LONGEST_PART = 6
_LONGEST_TAIL = 18
_SHORTEST_TAIL = 3
_MOST_TAILS = 3
_MOST_ITEMS = 8
_SHORT = 4
_IN_UNIT = re.compile(r"[-_/.'\u2019+]")
# they join no name, and are part of none
_LOOSE = frozenset(
    "using please regarding concerning including specifically particularly especially exactly".split()  # noqa: SIM905 - prose reads better than quoted words
)
_ARTICLES = frozenset(("A", "An", "The"))
_INITIALS = re.compile(r"\b[A-Z]\.[A-Z]$")
_DECIMAL = re.compile(r"-?\d+\.\d+")
_VERSUS = frozenset(("vs", "versus"))
_CONNECTORS = frozenset(
    "and of the for in or de la with on a an to at vs versus by from".split()  # noqa: SIM905 - prose reads better than quoted words
)
_OPENERS = frozenset(
    "to at from in on for using with about called named via by is near around titled".split()  # noqa: SIM905 - prose reads better than quoted words
)
_CLOSERS = frozenset(
    "and to on from using with for at in by via please or but so as that which".split()  # noqa: SIM905 - prose reads better than quoted words
)
_AND = re.compile(r"\s*(?:,\s*(?:and\s+|or\s+)?|\s(?:and|or)\s+|\s&\s+)(?:(?:an?|the|some)\s+)?", re.IGNORECASE)
# "the 3rd of May" is "3rd of May", but "the 3rd" is no "3rd"
_LEADING = re.compile(r"(?:on\s+(?=\S)|the\s+(?=.*\sof\s)|a\s+(?=quarter))", re.IGNORECASE)
_COUNT = re.compile(
    r"(?:\d|\b(?:two|three|four|five|six|seven|eight|nine|ten|dozen|several|couple of))\s+$", re.IGNORECASE
)
_PLURAL = re.compile(r"[a-z]{2,}(?:[^s\W]s|shes|ches|xes|sses)")
_BETWEEN_MOMENTS = re.compile(r"\s*,?\s*(?:at|on)?\s*", re.IGNORECASE)
_ORDINALS = {
    word: number + 1
    for number, word in enumerate(
        ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
    )
}
_TYPED: frozenset[SpanKind] = frozenset(("email", "url", "phone", "date", "time", "money", "quoted"))


class Piece(NamedTuple):
    """A piece of a text.

    Attributes:
        kind: What it is.
        text: What the value would be, without quotation marks.
        start: Its place in the text.
        end: The end of its place.
        first: The number of its first word; for a piece without words that of the next.
        last: The number of its last word.
        items: The members of an enumeration.
    """

    kind: PieceKind
    text: str
    start: int
    end: int
    first: int
    last: int
    items: tuple[str, ...] = ()


class _Unit(NamedTuple):
    """Words that no white space parts ("half-price"), with the gap before it: joined, a comma, or a break."""

    start: int
    end: int
    content: bool
    word: str
    gap: Literal["", ",", "|"]


def find_pieces(text: str, words: Sequence[Word], spans: Sequence[Span]) -> list[Piece]:
    """The pieces of a text, in its order, at most 240; of one place the typed span stands first and alone."""
    starts, ends = [word.start for word in words], [word.end for word in words]
    found: dict[tuple[int, int], Piece] = {}

    def add(kind: PieceKind, start: int, end: int, value: str | None = None, items: tuple[str, ...] = ()) -> None:
        if (start, end) not in found and len(found) < _MOST_PIECES:
            first = bisect_left(ends, start + 1)
            last = max(bisect_left(starts, end) - 1, first)
            found[start, end] = Piece(kind, text[start:end] if value is None else value, start, end, first, last, items)

    if len(words) > _MOST_WORDS:
        words = words[:_MOST_WORDS]
        spans = [span for span in spans if span.end <= words[-1].end]
    for kind, start, end, value in _whole(text, spans):
        add(kind, start, end, value)
    for kind, start, end, value in (*_ordinals(words), *_moments(text, spans)):
        add(kind, start, end, value)
    units = _units(text, words)
    parts = list(_parts(units, [span for span in spans if span.kind in _TYPED]))
    members = [(span.start, span.end, span.text) for span in spans if span.kind != "phrase"]
    members.extend((start, end, text[start:end]) for start, end in parts)
    for start, end, items in _joined(text, members):
        add("code" if all(map(_DECIMAL.fullmatch, items)) else "joined", start, end, None, items)
    for start, end, one in _with_forms(text, parts):
        add("part", start, end, one)
    for start, end in _tails(text, units):
        add("tail", start, end)
    return sorted(found.values(), key=lambda piece: (piece.start, piece.end))


def _whole(text: str, spans: Sequence[Span]) -> Iterator[tuple[PieceKind, int, int, str]]:
    """Typed spans as values, names and phrases last: "on Monday" is "Monday"."""
    for span in sorted(spans, key=lambda span: span.kind in ("phrase", "name")):
        start, end, value = span.start, span.end, span.text
        if span.kind == "name" and value in _ARTICLES:
            continue
        if span.kind == "name" and text[end : end + 1] == "." and _INITIALS.search(value):
            end, value = end + 1, f"{value}."  # the dot of "D.C." is its own
        elif span.kind in ("date", "time") and (leading := _LEADING.match(value)):
            start, value = start + leading.end(), value[leading.end() :]
        elif span.kind == "quoted" and value[-1:] in (".", ",") and value[:-1].strip():
            value = value[:-1].strip()
        yield span.kind, start, end, value


def _with_forms(text: str, parts: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int, str | None]]:
    """Runs of words, also without a genitive's ending, and in the singular where they are counted."""
    for start, end in parts:
        yield start, end, None
        if text[end - 2 : end].lower() in ("'s", "\u2019s") and end - start > len("'s"):
            yield start, end - 2, None
        elif _COUNT.search(text[max(0, start - 12) : start]) and (one := _singular(text[start:end])):
            yield start, end - 1, one


def _singular(phrase: str) -> str | None:
    """The phrase with its last word in the singular, where that is a plain plural: "clay pots" is "clay pot"."""
    head, _, last = phrase.rpartition(" ")
    if not _PLURAL.fullmatch(last):
        return None
    one = last[:-2] if last.endswith(("shes", "ches", "xes", "sses")) else last[:-1]
    return f"{head} {one}".strip()


def _units(text: str, words: Sequence[Word]) -> list[_Unit]:
    units: list[_Unit] = []
    place = 0
    while place < len(words):
        start, end = words[place].start, words[place].end
        content = bool(words[place].stem)
        lone = True
        while place + 1 < len(words) and _IN_UNIT.fullmatch(text[end : words[place + 1].start]):
            place += 1
            end, content, lone = words[place].end, content or bool(words[place].stem), False
        if (text[end : end + 1] == "." and "." in text[start:end]) or (
            text[end : end + 1] == "+" and not text[end + 1 : end + 2].isalnum()
        ):
            end += 1
        content = content and text[start:end].lower() not in _LOOSE and text[start:end].lower() not in _VERSUS
        units.append(_Unit(start, end, content, text[start:end].lower() if lone else "", _gap(text, units, start)))
        place += 1
    return units


def _gap(text: str, units: Sequence[_Unit], start: int) -> Literal["", ",", "|"]:
    if not units:
        return "|"
    before = units[-1]
    between = text[before.end : start]
    if "\n" in between:
        return "|"
    between = between.strip()
    if between in ("", "&"):
        return ""
    upper = text[start].isupper() or text[start].isdigit()
    if between == "," and upper:
        return ","
    short = before.end - before.start < _SHORT and text[before.start].isupper()
    return "" if between == "." and short and upper else "|"


def _parts(units: Sequence[_Unit], typed: Sequence[Span]) -> Iterator[tuple[int, int]]:
    """Runs of up to six units that begin and end in a word of content, with few joining words inside."""
    for place, unit in enumerate(units):
        if not unit.content:
            continue
        stops = 0
        for other in units[place : place + _LONGEST_PART]:
            if other is not unit and other.gap == "|":
                break
            if not other.content:
                stops += 1
                if stops > 2 or other.word not in _CONNECTORS:  # noqa: PLR2004
                    break
                continue
            if not any(span.start < other.end and unit.start < span.end for span in typed):
                yield unit.start, other.end


def _tails(text: str, units: Sequence[_Unit]) -> Iterator[tuple[int, int]]:
    """What follows a preposition, up to one of the next places where a clause may end."""
    for place, unit in enumerate(units[:-1]):
        if unit.word not in _OPENERS or units[place + 1].gap == "|":
            continue
        first = units[place + 1]
        ends: list[int] = []
        for number in range(place + 1, min(place + 1 + _LONGEST_TAIL, len(units))):
            last = units[number]
            behind = units[number + 1] if number + 1 < len(units) else None
            hard = behind is None or (behind.gap == "|" and not _goes_on(text, last, behind))
            soft = behind is not None and (behind.word in _CLOSERS or text[last.end] == ",")
            if (hard or soft) and last.content and number - place >= _SHORTEST_TAIL:
                ends.append(last.end)
            if hard:
                break
        for end in {*ends[: _MOST_TAILS - 1], *ends[-1:]}:
            yield first.start, end


def _goes_on(text: str, last: _Unit, behind: _Unit) -> bool:
    """A comma is no end, nor is a dot that is followed by a number ("Apt. 201")."""
    between = text[last.end : behind.start].strip()
    return between == "," or (between == "." and text[behind.start].isdigit())


def _joined(text: str, members: Sequence[tuple[int, int, str]]) -> Iterator[tuple[int, int, tuple[str, ...]]]:
    """Enumerations: the longest and shortest members that stand next to each other."""
    begins: dict[int, tuple[int, int, str]] = {}
    for start, end, value in members:
        if start not in begins or end < begins[start][1]:
            begins[start] = (start, end, value)
    longest: dict[int, tuple[int, int, str]] = {}
    for start, end, value in members:
        if " and " not in value and ", " not in value and (start not in longest or end > longest[start][1]):
            longest[start] = (start, end, value)
    made: set[tuple[int, int]] = set()
    for start, end, value in members:
        for table in (begins, longest):
            items, place = [value], end
            while len(items) < _MOST_ITEMS and (more := _AND.match(text, place)) and more.end() in table:
                _, place, item = table[more.end()]
                items.append(item)
                if (start, place) not in made:
                    made.add((start, place))
                    yield start, place, tuple(items)


def _ordinals(words: Sequence[Word]) -> Iterator[tuple[PieceKind, int, int, str]]:
    for word in words:
        if (place := _ORDINALS.get(word.text.lower())) is not None:
            yield "ordinal", word.start, word.end, str(place)


def _moments(text: str, spans: Sequence[Span]) -> Iterator[tuple[PieceKind, int, int, str]]:
    """A day and a time of day next to each other, as one moment: "on March 3 at 7 pm"."""
    typed = [span for span in spans if span.kind in ("date", "time")]
    for one, two in pairwise(typed):
        if {one.kind, two.kind} == {"date", "time"} and _BETWEEN_MOMENTS.fullmatch(text[one.end : two.start]):
            day, time = (one, two) if one.kind == "date" else (two, one)
            date, clock = parse_day(day.text), parse_time(time.text)
            written = f"{day.text} {time.text}"
            if date is not None and date.year is not None and clock is not None:
                written = f"{date.year:04d}-{date.month:02d}-{date.day:02d} {clock[0]:02d}:{clock[1]:02d}"
            yield "moment", one.start, two.end, written
