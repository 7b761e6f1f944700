from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexes import Embedder, HashingEmbedder


@given(st.lists(st.text(), max_size=5), st.integers(1, 300))
def test_rows_are_finite_unit_vectors_whatever_the_text(texts, dimension):
    vectors = HashingEmbedder(dimension).encode(texts)
    assert vectors.shape == (len(texts), dimension)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)


def test_it_is_an_embedder():
    assert isinstance(HashingEmbedder(), Embedder)


def test_vectors_are_the_same_on_every_machine():
    vector = HashingEmbedder(8).encode(["I like ramen"])[0]
    assert vector.round(4).tolist() == PINNED


def test_shared_words_are_near_and_others_are_not():
    a, b, c = HashingEmbedder(512).encode(["my dentist in town", "find a dentist", "window seat on flights"])
    assert a @ b > 0.4
    assert abs(a @ c) < 0.2


def test_a_vector_does_not_depend_on_its_neighbours():
    embedder = HashingEmbedder()
    assert np.array_equal(embedder.encode(["a tea", "b"])[0], embedder.encode(["a tea"])[0])


def test_lone_surrogates_do_not_fail():
    assert HashingEmbedder(4).encode(["\ud83d"]).shape == (1, 4)


def test_a_dimension_below_1_is_refused():
    with pytest.raises(ValueError, match="dimension"):
        HashingEmbedder(0)


PINNED = pytest.approx([0.0, -0.2774, 0.8321, 0.0, 0.2774, -0.2774, 0.0, 0.2774], abs=1e-6)
