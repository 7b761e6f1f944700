"""Tests of a store: copies, closing, opening again, and threads."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import numpy as np
import pytest

from indexes.errors import (
    StoreClosedError,
    StoreModelError,
)
from indexes.hashing import HashingEmbedder
from indexes.testing.base import NOON, StoreTests, record

if TYPE_CHECKING:
    from pathlib import Path

    from indexes.embedding import Embedder
    from indexes.stores.contract import Store

__all__ = ["LifetimeTests"]


class LifetimeTests(StoreTests):
    """Copies, reopening and threads."""

    def test_a_closed_store_refuses_and_may_be_closed_again(self, store: Store) -> None:
        store.add("ann", [record("a")])
        store.close()
        store.close()
        for call in (lambda: store.get("ann"), lambda: store.add("ann", [record("b")]), lambda: len(store)):
            with pytest.raises(StoreClosedError):
                call()

    def test_what_was_written_is_there_when_it_is_opened_again(
        self, store: Store, place: Path, embedder: Embedder
    ) -> None:
        if not self.persistent:
            pytest.skip("this store ends with its process")
        store.add("ann", [record("a", "likes ramen", data='[1, "x"]', valid_from=NOON), record("b", "opera")])
        store.update("ann", [record("b", "tennis")])
        store.add("bob", [record("a")])
        store.forget("bob")
        before, hits = store.read("ann"), store.search("ann", "ramen", 2)
        store.close()
        with self.make(place, embedder) as again:
            after = again.read("ann")
            assert (after.revision, after.records) == (before.revision, before.records)
            np.testing.assert_array_equal(after.vectors, before.vectors)
            assert again.search("ann", "ramen", 2) == hits
            assert list(again.users()) == ["ann"]
            assert again.add("ann", [record("c")]) > before.revision

    def test_vectors_of_another_model_are_refused(self, store: Store, place: Path, embedder: Embedder) -> None:
        if not self.persistent:
            pytest.skip("this store ends with its process")
        store.add("ann", [record("a")])
        store.close()
        with pytest.raises(StoreModelError):
            self.make(place, HashingEmbedder(embedder.dimension * 2))
        with self.make(place, embedder) as again:
            assert again.get("ann") == (record("a"),)

    def test_a_snapshot_is_a_copy_of_one_moment(self, store: Store, tmp_path: Path, embedder: Embedder) -> None:
        from indexes.stores.sqlite import SqliteStore

        store.add("ann", [record("a", "likes ramen", data='{"x": 1}', valid_to=NOON), record("b", "opera")])
        store.add("bob", [record("a")])
        copy = tmp_path / "copies" / "copy.sqlite"
        store.snapshot(copy)
        before = store.read("ann")
        store.add("ann", [record("later")])
        with pytest.raises(FileExistsError):
            store.snapshot(copy)
        with SqliteStore(copy, embedder) as copied:
            assert sorted(copied.users()) == ["ann", "bob"]
            assert copied.read("ann").records == before.records
            np.testing.assert_allclose(copied.read("ann").vectors, before.vectors, atol=1e-6)

    def test_readers_see_whole_states_beside_a_writer(self, store: Store) -> None:
        """Each write puts one number into all records of a user; no reader may see two numbers."""
        ids = [f"r{n}" for n in range(5)]
        store.add("ann", [record(key, "state 0") for key in ids])
        failures: list[BaseException] = []
        done = threading.Event()

        def read() -> None:
            try:
                last = 0
                while not done.is_set():
                    snapshot = store.read("ann")
                    states = {one.text for one in snapshot.records}
                    assert len(states) == 1, states
                    assert len(snapshot.records) == len(ids)
                    assert snapshot.revision >= last
                    last = snapshot.revision
                    assert len(store.search("ann", "state", 9)) == len(ids)
            except BaseException as error:  # noqa: BLE001 - shown by the test
                failures.append(error)

        readers = [threading.Thread(target=read) for _ in range(3)]
        for reader in readers:
            reader.start()
        for number in range(1, 20):
            store.update("ann", [record(key, f"state {number}") for key in ids])
        done.set()
        for reader in readers:
            reader.join()
        assert not failures, failures[0]

    def test_writers_of_one_user_lose_nothing(self, store: Store) -> None:
        def write(number: int) -> None:
            for count in range(5):
                store.add("ann", [record(f"{number}.{count}")])

        writers = [threading.Thread(target=write, args=(number,)) for number in range(4)]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
        assert {one.id for one in store.get("ann")} == {f"{n}.{c}" for n in range(4) for c in range(5)}
