"""Slices of a dataset: records that have something in common, told from the records alone."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from experiments.records import USER
from resolver.profile import Profile

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from experiments.metrics import Answered
    from experiments.records import Record

__all__ = ["SliceRow", "slice_rows", "slices_of"]

_MOST_VALUES = 12
_FEWEST = 5
_MANY = 3
_LONGEST = 40


class SliceRow(NamedTuple):
    """A slice with the share of right answers of each system.

    Attributes:
        name: What the records have in common.
        records: How many there are.
        shares: By system.
    """

    name: str
    records: int
    shares: Mapping[str, float]


def slices_of(record: Record, *, own_keys: bool = True) -> dict[str, str]:
    """What tells a record from others, by name: its split, its calls, where its values come from, what it says beside.

    Of the keys that the benchmark does not define those with a short text count (``"type": "Conflict"``), but for the
    user's name, unless ``own_keys`` is False.
    """
    profile = Profile.from_json(record.case.user_profile)
    listed = len(record.profile_params)
    found = {
        "calls": "several" if len(record.answer.calls) > 1 else "one" if record.answer.calls else "none",
        "log": "with" if profile.events else "without",
        "values from the profile": f"{_MANY} or more" if listed >= _MANY else str(listed),
    }
    if record.split is not None:
        found["split"] = record.split
    if not own_keys:
        return found
    texts = {name: own for name, own in record.extra.items() if isinstance(own, str) and name != USER}
    return found | {name: own for name, own in texts.items() if 0 < len(own) <= _LONGEST}


def slice_rows(answered: Mapping[str, Sequence[Answered]], *, own_keys: bool = True) -> list[SliceRow]:
    """The slices of runs over the same records, each with the strict share of every system.

    Names with one value or more than twelve, and slices of fewer than five records, are left out.

    Args:
        answered: By system the answered records, in the same order.
        own_keys: Slice by the data's own keys, too.
    """
    first = next(iter(answered.values()), ())
    places: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for place, one in enumerate(first):
        for name, value in slices_of(one.record, own_keys=own_keys).items():
            places[name][value].append(place)
    rows = []
    for name, values in places.items():
        if not 1 < len(values) <= _MOST_VALUES:
            continue
        for value, own in sorted(values.items()):
            if len(own) >= _FEWEST:
                shares = {
                    system: sum(records[place].strict.overall for place in own) / len(own)
                    for system, records in answered.items()
                }
                rows.append(SliceRow(f"{name}: {value}", len(own), shares))
    return rows
