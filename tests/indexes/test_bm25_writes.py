from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from indexes import LexicalIndex
from indexes.bm25 import PostingsBM25

KEYS = [f"k{i}" for i in range(16)]
DOCUMENT = st.lists(st.sampled_from("abcdef"), max_size=5)
QUERIES = [["a"], ["b", "c", "b"], ["f", "e", "d", "z"]]


class LexicalMachine(RuleBasedStateMachine):
    """An index that was searched before every write, so that its postings change in place, against one made anew."""

    def __init__(self):
        super().__init__()
        self.index = LexicalIndex()
        self.model: dict[str, list[str]] = {}
        self.add(KEYS[:10], [["a", "b"]] * 10)

    @rule(keys=st.lists(st.sampled_from(KEYS), unique=True), documents=st.lists(DOCUMENT, min_size=16, max_size=16))
    def add(self, keys, documents):
        new = dict(zip([key for key in keys if key not in self.model], documents, strict=False))
        self.index.add_tokens(list(new), list(new.values()))
        self.model.update(new)

    @precondition(lambda self: self.model)
    @rule(data=st.data())
    def update(self, data):
        keys = data.draw(st.lists(st.sampled_from(sorted(self.model)), unique=True, max_size=4))
        documents = [data.draw(DOCUMENT) for _ in keys]
        self.index.update_tokens(keys, documents)
        self.model.update(zip(keys, documents, strict=True))

    @precondition(lambda self: self.model)
    @rule(data=st.data())
    def delete(self, data):
        key = data.draw(st.sampled_from(sorted(self.model)))
        self.index.delete([key])
        del self.model[key]

    @invariant()
    def hits_are_those_of_an_index_made_anew_bit_for_bit(self):
        anew = LexicalIndex()
        anew.add_tokens(list(self.model), list(self.model.values()))
        for query in QUERIES:
            assert self.index.search_tokens(query, 40) == anew.search_tokens(query, 40)
            assert self.index.search_tokens(query, 2) == anew.search_tokens(query, 2)


LexicalMachine.TestCase.settings = settings(max_examples=20, stateful_step_count=12)
test_any_run_of_writes_ranks_as_an_index_made_anew = LexicalMachine.TestCase


def test_writes_beside_a_search_change_the_postings_and_do_not_build_them_anew():
    index = LexicalIndex()
    keys = [str(number) for number in range(100)]
    index.add_tokens(keys, [["a", f"t{key}"] for key in keys])
    for _ in range(2):  # the first of so few texts needs no postings
        index.search_tokens(["a"], 1)
    built = index._built
    assert built is not None
    index.add_tokens(["new"], [["b"]])
    index.update_tokens(["3"], [["c", "a"]])
    index.delete(["4"])
    assert [hit.id for hit in index.search_tokens(["b", "c", "t4"], 9)] == ["new", "3"]
    assert index._built is built
    index.delete(keys[10:60])
    assert index._built is None


def test_rows_of_removed_documents_are_given_up_in_the_end():
    index = LexicalIndex()
    index.add_tokens([str(number) for number in range(100)], [["a"]] * 100)
    for number in range(100):
        index.search_tokens(["a"], 1)
        index.delete([str(number)])
        index.add_tokens([str(100 + number)], [["a"]])
    index.search_tokens(["a"], 1)
    assert index._built.model.rows < 210


def test_nothing_stays_of_a_token_that_no_document_has_any_more():
    model = PostingsBM25([["a"], ["b", "b"]])
    model.get_scores(["b"])
    model.remove(1)
    assert "b" not in model._rows
    assert model.get_scores(["a", "b"]).tolist() == [*PostingsBM25([["a"]]).get_scores(["a"]), 0.0]
    model.remove(0)
    assert model.get_scores(["a", "b"]).tolist() == [0.0, 0.0]
