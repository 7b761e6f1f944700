"""Runs a system over a dataset, so that a stopped run goes on where it stopped.

A run directory holds::

    manifest.json      dataset, system, configuration and versions, written first; code of another commit or other
                       versions of packages that add answers later are added to it
    predictions.jsonl  one line per answered record, appended; the same bytes whether or not the run was interrupted
    timings.jsonl      seconds per record, apart from the predictions since no two runs agree on them
    generation.jsonl   the benchmark's own form, in file order, up to the first record without an answer; written whole
                       at the end (and once more per split, in a folder of its name, where the dataset has both). A
                       sample has none: the lines of that form belong to records by position
"""

from __future__ import annotations

import itertools
import json
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import ValidationError

from baselines.case import CaseId, Prediction
from baselines.usage import Usage
from experiments._files import appending, locked, read_lines, recover_lines, write_whole
from experiments._manifest import check_manifest, note_continued, read_system
from experiments.errors import RunDamagedError, RunError, SystemFailedError

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import TypeAlias

    from baselines.case import Case, System
    from experiments.records import Dataset, Record
    from indexes import Executor

    _Reader: TypeAlias = Callable[[Path], list[dict[str, Any]]]

__all__ = ["Run", "read_run", "run_system"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """All answers of one system on one dataset, or on its first records.

    ``predictions`` belong to ``records`` by position. A record on which the system failed has an empty prediction,
    which both scorers count as a format error, and its error in ``failures``; the prediction's ``usage`` is what was
    spent all the same. ``seconds`` holds the time of each record for which one is known.
    """

    directory: Path
    dataset: str
    sha256: str
    system: str
    records: tuple[Record, ...]
    predictions: tuple[Prediction, ...]
    failures: Mapping[CaseId, str]
    seconds: Mapping[CaseId, float]


def run_system(
    system: System,
    dataset: Dataset,
    out_dir: str | os.PathLike[str],
    *,
    limit: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    on_error: Literal["raise", "record"] = "raise",
    executor: Executor | None = None,
    make: Callable[[], System] | None = None,
) -> Run:
    """Has a system answer the records of a dataset that are not answered yet in ``out_dir``.

    The system is handed the record's case and nothing else. Its configuration is its attribute ``configuration``
    (a mapping that JSON can hold), if it has one.

    Args:
        system: Anything with a ``name`` and ``predict(case)``.
        dataset: What to answer.
        out_dir: The directory of this run; made if it is missing.
        limit: Answer the first ``limit`` records, in file order. A later run with another limit, or none, goes on.
        progress: Called with the number of records done and the number to do, at the start and after each record.
        on_error: What an exception of the system does: stop the run with `SystemFailedError` (what was answered
            before is kept), or store the record as failed and go on. A failed record is not tried again.
        executor: Workers that answer, such as `indexes.ProcessExecutor`; the same is written, in the same order.
        make: Makes the system in a worker; picklable. Needed with an executor only.

    Raises:
        RunBusyError: Another process is writing ``out_dir``.
        RunMismatchError: ``out_dir`` belongs to another dataset or another system configuration.
        RunDamagedError: The files in ``out_dir`` cannot be read or contradict each other.
        SystemFailedError: The system raised, or answered with something that is no prediction for the case.
    """
    if limit is not None and limit < 1:
        raise RunError(f"limit is {limit}; give at least 1, or None for all records")
    directory = Path(out_dir)
    directory.mkdir(parents=True, exist_ok=True)
    with locked(directory):
        check_manifest(directory, system, dataset)
        records = dataset.records[:limit]
        lines = _answered(directory / "predictions.jsonl", dataset, recover_lines)
        seconds = _seconds(directory / "timings.jsonl", recover_lines)
        notify = progress or (lambda _done, _total: None)
        done = sum(record.id in lines for record in records)
        notify(done, len(records))
        with appending(directory / "predictions.jsonl") as keep, appending(directory / "timings.jsonl") as keep_time:
            waiting = [record for record in records if record.id not in lines]
            if waiting and lines:
                note_continued(directory, answered=len(lines))
            answers = _answers(system, waiting, on_error=on_error, executor=executor, make=make)
            for record, (line, took) in zip(waiting, answers, strict=True):
                seconds[record.id] = round(took, 6)  # as a run that is read again has it
                text = json.dumps(line, separators=(",", ":"))
                keep(text)
                keep_time(json.dumps({"id": record.id, "seconds": seconds[record.id]}))
                lines[record.id] = json.loads(text)
                done += 1
                notify(done, len(records))
        predictions = tuple(_prediction(record, lines[record.id], directory) for record in records)
        if not dataset.drawn:
            from_the_first = tuple(itertools.takewhile(lambda record: record.id in lines, dataset.records))
            answers_of_all = (_prediction(record, lines[record.id], directory) for record in from_the_first)
            _write_generation(directory, from_the_first, tuple(answers_of_all))
    return Run(
        directory=directory,
        dataset=dataset.name,
        sha256=dataset.sha256,
        system=system.name,
        records=records,
        predictions=predictions,
        failures={record.id: lines[record.id]["failed"] for record in records if "failed" in lines[record.id]},
        seconds={record.id: seconds[record.id] for record in records if record.id in seconds},
    )


def read_run(directory: str | os.PathLike[str], dataset: Dataset) -> Run:
    """What a run directory holds: the records that were answered, in the order in which they were.

    Raises:
        RunMismatchError: The run is of another dataset.
        RunDamagedError: The files cannot be read or contradict each other.
    """
    folder = Path(directory)
    system = read_system(folder, dataset)
    lines = _answered(folder / "predictions.jsonl", dataset, read_lines)
    seconds = _seconds(folder / "timings.jsonl", read_lines)
    by_id = {record.id: record for record in dataset.records}
    records = tuple(by_id[CaseId(i)] for i in lines)
    return Run(
        directory=folder,
        dataset=dataset.name,
        sha256=dataset.sha256,
        system=system,
        records=records,
        predictions=tuple(_prediction(record, lines[record.id], folder) for record in records),
        failures={record.id: lines[record.id]["failed"] for record in records if "failed" in lines[record.id]},
        seconds={record.id: seconds[record.id] for record in records if record.id in seconds},
    )


@dataclass(frozen=True, kw_only=True)
class _Answering:
    """Makes a worker ready to answer."""

    make: Callable[[], System]
    on_error: Literal["raise", "record"]

    def __call__(self) -> Callable[[Case], tuple[dict[str, Any], float]]:
        return partial(_timed, self.make(), on_error=self.on_error)


def _answers(
    system: System,
    records: Sequence[Record],
    *,
    on_error: Literal["raise", "record"],
    executor: Executor | None,
    make: Callable[[], System] | None,
) -> Iterator[tuple[dict[str, Any], float]]:
    """For each record the line to store and the seconds it took, in order."""
    cases = (record.case for record in records)
    if executor is None:
        return map(partial(_timed, system, on_error=on_error), cases)
    if make is None:
        raise RunError("an executor needs `make`, which makes the system in its workers")
    return executor.map(_Answering(make=make, on_error=on_error), cases)


def _timed(system: System, case: Case, *, on_error: Literal["raise", "record"]) -> tuple[dict[str, Any], float]:
    started = time.perf_counter()
    line = _answer(system, case, on_error=on_error)
    return line, time.perf_counter() - started


def _answer(system: System, case: Case, *, on_error: Literal["raise", "record"]) -> dict[str, Any]:
    """The line to store for one case."""
    try:
        prediction = system.predict(case)
        if not isinstance(prediction, Prediction):
            raise TypeError(f"answered with {type(prediction).__name__}, not with a Prediction")  # noqa: TRY301
        if prediction.case_id != case.id:
            raise ValueError(f"answered for the case {prediction.case_id!r}")  # noqa: TRY301
        line = {"id": case.id, "prediction": prediction.model_dump(mode="json", exclude={"case_id"})}
        json.dumps(line, allow_nan=False)
    except Exception as error:
        problem = f"{type(error).__name__}: {error}"
        if on_error == "record":
            spent = getattr(error, "usage", None)
            used = {"usage": spent.model_dump(mode="json")} if isinstance(spent, Usage) and spent.calls else {}
            return {"id": case.id, "failed": problem, **used}
        raise SystemFailedError(f"system {system.name!r} failed on record {case.id!r}: {problem}") from error
    return line


def _prediction(record: Record, line: Mapping[str, Any], directory: Path) -> Prediction:
    """The stored answer as a value: read back, so that a resumed run sees exactly what an uninterrupted one does."""
    try:
        if "failed" in line:
            return Prediction(case_id=record.id, usage=line.get("usage"))
        return Prediction.model_validate({"case_id": record.id, **line["prediction"]})
    except (KeyError, TypeError, ValidationError) as error:
        raise RunDamagedError(f"{directory}: the stored prediction for {record.id!r} cannot be read") from error


def _answered(file: Path, dataset: Dataset, read: _Reader) -> dict[str, dict[str, Any]]:
    """The stored lines by record id."""
    known = {record.id for record in dataset.records}
    lines: dict[str, dict[str, Any]] = {}
    for number, line in enumerate(read(file), 1):
        record_id = str(line.get("id"))
        if record_id not in known or record_id in lines or not line.keys() & {"prediction", "failed"}:
            raise RunDamagedError(
                f"{file}: line {number} is no answer to a record that is still open (id {record_id!r}); "
                "move the directory away and run anew"
            )
        lines[record_id] = line
    return lines


def _seconds(file: Path, read: _Reader) -> dict[str, float]:
    return {str(line.get("id")): line["seconds"] for line in read(file) if isinstance(line.get("seconds"), float)}


def _write_generation(directory: Path, records: Sequence[Record], predictions: Sequence[Prediction]) -> None:
    """Writes ``generation.jsonl``, and one more in a folder per split where there are two, as the benchmark has it.

    Its lines belong to records by position, so they are those of all records from the first on that are answered.
    """
    lines = [
        json.dumps({"query": record.case.query, "label": record.answer.to_json(), "predict": prediction.text}) + "\n"
        for record, prediction in zip(records, predictions, strict=True)
    ]
    write_whole(directory / "generation.jsonl", "".join(lines))
    splits = sorted({record.split for record in records if record.split is not None})
    for split in splits if len(splits) > 1 else ():
        own = (line for record, line in zip(records, lines, strict=True) if record.split == split)
        write_whole(directory / split / "generation.jsonl", "".join(own))
