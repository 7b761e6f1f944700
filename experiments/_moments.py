"""Dates and times as they are written in English and in ISO 8601, read by meaning."""

from __future__ import annotations

import datetime as dt
import re
from typing import NamedTuple

__all__ = ["Moment", "read_moment"]

_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTH = "|".join([*_MONTHS, *(f"{month[:3]}\\.?" for month in _MONTHS), "sept\\.?"])
_WEEKDAY = "|".join([*_WEEKDAYS, *(f"{day[:3]}\\.?" for day in _WEEKDAYS)])
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?:,? (?P<year>\d{4}))?"
_LEAD = rf"(?:(?P<weekday>{_WEEKDAY}),? )?(?:the )?"

_DATES = tuple(
    re.compile(pattern, re.ASCII)
    for pattern in (
        r"(?P<year>\d{4})(?P<mark>[-/.])(?P<month>\d{1,2})(?P=mark)(?P<day>\d{1,2})",
        r"(?P<first>\d{1,2})(?P<mark>[-/.])(?P<second>\d{1,2})(?P=mark)(?P<year>\d{4})",
        rf"{_LEAD}(?P<month>{_MONTH}) (?:the )?{_DAY}{_YEAR}",
        rf"{_LEAD}{_DAY}(?: of)? (?P<month>{_MONTH}){_YEAR}",
    )
)
_TIME = re.compile(
    r"(?P<hour>\d{1,2})(?::(?P<minute>\d{2}))?(?::(?P<second>\d{2})(?:\.0+)?)?"
    r" ?(?:(?P<half>am|pm|a\.m\.?|p\.m\.?))?(?P<zone>z| ?utc|[-+]\d{2}:?\d{2})?",
    re.ASCII,
)
_BETWEEN = re.compile(r",? at |,? on |, | |(?<=\d)t(?=\d)")
_LONGEST = 60


class Moment(NamedTuple):
    """A day, a time of day, or both. What was not said is None; a day may lack its year."""

    year: int | None = None
    month: int | None = None
    day: int | None = None
    second_of_day: int | None = None
    offset: int | None = None  # minutes east of UTC


def read_moment(text: str) -> Moment | None:
    """The day and time that a normalised (case-folded, single-spaced) text denotes, if it denotes nothing else.

    Read are ``2024-03-08``, ``march 8, 2024``, ``fri, 8 mar 2024``, ``the 8th of march`` (without a year), ``10:30``,
    ``10:30 am``, ``10 p.m.``, ``noon``, ``midnight``, ``22:30:00``, and a day with a time in either order, also with
    an ISO offset. Not read: a numeric day and month that could be either (``03/08/2024``), a weekday that contradicts
    its date or has no year, a bare number, a relative word.

    >>> read_moment("march 8, 2024") == read_moment("2024-03-08")
    True
    >>> read_moment("03/08/2024") is None
    True
    """
    if len(text) > _LONGEST:
        return None
    if alone := _day(text) or _time(text):
        return alone
    for gap in _BETWEEN.finditer(text):
        left, right = text[: gap.start()], text[gap.end() :]
        day, time = (_day(left), _time(right)) if _day(left) else (_day(right), _time(left))
        if day and time:
            return day._replace(second_of_day=time.second_of_day, offset=time.offset)
    return None


def _day(text: str) -> Moment | None:
    found = next((match for pattern in _DATES if (match := pattern.fullmatch(text))), None)
    if found is None:
        return None
    part = found.groupdict()
    if "first" in part:
        month, day = int(part["first"]), int(part["second"])
        if month > len(_MONTHS):
            month, day = day, month
        elif day <= len(_MONTHS) and month != day:
            return None  # either could be the month
    else:
        month = int(part["month"]) if part["month"].isdigit() else _month(part["month"])
        day = int(part["day"])
    year = int(part["year"]) if part["year"] else None
    try:
        date = dt.date(2000 if year is None else year, month, day)  # 2000 has a 29 February
    except ValueError:
        return None
    weekday = part.get("weekday")
    if weekday and (year is None or not _WEEKDAYS[date.weekday()].startswith(weekday.rstrip("."))):
        return None
    return Moment(year=year, month=month, day=day)


def _month(name: str) -> int:
    return next(number for number, month in enumerate(_MONTHS, 1) if month.startswith(name.rstrip(".")[:3]))


def _time(text: str) -> Moment | None:
    if text in ("noon", "midnight"):
        return Moment(second_of_day=12 * 3600 if text == "noon" else 0)
    found = _TIME.fullmatch(text)
    if found is None or not (found["minute"] or found["half"]):
        return None
    hour, minute, second = (int(found[part] or 0) for part in ("hour", "minute", "second"))
    if found["half"]:
        if not 1 <= hour <= 12:  # noqa: PLR2004
            return None
        hour = hour % 12 + (12 if found["half"].startswith("p") else 0)
    try:
        dt.time(hour, minute, second)
    except ValueError:
        return None
    return Moment(second_of_day=(hour * 60 + minute) * 60 + second, offset=_offset(found["zone"]))


def _offset(zone: str | None) -> int | None:
    if not zone:
        return None
    if zone.strip() in ("z", "utc"):
        return 0
    minutes = int(zone[1:3]) * 60 + int(zone[-2:])
    return -minutes if zone.startswith("-") else minutes
