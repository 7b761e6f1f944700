"""Trains `resolver.affinity.Affinity`: which platform suits this user, by what its description says.

The head learns what the other features leave open: their scores, fitted on the same records, are its offset.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from experiments.bilinear import Fitting, fit_form
from experiments.fit import Example, fit
from resolver.affinity import BLOCKS, Affinity, affinity_blocks, contrast_scores
from resolver.asking import read_queries
from resolver.cards import CatalogIndex
from resolver.catalog import Catalog
from resolver.features import FEATURES, candidate_features
from resolver.profile import Profile
from resolver.records import UserRecords

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from experiments.records import Dataset
    from indexes import Embedder

__all__ = ["AffinityExample", "affinity_examples", "cross_validate_affinity", "held_out_scores", "train_affinity"]

_HOW = Fitting(penalty=0.12)
_OTHERS_PENALTY = 0.03
_OWN_FEATURE = "suits_user"


@dataclass(frozen=True, kw_only=True)
class AffinityExample:
    """One record for training.

    Attributes:
        id: The record's id.
        example: The other features, with the gold tool, platforms and group.
        home: ``(t,) int64``, the platform of each tool.
        described: ``(p, d)``, the platforms' descriptions, 0 without one.
        blocks: What the head reads of the user, by block ``(d,)``, 0 without content.
    """

    id: str
    example: Example
    home: NDArray[np.int64]
    described: NDArray[np.float32]
    blocks: Mapping[str, NDArray[np.float32]]


def affinity_examples(dataset: Dataset, embedder: Embedder, groups: Mapping[str, str]) -> list[AffinityExample]:
    """Examples of every record whose gold tool is in its catalog and that has descriptions to choose by."""
    from indexes import HybridIndex  # noqa: PLC0415  (heavy)

    found = []
    for record in dataset.records:
        catalog = Catalog.from_ptbench(record.case.platforms, record.case.tools)
        tools = [(tool.platform, tool.name) for tool in catalog.tools]
        wanted = (record.answer.platform, record.answer.calls[0].function) if record.answer.calls else None
        if wanted not in tools or not any(platform.description for platform in catalog.platforms):
            continue
        cards = CatalogIndex(catalog, embedder)
        profile = Profile.from_json(record.case.user_profile)
        linked = UserRecords(profile, HybridIndex(embedder)).linked(cards)
        asked = read_queries([record.case.query], embedder)[0]
        read = affinity_blocks(cards, linked, asked)
        nothing = np.zeros(embedder.dimension, dtype=np.float32)
        found.append(
            AffinityExample(
                id=record.id,
                example=Example(
                    dataset=dataset.name,
                    group=groups.get(record.id, profile.user),
                    features=candidate_features(cards, linked, asked),
                    gold=tools.index(wanted),
                    platforms=tuple(tool.platform for tool in catalog.tools),
                ),
                home=cards.tool_platform,
                described=cards.described,
                blocks={name: read[name][1] @ read[name][0] if name in read else nothing for name in BLOCKS},
            )
        )
    return found


def train_affinity(
    rows: Sequence[AffinityExample], embedder: Embedder, *, others: Sequence[Example] = (), how: Fitting = _HOW
) -> Affinity:
    """The head.

    Args:
        rows: What to train on.
        embedder: What made their vectors.
        others: Examples of other sets, which help to fit the other features.
        how: The settings.
    """
    weights = _others_weights(rows, others)
    return _train(rows, embedder, [_others_scores(row, weights) for row in rows], how)


def held_out_scores(
    rows: Sequence[AffinityExample],
    embedder: Embedder,
    *,
    others: Sequence[Example] = (),
    folds: int = 5,
    how: Fitting = _HOW,
) -> list[NDArray[np.float64]]:
    """For each record the head's scores ``(p,)`` from a head that no record of its group trained.

    What a weight for the head among the other features is to be fitted on: on the records that trained it, it would
    look better than it is.
    """
    fold = [_fold(row.example.group, folds) for row in rows]
    scores: list[NDArray[np.float64]] = [np.zeros(0)] * len(rows)
    for held_out in range(folds):
        if held_out not in fold:
            continue
        head = train_affinity(
            [row for row, own in zip(rows, fold, strict=True) if own != held_out],
            embedder,
            others=[row for row in others if _fold(row.group, folds) != held_out],
            how=how,
        )
        for number, row in enumerate(rows):
            if fold[number] == held_out:
                scores[number] = platform_scores(head, row)
    return scores


def platform_scores(head: Affinity, row: AffinityExample) -> NDArray[np.float64]:
    """The head's scores of a record's platforms, ``(p,)``, as `Affinity.scores` gives them."""
    user = head.form.user(
        {name: head.form.project(name, block[None])[0] for name, block in row.blocks.items() if np.any(block)}
    )
    described = np.any(row.described, axis=1)
    scores = np.zeros(len(described))
    if described.sum() > 1:
        scores[described] = contrast_scores(head.form, row.described[described], user)
    return scores


def cross_validate_affinity(
    rows: Sequence[AffinityExample],
    embedder: Embedder,
    *,
    others: Sequence[Example] = (),
    slices: Mapping[str, str] | None = None,
    folds: int = 5,
    how: Fitting = _HOW,
) -> dict[str, dict[str, float]]:
    """Held-out platform accuracy without (``others``) and with the head added to the other features' scores.

    Args:
        rows: The records.
        embedder: What made their vectors.
        others: Examples of other sets, which help to fit the other features.
        slices: A slice's name by record id; figures are given for each, and for ``all``.
        folds: The number of folds; a group is in one of them.
        how: The settings.
    """
    scores = held_out_scores(rows, embedder, others=others, folds=folds, how=how)
    hits: dict[str, list[tuple[bool, bool]]] = defaultdict(list)
    fold = [_fold(row.example.group, folds) for row in rows]
    for held_out in sorted(set(fold)):
        train = [row for row, own in zip(rows, fold, strict=True) if own != held_out]
        weights = _others_weights(train, [row for row in others if _fold(row.group, folds) != held_out])
        for number, row in enumerate(rows):
            if fold[number] != held_out:
                continue
            plain = _others_scores(row, weights)
            hit = tuple(
                row.home[int(np.argmax(own))] == row.home[row.example.gold]
                for own in (plain, plain + scores[number][row.home])
            )
            for name in ("all", (slices or {}).get(row.id)):
                if name is not None:
                    hits[name].append((bool(hit[0]), bool(hit[1])))
    return {
        name: {
            "others": float(np.mean([hit[0] for hit in found])),
            "with_head": float(np.mean([hit[1] for hit in found])),
            "records": float(len(found)),
        }
        for name, found in sorted(hits.items())
    }


def _train(
    rows: Sequence[AffinityExample], embedder: Embedder, offsets: Sequence[NDArray[np.float64]], how: Fitting
) -> Affinity:
    form = fit_form(
        {name: np.stack([row.blocks[name] for row in rows]) for name in BLOCKS},
        [row.described[row.home] for row in rows],
        [row.example.gold for row in rows],
        offsets,
        how=how,
        embedder=embedder.name,
    )
    return Affinity(form)


def _others_weights(rows: Sequence[AffinityExample], others: Sequence[Example]) -> NDArray[np.float64]:
    weights = fit([*(row.example for row in rows), *others], penalty=_OTHERS_PENALTY)
    return np.array([0.0 if name == _OWN_FEATURE else weights[name] for name in FEATURES])


def _others_scores(row: AffinityExample, weights: NDArray[np.float64]) -> NDArray[np.float64]:
    scores: NDArray[np.float64] = row.example.features @ weights
    return scores


def _fold(group: str, folds: int) -> int:
    return int(hashlib.sha256(group.encode()).hexdigest(), 16) % folds
