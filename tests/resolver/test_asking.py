import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexes import HashingEmbedder
from resolver import QueryError
from resolver.asking import LONGEST_QUERY, read_queries
from resolver.json_values import well_formed

EMBEDDER = HashingEmbedder(32)


def read(query):
    return read_queries([query], EMBEDDER)[0]


def test_speakers_are_no_words_of_the_request():
    asked = read("User: a table\n Agent : where?\nUSER: in Ulm: old town")
    assert asked.text == "a table\nwhere?\nin Ulm: old town"
    assert asked.query.startswith("User: ")


@pytest.mark.parametrize("query", ["User:", "user: \n ", "Agent:  "])
def test_a_dialogue_of_nothing_but_speakers_is_read_as_it_is(query):
    assert read(query).text == query


@pytest.mark.parametrize("query", ["", " \n\t", None, 7, b"x", ["x"]])
def test_an_empty_query_or_none_is_a_typed_error(query):
    with pytest.raises(QueryError):
        read_queries(["fine", query], EMBEDDER)


def test_of_a_long_query_the_beginning_is_read():
    asked = read(" " * 50_000 + "order ramen " * 10_000)
    assert len(asked.text) == LONGEST_QUERY
    assert asked.text.startswith("order ramen")
    assert len(asked.query) == 170_000


def test_queries_are_read_in_order_and_none_is_fine():
    assert [asked.text for asked in read_queries(["b", "a"], EMBEDDER)] == ["b", "a"]
    assert read_queries([], EMBEDDER) == []


@given(st.text(st.characters(exclude_categories=()), min_size=1).filter(str.strip))
def test_any_text_is_read(query):
    asked = read(query)
    assert asked.query == well_formed(query)
    assert asked.text.encode()
    assert asked.vector.shape == (32,)
