"""Tools and answers in OpenAI's forms: its strict one by the rules that its interface checks."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver import Catalog, Parameter, Platform, Profile, Resolver, Tool
from resolver.constraints import answer_schema
from resolver.model_answers import read_answer
from resolver.openai_forms import named_schema, openai_name, openai_tools, response_format, strict_schema

KNOWN = {"type", "properties", "required", "additionalProperties", "items", "enum", "anyOf", "description"}
PARAMETERS = (
    Parameter(name="text", type="string", required=True, description="Any."),
    Parameter(name="count", type="integer", default=2),
    Parameter(name="size", enum=("s", "m"), required=True),
    Parameter(name="level", enum=(1, 2, "max", None)),
    Parameter(name="tags", type="array", enum=("a", "b")),
    Parameter(name="names", type="array", required=True),
    Parameter(name="gift", type="boolean"),
    Parameter(name="any"),
)
CATALOG = Catalog(
    platforms=(Platform(name="P.io"), Platform(name="Q")),
    tools=tuple(Tool(platform=name, name="f", parameters=PARAMETERS) for name in ("P.io", "Q")),
)


def assert_strict(schema):
    """OpenAI's rules: a type or alternatives everywhere, objects closed and all required, no other words."""
    assert schema.keys() <= KNOWN, schema
    if "anyOf" in schema:
        assert "type" not in schema
        firsts = [next(iter(each["properties"].items())) for each in schema["anyOf"] if each.get("properties")]
        assert len({json.dumps(first) for first in firsts}) == len(firsts)  # what tells alternatives apart
        for each in schema["anyOf"]:
            assert_strict(each)
        return
    assert isinstance(schema["type"], str)
    if schema["type"] == "object":
        assert schema["additionalProperties"] is False
        assert schema["required"] == list(schema["properties"])
        for each in schema["properties"].values():
            assert_strict(each)
    if schema["type"] == "array":
        assert_strict(schema["items"])


def test_strict_tools_keep_the_rules():
    for tool in openai_tools(CATALOG, strict=True):
        assert tool["function"]["strict"] is True
        assert_strict(tool["function"]["parameters"])


def test_a_strict_answer_keeps_the_rules_and_is_read():
    schema = named_schema(CATALOG, fixed={("Q", "f"): {"text": "tea", "names": ["Ada", 1]}})
    assert_strict(schema)
    first = schema["properties"]["calls"]["items"]["anyOf"][1]["properties"]
    assert first["name"] == {"type": "string", "enum": ["Q__f"]}
    assert first["arguments"]["properties"]["text"] == {"type": "string", "enum": ["tea"]}
    (call,) = read_answer({"calls": [{"name": "Q__f", "arguments": {"text": "tea", "count": None}}]})
    assert (call.tool, call.arguments) == ("Q__f", {"text": "tea", "count": None})


def test_what_is_optional_may_be_null_and_what_is_required_not():
    own = openai_tools(CATALOG, strict=True)[0]["function"]["parameters"]["properties"]
    nullable = {name for name, schema in own.items() if {"type": "null"} in schema.get("anyOf", [])}
    assert nullable == {"count", "level", "tags", "gift", "any"}


def test_without_strictness_an_array_still_says_what_is_in_it_and_has_no_limit():
    own = openai_tools(CATALOG)[0]["function"]["parameters"]["properties"]
    assert own["names"] == {"type": "array", "items": {}}
    assert own["tags"]["items"] == {"enum": ["a", "b"]}


def test_an_object_of_any_shape_is_refused_by_name():
    tool = Tool(platform="Q", name="f", parameters=(Parameter(name="more", type="object"),))
    catalog = Catalog(platforms=(Platform(name="Q"),), tools=(tool,))
    with pytest.raises(ValueError, match="'more' is an object of any shape"):
        openai_tools(catalog, strict=True)
    assert openai_tools(catalog)


def test_no_tool_is_no_answer():
    with pytest.raises(ValueError, match="no tool"):
        named_schema(Catalog())


@given(
    st.lists(
        st.none() | st.booleans() | st.integers() | st.text(max_size=3) | st.lists(st.integers(), max_size=2),
        min_size=1,
        max_size=4,
    )
)
def test_any_closed_set_keeps_the_rules(values):
    assert_strict(strict_schema({"type": "object", "properties": {"x": {"enum": values}}, "required": ["x"]}))


def test_the_pre_step_gives_both_forms_and_the_post_step_reads_what_comes(food_tools, embedder):
    resolver = Resolver(
        Catalog.from_ptbench(["Larder", "QuickBite.io"], food_tools("Larder", "QuickBite.io")), embedder=embedder
    )
    resolver.add(Profile.from_json({"phone": "555-0001"}, user="ada"))
    step = resolver.augment("order 'ramen' to 9 Elm St", user="ada", mode="plain")
    wanted = step.response_format(strict=True)["json_schema"]
    assert wanted["strict"] is True
    assert_strict(wanted["schema"])
    assert_strict(step.response_format(strict=True, fix_above=0.0)["json_schema"]["schema"])
    name = step.openai_tools(strict=True)[1]["function"]["name"]
    arguments = {"dish": "ramen", "quantity": 1, "delivery_address": "9 Elm St", "phone": "555-0001", "note": None}
    answer = {"calls": [{"name": name.replace("track", "order"), "arguments": arguments}]}
    checked = resolver.check(json.dumps(answer), step.query, user="ada")
    del arguments["note"]
    assert [(call.platform, call.arguments) for call in checked.calls] == [("Larder", arguments)]


def test_a_schema_is_wrapped_as_a_response_format(catalog):
    schema = answer_schema(catalog)
    wrapped = response_format(schema, name="orders")
    assert wrapped == {"type": "json_schema", "json_schema": {"name": "orders", "schema": schema}}


def test_every_tool_is_an_openai_tool_with_its_platform(catalog):
    tools = [tool["function"] for tool in openai_tools(catalog)]
    assert [tool["name"] for tool in tools] == [openai_name(tool.platform, tool.name) for tool in catalog.tools]
    assert tools[0]["description"] == "Larder: Order a meal from a restaurant."
    assert tools[0]["parameters"]["required"] == ["dish", "quantity", "delivery_address", "phone"]
    assert tools[0]["parameters"]["additionalProperties"] is False


def test_a_tool_without_a_description_says_its_platform():
    catalog = Catalog(platforms=(Platform(name="P"),), tools=(Tool(platform="P", name="f"),))
    assert openai_tools(catalog)[0]["function"]["description"] == "P"


def test_a_name_that_fits_stays_readable():
    assert openai_name("Larder", "order_food") == "Larder__order_food"


@given(st.text(min_size=1), st.text(min_size=1))
def test_every_name_is_of_letters_and_length_that_openai_allows(platform, tool):
    assert re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", openai_name(platform, tool))


names = st.text(alphabet="ab_. ", min_size=1, max_size=4)


@given(st.lists(st.tuples(names, names), max_size=30, unique=True))
def test_two_tools_never_have_one_name(pairs):
    assert len({openai_name(*pair) for pair in pairs}) == len(pairs)


@pytest.mark.parametrize(
    "pairs", [(("a", "b__c"), ("a__b", "c")), (("a", "_b"), ("a_", "b")), (("x" * 70, "y"), ("x" * 71, "y"))]
)
def test_names_that_would_read_alike_are_kept_apart(pairs):
    first, second = (openai_name(*pair) for pair in pairs)
    assert first != second


def test_a_description_brings_no_token_of_a_template():
    parameters = {"dish": {"description": "[INST] x"}}
    tool = {"platform": "Larder", "name": "order", "description": "Orders.<|im_end|>", "parameters": parameters}
    catalog = Catalog.from_ptbench(["Larder"], [tool])
    told = json.dumps([*openai_tools(catalog), answer_schema(catalog)])
    assert "<|im_end|>" not in told
    assert "[INST]" not in told


@pytest.mark.parametrize("form", ["tools", "named"])
def test_a_prompt_asks_for_the_form_that_is_sent_with_it(form, food_tools, embedder):
    platforms = ["Larder", "QuickBite.io"]
    resolver = Resolver(Catalog.from_ptbench(platforms, food_tools(*platforms)), embedder=embedder)
    resolver.add(Profile.from_json({"phone": "555-0001"}, user="ada"))
    step = resolver.augment("order a meal: 'ramen'", user="ada", mode="full", form=form)
    text = step.messages[0]["content"]
    names = [own["function"]["name"] for own in step.openai_tools()]
    assert '"platform": "...", "function": "..."' not in text
    assert any(f'"name": "{name}"' in text for name in names)  # at least in the hint
    likely = next(line for line in text.splitlines() if "likely_answer" in line)
    (call,) = json.loads(likely)["likely_answer"]["calls"]
    assert call["name"] in names
    own = (step.answer.choice.platform, step.answer.choice.tool)
    checked = resolver.check(json.dumps({"calls": [call]}), step.query, user="ada")
    assert [(c.platform, c.tool) for c in checked.calls] == [own]
    if form == "tools":
        assert "parameters" not in text
        assert "given as tools" in text
    else:
        assert all(name in text for name in names)
