"""The post-step: a model's answer is held against the catalog, mended where one safe way is, or replaced.

Only what the catalog has can come out. A name in another spelling, a value of another type, a placeholder and a missing
argument that the resolver is sure of are mended, and each mend is recorded. What a model says otherwise stands, also
where the resolver would say something else. Where a call cannot be mended it is left out; where none is left, or all
lack what they require and the resolver's own answer lacks nothing, that stands in, marked so. An answer that calls
nothing in so many words is one, and stands too.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from pydantic import Field, JsonValue

from resolver.grounding import Ground, Origin  # noqa: TC001 - a field's type
from resolver.mend_arguments import Known, mend_arguments
from resolver.mend_names import NameDesk, tool_of
from resolver.mend_values import add_missing, drop_ungrounded, replace_dropped, stand_ins, ungrounded
from resolver.model_answers import declines, is_cut, read_answer
from resolver.openai_forms import openai_name
from resolver.profile import UserId, Value
from resolver.repairs import Repair, UnusableError
from resolver.resolution import Abstention, Resolution

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from resolver.calls import ParsedCall
    from resolver.catalog import Catalog, Parameter, Tool
    from resolver.resolution import Binding, Call

__all__ = ["Checked", "CheckedCall", "Repair", "check_answer"]


class CheckedCall(Value):
    """A call that the catalog allows.

    Attributes:
        platform: Its platform.
        tool: Its function.
        arguments: By name, in the order of the tool's parameters.
        missing: Required parameters without a value: to be asked for before the call is made.
        ungrounded: Parameters whose value stands neither in the conversation nor in what is known of the user: worked
            out by the model ("the capital of Sweden"), or invented. To be asked about where much hangs on it.
        origins: Where each value stands. What stands in ``records`` alone is what a profile or a log says, true or not:
            of an address or an account, confirm it with the user where others may write into these.
    """

    platform: str
    tool: str
    arguments: dict[str, JsonValue]
    missing: tuple[str, ...] = ()
    ungrounded: tuple[str, ...] = ()
    origins: dict[str, Origin] = Field(default_factory=dict)


class Checked(Value):
    """What comes out of the post-step.

    Attributes:
        user: The user.
        query: What the user asked.
        source: Whose calls these are: the model's as they were (``model``), mended (``repaired``), or the resolver's
            own, since the model's could not be used (``resolver``).
        calls: All of them allowed by the catalog; none where the model calls nothing, or the resolver stands in and
            abstains, or is not to stand in.
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


class _Desk(NamedTuple):
    """What calls are held against."""

    names: NameDesk
    bindings: Callable[[str, str], Sequence[Binding]]
    ground: Ground | None
    barred: Collection[str]
    dropping: bool


def check_answer(
    given: object,
    catalog: Catalog,
    answer: Resolution | Abstention,
    bindings: Callable[[str, str], Sequence[Binding]],
    *,
    allowed: Catalog | None = None,
    ground: Ground | None = None,
    barred: Collection[str] = (),
    drop_ungrounded: bool = False,
    stand_in: bool = True,
) -> Checked:
    """Hold a model's answer against a catalog.

    Args:
        given: Anything that `resolver.model_answers.read_answer` reads.
        catalog: All that there is.
        answer: The resolver's own answer to the query.
        bindings: What the resolver would bind for a tool, by platform and name.
        allowed: What may be called, where that is less than the catalog.
        ground: What a value may be taken from, by which ``ungrounded`` is told.
        barred: Platforms whose policy excludes the user; calls of them are left out.
        drop_ungrounded: Leave out ungrounded values of optional parameters, and of required ones where the resolver has
            another; that one, which it calls itself or is sure of, takes their place.
        stand_in: Let the resolver's own answer stand in where no call of the model's can be used; else there is none.
            It stands in, too, where all of them lack something required, and it lacks nothing.
    """
    may = catalog if allowed is None else allowed
    sent = {openai_name(tool.platform, tool.name): tool for tool in may.tools}
    names = NameDesk(may, catalog, answer, answer.query.casefold(), sent)
    desk = _Desk(names, bindings, ground, barred, drop_ungrounded)
    calls: list[CheckedCall] = []
    repairs: list[Repair] = []
    problems: list[str] = []
    found = read_answer(given)
    meant = [_meant(parsed, desk) for parsed in found]
    for parsed, name in zip(found, meant, strict=True):
        mended: list[Repair] = []
        where = f"{parsed.platform}.{parsed.tool}"
        try:
            call = _checked(parsed, desk, mended, alone=meant.count(name) == 1)
            if call in calls:
                raise UnusableError("the same call is given twice")  # noqa: TRY301 - as one that cannot be mended
        except UnusableError as error:
            problems.append(str(error))
            repairs.append(Repair(kind="call_dropped", where=where, before=parsed.arguments, reason=str(error)))
            continue
        calls.append(call)
        repairs += mended
    own = () if isinstance(answer, Abstention) or not stand_in else answer.calls
    theirs = tuple(_own(call, tool, ground) for call in own if (tool := may.tool(call.platform, call.tool)) is not None)
    whole = bool(own) and len(theirs) == len(own) and not any(_lacking(call, may) for call in theirs)
    if whole and (lacking := [_lacking(call, may) for call in calls]) and all(lacking):
        problems += [f"{call.tool!r} lacks {', '.join(names)}" for call, names in zip(calls, lacking, strict=True)]
        calls = []
    if calls and is_cut(given):
        repairs.append(Repair(kind="cut_off", where="", reason="the answer breaks off: more may have been meant"))
    if calls or (not found and declines(given)):
        source: Literal["model", "repaired"] = "repaired" if repairs else "model"
        kept = tuple(calls)
        return Checked(
            user=answer.user, query=answer.query, source=source, calls=kept, repairs=tuple(repairs), answer=answer
        )
    problem = "; ".join(dict.fromkeys(problems)) or "no call could be read in the answer"
    if len(theirs) < len(own):
        problem += "; what the resolver would call is not among what is allowed"
    return Checked(
        user=answer.user,
        query=answer.query,
        source="resolver" if stand_in else "model",
        calls=theirs,
        problem=problem,
        answer=answer,
    )


def _lacking(call: CheckedCall, catalog: Catalog) -> tuple[str, ...]:
    """The required parameters of a call without a value, and without a default that would do."""
    tool = catalog.tool(call.platform, call.tool)
    needed = tool.parameters if tool is not None else ()
    return tuple(p.name for p in needed if p.required and p.default is None and p.name not in call.arguments)


def _own(call: Call, tool: Tool, ground: Ground | None) -> CheckedCall:
    """A call of the resolver's."""
    given = [parameter for parameter in tool.parameters if parameter.name in call.arguments]
    return CheckedCall(
        platform=call.platform,
        tool=call.tool,
        arguments=call.arguments,
        missing=call.missing,
        origins=_origins(call.arguments, given, ground),
    )


def _meant(parsed: ParsedCall, desk: _Desk) -> str:
    """The name of the tool that a call means in whatever spelling; its own where it means none."""
    try:
        return tool_of(_with_platform(parsed, desk), desk.names, []).name
    except UnusableError:
        return parsed.tool or ""


def _checked(parsed: ParsedCall, desk: _Desk, repairs: list[Repair], *, alone: bool) -> CheckedCall:
    parsed = _with_platform(parsed, desk)
    tool = tool_of(parsed, desk.names, repairs)
    answer = desk.names.answer
    if isinstance(answer, Abstention) and answer.reason == "policy" and _chosen(answer) in (tool.platform, None):
        raise UnusableError(answer.message)
    if tool.platform in desk.barred:
        raise UnusableError(f"a policy of {tool.platform!r} excludes the user from this request")
    if parsed.unread:
        raise UnusableError(f"the arguments of {tool.name!r} cannot be read")
    bindings = desk.bindings(tool.platform, tool.name)
    own = _own_calls(tool, answer)
    values = [(binding.name, binding.value) for call in own for binding in call.bindings]
    values += [(binding.name, binding.value) for binding in bindings]
    arguments = mend_arguments(parsed, tool, Known(values, desk.names.said), repairs)
    doubted = []
    if not any(call.arguments == arguments for call in own):
        if desk.ground is not None:
            doubted = ungrounded(arguments, tool, bindings, desk.ground)
        if desk.dropping:
            others = stand_ins(own, bindings, of_query=alone)
            replace_dropped(arguments, tool, others, repairs)
            doubted = drop_ungrounded(arguments, doubted, tool, others, repairs)
        add_missing(arguments, tool, bindings, repairs, of_query=alone)
    given = [parameter for parameter in tool.parameters if parameter.name in arguments]
    return CheckedCall(
        platform=tool.platform,
        tool=tool.name,
        arguments={parameter.name: arguments[parameter.name] for parameter in given},
        missing=tuple(p.name for p in tool.parameters if p.required and p.name not in arguments),
        ungrounded=tuple(parameter.name for parameter in doubted),
        origins=_origins(arguments, given, desk.ground),
    )


def _origins(
    arguments: Mapping[str, JsonValue], given: Sequence[Parameter], ground: Ground | None
) -> dict[str, Origin]:
    if ground is None:
        return {}
    return {parameter.name: ground.origin(arguments[parameter.name], parameter) for parameter in given}


def _with_platform(parsed: ParsedCall, desk: _Desk) -> ParsedCall:
    """A call whose platform is among its arguments, where no tool of this name takes such a one."""
    name = parsed.arguments.get("platform")
    if parsed.platform is not None or not isinstance(name, str):
        return parsed
    if any(tool.parameter("platform") for tool in desk.names.known.tools if tool.name == parsed.tool):
        return parsed
    rest = {own: value for own, value in parsed.arguments.items() if own != "platform"}
    return replace(parsed, platform=name, arguments=rest)


def _own_calls(tool: Tool, answer: Resolution | Abstention) -> list[Call]:
    """The calls of a tool that the resolver itself makes."""
    calls = () if isinstance(answer, Abstention) else answer.calls
    return [call for call in calls if (call.platform, call.tool) == (tool.platform, tool.name)]


def _chosen(answer: Resolution | Abstention) -> str | None:
    return answer.choice.platform if answer.choice is not None else None
