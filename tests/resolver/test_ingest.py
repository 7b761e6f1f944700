import json
from copy import deepcopy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver import MissingUserError, Profile, ProfileError
from resolver.ingest import MAX_DEPTH, split_statements

texts = st.text(max_size=12) | st.sampled_from(
    ["I like tea.", "\U0001f355 \u05e9\u05dc\u05d5\u05dd", "\u5bff\u53f8\u304c\u597d\u304d", "a\0b"]
)
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts
names = st.text(max_size=6) | st.sampled_from(["a.b", "a[0]", "a", "b", "[0]", '["a"]', "x y", ""])
profiles = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4), max_leaves=20
)


def leaves(node):
    if isinstance(node, dict | list):
        for child in node.values() if isinstance(node, dict) else node:
            yield from leaves(child)
    elif node is not None and not (isinstance(node, str) and not node.strip()):
        yield node.strip() if isinstance(node, str) else node


def paths(data):
    return [fact.path for fact in Profile.from_json(data, user="u").facts]


@given(profiles.filter(lambda data: not isinstance(data, str)))
def test_every_leaf_becomes_a_fact_with_an_id_of_its_own(data):
    before = deepcopy(data)
    profile = Profile.from_json(data, user="u")
    assert data == before
    assert profile == Profile.from_json(data, user="u")
    assert profile.events == ()
    assert len({fact.id for fact in profile.facts}) == len(profile.facts)
    values = [json.dumps(fact.value) for fact in profile.facts]
    for leaf in leaves(data):
        lines = leaf.splitlines() if isinstance(leaf, str) else [leaf]
        assert json.dumps(leaf) in values or len(lines) > 1


@given(profiles.filter(lambda data: isinstance(data, dict | list)))
def test_json_text_and_its_value_are_one_profile(data):
    assert Profile.from_json(json.dumps(data)) == Profile.from_json(data)


@given(st.text(), st.none() | st.just("ada"))
def test_any_text_is_read_or_refused_with_a_typed_error(text, user):
    try:
        profile = Profile.from_json(text, user=user)
    except ProfileError:
        assert text.strip()[:1] in ("{", "[")
    else:
        assert all(fact.text.strip() for fact in profile.facts)


@given(profiles.filter(lambda data: isinstance(data, dict | list) and bool(data)), st.data())
def test_truncated_json_is_an_error(data, draw):
    text = json.dumps(data)
    with pytest.raises(ProfileError, match="cannot be read as JSON"):
        Profile.from_json(text[: draw.draw(st.integers(1, len(text) - 1))])


@pytest.mark.parametrize("data", [b"{}", (1,), {1: "a"}, {"a": object()}, {"a": [{1, 2}]}, {"n": 10**5_000}])
def test_what_is_no_json_is_an_error(data):
    with pytest.raises(ProfileError):
        Profile.from_json(data, user="u")


@pytest.mark.parametrize("as_text", [False, True])
def test_nesting_over_a_hundred_levels_is_an_error(as_text):
    data = "deep"
    for _ in range(MAX_DEPTH):
        data = {"a": data}
    assert Profile.from_json(data, user="u").facts[0].value == "deep"
    data = [data]
    with pytest.raises(ProfileError, match="nested over 100 levels"):
        Profile.from_json(json.dumps(data) if as_text else data, user="u")


def test_a_profile_of_five_megabytes_is_read():
    data = {"notes": [f"I like the quiet option number {n} when I travel by train." for n in range(60_000)]}
    data |= {"orders": [{"id": n, "items": [{"name": f"item {n}", "price": n / 7}]} for n in range(25_000)]}
    assert len(json.dumps(data)) > 5_000_000
    assert len(Profile.from_json(data, user="u").facts) == 60_000 + 3 * 25_000


def test_a_single_text_of_five_megabytes_is_read():
    assert Profile.from_json("word " * 1_000_000, user="u").facts
    assert Profile.from_json("a" + " " * 5_000_000 + "b", user="u").facts
    assert Profile.from_json("x" * 5_000_000, user="u").facts


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"a": {"b": 1}}, {"a.b": 1}),
        ({"a": [1]}, {"a[0]": 1}),
        ({"a": {"0": 1}}, {"a": [1]}),
        ({'["a"]': 1}, {"a": 1}),
        ({"": 1}, {'""': 1}),
    ],
)
def test_different_ways_down_have_different_paths(one, other):
    assert paths(one) != paths(other)


def test_paths_follow_the_tree():
    data = {"name": "Ada", "address": {"work": {"zip code": "80203"}}, "likes": ["tea", ["jazz"]], "a.b": True}
    assert paths(data) == ["name", "address.work.zip code", "likes[0]", "likes[1][0]", '["a.b"]']


def test_attributes_are_described_by_their_path_and_statements_are_not():
    facts = Profile.from_json({"homeAddress": "1 Mill Lane", "likes": ["I like tea in the morning."]}, user="u").facts
    assert [(fact.text, fact.statement) for fact in facts] == [
        ("home address: 1 Mill Lane", False),
        ("I like tea in the morning.", True),
    ]


def test_a_value_with_its_validity_is_one_fact():
    fact = Profile.from_json({"city": {"value": "Ulm", "valid_from": "2025", "until": "2026"}}, user="u").facts[0]
    assert (fact.path, fact.value, fact.valid_from, fact.valid_to) == ("city", "Ulm", "2025", "2026")


@pytest.mark.parametrize("data", [{}, [], "", None, "  \n", {"a": None, "b": "", "c": [], "d": {}}])
def test_an_empty_profile_has_no_facts(data):
    assert Profile.from_json(data, user="u").facts == ()


@pytest.mark.parametrize(
    ("data", "user"),
    [({"user_id": "ada"}, "ada"), ({"userId": 7}, "7"), ({"user": {"name": "Ada"}}, None), ({"user_id": " "}, None)],
)
def test_the_user_is_the_profiles_own_or_named_by_content(data, user):
    found = Profile.from_json(data).user
    assert found == user if user else found.startswith("user-")
    assert found == Profile.from_json(json.loads(json.dumps(data))).user


@pytest.mark.parametrize("user", ["", "  "])
def test_an_empty_user_is_an_error(user):
    with pytest.raises(MissingUserError):
        Profile.from_json({}, user=user)


def test_lone_surrogates_are_replaced_and_their_keys_stay_apart():
    profile = Profile.from_json('{"\\ud800": "a\\udfff", "\\ud801": 1}', user="u")
    assert [fact.value for fact in profile.facts] == ["a\ufffd", 1]
    assert profile.model_dump_json().encode()


def test_a_byte_order_mark_is_no_part_of_the_profile():
    assert paths('\ufeff \n{"a": 1}') == ["a"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I avoid gluten. My office is at 3.5 km", ["I avoid gluten.", "My office is at 3.5 km"]),
        ("- Prefers trains\r\n* Likes tea\n1) No meat", ["Prefers trains", "Likes tea", "No meat"]),
        (
            "\u5bff\u53f8\u304c\u597d\u304d\u3002\u8089\u306f\u98df\u3079\u306a\u3044\u3002",
            ["\u5bff\u53f8\u304c\u597d\u304d\u3002", "\u8089\u306f\u98df\u3079\u306a\u3044\u3002"],
        ),
        ("  \n\n ", []),
    ],
)
def test_text_is_split_into_statements(text, expected):
    assert split_statements(text) == expected


@given(st.text())
def test_splitting_loses_only_space_and_bullets(text):
    kept = "".join("".join(split_statements(text)).split())
    letters = "".join(c for c in text if c.isalpha())
    assert "".join(c for c in kept if c.isalpha()) == letters


def test_a_long_statement_is_cut_at_white_space():
    pieces = split_statements("word " * 1_000)
    assert max(map(len, pieces)) <= 1_000
    assert {word for piece in pieces for word in piece.split()} == {"word"}
