"""Trains what decides on several calls: on several values, on a second platform, and on what its call shares."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from experiments._files import write_whole
from experiments._logistic import fit_logistic
from experiments.records import accepted_values
from experiments.several import gold_calls
from experiments.values import same_value
from resolver.bind import offers_for
from resolver.carrying import carry_rows
from resolver.resolution import Binding
from resolver.several_domains import domain_rows
from resolver.several_model import PARTS, SeveralModel
from resolver.several_values import pairs_of_values, value_features

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from pathlib import Path

    from pydantic import JsonValue

    from experiments.records import Accepted, Record
    from experiments.several import GoldOnPlatform
    from experiments.train_choice import Example
    from resolver.models import Models

__all__ = ["train_several", "write_several"]

_FEWEST = 5
"""Of each answer, yes and no, below which a part is not learned."""


class _Lesson(NamedTuple):
    features: Mapping[str, float]
    label: bool


def train_several(
    rows: Sequence[tuple[Example, Record]],
    evidence: Mapping[str, Collection[str]],
    models: Models,
    *,
    penalty: float = 1.0,
) -> SeveralModel:
    """What decides on several calls, fitted to records of which some have several.

    Args:
        rows: Records with their case laid out.
        evidence: By record id, the ids of the profile's facts that the gold calls rest on (their paths' last parts).
        models: The other parts, which read query and instructions.
        penalty: L2 penalty on the features' weights.

    Raises:
        ValueError: Too few records have several calls, or no instructions are read.
    """
    if models.instructions is None:
        raise ValueError("without instructions there are no several values")
    if not any(len(record.answer.calls) > 1 for _, record in rows):
        raise ValueError("no record has several calls of one platform")  # before much is computed
    lessons: dict[str, list[_Lesson]] = {name: [] for name in PARTS}
    for example, record in rows:
        if not example.linked.statements.any():
            continue
        gold = gold_calls(record)
        lessons["values"] += _values(example, record, models)
        if record.id in evidence:
            lessons["domains"] += _domains(example, gold, evidence[record.id])
        lessons["carry"] += _carried(example, gold, models)
    if not _enough(lessons["values"]):
        raise ValueError(f"fewer than {_FEWEST} records have several calls of one function, or one only")
    parts = ["values", *(("domains", "carry") if all(_enough(lessons[n]) for n in ("domains", "carry")) else ())]
    return SeveralModel(**{name: _fit(lessons[name], PARTS[name], penalty) for name in parts})


def _enough(lessons: Sequence[_Lesson]) -> bool:
    right = sum(lesson.label for lesson in lessons)
    return min(right, len(lessons) - right) >= _FEWEST


def _fit(lessons: Sequence[_Lesson], features: Sequence[str], penalty: float) -> dict[str, float]:
    names = features[:-1]
    inputs = np.array([[lesson.features.get(name, 0.0) for name in names] for lesson in lessons])
    weights, bias, _ = fit_logistic(inputs, np.array([float(lesson.label) for lesson in lessons]), penalty=penalty)
    return dict(zip(features, np.round([*weights, bias], 4).tolist(), strict=True))


def _values(example: Example, record: Record, models: Models) -> Iterator[_Lesson]:
    """Pairs of values for one parameter; where neither is read as the gold has it, they teach nothing."""
    parameters = example.cards.readings(example.gold)
    offers = offers_for(example.cards, example.linked, example.asked, example.gold, models)
    function = example.cards.catalog.tools[example.gold].name
    calls = [call.parameters for call in record.answer.calls if call.function == function]
    if models.instructions is None:
        return
    for number, first, others in pairs_of_values(offers):
        name = parameters[number].parameter.name
        differ = _differ(calls, name)
        right = [other for other in others if differ and any(_among(other.value, call.get(name)) for call in calls)]
        for other in others:
            if differ and not right:
                continue
            row = value_features(example.linked, models.instructions, parameters[number], first, other)
            yield _Lesson(row, any(other is one for one in right))


def _differ(calls: Sequence[Mapping[str, Accepted]], name: str) -> bool:
    """Whether calls have different values of a parameter."""
    values = [accepted_values(call[name])[0] for call in calls if name in call]
    return any(not same_value(values[0], value) for value in values[1:])


def _among(value: JsonValue, accepted: Accepted | None) -> bool:
    return accepted is not None and any(same_value(value, one) for one in accepted_values(accepted))


def _domains(example: Example, gold: Sequence[GoldOnPlatform], evidence: Collection[str]) -> Iterator[_Lesson]:
    """Statements that name the right platform and another: those that the calls rest on, and name one called too."""
    cards, called = example.cards, {call.platform for call in gold}
    right = int(cards.tool_platform[example.gold])
    for fact, here, there, row in domain_rows(cards, example.linked):
        if here == right:
            cited = example.linked.facts[fact].path.rpartition(".")[2] in evidence
            yield _Lesson(row, cited and cards.catalog.platforms[there].name in called)


def _carried(example: Example, gold: Sequence[GoldOnPlatform], models: Models) -> Iterator[_Lesson]:
    """Arguments of the first call with the parameters of a call on another platform."""
    first, by_platform = gold[0], defaultdict(list)
    for call in gold[1:]:
        if call.platform != first.platform:
            by_platform[call.platform, call.function].append(call)
    bindings = [
        Binding(name=name, value=accepted_values(accepted)[0], source="query", confidence=1.0)
        for name, accepted in first.parameters.items()
    ]
    for (platform, function), calls in by_platform.items():
        try:
            other = example.cards.number(platform, function)
        except KeyError:
            continue
        names = [reading.parameter.name for reading in example.cards.readings(other)]
        for _, number, value, row in carry_rows(example.cards, example.gold, bindings, other, models.instructions):
            yield _Lesson(row, any(_among(value, call.parameters.get(names[number])) for call in calls))


def write_several(file: Path, model: SeveralModel, about: Mapping[str, object]) -> None:
    """Write the weights as JSON that `SeveralModel.load` reads."""
    parts = {name: {"features": own} for name, own in model.weights.items()}
    write_whole(file, json.dumps({**about, **parts}, indent=2) + "\n")
