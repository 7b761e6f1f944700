"""Fits the weights by which policies exclude users, with grouped cross-validation.

The model is a logistic regression over requests. A request's score is the log of the sum of the exponentials of its
rules' scores, a smooth maximum: it is excluded if any rule excludes it, and which one does is not labelled. Weights are
bounded by their meaning: a rule nearer to the query never excludes less.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from experiments._files import write_whole
from experiments.folds import fold_of
from experiments.policy_requests import Request, RequestReader
from resolver.asking import read_queries
from resolver.policy import PolicyModel
from resolver.policy_features import FEATURES, rule_features

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from indexes import Embedder

__all__ = [
    "PolicyExample",
    "cross_validate_policy",
    "policy_examples",
    "train_policy",
    "write_policy",
]

SIGNS: Mapping[str, int] = {
    "whole": 1,
    "part": 1,
    "named": 1,
    "permitted": -1,
    "instead": -1,
    "able": 1,
    "near": 1,
    "limited": 1,
    "anything": 0,
    "looks": -1,
    "restricts": -1,
    "consents": -1,
    "reminds": -1,
}
"""1: the weight is not negative, -1: not positive; free where not named."""


@dataclass(frozen=True, kw_only=True)
class PolicyExample:
    """One request for fitting: the features ``(n, f)`` of the rules that concern the user, and their platforms."""

    request: Request
    features: NDArray[np.float64]
    platforms: tuple[str, ...]
    policies: tuple[str, ...]


def policy_examples(requests: Sequence[Request], embedder: Embedder) -> list[PolicyExample]:
    """The features of every request; one that no rule concerns has no rows and is never excluded."""
    reader = RequestReader(embedder)
    asked = dict(zip(queries := [r.query for r in requests], read_queries(queries, embedder), strict=True))
    examples = []
    for request in requests:
        cards = reader.cards(request)
        linked = reader.records(request.profile).linked(cards)
        concerns = rule_features(cards, linked, asked[request.query])
        examples.append(
            PolicyExample(
                request=request,
                features=np.array([concern.features for concern in concerns]).reshape(-1, len(FEATURES)),
                platforms=tuple(cards.catalog.platforms[concern.platform].name for concern in concerns),
                policies=tuple(concern.rule.text for concern in concerns),
            )
        )
    return examples


def train_policy(examples: Sequence[PolicyExample], *, penalty: float = 0.003, most_wrong: float = 0.02) -> PolicyModel:
    """Weights and threshold.

    Args:
        examples: What to fit on. Excluded and callable requests weigh the same in sum.
        penalty: L2 penalty on the weights of features divided by their standard deviation.
        most_wrong: Share of the callable requests that may be excluded; the threshold is the least that keeps to it,
            and not below a half.

    Raises:
        ValueError: There is nothing to tell apart.
    """
    from scipy.optimize import minimize  # noqa: PLC0415  (heavy)

    rows = [example for example in examples if len(example.features)]
    if len({example.request.excluded for example in rows}) < 2:  # noqa: PLR2004 - excluded ones, and others
        raise ValueError("no request to learn from: rules must concern both excluded and callable requests")
    stacked = np.concatenate([row.features for row in rows])
    owner = np.repeat(np.arange(len(rows)), [len(row.features) for row in rows])
    scale = stacked.std(axis=0)
    scale[scale < 1e-6] = 1.0  # noqa: PLR2004 - the constant, and what never differs
    inputs = stacked / scale
    target = np.array([float(row.request.excluded) for row in rows])
    weight = np.array([row.request.weight for row in rows])
    for side in (0.0, 1.0):
        weight[target == side] /= max(weight[target == side].sum(), 1e-9)
    starts = np.searchsorted(owner, np.arange(len(rows)))

    def loss(values: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        scores = inputs @ values
        top = np.maximum.reduceat(scores, starts)
        grown = np.exp(scores - top[owner])
        total = np.add.reduceat(grown, starts)
        pooled = top + np.log(total)
        chance = 1.0 / (1.0 + np.exp(-pooled))
        cost = weight @ (np.logaddexp(0.0, pooled) - target * pooled)
        slope = (weight * (chance - target))[owner] * grown / total[owner]
        free = np.array([name != "constant" for name in FEATURES])
        gradient = slope @ inputs + 2.0 * penalty * values * free
        return float(cost + penalty * (values[free] @ values[free])), gradient

    bounds = [{1: (0.0, None), -1: (None, 0.0), 0: (None, None)}[SIGNS.get(name, 0)] for name in FEATURES]
    solution = minimize(loss, np.zeros(len(FEATURES)), jac=True, method="L-BFGS-B", bounds=bounds).x
    weights = dict(zip(FEATURES, np.round(solution / scale, 4).tolist(), strict=True))
    model = PolicyModel(weights)
    callables = np.array([_probability(model, row) for row in examples if not row.request.excluded])
    threshold = float(np.quantile(callables, 1.0 - most_wrong, method="higher")) + 1e-3 if len(callables) else 0.5
    return PolicyModel(weights, threshold=round(min(max(threshold, 0.5), 0.95), 4))


def cross_validate_policy(
    examples: Sequence[PolicyExample], *, folds: int = 5, penalty: float = 0.003, most_wrong: float = 0.02
) -> dict[str, dict[str, float]]:
    """For each kind of request the share that held-out weights and threshold exclude, and the number of requests."""
    fold = [fold_of(row.request.group, folds) for row in examples]
    found: dict[str, list[bool]] = defaultdict(list)
    for held_out in range(folds):
        train = [row for row, own in zip(examples, fold, strict=True) if own != held_out]
        model = train_policy(train, penalty=penalty, most_wrong=most_wrong)
        for row, own in zip(examples, fold, strict=True):
            if own == held_out:
                found[row.request.kind].append(_probability(model, row) >= model.threshold)
    return {
        kind: {"excluded": float(np.mean(hits)), "requests": float(len(hits))} for kind, hits in sorted(found.items())
    }


def write_policy(path: Path, model: PolicyModel, about: Mapping[str, object]) -> None:
    """A model as the readable JSON that `PolicyModel.load` reads, whole or not at all."""
    weights = dict(zip(FEATURES, model.weights.tolist(), strict=True))
    write_whole(path, json.dumps({**about, "threshold": model.threshold, "features": weights}, indent=2) + "\n")


def _probability(model: PolicyModel, example: PolicyExample) -> float:
    if not len(example.features):
        return 0.0
    return float(1.0 / (1.0 + np.exp(-model.scores(example.features).max())))
