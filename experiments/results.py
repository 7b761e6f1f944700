"""What runs scored, record by record, without any text of the data: small enough to keep, enough to compare anew.

A results file has one JSON object per line, one for each system on each dataset. It holds ids, marks and costs; neither
a request nor a profile nor an answer, so that it may be published where the data may not.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from baselines.usage import Usage  # noqa: TC001 - a field's type
from experiments._files import write_whole
from experiments.errors import ResultsError, RunMismatchError
from experiments.metrics import answered_records
from experiments.records import USER, Split

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Mapping, Sequence

    from experiments.metrics import Answered
    from experiments.records import Record
    from experiments.run import Run

__all__ = [
    "RunResults",
    "ScoredRecord",
    "drawn_with",
    "is_group",
    "read_results",
    "require_groups",
    "run_results",
    "user_of",
    "write_results",
]

_GROUP = "group "  # no digest begins so


class ScoredRecord(BaseModel):
    """One record of a run.

    Attributes:
        id: The record's.
        user: Tells its user from others, also over several datasets: a digest, as `user_of` makes it.
        strict: Whether it is right by the strict score; ``platform``, ``tool`` and ``values`` are that score's, too.
        official: Whether it is right by the official score.
        failed: Whether the system failed on it; it then counts as wrong.
        confidence: Of the whole answer, where the system gives one.
        usage: What calls of a language model took, where the system asks one.
        seconds: From case to answer, where they are known.
        answered_by: Of a system that asks a model, whose answer it is in the end.
        split: Of the benchmark, where its files tell.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    user: str
    strict: bool
    official: bool
    platform: bool
    tool: bool
    values: bool
    failed: bool = False
    confidence: float | None = Field(default=None, ge=0.0, le=1.0)
    usage: Usage | None = None
    seconds: float | None = Field(default=None, ge=0.0)
    answered_by: Literal["model", "repaired", "resolver"] | None = None
    split: Split | None = None


class RunResults(BaseModel):
    """One system on one dataset: its name, its digest, and the records in the order in which they were answered."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    dataset: str
    sha256: str
    system: str
    records: tuple[ScoredRecord, ...]


def run_results(run: Run, answered: Sequence[Answered] | None = None) -> RunResults:
    """What a run scored by both scorers; ``answered`` are its answered records where they are scored already."""
    scored = tuple(
        ScoredRecord(
            id=one.record.id,
            user=user_of(one.record),
            strict=one.strict.overall,
            official=bool(one.official.overall),
            platform=one.strict.platform,
            tool=one.strict.tool,
            values=one.strict.values,
            failed=one.failed,
            confidence=_rounded(one.prediction.answer_confidence),
            usage=None if one.prediction.usage is None else _short(one.prediction.usage),
            seconds=_rounded(one.seconds),
            answered_by=one.prediction.answered_by,
            split=one.record.split,
        )
        for one in (answered_records(run) if answered is None else answered)
    )
    return RunResults(dataset=run.dataset, sha256=run.sha256, system=run.system, records=scored)


def user_of(record: Record) -> str:
    """What tells the user of a record from others, 16 hexadecimal digits.

    A digest of what the record has under `~experiments.records.USER`, or else of its profile, or else, where nothing is
    known of anybody, of its own id: such requests are not one user's.
    """
    named = record.extra.get(USER)
    known = {USER: named} if isinstance(named, str) and named else record.case.user_profile or {"id": record.id}
    return hashlib.sha256(json.dumps(known, sort_keys=True).encode()).hexdigest()[:16]


def drawn_with(record: str, user: str, groups: Mapping[str, str]) -> str:
    """What an interval draws a record with: its group where it is in one, else its user."""
    return f"{_GROUP}{groups[record]}" if record in groups else user


def require_groups(groups: Mapping[str, str], records: Iterable[str], *, of: str = "data") -> None:
    """Refuse groups that have none of some records, by id: intervals would then draw users without a word.

    Args:
        groups: By record id; where there are none nothing is refused.
        records: The ids.
        of: What the records are of, for the message.

    Raises:
        RunMismatchError: There are groups, and none of these is in one.
    """
    if groups and not any(record in groups for record in records):
        raise RunMismatchError(f"no record of the {of} is in a group")


def is_group(drawn: str) -> bool:
    """Whether what `drawn_with` gave is a group."""
    return drawn.startswith(_GROUP)


def read_results(path: str | os.PathLike[str]) -> list[RunResults]:
    """The results in a file.

    Raises:
        ResultsError: The file cannot be read, or a line is no results.
    """
    file = Path(path)
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        raise ResultsError(f"{file}: cannot be read: {getattr(error, 'strerror', None) or error}") from error
    return [_read(line, f"{file}: line {number}") for number, line in enumerate(lines, 1)]


def write_results(path: str | os.PathLike[str], results: Iterable[RunResults]) -> None:
    """Add results to a file, whole or not at all; those of the same system on the same data are replaced.

    Raises:
        ResultsError: There is a file that cannot be read as results; it is left as it is.
    """
    file = Path(path)
    known = {_key(own): own for own in (read_results(file) if file.exists() else ())}
    known |= {_key(own): own for own in results}
    file.parent.mkdir(parents=True, exist_ok=True)
    write_whole(file, "".join(own.model_dump_json(exclude_defaults=True) + "\n" for own in known.values()))


def _rounded(number: float | None) -> float | None:
    return None if number is None else round(number, 4)


def _short(usage: Usage) -> Usage:
    """Without what differs from one run to the next by chance."""
    return usage.model_copy(update={"seconds": round(usage.seconds, 3), "cached": 0})


def _read(line: str, where: str) -> RunResults:
    try:
        return RunResults.model_validate_json(line)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise ResultsError(f"{where} is no results: {place} {first['msg']}") from error


def _key(results: RunResults) -> tuple[str, str]:
    return results.sha256, results.system
