"""All calls of an answer, on any platform, scored as a multiset."""

import pytest

from baselines.case import Call, Prediction
from experiments.errors import RecordError
from experiments.records import FURTHER, read_record
from experiments.several import gold_calls, score_several, several_figures

ANSWER = ["Shops", [{"find_shop": {"item": ["oats", "oat"]}}, {"find_shop": {"item": ["rye"]}}]]
ELSEWHERE = [["Trains", [{"find_train": {"to": ["Ham"]}}]]]


def record(answer=ANSWER, further=ELSEWHERE):
    made = {
        "id": "r",
        "query": "Find oats",
        "user_profile": {},
        "platforms": [],
        "tools": [],
        "answer": answer,
        "query_params": [],
        "profile_params": [],
        FURTHER: further,
    }
    return read_record(made, file="made", index=0, default_id="r", split=None)


def prediction(*items, to="Ham", platform="Shops", train=True):
    return Prediction(
        case_id="r",
        platform=platform,
        calls=tuple(Call(function="find_shop", arguments={"item": item}) for item in items),
        further=(Call(function="find_train", arguments={"to": to}, platform="Trains"),) if train else (),
    )


def shares(made):
    score = score_several([record()], [made])
    return score.number, score.tools, score.calls, score.first, score.more


def test_a_record_has_the_calls_of_all_platforms():
    assert [(call.platform, call.function) for call in gold_calls(record())] == [
        ("Shops", "find_shop"),
        ("Shops", "find_shop"),
        ("Trains", "find_train"),
    ]


def test_calls_in_any_order_are_right():
    assert shares(prediction("rye", "oat")) == (1, 1, 1, 1, 0)


def test_a_wrong_value_elsewhere_leaves_the_first_platform_right():
    assert shares(prediction("oats", "rye", to="Hum")) == (1, 1, 0, 1, 0)


def test_a_missing_call_elsewhere_is_a_wrong_number():
    assert shares(prediction("oats", "rye", train=False)) == (0, 0, 0, 1, 0)


def test_a_call_too_many_is_counted():
    assert shares(prediction("oats", "rye", "malt")) == (0, 0, 0, 0, 1)


def test_one_right_call_twice_is_not_two():
    assert shares(prediction("oats", "oats")) == (1, 1, 0, 0, 0)


def test_an_answer_on_another_platform_is_wrong():
    assert shares(prediction("oats", "rye", platform="Stalls")) == (1, 0, 0, 0, 0)


def test_an_abstention_has_no_call():
    assert shares(Prediction(case_id="r", abstained="unsure")) == (0, 0, 0, 0, 0)


@pytest.mark.parametrize("further", ["Trains", [["Trains"]], [["Trains", [{"find_train": 7}]]]])
def test_further_answers_of_another_shape_are_refused(further):
    with pytest.raises(RecordError, match="r"):
        gold_calls(record(further=further))


def test_a_prediction_that_abstains_has_no_further_call():
    with pytest.raises(ValueError, match="can have no calls"):
        Prediction(case_id="r", abstained="unsure", further=(Call(function="f", platform="P"),))


def test_the_figures_are_of_records_with_several_calls_and_of_calls_too_many():
    one = record(answer=["Shops", [{"find_shop": {"item": ["oats"]}}]], further=[])
    found = several_figures(
        [record(), one, one],
        [prediction("rye", "oat"), prediction("oats", train=False), prediction("oats", "rye", train=False)],
    )
    assert found == {"of_platforms": 1, "further_number": 1, "further_tools": 1, "further_calls": 1, "too_many": 0.5}


def test_several_calls_on_one_platform_are_counted_apart():
    found = several_figures([record(further=[])], [prediction("rye", "oat", train=False)])
    assert found == {"of_values": 1, "number": 1, "tools": 1, "calls": 1}
