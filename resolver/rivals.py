"""What the other parameters make of a piece: features of the second look, from the scores of the first.

A parameter on its own cannot tell "San Marino" the city from the name of a shop, nor that a name in the query must be
something. So each looks twice: the second time it also sees how much other parameters want the same text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from resolver.pieces import Piece, PieceKind

__all__ = ["RIVAL_FEATURES", "RIVAL_NONE_FEATURES", "rival_features", "rival_none_features"]

_SALIENT: dict[str, tuple[PieceKind, ...]] = {
    "name": ("name",),
    "quoted": ("quoted",),
    "day": ("date", "moment"),
    "clock": ("time",),
    "number": ("number", "money"),
    "code": ("code", "email", "url", "phone"),
    "option": ("option",),
    "words": ("phrase", "part", "tail", "joined"),
}
RIVAL_FEATURES = (
    *("second_score", "second_share", "second_rival", "second_best_of_piece", "second_best_of_parameter"),
    *("second_overlap", "second_margin"),
    *(f"second_owner_{name}" for name in _SALIENT),
    "second_owner",
)
"""Features of a parameter and a piece: the first score, and how it compares with the scores of others."""
RIVAL_NONE_FEATURES = ("second_none", "second_taken")
"""Features of leaving the parameter out at the second look."""

_CLIP = 6.0


def rival_features(
    scores: NDArray[np.float32], left_out: NDArray[np.float32], pieces: Sequence[Piece]
) -> NDArray[np.float32]:
    """Features of the second look.

    Args:
        scores: ``(m, n) float32``, scores of the first look; minus infinity where a piece may not be the value.
        left_out: ``(m,) float32``, those of leaving parameters out.
        pieces: The ``n`` pieces.

    Returns:
        ``(m, n, k) float32`` in the order of `RIVAL_FEATURES`.
    """
    wanted = np.clip(scores - left_out[:, None], -_CLIP, _CLIP).astype(np.float32)
    many, wide = wanted.shape
    made = np.zeros((many, wide, len(RIVAL_FEATURES)), dtype=np.float32)
    if not wide:
        return made
    overlap = _overlaps(pieces)
    best = wanted.argmax(axis=0)
    two = np.partition(np.concatenate([wanted, np.full((2, wide), -_CLIP, dtype=np.float32)]), -2, axis=0)[-2:]
    rival = np.where(np.arange(many)[:, None] == best[None, :], two[0], two[1])
    total = np.log(np.exp(wanted).sum(axis=0, keepdims=True) + 1.0)
    made[:, :, 0] = wanted
    made[:, :, 1] = wanted - total
    made[:, :, 2] = rival
    made[:, :, 3] = np.arange(many)[:, None] == best[None, :]
    top = wanted.max(axis=1, keepdims=True)
    made[:, :, 4] = wanted == top
    # how much others want text that overlaps this piece, and how much this parameter wants another piece
    claims = np.where(overlap[None], rival[:, None, :], -_CLIP).max(axis=2)
    made[:, :, 5] = np.maximum(claims - rival, 0.0)
    second = np.partition(np.concatenate([wanted, np.full((many, 1), -_CLIP)], axis=1), -2, axis=1)[:, -2:-1]
    made[:, :, 6] = wanted - np.where(wanted == top, second, top)
    # whose it is if it is anyone's, and whether that parameter has nothing better
    grown = np.exp(np.where(np.isfinite(scores), wanted, -_CLIP - 2.0))
    around = np.where(overlap[None], grown[:, None, :], 0.0).max(axis=2)
    owner = grown / np.maximum(around.sum(axis=0, keepdims=True) - around + grown, 1e-6)
    owner *= grown / grown.sum(axis=1, keepdims=True)
    kinds = [piece.kind for piece in pieces]
    for number, members in enumerate(_SALIENT.values(), start=7):
        own = np.array([kind in members for kind in kinds], dtype=np.float32)
        made[:, :, number] = owner * own[None, :]
    made[:, :, -1] = owner
    return made


def rival_none_features(
    scores: NDArray[np.float32], left_out: NDArray[np.float32], pieces: Sequence[Piece]
) -> NDArray[np.float32]:
    """``(m, k) float32`` in the order of `RIVAL_NONE_FEATURES`; arguments as of `rival_features`."""
    del pieces
    wanted = np.clip(scores - left_out[:, None], -_CLIP, _CLIP)
    made = np.zeros((len(left_out), len(RIVAL_NONE_FEATURES)), dtype=np.float32)
    made[:, 0] = 1.0
    best = wanted.max(axis=1, initial=-_CLIP)
    made[:, 1] = (1.0 / (1.0 + np.exp(-best))).sum() - 1.0 / (1.0 + np.exp(-best))
    return made


def _overlaps(pieces: Sequence[Piece]) -> NDArray[np.bool_]:
    starts = np.array([piece.start for piece in pieces])
    ends = np.array([piece.end for piece in pieces])
    return (starts[:, None] < ends[None, :]) & (starts[None, :] < ends[:, None])
