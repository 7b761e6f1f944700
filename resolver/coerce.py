"""Values in the type and form that a parameter's schema asks for."""

from __future__ import annotations

import math
import re
from functools import lru_cache
from typing import TYPE_CHECKING

from indexes import analyse
from resolver.moments import write_day, write_time
from resolver.names import key, words
from resolver.numerals import read_numeral

if TYPE_CHECKING:
    from pydantic import JsonValue

    from resolver.catalog import Parameter

__all__ = ["coerce", "read_number", "stems"]

_TRUE = {"true", "yes", "y", "on", "1"}
_FALSE = {"false", "no", "n", "off", "0"}
_NUMBER = re.compile(r"(?:(?<!\w)[-+])?\d+(?:,\d{3})*(?:\.\d+)?")
_SCALES = {"k": 1_000, "m": 1_000_000, "hundred": 100, "thousand": 1_000, "million": 1_000_000}
_MOST_DIGITS = 300


@lru_cache(maxsize=65_536)
def stems(text: str) -> tuple[str, ...]:
    """The stems of a text's words, identifiers split, without stop words and without joined forms."""
    return tuple(stem for word in words(text).split() for stem in analyse(word)[:1])


def coerce(value: JsonValue, parameter: Parameter) -> JsonValue:  # noqa: PLR0911 - a type each
    """A value as the schema wants it, or None where it cannot be that.

    A closed set gives its own spelling of the value; numbers may be in words or carry a unit; a single value for an
    array becomes a list of one; dates and times take the form that the description hints at.

    >>> from resolver.catalog import Parameter
    >>> coerce("three", Parameter(name="n", type="integer")), coerce("Fast", Parameter(name="s", enum=("slow", "fast")))
    (3, 'fast')
    """
    if value is None:
        return None
    if parameter.type == "array":
        items = value if isinstance(value, list) else [value]
        fitted = [_closed(item, parameter) if parameter.enum else item for item in items]
        return None if any(item is None for item in fitted) else fitted
    if parameter.enum:
        return _closed(value, parameter)
    if parameter.type == "boolean":
        return _boolean(value)
    if parameter.type in ("integer", "number"):
        return _number(value, whole=parameter.type == "integer")
    if parameter.type == "object":
        return value if isinstance(value, dict) else None
    if parameter.type == "string":
        return _text(value, parameter) if isinstance(value, str | int | float) else None
    return _text(value, parameter) if isinstance(value, str) else value


def read_number(text: str) -> int | float | None:
    """The first number of a text in digits, or a text that is a number in words.

    "k", "m" or "million" at its end are multiplied out. None where there is none, or one of over 300 digits.

    >>> read_number("$1,200.50"), read_number("two"), read_number("20k"), read_number("none")
    (1200.5, 2, 20000, None)
    """
    found = _NUMBER.search(text)
    if not found:
        return read_numeral(text[:_MOST_DIGITS])
    digits = found[0].replace(",", "")
    if len(digits) > _MOST_DIGITS:
        return None
    number: int | float = float(digits) if "." in digits else int(digits)
    return number * _SCALES.get(text[found.end() :].strip().lower(), 1)


def _closed(value: JsonValue, parameter: Parameter) -> JsonValue:
    """The option that a value means: the same value, else spelling, letters and digits, number, or stems.

    Each way must lead to one option: "<250" and ">250" differ in their signs only, and a bare 250 is neither.
    """
    for option in parameter.enum:
        if option == value and isinstance(option, bool) == isinstance(value, bool):
            return option
    text = str(value)
    options = {place: str(option) for place, option in enumerate(parameter.enum)}
    matching = [place for place, option in options.items() if option.casefold() == text.strip().casefold()]
    if not matching:
        options = {place: option for place, option in options.items() if _signs(option) == _signs(text)}
        matching = [place for place, option in options.items() if key(option) == key(text)]
    if not matching and isinstance(value, str):
        if (number := read_number(value)) is not None:
            matching = [place for place, option in options.items() if key(option) == str(number)]
        if not matching and (own := stems(value)):
            matching = [place for place, option in options.items() if stems(option) == own]
    return parameter.enum[matching[0]] if len(matching) == 1 else None


def _signs(text: str) -> set[str]:
    return set("<>\u2264\u2265").intersection(text)


def _boolean(value: JsonValue) -> bool | None:
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower()
    return True if word in _TRUE else False if word in _FALSE else None


def _number(value: JsonValue, *, whole: bool) -> int | float | None:
    if isinstance(value, bool):
        return None
    number = value if isinstance(value, int | float) else read_number(value) if isinstance(value, str) else None
    if not isinstance(number, float):
        return number
    if not math.isfinite(number) or (whole and not number.is_integer()):
        return None
    return int(number) if whole else number


def _text(value: str | float, parameter: Parameter) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        return str(value)
    hint = f"{parameter.format or ''} {parameter.description}"
    return write_time(write_day(value, hint), hint)
