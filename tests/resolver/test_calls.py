import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.calls import ParsedCall, read_call, read_call_text, read_nested

ORDER = ParsedCall("Larder", "order", {"dish": "ramen", "count": 2})


@pytest.mark.parametrize(
    "entry",
    [
        {"platform": "Larder", "tool": "order", "arguments": {"dish": "ramen", "count": 2}},
        {"App": "Larder", "API Name": "order", "Params": {"dish": "ramen", "count": 2}},
        {"tool_call": {"tool_name": "<Larder>.<order>", "parameters": {"dish": "ramen", "count": 2}}},
        {"platform": "Larder", "function_call": {"name": "order", "arguments": '{"dish": "ramen", "count": 2}'}},
        {
            "platform": "Larder",
            "tool_calls": [{"function": {"name": "order", "arguments": '{"dish": "ramen", "count": 2}'}}],
        },
        {"platform": "Larder", "function": {"name": "order", "args": {"dish": "ramen", "count": 2}}},
        {"answer": ["Larder", [{"order": {"dish": ["ramen"], "count": [2]}}]]},
        {"answer": json.dumps(["Larder", [{"order": {"dish": ["ramen"], "count": [2]}}]])},
        {"call": "Larder:[order(dish = 'ramen', count = 2)]"},
        {"platform": "Larder", "call": "order(dish='ramen', count=2)"},
        {
            "platform": "Larder",
            "tool": "order",
            "input": [{"name": "dish", "value": "ramen"}, {"name": "count", "value": 2}],
        },
    ],
    ids=lambda entry: str(next(reversed(entry))),
)
def test_a_call_is_read_under_every_usual_name(entry):
    assert read_call(entry) == [ORDER]


def test_an_entry_may_hold_several_calls():
    calls = read_call({"calls": [{"tool": "a"}, {"tool": "b"}], "platform": "P"})
    assert [(call.platform, call.tool) for call in calls] == [("P", "a"), ("P", "b")]


def test_a_record_without_tool_or_platform_holds_no_call():
    assert read_call({"name": "Jigsaw", "product_id": "18", "price": 5.0, "options": {"pieces": "500"}}) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("'Quick Bite':[order(dish='pad thai')]", [ParsedCall("Quick Bite", "order", {"dish": "pad thai"})]),
        ("Then I used Larder: [pay(amount = -1.5)]", [ParsedCall("Then I used Larder", "pay", {"amount": -1.5})]),
        ("v1.orders.add(ids=[1, 2], gift=True)", [ParsedCall(None, "v1.orders.add", {"ids": [1, 2], "gift": True})]),
        (
            "P:[a(x=')'), b(y={'k': None})]",
            [ParsedCall("P", "a", {"x": ")"}), ParsedCall("P", "b", {"y": {"k": None}})],
        ),
        ("called refresh() at noon", [ParsedCall(None, "refresh", {})]),
        ("eat(out) and order(dish=ramen) then", [ParsedCall(None, "order", {"dish": "ramen"})]),
    ],
)
def test_calls_are_found_in_text(text, expected):
    assert read_call_text(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "I bought some shoe(s) there",
        "see the report (final)",
        "f(x=__import__('os').system('x'))",
        "f(x=1",
        "f)(",
        "f(x=[)]",
        "f(x=lambda: 1)",
        "f(" * 3_000,
        "f(x=" + "-" * 9_000 + "1)",
        "a." * 2_000 + "b()" + "!",
        "",
    ],
    ids=lambda text: text[:12],
)
def test_prose_code_and_damage_are_no_calls(text):
    assert [call for call in read_call_text(text) if call.arguments] == []


def test_warnings_of_the_parser_stay_inside():
    assert read_call_text(r"f(x='\d')") == [ParsedCall(None, "f", {"x": r"\d"})]


def test_arguments_in_json_text_may_be_damaged_or_deep():
    assert read_call({"tool": "f", "arguments": '{"a": '})[0].arguments == {}
    assert read_call({"tool": "f", "arguments": '{"a": ' + "[" * 500 + "]" * 500 + "}"})[0].arguments == {}


def test_json_text_within_json_text_ends():
    text = "order(x=1)"
    for _ in range(12):
        text = json.dumps([text])
    assert isinstance(read_nested(text), list)


def test_a_call_without_words_describes_itself():
    assert ORDER.describe() == "order Larder dish ramen count 2"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["function", "name", "answer", "arguments", "calls", "x"]), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(["tool", "function", "answer", "tool_calls", "platform", "args"]), json_values))
def test_any_entry_is_read_without_an_exception(entry):
    for call in read_call(entry):
        assert isinstance(call.arguments, dict)


@given(st.text(alphabet="ab.=(),[]{}'\"\\:1- \n\u00e9\U0001f600\ud800\0"))
def test_any_text_is_read_without_an_exception(text):
    assert isinstance(read_call_text(text), list)
