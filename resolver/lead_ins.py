"""Words before and behind a value that say which parameter it is for: "from Paris", "at most 90"."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from resolver.coerce import stems

if TYPE_CHECKING:
    from collections.abc import Sequence

    from resolver.spans import Word

__all__ = ["BOUND_ROWS", "LEAD_IN_ROWS", "bounds_of", "lead_ins_of"]

# "from Paris": words before a value, and the parameters they announce
_LEAD_INS = (
    ("from", "origin from start departure depart pickup source sender checkin"),
    ("to", "destination to dest dropoff arrival end target recipient receiver delivery shipping"),
    ("until|till|through", "dropoff end return checkout until"),
    ("on|starting|departing", "start departure depart pickup checkin date day"),
    ("in|at|near|around|within", "city location place area region country address venue"),
    ("named|called|titled|name is", "name title"),
    ("by", "artist author director brand by"),
    ("using|with|via|by|through|pay with|paid by", "payment pay method"),
    ("for", "query search keyword term guest people party size count person"),
)
_DETERMINERS = frozenset(("the", "my", "a", "an", "our"))

LEAD_IN_ROWS: tuple[frozenset[str], ...] = tuple(frozenset(stems(asked)) for _, asked in _LEAD_INS)
"""By lead-in the stems in the names of the parameters that it announces."""

_BY_WORDS: dict[str, list[int]] = {}
for _number, (_words, _) in enumerate(_LEAD_INS):
    for _lead in _words.split("|"):
        _BY_WORDS.setdefault(_lead, []).append(_number)

_BOUNDS = (
    (
        re.compile(
            r"\b(?:at most|up to|(?:no|not|paying) more than|under|below|less than|within|max(?:imum)?(?: of)?)\s*$"
        ),
        re.compile(r"^\s*\w*\s*(?:or less|or under|or below|at most|at the outside|maximum|tops)\b"),
        frozenset(stems("max maximum upper limit budget until to")),
    ),
    (
        re.compile(r"\b(?:at least|no less than|from|over|above|minimum(?: of)?|min)\s*$"),
        re.compile(r"^\s*\w*\s*(?:or more|or above|at least|minimum)\b"),
        frozenset(stems("min minimum lower from")),
    ),
)
BOUND_ROWS: tuple[frozenset[str], ...] = tuple(known for _, _, known in _BOUNDS)
"""By bound the stems in the names of the parameters that it is for."""
_WINDOW = 24


def lead_ins_of(words: Sequence[Word], first: int) -> list[bool]:
    """Which lead-ins stand before the word of this number; a determiner may stand between."""
    rows = [False] * len(_LEAD_INS)
    place = first - 1
    if place >= 0 and words[place].text.lower() in _DETERMINERS:
        place -= 1
    if place >= 0:
        one = words[place].text.lower()
        two = f"{words[place - 1].text.lower()} {one}" if place else one
        for number in (*_BY_WORDS.get(one, ()), *_BY_WORDS.get(two, ())):
            rows[number] = True
    return rows


def bounds_of(text: str, start: int, end: int) -> list[bool]:
    """Which bounds stand before or behind a number."""
    before, behind = text[max(0, start - _WINDOW) : start].lower(), text[end : end + _WINDOW].lower()
    return [bool(leading.search(before) or trailing.search(behind)) for leading, trailing, _ in _BOUNDS]
