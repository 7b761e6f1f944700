from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.moments import Day, parse_day, parse_time, write_day, write_time


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("17.5.2026", Day(2026, 5, 17)),
        ("5.6.2026", Day(2026, 6, 5)),
        ("5/6/2026", Day(2026, 5, 6)),
        ("25/12/26", Day(2026, 12, 25)),
        ("2026-02-16", Day(2026, 2, 16)),
        ("2026-02-16T10:00:00Z", Day(2026, 2, 16)),
        ("18 February 2026", Day(2026, 2, 18)),
        ("Feb. 18", Day(None, 2, 18)),
        ("the 3rd of May", Day(None, 5, 3)),
        ("Sept 4, 2025", Day(2025, 9, 4)),
        ("29 Feb 2024", Day(2024, 2, 29)),
        ("29 February", Day(None, 2, 29)),
        ("29 Feb 2023", None),
        ("31 April", None),
        ("13/13/2026", None),
        ("0000-01-01", None),
        ("2026-02-163", None),
        ("the 10th", None),
        ("Friday", None),
        ("maybe 3", None),
        ("mart 3", None),
        ("", None),
        ("10.1.1.10", None),
    ],
)
def test_days_are_read(text, expected):
    assert parse_day(text) == expected


@given(
    st.dates(min_value=date(1000, 1, 1)), st.sampled_from(["%Y-%m-%d", "%d.%m.%Y", "%m/%d/%Y", "%B %d, %Y", "%d %b %Y"])
)
def test_a_written_day_is_read_back(day, form):
    assert parse_day(day.strftime(form)) == (day.year, day.month, day.day)


@pytest.mark.parametrize(
    ("hint", "expected"),
    [
        ("YYYY-MM-DD", "2026-03-09"),
        ("such as 2024/01/31", "2026/03/09"),
        ("yyyymmdd", "20260309"),
        ("MM/DD/YYYY", "03/09/2026"),
        ("DD/MM/YYYY", "09/03/2026"),
        ("DD.MM.YYYY", "09.03.2026"),
        ("MM-DD", "03-09"),
        ("The day", "March 9th, 2026"),
        ("", "March 9th, 2026"),
    ],
)
def test_a_day_is_written_in_the_form_of_the_hint(hint, expected):
    assert write_day("March 9th, 2026", hint) == expected


def test_a_day_without_year_is_not_given_one():
    assert write_day("March 9th", "YYYY-MM-DD") == "March 9th"
    assert write_day("March 9th", "MM-DD") == "03-09"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("7:30 pm", (19, 30)),
        ("7.30 p.m.", (19, 30)),
        ("7 PM", (19, 0)),
        ("12 am", (0, 0)),
        ("12 pm", (12, 0)),
        ("noon", (12, 0)),
        ("midnight", (0, 0)),
        ("13:45:20", (13, 45)),
        ("18:00 in the evening", (18, 0)),
        ("7 o'clock", (7, 0)),
        ("seven o\u2019clock in the evening", (19, 0)),
        ("quarter past six in the morning", (6, 15)),
        ("five in the afternoon", (17, 0)),
        ("half past seven", (7, 30)),
        ("half  past\nseven pm", (19, 30)),
        ("a quarter to nine", (8, 45)),
        ("ten to midnight", (23, 50)),
        ("quarter to one pm", (12, 45)),
        ("twenty-five past 4 in the afternoon", (16, 25)),
        ("9 at night", (21, 0)),
        ("2 at night", (2, 0)),
        ("12 at night", (0, 0)),
        ("15 pm", None),
        ("25:00", None),
        ("7:61", None),
        ("7", None),
        ("seven", None),
        ("7.30", None),
        ("noon pm", None),
        ("ten past ten past ten", None),
        ("75 past 3", None),
        ("soon", None),
        ("", None),
        ("half past " * 5_000, None),
    ],
)
def test_times_are_read(text, expected):
    assert parse_time(text) == expected


@given(st.times())
def test_a_written_time_is_read_back(time):
    assert parse_time(time.strftime("%H:%M")) == (time.hour, time.minute)
    assert parse_time(time.strftime("%I:%M %p")) == (time.hour, time.minute)


@pytest.mark.parametrize(
    ("text", "hint", "expected"),
    [
        ("quarter past six in the morning", "Start, HH:MM", "06:15"),
        ("5 pm", "24-hour clock", "17:00"),
        ("5 pm", "e.g. 13:45", "17:00"),
        ("5 pm", "Start", "5 pm"),
        ("soon", "HH:MM", "soon"),
    ],
)
def test_a_time_is_written_in_the_form_of_the_hint(text, hint, expected):
    assert write_time(text, hint) == expected


moments = st.text() | st.text(alphabet="0123456789:./- apmtoquerhlfsix'\u2019\u0663")


@given(moments, moments)
def test_any_text_is_a_moment_or_none(text, hint):
    day, time = parse_day(text), parse_time(text)
    assert day is None or (1 <= day.month <= 12 and 1 <= day.day <= 31)
    assert time is None or (0 <= time[0] < 24 and 0 <= time[1] < 60)
    assert write_day(text, hint) == text or day is not None
    assert write_time(text, hint) == text or time is not None


def test_text_that_already_looks_as_the_hint_asks_is_not_turned_round():
    for hint in ("DD/MM/YYYY", "MM/DD/YYYY"):
        assert write_day("06/10/2020", hint) == "06/10/2020"
    assert write_day("2026-10-06", "MM/DD/YYYY") == "10/06/2026"
