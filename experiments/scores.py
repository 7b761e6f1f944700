"""Both scores of one run side by side, and the reading of an official generation file."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from baselines.case import Prediction
from experiments.errors import PredictionsError
from experiments.official import score_official
from experiments.strict import score_strict

if TYPE_CHECKING:
    import os

    from experiments.official import OfficialScore
    from experiments.records import Dataset
    from experiments.run import Run
    from experiments.strict import StrictScore

__all__ = ["Scores", "read_generation", "score_generation", "score_run"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Scores:
    """What one system scored on one dataset.

    ``differs`` is the number of records whose ``overall`` is not the same in both scores, ``failed`` the number on
    which the system failed, ``missing`` the number without a prediction. ``ms_per_record`` is the mean over the
    records with a known time, None where there is none.
    """

    dataset: str
    sha256: str
    system: str
    official: OfficialScore
    strict: StrictScore
    differs: int
    failed: int = 0
    missing: int = 0
    ms_per_record: float | None = None

    def to_json(self) -> dict[str, Any]:
        """The scores without the single records, as plain JSON values; an empty denominator is null."""
        return {
            "dataset": self.dataset,
            "sha256": self.sha256,
            "system": self.system,
            "records": len(self.official.records),
            "official": {
                "columns": dict(self.official.columns),
                "splits": {split: dict(columns) for split, columns in self.official.splits.items()},
                "errors": dict(self.official.errors),
            },
            "strict": {
                "columns": dict(self.strict.columns),
                "query_recall": self.strict.query_recall,
                "profile_recall": self.strict.profile_recall,
                "outcomes": dict(self.strict.outcomes),
                "errors": dict(self.strict.errors),
                "answered": self.strict.answered,
                "accuracy_answered": self.strict.accuracy_answered,
            },
            "differs": self.differs,
            "failed": self.failed,
            "missing": self.missing,
            "ms_per_record": self.ms_per_record,
        }


def score_run(run: Run) -> Scores:
    """Scores a run by both scorers."""
    official = score_official(run.records, [prediction.text for prediction in run.predictions])
    strict = score_strict(run.records, run.predictions)
    return Scores(
        dataset=run.dataset,
        sha256=run.sha256,
        system=run.system,
        official=official,
        strict=strict,
        differs=_differs(official, strict),
        failed=len(run.failures),
        ms_per_record=1000 * sum(run.seconds.values()) / len(run.seconds) if run.seconds else None,
    )


def score_generation(dataset: Dataset, texts: list[str], *, system: str) -> Scores:
    """Scores the texts of a generation file, one per record of the dataset in file order; missing ones count as wrong.

    Raises:
        PredictionsError: There are more texts than records.
    """
    official = score_official(dataset.records, texts)
    padded = texts + [""] * (len(dataset.records) - len(texts))
    predictions = [
        Prediction(case_id=record.id, text=text) for record, text in zip(dataset.records, padded, strict=True)
    ]
    strict = score_strict(dataset.records, predictions)
    return Scores(
        dataset=dataset.name,
        sha256=dataset.sha256,
        system=system,
        official=official,
        strict=strict,
        differs=_differs(official, strict),
        missing=len(dataset.records) - len(texts),
    )


def read_generation(path: str | os.PathLike[str], dataset: Dataset | None = None) -> list[str]:
    """The ``predict`` texts of an official ``generation.jsonl``, in file order.

    Args:
        path: The file.
        dataset: What it was made for. As lines belong to records by position, a line with the query of another of its
            records, and not of the one in its place, is an error.

    Raises:
        PredictionsError: The file cannot be read, a line is no object with a text under ``predict``, or the lines are
            in another order than the dataset's records.
    """
    file = Path(path)
    try:
        content = file.read_bytes()
    except OSError as error:
        raise PredictionsError(f"{file}: cannot be read: {error.strerror or error}") from error
    lines = content.removeprefix(b"\xef\xbb\xbf").removesuffix(b"\n").split(b"\n") if content else []
    queries = [record.case.query for record in dataset.records] if dataset else []
    known = set(queries)
    texts = []
    for number, line in enumerate(lines, 1):
        text, query = _predict(file, number, line)
        if query in known and number <= len(queries) and query != queries[number - 1]:
            raise PredictionsError(
                f"{file}: line {number} has the query of another record; lines belong to the records by position"
            )
        texts.append(text)
    return texts


def _predict(file: Path, number: int, line: bytes) -> tuple[str, str | None]:
    try:
        own = json.loads(line)
        text, query = own["predict"], own.get("query")
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise PredictionsError(
            f'{file}: line {number} must be an object {{"query", "label", "predict"}} on one line of UTF-8 text'
        ) from error
    if not isinstance(text, str):
        raise PredictionsError(f"{file}: line {number}: predict must be a string, not {type(text).__name__}")
    return text, query if isinstance(query, str) else None


def _differs(official: OfficialScore, strict: StrictScore) -> int:
    return sum(
        bool(ours.overall) != bool(theirs.overall)
        for ours, theirs in zip(strict.records, official.records, strict=True)
    )
