"""Values that somebody states, in the form of a schema: other spellings are taken, other meanings never.

`resolver.coerce` digs values out of words of a query, where "under 2" holds a 2. What is stated as a value means what
it says: a number is one only as a whole, with a currency or a unit at most, and signs and comparisons must agree.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from resolver.coerce import coerce, stems
from resolver.names import key
from resolver.numerals import read_numeral

if TYPE_CHECKING:
    from pydantic import JsonValue

    from resolver.catalog import Parameter

__all__ = ["fit_stated", "stated_number"]

_NUMBER = re.compile(
    r"(?P<number>[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:[eE][-+]?\d{1,3})?)\s?(?P<unit>%|[^\W\d_]{1,12})?"
)
_CURRENCY = re.compile(r"\A[$\u20ac\u00a3\u00a5\u20b9]\s?|\s?[$\u20ac\u00a3\u00a5\u20b9]\Z")
_SCALES = {"k": 1_000, "hundred": 100, "thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000}
_SIGNS = re.compile(r"[<>\u2264\u2265+#]|(?<!\w)-(?=\w)|(?<=\w)-(?!\w)|(?<=\d)[.,/:-](?=\d)")
_COMPARED = frozenset(
    ("under", "over", "below", "above", "less", "more", "than", "least", "most", "before", "after", "not", "no", "up")
)
_LONGEST_NUMBER = 80


def stated_number(text: str) -> int | float | None:
    """The number that a text is, in digits or in words, with a currency or a unit at most; None for any other.

    >>> stated_number("$1,200.50"), stated_number("two"), stated_number("20k"), stated_number("1.5e3")
    (1200.5, 2, 20000, 1500.0)
    >>> [stated_number(text) for text in ("10:30", "2-3", "1/2", "1,5", "under 2", "2026-06-10")]
    [None, None, None, None, None, None]
    """
    text = _CURRENCY.sub("", text.strip())
    if len(text) > _LONGEST_NUMBER:
        return None
    found = _NUMBER.fullmatch(text)
    if found is None:
        return read_numeral(text)
    digits = found["number"].replace(",", "")
    number: int | float = int(digits) if digits.lstrip("+-").isdigit() else float(digits)
    return number * _SCALES.get((found["unit"] or "").lower(), 1)


def fit_stated(value: JsonValue, parameter: Parameter) -> JsonValue:
    """A stated value as a parameter's schema wants it; None where it cannot be that and mean the same.

    A closed set gives its own spelling; for an array a single value becomes a list of one, and for anything else a list
    of one its value.

    >>> from resolver.catalog import Parameter
    >>> fit_stated("two", Parameter(name="n", type="integer")), fit_stated("A-", Parameter(name="g", enum=("A+", "B")))
    (2, None)
    """
    if parameter.type == "array":
        items = value if isinstance(value, list) else [value]
        fitted = [_option(item, parameter) if parameter.enum else item for item in items]
        return None if any(item is None for item in fitted) else fitted
    if isinstance(value, list) and len(value) == 1 and parameter.type != "any":
        value = value[0]
    if parameter.enum:
        return _option(value, parameter)
    if parameter.type in ("integer", "number") and isinstance(value, str):
        number = stated_number(value)
        return None if number is None else coerce(number, parameter)
    return coerce(value, parameter)


def _option(value: JsonValue, parameter: Parameter) -> JsonValue:
    """The one option that a value means: the same, else by spelling, by number, or by the stems of its words."""
    for option in parameter.enum:
        if option == value and isinstance(option, bool) == isinstance(value, bool):
            return option
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    text = str(value).strip()
    options = {place: str(option) for place, option in enumerate(parameter.enum) if not isinstance(option, bool)}
    matching = [place for place, option in options.items() if option.casefold() == text.casefold()]
    number = stated_number(text)
    if not matching and number is not None:
        numbers = {place: stated_number(option) for place, option in options.items()}
        matching = [place for place, other in numbers.items() if other == number]
    elif not matching:
        options = {place: option for place, option in options.items() if _signs(option) == _signs(text)}
        matching = [place for place, option in options.items() if key(option) == key(text)]
        if not matching and (own := stems(text)):
            matching = [place for place, option in options.items() if stems(option) == own]
    return parameter.enum[matching[0]] if len(matching) == 1 else None


def _signs(text: str) -> list[str]:
    """What tells values apart that have the same letters and digits: signs, and words that compare or deny."""
    words = [word for word in re.findall(r"[^\W\d_]+", text.lower()) if word in _COMPARED]
    return sorted([*_SIGNS.findall(text), *words])
