from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rank_bm25 import BM25Okapi

from indexes.bm25 import PostingsBM25

TOKEN = st.sampled_from("abcdef")
CORPUS = st.lists(st.lists(TOKEN, max_size=6), min_size=1, max_size=12)


@given(CORPUS.filter(any), st.lists(st.sampled_from("abcdefxyz"), max_size=8))
def test_scores_equal_rank_bm25s_own_computation(corpus, query):
    model = PostingsBM25(corpus)
    assert np.allclose(model.get_scores(query), BM25Okapi.get_scores(model, query), rtol=1e-12, atol=1e-12)


@given(CORPUS, st.lists(TOKEN, max_size=8))
def test_a_score_is_above_zero_exactly_where_a_token_is_shared(corpus, query):
    scores = PostingsBM25(corpus).get_scores(query)
    assert (scores > 0).tolist() == [not set(query).isdisjoint(document) for document in corpus]


def test_a_term_in_every_document_still_counts_by_frequency():
    scores = PostingsBM25([["tea"], ["tea", "tea"]]).get_scores(["tea"])
    assert 0 < scores[0] < scores[1]


def test_empty_documents_only_score_zero():
    assert PostingsBM25([[], []]).get_scores(["tea"]).tolist() == [0.0, 0.0]


def test_the_idf_is_lucenes():
    model = PostingsBM25([["a"], ["a", "b"], ["c"]])
    assert model.idf["a"] == pytest.approx(np.log(1 + 1.5 / 2.5))
