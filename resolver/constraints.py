"""What a model may answer, as JSON Schema: only calls that the catalog, or a shortlist of it, allows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from resolver.blocks import is_unmarked, unmarked
from resolver.resolution import Resolution

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from pydantic import JsonValue

    from resolver.catalog import Catalog, Parameter, Tool
    from resolver.resolution import Abstention

__all__ = [
    "Fixed",
    "answer_schema",
    "arguments_schema",
    "bound_parameters",
    "calls_of",
    "fixed_bindings",
    "parameter_schema",
    "schema_for",
    "settled",
]

_LONGEST_ARRAY = 20  # small models repeat an item without end

_KINDS = {str: "string", bool: "boolean", int: "integer", float: "number", list: "array", dict: "object"}

Fixed = dict[tuple[str, str], dict[str, Any]]
"""Values of arguments that are settled, by platform and tool."""


def fixed_bindings(answer: Resolution, *, above: float) -> Fixed:
    """The arguments of the resolver's calls that are at least so sure, by platform and tool.

    Of a tool that is called several times, those that all calls share.
    """
    fixed: Fixed = {}
    for call in answer.calls:
        sure = {binding.name: binding.value for binding in call.bindings if binding.confidence >= above}
        name = (call.platform, call.tool)
        before = fixed.get(name, sure)
        fixed[name] = {key: value for key, value in sure.items() if key in before and before[key] == value}
    return fixed


def bound_parameters(answer: Resolution) -> dict[tuple[str, str], frozenset[str]]:
    """The parameters that the resolver fills, by platform and tool: of several calls to a tool, those that all fill."""
    bound: dict[tuple[str, str], frozenset[str]] = {}
    for call in answer.calls:
        own = frozenset(call.arguments)
        bound[call.platform, call.tool] = bound.get((call.platform, call.tool), own) & own
    return bound


def schema_for(
    catalog: Catalog,
    answer: Resolution | Abstention,
    *,
    fix_above: float | None = None,
    most_calls: int | None = None,
) -> dict[str, Any]:
    """The schema of answers that are held to the resolver's own; see `answer_schema`.

    Args:
        catalog: What can be called.
        answer: The resolver's.
        fix_above: Settle what the resolver is at least so sure of: its tools, else their platform alone, and
            arguments. The other arguments that it filled are asked for, with whatever value.
        most_calls: How many calls an answer may hold; as many as the resolver's where not given. It may hold none where
            the resolver calls nothing.

    Raises:
        ValueError: ``fix_above`` is no probability, or as `answer_schema`.
    """
    catalog, fixed, needed = settled(catalog, answer, fix_above)
    return answer_schema(
        catalog,
        fixed=fixed,
        needed=needed,
        most_calls=calls_of(answer) if most_calls is None else most_calls,
        least_calls=int(isinstance(answer, Resolution)),
    )


def settled(
    catalog: Catalog, answer: Resolution | Abstention, fix_above: float | None
) -> tuple[Catalog, Fixed, dict[tuple[str, str], frozenset[str]]]:
    """What is left to choose from, the arguments that are settled, and the parameters that are asked for.

    Raises:
        ValueError: ``fix_above`` is no probability.
    """
    if fix_above is not None and not 0.0 <= fix_above <= 1.0:
        raise ValueError(f"fix_above is a probability, from 0 to 1, got {fix_above}")
    if fix_above is None or not isinstance(answer, Resolution):
        return catalog, {}, {}
    fixed = fixed_bindings(answer, above=fix_above)
    return _still_open(catalog, answer, fix_above), fixed, bound_parameters(answer)


def _still_open(catalog: Catalog, answer: Resolution, above: float) -> Catalog:
    """The tools among which there is still something to choose; all, where the query's words fit another better."""
    tools: tuple[Tool, ...] = ()
    if answer.choice.worded is not None:
        return catalog
    if all(call.probability >= above for call in answer.calls):
        called = {(call.platform, call.tool) for call in answer.calls}
        tools = tuple(tool for tool in catalog.tools if (tool.platform, tool.name) in called)
    elif not answer.further and answer.choice.platform_probability >= above:
        tools = tuple(tool for tool in catalog.tools if tool.platform == answer.choice.platform)
    return catalog.model_copy(update={"tools": tools}) if tools else catalog


def calls_of(answer: Resolution | Abstention) -> int:
    """How many calls the resolver would make, and one where it abstains."""
    return len(answer.calls) if isinstance(answer, Resolution) else 1


def answer_schema(
    catalog: Catalog,
    *,
    fixed: Mapping[tuple[str, str], Mapping[str, JsonValue]] | None = None,
    needed: Mapping[tuple[str, str], Collection[str]] | None = None,
    most_calls: int = 1,
    least_calls: int = 1,
) -> dict[str, Any]:
    """The JSON Schema of an answer: ``{"calls": [{"platform", "function", "arguments"}]}``.

    Args:
        catalog: What can be called.
        fixed: Arguments whose value is settled, by platform and tool (`fixed_bindings`), unless it may hold a token.
        needed: Parameters that an answer has to fill beside the required ones (`bound_parameters`).
        most_calls: How many calls an answer may hold. Small models fill whatever they may.
        least_calls: How many it has to hold; 0 where calling nothing may be right.

    Raises:
        ValueError: The catalog has no tool, or fewer than one call is allowed.

    >>> from resolver import Catalog
    >>> catalog = Catalog.from_ptbench(["Larder"], [{"platform": "Larder", "name": "order", "parameters": {}}])
    >>> answer_schema(catalog)["properties"]["calls"]["items"]["properties"]["platform"]
    {'const': 'Larder'}
    """
    if most_calls < 1:
        raise ValueError(f"most_calls must be at least 1, got {most_calls}")
    if not catalog.tools:
        raise ValueError("no call is possible: the catalog has no tool")
    calls = []
    for tool in catalog.tools:
        name = (tool.platform, tool.name)
        calls.append(_call_schema(tool, (fixed or {}).get(name, {}), (needed or {}).get(name, ())))
    items = calls[0] if len(calls) == 1 else {"anyOf": calls}
    return _object({"calls": {"type": "array", "items": items, "minItems": least_calls, "maxItems": most_calls}})


def parameter_schema(parameter: Parameter) -> dict[str, Any]:
    """A parameter as JSON Schema.

    A schema is part of a prompt for many servers, so that a default, or a closed set, that holds what may be a token is
    not told in it.
    """
    schema: dict[str, Any] = {} if parameter.type == "any" else {"type": parameter.type}
    if parameter.type == "array":
        schema |= {"items": {}, "maxItems": _LONGEST_ARRAY}
    if parameter.enum and parameter.closed and is_unmarked(list(parameter.enum)):
        if parameter.type == "array":
            schema["items"] = {"enum": list(parameter.enum)}
        else:
            schema = {"enum": list(parameter.enum)}
    elif parameter.type == "any" and parameter.enum:  # such as these, but no mapping that says what it might be
        kinds = {_KINDS.get(type(value)) for value in parameter.enum}
        schema = {"type": kinds.pop()} if len(kinds) == 1 and None not in kinds else {}
    if parameter.description:
        schema["description"] = unmarked(parameter.description)
    if parameter.default is not None and is_unmarked(parameter.default):
        schema["default"] = parameter.default
    return schema


def _call_schema(tool: Tool, fixed: Mapping[str, JsonValue], needed: Collection[str]) -> dict[str, Any]:
    return _object(
        {
            "platform": {"const": tool.platform},
            "function": {"const": tool.name},
            "arguments": arguments_schema(tool, fixed, needed),
        }
    )


def arguments_schema(tool: Tool, fixed: Mapping[str, JsonValue], needed: Collection[str] = ()) -> dict[str, Any]:
    """The arguments of a tool as JSON Schema, some settled, some required beside those that the tool requires.

    A value that holds what may be a token is not settled, but asked for.
    """
    settled = {name for name, value in fixed.items() if is_unmarked(value)}
    properties = {
        parameter.name: {"const": fixed[parameter.name]} if parameter.name in settled else parameter_schema(parameter)
        for parameter in tool.parameters
    }
    told = {*fixed, *needed}
    required = [parameter.name for parameter in tool.parameters if parameter.required or parameter.name in told]
    return _object(properties, required)


def _object(properties: dict[str, Any], required: list[str] | None = None) -> dict[str, Any]:
    needed = list(properties) if required is None else required
    return {"type": "object", "properties": properties, "required": needed, "additionalProperties": False}
