"""What calls of a language model took."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from openai.types import CompletionUsage

__all__ = ["Usage", "counted_usage"]

_MILLION = 1_000_000


class Usage(BaseModel):
    """What model calls took. Sums with ``+``; ``cost`` is in the unit of the prices, None where those are unknown.

    Attributes:
        calls: How many completions, with those that were no answer, were counted by the server, and asked for again.
        prompt_tokens: Tokens sent, as the server counted them.
        reused_tokens: Those of them that the server still had from earlier requests, and so did not read again.
        completion_tokens: Tokens that came back.
        seconds: From request to answer, waiting between tries included; of a cached completion, when it was made.
        cost: Of all of them.
        cached: How many of the calls came from the cache.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    calls: int = Field(default=0, ge=0)
    prompt_tokens: int = Field(default=0, ge=0)
    reused_tokens: int = Field(default=0, ge=0)
    completion_tokens: int = Field(default=0, ge=0)
    seconds: float = Field(default=0.0, ge=0.0)
    cost: float | None = None
    cached: int = Field(default=0, ge=0)

    def __add__(self, other: Usage) -> Usage:
        """Both together; of an unknown cost and a known one the sum is unknown."""
        costs = [own.cost for own in (self, other) if own.calls or own.cost is not None]
        known = [cost for cost in costs if cost is not None]
        return Usage(
            calls=self.calls + other.calls,
            prompt_tokens=self.prompt_tokens + other.prompt_tokens,
            reused_tokens=self.reused_tokens + other.reused_tokens,
            completion_tokens=self.completion_tokens + other.completion_tokens,
            seconds=self.seconds + other.seconds,
            cost=sum(known) if known and len(known) == len(costs) else None,
            cached=self.cached + other.cached,
        )

    def priced(self, prices: tuple[float, float] | None) -> Usage:
        """The same at other prices, per million tokens of prompt and of completion."""
        cost = None
        if prices is not None:
            cost = (self.prompt_tokens * prices[0] + self.completion_tokens * prices[1]) / _MILLION
        return self.model_copy(update={"cost": cost})

    def tokens_in_words(self) -> str:
        """Its tokens for a message; empty where there are none.

        >>> Usage(calls=1, prompt_tokens=30, completion_tokens=6).tokens_in_words()
        '30 prompt and 6 completion tokens'
        """
        if not (self.prompt_tokens or self.completion_tokens):
            return ""
        return f"{self.prompt_tokens} prompt and {self.completion_tokens} completion tokens"


def counted_usage(counts: CompletionUsage | None, prices: tuple[float, float] | None) -> Usage:
    """What a server counted for one completion; an empty usage, without a call, where it did not count.

    Args:
        counts: The server's, which some servers send with null for numbers.
        prices: Per million tokens of prompt and of completion.
    """
    sent = (counts.prompt_tokens if counts else 0) or 0
    received = (counts.completion_tokens if counts else 0) or 0
    if not (sent or received):
        return Usage()
    details = counts.prompt_tokens_details if counts else None
    reused = (details.cached_tokens if details else 0) or 0
    return Usage(calls=1, prompt_tokens=sent, reused_tokens=reused, completion_tokens=received).priced(prices)
