"""The score a careful reader would give: calls as a multiset, values by meaning, one true error label per record.

Predicted and gold calls of one function are paired one to one. Among all pairings the one counts that has the most
calls right in full, then the most parameters, then the most query parameters; so the order of calls never matters.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args

from experiments._assignment import best_total
from experiments.errors import PredictionFormatError, PredictionsError
from experiments.records import FURTHER, accepted_values
from experiments.syntax import parse_answer
from experiments.values import same_value

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from baselines.case import CaseId, Prediction
    from experiments.records import GoldCall, Record, Split

__all__ = [
    "STRICT_COLUMNS",
    "Outcome",
    "StrictColumn",
    "StrictLabel",
    "StrictRecord",
    "StrictScore",
    "score_strict",
    "score_strict_record",
]

Outcome = Literal["right", "wrong", "abstained", "format_error"]
StrictColumn = Literal["platform", "function", "tool", "params", "values", "overall"]
StrictLabel = Literal[
    "platform",
    "function_missing",
    "function_excessive",
    "param_missing",
    "param_excessive",
    "value",
    "format",
    "abstained",
]
STRICT_COLUMNS: tuple[StrictColumn, ...] = get_args(StrictColumn)


@dataclass(frozen=True, kw_only=True, slots=True)
class StrictRecord:
    """One record's score.

    Attributes:
        platform: The platform is the gold's, to the letter.
        function: The multiset of function names is right, on whatever platform.
        tool: ``platform`` and ``function``.
        params: ``function``, and the calls have the gold's parameter names.
        values: ``params``, and every value is accepted.
        overall: ``platform`` and ``values``.
        query_matched: Gold parameters listed as coming from the query whose value is right in the best pairing, of
            ``query_listed``; ``profile_matched`` and ``profile_listed`` likewise. Each occurrence in a gold call
            counts, and a name in both lists counts in both.
        outcome: What became of the record. Where the gold has no call, abstaining is ``abstained`` and right in every
            column. Calls on further platforms are wrong, unless the record has such calls, too: those are scored by
            `experiments.several`.
        error: The first that applies of the labels in the order of `StrictLabel`; None where the record is right.
        reason: Why the system abstained, or why its text cannot be read.
    """

    case_id: CaseId
    split: Split | None
    outcome: Outcome
    error: StrictLabel | None
    platform: bool = False
    function: bool = False
    tool: bool = False
    params: bool = False
    values: bool = False
    overall: bool = False
    query_matched: int = 0
    query_listed: int = 0
    profile_matched: int = 0
    profile_listed: int = 0
    reason: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class StrictScore:
    """The score of all records.

    ``columns`` are means over all records; format errors are wrong, and so are abstentions where the gold has a call.
    ``query_recall`` and ``profile_recall`` are matched over listed parameters. ``answered`` counts the records on
    which the system did not abstain (a format error is an answer, and a wrong one), ``accuracy_answered`` is
    ``overall`` among those. A ratio with an empty denominator is None.
    """

    records: tuple[StrictRecord, ...]
    columns: Mapping[StrictColumn, float | None]
    query_recall: float | None
    profile_recall: float | None
    outcomes: Mapping[Outcome, int]
    errors: Mapping[StrictLabel, int]
    answered: int
    accuracy_answered: float | None


def score_strict(records: Sequence[Record], predictions: Sequence[Prediction]) -> StrictScore:
    """Scores one prediction per record, in the same order.

    Raises:
        PredictionsError: The predictions are not those of these records, in this order.
    """
    if [record.id for record in records] != [prediction.case_id for prediction in predictions]:
        raise PredictionsError(
            f"{len(predictions)} predictions do not belong to the {len(records)} records by id and order; "
            "give exactly one per record"
        )
    scored = tuple(score_strict_record(record, answer) for record, answer in zip(records, predictions, strict=True))
    outcomes = Counter(record.outcome for record in scored)
    answered = len(scored) - outcomes["abstained"]
    return StrictScore(
        records=scored,
        columns={column: _ratio(sum(getattr(r, column) for r in scored), len(scored)) for column in STRICT_COLUMNS},
        query_recall=_ratio(sum(r.query_matched for r in scored), sum(r.query_listed for r in scored)),
        profile_recall=_ratio(sum(r.profile_matched for r in scored), sum(r.profile_listed for r in scored)),
        outcomes={outcome: outcomes[outcome] for outcome in get_args(Outcome)},
        errors=dict(Counter(record.error for record in scored if record.error is not None)),
        answered=answered,
        accuracy_answered=_ratio(outcomes["right"], answered),
    )


def score_strict_record(record: Record, prediction: Prediction) -> StrictRecord:
    """Scores one prediction: from its calls where it has them, else from its text; never raises for what it holds."""
    blank = StrictRecord(
        case_id=record.id,
        split=record.split,
        outcome="format_error",
        error="format",
        query_listed=_listed(record, record.query_params),
        profile_listed=_listed(record, record.profile_params),
    )
    if prediction.abstained is not None:
        silent = replace(blank, outcome="abstained", error="abstained", reason=prediction.abstained)
        if record.answer.calls:
            return silent
        return replace(
            silent, error=None, platform=True, function=True, tool=True, params=True, values=True, overall=True
        )
    platform: object
    if prediction.calls is not None:
        platform, calls = prediction.platform, [_Call(call.function, call.arguments) for call in prediction.calls]
    else:
        try:
            answer = parse_answer(prediction.text)
        except PredictionFormatError as error:
            return replace(blank, reason=str(error))
        platform, calls = answer.platform, [_Call(*call) for call in answer.calls]
    judged = _judge(record, platform, calls, blank)
    if prediction.further and FURTHER not in record.extra:  # calls elsewhere, which nobody asked for
        label = judged.error or "function_excessive"
        return replace(
            judged, outcome="wrong", error=label, function=False, tool=False, params=False, values=False, overall=False
        )
    return judged


class _Call(NamedTuple):
    function: str
    arguments: Mapping[str, Any]


class _Matched(NamedTuple):
    """Sums over the best pairing, the most important first."""

    calls: int
    parameters: int
    query: int
    profile: int


def _judge(record: Record, platform: object, calls: Sequence[_Call], blank: StrictRecord) -> StrictRecord:
    gold = record.answer.calls
    matched = _pair(record, calls)
    on_platform = platform == record.answer.platform
    function = Counter(call.function for call in calls) == Counter(call.function for call in gold)
    params = _signatures(calls) == _signatures(gold)
    values = params and matched.calls == len(gold)
    right = on_platform and values
    return replace(
        blank,
        outcome="right" if right else "wrong",
        error=None if right else _label(record, calls, on_platform=on_platform),
        platform=on_platform,
        function=function,
        tool=on_platform and function,
        params=params,
        values=values,
        overall=right,
        query_matched=matched.query,
        profile_matched=matched.profile,
    )


def _signatures(calls: Sequence[_Call | GoldCall]) -> Counter[tuple[str, frozenset[str]]]:
    """Each call as its function with its parameter names."""
    return Counter((function, frozenset(parameters)) for function, parameters in calls)


def _label(record: Record, calls: Sequence[_Call], *, on_platform: bool) -> StrictLabel:
    """The error of a readable answer that is not right."""
    gold = record.answer.calls
    if not on_platform:
        return "platform"
    functions, given_functions = (Counter(call.function for call in group) for group in (gold, calls))
    if functions != given_functions:
        return "function_missing" if functions - given_functions else "function_excessive"
    if _signatures(gold) != _signatures(calls):
        wanted, given = (
            Counter((function, name) for function, parameters in group for name in parameters)
            for group in (gold, calls)
        )
        # Equal counts mean that a parameter stands in the wrong one of two calls: it is missing in the right one.
        return "param_missing" if wanted - given or wanted == given else "param_excessive"
    return "value"


def _pair(record: Record, calls: Sequence[_Call]) -> _Matched:
    """Pairs gold and predicted calls of each function so that the sums of `_Matched` are lexicographically largest.

    The four counts of a pair are the digits of one weight, in a base that no sum reaches.
    """
    base = 1 + len(record.answer.calls) + sum(len(gold.parameters) for gold in record.answer.calls)
    total = 0
    for function in dict.fromkeys(gold.function for gold in record.answer.calls):
        wanted = [gold for gold in record.answer.calls if gold.function == function]
        given = [call for call in calls if call.function == function]
        total += best_total([[_weight(record, gold, call, base) for call in given] for gold in wanted])
    digits = []
    for _ in _Matched._fields:
        total, digit = divmod(total, base)
        digits.append(digit)
    return _Matched(*reversed(digits))


def _weight(record: Record, gold: GoldCall, call: _Call, base: int) -> int:
    right = [
        name
        for name, accepted in gold.parameters.items()
        if name in call.arguments
        and any(same_value(call.arguments[name], value) for value in accepted_values(accepted))
    ]
    matched = _Matched(
        calls=int(len(right) == len(gold.parameters) == len(call.arguments)),
        parameters=len(right),
        query=sum(name in record.query_params for name in right),
        profile=sum(name in record.profile_params for name in right),
    )
    weight = 0
    for digit in matched:
        weight = weight * base + digit
    return weight


def _listed(record: Record, names: Sequence[str]) -> int:
    return sum(name in names for gold in record.answer.calls for name in gold.parameters)


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None
