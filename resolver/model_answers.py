"""Calls in what a language model answered: any reasonable form, read and never run."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from resolver.calls import ARGUMENT_KEYS, ParsedCall, literal, parse_expression, read_call_text, read_nested
from resolver.json_values import NotJsonError, parse_json, plain_json, well_formed
from resolver.names import key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pydantic import JsonValue

__all__ = ["read_answer"]

_LONGEST = 200_000
_MOST_STARTS = 500
_THOUGHT = re.compile(r"<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)", re.DOTALL | re.IGNORECASE)
_END_OF_THOUGHT = re.compile(r"</think(?:ing)?>", re.IGNORECASE)
_TAGGED = re.compile(r"<tool_call>(.*?)(?:</tool_call>|\Z)", re.DOTALL)
_FENCED = re.compile(r"```[^\S\n]*[\w+-]*[^\S\n]*\n?(.*?)(?:```|\Z)", re.DOTALL)
_BETWEEN = re.compile(r"[\s,;]*\Z")
_JSON_START = re.compile(r"[{\[]")


def read_answer(answer: object) -> tuple[ParsedCall, ...]:
    r"""The calls of an answer, platform and tool as they were written; none where it holds none.

    Understood are text with PTBench's form (``'platform':[tool(name = value)]``), JSON or a Python literal, in fences,
    in ``<tool_call>`` tags, with other text around it, behind a ``<think>`` block; messages and tool calls of OpenAI
    and Anthropic, as JSON or as the objects of their packages. Of several answers in one text the last one counts.

    >>> read_answer('Sure!\n```json\n{"platform": "Larder", "function": "order", "arguments": {"dish": "pie"}}\n```')
    (ParsedCall(platform='Larder', tool='order', arguments={'dish': 'pie'}),)
    """
    dump = getattr(answer, "model_dump", None)
    if callable(dump) and not isinstance(answer, type):
        answer = dump(mode="json")
    if isinstance(answer, str):
        found = _of_text(answer[:_LONGEST])
    else:
        try:
            found = _of_message(plain_json(_plain(answer)))
        except (NotJsonError, RecursionError):
            return ()
    return tuple(call for one in found if (call := _sound(one)) is not None)


def _sound(call: ParsedCall) -> ParsedCall | None:
    """A call as JSON can hold it; None where it cannot, as a Python literal may say more."""
    try:
        arguments = plain_json(call.arguments)
    except NotJsonError:
        return None
    platform, tool = (None if name is None else well_formed(name) for name in (call.platform, call.tool))
    return ParsedCall(platform, tool, arguments) if isinstance(arguments, dict) else None


def _plain(value: object) -> object:
    """Objects within a list or mapping as their JSON."""
    dump = getattr(value, "model_dump", None)
    if callable(dump) and not isinstance(value, type):
        return dump(mode="json")
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [_plain(item) for item in value]
    return value


def _of_message(node: JsonValue) -> list[ParsedCall]:
    """The calls of a completion, a message, its parts, or of JSON that is a call."""
    if isinstance(node, dict):
        choices = node.get("choices")
        if isinstance(choices, list) and choices and isinstance(choices[0], dict):
            node = choices[0].get("message")
    if isinstance(node, list):
        return _of_parts(node)
    if not isinstance(node, dict):
        return []
    content = node.get("content")
    if calls := node.get("tool_calls") or node.get("function_call"):
        return _of_json(calls)
    if isinstance(content, str):
        return _of_text(content[:_LONGEST])
    return _of_parts(content) if isinstance(content, list) else _of_json(node)


def _of_parts(parts: list[JsonValue]) -> list[ParsedCall]:
    """The calls of a message's parts, or of a list of calls."""
    typed = [(str(part.get("type")), part) for part in parts if isinstance(part, dict)]
    used: list[JsonValue] = [part for type_, part in typed if type_ == "tool_use"]
    texts = [str(part.get("text", "")) for type_, part in typed if type_ == "text"]
    return _of_text("\n".join(texts)[:_LONGEST]) if texts and not used else _of_json(used or parts)


def _of_text(text: str) -> list[ParsedCall]:
    ends = [found.end() for found in _END_OF_THOUGHT.finditer(text)]
    said = _THOUGHT.sub("", text[ends[-1] if ends else 0 :])
    for whole in dict.fromkeys((text, said)):  # the text first: what stands in a value is no thought and no tag
        if found := _of_piece(whole):
            return found
    if tagged := [call for piece in _TAGGED.findall(said) for call in _of_piece(piece)]:
        return tagged
    for piece in reversed(_FENCED.findall(said)):
        if found := _of_piece(piece):
            return found
    return _embedded(said) or read_call_text(said)


def _of_piece(text: str) -> list[ParsedCall]:
    """The calls of a text that is an answer and nothing else."""
    text = text.strip().strip("`").strip()
    if text.startswith(("{", "[")):
        try:
            found = _of_json(parse_json(text))
        except NotJsonError:
            found = []
        if found:
            return found
        tree = parse_expression(text)
        if isinstance(tree, ast.Dict | ast.List) and (found := _of_literal(tree)):
            return found
        lines = text.splitlines()
        if len(lines) > 1 and all(line.strip().rstrip(",").startswith("{") for line in lines if line.strip()):
            return _of_lines(line for line in lines if line.strip())
        return []
    tree = parse_expression(f"{{{text}}}") if "[" in text else None
    return list(_of_platforms(tree)) if isinstance(tree, ast.Dict) else []


def _of_lines(lines: Iterable[str]) -> list[ParsedCall]:
    """The calls of lines that each are an answer."""
    found: list[ParsedCall] = []
    for line in lines:
        calls = _of_piece(line.strip().rstrip(","))
        if not calls:
            return []
        found += calls
    return found


def _of_literal(tree: ast.expr) -> list[ParsedCall]:
    try:
        return _of_json(literal(tree))
    except (ValueError, RecursionError):
        return list(_of_platforms(tree)) if isinstance(tree, ast.Dict) else []


def _of_platforms(tree: ast.Dict) -> Iterator[ParsedCall]:
    """The calls of ``platform: [tool(...), ...], platform: [...]``, each platform with its calls."""
    for platform, calls in zip(tree.keys, tree.values, strict=True):
        try:
            name = literal(platform) if platform is not None else None
        except (ValueError, RecursionError):
            name = None
        try:
            source = ast.unparse(calls)
        except (ValueError, RecursionError):  # an integer or a nesting that Python does not write
            continue
        for call in read_nested(source[1:-1] if isinstance(calls, ast.List) else source):
            yield ParsedCall(str(name) if name is not None else call.platform, call.tool, call.arguments)


def _embedded(text: str) -> list[ParsedCall]:
    """The calls of the last JSON in a text, or of several values that stand together."""
    decoder = json.JSONDecoder()
    found: list[ParsedCall] = []
    end = 0
    for start in islice(_JSON_START.finditer(text), _MOST_STARTS):
        if start.start() < end:
            continue
        try:
            value, stop = decoder.raw_decode(text, start.start())
            calls = _of_json(plain_json(value))
        except (ValueError, RecursionError):
            continue
        if not calls:
            continue
        together = bool(found) and _BETWEEN.match(text[end : start.start()])
        found = [*found, *calls] if together else calls
        end = stop
    return found


def _of_json(node: JsonValue) -> list[ParsedCall]:
    return read_nested(_with_function(node))


def _with_function(node: Any) -> JsonValue:  # noqa: ANN401 - JSON of any shape
    """The same with ``name`` as the function of what is a call beside its platform; only the outer levels are read."""
    if isinstance(node, list):
        return [_with_function(item) for item in node]
    if not isinstance(node, dict):
        return node  # type: ignore[no-any-return]
    lowered = {key(name) for name in node}
    if "name" in node and isinstance(node["name"], str) and lowered & set(ARGUMENT_KEYS) and "platform" in lowered:
        return {("function" if name == "name" and "function" not in lowered else name): v for name, v in node.items()}
    inner = {"calls", "call", "toolcalls", "functioncalls", "answer", "actions"}
    return {name: _with_function(value) if key(name) in inner else value for name, value in node.items()}
