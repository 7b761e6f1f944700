"""Trains rivals that rank tools: scikit-learn's estimators over plain features, on the folds of the resolver.

For each fold, on the others: each way to train is judged by cross-validation over the training folds (each once held
out, so that no group is on both sides), and the best one is trained on them all. The folds are those of a folder of
held-out weights. Sets weigh the same, and so do the records of one.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from baselines.ranker import LinearRanker, Rankers, Tree, TreeRanker
from baselines.ranking_features import RANKING_FEATURES, ranking_features
from baselines.retrieval import CardSearch
from experiments.errors import DatasetError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from baselines.ranker import Ranker
    from baselines.workbench import Workbench
    from experiments.records import Dataset

__all__ = ["WAYS", "Ranked", "ranked", "train_boosted", "train_linear", "train_rankers"]

_TOLERANCE = 1e-6


@dataclass(frozen=True, kw_only=True, eq=False)
class Ranked:
    """One record: the features of its tools, ``(t, f)``, its set and fold, and the number of the gold tool.

    That is -1 where no tool of the catalog is right: nothing is learned of such a record, so that it has no features,
    but it has a ranker that answers it.
    """

    id: str
    dataset: str
    fold: int
    rows: NDArray[np.float64]
    gold: int


def ranked(
    dataset: Dataset,
    folds: Mapping[str, int],
    workbench: Workbench,
    progress: Callable[[int, int], None] | None = None,
) -> list[Ranked]:
    """The records of a dataset.

    Raises:
        DatasetError: A record is in no fold.
    """
    found, search = [], CardSearch(workbench)
    for number, record in enumerate(dataset.records, 1):
        if record.id not in folds:
            raise DatasetError(f"{dataset.name}: the record {record.id!r} is in no fold of the weights")
        desk = workbench.lay_out(record.case)
        wanted = (record.answer.platform, record.answer.calls[0].function) if record.answer.calls else None
        tools = [(tool.platform, tool.name) for tool in desk.cards.catalog.tools]
        right = tools.index(wanted) if wanted in tools else -1
        rows = np.zeros((0, len(RANKING_FEATURES))) if right < 0 else ranking_features(desk, search)
        found.append(Ranked(id=record.id, dataset=dataset.name, fold=folds[record.id], rows=rows, gold=right))
        if progress:
            progress(number, len(dataset.records))
    return found


def train_linear(records: Sequence[Ranked], *, strength: float) -> LinearRanker:
    """Pairwise logistic regression: by which differences of features the gold tool is told from each other one.

    Args:
        records: What to train on.
        strength: Inverse of the L2 penalty, as scikit-learn's ``C``.
    """
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415  (heavy)

    sizes = Counter(record.dataset for record in records)
    pairs, weights = [], []
    for record in records:
        other = np.arange(len(record.rows)) != record.gold
        pairs.append(record.rows[record.gold] - record.rows[other])
        weights.append(np.full(int(other.sum()), 1.0 / (sizes[record.dataset] * max(int(other.sum()), 1))))
    rows, weight = np.concatenate(pairs), np.concatenate(weights)
    scale = np.sqrt((rows**2).mean(axis=0)) + _TOLERANCE
    both = np.concatenate([rows, -rows]) / scale
    labels = np.repeat([1, 0], len(rows))
    model = LogisticRegression(C=strength, fit_intercept=False, max_iter=3000)
    model.fit(both, labels, sample_weight=np.tile(weight / weight.mean(), 2))
    return LinearRanker(weights=tuple(float(value) for value in model.coef_[0] / scale))


def train_boosted(records: Sequence[Ranked], *, leaves: int, trees: int) -> TreeRanker:
    """Gradient-boosted trees that tell the gold tool from the others, tool by tool.

    Raises:
        DatasetError: The trees could not be read out of scikit-learn's estimator: a version that keeps them otherwise.
    """
    from sklearn.ensemble import HistGradientBoostingClassifier  # noqa: PLC0415  (heavy)

    sizes = Counter(record.dataset for record in records)
    rows = np.concatenate([record.rows for record in records])
    labels = np.concatenate([np.arange(len(record.rows)) == record.gold for record in records])
    weight = np.concatenate([np.full(len(record.rows), 1.0 / sizes[record.dataset]) for record in records])
    model = HistGradientBoostingClassifier(
        max_iter=trees,
        max_leaf_nodes=leaves,
        learning_rate=0.1,
        min_samples_leaf=20,
        early_stopping=False,
        random_state=0,
    )
    model.fit(rows, labels, sample_weight=weight / weight.mean())
    ranker = TreeRanker(trees=tuple(_tree(step[0].nodes) for step in model._predictors))  # noqa: SLF001 - no public way
    ours, theirs = ranker.scores(rows), model.decision_function(rows)
    if np.abs((ours - ours[0]) - (theirs - theirs[0])).max() > _TOLERANCE:
        raise DatasetError("the trees that were read out of scikit-learn's estimator do not score as it does")
    return ranker


WAYS: Mapping[str, Callable[[Sequence[Ranked]], Ranker]] = {
    "pairwise logistic regression, C .01": lambda records: train_linear(records, strength=0.01),
    "pairwise logistic regression, C 1": lambda records: train_linear(records, strength=1.0),
    "100 boosted trees of 8 leaves": lambda records: train_boosted(records, leaves=8, trees=100),
    "200 boosted trees of 4 leaves": lambda records: train_boosted(records, leaves=4, trees=200),
}
"""The ways to train, the simplest first; of equally good ones the first is taken."""


def train_rankers(
    records: Sequence[Ranked],
    *,
    apart: bool,
    ways: Mapping[str, Callable[[Sequence[Ranked]], Ranker]] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[Rankers, list[str]]:
    """Rankers such that each record has one that was trained without its fold, and by which way each was trained.

    Args:
        records: Of all sets; of all folds.
        apart: One for each fold of each set, trained on that set alone, instead of one for each fold.
        ways: What to choose from; `WAYS` where none are given.
        progress: Called with the number of rankers done and the number to do.

    Raises:
        DatasetError: Records of two sets have the same id, or a set has but one fold.
    """
    if twice := [name for name, count in Counter(record.id for record in records).items() if count > 1]:
        raise DatasetError(f"the record {twice[0]!r} is there twice")
    ways = ways or WAYS
    parts: dict[tuple[str, int], list[Ranked]] = defaultdict(list)
    for record in records:
        parts[record.dataset if apart else "", record.fold].append(record)
    trained: list[Ranker] = []
    taken: list[str] = []
    cases: dict[str, int] = {}
    for number, ((name, fold), answered) in enumerate(sorted(parts.items())):
        own = [
            record
            for (other, place), among in parts.items()
            if other == name and place != fold
            for record in among
            if record.gold >= 0
        ]
        if not own:
            raise DatasetError(
                f"{name or 'the data'}: without fold {fold} there is no record with a right tool to train on"
            )
        way = _best(own, ways)
        trained.append(ways[way](own))
        taken.append(f"{name or 'all sets'}, fold {fold}: {way}")
        cases.update((record.id, number) for record in answered)
        if progress:
            progress(number + 1, len(parts))
    return Rankers(trained=tuple(trained), cases=cases, digest="given"), taken


def _best(records: Sequence[Ranked], ways: Mapping[str, Callable[[Sequence[Ranked]], Ranker]]) -> str:
    """The way of the best accuracy on records of one fold after another, the mean over the sets."""
    folds = sorted({record.fold for record in records})
    if len(ways) == 1 or len(folds) == 1:
        return next(iter(ways))
    accuracy = {}
    for name, way in ways.items():
        right: dict[str, list[bool]] = defaultdict(list)
        for held_out in folds:
            ranker = way([record for record in records if record.fold != held_out])
            for record in records:
                if record.fold == held_out:
                    right[record.dataset].append(int(np.argmax(ranker.scores(record.rows))) == record.gold)
        accuracy[name] = float(np.mean([np.mean(hits) for hits in right.values()]))
    return max(accuracy, key=lambda name: accuracy[name])


def _tree(nodes: Any) -> Tree:  # noqa: ANN401 - scikit-learn's record array
    leaf = [bool(node["is_leaf"]) for node in nodes]
    return Tree(
        feature=tuple(-1 if end else int(node["feature_idx"]) for end, node in zip(leaf, nodes, strict=True)),
        threshold=tuple(0.0 if end else float(node["num_threshold"]) for end, node in zip(leaf, nodes, strict=True)),
        left=tuple(0 if end else int(node["left"]) for end, node in zip(leaf, nodes, strict=True)),
        right=tuple(0 if end else int(node["right"]) for end, node in zip(leaf, nodes, strict=True)),
        value=tuple(float(node["value"]) if end else 0.0 for end, node in zip(leaf, nodes, strict=True)),
    )
