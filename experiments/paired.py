"""Paired differences of two systems over the same records, with intervals that know which records belong together."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

__all__ = ["Difference", "paired_difference"]

_RESAMPLES = 10_000
_LEVEL = 0.95


class Difference(NamedTuple):
    """A mean difference with its interval.

    Attributes:
        mean: Of the records' differences.
        low: Lower end of the 95 % interval.
        high: Upper end.
        clusters: How many clusters were drawn from; of one alone nothing can be said, and the interval is the whole
            line.
    """

    mean: float
    low: float
    high: float
    clusters: int


def paired_difference(
    first: Sequence[float], second: Sequence[float], clusters: Sequence[Hashable], *, seed: int = 0
) -> Difference:
    """The mean of ``first - second`` over records, with a bootstrap interval that draws whole clusters.

    Percentiles of 10,000 resamples, each half widened by the square root of ``G / (G - 1)`` for ``G`` clusters, since
    the bootstrap of few clusters is too narrow (Cameron, Gelbach and Miller 2008).

    Args:
        first: One system's scores.
        second: The other's, of the same records.
        clusters: What each record belongs to, such as its user.
        seed: Of the resampling.

    Raises:
        ValueError: The lengths differ, or there is no record.

    >>> paired_difference([1, 1, 0, 1], [0, 1, 0, 0], ["a", "b", "c", "d"]).mean
    0.5
    """
    if not len(first) == len(second) == len(clusters):
        raise ValueError(
            f"{len(first)}, {len(second)} scores and {len(clusters)} clusters: give one of each per record"
        )
    if not len(first):
        raise ValueError("there is no record to compare")
    differences = np.asarray(first, dtype=np.float64) - np.asarray(second, dtype=np.float64)
    mean = float(differences.mean())
    names = {name: number for number, name in enumerate(dict.fromkeys(clusters))}
    count = len(names)
    if count < 2:  # noqa: PLR2004
        return Difference(mean, -np.inf, np.inf, count)
    own = np.array([names[name] for name in clusters])
    sums = np.bincount(own, weights=differences, minlength=count).astype(np.float64)
    sizes = np.bincount(own, minlength=count).astype(np.float64)
    drawn = np.random.default_rng(seed).integers(count, size=(_RESAMPLES, count))
    means = sums[drawn].sum(axis=1) / sizes[drawn].sum(axis=1)
    tail = (1.0 - _LEVEL) / 2.0
    low, high = np.quantile(means, (tail, 1.0 - tail))
    wider = np.sqrt(count / (count - 1))
    return Difference(mean, mean - wider * (mean - float(low)), mean + wider * (float(high) - mean), count)
