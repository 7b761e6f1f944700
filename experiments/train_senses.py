"""Trains the senses of words for parameters, on top of an extractor that knows form and place only.

The extractor's scores stay as they are; a bilinear form of low rank is added to them, fitted to the same choices. So
where the form is silent, the extractor answers as it would without it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from experiments._files import write_whole
from experiments.extract_examples import likelihood, rows_of
from experiments.train_extract import PENALTY, fit_choices, prior_of
from resolver.bilinear import model_of
from resolver.reading import parameter_card
from resolver.rivals import rival_features, rival_none_features
from resolver.senses import SECOND_FEATURES, SenseArrays, SenseModel

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from experiments.extract_examples import ExtractExample, Rows
    from indexes import Embedder
    from resolver.extract import Extractor

__all__ = ["train_senses", "write_senses"]

_PIECES, _PARAMETERS = 64, 32  # dimensions of both sides
_PENALTY = 1e-2
_EVENNESS = 0.25  # by which power of their share of the variance the dimensions are evened out
_STEPS = 300


class _Side(NamedTuple):
    """One side of the form: different texts with their vectors, and the principal axes in which they are placed."""

    number: dict[str, int]
    mean: NDArray[np.float32]
    axes: NDArray[np.float32]
    placed: NDArray[np.float32]


def train_senses(
    examples: Sequence[ExtractExample], extractor: Extractor, embedder: Embedder, tokens: Embedder
) -> SenseModel:
    """The form, fitted to examples that an extractor was trained on.

    Args:
        examples: What to train on.
        extractor: What is to be corrected.
        embedder: Embeds the parameters.
        tokens: Embeds the pieces: `indexes.static_of` the embedder.

    Raises:
        ValueError: There is no parameter with a piece to choose.
    """
    taught = [example for example in examples if example.parameters]
    cards = sorted({parameter_card(own.parameter) for example in taught for own in example.parameters})
    texts = sorted({piece.text for example in taught for piece in example.candidates.pieces})
    if not cards or not texts:
        raise ValueError("no example has a parameter and a piece of text")
    vectors = embedder.encode(cards)
    wanted, said = _side(cards, vectors, _PARAMETERS), _side(texts, tokens.encode(texts), _PIECES)
    rows = rows_of(taught, _first_look(extractor))
    heads, none = _fit(rows, taught, wanted, said)
    # back from the axes to the vectors, with the means taken off in the constants
    words = np.vstack([said.axes, -said.mean @ said.axes])
    of_parameters = wanted.axes @ heads[1:]
    parameters = np.vstack([of_parameters, heads[0] - wanted.mean @ of_parameters])
    arrays = SenseArrays(words.astype(np.float32), parameters.astype(np.float32), vectors)
    model = model_of(embedder.name)
    blank = SenseModel(arrays, dict.fromkeys(SECOND_FEATURES, 0.0), none=none, model=model)

    def second_look(example: ExtractExample) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        first, left_out = extractor.first_scores(example.candidates)
        pieces = example.candidates.pieces
        if pieces:
            first = first + heads_of(example) @ said.placed[[said.number[piece.text] for piece in pieces]].T
        left_out = left_out + np.float32(none)
        return rival_features(first, left_out, pieces), rival_none_features(first, left_out, pieces)

    def heads_of(example: ExtractExample) -> NDArray[np.float32]:
        numbers = [wanted.number[parameter_card(own.parameter)] for own in example.parameters]
        placed: NDArray[np.float32] = wanted.placed[numbers] @ heads[1:] + heads[0]
        return placed

    second = np.concatenate(fit_choices(rows_of(taught, second_look), np.array(PENALTY), prior_of(SECOND_FEATURES)))
    named = dict(zip(SECOND_FEATURES, np.round(second, 4).tolist(), strict=True))
    return SenseModel(blank.arrays, named, none=round(none, 4), model=model)


def _first_look(
    extractor: Extractor,
) -> Callable[[ExtractExample], tuple[NDArray[np.float32], NDArray[np.float32]]]:
    """The extractor's scores as the only feature, of pieces and of none."""

    def look(example: ExtractExample) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        first, left_out = extractor.first_scores(example.candidates)
        return first[..., None], left_out[..., None]

    return look


def _side(texts: Sequence[str], vectors: NDArray[np.float32], rank: int) -> _Side:
    mean = vectors.mean(axis=0)
    _, lengths, directions = np.linalg.svd(vectors - mean, full_matrices=False)
    rank = min(rank, int((lengths > 1e-6 * lengths[0]).sum()) or 1)
    axes = directions[:rank].T * (lengths[:rank] / max(float(lengths[0]), 1e-9)) ** -_EVENNESS
    axes /= max(float(np.std((vectors - mean) @ axes)), 1e-9)
    return _Side({text: place for place, text in enumerate(texts)}, mean, axes, (vectors - mean) @ axes)


def _fit(
    rows: Rows, examples: Sequence[ExtractExample], wanted: _Side, said: _Side
) -> tuple[NDArray[np.float32], float]:
    """The form between the axes, ``(1 + q, k)`` with the constant first, and what leaving out gains."""
    from scipy.optimize import minimize  # noqa: PLC0415  (heavy)

    places: list[int] = []
    asked: list[int] = []
    for example in examples:
        numbers = np.array([said.number[piece.text] for piece in example.candidates.pieces], dtype=np.int64)
        for parameter, own in enumerate(example.parameters):
            places.extend(numbers[np.flatnonzero(example.candidates.valid[parameter])])
            asked.append(wanted.number[parameter_card(own.parameter)])
    pieces = said.placed[places]
    parameters = np.column_stack([np.ones(len(asked), dtype=np.float32), wanted.placed[asked]])
    many, shape = len(rows.none), (parameters.shape[1], pieces.shape[1])
    before, before_none = rows.features[:, 0].astype(np.float64), rows.none[:, 0]
    filled = np.flatnonzero(np.bincount(rows.owner, minlength=many))
    starts = np.searchsorted(rows.owner, filled)

    def loss(values: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        heads = parameters @ values[:-1].reshape(shape).astype(np.float32)
        scores = before + (pieces * heads[rows.owner]).sum(axis=1)
        value, slope, slope_none = likelihood(rows, scores, before_none + values[-1])
        summed = np.zeros((many, shape[1]), dtype=np.float32)
        summed[filled] = np.add.reduceat(pieces * slope[:, None].astype(np.float32), starts, axis=0)
        gradient = np.append((parameters.T @ summed).ravel(), slope_none.sum())
        return float(_PENALTY * values @ values) - value, 2.0 * _PENALTY * values - gradient

    start = np.zeros(shape[0] * shape[1] + 1)
    if not len(pieces):
        return start[:-1].reshape(shape).astype(np.float32), 0.0
    found = minimize(
        loss, start, jac=True, method="L-BFGS-B", options={"maxiter": _STEPS, "gtol": 1e-6, "ftol": 1e-8}
    ).x
    return found[:-1].reshape(shape).astype(np.float32), float(found[-1])


def write_senses(model: SenseModel, folder: Path, about: Mapping[str, object]) -> None:
    """The form as ``senses.json`` and ``senses.npz`` in a folder."""
    content = {**about, "none": model.none, "features": model.second}
    write_whole(folder / "senses.json", json.dumps(content, indent=2) + "\n")
    arrays = {name: array.astype(np.float16) for name, array in model.arrays._asdict().items()}
    np.savez(folder / "senses.npz", allow_pickle=False, **arrays)
