"""What the resolver answers: Evidence, Choice, Binding, Resolution, Abstention."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, JsonValue

from resolver.profile import UserId, Value

__all__ = ["Abstention", "Binding", "BindingSource", "Call", "Candidate", "Choice", "Evidence", "Resolution"]

BindingSource = Literal["query", "history", "profile", "default"]


class Evidence(Value):
    """A Fact or Event retrieved for a query.

    ``score`` is the fused score (higher is better); ``scores`` and ``ranks`` (from 1) are those of each retriever that
    found it. ``probability`` is that a statement matters to the query, where statements were judged.
    """

    id: str
    kind: Literal["fact", "event"]
    text: str
    score: float
    scores: dict[str, float] = Field(default_factory=dict)
    ranks: dict[str, int] = Field(default_factory=dict)
    probability: float | None = Field(default=None, ge=0.0, le=1.0)


class Candidate(Value):
    """One platform and tool with its probability and what each feature contributed to its score."""

    platform: str
    tool: str
    probability: float = Field(ge=0.0, le=1.0)
    contributions: dict[str, float] = Field(default_factory=dict)


class Choice(Value):
    """The chosen platform and tool, the runners-up (best first), and the ids of the evidence for and against.

    ``matched`` is false where no tool of the catalog shows any sign of doing what the query asks for; ``match`` is the
    probability that the chosen one does, where the resolver was told to require one or the query holds several
    requests. ``worded`` is the tool that the query's own words fit clearly better, where what is known of the user
    outweighs them.
    """

    platform: str
    tool: str
    probability: float = Field(ge=0.0, le=1.0)
    platform_probability: float = Field(ge=0.0, le=1.0)
    matched: bool = True
    match: float | None = Field(default=None, ge=0.0, le=1.0)
    contributions: dict[str, float] = Field(default_factory=dict)
    runners_up: tuple[Candidate, ...] = ()
    worded: Candidate | None = None
    evidence_for: tuple[str, ...] = ()
    evidence_against: tuple[str, ...] = ()


class Binding(Value):
    """One argument: its value, where it came from, the ids of its evidence, how sure it is, and what lost.

    ``source`` follows the precedence query over history over profile over default.
    """

    name: str
    value: JsonValue
    source: BindingSource
    confidence: float = Field(ge=0.0, le=1.0)
    reason: str = ""
    evidence: tuple[str, ...] = ()
    alternatives: tuple[tuple[JsonValue, BindingSource], ...] = ()


class Call(Value):
    """One call: platform, tool and arguments, and why it is there.

    ``probability`` is that the call is wanted, arguments aside; ``evidence`` are the ids of what says so. ``missing``
    names required parameters without a value.
    """

    platform: str
    tool: str
    probability: float = Field(ge=0.0, le=1.0)
    bindings: tuple[Binding, ...] = ()
    missing: tuple[str, ...] = ()
    reason: str = ""
    evidence: tuple[str, ...] = ()

    @property
    def arguments(self) -> dict[str, JsonValue]:
        """The arguments by name, in the order of the tool's parameters."""
        return {binding.name: binding.value for binding in self.bindings}

    @property
    def confidence(self) -> float:
        """Probability that the call is wanted, times that of its least sure binding."""
        return self.probability * min((binding.confidence for binding in self.bindings), default=1.0)


class _Answer(Value):
    user: UserId
    query: str
    evidence: tuple[Evidence, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """This answer as plain JSON values, with a field ``kind`` of ``resolution`` or ``abstention``."""
        return {"kind": type(self).__name__.lower(), **self.model_dump(mode="json")}


class Resolution(_Answer):
    """Calls that can be made: a Choice with its Bindings, further calls, and the Evidence they rest on.

    ``missing`` names required parameters of the first call without a value; with any of them it is not complete.
    ``further`` are the calls of what the query asks beside the first, or else those that the user's instructions want
    as well: with another value, or on another platform.
    """

    choice: Choice
    bindings: tuple[Binding, ...] = ()
    missing: tuple[str, ...] = ()
    further: tuple[Call, ...] = ()

    @property
    def calls(self) -> tuple[Call, ...]:
        """All calls, that of the choice first."""
        first = Call(
            platform=self.choice.platform,
            tool=self.choice.tool,
            probability=self.choice.probability,
            bindings=self.bindings,
            missing=self.missing,
            reason="the likeliest tool",
            evidence=self.choice.evidence_for,
        )
        return (first, *self.further)

    @property
    def arguments(self) -> dict[str, JsonValue]:
        """The arguments of the first call by name, in the order of the tool's parameters."""
        return self.calls[0].arguments

    @property
    def confidence(self) -> float:
        """That of the least sure call: its probability, times that of its least sure binding."""
        return min(call.confidence for call in self.calls)

    def to_ptbench(self) -> str:
        """The calls in PTBench's form, those of the chosen platform first; see `resolver.formats.render_answer`."""
        from resolver.formats import render_answer  # noqa: PLC0415  (only needed here)

        return render_answer((call.platform, call.tool, call.arguments) for call in self.calls)


AbstentionReason = Literal["empty_catalog", "no_match", "policy", "unsure", "missing_arguments"]


class Abstention(_Answer):
    """No call, with the reason, what is missing, and the choice that would have been made, where there was one."""

    reason: AbstentionReason
    message: str
    missing: tuple[str, ...] = ()
    choice: Choice | None = None

    def to_ptbench(self) -> str:
        """The empty string: PTBench has no form for an abstention and counts it as a format error."""
        return ""
