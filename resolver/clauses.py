"""A statement of the user taken apart: its condition, what it asks for, and the pieces that may be values."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from resolver.coerce import stems
from resolver.spans import find_spans, find_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from resolver.spans import SpanKind, Word

__all__ = ["ASKING", "Piece", "StatementReading", "content", "lead_word", "pieces", "read_statement", "sides"]

_LONGEST = 2_000
"""Characters of a statement that are read."""
_MOST_PIECES = 48
_MOST_WORDS_CUT = 5
_LEADING = re.compile(
    r"^\W*(?:if|when(?:ever)?|in case|while|where)\b(?P<condition>.*?)(?:,|\bthen\b)", re.IGNORECASE | re.DOTALL
)
_LAST_THEN = re.compile(r",?\s*\bthen\b", re.IGNORECASE)
_TRAILING = re.compile(
    r"[,;]?\s\b(?:if|when(?:ever)?|in case|while)\b(?!\s+(?:possible|necessary|needed)\b)(?P<condition>.*)$",
    re.IGNORECASE | re.DOTALL,
)
_ALSO = re.compile(r"\b(?:also|both|as well|additionally)\b|\btoo\s*(?:[.,;!?]|$)", re.IGNORECASE)
_LIKING = re.compile(r"\b(?:prefer|like|love|enjoy|favou?r|fan|passion\w*|exclusively)\b", re.IGNORECASE)
_REFUSING = re.compile(
    r"\b(?:dislike|don['\u2019]?t|do not|avoid|hate|can['\u2019]?t|cannot|aversion|never|against|detest|despise"
    r"|uncomfortable|opposed|averse|loathe|steer clear|stay away|intoleran\w+|allerg\w+|refuse|only|not?|fear|phobia"
    r"|strictly|disdain|skeptic\w*|sensitive)\b",
    re.IGNORECASE,
)
# "Due to my knees, I take the lift" has a subject, if not in front
_OWN_SUBJECT = re.compile(r"\W*(?:(?:i|my|if|when|in|it|you|we|as|the|a)\b|[^,.]{1,120},\s+(?:i|my)\b)", re.IGNORECASE)
# what a statement of liking begins with: "As a parent, I really don't like to"
_LIKING_LEAD = re.compile(
    r"^(?:as an? [^,]*, )?i(?:['\u2019]m| am|['\u2019]ve)?\s+(?:\w+ly\s+)*"
    r"(?:really |very |am |have |get |find |would |do |can |will )?(?:a |an )?(?:\w+ )?"
    r"(?:dislike|don['\u2019]t like|do not like|don['\u2019]t enjoy|do not enjoy|avoid|prefer|hate|can['\u2019]t stand"
    r"|cannot stand|aversion to|love|only|despise|against|detest|uncomfortable with|opposed to|allergic to)\s*"
    r"(?:to |using |of )?",
    re.IGNORECASE,
)
_LEAD_WORD = re.compile(
    r"\b(in|at|from|to|by|with|for|as|on|of|named|called|titled|is|be|serves?|near|around|have|has|like|into|try|after)"
    r"[:\s]+(?:the\s+|an?\s+|my\s+|some\s+)?[\"'\u201c]?$",
    re.IGNORECASE,
)
# a value that runs to the end of its clause: "the place is ...", "called ...", "directed by ..."
_TO_THE_END = re.compile(
    r"\b(?:is|be|as|at|in|to|from|by|for|named?|called|titled|with|try|request|prefer|want|see|into|after|on|of)\s+"
    r"(?=(?P<rest>[^\s].*))",
    re.IGNORECASE | re.DOTALL,
)
_CLAUSE_ENDS = re.compile(
    r",\s+(?:then|and|with|if|when|so|i|it|you|please|try|look|search|check)\b|;|\.\s*$|[!?]"
    r"|(?<!\b[A-Z])(?<!\bDr)(?<!\bSt)(?<!\bMr)(?<!\bMs)(?<!\bMrs)\.\s+(?=[A-Z])"
    r"|\s(?:if|when(?:ever)?|as|then|while)\s",
    re.IGNORECASE,
)
_OR = re.compile(r"\s*,?\s+\bor\b\s+(?:else\s+)?", re.IGNORECASE)
_QUOTED_OR = re.compile(r"[\"\u201c][^\"\u201c\u201d]*\bor\b[^\"\u201c\u201d]*[\"\u201d]", re.IGNORECASE)
_LISTED = re.compile(r"\s*,\s+(?:or\s+)?|\s+or\s+", re.IGNORECASE)
_JOINED = re.compile(r"\b[\w-]+ (?:and|&) [\w-]+")
_ABBREVIATED = re.compile(r"\b[A-Za-z]\.[A-Za-z]$")
_EDGES = " \t\n\"'\u201c\u201d\u2018\u2019.,;:"
_ASKING_WORDS = (
    "want need find search look get help show tell give try go see check book order buy purchase like love prefer "
    "interested plan explore browse list request know wonder think hope use make set put start let send place "
    "preferred choice favorite favourite ask usually always choose looking asking searching"
)
ASKING = frozenset(stems(_ASKING_WORDS))
"""Stems of asking and of preferring, which are no part of what is asked for or preferred."""


_ASKING_WORD = frozenset(_ASKING_WORDS.split()) | {"i'm", "i\u2019m", "i'd", "i\u2019d"}
_LEADING_SMALL_WORDS = re.compile(r"(?:(?:the|an?|my|your|some|to|of|that|be|in|at|is|as|for|it['\u2019]s)\s+)+")


class Piece(NamedTuple):
    """A part of a statement that may be a value.

    Attributes:
        text: The part, without quotation marks.
        kind: What sort of span it is; ``phrase`` too for a part of one.
        lead: The word that announces it ("in", "called"), lower case, or empty.
        start: Where it begins in the statement.
        end: Where it ends.
        conditional: Whether it stands in the statement's condition.
    """

    text: str
    kind: SpanKind
    lead: str
    start: int
    end: int
    conditional: bool


class StatementReading(NamedTuple):
    """A statement with its clauses.

    Attributes:
        text: The statement.
        condition: Its "if ..." or "when ..." clause without that word, empty where there is none.
        outcome: The rest.
        liked: What a sentence of liking or disliking is about: the outcome without "I really dislike".
        stems: The stems of all its words.
        condition_stems: Those of the condition, without words of asking.
        outcome_stems: Those of the outcome, without words of asking.
        conditional: Whether there is a condition.
        commanding: Whether it begins with neither its speaker nor a condition: "Request ...", "Look for ...".
        also: Whether it adds something: "also", "both".
        liking: Whether it has a verb of liking.
        refusing: Whether it has a word of refusing.
    """

    text: str
    condition: str
    outcome: str
    liked: str
    stems: frozenset[str]
    condition_stems: frozenset[str]
    outcome_stems: frozenset[str]
    conditional: bool
    commanding: bool
    also: bool
    liking: bool
    refusing: bool


def content(text: str) -> frozenset[str]:
    """The stems of a text without words of asking."""
    return frozenset(stems(text)) - ASKING


def read_statement(text: str) -> StatementReading:
    """A statement's clauses and form. Nothing is remembered: a text is a user's.

    >>> read = read_statement("If I book a table, I want it at Blue Lagoon.")
    >>> read.condition, read.outcome
    ('I book a table', 'I want it at Blue Lagoon.')
    """
    text = text[:_LONGEST]
    place = _condition_place(text)
    condition = text[place[0] : place[1]].strip() if place else ""
    outcome = _without(text, place)
    return StatementReading(
        text=text,
        condition=condition,
        outcome=outcome or text,
        liked=_LIKING_LEAD.sub("", outcome) or outcome or text,
        stems=frozenset(stems(text)),
        condition_stems=content(condition),
        outcome_stems=content(outcome),
        conditional=bool(condition),
        commanding=_OWN_SUBJECT.match(text) is None,
        also=_ALSO.search(text) is not None,
        liking=_LIKING.search(text) is not None,
        refusing=_REFUSING.search(text) is not None,
    )


def refuses(text: str) -> bool:
    """Whether a statement refuses something, or insists on it.

    >>> refuses("I only eat halal meat."), refuses("I love noodles.")
    (True, False)
    """
    return _REFUSING.search(text) is not None


_SUBJECT_FIRST = re.compile(
    r"^\W*(?:my|the|our)\b(?:(?!\b(?:is|are|be|would|should)\b).)*?,?\s\b(?:if|when(?:ever)?|while)\b"
    r"(?P<condition>.*?),?\s+(?:is|are|would be|should be)\b",
    re.IGNORECASE | re.DOTALL,
)


def _condition_place(text: str) -> tuple[int, int] | None:
    """Where the condition stands, after its "if"."""
    if found := _LEADING.match(text):
        last = None
        for last in _LAST_THEN.finditer(text):  # noqa: B007 - the last one is wanted
            pass
        # "if a is x, b is y, then c is z": all before "then" are conditions
        return found.start("condition"), last.start() if last else found.end("condition")
    # "my usual dish when I order soup is ramen": the condition stands between subject and verb
    found = _SUBJECT_FIRST.match(text) or _TRAILING.search(text)
    return (found.start("condition"), found.end("condition")) if found else None


def _without(text: str, place: tuple[int, int] | None) -> str:
    if place is None:
        return text.strip()
    before = re.sub(
        r"[,;]?\s*\b(?:if|when(?:ever)?|in case|while|where)\s*$", "", text[: place[0]], flags=re.IGNORECASE
    )
    behind = re.sub(r"^\W*(?:then\b)?\W*", "", text[place[1] :], flags=re.IGNORECASE)
    return " ".join(part for part in (before.strip(), behind.strip()) if part.strip(".!?"))


def lead_word(text: str, start: int) -> str:
    """The word that announces what begins at a place ("in", "called"), lower case, or the empty string."""
    found = _LEAD_WORD.search(text[max(0, start - 24) : start])
    return found[1].lower() if found else ""


def pieces(reading: StatementReading) -> list[Piece]:
    """The parts of a statement that may be values, in the order of the text, at most 48, each place once."""
    text = reading.text
    place = _condition_place(text) or (0, 0)
    words = [word for word in find_words(text) if word.start < _LONGEST]
    found: dict[tuple[int, int], SpanKind] = {}
    for kind, start, end in _places(text, words):
        inner_start, inner_end = _trimmed(text, start, end)
        if inner_end > inner_start and (inner_start, inner_end) not in found and _says(text[inner_start:inner_end]):
            found[inner_start, inner_end] = kind
    return [
        Piece(
            text=text[start:end],
            kind=kind,
            lead=lead_word(text, start),
            start=start,
            end=end,
            conditional=place[0] <= start and end <= place[1],
        )
        for (start, end), kind in sorted(list(found.items())[:_MOST_PIECES])
    ]


def _places(text: str, words: Sequence[Word]) -> Iterator[tuple[SpanKind, int, int]]:
    spans = find_spans(text)
    for span in spans:
        if span.kind != "phrase":
            yield span.kind, span.start, span.end
    for start, end in _to_the_end(text):
        yield "phrase", start, end
    for group in sides(text):
        for start, end in group:
            yield "phrase", start, end
    for match in _JOINED.finditer(text):
        yield "phrase", match.start(), match.end()
    for span in spans:
        if span.kind in ("phrase", "name"):
            yield from _cuts(span.kind, [word for word in words if span.start <= word.start and word.end <= span.end])


def _to_the_end(text: str) -> Iterator[tuple[int, int]]:
    for match in _TO_THE_END.finditer(text):
        start = match.start("rest")
        ending = _CLAUSE_ENDS.search(text, start)
        yield start, ending.start() if ending else len(text)


def sides(text: str) -> list[tuple[tuple[int, int], ...]]:
    """The places that "or" leaves to choose from: for each part of a statement with one, where its sides stand.

    Of parts that end alike the shortest comes first. "A, B, or C" has three sides; a comma alone parts nothing, since
    names have some.

    >>> text = "My preferred place is Blue Lagoon or The Pike."
    >>> [text[start:end] for start, end in sides(text)[0]]
    ['Blue Lagoon', 'The Pike']
    """
    if not _OR.search(text):
        return []
    found = []
    for start, end in _to_the_end(text[:_LONGEST]):
        joined = list(_OR.finditer(text, start, end))
        if not joined or _QUOTED_OR.search(text, start, end):
            continue
        split = _LISTED if any("," in one[0] for one in joined) else _OR
        cuts = [start, *(place for one in split.finditer(text, start, end) for place in one.span()), end]
        places = [_trimmed(text, *cuts[number : number + 2]) for number in range(0, len(cuts), 2)]
        if all(last > first and _says(text[first:last]) for first, last in places):
            found.append(tuple(places))
    return found[::-1]


def _cuts(kind: SpanKind, words: Sequence[Word]) -> Iterator[tuple[SpanKind, int, int]]:
    """A run of words, and what is left of it without its first or its last words, and each of its words."""
    if not words:
        return
    yield kind, words[0].start, words[-1].end
    for cut in range(1, min(len(words), _MOST_WORDS_CUT)):
        yield kind, words[cut].start, words[-1].end
        yield kind, words[0].start, words[-1 - cut].end
    for word in words[1:-1][:_MOST_WORDS_CUT]:
        yield kind, word.start, word.end


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """A place without white space, quotation marks, and small words before it; the point of "D.C." stays."""
    if small := _LEADING_SMALL_WORDS.match(text, start, end):
        start = small.end()
    while start < end and text[start] in _EDGES:
        start += 1
    while end > start and text[end - 1] in _EDGES:
        end -= 1
    if text[end : end + 1] == "." and _ABBREVIATED.search(text[start:end]):
        end += 1
    return start, end


def _says(piece: str) -> bool:
    """Whether a piece has a word beside those of asking."""
    return bool(stems(piece)) and not all(word.lower() in _ASKING_WORD for word in piece.split())
