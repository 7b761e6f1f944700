"""English numbers in words."""

from __future__ import annotations

import re

__all__ = ["NUMBER_WORDS", "NUMERAL", "read_numeral"]

NUMBER_WORDS = {
    word: number
    for number, word in enumerate(
        """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
        seventeen eighteen nineteen twenty""".split()  # noqa: SIM905 - prose reads better than quoted words
    )
} | {"thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90, "dozen": 12}
"""The numbers that one word writes."""

_TWENTY = 20
_SCALES = {"hundred": 100, "dozen": 12, "thousand": 1_000, "million": 1_000_000}
_SMALL = "|".join(word for word, number in NUMBER_WORDS.items() if word != "dozen" and number < _TWENTY)
_TENS = "|".join(word for word, number in NUMBER_WORDS.items() if number >= _TWENTY)
_SCALE = "|".join(_SCALES)
_GROUP = rf"(?:(?:{_TENS})(?:[ -](?:one|two|three|four|five|six|seven|eight|nine)\b)?|{_SMALL})\b"

NUMERAL = (
    rf"\b(?=[zotfsenhad])(?:half a dozen|a (?:{_SCALE})|dozen"
    rf"|{_GROUP}(?:(?: (?:{_SCALE})\b){{1,2}}(?:(?: and)? {_GROUP}(?: (?:{_SCALE})\b)?){{0,3}})?)\b"
)
"""Regular expression of a number in words, for lower-case text or `re.IGNORECASE`."""

_WHOLE = re.compile(NUMERAL)


def read_numeral(text: str) -> int | None:
    """The number that a text writes in words, or None where it holds anything else.

    >>> read_numeral("twenty-five"), read_numeral("Two hundred and fifty"), read_numeral("half a dozen")
    (25, 250, 6)
    >>> read_numeral("two tickets"), read_numeral("five nine"), read_numeral("")
    (None, None, None)
    """
    text = " ".join(text.lower().split())
    if text in NUMBER_WORDS:
        return NUMBER_WORDS[text]
    if not _WHOLE.fullmatch(text):
        return None
    if text == "half a dozen":
        return NUMBER_WORDS["dozen"] // 2
    total = group = 0
    for word in text.replace("-", " ").split():
        if word in ("thousand", "million"):
            total, group = total + max(group, 1) * _SCALES[word], 0
        elif word in _SCALES:
            group = max(group, 1) * _SCALES[word]
        else:
            group += NUMBER_WORDS.get(word, 0)
    return total + group
