"""What a model invented is found and taken out, and what lacks is added, as far as the resolver is sure of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from resolver.repairs import Repair

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pydantic import JsonValue

    from resolver.catalog import Parameter, Tool
    from resolver.grounding import Ground
    from resolver.resolution import Binding, Call

__all__ = ["add_missing", "drop_ungrounded", "replace_dropped", "stand_ins", "ungrounded"]

_SURE = 0.5
_SURE_OF_OPTIONAL = 0.8


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
    others: Mapping[str, Binding],
    repairs: list[Repair],
) -> list[Parameter]:
    """Take out doubted values of optional parameters, and of required ones for which there is another.

    Args:
        arguments: Of the call, which are changed.
        doubted: The parameters whose value is doubted.
        tool: The tool.
        others: The resolver's values, by name, which take the place of those that are taken out.
        repairs: What was mended, which is added to.

    Returns:
        The doubted parameters whose value stays.
    """
    gone = [parameter for parameter in doubted if not parameter.required or parameter.name in others]
    for parameter in gone:
        before = arguments.pop(parameter.name)
        where = f"{tool.platform}.{tool.name}.{parameter.name}"
        reason = "neither in the request nor in what is known of the user"
        repairs.append(Repair(kind="argument_dropped", where=where, before=before, reason=reason))
        if (other := others.get(parameter.name)) is not None:
            _add(other, tool, arguments, repairs)
    return [parameter for parameter in doubted if parameter not in gone]


def replace_dropped(
    arguments: dict[str, JsonValue], tool: Tool, others: Mapping[str, Binding], repairs: list[Repair]
) -> None:
    """Give parameters for which the model's value was of no use, such as a placeholder, the resolver's.

    Args:
        arguments: Of the call, which are changed.
        tool: The tool.
        others: The resolver's values, by name.
        repairs: What was mended, by which it is known what was dropped, and which is added to.
    """
    dropped = {repair.where for repair in repairs if repair.kind == "argument_dropped"}
    for parameter in tool.parameters:
        wanted = f"{tool.platform}.{tool.name}.{parameter.name}" in dropped and parameter.name not in arguments
        if wanted and (other := others.get(parameter.name)) is not None:
            _add(other, tool, arguments, repairs)


def stand_ins(own: Sequence[Call], bindings: Sequence[Binding], *, of_query: bool = True) -> dict[str, Binding]:
    """The resolver's values for a tool, by name: those of its own call of it, and others that it is sure of, by a half.

    Args:
        own: The calls of the tool in the resolver's answer; of several none says which is meant.
        bindings: The resolver's, for this tool.
        of_query: As for `add_missing`.
    """
    sure = {binding.name: binding for binding in bindings if binding.confidence >= _SURE}
    called = {binding.name: binding for call in own for binding in call.bindings} if len(own) == 1 else {}
    return {name: one for name, one in {**sure, **called}.items() if of_query or one.source != "query"}


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
