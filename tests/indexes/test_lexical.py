from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexes import DuplicateIdError, LexicalIndex, UnknownIdError, analyse

WORDS = st.lists(st.sampled_from(["ramen", "dentist", "window", "seat", "jazz"]), max_size=5).map(" ".join)


@pytest.fixture
def index():
    made = LexicalIndex()
    made.add(["a", "b", "c"], ["ramen for dinner", "a dentist in town", "ramen, ramen!"])
    return made


def test_only_documents_that_share_a_token_are_found(index):
    assert {hit.id for hit in index.search("Where is ramen?", 9)} == {"a", "c"}
    assert index.search("opera", 9) == []
    assert index.search("", 9) == []


def test_one_document_and_none_have_defined_answers():
    index = LexicalIndex()
    assert index.search("ramen", 1) == []
    index.add(["only"], ["ramen"])
    assert [hit.id for hit in index.search("ramen", 1)] == ["only"]
    assert index.search("ramen", 1)[0].score > 0


def test_of_two_documents_the_right_one_comes_first():
    index = LexicalIndex()
    index.add(["tea", "coffee"], ["drinks green tea", "drinks black coffee at work"])
    assert [hit.id for hit in index.search("drinks coffee", 2)] == ["coffee", "tea"]


def test_empty_texts_are_kept_and_never_found():
    index = LexicalIndex()
    index.add(["e", "f"], ["", "the"])
    assert len(index) == 2
    assert index.search("the ramen", 5) == []


def test_ties_go_to_the_newest_also_across_the_cut():
    index = LexicalIndex()
    index.add([str(i) for i in range(40)], ["ramen"] * 40)
    assert [hit.id for hit in index.search("ramen", 3)] == ["39", "38", "37"]


def test_writes_are_seen_by_the_next_search(index):
    index.search("ramen", 1)
    index.add(["d"], ["opera tickets"])
    assert [hit.id for hit in index.search("opera", 9)] == ["d"]
    index.update(["d"], ["ballet tickets"])
    assert index.search("opera", 9) == []
    index.delete(["d"])
    assert index.search("ballet", 9) == []
    assert index.ids == ("a", "b", "c")


@pytest.mark.parametrize(
    ("call", "ids", "texts", "error"),
    [
        ("add", ["a"], ["x"], DuplicateIdError),
        ("add", ["x", "x"], ["x", "y"], DuplicateIdError),
        ("add", ["x", "y"], ["x"], ValueError),
        ("update", ["a", "z"], ["x", "y"], UnknownIdError),
        ("update", ["a"], [], ValueError),
    ],
)
def test_bad_writes_raise_and_change_nothing(index, call, ids, texts, error):
    before = index.search("ramen dentist", 9)
    with pytest.raises(error):
        getattr(index, call)(ids, texts)
    assert index.ids == ("a", "b", "c")
    assert index.search("ramen dentist", 9) == before


def test_deleting_an_unknown_id_changes_nothing(index):
    with pytest.raises(UnknownIdError):
        index.delete(["a", "z"])
    assert "a" in index


def test_k_below_1_is_refused(index):
    with pytest.raises(ValueError, match="k must"):
        index.search("ramen", 0)


@given(st.lists(WORDS, min_size=1, max_size=12), WORDS)
def test_hits_are_exactly_the_overlapping_documents_in_order(texts, query):
    index = LexicalIndex()
    index.add([str(i) for i in range(len(texts))], texts)
    hits = index.search(query, 20)
    shared = {str(i) for i, text in enumerate(texts) if not set(analyse(text)).isdisjoint(analyse(query))}
    assert {hit.id for hit in hits} == shared
    assert hits == sorted(hits, key=lambda hit: (-hit.score, -int(hit.id)))
    assert index.search(query, 2) == hits[:2]
    assert index.search_tokens(analyse(query), 20) == hits


@given(st.lists(WORDS, min_size=2, max_size=8), WORDS)
def test_an_index_that_was_written_step_by_step_equals_one_made_at_once(texts, query):
    ids = [str(i) for i in range(len(texts))]
    steps, once = LexicalIndex(), LexicalIndex()
    for key, text in zip(ids, texts, strict=True):
        steps.add([key], ["opera"])
        steps.search(query, 1)
        steps.update([key], [text])
    once.add(ids, texts)
    assert steps.search(query, 9) == once.search(query, 9)
