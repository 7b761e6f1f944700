"""End-to-end figures on records that the models did not see: whole answers, scored strictly.

For each fold the learned parts are trained on the others, and a resolver with them answers the fold's records, from
text to arguments. So the figures are those of the thing a user installs, but for the records it was trained on.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from baselines.case import Case, CaseId
from baselines.ours import ResolverSystem
from baselines.weights import FOLDS, Weights
from baselines.workbench import Workbench
from experiments._files import write_json
from experiments.calibration import area_under_risk_coverage, expected_calibration_error, risk_coverage
from experiments.folds import fold_of
from experiments.strict import score_strict
from experiments.training import REFUSALS
from experiments.write_models import write_models
from resolver.catalog import Catalog

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from baselines.case import Prediction
    from experiments.records import Dataset, Record
    from experiments.training import Trainer
    from resolver.models import Models

__all__ = [
    "Answered",
    "answer_held_out",
    "calibration_figures",
    "evidence_figures",
    "families",
    "figures",
    "held_out_weights",
    "predict_left_out",
    "refusal_figures",
    "train_folds",
    "write_folds",
]


_MOST = 0.8


@dataclass(frozen=True, kw_only=True)
class Answered:
    """The records of one dataset with an answer each, from models that did not see their groups."""

    dataset: Dataset
    predictions: tuple[Prediction, ...]


def train_folds(
    trainer: Trainer, *, folds: int = 5, progress: Callable[[int, int], None] | None = None
) -> list[Models]:
    """Models for each fold, trained on the others."""
    trained = []
    for fold in range(folds):
        trained.append(trainer.train(partial(_not_in, folds, fold)))
        if progress:
            progress(fold + 1, folds)
    return trained


def answer_held_out(trainer: Trainer, trained: Sequence[Models]) -> list[Answered]:
    """Every record answered by models trained on the folds that its group is not in.

    Args:
        trainer: What was learned from, and is answered.
        trained: The models for each fold, as `train_folds` gives them, or these without a part.
    """
    system = ResolverSystem(Workbench(trainer.embedder, held_out_weights(trainer, trained)))
    return [
        Answered(dataset=dataset, predictions=tuple(system.predict(record.case) for record in dataset.records))
        for dataset in trainer.material.datasets
    ]


def held_out_weights(trainer: Trainer, trained: Sequence[Models]) -> Weights:
    """The models of `train_folds` such that each record has those that were trained without its group."""
    groups = {str(record.id): trainer.group(record) for own in trainer.material.datasets for record in own.records}
    refused = {str(_refused_id(number)): request.group for number, request in enumerate(trainer.requests)}
    folds = {name: fold_of(group, len(trained)) for name, group in {**groups, **refused}.items()}
    return Weights(trained=trained, folds=folds)


def write_folds(weights: Weights, folder: Path, about: Mapping[str, object]) -> None:
    """Write held-out weights so that `baselines.weights.Weights.read` reads them: ``folds.json`` last.

    Args:
        weights: Of folds.
        folder: Is made; weights of folds that it has are written over.
        about: What to say in each file of how it was made.
    """
    for fold, models in enumerate(weights.trained):
        write_models(models, folder / f"fold-{fold}", about)
    write_json(folder / FOLDS, {**about, "folds": dict(sorted((weights.folds or {}).items()))})


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


def predict_left_out(trainer: Trainer) -> list[Answered]:
    """Every record answered by models that were trained without its dataset, and without those that share its groups.

    Requests that policy forbids, and evidence on records of the dataset, are left out with it.
    """
    answered: list[Answered] = []
    family = families(trainer)
    for members in dict.fromkeys(family.values()):
        datasets = [dataset for dataset in trainer.material.datasets if dataset.name in members]
        ids = {record.id for dataset in datasets for record in dataset.records}
        of_evidence = {name for name, own in trainer.evidence.items() if any(record.id in ids for record in own)}
        of_policy = {REFUSALS} if any(map(_has_policies, datasets)) else set()
        models = trainer.train(partial(_not_of, members | of_evidence | of_policy))
        system = ResolverSystem(Workbench(trainer.embedder, Weights(trained=[models])))
        answered += [
            Answered(dataset=dataset, predictions=tuple(system.predict(record.case) for record in dataset.records))
            for dataset in datasets
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


def evidence_figures(trainer: Trainer, trained: Sequence[Models], name: str) -> dict[str, float | None]:
    """Held-out figures of which statements matter, on one set of evidence.

    ``hit@1``, over records where any matters; ``exact``, the set that is judged to matter is the gold set; and the same
    for each kind of record that the set names (for one where nothing matters this is silence).
    """
    exact: dict[str, list[bool]] = defaultdict(list)
    first: list[bool] = []
    for record in trainer.evidence[name]:
        model = trained[fold_of(record.group, len(trained))].relevance
        if model is None:
            continue
        ids = list(record.facts)
        judged = model.relevant(record.query, list(record.facts.values()), trainer.embedder)
        chosen = frozenset(ids[place] for place in judged.chosen)
        for kind in filter(None, ("exact", record.kind)):
            exact[kind].append(chosen == record.gold)
        if record.gold:
            first.append(ids[int(judged.probabilities.argmax())] in record.gold)
    return {
        "records": float(len(exact["exact"])),
        "hit@1": _mean(first),
        **{kind: _mean(hits) for kind, hits in exact.items()},
    }


def refusal_figures(
    trainer: Trainer, trained: Sequence[Models], answered: Sequence[Answered]
) -> dict[str, float | None]:
    """Held-out figures of policy: requests it forbids that are refused for it, and callable ones that are refused."""
    system = ResolverSystem(Workbench(trainer.embedder, held_out_weights(trainer, trained)))
    refused = [
        system.predict(
            Case(
                id=_refused_id(number),
                query=request.query,
                user_profile=request.profile,
                platforms=request.platforms,
                tools=request.tools,
            )
        )
        for number, request in enumerate(trainer.requests)
    ]
    wrongly = [_by_policy(own) for group in answered for own in group.predictions if _has_policies(group.dataset)]
    return {
        "requests": float(len(refused)),
        "refused": _mean([_by_policy(own) for own in refused]),
        "abstained": _mean([own.abstained is not None for own in refused]),
        "callable": float(len(wrongly)),
        "wrongly_refused": _mean(wrongly),
    }


def calibration_figures(answered: Sequence[Answered]) -> dict[str, float | None]:
    """Of the chosen platform's probability on all records together.

    ``calibration_error``, in ten bins of equal width; ``risk``, the share of wrong platforms, and ``risk_at_80``, among
    the surest four fifths; ``area_under_risk``, the mean risk over all coverages.
    """
    confidence: list[float] = []
    right: list[bool] = []
    for group in answered:
        for record, prediction in zip(group.dataset.records, group.predictions, strict=True):
            if prediction.platform_confidence is not None:
                confidence.append(prediction.platform_confidence)
                right.append(prediction.platform == record.answer.platform)
    if not confidence:
        return {"answers": 0.0}
    points = risk_coverage(confidence, right)
    return {
        "answers": float(len(right)),
        "calibration_error": expected_calibration_error(confidence, right),
        "risk": points[-1].risk,
        "risk_at_80": next(point.risk for point in points if point.coverage >= _MOST),
        "area_under_risk": area_under_risk_coverage(confidence, right),
    }


def _refused_id(number: int) -> CaseId:
    return CaseId(f"{REFUSALS}/{number}")


def _by_policy(prediction: Prediction) -> bool:
    return prediction.abstained_for == "policy"


def _has_policies(dataset: Dataset) -> bool:
    catalogs = (Catalog.from_ptbench(record.case.platforms, []) for record in dataset.records[:1])
    return any(platform.policy for catalog in catalogs for platform in catalog.platforms)


def _contested(records: Sequence[Record]) -> list[bool]:
    platforms: Mapping[str, set[str]] = defaultdict(set)
    for record in records:
        platforms[record.case.query].add(record.answer.platform)
    return [len(platforms[record.case.query]) > 1 for record in records]


def _mean(hits: Sequence[bool]) -> float | None:
    return sum(hits) / len(hits) if hits else None
