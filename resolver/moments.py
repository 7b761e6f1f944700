"""Dates and times of day: read from text, written in the form that a schema asks for."""

from __future__ import annotations

import re
from typing import NamedTuple

__all__ = ["Day", "parse_day", "parse_time", "write_day", "write_time"]

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ISO = re.compile(r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})")
_SLASHED = re.compile(r"(?P<month>\d{1,2})[/.-](?P<day>\d{1,2})(?:[/.-](?P<year>\d{4}|\d{2}))?")
_NAMED = re.compile(
    r"(?:the\s+)?(?:(?P<day1>\d{1,2})(?:st|nd|rd|th)?\s+(?:of\s+)?)?(?P<name>[a-z]{3,9})\.?"
    r"(?:\s+(?:the\s+)?(?P<day2>\d{1,2})(?:st|nd|rd|th)?)?(?:,?\s+(?P<year>\d{4}))?"
)
_TIME = re.compile(
    r"(?P<hour>\d{1,2})(?::(?P<minute>\d{2}))?(?::\d{2})?\s*(?P<half>[ap]\.?m\.?|o'clock)?", re.IGNORECASE
)
_PATTERNS = (
    (re.compile(r"\bY{4}-MM-DD\b|\b\d{4}-\d{2}-\d{2}\b", re.IGNORECASE), "{y:04d}-{m:02d}-{d:02d}", True),
    (re.compile(r"\bY{4}/MM/DD\b|\b\d{4}/\d{2}/\d{2}\b", re.IGNORECASE), "{y:04d}/{m:02d}/{d:02d}", True),
    (re.compile(r"\bY{4}MMDD\b", re.IGNORECASE), "{y:04d}{m:02d}{d:02d}", True),
    (re.compile(r"\bMM/DD/Y{4}\b", re.IGNORECASE), "{m:02d}/{d:02d}/{y:04d}", True),
    (re.compile(r"\bDD/MM/Y{4}\b", re.IGNORECASE), "{d:02d}/{m:02d}/{y:04d}", True),
    (re.compile(r"\bDD\.MM\.Y{4}\b", re.IGNORECASE), "{d:02d}.{m:02d}.{y:04d}", True),
    (re.compile(r"\bMM-DD\b|(?<![\d-])\d{2}-\d{2}(?![\d-])", re.IGNORECASE), "{m:02d}-{d:02d}", False),
)
_CLOCK_24 = re.compile(r"\bHH:MM\b|\b24[- ]hour|\b(?:1[3-9]|2[0-3]|0\d):\d{2}\b(?!\s*[ap]m)", re.IGNORECASE)
_NOON, _MIDNIGHT = 12, 0
_CENTURY = 2000


class Day(NamedTuple):
    """A day of the calendar; the year may be unknown."""

    year: int | None
    month: int
    day: int


def parse_day(text: str) -> Day | None:
    """The day that a text writes down, or None; of two slashed numbers the first is the month unless it cannot be.

    >>> parse_day("March 3rd, 2026"), parse_day("25/12/2026"), parse_day("next week")
    (Day(year=2026, month=3, day=3), Day(year=2026, month=12, day=25), None)
    """
    text = text.strip().lower()
    if found := _ISO.match(text):
        return _day(int(found["year"]), int(found["month"]), int(found["day"]))
    if found := _SLASHED.fullmatch(text):
        month, day = int(found["month"]), int(found["day"])
        if month > len(_MONTHS):
            month, day = day, month
        year = int(found["year"]) if found["year"] else None
        return _day(year + _CENTURY if year is not None and year < 100 else year, month, day)  # noqa: PLR2004
    if (found := _NAMED.fullmatch(text)) and found["name"][:3] in _MONTHS and (found["day1"] or found["day2"]):
        year = int(found["year"]) if found["year"] else None
        return _day(year, _MONTHS.index(found["name"][:3]) + 1, int(found["day1"] or found["day2"]))
    return None


def write_day(text: str, hint: str) -> str:
    """A day in the form that a description hints at ("YYYY-MM-DD", or an example); as it was where neither is clear.

    >>> write_day("March 3rd, 2026", "Date as YYYY-MM-DD"), write_day("March 3rd", "Date as YYYY-MM-DD")
    ('2026-03-03', 'March 3rd')
    """
    day = parse_day(text)
    if day is None:
        return text
    for pattern, form, needs_year in _PATTERNS:
        if pattern.search(hint):
            if day.year is None and needs_year:
                return text
            return form.format(y=day.year, m=day.month, d=day.day)
    return text


def parse_time(text: str) -> tuple[int, int] | None:
    """Hour and minute of a time of day, or None.

    >>> parse_time("7:30 pm"), parse_time("noon"), parse_time("19:30"), parse_time("soon")
    ((19, 30), (12, 0), (19, 30), None)
    """
    text = text.strip().lower()
    if text in ("noon", "midday", "midnight"):
        return (_MIDNIGHT if text == "midnight" else _NOON), 0
    found = _TIME.fullmatch(text)
    if not found or not (found["minute"] or found["half"]):
        return None
    hour, minute = int(found["hour"]), int(found["minute"] or 0)
    half = (found["half"] or "")[:1].lower()
    if half in ("a", "p"):
        if not 1 <= hour <= _NOON:
            return None
        hour = hour % _NOON + (_NOON if half == "p" else 0)
    return (hour, minute) if hour < 24 and minute < 60 else None  # noqa: PLR2004


def write_time(text: str, hint: str) -> str:
    """A time of day as 24 hours where the description hints at that ("HH:MM", "13:45"), else as it was.

    >>> write_time("7:30 pm", "Start, HH:MM"), write_time("7:30 pm", "Start")
    ('19:30', '7:30 pm')
    """
    time = parse_time(text)
    return f"{time[0]:02d}:{time[1]:02d}" if time and _CLOCK_24.search(hint) else text


def _day(year: int | None, month: int, day: int) -> Day | None:
    lengths = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
    if not (1 <= month <= len(_MONTHS) and 1 <= day <= lengths[month - 1]):
        return None
    return Day(year, month, day)
