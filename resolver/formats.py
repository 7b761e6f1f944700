"""Calls in PTBench's form: ``platform:[function(parameter = value, ...), ...]``."""

from __future__ import annotations

import keyword
import math
import re
import unicodedata
from typing import TYPE_CHECKING

from resolver.errors import FormatError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pydantic import JsonValue

__all__ = ["identifier", "render_answer", "render_ptbench"]

_DEEPEST = 50  # CPython's parser takes 200 nested brackets, some of which the form itself and the scorer need
_WIDEST_INTEGER = 4_000  # decimal digits; CPython refuses to read more than 4,300


def render_ptbench(platform: str, calls: Sequence[tuple[str, Mapping[str, JsonValue]]]) -> str:
    """Calls on one platform as the string that PTBench's own parser reads back.

    The platform and every text value are quoted. A function or parameter name that the form cannot hold, since it is
    no Python identifier or a keyword (``from``), is written as the nearest identifier (see `identifier`): the answer
    stays readable for the scorer, and only that one name cannot match. A tuple becomes a list, the name of an entry of
    a dict becomes text; every other value is read back as it was.

    Args:
        platform: The platform's name, any text.
        calls: Function names with their arguments.

    Raises:
        FormatError: A value that is not JSON, is nested over 50 levels, or is an integer of over 4,000 digits.

    >>> render_ptbench("Quick-Bite.io", [("order", {"dish": "ramen", "count": 2, "from": "home"})])
    "'Quick-Bite.io':[order(dish = 'ramen', count = 2, from_ = 'home')]"
    """
    written = ", ".join(
        f"{identifier(function)}({', '.join(f'{name} = {text}' for name, text in _arguments(arguments).items())})"
        for function, arguments in calls
    )
    return f"{platform!r}:[{written}]"


def render_answer(calls: Iterable[tuple[str, str, Mapping[str, JsonValue]]]) -> str:
    """Calls on any platforms, as platform, function and arguments, in the form of `render_ptbench`.

    All calls of a platform stand together, the platforms in the order of their first call. PTBench's parser reads every
    platform, and its scorer counts the first.

    >>> render_answer([("A", "f", {"x": 1}), ("B", "g", {}), ("A", "f", {"x": 2})])
    "'A':[f(x = 1), f(x = 2)], 'B':[g()]"
    """
    platforms: dict[str, list[tuple[str, Mapping[str, JsonValue]]]] = {}
    for platform, function, arguments in calls:
        platforms.setdefault(platform, []).append((function, arguments))
    return ", ".join(render_ptbench(platform, own) for platform, own in platforms.items())


def identifier(name: str) -> str:
    """The nearest Python identifier to a name: itself where it is one.

    Other characters become underscores, a leading digit or keyword gains one. The result is in NFKC, since Python reads
    an identifier as that.

    >>> identifier("getMenu"), identifier("from"), identifier("v1/menu items"), identifier("3d")
    ('getMenu', 'from_', 'v1_menu_items', '_3d')
    >>> identifier("\ufb01nd")
    'find'
    """
    if not name.isascii():
        name = unicodedata.normalize("NFKC", name)
    if not name.isidentifier():
        name = re.sub(r"\W", "_", name) or "_"
        name = name if name.isidentifier() else f"_{name}"
        name = name if name.isidentifier() else re.sub(r"[^A-Za-z0-9_]", "_", name)
    return f"{name}_" if keyword.iskeyword(name) or name == "__debug__" else name


def _arguments(arguments: Mapping[str, JsonValue]) -> dict[str, str]:
    """Values as literals by identifier, in their order.

    Of two names that become one identifier the one that is that identifier keeps it, another gains underscores.
    """
    slots = {name: name for name in arguments if identifier(name) == name}
    taken = set(slots)
    for name in arguments:
        if name not in slots:
            slot = identifier(name)
            while slot in taken:
                slot += "_"
            taken.add(slot)
            slots[name] = slot
    return {slots[name]: _literal(value, 0) for name, value in arguments.items()}


def _literal(value: JsonValue, depth: int) -> str:
    if depth > _DEEPEST:
        raise FormatError(f"a value nested over {_DEEPEST} levels cannot be written in PTBench's form")
    if value is None or isinstance(value, bool):
        return repr(value)
    if isinstance(value, str):
        return repr(value)
    if isinstance(value, int):
        if value.bit_length() > _WIDEST_INTEGER * math.log2(10):
            raise FormatError(f"an integer of over {_WIDEST_INTEGER} digits cannot be written in PTBench's form")
        return repr(value)
    if isinstance(value, float):
        if math.isnan(value):
            raise FormatError("NaN is not JSON and cannot be written in PTBench's form")
        return repr(value) if math.isfinite(value) else ("1e999" if value > 0 else "-1e999")
    if isinstance(value, list | tuple):
        return f"[{', '.join(_literal(item, depth + 1) for item in value)}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{str(k)!r}: {_literal(item, depth + 1)}' for k, item in value.items())}}}"
    raise FormatError(f"{type(value).__name__} is not a JSON value: {value!r}")
