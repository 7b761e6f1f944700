import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.actions import action_of_query, action_of_tool


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("getProductList", 1),
        ("search_trips", 1),
        ("book_trip", -1),
        ("createOrder", -1),
        ("getOrder", 1),
        ("weather", 0),
        ("", 0),
    ],
)
def test_a_tool_does_what_its_first_verb_says(name, expected):
    assert action_of_tool(name) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Find me a coat", 1),
        ("What is on?", 1),
        ("Buy two tickets", -1),
        ("I'd like booking a trip", -1),
        ("Oh", 0),
        ("\U0001f355", 0),
    ],
)
def test_a_query_asks_for_what_its_first_verb_says(text, expected):
    assert action_of_query(text) == expected


@given(st.text())
def test_any_text_is_judged(text):
    assert action_of_tool(text) in (-1, 0, 1)
    assert action_of_query(text) in (-1, 0, 1)
