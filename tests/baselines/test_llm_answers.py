"""What comes out of the systems that ask a language model: the model's answer, mended, or the resolver's."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from llm_cases import (
    CHECKED,
    ELSEWHERE,
    HOME,
    PLATFORMS,
    TOOLS,
    UNSURE,
    calling,
    case,
    each_system,
)

from baselines import create
from baselines.chat import ChatAnswerError, ChatUnavailableError, ScriptedModel
from baselines.llm_systems import SETUPS, create_llm


@pytest.fixture
def likely(workbench):
    """The platform that the resolver thinks the likeliest, which every prompt holds."""
    return create("resolver", workbench=workbench).predict(UNSURE).platform


@pytest.mark.parametrize("name", [name for name in SETUPS if name not in CHECKED])
def test_an_answer_that_is_not_checked_stays_as_it_is(ask, name):
    prediction, _ = ask(name, *[ELSEWHERE] * 2)
    assert prediction.answered_by == "model"
    assert "Nowhere" in prediction.text


@pytest.mark.parametrize("name", CHECKED)
@pytest.mark.parametrize(
    "text",
    [
        ELSEWHERE,
        "'Nowhere':[fly(dish = 'ramen')]",
        "I would rather not.",
        "{",
        '{"calls": [{"platform": null, "function": null, "arguments": null}]}',
        calling("Larder", "fly"),
        calling("Larder", dish="ramen", delivery_address=HOME, colour="red"),
        calling("larder", dish="ramen", delivery_address=HOME, size="enormous"),
        calling("Larder", dish=None, delivery_address=float("nan")),
        "[" * 10_000,
    ],
    ids=range(10),
)
def test_a_checked_answer_is_within_the_catalog(ask, name, text):
    prediction, asked = ask(name, text)
    assert asked
    parameters = {(tool["platform"], tool["name"]): tool["parameters"] for tool in TOOLS}
    assert prediction.calls
    for call in prediction.all_calls:
        schema = parameters[call.platform or prediction.platform, call.function]
        assert call.arguments.keys() <= schema.keys()
        assert call.arguments.get("size", "small") in {"small", "large"}
    assert "Nowhere" not in prediction.text


@pytest.mark.parametrize("name", CHECKED)
def test_a_model_that_calls_nothing_abstains(ask, name):
    prediction, _ = ask(name, '{"calls": []}')
    assert (prediction.abstained, prediction.answered_by) == ("the model calls nothing", "model")
    assert prediction.calls is None


@pytest.mark.parametrize("name", CHECKED)
def test_a_checked_answer_of_the_models_own_is_marked_so(ask, likely, name):
    prediction, _ = ask(name, calling(likely, dish="ramen", delivery_address=HOME))
    assert (prediction.platform, prediction.answered_by) == (likely, "model")


@pytest.mark.parametrize("name", CHECKED)
def test_a_mended_answer_is_marked_so(ask, likely, name):
    prediction, _ = ask(name, calling(likely.upper(), "orderFood", dish="ramen", delivery_address=HOME))
    assert (prediction.platform, prediction.calls[0].function) == (likely, "order_food")
    assert prediction.answered_by == "repaired"


@pytest.mark.parametrize("name", CHECKED)
def test_where_the_model_says_nothing_usable_the_resolvers_answer_is_marked_so(ask, workbench, name):
    prediction, _ = ask(name, "I would rather not.")
    own = create("resolver", workbench=workbench).predict(UNSURE)
    assert (prediction.platform, prediction.calls, prediction.answered_by) == (own.platform, own.calls, "resolver")


def test_where_neither_answers_it_is_an_abstention_with_a_reason(ask):
    prediction, _ = ask("llm_checked", "I would rather not.", given=case(query="qqq zzz"))
    assert (prediction.text, prediction.calls, prediction.answered_by) == ("", None, "resolver")
    assert prediction.abstained


@pytest.mark.parametrize(
    ("text", "calls"),
    [
        ("'Larder':[order_food(dish = 'ramen')]", [("order_food", {"dish": "ramen"})]),
        ("Sure! 'Larder':[order_food(dish = 'ramen')]", [("order_food", {"dish": "ramen"})]),
        (calling("Larder", dish="ramen"), [("order_food", {"dish": "ramen"})]),
        ("I would rather not.", []),
    ],
)
def test_ptbenchs_form_is_left_as_it_came_and_its_calls_are_read_as_far_as_they_can_be(ask, text, calls):
    prediction, _ = ask("llm_full", f" {text}\n")
    assert prediction.text == text
    assert [(call.function, call.arguments) for call in prediction.calls or ()] == calls


def test_an_answer_in_json_becomes_ptbenchs_form(ask):
    prediction, _ = ask("llm_none", calling("Larder", dish="ramen"))
    assert prediction.text == "'Larder':[order_food(dish = 'ramen')]"
    assert prediction.calls[0].arguments == {"dish": "ramen"}


def test_calls_on_a_second_platform_are_further_ones(ask):
    first, second = (json.loads(calling(platform, dish="ramen"))["calls"][0] for platform in ("Larder", "Pan-Pan"))
    prediction, _ = ask("llm_none", json.dumps({"calls": [first, second]}))
    assert (prediction.platform, len(prediction.calls)) == ("Larder", 1)
    assert [call.platform for call in prediction.further] == ["Pan-Pan"]


@pytest.mark.parametrize("text", ["sorry", '{"calls": []}', '{"calls": [{"platform": "Larder"}]}'])
def test_an_answer_without_a_call_is_kept_as_text(ask, text):
    prediction, _ = ask("llm_none", text)
    assert (prediction.text, prediction.calls, prediction.abstained) == (text, None, None)


@each_system
@pytest.mark.parametrize("error", [ChatUnavailableError("busy"), ChatAnswerError("empty")])
def test_a_model_that_gives_no_answer_is_an_error(ask, name, error):
    with pytest.raises(type(error)):
        ask(name, error)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from([*PLATFORMS, "order_food"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["calls", "platform", "function", "arguments", "dish", "size"]), inner)
    ),
    max_leaves=12,
)


@pytest.mark.parametrize("name", ["llm_none", "llm_full", "llm_checked", "llm_fill"])
@settings(max_examples=60)
@given(text=st.text() | JSON.map(json.dumps))
def test_whatever_a_model_says_becomes_a_prediction_that_can_be_stored(workbench, name, text):
    prediction = create_llm(name, workbench, ScriptedModel([text])).predict(UNSURE)
    stored = json.dumps(prediction.model_dump(mode="json"), allow_nan=False)
    assert json.loads(stored)["case_id"] == "test/0"
