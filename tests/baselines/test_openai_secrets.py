"""Keys, passwords and tokens: sent to the server and shown nowhere."""

import json
import logging
import traceback

import pytest
from chat_server import CUT, HANG_UP, HELLO, KEY, Play, as_json, client, error, good, nobody_listens

from baselines.chat import ChatAnswerError, ChatRefusedError, ChatUnavailableError, Completion
from baselines.completion_cache import CompletionCache
from baselines.masking import Mask
from baselines.openai_chat import OpenAIChat
from baselines.usage import Usage

pytestmark = pytest.mark.usefixtures("no_openai_settings")


def shown(error):
    """An error as a program that ends by it shows it, and by itself."""
    return "\n".join([*traceback.format_exception(error), repr(error), repr(error.args)])


def everything_said(model, caplog, folder, caught=None):
    """All texts in which a secret could be: of the client, an error with its causes, the log, and files."""
    files = "".join(path.read_text() for path in folder.rglob("*") if path.is_file())
    texts = [repr(model), json.dumps(dict(model.configuration)), files, caplog.text]
    return "\n".join([*texts, *([shown(caught.value)] if caught is not None else [])])


ECHOES = {
    "401": error(401, f"Incorrect API key provided: {KEY}"),
    "500": error(500, f"cannot parse Bearer {KEY}"),
    "in text": Play(status=400, body=f"key={KEY}".encode(), headers={"Content-Type": "text/plain"}),
    "no completion": as_json({"choices": [{"message": {"content": KEY, "tool_calls": [{"function": KEY}]}}]}),
    "no response": HANG_UP,
    "cut off": CUT,
}


@pytest.mark.parametrize("play", ECHOES.values(), ids=ECHOES)
def test_no_error_and_no_log_shows_the_key(playing, tmp_path, caplog, play):
    caplog.set_level(logging.DEBUG)
    model = client(playing(play), cache=CompletionCache(tmp_path), attempts=2)
    with pytest.raises((ChatRefusedError, ChatUnavailableError, ChatAnswerError)) as caught:
        model.complete(HELLO)
    said = everything_said(model, caplog, tmp_path, caught)
    assert "openai" in {record.name.partition(".")[0] for record in caplog.records}
    assert KEY not in said


def test_no_error_of_a_lost_connection_shows_the_key(tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    model = OpenAIChat("m", base_url=nobody_listens(), api_key=KEY, attempts=1)
    with pytest.raises(ChatUnavailableError) as caught:
        model.complete(HELLO)
    assert KEY not in everything_said(model, caplog, tmp_path, caught)


def test_a_kept_completion_and_its_log_do_not_show_the_key(playing, tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    model = client(playing(good("hi")), cache=CompletionCache(tmp_path))
    model.complete(HELLO)
    said = everything_said(model, caplog, tmp_path)
    assert "hello" in said  # the request is in the file
    assert KEY not in said


@pytest.mark.parametrize(
    "play", [good("hi"), error(401, "no entry for s3cret:w0rd"), HANG_UP], ids=["good", "401", "no response"]
)
def test_user_and_password_of_an_address_are_sent_and_never_shown(playing, tmp_path, caplog, play):
    caplog.set_level(logging.DEBUG)
    server = playing(play)
    address = server.url.replace("://", "://someone:s3cret%3Aw0rd@")
    model = client(server, base_url=address, cache=CompletionCache(tmp_path), attempts=1)
    caught = None
    if play == good("hi"):
        model.complete(HELLO)
    else:
        with pytest.raises((ChatRefusedError, ChatUnavailableError)) as caught:
            model.complete(HELLO)
    sent = server.headers[0]["authorization"]
    assert sent == "Basic c29tZW9uZTpzM2NyZXQ6dzByZA=="
    said = everything_said(model, caplog, tmp_path, caught)
    assert [secret for secret in ("s3cret", "w0rd", "someone", sent.split()[1]) if secret in said] == []
    assert model.endpoint == server.url


def test_a_token_in_the_place_of_a_user_is_not_shown_either(playing, caplog):
    caplog.set_level(logging.DEBUG)
    server = playing(error(403, "token t0ken-in-front is spent"))
    model = client(server, base_url=server.url.replace("://", "://t0ken-in-front@"))
    with pytest.raises(ChatRefusedError, match=r"token \*\*\* is spent"):
        model.complete(HELLO)
    assert "t0ken" not in caplog.text + repr(model)


@pytest.mark.parametrize(
    "address",
    [
        "http://someone:s3cret@[half/v1",
        "http://someone:s3cret@host:notaport/v1",
        "http://someone:s3cret#@host/v1",
        "http://host/v1?key=s3cret",
        "http://host/v1#s3cret",
        "ftp://someone:s3cret@host/v1",
        "someone:s3cret@host/v1",
        "s3cret",
    ],
)
def test_an_address_that_is_none_or_holds_a_query_is_refused_without_showing_it(address):
    with pytest.raises(ValueError, match="base URL") as caught:
        OpenAIChat("m", base_url=address)
    assert "s3cret" not in shown(caught.value)


@pytest.mark.parametrize("key", ["sk-secret\nsecond-line", "sk-s\u00e9cret-key", "sk-secret\x00"])
def test_a_key_that_no_header_can_hold_is_refused_without_showing_it(key):
    with pytest.raises(ValueError, match="OPENAI_API_KEY") as caught:
        OpenAIChat("m", api_key=key)
    assert "sk-" not in shown(caught.value)


CALLED = {"id": KEY, "type": "function", "function": {"name": "f", "arguments": json.dumps({KEY: [KEY]})}}


@pytest.mark.parametrize("play", [good(f"Your key is {KEY}."), good(None, tool_calls=[CALLED])], ids=["text", "call"])
def test_a_completion_that_echoes_the_key_is_given_and_kept_without_it(playing, tmp_path, caplog, play):
    caplog.set_level(logging.DEBUG)
    model = client(playing(play), cache=CompletionCache(tmp_path))
    for completion in (model.complete(HELLO), model.complete(HELLO)):
        assert KEY not in completion.model_dump_json()
        assert "***" in completion.model_dump_json()
    assert KEY not in everything_said(model, caplog, tmp_path)


def test_a_completion_that_was_kept_with_the_key_is_given_without_it(playing, tmp_path):
    cache = CompletionCache(tmp_path)
    model = client(playing(), cache=cache)
    cache.put({**model.configuration, "messages": HELLO}, Completion(text=f"It is {KEY}.", usage=Usage(calls=1)))
    assert model.complete(HELLO).text == "It is ***."


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("k3y!", "a *** of none"),
        ("x7q2z", "a *** of none"),
        ('q"7\\z', "a *** of none"),
        ("test", "a test of none"),
        ("EMPTY", "a EMPTY of none"),
        ("abc", "a abc of none"),
        (None, "a key of none"),
    ],
)
def test_a_short_key_is_masked_where_it_is_no_everyday_word(playing, key, told):
    answer = f"a {key or 'key'} of none"
    assert client(playing(good(answer)), api_key=key).complete(HELLO).text == told
    with pytest.raises(ChatRefusedError) as caught:
        client(playing(error(401, answer)), api_key=key).complete(HELLO)
    assert told in str(caught.value)


def test_a_secret_that_needs_escapes_is_masked_in_json_text_too():
    text = 'q"7\\z'
    assert Mask([text]).value({"a": [json.dumps({"b": text})], text: 1}) == {"a": ['{"b": "***"}'], "***": 1}
    assert text not in repr(Mask([text]))


@pytest.mark.parametrize(
    "address", [f"http://host/{KEY}/v1", f"http://{KEY}.example/v1", "http://host/sk%2Dnot-a-real/v1"]
)
def test_an_address_with_the_key_in_it_is_refused_without_showing_it(address):
    key = "sk-not-a-real" if "%" in address else KEY
    with pytest.raises(ValueError, match="base URL holds the key") as caught:
        OpenAIChat("m", base_url=address, api_key=key)
    assert key not in shown(caught.value)
    OpenAIChat("m", base_url="http://test.example/v1", api_key="test")
