"""A model's arguments, as the tool wants them: names and values mended where there is one way."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, NamedTuple

from resolver.coerce import stems
from resolver.json_values import NotJsonError, parse_json
from resolver.mend_names import alike
from resolver.prompt_parts import parameter_line
from resolver.repairs import Repair
from resolver.stated import fit_stated

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pydantic import JsonValue

    from resolver.calls import ParsedCall
    from resolver.catalog import Parameter, Tool

__all__ = ["Known", "mend_arguments"]

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
    if _is_copied(value, parameter):
        return value.strip().casefold() not in said
    if _PLACEHOLDER.fullmatch(value) is None or value in parameter.enum or _is_filled_json(value):
        return False
    if (yours := _YOURS.fullmatch(value)) and not _speaks_of(yours["what"], parameter):
        return False  # a title, such as "Your Song"
    return not any(map(str.isalnum, value)) or value.strip().casefold() not in said


def _is_copied(value: str, parameter: Parameter) -> bool:
    """Whether a value is what the prompt says of the parameter; small models copy that."""
    text = value.strip()
    return bool(text) and value not in parameter.enum and text in (parameter_line(parameter), parameter.description)


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
