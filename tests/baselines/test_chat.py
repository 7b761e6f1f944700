"""Completions, what they took, and the model that follows a script."""

import pytest
from pydantic import ValidationError

from baselines.chat import ChatModel, ChatRefusedError, ChatUnavailableError, Completion, ScriptedModel
from baselines.usage import Usage
from resolver.model_answers import read_answer

HELLO = [{"role": "user", "content": "hello there"}]


def test_a_completion_cannot_be_changed_and_has_no_other_fields():
    completion = Completion(text="a")
    with pytest.raises(ValidationError):
        completion.text = "b"
    with pytest.raises(ValidationError):
        Completion(text="a", key="b")


def test_a_completion_is_the_same_after_it_was_json():
    call = {"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    completion = Completion(text="a", tool_calls=(call,), finish="length", usage=Usage(calls=1, cost=0.5))
    assert Completion.model_validate(completion.model_dump(mode="json")) == completion


def test_a_completions_message_is_read_as_an_answer():
    completion = Completion(text='{"platform": "P", "function": "f", "arguments": {"x": 1}}')
    (call,) = read_answer(completion.message())
    assert (call.platform, call.tool, call.arguments) == ("P", "f", {"x": 1})


def test_usages_sum_up():
    one = Usage(calls=1, prompt_tokens=10, completion_tokens=2, seconds=0.5, cost=1.0, cached=1)
    two = Usage(calls=2, prompt_tokens=5, completion_tokens=1, seconds=0.25, cost=0.5)
    assert one + two == Usage(calls=3, prompt_tokens=15, completion_tokens=3, seconds=0.75, cost=1.5, cached=1)


@pytest.mark.parametrize(("costs", "total"), [((None, None), None), ((None, 2.0), 2.0), ((0.0, None), 0.0)])
def test_an_unknown_cost_is_not_nothing(costs, total):
    first, second = (Usage(cost=cost) for cost in costs)
    assert (first + second).cost == total


def test_of_calls_one_of_which_has_no_known_cost_the_sum_is_unknown():
    assert (Usage(calls=1, cost=0.5) + Usage(calls=1)).cost is None
    assert (Usage(calls=1, cost=0.5) + Usage()).cost == 0.5
    assert sum([Usage(calls=1, cost=0.5)] * 2, Usage()).cost == 1.0


def test_nothing_used_changes_no_sum():
    used = Usage(calls=1, prompt_tokens=3, cost=0.1)
    assert used + Usage() == Usage() + used == used


@pytest.mark.parametrize("name", ["calls", "prompt_tokens", "completion_tokens", "seconds", "cached"])
def test_no_usage_is_below_zero(name):
    with pytest.raises(ValidationError):
        Usage(**{name: -1})


def test_a_script_is_answered_in_order_and_says_when_it_ends():
    model = ScriptedModel(["a", Completion(text="b")])
    assert isinstance(model, ChatModel)
    assert [model.complete(HELLO).text, model.complete(HELLO).text] == ["a", "b"]
    with pytest.raises(ChatUnavailableError, match="2 answers and was asked 3 times"):
        model.complete(HELLO)


def test_an_error_in_a_script_is_raised_and_the_script_goes_on():
    model = ScriptedModel([ChatRefusedError("no"), "a"])
    with pytest.raises(ChatRefusedError, match="no"):
        model.complete(HELLO)
    assert model.complete(HELLO).text == "a"


def test_a_script_may_be_a_function_of_the_messages():
    assert ScriptedModel(lambda messages: messages[0]["content"].upper()).complete(HELLO).text == "HELLO THERE"


def test_a_scripted_model_keeps_what_it_was_asked():
    model = ScriptedModel(["a", "b"])
    model.complete(HELLO)
    model.complete(HELLO, schema={"type": "object"}, tools=[{"type": "function"}])
    assert model.asked == [
        {"messages": HELLO, "schema": None, "tools": None},
        {"messages": HELLO, "schema": {"type": "object"}, "tools": [{"type": "function"}]},
    ]


def test_a_scripted_model_counts_words_as_tokens():
    assert ScriptedModel(["one two three"]).complete(HELLO).usage == Usage(
        calls=1, prompt_tokens=2, completion_tokens=3
    )
