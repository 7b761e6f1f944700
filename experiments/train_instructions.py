"""Trains the reader of standing instructions on records whose gold evidence is known, and scores it held out."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from experiments._files import write_whole
from experiments._logistic import Bilinear, fit_logistic
from experiments.folds import fold_of
from experiments.records import FURTHER, accepted_values
from experiments.train_kinds import train_kinds
from experiments.values import same_value
from indexes import HybridIndex
from resolver.asking import read_queries
from resolver.cards import CatalogIndex
from resolver.catalog import Catalog
from resolver.instruction_features import DOMAIN_FEATURES, VALUE_FEATURES, domain_rows, read_values, vectors_of
from resolver.instructions import BIAS, InstructionReader, apply_instructions
from resolver.profile import Profile
from resolver.records import UserRecords

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray
    from pydantic import JsonValue

    from experiments.records import Record
    from indexes import Embedder
    from resolver.instruction_features import StatementVectors
    from resolver.kinds import KindSpace

__all__ = ["cross_validate_instructions", "train_instructions", "write_instructions"]

# of the head: how many directions of the parameters' embeddings it sees, and how a piece and any parameter count in it
_RANK = 16
_SCALE = 3.0
_ANY = 0.3
_NAMED = DOMAIN_FEATURES.index("named")


class _Lesson(NamedTuple):
    """A statement that mattered to calls of a tool, with the calls' gold values by parameter."""

    cards: CatalogIndex
    tool: int
    statement: StatementVectors
    gold: Mapping[str, Sequence[JsonValue]]


def train_instructions(
    records: Sequence[Record],
    evidence: Mapping[str, Collection[str]],
    embedder: Embedder,
    *,
    kinds: KindSpace | None = None,
    unrelated: Collection[str] = (),
    penalty: float = 1.0,
    head_penalty: float = 0.3,
) -> InstructionReader:
    """A reader fitted to records with calls.

    Args:
        records: Records; those with no evidence, or with a statement about several tools, teach nothing.
        evidence: By record id, the ids of the profile's facts that the gold call rests on (their paths' last parts).
        embedder: What embeds.
        kinds: The space of kinds; one trained on the same records where none is given.
        unrelated: Statements of users of other tools, which instruct none of these.
        penalty: L2 penalty on the features' weights.
        head_penalty: L2 penalty on the head between the space of kinds and the parameters.
    """
    kinds = kinds or train_kinds(records, embedder)
    lessons = _lessons(records, evidence, embedder, kinds)
    domain = _train_domain(lessons, _silent_rows(lessons, unrelated, kinds))
    value, head = _train_value(lessons, kinds, penalty=penalty, head_penalty=head_penalty)
    return InstructionReader(domain, value, head, kinds)


def _lessons(
    records: Sequence[Record], evidence: Mapping[str, Collection[str]], embedder: Embedder, kinds: KindSpace
) -> list[_Lesson]:
    indexed: dict[str, CatalogIndex] = {}
    gold: dict[tuple[str, int, str], dict[str, list[JsonValue]]] = {}
    for record in records:
        cards = _cards(record, embedder, indexed)
        tool = _gold_tool(record, cards)
        if tool is None or FURTHER in record.extra:  # which platform its statements speak of is not known
            continue
        called = record.answer.calls[0].function
        for fact in Profile.from_json(record.case.user_profile).facts:
            if fact.statement and fact.path.rpartition(".")[2] in evidence.get(record.id, ()):
                own = gold.setdefault((_key(record), tool, fact.text), defaultdict(list))
                for call in record.answer.calls:
                    for name, accepted in call.parameters.items() if call.function == called else ():
                        own[name].extend(accepted_values(accepted))
    order = sorted(gold)
    found = []
    for catalog in sorted({key for key, _, _ in order}):
        own_order = [(tool, text) for key, tool, text in order if key == catalog]
        read = vectors_of([text for _, text in own_order], indexed[catalog], kinds)
        for (tool, text), statement in zip(own_order, read, strict=True):
            found.append(_Lesson(indexed[catalog], tool, statement, gold[catalog, tool, text]))
    return found


def _key(record: Record) -> str:
    content = json.dumps([record.case.platforms, record.case.tools], sort_keys=True, default=str)
    return hashlib.sha256(content.encode()).hexdigest()


def _cards(record: Record, embedder: Embedder, indexed: dict[str, CatalogIndex]) -> CatalogIndex:
    key = _key(record)
    if key not in indexed:
        indexed[key] = CatalogIndex(Catalog.from_ptbench(record.case.platforms, record.case.tools), embedder)
    return indexed[key]


def _gold_tool(record: Record, cards: CatalogIndex) -> int | None:
    if not record.answer.calls:
        return None
    try:
        return cards.number(record.answer.platform, record.answer.calls[0].function)
    except KeyError:
        return None


def _silent_rows(
    lessons: Sequence[_Lesson], unrelated: Collection[str], kinds: KindSpace
) -> Iterator[NDArray[np.float64]]:
    """How unrelated statements fit the tools of each catalog; not those of tools that they name."""
    for cards in {id(lesson.cards): lesson.cards for lesson in lessons}.values():
        for statement in vectors_of(sorted(unrelated), cards, kinds):
            rows = domain_rows(cards, statement)
            yield rows[rows[:, _NAMED] == 0.0]


def _train_domain(lessons: Sequence[_Lesson], silent: Iterable[NDArray[np.float64]]) -> dict[str, float]:
    spoken: dict[tuple[int, str], list[_Lesson]] = defaultdict(list)
    for lesson in lessons:
        spoken[id(lesson.cards), lesson.statement.reading.text].append(lesson)
    rows, labels = [], []
    for own in spoken.values():
        rows.append(domain_rows(own[0].cards, own[0].statement))
        tools = {lesson.tool for lesson in own}
        labels.append([float(number in tools) for number in range(len(rows[-1]))])
    for own_rows in silent:
        rows.append(own_rows)
        labels.append([0.0] * len(own_rows))
    weights, bias, _ = fit_logistic(np.concatenate(rows), np.concatenate(labels))
    return _named(DOMAIN_FEATURES, weights, bias)


def _train_value(
    lessons: Sequence[_Lesson], kinds: KindSpace, *, penalty: float, head_penalty: float
) -> tuple[dict[str, float], NDArray[np.float32]]:
    known = {(id(lesson.cards), lesson.tool): lesson.cards for lesson in lessons}
    vectors = np.concatenate([cards.parameter_vectors(tool) for (_, tool), cards in known.items()]).astype(np.float64)
    centre = np.unique(vectors, axis=0).mean(axis=0)
    basis = np.linalg.svd(np.unique(vectors, axis=0) - centre, full_matrices=False)[2][:_RANK].T
    rows, labels, left, right = [], [], [], []
    for lesson in lessons:
        readings, features = read_values(lesson.cards, lesson.tool, lesson.statement)
        rows.append(features)
        parameters = lesson.cards.readings(lesson.tool)
        placed = (lesson.cards.parameter_vectors(lesson.tool) - centre) @ basis
        for reading in readings:
            gold = lesson.gold.get(parameters[reading.parameter].parameter.name, ())
            labels.append(float(any(same_value(reading.value, value) for value in gold)))
            of_piece = lesson.statement.kinds[reading.piece] if reading.piece >= 0 else np.zeros(kinds.size)
            left.append(_SCALE * of_piece)
            right.append(np.append(placed[reading.parameter], _ANY))
    head = Bilinear(np.array(left, dtype=np.float64), np.array(right, dtype=np.float64), head_penalty)
    weights, bias, (matrix,) = fit_logistic(np.concatenate(rows), np.array(labels), penalty=penalty, heads=(head,))
    onto = _SCALE * matrix[:, :-1] @ basis.T
    column = _SCALE * _ANY * matrix[:, -1] - onto @ centre
    return _named(VALUE_FEATURES, weights, bias), np.column_stack([column, onto]).astype(np.float32)


def _named(names: Sequence[str], weights: NDArray[np.float64], bias: float) -> dict[str, float]:
    values = np.round([*weights, bias], 4).tolist()
    return dict(zip((*names, BIAS), values, strict=True))


def cross_validate_instructions(
    records: Sequence[Record],
    evidence: Mapping[str, Collection[str]],
    groups: Mapping[str, str],
    embedder: Embedder,
    *,
    elsewhere: Sequence[Record] = (),
    unrelated: Collection[str] = (),
    folds: int = 5,
) -> dict[str, float]:
    """Held-out figures, given the gold tool and the query's own gold arguments.

    Args:
        records: The records.
        evidence: As for `train_instructions`.
        groups: The group of each record, by id; a group is on one side of a fold.
        embedder: What embeds.
        elsewhere: Records of other sets, which teach the space of kinds only.
        unrelated: As for `train_instructions`.
        folds: How many folds.

    Returns:
        ``recall`` of the values that the profile gives, ``precision`` of what is set, and ``exact``, the share of
        records of which all that the profile gives is set and nothing else.
    """
    indexed: dict[str, CatalogIndex] = {}
    counts: dict[str, int] = defaultdict(int)
    fold = {r.id: fold_of(groups.get(r.id, r.id), folds) for r in records}
    for held_out in range(folds):
        train = [record for record in records if fold[record.id] != held_out]
        kinds = train_kinds([*train, *elsewhere], embedder)
        reader = train_instructions(train, evidence, embedder, kinds=kinds, unrelated=unrelated)
        for record in records:
            cards = _cards(record, embedder, indexed)
            tool = _gold_tool(record, cards)
            if fold[record.id] != held_out or tool is None:
                continue
            linked = UserRecords(Profile.from_json(record.case.user_profile), HybridIndex(embedder)).linked(cards)
            gold = record.answer.calls[0].parameters
            said = {name: accepted_values(gold[name])[0] for name in record.query_params if name in gold}
            asked = read_queries([record.case.query], embedder)[0]
            found, _ = apply_instructions(cards, linked, asked, tool, said, reader=reader)
            names = [reading.parameter.name for reading in cards.readings(tool)]
            got: dict[str, JsonValue] = {}
            for one in found:
                got.setdefault(names[one.parameter], one.value)
            wanted = {name: gold[name] for name in record.profile_params if name in gold}
            right = sum(
                any(same_value(got[name], value) for value in accepted_values(accepted))
                for name, accepted in wanted.items()
                if name in got
            )
            counts["records"] += 1
            counts["wanted"] += len(wanted)
            counts["set"] += len(got)
            counts["right"] += right
            counts["exact"] += right == len(wanted) == len(got)
    return {
        "recall": counts["right"] / max(counts["wanted"], 1),
        "precision": counts["right"] / max(counts["set"], 1),
        "exact": counts["exact"] / max(counts["records"], 1),
        "records": float(counts["records"]),
    }


def write_instructions(reader: InstructionReader, folder: Path, about: Mapping[str, object]) -> None:
    """The reader's weights as ``instructions.json`` and ``instructions.npy`` in a folder, without its space."""
    parts = {"domain": {"features": reader.domain}, "value": {"features": reader.value}}
    write_whole(folder / "instructions.json", json.dumps({**about, **parts}, indent=2) + "\n")
    np.save(folder / "instructions.npy", reader.head.astype(np.float16), allow_pickle=False)
