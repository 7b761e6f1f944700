"""What baselines that look at the log have at hand: which tools fit the query, and how the log speaks of platforms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from baselines.retrieval import CardSearch
    from baselines.workbench import Desk

__all__ = ["LIKED", "Standing", "fit_to_query", "log_standing"]

LIKED = 0.5
"""A rating above this is a liking; one at it or under it is none."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Standing:
    """What the log says of each platform of a catalog of ``p``.

    Attributes:
        liked: ``(p,)``, uses rated above the middle.
        disliked: ``(p,)``, uses rated at the middle or under it.
        used: ``(p,)``, all uses.
        last: ``(p,)``, the place of the last use in the log, from 1; 0 without one.
        last_kept: ``(p,)``, the same of the uses that were not rated low.
        mean_rating: ``(p,)`` in [0, 1], NaN where nothing is rated.
    """

    liked: NDArray[np.float64]
    disliked: NDArray[np.float64]
    used: NDArray[np.float64]
    last: NDArray[np.float64]
    last_kept: NDArray[np.float64]
    mean_rating: NDArray[np.float64]

    @property
    def rated_low(self) -> NDArray[np.bool_]:
        """``(p,)``, whose mean rating is at the middle or under it."""
        low: NDArray[np.bool_] = self.mean_rating <= LIKED
        return low


def log_standing(desk: Desk) -> Standing:
    """What the log says of each platform of a case."""
    linked, size = desk.linked, len(desk.cards.catalog.platforms)
    on_catalog = np.flatnonzero(linked.event_platform >= 0)
    platform, rating = linked.event_platform[on_catalog], linked.event_rating[on_catalog]
    rated, kept = ~np.isnan(rating), ~(rating <= LIKED)
    last, last_kept = np.zeros(size), np.zeros(size)
    last[platform] = on_catalog + 1.0  # events are in order, so the last assignment stays
    last_kept[platform[kept]] = on_catalog[kept] + 1.0
    many = np.bincount(platform[rated], minlength=size).astype(np.float64)
    total = np.bincount(platform[rated], rating[rated], minlength=size)
    return Standing(
        liked=np.bincount(platform[rating > LIKED], minlength=size).astype(np.float64),
        disliked=np.bincount(platform[~kept], minlength=size).astype(np.float64),
        used=np.bincount(platform, minlength=size).astype(np.float64),
        last=last,
        last_kept=last_kept,
        mean_rating=np.where(many > 0.0, total / np.maximum(many, 1.0), np.nan),
    )


def fit_to_query(desk: Desk, search: CardSearch) -> NDArray[np.float64]:
    """How each tool fits the query, ``(t,)`` in [0, 1]: the mean of four retrieval scores, each over its best.

    They are BM25 and cosine of the query with the tool's own card and with the platform's and the tool's texts
    together. Of the single scores and of pairs none was as strong a gate on the public sets.
    """
    scores = (
        desk.cards.tool_lexical(desk.asked.tokens),
        (desk.cards.tool_vectors @ desk.asked.vector).astype(np.float64),
        search.scores(desk, "lexical"),
        search.scores(desk, "dense"),
    )
    fit: NDArray[np.float64] = np.mean([_over_best(own) for own in scores], axis=0)
    return fit


def _over_best(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    best = float(scores.max(initial=0.0))
    return np.clip(scores, 0.0, None) / best if best > 0.0 else np.zeros(len(scores))
