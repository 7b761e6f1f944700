"""Paired comparisons of two systems over the same records.

Intervals that know which records belong together, exact tests, families of tests, and how many records a difference
needs.
"""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from numpy.typing import NDArray

__all__ = [
    "Difference",
    "McNemar",
    "effective_clusters",
    "holm",
    "mcnemar",
    "paired_difference",
    "records_needed",
    "shown_p",
]

_RESAMPLES = 10_000
_LEVEL = 0.95
_TAIL = (1.0 - _LEVEL) / 2.0
_LEAST_P = 0.001  # of which three places show anything
_FEW = 40  # clusters below which the bootstrap's intervals are too narrow
_SPARSE = 10  # clusters that differ, below which an exact test has a word
_AT_ONCE = 1 << 17  # clusters drawn at once: megabytes, however many resamples and clusters there are
_ROUNDING = 1e-9
_UNBOUNDED = (-math.inf, math.inf)


class Difference(NamedTuple):
    """A mean difference with its interval.

    Attributes:
        mean: Of the records' differences.
        low: Lower end of the 95 % interval.
        high: Upper end.
        clusters: How many clusters were drawn from; of one alone nothing can be said, and the interval is the whole
            line, or all that lies within the bounds.
        effective: As how many clusters of one size they count, as `effective_clusters` reckons it.
    """

    mean: float
    low: float
    high: float
    clusters: int
    effective: float


class McNemar(NamedTuple):
    """Records on which one system alone is right, and how likely so uneven a split is if neither is better.

    Attributes:
        first: Records that only the first has right.
        second: Those that only the second has right.
        p: Two-sided, exact.
    """

    first: int
    second: int
    p: float


def paired_difference(
    first: Sequence[float],
    second: Sequence[float],
    clusters: Sequence[Hashable],
    *,
    bounds: tuple[float, float] = _UNBOUNDED,
    seed: int = 0,
) -> Difference:
    """The mean of ``first - second`` over records, with a 95 % interval that draws whole clusters.

    From 40 clusters on percentiles of 10,000 bootstrap resamples. Of fewer, for which these are too narrow, Student's t
    with one degree of freedom less than there are clusters, on the standard error of the jackknife that leaves out a
    cluster (Cameron and Miller 2015, VI). Clusters of unequal sizes count as so many of one size as they are worth,
    ``(sum n)^2 / sum n^2`` (Carter, Schnepel and Steigerwald 2017): six users with half of all records are few,
    whoever has the other half.

    Where fewer than ten clusters, and fewer than half, differ at all, either is too narrow, and the interval also
    covers what an exact test of these allows: differences of their mean size, of which a share favours the first that
    is within the interval of Clopper and Pearson.

    Where all clusters differ alike, be it not at all, there is no variance to reckon with, and either interval would be
    a point. What is known then is that clusters of another kind were not met: there may be a share of up to
    ``1 - 0.025 ** (1 / n)`` of them (Clopper and Pearson 1934; the rule of three), and each may differ as much as the
    bounds allow. So, without bounds, nothing can be said; of marks the interval excludes 0 just where an exact sign
    test does.

    Args:
        first: One system's scores.
        second: The other's, of the same records.
        clusters: What each record belongs to, such as its user.
        bounds: The least and the greatest difference that a record can have, (-1, 1) for marks; no interval leaves
            them.
        seed: Of the resampling.

    Raises:
        ValueError: The lengths differ, there is no record, or a cluster's difference is not within the bounds.

    >>> paired_difference([1, 1, 0, 1], [0, 1, 0, 0], ["a", "b", "c", "d"]).mean
    0.5
    """
    sums, sizes = _by_cluster(first, second, clusters)
    count, mean, worth = len(sums), float(sums.sum() / sizes.sum()), _worth(sizes)
    least, greatest = bounds
    for own in (float((sums / sizes).min()), float((sums / sizes).max())):
        if not least <= own <= greatest:
            raise ValueError(f"a difference of {own} is not within the bounds {bounds}")
    if count < 2:  # noqa: PLR2004
        return Difference(mean, least, greatest, count, worth)
    if _alike(sums, sizes):
        unseen = 1.0 - _TAIL ** (1.0 / count)
        low, high = mean - unseen * (mean - least), mean + unseen * (greatest - mean)
    elif worth < _FEW:
        from scipy.special import stdtrit  # noqa: PLC0415  (heavy)

        reach = float(stdtrit(max(worth - 1.0, 1.0), 1.0 - _TAIL)) * _standard_error(sums, sizes)
        low, high = _widened((mean - reach, mean + reach), sums, sizes)
    else:
        low, high = map(float, np.quantile(_resampled(sums, sizes, seed), (_TAIL, 1.0 - _TAIL)))
        low, high = _widened((low, high), sums, sizes)
    return Difference(mean, max(low, least), min(high, greatest), count, worth)


def shown_p(p: float) -> str:
    """A p in three places, and none as 0.

    >>> shown_p(0.0421), shown_p(1e-9)
    ('0.042', '< 0.001')
    """
    return "< 0.001" if p < _LEAST_P else f"{p:.3f}"


def effective_clusters(clusters: Sequence[Hashable]) -> float:
    """As how many clusters of one size these count, ``(sum n)^2 / sum n^2``; 0 where there is no record.

    Args:
        clusters: What each record belongs to.

    >>> effective_clusters(["a", "b", "c", "d"])
    4.0
    >>> round(effective_clusters(["a"] * 8 + ["b", "c"]), 2)
    1.52
    """
    sizes = Counter(clusters).values()
    return _worth(np.array(list(sizes), dtype=np.float64)) if sizes else 0.0


def mcnemar(first: Sequence[bool], second: Sequence[bool]) -> McNemar:
    """McNemar's exact test: a fair coin for each record on which just one of two systems is right.

    It takes records as independent; where a user has several, the interval of `paired_difference` is the safer word.

    Raises:
        ValueError: The lengths differ.

    >>> mcnemar([True] * 6, [False] * 6)
    McNemar(first=6, second=0, p=0.03125)
    """
    if len(first) != len(second):
        raise ValueError(f"{len(first)} and {len(second)} marks: give one of each per record")
    ours = sum(a and not b for a, b in zip(first, second, strict=True))
    theirs = sum(b and not a for a, b in zip(first, second, strict=True))
    count = ours + theirs
    if not count:
        return McNemar(0, 0, 1.0)
    from scipy.stats import binomtest  # noqa: PLC0415  (heavy)

    return McNemar(ours, theirs, float(binomtest(ours, count).pvalue))


def holm(p_values: Sequence[float]) -> list[float]:
    """The p-values of a family of tests, adjusted by Holm's step-down procedure, in the same order.

    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    count = len(p_values)
    adjusted, highest = [0.0] * count, 0.0
    for rank, position in enumerate(sorted(range(count), key=lambda i: p_values[i])):
        highest = max(highest, min(1.0, (count - rank) * p_values[position]))
        adjusted[position] = highest
    return adjusted


def records_needed(
    first: Sequence[float],
    second: Sequence[float],
    clusters: Sequence[Hashable],
    *,
    difference: float = 0.02,
    power: float = 0.8,
) -> int | None:
    """How many records, of such users, show a difference at the 5 % level, reckoned from a pilot.

    From the cluster-robust variance of the pilot's differences by the normal approximation, so that users with many
    records count as what they are.

    Args:
        first: One system's scores in the pilot.
        second: The other's.
        clusters: What each record belongs to.
        difference: What is to be shown.
        power: How often it is to be shown where it is there.

    Returns:
        None where the pilot does not say: it has fewer than two clusters, or they all differ alike.

    Raises:
        ValueError: The lengths differ, there is no record, or the difference or the power cannot be.
    """
    if not (0.0 < abs(difference) <= 1.0 and 0.0 < power < 1.0):
        raise ValueError(f"no size is known for a difference of {difference} at a power of {power}")
    sums, sizes = _by_cluster(first, second, clusters)
    if len(sums) < 2 or _alike(sums, sizes):  # noqa: PLR2004
        return None
    from scipy.special import ndtri  # noqa: PLC0415  (heavy)

    reach = float(ndtri(1.0 - _TAIL) + ndtri(power))
    return math.ceil(float(sizes.sum()) * (reach * _standard_error(sums, sizes) / difference) ** 2)


def _by_cluster(
    first: Sequence[float], second: Sequence[float], clusters: Sequence[Hashable]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """For each cluster the sum of its records' differences, and their number."""
    if not len(first) == len(second) == len(clusters):
        raise ValueError(
            f"{len(first)}, {len(second)} scores and {len(clusters)} clusters: give one of each per record"
        )
    if not len(first):
        raise ValueError("there is no record to compare")
    differences = np.asarray(first, dtype=np.float64) - np.asarray(second, dtype=np.float64)
    names = {name: number for number, name in enumerate(dict.fromkeys(clusters))}
    own = np.array([names[name] for name in clusters])
    sums = np.bincount(own, weights=differences, minlength=len(names)).astype(np.float64)
    return sums, np.bincount(own, minlength=len(names)).astype(np.float64)


def _alike(sums: NDArray[np.float64], sizes: NDArray[np.float64]) -> bool:
    """Whether all clusters have the same mean, but for rounding."""
    means = sums / sizes
    return float(np.ptp(means)) <= _ROUNDING * float(np.abs(means).max())


def _worth(sizes: NDArray[np.float64]) -> float:
    """As how many clusters of one size these count."""
    return float(sizes.sum() ** 2 / (sizes**2).sum())


def _widened(
    interval: tuple[float, float], sums: NDArray[np.float64], sizes: NDArray[np.float64]
) -> tuple[float, float]:
    """The interval, and where few clusters differ what an exact test of these allows."""
    differ = int((sums != 0.0).sum())
    if not 0 < differ < min(_SPARSE, len(sums) / 2):
        return interval
    from scipy.stats import binomtest  # noqa: PLC0415  (heavy)

    share = binomtest(int((sums > 0.0).sum()), differ).proportion_ci(_LEVEL)
    size = float(np.abs(sums).sum() / sizes.sum())
    return min(interval[0], size * (2.0 * share.low - 1.0)), max(interval[1], size * (2.0 * share.high - 1.0))


def _resampled(sums: NDArray[np.float64], sizes: NDArray[np.float64], seed: int) -> NDArray[np.float64]:
    """The means of bootstrap resamples of clusters, ``(10000,)``."""
    rng, count = np.random.default_rng(seed), len(sums)
    rows = max(1, _AT_ONCE // count)
    means = []
    for start in range(0, _RESAMPLES, rows):
        drawn = rng.integers(count, size=(min(rows, _RESAMPLES - start), count))
        means.append(sums[drawn].sum(axis=1) / sizes[drawn].sum(axis=1))
    return np.concatenate(means)


def _standard_error(sums: NDArray[np.float64], sizes: NDArray[np.float64]) -> float:
    """Of the mean over all records, by the jackknife that leaves out a cluster: robust to what its records share."""
    count, total, whole = len(sums), float(sizes.sum()), float(sums.sum())
    off = (whole - sums) / (total - sizes) - whole / total
    return math.sqrt((count - 1) / count * float(off @ off))
