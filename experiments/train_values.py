"""Trains `resolver.value_choice.ValueChooser` on the gold arguments of benchmark records, and measures it.

A record gives an example for each parameter of its gold tool that the catalog calls personal: whether the gold call
has it, and which value of its closed set.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from experiments.bilinear import Fitting, fit_form
from experiments.folds import fold_of
from experiments.records import accepted_values
from experiments.values import same_value
from resolver.value_choice import BLOCKS, NEED_BLOCKS, ValueChooser, value_blocks

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from experiments.records import Accepted, Dataset, Record
    from experiments.train_choice import Example
    from indexes import Embedder
    from resolver.asking import Asked
    from resolver.cards import CatalogIndex
    from resolver.records import Linked
    from resolver.value_sets import ValueSet

__all__ = ["ValueExample", "cross_validate_values", "train_values", "value_examples"]

_COUNTED = ("right", "chosen", "listed", "extra")
_VALUE = Fitting(user_rank=40, rank=30, penalty=0.03, constant=0.5)
_NEED = Fitting(user_rank=30, rank=30, penalty=0.1, constant=0.5)


@dataclass(frozen=True, kw_only=True)
class ValueExample:
    """One record: its gold tool with the value sets of that, and the gold arguments.

    Attributes:
        id: The record's id.
        group: Its group.
        cards: The indexed catalog.
        linked: The user's records.
        asked: The query.
        tool: The gold tool's number.
        gold: The accepted values by parameter.
        listed: The parameters whose gold comes from the profile.
    """

    id: str
    group: str
    cards: CatalogIndex
    linked: Linked
    asked: Asked
    tool: int
    gold: Mapping[str, Accepted]
    listed: tuple[str, ...]

    def name(self, values: ValueSet) -> str:
        """The name of the parameter of a value set."""
        return self.cards.catalog.tools[self.tool].parameters[values.place].name

    def right(self, values: ValueSet) -> int | None:
        """The place of the gold value in a set, None where it is not in it; a list of one may be written without it."""
        accepted = accepted_values(self.gold.get(self.name(values), []))
        return next(
            (
                place
                for place, value in enumerate(values.values)
                if _accepts(accepted, value) or (isinstance(value, list) and any([own] == value for own in accepted))
            ),
            None,
        )


def value_examples(dataset: Dataset, rows: Sequence[Example]) -> list[ValueExample]:
    """Examples of the first gold call of every record whose gold tool has a personal parameter.

    Args:
        dataset: The records.
        rows: The same records laid out, as `experiments.train_choice.examples` gives them.
    """
    records: dict[str, Record] = {record.id: record for record in dataset.records}
    return [
        ValueExample(
            id=row.id,
            group=row.group,
            cards=row.cards,
            linked=row.linked,
            asked=row.asked,
            tool=row.gold,
            gold=records[row.id].answer.calls[0].parameters,
            listed=records[row.id].profile_params,
        )
        for row in rows
        if row.id in records and row.cards.value_sets(row.gold)
    ]


def train_values(
    rows: Sequence[ValueExample], embedder: Embedder, *, how: Fitting = _VALUE, need: Fitting = _NEED
) -> ValueChooser:
    """The chooser, with its two forms fitted on the records."""
    every = [(row, values) for row in rows for values in row.cards.value_sets(row.tool)]
    chosen = [(row, values, right) for row, values in every if (right := row.right(values)) is not None]
    nothing = np.zeros(embedder.dimension, dtype=np.float32)
    blocks: dict[str, list[np.ndarray]] = {name: [] for name in BLOCKS}
    for row, values, _ in chosen:
        read = value_blocks(row.linked.person, values.topic)
        for name in BLOCKS:
            blocks[name].append(read[name][1] @ read[name][0] if name in read else nothing)
    form = fit_form(
        {name: np.stack(block) for name, block in blocks.items()},
        [values.options for _, values, _ in chosen],
        [right for _, _, right in chosen],
        [np.zeros(len(values.options)) for _, values, _ in chosen],
        how=how,
        embedder=embedder.name,
    )
    needed = fit_form(
        {NEED_BLOCKS[0]: np.stack([row.asked.vector for row, _ in every])},
        [np.stack([values.topic, nothing]) for _, values in every],
        [0 if row.name(values) in row.gold else 1 for row, values in every],
        [np.zeros(2)] * len(every),
        how=need,
        embedder=embedder.name,
    )
    return ValueChooser(form, needed)


def cross_validate_values(
    rows: Sequence[ValueExample],
    embedder: Embedder,
    *,
    folds: int = 5,
    how: Fitting = _VALUE,
    need: Fitting = _NEED,
) -> dict[str, dict[str, float]]:
    """Held-out figures given the gold tool: for ``all`` and by parameter.

    ``right`` is the share of the parameters listed as coming from the profile whose value is right, ``chosen`` the same
    whether or not the parameter was thought to matter, ``listed`` their number, ``extra`` how many were filled that the
    gold call does not have, and ``whole`` the share of records with all right and none extra.
    """
    fold = [fold_of(row.group, folds) for row in rows]
    counts: dict[str, dict[str, float]] = defaultdict(lambda: dict.fromkeys(_COUNTED, 0.0))
    whole = []
    for held_out in sorted(set(fold)):
        chooser = train_values(
            [row for row, own in zip(rows, fold, strict=True) if own != held_out], embedder, how=how, need=need
        )
        anyway = ValueChooser(chooser.form, chooser.need, least_need=0.0)
        for row in (row for row, own in zip(rows, fold, strict=True) if own == held_out):
            names = [parameter.name for parameter in row.cards.catalog.tools[row.tool].parameters]
            given, could = (
                {names[value.place]: value.value for value in own.choose(row.cards, row.linked, row.asked, row.tool)}
                for own in (chooser, anyway)
            )
            listed = [name for name in row.listed if name in row.gold]
            faults = 0
            for name in {*listed, *(name for name in given if name not in row.gold)}:
                accepted = accepted_values(row.gold.get(name, []))
                right = name in given and _accepts(accepted, given[name])
                faults += not right
                for count in (counts["all"], counts[name]):
                    count["listed"] += name in listed
                    count["extra"] += name not in row.gold
                    count["right"] += right
                    count["chosen"] += name in could and _accepts(accepted, could[name])
            whole.append(faults == 0)
    figures = {
        name: {
            **count,
            "right": count["right"] / max(count["listed"], 1.0),
            "chosen": count["chosen"] / max(count["listed"], 1.0),
        }
        for name, count in sorted(counts.items())
    }
    figures["all"]["whole"] = float(np.mean(whole))
    figures["all"]["records"] = float(len(rows))
    return figures


def _accepts(accepted: Sequence[object], value: object) -> bool:
    return any(same_value(value, own) for own in accepted)
