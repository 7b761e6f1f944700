"""The weights by which `resolver.matching` tells whether a tool does what is asked for at all."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from resolver.bilinear import model_of
from resolver.errors import WeightsError
from resolver.weights import SHIPPED, WeightFolder

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from indexes import Embedder

__all__ = ["MATCH_FEATURES", "MatchModel"]

MATCH_FEATURES = ("card", "spoken", "named", "filled")
_BIAS = "bias"
_FARTHEST = 30.0


class MatchModel:
    """A logistic model of whether a tool does what is asked for.

    Args:
        weights: By feature, and of ``bias``.
        model: The embedding model it was learned on, as `resolver.bilinear.model_of` names it.

    Raises:
        WeightsError: A feature is missing or unknown.
    """

    def __init__(self, weights: Mapping[str, float], *, model: str) -> None:
        if wrong := weights.keys() ^ {*MATCH_FEATURES, _BIAS}:
            raise WeightsError(f"match: weights are missing or unknown: {', '.join(sorted(wrong))}")
        self.weights, self.model = dict(weights), model

    @classmethod
    def load(cls, folder: WeightFolder | None = None) -> MatchModel:
        """The model of a folder, the shipped one without."""
        return (folder or SHIPPED).once(cls._of)

    @classmethod
    def _of(cls, folder: WeightFolder) -> MatchModel:
        weights = folder.weights("match.json", (*MATCH_FEATURES, _BIAS))
        return cls(weights, model=model_of(str(folder.json("match.json").get("embedder"))))

    def knows(self, embedder: Embedder) -> bool:
        """Whether it was learned on this embedder's vectors."""
        return model_of(embedder.name) == self.model

    def probability(self, features: Sequence[float]) -> float:
        """Of features in the order of `MATCH_FEATURES`."""
        score = self.weights[_BIAS] + sum(
            self.weights[name] * value for name, value in zip(MATCH_FEATURES, features, strict=True)
        )
        return 1.0 / (1.0 + math.exp(-max(min(score, _FARTHEST), -_FARTHEST)))
