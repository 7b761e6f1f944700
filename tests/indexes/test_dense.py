from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from indexes import DenseIndex, DimensionError, DuplicateIdError, Hit, UnknownIdError

DIMENSION = 3
KEYS = [f"k{i}" for i in range(8)]
VECTOR = st.lists(st.sampled_from([-1.0, 0.0, 0.5, 1.0]), min_size=DIMENSION, max_size=DIMENSION)


@pytest.fixture
def index():
    made = DenseIndex(2)
    made.add(["a", "b", "c"], [[1, 0], [0, 1], [0.6, 0.8]])
    return made


def test_hits_come_best_first_with_inner_products(index):
    assert index.search([0, 1], 2) == [Hit("b", 1.0), Hit("c", pytest.approx(0.8))]


def test_more_than_there_is_returns_all_and_no_padding(index):
    assert [hit.id for hit in index.search([0, 1], 50)] == ["b", "c", "a"]


def test_an_empty_index_returns_nothing():
    index = DenseIndex(2)
    assert index.search([0, 1], 3) == []
    assert index.ids == ()
    assert index.vectors([]).shape == (0, 2)


@pytest.mark.parametrize("k", [0, -1])
def test_k_below_1_is_refused(index, k):
    with pytest.raises(ValueError, match="k must"):
        index.search([0, 1], k)


@pytest.mark.parametrize("size", [2, 5, 300])
def test_ties_go_to_the_newest_also_across_the_cut(size):
    index = DenseIndex(8)
    keys = [f"{i}" for i in range(size)]
    vector = np.random.default_rng(0).standard_normal(8)
    index.add(keys, np.tile(vector, (size, 1)))
    assert [hit.id for hit in index.search(vector, 2)] == [keys[-1], keys[-2]]


def test_an_update_keeps_its_place_in_the_recency_order(index):
    index.update(["a"], [[0, 1]])
    assert [hit.id for hit in index.search([0, 1], 2)] == ["b", "a"]
    assert index.ids == ("a", "b", "c")


@pytest.mark.parametrize(
    ("ids", "vectors", "error"),
    [
        (["a"], [[1, 0]], DuplicateIdError),
        (["x", "x"], [[1, 0], [1, 0]], DuplicateIdError),
        (["x"], [[1, 0, 0]], DimensionError),
        (["x", "y"], [[1, 0]], DimensionError),
        (["x"], [1, 0], DimensionError),
        (["x", "y"], [[1, 0], [math.nan, 0]], ValueError),
        (["x"], [[math.inf, 0]], ValueError),
        ([3], [[1, 0]], TypeError),
        ("x", [[1, 0]], TypeError),
    ],
)
def test_bad_additions_raise_and_change_nothing(index, ids, vectors, error):
    before = index.search([1, 1], 9)
    with pytest.raises(error):
        index.add(ids, vectors)
    assert index.ids == ("a", "b", "c")
    assert index.search([1, 1], 9) == before


@pytest.mark.parametrize(
    ("ids", "vectors", "error"),
    [
        (["a", "z"], [[1, 0], [1, 0]], UnknownIdError),
        (["a", "a"], [[1, 0], [1, 0]], DuplicateIdError),
        (["a"], [[math.nan, 0]], ValueError),
        (["a"], [[1]], DimensionError),
    ],
)
def test_bad_updates_raise_and_change_nothing(index, ids, vectors, error):
    before = index.search([1, 1], 9)
    with pytest.raises(error):
        index.update(ids, vectors)
    assert index.search([1, 1], 9) == before


@pytest.mark.parametrize(("ids", "error"), [(["a", "z"], UnknownIdError), (["a", "a"], DuplicateIdError)])
def test_bad_deletions_raise_and_change_nothing(index, ids, error):
    with pytest.raises(error):
        index.delete(ids)
    assert index.ids == ("a", "b", "c")


def test_a_bad_query_raises(index):
    with pytest.raises(DimensionError):
        index.search([1, 0, 0], 1)
    with pytest.raises(ValueError, match="NaN"):
        index.search([math.nan, 0], 1)


def test_returned_vectors_are_copies_in_the_order_asked_for(index):
    vectors = index.vectors(["b", "a", "b"])
    assert vectors.tolist() == [[0, 1], [1, 0], [0, 1]]
    vectors[:] = 9
    assert index.vector("b").tolist() == [0, 1]
    with pytest.raises(UnknownIdError):
        index.vector("z")


def test_the_caller_may_change_its_array_after_adding():
    mine = np.eye(2, dtype=np.float32)
    index = DenseIndex(2)
    index.add(["a", "b"], mine)
    mine[:] = 0
    assert index.vector("a").tolist() == [1, 0]


def test_a_deleted_vector_does_not_stay_in_memory_that_faiss_keeps(index):
    stored = index._stored()
    index.delete(["c"])
    assert stored[2].tolist() == [0, 0]


def test_scores_that_overflow_are_not_returned_as_padding():
    index = DenseIndex(2)
    index.add(["huge", "fine"], [[3e38, 3e38], [1, 0]])
    found = index.search([-3e38, -3e38], 2)
    assert {hit.id for hit in found} <= {"huge", "fine"}
    assert "fine" in {hit.id for hit in found}


class DenseMachine(RuleBasedStateMachine):
    """The index against a dict: same ids in the same order, same hits, after any run of writes."""

    def __init__(self):
        super().__init__()
        self.index = DenseIndex(DIMENSION)
        self.model: dict[str, list[float]] = {}

    @rule(keys=st.lists(st.sampled_from(KEYS), unique=True), data=st.data())
    def add(self, keys, data):
        keys = [key for key in keys if key not in self.model]
        vectors = [data.draw(VECTOR) for _ in keys]
        self.index.add(keys, vectors)
        self.model.update(zip(keys, vectors, strict=True))

    @precondition(lambda self: self.model)
    @rule(data=st.data())
    def update(self, data):
        keys = data.draw(st.lists(st.sampled_from(sorted(self.model)), unique=True))
        vectors = [data.draw(VECTOR) for _ in keys]
        self.index.update(keys, vectors)
        self.model.update(zip(keys, vectors, strict=True))

    @precondition(lambda self: self.model)
    @rule(data=st.data())
    def delete(self, data):
        keys = data.draw(st.lists(st.sampled_from(sorted(self.model)), unique=True))
        self.index.delete(keys)
        for key in keys:
            del self.model[key]

    @rule(query=VECTOR, k=st.integers(1, 10))
    def search(self, query, k):
        newest_first = list(reversed(self.model.items()))
        scored = [Hit(key, float(np.dot(vector, query))) for key, vector in newest_first]
        assert self.index.search(query, k) == sorted(scored, key=lambda hit: -hit.score)[:k]

    @invariant()
    def same_content(self):
        assert self.index.ids == tuple(self.model)
        assert len(self.index) == len(self.model)
        assert all((key in self.index) == (key in self.model) for key in KEYS)
        assert self.index.vectors(list(self.model)).tolist() == list(self.model.values())


DenseMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=20)
test_any_run_of_writes_equals_a_dict = DenseMachine.TestCase


@given(st.integers(1, 40), st.integers(1, 39))
def test_a_smaller_k_is_a_prefix_of_a_larger_one(size, k):
    vectors = np.random.default_rng(size).integers(-2, 3, (size, DIMENSION))
    index = DenseIndex(DIMENSION)
    index.add([str(i) for i in range(size)], vectors)
    assert index.search([1, 1, 0], k) == index.search([1, 1, 0], 40)[:k]
