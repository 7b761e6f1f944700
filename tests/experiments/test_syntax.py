import keyword
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments import PredictionFormatError, parse_answer
from experiments.syntax import DEEPEST, LONGEST


def value(source):
    return parse_answer(f"P:[f(x={source})]").calls[0].arguments["x"]


def test_platform_function_and_keyword_arguments_are_read():
    answer = parse_answer("'Quick Bite':[order(dish = 'ramen', n=2), pay()]")
    assert answer.platform == "Quick Bite"
    assert answer.calls == (("order", {"dish": "ramen", "n": 2}), ("pay", {}))


def test_only_the_first_platform_counts():
    assert parse_answer("A:[f(x=1)], B:[g()]").platform == "A"
    assert parse_answer("A:[f(x=1)], B:[g()]").calls == (("f", {"x": 1}),)


def test_positional_arguments_vanish():
    assert parse_answer("P:[f(1, 'a', os.system, x=2)]").calls == (("f", {"x": 2}),)


def test_bare_names_become_strings():
    assert value("tomorrow") == "tomorrow"
    assert value("[a, b]") == ["a", "b"]


@pytest.mark.parametrize(
    ("source", "expected"), [("-5", -5), ("+5", -5), ("~5", -5), ("not True", -1), ("+2.5", -2.5), ("-0.5", -0.5)]
)
def test_every_unary_operator_reads_as_minus(source, expected):
    assert value(source) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("1 + 2", 3),
        ("2024-3-8", 2013),
        ("2 ** 10", 1024),
        ("7 // 2", 3),
        ("1 - +2", -1),
        ("~1 + 3", 1),
        ("1 / 4", 0.25),
        ("6 & 3 | 8 ^ 1", 11),
        ("1 << 4 >> 2", 4),
        ("2 ** -1", 0.5),
        ("1 + 2j", 1 + 2j),
    ],
)
def test_operations_on_numeric_literals_fold(source, expected):
    assert value(source) == expected


@pytest.mark.parametrize(
    "source",
    [
        "10**10**10",
        "1 << 10**9",
        "9**9**9**9",
        "10**4000 * 10**4000",
        "1/0",
        "0 ** -1",
        "1 % 0",
        "1.5 | 2",
        "2.0 ** 100000",
        "1 >> -1",
        "1 @ 2",
        "2 * 'a'",
        "'a' + 'b'",
        "'a' * 10**9",
        "[1] * 10**9",
        "True + 1",
        "x + 1",
        "f(y=1) + 1",
        "+".join(["1"] * 4000),
    ],
)
def test_any_other_operation_is_a_format_error(source):
    with pytest.raises(PredictionFormatError):
        value(source)


@pytest.mark.parametrize(
    "source",
    [
        "__import__('os').system('true')",
        "open('f', 'w')",
        "exit()",
        "g(y=1)",
        "os.environ",
        "a[0]",
        "[y for y in z]",
        "lambda: 1",
        "f'{exit()}'",
        "(y := 1)",
        "1 if True else 2",
        "1 < 2",
        "a or b",
        "{1, 2}",
        "*a",
        "[*a]",
        "{**a}",
        "{[]: 1}",
        "-x",
        "-'a'",
        "--1",
        "-(1 + 2)",
        "await x",
    ],
)
def test_code_in_a_value_is_a_format_error(source):
    with pytest.raises(PredictionFormatError):
        value(source)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "I think Shop:[f(x=1)]",
        "```\nP:[f(x=1)]\n```",
        "<think>hm</think>P:[f(x=1)]",
        "P:[f(x=1)",
        "P:[f(x=1)] # done",
        "P",
        "f(x=1)",
        "P:f(x=1)",
        "P:(f(x=1),)",
        "P:['f']",
        "P:[f]",
        "P:[f(from='a')]",
        "Quick Bite:[f()]",
        "quick-bite:[f()]",
        "quick.bite:[f()]",
        "**{'P': [f()]}",
        "P:[f(**{'x': 1})]",
        "P:[f(x=1)()]",
        "P:[__import__('os').system('true')]",
        "P:[f(x='a)]",
        "P:[f(x=2024-03-08)]",
        "P:[f()]}, {Q:[g()]",
        "P:[f()]} | {Q:[g()]",
        "P:[f(x='\0')]",
        "P:[f(x='\ud800')]",
        "P:[f(x=" + "9" * 5000 + ")]",
        "P:[f(x=0x" + "f" * 4000 + ")]",
        "P:[f(x=" + "[" * 150 + "]" * 150 + ")]",
        "P:[f(x=" + "[" * 9000 + "]" * 9000 + ")]",
        "P:[f(x=" + "-" * 100_000 + "1)]",
        "P:[f(x=" + "not " * 100_000 + "1)]",
        "P:[f" + "()" * 100_000 + "]",
        "P:[f" + ".a" * 100_000 + "()]",
        "P:[f(x=" + "1 if 1 else " * 30_000 + "1)]",
        "P:[f(x='" + "a" * LONGEST + "')]",
        "P:[f(x=f'{" + "+".join("1" * 9_000) + "}')]",
        "'" + "\\'" * 240_000,
        '"""' + "\\'" * 240_000 + "\\",
    ],
    ids=lambda text: text[:30],
)
def test_a_text_in_another_form_is_a_format_error(text):
    with pytest.raises(PredictionFormatError):
        parse_answer(text)


def test_nesting_up_to_the_bound_is_read():
    nested = value("[" * DEEPEST + "]" * DEEPEST)
    for _ in range(DEEPEST - 1):
        assert isinstance(nested, list)
        (nested,) = nested
    assert nested == []


def test_operators_inside_a_text_do_not_count_as_nesting():
    text = "(-" * 20_000 + "\\'"
    assert value(f"'{text}'") == "(-" * 20_000 + "'"


def test_a_later_platform_with_code_spoils_the_text():
    with pytest.raises(PredictionFormatError):
        parse_answer("A:[f(x=1)], B:[g(y=h())]")


def test_a_dotted_function_is_one_name():
    assert parse_answer("P:[a.b.c(x=1)]").calls[0].function == "a.b.c"


def test_a_platform_without_calls_is_an_answer():
    assert parse_answer("P:[]").calls == ()


def test_an_odd_escape_is_read_without_a_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert value(r"'\d'") == r"\d"


@given(st.text() | st.from_regex(r"P:\[f\(x=[-+*~0-9a-z'\"()\[\]{}:., ]*\)\]"))
def test_any_text_is_an_answer_or_a_format_error(text):
    try:
        answer = parse_answer(text)
    except PredictionFormatError:
        return
    assert all(isinstance(call.function, str) for call in answer.calls)


names = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,10}", fullmatch=True).filter(
    lambda name: not keyword.iskeyword(name) and name != "__debug__"
)
plain_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner)
    ),
    max_leaves=8,
)


@given(
    st.text(st.characters(exclude_categories=["Cs"])),
    st.lists(st.tuples(names, st.dictionaries(names, plain_values, max_size=4)), max_size=4),
)
def test_what_is_rendered_by_repr_is_read_back(platform, calls):
    written = ", ".join(f"{f}({', '.join(f'{k}={v!r}' for k, v in args.items())})" for f, args in calls)
    answer = parse_answer(f"{platform!r}:[{written}]")
    assert (answer.platform, list(answer.calls)) == (platform, calls)


@given(
    st.text(st.characters(exclude_categories=["Cs"])),
    st.lists(st.tuples(names, st.dictionaries(names, plain_values, max_size=4)), max_size=4),
)
def test_what_the_resolver_renders_is_read_back(platform, calls):
    formats = pytest.importorskip("resolver.formats")
    answer = parse_answer(formats.render_ptbench(platform, calls))
    assert (answer.platform, list(answer.calls)) == (platform, calls)
