from __future__ import annotations

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from indexes import DenseIndex, DimensionError, HashingEmbedder, HybridIndex
from indexes.approximate import ApproximateIndex

KEYS = [f"k{i}" for i in range(60)]
VECTOR = st.lists(st.sampled_from([-1.0, 0.0, 0.5, 1.0]), min_size=3, max_size=3)


def clustered(count, dimension=16, seed=0):
    """Unit vectors around forty centres."""
    rng = np.random.default_rng(seed)
    centres = np.random.default_rng(9).standard_normal((40, dimension))
    vectors = centres[rng.integers(0, 40, count)] + 0.4 * rng.standard_normal((count, dimension))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def both(count, above, dimension=16):
    vectors = clustered(count, dimension)
    indexes = DenseIndex(dimension), ApproximateIndex(dimension, above=above)
    for index in indexes:
        index.add([f"r{number}" for number in range(count)], vectors)
    return indexes


def recall(exact, approximate, k=10):
    """The share of the exact hits that are found; every one found must have its exact score."""
    found = 0
    for query in clustered(50, exact.dimension, seed=5):
        wanted = dict(exact.search(query, len(exact)))
        hits = approximate.search(query, k)
        assert len(hits) == k
        assert all(wanted[hit.id] == hit.score for hit in hits)
        assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
        found += len({hit.id for hit in hits} & {hit.id for hit in exact.search(query, k)})
    return found / (50 * k)


def test_above_the_threshold_nearly_all_of_the_nearest_are_found_and_not_all_vectors_read():
    exact, approximate = both(4000, above=1000)
    assert recall(exact, approximate) >= 0.95
    read = approximate._cells.near(clustered(1), cells=len(approximate._cells.centres) // 10, rows=200)
    assert 200 <= len(read) <= 1200


def test_up_to_the_threshold_the_ranking_is_the_exact_one():
    exact, approximate = both(1000, above=1000)
    for query in clustered(50, seed=6):
        assert approximate.search(query, 20) == exact.search(query, 20)
    assert approximate._cells is None


def test_recall_holds_through_additions_updates_and_deletions():
    exact, approximate = both(3000, above=1000)
    approximate.search(clustered(1), 1)
    for step in range(6):
        new = clustered(300, seed=20 + step)
        gone = [f"r{number}" for number in range(step * 200, step * 200 + 200)]
        changed = [f"r{number}" for number in range(2000 + step * 100, 2100 + step * 100)]
        for index in (exact, approximate):
            index.add([f"n{step}.{number}" for number in range(300)], new)
            index.delete(gone)
            index.update(changed, new[:100][::-1])
        assert recall(exact, approximate) >= 0.95
        assert approximate.ids == exact.ids
        np.testing.assert_array_equal(approximate.vectors(approximate.ids), exact.vectors(exact.ids))


def test_the_cells_are_found_anew_when_a_quarter_has_changed_and_not_before():
    _, index = both(1000, above=500)
    query = clustered(1)
    index.search(query, 1)
    first = index._cells
    index.delete([f"r{number}" for number in range(150)])
    index.search(query, 1)
    assert index._cells is first
    index.update([f"r{number}" for number in range(200, 300)], clustered(100, seed=3))
    index.search(query, 1)
    assert index._cells is not first
    index.delete([f"r{number}" for number in range(300, 700)])
    assert len(index.search(query, 5)) == 5
    assert index._cells is None


def test_what_is_added_is_found_at_once_and_what_is_deleted_is_not():
    _, index = both(1000, above=100)
    odd = np.full(16, 0.25, dtype=np.float32)
    index.search(odd, 1)
    index.add(["odd"], [odd])
    assert index.search(odd, 1)[0].id == "odd"
    index.update(["odd", "r5"], [-odd, odd])
    assert index.search(odd, 1)[0].id == "r5"
    index.delete(["r5"])
    assert {"r5", "odd"}.isdisjoint(hit.id for hit in index.search(odd, 50))


def test_two_indexes_of_the_same_vectors_find_the_same():
    (_, one), (_, other) = both(2000, above=500), both(2000, above=500)
    for query in clustered(50, seed=8):
        assert one.search(query, 20) == other.search(query, 20)


@pytest.mark.parametrize("k", [2, 400, 5000])
def test_equal_scores_are_newest_first_also_across_the_cut(k):
    index = ApproximateIndex(8, above=100)
    keys = [str(number) for number in range(1000)]
    index.add(keys, np.tile(np.random.default_rng(0).standard_normal(8), (1000, 1)))
    query = index.vector("0")
    assert [hit.id for hit in index.search(query, k)] == keys[::-1][:k]


def test_as_many_as_are_asked_for_are_found():
    exact, index = both(1000, above=100)
    query = clustered(1, seed=4)
    for k in (1, 30, 60, 400, 1000):
        assert len(index.search(query, k)) == k
    assert index.search(query, 1000) == exact.search(query, 1000)


def test_bad_questions_and_settings_are_refused():
    _, index = both(300, above=100)
    with pytest.raises(ValueError, match="k must"):
        index.search(np.ones(16), 0)
    with pytest.raises(DimensionError):
        index.search(np.ones(3), 1)
    with pytest.raises(ValueError, match="NaN"):
        index.search(np.full(16, np.nan), 1)
    with pytest.raises(ValueError, match="above"):
        ApproximateIndex(3, above=-1)


def test_scores_that_overflow_are_not_returned_as_padding():
    index = ApproximateIndex(2, above=3)
    index.add([f"r{number}" for number in range(40)], np.eye(2)[np.arange(40) % 2])
    index.add(["huge"], [[3e38, 3e38]])
    for _ in range(2):
        assert {hit.id for hit in index.search([-3e38, -3e38], 3)} <= set(index.ids)
        index.update(["huge"], [[3e38, -3e38]])


def test_a_hybrid_index_may_be_approximate():
    embedder = HashingEmbedder(32)
    index, exact = HybridIndex(embedder, approximate_above=200), HybridIndex(embedder)
    texts = [f"{place} {number % 37} {number % 11}" for number, place in enumerate(["opera", "ramen", "tennis"] * 300)]
    for each in (index, exact):
        each.add([str(number) for number in range(900)], texts)
    same = 0
    for text in texts[:40]:
        same += len({hit.id for hit in index.search(text, 10)} & {hit.id for hit in exact.search(text, 10)})
    assert same >= 0.9 * 400


class ApproximateMachine(RuleBasedStateMachine):
    """Rows, cells and ids stay in step through any run of writes, above and below the threshold."""

    def __init__(self):
        super().__init__()
        self.index = ApproximateIndex(3, above=8)
        self.exact = DenseIndex(3)

    @rule(keys=st.lists(st.sampled_from(KEYS), unique=True, min_size=10), seed=st.integers(0, 9))
    def add(self, keys, seed):
        keys = [key for key in keys if key not in self.exact]
        vectors = np.random.default_rng(seed).integers(-2, 3, (len(keys), 3))
        for index in (self.index, self.exact):
            index.add(keys, vectors)

    @precondition(lambda self: len(self.exact))
    @rule(data=st.data(), seed=st.integers(0, 9))
    def update(self, data, seed):
        keys = data.draw(st.lists(st.sampled_from(self.exact.ids), unique=True, max_size=5))
        vectors = np.random.default_rng(seed).integers(-2, 3, (len(keys), 3))
        for index in (self.index, self.exact):
            index.update(keys, vectors)

    @precondition(lambda self: len(self.exact))
    @rule(data=st.data())
    def delete(self, data):
        keys = data.draw(st.lists(st.sampled_from(self.exact.ids), unique=True))
        for index in (self.index, self.exact):
            index.delete(keys)

    @rule(query=VECTOR, k=st.integers(1, 70))
    def search(self, query, k):
        wanted = self.exact.search(query, len(self.exact)) if len(self.exact) else []
        found = self.index.search(query, k)
        assert len(found) == min(k, len(wanted))
        order = {hit: place for place, hit in enumerate(wanted)}
        places = [order[hit] for hit in found]
        assert places == sorted(places)

    @invariant()
    def same_content(self):
        assert self.index.ids == self.exact.ids
        assert self.index.vectors(self.index.ids).tolist() == self.exact.vectors(self.exact.ids).tolist()
        cells = self.index._cells
        if cells is not None:
            assert sorted(row for rows in cells._rows for row in rows) == list(range(len(self.index)))
            assert all(cells._cell_of[row] == cell for cell, rows in enumerate(cells._rows) for row in rows)


ApproximateMachine.TestCase.settings = settings(max_examples=40, stateful_step_count=15)
test_any_run_of_writes_keeps_rows_and_cells_in_step = ApproximateMachine.TestCase
