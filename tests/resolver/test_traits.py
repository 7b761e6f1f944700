"""Numbers about a person or a moment are read as words, in the units they come in."""

import pytest

from resolver import Profile
from resolver.traits import is_number, read_traits


def phrases(data):
    return [trait.phrase for trait in read_traits(Profile.from_json(data, user="ada").facts)]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"age": 9}, ["a child"]),
        ({"Age": "15 years"}, ["a teenager"]),
        ({"person": {"age": 18}}, ["a young person"]),
        ({"age": 60}, ["an elderly person"]),
        ({"age": -3}, []),
        ({"age": "unknown"}, []),
        ({"age": True}, []),
        ({"page": 71, "wage": 20}, []),
        ({"height (cm)": 180, "weight (kg)": 55}, ["an underweight person"]),
        ({"height": 1.6, "weight": 80}, ["an obese person"]),
        ({"height (in)": 70, "weight (lbs)": 154}, ["a person of normal weight"]),
        ({"height (cm)": 180}, []),
        ({"height": 0, "weight": 80}, []),
        ({"hour": 3}, ["at night"]),
        ({"time of day": 23}, ["at night"]),
        ({"local time": "08:30"}, ["in the morning"]),
        ({"local time": "8 pm"}, ["in the evening"]),
        ({"local time": "12 am"}, ["at night"]),
        ({"time zone": "UTC"}, []),
        ({"screen time": 25}, []),
        ({"battery": 7}, ["low battery"]),
        ({"battery": "85%"}, ["high battery"]),
        ({"battery": 0.2}, ["low battery"]),
    ],
)
def test_a_number_is_read_as_what_it_says(data, expected):
    assert phrases(data) == expected


def test_a_trait_names_the_facts_it_is_read_from():
    facts = Profile.from_json({"weight": 70, "name": "Ada", "height": 175}, user="ada").facts
    (trait,) = read_traits(facts)
    assert sorted(facts[number].path for number in trait.facts) == ["height", "weight"]


def test_statements_are_no_numbers():
    facts = Profile.from_json({"age": 71, "note": "I am 71 and like my age.", "vip": True}, user="ada").facts
    assert [fact.path for fact in facts if is_number(fact)] == ["age"]
    assert len(read_traits(facts)) == 1
