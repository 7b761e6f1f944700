"""PTBench's own score, quirk for quirk; the one deliberate difference is that no code in a prediction is ever run.

Predicted calls are held against the *first* gold call of the same function. So of two gold calls to one function only
the first is ever looked at, and a repeated correct call counts its parameters twice, by which a ratio can pass 1.
A prediction that cannot be read, or that makes the comparison of any value fail, scores 0 in every column.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, get_args

from experiments._official_values import Incomparable, matches
from experiments.errors import PredictionFormatError, PredictionsError
from experiments.syntax import parse_answer

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from baselines.case import CaseId
    from experiments.records import Accepted, Record, Split
    from experiments.syntax import ParsedCall

__all__ = [
    "OFFICIAL_COLUMNS",
    "SPLIT_WEIGHTS",
    "OfficialColumn",
    "OfficialLabel",
    "OfficialRecord",
    "OfficialScore",
    "score_official",
    "score_official_record",
]

OfficialLabel = Literal["function_missing", "function_excessive", "param_missing", "param_excessive", "value"]
OfficialColumn = Literal[
    "format",
    "platforms",
    "tool_names",
    "tool_param_names",
    "tool_param_values",
    "overall",
    "query_params",
    "profile_params",
]
OFFICIAL_COLUMNS: tuple[OfficialColumn, ...] = get_args(OfficialColumn)

SPLIT_WEIGHTS: Mapping[Split, int] = MappingProxyType({"test_trained_user": 474, "test_untrained_user": 609})
"""The weights of the benchmark's overall file, for every column."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OfficialRecord:
    """One record's score: each column 0 or 1, and the counts behind the two micro ratios.

    ``errors`` are the labels of the official error analysis, in which *missing* and *excessive* are swapped; format
    and platform errors get no label there. ``reason`` says why ``format`` is 0.
    """

    case_id: CaseId
    split: Split | None
    format: int = 0
    platforms: int = 0
    tool_names: int = 0
    tool_param_names: int = 0
    tool_param_values: int = 0
    overall: int = 0
    query_matched: int = 0
    query_listed: int = 0
    profile_matched: int = 0
    profile_listed: int = 0
    errors: tuple[OfficialLabel, ...] = ()
    reason: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class OfficialScore:
    """The score of all records.

    ``columns`` are means, and for ``query_params`` and ``profile_params`` micro ratios; a column with an empty
    denominator is None. ``splits`` holds the same by split; where both splits are present, ``columns`` weighs them
    609 to 474 as the benchmark does. ``errors`` counts the labels of the error analysis.
    """

    records: tuple[OfficialRecord, ...]
    columns: Mapping[OfficialColumn, float | None]
    splits: Mapping[Split, Mapping[OfficialColumn, float | None]]
    errors: Mapping[OfficialLabel, int]


def score_official(records: Sequence[Record], predictions: Sequence[str | None]) -> OfficialScore:
    """Scores predictions by position.

    Args:
        records: The records, in file order.
        predictions: One text per record. A missing one (None, or a list that ends early) is a format error.

    Raises:
        PredictionsError: There are more predictions than records.
    """
    if len(predictions) > len(records):
        raise PredictionsError(
            f"{len(predictions)} predictions for {len(records)} records; predictions are matched by position, "
            "so score them against the dataset they were made for"
        )
    texts = [*predictions, *[None] * (len(records) - len(predictions))]
    scored = tuple(score_official_record(record, text) for record, text in zip(records, texts, strict=True))
    by_split = {split: _columns(r for r in scored if r.split == split) for split in SPLIT_WEIGHTS}
    splits = {split: by_split[split] for split in SPLIT_WEIGHTS if any(r.split == split for r in scored)}
    return OfficialScore(
        records=scored,
        columns=_weighted(splits) if len(splits) == len(SPLIT_WEIGHTS) else _columns(scored),
        splits=splits,
        errors=dict(Counter(label for record in scored for label in record.errors)),
    )


def score_official_record(record: Record, prediction: str | None) -> OfficialRecord:
    """Scores one prediction; never raises for what the prediction holds."""
    blank = OfficialRecord(
        case_id=record.id,
        split=record.split,
        query_listed=len(record.query_params),
        profile_listed=len(record.profile_params),
    )
    if prediction is None:
        return replace(blank, reason="there is no prediction for this record")
    try:
        answer = parse_answer(prediction)
        comparison = _compare(record, answer.calls)
    except (PredictionFormatError, Incomparable) as error:
        return replace(blank, reason=str(error))
    platforms = int(answer.platform == record.answer.platform)
    return replace(
        blank,
        format=1,
        platforms=platforms,
        tool_names=int(comparison.functions),
        tool_param_names=int(comparison.names),
        tool_param_values=int(comparison.values),
        overall=int(platforms and comparison.values),
        query_matched=comparison.query_matched,
        profile_matched=comparison.profile_matched,
        errors=comparison.errors,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Comparison:
    functions: bool
    names: bool
    values: bool
    query_matched: int
    profile_matched: int
    errors: tuple[OfficialLabel, ...]


def _compare(record: Record, calls: Sequence[ParsedCall]) -> _Comparison:
    first: dict[str, Mapping[str, Accepted]] = {}
    for gold in record.answer.calls:
        first.setdefault(gold.function, gold.parameters)
    predicted = {call.function for call in calls}
    known = [(call.arguments, first[call.function]) for call in calls if call.function in first]
    outcomes = [
        (name, matches(value, gold[name]))
        for arguments, gold in known
        for name, value in arguments.items()
        if name in gold
    ]
    matched = Counter(_source(record, name) for name, right in outcomes if right)
    functions = predicted == first.keys()
    names = functions and all(arguments.keys() == gold.keys() for arguments, gold in known)
    values = names and all(right for _, right in outcomes)
    errors: list[OfficialLabel] = []
    if not functions:  # missing and excessive are swapped, as in the official analysis, here and below
        errors += ["function_missing"] if predicted - first.keys() else []
        errors += ["function_excessive"] if first.keys() - predicted else []
    elif not names:
        errors += ["param_missing"] if any(arguments.keys() - gold.keys() for arguments, gold in known) else []
        errors += ["param_excessive"] if any(gold.keys() - arguments.keys() for arguments, gold in known) else []
    elif not values:
        errors.append("value")
    return _Comparison(
        functions=functions,
        names=names,
        values=values,
        query_matched=matched["query"],
        profile_matched=matched["profile"],
        errors=tuple(errors),
    )


def _source(record: Record, name: str) -> Literal["query", "profile"] | None:
    """Where a matched parameter counts: a name in both lists counts for the query only."""
    if name in record.query_params:
        return "query"
    return "profile" if name in record.profile_params else None


def _columns(records: Iterable[OfficialRecord]) -> dict[OfficialColumn, float | None]:
    scored = list(records)
    columns: dict[OfficialColumn, float | None] = {
        column: _ratio(sum(getattr(record, column) for record in scored), len(scored))
        for column in OFFICIAL_COLUMNS
        if column not in ("query_params", "profile_params")
    }
    columns["query_params"] = _ratio(sum(r.query_matched for r in scored), sum(r.query_listed for r in scored))
    columns["profile_params"] = _ratio(sum(r.profile_matched for r in scored), sum(r.profile_listed for r in scored))
    return columns


def _weighted(splits: Mapping[Split, Mapping[OfficialColumn, float | None]]) -> dict[OfficialColumn, float | None]:
    total = sum(SPLIT_WEIGHTS.values())
    weighted: dict[OfficialColumn, float | None] = {}
    for column in OFFICIAL_COLUMNS:
        parts = [(weight, splits[split][column]) for split, weight in SPLIT_WEIGHTS.items()]
        known = [weight * value for weight, value in parts if value is not None]
        weighted[column] = sum(known) / total if len(known) == len(parts) else None
    return weighted


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None
