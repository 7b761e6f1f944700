from __future__ import annotations

import random
import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexes import HashingEmbedder, MemoryStore, SqliteStore, UnknownUserError
from indexes.testing import StoreContract, record
from indexes.testing.base import DAY, NOON, sentence

EMBEDDER = HashingEmbedder(32)
KEYS = [f"r{number}" for number in range(12)]
TEXT = st.sampled_from(["ramen", "opera tonight", "tennis", "opera and ramen", "", "garden market"])
BOUND = st.sampled_from([{}, {}, {}, {"valid_from": NOON}, {"valid_to": NOON}])


class TestSqliteStoreThatKeepsIndexes(StoreContract):
    """The whole contract, every user above the threshold, and room for few."""

    def make(self, place, embedder):
        return SqliteStore(place / "store.sqlite", embedder, keep_above=0, keep=20)


class TestApproximateSqliteStore(StoreContract):
    exact = False

    def make(self, place, embedder):
        return SqliteStore(place / "store.sqlite", embedder, keep_above=3, approximate_above=8)


class TestApproximateMemoryStore(StoreContract):
    persistent = False
    exact = False

    def make(self, place, embedder):  # noqa: ARG002
        return MemoryStore(embedder, approximate_above=8)


def filled(store, user="ann", count=30):
    rng = random.Random(count)
    store.add(user, [record(f"r{number}", sentence(rng)) for number in range(count)])
    return store


def reads(store, monkeypatch):
    """How many records each further search reads from the file."""
    counts = []
    real = store._searched

    def counted(user, most):
        rows = real(user, most)
        counts.append(sum(row[2] is not None for row in rows))
        return rows

    monkeypatch.setattr(store, "_searched", counted)
    return counts


def test_a_user_with_many_records_is_read_once_and_one_with_few_for_each_search(path, monkeypatch):
    with SqliteStore(path, EMBEDDER, keep_above=20) as store:
        filled(store, "many", 30)
        filled(store, "few", 20)
        counts = reads(store, monkeypatch)
        for user in ("many", "few"):
            for _ in range(3):
                store.search(user, "ramen", 3)
        assert counts == [0, 30, 0, 0, 20, 20, 20]


def test_writes_of_its_own_are_repeated_and_not_read_again(path, monkeypatch):
    with SqliteStore(path, EMBEDDER, keep_above=5) as store:
        filled(store)
        store.search("ann", "ramen", 1)
        counts = reads(store, monkeypatch)
        store.add("ann", [record("new", "a zither")])
        assert [hit.id for hit in store.search("ann", "zither", 9, mode="lexical")] == ["new"]
        store.update("ann", [record("new", "an oboe")])
        assert [hit.id for hit in store.search("ann", "oboe zither", 9, mode="lexical")] == ["new"]
        store.delete("ann", ["new"])
        assert store.search("ann", "oboe", 9, mode="lexical") == []
        assert counts == [0, 0, 0]


def test_of_a_write_of_another_process_only_what_differs_is_changed(path):
    with SqliteStore(path, EMBEDDER, keep_above=5) as store, SqliteStore(path, EMBEDDER) as other:
        filled(store)
        store.search("ann", "ramen", 1)
        kept = store._kept._of["ann"]
        other.add("ann", [record("new", "a zither")])
        other.update("ann", [record("r3", "an oboe")])
        other.delete("ann", ["r5"])
        for query in ("zither", "oboe", "ramen", "opera"):
            assert store.search("ann", query, 40) == other.search("ann", query, 40)
        assert store._kept._of["ann"] is kept
        same = store.read("ann").vectors[4:5]
        other.update("ann", [record("r4", "a sitar")], vectors=same)
        assert [hit.id for hit in store.search("ann", "sitar", 9, mode="lexical")] == ["r4"]
        assert store._kept._of["ann"] is kept
        other.delete("ann", ["r7"])
        other.add("ann", [record("r7", "a zither")])  # now the newest
        assert [hit.id for hit in store.search("ann", "zither", 1, mode="lexical")] == ["r7"]
        assert store._kept._of["ann"] is not kept


@settings(max_examples=40)
@given(
    writes=st.lists(
        st.tuples(
            st.sampled_from(["add", "update", "delete", "forget"]),
            st.booleans(),
            st.lists(st.tuples(st.sampled_from(KEYS), TEXT, BOUND), unique_by=lambda one: one[0], max_size=8),
        ),
        max_size=8,
    ),
    precision=st.sampled_from(["float32", "float16"]),
)
def test_whoever_writes_every_search_is_that_of_the_rows_as_they_are(tmp_path_factory, writes, precision):
    """Two stores that keep indexes of one file, and a third one that reads all rows for each query."""
    path = tmp_path_factory.mktemp("store") / "store.sqlite"
    with (
        SqliteStore(path, EMBEDDER, keep_above=2, precision=precision) as one,
        SqliteStore(path, EMBEDDER, keep_above=4) as two,
        SqliteStore(path, EMBEDDER, keep_above=1000) as plain,
    ):
        one.add("ann", [])
        for kind, first, items in writes:
            store = one if first else two
            there = {each.id for each in plain.get("ann")}
            own = [record(key, text, **bound) for key, text, bound in items if (key in there) != (kind == "add")]
            if kind == "delete":
                store.delete("ann", [each.id for each in own])
            elif kind == "forget" and not own:
                store.forget("ann")
                store.add("ann", [])
            elif kind != "forget":
                getattr(store, kind)("ann", own)
            for moment in (None, NOON - DAY, NOON):
                for mode in ("hybrid", "dense", "lexical"):
                    wanted = plain.search("ann", "opera ramen", 9, mode=mode, as_of=moment)
                    assert one.search("ann", "opera ramen", 9, mode=mode, as_of=moment) == wanted
                    assert two.search("ann", "opera ramen", 9, mode=mode, as_of=moment) == wanted


def test_a_moment_at_which_all_hold_is_answered_from_memory(path, monkeypatch):
    with SqliteStore(path, EMBEDDER, keep_above=5) as store:
        filled(store)
        store.update("ann", [record("r3", "a zither", valid_from=NOON)])
        store.search("ann", "ramen", 1)
        counts = reads(store, monkeypatch)
        assert store.search("ann", "zither", 1, as_of=NOON) == store.search("ann", "zither", 1)
        assert counts == [0, 0]
        assert store.search("ann", "zither", 9, mode="lexical", as_of=NOON - DAY) == []


def test_those_searched_last_are_kept_by_their_number_of_records(path):
    with SqliteStore(path, EMBEDDER, keep_above=5, keep=60) as store:
        for user, count in (("a", 30), ("b", 25), ("c", 20), ("huge", 100)):
            filled(store, user, count)
        store.search("a", "ramen", 1)
        store.search("b", "ramen", 1)
        store.search("a", "ramen", 1)
        store.search("c", "ramen", 1)
        assert list(store._kept._of) == ["a", "c"]
        store.search("huge", "ramen", 1)
        assert list(store._kept._of) == ["huge"]


def test_nothing_is_kept_of_a_forgotten_user_also_where_another_process_forgot(path):
    with SqliteStore(path, EMBEDDER, keep_above=5) as store, SqliteStore(path, EMBEDDER, keep_above=5) as other:
        filled(store)
        for each in (store, other):
            each.search("ann", "ramen", 1)
        index = store._kept._of["ann"]._index
        held = index._dense._stored()
        store.forget("ann")
        assert not held.any()
        assert len(index) == 0
        with pytest.raises(UnknownUserError):
            other.search("ann", "ramen", 1)
        assert not store._kept._of
        assert not other._kept._of


def test_searches_and_writes_at_once_agree_with_the_file_in_the_end(path):
    failures: list[BaseException] = []
    with SqliteStore(path, EMBEDDER, keep_above=5) as store, SqliteStore(path, EMBEDDER, keep_above=5) as other:
        filled(store)

        def write(which, name):
            try:
                for number in range(12):
                    which.add("ann", [record(f"{name}{number}", f"zither {number}")])
                    assert f"{name}{number}" in {hit.id for hit in which.search("ann", "zither", 99, mode="lexical")}
                    which.delete("ann", [f"r{number if name == 'x' else number + 12}"])
            except BaseException as error:  # noqa: BLE001 - shown by the test
                failures.append(error)

        threads = [threading.Thread(target=write, args=each) for each in ((store, "x"), (other, "y"))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not failures, failures[0]
        with SqliteStore(path, EMBEDDER) as plain:
            for query in ("zither", "ramen opera"):
                assert (
                    store.search("ann", query, 60) == other.search("ann", query, 60) == plain.search("ann", query, 60)
                )


def test_above_its_threshold_a_store_is_approximate_and_below_exact(path):
    rng = np.random.default_rng(3)
    vectors = rng.standard_normal((400, 32)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    records = [record(f"r{number}") for number in range(400)]
    with (
        SqliteStore(path, EMBEDDER, keep_above=50, approximate_above=200) as store,
        MemoryStore(EMBEDDER, approximate_above=200) as memory,
        MemoryStore(EMBEDDER, approximate_above=None) as exact,
    ):
        for each in (store, memory, exact):
            each.add("ann", records[:200], vectors=vectors[:200])
        for query in vectors[:20]:
            wanted = exact.search("ann", "", 5, vector=query, mode="dense")
            assert store.search("ann", "", 5, vector=query, mode="dense") == wanted
            assert memory.search("ann", "", 5, vector=query, mode="dense") == wanted
        for each in (store, memory, exact):
            each.add("ann", records[200:], vectors=vectors[200:])
        assert all(store.search("ann", "", 1, vector=query, mode="dense")[0].id for query in vectors)
        assert memory.search("ann", "", 5, vector=vectors[0], mode="dense")[0].id == "r0"
        assert store._kept._of["ann"]._index._dense._cells is not None
        assert memory._of["ann"].index._dense._cells is not None
