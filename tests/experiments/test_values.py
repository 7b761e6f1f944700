import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments import same_value
from experiments._assignment import best_total
from experiments._moments import read_moment


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (3, 3.0),
        (0.1 + 0.2, 0.3),
        ("3", 3),
        ("3.0", 3),
        ("1,000", 1000),
        ("-2.5", -2.5),
        (10**400, 10**400),
        (True, "true"),
        (False, " False "),
        ("New  York\n", "new york"),
        ("STRASSE", "stra\u00dfe"),
        ("\uff21\uff22", "ab"),
        ("caf\u00e9", "cafe\u0301"),
        ("March 8, 2024", "2024-03-08"),
        ("Fri, 8 Mar 2024", "2024/3/8"),
        ("the 8th of March", "Mar. 8th"),
        ("25/12/2024", "12/25/2024"),
        ("10:30 am", "10:30"),
        ("10 p.m.", "22:00:00"),
        ("12 am", "midnight"),
        ("noon", "12:00 PM"),
        ("2024-03-08T10:30:00", "March 8, 2024 at 10:30 am"),
        ("10:30 am on March 8", "8 march, 10:30"),
        ("2024-03-08T10:30:00Z", "2024-03-08 10:30+00:00"),
        (["b", "A"], ["a", "b"]),
        (("a",), ["a"]),
        ([1, "2"], ["1", 2]),
        ([["a", "b"], []], [[], ["b", "a"]]),
        ({"n": "3", "d": "8 March 2024"}, {"d": "2024-03-08", "n": 3}),
        (None, None),
    ],
)
def test_values_of_one_meaning_are_the_same(one, other):
    assert same_value(one, other)
    assert same_value(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, True),
        (0, False),
        (1.0, True),
        ("1", True),
        ("yes", True),
        ("true", False),
        ("007", 7),
        ("3 kg", 3),
        ("", 0),
        ("1,00", 100),
        ("1.0", "1"),
        ("3.10", "3.1"),
        (3, 3.001),
        (10**400, 1.5),
        ("\u0663", 3),
        ("", None),
        ("None", None),
        (0, None),
        ("a", ["a"]),
        (["a", "a"], ["a"]),
        (["a", "a", "b"], ["a", "b", "b"]),
        ({"a": 1}, {"a": 1, "b": 2}),
        ({1: "a"}, {"1": "a"}),
        ([], {}),
        ("10:30", "10:30 pm"),
        ("03/08/2024", "2024-03-08"),
        ("2024-03-08", "2024-03-08 10:30"),
        ("March 8", "March 8, 2024"),
        ("Monday, March 8, 2024", "March 8, 2024"),
        ("2024-02-30", "2024-03-01"),
        ("0000-01-01", "January 1, 0000"),
        ("13 pm", "1 pm"),
        ("2024-03-08T10:30Z", "2024-03-08T10:30+02:00"),
        (b"a", "a"),
        (1 + 0j, 1),
    ],
)
def test_values_of_other_meaning_differ(one, other):
    assert not same_value(one, other)
    assert not same_value(other, one)


def test_items_that_each_fit_several_are_paired_where_a_greedy_pairing_fails():
    assert same_value([3, "3"], ["3.0", 3])
    assert same_value(["3", 3, "3.0"], [3, "3.0", 3.0])
    assert not same_value(["3", "3.0"], ["3.0", "3.00"])


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8) | st.dates().map(str),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(json_values)
def test_a_value_is_the_same_as_itself(value):
    assert same_value(value, value)


@given(json_values, json_values)
def test_sameness_is_symmetric(one, other):
    assert same_value(one, other) == same_value(other, one)


@given(st.lists(json_values, max_size=5), st.randoms())
def test_the_order_of_a_list_says_nothing(items, random):
    shuffled = list(items)
    random.shuffle(shuffled)
    assert same_value(items, shuffled)


@given(st.datetimes().map(lambda moment: moment.replace(microsecond=0)))
def test_a_date_and_time_is_one_moment_however_it_is_written(moment):
    iso = read_moment(moment.isoformat(" "))
    year = f"{moment.year:04d}"
    assert iso is not None
    assert iso == read_moment(f"{moment:%A, %B} {moment.day}, {year} at {moment:%I:%M:%S %p}".casefold())
    assert iso == read_moment(f"{moment:%H:%M:%S} on {moment.day} {moment:%b} {year}".casefold())


@given(st.text(max_size=80))
def test_any_text_is_a_moment_or_none(text):
    assert read_moment(text) is None or read_moment(text) == read_moment(text)


@given(st.integers(1, 4), st.integers(1, 4), st.data())
def test_the_assignment_is_the_best_of_all(rows, columns, data):
    weights = data.draw(
        st.lists(st.lists(st.integers(0, 9), min_size=columns, max_size=columns), min_size=rows, max_size=rows)
    )
    short = weights if rows <= columns else list(zip(*weights, strict=True))
    orders = itertools.permutations(range(max(rows, columns)), min(rows, columns))
    assert best_total(weights) == max(
        sum(row[place] for row, place in zip(short, order, strict=True)) for order in orders
    )
