"""JSON as it comes from outside: checked once at the door, so that nothing behind it has to."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic import JsonValue

__all__ = ["MAX_DEPTH", "NotJsonError", "looks_like_json", "parse_json", "plain_json", "well_formed"]

MAX_DEPTH = 100
"""Levels of nesting that are read. CPython's own JSON parser gives up at about 1,000, pydantic at 255."""

_WIDEST_BITS = 13_000  # about 3,900 decimal digits; CPython writes no integer of more than 4,300
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_WORDS = ("true", "false", "null", "NaN", "Infinity")


class NotJsonError(ValueError):
    """A value is no JSON, or more of it than is read. `resolver` turns it into one of its own errors."""

    def __init__(self, reason: str, *path: str | int) -> None:
        super().__init__(reason)
        self.reason, self.path = reason, list(path)

    def __str__(self) -> str:
        """The reason, and the way to the value: ``at ['a'][1]: set is not a JSON value``."""
        shown = "".join(f"[{part!r}]" for part in self.path[:5]) + ("..." if len(self.path) > 5 else "")  # noqa: PLR2004
        return f"at {shown}: {self.reason}" if shown else self.reason


def plain_json(value: object) -> JsonValue:
    r"""The value itself where it is JSON; a copy with U+FFFD in the place of lone surrogates where it holds any.

    A lone surrogate is half a character: no encoder, index or file takes it. In a name it is written out
    (``\\ud800``), so that two names stay two.

    Raises:
        NotJsonError: A type or key that JSON has not, over `MAX_DEPTH` levels (so also a value that holds itself), or
            an integer that Python does not write.
    """
    return _checked(value, 0)


def parse_json(text: str) -> JsonValue:
    """The value of a JSON text, checked as by `plain_json`.

    Raises:
        NotJsonError: Damaged or truncated text, or what `plain_json` refuses.
    """
    try:
        value = json.loads(text)
    except RecursionError:
        raise NotJsonError(f"nested over {MAX_DEPTH} levels") from None
    except ValueError as error:
        raise NotJsonError(str(error)) from None
    return _checked(value, 0)


def looks_like_json(text: str) -> bool:
    """Whether a text begins as a JSON dict or list does, also where it ends right there.

    >>> [looks_like_json(text) for text in ('{"a": 1}', "[tr", "[", "[sic] I like tea", "{curly} tea")]
    [True, True, True, False, False]
    """
    head = text.lstrip("\ufeff \t\r\n")[:1_000]
    if head[:1] not in ("{", "["):
        return False
    rest = head[1:].lstrip()
    if head[0] == "{":
        return not rest or rest[0] in '"}'
    return not rest or rest[0] in '[{"]-0123456789' or any(word.startswith(rest[: len(word)]) for word in _WORDS)


def well_formed(text: str) -> str:
    """The text with U+FFFD in the place of lone surrogates; two halves of one character are put together."""
    if text.isascii() or not _LONE_SURROGATE.search(text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _checked(value: object, level: int) -> JsonValue:
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, str):
        return well_formed(value)
    if isinstance(value, int):
        if value.bit_length() > _WIDEST_BITS:
            raise NotJsonError("an integer of over 3,900 digits is not read")
        return value
    if not isinstance(value, dict | list):
        raise NotJsonError(f"{type(value).__name__} is not a JSON value")
    if level >= MAX_DEPTH:
        raise NotJsonError(f"nested over {MAX_DEPTH} levels")
    return _checked_dict(value, level + 1) if isinstance(value, dict) else _checked_list(value, level + 1)


def _checked_dict(node: dict[object, object], level: int) -> JsonValue:
    cleaned: dict[str, JsonValue] = {}
    same = True
    for name, child in node.items():
        if not isinstance(name, str):
            raise NotJsonError(f"the key {name!r} is not text")
        try:
            value = _checked(child, level)
        except NotJsonError as error:
            error.path.insert(0, name)
            raise
        own = name if name.isascii() else _escaped(name, cleaned)
        cleaned[own] = value
        same = same and value is child and own is name
    return node if same else cleaned  # type: ignore[return-value]  # every key and value was just checked


def _checked_list(node: list[object], level: int) -> JsonValue:
    cleaned: list[JsonValue] = []
    same = True
    for index, child in enumerate(node):
        try:
            value = _checked(child, level)
        except NotJsonError as error:
            error.path.insert(0, index)
            raise
        cleaned.append(value)
        same = same and value is child
    return node if same else cleaned  # type: ignore[return-value]  # every value was just checked


def _escaped(name: str, taken: dict[str, JsonValue]) -> str:
    if not _LONE_SURROGATE.search(name):
        return name
    name = name.encode("utf-8", "backslashreplace").decode()
    while name in taken:
        name += "_"
    return name
