"""What a query refers to in the log by its day: "cancel my flight of 12 August 2024".

Only requests that deal with something that is there already refer so: to cancel, move, return, rate or ask after it.
And the thing must be what is dealt with: "a taxi for my flight of 12 August" is about a taxi.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from indexes import analyse
from resolver.actions import action_of_tool
from resolver.coerce import coerce, stems
from resolver.moments import parse_day
from resolver.names import key, words
from resolver.offers import MEANT, USED, Offer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray
    from pydantic import JsonValue

    from resolver.moments import Day
    from resolver.profile import Event
    from resolver.reading import ParameterReading
    from resolver.records import Linked
    from resolver.text import TextReading

__all__ = ["Referred", "from_referred", "not_said", "other_platforms", "referred_event"]

_DEALS = (
    r"(?:cancel|call off|drop|undo|change|move|resche?dule|shift|postpone|extend|renew|return|refund|exchange|track"
    r"|trace|check(?:\s+(?:up\s+)?on)?|rate|review|repeat|look after|report|where(?:\s+is|['\u2019]s)?"
    r"|(?:status|rating|review) of)"
)
_THING = re.compile(
    rf"\b{_DEALS}\s+(?:my|our|the)\s+(?P<thing>(?:[\w'\u2019-]+\s+){{1,4}}?)(?P<link>of|from|on|for|dated)\s+(?:the\s+)?$",
    re.IGNORECASE,
)
_FARTHEST = 80
_NEW = frozenset(stems("new until end return"))
_IDENTIFIES = frozenset(("id", "identifier", "reference", "ref", "confirmation", "number", "code"))
_OF_BOOKINGS = frozenset(("booking", "order", "reservation", "appointment", "purchase", "delivery"))


class Referred(NamedTuple):
    """An event that a query refers to.

    Attributes:
        number: Of the event.
        start: Where its day stands in the query.
        end: Where that ends.
    """

    number: int
    start: int
    end: int


def referred_event(linked: Linked, reading: TextReading) -> Referred | None:
    """The one event of the log that a query deals with, named by what was called and its day; None without such a one.

    Of several of a day that counts by which something was done, if it is one.
    """
    if not linked.events:
        return None
    for span in reading.spans:
        if span.kind != "date" or (day := parse_day(span.text)) is None or day.year is None:
            continue
        before = reading.text[max(0, span.start - _FARTHEST) : span.start]
        named = _THING.search(before)
        if named is None:
            continue
        thing = frozenset(analyse(named["thing"]))
        found = [
            number
            for number, event in enumerate(linked.events)
            if event.tool and not thing.isdisjoint(analyse(words(event.tool))) and day in _days(event)
        ]
        done = [number for number in found if action_of_tool(linked.events[number].tool or "") != 1]
        if len(done) == 1:
            return Referred(done[0], span.start, span.end)
    return None


def other_platforms(linked: Linked, reading: TextReading, *, named: bool = False) -> NDArray[np.bool_] | None:
    """The platforms but the one of the event that a query refers to, ``(p,)``; None where it refers to none of them.

    A platform that the query has ``named`` counts more than the event's.
    """
    referred = referred_event(linked, reading)
    if referred is None or linked.event_platform[referred.number] < 0 or named:
        return None
    others: NDArray[np.bool_] = np.arange(linked.fact_platform.shape[1]) != linked.event_platform[referred.number]
    return others


def not_said(referred: Referred, reading: TextReading, parameters: Sequence[ParameterReading]) -> list[tuple[int, int]]:
    """The places of a query that say no value: the day of the event, unless it is all there is for a parameter."""
    days = sum(span.kind == "date" for span in reading.spans)
    taking = [wanted for wanted in parameters if "date" in wanted.tags and _NEW.isdisjoint(wanted.name)]
    if days == 1 and taking:
        return []
    return [(referred.start, referred.end)]


def from_referred(
    linked: Linked, referred: Referred, parameters: Sequence[ParameterReading]
) -> Iterator[tuple[int, Offer]]:
    """What the event holds for required parameters: what it is known by, and arguments of the same name.

    Its day and time are what it was found by, and no values; and what the query says of the others goes before them.
    """
    event = linked.events[referred.number]
    known_by = _known_by(event)
    for place, wanted in enumerate(parameters):
        if not wanted.parameter.required or not wanted.tags.isdisjoint(("date", "time")):
            continue
        name = key(wanted.parameter.name)
        held = next((value for own, value in event.arguments.items() if key(own) == name), None)
        is_id = wanted.parameter.type in ("string", "any") and _identifies(wanted.parameter.name)
        value = coerce(held if held is not None or not is_id else known_by, wanted.parameter)
        if value is not None:
            rank = MEANT if is_id else USED
            yield place, Offer(rank, value, "history", 0.9, "of what the query refers to", (event.id,))


def _known_by(event: Event) -> JsonValue:
    """What tells an event from others: an entry beside its call, or else an argument, that is named so."""
    for name, value in (*event.context.items(), *event.arguments.items()):
        if isinstance(value, str | int) and not isinstance(value, bool) and _identifies(name):
            return value
    return None


def _identifies(name: str) -> bool:
    """Whether a name is that of a booking's identifier ("reference", "booking_id", "order number"), of nothing else."""
    spoken = frozenset(words(name).lower().split())
    return not spoken.isdisjoint(_IDENTIFIES) and spoken <= _IDENTIFIES | _OF_BOOKINGS and spoken != {"number"}


def _days(event: Event) -> set[Day]:
    """The days that stand in an event's arguments; that of the event itself where none does."""
    read = [parse_day(value) for value in event.arguments.values() if isinstance(value, str)]
    found = {day for day in read if day is not None and day.year is not None}
    if not found and event.time and (day := parse_day(event.time[:10])) is not None:
        found = {day}
    return found
