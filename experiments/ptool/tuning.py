"""Records as conversations for fine-tuning a language model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, get_args

from baselines.case import Case, CaseId
from baselines.llm_prompts import full_prompt
from resolver.formats import render_answer

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["FORMS", "TuningForm", "example"]

TuningForm = Literal["openai", "sharegpt"]
FORMS: tuple[TuningForm, ...] = get_args(TuningForm)
"""``openai``: ``{"messages": [{"role", "content"}]}``; ``sharegpt``: ``{"conversations": [{"from", "value"}]}``."""

_SPEAKERS = {"system": "system", "user": "human", "assistant": "gpt"}


def example(record: Mapping[str, Any], form: TuningForm) -> dict[str, Any]:
    """A record with everything in the prompt, as `baselines` asks PTBench's own set-up, and its gold as the answer."""
    case = Case(
        id=CaseId(record["id"]),
        query=record["query"],
        user_profile=record["user_profile"],
        platforms=record["platforms"],
        tools=record["tools"],
    )
    platform, calls = record["answer"]
    gold = [
        (platform, function, {name: values[0] for name, values in parameters.items()})
        for call in calls
        for function, parameters in call.items()
    ]
    messages = [
        *full_prompt(case, "ptbench", profile=case.user_profile),
        {"role": "assistant", "content": render_answer(gold)},
    ]
    if form == "openai":
        return {"messages": [dict(message) for message in messages]}
    return {"conversations": [{"from": _SPEAKERS[own["role"]], "value": own["content"]} for own in messages]}
