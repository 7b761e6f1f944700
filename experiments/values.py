"""Whether two values mean the same to a careful reader; the comparison of the strict score.

============================  ====================================================================================
predicted and accepted        equal when
============================  ====================================================================================
number, number                the values are equal (3 and 3.0), decimals up to a relative 1e-9
boolean, boolean              equal; a boolean is never a number
text, text                    equal after NFKC, case folding and collapsing white space; or both are the same date
                              and time (``March 8, 2024`` and ``2024-03-08``, ``10:30 am`` and ``10:30``)
number, text                  the text is the plain decimal numeral of that number (``"3"``, ``"3.0"``, ``"1,000"``);
                              not ``"007"`` or ``"3 kg"``
boolean, text                 the text is ``true`` or ``false`` in any case; ``yes`` and ``1`` are other values
list, list                    equal as multisets: order says nothing, repetition does; a tuple is a list
object, object                the same keys, and equal values under each
None, None                    always
============================  ====================================================================================

Everything else differs: a list from its only element, None from an empty text, a day from a day with a time.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from typing import TYPE_CHECKING, TypeGuard

from experiments._assignment import best_total
from experiments._moments import read_moment

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["normal_text", "same_value"]

_NUMERAL = re.compile(r"[-+]?(?:0|[1-9]\d*|[1-9]\d{0,2}(?:,\d{3})+)(?:\.\d+)?", re.ASCII)
_LONGEST_NUMERAL = 400  # beyond, no float holds the value
_TOLERANCE = 1e-9
_TRUTH = {"true": True, "false": False}


def same_value(predicted: object, accepted: object) -> bool:
    """Whether both values mean the same, by the table above; symmetric.

    >>> same_value("  New  York", "new york"), same_value("3", 3), same_value(["b", "a"], ["a", "b"])
    (True, True, True)
    >>> same_value(1, True), same_value("007", 7), same_value(["a"], "a")
    (False, False, False)
    """
    if isinstance(predicted, bool) or isinstance(accepted, bool):
        left, right = _truth(predicted), _truth(accepted)
        return left is not None and left is right
    if isinstance(predicted, str) and isinstance(accepted, str):
        return _same_text(normal_text(predicted), normal_text(accepted))
    if isinstance(predicted, list | tuple) and isinstance(accepted, list | tuple):
        return _same_items(predicted, accepted)
    if isinstance(predicted, dict) and isinstance(accepted, dict):
        return predicted.keys() == accepted.keys() and all(
            same_value(predicted[key], accepted[key]) for key in accepted
        )
    if _is_number(predicted) or _is_number(accepted):
        return _same_number(_number(predicted), _number(accepted))
    return predicted is None and accepted is None


def normal_text(text: str) -> str:
    """The text in NFKC, case-folded, with single spaces.

    >>> normal_text("  ＣＡＦÉ   x ")
    'café x'
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return " ".join(folded.split())


def _same_text(predicted: str, accepted: str) -> bool:
    if predicted == accepted:
        return True
    moment = read_moment(predicted)
    return moment is not None and moment == read_moment(accepted)


def _same_items(predicted: Sequence[object], accepted: Sequence[object]) -> bool:
    if len(predicted) != len(accepted):
        return False
    # Equal texts relate to everything else alike, so pairing them off first loses no solution.
    texts = Counter(normal_text(item) for item in predicted if isinstance(item, str))
    shared = texts & Counter(normal_text(item) for item in accepted if isinstance(item, str))
    left, right = _without(predicted, shared), _without(accepted, shared)
    return best_total([[int(same_value(own, other)) for other in right] for own in left]) == len(left)


def _without(items: Sequence[object], texts: Counter[str]) -> list[object]:
    left = Counter(texts)
    kept: list[object] = []
    for item in items:
        normal = normal_text(item) if isinstance(item, str) else None
        if normal is not None and left[normal] > 0:
            left[normal] -= 1
        else:
            kept.append(item)
    return kept


def _truth(value: object) -> bool | None:
    if isinstance(value, str):
        return _TRUTH.get(normal_text(value))
    return value if isinstance(value, bool) else None


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _number(value: object) -> int | float | None:
    if _is_number(value):
        return value
    text = normal_text(value) if isinstance(value, str) and len(value) <= _LONGEST_NUMERAL else ""
    if not _NUMERAL.fullmatch(text):
        return None
    text = text.replace(",", "")
    return float(text) if "." in text else int(text)


def _same_number(left: float | None, right: float | None) -> bool:
    if left is None or right is None:
        return False
    if isinstance(left, int) and isinstance(right, int):
        return left == right
    try:
        return math.isclose(left, right, rel_tol=_TOLERANCE)
    except OverflowError:  # an integer that no float holds
        return left == right
