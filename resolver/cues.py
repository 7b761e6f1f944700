"""Where the words of parameters stand in a text, as seen from its pieces."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from resolver.pieces import Piece
    from resolver.reading import ParameterReading
    from resolver.text import TextReading

__all__ = ["Cues", "abbreviated", "best_of_others"]

_SHORTEST_CUT = 3


class Cues:
    """Where the words of each parameter stand in the text, as seen from each piece.

    Attributes:
        first: ``(n,) int64``, each piece's first word; ``last`` its last.
        named: ``(m, w) bool``, which words are of the parameter's name; ``told`` of its description.
    """

    def __init__(self, reading: TextReading, parameters: Sequence[ParameterReading], pieces: Sequence[Piece]) -> None:
        self.first = np.array([piece.first for piece in pieces], dtype=np.int64)
        self.last = np.array([piece.last for piece in pieces], dtype=np.int64)
        own = [word.stem for word in reading.words]
        self.named = np.zeros((len(parameters), len(own)), dtype=bool)
        self.told = np.zeros((len(parameters), len(own)), dtype=bool)
        places = [(place, stem) for place, stem in enumerate(own) if stem]
        for number, parameter in enumerate(parameters):
            heads = {cue[:_SHORTEST_CUT] for cue in parameter.cues if len(cue) >= _SHORTEST_CUT}
            for place, stem in places:
                if stem in parameter.cues or (stem[:_SHORTEST_CUT] in heads and abbreviated(stem, parameter.cues)):
                    self.named[number, place] = True
                elif stem in parameter.description:
                    self.told[number, place] = True

    def before(self, mask: NDArray[np.bool_]) -> NDArray[np.float32]:
        """``(m, n)``, words between each piece and the last marked word before it; large where there is none."""
        many = mask.shape[1]
        if not many or not len(self.first):
            return np.full((len(mask), len(self.first)), 99.0, dtype=np.float32)
        latest = np.maximum.accumulate(np.where(mask, np.arange(many), -99), axis=1)
        place = np.clip(self.first - 1, 0, many - 1)
        seen = np.where(self.first > 0, latest[:, place], -99)
        between: NDArray[np.float32] = (self.first - 1 - seen).astype(np.float32)
        return between

    def behind(self, mask: NDArray[np.bool_]) -> NDArray[np.float32]:
        """``(m, n)``, words between each piece and the next marked word behind it."""
        many = mask.shape[1]
        if not many or not len(self.first):
            return np.full((len(mask), len(self.first)), 99.0, dtype=np.float32)
        marked = np.where(mask, np.arange(many), many + 99)
        nextly = np.minimum.accumulate(marked[:, ::-1], axis=1)[:, ::-1]
        place = np.clip(self.last + 1, 0, many - 1)
        seen = np.where(self.last + 1 < many, nextly[:, place], many + 99)
        between: NDArray[np.float32] = (seen - self.last - 1).astype(np.float32)
        return between

    def inside(self, mask: NDArray[np.bool_]) -> NDArray[np.float32]:
        """``(m, n)``, how many marked words are in each piece."""
        if not mask.shape[1] or not len(self.first):
            return np.zeros((len(mask), len(self.first)), dtype=np.float32)
        total = np.concatenate([np.zeros((len(mask), 1)), np.cumsum(mask, axis=1)], axis=1)
        most = mask.shape[1]
        inside: NDArray[np.float64] = total[:, np.minimum(self.last + 1, most)] - total[:, np.minimum(self.first, most)]
        return inside.astype(np.float32)


def abbreviated(stem: str, names: frozenset[str]) -> bool:
    """One is the other cut short, as ``lat`` of latitude."""
    if len(stem) < _SHORTEST_CUT:
        return False
    return any(len(name) >= _SHORTEST_CUT and (stem.startswith(name) or name.startswith(stem)) for name in names)


def best_of_others(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """``(m, n)``: for each row the greatest of the other rows; 0 where there is none."""
    if len(values) < 2:  # noqa: PLR2004
        return np.zeros_like(values)
    two = np.partition(values, -2, axis=0)[-2:]
    best: NDArray[np.float32] = np.where(values == two[1], two[0], two[1])
    return best
