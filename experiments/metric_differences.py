"""How runs differ from one of them on any metric, with intervals: for ``ablate`` and ``measure --reference``."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from experiments.metrics import Share, measure
from experiments.records import both_splits
from experiments.results import drawn_with, user_of
from experiments.statistics import Difference, holm, mcnemar, paired_difference

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from experiments.metrics import Answered, Measured, Metric

__all__ = ["Ablated", "AblatedRow", "Against", "metric_differences"]

_MARKS = (-1.0, 1.0)
_UNBOUNDED = (-math.inf, math.inf)


class Against(NamedTuple):
    """A metric of one variant.

    Attributes:
        value: Of all records; None where nothing was scored.
        scored: How many records it is of.
        difference: To the reference over the records that both score; None for the reference itself, for metrics of
            all records at once, and where no record is scored by both.
        p: McNemar's exact p over records, adjusted by Holm for all variants on this metric and dataset, where the
            metric says right or wrong of a record; None for shares of a record's arguments, which are not independent.
    """

    value: float | None
    scored: int
    difference: Difference | None = None
    p: float | None = None


class AblatedRow(NamedTuple):
    """One variant.

    Attributes:
        name: Of the variant.
        metrics: What was measured, by the metric's name.
        same: Whether it is not the reference, and each metric is as the reference's on every record.
    """

    name: str
    metrics: Mapping[str, Against]
    same: bool = False


class Ablated(NamedTuple):
    """The variants on one dataset, the reference first."""

    dataset: str
    records: int
    rows: tuple[AblatedRow, ...]


def metric_differences(
    title: str,
    answered: Mapping[str, Sequence[Answered]],
    metrics: Sequence[Metric],
    reference: str,
    groups: Mapping[str, str] | None = None,
) -> Iterator[Ablated]:
    """Set systems against one of them; where records are of both of PTBench's splits, each split by itself, too.

    Args:
        title: The dataset's name.
        answered: By system the same records in the same order.
        metrics: What is measured.
        reference: The system that the others are set against.
        groups: By record id what intervals draw it with, in place of its user.
    """
    yield _compared(title, answered, metrics, reference, groups or {})
    for split in both_splits(one.record.split for one in answered[reference]):
        own = {name: [one for one in ones if one.record.split == split] for name, ones in answered.items()}
        yield _compared(f"{title}: {split}", own, metrics, reference, groups or {})


def _compared(
    title: str,
    answered: Mapping[str, Sequence[Answered]],
    metrics: Sequence[Metric],
    reference: str,
    groups: Mapping[str, str],
) -> Ablated:
    found = {name: measure(list(own), metrics) for name, own in answered.items()}
    users = [drawn_with(own.record.id, user_of(own.record), groups) for own in answered[reference]]
    order = [reference, *(name for name in found if name != reference)]
    cells: dict[str, dict[str, Against]] = {name: {} for name in order}
    for metric in metrics:
        base = found[reference][metric.name]
        tests = {}
        for name in order:
            own = found[name][metric.name]
            if name == reference:
                cells[name][metric.name] = Against(own.value, own.scored)
                continue
            difference, p = _against(own, base, users)
            cells[name][metric.name] = Against(own.value, own.scored, difference)
            if p is not None:
                tests[name] = p
        for name, adjusted in zip(tests, holm(list(tests.values())), strict=True):
            cells[name][metric.name] = cells[name][metric.name]._replace(p=adjusted)
    same = {
        name for name in order[1:] if all(_same(found[name][own.name], found[reference][own.name]) for own in metrics)
    }
    return Ablated(title, len(users), tuple(AblatedRow(name, cells[name], name in same) for name in order))


def _same(one: Measured, other: Measured) -> bool:
    return (one.value, list(one.values)) == (other.value, list(other.values))


def _against(own: Measured, reference: Measured, users: Sequence[str]) -> tuple[Difference | None, float | None]:
    """The difference to the reference, and McNemar's p where both say right or wrong of each record."""
    both = [
        (one, other, user)
        for one, other, user in zip(own.values, reference.values, users, strict=True)
        if one is not None and other is not None
    ]
    shares = [(one, other, user) for one, other, user in both if isinstance(one, Share) and isinstance(other, Share)]
    if any(one.whole != other.whole or not float(one.whole).is_integer() for one, other, _ in shares):
        return _of_ratios(shares), None
    ours: list[float] = []
    theirs: list[float] = []
    clusters: list[str] = []
    for one, other, user in both:
        for left, right in _units(one, other):
            ours.append(left)
            theirs.append(right)
            clusters.append(user)
    if not ours:
        return None, None
    within = all(0.0 <= value <= 1.0 for value in (*ours, *theirs))
    difference = paired_difference(ours, theirs, clusters, bounds=_MARKS if within else _UNBOUNDED)
    if shares or any(value not in (0.0, 1.0) for value in (*ours, *theirs)):
        return difference, None
    return difference, mcnemar([value == 1.0 for value in ours], [value == 1.0 for value in theirs]).p


def _of_ratios(shares: Sequence[tuple[Share, Share, str]]) -> Difference | None:
    """The difference of two ratios of sums, as measured, where the wholes differ (as precision's do).

    Each ratio is linearised: a record counts as the ratio plus what it moves it by, so that the mean over records is
    the ratio, and the variance over users that of the ratio to first order (Woodruff 1971).
    """
    columns = []
    for own in ([one for one, _, _ in shares], [other for _, other, _ in shares]):
        whole = sum(share.whole for share in own)
        if not whole:
            return None
        ratio = sum(share.part for share in own) / whole
        columns.append([ratio + (share.part - ratio * share.whole) * len(own) / whole for share in own])
    return paired_difference(columns[0], columns[1], [user for _, _, user in shares])


def _units(one: float | Share, other: float | Share) -> list[tuple[float, float]]:
    """What a record gives to compare: of shares of one whole as many as that, so that records weigh as measured."""
    if not isinstance(one, Share) and not isinstance(other, Share):
        return [(float(one), float(other))]
    if not isinstance(one, Share) or not isinstance(other, Share):
        return []  # nothing to compare
    return [(one.part / one.whole, other.part / other.whole)] * int(one.whole) if one.whole else []
