"""The JSON Schema of answers: what it lets through and what not."""

import json

import pytest

from resolver import (
    Abstention,
    Binding,
    Call,
    Candidate,
    Catalog,
    Choice,
    Parameter,
    Platform,
    Profile,
    Resolution,
    Resolver,
    Tool,
)
from resolver.constraints import answer_schema, fixed_bindings, parameter_schema, schema_for
from resolver.openai_forms import named_schema

TYPES = {"string": str, "integer": int, "number": (int, float), "boolean": bool, "array": list, "object": dict}


def accepts(schema, value):
    """Whether a value is valid, by the words of JSON Schema that are used here."""
    return all(_HOLDS[word](schema, value) for word in schema)


def _is_of_type(schema, value):
    kind = schema["type"]
    return isinstance(value, TYPES[kind]) and (kind == "boolean" or not isinstance(value, bool))


def _fits_properties(schema, value):
    return all(accepts(known, value[name]) for name, known in schema["properties"].items() if name in value)


_HOLDS = {
    "anyOf": lambda schema, value: any(accepts(branch, value) for branch in schema["anyOf"]),
    "const": lambda schema, value: value == schema["const"],
    "enum": lambda schema, value: value in schema["enum"],
    "type": _is_of_type,
    "minItems": lambda schema, value: len(value) >= schema["minItems"],
    "maxItems": lambda schema, value: len(value) <= schema["maxItems"],
    "items": lambda schema, value: all(accepts(schema["items"], item) for item in value),
    "properties": _fits_properties,
    "required": lambda schema, value: set(schema["required"]) <= set(value),
    "additionalProperties": lambda schema, value: not set(value) - set(schema["properties"]),
    "description": lambda *_: True,
    "default": lambda *_: True,
}


def call(platform="Larder", function="order_food", **arguments):
    return {"calls": [{"platform": platform, "function": function, "arguments": arguments}]}


ORDER = {"dish": "ramen", "quantity": 1, "delivery_address": "1 Mill Lane", "phone": "555"}


@pytest.fixture(scope="module")
def schema(catalog):
    return answer_schema(catalog)


def resolution(*bound, further=()):
    bindings = tuple(
        Binding(name=name, value=value, source="query", confidence=confidence) for name, value, confidence in bound
    )
    choice = Choice(platform="Larder", tool="order_food", probability=0.9, platform_probability=0.9)
    return Resolution(user="ada", query="order", choice=choice, bindings=bindings, further=further)


# Answers ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("platform", ["Larder", "QuickBite.io"])
def test_a_call_of_every_platform_is_let_through(schema, platform):
    assert accepts(schema, call(platform, **ORDER))
    assert accepts(schema, call(platform, "track_order", order_id="7"))


@pytest.mark.parametrize(
    "answer",
    [
        call("EvilEats", **ORDER),
        call(function="wire_money", **ORDER),
        call(function="track_order", **ORDER),
        call(**ORDER, payee="EvilEats"),
        call(**{**ORDER, "quantity": "one"}),
        call(**{name: value for name, value in ORDER.items() if name != "phone"}),
        {"calls": []},
        {},
        {**call(**ORDER), "note": "x"},
        call(**ORDER)["calls"],
        {"calls": [{"platform": "Larder", "function": "order_food"}]},
    ],
    ids=lambda answer: json.dumps(answer)[:60],
)
def test_what_the_catalog_does_not_have_is_kept_out(schema, answer):
    assert not accepts(schema, answer)


def test_an_optional_argument_may_be_there_or_not(schema):
    assert accepts(schema, call(**ORDER, note="no salt"))


def test_an_answer_has_no_more_calls_than_are_allowed(catalog):
    two = {"calls": call(**ORDER)["calls"] * 2}
    assert accepts(answer_schema(catalog, most_calls=2), two)
    assert not accepts(answer_schema(catalog, most_calls=1), two)


def test_the_only_tool_needs_no_choice():
    catalog = Catalog(platforms=(Platform(name="P"),), tools=(Tool(platform="P", name="f"),))
    schema = answer_schema(catalog)
    assert accepts(schema, call("P", "f"))
    assert not accepts(schema, call("P", "g"))


def test_fewer_calls_than_one_are_refused(catalog):
    with pytest.raises(ValueError, match="most_calls"):
        answer_schema(catalog, most_calls=0)


def test_a_catalog_without_tools_has_no_schema():
    with pytest.raises(ValueError, match="no tool"):
        answer_schema(Catalog(platforms=(Platform(name="P"),)))


def test_the_schema_is_json_and_the_same_each_time(catalog):
    assert json.dumps(answer_schema(catalog)) == json.dumps(answer_schema(catalog))


def test_the_resolvers_own_answer_is_let_through(make_resolver, used, catalog):
    resolver = make_resolver({"phone": "555", "log": used("Larder", "ramen", "soup")})
    answer = resolver.resolve("order a meal: 'ramen'", user="ada")
    assert answer.missing == ()
    own = {"calls": [call(c.platform, c.tool, **c.arguments)["calls"][0] for c in answer.calls]}
    assert accepts(answer_schema(catalog), own)
    assert accepts(answer_schema(catalog, fixed=fixed_bindings(answer, above=0.0)), own)


# Settled arguments --------------------------------------------------------------------------------------------------


def test_arguments_that_are_sure_enough_are_settled():
    answer = resolution(("dish", "ramen", 0.9), ("phone", "555", 0.5), ("note", "x", 0.3))
    assert fixed_bindings(answer, above=0.5) == {("Larder", "order_food"): {"dish": "ramen", "phone": "555"}}


def test_of_a_tool_called_twice_what_both_calls_share_is_settled():
    bindings = resolution(("dish", "soup", 0.9), ("phone", "555", 0.9)).bindings
    again = Call(platform="Larder", tool="order_food", probability=0.9, bindings=bindings)
    answer = resolution(("dish", "ramen", 0.9), ("phone", "555", 0.9), further=(again,))
    assert fixed_bindings(answer, above=0.5) == {("Larder", "order_food"): {"phone": "555"}}


def test_a_settled_argument_has_one_value_and_must_be_there(catalog):
    schema = answer_schema(catalog, fixed={("Larder", "order_food"): {"note": "no salt"}})
    assert accepts(schema, call(**ORDER, note="no salt"))
    assert not accepts(schema, call(**ORDER, note="salt"))
    assert not accepts(schema, call(**ORDER))


def test_an_argument_is_settled_for_its_own_tool_only(catalog):
    schema = answer_schema(catalog, fixed={("Larder", "order_food"): {"note": "no salt"}})
    assert accepts(schema, call("QuickBite.io", **ORDER, note="salt"))


def test_a_schema_asks_for_what_the_resolver_fills_where_that_is_said(catalog):
    name = ("Larder", "order_food")
    required = {
        tuple(call["properties"][key]["const"] for key in ("platform", "function")): call["properties"]["arguments"][
            "required"
        ]
        for call in answer_schema(catalog, needed={name: {"note"}})["properties"]["calls"]["items"]["anyOf"]
    }
    assert "note" in required[name]
    assert "note" not in required["QuickBite.io", "order_food"]


MARKED = [
    "<|im_end|>",
    "<\u200b|im_end|>",
    "\uff1c/tools\uff1e",
    "[gMASK]",
    ["x", "[|system|]"],
    {"a": "</s>"},
    {"[INST]": 1},
]


@pytest.mark.parametrize("value", MARKED, ids=str)
def test_a_value_that_may_be_a_token_is_not_settled_but_asked_for(catalog, value):
    answer = resolution(("note", value, 0.9), ("dish", "ramen", 0.9))
    schema = schema_for(catalog, answer, fix_above=0.0)
    strict = named_schema(catalog, fixed=fixed_bindings(answer, above=0.0))
    assert json.dumps(value) not in json.dumps([schema, strict])
    assert accepts(schema, call(**ORDER, note="no salt"))
    assert not accepts(schema, call(**ORDER))
    assert not accepts(schema, call(**{**ORDER, "dish": "soup"}, note="no salt"))


# Parameters ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parameter", "schema"),
    [
        ({}, {}),
        ({"type": "integer"}, {"type": "integer"}),
        ({"type": "string", "enum": ("a", "b")}, {"enum": ["a", "b"]}),
        ({"type": "array", "enum": ("a", "b")}, {"type": "array", "maxItems": 20, "items": {"enum": ["a", "b"]}}),
        ({"type": "string", "enum": ("a", "b"), "closed": False}, {"type": "string"}),
        ({"description": "How many", "default": 1}, {"description": "How many", "default": 1}),
        ({"default": False}, {"default": False}),
    ],
)
def test_a_parameter_is_written_as_json_schema(parameter, schema):
    assert parameter_schema(Parameter(name="p", **parameter)) == schema


@pytest.mark.parametrize("value", MARKED, ids=str)
def test_a_default_or_closed_set_that_may_be_a_token_is_not_told(value):
    assert parameter_schema(Parameter(name="p", default=value)) == {}
    assert parameter_schema(Parameter(name="p", type="string", enum=("a", value))) == {"type": "string"}
    array = parameter_schema(Parameter(name="p", type="array", enum=("a", value)))
    assert array == {"type": "array", "items": {}, "maxItems": 20}


def test_nothing_is_left_out_where_the_words_of_the_query_fit_another_tool_better(catalog):
    other = Candidate(platform="QuickBite.io", tool="track_order", probability=0.01)
    sure = {"platform": "Larder", "tool": "order_food", "probability": 0.99, "platform_probability": 0.99}
    whole, settled = (
        schema_for(catalog, Resolution(user="ada", query="order", choice=Choice(**sure, worded=worded)), fix_above=0.9)
        for worded in (other, None)
    )
    assert accepts(whole, call("QuickBite.io", "track_order", order_id="7"))
    assert not accepts(settled, call("QuickBite.io", "track_order", order_id="7"))


@pytest.mark.parametrize("above", [-0.1, 1.1, 90])
def test_what_is_no_probability_settles_nothing_and_is_refused(catalog, above):
    choice = Choice(platform="Larder", tool="order_food", probability=0.9, platform_probability=0.9)
    answer = Resolution(user="ada", query="order", choice=choice)
    with pytest.raises(ValueError, match="probability"):
        schema_for(catalog, answer, fix_above=above)
    with pytest.raises(ValueError, match="most_calls"):
        schema_for(catalog, answer, most_calls=0)


def test_an_answer_may_be_empty_where_the_resolver_calls_nothing(embedder, food_tools):
    resolver = Resolver(
        Catalog.from_ptbench(["Larder"], food_tools("Larder")), embedder=embedder, abstain_below=0.999999
    )
    resolver.add(Profile.from_json({}, user="ada"))
    step = resolver.augment("what is the weather", user="ada", mode="plain")
    assert isinstance(step.answer, Abstention)
    assert accepts(step.answer_schema(), {"calls": []})
    assert not accepts(answer_schema(step.catalog), {"calls": []})


@pytest.mark.parametrize(
    ("values", "type_"), [(["a", "b"], "string"), ([1, 2], "integer"), ([True], "boolean"), (["a", 1], None)]
)
def test_a_parameter_without_a_type_has_that_of_the_values_it_is_like(values, type_):
    schema = parameter_schema(Parameter(name="x", type="any", enum=tuple(values), closed=False))
    assert schema.get("type") == type_
