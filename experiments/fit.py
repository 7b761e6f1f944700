"""Fits the weights of the choice model, with grouped cross-validation.

The model is a conditional logit over the catalog's tools: the log-likelihood of the gold tool, each dataset weighing as
told and each record of it the same, less an L2 penalty on standardised features. Some weights are bounded by their
meaning (being liked never counts against a platform), and the few that the data can say little about (a platform that
the query names) are held at a stated value.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from experiments._files import write_whole
from experiments.errors import DatasetError
from resolver.asking import read_queries
from resolver.cards import CatalogIndex
from resolver.catalog import Catalog
from resolver.features import FEATURES, candidate_features
from resolver.profile import Profile
from resolver.records import UserRecords

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from experiments.records import Dataset, Record
    from indexes import Embedder

__all__ = ["HELD", "SIGNS", "Example", "cross_validate", "examples", "fit", "read_groups", "write_weights"]

SIGNS: Mapping[str, int] = {
    **dict.fromkeys(FEATURES, 1),
    "disliked": -1,
    "ever_disliked": -1,
    "untried": 0,
    "statement_overall": 0,
}
"""1: the weight is not negative, -1: not positive, 0: free."""

LEAST: Mapping[str, float] = {"liked": 0.5, "used": 0.5}
"""Weights that are at least this: frequency counts, though in some sets what was used most is never right."""

HELD: Mapping[str, float] = {"mentioned": 14.0}
"""Weights that are set and not fitted: hardly any public record names a platform, and what is named
counts."""


@dataclass(frozen=True, kw_only=True)
class Example:
    """One record for fitting: features ``(t, f)``, the gold tool's row, each row's platform, and the record's group."""

    dataset: str
    group: str
    features: NDArray[np.float64]
    gold: int
    platforms: tuple[str, ...]


def examples(
    dataset: Dataset,
    embedder: Embedder,
    groups: Mapping[str, str],
    *,
    progress: Callable[[int, int], None] | None = None,
) -> list[Example]:
    """Examples of every record whose gold tool is in its own catalog; one without a group is grouped by its profile."""
    from indexes import HybridIndex  # noqa: PLC0415  (heavy)

    found = []
    cards: dict[str, CatalogIndex] = {}
    for number, record in enumerate(dataset.records):
        catalog = Catalog.from_ptbench(record.case.platforms, record.case.tools)
        gold = _gold(record, catalog)
        if gold is not None:
            digest = hashlib.sha256(catalog.model_dump_json().encode()).hexdigest()
            if digest not in cards:
                cards[digest] = CatalogIndex(catalog, embedder)
            profile = Profile.from_json(record.case.user_profile)
            linked = UserRecords(profile, HybridIndex(embedder)).linked(cards[digest])
            asked = read_queries([record.case.query], embedder)[0]
            found.append(
                Example(
                    dataset=dataset.name,
                    group=groups.get(record.case.id, profile.user),
                    features=candidate_features(cards[digest], linked, asked),
                    gold=gold,
                    platforms=tuple(tool.platform for tool in catalog.tools),
                )
            )
        if progress:
            progress(number + 1, len(dataset.records))
    return found


def fit(
    rows: Sequence[Example], *, penalty: float = 1e-3, shares: Mapping[str, float] | None = None
) -> dict[str, float]:
    """Weights by feature.

    Args:
        rows: What to fit on.
        penalty: L2 penalty on the weights of features divided by their standard deviation.
        shares: How much each dataset weighs, 1 where not named; a dataset weighs the same whatever its size.
    """
    from scipy.optimize import minimize  # noqa: PLC0415  (heavy)

    widest = max(len(row.features) for row in rows)
    stacked = np.zeros((len(rows), widest, len(FEATURES)))
    absent = np.full((len(rows), widest), -np.inf)
    for number, row in enumerate(rows):
        stacked[number, : len(row.features)] = row.features
        absent[number, : len(row.features)] = 0.0
    scale = np.concatenate([row.features for row in rows]).std(axis=0) + 1e-9
    held = np.array([HELD.get(name, 0.0) for name in FEATURES])
    free = np.array([name not in HELD for name in FEATURES])
    offset = stacked @ held + absent
    inputs = stacked[:, :, free] / scale[free]
    gold = np.array([row.gold for row in rows])
    sizes: dict[str, int] = defaultdict(int)
    for row in rows:
        sizes[row.dataset] += 1
    weight = np.array([(shares or {}).get(row.dataset, 1.0) / sizes[row.dataset] for row in rows])
    weight /= weight.sum()
    every = np.arange(len(rows))

    def loss(values: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        scores = inputs @ values + offset
        top = scores.max(axis=1, keepdims=True)
        grown = np.exp(scores - top)
        total = grown.sum(axis=1, keepdims=True)
        likelihood = scores[every, gold] - top[:, 0] - np.log(total[:, 0])
        expected = ((grown / total)[:, :, None] * inputs).sum(axis=1)
        gradient = ((inputs[every, gold] - expected) * weight[:, None]).sum(axis=0)
        return float(penalty * values @ values - likelihood @ weight), 2.0 * penalty * values - gradient

    bounds = [
        {1: (LEAST.get(name, 0.0) * width, None), -1: (None, 0.0), 0: (None, None)}[SIGNS[name]]
        for name, width in zip(FEATURES, scale, strict=True)
        if name not in HELD
    ]
    start = np.array([low or 0.0 for low, _ in bounds])
    solution = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds).x
    weights = dict(HELD)
    weights.update(
        zip((n for n in FEATURES if n not in HELD), np.round(solution / scale[free], 4).tolist(), strict=True)
    )
    return {name: weights[name] for name in FEATURES}


def cross_validate(
    rows: Sequence[Example], *, folds: int = 5, penalty: float = 1e-3, shares: Mapping[str, float] | None = None
) -> dict[str, dict[str, float]]:
    """Held-out accuracy by dataset: ``tool`` and ``platform``; no group is on both sides of a fold."""
    fold = [int(hashlib.sha256(row.group.encode()).hexdigest(), 16) % folds for row in rows]
    hits: dict[str, list[tuple[bool, bool]]] = defaultdict(list)
    for held_out in range(folds):
        train = [row for row, own in zip(rows, fold, strict=True) if own != held_out]
        weights = fit(train, penalty=penalty, shares=shares)
        vector = np.array([weights[name] for name in FEATURES])
        for row, own in zip(rows, fold, strict=True):
            if own == held_out:
                best = int(np.argmax(row.features @ vector))
                hits[row.dataset].append((best == row.gold, row.platforms[best] == row.platforms[row.gold]))
    return {
        name: {
            "tool": float(np.mean([hit[0] for hit in found])),
            "platform": float(np.mean([hit[1] for hit in found])),
            "records": float(len(found)),
        }
        for name, found in hits.items()
    }


def read_groups(files: Iterable[Path]) -> dict[str, str]:
    """Groups by record id from JSON files ``{id: {"group": name, ...}}``, gzipped or not."""
    groups: dict[str, str] = {}
    for file in files:
        groups.update(_read_groups(file))
    return groups


def _read_groups(file: Path) -> dict[str, str]:
    try:
        content = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
        return {str(name): str(value["group"]) for name, value in json.loads(content).items()}
    except (OSError, EOFError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise DatasetError(f'{file}: expected JSON {{id: {{"group": name}}}}: {error!r}') from error


def write_weights(path: Path, weights: Mapping[str, float], about: Mapping[str, object]) -> None:
    """Weights as the readable JSON that `resolver.weights.read_weights` reads, whole or not at all."""
    write_whole(path, json.dumps({**about, "features": dict(weights)}, indent=2) + "\n")


def _gold(record: Record, catalog: Catalog) -> int | None:
    if not record.answer.calls:
        return None
    wanted = (record.answer.platform, record.answer.calls[0].function)
    return next((n for n, tool in enumerate(catalog.tools) if (tool.platform, tool.name) == wanted), None)
