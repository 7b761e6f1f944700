"""Typed spans of a text: what in it could be the value of a parameter."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, NamedTuple

from indexes import analyse

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["NUMBER_WORDS", "Span", "SpanKind", "Word", "find_spans", "find_words"]

SpanKind = Literal["email", "url", "phone", "date", "time", "money", "number", "quoted", "code", "name", "phrase"]

NUMBER_WORDS = {
    word: number
    for number, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
        "eighteen nineteen twenty".split()
    )
} | {"thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90, "dozen": 12}

_MONTH = r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"  # noqa: E501
_DAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day"
_PATTERNS: tuple[tuple[SpanKind, re.Pattern[str]], ...] = (
    ("email", re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")),
    ("url", re.compile(r"(?:https?://|www\.)[^\s<>\"']+[^\s<>\"'.,;:!?)\]]")),
    (
        "quoted",
        re.compile(r"\"([^\"\n]{1,300})\"|“([^”\n]{1,300})”|«([^»\n]{1,300})»|(?<!\w)['‘]([^'’\n]{1,300})['’](?!\w)"),
    ),
    (
        "date",
        re.compile(
            r"\b\d{4}[-/]\d{1,2}[-/]\d{1,2}(?:T[\d:.]+(?:Z|[+-]\d{2}:?\d{2})?)?\b|\b\d{1,2}[/.]\d{1,2}[/.]\d{2,4}\b"
            rf"|\b{_MONTH}\.?\s+(?:the\s+)?\d{{1,2}}(?:st|nd|rd|th)?\b(?!:)(?:,?\s+\d{{4}}\b)?"
            rf"|\b(?:the\s+)?\d{{1,2}}(?:st|nd|rd|th)?\s+(?:of\s+)?{_MONTH}\b\.?(?:,?\s+\d{{4}}\b)?"
            rf"|\b(?:(?:next|this|coming|on)\s+)?{_DAY}\b(?:\s+next\s+week\b)?"
            r"|\b(?:today|tonight|tomorrow|the\s+day\s+after\s+tomorrow|(?:this|next)\s+(?:week(?:end)?|month))\b"
            r"|\bthe\s+\d{1,2}(?:st|nd|rd|th)\b",
            re.IGNORECASE,
        ),
    ),
    (
        "time",
        re.compile(
            r"\b\d{1,2}:\d{2}(?::\d{2})?(?:\s*[ap]\.?m\b\.?)?|\b\d{1,2}\s*[ap]\.?m\b\.?|\b\d{1,2}\s+o'clock\b"
            r"|\b(?:noon|midnight|midday)\b",
            re.IGNORECASE,
        ),
    ),
    (
        "money",
        re.compile(
            r"[$€£¥₹]\s?\d+(?:,\d{3})*(?:\.\d+)?(?:\s?[km]\b)?"
            r"|\b\d+(?:,\d{3})*(?:\.\d+)?\s?(?:dollars?|euros?|pounds?|yuan|rmb|usd|eur|gbp|cents?|bucks)\b",
            re.IGNORECASE,
        ),
    ),
    (
        "phone",
        re.compile(
            r"(?<![\w.])(?:\+\d{1,3}[\s.-]?)?\(?\d{2,4}\)?(?:[\s.-]\(?\d{2,5}\)?){1,4}(?![\w-])|(?<!\w)\+\d{7,15}\b"
        ),
    ),
    (
        "code",
        re.compile(r"#[\w-]+|(?<![\w/.])(?:/[\w.-]+)+/?|\b(?=\w*[A-Za-z])(?=\w*\d)[A-Za-z0-9][\w-]*[A-Za-z0-9]\b"),
    ),
    (
        "number",
        re.compile(
            r"(?<![\w.])[-+]?\d+(?:,\d{3})*(?:\.\d+)?(?!\w)|\b(?:" + "|".join(NUMBER_WORDS) + r")\b",
            re.IGNORECASE,
        ),
    ),
)
_CAPITALISED = r"(?:(?:Dr|St|Mr|Mrs|Ms|Prof|Mt|Ft)\.\s+)?[^\W\d_a-z][\w'’&-]*(?:\.(?=\w)[\w'’&-]+)*"
# an address is a name too: numbers may stand within it, or before its first word
_NAME = re.compile(
    rf"(?:\b\d{{1,6}}[A-Za-z]?\s+)?{_CAPITALISED}"
    rf"(?:(?:\s+(?:of|de|la|le|the|and|&|van|von)\s+|,?\s+){_CAPITALISED}|,?\s+(?:#\s?)?\d[\w-]*(?![\w:.]|/\d))*"
)
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_PRONOUNS = ("I", "I'm", "I'd", "I'll", "I've", "I’m", "I’d", "I’ll", "I’ve")
_FEWEST_PHONE_DIGITS = 7
_LONGEST_READ = 20_000


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
    for match in _WORD.finditer(text[:_LONGEST_READ]):
        stems = analyse(match[0])
        words.append(Word(match[0], match.start(), match.end(), stems[0] if stems else ""))
    return words


def find_spans(text: str, words: list[Word] | None = None) -> list[Span]:
    """The typed spans of a text, in the order of the text; spans of the patterns do not overlap, names may hold them.

    Of a text over 20,000 characters only its beginning is read.

    >>> [(s.kind, s.text) for s in find_spans("Book 'Blue Lagoon' for two on March 3rd at 7:30 pm")]
    [('phrase', 'Book'), ('quoted', 'Blue Lagoon'), ('number', 'two'), ('date', 'March 3rd'), ('time', '7:30 pm')]
    """
    text = text[:_LONGEST_READ]
    taken: list[Span] = []
    covered = bytearray(len(text))
    for kind, pattern in _PATTERNS:
        for match in pattern.finditer(text):
            if any(covered[match.start() : match.end()]) or (kind == "phone" and not _is_phone(match[0])):
                continue
            inner = next(filter(None, match.groups()), match[0]) if kind == "quoted" else match[0]
            taken.append(Span(kind, inner.strip(), match.start(), match.end()))
            covered[match.start() : match.end()] = b"\x01" * (match.end() - match.start())
    numbers = {span.start: span.end for span in taken if span.kind == "number"}
    taken.extend(_names(text, covered, numbers))
    taken.extend(_phrases(text, covered, find_words(text) if words is None else words))
    return sorted(taken, key=lambda span: (span.start, span.end))


def _is_phone(text: str) -> bool:
    return sum(character.isdigit() for character in text) >= _FEWEST_PHONE_DIGITS


def _names(text: str, covered: bytearray, numbers: dict[int, int]) -> Iterator[Span]:
    """Runs of capitalised words that do not begin a sentence as a plain word; numbers may stand in them."""
    blocked = bytes(covered)
    if numbers:
        open_numbers = bytearray(covered)
        for first, last in numbers.items():
            open_numbers[first:last] = bytes(last - first)
        blocked = bytes(open_numbers)
    for match in _NAME.finditer(text):
        start, end = match.span()
        while end > start and text[end - 1] in ".,'’&-":
            end -= 1
        before = text[:start].rstrip()
        if not before or before[-1] in ".!?:\n":
            # the first word of a sentence has its capital from there; without it the rest may still be a name
            first = text.find(" ", start, end) + 1
            rest = text[first:end] if first else ""
            if rest[:1].isupper() or rest[:1].isdigit():
                if not any(blocked[first:end]):
                    yield Span("name", rest, first, end)
            else:
                continue
        piece = text[start:end].strip()
        if piece not in _PRONOUNS and not any(blocked[start:end]):
            yield Span("name", piece, start, end)


def _phrases(text: str, covered: bytearray, words: list[Word]) -> Iterator[Span]:
    """Runs of words that are no stop words, without the typed spans: what is left to be a free value."""
    run: list[Word] = []
    for word in [*words, Word("", len(text), len(text), "")]:
        joined = bool(run) and not text[run[-1].end : word.start].strip(" -_")
        free = bool(word.stem) and not any(covered[word.start : word.end])
        if run and not (free and joined):
            yield Span("phrase", text[run[0].start : run[-1].end], run[0].start, run[-1].end)
            run = []
        if free:
            run.append(word)
