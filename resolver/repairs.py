"""What the post-step notes of each mend of a model's answer."""

from __future__ import annotations

from typing import Literal

from pydantic import JsonValue  # noqa: TC002 - a field's type

from resolver.profile import Value

__all__ = ["Repair", "RepairKind", "UnusableError"]

RepairKind = Literal[
    "platform", "function", "argument_name", "value", "argument_added", "argument_dropped", "call_dropped", "cut_off"
]


class Repair(Value):
    """One mend of an answer: of what, before and after, and why."""

    kind: RepairKind
    where: str
    before: JsonValue = None
    after: JsonValue = None
    reason: str


class UnusableError(Exception):
    """A call that has no one safe mend."""
