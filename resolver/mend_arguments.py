"""A model's arguments, as the tool wants them: names and values mended where there is one way, and what lacks added."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, NamedTuple

from resolver.coerce import stems
from resolver.json_values import NotJsonError, parse_json
from resolver.mend_names import alike
from resolver.repairs import Repair
from resolver.stated import fit_stated

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pydantic import JsonValue

    from resolver.calls import ParsedCall
    from resolver.catalog import Parameter, Tool
    from resolver.grounding import Ground
    from resolver.resolution import Binding

__all__ = ["Known", "add_missing", "drop_ungrounded", "mend_arguments", "ungrounded"]

_SURE = 0.5
_SURE_OF_OPTIONAL = 0.8
_PLACEHOLDER = re.compile(
    r"\s*(?:<[^<>]*>|\[[^\[\]]*\]|\{[^{}]*\}|\.{2,}|-+|n/?a|null|none|unknown|undefined|unspecified"
    r"|not (?:given|specified|provided|known)|your[_ -][\w -]*|)\s*",
    re.IGNORECASE,
)


_YOURS = re.compile(r"\s*your[_ -](?P<what>[\w -]*)\s*", re.IGNORECASE)
_ASKED_FOR = frozenset(
    stems("name address email phone number city street zip code account id location date time value text here key")
)


class Known(NamedTuple):
    """What is known of the values of a tool.

    Attributes:
        values: Names and values that the resolver gives in any of its calls of the tool.
        said: What the user says, in lower case.
    """

    values: Sequence[tuple[str, JsonValue]]
    said: str


def mend_arguments(parsed: ParsedCall, tool: Tool, known: Known, repairs: list[Repair]) -> dict[str, JsonValue]:
    """The arguments that the tool has, as its schema wants them."""
    where = f"{tool.platform}.{tool.name}"
    by_name = {parameter.name: parameter for parameter in tool.parameters}
    given = _with_names(parsed, tool, repairs)
    arguments: dict[str, JsonValue] = {}
    for name, value in sorted(given.items(), key=lambda pair: pair[0] not in by_name):  # exact names come first
        parameter: Parameter | None = alike(name, by_name)
        if parameter is None or parameter.name in arguments:
            reason = "the function has no such parameter" if parameter is None else "the argument is given twice"
            repairs.append(Repair(kind="argument_dropped", where=f"{where}.{name}", before=value, reason=reason))
            continue
        if parameter.name != name:
            reason = "the same name, spelled otherwise"
            repairs.append(Repair(kind="argument_name", where=where, before=name, after=parameter.name, reason=reason))
        fitted, problem = _value(value, parameter, known)
        here = f"{where}.{parameter.name}"
        if problem:
            repairs.append(Repair(kind="argument_dropped", where=here, before=value, reason=problem))
            continue
        if fitted != value or type(fitted) is not type(value):
            reason = f"as the schema wants it ({parameter.type})"
            repairs.append(Repair(kind="value", where=here, before=value, after=fitted, reason=reason))
        arguments[parameter.name] = fitted
    return arguments


def ungrounded(
    arguments: dict[str, JsonValue], tool: Tool, bindings: Sequence[Binding], ground: Ground
) -> list[Parameter]:
    """The parameters whose value stands neither in what was said nor in what is known of the user.

    A yes or no stands where its parameter is spoken of. Values of closed sets, defaults, and what the resolver itself
    would give are never among them.
    """
    bound = {binding.name: binding.value for binding in bindings}

    def stands(value: JsonValue, parameter: Parameter) -> bool:
        return ground.speaks_of(parameter, tool) if isinstance(value, bool) else ground.holds(value)

    return [
        parameter
        for parameter in tool.parameters
        if parameter.name in arguments
        and not (parameter.enum and parameter.closed)
        and arguments[parameter.name] not in (parameter.default, bound.get(parameter.name))
        and not stands(arguments[parameter.name], parameter)
    ]


def drop_ungrounded(
    arguments: dict[str, JsonValue],
    doubted: Sequence[Parameter],
    tool: Tool,
    bindings: Sequence[Binding],
    repairs: list[Repair],
    *,
    of_query: bool = True,
) -> list[Parameter]:
    """Take out doubted values of optional parameters, and of required ones where the resolver is sure of another.

    Where it is, by a half, its value takes their place.

    Returns:
        The doubted parameters whose value stays.
    """
    sure = [binding for binding in bindings if binding.confidence >= _SURE]
    names = {binding.name for binding in sure}
    gone = [parameter for parameter in doubted if not parameter.required or parameter.name in names]
    for parameter in gone:
        before = arguments.pop(parameter.name)
        where = f"{tool.platform}.{tool.name}.{parameter.name}"
        reason = "neither in the request nor in what is known of the user"
        repairs.append(Repair(kind="argument_dropped", where=where, before=before, reason=reason))
    places = {parameter.name for parameter in gone}
    for binding in sure:
        if binding.name in places and (of_query or binding.source != "query"):
            _add(binding, tool, arguments, repairs)
    return [parameter for parameter in doubted if parameter not in gone]


def add_missing(
    arguments: dict[str, JsonValue],
    tool: Tool,
    bindings: Sequence[Binding],
    repairs: list[Repair],
    *,
    of_query: bool = True,
) -> None:
    """Add arguments that the resolver is sure of: by a half for required ones, by .8 for optional ones.

    Args:
        arguments: Of the call, which are changed.
        tool: The tool.
        bindings: The resolver's, for this tool.
        repairs: What was mended, which is added to.
        of_query: Whether values that the query says are taken; where a tool is called several times they may belong to
            another call.
    """
    for binding in bindings:
        parameter = tool.parameter(binding.name)
        if parameter is None or binding.name in arguments or (binding.source == "query" and not of_query):
            continue
        if binding.confidence >= (_SURE if parameter.required else _SURE_OF_OPTIONAL):
            _add(binding, tool, arguments, repairs)


def _add(binding: Binding, tool: Tool, arguments: dict[str, JsonValue], repairs: list[Repair]) -> None:
    arguments[binding.name] = binding.value
    where = f"{tool.platform}.{tool.name}.{binding.name}"
    reason = f"{binding.reason} ({binding.source}, {binding.confidence:.2f})"
    repairs.append(Repair(kind="argument_added", where=where, after=binding.value, reason=reason))


def _with_names(parsed: ParsedCall, tool: Tool, repairs: list[Repair]) -> dict[str, JsonValue]:
    """The arguments by name; those without one are the parameters that are left, in order."""
    if not parsed.positional:
        return parsed.arguments
    where = f"{tool.platform}.{tool.name}"
    open_ = [parameter.name for parameter in tool.parameters if alike(parameter.name, parsed.arguments) is None]
    named = dict(zip(open_, parsed.positional, strict=False))
    for name, value in named.items():
        reason = "the parameter in this place"
        repairs.append(Repair(kind="argument_name", where=where, before=value, after=name, reason=reason))
    for value in parsed.positional[len(named) :]:
        reason = "the function has no parameter in this place"
        repairs.append(Repair(kind="argument_dropped", where=where, before=value, reason=reason))
    return {**named, **parsed.arguments}


def _value(value: JsonValue, parameter: Parameter, known: Known) -> tuple[JsonValue, str]:
    """A value as the schema wants it, or why it cannot be used; one that is known or said is never a placeholder."""
    value = _opened(value, parameter)
    held = (parameter.name, value) in known.values
    if value is None or (isinstance(value, str) and not held and _is_placeholder(value, parameter, known.said)):
        return None, "a placeholder"
    if value in ([], {}) and not held and not (parameter.required and parameter.type in ("array", "object")):
        return None, "empty"
    if not _is_finite(value):
        return None, "holds a number that JSON has not"
    if _fits(value, parameter):
        return value, ""
    fitted = fit_stated(value, parameter)
    if fitted is None and parameter.enum and not parameter.closed:
        fitted = fit_stated(value, parameter.model_copy(update={"enum": ()}))
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


def _is_placeholder(value: str, parameter: Parameter, said: str) -> bool:
    if _PLACEHOLDER.fullmatch(value) is None or value in parameter.enum or _is_filled_json(value):
        return False
    if (yours := _YOURS.fullmatch(value)) and not _speaks_of(yours["what"], parameter):
        return False  # a title, such as "Your Song"
    return not any(map(str.isalnum, value)) or value.strip().casefold() not in said


def _is_filled_json(text: str) -> bool:
    """Whether a text is a list or mapping in JSON with something in it, which a schema may want as text."""
    try:
        return text.lstrip().startswith(("{", "[")) and bool(parse_json(text))
    except NotJsonError:
        return False


def _speaks_of(what: str, parameter: Parameter) -> bool:
    """Whether words are about a parameter, or about what forms ask for."""
    about = stems(f"{parameter.name} {parameter.description or ''}")
    return not stems(what) or not (_ASKED_FOR | set(about)).isdisjoint(stems(what))


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
