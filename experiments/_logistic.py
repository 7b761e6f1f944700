"""Logistic regression with an L2 penalty, and an optional bilinear term, as `scipy` minimises it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Bilinear", "fit_logistic"]

Floats = "NDArray[np.float64]"


class Bilinear:
    """Pairs for a term ``left @ M @ right`` with one matrix ``M``; both are ``(n, .)``, and ``penalty`` is on ``M``."""

    def __init__(self, left: NDArray[np.float64], right: NDArray[np.float64], penalty: float) -> None:
        self.left, self.right, self.penalty = left, right, penalty
        self.shape = (left.shape[1], right.shape[1])


def fit_logistic(
    rows: NDArray[np.float64],
    labels: NDArray[np.float64],
    *,
    penalty: float = 1.0,
    importance: NDArray[np.float64] | None = None,
    heads: tuple[Bilinear, ...] = (),
    steps: int = 300,
) -> tuple[NDArray[np.float64], float, list[NDArray[np.float64]]]:
    """Weights that make labels likely.

    Args:
        rows: Features, ``(n, f)``.
        labels: 0 or 1, ``(n,)``.
        penalty: L2 penalty on the weights of features divided by their standard deviation.
        importance: How much each row weighs, ``(n,)``; 1 where not given.
        heads: Bilinear terms that are added to the log-odds.
        steps: The most iterations.

    Returns:
        The weights ``(f,)``, the bias, and a matrix for each head.
    """
    from scipy.optimize import minimize  # noqa: PLC0415  (heavy)

    weighs = np.ones(len(rows)) if importance is None else importance
    mean, scale = rows.mean(axis=0), rows.std(axis=0) + 1e-6
    inputs = (rows - mean) / scale
    width = rows.shape[1]
    cuts = np.cumsum([width, 1, *(head.shape[0] * head.shape[1] for head in heads)])[:-1]

    def loss(values: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        weights, bias, *flat = np.split(values, cuts)
        matrices = [part.reshape(head.shape) for part, head in zip(flat, heads, strict=True)]
        scores = inputs @ weights + bias
        for head, matrix in zip(heads, matrices, strict=True):
            scores = scores + ((head.left @ matrix) * head.right).sum(axis=1)
        slope = (1.0 / (1.0 + np.exp(-scores)) - labels) * weighs
        total = float(weighs @ (np.logaddexp(0.0, scores) - labels * scores) + penalty * weights @ weights)
        gradient = [inputs.T @ slope + 2.0 * penalty * weights, np.array([slope.sum()])]
        for head, matrix in zip(heads, matrices, strict=True):
            total += head.penalty * float((matrix * matrix).sum())
            gradient.append(((head.left * slope[:, None]).T @ head.right + 2.0 * head.penalty * matrix).ravel())
        return total, np.concatenate(gradient)

    start = np.zeros(width + 1 + sum(head.shape[0] * head.shape[1] for head in heads))
    solution = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": steps}).x
    weights, bias, *flat = np.split(solution, cuts)
    unscaled = weights / scale
    matrices = [part.reshape(head.shape) for part, head in zip(flat, heads, strict=True)]
    return unscaled, float(bias[0] - unscaled @ mean), matrices
