"""Fits a `resolver.bilinear.BilinearForm` as a conditional logit over candidates.

Users and candidates are first reduced to their principal components, fitted on the training records alone, and the
components of users are partly whitened: the widest tell what a text is about, the narrower ones what it says of it.
An L2 penalty on the weights between them does the rest, for there are a few hundred records and as many components.
"""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from experiments._files import write_whole
from indexes import files
from resolver.bilinear import BilinearForm, model_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["Fitting", "fit_form", "write_form"]

_SMALL = 1e-9


class Fitting(NamedTuple):
    """How a form is fitted.

    Attributes:
        user_rank: Most principal components of each block.
        rank: Most principal components of the candidates: the rank of the form.
        penalty: L2 penalty on the weights, against the sum of the records' log-likelihoods.
        whitening: 0 keeps the components' spread, 1 makes them all alike.
        constant: Weight of the part that is the same for all users; 0 leaves it out.
    """

    user_rank: int = 40
    rank: int = 24
    penalty: float = 0.03
    whitening: float = 0.5
    constant: float = 0.0


def fit_form(
    users: Mapping[str, NDArray[np.floating]],
    candidates: Sequence[NDArray[np.floating]],
    gold: Sequence[int],
    offsets: Sequence[NDArray[np.floating]],
    *,
    how: Fitting,
    embedder: str,
    weights: NDArray[np.floating] | None = None,
) -> BilinearForm:
    """The form under which the gold candidates are most likely.

    Args:
        users: By block ``(n, d)``; a row of zeros is a record where the block has no content.
        candidates: For each of the ``n`` records ``(c, d)``; candidates may be alike.
        gold: The row of each record's right candidate.
        offsets: For each record ``(c,)``, what else is known of the candidates, in log-odds.
        how: The settings.
        embedder: The name of what made the vectors.
        weights: ``(n,)``, how much each record counts; 1 each where not given.
    """
    from scipy.optimize import minimize  # noqa: PLC0415  (heavy)

    readers = {name: _reader(block, how) for name, block in users.items()}
    inputs = [
        np.where(np.any(block, axis=1)[:, None], (block - readers[name][0]) @ readers[name][1], 0.0)
        for name, block in users.items()
    ]
    inputs.append(np.full((len(gold), 1), how.constant))
    user = np.concatenate(inputs, axis=1)
    placed = _placement(candidates, how)
    rows, absent = _padded([own @ placed for own in candidates], offsets)
    every, right = np.arange(len(gold)), np.asarray(gold)
    counts = np.ones(len(gold)) if weights is None else np.asarray(weights)

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        between = flat.reshape(user.shape[1], placed.shape[1])
        scores = np.einsum("nmk,nk->nm", rows, user @ between) + absent
        top = scores.max(axis=1, keepdims=True)
        grown = np.exp(scores - top)
        total = grown.sum(axis=1, keepdims=True)
        likelihood = scores[every, right] - top[:, 0] - np.log(total[:, 0])
        residual = -grown / total
        residual[every, right] += 1.0
        residual *= counts[:, None]
        gradient = user.T @ np.einsum("nm,nmk->nk", residual, rows)
        return float(how.penalty * flat @ flat - likelihood @ counts), 2.0 * how.penalty * flat - gradient.ravel()

    start = np.zeros(user.shape[1] * placed.shape[1])
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 300}).x
    between = found.reshape(user.shape[1], placed.shape[1])
    stack = [np.vstack([placed, how.constant * between[-1]])]
    first = 0
    for mean, matrix in readers.values():
        block = matrix @ between[first : first + matrix.shape[1]]
        stack.append(np.vstack([block, mean @ block]))
        first += matrix.shape[1]
    return BilinearForm(np.stack(stack).astype(np.float16), blocks=list(users), model=model_of(embedder))


def write_form(folder: Path, name: str, form: BilinearForm, about: Mapping[str, object]) -> None:
    """The form as ``<name>.npy`` (float16) and a readable ``<name>.json``, for `resolver.bilinear.load_form`."""
    buffer = io.BytesIO()
    np.save(buffer, form.stack.astype(np.float16), allow_pickle=False)
    files.write_whole(folder / f"{name}.npy", buffer.getvalue(), mode=0o644)
    stated = {**about, "blocks": list(form.blocks), "shape": list(form.stack.shape)}
    write_whole(folder / f"{name}.json", json.dumps(stated, indent=2) + "\n")


def _reader(block: NDArray[np.floating], how: Fitting) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean ``(d,)`` of a block and what takes a deviation from it to its components, ``(d, r)``, scaled to length 1."""
    held = block[np.any(block, axis=1)].astype(np.float64)
    if len(held) == 0:
        return np.zeros(block.shape[1]), np.zeros((block.shape[1], 1))
    mean = held.mean(axis=0)
    _, _, axes = np.linalg.svd(held - mean, full_matrices=False)
    axes = axes[: how.user_rank]
    spread = ((held - mean) @ axes.T).std(axis=0)
    axes, spread = axes[spread > _SMALL], spread[spread > _SMALL]
    if len(axes) == 0:
        return mean, np.zeros((block.shape[1], 1))
    matrix = axes.T / (spread / spread[0]) ** how.whitening
    length = np.sqrt((((held - mean) @ matrix) ** 2).sum(axis=1).mean())
    return mean, matrix / length


def _placement(candidates: Sequence[NDArray[np.floating]], how: Fitting) -> NDArray[np.float64]:
    """What takes a candidate to its components, ``(d, k)``, scaled by the candidates' spread about their own set."""
    apart = np.concatenate([own - own.mean(axis=0) for own in candidates]).astype(np.float64)
    apart = np.unique(apart.round(6), axis=0)
    _, spread, axes = np.linalg.svd(apart, full_matrices=False)
    axes = axes[: how.rank][spread[: how.rank] > _SMALL]
    length = np.sqrt((apart**2).sum(axis=1).mean())
    placed: NDArray[np.float64] = axes.T / max(length, _SMALL)
    return placed if placed.shape[1] else np.zeros((apart.shape[1], 1))


def _padded(
    rows: Sequence[NDArray[np.float64]], offsets: Sequence[NDArray[np.floating]]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    widest = max(map(len, rows))
    stacked = np.zeros((len(rows), widest, rows[0].shape[1]))
    absent = np.full((len(rows), widest), -np.inf)
    for number, (own, offset) in enumerate(zip(rows, offsets, strict=True)):
        stacked[number, : len(own)] = own
        absent[number, : len(own)] = offset
    return stacked, absent
