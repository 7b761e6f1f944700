"""Age, body and income of a profile, and whether a condition fits them."""

from __future__ import annotations

import math
from datetime import date

import pytest

from resolver import Profile
from resolver.conditions import Condition, read_conditions
from resolver.user_facts import Known, fulfils, measures_of_text, read_measures, traits_of_text

TODAY = date(2026, 6, 15)


def read(profile):
    return read_measures(Profile.from_json(profile, user="ada").facts, today=TODAY)


@pytest.mark.parametrize(
    ("profile", "low", "high"),
    [
        ({"Age": 16}, 16, 16),
        ({"basics": {"age_in_years": "41"}}, 41, 41),
        ({"age group": "25-34"}, 25, 34),
        ({"person": {"date_of_birth": "2009-06-16"}}, 16, 16),
        ({"person": {"date_of_birth": "2009-06-15"}}, 17, 17),
        ({"birth_year": 1990}, 36, 36),
        (["I am 70 years old and love hiking."], 70, 70),
    ],
)
def test_an_age_is_read_from_any_path_or_sentence(profile, low, high):
    assert read(profile)["age"][:2] == (low, high)


@pytest.mark.parametrize(
    "profile",
    [
        {"language": "Norse", "average": 12, "stage": 3},
        {"children": [{"name": "Bo", "age": 5}]},
        {"pet": {"age": 3}},
        {"age": True},
        {"age": "unknown"},
        {"age": -4},
        ["I am 5 minutes away from the station."],
    ],
)
def test_what_is_no_age_of_the_user_is_none(profile):
    assert "age" not in read(profile)


@pytest.mark.parametrize(
    ("profile", "bmi"),
    [
        ({"Height (cm)": 160, "Weight (kg)": 80}, 31.25),
        ({"height": "1.60 m", "weight": "80 kg"}, 31.25),
        ({"height": "5'11\"", "weight_lbs": 200}, 27.89),
        ({"bmi": 22.5, "height": 160, "weight": 80}, 22.5),
    ],
)
def test_the_body_mass_index_is_stated_or_computed(profile, bmi):
    assert read(profile)["bmi"].low == pytest.approx(bmi, abs=0.01)


def test_a_computed_measure_cites_what_it_was_computed_from():
    assert set(read({"height": 160, "weight": 80})["bmi"].sources) == {"height", "weight"}


@pytest.mark.parametrize(
    ("income", "low", "high"),
    [
        ("<3k", 0, 3_000),
        ("3k-10k", 3_000, 10_000),
        ("10-50k", 10_000, 50_000),
        (">50k", 50_000, math.inf),
        ("$3,200 per month", 3_200, 3_200),
        ("60,000 a year", 5_000, 5_000),
    ],
)
def test_an_income_is_a_band_a_month(income, low, high):
    assert read({"income": income})["income"][:2] == (low, high)


@pytest.mark.parametrize(
    ("income", "degree"), [("<3k", 1.0), ("low", 1.0), ("80k", 0.0), ("high", 0.0), ("medium", 0.0)]
)
def test_a_low_income_is_told_from_others(income, degree):
    (condition,) = read_conditions("low-income users")
    assert fulfils(read({"income": income}), condition) == degree


def test_a_measure_that_is_not_known_answers_nothing():
    assert fulfils({}, Condition("age", high=18)) is None


@pytest.mark.parametrize(("low", "high", "degree"), [(10, 17, 1.0), (18, 20, 0.0), (16, 20, 0.5)])
def test_a_band_fulfils_a_condition_by_its_share(low, high, degree):
    assert fulfils({"age": Known(low, high)}, Condition("age", high=18)) == degree


def test_an_age_is_read_from_what_the_speaker_says_of_himself():
    assert measures_of_text("I'm 19, can you book it?")["age"].low == 19
    assert measures_of_text("I'm on line 19 of the form") == {}


def test_what_a_sentence_denies_is_no_trait():
    assert traits_of_text("I have diabetes.") == [frozenset({"diabet"})]
    assert traits_of_text("I don't have diabetes.") == []
