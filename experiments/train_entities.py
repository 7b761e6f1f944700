"""Fits the weights by which entities of a profile are chosen for parameters, with grouped cross-validation.

Each record gives its query as it is, once more without the ids that stand in it, and once with only the last words of
names: in a set where nearly every query names an order's id, nothing else could be learnt. Slots are trained with the
gold of the slots before them, and a list of one is a choice as well.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np

from experiments._files import write_whole
from experiments.folds import fold_of
from experiments.records import accepted_values
from experiments.values import same_value
from resolver.catalog import Catalog
from resolver.entity_evidence import EACH, ONE, candidates, each_features, held_mentions, in_order, one_features
from resolver.entity_model import EntityModel
from resolver.entity_slots import EntityView
from resolver.extract import read_text
from resolver.profile import Profile
from resolver.reading import read_tool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray
    from pydantic import JsonValue

    from experiments.records import GoldCall, Record
    from resolver.entity_slots import Slot

__all__ = [
    "ONE_SIGNS",
    "EntityExample",
    "cross_validate_entities",
    "entity_examples",
    "train_entities",
    "write_entities",
]

ONE_SIGNS: Mapping[str, int] = {**dict.fromkeys(ONE, 1), "denied": -1}
"""1: the weight is not negative, -1: not positive, 0: free."""
EACH_SIGNS: Mapping[str, int] = {**dict.fromkeys(EACH, 1), "always": 0, "twin": -1, "surplus": -1, "denied": -1}

LEAST: Mapping[str, float] = {
    "part": 2.0,
    "denied": 2.0,
    "newest": 0.05,
    "asked_newest": 4.0,
    "within": 1.0,
    "tied": 0.5,
}
"""Sizes that these weights have at least: few records tell the end of an id, ask for the latest, or deny what they
name, and what that means is beyond doubt."""
LEAST_EACH: Mapping[str, float] = {"said": 3.0, "part": 2.0, "denied": 4.0}
"""The same for lists."""


_WORD = re.compile(r"[^\W\d_]{3,}")
_FEWEST_SIGNS = 4


@dataclass(frozen=True, kw_only=True)
class _Task:
    """One call to be bound: the user's entities, the tool's slots, the text, and the gold value by slot."""

    name: str
    view: EntityView
    slots: tuple[Slot, ...]
    status: NDArray[np.float64]
    text: str
    form: str
    gold: Mapping[Slot, tuple[JsonValue, ...]]


class EntityExample(NamedTuple):
    """What one call teaches: features and the right place by choice, features and the right places by list."""

    one: list[tuple[NDArray[np.float64], int]]
    each: list[tuple[NDArray[np.float64], NDArray[np.float64]]]


def entity_examples(record: Record) -> tuple[EntityExample, ...]:
    """What a record teaches of which entities a request means: nothing if no id of the profile is asked for."""
    return tuple(_rows(task) for task in _tasks(record))


def train_entities(examples: Sequence[EntityExample], *, penalty: float = 2e-4) -> EntityModel:
    """Weights fitted on records whose gold tool asks for ids that the profile holds.

    Args:
        examples: What the records teach, as `entity_examples` says.
        penalty: L2 penalty on the weights, per example.

    Raises:
        ValueError: There are none.
    """
    return _train(examples, penalty)


def cross_validate_entities(
    records: Sequence[Record], groups: Mapping[str, str], *, folds: int = 5, penalty: float = 2e-4
) -> dict[str, dict[str, float]]:
    """Held-out accuracy by parameter given the gold tool, for queries as they are and ``without ids``.

    No group is on both sides of a fold; a record without a group is its own.
    """
    tasks = [task for record in records for task in _tasks(record)]
    fold = [fold_of(groups.get(task.name, task.name), folds) for task in tasks]
    rows = [_rows(task) for task in tasks]
    hits: dict[str, dict[str, list[bool]]] = defaultdict(lambda: defaultdict(list))
    for held_out in range(folds):
        model = _train([row for row, own in zip(rows, fold, strict=True) if own != held_out], penalty)
        for task, own in zip(tasks, fold, strict=True):
            if own == held_out:
                for name, right in _judged(model, task):
                    hits[task.form][name].append(right)
    return {
        form: {name: float(np.mean(found)) for name, found in sorted(by_name.items())} for form, by_name in hits.items()
    }


def write_entities(path: Path, model: EntityModel, about: Mapping[str, object]) -> None:
    """The weights as the readable JSON that `EntityModel.load` reads, whole or not at all."""
    parts = {"one": {"features": model.one}, "each": {"features": model.each}}
    write_whole(path, json.dumps({**about, **parts}, indent=2) + "\n")


def _tasks(record: Record) -> Iterator[_Task]:
    catalog = Catalog.from_ptbench(record.case.platforms, record.case.tools)
    view = EntityView(Profile.from_json(record.case.user_profile).facts)
    for call in record.answer.calls[:1]:
        wanted = (record.answer.platform, call.function)
        number = next((n for n, tool in enumerate(catalog.tools) if (tool.platform, tool.name) == wanted), None)
        if number is None:
            continue
        tool = catalog.tools[number]
        parameters = read_tool(tool)
        slots = view.slots(number, tool, parameters)
        gold = {slot: _gold(call, parameters[slot.place].parameter.name) for slot in slots}
        gold = {slot: values for slot, values in gold.items() if values}
        if not gold:
            continue
        texts = {"as asked": record.case.query, **_retold(record.case.query, view)}
        for form, text in texts.items():
            yield _Task(
                name=record.id,
                view=view,
                slots=slots,
                status=view.status(number, tool),
                text=text,
                form=form,
                gold=gold,
            )


def _gold(call: GoldCall, name: str) -> tuple[JsonValue, ...]:
    return accepted_values(call.parameters[name]) if name in call.parameters else ()


def _retold(text: str, view: EntityView) -> dict[str, str]:
    """The text without the user's ids, and with only the words of ids and the last words of names."""
    ids = {str(value) for entity in view.entities.all for value, _ in entity.ids.values()}
    names = {view.label(number) for number in range(len(view.entities.all))} - {""}
    short = {name: name.split()[-1] for name in names}
    spoken = {name: " ".join(_WORD.findall(name)) for name in ids if len(name) >= _FEWEST_SIGNS}
    return {"without ids": _replaced(text, dict.fromkeys(spoken, "")), "in short": _replaced(text, {**short, **spoken})}


def _replaced(text: str, by: Mapping[str, str]) -> str:
    if not by:
        return text
    written = "|".join(re.escape(name) for name in sorted(by, key=lambda name: (-len(name), name)))
    return re.sub(rf"(?<!\w)(?:{written})(?!\w)", lambda match: by[match[0]], text)


def _chosen(task: _Task, slot: Slot, members: Sequence[int]) -> list[int]:
    """The places of the candidates whose ids are the gold's."""
    (gold, *_) = task.gold[slot]
    wanted = gold if isinstance(gold, list) else [gold]
    ids = [task.view.entities.all[number].ids[slot.field][0] for number in members]
    return [place for place, own in enumerate(ids) if any(same_value(own, value) for value in wanted)]


def _rows(task: _Task) -> EntityExample:
    rows = EntityExample([], [])
    reading = read_text(task.text)
    mentions = task.view.read(reading)
    held = held_mentions(task.view, mentions)
    bound: list[int] = []
    for slot in in_order(task.view, task.slots):
        if slot not in task.gold:
            continue
        members = candidates(task.view, task.view.entities.fields[slot.field], bound)
        right = _chosen(task, slot, members)
        if not right:
            continue
        if slot.many:
            told = np.zeros(len(members))
            told[right] = 1.0
            rows.each.append((each_features(task.view, reading, mentions, members), told))
        # a list of one is a choice as well
        if len(right) == 1 and len(members) > 1:
            features = one_features(task.view, task.text, mentions, members, status=task.status, held=held, bound=bound)
            rows.one.append((features, right[0]))
        bound += [members[place] for place in right]
    return rows


def _train(rows: Sequence[EntityExample], penalty: float) -> EntityModel:
    one = [row for own in rows for row in own.one]
    each = [row for own in rows for row in own.each]
    if not one and not each:
        raise ValueError("no record has a parameter that asks for an id of its profile; give the tools of the records")
    return EntityModel(
        _fit(_choice(one), ONE_SIGNS, LEAST, penalty),
        _fit(_yes_or_no(each), EACH_SIGNS, LEAST_EACH, penalty),
    )


_Loss: TypeAlias = "Callable[[NDArray[np.float64]], tuple[float, NDArray[np.float64]]]"


def _choice(rows: Sequence[tuple[NDArray[np.float64], int]]) -> _Loss:
    """The mean negative log-likelihood of a conditional logit, with its gradient."""
    widest = max((len(features) for features, _ in rows), default=1)
    stacked = np.zeros((len(rows), widest, len(ONE)))
    absent = np.full((len(rows), widest), -np.inf)
    for number, (features, _) in enumerate(rows):
        stacked[number, : len(features)] = features
        absent[number, : len(features)] = 0.0
    every, right = np.arange(len(rows)), np.array([place for _, place in rows], dtype=np.int64)
    size = max(len(rows), 1)

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        scores = stacked @ weights + absent
        scores -= scores.max(axis=1, keepdims=True)
        grown = np.exp(scores)
        total = grown.sum(axis=1, keepdims=True)
        value = float((np.log(total[:, 0]) - scores[every, right]).sum())
        gradient = ((grown / total)[:, :, None] * stacked).sum(axis=(0, 1)) - stacked[every, right].sum(axis=0)
        return value / size, gradient / size

    return loss


def _yes_or_no(rows: Sequence[tuple[NDArray[np.float64], NDArray[np.float64]]]) -> _Loss:
    """The mean negative log-likelihood of a logistic model, each list weighing the same, with its gradient."""
    features = np.concatenate([row for row, _ in rows]) if rows else np.zeros((0, len(EACH)))
    told = np.concatenate([right for _, right in rows]) if rows else np.zeros(0)
    share = np.concatenate([np.full(len(right), 1.0 / len(right)) for _, right in rows]) if rows else np.zeros(0)
    share /= max(len(rows), 1)

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        scores = features @ weights
        value = float(share @ (np.logaddexp(0.0, scores) - told * scores))
        gradient = (share * (1.0 / (1.0 + np.exp(-np.clip(scores, -50.0, 50.0))) - told)) @ features
        return value, gradient

    return loss


def _fit(
    loss: _Loss,
    signs: Mapping[str, int],
    least: Mapping[str, float],
    penalty: float,
) -> dict[str, float]:
    from scipy.optimize import minimize  # noqa: PLC0415  (heavy)

    def penalised(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        value, gradient = loss(weights)
        return value + penalty * float(weights @ weights), gradient + 2.0 * penalty * weights

    bounds = [
        {1: (least.get(name, 0.0), None), -1: (None, -least.get(name, 0.0)), 0: (None, None)}[sign]
        for name, sign in signs.items()
    ]
    start = np.array([low or high or 0.0 for low, high in bounds])
    found = minimize(penalised, start, jac=True, method="L-BFGS-B", bounds=bounds).x
    return {name: float(value) for name, value in zip(signs, np.round(found, 4), strict=True)}


def _judged(model: EntityModel, task: _Task) -> Iterator[tuple[str, bool]]:
    """By slot whether the model's value is the gold's."""
    drawn = {item.slot: item for item in model.draw(task.view, read_text(task.text), task.slots, task.status)}
    for slot, accepted in task.gold.items():
        kind = " ".join(task.view.entities.fields[slot.field].kind) + ("s" if slot.many else "")
        if slot not in drawn:
            yield kind, False
            continue
        ids = [task.view.entities.all[number].ids[slot.field][0] for number in drawn[slot].entities]
        yield kind, any(same_value(ids if slot.many else ids[0], value) for value in accepted)
