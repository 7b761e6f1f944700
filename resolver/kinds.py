"""A space in which values of one kind lie close together: cities by cities, names of people by names of people.

An embedding of a short text says what it is about; of that, a linear map keeps what tells the values of one parameter
from those of another (Fisher's discriminant over the values of many catalogs' calls). The map knows no kind by name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from resolver.bilinear import model_of
from resolver.errors import WeightsError
from resolver.weights import SHIPPED, WeightFolder

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from indexes import Embedder

__all__ = ["KindSpace"]


class KindSpace:
    """The map into the space of kinds.

    Args:
        weights: ``(d + 1, k) float32``; the first row is the origin in the space, the others the map of embeddings.
        model: The embedding model it is for, as `resolver.bilinear.model_of` names it.

    Raises:
        WeightsError: Another shape, or a weight that is not finite.
    """

    def __init__(self, weights: NDArray[np.float32], *, model: str) -> None:
        if weights.ndim != 2 or len(weights) < 2 or not np.isfinite(weights).all():  # noqa: PLR2004
            raise WeightsError(f"kinds: expected finite weights of shape (d + 1, k), got {weights.shape}")
        self.weights, self.model = weights, model

    @classmethod
    def load(cls, folder: WeightFolder | None = None) -> KindSpace:
        """The map of a folder; the shipped one, for the default embedding model, without."""
        return (folder or SHIPPED).once(cls._of)

    @classmethod
    def _of(cls, folder: WeightFolder) -> KindSpace:
        weights = folder.array("kinds.npy").astype(np.float32)
        about = folder.json("kinds.json")
        try:
            return cls(weights, model=model_of(about["embedder"]))
        except (TypeError, KeyError, AttributeError) as error:
            raise WeightsError(f"{folder.where('kinds.json')}: {error!r}") from None

    def knows(self, embedder: Embedder) -> bool:
        """Whether the space is one of this embedder's vectors; those of another model mean nothing in it."""
        return embedder.dimension == self.dimension and model_of(embedder.name) == self.model

    @property
    def dimension(self) -> int:
        """Of the embeddings it maps."""
        return len(self.weights) - 1

    @property
    def size(self) -> int:
        """Of the space."""
        return int(self.weights.shape[1])

    def place(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """Embeddings ``(n, d)`` as unit vectors ``(n, k)``; zeros for embeddings of another dimension."""
        if vectors.ndim != 2 or vectors.shape[1] != self.dimension:  # noqa: PLR2004
            return np.zeros((len(vectors), self.size), dtype=np.float32)
        mapped: NDArray[np.float32] = vectors @ self.weights[1:] - self.weights[0]
        length = np.linalg.norm(mapped, axis=1, keepdims=True)
        unit: NDArray[np.float32] = np.divide(mapped, length, out=np.zeros_like(mapped), where=length > 0.0)
        return unit
