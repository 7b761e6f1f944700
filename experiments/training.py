"""Trains every learned part of the resolver together, on all records or on those that are not held out."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar

from experiments.extract_examples import extract_examples
from experiments.policy_requests import policy_requests
from experiments.train_affinity import affinity_examples, held_out_suits, train_affinity
from experiments.train_choice import Example, examples, train_choice
from experiments.train_entities import entity_examples, train_entities
from experiments.train_extract import train_extract
from experiments.train_instructions import train_instructions
from experiments.train_kinds import train_kinds
from experiments.train_match import train_match
from experiments.train_policy import policy_examples, train_policy
from experiments.train_relevance import train_relevance
from experiments.train_senses import train_senses
from experiments.train_several import train_several
from experiments.train_values import train_values, value_examples
from indexes import static_of
from resolver.extract import Extractor
from resolver.models import Models

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from experiments.evidence import EvidenceRecord
    from experiments.extract_examples import ExtractExample
    from experiments.records import Dataset, Record

    Keep = Callable[[str, str], bool]
    from indexes import Embedder
    from resolver.affinity import Affinity
    from resolver.choose import ChoiceWeights
    from resolver.entity_model import EntityModel
    from resolver.senses import SenseModel

__all__ = ["REFUSALS", "Material", "Trainer"]

_T = TypeVar("_T")

_INNER_FOLDS = 3

REFUSALS = "refusals"
"""What requests that policy forbids are called where a dataset is named."""


@dataclass(frozen=True, kw_only=True)
class Material:
    """What is learned from.

    Attributes:
        datasets: Records in PTBench's shape.
        groups: By record id what keeps records on one side of a fold; a record without one is grouped by its profile.
        refusals: File of requests that policy forbids, as `experiments.policy_requests.read_refusals` reads it.
        evidence: Queries with statements of which some matter, by the name of their set.
        rests_on: By record id the facts that its gold call rests on, by the last part of their path, where known.
        shares: How much each dataset weighs in the choice, 1 where not named. Of one that weighs 0 everything else
            is learned (to read requests, to fill parameters), but not who likes what.
    """

    datasets: tuple[Dataset, ...]
    groups: Mapping[str, str] = field(default_factory=dict)
    refusals: Path | None = None
    evidence: Mapping[str, Sequence[EvidenceRecord]] = field(default_factory=dict)
    rests_on: Mapping[str, Sequence[str]] = field(default_factory=dict)
    shares: Mapping[str, float] = field(default_factory=dict)


class Trainer:
    """Reads material once, and trains models on any part of it.

    Args:
        material: What to learn from.
        embedder: The one the resolver will use.
        progress: Called with a name and how much of it is done.
    """

    def __init__(
        self,
        material: Material,
        embedder: Embedder,
        *,
        progress: Callable[[str], Callable[[int, int], None]] | None = None,
    ) -> None:
        self.material, self.embedder = material, embedder
        groups = _alike(material)
        self._choice: list[Example] = []
        for dataset in material.datasets:
            notify = progress(dataset.name) if progress else None
            self._choice += examples(dataset, embedder, groups, progress=notify)
        self._group = {row.id: row.group for row in self._choice}
        self._values = [
            (dataset.name, row) for dataset in material.datasets for row in value_examples(dataset, self._choice)
        ]
        self._extract = [
            row
            for dataset in material.datasets
            for row in extract_examples(dataset.records, dataset=dataset.name, groups=self._group)
        ]
        self._records = [(dataset.name, record) for dataset in material.datasets for record in dataset.records]
        self._entities = [
            (name, self.group(record), row) for name, record in self._records for row in entity_examples(record)
        ]
        requests = policy_requests(material.refusals, [record for _, record in self._records], self._group, embedder)
        self._policy = policy_examples(requests, embedder)
        self.requests = tuple(request for request in requests if request.kind == "refused")
        self.evidence = {name: _regrouped(records, groups) for name, records in material.evidence.items()}

    def group(self, record: Record) -> str:
        """The group of a record; its own id where it teaches nothing."""
        return self._group.get(record.id, record.id)

    def train(self, keep: Keep) -> Models:
        """Models trained on what is kept.

        Args:
            keep: Tells of a dataset's name and a group whether to train on its records; requests that policy forbids,
                and those made to resemble them, are of the dataset `REFUSALS`.
        """
        extract = [row for row in self._extract if keep(row.dataset, row.group)]
        values = [row for name, row in self._values if keep(name, row.group)]
        records = [record for name, record in self._records if keep(name, self.group(record))]
        entities = _if_taught(lambda: train_entities([row for name, group, row in self._entities if keep(name, group)]))
        rows = [row for row in self._choice if keep(row.dataset, row.group)]
        affinity, choice = self._train_choice(rows, entities)
        evidence = [record for name, own in self.evidence.items() for record in own if keep(name, record.group)]
        kinds = train_kinds(records, self.embedder)
        policy = [row for row in self._policy if keep(REFUSALS, row.request.group)]
        extractor = Extractor(train_extract(extract))
        models = Models(
            choice=choice,
            extractor=extractor,
            senses=self._train_senses(extract, extractor),
            affinity=affinity,
            entities=entities,
            values=train_values(values, self.embedder) if values else None,
            instructions=_if_taught(
                lambda: train_instructions(
                    records, self.material.rests_on, self.embedder, kinds=kinds, unrelated=self._unrelated(keep)
                )
            ),
            relevance=train_relevance(evidence, self.embedder, kinds) if evidence else None,
            policy=_if_taught(lambda: train_policy(policy)),
        )
        known = {(name, str(record.id)): record for name, record in self._records}
        laid_out = [(row, known[row.dataset, row.id]) for row in rows]
        several = _if_taught(lambda: train_several(laid_out, self.material.rests_on, models))
        return replace(models, several=several, match=_if_taught(lambda: train_match(rows, models)))

    def _unrelated(self, keep: Keep) -> frozenset[str]:
        """What users say in evidence that is of no dataset's records, and so of other tools than theirs."""
        known = {record.id for _, record in self._records}
        return frozenset(
            text
            for name, own in self.evidence.items()
            if all(record.id not in known for record in own)
            for record in own
            if keep(name, record.group)
            for text in record.facts.values()
        )

    def _train_senses(self, rows: Sequence[ExtractExample], extractor: Extractor) -> SenseModel | None:
        tokens = static_of(self.embedder)
        if tokens is None:
            return None
        return _if_taught(lambda: train_senses(rows, extractor, self.embedder, tokens))

    def _train_choice(
        self, rows: Sequence[Example], entities: EntityModel | None
    ) -> tuple[Affinity | None, ChoiceWeights]:
        shares = self.material.shares
        rows = [row for row in rows if shares.get(row.dataset, 1.0) > 0.0]
        described = affinity_examples(rows)
        if not described:
            return None, train_choice(rows, entities=entities, shares=shares)
        taught = {id(row.example) for row in described}
        others = [row for row in rows if id(row) not in taught]
        held_out = held_out_suits(described, self.embedder, others=others, folds=_INNER_FOLDS)
        suits = {id(row.example): own for row, own in zip(described, held_out, strict=True)}
        weights = train_choice(rows, suits=[suits.get(id(row)) for row in rows], entities=entities, shares=shares)
        return train_affinity(described, self.embedder, others=others), weights


def _alike(material: Material) -> dict[str, str]:
    """The groups, and those of records that are the same request of the same user in another dataset."""
    known: dict[tuple[str, str], str] = {}
    asked = [
        (record.id, (record.case.query, json.dumps(record.case.user_profile, sort_keys=True)))
        for dataset in material.datasets
        for record in dataset.records
    ]
    for name, request in asked:
        if name in material.groups:
            known.setdefault(request, material.groups[name])
    return {**{name: known[request] for name, request in asked if request in known}, **material.groups}


def _regrouped(records: Sequence[EvidenceRecord], groups: Mapping[str, str]) -> tuple[EvidenceRecord, ...]:
    """Evidence in the groups of the records of the same ids, and whatever shares a group of its own set with these."""
    known: dict[str, str] = {}
    for record in records:
        if record.id in groups:
            known.setdefault(record.group, groups[record.id])
    return tuple(
        replace(record, group=groups.get(record.id, known.get(record.group, record.group))) for record in records
    )


def _if_taught(train: Callable[[], _T]) -> _T | None:
    """What is trained, or None where the records say nothing of it."""
    try:
        return train()
    except ValueError:
        return None
