"""Runs of several systems on one dataset, side by side: scores, costs, and the paired difference to one of them."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from baselines.usage import Usage
from experiments.errors import RunMismatchError
from experiments.official import score_official
from experiments.paired import Difference, paired_difference
from experiments.strict import score_strict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from baselines.case import CaseId, Prediction
    from experiments.records import Record
    from experiments.run import Run

__all__ = ["Compared", "cascade_curve", "compare_runs", "user_of"]


@dataclass(frozen=True, kw_only=True)
class Compared:
    """One system on the records that all systems answered.

    Attributes:
        system: Its name.
        records: How many there are.
        failed: On how many the system failed; they count as wrong.
        strict: Share of records right, by the strict score.
        official: The same by the official one.
        platform: Share of right platforms (strict).
        tool: Share of right platforms and functions.
        values: Share of records whose arguments are all right.
        prompt_tokens: Mean of the records that were answered; None for a system without a language model.
        completion_tokens: Likewise.
        calls: Mean number of completions of these.
        seconds: Mean of these, the model's part as it was when the completion was made.
        cost: Sum, where prices are known.
        difference: Of the strict overall to the reference, paired.
    """

    system: str
    records: int
    failed: int
    strict: float
    official: float
    platform: float
    tool: float
    values: float
    prompt_tokens: float | None
    completion_tokens: float | None
    calls: float | None
    seconds: float | None
    cost: float | None
    difference: Difference | None

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        shown = {name: getattr(self, name) for name in self.__dataclass_fields__}
        if self.difference is not None:  # JSON has no infinity
            own = self.difference._asdict().items()
            shown["difference"] = {name: value if math.isfinite(value) else None for name, value in own}
        return shown


def compare_runs(runs: Sequence[Run], *, reference: str | None = None, common: bool = False) -> list[Compared]:
    """The systems of runs on one dataset, over the same records.

    Args:
        runs: One of each system.
        reference: The system to which differences are taken.
        common: Compare the records that all runs have, where they differ in these.

    Raises:
        RunMismatchError: The runs are of different datasets, or of different records without ``common``; they have no
            record in common; or there is no run of the reference.
    """
    if len({run.sha256 for run in runs}) > 1:
        raise RunMismatchError(f"runs of different data: {', '.join(sorted({run.dataset for run in runs}))}")
    shared = _shared(runs, common=common)
    kept = [_Kept.of(run, shared) for run in runs]
    known = {one.run.system: one for one in kept}
    if reference is not None and reference not in known:
        raise RunMismatchError(f"no run of the reference {reference!r}; there are {', '.join(sorted(known))}")
    return [one.compared(known[reference] if reference is not None else None) for one in kept]


def user_of(record: Record) -> str:
    """What tells the user of a record from others: the profile itself."""
    return hashlib.sha256(json.dumps(record.case.user_profile, sort_keys=True).encode()).hexdigest()


def cascade_curve(alone: Run, asking: Run, thresholds: Sequence[float]) -> list[dict[str, float]]:
    """What comes of letting one system answer alone above a confidence, and another below it.

    Args:
        alone: Its predictions have a confidence of the whole answer.
        asking: The other's.
        thresholds: Confidences.

    Returns:
        For each threshold the share of records that the other was asked, the strict overall, and the prompt tokens of
        a record.

    Raises:
        RunMismatchError: The runs have no record in common.
    """
    shared = _shared([alone, asking], common=True)
    first, second = _Kept.of(alone, shared), _Kept.of(asking, shared)
    right_alone, right_asking = first.right, second.right
    curve = []
    for threshold in thresholds:
        asked = [(prediction.answer_confidence or 0.0) < threshold for prediction in first.predictions]
        right = [b if ask else a for ask, a, b in zip(asked, right_alone, right_asking, strict=True)]
        tokens = sum(_usage(p).prompt_tokens for ask, p in zip(asked, second.predictions, strict=True) if ask)
        count = len(shared)
        curve.append(
            {
                "threshold": threshold,
                "asked": sum(asked) / count,
                "strict": sum(right) / count,
                "prompt_tokens": tokens / count,
            }
        )
    return curve


@dataclass(frozen=True)
class _Kept:
    """A run's answers to the shared records, in their order."""

    run: Run
    records: tuple[Record, ...]
    predictions: tuple[Prediction, ...]

    @classmethod
    def of(cls, run: Run, ids: Sequence[CaseId]) -> _Kept:
        by_id = {record.id: (record, own) for record, own in zip(run.records, run.predictions, strict=True)}
        pairs = [by_id[i] for i in ids]
        return cls(run, tuple(record for record, _ in pairs), tuple(own for _, own in pairs))

    @property
    def right(self) -> list[float]:
        return [float(one.overall) for one in score_strict(self.records, self.predictions).records]

    def compared(self, reference: _Kept | None) -> Compared:
        strict = score_strict(self.records, self.predictions)
        official = score_official(self.records, [prediction.text for prediction in self.predictions])
        usages = [prediction.usage for prediction in self.predictions if prediction.usage is not None]
        total = sum(usages, Usage())
        timed = [self.run.seconds[record.id] for record in self.records if record.id in self.run.seconds]
        seconds = total.seconds / len(usages) if usages else sum(timed) / len(timed) if timed else None
        difference = None
        if reference is not None and reference is not self:
            difference = paired_difference(self.right, reference.right, [user_of(record) for record in self.records])
        return Compared(
            system=self.run.system,
            records=len(self.records),
            failed=sum(record.id in self.run.failures for record in self.records),
            strict=strict.columns["overall"] or 0.0,
            official=official.columns["overall"] or 0.0,
            platform=strict.columns["platform"] or 0.0,
            tool=strict.columns["tool"] or 0.0,
            values=strict.columns["values"] or 0.0,
            prompt_tokens=total.prompt_tokens / len(usages) if usages else None,
            completion_tokens=total.completion_tokens / len(usages) if usages else None,
            calls=total.calls / len(usages) if usages else None,
            seconds=seconds,
            cost=total.cost,
            difference=difference,
        )


def _shared(runs: Sequence[Run], *, common: bool) -> list[CaseId]:
    """The ids of the records to compare, in the order of the first run."""
    held = [[record.id for record in run.records] for run in runs]
    sets = [set(ids) for ids in held]
    if not common and any(own != sets[0] for own in sets[1:]):
        counts = ", ".join(f"{run.system} {len(ids)}" for run, ids in zip(runs, held, strict=True))
        raise RunMismatchError(f"the runs have different records ({counts}); compare those they share by --common")
    shared = set.intersection(*sets) if sets else set()
    if not shared:
        raise RunMismatchError("the runs have no record in common")
    return [i for i in held[0] if i in shared]


def _usage(prediction: Prediction) -> Usage:
    return prediction.usage or Usage()
