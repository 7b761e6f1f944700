"""Trains the choice model, with grouped cross-validation.

A conditional logit over the catalog's tools, fitted twice: on the features of the function match alone, by which it is
told which platforms are able to do a job, and then on all features. Each dataset weighs as told and each record of it
the same. Some weights are bounded by their meaning (being liked never counts against a platform), and the few that the
data can say little about (a platform that the query names) are held at a stated value.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from experiments._files import write_whole
from experiments.folds import fold_of
from experiments.logit import conditional_logit
from resolver.asking import read_queries
from resolver.cards import CatalogIndex
from resolver.catalog import Catalog
from resolver.choose import ChoiceWeights
from resolver.features import FEATURES, candidate_features
from resolver.function_match import FUNCTION, function_features
from resolver.profile import Profile
from resolver.records import UserRecords

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from experiments.logit import Bounds
    from experiments.records import Dataset, Record
    from indexes import Embedder
    from resolver.asking import Asked
    from resolver.entity_model import EntityModel
    from resolver.records import Linked

__all__ = [
    "BOUNDS",
    "HELD",
    "Example",
    "choice_scores",
    "cross_validate_choice",
    "examples",
    "train_choice",
    "write_choice",
]

_UP: Bounds = (0.0, None)
_DOWN: Bounds = (None, 0.0)
BOUNDS: Mapping[str, Bounds] = {
    **dict.fromkeys(FEATURES, _UP),
    **dict.fromkeys(("needs_unnamed", "disliked", "ever_disliked", "lapsed"), _DOWN),
    "liked": (0.5, None),  # how often counts, though in some sets what was used most is never right
    "used": (0.5, None),
    "often": (0.5, None),
    "last_used": (
        0.25,
        None,
    ),  # with these, one use of another platform outweighs one before it, and two outweigh three
    "untried": (None, None),
    "statement_overall": (None, None),
}
"""What a weight may be, by its meaning."""

HELD: Mapping[str, float] = {"mentioned": 14.0}
"""Weights that are set and not fitted: hardly any public record names a platform, and what is named
counts."""


EXPECTED: Mapping[str, float] = {
    "liked": 1.0,
    "ever_liked": 3.0,
    "disliked": -1.0,
    "ever_disliked": -3.0,
    "used": 4.0,
    "often": 1.0,
    "lapsed": -4.0,
    "last_used": 0.5,
}
"""What weights are taken to be before any record is seen: a log counts, also where no training record has one."""


@dataclass(frozen=True, kw_only=True)
class Example:
    """One record for training: its case laid out, the gold tool's number in the catalog, and the record's group."""

    id: str
    dataset: str
    group: str
    cards: CatalogIndex
    linked: Linked
    asked: Asked
    gold: int

    @property
    def platforms(self) -> tuple[str, ...]:
        """The platform of each tool."""
        return tuple(tool.platform for tool in self.cards.catalog.tools)


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
            found.append(
                Example(
                    id=record.id,
                    dataset=dataset.name,
                    group=groups.get(record.case.id, profile.user),
                    cards=cards[digest],
                    linked=UserRecords(profile, HybridIndex(embedder)).linked(cards[digest]),
                    asked=read_queries([record.case.query], embedder)[0],
                    gold=gold,
                )
            )
        if progress:
            progress(number + 1, len(dataset.records))
    return found


def train_choice(
    rows: Sequence[Example],
    *,
    suits: Sequence[NDArray[np.float64] | None] | None = None,
    entities: EntityModel | None = None,
    penalty: float = 1e-3,
    shares: Mapping[str, float] | None = None,
) -> ChoiceWeights:
    """Weights of the choice model.

    Args:
        rows: What to train on.
        suits: For each row how the platforms suit the user, ``(p,)``, from a head that did not see the row.
        entities: What tells which records a query means.
        penalty: L2 penalty on the weights of features divided by their standard deviation.
        shares: How much each dataset weighs, 1 where not named; a dataset weighs the same whatever its size.
    """
    sizes = Counter(row.dataset for row in rows)
    importance = [(shares or {}).get(row.dataset, 1.0) / sizes[row.dataset] for row in rows]
    gold = [row.gold for row in rows]
    match = [function_features(row.cards, row.linked, row.asked, entities) for row in rows]
    function = conditional_logit(FUNCTION, match, gold, importance=importance, bounds=BOUNDS, penalty=penalty)
    features = conditional_logit(
        FEATURES,
        [
            candidate_features(
                row.cards, row.linked, row.asked, _vector(function, FUNCTION), suits=own, entities=entities
            )
            for row, own in zip(rows, suits or [None] * len(rows), strict=True)
        ],
        gold,
        importance=importance,
        bounds=BOUNDS,
        held=HELD,
        expected=EXPECTED,
        penalty=penalty,
    )
    return ChoiceWeights(function=function, features=features)


def choice_scores(
    row: Example,
    weights: ChoiceWeights,
    suits: NDArray[np.float64] | None = None,
    entities: EntityModel | None = None,
) -> NDArray[np.float64]:
    """The log-odds of every tool, ``(t,)``, but for a constant."""
    function = _vector(weights.function, FUNCTION)
    features = candidate_features(row.cards, row.linked, row.asked, function, suits=suits, entities=entities)
    scores: NDArray[np.float64] = features @ _vector(weights.features, FEATURES)
    return scores


def cross_validate_choice(
    rows: Sequence[Example], *, folds: int = 5, penalty: float = 1e-3, shares: Mapping[str, float] | None = None
) -> dict[str, dict[str, float]]:
    """Held-out accuracy by dataset: ``tool`` and ``platform``; no group is on both sides of a fold."""
    hits: dict[str, list[tuple[bool, bool]]] = defaultdict(list)
    fold = [fold_of(row.group, folds) for row in rows]
    for held_out in sorted(set(fold)):
        train = [row for row, own in zip(rows, fold, strict=True) if own != held_out]
        weights = train_choice(train, penalty=penalty, shares=shares)
        for row, own in zip(rows, fold, strict=True):
            if own == held_out:
                best = int(np.argmax(choice_scores(row, weights)))
                hits[row.dataset].append((best == row.gold, row.platforms[best] == row.platforms[row.gold]))
    return {
        name: {
            "tool": float(np.mean([hit[0] for hit in found])),
            "platform": float(np.mean([hit[1] for hit in found])),
            "records": float(len(found)),
        }
        for name, found in hits.items()
    }


def write_choice(path: Path, weights: ChoiceWeights, about: Mapping[str, object]) -> None:
    """Weights as the readable JSON that `ChoiceWeights.load` reads, whole or not at all."""
    content = {**about, "function": dict(weights.function), "features": dict(weights.features)}
    write_whole(path, json.dumps(content, indent=2) + "\n")


def _vector(weights: Mapping[str, float], names: Sequence[str]) -> NDArray[np.float64]:
    return np.array([weights[name] for name in names])


def _gold(record: Record, catalog: Catalog) -> int | None:
    if not record.answer.calls:
        return None
    wanted = (record.answer.platform, record.answer.calls[0].function)
    return next((n for n, tool in enumerate(catalog.tools) if (tool.platform, tool.name) == wanted), None)
