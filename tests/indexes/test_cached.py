from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexes import CachedEmbedder, Embedder, HashingEmbedder, IndexingError


class CountingEmbedder(HashingEmbedder):
    def __init__(self, dimension=16):
        super().__init__(dimension)
        self.calls = []

    def encode(self, texts):
        self.calls.append(list(texts))
        return super().encode(texts)


class OtherEmbedder(CountingEmbedder):
    def __init__(self):
        super().__init__()
        self.name = "other"


@given(st.lists(st.lists(st.text(max_size=3), max_size=6), max_size=4), st.integers(1, 4))
def test_cached_vectors_equal_the_embedders_own_in_order(batches, capacity):
    cached = CachedEmbedder(HashingEmbedder(16), capacity=capacity)
    for texts in batches:
        assert np.array_equal(cached.encode(texts), HashingEmbedder(16).encode(texts))
        assert len(cached._memory) <= capacity


def test_each_distinct_missing_text_is_encoded_once():
    inner = CountingEmbedder()
    cached = CachedEmbedder(inner)
    cached.encode(["a", "b", "a"])
    cached.encode(["b", "c"])
    cached.encode(["c"])
    assert inner.calls == [["a", "b"], ["c"]]


def test_the_text_used_longest_ago_is_dropped_first():
    inner = CountingEmbedder()
    cached = CachedEmbedder(inner, capacity=2)
    for text in ["a", "b", "a", "c", "a", "b"]:
        cached.encode([text])
    assert inner.calls == [["a"], ["b"], ["c"], ["b"]]


def test_changing_a_returned_array_does_not_change_the_cache():
    cached = CachedEmbedder(HashingEmbedder(4))
    want = HashingEmbedder(4).encode(["a"])
    for texts in (["a"], ["a"], ["a", "b"], ["a", "b"]):
        got = cached.encode(texts)
        assert np.array_equal(got[:1], want)
        got[:] = 7


def test_it_is_an_embedder_with_the_name_of_its_own():
    cached = CachedEmbedder(HashingEmbedder(4))
    assert isinstance(cached, Embedder)
    assert (cached.name, cached.dimension) == (HashingEmbedder(4).name, 4)
    assert cached.encode([]).shape == (0, 4)


def test_a_file_keeps_vectors_for_the_next_process(tmp_path):
    path = tmp_path / "sub" / "vectors.sqlite"
    texts = [f"text {i}" for i in range(1200)]
    first = CachedEmbedder(CountingEmbedder(), path=path)
    want = first.encode(texts)
    first.close()
    inner = CountingEmbedder()
    second = CachedEmbedder(inner, path=path)
    assert np.array_equal(second.encode([*texts, "new"])[:-1], want)
    assert inner.calls == [["new"]]


def test_embedders_of_other_names_share_a_file_and_never_vectors(tmp_path):
    path = tmp_path / "vectors.sqlite"
    CachedEmbedder(CountingEmbedder(), path=path).encode(["a"])
    other = OtherEmbedder()
    CachedEmbedder(other, path=path).encode(["a"])
    assert other.calls == [["a"]]


def test_a_file_holds_no_text(tmp_path):
    path = tmp_path / "vectors.sqlite"
    CachedEmbedder(HashingEmbedder(4), path=path).encode(["a very private sentence"])
    assert b"private" not in path.read_bytes()


def test_a_damaged_file_is_begun_anew(tmp_path):
    path = tmp_path / "vectors.sqlite"
    cached = CachedEmbedder(CountingEmbedder(), path=path)
    cached.encode([f"text {i}" for i in range(500)])
    cached.close()
    content = bytearray(path.read_bytes())
    content[100:] = b"\xff" * (len(content) - 100)
    path.write_bytes(content)
    inner = CountingEmbedder()
    again = CachedEmbedder(inner, path=path)
    assert np.array_equal(again.encode(["text 1"]), HashingEmbedder(16).encode(["text 1"]))
    assert inner.calls == [["text 1"]]
    again.close()
    kept = CountingEmbedder()
    CachedEmbedder(kept, path=path).encode(["text 1"])
    assert kept.calls == []


def test_a_cache_of_another_format_is_begun_anew(tmp_path):
    path = tmp_path / "vectors.sqlite"
    CachedEmbedder(CountingEmbedder(), path=path).encode(["a"])
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    inner = CountingEmbedder()
    CachedEmbedder(inner, path=path).encode(["a"])
    assert inner.calls == [["a"]]


def test_a_file_that_is_something_else_is_never_deleted(tmp_path):
    note = tmp_path / "note.txt"
    note.write_text("dear diary")
    with pytest.raises(IndexingError, match="not a vector cache"):
        CachedEmbedder(HashingEmbedder(4), path=note)
    database = tmp_path / "app.sqlite"
    with sqlite3.connect(database) as connection:
        connection.execute("CREATE TABLE mine (x)")
    connection.close()
    with pytest.raises(IndexingError, match="not a vector cache"):
        CachedEmbedder(HashingEmbedder(4), path=database)
    assert note.read_text() == "dear diary"


def test_a_file_that_another_process_holds_counts_as_a_miss(tmp_path, monkeypatch):
    monkeypatch.setattr("indexes.vector_file._WAIT_SECONDS", 0.01)
    path = tmp_path / "vectors.sqlite"
    cached = CachedEmbedder(HashingEmbedder(4), path=path)
    holder = sqlite3.connect(path)
    holder.execute("BEGIN EXCLUSIVE")
    try:
        assert np.array_equal(cached.encode(["a", "b"]), HashingEmbedder(4).encode(["a", "b"]))
    finally:
        holder.rollback()
        holder.close()


def test_discarded_texts_are_encoded_again():
    inner = CountingEmbedder()
    cached = CachedEmbedder(inner)
    cached.encode(["a", "b"])
    cached.discard(["a", "never seen"])
    cached.encode(["a", "b"])
    assert inner.calls == [["a", "b"], ["a"]]


def test_lone_surrogates_do_not_fail():
    assert CachedEmbedder(HashingEmbedder(4)).encode(["\ud83d", "ok"]).shape == (2, 4)


def test_threads_get_right_vectors_while_texts_are_dropped(tmp_path):
    cached = CachedEmbedder(HashingEmbedder(16), path=tmp_path / "v.sqlite", capacity=5)
    texts = [f"text {i % 20}" for i in range(200)]
    with ThreadPoolExecutor(8) as pool:
        got = np.concatenate(list(pool.map(lambda text: cached.encode([text]), texts)))
    assert np.array_equal(got, HashingEmbedder(16).encode(texts))


def test_a_capacity_below_1_is_refused():
    with pytest.raises(ValueError, match="capacity"):
        CachedEmbedder(HashingEmbedder(4), capacity=0)
