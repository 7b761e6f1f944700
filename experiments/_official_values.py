"""How PTBench's own score compares one predicted value with the accepted ones, where it raises included."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic import JsonValue

    from experiments.records import Accepted

__all__ = ["Incomparable", "matches"]

_TOLERANCE = 0.01


class Incomparable(Exception):  # noqa: N818  (not an error of the room: it ends in a column of the score)
    """The official comparison raises on these values, which costs the record every column."""


def matches(value: object, accepted: Accepted) -> bool:
    """Whether the official score takes ``value`` for one of the accepted values.

    The kind of the *predicted* value decides: ``"true"`` and ``"false"`` become booleans first; a boolean is looked up
    by equality, so that 1 equals true; text is compared in lower case, unstripped; a list as a set of lower-case
    texts; an integer with the first accepted value only, within 0.01; anything else by equality.

    A bare string in place of the list of accepted values never matches.

    Raises:
        Incomparable: Text or a list against an accepted value of another kind, an integer against text, a list with
            an element that is no text, and whatever else makes the official comparison raise.
    """
    if isinstance(accepted, str):
        return False
    if value in ("true", "false"):
        value = value == "true"
    if isinstance(value, bool):
        return value in accepted
    if isinstance(value, str):
        return value.lower() in [_lower(item) for item in accepted]
    if isinstance(value, list):
        own = _lower_set(value)
        return own in [_lower_set(item) for item in accepted if not isinstance(item, str)]
    if isinstance(value, int):
        return _near(value, accepted[0])
    return value in accepted


def _lower(value: JsonValue) -> str:
    if not isinstance(value, str):
        raise Incomparable(f"text is compared with an accepted value that is no text ({type(value).__name__})")
    return value.lower()


def _lower_set(value: object) -> set[str]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise Incomparable("a list is compared, and it or an accepted value is no list of texts")
    return {item.lower() for item in value}


def _near(value: int, first: JsonValue) -> bool:
    if not isinstance(first, int | float):
        raise Incomparable(f"an integer is compared with an accepted value that is no number ({type(first).__name__})")
    try:
        return abs(value - first) <= _TOLERANCE
    except OverflowError as error:
        raise Incomparable("an integer is too large to be compared with a decimal number") from error
