"""Completions on the disk."""

import gc
import json
import os
import pickle
import stat
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

import pytest

from baselines import completion_cache
from baselines.chat import Completion
from baselines.completion_cache import CacheFolderError, CompletionCache
from baselines.usage import Usage

REQUEST = {
    "model": "m",
    "endpoint": "http://127.0.0.1:1/v1",
    "temperature": 0.0,
    "max_tokens": 10,
    "messages": [{"role": "system", "content": "s"}, {"role": "user", "content": "q"}],
    "schema": {"type": "object"},
    "tools": [{"type": "function"}],
}
ANSWER = Completion(text="a", usage=Usage(calls=1, prompt_tokens=3, completion_tokens=1, seconds=0.5, cost=0.1))
CHANGES = {
    "model": "n",
    "endpoint": "http://127.0.0.1:2/v1",
    "temperature": 0.5,
    "max_tokens": 11,
    "messages": [{"role": "system", "content": "s"}, {"role": "user", "content": "Q"}],
    "schema": {"type": "array"},
    "tools": [],
    "seed": 1,
}


@pytest.fixture
def cache(tmp_path):
    return CompletionCache(tmp_path / "kept")


def files(cache):
    return sorted(path for path in cache.folder.rglob("*") if path.is_file())


def test_an_unknown_request_has_no_completion_and_makes_no_folder(cache):
    assert cache.get(REQUEST) is None
    assert not cache.folder.exists()


def test_a_completion_is_found_again_and_says_that_it_was_cached(cache):
    cache.put(REQUEST, ANSWER)
    kept = CompletionCache(str(cache.folder)).get(REQUEST)
    assert kept.usage.cached == 1
    assert kept.model_copy(update={"usage": ANSWER.usage}) == ANSWER
    assert kept.usage.model_copy(update={"cached": 0}) == ANSWER.usage


def test_all_calls_of_a_completion_that_took_several_tries_are_cached(cache):
    cache.put(REQUEST, Completion(text="a", usage=Usage(calls=3)))
    assert cache.get(REQUEST).usage == Usage(calls=3, cached=3)


def test_the_order_of_a_requests_parts_does_not_matter(cache):
    cache.put(REQUEST, ANSWER)
    assert cache.get(dict(reversed(REQUEST.items()))).text == "a"


@pytest.mark.parametrize("part", CHANGES)
def test_every_part_of_a_request_decides(cache, part):
    cache.put(REQUEST, ANSWER)
    assert cache.get({**REQUEST, part: CHANGES[part]}) is None


@pytest.mark.parametrize("part", ["schema", "tools"])
def test_a_part_that_is_absent_is_another_request(cache, part):
    cache.put(REQUEST, ANSWER)
    assert cache.get({name: value for name, value in REQUEST.items() if name != part}) is None


def test_the_order_of_messages_decides(cache):
    cache.put(REQUEST, ANSWER)
    assert cache.get({**REQUEST, "messages": REQUEST["messages"][::-1]}) is None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"null",
        b"[]",
        b'{"request": {}}',
        b'{"completion": null}',
        b'{"completion": {"text": 3}}',
        b'{"completion": {"text": "a", "more": 1}}',
        b"[" * 100_000,
    ],
    ids=["empty", "cut", "no text", "null", "list", "no completion", "none", "no string", "more", "deep"],
)
def test_a_damaged_file_counts_as_none_and_is_replaced(cache, content):
    cache.put(REQUEST, ANSWER)
    (file,) = files(cache)
    file.write_bytes(content)
    assert cache.get(REQUEST) is None
    cache.put(REQUEST, ANSWER)
    assert cache.get(REQUEST).text == "a"


def test_a_file_that_is_cut_off_anywhere_counts_as_none(cache):
    cache.put(REQUEST, ANSWER)
    (file,) = files(cache)
    whole = file.read_bytes()
    for length in range(len(whole)):
        file.write_bytes(whole[:length])
        assert cache.get(REQUEST) is None


def full(_descriptor):
    raise OSError(28, "No space left on device")


def test_a_completion_is_kept_whole_or_not_at_all(cache, monkeypatch):
    monkeypatch.setattr("indexes.files.os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        cache.put(REQUEST, ANSWER)
    assert files(cache) == []
    assert cache.get(REQUEST) is None


def test_a_failed_write_leaves_what_was_kept_before(cache, monkeypatch):
    cache.put(REQUEST, ANSWER)
    with monkeypatch.context() as patch:
        patch.setattr("indexes.files.Path.replace", lambda *_: (_ for _ in ()).throw(OSError("no")))
        with pytest.raises(OSError, match="no"):
            cache.put(REQUEST, Completion(text="b"))
    assert cache.get(REQUEST).text == "a"
    assert len(files(cache)) == 1


def test_a_file_says_what_was_asked_and_only_its_owner_reads_it(cache):
    cache.put(REQUEST, ANSWER)
    (file,) = files(cache)
    assert json.loads(file.read_text())["request"] == REQUEST
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize("text", ["\u00e9 \u2028 \U0001f35c", "half \ud83c", "\x00"])
def test_any_text_is_kept(cache, text):
    request = {**REQUEST, "messages": [{"role": "user", "content": text}]}
    cache.put(request, Completion(text=text))
    assert cache.get(request).text == text


def test_a_request_that_json_cannot_hold_is_refused(cache):
    with pytest.raises(ValueError, match="not JSON compliant"):
        cache.put({**REQUEST, "temperature": float("nan")}, ANSWER)


@pytest.mark.parametrize("below", ["", "below", "below/deeper"])
def test_a_folder_that_cannot_be_made_is_an_error_at_once(tmp_path, below):
    (tmp_path / "file").write_text("")
    with pytest.raises(CacheFolderError, match=r"file.* is no folder"):
        CompletionCache(tmp_path / "file" / below)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_is_an_error_at_once(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(CacheFolderError, match="cannot be written"):
        CompletionCache(tmp_path / "kept")


def test_a_folder_is_asked_about_before_anything_is_paid_for(tmp_path, monkeypatch):
    exists = os.access
    monkeypatch.setattr(
        "baselines.completion_cache.os.access", lambda path, mode: mode == os.F_OK and exists(path, mode)
    )
    with pytest.raises(CacheFolderError, match="cannot be written") as caught:
        CompletionCache(tmp_path / "kept")
    assert isinstance(caught.value, OSError)  # commands say it in one line
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)  # noqa: S301 - our own, as from a worker


def test_what_cannot_be_kept_is_answered_with_a_warning(cache, monkeypatch):
    monkeypatch.setattr("indexes.files.os.fsync", full)
    with pytest.warns(RuntimeWarning, match=r"kept.*No space left"):
        assert cache.completed(REQUEST, lambda: ANSWER) == ANSWER
    assert cache.get(REQUEST) is None


def test_what_cannot_be_kept_for_one_reason_is_said_once(cache, monkeypatch):
    monkeypatch.setattr("indexes.files.os.fsync", full)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("default")
        for seed in range(3):
            cache.completed({**REQUEST, "seed": seed}, lambda: ANSWER)
    assert len(said) == 1


def test_a_folder_that_became_a_file_costs_no_answer(cache):
    cache.folder.write_text("")
    with pytest.warns(RuntimeWarning, match="kept"):
        assert cache.completed(REQUEST, lambda: ANSWER) == ANSWER


def test_a_request_that_json_cannot_hold_is_refused_before_it_is_asked(cache):
    asked = []
    with pytest.raises(ValueError, match="not JSON compliant"):
        cache.completed({**REQUEST, "temperature": float("nan")}, lambda: asked.append(1))
    assert not asked


def test_threads_with_one_request_ask_once_also_by_two_caches_of_a_folder(cache):
    others, asked, meeting = CompletionCache(cache.folder), [], Barrier(6)

    def ask():
        asked.append(1)
        time.sleep(0.05)
        return ANSWER

    def work(own):
        meeting.wait(20)
        return own.completed(REQUEST, ask)

    with ThreadPoolExecutor(6) as threads:
        found = list(threads.map(work, [cache, others] * 3))
    assert (len(asked), sorted(one.usage.cached for one in found)) == (1, [0, 1, 1, 1, 1, 1])


def test_threads_with_other_requests_do_not_wait_for_each_other(cache):
    meeting = Barrier(2)

    def work(seed):
        def ask():
            meeting.wait(20)  # broken unless both are asked at once
            return ANSWER

        return cache.completed({**REQUEST, "seed": seed}, ask)

    with ThreadPoolExecutor(2) as threads:
        assert list(threads.map(work, range(2))) == [ANSWER] * 2


def test_after_a_failure_the_next_thread_asks(cache):
    waiting, failed = Event(), []

    def fail():
        failed.append(1)
        assert waiting.wait(20)
        raise RuntimeError("no answer")

    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(cache.completed, REQUEST, fail)
        while not failed:
            time.sleep(0.001)
        second = threads.submit(cache.completed, REQUEST, lambda: ANSWER)
        time.sleep(0.05)
        assert not second.done()
        waiting.set()
        assert second.result() == ANSWER
    with pytest.raises(RuntimeError, match="no answer"):
        first.result()


def test_locks_are_let_go_with_their_requests(cache):
    for seed in range(5):
        cache.completed({**REQUEST, "seed": seed}, lambda: ANSWER)
    gc.collect()
    assert not [file for file in completion_cache._LOCKS if file.is_relative_to(cache.folder)]


def test_several_threads_read_whole_completions_while_others_write(cache):
    requests = [{**REQUEST, "seed": number % 4} for number in range(80)]
    cache_of_each = {number: Completion(text=str(number) * 2000) for number in range(4)}

    def work(request):
        cache.put(request, cache_of_each[request["seed"]])
        return cache.get(request), request["seed"]

    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(work, requests))
    assert all(kept is not None and kept.text == cache_of_each[number].text for kept, number in found)
    assert len(files(cache)) == 4
