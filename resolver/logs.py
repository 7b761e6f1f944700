"""Behaviour logs become Events, whatever their keys are called.

A list, or a dict of dicts, is a log when most of its entries record a call: a dict that names a tool or a platform and
says what was asked, with which arguments, when, or how it was liked; or a line of text that holds a call. Of a list
under a name that says so (``history``, ``log``) a name of a tool or platform, or plain text, is enough. A log without
times is read as oldest first; one in which every entry has a time is put in the order of time.
"""

from __future__ import annotations

import json
import re
from datetime import datetime, timezone
from typing import TYPE_CHECKING, NamedTuple

from resolver.calls import (
    ARGUMENT_KEYS,
    CALL_KEYS,
    NAMING_KEYS,
    ParsedCall,
    read_arguments,
    read_call,
    read_call_text,
    read_nested,
)
from resolver.names import key, words
from resolver.profile import Event, EventId
from resolver.ratings import Rating, read_rating, to_shares

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pydantic import JsonValue

__all__ = ["read_log"]

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
_TIME_KEYS = ("time", "timestamp", "datetime", "date", "createdat", "when", "at")
_RATING_KEYS = ("rating", "score", "feedback", "liked", "stars", "satisfaction", "reaction")
_LOG_NAME = re.compile(
    r"histor|(?:^|\W|_)logs?(?:$|\W|_)|behaviou?r|activit|interactions?$|past_|previous_", re.IGNORECASE
)
_MOSTLY = 0.6
_CLOCK = r"[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?"
_LEADING_TIME = re.compile(rf"^\s*[\[(]?(\d{{4}}-\d{{2}}-\d{{2}}(?:{_CLOCK})?)")
_EPOCH_TIME = re.compile(r"\d{9,13}(?:\.\d{1,9})?")
_CALENDAR_TIME = re.compile(
    r"(?P<year>\d{4})[-/.](?P<month>\d{2})[-/.](?P<day>\d{2})"
    r"(?:[T ](?P<clock>\d{2}:\d{2}(?::\d{2})?)(?P<fraction>\.\d+)? ?(?P<zone>Z|[+-]\d{2}:?\d{2})?)?"
)
_MILLISECONDS = 1e11  # seconds would be in the year 5138, milliseconds are in 1973
_TWO = 2


class _Entry(NamedTuple):
    """One entry of a log before ratings and order are known for the whole; ``sure`` that it records a call."""

    text: str = ""
    calls: tuple[ParsedCall, ...] = ()
    rating: Rating | None = None
    time: str | None = None
    context: dict[str, JsonValue] = {}  # noqa: RUF012  (never changed)
    sure: bool = False


def read_log(
    node: dict[str, JsonValue] | list[JsonValue], *, name: str, path: Callable[[int | str], str]
) -> list[Event]:
    """The Events of a node, or an empty list where it is no log.

    Args:
        node: Any dict or list of a profile.
        name: The key the node stood under, ``""`` at the top.
        path: The path of an entry by its index or key, which begins the Event's id.
    """
    items: list[tuple[int | str, JsonValue]]
    if isinstance(node, list):
        items = list(enumerate(node))
    elif len(node) >= _TWO and all(isinstance(child, dict) for child in node.values()):
        items = list(node.items())
    else:
        return []
    named = _LOG_NAME.search(name) is not None
    if not any(
        isinstance(item, dict | list) or (isinstance(item, str) and (named or "(" in item)) for _, item in items
    ):
        return []
    entries = [_entry(item, named=named) for _, item in items]
    recorded = sum(
        entry is not None
        and (any(call.tool for call in entry.calls) if isinstance(node, dict) else bool(entry.calls))
        and (named or entry.sure)
        for entry in entries
    )
    all_text = named and all(isinstance(item, str) and item.strip() for _, item in items)
    if recorded < _MOSTLY * len(items) and not all_text:
        return []
    return _events(items, entries, path)


def _events(
    items: Sequence[tuple[int | str, JsonValue]],
    entries: Sequence[_Entry | None],
    path: Callable[[int | str], str],
) -> list[Event]:
    shares = to_shares([entry.rating if entry else None for entry in entries])
    order = _order([entry.time if entry else None for entry in entries])
    events: list[Event] = []
    for position, index in enumerate(order):
        place, item = items[index]
        entry = entries[index] or _Entry(text=_plain(item))
        calls: tuple[ParsedCall | None, ...] = entry.calls or (None,)
        for number, call in enumerate(calls):
            events.append(
                Event(
                    id=EventId(path(place) + (f"#{number}" if len(calls) > 1 else "")),
                    text=entry.text or _described(call, entry.context),
                    platform=call.platform if call else None,
                    tool=call.tool if call else None,
                    arguments=dict(call.arguments) if call else {},
                    rating=shares[index],
                    order=position,
                    time=entry.time,
                    context=dict(entry.context),
                )
            )
    return events


def _entry(item: JsonValue, *, named: bool) -> _Entry | None:
    if isinstance(item, str):
        time = _LEADING_TIME.match(item)
        rest = item[time.end() :].lstrip(" ])-:,|") if time else item
        calls = tuple(read_call_text(rest))
        return _Entry(rest.strip(), calls, time=time[1] if time else None, sure=bool(calls))
    if isinstance(item, list) and named and len(item) == _TWO and isinstance(item[1], list | dict):
        return _Entry(calls=tuple(read_nested(item)), sure=True)
    return _entry_of_dict(item) if isinstance(item, dict) else None


def _entry_of_dict(item: dict[str, JsonValue]) -> _Entry:
    own = {key(name): name for name in item}
    used: set[str] = set()

    def first(names: tuple[str, ...], *types: type) -> JsonValue:
        """The first value of these types under any of the names; it is used up then."""
        for name in names:
            value = item[own[name]] if name in own else None
            if isinstance(value, types) and not (isinstance(value, bool) and bool not in types):
                used.add(own[name])
                return value
        return None

    calls = tuple(read_call(item))
    text = first(_TEXT_KEYS, str)
    time = first(_TIME_KEYS, str, int, float)
    rating = None
    for name in _RATING_KEYS:
        if name in own and (rating := read_rating(item[own[name]])) is not None:
            used.add(own[name])
            break
    nested = bool(calls) and any(name in own and read_nested(item[own[name]]) for name in (*CALL_KEYS, "function"))
    tool = any(call.tool for call in calls)
    platform = any(call.platform for call in calls)
    sure = nested or bool(text) or rating is not None or (tool and (platform or time is not None))
    sure = sure or (tool and any(name in own for name in ARGUMENT_KEYS))
    context: dict[str, JsonValue] = {
        name: value
        for name, value in item.items()
        if name not in used and value not in (None, "") and not _is_told(name, value, calls, nested=nested)
    }
    return _Entry(str(text or ""), calls, rating, None if time is None else str(time), context, sure)


def _is_told(name: str, value: JsonValue, calls: Sequence[ParsedCall], *, nested: bool) -> bool:
    """Whether a part of an entry is in its calls already."""
    part = key(name)
    if part in (*CALL_KEYS, "function") and nested:
        return [call.tool for call in read_nested(value)] == [call.tool for call in calls]
    if part in NAMING_KEYS and isinstance(value, str):
        return any(value.strip() in (call.platform, call.tool) for call in calls)
    if part in ARGUMENT_KEYS:
        arguments = read_arguments({part: value})
        return value in ({}, []) or any(arguments and call.arguments == arguments for call in calls)
    return False


def _described(call: ParsedCall | None, context: dict[str, JsonValue]) -> str:
    """The text of an entry that says nothing in words: its call, and what else it holds."""
    known = (f"{words(name)} {value}" for name, value in context.items() if isinstance(value, str | int | float))
    return " ".join(filter(None, (call.describe() if call else "", *known)))


def _plain(item: JsonValue) -> str:
    return item.strip() if isinstance(item, str) else json.dumps(item, ensure_ascii=False)


def _order(times: Sequence[str | None]) -> list[int]:
    """Indices in order of time where every entry has one that can be read, else as they stand.

    Entries of one time stay as they stand, or are turned round where the whole log runs from new to old.
    """
    stamps = [_stamp(time) for time in times]
    known = [stamp for stamp in stamps if stamp is not None]
    indices = range(len(times))
    if len(known) < len(stamps):
        return list(indices)
    newest_first = known[:1] > known[-1:] and known == sorted(known, reverse=True)
    return sorted(indices, key=lambda index: (known[index], -index if newest_first else index))


def _stamp(time: str | None) -> float | None:
    """Seconds since 1970; a time without zone is read as UTC."""
    text = (time or "").strip()
    if _EPOCH_TIME.fullmatch(text):
        number = float(text)
        return number / 1000.0 if number >= _MILLISECONDS else number
    found = _CALENDAR_TIME.fullmatch(text)
    if not found:
        return None
    zone = (found["zone"] or "Z").replace("Z", "+00:00").replace(":", "")
    try:
        moment = datetime.fromisoformat(
            f"{found['year']}-{found['month']}-{found['day']}T{found['clock'] or '00:00'}{zone[:3]}:{zone[3:]}"
        )
        seconds = (moment - datetime(1970, 1, 1, tzinfo=timezone.utc)).total_seconds()
    except (ValueError, OverflowError):
        return None
    return seconds + float(f"0{found['fraction'] or ''}")
