"""Does a request ask to be told something, or to have something done?

The English verbs of the two kinds tell ``search_trips`` from ``book_trip`` where both speak of the same things.
"""

from __future__ import annotations

import re
from typing import Literal

from resolver.names import words

__all__ = ["VERBS", "Action", "action_of_query", "action_of_tool"]

Action = Literal[-1, 0, 1]
"""1: look something up, -1: do something, 0: not clear."""

_LOOK_UP = frozenset(
    """find search explore browse look show list check see view get fetch retrieve lookup compare query track read know
    info information details""".split()  # noqa: SIM905 - prose reads better than quoted words
)
_DO = frozenset(
    """buy order purchase book reserve pay rent hire create add make send set schedule submit place update cancel delete
    remove return log play share write""".split()  # noqa: SIM905 - prose reads better than quoted words
)
_ASKS_TO_KNOW = frozenset(
    """find finding search searching explore exploring browse browsing look looking show list check see view know
    compare what which where who how available options""".split()  # noqa: SIM905 - prose reads better than quoted words
)
# "get", "make", "set", "place", "add" and "play" are said of both kinds
_ASKS_TO_DO = (_DO - {"make", "set", "return", "place", "add", "play", "share", "log"}) | {
    "buying",
    "booking",
    "ordering",
}
_WORD = re.compile(r"[a-z]+")
_OTHERS = frozenset(
    """apply arrange ask call change check charge confirm cook deliver download email exchange fix message modify move
    notify open organise organize plan post prepare put rate refill register remind renew repeat report request review
    ring sort start stop stream subscribe tell text transfer translate unsubscribe watch""".split()  # noqa: SIM905
)
VERBS = (_LOOK_UP - {"know", "info", "information", "details"}) | (_DO - {"make", "pay"}) | _OTHERS
"""Verbs with which a request may begin."""


def action_of_tool(name: str) -> Action:
    """What a tool's name says it does, by the first verb in it.

    >>> action_of_tool("getProductList"), action_of_tool("book_trip"), action_of_tool("weather")
    (1, -1, 0)
    """
    for word in words(name).split():
        if word in _DO:
            return -1
        if word in _LOOK_UP:
            return 1
    return 0


def action_of_query(text: str) -> Action:
    """What a query asks for, by the first verb or question word of either kind.

    >>> action_of_query("Find me a coat"), action_of_query("Buy two tickets"), action_of_query("My tooth hurts")
    (1, -1, 0)
    """
    for word in _WORD.findall(text.lower()):
        if word in _ASKS_TO_KNOW:
            return 1
        if word in _ASKS_TO_DO:
            return -1
    return 0
