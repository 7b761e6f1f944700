"""The post-step: a model's answer is held against the catalog, mended where one safe way is, or replaced.

Only what the catalog has can come out. A name in another spelling, a value of another type, a placeholder and a missing
argument that the resolver is sure of are mended, and each mend is recorded. Where a call cannot be mended it is left
out; where none is left, the resolver's own answer stands in, marked so.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeVar

from pydantic import JsonValue  # noqa: TC002 - a field's type

from resolver.coerce import coerce, stems
from resolver.constraints import openai_name
from resolver.json_values import NotJsonError, parse_json
from resolver.model_answers import read_answer
from resolver.names import key, qualified
from resolver.profile import UserId, Value
from resolver.resolution import Abstention, Resolution

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from resolver.calls import ParsedCall
    from resolver.catalog import Catalog, Parameter, Tool
    from resolver.grounding import Ground
    from resolver.resolution import Binding, Call

__all__ = ["Checked", "CheckedCall", "Repair", "check_answer"]

_T = TypeVar("_T")
_SURE = 0.5
_SURE_OF_OPTIONAL = 0.8
_PLACEHOLDER = re.compile(
    r"\s*(?:<[^<>]*>|\[[^\[\]]*\]|\{[^{}]*\}|\.{2,}|-+|n/?a|null|none|unknown|undefined|unspecified"
    r"|not (?:given|specified|provided|known)|your[_ -][\w -]*|)\s*",
    re.IGNORECASE,
)
RepairKind = Literal[
    "platform", "function", "argument_name", "value", "argument_added", "argument_dropped", "call_dropped"
]


class Repair(Value):
    """One mend of an answer: of what, before and after, and why."""

    kind: RepairKind
    where: str
    before: JsonValue = None
    after: JsonValue = None
    reason: str


class CheckedCall(Value):
    """A call that the catalog allows."""

    platform: str
    tool: str
    arguments: dict[str, JsonValue]
    missing: tuple[str, ...] = ()


class Checked(Value):
    """What comes out of the post-step.

    Attributes:
        user: The user.
        query: What the user asked.
        source: Whose calls these are: the model's as they were (``model``), mended (``repaired``), or the resolver's
            own, since the model's could not be used (``resolver``).
        calls: All of them allowed by the catalog; none where the resolver stands in and abstains.
        repairs: What was mended, in order.
        problem: Why the model's answer could not be used; empty where it was.
        answer: The resolver's own answer.
    """

    user: UserId
    query: str
    source: Literal["model", "repaired", "resolver"]
    calls: tuple[CheckedCall, ...]
    repairs: tuple[Repair, ...] = ()
    problem: str = ""
    answer: Resolution | Abstention

    def to_json(self) -> dict[str, Any]:
        """This as plain JSON values."""
        return self.model_dump(mode="json")

    def to_ptbench(self) -> str:
        """The calls in PTBench's form; empty where there are none. See `resolver.formats.render_answer`."""
        from resolver.formats import render_answer  # noqa: PLC0415  (only needed here)

        return render_answer((call.platform, call.tool, call.arguments) for call in self.calls)


class _UnusableError(Exception):
    """A call that has no one safe mend."""


class _Desk(NamedTuple):
    """What calls are held against."""

    catalog: Catalog
    answer: Resolution | Abstention
    bindings: Callable[[str, str], Sequence[Binding]]
    ground: Ground | None
    barred: Collection[str]
    sent: dict[str, Tool]


def check_answer(
    given: object,
    catalog: Catalog,
    answer: Resolution | Abstention,
    bindings: Callable[[str, str], Sequence[Binding]],
    *,
    ground: Ground | None = None,
    barred: Collection[str] = (),
) -> Checked:
    """Hold a model's answer against a catalog.

    Args:
        given: Anything that `resolver.model_answers.read_answer` reads.
        catalog: What can be called.
        answer: The resolver's own answer to the query.
        bindings: What the resolver would bind for a tool, by platform and name.
        ground: What a value may be taken from. A free value of an optional parameter that is not there is invented and
            left out, and one of a required parameter where the resolver is sure of another.
        barred: Platforms whose policy excludes the user; calls of them are left out.
    """
    found = read_answer(given)
    sent = {openai_name(tool.platform, tool.name): tool for tool in catalog.tools}
    desk = _Desk(catalog, answer, bindings, ground, barred, sent)
    calls: list[CheckedCall] = []
    repairs: list[Repair] = []
    problems: list[str] = []
    for parsed in found:
        mended: list[Repair] = []
        try:
            call = _checked(parsed, desk, mended)
        except _UnusableError as error:
            problems.append(str(error))
            where = f"{parsed.platform}.{parsed.tool}"
            repairs.append(Repair(kind="call_dropped", where=where, before=parsed.arguments, reason=str(error)))
            continue
        if call not in calls:
            calls.append(call)
            repairs += mended
    if calls:
        source: Literal["model", "repaired"] = "repaired" if repairs else "model"
        kept = tuple(calls)
        return Checked(
            user=answer.user, query=answer.query, source=source, calls=kept, repairs=tuple(repairs), answer=answer
        )
    problem = "; ".join(dict.fromkeys(problems)) or "no call could be read in the answer"
    own = () if isinstance(answer, Abstention) else answer.calls
    kept = tuple(CheckedCall(platform=c.platform, tool=c.tool, arguments=c.arguments, missing=c.missing) for c in own)
    return Checked(user=answer.user, query=answer.query, source="resolver", calls=kept, problem=problem, answer=answer)


def _checked(parsed: ParsedCall, desk: _Desk, repairs: list[Repair]) -> CheckedCall:
    tool = _tool(parsed, desk, repairs)
    answer = desk.answer
    if isinstance(answer, Abstention) and answer.reason == "policy" and _chosen(answer) in (tool.platform, None):
        raise _UnusableError(answer.message)
    if tool.platform in desk.barred:
        raise _UnusableError(f"a policy of {tool.platform!r} excludes the user from this request")
    where = f"{tool.platform}.{tool.name}"
    bindings = desk.bindings(tool.platform, tool.name)
    own = _own_calls(tool, answer)
    known = [(binding.name, binding.value) for call in own for binding in call.bindings]
    known += [(binding.name, binding.value) for binding in bindings]
    arguments = _arguments(parsed.arguments, tool, known, repairs)
    is_own = any(call.arguments == arguments for call in own)
    if desk.ground is not None and not is_own:
        _drop_invented(arguments, tool, bindings, desk.ground, repairs)
    for binding in () if is_own else bindings:
        parameter = tool.parameter(binding.name)
        if parameter is None or binding.name in arguments:
            continue
        if binding.confidence >= (_SURE if parameter.required else _SURE_OF_OPTIONAL):
            arguments[binding.name] = binding.value
            reason = f"{binding.reason} ({binding.source}, {binding.confidence:.2f})"
            repairs.append(
                Repair(kind="argument_added", where=f"{where}.{binding.name}", after=binding.value, reason=reason)
            )
    return CheckedCall(
        platform=tool.platform,
        tool=tool.name,
        arguments={p.name: arguments[p.name] for p in tool.parameters if p.name in arguments},
        missing=tuple(p.name for p in tool.parameters if p.required and p.name not in arguments),
    )


def _drop_invented(
    arguments: dict[str, JsonValue], tool: Tool, bindings: Sequence[Binding], ground: Ground, repairs: list[Repair]
) -> None:
    """Take out free values that stand neither in the request nor in what is known of the user."""
    where = f"{tool.platform}.{tool.name}"
    bound = {binding.name: binding for binding in bindings}
    for parameter in tool.parameters:
        name = parameter.name
        value = arguments.get(name)
        closed = (parameter.enum and parameter.closed) or value == parameter.default
        if name not in arguments or closed or ground.holds(value):
            continue
        own = bound.get(name)
        if own is not None and own.value == value:
            continue
        if parameter.required and (own is None or own.confidence < _SURE):
            continue
        del arguments[name]
        reason = "neither in the request nor in what is known of the user"
        repairs.append(Repair(kind="argument_dropped", where=f"{where}.{name}", before=value, reason=reason))


def _own_calls(tool: Tool, answer: Resolution | Abstention) -> list[Call]:
    """The calls of a tool that the resolver itself makes."""
    calls = () if isinstance(answer, Abstention) else answer.calls
    return [call for call in calls if (call.platform, call.tool) == (tool.platform, tool.name)]


def _chosen(answer: Resolution | Abstention) -> str | None:
    return answer.choice.platform if answer.choice is not None else None


def _tool(parsed: ParsedCall, desk: _Desk, repairs: list[Repair]) -> Tool:
    """The tool that a call means; a platform or a function in another spelling is mended."""
    if not parsed.tool:
        raise _UnusableError("a call names no function")
    if parsed.tool in desk.sent and desk.catalog.tool(parsed.platform or "", parsed.tool) is None:
        return desk.sent[parsed.tool]
    platform = _platform(parsed.platform, desk, repairs)
    if platform is None:
        return _tool_of_any(parsed, desk, repairs)
    own = [tool for tool in desk.catalog.tools if tool.platform == platform]
    found = _alike(parsed.tool, {tool.name: tool for tool in own}, without=platform)
    if found is None:  # a name that holds a platform's is read without it
        parted = [tool for tool in own if qualified(tool.name)[1] == parsed.tool]
        if len(parted) == 1:
            return parted[0]
    if found is None and len(own) == 1 and _shares_a_word(parsed.tool, own[0].name):
        found = own[0]
    if found is None:
        raise _UnusableError(f"{platform!r} has no function {parsed.tool!r}")
    if found.name != parsed.tool:
        reason = "the same name, spelled otherwise" if key(found.name) == key(parsed.tool) else "the one it can mean"
        repairs.append(Repair(kind="function", where=platform, before=parsed.tool, after=found.name, reason=reason))
    return found


def _platform(name: str | None, desk: _Desk, repairs: list[Repair]) -> str | None:
    if name is None or desk.catalog.platform(name) is not None:
        return name
    found = _alike(name, {platform.name: platform.name for platform in desk.catalog.platforms})
    if found is not None:
        reason = "the same name, spelled otherwise"
        repairs.append(Repair(kind="platform", where="", before=name, after=found, reason=reason))
    return found


def _tool_of_any(parsed: ParsedCall, desk: _Desk, repairs: list[Repair]) -> Tool:
    """The tool of a call without a known platform: the only one of this name, or the one the resolver chose."""
    name = parsed.tool or ""
    matching = [tool for tool in desk.catalog.tools if key(tool.name) == key(name)]
    if not matching and parsed.platform is None:
        matching = [tool for tool in desk.catalog.tools if key(f"{tool.platform}{tool.name}") == key(name)]
    reason = "the only platform with this function"
    if len(matching) > 1 and isinstance(desk.answer, Resolution):
        chosen = {(call.platform, call.tool) for call in desk.answer.calls}
        matching = [tool for tool in matching if (tool.platform, tool.name) in chosen]
        reason = "the resolver's choice among the platforms with this function"
    if len(matching) != 1:
        raise _UnusableError(f"no platform {parsed.platform!r}, and {name!r} does not tell which is meant")
    tool = matching[0]
    repairs.append(Repair(kind="platform", where=tool.name, before=parsed.platform, after=tool.platform, reason=reason))
    return tool


def _shares_a_word(name: str, other: str) -> bool:
    return not set(stems(name)).isdisjoint(stems(other))


def _alike(name: str, among: Mapping[str, _T], *, without: str = "") -> _T | None:
    """What has this name, else the only one of another spelling; a platform's name before or behind it is no matter."""
    if name in among:
        return among[name]
    forms = {key(name)}
    if without:
        forms |= {key(name).removeprefix(key(without)), key(name).removesuffix(key(without))}
    matching = [value for other, value in among.items() if key(other) in forms]
    return matching[0] if len(matching) == 1 else None


def _arguments(
    given: dict[str, JsonValue], tool: Tool, known: Sequence[tuple[str, JsonValue]], repairs: list[Repair]
) -> dict[str, JsonValue]:
    """The arguments that the tool has, as its schema wants them; ``known`` are those the resolver gives."""
    where = f"{tool.platform}.{tool.name}"
    by_name = {parameter.name: parameter for parameter in tool.parameters}
    arguments: dict[str, JsonValue] = {}
    for name, value in sorted(given.items(), key=lambda pair: pair[0] not in by_name):  # exact names come first
        parameter: Parameter | None = _alike(name, by_name)
        if parameter is None or parameter.name in arguments:
            reason = "the function has no such parameter" if parameter is None else "the argument is given twice"
            repairs.append(Repair(kind="argument_dropped", where=f"{where}.{name}", before=value, reason=reason))
            continue
        if parameter.name != name:
            reason = "the same name, spelled otherwise"
            repairs.append(Repair(kind="argument_name", where=where, before=name, after=parameter.name, reason=reason))
        fitted, problem = _value(value, parameter, known=(parameter.name, value) in known)
        here = f"{where}.{parameter.name}"
        if problem:
            repairs.append(Repair(kind="argument_dropped", where=here, before=value, reason=problem))
            continue
        if fitted != value or type(fitted) is not type(value):
            reason = f"as the schema wants it ({parameter.type})"
            repairs.append(Repair(kind="value", where=here, before=value, after=fitted, reason=reason))
        arguments[parameter.name] = fitted
    return arguments


def _value(value: JsonValue, parameter: Parameter, *, known: bool) -> tuple[JsonValue, str]:
    """A value as the schema wants it, or why it cannot be used; one known to the resolver is never a placeholder."""
    value = _opened(value, parameter)
    if value is None or (isinstance(value, str) and not known and _is_placeholder(value, parameter)):
        return None, "a placeholder"
    if value in ([], {}) and not known:
        return None, "empty"
    if not _is_finite(value):
        return None, "holds a number that JSON has not"
    if _fits(value, parameter):
        return value, ""
    fitted = coerce(value, parameter)
    if fitted is None and parameter.enum and not parameter.closed:
        fitted = coerce(value, parameter.model_copy(update={"enum": ()}))
    if fitted is None:
        closed = parameter.enum and parameter.closed
        return None, "not among the values of the schema" if closed else f"no {parameter.type}"
    return fitted, ""


def _opened(value: JsonValue, parameter: Parameter) -> JsonValue:
    """The list or mapping that a text is the JSON of, where the schema wants one."""
    wanted = {"array": list, "object": dict}.get(parameter.type)
    if wanted is None or not isinstance(value, str) or not value.lstrip().startswith(("{", "[")):
        return value
    try:
        opened = parse_json(value)
    except NotJsonError:
        return value
    return opened if isinstance(opened, wanted) else value


def _is_finite(value: JsonValue) -> bool:
    if isinstance(value, list | dict):
        return all(map(_is_finite, value.values() if isinstance(value, dict) else value))
    return not isinstance(value, float) or math.isfinite(value)


def _is_placeholder(value: str, parameter: Parameter) -> bool:
    return _PLACEHOLDER.fullmatch(value) is not None and value not in parameter.enum


def _is_among(value: JsonValue, options: Iterable[JsonValue]) -> bool:
    """Whether a value is one of several; in JSON true is not 1."""
    return any(option == value and isinstance(option, bool) == isinstance(value, bool) for option in options)


def _fits(value: JsonValue, parameter: Parameter) -> bool:
    """Whether a value is of the schema's type and values already."""
    if parameter.enum and parameter.closed:
        if parameter.type != "array":
            return _is_among(value, parameter.enum)
        return isinstance(value, list) and all(_is_among(item, parameter.enum) for item in value)
    kinds: dict[str, tuple[type, ...]] = {
        "string": (str,),
        "integer": (int,),
        "number": (int, float),
        "boolean": (bool,),
        "array": (list,),
        "object": (dict,),
    }
    wanted = kinds.get(parameter.type)
    if wanted is None:
        return True
    return isinstance(value, wanted) and (parameter.type == "boolean" or not isinstance(value, bool))
