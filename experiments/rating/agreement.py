"""How far raters agree, with squared weights throughout, since 0 and 2 are farther apart than 1 and 2.

Two of them by Cohen's kappa (1968), any number by Krippendorff's alpha (2011); intervals draw items. So few items as
people rate give a plain bootstrap little to draw from: where raters disagree but once, many of its samples say that
they never do. So each sample is drawn from the items and one more, rated at random.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from experiments.errors import RatingsError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    Ratings = Mapping[str, Mapping[str, int]]

__all__ = ["Agreement", "JointAgreement", "agreement", "joint_agreement"]

_MARKS = 3
_RESAMPLES = 2_000
_FEWEST = 2
_ENDS = (0.025, 0.975)


class Agreement(NamedTuple):
    """Two raters on one question.

    Attributes:
        rated: How many items both rated.
        alone: How many the first alone rated, and how many the second.
        same: Share of those that both rated with the same mark.
        kappa: Cohen's, with quadratic weights; None where both gave the same one mark throughout, which leaves chance
            nothing to explain.
        low: Lower end of its 95 % interval, None where kappa is.
        high: Upper end.
        means: Of the first and the second rater.
    """

    rated: int
    alone: tuple[int, int]
    same: float
    kappa: float | None
    low: float | None
    high: float | None
    means: tuple[float, float]


class JointAgreement(NamedTuple):
    """Any number of raters on one question.

    Attributes:
        rated: How many items two or more of them rated.
        alpha: Krippendorff's, with squared differences; None where all marks are the same.
        low: Lower end of its 95 % interval, None where alpha is.
        high: Upper end.
    """

    rated: int
    alpha: float | None
    low: float | None
    high: float | None


def agreement(first: Ratings, second: Ratings, question: str, *, seed: int = 0) -> Agreement:
    """The agreement of two raters on a question, over the items that both rated.

    Args:
        first: By item the marks by question, as `read_ratings` gives them.
        second: The other rater's.
        question: Which.
        seed: Of the resampling.

    Raises:
        RatingsError: Fewer than two items were rated by both.
    """
    ours, theirs = ({own for own, marks in rater.items() if question in marks} for rater in (first, second))
    both = sorted(ours & theirs)
    if len(both) < _FEWEST:
        raise RatingsError(
            f"{len(both)} items have a mark for {question!r} from both raters, of {len(ours)} and {len(theirs)} that "
            "have one; two are needed"
        )
    marks = np.array([(first[own][question], second[own][question]) for own in both])
    kinds = max(_MARKS, int(marks.max()) + 1)
    tables = np.zeros((len(both), kinds, kinds))
    tables[np.arange(len(both)), marks[:, 0], marks[:, 1]] = 1.0

    def at_random(rng: np.random.Generator) -> NDArray[np.float64]:
        cells = rng.integers(kinds * kinds, size=_RESAMPLES)
        return np.eye(kinds * kinds)[cells].reshape(-1, kinds, kinds)

    kappa, low, high = _with_interval(tables, _kappa, at_random, seed)
    alone = len(ours) - len(both), len(theirs) - len(both)
    means = float(marks[:, 0].mean()), float(marks[:, 1].mean())
    return Agreement(len(both), alone, float((marks[:, 0] == marks[:, 1]).mean()), kappa, low, high, means)


def joint_agreement(raters: Sequence[Ratings], question: str, *, seed: int = 0) -> JointAgreement:
    """The agreement of several raters on a question, over the items that two or more of them rated.

    Args:
        raters: Of each, by item the marks by question.
        question: Which.
        seed: Of the resampling.

    Raises:
        RatingsError: Fewer than two items were rated by two raters or more.
    """
    names = sorted({own for rater in raters for own in rater})
    marks = [[rater[own][question] for rater in raters if question in rater.get(own, {})] for own in names]
    marks = [own for own in marks if len(own) >= _FEWEST]
    if len(marks) < _FEWEST:
        raise RatingsError(f"{len(marks)} items have a mark for {question!r} from two raters or more; two are needed")
    kinds = max(_MARKS, max(map(max, marks)) + 1)
    tables = np.stack([_coincidences(np.array([own]), kinds)[0] for own in marks])

    def at_random(rng: np.random.Generator) -> NDArray[np.float64]:
        return _coincidences(rng.integers(kinds, size=(_RESAMPLES, len(raters))), kinds)

    return JointAgreement(len(marks), *_with_interval(tables, _alpha, at_random, seed))


def _coincidences(marks: NDArray[np.int64], kinds: int) -> NDArray[np.float64]:
    """How often two marks of an item meet, of marks ``(n, raters)``: ``(n, kinds, kinds)``, as many as it has marks."""
    counts = np.eye(kinds)[marks].sum(axis=1)
    pairs = counts[:, :, None] * counts[:, None, :] - np.eye(kinds) * counts[:, None, :]
    found: NDArray[np.float64] = pairs / (marks.shape[1] - 1)
    return found


def _with_interval(
    tables: NDArray[np.float64],
    measure: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    at_random: Callable[[np.random.Generator], NDArray[np.float64]],
    seed: int,
) -> tuple[float | None, float | None, float | None]:
    """A measure of the sum of the items' tables ``(n, kinds, kinds)``, and its interval; None where it is undefined."""
    value = float(measure(tables.sum(axis=0)[None])[0])
    if np.isnan(value):
        return None, None, None
    rng, count = np.random.default_rng(seed), len(tables)
    times = rng.multinomial(count, np.full(count + 1, 1.0 / (count + 1)), size=_RESAMPLES)
    drawn = np.tensordot(times[:, :-1].astype(np.float64), tables, axes=1)
    drawn += times[:, -1, None, None] * at_random(rng)
    found = measure(drawn)
    low, high = map(float, np.quantile(found[~np.isnan(found)], _ENDS))
    return value, min(low, value), max(high, value)


def _kappa(tables: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of tables ``(n, kinds, kinds)``; NaN where chance leaves nothing to explain."""
    return _beyond_chance(tables, tables.sum(axis=(1, 2)))


def _alpha(tables: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of tables of coincidences; a mark does not meet itself by chance, which kappa leaves aside."""
    return _beyond_chance(tables, tables.sum(axis=(1, 2)) - 1.0)


def _beyond_chance(tables: NDArray[np.float64], pairs: NDArray[np.float64]) -> NDArray[np.float64]:
    places = np.arange(tables.shape[1])
    weights = (places[:, None] - places[None, :]) ** 2.0
    expected = np.einsum("ni,nj,ij->n", tables.sum(axis=2), tables.sum(axis=1), weights) / pairs
    seen = np.einsum("nij,ij->n", tables, weights)
    return np.where(expected > 0.0, 1.0 - seen / np.where(expected > 0.0, expected, 1.0), np.nan)
