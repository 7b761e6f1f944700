"""Conditional logit (McFadden 1974): weights of features by which one of several candidates was chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

__all__ = ["Bounds", "conditional_logit"]

Bounds = tuple["float | None", "float | None"]
"""The least and the greatest value of a weight; None for no bound."""


def conditional_logit(
    names: Sequence[str],
    rows: Sequence[NDArray[np.float64]],
    gold: Sequence[int],
    *,
    importance: Sequence[float] | None = None,
    bounds: Mapping[str, Bounds] | None = None,
    held: Mapping[str, float] | None = None,
    expected: Mapping[str, float] | None = None,
    penalty: float = 1e-3,
) -> dict[str, float]:
    """Weights that make the chosen candidates likeliest, less an L2 penalty on features of standard deviation 1.

    With ``expected`` this is the most probable weights under a normal prior around those.

    Args:
        names: The features.
        rows: For each record the features of its candidates, ``(candidates, features)``.
        gold: For each record the chosen candidate.
        importance: How much each record weighs; the same where not given.
        bounds: Least and greatest value by feature, where there are any.
        held: Weights that are set and not fitted.
        expected: What a weight is where the records say nothing of its feature, 0 where not named: the penalty is on
            the distance from it.
        penalty: L2 penalty on the weights of features divided by their standard deviation.

    Returns:
        Weight by feature, of four decimals.
    """
    from scipy.optimize import minimize  # noqa: PLC0415  (heavy)

    held = held or {}
    widest = max(len(row) for row in rows)
    stacked = np.zeros((len(rows), widest, len(names)))
    absent = np.full((len(rows), widest), -np.inf)
    for number, row in enumerate(rows):
        stacked[number, : len(row)] = row
        absent[number, : len(row)] = 0.0
    scale = np.concatenate(rows).std(axis=0) + 1e-9
    free = np.array([name not in held for name in names])
    offset = stacked @ np.array([held.get(name, 0.0) for name in names]) + absent
    inputs = stacked[:, :, free] / scale[free]
    weight = np.ones(len(rows)) if importance is None else np.asarray(importance, dtype=np.float64)
    weight = weight / weight.sum()
    start = np.array([(expected or {}).get(name, 0.0) for name in names])[free] * scale[free]
    every, chosen = np.arange(len(rows)), np.asarray(gold)

    def loss(values: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        scores = inputs @ values + offset
        top = scores.max(axis=1, keepdims=True)
        grown = np.exp(scores - top)
        total = grown.sum(axis=1, keepdims=True)
        likelihood = scores[every, chosen] - top[:, 0] - np.log(total[:, 0])
        mean = ((grown / total)[:, :, None] * inputs).sum(axis=1)
        gradient = ((inputs[every, chosen] - mean) * weight[:, None]).sum(axis=0)
        far = values - start
        return float(penalty * far @ far - likelihood @ weight), 2.0 * penalty * far - gradient

    limits = [
        _scaled((bounds or {}).get(name, (None, None)), float(width))
        for name, width in zip(names, scale, strict=True)
        if name not in held
    ]
    solution = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=limits).x
    fitted = dict(zip((name for name in names if name not in held), solution / scale[free], strict=True))
    return {name: held[name] if name in held else round(float(fitted[name]), 4) for name in names}


def _scaled(ends: Bounds, width: float) -> Bounds:
    low, high = ends
    return None if low is None else low * width, None if high is None else high * width
