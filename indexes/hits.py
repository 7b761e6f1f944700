"""What a search returns.

Named tuples, not dataclasses: a search makes up to a hundred of them, and a tuple is made in a third of the time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["FusedHit", "Hit"]


class Hit(NamedTuple):
    """One id that a single retriever found; a higher score is better, its unit is the retriever's own."""

    id: str
    score: float


class FusedHit(NamedTuple):
    """One id with its fused score and what each retriever said of it.

    Attributes:
        id: The id.
        score: The fused score; in a single-retriever mode that retriever's own score.
        ranks: Rank by retriever, from 1. A retriever that did not return the id is absent.
        scores: Raw score by retriever, with the same keys.
    """

    id: str
    score: float
    ranks: Mapping[str, int]
    scores: Mapping[str, float]
