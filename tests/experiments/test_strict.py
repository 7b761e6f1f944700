import pytest
from bench_samples import call_answer, gold, text_answer
from hypothesis import given
from hypothesis import strategies as st

from baselines.case import Call, Prediction
from experiments import PredictionsError, score_strict, score_strict_record
from experiments.records import FURTHER
from experiments.strict import STRICT_COLUMNS

TWO = [{"f": {"x": ["a"]}}, {"f": {"x": ["b"]}}]


def columns(scored):
    return {column for column in STRICT_COLUMNS if getattr(scored, column)}


def test_the_right_answer_is_right_in_every_column():
    of = gold([{"f": {"x": ["a"], "n": [3]}}])
    for prediction in (text_answer(of, "P:[f(n='3', x='A ')]"), call_answer(of, "P", ("f", {"x": "a", "n": 3.0}))):
        scored = score_strict_record(of, prediction)
        assert columns(scored) == set(STRICT_COLUMNS)
        assert (scored.outcome, scored.error) == ("right", None)


def test_two_calls_to_one_function_are_right_in_any_order():
    of = gold(TWO)
    assert score_strict_record(of, text_answer(of, "P:[f(x='b'), f(x='a')]")).overall
    assert not score_strict_record(of, text_answer(of, "P:[f(x='a'), f(x='a')]")).values


def test_accepted_values_that_overlap_are_paired_where_a_greedy_pairing_fails():
    of = gold([{"f": {"x": ["a", "b"]}}, {"f": {"x": ["a"]}}])
    assert score_strict_record(of, text_answer(of, "P:[f(x='a'), f(x='b')]")).overall
    assert score_strict_record(of, text_answer(of, "P:[f(x='b'), f(x='a')]")).overall
    assert not score_strict_record(of, text_answer(of, "P:[f(x='b'), f(x='b')]")).overall


def test_a_repeated_correct_call_is_excessive():
    of = gold([{"f": {"x": ["a"]}}], query_params=["x"])
    scored = score_strict_record(of, text_answer(of, "P:[f(x='a'), f(x='a')]"))
    assert (columns(scored), scored.error) == ({"platform"}, "function_excessive")
    assert (scored.query_matched, scored.query_listed) == (1, 1)


@pytest.mark.parametrize(
    ("text", "error", "right"),
    [
        ("Q:[g()]", "platform", set()),
        ("Q:[f(x='a', y='b')]", "platform", {"function", "params", "values"}),
        ("P:[]", "function_missing", {"platform"}),
        ("P:[g(x='a', y='b')]", "function_missing", {"platform"}),
        ("P:[f(x='a', y='b'), g()]", "function_excessive", {"platform"}),
        ("P:[f(x='a')]", "param_missing", {"platform", "function", "tool"}),
        ("P:[f(x='a', z='b')]", "param_missing", {"platform", "function", "tool"}),
        ("P:[f(x='a', y='b', z='c')]", "param_excessive", {"platform", "function", "tool"}),
        ("P:[f(x='a', y='c')]", "value", {"platform", "function", "tool", "params"}),
        ("p:[f(x='a', y='b')]", "platform", {"function", "params", "values"}),
        ("not an answer", "format", set()),
        ("", "format", set()),
        ("P:[f(x=__import__('os').system('true'))]", "format", set()),
    ],
)
def test_each_record_gets_its_first_true_error(text, error, right):
    of = gold([{"f": {"x": ["a"], "y": ["b"]}}])
    scored = score_strict_record(of, text_answer(of, text))
    assert (scored.error, columns(scored)) == (error, right)
    assert scored.outcome == ("format_error" if error == "format" else "wrong")


def test_parameters_in_the_wrong_one_of_two_calls_are_missing():
    of = gold([{"f": {"x": ["a"]}}, {"f": {"y": ["b"]}}])
    scored = score_strict_record(of, text_answer(of, "P:[f(x='a', y='b'), f()]"))
    assert (scored.function, scored.params, scored.error) == (True, False, "param_missing")


def test_calls_are_read_before_the_text():
    of = gold([{"f": {}}])
    answer = call_answer(of, "P", ("f", {})).model_copy(update={"text": "no answer at all"})
    assert score_strict_record(of, answer).overall


def test_calls_without_a_platform_are_on_the_wrong_one():
    of = gold([{"f": {}}])
    assert score_strict_record(of, call_answer(of, None, ("f", {}))).error == "platform"


def test_a_name_that_the_official_form_cannot_hold_is_scored_from_calls():
    of = gold([{"find flights": {"from": ["Oslo"]}}])
    assert score_strict_record(of, call_answer(of, "P", ("find flights", {"from": "oslo"}))).overall


def test_abstaining_is_its_own_outcome_and_no_format_error():
    of = gold([{"f": {}}])
    records = [of, of, of, of]
    answers = [
        Prediction(case_id=of.id, abstained="unsure"),
        text_answer(of, "P:[f()]"),
        text_answer(of, "P:[g()]"),
        text_answer(of, "?"),
    ]
    scored = score_strict(records, answers)
    assert scored.outcomes == {"right": 1, "wrong": 1, "abstained": 1, "format_error": 1}
    assert scored.errors == {"abstained": 1, "function_missing": 1, "format": 1}
    assert (scored.answered, scored.accuracy_answered, scored.columns["overall"]) == (3, 1 / 3, 0.25)
    assert scored.records[0].reason == "unsure"


def test_abstaining_is_right_where_the_gold_has_no_call():
    of = gold([])
    scored = score_strict([of, of], [Prediction(case_id=of.id, abstained="unsure"), call_answer(of, "P", ("f", {}))])
    silent, loud = scored.records
    assert (silent.outcome, silent.error) == ("abstained", None)
    assert all(getattr(silent, column) for column in STRICT_COLUMNS)
    assert not loud.overall
    assert (scored.columns["overall"], scored.answered, scored.accuracy_answered) == (0.5, 1, 0.0)


def test_calls_on_platforms_that_nobody_asked_for_are_wrong():
    right = {"platform": "P", "calls": (Call(function="f"),), "further": (Call(function="f", platform="Q"),)}
    one = gold([{"f": {}}])
    scored = score_strict_record(one, Prediction(case_id=one.id, **right))
    assert (scored.outcome, scored.error, scored.platform, scored.tool) == ("wrong", "function_excessive", True, False)
    several = gold([{"f": {}}], **{FURTHER: [["Q", [{"f": {}}]]]})
    assert score_strict_record(several, Prediction(case_id=several.id, **right)).overall


def test_abstaining_always_leaves_no_accuracy_of_answers():
    of = gold([{"f": {}}])
    scored = score_strict([of], [Prediction(case_id=of.id, abstained="unsure")])
    assert (scored.answered, scored.accuracy_answered) == (0, None)


def test_recall_counts_each_gold_parameter_once_by_source():
    of = gold(
        [{"f": {"x": ["a"], "y": ["b"]}}, {"g": {"x": ["c"], "z": ["d"]}}],
        query_params=["x", "y"],
        profile_params=["y", "z", "unused"],
    )
    scored = score_strict_record(of, text_answer(of, "Q:[f(x='a', y='b'), g(x='?', w='d')]"))
    assert (scored.query_matched, scored.query_listed) == (2, 3)
    assert (scored.profile_matched, scored.profile_listed) == (1, 2)


def test_an_empty_recall_is_none():
    of = gold([{"f": {}}])
    scored = score_strict([of], [text_answer(of, "P:[f()]")])
    assert (scored.query_recall, scored.profile_recall) == (None, None)


def test_a_bare_accepted_string_is_the_accepted_value():
    of = gold([{"f": {"x": "tea"}}])
    assert score_strict_record(of, text_answer(of, "P:[f(x='Tea')]")).overall
    assert not score_strict_record(of, text_answer(of, "P:[f(x='t')]")).overall


def test_an_empty_answer_to_an_empty_gold_is_right():
    of = gold([])
    assert score_strict_record(of, text_answer(of, "P:[]")).overall


def test_predictions_of_other_records_are_refused():
    of = gold([{"f": {}}])
    with pytest.raises(PredictionsError):
        score_strict([of], [])
    with pytest.raises(PredictionsError):
        score_strict([of], [Prediction(case_id="other", text="P:[f()]")])


values = st.sampled_from(["a", "b", "3", 3, True, ["a"], None])
calls = st.lists(
    st.tuples(st.sampled_from("fg"), st.dictionaries(st.sampled_from("xyz"), values, max_size=3)), max_size=5
)
golds = st.lists(
    st.tuples(
        st.sampled_from("fg"),
        st.dictionaries(st.sampled_from("xyz"), st.lists(values, min_size=1, max_size=2), max_size=3),
    ),
    max_size=4,
).map(lambda pairs: [{name: parameters} for name, parameters in pairs])


@given(golds, calls, st.randoms())
def test_the_order_of_calls_never_changes_the_score(gold_calls, predicted, random):
    of = gold(gold_calls, query_params=["x", "y"], profile_params=["z"])
    shuffled, shuffled_gold = list(predicted), list(gold_calls)
    random.shuffle(shuffled)
    random.shuffle(shuffled_gold)
    again = gold(shuffled_gold, query_params=["x", "y"], profile_params=["z"])
    assert score_strict_record(of, call_answer(of, "P", *predicted)) == score_strict_record(
        again, call_answer(again, "P", *shuffled)
    )


@given(golds, calls, st.sampled_from("PQ"))
def test_columns_imply_one_another_and_recall_stays_within_its_bounds(gold_calls, predicted, platform):
    of = gold(gold_calls, query_params=["x", "y"], profile_params=["z"])
    scored = score_strict_record(of, call_answer(of, platform, *predicted))
    assert scored.overall == (scored.platform and scored.values) == (scored.error is None)
    assert scored.values <= scored.params <= scored.function
    assert scored.tool == (scored.platform and scored.function)
    assert 0 <= scored.query_matched <= scored.query_listed
    assert 0 <= scored.profile_matched <= scored.profile_listed


@given(golds)
def test_gold_is_right_whatever_its_shape(gold_calls):
    of = gold(gold_calls)
    firsts = [(name, {k: v[-1] for k, v in ps.items()}) for call in gold_calls for name, ps in call.items()]
    assert score_strict_record(of, call_answer(of, "P", *firsts)).outcome == "right"


@given(st.text())
def test_any_text_is_scored(text):
    of = gold([{"f": {"x": ["a"]}}])
    for prediction in (text, f"P:[f(x={text})]", f"P:[f(x={text!r})]"):
        assert score_strict_record(of, text_answer(of, prediction)).outcome in {"right", "wrong", "format_error"}
