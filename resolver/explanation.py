"""A resolution as text for a person: evidence, candidates, bindings and their reasons."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from resolver.resolution import Abstention

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from resolver.resolution import Binding, Call, Choice, Evidence, Resolution

__all__ = ["explain"]

_WIDTH = 100
_MOST_CANDIDATES = 5
_MOST_REASONS = 4


def explain(answer: Resolution | Abstention) -> str:
    """The whole way of a query, a section for each step."""
    lines = [f"query     {_cut(answer.query, _WIDTH)}", f"user      {answer.user}"]
    if isinstance(answer, Abstention):
        lines.append(f"answer    none ({answer.reason}): {answer.message}")
    else:
        lines.append(f"answer    {answer.to_ptbench()}")
        if answer.missing:
            lines.append(f"missing   {', '.join(answer.missing)}")
    if answer.choice is not None:
        lines += ["", *_choice(answer.choice)]
    if not isinstance(answer, Abstention) and answer.bindings:
        lines += ["", "arguments", *(line for binding in answer.bindings for line in _binding(binding))]
    if not isinstance(answer, Abstention):
        lines += [line for call in answer.further for line in _call(call)]
    if answer.evidence:
        lines += ["", "evidence", *(_evidence(item) for item in answer.evidence)]
    return "\n".join(lines)


def _choice(choice: Choice) -> Iterator[str]:
    yield "candidates"
    rows = [(choice.platform, choice.tool, choice.probability, choice.contributions)]
    rows += [(item.platform, item.tool, item.probability, item.contributions) for item in choice.runners_up]
    for platform, tool, probability, contributions in rows[:_MOST_CANDIDATES]:
        yield f"  {probability:6.1%}  {platform} / {tool}  ({_reasons(contributions)})"
    if choice.evidence_for:
        yield f"  for {choice.platform}: {', '.join(choice.evidence_for)}"
    if choice.evidence_against:
        yield f"  against {choice.platform}: {', '.join(choice.evidence_against)}"


def _reasons(contributions: Mapping[str, float]) -> str:
    strongest = sorted(contributions.items(), key=lambda pair: -abs(pair[1]))[:_MOST_REASONS]
    return ", ".join(f"{name} {value:+.2f}" for name, value in strongest) or "nothing tells it from the others"


def _binding(binding: Binding) -> Iterator[str]:
    cited = f" [{', '.join(binding.evidence)}]" if binding.evidence else ""
    value = _cut(json.dumps(binding.value, ensure_ascii=False), _WIDTH // 2)
    yield f"  {binding.name} = {value}  from {binding.source}, {binding.confidence:.0%}: {binding.reason}{cited}"
    for other, source in binding.alternatives:
        yield f"      not {_cut(json.dumps(other, ensure_ascii=False), _WIDTH // 2)} from {source}"


def _call(call: Call) -> Iterator[str]:
    cited = f" [{', '.join(call.evidence)}]" if call.evidence else ""
    yield ""
    yield f"also  {call.platform} / {call.tool}, {call.probability:.0%}: {call.reason}{cited}"
    for binding in call.bindings:
        yield from _binding(binding)
    if call.missing:
        yield f"  missing {', '.join(call.missing)}"


def _evidence(item: Evidence) -> str:
    found = ", ".join(f"{name} #{rank}" for name, rank in sorted(item.ranks.items())) or "cited"
    matters = "" if item.probability is None else f"; matters with {item.probability:.0%}"
    return f"  {item.score:5.2f}  {item.kind:5}  {item.id}: {_cut(item.text, _WIDTH)}  ({found}{matters})"


def _cut(text: str, width: int) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= width else f"{flat[: width - 1]}…"
