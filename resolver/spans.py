"""Typed spans of a text: what in it could be the value of a parameter."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from indexes import analyse
from resolver.moments import parse_day, parse_time
from resolver.numerals import NUMBER_WORDS
from resolver.span_patterns import COUNTED, HYPHENATED, NAME, PATTERNS, PHONE, WORD, SpanKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["LONGEST_READ", "NUMBER_WORDS", "Span", "SpanKind", "Word", "find_spans", "find_words"]

_PRONOUNS = frozenset(f"I{mark}{rest}" for rest in ("m", "d", "ll", "ve") for mark in "'\u2019") | {"I"}
_FEWEST_PHONE_DIGITS = 7
_FEWEST_CODE_DIGITS = 5
_FEWEST_DIGITS_AFTER_WORD = 3
LONGEST_READ = 20_000
"""Characters of a text that are read."""
_LONGEST_ACRONYM = 6
_LONGEST_IN_RANGE = 9
_LENGTH_OF_YEAR = 4
_YEARS = range(1900, 2100)
_SENTENCE_ENDS = ".!?:"
_NUMERIC_DATE = re.compile(r"\d+[/.-]")
# "one" stands for a thing after these, and before what cannot be counted; else it counts
_BEFORE_PRONOUN_ONE = re.compile(
    r"\b(?:the|this|that|another|which|each|every|any|no|some|same|other)\s+$", re.IGNORECASE
)
_BEFORE_NUMBER_ONE = re.compile(r"\b(?:for|just|only|exactly|least|most)\s+$", re.IGNORECASE)
_AFTER_PRONOUN_ONE = re.compile(
    r"\s*(?:$|[^\w\s-]|-(?:way|on|off|time)\b|(?:of|that|which|who|with|in|on|at|for|to|from|and|or|but|is|was|has|by|as|if"
    r"|please|instead|again|more|way|i|you|we|they|he|she|it|not|then|than|so|because|when|where|near|via|using)\b)",
    re.IGNORECASE,
)
_PART_OF_DAY = re.compile(r"^(?:morning|afternoon|evening)\s+", re.IGNORECASE)
_LOOK_BACK = 16


class Span(NamedTuple):
    """A piece of text with its kind; ``text`` is what a value would be, without quotation marks."""

    kind: SpanKind
    text: str
    start: int
    end: int


class Word(NamedTuple):
    """A word with its place and stem; the stem is empty for a stop word."""

    text: str
    start: int
    end: int
    stem: str


def find_words(text: str) -> list[Word]:
    """The words of a text with their places and stems; of a text over 20,000 characters, of its beginning."""
    words = []
    for match in WORD.finditer(text[:LONGEST_READ]):
        stems = analyse(match[0])
        words.append(Word(match[0], match.start(), match.end(), stems[0] if stems else ""))
    return words


def find_spans(text: str, words: list[Word] | None = None) -> list[Span]:
    """The typed spans of a text, in the order of the text; spans of the patterns do not overlap, names may hold them.

    Of a text over 20,000 characters only its beginning is read.

    >>> [(s.kind, s.text) for s in find_spans("Book 'Blue Lagoon' for two on March 3rd at 7:30 pm")]
    [('phrase', 'Book'), ('quoted', 'Blue Lagoon'), ('number', 'two'), ('date', 'March 3rd'), ('time', '7:30 pm')]
    """
    text = text[:LONGEST_READ]
    taken: list[Span] = []
    covered = bytearray(len(text))
    for kind, needs, pattern in PATTERNS:
        if needs.search(text):
            _take(kind, pattern, text, taken, covered)
    taken.extend(_names(text, covered, [span for span in taken if span.kind == "number"]))
    taken.extend(_phrases(text, covered, find_words(text) if words is None else words))
    return sorted(taken, key=lambda span: (span.start, span.end))


def _take(kind: SpanKind, pattern: re.Pattern[str], text: str, taken: list[Span], covered: bytearray) -> None:
    """Add the spans of a pattern where nothing was found before."""
    check = _is_code if pattern is HYPHENATED else _CHECKS.get(kind)
    for match in pattern.finditer(text):
        start, end = match.span()
        if covered.find(1, start, end) >= 0 or (check is not None and not check(match)):
            continue
        inner = next(filter(None, match.groups()), match[0]) if kind == "quoted" else match[0]
        taken.append(Span(kind, inner.strip(), start, end))
        covered[start:end] = b"\x01" * (end - start)


def _is_phone(match: re.Match[str]) -> bool:
    piece = match[0]
    return sum(map(str.isdigit, piece)) >= _FEWEST_PHONE_DIGITS and not _is_range(piece.split("-"))


def _is_date(match: re.Match[str]) -> bool:
    return not _NUMERIC_DATE.match(match[0]) or parse_day(match[0]) is not None


def _is_time(match: re.Match[str]) -> bool:
    return parse_time(_PART_OF_DAY.sub("", match[0])) is not None


def _is_number(match: re.Match[str]) -> bool:
    """Not the "one" of "send me one" or "the red one"."""
    if match[0].lower() != "one":
        return True
    text = match.string
    before = text[max(0, match.start() - _LOOK_BACK) : match.start()]
    if _BEFORE_NUMBER_ONE.search(before):
        return True
    return not (_BEFORE_PRONOUN_ONE.search(before) or _AFTER_PRONOUN_ONE.match(text, match.end()))


def _is_code(match: re.Match[str]) -> bool:
    """Among words joined by hyphens: "N-4471", "77-0413", "item-221"; neither "10-inch" nor a range of numbers."""
    groups = match[0].split("-")
    digits = sum(map(str.isdigit, match[0]))
    if not digits:
        return False
    if all(map(str.isdigit, groups)):
        after_digit = match.string[max(0, match.start() - 2) : match.start() - 1].isdigit()
        is_phone = digits >= _FEWEST_PHONE_DIGITS and PHONE.fullmatch(match[0]) is not None
        return digits >= _FEWEST_CODE_DIGITS and not (is_phone or after_digit or _is_range(groups))
    if any(_is_acronym(group) or not (group.isalpha() or group.isdigit()) for group in groups):
        return digits > 1
    last = groups[-1]
    is_year = len(last) == _LENGTH_OF_YEAR and last.isdigit() and int(last) in _YEARS
    return groups[0].isalpha() and last.isdigit() and len(last) >= _FEWEST_DIGITS_AFTER_WORD and not is_year


def _is_acronym(group: str) -> bool:
    return group.isalpha() and group.isupper() and len(group) <= _LONGEST_ACRONYM


def _is_range(groups: list[str]) -> bool:
    """Two rising round numbers or years: "500-1000", "2019-2024"."""
    if len(groups) != 2 or not all(group.isdecimal() and group[0] != "0" for group in groups):  # noqa: PLR2004
        return False
    if max(map(len, groups)) > _LONGEST_IN_RANGE:
        return False
    low, high = map(int, groups)
    return low < high and (low % 10 == high % 10 == 0 or (low in _YEARS and high in _YEARS))


_CHECKS: dict[SpanKind, Callable[[re.Match[str]], bool]] = {
    "phone": _is_phone,
    "date": _is_date,
    "time": _is_time,
    "number": _is_number,
}


def _names(text: str, covered: bytearray, numbers: list[Span]) -> Iterator[Span]:
    """Runs of capitalised words that do not begin a sentence as a plain word; numbers may stand in them."""
    blocked = bytearray(covered)
    for span in numbers:
        blocked[span.start : span.end] = bytes(span.end - span.start)
    for match in NAME.finditer(text):
        start, end = match.span()
        while end > start and text[end - 1] in ".,'\u2019&-":
            end -= 1
        first = text.find(" ", start, end) + 1
        if text[start].isdigit() and first and text.find(" ", first, end) < 0 and COUNTED.match(text, end):
            start, first = first, 0  # "4 Margherita pizzas" are counted, "12 Elm Street" is an address
        if _begins_sentence(text, start):
            # the first word of a sentence has its capital from there; without it the rest may still be a name
            rest = text[first:end] if first else ""
            if not (rest[:1].isupper() or (rest[:1].isdigit() and " " in rest)):
                continue
            if blocked.find(1, first, end) < 0:
                yield Span("name", rest, first, end)
        piece = text[start:end].strip()
        if piece and piece not in _PRONOUNS and blocked.find(1, start, end) < 0:
            yield Span("name", piece, start, end)


def _begins_sentence(text: str, start: int) -> bool:
    place = start - 1
    while place >= 0 and text[place].isspace():
        if text[place] == "\n":
            return True
        place -= 1
    return place < 0 or text[place] in _SENTENCE_ENDS


def _phrases(text: str, covered: bytearray, words: list[Word]) -> Iterator[Span]:
    """Runs of words that are no stop words, without the typed spans: what is left to be a free value."""
    run: list[Word] = []
    for word in [*words, Word("", len(text), len(text), "")]:
        joined = bool(run) and not text[run[-1].end : word.start].strip(" -_")
        free = bool(word.stem) and covered.find(1, word.start, word.end) < 0
        if run and not (free and joined):
            yield Span("phrase", text[run[0].start : run[-1].end], run[0].start, run[-1].end)
            run = []
        if free:
            run.append(word)
