"""Trains the space of kinds: Fisher's linear discriminant over the argument values of many calls."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from experiments._files import write_whole
from experiments.records import accepted_values
from resolver.bilinear import model_of
from resolver.coerce import stems
from resolver.kinds import KindSpace

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from experiments.records import Record
    from indexes import Embedder

__all__ = ["train_kinds", "write_kinds"]

_LONGEST = 60
_FEWEST_VALUES = 4
_MOST_COUNTED = 100


def train_kinds(records: Iterable[Record], embedder: Embedder, *, size: int = 24, ridge: float = 0.003) -> KindSpace:
    """The space in which the values of one parameter (by its name) lie closest, and those of others furthest.

    Args:
        records: Records with gold calls; only texts of at most 60 characters count, and parameters with four or more.
        embedder: What embeds the values.
        size: Dimensions of the space.
        ridge: What is added to the spread within a kind, as a share of its trace.
    """
    values = _values(records)
    texts = [text for name in sorted(values) for text in values[name]]
    vectors = embedder.encode(texts).astype(np.float64)
    width = vectors.shape[1]
    within = np.zeros((width, width))
    means, weights, place = [], [], 0
    for name in sorted(values):
        own = vectors[place : place + len(values[name])]
        place += len(own)
        counted = min(len(own), _MOST_COUNTED)
        centred = own - own.mean(axis=0)
        within += counted / len(own) * centred.T @ centred
        means.append(own.mean(axis=0))
        weights.append(counted)
    share = np.array(weights, dtype=np.float64)
    within /= share.sum()
    centre = share @ np.array(means) / share.sum()
    spread = np.array(means) - centre
    between = (spread * share[:, None]).T @ spread / share.sum()
    half = np.linalg.inv(np.linalg.cholesky(within + ridge * np.trace(within) * np.eye(width)))
    _, directions = np.linalg.eigh(half @ between @ half.T)
    mapping = half.T @ directions[:, ::-1][:, :size]
    return KindSpace(np.vstack([centre @ mapping, mapping]).astype(np.float32), model=model_of(embedder.name))


def _values(records: Iterable[Record]) -> dict[str, list[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for record in records:
        for call in record.answer.calls:
            for name, accepted in call.parameters.items():
                for value in accepted_values(accepted):
                    text = value if isinstance(value, str) else ""
                    if 1 < len(text) < _LONGEST and not text.isdigit() and text.lower() not in ("true", "false"):
                        found[" ".join(stems(name))].add(text)
    return {name: sorted(texts) for name, texts in found.items() if len(texts) >= _FEWEST_VALUES}


def write_kinds(kinds: KindSpace, folder: Path, about: Mapping[str, object]) -> None:
    """The space as ``kinds.json`` and ``kinds.npy`` in a folder."""
    write_whole(folder / "kinds.json", json.dumps(about, indent=2) + "\n")
    np.save(folder / "kinds.npy", kinds.weights, allow_pickle=False)
