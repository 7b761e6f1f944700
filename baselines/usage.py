"""What calls of a language model took."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["Usage"]


class Usage(BaseModel):
    """What model calls took. Sums with ``+``; ``cost`` is in the unit of the prices, None where those are unknown.

    Attributes:
        calls: How many completions.
        prompt_tokens: Tokens sent, as the server counted them.
        completion_tokens: Tokens that came back.
        seconds: From request to answer, waiting between tries included; of a cached completion, when it was made.
        cost: Of all of them.
        cached: How many of the calls came from the cache.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    calls: int = Field(default=0, ge=0)
    prompt_tokens: int = Field(default=0, ge=0)
    completion_tokens: int = Field(default=0, ge=0)
    seconds: float = Field(default=0.0, ge=0.0)
    cost: float | None = None
    cached: int = Field(default=0, ge=0)

    def __add__(self, other: Usage) -> Usage:
        """Both together."""
        known = [cost for cost in (self.cost, other.cost) if cost is not None]
        return Usage(
            calls=self.calls + other.calls,
            prompt_tokens=self.prompt_tokens + other.prompt_tokens,
            completion_tokens=self.completion_tokens + other.completion_tokens,
            seconds=self.seconds + other.seconds,
            cost=sum(known) if known else None,
            cached=self.cached + other.cached,
        )
