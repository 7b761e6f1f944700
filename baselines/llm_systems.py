"""The systems that ask a language model, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from baselines.llm import LLMSystem, Setup

if TYPE_CHECKING:
    from collections.abc import Mapping

    from baselines.chat import ChatModel
    from baselines.workbench import Workbench

__all__ = ["SETUPS", "create_llm"]

_SHARE = 0.15
_SURE = 0.9
_ALONE = 0.6

SETUPS: Mapping[str, Setup] = {
    # PTBench's own set-up
    "llm_full": Setup(shown="full"),
    "llm_full_schema": Setup(shown="full", form="json", constrained=True),
    # without the resolver, in the pre-step's wording and in JSON, which small models write better
    "llm_none": Setup(shown="none", form="json"),
    "llm_plain": Setup(shown="plain", form="json"),
    "llm_plain_schema": Setup(shown="plain", form="json", constrained=True),
    "llm_topk": Setup(shown="topk", form="json"),
    "llm_summary": Setup(shown="summary", form="json"),
    # the pre-step in each mode
    "llm_evidence": Setup(shown="evidence", form="json"),
    "llm_shortlist": Setup(shown="shortlist", form="json"),
    "llm_hints": Setup(shown="hints", form="json"),
    "llm_combined": Setup(shown="combined", form="json", share=_SHARE),
    "llm_full_hints": Setup(shown="full_hints", form="json"),
    # constrained, mended, decided
    "llm_combined_schema": Setup(shown="combined", form="json", constrained=True, share=_SHARE),
    "llm_full_checked": Setup(shown="full", checked=True),
    "llm_checked": Setup(shown="plain", form="json", constrained=True, checked=True),
    "llm_pipeline": Setup(shown="combined", form="json", constrained=True, fix_above=_SURE, checked=True, share=_SHARE),
    "llm_fill": Setup(shown="fill", form="json", constrained=True, fix_above=0.0, checked=True),
    "llm_cascade": Setup(
        shown="combined", form="json", constrained=True, fix_above=_SURE, checked=True, share=_SHARE, alone_above=_ALONE
    ),
}
"""What each system is; see `baselines.llm.Setup`."""


def create_llm(name: str, workbench: Workbench, model: ChatModel) -> LLMSystem:
    """A system of `SETUPS`; its name ends in the model's, so that no run goes on with another."""
    return LLMSystem(workbench, model, name=f"{name}@{model.configuration.get('model')}", setup=SETUPS[name])
