"""Whom does a statement speak of? "My neighbour never pays more than she must" tells nothing of the user's purse."""

from __future__ import annotations

import re

__all__ = ["speaks_of_another"]

# those for whom one orders as for oneself (a wife, a husband, children) are none of them
_KIN = (
    r"(?:(?:grand|god|step)?(?:mother|father)|(?:grand)?(?:mum|mom|dad|ma|pa)|gran(?:ny|dad)?|nan"
    r"|(?:step|half[ -])?(?:brother|sister)|uncle|aunt(?:ie)?|cousin|nephew|niece|neighbou?r|friend|colleague"
    r"|co-?worker|boss|manager|flatmate|room-?mate|house-?mate|landlord|landlady|teacher|tenant|classmate|ex)"
)
_ANOTHER = re.compile(
    r"(?:^\W*|[.;:,]\s+|\b(?:according to|says|said|(?:enough|sport|nothing) for|makes?) )(?:my|our)\s+"
    rf"(?:(?:best|old|older|elder|young|younger|big|little|late|dear|next-door|school)\s+){{0,2}}{_KIN}(?:-in-law)?s?\b",
    re.IGNORECASE,
)
"""Somebody as the subject of a clause, or as who says or feels something."""
_ONESELF = re.compile(r"\b(?:I|i['\u2019]\w+|me|we|(?-i:us)|myself|ourselves|mine)\b", re.IGNORECASE)


def speaks_of_another(text: str) -> bool:
    """Whether a statement speaks of somebody whom the user knows, and not of the user.

    >>> speaks_of_another("My brother always takes the cheapest."), speaks_of_another("I do as my brother does.")
    (True, False)
    """
    return _ANOTHER.search(text) is not None and _ONESELF.search(text) is None
