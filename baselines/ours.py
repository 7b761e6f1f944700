"""Our resolver, behind the same protocol as everyone else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from baselines.case import Call, Prediction
from resolver.engine import Resolver
from resolver.resolution import Abstention

if TYPE_CHECKING:
    from baselines.case import Case
    from baselines.workbench import Workbench
    from resolver.models import Models
    from resolver.resolution import Resolution

__all__ = ["ResolverSystem", "prediction_of"]


class ResolverSystem:
    """`resolver.Resolver` with its defaults.

    Args:
        workbench: Shared caches.
        models: The learned parts; the shipped ones where none are given.
    """

    name = "resolver"

    def __init__(self, workbench: Workbench, models: Models | None = None) -> None:
        self._workbench = workbench
        self._models = models
        self._resolver: Resolver | None = None

    def predict(self, case: Case) -> Prediction:
        """Answer one case."""
        cards = self._workbench.cards(case)
        if self._resolver is None or self._resolver.cards is not cards:
            self._resolver = Resolver(cards, embedder=self._workbench.embedder, models=self._models)
        return prediction_of(case, self._resolver.resolve_for(self._workbench.records(case), case.query))


def prediction_of(case: Case, answer: Resolution | Abstention) -> Prediction:
    """The resolver's answer to a case as a Prediction."""
    evidence = tuple(item.id for item in answer.evidence)
    if isinstance(answer, Abstention):
        return Prediction(case_id=case.id, abstained=answer.message, abstained_for=answer.reason, evidence=evidence)
    here = answer.choice.platform
    return Prediction(
        case_id=case.id,
        text=answer.to_ptbench(),
        platform=here,
        calls=tuple(
            Call(function=call.tool, arguments=call.arguments) for call in answer.calls if call.platform == here
        ),
        further=tuple(
            Call(function=call.tool, arguments=call.arguments, platform=call.platform)
            for call in answer.further
            if call.platform != here
        ),
        confidence=answer.choice.probability,
        platform_confidence=answer.choice.platform_probability,
        answer_confidence=answer.confidence,
        evidence=evidence,
    )
