"""What the user's other statements say about one: chains, company, and values that the query overrides."""

from __future__ import annotations

from collections import Counter
from math import log
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from resolver.clauses import ASKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from resolver.relevance_features import Compared

__all__ = ["SET_FEATURES", "Overlaps", "overlaps", "set_rows"]

_SHARPNESS = 6.0
_MOST_OPEN = 4
_MOST_CONFLICT = 5.0

SET_FEATURES = (
    "score",
    "probability",
    "apart_from_conflict",
    "conflict",
    "in_conflict",
    "below_best",
    "is_best",
    "expected",
    "met",
    "met_by_unlikely",
    "shares_with_likely",
    "shares_with_unlikely",
    "like_condition",
    "conditional_met",
    "conditional_met_by_unlikely",
    "conditional_shares",
    "conditional_shares_unlikely",
    "conditional_probability",
    "conditional_asked",
    "asked",
    "open_words",
    "met_if_likely",
    "met_by_unlikely_if_likely",
    "shares_if_likely",
    "shares_unlikely_if_likely",
    "conditional_known",
    "conditional_known_if_likely",
    "conditional_open_if_likely",
    "neighbours",
    "neighbours_apart",
    "neighbours_if_likely",
    "neighbours_apart_if_likely",
    "also_among",
    "shares_with_also",
    "met_by_conflicting",
    "met_by_conflicting_if_likely",
    "also",
    "also_probability",
)
"""Features of a statement given the scores of all statements."""


class Overlaps(NamedTuple):
    """How statements hang together, whatever their scores.

    Attributes:
        met: ``(n, n)``, share of i's open condition that is in what j asks for, weighed by rarity.
        shared: ``(n, n)``, share of i's words that are j's.
        like: ``(n, n)``, cosine of i's condition and what j asks for.
        near: ``(n, n)``, weights of i's neighbours by likeness, rows adding up to 1.
        asked: ``(n,)``, share of i's condition, or of all, that is in the query.
        open_words: ``(n,)``, how many of its words the query lacks.
    """

    met: NDArray[np.float64]
    shared: NDArray[np.float64]
    like: NDArray[np.float64]
    near: NDArray[np.float64]
    asked: NDArray[np.float64]
    open_words: NDArray[np.float64]


def overlaps(compared: Compared) -> Overlaps:
    """How the statements beside a query hang together."""
    readings = compared.readings
    count = len(readings)
    found_in = Counter(stem for reading in readings for stem in reading.stems)

    def weight(stems: Iterable[str]) -> float:
        return sum(log((count + 1) / max(found_in[stem], 1)) + 0.1 for stem in stems)

    met, shared = np.zeros((count, count)), np.zeros((count, count))
    asked, open_words = np.zeros(count), np.zeros(count)
    for i, reading in enumerate(readings):
        own = reading.condition_stems if reading.conditional else reading.outcome_stems
        left, every = own - compared.asked, reading.stems - ASKING
        open_words[i] = min(len(left), _MOST_OPEN)
        asked[i] = weight(own & compared.asked) / (weight(own) or 1.0)
        for j, other in enumerate(readings):
            if i != j:
                met[i, j] = weight(left & (other.stems - other.condition_stems)) / (weight(left) or 1.0)
                shared[i, j] = weight(every & other.stems) / (weight(every) or 1.0)
    like = (compared.conditions @ compared.outcomes.T).astype(np.float64)
    np.fill_diagonal(like, -1.0)
    return Overlaps(met, shared, like, _neighbours(compared.statements), asked, open_words)


def _neighbours(vectors: NDArray[np.float32]) -> NDArray[np.float64]:
    if len(vectors) < 2:  # noqa: PLR2004
        return np.zeros((len(vectors), len(vectors)))
    centred = vectors - vectors.mean(axis=0)
    centred = centred / (np.linalg.norm(centred, axis=1, keepdims=True) + 1e-9)
    near = np.exp(_SHARPNESS * (centred @ centred.T).astype(np.float64))
    np.fill_diagonal(near, 0.0)
    weights: NDArray[np.float64] = near / near.sum(axis=1, keepdims=True)
    return weights


def set_rows(
    compared: Compared,
    held: Overlaps,
    scores: NDArray[np.float64],
    apart: NDArray[np.float64],
    conflict: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Features of statements given scores.

    Args:
        compared: The query beside the statements.
        held: How the statements hang together.
        scores: ``(n,)``, log-odds of each.
        apart: ``(n,)``, log-odds were it not for the query's own values.
        conflict: ``(n,)``, minus the log-probability that the query has no value of its own for what it asks.

    Returns:
        ``(n, len(SET_FEATURES)) float64``.
    """
    likely, likely_apart = _sigmoid(scores), _sigmoid(apart)
    conditional = _flags(reading.conditional for reading in compared.readings)
    also = _flags(reading.also for reading in compared.readings)
    in_conflict = 1.0 - np.exp(-conflict)
    met, met_unlikely = (held.met * likely).max(axis=1), (held.met * (1.0 - likely)).max(axis=1)
    shares, shares_unlikely = (held.shared * likely).max(axis=1), (held.shared * (1.0 - likely)).max(axis=1)
    conflicting = (held.met * in_conflict * likely_apart).max(axis=1)
    near, near_apart = held.near @ likely, held.near @ likely_apart
    known = conditional * held.met.max(axis=1)
    count = len(scores)
    columns: dict[str, NDArray[np.float64]] = {
        "score": scores,
        "probability": likely,
        "apart_from_conflict": apart,
        "conflict": np.minimum(conflict, _MOST_CONFLICT),
        "in_conflict": in_conflict,
        "below_best": scores - scores.max(),
        "is_best": (scores >= scores.max()).astype(np.float64),
        "expected": np.full(count, likely.sum()),
        "met": met,
        "met_by_unlikely": met_unlikely,
        "shares_with_likely": shares,
        "shares_with_unlikely": shares_unlikely,
        "like_condition": (held.like * likely).max(axis=1),
        "conditional_met": conditional * met,
        "conditional_met_by_unlikely": conditional * met_unlikely,
        "conditional_shares": conditional * shares,
        "conditional_shares_unlikely": conditional * shares_unlikely,
        "conditional_probability": conditional * likely,
        "conditional_asked": conditional * held.asked,
        "asked": held.asked,
        "open_words": held.open_words,
        "met_if_likely": likely * met,
        "met_by_unlikely_if_likely": likely * met_unlikely,
        "shares_if_likely": likely * shares,
        "shares_unlikely_if_likely": likely * shares_unlikely,
        "conditional_known": known,
        "conditional_known_if_likely": known * likely,
        "conditional_open_if_likely": conditional * np.log1p(held.open_words) * likely,
        "neighbours": near,
        "neighbours_apart": near_apart,
        "neighbours_if_likely": near * likely,
        "neighbours_apart_if_likely": near_apart * likely,
        "also_among": np.full(count, (likely * also).max()),
        "shares_with_also": (held.shared * likely * also).max(axis=1),
        "met_by_conflicting": conflicting,
        "met_by_conflicting_if_likely": conflicting * likely,
        "also": also,
        "also_probability": also * likely,
    }
    return np.stack([columns[name] for name in SET_FEATURES], axis=1)


def _flags(values: Iterable[bool]) -> NDArray[np.float64]:
    return np.array([float(value) for value in values])


def _sigmoid(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    odds: NDArray[np.float64] = 1.0 / (1.0 + np.exp(-np.clip(scores, -60.0, 60.0)))
    return odds
