"""A text, read once: its words, typed spans, and pieces with what their surroundings say of them."""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from resolver.coerce import stems
from resolver.numerals import NUMBER_WORDS
from resolver.pieces import PIECE_KINDS, Piece, PieceKind, find_pieces
from resolver.spans import LONGEST_READ, Span, Word, find_spans, find_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["PIECE_FEATURES", "TextReading", "read_text", "says_little", "traits_of"]

PIECE_FEATURES = (
    *(f"kind_{kind}" for kind in PIECE_KINDS),
    *(
        "one_word",
        "two_words",
        "three_words",
        "many_words",
        "digits",
        "capital",
        "capital_start",
        "all_capital",
        "lower",
    ),
    *("begins_sentence", "ends_sentence", "before_comma", "in_name", "in_quotes", "cut_left", "cut_right"),
    *("begins_request", "begins_filler", "after_filler", "ends_container", "before_container", "before_preposition"),
    *("after_article", "after_own", "after_preposition", "after_in", "after_for", "after_named", "after_and"),
    *("after_to", "after_subject", "before_article", "begins_ing", "begins_ed", "ends_ed", "ends_ing", "ends_ly"),
    *("begins_ly", "begins_article", "after_number", "plural", "before_and"),
    *("begins_turn", "first_turn", "last_turn", "position", "repeated", "has_comma", "has_stop"),
)
"""Features of a piece, whatever the parameter. ``cut``: the run of words goes on beyond it."""

# what is denied in the same breath as something else is asked for: "to work, not to my home"
_DENIED = re.compile(
    r"(?:,\s*(?:and\s+|but\s+)?not|\b(?:and|but)\s+not|\binstead\s+of|\brather\s+than|\bexcept(?:\s+for)?)\s+"
    r"(?:(?:to|at|in|on|from|for|by|with)\s+)?(?:(?:the|my|a|an|our)\s+)?(?P<what>[\w'\u2019-]+)",
    re.IGNORECASE,
)
# words of asking, which are no part of what is asked for
_REQUEST = frozenset(
    stems(
        "want need find search look get help show tell give try go see check book order buy purchase like love prefer "
        "interested interest plan want explore browse list request know wonder think hope use make set put start "
        "let send called named titled specifically particularly focus include related listen watch visit eat"
    )
)
# words that say little of the thing they stand before
_FILLERS = frozenset(
    """
    new good great nice best some any certain specific particular own available various different several
    few special other more popular favorite favourite decent cool fun just only specifically particularly
    especially exactly exclusively like called named pretty really please also maybe perhaps using
    """.split()  # noqa: SIM905 - prose reads better than quoted words
)
# words for a sort or set of things, which follow what the sort is of
_CONTAINERS = frozenset(
    stems(
        "option item product category section type kind genre thing place stuff piece unit pack choice topic list "
        "page range style class"
    )
)
_ARTICLES = frozenset(("the", "a", "an", "some", "any"))
_OWN = frozenset(("my", "our", "his", "her", "their", "your"))
_OBJECTS = frozenset(("me", "it", "them", "us", "this", "that", "these", "those"))
_SUBJECTS = frozenset(
    """
    i we you he she it they i'm i'd i'll i've can could will would should must do does did
    """.split()  # noqa: SIM905 - prose reads better than quoted words
)
_LONG_WORD = 5
_IN = frozenset(("in", "at", "near", "around", "within"))
_PREPOSITIONS = frozenset(
    ("to", "from", "on", "with", "by", "about", "of", "via", "using", "as", "into", "under", "through", "until", "till")
)
_NAMED = frozenset(("named", "called", "titled", "is", "specifically", "particularly"))


class TextReading(NamedTuple):
    """A text with its words and typed spans.

    Attributes:
        text: The text.
        words: Its words.
        spans: Its typed spans.
        stems: The stems of its words, without those that it denies.
        denied: Places of what it denies ("not home", "instead of the office").
        pieces: What in it could be a value.
        traits: ``(n, a) float32``, features of the pieces, in the order of `PIECE_FEATURES`.
        order: The stems of its words of content, with the words' numbers.
        assistant: Places of a dialogue that someone else than the user said.
    """

    text: str
    words: list[Word]
    spans: list[Span]
    stems: frozenset[str]
    denied: tuple[tuple[int, int], ...]
    pieces: list[Piece]
    traits: NDArray[np.float32]
    order: list[tuple[str, int]]
    assistant: tuple[tuple[int, int], ...]

    def piece(self, kind: PieceKind, start: int, end: int) -> Piece:
        """The piece of this place."""
        first = bisect_left(self.words, start + 1, key=lambda word: word.end)
        last = max(bisect_left(self.words, end, key=lambda word: word.start) - 1, first)
        return Piece(kind, self.text[start:end], start, end, first, last)


def says_little(word: Word) -> bool:
    """Whether a word is one of asking ("find", "please"), or one that says little of the thing it stands before."""
    return word.stem in _REQUEST or word.text.lower() in _FILLERS


def read_text(text: str, *, assistant: Sequence[tuple[int, int]] = ()) -> TextReading:
    """The words, spans and pieces of a text. Nothing is remembered: a text may be a user's.

    Args:
        text: The text.
        assistant: Places of a dialogue that someone else than the user said.
    """
    words = find_words(text)
    denied = tuple((match.start("what"), match.end("what")) for match in _DENIED.finditer(text[:LONGEST_READ]))
    said = [word for word in words if word.stem and not _within(word.start, word.end, denied)]
    spans = find_spans(text, words)
    pieces = find_pieces(text[:LONGEST_READ], words, spans)
    order = [(word.stem, number) for number, word in enumerate(words) if word.stem]
    reading = TextReading(
        text,
        words,
        spans,
        frozenset(word.stem for word in said),
        denied,
        pieces,
        np.zeros((0, len(PIECE_FEATURES)), dtype=np.float32),
        order,
        tuple(assistant),
    )
    return reading._replace(traits=traits_of(reading, pieces))


def _within(start: int, end: int, places: Sequence[tuple[int, int]]) -> bool:
    return any(first <= start and end <= last for first, last in places)


class _WordNotes(NamedTuple):
    """What each word is, looked up once."""

    lower: list[str]
    capital: list[bool]
    content: list[bool]
    gaps: list[str]  # what stands between a word and the next, without white space; a line break as it is


def _notes(reading: TextReading) -> _WordNotes:
    words, text = reading.words, reading.text
    gaps = []
    for number, word in enumerate(words):
        behind = text[word.end : words[number + 1].start] if number + 1 < len(words) else text[word.end :][:2] + "\n"
        gaps.append(behind.strip(" \t") if "\n" in behind else behind.strip())
    return _WordNotes(
        [word.text.lower() for word in words],
        [word.text[0].isupper() for word in words],
        [bool(word.stem) for word in words],
        gaps,
    )


def traits_of(reading: TextReading, pieces: Sequence[Piece]) -> NDArray[np.float32]:
    """``(n, a) float32``, features of pieces of a text, in the order of `PIECE_FEATURES`."""
    notes = _notes(reading)
    names = [(span.start, span.end) for span in reading.spans if span.kind == "name"]
    quoted = [(span.start, span.end) for span in reading.spans if span.kind == "quoted"]
    turns = [match.start() for match in re.finditer("\n", reading.text)]
    length = max(len(reading.text), 1)
    latest: dict[str, int] = {}
    for piece in pieces:
        latest[piece.kind] = max(latest.get(piece.kind, 0), piece.start)
    rows = np.zeros((len(pieces), len(PIECE_FEATURES)), dtype=np.float32)
    for row, piece in zip(rows, pieces, strict=True):
        marked = list(_marks(piece, notes, reading.words))
        if any(
            start <= piece.start and piece.end <= end and end - start > piece.end - piece.start for start, end in names
        ):
            marked.append("in_name")
        if any(start < piece.start and piece.end < end for start, end in quoted):
            marked.append("in_quotes")
        if turns:
            if piece.start < turns[0]:
                marked.append("first_turn")
            elif piece.start > turns[-1]:
                marked.append("last_turn")
            if piece.start - 1 in turns:
                marked.append("begins_turn")
        if piece.start < latest[piece.kind] and piece.kind not in ("part", "tail", "joined", "phrase"):
            marked.append("repeated")
        row[[_COLUMN[name] for name in marked]] = 1.0
        row[_COLUMN["position"]] = piece.start / length
    return rows


_COLUMN = {name: number for number, name in enumerate(PIECE_FEATURES)}
_SIZES = ("one_word", "two_words", "three_words")


def _marks(piece: Piece, notes: _WordNotes, words: Sequence[Word]) -> list[str]:  # noqa: C901, PLR0912, PLR0915 - a flat list
    first, last = piece.first, piece.last
    marked = [f"kind_{piece.kind}"]
    add = marked.append
    many = last - first + 1
    add(_SIZES[many - 1] if 1 <= many <= len(_SIZES) else "many_words")
    if first >= len(words):
        return marked
    lower, content = notes.lower, notes.content
    begins = first == 0 or notes.gaps[first - 1][-1:] in (".", "!", "?", "\n", ":")
    if begins:
        add("begins_sentence")
    capitals = [notes.capital[n] for n in range(first, last + 1) if content[n]]
    if not any(capitals):
        add("lower")
    elif capitals and all(capitals):
        add("all_capital")
    if notes.capital[first] and content[first]:
        add("capital_start" if begins else "capital")
    if any(letter.isdigit() for letter in piece.text):
        add("digits")
    if "," in piece.text:
        add("has_comma")
    if not all(content[first : last + 1]):
        add("has_stop")
    gap = notes.gaps[last]
    if last + 1 >= len(words) or gap[:1] in (".", "!", "?", "\n", ";"):
        add("ends_sentence")
    elif gap[:1] == ",":
        add("before_comma")
    elif not gap:
        after = lower[last + 1]
        if content[last + 1]:
            add("cut_right")
            if words[last + 1].stem in _CONTAINERS:
                add("before_container")
        elif after in _ARTICLES or after in _OWN or after in _OBJECTS:
            add("before_article")
        elif after in ("and", "or"):
            add("before_and")
        elif after in _IN or after in _PREPOSITIONS or after == "for":
            add("before_preposition")
    if gap == "&":
        add("cut_right")
    if first and notes.gaps[first - 1] == "&":
        add("cut_left")
    if first and not notes.gaps[first - 1]:
        before = lower[first - 1]
        if content[first - 1]:
            add("cut_left")
        if before in _ARTICLES:
            add("after_article")
        elif before in _OWN:
            add("after_own")
        elif before in _IN:
            add("after_in")
        elif before == "for":
            add("after_for")
        elif before in _NAMED:
            add("after_named")
        elif before == "to":
            add("after_to")
        elif before in _SUBJECTS:
            add("after_subject")
        elif before in _PREPOSITIONS:
            add("after_preposition")
        elif before in ("and", "or"):
            add("after_and")
        if before in _FILLERS:
            add("after_filler")
        if before.isdigit() or before in NUMBER_WORDS:
            add("after_number")
    for name, word in (("begins", words[first].text), ("ends", words[last].text)):
        if word.islower() and len(word) >= _LONG_WORD:
            for ending in ("ing", "ed", "ly"):
                if word.endswith(ending):
                    add(f"{name}_{ending}")
    if lower[last].endswith("s") and not lower[last].endswith("ss") and not notes.capital[last]:
        add("plural")
    if lower[first] in _ARTICLES:
        add("begins_article")
    if words[first].stem in _REQUEST:
        add("begins_request")
    if lower[first] in _FILLERS:
        add("begins_filler")
    if words[last].stem in _CONTAINERS:
        add("ends_container")
    return marked
