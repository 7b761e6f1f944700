"""A deterministic embedder without a model, for tests and for machines without one."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING
from zlib import crc32

import numpy as np

from indexes.analysis import analyse
from indexes.embedding import well_formed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["HashingEmbedder"]

_GRAM = 3
_GRAM_WEIGHT = 0.5
_SIGN_BIT = 1 << 31
_VERSION = 1


class HashingEmbedder:
    """Signed feature hashing of tokens and character trigrams (Weinberger et al. 2009, arXiv:0902.2206).

    Texts that share words are near each other and no other meaning is captured. The hash is CRC-32 of the UTF-8 bytes,
    so that vectors are the same on every machine and in every process.

    Args:
        dimension: Length of the vectors, at least 1.

    Raises:
        ValueError: The dimension is below 1.
    """

    def __init__(self, dimension: int = 256) -> None:
        if dimension < 1:
            raise ValueError(f"dimension must be at least 1, got {dimension}")
        self.dimension = dimension
        self.name = f"hashing-{dimension}-v{_VERSION}"

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Encode texts: ``(len(texts), dimension)``, rows of L2 norm 1."""
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in zip(vectors, texts, strict=True):
            for token in analyse(well_formed(text)):
                for code, weight in _features(token):
                    row[code % self.dimension] += weight
            if not row.any():  # no token, or features that cancel out: still a unit vector, as promised
                row[0] = 1.0
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors


@lru_cache(maxsize=65_536)
def _features(token: str) -> tuple[tuple[int, float], ...]:
    """Hash and signed weight of the token and of its trigrams, the ends marked."""
    marked = f"#{token}#"
    grams = [marked[i : i + _GRAM] for i in range(len(marked) - _GRAM + 1)]
    weighted = [(f"token:{token}", 1.0), *((f"gram:{gram}", _GRAM_WEIGHT) for gram in grams)]
    codes = [(crc32(feature.encode()), weight) for feature, weight in weighted]
    return tuple((code, weight if code & _SIGN_BIT else -weight) for code, weight in codes)
