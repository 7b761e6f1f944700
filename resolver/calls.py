"""Calls as logs and models write them: dicts under many names, nested lists, text."""

from __future__ import annotations

import ast
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from resolver.names import key, qualified, words

if TYPE_CHECKING:
    from pydantic import JsonValue

__all__ = ["ParsedCall", "literal", "read_call", "read_call_text"]

_CALL_KEYS = ("toolcall", "functioncall", "apicall", "call", "toolcalls", "calls", "answer", "actions")
_TOOL_KEYS = ("toolname", "tool", "apiname", "api", "functionname", "function", "action", "endpoint")
_PLATFORM_KEYS = ("platform", "platformname", "app", "appname", "application", "provider", "service", "website")
_ARGUMENT_KEYS = ("parameters", "arguments", "args", "params", "input", "kwargs", "toolinput")
_CALL_TEXT = re.compile(r"(?<![\w.])([^\W\d][\w.]*)\((.*)\)", re.DOTALL)
_PLATFORM_TEXT = re.compile(r"(?:^|(?<=\s))['\"]?([^:\[\]{}'\"]{1,80}?)['\"]?\s*:\s*\[\s*(?=[^\W\d][\w.]*\()")
_LONGEST_TEXT = 10_000


@dataclass(frozen=True)
class ParsedCall:
    """One call as it was found; platform and tool are unchecked text."""

    platform: str | None
    tool: str | None
    arguments: dict[str, JsonValue] = field(default_factory=dict)

    def describe(self) -> str:
        """The call as words, for an entry that says nothing else."""
        values = (f"{words(name)} {value}" for name, value in self.arguments.items())
        return " ".join(filter(None, (words(self.tool or ""), self.platform, *values)))


def read_call(entry: dict[str, JsonValue]) -> list[ParsedCall]:
    """The calls in one entry of a log; empty where it names no tool and no platform."""
    lowered = {key(str(name)): value for name, value in entry.items()}
    platform = _text(lowered, _PLATFORM_KEYS)
    for name in _CALL_KEYS:
        if calls := _read_nested(lowered.get(name), platform):
            return calls
    tool = _text(lowered, _TOOL_KEYS)
    if tool is None and (nested := _read_nested(lowered.get("function"), platform)):
        return nested
    if tool is None and platform is None:
        return []
    return [_named(platform, tool, _arguments(lowered))]


def read_call_text(text: str) -> list[ParsedCall]:
    """The calls in a line of text: ``platform:[tool(name = value)]`` or ``tool(name=value)``; empty where there are none.

    >>> read_call_text("Larder:[add_item(name = 'oats', count = 2)]")
    [ParsedCall(platform='Larder', tool='add_item', arguments={'name': 'oats', 'count': 2})]
    """
    if "(" not in text or len(text) > _LONGEST_TEXT:
        return []
    platform = _PLATFORM_TEXT.search(text)
    found = _CALL_TEXT.search(text, platform.end() if platform else 0)
    if not found:
        return []
    source = text[found.start() :].rstrip()
    for end in [len(source), *(m.end() for m in reversed(list(re.finditer(r"\)", source))))]:
        try:
            tree = ast.parse(f"[{source[:end].rstrip(']').rstrip()}]", mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        if isinstance(tree, ast.List) and all(_is_call(item) for item in tree.elts):
            name = platform[1].strip() if platform else None
            return [_from_ast(item, name) for item in tree.elts if isinstance(item, ast.Call)]
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


def _is_call(node: ast.expr) -> bool:
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute)):
        return False
    try:
        [literal(keyword.value) for keyword in node.keywords]
    except ValueError:
        return False
    return True


def _from_ast(node: ast.Call, platform: str | None) -> ParsedCall:
    arguments = {item.arg: literal(item.value) for item in node.keywords if item.arg}
    return _named(platform, ast.unparse(node.func), arguments)


def _read_nested(node: JsonValue, platform: str | None) -> list[ParsedCall]:
    """A call below a key that announces one."""
    if isinstance(node, str):
        found = read_call_text(node)
        if not found and node.strip().startswith(("{", "[")):
            try:
                return _read_nested(json.loads(node), platform)
            except (ValueError, RecursionError):
                return []
        return [ParsedCall(call.platform or platform, call.tool, call.arguments) for call in found]
    if isinstance(node, list):
        if len(node) == 2 and isinstance(node[0], str) and isinstance(node[1], list):  # noqa: PLR2004
            return _read_nested(node[1], node[0])
        return [call for item in node for call in _read_nested(item, platform)]
    if isinstance(node, dict):
        if found := read_call(node):
            return [ParsedCall(call.platform or platform, call.tool, call.arguments) for call in found]
        lowered = {key(str(name)): value for name, value in node.items()}
        if isinstance(lowered.get("name"), str):
            return [_named(platform, str(lowered["name"]), _arguments(lowered))]
        if node and all(isinstance(value, dict) for value in node.values()):
            return [
                _named(platform, str(name), _unwrapped(value))
                for name, value in node.items()
                if isinstance(value, dict)
            ]
    return []


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


def _arguments(lowered: dict[str, JsonValue]) -> dict[str, JsonValue]:
    for name in _ARGUMENT_KEYS:
        value = lowered.get(name)
        if isinstance(value, str) and value.strip().startswith("{"):
            try:
                value = json.loads(value)
            except (ValueError, RecursionError):
                continue
        if isinstance(value, dict):
            return {str(k): v for k, v in value.items()}
    return {}
