"""Evidence in the order that a reranker and retrieval agree on."""

from __future__ import annotations

from math import inf, log
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from indexes import Reranker
    from resolver.resolution import Evidence

__all__ = ["reranked"]

_ON_JUDGED = 0.2
_ON_FOUND = 0.2
"""The reranker's share: beside the log-odds that a statement matters, and beside the score of retrieval, there both
from 0 to 1 over what was found. Chosen with a MiniLM cross-encoder on two sets of evidence records, of which
``profile-bench retrieval`` prints what it does to statements that were not judged; half as much does nearly the same.
Of two unjudged pieces retrieval decides."""
_SURE = 1e-4


def reranked(evidence: tuple[Evidence, ...], query: str, reranker: Reranker) -> tuple[Evidence, ...]:
    """The same evidence in another order, each item with the reranker's own score in ``scores``.

    Statements with a probability change places among themselves, and all other evidence among itself: a probability and
    a score of retrieval are not on one scale. Ties are left as they were.

    Args:
        evidence: What was found, best first.
        query: The query as it is read.
        reranker: What scores it.
    """
    if not evidence:
        return evidence
    read = reranker.score(query, [item.text for item in evidence]).astype(np.float64)
    judged = np.array([item.probability is not None for item in evidence])
    keys = np.empty(len(evidence))
    keys[judged] = [_log_odds(item.probability) for item in evidence if item.probability is not None]
    keys[judged] += _ON_JUDGED * read[judged]
    found = np.array([item.score for item in evidence])
    keys[~judged] = (1.0 - _ON_FOUND) * _stretched(found[~judged]) + _ON_FOUND * _stretched(read[~judged])
    order = np.arange(len(evidence))
    for group in (np.flatnonzero(judged), np.flatnonzero(~judged)):
        order[group] = group[np.argsort(-keys[group], kind="stable")]
    return tuple(
        evidence[place].model_copy(
            update={"scores": {**evidence[place].scores, "reranker": round(float(read[place]), 4)}}
        )
        for place in order
    )


def _log_odds(probability: float) -> float:
    bounded = min(max(probability, _SURE), 1.0 - _SURE)
    return log(bounded / (1.0 - bounded))


def _stretched(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Values from 0 to 1, ``(n,)``; zeros where they are all one."""
    low = values.min(initial=inf)
    span = values.max(initial=-inf) - low
    return (values - low) / span if span > 0.0 else np.zeros_like(values)
