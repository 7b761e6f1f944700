import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver import Parameter
from resolver.coerce import coerce, read_number, stems


def fit(value, **schema):
    return coerce(value, Parameter(name="x", **schema))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (3, 3),
        (3.0, 3),
        (3.5, None),
        ("3", 3),
        ("3 packs", 3),
        ("three", 3),
        ("twenty-five", 25),
        ("two hundred", 200),
        ("20k", 20_000),
        ("2 million", 2_000_000),
        ("1,200", 1200),
        ("-4", -4),
        ("N-4471", 4471),
        ("10-20", 10),
        ("none", None),
        (True, None),
        (None, None),
        ([3], None),
        ({}, None),
        (float("nan"), None),
        (float("inf"), None),
        ("9" * 5_000, None),
    ],
)
def test_integers(value, expected):
    assert fit(value, type="integer") == expected


@pytest.mark.parametrize(("value", "expected"), [("$1,200.50", 1200.5), (3, 3), ("1.5L", 1.5), (float("inf"), None)])
def test_numbers(value, expected):
    assert fit(value, type="number") == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [("Yes", True), ("off", False), (1, True), (0, False), (True, True), ("maybe", None), ([], None)],
)
def test_booleans(value, expected):
    assert fit(value, type="boolean") is expected


@pytest.mark.parametrize(
    ("value", "enum", "expected"),
    [
        ("Fast", ("slow", "fast"), "fast"),
        ("full size", ("Full-size", "Compact"), "Full-size"),
        ("tickets", ("ticket", "seat"), "ticket"),
        ("two", ("1", "2"), "2"),
        (2, ("1", "2"), "2"),
        (1, (True, 1), 1),
        ("true", (True, False), True),
        ("c++", ("C", "C++", "C#"), "C++"),
        ("500", ("<500", ">500"), None),
        (">500", ("<500", ">500"), ">500"),
        ("<500", (">500",), None),
        ("abc", ("none", "some"), None),
        ("", ("a",), None),
        ("A", ("a", "A"), "A"),
        ([1], ([1], [2]), [1]),
    ],
    ids=str,
)
def test_a_closed_set_gives_its_own_spelling_or_nothing(value, enum, expected):
    found = fit(value, enum=enum)
    assert (found, type(found)) == (expected, type(expected))


def test_a_single_value_becomes_a_list_of_one():
    assert fit("jazz", type="array") == ["jazz"]
    assert fit(["Jazz", "rock"], type="array", enum=("jazz", "rock")) == ["jazz", "rock"]
    assert fit(["Jazz", "folk"], type="array", enum=("jazz", "rock")) is None


@pytest.mark.parametrize(
    ("value", "schema", "expected"),
    [
        (5, {"type": "string"}, "5"),
        (True, {"type": "string"}, "true"),
        ({"a": 1}, {"type": "string"}, None),
        ({"a": 1}, {"type": "object"}, {"a": 1}),
        ("a", {"type": "object"}, None),
        ([1], {"type": "any"}, [1]),
        ("March 3, 2026", {"type": "string", "description": "Date, YYYY-MM-DD"}, "2026-03-03"),
        ("7 pm", {"type": "string", "format": "HH:MM"}, "19:00"),
        ("7 pm", {"type": "any", "description": "HH:MM"}, "19:00"),
    ],
    ids=str,
)
def test_other_types(value, schema, expected):
    assert fit(value, **schema) == expected


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=5,
)
kinds = st.sampled_from(["string", "integer", "number", "boolean", "array", "object", "any"])


@given(json_values, kinds, st.lists(json_values, max_size=4))
def test_any_value_is_coerced_or_none(value, kind, enum):
    found = fit(value, type=kind, enum=tuple(enum))
    if found is None or kind == "array":
        return
    if enum:
        assert any(found is option or found == option for option in enum)
    elif kind in ("integer", "number", "boolean", "string", "object"):
        python = {"integer": int, "number": int | float, "boolean": bool, "string": str, "object": dict}[kind]
        assert isinstance(found, python)
        assert fit(found, type=kind) == found


@given(st.text())
def test_any_text_holds_a_number_or_none(text):
    assert read_number(text) is None or isinstance(read_number(text), int | float)


def test_stems_split_identifiers_and_leave_out_stop_words():
    assert stems("thePickupLocations") == ("pickup", "locat")
    assert stems("of the") == ()
