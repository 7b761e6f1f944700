"""What a system is handed and what it answers: Case and Prediction.

A Case has no field for a gold answer, so none can leak. A Prediction is either calls on one platform, or an abstention,
or, for a language model, a raw text that the scorers read as it is.
"""

from __future__ import annotations

from typing import Any, Literal, NewType, Protocol, runtime_checkable

from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator

from baselines.usage import Usage  # noqa: TC001 - a field's type

__all__ = ["Call", "Case", "CaseId", "Prediction", "System"]

CaseId = NewType("CaseId", str)


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Case(_Value):
    """One benchmark record without its gold.

    ``user_profile``, ``platforms`` and ``tools`` are the record's own JSON, in whatever shape it came.
    """

    id: CaseId
    query: str
    user_profile: JsonValue
    platforms: JsonValue
    tools: JsonValue


class Call(_Value):
    """One function with its arguments by name; of ``further`` calls of a Prediction, with its platform."""

    function: str
    arguments: dict[str, Any] = Field(default_factory=dict)
    platform: str | None = None


class Prediction(_Value):
    """A system's answer to one case.

    ``text`` is the answer in PTBench's form (``platform:[function(parameter = value, ...)]``), the only thing the
    official scorer reads. ``platform`` and ``calls`` hold the same answer as values; a system that only writes text
    leaves them out. ``further`` are calls on other platforms. ``abstained`` is the reason for not calling anything, in
    words, and ``abstained_for`` in one word, such as ``policy``; ``confidence`` is the probability the system gives to
    its platform and function, ``platform_confidence`` that of the platform alone,
    ``answer_confidence`` that of the whole answer with its arguments, ``evidence`` the ids of the records that were
    found, best first, and ``cited`` of those that the answer rests on. ``usage`` is what calls of a language model
    took, and ``answered_by`` whose answer it is in the end: the model's, the model's mended by the post-step, or the
    resolver's.
    """

    case_id: CaseId
    text: str = ""
    platform: str | None = None
    calls: tuple[Call, ...] | None = None
    further: tuple[Call, ...] = ()
    abstained: str | None = None
    abstained_for: str | None = None
    confidence: float | None = Field(default=None, ge=0.0, le=1.0)
    platform_confidence: float | None = Field(default=None, ge=0.0, le=1.0)
    answer_confidence: float | None = Field(default=None, ge=0.0, le=1.0)
    evidence: tuple[str, ...] = ()
    cited: tuple[str, ...] = ()
    usage: Usage | None = None
    answered_by: Literal["model", "repaired", "resolver"] | None = None

    @property
    def all_calls(self) -> tuple[Call, ...]:
        """The calls on the platform, and the further ones."""
        return (*(self.calls or ()), *self.further)

    @model_validator(mode="after")
    def _one_outcome(self) -> Prediction:
        if self.abstained is not None and (self.calls or self.further or self.text):
            raise ValueError(f"case {self.case_id!r}: a prediction that abstains can have no calls and no text")
        return self


@runtime_checkable
class System(Protocol):
    """Anything that answers cases; an experiment cannot tell one from another."""

    name: str

    def predict(self, case: Case) -> Prediction:
        """Answer one case."""
        ...
