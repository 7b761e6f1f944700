from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from indexes.bm25 import PostingsBM25, scores_once

DOCUMENTS = st.lists(st.lists(st.sampled_from("abcdefg"), max_size=8), min_size=1, max_size=12)
QUERY = st.lists(st.sampled_from("abcdefgxy"), max_size=6)


@given(DOCUMENTS, QUERY)
def test_scores_of_a_corpus_read_once_are_those_of_the_index_bit_for_bit(documents, query):
    assert scores_once(documents, query).tolist() == PostingsBM25(documents).get_scores(query).tolist()


def test_an_empty_corpus_has_no_scores():
    assert np.array_equal(scores_once([], ["a"]), np.zeros(0))
