"""Calls as logs and models write them: dicts under many names, nested lists, text."""

from __future__ import annotations

import ast
import re
import warnings
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING

from resolver.json_values import NotJsonError, parse_json
from resolver.names import key, qualified, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pydantic import JsonValue

__all__ = [
    "ARGUMENT_KEYS",
    "CALL_KEYS",
    "NAMING_KEYS",
    "TOOL_KEYS",
    "ParsedCall",
    "calls_in",
    "literal",
    "parse_expression",
    "read_arguments",
    "read_call",
    "read_call_text",
    "read_nested",
    "rows_of_calls",
]

CALL_KEYS = (
    "toolcall",
    "functioncall",
    "apicall",
    "call",
    "toolcalls",
    "functioncalls",
    "apicalls",
    "calls",
    "answer",
    "actions",
)
"""Keys, normalised by `names.key` as all of these, below which an entry of a log holds its calls."""

TOOL_KEYS = ("toolname", "tool", "apiname", "api", "functionname", "function", "action", "endpoint")
_PLATFORM_KEYS = ("platform", "platformname", "app", "appname", "application", "provider", "service", "website")
NAMING_KEYS = (*TOOL_KEYS, *_PLATFORM_KEYS)
"""Keys under which an entry names its tool or platform."""

ARGUMENT_KEYS = ("parameters", "arguments", "args", "params", "input", "kwargs", "toolinput", "actioninput")
"""Keys under which an entry holds the arguments of its call."""

_DESCRIBING = frozenset(("about", "description"))
_CALL_START = re.compile(r"(?<![\w.])[^\W\d][\w.]*\(")
_NEXT_CALL = re.compile(r"\s*,\s*[^\W\d][\w.]*\(")
# a quoted text, or a bracket; a quotation mark that is never closed counts as none
_BRACKETS = re.compile(r"'(?:\\.|[^'\\\n])*'|\"(?:\\.|[^\"\\\n])*\"|[()\[\]{}]", re.DOTALL)
_PLATFORM_END = re.compile(r"\s{0,9}:\s{0,9}\[\s{0,9}(?=[^\W\d][\w.]*\()")
_SCOPE = re.compile(r"([^\W\d][\w.-]{0,79})::\Z")
_UNQUOTED = re.compile(r"(?:^|(?<=[\s:\[\]{}'\"`*]))(?:[^:\[\]{}'\"`*\n]|(?<=\w)'(?=\w)){1,80}\Z")
_LONGEST_NAME = 80
_LONGEST_TEXT = 10_000
_NO_ARGUMENTS: tuple[JsonValue, ...] = (None, "", {}, [], "{}", "[]", "null", "None")
_MOST_STARTS = 20


@dataclass(frozen=True)
class ParsedCall:
    """One call as it was found; platform and tool are unchecked text.

    ``positional`` are arguments without a name; ``unread`` says that there were arguments which could not be read.
    """

    platform: str | None
    tool: str | None
    arguments: dict[str, JsonValue] = field(default_factory=dict)
    positional: tuple[JsonValue, ...] = field(default=(), repr=False)
    unread: bool = field(default=False, repr=False)

    def describe(self) -> str:
        """The call as words, for an entry that says nothing else."""
        values = (f"{words(name)} {value}" for name, value in self.arguments.items())
        return " ".join(filter(None, (words(self.tool or ""), self.platform, *values)))


def read_call(entry: dict[str, JsonValue], *, accepted: bool = True) -> list[ParsedCall]:
    """The calls in one entry of a log; empty where it names no tool and no platform. ``accepted`` as `read_nested`."""
    lowered = {key(name): value for name, value in entry.items()}
    platform = _text(lowered, _PLATFORM_KEYS)
    for name in CALL_KEYS:
        if calls := read_nested(lowered.get(name), platform, accepted=accepted):
            return calls
    tool = _text(lowered, TOOL_KEYS)
    if tool is None and (nested := read_nested(lowered.get("function"), platform, accepted=accepted)):
        return nested
    if tool is None and platform is None:
        return []
    return [_with_arguments(platform, tool, lowered)]


def read_call_text(text: str) -> list[ParsedCall]:
    """The calls in a text: ``platform:[tool(name = value)]`` or ``tool(name=value)``; empty where there are none.

    Prose with brackets is no call: what stands in the brackets must be keyword arguments or literals ("size(s)" is
    none).

    >>> read_call_text("Larder:[add_item(name = 'oats', count = 2)]")
    [ParsedCall(platform='Larder', tool='add_item', arguments={'name': 'oats', 'count': 2})]
    """
    if "(" not in text or len(text) > _LONGEST_TEXT:
        return []
    starts = islice(_CALL_START.finditer(text), _MOST_STARTS)
    return next((calls for calls, _, _ in _rows(text, starts, len(text))), [])


def rows_of_calls(text: str, *, most: int, longest: int) -> Iterator[tuple[list[ParsedCall], int, int]]:
    """Calls that stand together, with their platform where ``platform:[`` is before them, and where they begin and end.

    What stands within the arguments of a call is none of its own.

    Args:
        text: With calls in it.
        most: How many places are tried, the last ones.
        longest: How many characters calls that stand together may have.
    """
    return _rows(text, list(_CALL_START.finditer(text))[-most:], longest)


def _rows(text: str, starts: Iterable[re.Match[str]], longest: int) -> Iterator[tuple[list[ParsedCall], int, int]]:
    named = {
        found.end(): _name_before(text[max(0, found.start() - 2 * _LONGEST_NAME) : found.start()])
        for found in _PLATFORM_END.finditer(text)
    }
    end = 0
    for found in starts:
        if found.start() < end:
            continue
        stop = _end_of_calls(text, found.end(), found.end() + longest)
        tree = parse_expression(f"[{text[found.start() : stop]}]") if stop else None
        before = text[max(0, found.start() - 2 * _LONGEST_NAME) : found.start()]
        platform = named.get(found.start()) or _scope_before(before)
        if tree is not None and (calls := calls_in(tree, platform)):
            end = stop
            yield calls, found.start(), stop


def calls_in(tree: ast.expr, platform: str | None) -> list[ParsedCall]:
    """The calls of a syntax tree that is a call or a list of nothing else; none of any other."""
    items = tree.elts if isinstance(tree, ast.List) else [tree]
    if not all(map(_is_call, items)):
        return []
    return [_from_ast(item, platform) for item in items if isinstance(item, ast.Call)]


def parse_expression(source: str) -> ast.expr | None:
    """The syntax tree of a Python expression, or None where the text is none. Nothing is evaluated."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an odd escape in someone's log is no matter of the user's
            return ast.parse(source, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def read_nested(node: JsonValue, platform: str | None = None, *, accepted: bool = True) -> list[ParsedCall]:
    """The calls below a key that announces them, in any form: dicts, lists, PTBench's answer form, text, JSON text.

    ``accepted`` says that values of ``{tool: {name: [value, ...]}}`` are lists of accepted values, as PTBench's gold
    has them, and takes the first; else they are what they are, as in a model's answer, where what describes a tool
    (``about`` or ``description`` beside ``parameters``) is a line of the prompt that was copied, and no call.
    """
    try:
        return _read_nested(node, platform, accepted)
    except RecursionError:  # JSON text within JSON text within ...
        return []


def literal(node: ast.expr) -> JsonValue:
    """The JSON value that a syntax tree writes down; names become their own text. Nothing is evaluated.

    Raises:
        ValueError: The tree holds anything but literals, names, lists, tuples, dicts and signs.
    """
    if isinstance(node, ast.Constant) and (node.value is None or isinstance(node.value, str | bool | int | float)):
        return node.value
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        value = literal(node.operand)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return -value if isinstance(node.op, ast.USub) else value
    if isinstance(node, ast.List | ast.Tuple):
        return [literal(item) for item in node.elts]
    if isinstance(node, ast.Dict):
        return {str(literal(name)): literal(value) for name, value in zip(node.keys, node.values, strict=True) if name}
    raise ValueError(f"{type(node).__name__} is not a literal")


def _name_before(text: str) -> str | None:
    """The name at the end of a text: what its last quotation marks hold, else its last words."""
    text = text.rstrip("*_ \t")
    if text[-1:] in {"'", '"', "`"}:
        mark, inside = text[-1], text[:-1]
        opened = len(inside)
        while (opened := inside.rfind(mark, 0, opened)) >= 0:
            name = inside[opened + 1 :]
            if not inside[opened - 1 : opened].isalnum() or not opened:  # else it is an apostrophe
                return name if 0 < len(name.strip()) <= _LONGEST_NAME and "\n" not in name else None
        return None
    found = _UNQUOTED.search(text)
    return (found[0].strip() or None) if found else None


def _scope_before(text: str) -> str | None:
    """The platform that a text ends with as ``platform::``."""
    found = _SCOPE.search(text)
    return found[1] if found else None


def _end_of_calls(text: str, start: int, limit: int) -> int:
    """Where calls end whose first bracket was opened just before ``start``; 0 where it is not closed up to a limit."""
    end, depth = 0, 1
    for found in _BRACKETS.finditer(text, start, limit):
        depth += {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}.get(found[0], 0)
        if depth < 0 or (depth == 0 and found[0] != ")"):
            break
        if depth == 0:
            end = found.end()
            if not _NEXT_CALL.match(text, end):
                break
    return end


def _is_call(node: ast.expr) -> bool:
    if not isinstance(node, ast.Call) or not _dotted(node.func):
        return False
    try:
        for value in (*node.args, *(keyword.value for keyword in node.keywords)):
            literal(value)
    except (ValueError, RecursionError):
        return False
    return not any(isinstance(value, ast.Name) for value in node.args)


def _dotted(node: ast.expr) -> str | None:
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else None


def _from_ast(node: ast.Call, platform: str | None) -> ParsedCall:
    arguments = {item.arg: literal(item.value) for item in node.keywords if item.arg}
    positional = tuple(literal(item) for item in node.args)
    return replace(_named(platform, _dotted(node.func), arguments), positional=positional)


def _read_nested(
    node: JsonValue,
    platform: str | None,
    accepted: bool,  # noqa: FBT001 - private
) -> list[ParsedCall]:
    if isinstance(node, str):
        found = read_call_text(node)
        if not found and node.strip().startswith(("{", "[")):
            try:
                return _read_nested(parse_json(node), platform, accepted)
            except NotJsonError:
                return []
        return [replace(call, platform=call.platform or platform) for call in found]
    if isinstance(node, list):
        if len(node) == 2 and isinstance(node[0], str) and isinstance(node[1], list):  # noqa: PLR2004
            return _read_nested(node[1], node[0], accepted)
        return [call for item in node for call in _read_nested(item, platform, accepted)]
    return _read_mapping(node, platform, accepted) if isinstance(node, dict) else []


def _read_mapping(
    node: dict[str, JsonValue],
    platform: str | None,
    accepted: bool,  # noqa: FBT001 - private
) -> list[ParsedCall]:
    lowered = {key(name): value for name, value in node.items()}
    if not accepted and "parameters" in lowered and lowered.keys() & _DESCRIBING:
        return []
    if found := read_call(node, accepted=accepted):
        return [replace(call, platform=call.platform or platform) for call in found]
    if isinstance(lowered.get("name"), str):
        return [_with_arguments(platform, str(lowered["name"]), lowered)]
    if node and all(isinstance(value, dict) for value in node.values()):
        taken = _unwrapped if accepted else dict
        return [_named(platform, name, taken(value)) for name, value in node.items() if isinstance(value, dict)]
    return []


def _with_arguments(platform: str | None, tool: str | None, lowered: dict[str, JsonValue]) -> ParsedCall:
    """The call of an entry whose keys are normalised."""
    arguments = read_arguments(lowered)
    lost = not arguments and any(lowered.get(name) not in _NO_ARGUMENTS for name in ARGUMENT_KEYS)
    return replace(_named(platform, tool, arguments), unread=lost)


def _unwrapped(arguments: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """Arguments whose values are all lists of accepted values, as PTBench's answers write them, become the first."""
    if arguments and all(isinstance(value, list) and value for value in arguments.values()):
        return {name: value[0] for name, value in arguments.items() if isinstance(value, list)}
    return dict(arguments)


def _named(platform: str | None, tool: str | None, arguments: dict[str, JsonValue]) -> ParsedCall:
    if tool is not None:
        own_platform, tool = qualified(tool)
        platform = platform or own_platform
    return ParsedCall(platform, tool or None, arguments)


def _text(lowered: dict[str, JsonValue], keys: tuple[str, ...]) -> str | None:
    return next((value.strip() for k in keys if isinstance(value := lowered.get(k), str) and value.strip()), None)


def read_arguments(lowered: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """The arguments in an entry whose keys are normalised, as dict, pairs of name and value, or JSON text of these."""
    for name in ARGUMENT_KEYS:
        value = lowered.get(name)
        if isinstance(value, str) and value.strip().startswith(("{", "[")):
            value = _parsed(value)
        if isinstance(value, dict):
            return dict(value)
        if isinstance(value, list) and (pairs := _pairs(value)):
            return pairs
    return {}


def _parsed(text: str) -> JsonValue:
    """What a text of JSON, or of a Python literal, says; None where it is neither."""
    try:
        return parse_json(text)
    except NotJsonError:
        tree = parse_expression(text)
    try:
        return literal(tree) if tree is not None else None
    except (ValueError, RecursionError):
        return None


def _pairs(items: list[JsonValue]) -> dict[str, JsonValue]:
    """Arguments written as ``[{"name": ..., "value": ...}]``; empty where any item is something else."""
    pairs: dict[str, JsonValue] = {}
    for item in items:
        if not (isinstance(item, dict) and item.keys() >= {"name", "value"} and isinstance(item["name"], str)):
            return {}
        pairs[item["name"]] = item["value"]
    return pairs
