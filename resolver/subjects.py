"""Whom does a statement speak of? "My neighbour never pays more than she must" tells nothing of the user's purse."""

from __future__ import annotations

import re

__all__ = ["speaks_of_another"]

# those for whom one orders as for oneself (a wife, a husband, the family) are none of them
_KIN = (
    r"(?:(?:grand|god|step)?(?:mother|father)|(?:grand)?(?:mum|mom|dad|ma|pa)|gran(?:ny|dad)?|nan"
    r"|(?:step|half[ -])?(?:brother|sister)|uncle|aunt(?:ie)?|cousin|nephew|niece|son|daughter|neighbou?r|friend"
    r"|colleague|co-?worker|boss|manager|flatmate|room-?mate|house-?mate|landlord|landlady|teacher|tenant|classmate|in-law|ex)"
)
_ANOTHER = re.compile(rf"\b(?:my|our)\s+(?:[\w-]+\s+){{0,2}}?{_KIN}(?:-in-law)?s?\b", re.IGNORECASE)
_ONESELF = re.compile(r"\b(?:I|i['\u2019]\w+|me|we|us|myself|ourselves|mine)\b", re.IGNORECASE)


def speaks_of_another(text: str) -> bool:
    """Whether a statement speaks of somebody whom the user knows, and not of the user.

    >>> speaks_of_another("My brother always takes the cheapest."), speaks_of_another("I do as my brother does.")
    (True, False)
    """
    return _ANOTHER.search(text) is not None and _ONESELF.search(text) is None
