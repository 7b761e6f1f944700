"""User by user, where users are few: the sample is the users then, and a mean over records hides how few they are.

Or group by group, where intervals draw groups of records in place of users.
"""

from __future__ import annotations

from collections import defaultdict
from html import escape
from typing import TYPE_CHECKING

from experiments.results import drawn_with, user_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from experiments.compare import Compared
    from experiments.metrics import Answered

__all__ = ["user_table"]

_FEW = 12


def user_table(
    answered: Mapping[str, Sequence[Answered]], rows: Sequence[Compared], groups: Mapping[str, str] | None = None
) -> str:
    """A table with a row for each user, where there are twelve at most; and what so few cannot tell.

    Args:
        answered: By system the answered records, in the same order.
        rows: The systems compared, with their differences to the reference.
        groups: By record id what intervals draw it with, in place of its user.
    """
    first = next(iter(answered.values()), ())
    places: dict[str, list[int]] = defaultdict(list)
    for place, one in enumerate(first):
        places[drawn_with(one.record.id, user_of(one.record), groups or {})].append(place)
    if not 0 < len(places) <= _FEW:
        return ""
    kind = "group" if any(one.record.id in (groups or {}) for one in first) else "user"
    heads = "".join(f"<th>{escape(system)}" for system in answered)
    body = []
    for number, own in enumerate(places.values(), 1):
        shares = [sum(records[place].strict.overall for place in own) / len(own) for records in answered.values()]
        cells = "".join(f'<td class="heat" style="--v:{share:.3f}">{share:.2f}' for share in shares)
        body.append(f'<tr><th scope="row">{number}<td>{len(own)}{cells}</tr>')
    return (
        f'<h3>Strict score by {kind}</h3><div class="wide"><table><thead><tr><th>{kind}<th>records'
        f"{heads}</tr></thead>{''.join(body)}</table></div><p>{escape(_told(len(places), kind, rows))}</p>"
    )


def _told(number: int, kind: str, rows: Sequence[Compared]) -> str:
    count = f"One {kind}" if number == 1 else f"{number} {kind}s"
    told = [row for row in rows if row.difference is not None]
    open_ones = [row.system for row in told if row.difference and row.difference.low <= 0.0 <= row.difference.high]
    whom = "whom" if kind == "user" else "which"
    text = f"{count}, {whom} the intervals take as the sample."
    if not told:
        return f"{text} Nothing can be concluded of other {kind}s from a difference without its interval."
    if not open_ones:
        return f"{text} All differences to the reference are beyond what such {kind}s can differ by chance."
    return f"{text} Of {', '.join(open_ones)} it cannot be concluded whether they differ from the reference at all."
