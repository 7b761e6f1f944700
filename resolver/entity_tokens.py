"""Words of records and of texts about them, so that one written "6 ft" is found in "a 6-foot lamp"."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from indexes import analyse

__all__ = ["Token", "plain_words", "sign_key", "tokens_of"]

_TOKEN = re.compile(r"[^\W\d_]+|\d+")
_WORD = re.compile(r"[^\W_]+")
_LONGEST_REMEMBERED = 64  # a longer run of letters is no word, but may be somebody's secret
_UNITS = {
    "ft": "feet foot",
    "inch": "inches",
    "l": "litre litres liter liters",
    "hour": "hr hrs hours",
    "min": "mins minute minutes",
    "lb": "lbs pound pounds",
    "g": "gram grams",
    "kg": "kilogram kilograms",
    "m": "metre metres meter meters",
}
_SHORT = {word: unit for unit, written in _UNITS.items() for word in written.split()}


class Token(NamedTuple):
    """The stem of a word, or a run of digits, with its place in the text."""

    stem: str
    start: int
    end: int


def tokens_of(text: str) -> list[Token]:
    """The words of a text without stop words: letters and digits apart, units of measure in their short form.

    >>> [token.stem for token in tokens_of("the 6-foot lamps, 500ml")]
    ['6', 'ft', 'lamp', '500', 'ml']
    """
    return [
        Token(stem, *match.span())
        for match in _TOKEN.finditer(text)
        if (stem := _remembered(match[0].lower()) if len(match[0]) <= _LONGEST_REMEMBERED else _stem(match[0].lower()))
    ]


def plain_words(text: str) -> list[str]:
    """The words of a text in lower case, neither stemmed nor remembered."""
    return _WORD.findall(text.lower())


def sign_key(text: str) -> str:
    """The letters and digits of a text in lower case: the form in which ids are compared. Nothing is remembered.

    >>> sign_key("#Ab-12") == sign_key("ab12")
    True
    """
    return "".join(sign for sign in text.casefold() if sign.isalnum())


def _stem(word: str) -> str:
    if word.isdigit():
        return word
    found = analyse(_SHORT.get(word, word))
    return found[0] if found else ""


_remembered = lru_cache(maxsize=65_536)(_stem)
