import pytest
from bench_samples import gold, record
from hypothesis import given
from hypothesis import strategies as st

from experiments import PredictionsError, score_official, score_official_record
from experiments.official import OFFICIAL_COLUMNS

ZERO = dict.fromkeys(OFFICIAL_COLUMNS[:6], 0)


def columns(scored):
    return {column: getattr(scored, column) for column in OFFICIAL_COLUMNS[:6]}


def value_right(source, accepted):
    """Whether a value written as ``source`` is right; None where comparing it raises."""
    scored = score_official_record(gold([{"f": {"x": accepted}}]), f"P:[f(x={source})]")
    return bool(scored.tool_param_values) if scored.format else None


def test_the_right_answer_scores_one_in_every_column():
    scored = score_official_record(gold([{"f": {"x": ["a", "b"]}}, {"g": {}}]), "P:[g(), f(x='B')]")
    assert set(columns(scored).values()) == {1}
    assert scored.errors == ()


def test_the_platform_is_compared_to_the_letter_and_only_counts_in_overall():
    scored = score_official_record(gold([{"f": {"x": ["a"]}}]), "p:[f(x='a')]")
    assert columns(scored) == {**ZERO, "format": 1, "tool_names": 1, "tool_param_names": 1, "tool_param_values": 1}


def test_a_platform_that_is_another_literal_is_merely_wrong():
    scored = score_official_record(gold([{"f": {}}], platform="1"), "1:[f()]")
    assert (scored.format, scored.platforms) == (1, 0)


def test_a_wrong_parameter_name_costs_names_and_values():
    scored = score_official_record(gold([{"f": {"x": ["a"], "y": ["b"]}}]), "P:[f(x='a')]")
    assert columns(scored) == {**ZERO, "format": 1, "platforms": 1, "tool_names": 1}


def test_function_names_are_compared_as_a_set():
    scored = score_official_record(gold([{"f": {"x": ["a"]}}]), "P:[f(x='a'), f(x='a')]")
    assert scored.overall == 1


# How a value matches


@pytest.mark.parametrize("source", ["'true'", "true", "True"])
def test_lower_case_true_becomes_a_boolean_first(source):
    assert value_right(source, [True]) is True
    assert value_right(source, [False]) is False


def test_capital_true_stays_text_and_raises_against_a_boolean():
    assert value_right("'True'", [True]) is None


def test_text_true_never_matches_the_text_true_but_capital_true_does():
    assert value_right("'true'", ["true"]) is False
    assert value_right("'True'", ["true"]) is True


def test_a_boolean_is_looked_up_by_equality_so_one_equals_true():
    assert value_right("True", [1]) is True
    assert value_right("False", ["a", 0.0]) is True
    assert value_right("True", ["true"]) is False


def test_text_matches_in_any_case_without_stripping():
    assert value_right("'TEA'", ["milk", "Tea"]) is True
    assert value_right("' tea'", ["tea"]) is False


def test_text_against_any_accepted_value_that_is_no_text_raises():
    assert value_right("'a'", ["a", 1]) is None
    assert value_right("'a'", [None]) is None


def test_a_list_matches_one_accepted_list_as_a_lower_case_set():
    assert value_right("['B', 'a', 'a']", [["x"], ["a", "b"]]) is True
    assert value_right("['a']", [["a", "b"]]) is False
    assert value_right("[]", [[]]) is True


def test_a_list_with_an_element_that_is_no_text_raises():
    assert value_right("[1]", [["1"]]) is None
    assert value_right("['1']", [[1]]) is None
    assert value_right("['a']", [3]) is None


def test_a_list_of_bare_strings_never_matches():
    assert value_right("['a', 'b']", ["a", "b"]) is False


def test_an_integer_is_within_a_hundredth_of_the_first_accepted_value_only():
    assert value_right("3", [3.009]) is True
    assert value_right("3", [3.02]) is False
    assert value_right("3", [4, 3]) is False
    assert value_right("1", [True]) is True


def test_an_integer_against_a_first_value_that_is_no_number_raises():
    assert value_right("3", ["3"]) is None
    assert value_right("3", ["3", 3]) is None
    assert value_right("3", [3, "3"]) is True
    assert value_right("3", [None]) is None


def test_an_integer_too_large_for_a_decimal_number_raises():
    assert value_right("1" + "0" * 400, [0.5]) is None


@pytest.mark.parametrize(
    ("source", "accepted", "right"),
    [
        ("3.0", [3], True),
        ("3.005", [3], False),
        ("2.5", ["x", 2.5], True),
        ("None", [None], True),
        ("{'a': 1}", [{"a": 1}], True),
        ("{'a': 'X'}", [{"a": "x"}], False),
        ("('a',)", [["a"]], False),
        ("b'a'", ["a"], False),
    ],
)
def test_anything_else_is_looked_up_by_equality(source, accepted, right):
    assert value_right(source, accepted) is right


@pytest.mark.parametrize("source", ["'tea'", "'t'", "1", "True", "['t', 'e', 'a']", "'true'", "1.5"])
def test_a_bare_string_as_accepted_value_never_matches(source):
    assert value_right(source, "tea") is False


def test_a_value_that_raises_costs_the_record_every_column():
    of = gold([{"f": {"x": [1], "y": ["b"]}}], query_params=["y"])
    scored = score_official_record(of, "P:[f(y='b', x='1')]")
    assert columns(scored) == ZERO
    assert (scored.query_matched, scored.query_listed) == (0, 1)
    assert scored.reason is not None


def test_a_value_of_an_unknown_function_or_parameter_is_never_compared():
    assert score_official_record(gold([{"f": {"x": [1]}}]), "P:[g(x='a')]").format == 1
    assert score_official_record(gold([{"f": {"x": [1]}}]), "P:[f(z='a')]").format == 1


# The quirks


def test_quirk_1_two_gold_calls_to_one_function_with_other_values_are_never_right():
    of = gold([{"f": {"x": ["a"]}}, {"f": {"x": ["b"]}}])
    assert score_official_record(of, "P:[f(x='a'), f(x='b')]").tool_param_values == 0
    same = gold([{"f": {"x": ["a", "b"]}}, {"f": {"x": ["a", "b"]}}])
    assert score_official_record(same, "P:[f(x='a'), f(x='b')]").tool_param_values == 1


def test_quirk_1_a_repeated_correct_call_counts_twice_so_a_ratio_passes_one():
    of = gold([{"f": {"x": ["a"]}}], query_params=["x"])
    assert score_official([of], ["P:[f(x='a'), f(x='a')]"]).columns["query_params"] == 2.0


def test_quirk_2_a_name_in_both_lists_counts_in_both_denominators_and_the_query_numerator():
    of = gold([{"f": {"x": ["a"]}}], query_params=["x"], profile_params=["x"])
    scored = score_official([of], ["P:[f(x='a')]"]).columns
    assert (scored["query_params"], scored["profile_params"]) == (1.0, 0.0)


def test_quirk_2_a_name_of_two_functions_counts_twice_over_once():
    of = gold([{"f": {"x": ["a"]}}, {"g": {"x": ["a"]}}], profile_params=["x"])
    assert score_official([of], ["P:[f(x='a'), g(x='a')]"]).columns["profile_params"] == 2.0


@pytest.mark.parametrize("predictions", [[], [None], [""]])
def test_quirk_3_a_missing_prediction_is_a_format_error(predictions):
    of = gold([{"f": {"x": ["a"]}}], query_params=["x"])
    scored = score_official([of], predictions)
    assert set(scored.columns.values()) == {0.0, None}
    assert scored.columns["profile_params"] is None
    assert scored.records[0].format == 0


def test_quirk_3_an_empty_answer_to_an_empty_gold_scores_one():
    assert set(columns(score_official_record(gold([]), "P:[]")).values()) == {1}


def test_quirk_4_an_empty_denominator_is_null():
    scored = score_official([gold([{"f": {}}])], ["P:[f()]"]).columns
    assert scored["query_params"] is None
    assert scored["profile_params"] is None
    assert scored["overall"] == 1.0
    assert set(score_official([], []).columns.values()) == {None}


@pytest.mark.parametrize(("source", "first"), [("+5", -5), ("~5", -5), ("2024-3-8", 2013), ("tea", "tea")])
def test_quirk_5_signs_operations_and_bare_names_are_read_as_the_official_parser_does(source, first):
    assert value_right(source, [first]) is True


@pytest.mark.parametrize("source", ["__import__('os').system('true')", "'a' + 'b'", "10**10**10"])
def test_quirk_5_code_is_a_format_error_and_never_runs(source):
    assert value_right(source, ["ab"]) is None


def test_quirk_6_missing_and_excessive_functions_are_swapped():
    of = gold([{"f": {}}, {"g": {}}])
    assert score_official_record(of, "P:[f()]").errors == ("function_excessive",)
    assert score_official_record(of, "P:[f(), g(), h()]").errors == ("function_missing",)
    assert score_official_record(of, "P:[f(), h()]").errors == ("function_missing", "function_excessive")


def test_quirk_6_missing_and_excessive_parameters_are_swapped():
    of = gold([{"f": {"x": ["a"], "y": ["b"]}}])
    assert score_official_record(of, "P:[f(x='a')]").errors == ("param_excessive",)
    assert score_official_record(of, "P:[f(x='a', y='b', z=1)]").errors == ("param_missing",)


def test_quirk_6_function_errors_mask_parameter_errors_which_mask_value_errors():
    of = gold([{"f": {"x": ["a"]}}])
    assert score_official_record(of, "P:[f(z='b'), g()]").errors == ("function_missing",)
    assert score_official_record(of, "P:[f(x='b', z='b')]").errors == ("param_missing",)
    assert score_official_record(of, "P:[f(x='b')]").errors == ("value",)


def test_quirk_6_format_and_platform_errors_are_not_written():
    of = gold([{"f": {"x": ["a"]}}])
    assert score_official([of, of], ["", "Q:[f(x='a')]"]).errors == {}


# All records together


def test_columns_are_means_and_ratios_are_pooled():
    records = [gold([{"f": {"x": ["a"], "y": ["b"]}}], query_params=["x", "y"]), gold([{"f": {}}])]
    scored = score_official(records, ["P:[f(x='a', y='c')]", "P:[f()]"]).columns
    assert scored["tool_param_values"] == 0.5
    assert scored["query_params"] == 0.5


def test_both_splits_are_weighted_609_to_474_in_every_column():
    trained = [gold([{"f": {"x": ["a"]}}], query_params=["x"], split="test_trained_user", index=i) for i in range(3)]
    untrained = [gold([{"f": {"x": ["a"]}}], query_params=["x"], split="test_untrained_user", index=9)]
    scored = score_official([*trained, *untrained], ["P:[f(x='b')]"] * 3 + ["P:[f(x='a')]"])
    assert scored.columns["overall"] == scored.columns["query_params"] == pytest.approx(609 / 1083)
    assert scored.columns["profile_params"] is None
    assert scored.splits["test_trained_user"]["overall"] == 0.0
    assert scored.splits["test_untrained_user"]["overall"] == 1.0


def test_one_split_alone_is_not_weighted():
    of = gold([{"f": {}}], split="test_trained_user")
    scored = score_official([of, of], ["P:[f()]", ""])
    assert scored.columns["overall"] == 0.5
    assert list(scored.splits) == ["test_trained_user"]


def test_more_predictions_than_records_is_a_typed_error():
    with pytest.raises(PredictionsError, match="2 predictions for 1 records"):
        score_official([record()], ["", ""])


accepted_lists = st.lists(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.text() | st.integers()),
    min_size=1,
)


@given(accepted_lists | st.text(), st.text())
def test_any_text_scores_between_zero_and_one_and_never_raises(accepted, text):
    of = gold([{"f": {"x": accepted}}], query_params=["x"])
    for prediction in (text, f"P:[f(x={text})]", f"P:[f(x={text!r})]"):
        scored = score_official([of], [prediction])
        assert all(value is None or 0.0 <= value <= 1.0 for value in scored.columns.values())


@given(accepted_lists, st.none() | st.booleans() | st.integers() | st.floats() | st.lists(st.text() | st.integers()))
def test_any_value_is_right_wrong_or_a_format_error(accepted, value):
    scored = score_official_record(gold([{"f": {"x": accepted}}]), f"P:[f(x={value!r})]")
    assert scored.tool_param_values <= scored.tool_param_names == scored.tool_names == scored.format
