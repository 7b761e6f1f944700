"""Tests of a store: each user apart from all others, and forgotten."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import numpy as np
import pytest

from indexes.errors import (
    MissingUserError,
    UnknownUserError,
)
from indexes.testing.base import StoreTests, record, sentence

if TYPE_CHECKING:
    from indexes.stores.contract import Store

__all__ = ["IsolationTests"]


class IsolationTests(StoreTests):
    """Isolation and forgetting."""

    @pytest.mark.parametrize("user", ["", "  ", None, 3, "x" * 600, "a\0b"])
    def test_a_call_without_a_user_is_refused(self, store: Store, user: str) -> None:
        store.add("ann", [record("a")])
        for call in (
            lambda: store.add(user, [record("b")]),
            lambda: store.update(user, [record("a")]),
            lambda: store.delete(user, ["a"]),
            lambda: store.get(user),
            lambda: store.read(user),
            lambda: store.revision(user),
            lambda: store.search(user, "ramen", 1),
            lambda: store.forget(user),
        ):
            with pytest.raises(MissingUserError):
                call()
        assert list(store.users()) == ["ann"]

    def test_an_unknown_user_is_refused(self, store: Store) -> None:
        store.add("ann", [record("a")])
        for call in (
            lambda: store.update("eve", [record("a")]),
            lambda: store.delete("eve", ["a"]),
            lambda: store.get("eve"),
            lambda: store.get("eve", ["a"]),
            lambda: store.read("eve"),
            lambda: store.revision("eve"),
            lambda: store.search("eve", "ramen", 1),
            lambda: store.forget("eve"),
        ):
            with pytest.raises(UnknownUserError, match="eve"):
                call()
        assert "eve" not in store

    def test_ids_are_unique_within_a_user_only(self, store: Store) -> None:
        store.add("ann", [record("a", "likes ramen")])
        store.add("bob", [record("a", "likes opera")])
        store.delete("ann", ["a"])
        assert store.get("bob") == (record("a", "likes opera"),)
        assert store.get("ann") == ()

    def test_no_search_finds_another_users_records(self, store: Store) -> None:
        rng = random.Random(7)
        users = [f"user {n}" for n in range(12)] + ["User 1", "user 1 ", "user_1", "user%"]
        for user in users:
            store.add(
                user, [record(f"r{n}", f"{sentence(rng)} {n}", data=f'"{user}"') for n in range(rng.randint(0, 9))]
            )
        texts = {user: {one.id: one for one in store.get(user)} for user in users}
        for _ in range(self.probes):
            user, other = rng.sample(users, 2)
            query = rng.choice([one.text for one in texts[other].values()] or ["ramen"])
            mode = rng.choice(["hybrid", "dense", "lexical"])
            hits = store.search(user, query, rng.randint(1, 20), mode=mode)  # type: ignore[arg-type]
            assert {hit.id for hit in hits} <= set(texts[user])
            for one in store.get(user, [hit.id for hit in hits]):
                assert one == texts[user][one.id]
                assert one.data == f'"{user}"'

    def test_a_forgotten_user_is_gone_and_others_are_as_they_were(self, store: Store) -> None:
        store.add("ann", [record("a", "likes ramen")])
        store.add("bob", [record("a", "likes opera")])
        before = store.read("bob")
        store.forget("ann")
        assert "ann" not in store
        assert list(store.users()) == ["bob"]
        with pytest.raises(UnknownUserError):
            store.get("ann")
        after = store.read("bob")
        assert (after.revision, after.records) == (before.revision, before.records)
        np.testing.assert_array_equal(after.vectors, before.vectors)
        store.add("ann", [])
        assert store.search("ann", "ramen", 5) == []
