import json
from copy import deepcopy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver import Catalog

SCHEMA = {
    "type": "object",
    "properties": {"dish": {"type": "string"}, "count": {"type": "integer"}},
    "required": ["dish"],
}
ORDER = {"name": "order", "description": "Order a meal", "parameters": SCHEMA}
PAY = {"name": "pay"}


def names(catalog):
    return [(tool.platform, tool.name) for tool in catalog.tools]


@pytest.mark.parametrize(
    ("platforms", "tools"),
    [
        (["Larder"], [{**ORDER, "platform": "Larder"}]),
        ([{"name": "Larder", "description": "Food"}], [{**ORDER, "app": "larder"}]),
        ({"Larder": "Food"}, {"Larder": [ORDER]}),
        ({"Larder": {"description": "Food", "tools": [ORDER]}}, None),
        ([{"name": "Larder", "apis": {"order": {k: v for k, v in ORDER.items() if k != "name"}}}], []),
        ({"Larder": [ORDER]}, None),
        ("Larder: Food", [{"type": "function", "function": ORDER}]),
        ("- Larder: Food", {"order": ORDER}),
        (["Larder"], {"tools": [{"name": "order", "description": "Order a meal", "inputSchema": SCHEMA}]}),
        ({"platforms": [{"platform_name": "Larder"}]}, [{"platform": "Larder", "tools": [ORDER]}]),
        (json.dumps(["Larder"]), json.dumps([ORDER])),
        (None, [{**ORDER, "platform": "Larder"}]),
        (None, {"Larder": [ORDER]}),
        ("Larder", "Larder.order(dish: string, count: int = 1): Order a meal"),
        (None, "1. Larder.order(dish, count): Order a meal"),
        (["Larder"], [{**ORDER, "parameters": json.dumps(SCHEMA)}]),
        (["Larder"], [{**ORDER, "parameters": [{"name": "dish", "required": True}, "count"]}]),
    ],
    ids=str,
)
def test_a_tool_is_read_in_every_shape(platforms, tools):
    catalog = Catalog.from_ptbench(platforms, tools)
    assert names(catalog) == [("Larder", "order")]
    assert [parameter.name for parameter in catalog.tools[0].parameters] == ["dish", "count"]
    assert catalog.tools[0].description == "Order a meal"
    assert catalog.unread == ()


@pytest.mark.parametrize(
    ("platforms", "tools", "where", "reason"),
    [
        (7, None, "platforms", "int where platforms were expected"),
        (["Larder", 7], None, "platforms[1]", "int where a platform was expected"),
        ([{"about": "x"}], None, "platforms[0]", "a platform without a name (keys: about)"),
        (["Larder", "Larder"], None, "platforms[1]", "given again"),
        ({"Larder": True}, None, "platforms.Larder", "bool where a platform was expected"),
        ('[{"name": "Lar', None, "platforms", "not JSON that can be read"),
        ([{"name": " "}], None, "platforms[0]", "without a name"),
        ({" ": "x"}, None, "platforms. ", "without a name"),
        (["Larder"], 7, "tools", "int where tools were expected"),
        (["Larder"], [7], "tools[0]", "int where a tool was expected"),
        (["Larder"], [{"description": "x"}], "tools[0]", "a tool without a name (keys: description)"),
        (["Larder"], [PAY, PAY], "tools[1]", "given again"),
        (["Larder"], '{"name": ', "tools", "not JSON that can be read"),
        (["Larder"], "prose about tools", "tools", "text that describes no tool"),
        (["Larder"], ["@7 write tools"], "tools[0]", "text that describes no tool"),
        (["Larder"], [{"name": "f", "parameters": "x: the x"}], "tools[0] (f).parameters", "str where parameters"),
        (
            ["Larder"],
            [{"name": "f", "parameters": [7]}],
            "tools[0] (f).parameters",
            "no parameter can be read from '7'",
        ),
        (["Larder"], [{"name": "f", "parameters": [None]}], "tools[0] (f).parameters", "no parameter can be read"),
        (["Larder"], [{"name": "f", "parameters": {"x": 7}}], "tools[0] (f).parameters", "no parameter can be read"),
        (
            ["Larder"],
            [{"name": "f", "parameters": {"x": {"type": "wobbly"}}}],
            "tools[0] (f).parameters.x",
            "'wobbly' is not known",
        ),
        (
            ["Larder"],
            [{"name": "f", "parameters": {"x": {"type": 3}}}],
            "tools[0] (f).parameters.x",
            "the type 3 is not a name",
        ),
        (["Larder", "QuickBite"], [PAY], "tools: pay", "offered by all 2"),
        (None, [PAY], "tools: pay", "there are no platforms"),
    ],
    ids=str,
)
def test_what_cannot_be_read_is_named_with_its_place(platforms, tools, where, reason):
    unread = Catalog.from_ptbench(platforms, tools).unread
    assert [(item.where, reason in item.reason) for item in unread] == [(where, True)]


def test_the_rest_is_read_around_what_cannot_be():
    catalog = Catalog.from_ptbench(["Larder", 7, "QuickBite"], [7, {**PAY, "platform": "QuickBite"}])
    assert [platform.name for platform in catalog.platforms] == ["Larder", "QuickBite"]
    assert names(catalog) == [("QuickBite", "pay")]
    assert [item.where for item in catalog.unread] == ["platforms[1]", "tools[0]"]


def test_a_tool_without_platform_is_offered_by_all():
    assert names(Catalog.from_ptbench(["Larder", "QuickBite"], [PAY])) == [("Larder", "pay"), ("QuickBite", "pay")]


def test_one_tool_name_on_two_platforms_is_two_tools():
    tools = [{**PAY, "platform": name} for name in ("Larder", "QuickBite")]
    assert names(Catalog.from_ptbench(["Larder", "QuickBite"], tools)) == [("Larder", "pay"), ("QuickBite", "pay")]


def test_a_dotted_name_is_a_tools_own_where_the_platforms_are_known():
    assert names(Catalog.from_ptbench(["Larder"], "v1.order(dish)")) == [("Larder", "v1.order")]


def test_an_empty_object_schema_has_no_parameters():
    tool = {"name": "f", "parameters": {"type": "object", "required": [], "additionalProperties": False}}
    assert Catalog.from_ptbench(["P"], [tool]).tools[0].parameters == ()


def test_a_parameter_may_be_called_type():
    tool = {"name": "f", "parameters": {"type": {"type": "string"}, "name": {"type": "string"}}}
    assert [parameter.name for parameter in Catalog.from_ptbench(["P"], [tool]).tools[0].parameters] == ["type", "name"]


@pytest.mark.parametrize("source", [b"x", object(), {1: "a"}, (1,), 10**5_000], ids=lambda value: type(value).__name__)
def test_what_is_no_json_is_unread(source):
    catalog = Catalog.from_ptbench(source, [source])
    assert catalog.tools == ()
    assert [item.where for item in catalog.unread] == ["platforms", "tools"]


@pytest.mark.parametrize("as_text", [True, False])
def test_deep_nesting_is_unread(as_text):
    deep = []
    for _ in range(200):
        deep = [deep]
    tools = [{"name": "f", "parameters": {"x": {"default": deep}}}]
    catalog = Catalog.from_ptbench(["P"], json.dumps(tools) if as_text else tools)
    assert catalog.tools == ()
    assert "nested over 100 levels" in catalog.unread[0].reason


def test_names_of_any_script_are_kept_as_they_are():
    odd = ["\U0001f355 \u05e9\u05dc\u05d5\u05dd", "\u5bff\u53f8", "a\0b", "C++", "  padded"]
    catalog = Catalog.from_ptbench([{"name": name, "tools": [{"name": name}]} for name in odd], None)
    assert names(catalog) == [(name, name) for name in odd]


words = st.sampled_from(
    [
        "name",
        "platform",
        "tools",
        "apis",
        "description",
        "parameters",
        "properties",
        "type",
        "required",
        "enum",
        "default",
        "items",
        "function",
        "anyOf",
        "const",
        "policy",
        "object",
        "string",
        "Larder",
        "order",
        "x",
    ]
)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6) | words,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words | st.text(max_size=4), inner, max_size=5),
    max_leaves=25,
)


@given(anything, anything)
def test_any_json_gives_a_catalog(platforms, tools):
    before = deepcopy((platforms, tools))
    catalog = Catalog.from_ptbench(platforms, tools)
    assert repr((platforms, tools)) == repr(before)
    assert all(item.where and item.reason for item in catalog.unread)
    assert repr(catalog) == repr(Catalog.from_ptbench(platforms, tools))


@given(st.text(), st.text())
def test_any_text_gives_a_catalog(platforms, tools):
    assert isinstance(Catalog.from_ptbench(platforms, tools), Catalog)
