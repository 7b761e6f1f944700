"""How far a system's confidences can be trusted, and how to correct them.

``confidences`` are ``(n,)`` in [0, 1], ``correct`` ``(n,)`` of booleans or 0 and 1: whether each answer was right. All
functions are pure, and none depends on the order of the answers. What is fitted here must be fitted on answers that
neither the system nor the reported figures were made with.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

__all__ = [
    "Binning",
    "Isotonic",
    "ReliabilityBin",
    "RiskPoint",
    "area_under_risk_coverage",
    "brier_score",
    "calibration_report",
    "expected_calibration_error",
    "fit_isotonic",
    "fit_temperature",
    "reliability",
    "risk_coverage",
    "scale_probabilities",
    "temper",
]

Binning = Literal["width", "mass"]
"""Bins of equal width of confidence, or (adaptive) of as equal a number of answers as ties allow."""

_BINS = 10
_COVERAGES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
_LEAST, _MOST = 1e-3, 1e3  # of a temperature
_STEPS = 60  # halvings of the logarithm's range, down to the last bits of a float
_TINY = 1e-12


class ReliabilityBin(NamedTuple):
    """Answers of similar confidence: bounds of the bin, their number, mean confidence and share of right ones."""

    low: float
    high: float
    answers: int
    confidence: float
    accuracy: float


class RiskPoint(NamedTuple):
    """The share of wrong answers among those of at least a confidence, and what share of all answers these are."""

    coverage: float
    risk: float
    confidence: float


def reliability(
    confidences: ArrayLike, correct: ArrayLike, *, bins: int = _BINS, binning: Binning = "width"
) -> tuple[ReliabilityBin, ...]:
    """The bins that hold any answer, by rising confidence.

    Of equal width, a bin holds its upper bound and not its lower, but for the first. Adaptive bins never part answers
    of one confidence, so there may be fewer of them.

    Raises:
        ValueError: No answers, arrays of different length, values out of range, or fewer than one bin.
    """
    confidence, right = _checked(confidences, correct)
    if bins < 1:
        raise ValueError(f"at least one bin is needed, got {bins}")
    if binning == "width":
        edges = np.linspace(0.0, 1.0, bins + 1)
        place = np.clip(np.searchsorted(edges, confidence, side="left") - 1, 0, bins - 1)
        bounds = [(float(edges[number]), float(edges[number + 1])) for number in range(bins)]
    else:
        place = _masses(confidence, bins)
        bounds = [
            (float(own.min()), float(own.max())) for own in (confidence[place == n] for n in range(place.max() + 1))
        ]
    found = []
    for number, (low, high) in enumerate(bounds):
        inside = place == number
        if inside.any():
            found.append(
                ReliabilityBin(
                    low, high, int(inside.sum()), float(confidence[inside].mean()), float(right[inside].mean())
                )
            )
    return tuple(found)


def expected_calibration_error(
    confidences: ArrayLike, correct: ArrayLike, *, bins: int = _BINS, binning: Binning = "width"
) -> float:
    """The mean distance of confidence and accuracy over the bins, each by its answers (Naeini et al. 2015), 0 the best.

    Adaptive bins are those of Nixon et al. 2019. Errors as of `reliability`.

    >>> round(expected_calibration_error([0.9, 0.9, 0.6, 0.6], [1, 1, 1, 0]), 3)
    0.1
    """
    table = reliability(confidences, correct, bins=bins, binning=binning)
    total = sum(own.answers for own in table)
    return sum(own.answers * abs(own.confidence - own.accuracy) for own in table) / total


def brier_score(confidences: ArrayLike, correct: ArrayLike) -> float:
    """Mean squared distance of confidence and outcome (Brier 1950), 0 the best; errors as of `reliability`.

    >>> brier_score([1.0, 0.5], [1, 0])
    0.125
    """
    confidence, right = _checked(confidences, correct)
    return float(np.mean((confidence - right) ** 2))


def risk_coverage(confidences: ArrayLike, correct: ArrayLike) -> tuple[RiskPoint, ...]:
    """The risk at every coverage that a threshold on the confidence can reach, by rising coverage.

    Answers of one confidence are taken together, since no threshold can part them. Errors as of `reliability`.

    >>> [(point.coverage, point.risk) for point in risk_coverage([0.9, 0.7, 0.7, 0.2], [1, 1, 0, 0])]
    [(0.25, 0.0), (0.75, 0.3333333333333333), (1.0, 0.5)]
    """
    confidence, right = _checked(confidences, correct)
    values, counts, wrong = _by_confidence(confidence, 1.0 - right)
    taken, missed = np.cumsum(counts[::-1]), np.cumsum(wrong[::-1])
    rows = zip(taken / len(right), missed / taken, values[::-1], strict=True)
    return tuple(RiskPoint(float(coverage), float(risk), float(value)) for coverage, risk, value in rows)


def area_under_risk_coverage(confidences: ArrayLike, correct: ArrayLike) -> float:
    """The mean risk over the coverages 1/n, 2/n, ..., 1 (AURC, Geifman and El-Yaniv 2017), 0 the best.

    Answers of one confidence count as in a random order, by its mean. Errors as of `reliability`.

    >>> area_under_risk_coverage([0.9, 0.1], [1, 0]), area_under_risk_coverage([0.1, 0.9], [1, 0])
    (0.25, 0.75)
    """
    confidence, right = _checked(confidences, correct)
    _, counts, wrong = _by_confidence(confidence, 1.0 - right)
    expected = np.repeat(wrong[::-1] / counts[::-1], counts[::-1])
    risks = np.cumsum(expected) / np.arange(1, len(right) + 1)
    return float(risks.mean())


def fit_temperature(scores: Sequence[ArrayLike], gold: Sequence[int]) -> float:
    """The temperature by which to divide scores before the softmax (Guo et al. 2017): that of the least log loss.

    The loss is convex in the inverse of the temperature, so its slope is halved down; a temperature stays within 0.001
    and 1,000, where right and wrong answers leave it without an optimum.

    Args:
        scores: Of each answer the scores ``(c,)`` of its candidates, of which there may be ever so many.
        gold: Of each the place of the right candidate.

    Raises:
        ValueError: No answers, different lengths, scores that are not finite, or a place that no candidate has.
    """
    rows = [np.asarray(row, dtype=np.float64) for row in scores]
    places = [int(place) for place in gold]
    if not rows or len(rows) != len(places):
        raise ValueError(f"scores and gold must be of one length above 0, got {len(rows)} and {len(places)}")
    for number, (row, place) in enumerate(zip(rows, places, strict=True)):
        if row.ndim != 1 or not np.isfinite(row).all() or not 0 <= place < len(row):
            raise ValueError(f"answer {number}: finite scores (c,) and a gold place among them are needed")

    widest = max(map(len, rows))
    absent = np.array([[place >= len(row) for place in range(widest)] for row in rows])
    stacked = np.where(absent, 0.0, [np.pad(row, (0, widest - len(row))) for row in rows])
    right = stacked[np.arange(len(rows)), places]

    def slope(inverse: float) -> float:
        """Of the log loss by the inverse temperature: expected less gold score."""
        heated = np.where(absent, -np.inf, inverse * stacked)
        grown = np.exp(heated - heated.max(axis=1, keepdims=True))
        return float(np.sum((grown * stacked).sum(axis=1) / grown.sum(axis=1) - right))

    low, high = 1.0 / _MOST, 1.0 / _LEAST
    for _ in range(_STEPS):
        middle = math.sqrt(low * high)  # of the logarithms
        low, high = (low, middle) if slope(middle) > 0.0 else (middle, high)
    return 1.0 / math.sqrt(low * high)


def temper(scores: ArrayLike, temperature: float) -> NDArray[np.float64]:
    """Probabilities ``(c,)`` of scores ``(c,)`` at a temperature; over 1 makes them more alike, under 1 less.

    Raises:
        ValueError: The temperature is not above 0.
    """
    return _softmax(np.asarray(scores, dtype=np.float64) / _temperature(temperature))


def scale_probabilities(confidences: ArrayLike, temperature: float) -> NDArray[np.float64]:
    """Confidences ``(n,)`` with their log odds divided by a temperature, where the scores are not at hand.

    Raises:
        ValueError: The temperature is not above 0.
    """
    chance = np.clip(np.asarray(confidences, dtype=np.float64), _TINY, 1.0 - _TINY)
    odds = (np.log(chance) - np.log1p(-chance)) / _temperature(temperature)
    scaled: NDArray[np.float64] = 0.5 * (1.0 + np.tanh(0.5 * odds))
    return scaled


class Isotonic(NamedTuple):
    """A rising map of confidences: ``values`` at the ``confidences``, straight between them, level outside."""

    confidences: tuple[float, ...]
    values: tuple[float, ...]

    def apply(self, confidences: ArrayLike) -> NDArray[np.float64]:
        """The corrected confidences ``(n,)``."""
        mapped: NDArray[np.float64] = np.interp(
            np.asarray(confidences, dtype=np.float64), np.array(self.confidences), np.array(self.values)
        )
        return mapped


def fit_isotonic(confidences: ArrayLike, correct: ArrayLike) -> Isotonic:
    """The rising map nearest to the outcomes by least squares, by pooling neighbours that fall (Ayer et al. 1955).

    Errors as of `reliability`.

    >>> fit_isotonic([0.2, 0.4, 0.6, 0.8], [0, 1, 0, 1]).values
    (0.0, 0.5, 0.5, 1.0)
    """
    confidence, right = _checked(confidences, correct)
    values, counts, hits = _by_confidence(confidence, right)
    blocks: list[tuple[float, int, int]] = []  # hits, answers, distinct confidences
    for count, hit in zip(counts.tolist(), hits.tolist(), strict=True):
        block = (hit, count, 1)
        # compared as products, so that equal shares are equal
        while blocks and blocks[-1][0] * block[1] >= block[0] * blocks[-1][1]:
            last = blocks.pop()
            block = (last[0] + block[0], last[1] + block[1], last[2] + block[2])
        blocks.append(block)
    fitted = [hit / count for hit, count, width in blocks for _ in range(width)]
    return Isotonic(tuple(values.tolist()), tuple(fitted))


def calibration_report(
    confidences: ArrayLike,
    correct: ArrayLike,
    *,
    bins: int = _BINS,
    coverages: Sequence[float] = _COVERAGES,
) -> dict[str, object]:
    """All of this as plain JSON values, for a table or a plot.

    Args:
        confidences: As everywhere in this module.
        correct: The same.
        bins: Number of bins.
        coverages: Where the risk is read off: at the least coverage that a threshold can reach and that is no less.

    Raises:
        ValueError: As of `reliability`, or a coverage that is not in (0, 1].
    """
    if wrong := [coverage for coverage in coverages if not 0.0 < coverage <= 1.0]:
        raise ValueError(f"a coverage is above 0 and at most 1, got {wrong[0]}")
    confidence, right = _checked(confidences, correct)
    points = risk_coverage(confidence, right)
    read = [next(point for point in points if point.coverage >= least - _TINY) for least in coverages]
    report: dict[str, object] = {
        "answers": len(right),
        "accuracy": float(right.mean()),
        "confidence": float(confidence.mean()),
        "brier": brier_score(confidence, right),
        "aurc": area_under_risk_coverage(confidence, right),
        "risk_coverage": [point._asdict() for point in read],
    }
    binnings: tuple[Binning, ...] = ("width", "mass")
    for binning in binnings:
        report[f"ece_{binning}"] = expected_calibration_error(confidence, right, bins=bins, binning=binning)
        table = reliability(confidence, right, bins=bins, binning=binning)
        report[f"reliability_{binning}"] = [own._asdict() for own in table]
    return report


def _checked(confidences: ArrayLike, correct: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Both arrays, in one order whatever order they came in, so that sums are the same to the last bit."""
    confidence = np.asarray(confidences, dtype=np.float64)
    right = np.asarray(correct, dtype=np.float64)
    if confidence.ndim != 1 or confidence.shape != right.shape or not len(confidence):
        raise ValueError(f"two arrays (n,) of n above 0 are needed, got {confidence.shape} and {right.shape}")
    if not ((confidence >= 0.0) & (confidence <= 1.0)).all():
        raise ValueError("a confidence is between 0 and 1")
    if not np.isin(right, (0.0, 1.0)).all():
        raise ValueError("an answer is right (1) or wrong (0)")
    order = np.lexsort((right, confidence))
    return confidence[order], right[order]


def _by_confidence(
    confidence: NDArray[np.float64], outcome: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.float64]]:
    """Distinct confidences by rising value, the number of answers of each, and the sum of their outcomes."""
    values, place = np.unique(confidence, return_inverse=True)
    counts = np.bincount(place, minlength=len(values)).astype(np.int64)
    sums = np.bincount(place, weights=outcome, minlength=len(values)).astype(np.float64)
    return values, counts, sums


def _masses(confidence: NDArray[np.float64], bins: int) -> NDArray[np.int64]:
    """The adaptive bin of each of the rising confidences, numbered without gaps."""
    rough = np.arange(len(confidence)) * bins // len(confidence)
    first = np.searchsorted(confidence, confidence, side="left")  # ties go where their first one is
    _, place = np.unique(rough[first], return_inverse=True)
    return place.astype(np.int64)


def _temperature(value: float) -> float:
    if not value > 0.0:
        raise ValueError(f"a temperature is above 0, got {value}")
    return value


def _softmax(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    grown: NDArray[np.float64] = np.exp(scores - scores.max())
    grown /= grown.sum()
    return grown
