"""Values in the type and form that a parameter's schema asks for."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from indexes import analyse
from resolver.moments import write_day, write_time
from resolver.names import key, words
from resolver.spans import NUMBER_WORDS

if TYPE_CHECKING:
    from pydantic import JsonValue

    from resolver.catalog import Parameter

__all__ = ["coerce", "read_number", "stems"]

_TRUE = {"true", "yes", "y", "on", "1"}
_FALSE = {"false", "no", "n", "off", "0"}
_NUMBER = re.compile(r"[-+]?\d+(?:,\d{3})*(?:\.\d+)?")
_THOUSANDS = {"k": 1_000, "m": 1_000_000}


@lru_cache(maxsize=65_536)
def stems(text: str) -> tuple[str, ...]:
    """The stems of a text's words, identifiers split, without stop words and without joined forms."""
    return tuple(stem for word in words(text).split() for stem in analyse(word)[:1])


def coerce(value: JsonValue, parameter: Parameter) -> JsonValue:
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
    """The first number of a text, in digits or words, "k" and "m" after it multiplied out; None where there is none.

    >>> read_number("$1,200.50"), read_number("two"), read_number("20k"), read_number("none")
    (1200.5, 2, 20000, None)
    """
    found = _NUMBER.search(text)
    if not found:
        return NUMBER_WORDS.get(text.strip().lower())
    digits = found[0].replace(",", "")
    number: int | float = float(digits) if "." in digits else int(digits[:400])
    unit = text[found.end() : found.end() + 2].strip().lower()
    rest = text[found.end() :].strip().lower()
    return number * _THOUSANDS[unit] if unit in _THOUSANDS and rest == unit else number


def _closed(value: JsonValue, parameter: Parameter) -> JsonValue:
    if value in parameter.enum and not isinstance(value, bool):
        return value
    wanted = key(str(value))
    for option in parameter.enum:
        if key(str(option)) == wanted:
            return option
    if isinstance(value, str):
        number = read_number(value)
        for option in parameter.enum:
            if number is not None and isinstance(option, int | float | str) and key(str(option)) == key(str(number)):
                return option
        matching = [option for option in parameter.enum if stems(str(option)) and stems(str(option)) == stems(value)]
        if len(matching) == 1:
            return matching[0]
    return None


def _boolean(value: JsonValue) -> bool | None:
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower()
    return True if word in _TRUE else False if word in _FALSE else None


def _number(value: JsonValue, *, whole: bool) -> int | float | None:
    if isinstance(value, bool):
        return None
    number = value if isinstance(value, int | float) else read_number(value) if isinstance(value, str) else None
    if whole and isinstance(number, float):
        return int(number) if number.is_integer() else None
    return number


def _text(value: str | float, parameter: Parameter) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        return str(value)
    hint = f"{parameter.format or ''} {parameter.description}"
    return write_time(write_day(value, hint), hint)
