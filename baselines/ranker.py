"""A learned rival: a standard ranker over plain features of each tool, trained on the same folds as the resolver.

What ``profile-bench fit-ranker`` trained is a readable JSON file beside the weights of the folds::

    {"features": [name, ...], "rankers": [ranker, ...], "cases": {case id: number of its ranker}}

where a ranker is ``{"kind": "linear", "weights": [...]}`` or ``{"kind": "trees", "trees": [...]}``, a tree having the
lists ``feature`` (-1 in a leaf), ``threshold``, ``left``, ``right`` and ``value``.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from baselines.ranking_features import RANKING_FEATURES, ranking_features
from baselines.retrieval import CardSearch
from baselines.workbench import WorkbenchSystem
from resolver.errors import WeightsError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray
    from pydantic import JsonValue

    from baselines.case import Case, Prediction
    from baselines.workbench import Workbench

__all__ = ["LinearRanker", "Ranker", "RankerSystem", "Rankers", "Tree", "TreeRanker", "ranker_file"]


class _Read(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class LinearRanker(_Read):
    """A weight for each feature."""

    kind: Literal["linear"] = "linear"
    weights: tuple[float, ...]

    def scores(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Scores of ``(t, f)`` features, ``(t,)``; more is better."""
        scores: NDArray[np.float64] = rows @ np.array(self.weights)
        return scores

    @model_validator(mode="after")
    def _fits(self) -> LinearRanker:
        if len(self.weights) != len(RANKING_FEATURES):
            raise ValueError(f"{len(self.weights)} weights for {len(RANKING_FEATURES)} features")
        return self


class Tree(_Read):
    """A binary tree, node 0 on top: left where the feature is at most the threshold. Children have higher numbers."""

    feature: tuple[int, ...] = Field(min_length=1)
    threshold: tuple[float, ...]
    left: tuple[int, ...]
    right: tuple[int, ...]
    value: tuple[float, ...]

    def values(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """The value of the leaf of each row."""
        feature, threshold = np.array(self.feature), np.array(self.threshold)
        left, right, every = np.array(self.left), np.array(self.right), np.arange(len(rows))
        node = np.zeros(len(rows), dtype=np.int64)
        while (inner := feature[node] >= 0).any():
            below = rows[every, feature[node]] <= threshold[node]
            node = np.where(inner, np.where(below, left[node], right[node]), node)
        return np.array(self.value)[node]

    @model_validator(mode="after")
    def _is_a_tree(self) -> Tree:
        size = len(self.feature)
        if {len(self.threshold), len(self.left), len(self.right), len(self.value)} != {size}:
            raise ValueError("the lists of a tree differ in length")
        for node, (feature, *children) in enumerate(zip(self.feature, self.left, self.right, strict=True)):
            if feature >= len(RANKING_FEATURES):
                raise ValueError(f"node {node} asks for feature {feature} of {len(RANKING_FEATURES)}")
            if feature >= 0 and not all(node < child < size for child in children):
                raise ValueError(f"node {node} has the children {children}; there are {size} nodes")
        return self


class TreeRanker(_Read):
    """The sum of trees."""

    kind: Literal["trees"] = "trees"
    trees: tuple[Tree, ...]

    def scores(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Scores of ``(t, f)`` features, ``(t,)``; more is better."""
        scores = np.zeros(len(rows))
        for tree in self.trees:
            scores += tree.values(rows)
        return scores


Ranker = LinearRanker | TreeRanker


class _File(BaseModel):
    features: tuple[str, ...]
    rankers: tuple[Ranker, ...]
    cases: dict[str, int]


@dataclass(frozen=True, kw_only=True)
class Rankers:
    """Rankers, and by case id the number of the one that did not see the case's group.

    Attributes:
        trained: The rankers.
        cases: Number of the ranker by case id.
        digest: The first 16 digits of the file's SHA-256.
    """

    trained: tuple[Ranker, ...]
    cases: Mapping[str, int]
    digest: str

    @classmethod
    def read(cls, file: Path) -> Rankers:
        """From the file that ``profile-bench fit-ranker`` wrote.

        Raises:
            WeightsError: There is none, it is damaged, or it is of other features.
        """
        try:
            content = file.read_bytes()
            read = _File.model_validate_json(content)
        except OSError as error:
            raise WeightsError(f"{file}: {error.strerror}; train it by profile-bench fit-ranker") from None
        except ValidationError as error:
            raise WeightsError(f"{file}: no file of rankers: {error.errors()[0]['msg']}") from None
        if read.features != RANKING_FEATURES:
            raise WeightsError(f"{file}: of other features; train it again by profile-bench fit-ranker")
        if strange := [case for case, number in read.cases.items() if not 0 <= number < len(read.rankers)]:
            raise WeightsError(f"{file}: {strange[0]!r} has ranker {read.cases[strange[0]]} of {len(read.rankers)}")
        return cls(trained=read.rankers, cases=read.cases, digest=hashlib.sha256(content).hexdigest()[:16])

    def to_json(self) -> dict[str, Any]:
        """What `read` reads, but for what else the file says."""
        return {
            "features": list(RANKING_FEATURES),
            "rankers": [json.loads(ranker.model_dump_json()) for ranker in self.trained],
            "cases": dict(sorted(self.cases.items())),
        }

    def of(self, case: Case) -> Ranker:
        """The ranker of a case.

        Raises:
            WeightsError: The case has none: any of them may have been trained on it.
        """
        if case.id not in self.cases:
            raise WeightsError(f"the case {case.id!r} is in no fold of the rankers; any may be trained on it")
        return self.trained[self.cases[case.id]]


def ranker_file(weights: Path, name: str) -> Path:
    """Where a folder of held-out weights has the rankers of a system."""
    return weights / f"{name}.json"


class RankerSystem(WorkbenchSystem):
    """The tool of the highest score of a ranker that did not see the case's group.

    Args:
        workbench: Shared caches; its variant has a folder of weights with the rankers.
        name: ``ranker``, trained on the other folds of all sets together as the resolver is, or ``ranker_own``, on
            those of the case's own set alone, as if it were known which set a case is of.

    Raises:
        WeightsError: There are no such rankers.
    """

    def __init__(self, workbench: Workbench, name: str) -> None:
        super().__init__(workbench)
        self.name = name
        self._search = CardSearch(workbench)
        folder = workbench.variant.weights
        if folder is None:
            raise WeightsError(f"{name} is trained, and none is shipped: profile-bench fit-ranker, run --weights")
        self._rankers = Rankers.read(ranker_file(folder, name))

    @property
    def configuration(self) -> dict[str, JsonValue]:
        """What the answers depend on."""
        return {**super().configuration, "rankers": self._rankers.digest}

    def predict(self, case: Case) -> Prediction:
        """Answer one case."""
        desk = self._workbench.lay_out(case)
        if not desk.cards.catalog.tools:
            return self._workbench.answer(case, desk, None)
        scores = self._rankers.of(case).scores(ranking_features(desk, self._search))
        return self._workbench.answer(case, desk, int(np.argmax(scores)))
