import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.json_values import MAX_DEPTH, NotJsonError, looks_like_json, parse_json, plain_json, well_formed

any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=20,
)


def nested(levels):
    value = []
    for _ in range(levels - 1):
        value = [value]
    return value


@given(any_json)
def test_json_comes_back_as_itself_without_a_copy(value):
    assert plain_json(value) is value


@given(any_json)
def test_json_text_is_parsed(value):
    assert parse_json(json.dumps(value)) == value


def test_a_hundred_levels_are_read_and_one_more_is_not():
    assert plain_json(nested(MAX_DEPTH))
    with pytest.raises(NotJsonError, match="nested over 100 levels"):
        plain_json(nested(MAX_DEPTH + 1))


@pytest.mark.parametrize("levels", [MAX_DEPTH + 1, 100_000])
def test_deep_text_is_refused(levels):
    with pytest.raises(NotJsonError, match="nested over 100 levels"):
        parse_json("[" * levels + "]" * levels)


def test_a_value_that_holds_itself_is_refused():
    loop = []
    loop.append(loop)
    with pytest.raises(NotJsonError):
        plain_json(loop)


@pytest.mark.parametrize("value", [{1: 2}, {"a": (1,)}, [{"b": {3}}], b"x", object(), 10**4_000, {None: 1}])
def test_what_is_no_json_is_refused(value):
    with pytest.raises(NotJsonError):
        plain_json(value)


def test_the_message_says_where():
    with pytest.raises(NotJsonError, match=r"at \['a'\]\[1\]: set is not a JSON value"):
        plain_json({"a": [1, {2}]})


def test_lone_surrogates_become_the_replacement_character_and_names_stay_apart():
    value = {chr(0xD800): "a\udfff", chr(0xD801): ["\ud83d\ude00"], "ok": 1}
    assert plain_json(value) == {"\\ud800": "a\ufffd", "\\ud801": ["\U0001f600"], "ok": 1}
    assert value["\ud800"] == "a\udfff"


@given(st.text(st.characters(exclude_categories=())))
def test_well_formed_text_can_be_encoded(text):
    assert well_formed(text).encode().decode() == well_formed(text)


@given(any_json.filter(lambda value: isinstance(value, dict | list)), st.integers(min_value=1))
def test_every_beginning_of_a_json_text_looks_like_json(value, length):
    assert looks_like_json(json.dumps(value, ensure_ascii=False)[:length])


@pytest.mark.parametrize("text", ["", "I like tea", "[sic] tea", "{curly} tea", "(a)", '"text"', "12", "[to do] buy"])
def test_prose_does_not_look_like_json(text):
    assert not looks_like_json(text)
