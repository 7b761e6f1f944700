"""Facts in a prompt: together what stood together, and none is lost."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from resolver import Fact, Profile
from resolver.fact_lines import fact_lines


def lines_of(*facts):
    return [json.loads(line) for line in fact_lines(facts)]


def fact(path, value="v", *, number=0, **more):
    return Fact(id=f"{path}#{number}", path=path, value=value, text="text", **more)


def profile_lines(data):
    return lines_of(*Profile.from_json(data, user="ada").facts)


def leaves(node):
    if isinstance(node, dict | list):
        return [leaf for child in (node.values() if isinstance(node, dict) else node) for leaf in leaves(child)]
    return [node]


def test_each_topmost_name_has_a_line():
    assert profile_lines({"name": "Ada", "phone": "555"}) == [{"name": "Ada"}, {"phone": "555"}]


def test_what_stands_below_one_name_stands_together():
    home = {"street": "Elm St", "code": {"door": 12, "garage": 7}}
    assert profile_lines({"home": home}) == [{"home": home}]


def test_statements_of_a_list_at_the_top_are_a_line_each():
    assert profile_lines(["I like tea.", "I never eat meat."]) == ["I like tea.", "I never eat meat."]


def test_entries_of_a_list_at_the_top_keep_their_names():
    assert profile_lines([{"pet": "cat", "age": 3}, {"pet": "dog"}]) == [{"pet": "cat", "age": 3}, {"pet": "dog"}]


def test_of_a_list_the_entries_that_are_left_keep_their_order():
    facts = [fact("likes[10]", "tea"), fact("likes[2]", "soup")]
    assert lines_of(*facts) == [{"likes": ["soup", "tea"]}]


def test_names_with_dots_and_quotes_are_one_step():
    data = {"a.b": {'"c"[0]': 1, "é": 2}, "": {" ": 3}}
    assert profile_lines(data) == [{"a.b": data["a.b"]}, {"": data[""]}]


def test_the_time_for_which_a_fact_holds_stands_beside_its_value():
    shown = lines_of(fact("phone", "555", valid_from="2024-01-01"), fact("city", "Ulm", valid_to="2025-01-01"))
    assert shown == [{"phone": {"value": "555", "from": "2024-01-01"}}, {"city": {"value": "Ulm", "to": "2025-01-01"}}]


def test_a_value_that_is_a_mapping_stays_as_it_is():
    assert lines_of(fact("size", {"0": "s", "1": "m"})) == [{"size": {"0": "s", "1": "m"}}]


def test_facts_of_one_path_are_all_there():
    assert lines_of(fact("phone", "old"), fact("phone", "new", number=1)) == [{"phone": "old"}, {"phone": "new"}]


@pytest.mark.parametrize(
    "paths", [("a.b", "a"), ("a", "a.b"), ("a[0]", 'a["0"]'), ("a[0]", "a.b"), ("a.b.c", "a.b[1]")]
)
def test_facts_whose_paths_are_at_odds_are_all_there(paths):
    assert sorted(leaves(lines_of(*(fact(path, number) for number, path in enumerate(paths))))) == [0, 1]


@pytest.mark.parametrize(
    "path", ["", ".", "a..b", "[x]", '["\\x"]', '["\n"]', "a[0", f"[{'9' * 5_000}]", "a." * 5_000 + "a"]
)
def test_a_path_that_no_profile_has_is_a_name(path):
    assert lines_of(fact(path, "kept")) == [{path: "kept"}]


@given(st.lists(st.text(alphabet='ab.[]"\\01 \n', max_size=8) | st.text(max_size=8), max_size=8))
@example(["a", "a", "a.a", "a[0]", "a[0].a"])
def test_no_fact_is_lost_whatever_its_path(paths):
    facts = [fact(path, place, number=place) for place, path in enumerate(paths)]
    assert sorted(leaves(lines_of(*facts))) == list(range(len(paths)))


trees = st.recursive(
    st.integers(),
    lambda inner: st.lists(inner, min_size=1, max_size=3) | st.dictionaries(st.text(max_size=6), inner, min_size=1),
    max_leaves=10,
)


@given(st.dictionaries(st.text(max_size=6), trees, min_size=1, max_size=4))
def test_a_whole_profile_is_written_as_it_was(data):
    assert profile_lines(data) == [{name: value} for name, value in data.items()]
