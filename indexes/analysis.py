"""Tokens for lexical search."""

from __future__ import annotations

import re
import threading
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

import snowballstemmer

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["STOP_WORDS", "analyse"]

# "may" is also a month, and a date is worth more than the noise.
STOP_WORDS = frozenset(
    """
    a about after again all also am an and any are as at be because been before being both but by can cannot could
    did do does doing done each either else etc even ever every few for from had has have having he her hers him
    his how i if in into is it its itself just let like many me might mine more most much must my myself nor of off
    on once one or other our ours out over own please same shall she should so some such than that the their theirs
    them then there these they this those through to too under until up upon us very was we were what when where
    whether which while who whom whose why will with would yes you your yours
    """.split()  # noqa: SIM905 - prose reads better than 130 quoted words
)

# Combining marks and the scripts whose vowel signs Python's \w leaves out; without them a Hindi or Thai word is cut at
# every vowel. U+0964 and U+0965 are the Indic full stops.
_MARKS = (
    "\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u0900-\u0963\u0966-\u109f\u1780-\u17dd"
)
_PICTOGRAPHS = "\u2600-\u27bf\U0001f300-\U0001faff"
_WORD = re.compile(rf"[\w{_MARKS}]+(?:['\u2019][\w{_MARKS}]+)?|[{_PICTOGRAPHS}]")
_CJK = "\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uac00-\ud7af\U00020000-\U0003ffff"
_CJK_RUN = re.compile(f"([{_CJK}]+)")
# getUserInfo, HTTPServer, iPhone15, 3pm, a_b, O'Brien
_BOUNDARY = re.compile(
    r"[_'\u2019]+|(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])"
)
_ACCENTS = re.compile("[\u0300-\u036f]")
_CONTRACTIONS = frozenset({"s", "d", "m", "ll", "re", "ve"})
_LONGEST_REMEMBERED = 64

_stemmer = snowballstemmer.stemmer("english")
_stemmer_lock = threading.Lock()  # a Snowball stemmer keeps its state in itself


def analyse(text: str) -> list[str]:
    """Split a text into tokens for lexical search.

    NFKC, split into words, identifiers split at case changes, underscores and between letters and digits, lower case,
    accents removed, English stop words removed, English stems (Snowball, Porter2). An identifier of several parts gives
    its parts and then the joined form, so that ``get_user_info``, ``getUserInfo`` and ``getuserinfo`` find each other.
    Chinese, Japanese and Korean runs give overlapping pairs of characters, pictographs a token each; other scripts are
    kept as words.

    Args:
        text: Any text.

    Returns:
        The tokens in order, repeated ones repeated.

    Example:
        >>> analyse("Where is my favourite ramen restaurant?")
        ['favourit', 'ramen', 'restaur']
        >>> analyse("getUserInfo at 3pm")
        ['get', 'user', 'info', 'getuserinfo', '3', 'pm', '3pm']
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    tokens: list[str] = []
    for word in _WORD.findall(text):
        tokens += _remembered(word) if len(word) <= _LONGEST_REMEMBERED else _tokens(word)
    return tokens


def _tokens(word: str) -> tuple[str, ...]:
    """The tokens of one word, with case."""
    return tuple(_split(word))


_remembered = lru_cache(maxsize=65_536)(_tokens)


def _split(word: str) -> Iterator[str]:
    head, mark, tail = word.replace("\u2019", "'").partition("'")
    if mark and tail.lower() == "t" and head.lower().endswith("n"):
        return  # don't, can't, isn't: whether a statement denies is not for bag-of-words search to say
    if mark and tail.lower() in _CONTRACTIONS:
        word = head
    parts = [part for part in _BOUNDARY.split(word) if part]
    for part in parts:
        yield from _plain(_folded(part))
    if len(parts) > 1 and (joined := _folded("".join(parts))):
        yield joined


def _plain(part: str) -> Iterator[str]:
    """The tokens of a part without case and accents, which may be empty: a lone accent leaves nothing."""
    if part.isascii():
        if part and part not in STOP_WORDS:
            yield _stem(part)
        return
    for piece in _CJK_RUN.split(part):
        if not piece:
            continue
        if not _CJK_RUN.fullmatch(piece) or len(piece) == 1:
            yield piece
        else:
            yield from (piece[i : i + 2] for i in range(len(piece) - 1))


def _folded(word: str) -> str:
    """Lower case without Latin, Greek and Cyrillic accents: what people type is often without them."""
    word = word.lower()
    if word.isascii():
        return word
    return unicodedata.normalize("NFC", _ACCENTS.sub("", unicodedata.normalize("NFD", word)))


def _stem(word: str) -> str:
    if word.isdigit():
        return word
    with _stemmer_lock:
        return str(_stemmer.stemWord(word))
