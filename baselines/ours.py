"""Our resolver, behind the same protocol as everyone else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from baselines.case import Call, Prediction
from baselines.workbench import WorkbenchSystem
from resolver.formats import render_answer
from resolver.resolution import Abstention

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic import JsonValue

    from baselines.case import Case
    from resolver.resolution import Resolution

__all__ = ["ResolverSystem", "calling", "prediction_of"]


class ResolverSystem(WorkbenchSystem):
    """`resolver.Resolver` with its defaults, and the weights of the workbench."""

    name = "resolver"

    def predict(self, case: Case) -> Prediction:
        """Answer one case."""
        answer = self._workbench.resolver(case).resolve_for(self._workbench.records(case), case.query)
        return prediction_of(case, answer)


def prediction_of(case: Case, answer: Resolution | Abstention) -> Prediction:
    """The resolver's answer to a case as a Prediction."""
    evidence = tuple(item.id for item in answer.evidence)
    if isinstance(answer, Abstention):
        return Prediction(case_id=case.id, abstained=answer.message, abstained_for=answer.reason, evidence=evidence)
    made = [binding for own in (answer.bindings, *(call.bindings for call in answer.further)) for binding in own]
    rests_on = [
        *answer.choice.evidence_for,
        *(own for binding in made for own in binding.evidence),
        *(own for call in answer.further for own in call.evidence),
    ]
    return calling(
        case,
        [(call.platform, call.tool, call.arguments) for call in answer.calls],
        confidence=answer.choice.probability,
        platform_confidence=answer.choice.platform_probability,
        answer_confidence=answer.confidence,
        evidence=evidence,
        cited=tuple(dict.fromkeys(rests_on)),
    )


def calling(case: Case, calls: Sequence[tuple[str, str, dict[str, JsonValue]]], **more: Any) -> Prediction:  # noqa: ANN401
    """A Prediction of calls, each with platform, tool and arguments; ``more`` are its other fields."""
    here = calls[0][0]
    return Prediction(
        case_id=case.id,
        text=render_answer(calls),
        platform=here,
        calls=tuple(Call(function=tool, arguments=arguments) for own, tool, arguments in calls if own == here),
        further=tuple(
            Call(function=tool, arguments=arguments, platform=own) for own, tool, arguments in calls if own != here
        ),
        **more,
    )
