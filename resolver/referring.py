"""What a query refers to in the log by its day: "my flight of 12 August", "the hamper from November 10th, 2024"."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from indexes import analyse
from resolver.coerce import coerce, stems
from resolver.moments import parse_day
from resolver.names import key, words
from resolver.offers import MEANT, Offer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray
    from pydantic import JsonValue

    from resolver.moments import Day
    from resolver.profile import Event
    from resolver.reading import ParameterReading
    from resolver.records import Linked
    from resolver.text import TextReading

__all__ = ["Referred", "from_referred", "other_platforms", "referred_event"]

_BEFORE = re.compile(
    r"\b(?:(?P<own>my|our)|the|that)\s+(?P<thing>(?:[\w'\u2019-]+\s+){1,4})(?P<link>of|from|on|for|dated)\s+(?:the\s+)?$",
    re.IGNORECASE,
)
_FARTHEST = 60
_NAMED = frozenset(stems("id identifier reference ref number code confirmation"))


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
    """The one event of the log that a query names by what was called and its day; None where it names none or several.

    "My" and "our" may stand with any preposition; with "the", only "of" and "from" say that it is something past: a
    table for the third is a new one.
    """
    if not linked.events:
        return None
    for span in reading.spans:
        if span.kind != "date" or (day := parse_day(span.text)) is None:
            continue
        before = _BEFORE.search(reading.text[max(0, span.start - _FARTHEST) : span.start])
        if before is None or not (before["own"] or before["link"].lower() in ("of", "from")):
            continue
        thing = frozenset(analyse(before["thing"]))
        found = [
            number
            for number, event in enumerate(linked.events)
            if event.tool
            and not thing.isdisjoint(analyse(words(event.tool)))
            and any(_same(day, own) for own in _days(event))
        ]
        if len(found) == 1:
            return Referred(found[0], span.start, span.end)
    return None


def other_platforms(linked: Linked, reading: TextReading) -> NDArray[np.bool_] | None:
    """The platforms but the one of the event that a query refers to, ``(p,)``; None where it refers to none of them."""
    referred = referred_event(linked, reading)
    if referred is None or linked.event_platform[referred.number] < 0:
        return None
    others: NDArray[np.bool_] = np.arange(linked.fact_platform.shape[1]) != linked.event_platform[referred.number]
    return others


def from_referred(
    linked: Linked, referred: Referred, parameters: Sequence[ParameterReading]
) -> Iterator[tuple[int, Offer]]:
    """What the event holds for parameters: arguments of the same name, and what it is known by.

    Its day and time are what it was found by, and no values.
    """
    event = linked.events[referred.number]
    for place, wanted in enumerate(parameters):
        if not wanted.parameter.required or not wanted.tags.isdisjoint(("date", "time")):
            continue
        value = coerce(_held(event, wanted), wanted.parameter)
        if value is not None:
            yield place, Offer(MEANT, value, "history", 0.9, "of what the query refers to", (event.id,))


def _held(event: Event, wanted: ParameterReading) -> JsonValue:
    """The value of an argument or of another entry with the parameter's name, or that both name as what tells it."""
    name = key(wanted.parameter.name)
    every = [*event.arguments.items(), *event.context.items()]
    for own, value in every:
        if key(own) == name:
            return value
    if not wanted.name.isdisjoint(_NAMED):
        for own, value in every:
            if not _NAMED.isdisjoint(stems(own)) and isinstance(value, str | int):
                return value
    return None


def _same(said: Day, day: Day) -> bool:
    """Whether a day is the one that is said, be it without a year."""
    return said[1:] == day[1:] and said.year in (None, day.year)


def _days(event: Event) -> set[Day]:
    """The days that stand in an event's arguments; that of the event itself where none does."""
    found = {
        day for value in event.arguments.values() if isinstance(value, str) and (day := parse_day(value)) is not None
    }
    if not found and event.time and (day := parse_day(event.time[:10])) is not None:
        found = {day}
    return found
