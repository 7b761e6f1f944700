"""Calls in what a model answered."""

import json
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from resolver.calls import ParsedCall
from resolver.model_answers import read_answer

ORDER = ParsedCall("Larder", "order", {"dish": "ramen", "count": 2})
SOUP = ParsedCall("Larder", "order", {"dish": "soup"})
CALL = {"platform": "Larder", "function": "order", "arguments": {"dish": "ramen", "count": 2}}
TEXT = json.dumps(CALL)
PTBENCH = "'Larder':[order(dish = 'ramen', count = 2)]"


class Object:
    """As the packages of OpenAI and Anthropic make them."""

    def __init__(self, **fields):
        self.fields = fields

    def __repr__(self):
        return f"Object({self.fields})"

    def model_dump(self, *, mode):
        assert mode == "json"
        return self.fields


@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        PTBENCH,
        json.dumps([CALL]),
        json.dumps({"calls": [CALL]}),
        json.dumps({"tool_calls": [CALL]}),
        json.dumps({"platform": "Larder", "name": "order", "parameters": CALL["arguments"]}),
        json.dumps({"calls": [{"platform": "Larder", "name": "order", "arguments": CALL["arguments"]}]}),
        str(CALL),
        str([CALL]),
        "{'Larder': [order(dish = 'ramen', count = 2)]}",
        f"```json\n{TEXT}\n```",
        f"```\n{PTBENCH}\n```",
        f"``` json \n{TEXT}",
        f"`{PTBENCH}`",
        f"<tool_call>\n{TEXT}\n</tool_call>",
        f"<tool_call>{TEXT}",
        f"<think>I could call order(dish='soup').</think>\n{TEXT}",
        f"I could call order(dish='soup').</think>\n{PTBENCH}",
        f"<THINKING>hm</THINKING>{TEXT}",
        f"Sure, here you are: {TEXT} Enjoy!",
        f"Sure, here you are:\n{PTBENCH}",
        f"First I thought of {{this}} and [that].\n{TEXT}",
        f"\ufeff\n  {TEXT}  \n",
    ],
    ids=lambda text: text[:40],
)
def test_a_call_is_read_in_every_form_of_text(text):
    assert read_answer(text) == (ORDER,)


FUNCTION = {"name": "order", "arguments": '{"dish": "ramen", "count": 2}'}
TOOL_CALLS = [{"id": "1", "type": "function", "function": FUNCTION}]
TOOL_USE = {"type": "tool_use", "id": "1", "name": "order", "input": {"dish": "ramen", "count": 2}}
UNPLACED = ParsedCall(None, "order", {"dish": "ramen", "count": 2})


@pytest.mark.parametrize(
    "answer",
    [
        {"role": "assistant", "content": None, "tool_calls": TOOL_CALLS},
        {"role": "assistant", "content": "Sure.", "tool_calls": TOOL_CALLS},
        {"role": "assistant", "content": "", "function_call": FUNCTION},
        {"choices": [{"message": {"role": "assistant", "content": "", "tool_calls": TOOL_CALLS}}]},
        TOOL_CALLS,
        TOOL_CALLS[0],
        {"role": "assistant", "content": [{"type": "text", "text": "Sure."}, TOOL_USE]},
        [{"type": "text", "text": "Sure: order(dish='soup')"}, TOOL_USE],
        TOOL_USE,
        Object(choices=[{"message": {"tool_calls": TOOL_CALLS}}]),
        [Object(**TOOL_USE)],
        {"tool_calls": [Object(**TOOL_CALLS[0])]},
        ({"type": "text", "text": "Sure."}, TOOL_USE),
    ],
    ids=lambda answer: str(answer)[:50],
)
def test_messages_and_tool_calls_are_read_as_values_and_as_objects(answer):
    assert read_answer(answer) == (UNPLACED,)


@pytest.mark.parametrize(
    "answer",
    [
        CALL,
        [CALL],
        {"role": "assistant", "content": TEXT},
        {"role": "assistant", "content": [{"type": "text", "text": "Sure:"}, {"type": "text", "text": TEXT}]},
        {"choices": [{"message": {"role": "assistant", "content": f"```json\n{TEXT}\n```"}}]},
        {"role": "assistant", "content": PTBENCH, "tool_calls": None},
    ],
    ids=lambda answer: str(answer)[:50],
)
def test_the_text_of_a_message_is_read_as_text(answer):
    assert read_answer(answer) == (ORDER,)


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"calls": [CALL, {**CALL, "arguments": {"dish": "soup"}}]}),
        f"{TEXT}\n{json.dumps({**CALL, 'arguments': {'dish': 'soup'}})}",
        f"Two: {TEXT}, {json.dumps({**CALL, 'arguments': {'dish': 'soup'}})}.",
        "'Larder':[order(dish = 'ramen', count = 2), order(dish = 'soup')]",
        "'Larder':[order(dish = 'ramen', count = 2)], 'Larder':[order(dish = 'soup')]",
        f"<tool_call>{TEXT}</tool_call><tool_call>'Larder':[order(dish = 'soup')]</tool_call>",
    ],
    ids=lambda text: text[:40],
)
def test_several_calls_that_stand_together_are_all_read(text):
    assert read_answer(text) == (ORDER, SOUP)


def test_calls_on_several_platforms_keep_their_own():
    calls = read_answer("'Larder':[order(dish = 'ramen')], 'Quick Bite':[order(dish = 'soup')]")
    assert [(call.platform, call.arguments["dish"]) for call in calls] == [("Larder", "ramen"), ("Quick Bite", "soup")]


@pytest.mark.parametrize("joint", ["\nNo, rather:\n", "\n```\nor better\n```json\n"])
def test_of_several_answers_the_last_one_counts(joint):
    soup = json.dumps({**CALL, "arguments": {"dish": "soup"}})
    assert read_answer(f"```json\n{soup}{joint}{TEXT}\n```") == (ORDER,)


@pytest.mark.parametrize(
    "value", ["</think>", "<think>x</think>", "<tool_call>{}</tool_call>", "```json\n{}\n```", "}]", "'\"\\"]
)
def test_mark_up_within_a_value_belongs_to_the_value(value):
    call = {**CALL, "arguments": {"dish": value}}
    for text in (json.dumps(call), f"'Larder':[order(dish = {value!r})]"):
        assert read_answer(text) == (ParsedCall("Larder", "order", {"dish": value}),)


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "I cannot help with that.",
        "null",
        "[]",
        "{}",
        "{",
        "```json\n```",
        f"<think>{TEXT}",
        '{"calls": []}',
        None,
        7,
        b"order(dish='ramen')",
        {1, 2},
        object(),
        {1: CALL},
        [],
        {"choices": []},
        {"choices": [None]},
        {"content": None},
        Object,
    ],
)
def test_what_holds_no_call_gives_none(answer):
    assert read_answer(answer) == ()


def test_a_broken_line_among_lines_of_json_is_passed_over():
    assert read_answer(f'{{"platform": \n{TEXT}') == (ORDER,)


@pytest.mark.parametrize(
    "text",
    [
        "'P':[f(x=" + "-" * 900 + "1)]",
        "'P':[f(x=" + "1+" * 900 + "1)]",
        "'P':[f(x=" + "1+" * 50_000 + "1)]",
        "'P':[f(x=" + "not " * 900 + "1)]",
        "'P':[f" + "()" * 9_000 + "]",
        "'P':[f(x=a" + ".b" * 9_000 + ")]",
        "'P':[f(x=0x" + "f" * 9_000 + ")]",
        "f(x=0x" + "f" * 9_000 + ")",
        "{'platform': 'P', 'function': 'f', 'arguments': {'x': 0x" + "f" * 9_000 + "}}",
        "{" + "-" * 900 + "1: [f()]}",
        "[" * 100_000,
        "{" * 100_000,
        '{"a":' * 100_000,
        "{'a':" * 50_000,
        "```" * 50_000,
        "<tool_call>" * 20_000,
        "{\n" * 50_000,
    ],
    ids=lambda text: f"{text[:12]} {len(text)}",
)
def test_damage_and_depth_raise_nothing(text):
    assert all(isinstance(call, ParsedCall) for call in read_answer(text))


def test_a_call_that_json_cannot_hold_is_left_out():
    assert read_answer("'P':[f(x=1)], 'Q':[g(x=0x" + "f" * 9_000 + ")]") == (ParsedCall("P", "f", {"x": 1}),)


def test_half_a_character_becomes_a_mark_also_in_a_literal():
    assert read_answer(r"'P':[f(x='\ud800')]") == (ParsedCall("P", "f", {"x": "\ufffd"}),)


def test_text_behind_a_thought_is_read_in_time_that_grows_with_its_length():
    start = time.perf_counter()
    read_answer("</think>" + "a" * 190_000)
    assert time.perf_counter() - start < 4  # that of the square of its length is ten seconds


def test_a_list_that_holds_itself_gives_none():
    answer = []
    answer.append(answer)
    assert read_answer(answer) == ()


def test_nothing_of_an_answer_is_run(tmp_path):
    path = tmp_path / "made"
    read_answer(f"'P':[f(x=open({str(path)!r}, 'w'))]")
    assert not path.exists()


PIECES = [
    TEXT,
    PTBENCH,
    "```",
    "<think>",
    "</think>",
    "<tool_call>",
    "{",
    "}",
    "[",
    "]",
    "'",
    '"',
    ":",
    ",",
    "f(",
    ")",
    "\n",
]


@given(st.text() | st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=12).map("".join))
@example("\ud800{\ud800")
@example("{{}: [f()]}")
@example("{**a}[")
def test_any_text_is_read_without_an_exception(text):
    assert all(isinstance(call.arguments, dict) for call in read_answer(text))


KEYS = ["role", "content", "tool_calls", "function_call", "choices", "message", "type", "text", "name", "input"]
KEYS += ["function", "arguments", "platform", "calls", "x"]
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6)
LEAVES |= st.sampled_from(["tool_use", "text", "assistant", TEXT, PTBENCH, '{"a": 1}'])
JSON = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4)
)


@given(JSON)
@example({"choices": [{"message": {"tool_calls": "f("}}]})
@example([{"type": ["text"]}, {"type": "text", "text": {"a": 1}}])
def test_any_json_is_read_without_an_exception_as_value_and_as_text(value):
    for answer in (value, json.dumps(value)):
        assert all(isinstance(call.arguments, dict) for call in read_answer(answer))


@given(st.dictionaries(st.from_regex(r"[a-z]{1,6}", fullmatch=True), JSON, max_size=4))
def test_arguments_come_out_as_they_were_written(arguments):
    arguments = json.loads(json.dumps(arguments).replace("NaN", "0"))
    text = json.dumps({"platform": "P", "function": "f", "arguments": arguments})
    assert read_answer(text) == (ParsedCall("P", "f", arguments),)


def test_the_last_call_is_found_behind_any_number_of_brackets():
    answer = "'Larder':[order_food(dish = 'soup')]"
    for before in ("f(" * 9_000, "a:[f(" * 3_000, "f(x='" * 3_000):
        assert [call.tool for call in read_answer(f"{before}\n{answer}")] == ["order_food"]
