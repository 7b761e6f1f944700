"""What the behaviour log says about platforms: the features of the group "history".

Ratings are counted, a later one of the same platform for more than an earlier one. Where there are none, order speaks:
a platform that was in use and then was not for a long while has probably been moved away from. How probably is the
BG/NBD model of repeated purchases (Fader, Hardie and Lee 2005, *Marketing Science* 24(2); P(alive) in their note of
2008), with the log's own entries as its clock:

    P(still used) = 1 / (1 + a / (b + x - 1) * ((alpha + T) / (alpha + t)) ** (r + x))

for ``x`` uses, the last at entry ``t`` of ``T``. So one early use says little, five early ones and then none say much.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from resolver.records import Linked

__all__ = ["HISTORY", "still_used", "usage"]

HISTORY: tuple[str, ...] = (
    "liked",
    "ever_liked",
    "disliked",
    "ever_disliked",
    "used",
    "often",
    "lapsed",
    "last_used",
    "untried",
)

_LIKED = 0.5
_FADES = 0.8
"""What a rating still counts for when the platform was rated once more."""

_A, _B, _ALPHA, _R = 0.05, 1.0, 3.0, 0.0
"""Chosen by held-out likelihood on three public logs among eight settings; half and twice of ``_A`` did about alike."""

_ABLE = 0.3


def still_used(uses: NDArray[np.float64], last: NDArray[np.float64], entries: int) -> NDArray[np.float64]:
    """P(still used) of platforms by the formula above; 0 for one that never was.

    Args:
        uses: ``(p,)``, how often each was used.
        last: ``(p,)``, the place of its last use in the log, from 1.
        entries: How long the log is.

    >>> still_used(np.array([1.0, 5.0, 5.0, 0.0]), np.array([2.0, 5.0, 20.0, 0.0]), 20).round(2).tolist()
    [0.81, 0.34, 0.99, 0.0]
    """
    odds = _A / (_B + np.maximum(uses, 1.0) - 1.0) * ((_ALPHA + entries) / (_ALPHA + last)) ** (_R + uses)
    still: NDArray[np.float64] = np.where(uses > 0.0, 1.0 / (1.0 + odds), 0.0)
    return still


def usage(linked: Linked, able: NDArray[np.float64]) -> NDArray[np.float64]:
    """What the log says for and against each platform.

    Args:
        linked: The user's records on a catalog of ``p`` platforms.
        able: ``(p,)``, how able each is to do the job asked for, 0 to 1. A preference is one for a function: it says
            nothing for a platform that could not do the job, and by so much less for one that hardly could.

    Returns:
        ``(p, len(HISTORY)) float64``, columns as named there: faded counts of ratings over and under the middle as
        ``log(1 + n)`` and whether there was any; for uses without a rating the probability that the platform is still
        used, that times ``log(1 + uses)``, and the probability that it no longer is; whether it is the last used of
        several able ones; whether it was never used while another able one was.
    """
    size, entries = len(able), len(linked.events)
    on_catalog = np.flatnonzero(linked.event_platform >= 0)
    platform, rating = linked.event_platform[on_catalog], linked.event_rating[on_catalog]
    rated = ~np.isnan(rating)
    later = _later(platform[rated], size)

    def count(chosen: NDArray[np.bool_]) -> NDArray[np.float64]:
        return np.bincount(platform[rated][chosen], _FADES ** later[chosen], minlength=size).astype(np.float64)

    liked, disliked = count(rating[rated] > _LIKED), count(rating[rated] <= _LIKED)
    uses = np.bincount(platform[~rated], minlength=size).astype(np.float64)
    newest = np.zeros(size)
    newest[platform[~rated]] = on_catalog[~rated] + 1.0  # events are in order, so the last assignment stays
    still = still_used(uses, newest, entries)
    ever = (liked + disliked + uses) > 0.0
    last = np.zeros(size)
    known = np.flatnonzero((uses > 0.0) & (able >= _ABLE))
    if len(known) > 1 and not rated.any():
        last[known[np.argmax(newest[known])]] = 1.0
    columns = (
        np.log1p(liked),
        liked > 0.0,
        np.log1p(disliked),
        disliked > 0.0,
        still,
        np.log1p(uses) * still,
        np.where(uses > 0.0, 1.0 - still, 0.0),
        last * still,
        ~ever & (ever & (able >= _ABLE)).any(),
    )
    return np.stack([np.asarray(column, dtype=np.float64) for column in columns], axis=1) * able[:, None]


def _later(platform: NDArray[np.int64], size: int) -> NDArray[np.float64]:
    """For each rating how many later ones its platform has."""
    seen = np.zeros(size)
    later = np.zeros(len(platform))
    for place in range(len(platform) - 1, -1, -1):
        later[place] = seen[platform[place]]
        seen[platform[place]] += 1.0
    return later
