"""Every system that answers a case: trivial, retrieval, asking a language model, and our resolver.

A system is handed a `Case`, which has no field for a gold answer, and answers with a `Prediction`.
"""

from __future__ import annotations

from baselines.case import Call, Case, CaseId, Prediction, System
from baselines.chat import ChatModel, Completion, ScriptedModel
from baselines.completion_cache import CompletionCache
from baselines.openai_chat import OpenAIChat
from baselines.registry import create, llm_names, names
from baselines.usage import Usage

__all__ = [
    "Call",
    "Case",
    "CaseId",
    "ChatModel",
    "Completion",
    "CompletionCache",
    "OpenAIChat",
    "Prediction",
    "ScriptedModel",
    "System",
    "Usage",
    "create",
    "llm_names",
    "names",
]
