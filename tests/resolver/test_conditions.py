"""Phrases for people, read as conditions."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.conditions import read_conditions

INF = math.inf


def only(text):
    (condition,) = read_conditions(text)
    return condition


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("Users under the age of 18", -INF, 18),
        ("people younger than 21", -INF, 21),
        ("anyone below sixteen years", -INF, 16),
        ("under-18s", -INF, 18),
        ("guests over 65", 66, INF),
        ("members aged 65 or older", 65, INF),
        ("users 60+", 60, INF),
        ("60 years and above", 60, INF),
        ("at least 21 years old", 21, INF),
        ("children aged 8 to 12", 8, 13),
        ("skiers under 12", -INF, 12),
        ("registered members aged 25 and over", 25, INF),
        ("teenagers (13-16)", 13, 17),
        ("18+", 18, INF),
        ("persons under the legal drinking age", -INF, 18),
        ("minors", -INF, 18),
        ("elderly users", 60, INF),
        ("adults", 18, INF),
        ("teenagers", 13, 18),
    ],
)
def test_ages_are_read_as_intervals(text, low, high):
    condition = only(text)
    assert (condition.measure, condition.low, condition.high) == ("age", low, high)


@pytest.mark.parametrize(
    "text", ["Minors (under 16 years old)", "minors who are younger than 16", "Children under the age of 16"]
)
def test_a_stated_age_overrides_what_the_word_for_people_means(text):
    assert (only(text).low, only(text).high) == (-INF, 16)


@pytest.mark.parametrize(
    ("text", "measure", "low", "high"),
    [
        ("users with a BMI greater than 30", "bmi", 30, INF),
        ("overweight members", "bmi", 25, INF),
        ("anyone who weighs over 120 kg", "weight", 120, INF),
        ("riders heavier than 220 lbs", "weight", 99.79, INF),
        ("visitors shorter than 140 cm", "height", -INF, 140),
        ("visitors under 1.4 m", "height", -INF, 140),
        ("customers earning less than 2k per month", "income", -INF, 2000),
    ],
)
def test_body_and_income_are_read_in_one_unit(text, measure, low, high):
    condition = only(text)
    assert condition.measure == measure
    assert (condition.low, condition.high) == (pytest.approx(low, abs=0.01), pytest.approx(high, abs=0.01))


@pytest.mark.parametrize(("text", "band"), [("low-income members", "low"), ("people with a high income", "high")])
def test_a_band_of_income_stays_relative(text, band):
    assert (only(text).measure, only(text).relative) == ("income", band)


@pytest.mark.parametrize(
    ("text", "traits"),
    [
        ("customers with heart trouble", ["heart trouble"]),
        ("people who have been diagnosed with epilepsy or asthma", ["epilepsy", "asthma"]),
        ("certain medical conditions (e.g., low blood pressure)", ["low blood pressure"]),
        ("Students", ["students"]),
        ("residents of Norland", ["norland"]),
    ],
)
def test_other_words_for_people_are_traits(text, traits):
    assert [condition.trait for condition in read_conditions(text)] == traits


@pytest.mark.parametrize("text", ["", "all users", "our customers", "any of the members", "users with issues"])
def test_words_that_single_out_nobody_are_no_condition(text):
    assert read_conditions(text) == ()


@pytest.mark.parametrize(
    "text",
    [
        "orders over 50",
        "items under 20 kg",
        "trips of more than 30 minutes",
        "18+ content",
        "drivers with less than two years of experience",
    ],
)
def test_numbers_of_things_are_no_ages(text):
    assert [condition for condition in read_conditions(text) if condition.measure == "age"] == []


@given(st.integers(1, 119))
def test_under_and_over_an_age_leave_out_that_age(age):
    assert only(f"users under {age}").high == age
    assert only(f"users over {age}").low == age + 1
    assert only(f"users aged {age} and above").low == age


@given(st.text(max_size=200))
def test_any_text_is_read(text):
    assert isinstance(read_conditions(text), tuple)
