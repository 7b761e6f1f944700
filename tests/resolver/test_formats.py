import ast
import json
import math

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from experiments.syntax import parse_answer
from resolver import FormatError, render_ptbench
from resolver.formats import identifier, render_answer

any_text = st.text(st.characters(exclude_categories=()))
odd_names = st.sampled_from(
    [
        "",
        " ",
        "from",
        "None",
        "True",
        "__debug__",
        "match",
        "type",
        "_",
        "print",
        "f",
        "rb",
        "3d",
        "a b",
        "a_b",
        "a-b",
        "\ufb01nd",
        "\U0001d41f\U0001d42b\U0001d428\U0001d426",
        "\u00b2",
        "x\u00b2",
        "\u5bff\u53f8",
        "\u05e9\u05dc",
        "\U0001f355",
        "a\u0301",
        "\u00aa",
        "\ud800",
        "a\0b",
        "v1.orders.add",
        "P:[x(",
        "}",
        "#",
        "\\",
        "'",
        '"',
        "x" * 5_000,
    ]
)
names = any_text | odd_names
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(-(10**3_999), 10**3_999)
    | st.floats(allow_nan=False)
    | any_text
    | odd_names,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4),
    max_leaves=12,
)


@given(names, st.lists(st.tuples(names, st.dictionaries(names, values, max_size=4)), max_size=3))
@example("None", [("None", {"from": None, "from_": 1})])
@example("\ud800'\"\n\\", [("lambda", {"\0": "\ud83d\ude00", "": float("inf")})])
def test_every_name_and_value_is_read_back(platform, calls):
    answer = parse_answer(render_ptbench(platform, calls))
    assert answer.platform == platform
    assert [call.function for call in answer.calls] == [identifier(function) for function, _ in calls]
    for call, (_, arguments) in zip(answer.calls, calls, strict=True):
        assert list(call.arguments.values()) == list(arguments.values())
        for written, name in zip(call.arguments, arguments, strict=True):
            assert written.rstrip("_") == identifier(name).rstrip("_")
            assert written == name or identifier(name) != name


@given(names)
def test_an_identifier_is_one_and_stays_one(name):
    written = identifier(name)
    assert written.isidentifier()
    assert identifier(written) == written


@pytest.mark.parametrize("name", ["order", "getMenu_v2", "_x", "match", "type", "\u5bff\u53f8", "sch\u00f6n"])
def test_a_name_that_the_form_can_hold_is_kept(name):
    assert identifier(name) == name


def test_of_two_names_that_become_one_the_true_one_keeps_it():
    answer = parse_answer(render_ptbench("P", [("f", {"a b": 1, "a_b": 2, "a-b": 3})]))
    assert answer.calls[0].arguments == {"a_b_": 1, "a_b": 2, "a_b__": 3}


def test_types_are_kept():
    given_values = [1, 1.0, True, None, "1", "True", "true", [], {}, "", -0.5, 1e300, 5e-324, -(10**50)]
    read = parse_answer(render_ptbench("P", [("f", {"x": given_values})])).calls[0].arguments["x"]
    assert list(map(repr, read)) == list(map(repr, given_values))


@pytest.mark.parametrize("value", [math.inf, -math.inf])
def test_infinity_is_a_number_too_large(value):
    assert parse_answer(render_ptbench("P", [("f", {"x": value})])).calls[0].arguments == {"x": value}


def test_negative_zero_is_kept():
    read = parse_answer(render_ptbench("P", [("f", {"x": -0.0})])).calls[0].arguments["x"]
    assert math.copysign(1, read) == -1


def test_a_tuple_becomes_a_list_and_a_key_text():
    assert parse_answer(render_ptbench("P", [("f", {"x": (1, {2: 3})})])).calls[0].arguments == {"x": [1, {"2": 3}]}


def test_no_call_is_an_empty_list():
    assert render_ptbench("P", []) == "'P':[]"
    assert parse_answer("'P':[]").calls == ()


def nested(levels):
    value = 1
    for level in range(levels):
        value = [value] if level % 2 else {"k": value}
    return value


def test_nesting_is_written_up_to_fifty_levels():
    assert parse_answer(render_ptbench("P", [("f", {"x": nested(50)})])).calls[0].arguments == {"x": nested(50)}
    with pytest.raises(FormatError, match="nested over 50 levels"):
        render_ptbench("P", [("f", {"x": nested(51)})])


@pytest.mark.parametrize(
    "value", [math.nan, [math.nan], 10**4_001, b"x", {1, 2}, object()], ids=lambda value: type(value).__name__
)
def test_what_the_form_cannot_hold_is_a_typed_error(value):
    with pytest.raises(FormatError):
        render_ptbench("P", [("f", {"x": value})])


def test_a_long_text_is_read_back():
    text = "a'\"\\\n\U0001f355" * 20_000
    answer = parse_answer(render_ptbench("P", [("f", {"x": text})]))
    assert answer.calls[0].arguments == {"x": text}


@given(values)
def test_the_text_is_one_line(value):
    text = render_ptbench("P", [("f", {"x": value})])
    assert len(text.splitlines()) == 1
    assert json.dumps(text)


@given(st.lists(st.tuples(names, names, st.dictionaries(names, values, max_size=3)), min_size=1, max_size=4))
@example([("A", "f", {"x": "'B':[g()]"}), ("A", "f", {"x": "}"}), ("B", "from", {"from": None})])
def test_calls_on_several_platforms_are_read_back_as_those_of_the_first(calls):
    first = calls[0][0]
    answer = parse_answer(render_answer(calls))
    own = [(function, arguments) for platform, function, arguments in calls if platform == first]
    assert answer.platform == first
    assert [call.function for call in answer.calls] == [identifier(function) for function, _ in own]
    assert [list(call.arguments.values()) for call in answer.calls] == [list(given.values()) for _, given in own]


def test_calls_of_one_platform_stand_together():
    assert render_answer([("A", "f", {}), ("B", "g", {}), ("A", "h", {})]) == "'A':[f(), h()], 'B':[g()]"


@given(names, names)
def test_platforms_are_all_there_however_they_are_called(one, other):
    assume(one != other)
    read = ast.parse("{" + render_answer([(one, "f", {}), (other, "g", {})]) + "}", mode="eval").body
    assert [key.value for key in read.keys] == [one, other]
