"""Trains what tells whether a tool does what is asked for at all.

Right is the tool that a record calls. Wrong is what the resolver would choose if nothing in the catalog could do the
job: of a few tools of the same catalog that are unlike the right one, the best.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from experiments._files import write_whole
from experiments._logistic import fit_logistic
from resolver.bilinear import model_of
from resolver.function_match import FUNCTION, function_features
from resolver.match_model import MATCH_FEATURES, MatchModel
from resolver.matching import match_features

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from experiments.train_choice import Example
    from resolver.models import Models

__all__ = ["train_match", "write_match"]

_ALIKE = 0.6  # cosine of two tool cards from which one may do the other's job
_SIZES = (1, 1, 2, 4)  # of the catalogs in which nothing does the job
_MOST = 200  # records of a dataset


class _Lesson(NamedTuple):
    features: list[float]
    label: bool
    dataset: str


def train_match(rows: Sequence[Example], models: Models, *, penalty: float = 1e-3) -> MatchModel:
    """The model, fitted on at most 200 records of each dataset, each dataset weighing the same.

    Each query counts once, be it in several datasets, and dialogues do not: most of what is said there is of no tool.

    Args:
        rows: Records with their case laid out.
        models: The other parts: the choice finds the best of the wrong tools, the extractor says what is a value.
        penalty: L2 penalty on the weights of features divided by their standard deviation, per lesson.

    Raises:
        ValueError: There are no records, or none with tools that are unlike the right one.
    """
    weights = np.array([models.choice.function[name] for name in FUNCTION])
    lessons = [lesson for row in _drawn(rows) for lesson in _lessons(row, models, weights)]
    if {lesson.label for lesson in lessons} != {True, False}:
        raise ValueError("no record has tools beside the right one that are unlike it")
    sizes = Counter(lesson.dataset for lesson in lessons)
    importance = np.array([len(lessons) / len(sizes) / sizes[lesson.dataset] for lesson in lessons])
    fitted, bias, _ = fit_logistic(
        np.array([lesson.features for lesson in lessons]),
        np.array([float(lesson.label) for lesson in lessons]),
        penalty=penalty * len(lessons),
        importance=importance,
    )
    named = dict(zip((*MATCH_FEATURES, "bias"), np.round([*fitted, bias], 4).tolist(), strict=True))
    return MatchModel(named, model=model_of(rows[0].cards.embedder.name))


def write_match(model: MatchModel, folder: Path, about: Mapping[str, object]) -> None:
    """The weights as ``match.json`` in a folder."""
    write_whole(folder / "match.json", json.dumps({**about, "features": model.weights}, indent=2) + "\n")


def _drawn(rows: Sequence[Example]) -> list[Example]:
    taken: Counter[str] = Counter()
    once: dict[str, Example] = {}
    for row in rows:
        if not row.asked.reading.assistant:
            once.setdefault(row.asked.text, row)
    drawn = []
    for row in sorted(once.values(), key=lambda row: _hash(f"{row.dataset}/{row.id}")):
        taken[row.dataset] += 1
        if taken[row.dataset] <= _MOST:
            drawn.append(row)
    return drawn


def _lessons(row: Example, models: Models, weights: NDArray[np.float64]) -> list[_Lesson]:
    cards, tools = row.cards, row.cards.catalog.tools
    right = match_features(cards, row.asked, row.gold, models)
    found = [_Lesson(right, label=True, dataset=row.dataset)]
    likeness = cards.tool_vectors @ cards.tool_vectors[row.gold]
    unlike = [n for n, own in enumerate(tools) if likeness[n] < _ALIKE and own.name != tools[row.gold].name]
    if unlike:
        unlike.sort(key=lambda number: _hash(f"{row.id}/{number}"))
        size = _SIZES[int(_hash(f"{row.id}/size"), 16) % len(_SIZES)]
        scores = function_features(cards, row.linked, row.asked, models.entities) @ weights
        best = max(unlike[:size], key=lambda number: float(scores[number]))
        wrong = match_features(cards, row.asked, best, models)
        found.append(_Lesson(wrong, label=False, dataset=row.dataset))
    return found


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
