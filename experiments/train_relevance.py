"""Trains the model of which statements matter to a query, and scores it held out."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from experiments._files import write_whole
from experiments._logistic import fit_logistic
from experiments.folds import fold_of
from resolver.asking import read_queries
from resolver.relevance import BIAS, RelevanceModel, TermWeights, without_conflict
from resolver.relevance_features import FEATURES, PAIR_FEATURES, compare, encode_statements
from resolver.relevance_sets import SET_FEATURES, overlaps, set_rows
from resolver.stances import STANCE_FEATURES, is_stance, stance_rows, stance_space

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from experiments.evidence import EvidenceRecord
    from indexes import Embedder
    from resolver.kinds import KindSpace
    from resolver.relevance_features import Compared
    from resolver.stances import StanceSpace

__all__ = ["cross_validate_relevance", "train_relevance", "write_relevance"]

_RANK = 32
_BILINEAR, _PAIR, _KINDS, _OWN, _SET, _STANCE = 2.0, 0.3, 3.0, 1.0, 0.5, 0.5  # L2 penalties
_MOSTLY = 0.5  # share of a record's statements that are stances, above which its query is one beside stances
_ALONE, _WIDE = 4.0, 3.0  # how the statement alone, and a piece's kind, count in their terms
_STEPS = 90
_INNER = 3


class _Lesson(NamedTuple):
    compared: Compared
    labels: NDArray[np.float64]


def train_relevance(records: Sequence[EvidenceRecord], embedder: Embedder, kinds: KindSpace) -> RelevanceModel:
    """A model fitted to all records together; those without facts teach nothing."""
    return _train(_lessons(records, embedder, kinds), kinds)


def _lessons(records: Sequence[EvidenceRecord], embedder: Embedder, kinds: KindSpace) -> list[_Lesson]:
    found = []
    for record in records:
        if record.facts:
            said = encode_statements(list(record.facts.values()), embedder, kinds)
            compared = compare(record.query, read_queries([record.query], embedder)[0].text, said, embedder, kinds)
            found.append(_Lesson(compared, np.array([float(name in record.gold) for name in record.facts])))
    return found


def _train(lessons: Sequence[_Lesson], kinds: KindSpace) -> RelevanceModel:
    """The first step on all lessons; the second on scores that a first step gave that had not seen them."""
    rows: list[NDArray[np.float64]] = []
    labels = np.concatenate([lesson.labels for lesson in lessons])
    order: list[int] = []
    for part in range(_INNER):
        seen = [lesson for number, lesson in enumerate(lessons) if number % _INNER != part]
        model = _first_step(seen, kinds)
        for number in range(part, len(lessons), _INNER):
            compared = lessons[number].compared
            apart, conflict = model.own_scores(compared)
            rows.append(set_rows(compared, overlaps(compared), without_conflict(apart, conflict), apart, conflict))
            order.append(number)
    inputs = np.concatenate([rows[place] for place in np.argsort(order)])
    weights, bias, _ = fit_logistic(inputs, labels, penalty=_SET)
    first = _first_step(lessons, kinds)
    space, of_stances = _train_stances(lessons, inputs @ weights + bias)
    named = {**first.weights, "set": _named(SET_FEATURES, weights, bias), "stance": of_stances}
    return RelevanceModel(named, first.terms, kinds, space)


def _train_stances(lessons: Sequence[_Lesson], scores: NDArray[np.float64]) -> tuple[StanceSpace, dict[str, float]]:
    """The space of stances, and their weights given the final scores of all lessons' statements by everything else."""
    stances = [is_stance(lesson.compared)[0] for lesson in lessons]
    pairs = list(zip(lessons, stances, strict=True))
    queries = [lesson.compared.query for lesson, own in pairs if own.mean() > _MOSTLY]
    statements = np.concatenate([lesson.compared.statements[own] for lesson, own in pairs])
    width = statements.shape[1]
    space = stance_space(np.array(queries, dtype=np.float32).reshape(-1, width), np.unique(statements, axis=0))
    starts = np.cumsum([0, *(len(lesson.labels) for lesson in lessons)])
    rows, labels = [], []
    for (lesson, own), start, end in zip(pairs, starts, starts[1:], strict=False):
        rows.append(stance_rows(lesson.compared, space, scores[start:end])[1][own])
        labels.append(lesson.labels[own])
    inputs, answers = np.concatenate(rows), np.concatenate(labels)
    if not len(answers):
        otherwise = STANCE_FEATURES.index("otherwise")
        return space, _named(STANCE_FEATURES, np.eye(len(STANCE_FEATURES))[otherwise], 0.0)
    weights, bias, _ = fit_logistic(inputs, answers, penalty=_STANCE)
    return space, _named(STANCE_FEATURES, weights, bias)


def _named(names: Sequence[str], weights: NDArray[np.float64], bias: float) -> dict[str, float]:
    return dict(zip((*names, BIAS), np.round([*weights, bias], 4).tolist(), strict=True))


class _Inputs(NamedTuple):
    """The first step's inputs, stacked over lessons and scaled."""

    rows: NDArray[np.float64]
    query: NDArray[np.float64]
    statements: NDArray[np.float64]
    conditions: NDArray[np.float64]
    pairs: NDArray[np.float64]
    own: NDArray[np.float64]
    other: NDArray[np.float64]
    at: NDArray[np.int64]
    labels: NDArray[np.float64]


def _first_step(lessons: Sequence[_Lesson], kinds: KindSpace) -> RelevanceModel:
    from scipy.optimize import minimize  # noqa: PLC0415  (heavy)

    queries = np.stack([lesson.compared.query for lesson in lessons]).astype(np.float64)
    statements = np.concatenate([lesson.compared.statements for lesson in lessons]).astype(np.float64)
    conditions = np.concatenate([lesson.compared.conditions for lesson in lessons]).astype(np.float64)
    centres = np.stack([queries.mean(axis=0), statements.mean(axis=0), conditions.mean(axis=0)])
    both = np.concatenate([queries - centres[0], statements - centres[1]])
    basis = np.linalg.eigh(both.T @ both)[1][:, ::-1][:, :_RANK]
    sizes = [len(lesson.labels) for lesson in lessons]
    rows = np.concatenate([lesson.compared.rows for lesson in lessons])
    gate = (1.0 - rows[:, FEATURES.index("refusing")])[:, None]
    pairs = np.concatenate([lesson.compared.pairs.rows for lesson in lessons])
    starts = np.cumsum([0, *sizes])
    query = np.repeat((queries - centres[0]) @ basis, sizes, axis=0)
    own = (statements - centres[1]) @ basis
    width = 1.0 / (float(np.std((query * own).sum(axis=1))) + 1e-9)
    mean, scale = rows.mean(axis=0), rows.std(axis=0) + 1e-6
    pair_mean, pair_scale = pairs.mean(axis=0), pairs.std(axis=0) + 1e-6
    inputs = _Inputs(
        rows=(rows - mean) / scale,
        query=query * width,
        statements=gate * own,
        conditions=gate * ((conditions - centres[2]) @ basis),
        pairs=(pairs - pair_mean) / pair_scale,
        own=_WIDE * np.concatenate([lesson.compared.pairs.own for lesson in lessons]).astype(np.float64),
        other=np.concatenate([lesson.compared.pairs.other for lesson in lessons]).astype(np.float64),
        at=np.concatenate(
            [lesson.compared.pairs.statement + start for lesson, start in zip(lessons, starts, strict=False)]
        ),
        labels=np.concatenate([lesson.labels for lesson in lessons]),
    )
    cuts = np.cumsum([len(FEATURES), 1, _RANK, _RANK**2, _RANK**2, len(PAIR_FEATURES), 1, kinds.size**2])
    start = np.zeros(cuts[-1])
    start[cuts[5]], start[cuts[4] + PAIR_FEATURES.index("kind")] = -3.0, 1.0
    found = minimize(_loss(inputs, cuts[:-1]), start, jac=True, method="L-BFGS-B", options={"maxiter": _STEPS}).x
    weights, bias, alone, by_statement, by_condition, pair, pair_bias, by_kind = np.split(found, cuts[:-1])
    weights, pair = weights / scale, pair / pair_scale
    terms = (
        centres,
        basis,
        width * by_statement.reshape(_RANK, _RANK),
        width * by_condition.reshape(_RANK, _RANK),
        _ALONE * alone,
        _WIDE * by_kind.reshape(kinds.size, kinds.size),
    )
    return RelevanceModel(
        {
            "own": _named(FEATURES, weights, float(bias[0] - weights @ mean)),
            "pair": _named(PAIR_FEATURES, pair, float(pair_bias[0] - pair @ pair_mean)),
            "set": dict.fromkeys((*SET_FEATURES, BIAS), 0.0),
            "stance": dict.fromkeys((*STANCE_FEATURES, BIAS), 0.0),
        },
        TermWeights(*(term.astype(np.float32) for term in terms)),
        kinds,
        stance_space(np.zeros((0, queries.shape[1]), dtype=np.float32), statements.astype(np.float32)),
    )


def _loss(
    inputs: _Inputs, cuts: NDArray[np.int64]
) -> Callable[[NDArray[np.float64]], tuple[float, NDArray[np.float64]]]:
    """Minus the log-likelihood with its gradient: P(matters) = P(speaks of it) x P(no pair is in conflict)."""
    count = len(inputs.labels)

    def loss(values: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        weights, bias, alone, statement, condition, pair, pair_bias, kind = np.split(values, cuts)
        by_statement, by_condition = statement.reshape(_RANK, _RANK), condition.reshape(_RANK, _RANK)
        size = inputs.own.shape[1]
        by_kind = kind.reshape(size, size)
        scores = inputs.rows @ weights + bias + _ALONE * inputs.statements @ alone
        scores += ((inputs.query @ by_statement) * inputs.statements).sum(axis=1)
        scores += ((inputs.query @ by_condition) * inputs.conditions).sum(axis=1)
        odds = inputs.pairs @ pair + pair_bias + ((inputs.own @ by_kind) * inputs.other).sum(axis=1)
        conflict = np.bincount(inputs.at, np.logaddexp(0.0, odds), count)
        log_chance = np.minimum(-np.logaddexp(0.0, -scores) - conflict, -1e-7)
        chance = np.exp(log_chance)
        total = -float((inputs.labels * log_chance + (1.0 - inputs.labels) * np.log1p(-chance)).sum())
        slope = -inputs.labels + (1.0 - inputs.labels) * chance / (1.0 - chance)
        of_score = slope / (1.0 + np.exp(np.clip(scores, -60.0, 60.0)))
        of_odds = -slope[inputs.at] / (1.0 + np.exp(-np.clip(odds, -60.0, 60.0)))
        penalties = (
            (_OWN, weights),
            (_BILINEAR, alone),
            (_BILINEAR, statement),
            (_BILINEAR, condition),
            (_PAIR, pair),
            (_KINDS, kind),
        )
        total += sum(penalty * float(part @ part) for penalty, part in penalties)
        weighed = inputs.query * of_score[:, None]
        gradient = (
            inputs.rows.T @ of_score + 2.0 * _OWN * weights,
            np.array([of_score.sum()]),
            _ALONE * inputs.statements.T @ of_score + 2.0 * _BILINEAR * alone,
            (weighed.T @ inputs.statements).ravel() + 2.0 * _BILINEAR * statement,
            (weighed.T @ inputs.conditions).ravel() + 2.0 * _BILINEAR * condition,
            inputs.pairs.T @ of_odds + 2.0 * _PAIR * pair,
            np.array([of_odds.sum()]),
            ((inputs.own * of_odds[:, None]).T @ inputs.other).ravel() + 2.0 * _KINDS * kind,
        )
        return total, np.concatenate(gradient)

    return loss


def cross_validate_relevance(
    sets: Mapping[str, Sequence[EvidenceRecord]],
    embedder: Embedder,
    kinds: Callable[[int], KindSpace],
    *,
    folds: int = 5,
    only: Sequence[int] | None = None,
) -> dict[str, dict[str, float]]:
    """Held-out figures by set of one model trained on all sets; no group is on both sides of a fold.

    Args:
        sets: Records by the set's name.
        embedder: What embeds.
        kinds: The space of kinds for a fold, trained without it.
        folds: How many folds.
        only: Folds to run, all where not given.

    Returns:
        By set: ``exact`` (the chosen set is the gold set), ``hit`` (the likeliest is gold, where any is), ``silent``
        (nothing chosen where nothing is gold), and ``exact <kind>`` by kind of record.
    """
    hits: dict[str, dict[str, list[bool]]] = {name: defaultdict(list) for name in sets}
    for held_out in range(folds) if only is None else only:
        space = kinds(held_out)
        lessons = {name: _lessons([r for r in own if r.facts], embedder, space) for name, own in sets.items()}
        pairs = [
            (name, record, lesson)
            for name, own in sets.items()
            for record, lesson in zip([r for r in own if r.facts], lessons[name], strict=True)
        ]
        fold = [fold_of(record.group, folds) for _, record, _ in pairs]
        model = _train([pair[2] for pair, own in zip(pairs, fold, strict=True) if own != held_out], space)
        for (name, record, lesson), own in zip(pairs, fold, strict=True):
            if own == held_out:
                _score(hits[name], record, lesson, model)
    return {name: {key: float(np.mean(found)) for key, found in sorted(own.items())} for name, own in hits.items()}


def _score(hits: dict[str, list[bool]], record: EvidenceRecord, lesson: _Lesson, model: RelevanceModel) -> None:
    judged = model.judge(lesson.compared)
    gold = set(np.flatnonzero(lesson.labels).tolist())
    right = set(judged.chosen) == gold
    hits["exact"].append(right)
    if record.kind:
        hits[f"exact {record.kind}"].append(right)
    if gold:
        hits["hit"].append(int(np.argmax(judged.probabilities)) in gold)
    else:
        hits["silent"].append(not judged.chosen)


def write_relevance(model: RelevanceModel, folder: Path, about: Mapping[str, object]) -> None:
    """The model's weights as ``relevance.json`` and ``relevance.npz`` in a folder."""
    parts: dict[str, Any] = {part: {"features": own} for part, own in model.weights.items()}
    write_whole(folder / "relevance.json", json.dumps({**about, **parts}, indent=2) + "\n")
    arrays = {name: term.astype(np.float16) for name, term in model.terms._asdict().items()}
    arrays |= {f"stance_{name}": part.astype(np.float16) for name, part in model.stances._asdict().items()}
    np.savez(folder / "relevance.npz", allow_pickle=False, **arrays)
