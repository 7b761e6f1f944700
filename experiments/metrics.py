"""Metrics as small functions of one answered record, or of all of them; a user's own metric is one function more.

A metric says None where it does not apply to a record: what is not scored is apart from zero. `measure` puts the values
of a run's records together: means of numbers, and the ratio of the sums of `Share` values.

>>> from experiments import metric
>>> @metric
... def few_arguments(answered):
...     "Share of the calls that have at most two arguments."
...     calls = answered.prediction.all_calls
...     return Share(sum(len(call.arguments) <= 2 for call in calls), len(calls))
>>> few_arguments.name
'few_arguments'
"""

from __future__ import annotations

import importlib
import inspect
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol, overload

from experiments.errors import MetricError
from experiments.official import score_official
from experiments.strict import score_strict

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from baselines.case import Prediction
    from experiments.official import OfficialRecord
    from experiments.records import Record
    from experiments.run import Run
    from experiments.strict import StrictRecord

__all__ = ["Answered", "Measured", "Metric", "Share", "answered_records", "measure", "metric", "metrics_of"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Answered:
    """One record with a system's answer to it, and how both scorers judge that.

    Attributes:
        record: The record, with its gold.
        prediction: The answer; empty where the system failed.
        strict: The strict score of the record.
        official: The official one.
        failed: Whether the system failed.
        seconds: That it took, where they are known.
    """

    record: Record
    prediction: Prediction
    strict: StrictRecord
    official: OfficialRecord
    failed: bool = False
    seconds: float | None = None

    @property
    def callable(self) -> bool:
        """Whether there is a call that is right; else an abstention is."""
        return bool(self.record.answer.calls)

    @property
    def gold_evidence(self) -> frozenset[str] | None:
        """The ids of the records of the profile that matter: the record's key ``evidence``; None where it has none."""
        given = self.record.extra.get("evidence")
        return frozenset(map(str, given)) if isinstance(given, list) else None


class Share(NamedTuple):
    """A part of a whole; over records the sum of the parts by that of the wholes."""

    part: float
    whole: float


class Measured(NamedTuple):
    """A metric over the records of a run.

    Attributes:
        value: None where nothing could be scored.
        scored: How many records it applies to.
        values: Of each record, in the order of the run; None where it does not apply, and always for a metric of all
            records at once.
    """

    value: float | None
    scored: int
    values: tuple[float | Share | None, ...]


class _OfRecord(Protocol):
    def __call__(self, answered: Answered, /) -> float | Share | None: ...


class _OfRun(Protocol):
    def __call__(self, answered: Sequence[Answered], /) -> float | None: ...


@dataclass(frozen=True)
class Metric:
    """A named metric; made by `metric`.

    Attributes:
        name: In tables.
        about: One line that says what it is.
        of_record: Judges a record; None for a metric of all records.
        of_run: Judges all records at once; None for one of single records.
    """

    name: str
    about: str
    of_record: _OfRecord | None = None
    of_run: _OfRun | None = None

    def __call__(self, answered: Sequence[Answered]) -> Measured:
        """The metric over records.

        Raises:
            MetricError: The function raised, or gave something that is no number.
        """
        if self.of_run is not None:
            value = self._guarded(self.of_run, answered)
            if isinstance(value, Share):
                raise MetricError(f"metric {self.name!r} gave a share for all records; give a number or None")
            return Measured(value, len(answered) if value is not None else 0, (None,) * len(answered))
        own = self.of_record
        values = tuple(None if own is None else self._guarded(own, one) for one in answered)
        shares = [value if isinstance(value, Share) else Share(value, 1.0) for value in values if value is not None]
        whole = math.fsum(share.whole for share in shares)
        value = math.fsum(share.part for share in shares) / whole if whole else None
        return Measured(value, sum(share.whole > 0 for share in shares), values)

    def _guarded(self, judge: Callable[..., object], given: object) -> float | Share | None:
        try:
            value = judge(given)
        except Exception as error:
            where = f" on record {given.record.id!r}" if isinstance(given, Answered) else ""
            raise MetricError(f"metric {self.name!r} failed{where}: {type(error).__name__}: {error}") from error
        if value is None or isinstance(value, Share):
            return value
        if not isinstance(value, bool | int | float) or not math.isfinite(value):
            raise MetricError(f"metric {self.name!r} gave {value!r}; give a finite number, a Share or None")
        return float(value)


@overload
def metric(function: _OfRecord, /) -> Metric: ...
@overload
def metric(*, name: str | None = None, about: str | None = None) -> Callable[[_OfRecord], Metric]: ...
@overload
def metric(*, over_run: bool, name: str | None = None, about: str | None = None) -> Callable[[_OfRun], Metric]: ...
def metric(
    function: Callable[..., object] | None = None,
    /,
    *,
    over_run: bool = False,
    name: str | None = None,
    about: str | None = None,
) -> Metric | Callable[..., Metric]:
    """Makes a function a metric; its name and the first line of its docstring say what it is.

    Args:
        function: Given an `Answered`, says a number, a `Share`, or None where it does not apply.
        over_run: The function is given all answered records at once.
        name: In place of the function's.
        about: In place of the docstring's first line.
    """

    def made(own: Callable[..., object]) -> Metric:
        title = name or getattr(own, "__name__", type(own).__name__)
        line = about or (inspect.getdoc(own) or "").split("\n", maxsplit=1)[0]
        role = "of_run" if over_run else "of_record"
        return Metric(title, line, **{role: own})  # type: ignore[arg-type]  # the overloads say which

    return made if function is None else made(function)


def answered_records(run: Run) -> tuple[Answered, ...]:
    """The records of a run with their answers and scores."""
    strict = score_strict(run.records, run.predictions).records
    official = score_official(run.records, [prediction.text for prediction in run.predictions]).records
    return tuple(
        Answered(
            record=record,
            prediction=prediction,
            strict=ours,
            official=theirs,
            failed=record.id in run.failures,
            seconds=run.seconds.get(record.id),
        )
        for record, prediction, ours, theirs in zip(run.records, run.predictions, strict, official, strict=True)
    )


def measure(run: Run | Sequence[Answered], metrics: Sequence[Metric] | None = None) -> Mapping[str, Measured]:
    """Metrics of a run, by name.

    Args:
        run: A run, or its answered records.
        metrics: Which; all of `experiments.metric_list.METRICS` where not given.

    Raises:
        MetricError: Two metrics of one name; or one failed, or gave something that is no number.
    """
    if metrics is None:
        from experiments.metric_list import METRICS  # noqa: PLC0415  (it is made of metrics)

        metrics = METRICS
    names = [own.name for own in metrics]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise MetricError(f"metrics given twice: {', '.join(twice)}")
    answered = run if isinstance(run, list | tuple) else answered_records(run)  # type: ignore[arg-type]
    return {own.name: own(answered) for own in metrics}


def metrics_of(modules: Sequence[str]) -> list[Metric]:
    """The metrics in importable Python modules, in the order in which each names them.

    Raises:
        MetricError: A module cannot be imported, or has no metric.
    """
    found: list[Metric] = []
    for name in modules:
        try:
            module = importlib.import_module(name)
        except Exception as error:
            raise MetricError(f"module {name!r} cannot be imported: {type(error).__name__}: {error}") from error
        own = [value for value in vars(module).values() if isinstance(value, Metric)]
        if not own:
            raise MetricError(f"module {name!r} has no metric; make a function one by @experiments.metric")
        found += own
    return found
