"""Tests of a store: searches within one user."""

from __future__ import annotations

import random
from datetime import timedelta, timezone
from typing import TYPE_CHECKING

from indexes.hybrid import HybridIndex
from indexes.testing.base import DAY, NOON, StoreTests, record, sentence

if TYPE_CHECKING:
    from indexes.embedding import Embedder
    from indexes.stores.contract import Store

__all__ = ["SearchTests"]


class SearchTests(StoreTests):
    """Searching."""

    def test_a_search_ranks_as_an_index_of_the_users_records_does(self, store: Store, embedder: Embedder) -> None:
        rng = random.Random(11)
        index = HybridIndex(embedder)
        for number in range(60):
            own = record(f"r{number}", sentence(rng))
            store.add("ann", [own])
            store.add("bob", [record(own.id, sentence(rng))])
            index.add([own.id], [own.text])
        gone = [f"r{number}" for number in range(0, 60, 7)]
        store.delete("ann", gone)
        index.delete(gone)
        for _ in range(30):
            query, k = sentence(rng), rng.randint(1, 40)
            for mode in ("hybrid", "dense", "lexical"):
                found = store.search("ann", query, k, mode=mode)
                wanted = index.search(query, k, mode=mode)
                if self.exact:
                    assert found == wanted
                else:
                    self.assert_alike(found, index.search(query, 60, mode=mode), k)  # type: ignore[arg-type]

    @staticmethod
    def assert_alike(found: list[object], every: list[object], k: int) -> None:
        """As many are found as an index finds, and all of them are among what it finds."""
        known = {hit.id for hit in every}  # type: ignore[attr-defined]
        assert len(found) == min(k, len(known))
        assert {hit.id for hit in found} <= known  # type: ignore[attr-defined]
        scores = [hit.score for hit in found]  # type: ignore[attr-defined]
        assert scores == sorted(scores, reverse=True)

    def test_a_hit_says_who_found_it(self, store: Store) -> None:
        store.add("ann", [record("a", "likes ramen"), record("b", "plays tennis")])
        best = store.search("ann", "ramen", 1)[0]
        assert best.id == "a"
        assert best.ranks == {"dense": 1, "lexical": 1}
        assert best.scores.keys() == {"dense", "lexical"}

    def test_as_of_searches_what_held_then(self, store: Store) -> None:
        store.add(
            "ann",
            [
                record("old", "lives in winter street", valid_to=NOON),
                record("new", "lives in garden street", valid_from=NOON),
                record("ever", "lives alone"),
                record("while", "lives in river street", valid_from=NOON - DAY, valid_to=NOON + DAY),
            ],
        )
        for moment, held in (
            (NOON - 2 * DAY, {"old", "ever"}),
            (NOON - DAY, {"old", "ever", "while"}),
            (NOON - timedelta(microseconds=1), {"old", "ever", "while"}),
            (NOON, {"new", "ever", "while"}),
            (NOON.astimezone(timezone(timedelta(hours=5))), {"new", "ever", "while"}),
            (NOON + DAY, {"new", "ever"}),
            (None, {"old", "new", "ever", "while"}),
        ):
            assert {one.id for one in store.get("ann", as_of=moment)} == held
            for mode in ("hybrid", "dense", "lexical"):
                found = store.search("ann", "lives", 9, mode=mode, as_of=moment)
                assert {hit.id for hit in found} == held
