"""What can be concluded from a table of systems: how many users it rests on, and what those cannot tell.

The users are the sample, not their records: where they are few, a mean over records hides how few they are, so each is
shown. In place of users there may be groups of records that intervals draw.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Literal, NamedTuple

from experiments.results import is_group
from experiments.statistics import effective_clusters

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from experiments.compare import Compared
    from experiments.results import RunResults

__all__ = ["Conclusion", "UserRow", "conclusion"]

_FEW = 12
_LEVEL = 0.05


class UserRow(NamedTuple):
    """One user.

    Attributes:
        number: In the order in which they are met, from 1.
        records: How many the user has.
        strict: By system the share of these that are right, by the strict score.
    """

    number: int
    records: int
    strict: Mapping[str, float]


class Conclusion(NamedTuple):
    """The users of a table, and what they allow to say.

    Attributes:
        kind: What intervals draw; groups if any record is in one.
        users: How many there are.
        effective: As how many of one size they count: fewer where some have many of the records.
        rows: Each of them where they are twelve at most; else none.
        told: What cannot be concluded, in words.
    """

    kind: Literal["user", "group"]
    users: int
    effective: float
    rows: tuple[UserRow, ...]
    told: str


def conclusion(runs: Sequence[RunResults], compared: Sequence[Compared]) -> Conclusion:
    """What the users of some runs over the same records allow to say of their differences.

    Args:
        runs: At least one, all with the same records in the same order, at least one record each.
        compared: The same runs, with their differences to the reference.
    """
    drawn = [record.user for record in runs[0].records]
    places: dict[str, list[int]] = defaultdict(list)
    for place, user in enumerate(drawn):
        places[user].append(place)
    kind: Literal["user", "group"] = "group" if any(map(is_group, places)) else "user"
    rows = [
        UserRow(
            number, len(own), {run.system: sum(run.records[place].strict for place in own) / len(own) for run in runs}
        )
        for number, own in enumerate(places.values(), 1)
    ]
    effective = effective_clusters(drawn)
    told = _told(len(rows), effective, kind, compared)
    return Conclusion(kind, len(rows), effective, tuple(rows) if len(rows) <= _FEW else (), told)


def _told(number: int, effective: float, kind: str, compared: Sequence[Compared]) -> str:
    """In words; a difference is beyond chance only if both its interval and its p say so."""
    count = f"One {kind}" if number == 1 else f"{number} {kind}s"
    worth = f" (as many as {effective:.1f} with equally many records)" if round(effective, 1) < number else ""
    text = f"{count}{worth}, {'whom' if kind == 'user' else 'which'} the intervals take as the sample."
    gaps = {row.system: row.difference for row in compared if row.difference is not None}
    if not gaps:
        return f"{text} Nothing can be concluded of other {kind}s from a difference without its interval."
    chance = {row.system for row in compared if row.p is not None and row.p >= _LEVEL}
    unclear = [system for system, gap in gaps.items() if system in chance or gap.low <= 0.0 <= gap.high]
    if not unclear:
        return f"{text} All differences to the reference are beyond what such {kind}s can differ by chance."
    return f"{text} Of {', '.join(unclear)} it cannot be concluded whether they differ from the reference at all."
