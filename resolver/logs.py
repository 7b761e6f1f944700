"""Behaviour logs become Events, whatever their keys are called.

A list is a log when most of its entries hold a call: a dict that names a tool or platform, or a line of text that holds
one. A list of text under a name that says so (``history``, ``log``) is a log too. A log without times is read as
oldest first; one in which every entry has a time is put in the order of time.
"""

from __future__ import annotations

import json
import re
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from resolver.calls import ParsedCall, read_call, read_call_text
from resolver.names import key
from resolver.profile import Event, EventId

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic import JsonValue

__all__ = ["read_log", "read_rating"]

_TEXT_KEYS = (
    "instruction",
    "query",
    "request",
    "utterance",
    "question",
    "prompt",
    "text",
    "message",
    "content",
    "task",
)
_TIME_KEYS = ("time", "timestamp", "datetime", "date", "created_at", "createdat", "when", "at")
_RATING_KEYS = ("rating", "score", "feedback", "liked", "stars", "satisfaction", "reaction")
_LOG_NAME = re.compile(
    r"histor|(?:^|\W|_)logs?(?:$|\W|_)|behaviou?r|activit|interactions?$|past_|previous_", re.IGNORECASE
)
_LIKED = {
    "like",
    "liked",
    "positive",
    "good",
    "yes",
    "up",
    "thumbsup",
    "accepted",
    "satisfied",
    "love",
    "loved",
    "true",
}
_DISLIKED = {
    "dislike",
    "disliked",
    "negative",
    "bad",
    "no",
    "down",
    "thumbsdown",
    "rejected",
    "dissatisfied",
    "hate",
    "hated",
    "false",
}
_MOSTLY = 0.6
_LEADING_TIME = re.compile(
    r"^\s*[\[(]?(\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?)"
)
_SCALES = (5.0, 10.0, 100.0)


def read_log(node: dict[str, JsonValue] | list[JsonValue], *, name: str, path: str) -> list[Event]:
    """The Events of a node, or an empty list where it is no log.

    Args:
        node: Any dict or list of a profile.
        name: The key the node stood under, ``""`` at the top.
        path: Its path, which begins the Events' ids.
    """
    if isinstance(node, dict) or not node:
        return []
    entries = [_entry(item) for item in node]
    called = sum(bool(entry and entry.calls) for entry in entries)
    texts_in_named_log = _LOG_NAME.search(name) is not None and all(isinstance(item, str) for item in node)
    if called < _MOSTLY * len(node) and not texts_in_named_log:
        return []
    rated = _ratings([entry.rating if entry else None for entry in entries])
    order = _order([entry.time if entry else None for entry in entries])
    events: list[Event] = []
    for position, index in enumerate(order):
        entry = entries[index] or _Entry(_plain(node[index]), (), None, None)
        calls: tuple[ParsedCall | None, ...] = entry.calls or (None,)
        for number, call in enumerate(calls):
            events.append(
                Event(
                    id=EventId(f"{path}[{index}]" + (f"#{number}" if len(calls) > 1 else "")),
                    text=entry.text or (call.describe() if call else ""),
                    platform=call.platform if call else None,
                    tool=call.tool if call else None,
                    arguments=dict(call.arguments) if call else {},
                    rating=rated[index],
                    order=position,
                    time=entry.time,
                )
            )
    return events


def read_rating(value: JsonValue) -> float | None:
    """A rating as a number on its own scale: booleans and words are 0 or 1, "4/5" is 0.8; None where there is none.

    >>> read_rating(True), read_rating("disliked"), read_rating("4/5"), read_rating(3)
    (1.0, 0.0, 0.8, 3.0)
    """
    if isinstance(value, bool | int | float):
        return float(value)
    if isinstance(value, str):
        if share := re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*/\s*(\d+(?:\.\d+)?)\s*", value):
            whole = float(share[2])
            return min(float(share[1]) / whole, 1.0) if whole else None
        if re.fullmatch(r"\s*-?\d+(?:\.\d+)?\s*", value):
            return float(value)
        word = key(value)
        return 1.0 if word in _LIKED else 0.0 if word in _DISLIKED else None
    return None


class _Entry:
    """One entry of a log before ratings and order are known for the whole."""

    __slots__ = ("calls", "rating", "text", "time")

    def __init__(self, text: str, calls: tuple[ParsedCall, ...], rating: float | None, time: str | None) -> None:
        self.text, self.calls, self.rating, self.time = text, calls, rating, time


def _entry(item: JsonValue) -> _Entry | None:
    if isinstance(item, str):
        time = _LEADING_TIME.match(item)
        rest = item[time.end() :].lstrip(" ])-:,|") if time else item
        return _Entry(rest.strip(), tuple(read_call_text(rest)), None, time[1] if time else None)
    if not isinstance(item, dict):
        return None
    lowered = {key(str(name)): value for name, value in item.items()}
    text = next((str(lowered[name]) for name in _TEXT_KEYS if isinstance(lowered.get(name), str)), "")
    time = next((str(lowered[k]) for k in map(key, _TIME_KEYS) if isinstance(lowered.get(k), str | int | float)), None)
    rating = next((r for k in _RATING_KEYS if (r := read_rating(lowered.get(k))) is not None), None)
    return _Entry(text, tuple(read_call(item)), rating, time)


def _plain(item: JsonValue) -> str:
    return item.strip() if isinstance(item, str) else json.dumps(item, ensure_ascii=False)


def _ratings(raw: Sequence[float | None]) -> list[float | None]:
    """Ratings of one log brought to [0, 1], by the smallest usual scale that holds them all."""
    given = [rating for rating in raw if rating is not None]
    if not given:
        return list(raw)
    low, high = min(given), max(given)
    if low >= 0.0 and high <= 1.0:
        return list(raw)
    if low < 0.0:
        reach = max(-low, high)
        return [None if rating is None else (rating / reach + 1.0) / 2.0 for rating in raw]
    top = next((scale for scale in _SCALES if high <= scale), high)
    bottom = 1.0 if low >= 1.0 and top <= _SCALES[1] else 0.0
    return [None if rating is None else (rating - bottom) / (top - bottom) for rating in raw]


def _order(times: Sequence[str | None]) -> list[int]:
    """Indices in order of time where every entry has one that can be read, else as they stand."""
    stamps = [_stamp(time) for time in times]
    if any(stamp is None for stamp in stamps):
        return list(range(len(times)))
    return sorted(range(len(times)), key=lambda index: (stamps[index], index))


def _stamp(time: str | None) -> float | None:
    if time is None:
        return None
    if re.fullmatch(r"\d{9,13}(?:\.\d+)?", time):
        number = float(time)
        return number / 1000.0 if number >= 1e11 else number  # noqa: PLR2004  (milliseconds from 1973 on)
    try:
        moment = datetime.fromisoformat(re.sub(r"Z$", "+00:00", time.strip()))
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).timestamp()
