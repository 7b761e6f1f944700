"""Calls in what a language model answered: any reasonable form, read and never run."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from resolver.calls import (
    ARGUMENT_KEYS,
    CALL_KEYS,
    NAMING_KEYS,
    TOOL_KEYS,
    ParsedCall,
    calls_in,
    literal,
    parse_expression,
    read_nested,
    rows_of_calls,
)
from resolver.denials import breaks_off, denies
from resolver.json_values import NotJsonError, parse_json, plain_json, well_formed
from resolver.names import key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pydantic import JsonValue

__all__ = ["declines", "is_cut", "read_answer"]

_LONGEST = 200_000
_MOST_STARTS = 500
_TAIL = 20_000  # of a text with a call in it; an answer that is nothing else may be longer
_MOST_CALLS, _LONGEST_CALL = 200, 5_000  # so that brackets without end take a blink
_THOUGHT = re.compile(r"<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)", re.DOTALL | re.IGNORECASE)
_END_OF_THOUGHT = re.compile(r"</think(?:ing)?>", re.IGNORECASE)
_TAGGED = re.compile(r"<tool_call>(.*?)(?:</tool_call>|\Z)", re.DOTALL)
_FENCED = re.compile(r"```[^\S\n]*[\w+-]*[^\S\n]*\n?(.*?)(?:```|\Z)", re.DOTALL)
_BETWEEN = re.compile(r"[\s,;]*\Z")
_BETWEEN_PLATFORMS = re.compile(r"[\s\],;]*(?:'[^'\n]*'|\"[^\"\n]*\"|[^\[\]():\n'\"]{0,40})\s*:\s*\[\s*\Z")
_INNER = frozenset(("calls", "call", "toolcalls", "functioncalls", "answer", "actions"))
_NOTES = frozenset(
    ("id", "type", "index", "status", "role", "reason", "reasoning", "thought", "confidence", "probability")
)
_JSON_START = re.compile(r"[{\[]")


def read_answer(answer: object) -> tuple[ParsedCall, ...]:
    r"""The calls of an answer, platform and tool as they were written; none where it holds none.

    Understood are text with PTBench's form (``'platform':[tool(name = value)]``), JSON or a Python literal, in fences,
    in ``<tool_call>`` tags, with other text around it, behind a ``<think>`` block; messages and tool calls of OpenAI
    (chat completions and responses) and Anthropic, as JSON or as the objects of their packages. Of several answers in
    one text the last one counts. A call in a clause that denies it ("I will not call ...") is none.

    >>> read_answer('Sure!\n```json\n{"platform": "Larder", "function": "order", "arguments": {"dish": "pie"}}\n```')
    (ParsedCall(platform='Larder', tool='order', arguments={'dish': 'pie'}),)
    """
    node = _node(answer)
    found = _of_text(node[-_LONGEST:]) if isinstance(node, str) else _of_message(node)
    return tuple(call for one in found if (call := _sound(one)) is not None)


def declines(answer: object) -> bool:
    """Whether an answer without calls says in so many words that nothing is to be called.

    That is an empty list of calls, at its end or alone, null alone, or a call that it denies.

    >>> declines('Nothing fits. {"calls": []}'), declines("I will not call order(dish='pie')"), declines("Which size?")
    (True, True, False)
    """
    node = _message(_node(answer))
    text = node if isinstance(node, str) else _text_in(node)
    if text is None:
        return _is_empty(node)
    said = _said(text[-_LONGEST:])
    fenced = _FENCED.findall(said)
    try:
        told = parse_json((fenced[-1] if fenced else said).strip())
    except NotJsonError:
        return _is_empty(_last_json(said)) or _denies_all(said)
    return told is None or _is_empty(told)


def _denies_all(text: str) -> bool:
    """Whether a text has calls, and denies all of them."""
    tail = text[-_TAIL:]
    if _embedded(text) or _in_text(tail):
        return False
    return bool(_embedded(text, heed=False) or _in_text(tail, heed=False))


def is_cut(answer: object) -> bool:
    """Whether an answer breaks off: it is said to have reached its length, or it ends within its JSON."""
    node = _node(answer)
    if isinstance(node, dict):
        choices = node.get("choices")
        first = choices[0] if isinstance(choices, list) and choices and isinstance(choices[0], dict) else {}
        if first.get("finish_reason") == "length" or node.get("stop_reason") == "max_tokens":
            return True
        if node.get("status") == "incomplete":
            return True
    message = _message(node)
    text = message if isinstance(message, str) else _text_in(message)
    return text is not None and breaks_off(_said(text[-_LONGEST:]))


def _text_in(node: JsonValue) -> str | None:
    """The text of a message, or of its parts; None where it is no message, or calls tools besides."""
    if not isinstance(node, dict) or node.get("tool_calls") or node.get("function_call"):
        return None
    content = node.get("content") or node.get("output")
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return None
    parts = [part for part in content if isinstance(part, dict)]
    told = [part.get("text") for part in parts if part.get("type") in ("text", "output_text")]
    told += [_text_in(part) for part in parts if part.get("type") == "message"]
    return "\n".join(text for text in told if isinstance(text, str)) if told else None


def _is_empty(node: JsonValue) -> bool:
    """Whether this is a list of calls with none in it."""
    if isinstance(node, dict):
        named = [value for name, value in node.items() if key(name) in CALL_KEYS]
        return bool(named) and all(value in (None, []) for value in named)
    return node == []


def _last_json(text: str) -> JsonValue:
    """The last mapping that stands in a text as JSON; None where there is none."""
    decoder, found, end = json.JSONDecoder(), None, 0
    for start in islice(_JSON_START.finditer(text), _MOST_STARTS):
        if start.start() < end:
            continue
        try:
            value, end = decoder.raw_decode(text, start.start())
        except (ValueError, RecursionError):
            continue
        found = value if isinstance(value, dict) else found
    return found


def _node(answer: object) -> JsonValue:
    """An answer as JSON or text; None where it is neither."""
    try:
        return answer if isinstance(answer, str) else plain_json(_plain(answer))
    except (NotJsonError, RecursionError):
        return None


def _sound(call: ParsedCall) -> ParsedCall | None:
    """A call as JSON can hold it; None where it cannot, as a Python literal may say more."""
    try:
        arguments, positional = plain_json(call.arguments), plain_json(list(call.positional))
    except NotJsonError:
        return None
    if not isinstance(arguments, dict) or not isinstance(positional, list):
        return None
    platform, tool = (None if name is None else well_formed(name) for name in (call.platform, call.tool))
    return ParsedCall(platform, tool, arguments, tuple(positional), call.unread)


def _plain(value: object) -> object:
    """Objects within a list or mapping as their JSON."""
    dump = getattr(value, "model_dump", None)
    if callable(dump) and not isinstance(value, type):
        try:
            return dump(mode="json")
        except Exception as error:  # somebody else's class
            raise NotJsonError(f"{type(value).__name__}.model_dump: {error}") from error
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [_plain(item) for item in value]
    return value


def _message(node: JsonValue) -> JsonValue:
    """The message of a completion; anything else as it is."""
    choices = node.get("choices") if isinstance(node, dict) else None
    if isinstance(choices, list) and choices and isinstance(choices[0], dict):
        return choices[0].get("message")
    return node


def _said(text: str) -> str:
    """A text without what was thought before it."""
    ends = [found.end() for found in _END_OF_THOUGHT.finditer(text)]
    return _THOUGHT.sub("", text[ends[-1] if ends else 0 :])


def _of_message(node: JsonValue) -> list[ParsedCall]:
    """The calls of a completion, a message, its parts, or of JSON that is a call."""
    node = _message(node)
    if isinstance(node, list):
        return _of_parts(node)
    if not isinstance(node, dict):
        return []
    content = node.get("content") or node.get("output")  # of a message, of OpenAI's responses
    if calls := node.get("tool_calls") or node.get("function_call"):
        return _of_json(calls)
    if isinstance(content, str):
        return _of_text(content[:_LONGEST])
    return _of_parts(content) if isinstance(content, list) else _of_json(node)


def _of_parts(parts: list[JsonValue]) -> list[ParsedCall]:
    """The calls of a message's parts, or of a list of calls."""
    typed = [(str(part.get("type")), part) for part in parts if isinstance(part, dict)]
    used: list[JsonValue] = [part for type_, part in typed if type_ in ("tool_use", "function_call")]
    texts = [str(part.get("text", "")) for type_, part in typed if type_ in ("text", "output_text")]
    if not used and not texts and any(type_ == "message" for type_, _ in typed):
        return [call for type_, part in typed if type_ == "message" for call in _of_message(part)]
    return _of_text("\n".join(texts)[:_LONGEST]) if texts and not used else _of_json(used or parts)


def _of_text(text: str) -> list[ParsedCall]:
    said = _said(text)
    for whole in dict.fromkeys((text, said)):  # the text first: what stands in a value is no thought and no tag
        if found := _of_piece(whole):
            return found
    if tagged := [call for piece in _TAGGED.findall(said) for call in _of_piece(piece)]:
        return tagged
    if fenced := [calls for piece in _FENCED.findall(said) if (calls := _of_piece(piece))]:
        return _last_or_all(fenced)
    return _embedded(said) or _in_text(said[-_TAIL:])


def _last_or_all(answers: list[list[ParsedCall]]) -> list[ParsedCall]:
    """Of several answers the last, unless each calls something else: then they are the parts of one."""
    named = [(call.platform, call.tool) for calls in answers for call in calls]
    return answers[-1] if len(set(named)) < len(named) else [call for calls in answers for call in calls]


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
        name = None if platform is None else _written(platform)
        yield from calls_in(calls, name)


def _written(platform: ast.expr) -> str | None:
    """A platform's name, also one with dots and without quotation marks."""
    try:
        name = literal(platform)
    except (ValueError, RecursionError):
        try:
            return ast.unparse(platform) if isinstance(platform, ast.Attribute) else None
        except (ValueError, RecursionError):
            return None
    return None if name is None else str(name)


def _in_text(text: str, *, heed: bool = True) -> list[ParsedCall]:
    """The last calls in a text, or several platforms' that stand together; without those that are denied, if heeded."""
    found: list[ParsedCall] = []
    end = 0
    for calls, start, stop in rows_of_calls(text, most=_MOST_CALLS, longest=_LONGEST_CALL):
        if heed and denies(text, start):
            continue
        together = bool(found) and calls[0].platform and _BETWEEN_PLATFORMS.match(text[end:start])
        found = [*found, *calls] if together else calls
        end = stop
    return found


def _embedded(text: str, *, heed: bool = True) -> list[ParsedCall]:
    """The calls of the last JSON in a text, or of several values that stand together; as of `_in_text`."""
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
        if not calls or (heed and denies(text, start.start())):
            continue
        together = bool(found) and _BETWEEN.match(text[end : start.start()])
        found = [*found, *calls] if together else calls
        end = stop
    return found


def _of_json(node: JsonValue) -> list[ParsedCall]:
    return read_nested(_with_function(node), accepted=False)


def _with_function(node: Any) -> JsonValue:  # noqa: ANN401 - JSON of any shape
    """The same in a form that `read_nested` knows; only the outer levels are read.

    ``name`` is the function of what is a call beside its platform; what stands beside a function that has no arguments
    are these; a platform may be the key of its calls.
    """
    if isinstance(node, list):
        return [_with_function(item) for item in node]
    if not isinstance(node, dict):
        return node  # type: ignore[no-any-return]
    lowered = {key(name): name for name in node}
    arguments = set(ARGUMENT_KEYS) & lowered.keys()
    if "name" in node and isinstance(node["name"], str) and arguments and "platform" in lowered:
        return {("function" if name == "name" and "function" not in lowered else name): v for name, v in node.items()}
    if not lowered.keys() & {*_INNER, *NAMING_KEYS, "name"} and node and all(map(_is_list_of_dicts, node.values())):
        return [[name, _with_function(calls)] for name, calls in node.items()]
    called = any(isinstance(node.get(lowered[name]), str) for name in TOOL_KEYS if name in lowered)
    if called and not arguments and not lowered.keys() & _INNER:
        beside = {name: node[name] for own, name in lowered.items() if own not in NAMING_KEYS and own not in _NOTES}
        return {**{name: node[name] for own, name in lowered.items() if own in NAMING_KEYS}, "arguments": beside}
    return {name: _with_function(value) if key(name) in _INNER else value for name, value in node.items()}


def _is_list_of_dicts(value: JsonValue) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, dict) for item in value)
