"""What words mean, for values: "comedy" may be a genre and "Oslo" a city, whatever stands around them.

The features of `resolver.candidates` see form and place of a piece of text, not its sense. Here a piece, as the mean of
its token vectors, meets a parameter, as the embedding of its name and description, in a bilinear form of low rank. It
was learned from the values that people gave for known parameters; of a parameter unlike all of these it says nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from resolver.bilinear import model_of
from resolver.errors import WeightsError
from resolver.rivals import RIVAL_FEATURES, RIVAL_NONE_FEATURES
from resolver.weights import SHIPPED, WeightFolder

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from indexes import Embedder

__all__ = ["SECOND_FEATURES", "Sense", "SenseArrays", "SenseModel"]

SECOND_FEATURES = (*RIVAL_FEATURES, *RIVAL_NONE_FEATURES)
"""The features of the second look (`resolver.rivals`), whose weights differ where the first one knows the senses."""

_STRANGE, _KNOWN = 0.85, 0.95
"""Cosine of a parameter with the nearest known one up to which its senses are unknown, and from which they are known.
In the training sets it is 1 for the same catalog and about .45 for others, of which the form says nothing right."""


class SenseArrays(NamedTuple):
    """The form; ``s`` is the dimension of token vectors, ``d`` that of embeddings.

    Attributes:
        words: ``(s + 1, k)``, the map of a piece, and its constant in the last row.
        parameters: ``(d + 1, k)``, the same for a parameter.
        known: ``(p, d)``, the unit embeddings of the parameters it was learned from.
    """

    words: NDArray[np.float32]
    parameters: NDArray[np.float32]
    known: NDArray[np.float32]


class SenseModel:
    """The learned form.

    Args:
        arrays: Its arrays.
        second: Weights of the second look, by `SECOND_FEATURES`.
        none: What leaving a parameter out gains beside pieces with their senses.
        model: The embedding model it is for, as `resolver.bilinear.model_of` names it.

    Attributes:
        arrays, none, model: As given.
        second: The weights by feature.
        of_rivals: ``(len(RIVAL_FEATURES),)`` of them.
        of_rival_none: ``(len(RIVAL_NONE_FEATURES),)`` of them.

    Raises:
        WeightsError: The arrays do not fit each other, a number is not finite, or a feature is missing.
    """

    def __init__(self, arrays: SenseArrays, second: Mapping[str, float], *, none: float, model: str) -> None:
        words, parameters, known = arrays
        shaped = all(array.ndim == 2 for array in arrays) and len(words) > 1 and len(parameters) > 1  # noqa: PLR2004
        if not shaped or words.shape[1] != parameters.shape[1] or known.shape[1:] != (len(parameters) - 1,):
            raise WeightsError(f"senses: arrays of shapes {[array.shape for array in arrays]} do not fit each other")
        if not all(np.isfinite(array).all() for array in arrays) or not len(known):
            raise WeightsError("senses: arrays are empty or not finite")
        if set(second) != set(SECOND_FEATURES):
            raise WeightsError("senses: weights of the second look are missing or unknown")
        self.arrays, self.second, self.none, self.model = arrays, dict(second), none, model
        self.of_rivals = np.array([second[name] for name in RIVAL_FEATURES], dtype=np.float32)
        self.of_rival_none = np.array([second[name] for name in RIVAL_NONE_FEATURES], dtype=np.float32)

    @classmethod
    def load(cls, folder: WeightFolder | None = None) -> SenseModel:
        """The form of a folder; the shipped one, for the default embedding model, without."""
        return (folder or SHIPPED).once(cls._of)

    @classmethod
    def _of(cls, folder: WeightFolder) -> SenseModel:
        second = folder.weights("senses.json", SECOND_FEATURES)
        arrays = SenseArrays(*folder.arrays("senses.npz", SenseArrays._fields))
        about = folder.json("senses.json")
        try:
            none, model = float(about["none"]), model_of(str(about["embedder"]))
        except (ValueError, TypeError, KeyError) as error:
            raise WeightsError(f"{folder.where('senses.json')}: {error!r}") from None
        return cls(arrays, second, none=none, model=model)

    def knows(self, embedder: Embedder) -> bool:
        """Whether it was learned on this embedder's vectors."""
        return embedder.dimension == len(self.arrays.parameters) - 1 and model_of(embedder.name) == self.model

    def familiar(self, parameters: NDArray[np.float32]) -> NDArray[np.float32]:
        """How far parameters ``(m, d)`` are of a kind that it was learned from, ``(m,)`` in [0, 1]."""
        nearest = (parameters @ self.arrays.known.T).max(axis=1)
        known: NDArray[np.float32] = np.clip((nearest - _STRANGE) / (_KNOWN - _STRANGE), 0.0, 1.0)
        return known

    def scores(self, pieces: NDArray[np.float32], parameters: NDArray[np.float32]) -> NDArray[np.float32]:
        """What the senses of pieces ``(n, s)`` say for parameters ``(m, d)``, as log-odds ``(m, n)``."""
        words, wanted, _ = self.arrays
        placed: NDArray[np.float32] = (parameters @ wanted[:-1] + wanted[-1]) @ (pieces @ words[:-1] + words[-1]).T
        return placed


class Sense(NamedTuple):
    """A form with what it needs of one tool.

    Attributes:
        model: The form.
        tokens: Makes the token vectors of a text.
        parameters: ``(m, d)``, the embeddings of the tool's parameters.
        familiar: ``(m,)``, how far each is known.
    """

    model: SenseModel
    tokens: Embedder
    parameters: NDArray[np.float32]
    familiar: NDArray[np.float32]

    def scores(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """What the senses of ``n`` texts say for the ``m`` parameters, ``(m, n)``."""
        return self.model.scores(self.tokens.encode(texts), self.parameters)
