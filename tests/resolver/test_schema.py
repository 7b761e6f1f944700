import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.schema import read_parameter, stated_values


def read(node, **rest):
    return read_parameter("x", node, required=False, **rest)[0]


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ("str", "string"),
        ("STRING", "string"),
        ("Enum", "string"),
        (" int", "integer"),
        ("long", "integer"),
        ("float", "number"),
        ("bool", "boolean"),
        ("list[str]", "array"),
        ("dict", "object"),
        (["null", "integer"], "integer"),
        ("date (YYYY-MM-DD)", "string"),
        (None, "any"),
        ("null", "any"),
        (["null"], "any"),
        ("wobbly", "any"),
        (7, "any"),
    ],
    ids=str,
)
def test_types_of_many_dialects_are_read(stated, expected):
    assert read({"type": stated}).type == expected


def test_an_unknown_type_is_noted():
    assert read_parameter("x", {"type": "wobbly"}, required=False)[1] == "the type 'wobbly' is not known; read as any"
    assert read_parameter("x", {"type": "str"}, required=False)[1] is None


def test_a_format_is_read_off_the_type():
    assert read({"type": " date (YYYY-MM-DD)"}).format == "YYYY-MM-DD"
    assert read({"type": "date"}).format == "date"
    assert read({"type": "string", "format": "email"}).format == "email"


@pytest.mark.parametrize("union", ["anyOf", "oneOf"])
def test_a_choice_is_its_first_branch_that_is_not_null(union):
    found = read(
        {union: [{"type": "null"}, {"type": "integer", "enum": [1, 2]}], "description": "The x", "default": None}
    )
    assert (found.type, found.enum, found.description, found.default) == ("integer", (1, 2), "The x", None)


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        ({"enum": ["a", None, "b"]}, ("a", "b")),
        ({"possible_values": ["a"]}, ("a",)),
        ({"const": "a"}, ("a",)),
        ({"type": "array", "items": {"enum": ["a", "b"]}}, ("a", "b")),
        ({"description": "Speed. Available values: ['slow', 'fast']."}, ("slow", "fast")),
        ({"enum": []}, ()),
        ({"enum": "a"}, ()),
    ],
    ids=str,
)
def test_a_closed_set_is_read_where_it_stands(node, expected):
    assert read(node).enum == expected


def test_two_values_that_mean_true_and_false_make_a_boolean():
    found = read({"possible_values": ["True", "False"]})
    assert (found.type, found.enum) == ("boolean", ())


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        ({"required": True}, True),
        ({"required": "true"}, True),
        ({"kind": "required"}, True),
        ({"is_required": True}, True),
        ({"required": False}, False),
        ({"required": ["x"]}, False),
        ({}, False),
        ("only words", False),
        (None, False),
    ],
    ids=str,
)
def test_required_is_read_in_every_dialect(node, expected):
    assert read(node).required is expected


@pytest.mark.parametrize(
    ("default", "expected"), [("", None), ([], None), ({}, None), (0, 0), (False, False), ("a", "a")]
)
def test_an_empty_default_is_none(default, expected):
    assert read({"default": default}).default == expected


@pytest.mark.parametrize(
    ("description", "expected"),
    [
        ("values: [<250, 250-500, >500]. Available values are [<250, 250-500, >500]", ("<250", "250-500", ">500")),
        ("Allowed options include: [1, 2.5, True]", (1, 2.5, True)),
        ("Possible values: ['it\\'s', \"b\"]", ("it's", "b")),
        ("Valid choices: []", ()),
        ("Valid choices: [[1]]", ()),
        ("Valid choices: [a, , b]", ("a", "b")),
        ("Allowed values: whatever", ()),
    ],
)
def test_values_are_read_off_a_description(description, expected):
    assert stated_values(description) == expected


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
fields = st.sampled_from(
    [
        "type",
        "description",
        "enum",
        "items",
        "default",
        "required",
        "format",
        "kind",
        "anyOf",
        "oneOf",
        "const",
        "options",
    ]
)


@given(
    st.text(),
    st.dictionaries(fields, json_values | st.lists(st.dictionaries(fields, json_values))) | st.text() | st.none(),
)
def test_any_node_gives_a_parameter(name, node):
    assert read_parameter(name, node, required=True)[0].required


@given(st.text(alphabet="abc[]{}'\",:-1 \\\n").map("Available values: [{}]".format))
def test_any_description_is_read(description):
    assert all(not isinstance(value, list | dict) for value in stated_values(description))
