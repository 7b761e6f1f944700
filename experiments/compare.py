"""Results of several systems side by side: scores, costs, and the paired difference to one of them."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from baselines.usage import Usage
from experiments.errors import RunMismatchError
from experiments.results import RunResults
from experiments.statistics import Difference, holm, mcnemar, paired_difference

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Compared", "cascade_curve", "compare_runs", "shared_records", "together"]


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
        prompt_share: Prompt tokens by those of the reference.
        calls: Mean number of completions of these.
        seconds: Mean of these, the model's part as it was when the completion was made.
        cost: Sum, where prices are known.
        difference: Of the strict overall to the reference, paired.
        p: Of McNemar's exact test of the two, adjusted by Holm for all systems that are compared.
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
    prompt_share: float | None
    calls: float | None
    seconds: float | None
    cost: float | None
    difference: Difference | None
    p: float | None = None

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        shown = {name: getattr(self, name) for name in self.__dataclass_fields__}
        if self.difference is not None:  # JSON has no infinity
            own = self.difference._asdict().items()
            shown["difference"] = {name: value if math.isfinite(value) else None for name, value in own}
        return shown


def compare_runs(runs: Sequence[RunResults], *, reference: str | None = None, common: bool = False) -> list[Compared]:
    """The systems of runs on one dataset, over the same records.

    Args:
        runs: Results of one run of each system.
        reference: The system to which differences are taken.
        common: Compare the records that all runs have, where they differ in these.

    Raises:
        RunMismatchError: The runs are of different datasets, or of different records without ``common``; they have no
            record in common; or there is no run of the reference.
    """
    kept = shared_records(runs, common=common)
    known = {own.system: own for own in kept}
    if reference is not None and reference not in known:
        raise RunMismatchError(f"no run of the reference {reference!r}; there are {', '.join(sorted(known))}")
    rows = [_compared(own, None if reference is None else known[reference]) for own in kept]
    if reference is None:
        return rows
    tests = {own.system: mcnemar(_marks(own), _marks(known[reference])).p for own in kept if own.system != reference}
    adjusted = dict(zip(tests, holm(list(tests.values())), strict=True))
    return [replace(row, p=adjusted.get(row.system)) for row in rows]


def shared_records(runs: Sequence[RunResults], *, common: bool) -> list[RunResults]:
    """The same runs with the records that all of them have, in the order of the first.

    Raises:
        RunMismatchError: As `compare_runs`, but for the reference.
    """
    if len({run.sha256 for run in runs}) > 1:
        raise RunMismatchError(f"runs of different data: {', '.join(sorted({run.dataset for run in runs}))}")
    held = [{record.id: record for record in run.records} for run in runs]
    if not common and any(own.keys() != held[0].keys() for own in held[1:]):
        counts = ", ".join(f"{run.system} {len(own)}" for run, own in zip(runs, held, strict=True))
        raise RunMismatchError(f"the runs have different records ({counts}); compare those they share by --common")
    shared = [i for i in (held[0] if held else ()) if all(i in own for own in held)]
    if not shared:
        raise RunMismatchError("the runs have no record in common")
    return [
        run.model_copy(update={"records": tuple(own[i] for i in shared)}) for run, own in zip(runs, held, strict=True)
    ]


def together(groups: Sequence[Sequence[RunResults]]) -> list[RunResults]:
    """Runs on several datasets as runs on one, for the systems that ran on all of them; each record counts once.

    Args:
        groups: For each dataset its runs, each of the same records.
    """
    by_name = [{run.system: run for run in group} for group in groups]
    names = [name for name in (by_name[0] if by_name else ()) if all(name in own for own in by_name)]
    title = f"{len(groups)} datasets together"
    return [
        RunResults(
            dataset=title,
            sha256=title,
            system=name,
            records=tuple(
                record.model_copy(update={"id": f"{own[name].sha256}/{record.id}"})
                for own in by_name
                for record in own[name].records
            ),
        )
        for name in names
    ]


def cascade_curve(alone: RunResults, asking: RunResults, thresholds: Sequence[float]) -> list[dict[str, float]]:
    """What comes of letting one system answer alone above a confidence, and another below it.

    Args:
        alone: Of a system that gives a confidence of its whole answer.
        asking: Of the other.
        thresholds: Confidences.

    Returns:
        For each threshold the share of records that the other was asked, the strict overall, and the prompt tokens of
        a record.

    Raises:
        RunMismatchError: The runs have no record in common.
    """
    first, second = (run.records for run in shared_records([alone, asking], common=True))
    curve = []
    for threshold in thresholds:
        asked = [(record.confidence or 0.0) < threshold for record in first]
        answers = [b if ask else a for ask, a, b in zip(asked, first, second, strict=True)]
        tokens = sum((b.usage or Usage()).prompt_tokens for ask, b in zip(asked, second, strict=True) if ask)
        curve.append(
            {
                "threshold": threshold,
                "asked": sum(asked) / len(first),
                "strict": sum(answer.strict for answer in answers) / len(first),
                "prompt_tokens": tokens / len(first),
            }
        )
    return curve


def _compared(run: RunResults, reference: RunResults | None) -> Compared:
    records = run.records
    usages = [record.usage for record in records if record.usage is not None]
    total = sum(usages, Usage())
    timed = [record.seconds for record in records if record.seconds is not None]
    prompt_tokens = _mean([usage.prompt_tokens for usage in usages])
    difference, of_reference = None, None
    if reference is not None:
        of_reference = _mean([record.usage.prompt_tokens for record in reference.records if record.usage is not None])
    if reference is not None and reference is not run:
        difference = paired_difference(_marks(run), _marks(reference), [record.user for record in records])
    return Compared(
        system=run.system,
        records=len(records),
        failed=sum(record.failed for record in records),
        strict=_share([record.strict for record in records]),
        official=_share([record.official for record in records]),
        platform=_share([record.platform for record in records]),
        tool=_share([record.tool for record in records]),
        values=_share([record.values for record in records]),
        prompt_tokens=prompt_tokens,
        completion_tokens=_mean([usage.completion_tokens for usage in usages]),
        prompt_share=prompt_tokens / of_reference if prompt_tokens is not None and of_reference else None,
        calls=_mean([usage.calls for usage in usages]),
        seconds=total.seconds / len(usages) if usages else _mean(timed),
        cost=total.cost,
        difference=difference,
    )


def _marks(run: RunResults) -> list[bool]:
    return [record.strict for record in run.records]


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _share(marks: Sequence[bool]) -> float:
    return sum(marks) / len(marks) if marks else 0.0
