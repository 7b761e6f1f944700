"""Fusion of rankings: from several ranked lists of ids to one.

Both functions work on ids alone, give the same answer whatever the order of the retrievers in the mapping, and break
ties by the house rule: score, then recency, then id. A retriever of weight 0 has no say: it brings no candidate and
moves no score; its ranks and scores are still reported for the ids that others brought.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from math import isfinite
from typing import Literal

from indexes.errors import DuplicateIdError
from indexes.hits import FusedHit, Hit

__all__ = ["Normalisation", "checked_weights", "reciprocal_rank_fusion", "score_fusion"]

Normalisation = Literal["minmax", "theoretical"]
_Contribution = Callable[[str, Sequence[Hit]], Sequence[float]]


def reciprocal_rank_fusion(
    rankings: Mapping[str, Sequence[Hit]],
    *,
    weights: Mapping[str, float] | None = None,
    k: int = 60,
    limit: int | None = None,
    recency: Mapping[str, int] | None = None,
) -> list[FusedHit]:
    """Weighted reciprocal rank fusion.

    ``score(id) = sum over retrievers r of weight_r / (k + rank_r(id))``, ranks from 1, absent means no term. Cormack,
    Clarke and Büttcher, SIGIR 2009; ``k = 60`` is theirs, the weights are the usual extension.

    Args:
        rankings: Hits by retriever, best first, each id once.
        weights: Non-negative weight by retriever; a retriever that is not named weighs 1.
        k: Dampening, 0 or more: the larger, the less the first places count.
        limit: Return at most this many; ``None`` returns all.
        recency: A number by id, larger for newer, to break ties with; an id that is not named counts as 0.

    Returns:
        Fused hits, best first.

    Raises:
        ValueError: A weight is negative or not finite, ``k`` is negative, or ``limit`` is below 1.
        DuplicateIdError: A ranking holds an id twice.

    Example:
        >>> found = reciprocal_rank_fusion({"dense": [Hit("a", 0.9), Hit("b", 0.8)], "lexical": [Hit("b", 3.1)]})
        >>> [hit.id for hit in found], found[0].ranks
        (['b', 'a'], {'dense': 2, 'lexical': 1})
    """
    if k < 0:
        raise ValueError(f"k must be 0 or more, got {k}")

    def contribution(_name: str, ranking: Sequence[Hit]) -> list[float]:
        return [1.0 / rank for rank in range(k + 1, k + 1 + len(ranking))]

    return _fuse(rankings, weights, contribution, limit=limit, recency=recency)


def score_fusion(
    rankings: Mapping[str, Sequence[Hit]],
    *,
    weights: Mapping[str, float] | None = None,
    normalisation: Normalisation = "minmax",
    minima: Mapping[str, float] | None = None,
    limit: int | None = None,
    recency: Mapping[str, int] | None = None,
) -> list[FusedHit]:
    """Weighted sum of normalised scores.

    ``score(id) = sum over retrievers r of weight_r * (s_r(id) - low_r) / (max_r - low_r)`` where ``low_r`` is the
    lowest score in the ranking (``"minmax"``) or the lowest that the retriever can give (``"theoretical"``: TM2C2 of
    Bruch, Gai and Ingber, "An Analysis of Fusion Functions for Hybrid Retrieval", ACM TOIS 2023, arXiv:2210.11934).
    An id that a ranking lacks adds 0. Where all scores of a ranking are equal, each counts as 1 under ``"minmax"``.

    Args:
        rankings: Hits by retriever, best first, each id once.
        weights: Non-negative weight by retriever; a retriever that is not named weighs 1.
        normalisation: How scores of different units are made comparable.
        minima: For ``"theoretical"``: the lowest possible score by retriever (-1 for cosines); 0 where not named.
        limit: Return at most this many; ``None`` returns all.
        recency: A number by id, larger for newer, to break ties with; an id that is not named counts as 0.

    Returns:
        Fused hits, best first.

    Raises:
        ValueError: A weight is negative or not finite, or ``limit`` is below 1.
        DuplicateIdError: A ranking holds an id twice.
    """
    floor = minima or {}

    def contribution(name: str, ranking: Sequence[Hit]) -> list[float]:
        scores = [hit.score for hit in ranking]
        high = max(scores)
        if normalisation == "theoretical":
            low = floor.get(name, 0.0)
            span = high - low
            return [(score - low) / span for score in scores] if span > 0.0 else [0.0] * len(scores)
        low = min(scores)
        span = high - low
        return [(score - low) / span for score in scores] if span > 0.0 else [1.0] * len(scores)

    return _fuse(rankings, weights, contribution, limit=limit, recency=recency)


def _fuse(
    rankings: Mapping[str, Sequence[Hit]],
    weights: Mapping[str, float] | None,
    contribution: _Contribution,
    *,
    limit: int | None,
    recency: Mapping[str, int] | None,
) -> list[FusedHit]:
    if limit is not None and limit < 1:
        raise ValueError(f"limit must be at least 1, got {limit}")
    names = sorted(rankings)  # a fixed order of summation, so that rounding does not depend on the caller's
    weight_of = checked_weights(weights or {}, names)
    totals: dict[str, float] = {}
    places: dict[str, dict[str, int]] = {}
    for name in names:
        ranking = rankings[name]
        place = {hit.id: index for index, hit in enumerate(ranking)}
        if len(place) < len(ranking):
            raise DuplicateIdError(f"ranking {name!r} holds an id twice: {_repeated(ranking)!r}")
        places[name] = place
        weight = weight_of[name]
        if weight > 0.0 and ranking:
            for hit, part in zip(ranking, contribution(name, ranking), strict=True):
                totals[hit.id] = totals.get(hit.id, 0.0) + weight * part
    newness = recency or {}
    order = sorted([(-score, -newness.get(key, 0), key) for key, score in totals.items()])[:limit]
    fused = []
    for negative, _, key in order:
        ranks: dict[str, int] = {}
        scores: dict[str, float] = {}
        for name in names:
            index = places[name].get(key)
            if index is not None:
                ranks[name] = index + 1
                scores[name] = rankings[name][index].score
        fused.append(FusedHit(key, -negative, ranks, scores))
    return fused


def checked_weights(weights: Mapping[str, float], names: Iterable[str]) -> dict[str, float]:
    """The weight of each retriever named, 1 where none is given.

    Raises:
        ValueError: A weight is negative or not finite.
    """
    for name, weight in weights.items():
        if not isfinite(weight) or weight < 0.0:
            raise ValueError(f"the weight of {name!r} must be 0 or more, got {weight}")
    return {name: weights.get(name, 1.0) for name in names}


def _repeated(ranking: Sequence[Hit]) -> str:
    seen: set[str] = set()
    return next(hit.id for hit in ranking if hit.id in seen or seen.add(hit.id))  # type: ignore[func-returns-value]
