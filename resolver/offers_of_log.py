"""What the behaviour log offers for the parameters of a tool."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

from resolver.coerce import stems
from resolver.offers import USED, Offer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from resolver.reading import ParameterReading
    from resolver.records import Linked

__all__ = ["from_history"]

_FEWEST_SIMILAR = 0.3
_HABIT_USES = 2
_HABIT_SHARE = 0.6
_LIKED = 0.5
_BIRTH = frozenset(stems("birth birthday dob"))


def from_history(
    linked: Linked,
    vector: NDArray[np.float32],
    tool: int,
    parameters: Sequence[ParameterReading],
    *,
    as_before: bool,
) -> Iterator[tuple[int, Offer]]:
    """Values that the log used for a parameter of the same name, in calls that did the same job.

    Where the query asks for things as before, the most similar entry gives its values. Otherwise only a habit counts,
    and only for what is required: a value that most such entries share.
    """
    if not linked.events:
        return
    known = linked.known(tool)
    similar = linked.event_vectors @ vector
    fit = similar + 0.5 * known.same_tool + 0.3 * linked.same_name[:, tool]
    usable = (known.same_job | (as_before & (similar >= _FEWEST_SIMILAR))) & ~(linked.event_rating <= _LIKED)
    for place, wanted in enumerate(parameters):
        if not (wanted.parameter.required or as_before) or _passes(wanted):
            continue
        held = [(number, value) for number, value in known.used[place] if usable[number]]
        if not held:
            continue
        if as_before:
            number, value = max(held, key=lambda pair: (round(float(fit[pair[0]]), 2), pair[0]))
            yield place, Offer(USED, value, "history", 0.85, "used before", (linked.events[number].id,))
            continue
        written = [json.dumps(value, sort_keys=True) for _, value in held]
        commonest, count = Counter(written).most_common(1)[0]
        if count >= _HABIT_USES and count >= _HABIT_SHARE * len(held):
            uses = [pair for pair, text in zip(held, written, strict=True) if text == commonest]
            cited = tuple(linked.events[number].id for number, _ in uses[:3])
            reason = f"used {count} times before"
            yield place, Offer(USED, uses[0][1], "history", 0.8 * count / len(held), reason, cited)


def _passes(wanted: ParameterReading) -> bool:
    """A day that passes is no habit; a date of birth is none that passes."""
    return "date" in wanted.tags and wanted.name.isdisjoint(_BIRTH)
