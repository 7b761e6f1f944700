"""Results of several systems side by side: scores, costs, and the paired difference to one of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypedDict

from baselines.usage import Usage
from experiments.errors import RunMismatchError
from experiments.statistics import Difference, holm, mcnemar, paired_difference, records_needed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from experiments.results import RunResults, ScoredRecord

__all__ = ["CascadePoint", "Compared", "cascade_curve", "compare_runs", "data_names", "shared_records"]

_MARKS = (-1.0, 1.0)  # what two marks can differ by
_DIGITS = 8


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
        reused_tokens: Of these, what the server had kept from earlier requests and did not read again.
        completion_tokens: As for the prompt.
        prompt_share: Prompt tokens by those of the reference, over the records of which both are known.
        calls: Mean number of completions of these.
        seconds: Mean of these, the model's part as it was when the completion was made.
        cost: Sum, where prices are known, with what was spent on records that failed.
        by_resolver: Of the answers of a system that asks a model, the share that are the resolver's own in the end.
        difference: Of the strict overall to the reference, paired; its interval is within -1 and 1.
        p: Of McNemar's exact test of the two, adjusted by Holm for all systems that are compared.
        needed: How many records, of such users, would show a difference of 2 points to the reference with a power of
            80 %, as `experiments.statistics.records_needed` reckons it.
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
    reused_tokens: float | None
    completion_tokens: float | None
    prompt_share: float | None
    calls: float | None
    seconds: float | None
    cost: float | None
    difference: Difference | None
    p: float | None = None
    needed: int | None = None
    by_resolver: float | None = None

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        shown = {name: getattr(self, name) for name in self.__dataclass_fields__}
        if self.difference is not None:
            shown["difference"] = self.difference._asdict()
        return shown


class CascadePoint(TypedDict):
    """What a cascade comes to at one threshold.

    Attributes:
        threshold: The confidence from which the first system answers alone.
        asked: Share of records that the other was asked.
        strict: Share of records right, by the strict score.
        prompt_tokens: The other's, of a record: the mean of the records that it was asked and answered, times
            ``asked``. One on which it failed is none that cost nothing. None where it answered none that it was asked.
    """

    threshold: float
    asked: float
    strict: float
    prompt_tokens: float | None


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
        raise RunMismatchError(f"runs of different data: {', '.join(data_names(runs).values())}")
    if twice := sorted({run.system for run in runs if sum(run.system == own.system for own in runs) > 1}):
        raise RunMismatchError(f"more than one run of {', '.join(twice)} on {runs[0].dataset}: give one of each system")
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


def data_names(runs: Iterable[RunResults]) -> dict[str, str]:
    """The names of the datasets of runs by their digests, with 8 digits of these where several have the same name."""
    names = {run.sha256: run.dataset for run in runs}
    count = Counter(names.values())
    return {own: name if count[name] == 1 else f"{name} {own[:_DIGITS]}" for own, name in names.items()}


def cascade_curve(alone: RunResults, asking: RunResults, thresholds: Sequence[float]) -> list[CascadePoint]:
    """What comes of letting one system answer alone above a confidence, and another below it.

    Args:
        alone: Of a system that gives a confidence of its whole answer.
        asking: Of the other.
        thresholds: Confidences.

    Raises:
        RunMismatchError: The runs have no record in common.
    """
    first, second = (run.records for run in shared_records([alone, asking], common=True))
    curve: list[CascadePoint] = []
    for threshold in thresholds:
        asked = [(record.confidence or 0.0) < threshold for record in first]
        answers = [b if ask else a for ask, a, b in zip(asked, first, second, strict=True)]
        share = sum(asked) / len(first)
        took = [_usage(b) for ask, b in zip(asked, second, strict=True) if ask]
        spent = [usage.prompt_tokens for usage in took if usage is not None]
        tokens = _mean(spent) if share else 0.0
        curve.append(
            {
                "threshold": threshold,
                "asked": share,
                "strict": sum(answer.strict for answer in answers) / len(first),
                "prompt_tokens": None if tokens is None else share * tokens,
            }
        )
    return curve


def _compared(run: RunResults, reference: RunResults | None) -> Compared:
    records = run.records
    usages = [usage for record in records if (usage := _usage(record)) is not None]
    billed = sum((record.usage for record in records if record.usage is not None), Usage())
    timed = [took for record in records if (took := _seconds(record)) is not None]
    difference = needed = None
    if reference is not None and reference is not run:
        users = [record.user for record in records]
        difference = paired_difference(_marks(run), _marks(reference), users, bounds=_MARKS)
        needed = records_needed(_marks(run), _marks(reference), users)
    return Compared(
        system=run.system,
        records=len(records),
        failed=sum(record.failed for record in records),
        strict=_share([record.strict for record in records]),
        official=_share([record.official for record in records]),
        platform=_share([record.platform for record in records]),
        tool=_share([record.tool for record in records]),
        values=_share([record.values for record in records]),
        prompt_tokens=_mean([usage.prompt_tokens for usage in usages]),
        reused_tokens=_mean([usage.reused_tokens for usage in usages]),
        completion_tokens=_mean([usage.completion_tokens for usage in usages]),
        prompt_share=None if reference is None else _prompt_share(run, reference),
        calls=_mean([usage.calls for usage in usages]),
        seconds=_mean(timed),
        cost=billed.cost,
        difference=difference,
        needed=needed,
        by_resolver=_mean([float(record.answered_by == "resolver") for record in records if record.answered_by]),
    )


def _prompt_share(run: RunResults, reference: RunResults) -> float | None:
    ours = theirs = 0
    for own, other in zip(map(_usage, run.records), map(_usage, reference.records), strict=True):
        if own is not None and other is not None:
            ours, theirs = ours + own.prompt_tokens, theirs + other.prompt_tokens
    return ours / theirs if theirs else None


def _usage(record: ScoredRecord) -> Usage | None:
    """What a record took that was answered; one that failed is neither cheap nor dear."""
    return None if record.failed else record.usage


def _seconds(record: ScoredRecord) -> float | None:
    """What an answered record took: of the model where it was asked, as it took when it was, else of the system."""
    if record.failed:
        return None
    return record.usage.seconds if record.usage is not None and record.usage.calls else record.seconds


def _marks(run: RunResults) -> list[bool]:
    return [record.strict for record in run.records]


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _share(marks: Sequence[bool]) -> float:
    return sum(marks) / len(marks) if marks else 0.0
