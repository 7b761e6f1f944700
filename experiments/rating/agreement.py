"""How far two raters agree: Cohen's kappa with quadratic weights, since 0 and 2 are farther apart than 1 and 2."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from experiments.errors import RatingsError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

__all__ = ["Agreement", "agreement"]

_MARKS = 3
_RESAMPLES = 2_000
_FEWEST = 2


class Agreement(NamedTuple):
    """Two raters on one question.

    Attributes:
        rated: How many items both rated.
        same: Share of them with the same mark.
        kappa: Cohen's, with quadratic weights (Cohen 1968); None where a rater gave one mark only, to which chance
            agreement leaves nothing to reach.
        low: Lower end of its 95 % interval, percentiles of a bootstrap over items; None where kappa is.
        high: Upper end.
        means: Of the first and the second rater.
    """

    rated: int
    same: float
    kappa: float | None
    low: float | None
    high: float | None
    means: tuple[float, float]


def agreement(
    first: Mapping[str, Mapping[str, int]], second: Mapping[str, Mapping[str, int]], question: str, *, seed: int = 0
) -> Agreement:
    """The agreement of two raters on a question, over the items that both rated.

    Args:
        first: By item the marks by question, as `read_ratings` gives them.
        second: The other rater's.
        question: Which.
        seed: Of the resampling.

    Raises:
        RatingsError: Fewer than two items were rated by both.
    """
    both = [own for own in first if question in first[own] and question in second.get(own, {})]
    if len(both) < _FEWEST:
        raise RatingsError(f"{len(both)} items have a mark for {question!r} from both raters; two are needed")
    ours = np.array([first[own][question] for own in both])
    theirs = np.array([second[own][question] for own in both])
    kappa = _kappa(ours, theirs)
    low = high = None
    if kappa is not None:
        rng = np.random.default_rng(seed)
        drawn = rng.integers(len(both), size=(_RESAMPLES, len(both)))
        found = [own for row in drawn if (own := _kappa(ours[row], theirs[row])) is not None]
        low, high = map(float, np.quantile(found, (0.025, 0.975)))
    means = float(ours.mean()), float(theirs.mean())
    return Agreement(len(both), float((ours == theirs).mean()), kappa, low, high, means)


def _kappa(ours: NDArray[np.int64], theirs: NDArray[np.int64]) -> float | None:
    seen = np.zeros((_MARKS, _MARKS))
    np.add.at(seen, (ours, theirs), 1.0)
    places = np.arange(_MARKS)
    weights = (places[:, None] - places[None, :]) ** 2.0
    expected = np.outer(seen.sum(axis=1), seen.sum(axis=0)) / seen.sum()
    chance = float((weights * expected).sum())
    return None if chance <= 0.0 else 1.0 - float((weights * seen).sum()) / chance
