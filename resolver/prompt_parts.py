"""What a pre-step tells a model: profile or evidence, tools, hints, the form of the answer; each a list of lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from resolver.blocks import quoted
from resolver.catalog import Catalog
from resolver.openai_forms import openai_name
from resolver.resolution import Abstention

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pydantic import JsonValue

    from resolver.catalog import Parameter, Tool
    from resolver.profile import Event
    from resolver.resolution import Binding, Choice, Resolution

__all__ = [
    "AnswerForm",
    "answer_json",
    "catalog_lines",
    "event_line",
    "form_text",
    "hint_lines",
    "narrowed",
    "parameter_line",
    "shortlist",
]

AnswerForm = Literal["json", "ptbench", "tools", "named"]
"""JSON with platform and function; PTBench's line; calls of tools that the request to the model brings with it; or JSON
with the names of `resolver.openai_forms.openai_tools`, which is what a strict ``response_format`` wants."""

_ENOUGH = 0.97  # of the probability: what is left out then is hardly ever right
_LONGEST_REASON = 60
_MOST_OTHERS = 4
_LEAST_LIKELY = 0.01

_FORMS: dict[AnswerForm, str] = {
    "json": (
        'Answer with JSON only: {"calls": [{"platform": "...", "function": "...", "arguments": {"name": value}}]}'
    ),
    "ptbench": (  # an example with names of its own is copied by small models
        "Your whole answer is one line: the platform's name in quotation marks, then :[ then the function's name, then "
        "its arguments in brackets, as (name = 'text', other = 2), then ]"
    ),
    "tools": "Answer by calling the functions that you are given as tools.",
    "named": (
        'Answer with JSON only: {"calls": [{"name": "...", "arguments": {"name": value}}]}, with names of the tools'
    ),
}


def form_text(form: AnswerForm) -> str:
    """What a model is told of the form of its answer."""
    return _FORMS[form]


def event_line(event: Event) -> str:
    """An Event with its call as a line of a block."""
    shown = {
        "asked": event.text,
        "platform": event.platform,
        "function": event.tool,
        "arguments": event.arguments or None,
        "rating": event.rating,
        "time": event.time,
    }
    return quoted({name: value for name, value in shown.items() if value is not None})


def shortlist(answer: Resolution | Abstention, *, enough: float = _ENOUGH) -> list[tuple[str, str]]:
    """The likeliest platforms and tools that together have most of the probability, best first.

    Those that are called further come behind the first; the one that the query's own words fit best is among them, too.
    """
    if answer.choice is None:
        return []
    ranked = [(answer.choice.platform, answer.choice.tool, answer.choice.probability)]
    ranked += [(other.platform, other.tool, other.probability) for other in answer.choice.runners_up]
    kept: list[tuple[str, str]] = []
    total = 0.0
    for platform, tool, probability in ranked:
        if kept and total >= enough:
            break
        kept.append((platform, tool))
        total += probability
    if not isinstance(answer, Abstention):
        kept[1:1] = [(call.platform, call.tool) for call in answer.further]
    if answer.choice.worded is not None:
        kept.append((answer.choice.worded.platform, answer.choice.worded.tool))
    return list(dict.fromkeys(kept))


def narrowed(catalog: Catalog, names: Sequence[tuple[str, str]]) -> Catalog:
    """A catalog with some of the tools, by platform and name, in this order, and their platforms."""
    tools = tuple(tool for platform, name in names if (tool := catalog.tool(platform, name)) is not None)
    platforms = dict.fromkeys(tool.platform for tool in tools)
    return Catalog(
        platforms=tuple(own for name in platforms if (own := catalog.platform(name)) is not None), tools=tools
    )


def catalog_lines(catalog: Catalog, *, chosen: bool = False, form: AnswerForm = "json") -> list[str]:
    """Platforms and tools with all that their schemas say; tools alike but for the platform are written once.

    A single platform, which is not chosen from others, is not described; nor is its policy told where it was ``chosen``
    from several, as those whose policy excludes the user are not. In the form ``tools`` functions are left out, since
    the request brings them; in the form ``named`` each has the name that it is called by.
    """
    several = catalog.platforms if len(catalog.platforms) > 1 else ()
    lines = [quoted({"platform": p.name, "about": p.description}) for p in several if p.description]
    policies: dict[str, list[JsonValue]] = {}
    for platform in several if chosen else catalog.platforms:
        for policy in platform.policy:
            policies.setdefault(policy, []).append(platform.name)
    lines += [quoted({"policy_of": own, "policy": policy}) for policy, own in policies.items()]
    if form == "tools":
        return lines
    alike: dict[str, tuple[Tool, list[JsonValue]]] = {}
    for tool in catalog.tools:
        alike.setdefault(tool.model_dump_json(exclude={"platform"}), (tool, []))[1].append(tool.platform)
    for tool, own in alike.values():
        parameters: dict[str, JsonValue] = {parameter.name: parameter_line(parameter) for parameter in tool.parameters}
        where: JsonValue = own[0] if len(own) == 1 else own
        shown: dict[str, JsonValue] = {
            "platform": where,
            "function": tool.name,
            "about": tool.description,
            "parameters": parameters,
        }
        if form == "named":
            names: list[JsonValue] = [openai_name(str(platform), tool.name) for platform in own]
            shown = {"name": names[0] if len(names) == 1 else names, **shown}
        lines.append(quoted({key: value for key, value in shown.items() if value not in ("", {})}))
    return lines


def parameter_line(parameter: Parameter) -> str:
    """A parameter's schema in a line, as a model is shown it."""
    type_ = "" if parameter.type == "any" else parameter.type
    parts = [" ".join(filter(None, ("" if parameter.required else "optional", type_))) or "required"]
    if parameter.format:
        parts.append(parameter.format)
    if parameter.enum and not all(str(value) in parameter.description for value in parameter.enum):
        listed = ", ".join(quoted(value) for value in parameter.enum)
        parts.append(f"{'one of' if parameter.closed else 'such as'} {listed}")
    if parameter.default is not None:
        parts.append(f"default {quoted(parameter.default)}")
    head = "; ".join(parts)
    return f"{head}. {parameter.description}" if parameter.description else head


def hint_lines(
    answer: Resolution | Abstention, form: AnswerForm, shown: Catalog, *, reasons: bool = True
) -> Iterator[str]:
    """The resolver's answer in the form asked for, its probability, why, and what else of the shown is likely."""
    if isinstance(answer, Abstention):
        yield quoted({"likely_answer": None, "because": answer.message})
    else:
        likely: JsonValue = answer.to_ptbench() if form == "ptbench" else answer_json(answer, form=form)
        yield quoted({"likely_answer": likely, "probability": round(min(c.probability for c in answer.calls), 2)})
        first = answer.choice.tool
        why: dict[str, JsonValue] = {
            b.name if call.tool == first else f"{call.tool}.{b.name}": _why(b)
            for call in answer.calls
            for b in call.bindings
        }
        if reasons and why:
            yield quoted({"why": why})
        missing: list[JsonValue] = list(dict.fromkeys(name for call in answer.calls for name in call.missing))
        if missing:
            yield quoted({"missing": missing})
    others = _others(answer.choice, shown) if answer.choice is not None else []
    if others:
        yield quoted({"less_likely": others})


def answer_json(answer: Resolution, *, form: AnswerForm = "json") -> dict[str, JsonValue]:
    """The calls in the JSON form of an answer, as `resolver.constraints.answer_schema` describes it, or by name."""
    if form == "json":
        calls: list[JsonValue] = [
            {"platform": call.platform, "function": call.tool, "arguments": dict(call.arguments)}
            for call in answer.calls
        ]
    else:
        calls = [
            {"name": openai_name(call.platform, call.tool), "arguments": dict(call.arguments)} for call in answer.calls
        ]
    return {"calls": calls}


def _why(binding: Binding) -> str:
    """Where a value comes from, how sure that is, and for what is not in the query the reason."""
    told = f"{binding.source} {binding.confidence:.2f}"
    return told if binding.source == "query" else f"{told}: {binding.reason[:_LONGEST_REASON]}"


def _others(choice: Choice, shown: Catalog) -> list[JsonValue]:
    return [
        {"platform": other.platform, "function": other.tool, "probability": round(other.probability, 2)}
        for other in choice.runners_up[:_MOST_OTHERS]
        if other.probability >= _LEAST_LIKELY and shown.tool(other.platform, other.tool) is not None
    ]
