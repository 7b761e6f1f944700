"""Tests of a store: what is written, and what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from indexes.errors import (
    DimensionError,
    DuplicateIdError,
    UnknownIdError,
)
from indexes.testing.base import NOON, StoreTests, record

if TYPE_CHECKING:
    from indexes.embedding import Embedder
    from indexes.stores.contract import Store

__all__ = ["WritingTests"]


class WritingTests(StoreTests):
    """Writing and reading."""

    def test_what_was_added_is_read_back_oldest_first(self, store: Store, embedder: Embedder) -> None:
        given = [record("b", "likes ramen", data='{"path": "x"}'), record("a", "plays tennis", valid_from=NOON)]
        store.add("ann", given)
        store.add("ann", [record("c", "")])
        assert store.get("ann") == (*given, record("c", ""))
        assert store.get("ann", ["c", "b", "c"]) == (record("c", ""), given[0], record("c", ""))
        snapshot = store.read("ann")
        assert snapshot.records == (*given, record("c", ""))
        assert snapshot.vectors.dtype == np.float32
        wanted = embedder.encode([one.text for one in snapshot.records])
        np.testing.assert_allclose(snapshot.vectors, wanted, atol=1e-3)

    def test_any_text_is_kept_as_it_is(self, store: Store) -> None:
        texts = ["", " ", "caf\u00e9 \u2014 \U0001f35c", "'; DROP TABLE records; --", "a\nb\tc", "%_\\", "x" * 20_000]
        store.add("o'hara %_\u00e9", [record(f"{n} '\"%", text) for n, text in enumerate(texts)])
        assert [one.text for one in store.get("o'hara %_\u00e9")] == texts
        assert list(store.users()) == ["o'hara %_\u00e9"]

    def test_an_update_replaces_and_keeps_the_place(self, store: Store) -> None:
        store.add("ann", [record("a"), record("b", "plays tennis")])
        store.update("ann", [record("a", "hates opera", data="7")])
        assert store.get("ann") == (record("a", "hates opera", data="7"), record("b", "plays tennis"))
        assert [hit.id for hit in store.search("ann", "opera", 5, mode="lexical")] == ["a"]
        assert store.search("ann", "ramen", 5, mode="lexical") == []

    def test_what_was_deleted_is_gone_and_may_come_back(self, store: Store) -> None:
        store.add("ann", [record("a"), record("b", "plays tennis")])
        store.delete("ann", ["a"])
        assert [one.id for one in store.get("ann")] == ["b"]
        assert store.search("ann", "ramen", 5, mode="lexical") == []
        store.add("ann", [record("a", "opera")])
        assert [one.id for one in store.get("ann")] == ["b", "a"]
        store.delete("ann", ["a", "b"])
        assert store.get("ann") == ()
        assert store.search("ann", "opera", 3) == []
        assert "ann" in store

    def test_a_user_may_have_no_record(self, store: Store) -> None:
        store.add("ann", [])
        assert "ann" in store
        assert "bob" not in store
        assert len(store) == 1
        assert store.get("ann") == ()
        assert store.read("ann").vectors.shape == (0, store.embedder.dimension)
        assert store.search("ann", "ramen", 3) == []

    def test_the_revision_grows_with_each_write_also_after_forgetting(self, store: Store) -> None:
        seen = [store.add("ann", [record("a")]), store.update("ann", [record("a", "opera")])]
        seen.append(store.add("ann", [record("b")]))
        seen.append(store.delete("ann", ["b"]))
        assert store.revision("ann") == seen[-1] == store.read("ann").revision
        store.forget("ann")
        seen.append(store.add("ann", [record("a")]))
        assert seen == sorted(set(seen))

    def test_vectors_that_are_known_are_not_made_again(self, store: Store) -> None:
        own = np.eye(store.embedder.dimension, dtype=np.float32)[:2]
        store.add("ann", [record("a", "ramen"), record("b", "ramen")], vectors=own)
        assert [hit.id for hit in store.search("ann", "x", 1, vector=own[1], mode="dense")] == ["b"]
        np.testing.assert_array_equal(store.read("ann").vectors, own)

    def test_an_id_twice_is_refused_and_nothing_is_added(self, store: Store) -> None:
        store.add("ann", [record("a")])
        before = store.read("ann")
        for records in ([record("b"), record("a")], [record("c"), record("c")]):
            with pytest.raises(DuplicateIdError):
                store.add("ann", records)
        after = store.read("ann")
        assert (after.records, after.revision) == (before.records, before.revision)
        with pytest.raises(DuplicateIdError):
            store.add("eve", [record("c"), record("c")])
        assert "eve" not in store

    def test_unknown_ids_are_refused_and_nothing_is_changed(self, store: Store) -> None:
        store.add("ann", [record("a")])
        store.add("bob", [record("only bob's")])
        for call in (
            lambda: store.update("ann", [record("a", "opera"), record("only bob's", "opera")]),
            lambda: store.delete("ann", ["a", "only bob's"]),
            lambda: store.get("ann", ["a", "only bob's"]),
        ):
            with pytest.raises(UnknownIdError):
                call()
        assert store.get("ann") == (record("a"),)
        assert store.get("bob") == (record("only bob's"),)

    def test_bad_vectors_are_refused_and_nothing_is_added(self, store: Store) -> None:
        wide = store.embedder.dimension
        store.add("ann", [record("a")])
        for wrong in (np.ones((1, wide + 1)), np.ones((2, wide)), np.ones(wide)):
            with pytest.raises(DimensionError):
                store.add("ann", [record("b")], vectors=wrong)
        with pytest.raises(ValueError, match="NaN"):
            store.add("ann", [record("b")], vectors=np.full((1, wide), np.nan))
        with pytest.raises(DimensionError):
            store.search("ann", "x", 1, vector=np.ones(wide + 1))
        assert store.get("ann") == (record("a"),)

    def test_bad_questions_are_refused(self, store: Store) -> None:
        store.add("ann", [record("a")])
        with pytest.raises(ValueError, match="at least 1"):
            store.search("ann", "ramen", 0)
        with pytest.raises(ValueError, match="mode"):
            store.search("ann", "ramen", 1, mode="both")  # type: ignore[arg-type]
        with pytest.raises(ValueError, match="time zone"):
            store.search("ann", "ramen", 1, as_of=NOON.replace(tzinfo=None))
        with pytest.raises(TypeError, match="StoredRecord"):
            store.add("ann", ["ramen"])  # type: ignore[list-item]
