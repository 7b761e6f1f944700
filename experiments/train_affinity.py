"""Trains `resolver.affinity.Affinity`: which platform suits this user, by what its description says.

The head learns what the other features leave open: their scores, fitted on the same records, are its offset.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from experiments.bilinear import Fitting, fit_form
from experiments.folds import fold_of
from experiments.train_choice import choice_scores, train_choice
from resolver.affinity import BLOCKS, Affinity, affinity_blocks, contrast_scores

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from experiments.train_choice import Example
    from indexes import Embedder

__all__ = ["AffinityExample", "affinity_examples", "cross_validate_affinity", "held_out_suits", "train_affinity"]

_HOW = Fitting(penalty=0.12)
_OTHERS_PENALTY = 0.03


@dataclass(frozen=True, kw_only=True)
class AffinityExample:
    """One record for training.

    Attributes:
        example: The case laid out, with the gold tool and the record's group.
        home: ``(t,) int64``, the platform of each tool.
        described: ``(p, d)``, the platforms' descriptions, 0 without one.
        blocks: What the head reads of the user, by block ``(d,)``, 0 without content.
    """

    example: Example
    home: NDArray[np.int64]
    described: NDArray[np.float32]
    blocks: Mapping[str, NDArray[np.float32]]


def affinity_examples(rows: Sequence[Example]) -> list[AffinityExample]:
    """Examples of the records whose users are known and whose platforms have descriptions to choose by."""
    return [_example(row) for row in rows if _can_teach(row)]


def _can_teach(row: Example) -> bool:
    return bool(row.linked.facts) and int(np.any(row.cards.described, axis=1).sum()) > 1


def _example(row: Example) -> AffinityExample:
    read = affinity_blocks(row.cards, row.linked, row.asked)
    nothing = np.zeros(row.cards.described.shape[1], dtype=np.float32)
    return AffinityExample(
        example=row,
        home=row.cards.tool_platform,
        described=row.cards.described,
        blocks={name: read[name][1] @ read[name][0] if name in read else nothing for name in BLOCKS},
    )


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
    weights = train_choice([*(row.example for row in rows), *others], penalty=_OTHERS_PENALTY)
    form = fit_form(
        {name: np.stack([row.blocks[name] for row in rows]) for name in BLOCKS},
        [row.described[row.home] for row in rows],
        [row.example.gold for row in rows],
        [choice_scores(row.example, weights) for row in rows],
        how=how,
        embedder=embedder.name,
    )
    return Affinity(form)


def held_out_suits(
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
    fold = [fold_of(row.example.group, folds) for row in rows]
    scores: list[NDArray[np.float64]] = [np.zeros(0)] * len(rows)
    for held_out in sorted(set(fold)):
        head = train_affinity(
            [row for row, own in zip(rows, fold, strict=True) if own != held_out],
            embedder,
            others=[row for row in others if fold_of(row.group, folds) != held_out],
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
    folds: int = 5,
    how: Fitting = _HOW,
) -> dict[str, dict[str, float]]:
    """Held-out platform accuracy by dataset, without (``others``) and with the head added to the others' scores.

    Args:
        rows: The records.
        embedder: What made their vectors.
        others: Examples of other sets, which help to fit the other features.
        folds: The number of folds; a group is in one of them.
        how: The settings.
    """
    scores = held_out_suits(rows, embedder, others=others, folds=folds, how=how)
    hits: dict[str, list[tuple[bool, bool]]] = defaultdict(list)
    fold = [fold_of(row.example.group, folds) for row in rows]
    for held_out in sorted(set(fold)):
        train = [row.example for row, own in zip(rows, fold, strict=True) if own != held_out]
        known = [*train, *(row for row in others if fold_of(row.group, folds) != held_out)]
        weights = train_choice(known, penalty=_OTHERS_PENALTY)
        for number, row in enumerate(rows):
            if fold[number] != held_out:
                continue
            plain = choice_scores(row.example, weights)
            alone, helped = (
                bool(row.home[int(np.argmax(own))] == row.home[row.example.gold])
                for own in (plain, plain + scores[number][row.home])
            )
            hits[row.example.dataset].append((alone, helped))
    return {
        name: {
            "others": float(np.mean([hit[0] for hit in found])),
            "with_head": float(np.mean([hit[1] for hit in found])),
            "records": float(len(found)),
        }
        for name, found in sorted(hits.items())
    }
