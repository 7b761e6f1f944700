"""How the user liked something, as logs write it: booleans, words, shares, and numbers on many scales."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, NamedTuple

from resolver.names import key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic import JsonValue

__all__ = ["Rating", "read_rating", "to_shares"]

_LIKED = frozenset(
    """like liked positive good great excellent yes up thumbsup accepted satisfied verysatisfied happy love loved true
    \U0001f44d""".split()  # noqa: SIM905 - prose reads better than quoted words
)
_DISLIKED = frozenset(
    """dislike disliked negative bad poor terrible no down thumbsdown rejected dissatisfied unsatisfied unhappy hate
    hated false \U0001f44e""".split()  # noqa: SIM905 - as above
)
_MIDDLING = frozenset({"neutral", "ok", "okay", "average", "mixed", "fine", "soso"})
_SHARE = re.compile(r"\s*(\d{1,9}(?:\.\d{1,9})?)\s*/\s*(\d{1,9}(?:\.\d{1,9})?)\s*")
_NUMBER = re.compile(r"\s*[-+]?\d{1,9}(?:\.\d{1,9})?\s*")
_PERCENT = re.compile(r"\s*(\d{1,3}(?:\.\d{1,9})?)\s?%\s*")
_SCALES = (5.0, 10.0, 100.0)
_LARGEST = 1e9


class Rating(NamedTuple):
    """A rating; ``share`` tells that it is in [0, 1] whatever the scale of the others in the log."""

    value: float
    share: bool


def read_rating(value: JsonValue) -> Rating | None:  # noqa: PLR0911 - one way of writing a rating each
    """A rating as it is written: booleans, words, "4/5" and "80%" are shares of 1; None where there is none.

    >>> read_rating(True), read_rating("disliked"), read_rating("4/5"), read_rating(3), read_rating("cold soup")
    (Rating(value=1.0, share=True), Rating(value=0.0, share=True), Rating(value=0.8, share=True), \
Rating(value=3.0, share=False), None)
    """
    if isinstance(value, bool):
        return Rating(float(value), share=True)
    if isinstance(value, int | float):
        return Rating(float(value), share=False) if abs(value) <= _LARGEST else None  # False for NaN too
    if not isinstance(value, str):
        return None
    if found := _SHARE.fullmatch(value):
        whole = float(found[2])
        return Rating(min(float(found[1]) / whole, 1.0), share=True) if whole else None
    if found := _PERCENT.fullmatch(value):
        return Rating(min(float(found[1]) / 100.0, 1.0), share=True)
    if _NUMBER.fullmatch(value):
        return Rating(float(value), share=False)
    word = key(value)
    for known, rating in ((_LIKED, 1.0), (_DISLIKED, 0.0), (_MIDDLING, 0.5)):
        if word in known:
            return Rating(rating, share=True)
    return None


def to_shares(ratings: Sequence[Rating | None]) -> list[float | None]:
    """The ratings of one log in [0, 1], by the smallest usual scale that holds all of its numbers.

    Usual are 0 to 1, -x to x (where any is negative), and up to 5, 10 or 100; a scale up to 5 or 10 begins at 1 unless
    a 0 was given.

    >>> to_shares([Rating(5, share=False), None, Rating(1, share=False), Rating(1.0, share=True)])
    [1.0, None, 0.0, 1.0]
    """
    numbers = [rating.value for rating in ratings if rating is not None and not rating.share]
    low, high = min(numbers, default=0.0), max(numbers, default=0.0)
    if low < 0.0:
        reach = max(-low, high)
        bottom, top = -reach, reach
    elif high <= 1.0:
        bottom, top = 0.0, 1.0
    else:
        top = next((scale for scale in _SCALES if high <= scale), high)
        bottom = 1.0 if low >= 1.0 and top <= _SCALES[1] else 0.0
    return [_share(rating, bottom, top) for rating in ratings]


def _share(rating: Rating | None, bottom: float, top: float) -> float | None:
    if rating is None or rating.share or not math.isfinite(rating.value):
        return rating.value if rating is not None and rating.share else None
    return min(max((rating.value - bottom) / (top - bottom), 0.0), 1.0)
