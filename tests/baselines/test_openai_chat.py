"""The client of language models, against a server that fails in every way that servers do."""

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from types import SimpleNamespace

import pytest
from chat_server import (
    CUT,
    DRIP,
    DRIP_OF_HEADERS,
    HANG_UP,
    HELLO,
    KEY,
    NO_JSON,
    STALL,
    Play,
    as_json,
    client,
    error,
    good,
    nobody_listens,
)

from baselines.chat import ChatAnswerError, ChatModel, ChatRefusedError, ChatUnavailableError
from baselines.completion_cache import CompletionCache
from baselines.openai_chat import OpenAIChat
from baselines.usage import Usage

HALF_JSON = Play(body=b'{"choices": [', headers={"Content-Type": "application/json"})


pytestmark = pytest.mark.usefixtures("no_openai_settings")


def test_a_completion_comes_with_what_it_took(playing):
    model = client(playing(good("hi", prompt_tokens=7, completion_tokens=3)))
    assert isinstance(model, ChatModel)
    completion = model.complete(HELLO)
    assert (completion.text, completion.finish, completion.tool_calls) == ("hi", "stop", ())
    usage = completion.usage
    assert (usage.calls, usage.prompt_tokens, usage.completion_tokens, usage.cost, usage.cached) == (1, 7, 3, None, 0)


def test_a_request_holds_model_settings_and_messages_and_nothing_else(playing):
    server = playing()
    client(server, temperature=0.5, max_tokens=9, seed=4).complete(HELLO)
    assert server.paths == ["/v1/chat/completions"]
    assert server.bodies == [{"model": "m", "messages": HELLO, "temperature": 0.5, "max_tokens": 9, "seed": 4}]


def test_a_schema_is_sent_as_response_format(playing):
    server = playing()
    schema = {"type": "object", "properties": {"a": {"const": "b"}}}
    client(server).complete(HELLO, schema=schema)
    sent = server.bodies[0]["response_format"]
    assert (sent["type"], sent["json_schema"]["schema"]) == ("json_schema", schema)
    assert "tools" not in server.bodies[0]


def test_tools_are_sent_and_called_tools_come_back(playing):
    tools = [{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}]
    call = {"id": "1", "type": "function", "function": {"name": "f", "arguments": '{"x": 1}'}}
    server = playing(good(None, tool_calls=[call]))
    completion = client(server).complete(HELLO, tools=tools)
    assert server.bodies[0]["tools"] == tools
    assert (completion.text, completion.tool_calls) == ("", (call,))


def test_the_key_is_sent_as_a_bearer(playing, monkeypatch):
    server = playing()
    client(server).complete(HELLO)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-the-environment")
    client(server, api_key=None).complete(HELLO)
    assert [own["authorization"] for own in server.headers] == [f"Bearer {KEY}", "Bearer sk-of-the-environment"]


def test_the_address_may_come_from_the_environment(playing, monkeypatch):
    server = playing(good("hi"))
    monkeypatch.setenv("OPENAI_BASE_URL", server.url)
    assert client(server, base_url=None).complete(HELLO).text == "hi"


def test_a_local_server_needs_no_key(playing):
    assert client(playing(good("hi")), api_key=None).complete(HELLO).text == "hi"


@pytest.mark.parametrize("ending", ["\n", "\r\n", " "])
def test_a_key_that_was_read_with_its_line_end_works(playing, ending):
    server = playing()
    client(server, api_key=KEY + ending).complete(HELLO)
    assert server.headers[0]["authorization"] == f"Bearer {KEY}"


def test_cost_is_counted_by_the_prices_of_a_million_tokens(playing):
    server = playing(good(prompt_tokens=1000, completion_tokens=200))
    assert client(server, prices=(2.0, 10.0)).complete(HELLO).usage.cost == pytest.approx(0.004)


def test_a_model_that_reasons_is_sent_what_such_models_take(playing):
    server = playing()
    client(server, reasoning=True, max_tokens=9, seed=4).complete(HELLO)
    assert server.bodies == [{"model": "m", "messages": HELLO, "max_completion_tokens": 9, "seed": 4}]


def test_a_completion_from_the_cache_costs_what_todays_prices_say(playing, tmp_path):
    server = playing(good(prompt_tokens=1000, completion_tokens=200))
    for prices, cost in (None, None), ((2.0, 10.0), 0.004), ((1.0, 5.0), 0.002), (None, None):
        usage = client(server, prices=prices, cache=CompletionCache(tmp_path)).complete(HELLO).usage
        assert usage.cost == (None if cost is None else pytest.approx(cost))
    assert len(server.headers) == 1


@pytest.mark.parametrize("counted", [{"prompt_tokens": None, "completion_tokens": None}, None])
def test_a_server_that_does_not_count_is_answered_by_a_good_completion(playing, counted):
    body = {**json.loads(good("hi").body), "usage": counted}
    completion = client(playing(as_json(body)), prices=(1.0, 1.0)).complete(HELLO)
    assert completion.text == "hi"
    assert (completion.usage.prompt_tokens, completion.usage.completion_tokens) == (0, 0)


def test_half_a_surrogate_pair_is_sent_as_a_question_mark(playing):
    server = playing(good("hi"))
    assert client(server).complete([{"role": "user", "content": "soup \ud83c \u00e9"}]).text == "hi"
    assert server.bodies[0]["messages"] == [{"role": "user", "content": "soup ? \u00e9"}]


TEMPORARY = {
    "429": error(429, "slow down"),
    "429 with Retry-After": error(429, "slow down", Retry_After=0),
    "429 with a date": error(429, "slow down", Retry_After="Wed, 21 Oct 2015 07:28:00 GMT"),
    "500": error(500, "oops"),
    "503": Play(status=503, body=b"unavailable", headers={"Content-Type": "text/plain"}),
    "408": error(408, "too slow"),
    "no response": HANG_UP,
    "cut off": CUT,
}
NO_ANSWER = {
    "empty": good(""),
    "white": good(" \n"),
    "null": good(None),
    "no JSON": NO_JSON,
    "half JSON": HALF_JSON,
    "other JSON": as_json({"hello": 1}),
    "a list": as_json([1]),
    "a string": as_json("hello"),
    "null for all": as_json(None),
    "no choice": as_json({"choices": []}),
    "no message": as_json({"choices": [{"finish_reason": "stop"}]}),
    "a number for text": as_json({"choices": [{"finish_reason": "stop", "message": {"content": 5}}]}),
    "an error with 200": as_json({"error": {"message": "loading"}}),
}


@pytest.mark.parametrize("play", TEMPORARY.values(), ids=TEMPORARY)
def test_what_passes_is_tried_again_until_it_passed(playing, play):
    server = playing(play, play, good("hi"))
    assert client(server).complete(HELLO).text == "hi"
    assert server.count == 3


@pytest.mark.parametrize("play", TEMPORARY.values(), ids=TEMPORARY)
def test_what_does_not_pass_is_tried_as_often_as_was_said(playing, play):
    server = playing(play)
    with pytest.raises(ChatUnavailableError):
        client(server, attempts=4).complete(HELLO)
    assert server.count == 4


@pytest.mark.parametrize("play", NO_ANSWER.values(), ids=NO_ANSWER)
def test_an_answer_that_is_none_is_tried_again(playing, play):
    server = playing(play, good("hi"))
    assert client(server).complete(HELLO).text == "hi"
    assert server.count == 2


@pytest.mark.parametrize("play", NO_ANSWER.values(), ids=NO_ANSWER)
def test_answers_that_are_none_end_in_an_error_of_the_answer(playing, play):
    server = playing(play)
    with pytest.raises(ChatAnswerError):
        client(server, attempts=2).complete(HELLO)
    assert server.count == 2


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422])
def test_a_refusal_is_not_tried_again(playing, status):
    server = playing(error(status, "this model's maximum context length is 8192 tokens"))
    with pytest.raises(ChatRefusedError, match=rf"{status}.*maximum context length"):
        client(server).complete(HELLO)
    assert server.count == 1


def test_a_stall_ends_with_the_timeout(playing):
    server = playing(STALL)
    with pytest.raises(ChatUnavailableError, match=r"no answer within 0\.2 s"):
        client(server, timeout=0.2, attempts=2).complete(HELLO)
    assert server.count == 2


def test_after_a_stall_the_next_try_can_answer(playing):
    assert client(playing(STALL, good("hi")), timeout=1.0).complete(HELLO).text == "hi"


@pytest.mark.parametrize("play", [DRIP, DRIP_OF_HEADERS, STALL], ids=["body", "headers", "stall"])
def test_bytes_that_drip_end_with_the_deadline_of_the_whole_request(playing, play):
    server = playing(play)
    started = time.monotonic()
    with pytest.raises(ChatUnavailableError, match=r"no whole answer within 0\.5 s"):
        client(server, deadline=0.5).complete(HELLO)
    assert 0.4 < time.monotonic() - started < 5.0
    assert server.count == 1


def test_tries_and_pauses_end_with_the_deadline(playing):
    server = playing(error(429, Retry_After="0.2"))
    started = time.monotonic()
    with pytest.raises(ChatUnavailableError, match="429"):
        client(server, deadline=0.5, attempts=1000, longest_pause=30.0).complete(HELLO)
    assert time.monotonic() - started < 5.0
    assert 2 <= server.count <= 3


def test_a_request_after_one_that_dripped_is_answered(playing):
    model = client(playing(DRIP, good("hi"), good("ho")), deadline=0.5)
    with pytest.raises(ChatUnavailableError):
        model.complete(HELLO)
    assert [model.complete(HELLO).text for _ in range(2)] == ["hi", "ho"]
    assert threading.active_count() < 10


def test_no_server_at_all_is_an_error_that_says_where():
    address = nobody_listens()
    with pytest.raises(ChatUnavailableError, match=f"no connection to {address}"):
        OpenAIChat("m", base_url=address, attempts=2, longest_pause=0.0).complete(HELLO)


def test_the_error_says_how_long_the_server_wants_to_be_left_alone(playing):
    with pytest.raises(ChatUnavailableError) as caught:
        client(playing(error(429, Retry_After="7.5")), attempts=1).complete(HELLO)
    assert caught.value.retry_after == 7.5


@pytest.mark.parametrize(
    ("asked", "longest", "paused"), [("2", 30.0, 2.0), ("3600", 5.0, 5.0), ("-1", 5.0, 0.0), ("inf", 5.0, 5.0)]
)
def test_a_pause_is_what_the_server_asks_for_and_no_longer_than_allowed(playing, monkeypatch, asked, longest, paused):
    pauses = []
    monkeypatch.setattr("tenacity.nap.time.sleep", pauses.append)
    client(playing(error(429, Retry_After=asked), good()), longest_pause=longest).complete(HELLO)
    assert pauses == [paused]


def test_pauses_without_advice_grow_up_to_the_longest(playing, monkeypatch):
    pauses = []
    monkeypatch.setattr("tenacity.nap.time.sleep", pauses.append)
    monkeypatch.setattr("random.uniform", lambda _low, high: high)
    with pytest.raises(ChatUnavailableError):
        client(playing(error(500)), longest_pause=2.0, attempts=5).complete(HELLO)
    assert pauses == [0.5, 1.0, 2.0, 2.0]


def test_the_time_of_a_completion_covers_its_tries(playing, monkeypatch):
    ticks = iter([100.0, 103.5])
    monkeypatch.setattr("baselines.openai_chat.time", SimpleNamespace(monotonic=lambda: next(ticks)))
    assert client(playing(good())).complete(HELLO).usage.seconds == 3.5


def test_no_more_requests_are_under_way_than_was_said(playing):
    server = playing()
    model = client(server, concurrency=2)
    server.meeting = Barrier(2)  # each request waits for another one, so that two are under way
    with ThreadPoolExecutor(6) as threads:
        list(threads.map(model.complete, [HELLO] * 6))
    assert (server.count, server.most_under_way) == (6, 2)


def test_a_failed_request_gives_its_place_to_the_next(playing):
    server = playing(error(401), error(500), good("hi"))
    model = client(server, concurrency=1, attempts=1)
    with pytest.raises(ChatRefusedError):
        model.complete(HELLO)
    with pytest.raises(ChatUnavailableError):
        model.complete(HELLO)
    assert model.complete(HELLO).text == "hi"


def test_a_cached_completion_sends_no_request(playing, tmp_path):
    server = playing(good("hi", prompt_tokens=7))
    first = client(server, cache=CompletionCache(tmp_path), prices=(1.0, 1.0)).complete(HELLO, schema={})
    again = client(server, cache=CompletionCache(tmp_path), prices=(1.0, 1.0)).complete(HELLO, schema={})
    assert server.count == 1
    assert again.usage == first.usage.model_copy(update={"cached": 1})
    assert again.text == "hi"


def test_threads_that_ask_the_same_send_one_request(playing, tmp_path):
    server = playing()
    model = client(server, cache=CompletionCache(tmp_path))
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(model.complete, [HELLO] * 4))
    assert (server.count, sorted(own.usage.cached for own in found)) == (1, [0, 1, 1, 1])


def test_an_answer_that_cannot_be_kept_is_not_lost(playing, tmp_path):
    cache = CompletionCache(tmp_path / "kept")
    cache.folder.write_text("")
    with pytest.warns(RuntimeWarning, match="kept"):
        assert client(playing(good("hi")), cache=cache).complete(HELLO).text == "hi"


@pytest.mark.parametrize("change", [{"temperature": 1.0}, {"max_tokens": 5}, {"seed": 1}])
def test_another_setting_is_another_completion(playing, tmp_path, change):
    server = playing(good("one"), good("two"))
    client(server, cache=CompletionCache(tmp_path)).complete(HELLO)
    assert client(server, cache=CompletionCache(tmp_path), **change).complete(HELLO).text == "two"


def test_a_schema_or_tools_make_another_completion(playing, tmp_path):
    server = playing(good("one"), good("two"), good("three"))
    model = client(server, cache=CompletionCache(tmp_path))
    asked = [{}, {"schema": {"type": "object"}}, {"tools": [{"type": "function", "function": {"name": "f"}}]}]
    assert [model.complete(HELLO, **own).text for own in asked] == ["one", "two", "three"]


def test_patience_and_key_do_not_make_another_completion(playing, tmp_path):
    server = playing(good("one"))
    client(server, cache=CompletionCache(tmp_path)).complete(HELLO)
    other = client(server, cache=CompletionCache(tmp_path), timeout=9.0, attempts=1, api_key="sk-another-key")
    assert other.complete(HELLO).usage.cached == 1


@pytest.mark.parametrize("play", [error(401), error(500), good(""), NO_JSON], ids=["401", "500", "empty", "no JSON"])
def test_a_failure_is_never_cached(playing, tmp_path, play):
    server = playing(play, good("hi"))
    model = client(server, cache=CompletionCache(tmp_path), attempts=1)
    with pytest.raises((ChatRefusedError, ChatUnavailableError, ChatAnswerError)):
        model.complete(HELLO)
    assert model.complete(HELLO).text == "hi"


@pytest.mark.parametrize(
    "setting",
    [
        {"timeout": 0.0},
        {"timeout": -1.0},
        {"deadline": 0.0},
        {"attempts": 0},
        {"concurrency": 0},
        {"longest_pause": -0.1},
    ],
    ids=str,
)
def test_a_setting_out_of_range_is_refused(setting):
    with pytest.raises(ValueError, match=next(iter(setting))):
        OpenAIChat("m", base_url="http://127.0.0.1:1/v1", **setting)


def test_the_configuration_is_what_answers_depend_on(playing):
    server = playing()
    model = client(server, seed=3)
    assert dict(model.configuration) == {
        "model": "m",
        "endpoint": server.url,
        "temperature": 0.0,
        "max_tokens": 256,
        "seed": 3,
    }
    assert repr(model) == f"OpenAIChat('m', base_url={server.url!r})"


def test_the_end_of_an_address_does_not_matter(playing):
    server = playing(good("hi"))
    model = client(server, base_url=server.url + "/")
    assert (model.complete(HELLO).text, model.endpoint) == ("hi", server.url)


def ended_for_length(text):
    body = json.loads(good(text, prompt_tokens=10, completion_tokens=256).body)
    body["choices"][0]["finish_reason"] = "length"
    return as_json(body)


def test_a_completion_that_ended_for_its_length_says_so(playing):
    completion = client(playing(ended_for_length("half an ans"))).complete(HELLO)
    assert (completion.text, completion.finish) == ("half an ans", "length")


@pytest.mark.parametrize("text", ["", " \n", None])
def test_an_empty_answer_that_ended_for_its_length_is_not_asked_for_again(playing, text):
    server = playing(ended_for_length(text), good("hi"))
    with pytest.raises(ChatAnswerError, match=r"empty .* max_tokens is 256.*; billed: 10 .* and 256 ") as caught:
        client(server, temperature=0.7).complete(HELLO)
    assert server.count == 1
    assert type(caught.value) is ChatAnswerError


# Tries that are billed ------------------------------------------------------------------------------------------------

BILLED = {
    "empty": good("", prompt_tokens=10, completion_tokens=2),
    "no choice": as_json({"choices": [], "usage": {"prompt_tokens": 10, "completion_tokens": 2}}),
}


@pytest.mark.parametrize("play", BILLED.values(), ids=BILLED)
def test_what_took_several_tries_counts_all_that_were_billed(playing, play):
    server = playing(play, error(500), play, good("hi", prompt_tokens=10, completion_tokens=5))
    usage = client(server, attempts=4, prices=(1.0, 100.0)).complete(HELLO).usage
    assert (usage.calls, usage.prompt_tokens, usage.completion_tokens) == (3, 30, 9)
    assert usage.cost == pytest.approx((30 + 900) / 1e6)


@pytest.mark.parametrize(
    ("details", "reused"), [({"cached_tokens": 7}, 7), ({"cached_tokens": None}, 0), ({}, 0), (None, 0)]
)
def test_what_the_server_had_kept_of_a_prompt_is_told(playing, details, reused):
    counts = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15, "prompt_tokens_details": details}
    message = {"role": "assistant", "content": "hi"}
    body = {"id": "1", "object": "chat.completion", "created": 0, "model": "m", "usage": counts}
    choices = [{"index": 0, "finish_reason": "stop", "message": message}]
    usage = client(playing(as_json({**body, "choices": choices}))).complete(HELLO).usage
    assert (usage.prompt_tokens, usage.reused_tokens) == (10, reused)


@pytest.mark.parametrize("play", [error(500), NO_JSON, as_json({"choices": [], "usage": None})])
def test_a_try_for_which_no_tokens_were_counted_is_none_that_was_billed(playing, play):
    usage = client(playing(play, good("hi", prompt_tokens=10))).complete(HELLO).usage
    assert (usage.calls, usage.prompt_tokens) == (1, 10)


def test_one_request_does_not_count_the_tries_of_another(playing):
    model = client(playing(good(""), good("hi"), good("hi")))
    assert [model.complete(HELLO).usage.calls for _ in range(2)] == [2, 1]


def test_the_time_of_several_tries_is_counted_once(playing, monkeypatch):
    ticks = iter([100.0, 103.5])
    monkeypatch.setattr("baselines.openai_chat.time", SimpleNamespace(monotonic=lambda: next(ticks)))
    assert client(playing(good(""), good("hi"))).complete(HELLO).usage.seconds == 3.5


def test_a_cached_completion_of_several_tries_is_cached_as_a_whole(playing, tmp_path):
    model = client(playing(good(""), good("hi")), cache=CompletionCache(tmp_path))
    first, again = (model.complete(HELLO).usage for _ in range(2))
    assert again == first.model_copy(update={"cached": 2})


def test_a_failure_says_what_its_tries_were_billed(playing):
    with pytest.raises(ChatAnswerError, match=r"it ended for 'stop'\); billed: 30 prompt and 6 completion tokens"):
        client(playing(good(""))).complete(HELLO)
    busy = playing(good(""), error(429, Retry_After="7.5"))
    with pytest.raises(ChatUnavailableError, match=r"429.*; billed: 10 prompt and 2 ") as caught:
        client(busy, attempts=2).complete(HELLO)
    assert caught.value.retry_after == 7.5
    with pytest.raises(ChatUnavailableError, match=r"500: [^;]*$"):
        client(playing(error(500))).complete(HELLO)


def test_two_completions_add_up(playing):
    model = client(playing(good(prompt_tokens=10, completion_tokens=2)), prices=(1.0, 1.0))
    total = model.complete(HELLO).usage + model.complete(HELLO).usage
    assert total.model_copy(update={"seconds": 0.0}) == Usage(
        calls=2, prompt_tokens=20, completion_tokens=4, cost=24e-6
    )
