"""Dates and times of day: read from text, written in the form that a schema asks for."""

from __future__ import annotations

import re
from calendar import monthrange
from typing import NamedTuple

from resolver.numerals import NUMBER_WORDS

__all__ = ["Day", "lacks_year", "parse_day", "parse_time", "write_day", "write_time"]

_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_ISO = re.compile(r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})(?!\d)")
_SLASHED = re.compile(r"(?P<month>\d{1,2})(?P<sign>[/.-])(?P<day>\d{1,2})(?:[/.-](?P<year>\d{4}|\d{2}))?")
_NAMED = re.compile(
    r"(?:the\s+)?(?:(?P<day1>\d{1,2})(?:st|nd|rd|th)?\s+(?:of\s+)?)?(?P<name>[a-z]{3,9})\.?"
    r"(?:\s+(?:the\s+)?(?P<day2>\d{1,2})(?:st|nd|rd|th)?)?(?:,?\s+(?P<year>\d{4}))?"
)
_HALF = (
    r"(?:[ap]\.?m\.?|in the (?P<part>morning|afternoon|evening)|(?P<night>at night)|o['\u2019]?clock"
    r"(?: (?:in the (?P<clock_part>morning|afternoon|evening)|(?P<clock_night>at night)))?)"
)
_TIME = re.compile(rf"(?P<hour>\d{{1,2}})(?:[:.](?P<minute>\d{{2}}))?(?::\d{{2}})? ?(?P<half>{_HALF})?")
_HOURS = "|".join(word for word, number in NUMBER_WORDS.items() if 1 <= number <= 12 and word != "dozen")  # noqa: PLR2004
_IN_WORDS = re.compile(rf"(?P<hour>{_HOURS}|noon|midnight) ?(?P<half>{_HALF})?")
_PAST = re.compile(
    r"(?:a )?(?P<minutes>half|quarter|twenty[ -]five|twenty|ten|five|\d{1,2})(?: minutes?)?"
    r" (?P<side>past|after|to|before) (?P<rest>.+)"
)
_DIGIT = re.compile(r"\d")
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
_NOON, _HOURS_OF_DAY, _MINUTES = 12, 24, 60
_FIRST_OF_NIGHT = 6
_LONGEST_TIME = 80
_CENTURY = 2000


class Day(NamedTuple):
    """A day of the calendar; the year may be unknown."""

    year: int | None
    month: int
    day: int


def parse_day(text: str) -> Day | None:
    """The day that a text writes down, or None.

    Of two numbers the first is the month, with dots between them the day, unless it cannot be.

    >>> parse_day("March 3rd, 2026"), parse_day("25/12/2026"), parse_day("next week")
    (Day(year=2026, month=3, day=3), Day(year=2026, month=12, day=25), None)
    """
    text = text.strip().lower()
    if found := _ISO.match(text):
        return _day(int(found["year"]), int(found["month"]), int(found["day"]))
    if found := _SLASHED.fullmatch(text):
        month, day = int(found["month"]), int(found["day"])
        if month > len(_MONTHS) or (found["sign"] == "." and day <= len(_MONTHS)):
            month, day = day, month
        stated = int(found["year"]) if found["year"] else None
        return _day(stated + _CENTURY if stated is not None and stated < 100 else stated, month, day)  # noqa: PLR2004
    if (found := _NAMED.fullmatch(text)) and (named := _month(found["name"])) and (found["day1"] or found["day2"]):
        year = int(found["year"]) if found["year"] else None
        return _day(year, named, int(found["day1"] or found["day2"]))
    return None


def write_day(text: str, hint: str) -> str:
    """A day in the form that a description hints at ("YYYY-MM-DD", or an example); as it was where neither is clear.

    Text that already looks so stays: whether "06/10/2020" is in June or October is then the writer's business.

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
            written = form.format(y=day.year, m=day.month, d=day.day)
            return text if _DIGIT.sub("0", text) == _DIGIT.sub("0", written) else written
    return text


def lacks_year(text: str, hint: str) -> bool:
    """Whether a text is a day without the year that a description asks for: no value of it, and no year to guess.

    >>> lacks_year("03-14", "Date as YYYY-MM-DD"), lacks_year("03-14", "Date as MM-DD"), lacks_year("03-14", "Date")
    (True, False, False)
    """
    day = parse_day(text)
    if day is None or day.year is not None:
        return False
    return next((needs_year for pattern, _, needs_year in _PATTERNS if pattern.search(hint)), False)


def parse_time(text: str) -> tuple[int, int] | None:  # noqa: PLR0911 - a form each
    """Hour and minute of a time of day, or None; a lone number of hours is none.

    >>> parse_time("7:30 pm"), parse_time("noon"), parse_time("19:30"), parse_time("soon")
    ((19, 30), (12, 0), (19, 30), None)
    >>> parse_time("quarter past six in the morning"), parse_time("five in the afternoon")
    ((6, 15), (17, 0))
    """
    text = " ".join(text.lower().split()) if len(text) <= _LONGEST_TIME else ""
    if text == "midday":
        return _NOON, 0
    if found := _PAST.fullmatch(text):
        return _shifted(found)
    if found := _TIME.fullmatch(text):
        if not found["half"] and (not found["minute"] or "." in text):  # "7.30" alone is a number
            return None
        return _of_day(int(found["hour"]), int(found["minute"] or 0), found)
    if found := _IN_WORDS.fullmatch(text):
        if found["hour"] in ("noon", "midnight"):
            return None if found["half"] else ((_NOON if found["hour"] == "noon" else 0), 0)
        return _of_day(NUMBER_WORDS[found["hour"]], 0, found) if found["half"] else None
    return None


def _shifted(found: re.Match[str]) -> tuple[int, int] | None:
    """The hour of "quarter to seven pm", moved by its minutes."""
    rest, minutes = found["rest"], found["minutes"]
    hour = parse_time(rest) or parse_time(f"{rest} o'clock")
    shift = {"half": 30, "quarter": 15, "twenty five": 25, "twenty-five": 25}.get(minutes) or NUMBER_WORDS.get(minutes)
    shift = shift if shift is not None else int(minutes)
    if hour is None or hour[1] or shift >= _MINUTES:
        return None
    total = hour[0] * _MINUTES + (shift if found["side"] in ("past", "after") else -shift)
    return (total // _MINUTES) % _HOURS_OF_DAY, total % _MINUTES


def _of_day(hour: int, minute: int, found: re.Match[str]) -> tuple[int, int] | None:
    half = found["half"] or ""
    part = found["part"] or found["clock_part"]
    at_night = found["night"] or found["clock_night"]
    if half.startswith("p") or part in ("afternoon", "evening") or (at_night and hour >= _FIRST_OF_NIGHT):
        late: bool | None = hour != _NOON or not at_night
    else:
        late = False if half.startswith("a") or part or at_night else None
    if late is not None and not 1 <= hour <= _NOON:
        # "7 in the evening" is 19:00, "18:00 in the evening" needs no help, "15 am" is nothing
        return (hour, minute) if part and _NOON < hour < _HOURS_OF_DAY and late and minute < _MINUTES else None
    if late is not None:
        hour = hour % _NOON + (_NOON if late else 0)
    return (hour, minute) if hour < _HOURS_OF_DAY and minute < _MINUTES else None


def write_time(text: str, hint: str) -> str:
    """A time of day as 24 hours where the description hints at that ("HH:MM", "13:45"), else as it was.

    >>> write_time("7:30 pm", "Start, HH:MM"), write_time("7:30 pm", "Start")
    ('19:30', '7:30 pm')
    """
    time = parse_time(text)
    return f"{time[0]:02d}:{time[1]:02d}" if time and _CLOCK_24.search(hint) else text


def _month(name: str) -> int | None:
    """The month of a name of three letters or more: "mar", "sept", never "mart"."""
    return next((place + 1 for place, month in enumerate(_MONTHS) if month.startswith(name)), None)


def _day(year: int | None, month: int, day: int) -> Day | None:
    leap_year = 2024  # a day without a year may be in a leap year
    if year == 0 or not 1 <= month <= len(_MONTHS) or not 1 <= day <= monthrange(year or leap_year, month)[1]:
        return None
    return Day(year, month, day)
