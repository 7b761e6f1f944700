"""What decides that one request wants several calls: small logistic models over named features, shipped as JSON."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

from resolver.errors import WeightsError
from resolver.weights import SHIPPED, WeightFolder, read_weights

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["CARRY_FEATURES", "DOMAIN_FEATURES", "PARTS", "VALUE_FEATURES", "SeveralModel"]

VALUE_FEATURES = (
    "either",
    "first",
    "second",
    "likeness",
    "shared_words",
    "closed",
    "closed_differs",
    "first_hangs",
    "second_hangs",
    "bias",
)
"""Whether a second value that instructions set for a parameter is wanted beside the first."""

DOMAIN_FEATURES = (
    "also",
    "joined",
    "ahead",
    "behind",
    "rest",
    "bias",
)
"""Whether a statement says that of two platforms the one is to be looked at as well as the other."""

CARRY_FEATURES = (
    "name_share",
    "cosine",
    "best_there",
    "best_here",
    "both_place",
    "both_date",
    "both_time",
    "both_number",
    "both_name",
    "kinds_apart",
    "suits",
    "suits_rather",
    "listed",
    "bias",
)
"""Whether a value of one call is one of a parameter of another tool too."""

PARTS: dict[str, tuple[str, ...]] = {"values": VALUE_FEATURES, "domains": DOMAIN_FEATURES, "carry": CARRY_FEATURES}


class SeveralModel:
    """Decides on several values, on several domains, and on what one call shares with another.

    Args:
        values: Weight by feature of `VALUE_FEATURES`.
        domains: Weight by feature of `DOMAIN_FEATURES`; None never looks at a second domain.
        carry: Weight by feature of `CARRY_FEATURES`; None where ``domains`` is None.

    Raises:
        WeightsError: A feature is missing or unknown.
    """

    def __init__(
        self,
        values: Mapping[str, float],
        domains: Mapping[str, float] | None = None,
        carry: Mapping[str, float] | None = None,
    ) -> None:
        self.weights = {
            name: dict(own) for name, own in (("values", values), ("domains", domains), ("carry", carry)) if own
        }
        if ("domains" in self.weights) != ("carry" in self.weights):
            raise WeightsError("several: domains and carry are learned together")
        for name, own in self.weights.items():
            if wrong := own.keys() ^ set(PARTS[name]):
                raise WeightsError(f"several: {name}: weights are missing or unknown: {', '.join(sorted(wrong))}")

    @classmethod
    def load(cls, folder: WeightFolder | None = None) -> SeveralModel:
        """The model of a folder, the shipped one without."""
        return (folder or SHIPPED).once(cls._of)

    @classmethod
    def _of(cls, folder: WeightFolder) -> SeveralModel:
        return cls.read(folder.text("several.json"), where=folder.where("several.json"))

    @classmethod
    def read(cls, text: str, *, where: str = "several") -> SeveralModel:
        """A model from JSON with a section for each of `PARTS`, the last two of which may be missing.

        Raises:
            WeightsError: It is something else.
        """
        try:
            data = json.loads(text)
            parts = {name: json.dumps(data[name]) for name in PARTS if name in data}
        except (ValueError, TypeError) as error:
            raise WeightsError(f"{where}: {error!r}") from error
        if "values" not in parts:
            raise WeightsError(f"{where}: there is no section values")
        return cls(**{name: read_weights(own, PARTS[name], where=f"{where}: {name}") for name, own in parts.items()})

    @property
    def knows_domains(self) -> bool:
        """Whether it has learned of several domains."""
        return "domains" in self.weights

    def probability(self, part: str, features: Mapping[str, float]) -> float:
        """That of one of `PARTS`; a feature that is not given is 0."""
        own = self.weights[part]
        score = own["bias"] + sum(own[name] * value for name, value in features.items())
        return 1.0 / (1.0 + math.exp(-max(min(score, 50.0), -50.0)))
