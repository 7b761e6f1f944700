"""Many different short facts with vectors that lie as those of real sentences do, for measuring stores."""

from __future__ import annotations

import random
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from indexes import Embedder

__all__ = ["ENDINGS", "QUERIES", "FactSource"]

_OPENINGS = ("I prefer", "I never want", "My partner likes", "For work I need", "On holidays I choose", "I once tried")
_THINGS = (
    *("a quiet table", "a window seat", "the early train", "vegetarian dishes", "a hotel near the station", "jazz"),
    *("crime novels", "the cheapest plan", "a city bicycle", "organic fruit", "a gluten-free cake", "late checkout"),
    *("a massage", "documentaries", "a direct flight", "an electric car", "cotton shirts", "express delivery"),
)
ENDINGS = ("when it rains", "at the weekend", "with my daughter", "under 40 euros", "in the evening", "in Bergen")
QUERIES = (
    "book me a table for two tonight",
    "find a train to the conference",
    "order lunch to the office",
    "what could we watch this evening",
    "I need a present for my sister",
    "get me to the airport by seven",
    "renew my subscription",
    "look for a hotel by the sea",
)
"""What is asked for in the measurements."""
_SPREAD = 0.35  # of the noise by which copies of a sentence differ; cosines between copies are then about .9


class FactSource:
    """Facts as fast as they can be made: sentences encoded once, and copies of them that differ a little.

    Encoding a million sentences takes a quarter of an hour and says nothing of a store.

    Args:
        embedder: Encodes the sentences.
        seed: Of the choice and of the noise.
    """

    def __init__(self, embedder: Embedder, *, seed: int = 1) -> None:
        self._sentences = [" ".join(parts) for parts in product(_OPENINGS, _THINGS, ENDINGS)]
        self._vectors = embedder.encode(self._sentences)
        self._rng = np.random.default_rng(seed)
        self._words = random.Random(seed)  # noqa: S311 - no secret

    def take(self, count: int) -> tuple[list[str], NDArray[np.float32]]:
        """Some texts, all different, and their unit vectors, ``(count, d)``."""
        chosen = self._rng.integers(len(self._sentences), size=count)
        noise = self._rng.standard_normal((count, self._vectors.shape[1]), dtype=np.float32)
        noise *= _SPREAD / np.sqrt(self._vectors.shape[1])
        vectors = self._vectors[chosen] + noise
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        marks = (f"({self._words.getrandbits(32):08x})" for _ in range(count))
        return [f"{self._sentences[n]} {mark}" for n, mark in zip(chosen, marks, strict=True)], vectors
