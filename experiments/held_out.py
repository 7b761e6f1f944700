"""End-to-end figures on records that the models did not see: whole answers, scored strictly.

For each fold the learned parts are trained on the others, and a resolver with them answers the fold's records, from
text to arguments. So the figures are those of the thing a user installs, but for the records it was trained on.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from baselines.ours import ResolverSystem
from baselines.workbench import Workbench
from experiments.calibration import expected_calibration_error
from experiments.folds import fold_of
from experiments.strict import score_strict
from experiments.training import REFUSALS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from baselines.case import Prediction
    from experiments.records import Dataset, Record
    from experiments.training import Trainer
    from resolver.models import Models

__all__ = ["Answered", "answer_held_out", "families", "figures", "predict_held_out", "predict_left_out"]


@dataclass(frozen=True, kw_only=True)
class Answered:
    """The records of one dataset with an answer each, from models that did not see their groups."""

    dataset: Dataset
    predictions: tuple[Prediction, ...]


def predict_held_out(
    trainer: Trainer, *, folds: int = 5, change: Callable[[Models], Models] | None = None
) -> list[Answered]:
    """Every record answered by models trained on the folds that its group is not in.

    Args:
        trainer: What is learned from, and answered.
        folds: The number of folds.
        change: Applied to the models of each fold before they answer, for an ablation.
    """
    trained = [trainer.train(partial(_not_in, folds, fold)) for fold in range(folds)]
    return answer_held_out(trainer, trained, change=change)


def answer_held_out(
    trainer: Trainer, trained: Sequence[Models], *, change: Callable[[Models], Models] | None = None
) -> list[Answered]:
    """The same with models that are trained already, those of fold ``n`` at place ``n``."""
    models = [change(own) if change else own for own in trained]
    workbench = Workbench(trainer.embedder)
    systems = [ResolverSystem(workbench, own) for own in models]
    return [
        Answered(
            dataset=dataset,
            predictions=tuple(
                systems[fold_of(trainer.group(record), len(systems))].predict(record.case) for record in dataset.records
            ),
        )
        for dataset in trainer.material.datasets
    ]


def _not_in(folds: int, fold: int, _: str, group: str) -> bool:
    return fold_of(group, folds) != fold


def _not_of(names: frozenset[str], name: str, _: str) -> bool:
    return name not in names


def families(trainer: Trainer) -> dict[str, frozenset[str]]:
    """For each dataset those that share groups with it, itself included: they are left out together."""
    members: dict[str, set[str]] = defaultdict(set)
    for dataset in trainer.material.datasets:
        for record in dataset.records:
            members[trainer.group(record)].add(dataset.name)
    family = {dataset.name: {dataset.name} for dataset in trainer.material.datasets}
    for together in members.values():
        joined = set().union(*(family[name] for name in together))
        for name in joined:
            family[name] = joined
    return {name: frozenset(own) for name, own in family.items()}


def predict_left_out(trainer: Trainer, *, refused: Iterable[str] = ()) -> list[Answered]:
    """Every record answered by models that were trained without its dataset, and without those that share its groups.

    Args:
        trainer: What is learned from, and answered.
        refused: Datasets whose users and platforms the forbidden requests are of; they are left out with these.
    """
    answered: list[Answered] = []
    family = families(trainer)
    for members in dict.fromkeys(family.values()):
        left_out = members | (frozenset({REFUSALS}) if members & set(refused) else frozenset())
        models = trainer.train(partial(_not_of, left_out))
        system = ResolverSystem(Workbench(trainer.embedder), models)
        answered += [
            Answered(dataset=dataset, predictions=tuple(system.predict(record.case) for record in dataset.records))
            for dataset in trainer.material.datasets
            if dataset.name in members
        ]
    return answered


def figures(answered: Answered) -> dict[str, float | None]:
    """The figures of a dataset by name.

    ``records``; ``tool``, ``platform`` and ``overall`` as the strict scorer counts them; ``contested``, the platform
    where two records ask the same and the right platforms differ, so that only the user decides; ``arguments``, all of
    them right where the tool is; ``query_values`` and ``profile_values``, the listed values that are right;
    ``abstained``; and ``calibration_error`` of the chosen platform's probability.
    """
    records = answered.dataset.records
    score = score_strict(records, answered.predictions)
    right = [(own, by) for own, by in zip(score.records, answered.predictions, strict=True)]
    contested = _contested(records)
    chosen = [(by.platform_confidence, own.platform) for own, by in right if by.platform_confidence is not None]
    return {
        "records": float(len(records)),
        "tool": score.columns["tool"],
        "platform": score.columns["platform"],
        "contested": _mean([own.platform for (own, _), among in zip(right, contested, strict=True) if among]),
        "arguments": _mean([own.values for own, _ in right if own.tool]),
        "query_values": score.query_recall,
        "profile_values": score.profile_recall,
        "overall": score.columns["overall"],
        "abstained": _mean([by.abstained is not None for _, by in right]),
        "calibration_error": expected_calibration_error(*zip(*chosen, strict=True)) if chosen else None,
    }


def _contested(records: Sequence[Record]) -> list[bool]:
    platforms: Mapping[str, set[str]] = defaultdict(set)
    for record in records:
        platforms[record.case.query].add(record.answer.platform)
    return [len(platforms[record.case.query]) > 1 for record in records]


def _mean(hits: Sequence[bool]) -> float | None:
    return sum(hits) / len(hits) if hits else None
