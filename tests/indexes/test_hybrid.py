from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexes import (
    DimensionError,
    DuplicateIdError,
    FusedHit,
    HashingEmbedder,
    HybridIndex,
    UnknownIdError,
    analyse,
)

TEXTS = {"r": "I like ramen", "d": "My dentist is in Sunnyvale", "s": "Window seat on flights, please"}
WORDS = st.lists(st.sampled_from(["ramen", "dentist", "window", "seat", "jazz", "opera"]), max_size=4).map(" ".join)


class FailingEmbedder(HashingEmbedder):
    def encode(self, texts):  # noqa: ARG002
        raise RuntimeError("out of memory")


@pytest.fixture
def index(embedder):
    made = HybridIndex(embedder)
    made.add(list(TEXTS), list(TEXTS.values()))
    return made


@pytest.mark.parametrize("fusion", ["rrf", "score"])
def test_a_search_finds_by_words_and_by_vector_and_says_who_found_what(embedder, fusion):
    index = HybridIndex(embedder, fusion=fusion)
    index.add(list(TEXTS), list(TEXTS.values()))
    first, *others = index.search("a dentist", 3)
    assert first.id == "d"
    assert first.ranks == {"dense": 1, "lexical": 1}
    assert first.scores["dense"] == pytest.approx(float(embedder.encode(["a dentist"])[0] @ index.vectors(["d"])[0]))
    assert [set(hit.ranks) for hit in others] == [{"dense"}, {"dense"}]


def test_one_mode_gives_that_retrievers_own_scores(index):
    (hit,) = index.search("dentist", 5, mode="lexical")
    assert hit == FusedHit("d", hit.scores["lexical"], {"lexical": 1}, hit.scores)
    dense = index.search("dentist", 5, mode="dense")
    assert [hit.ranks["dense"] for hit in dense] == [1, 2, 3]
    assert all(hit.score == hit.scores["dense"] for hit in dense)


def test_a_known_vector_and_known_tokens_are_used_instead_of_the_text(embedder, index):
    given_both = index.search("", 3, vector=embedder.encode(["dentist"]), tokens=analyse("dentist"))
    assert given_both == index.search("dentist", 3)
    assert given_both == index.search("", 3, vector=embedder.encode(["dentist"])[0], tokens=["dentist"])


def test_lexical_mode_and_a_given_vector_never_call_the_embedder():
    index = HybridIndex(FailingEmbedder(4))
    index.add(["a"], ["ramen"], vectors=[[1, 0, 0, 0]])
    assert [hit.id for hit in index.search("ramen", 1, mode="lexical")] == ["a"]
    assert [hit.id for hit in index.search("ramen", 1, vector=[1, 0, 0, 0])] == ["a"]


def test_an_empty_index_gives_nothing_in_every_mode(embedder):
    for mode in ("hybrid", "dense", "lexical"):
        assert HybridIndex(embedder).search("ramen", 3, mode=mode) == []


def test_a_failing_embedder_leaves_the_index_as_it_was():
    index = HybridIndex(FailingEmbedder(4))
    index.add(["a"], ["ramen"], vectors=[[1, 0, 0, 0]])
    with pytest.raises(RuntimeError):
        index.add(["b"], ["tea"])
    with pytest.raises(RuntimeError):
        index.update(["a"], ["tea"])
    assert index.ids == ("a",)
    assert index.text("a") == "ramen"
    assert index.search("tea", 1, mode="lexical") == []


@pytest.mark.parametrize(
    ("ids", "texts", "vectors", "error"),
    [
        (["r"], ["x"], None, DuplicateIdError),
        (["x", "x"], ["x", "y"], None, DuplicateIdError),
        (["x", "y"], ["x"], None, ValueError),
        (["x"], ["x"], [[1.0]], DimensionError),
        (["x"], ["x"], [[float("nan")] * 64], ValueError),
        (["x"], [None], None, TypeError),
        ("x", ["x"], None, TypeError),
    ],
)
def test_bad_additions_raise_and_change_nothing(index, ids, texts, vectors, error):
    before = index.search("a dentist likes ramen", 9)
    with pytest.raises(error):
        index.add(ids, texts, vectors=vectors)
    assert index.ids == tuple(TEXTS)
    assert index.search("a dentist likes ramen", 9) == before


def test_bad_updates_and_deletions_raise_and_change_nothing(index):
    before = index.search("a dentist likes ramen", 9)
    with pytest.raises(UnknownIdError):
        index.update(["r", "z"], ["x", "y"])
    with pytest.raises(DimensionError):
        index.update(["r"], ["x"], vectors=[[1.0]])
    with pytest.raises(UnknownIdError):
        index.delete(["r", "z"])
    with pytest.raises(UnknownIdError):
        index.text("z")
    assert index.search("a dentist likes ramen", 9) == before


@pytest.mark.parametrize(
    "settings", [{"fusion": "best"}, {"weights": {"sparse": 1.0}}, {"weights": {"dense": -1.0}}], ids=str
)
def test_bad_settings_are_refused(embedder, settings):
    with pytest.raises(ValueError, match=r"best|sparse|dense"):
        HybridIndex(embedder, **settings)


def test_bad_searches_are_refused(index):
    with pytest.raises(ValueError, match="k must"):
        index.search("x", 0)
    with pytest.raises(ValueError, match="mode"):
        index.search("x", 1, mode="fuzzy")
    with pytest.raises(DimensionError):
        index.search("x", 1, vector=[1.0])


def test_ties_go_to_the_newest(embedder):
    index = HybridIndex(embedder)
    index.add(["z", "a", "m"], ["ramen"] * 3)
    assert [hit.id for hit in index.search("ramen", 3)] == ["m", "a", "z"]


@given(st.lists(WORDS, min_size=1, max_size=10), st.sets(st.integers(0, 9)), WORDS)
def test_an_index_after_updates_and_deletions_equals_a_fresh_one(texts, gone, query):
    embedder = HashingEmbedder(64)
    ids = [str(i) for i in range(len(texts))]
    index, fresh = HybridIndex(embedder), HybridIndex(embedder)
    index.add(ids, ["opera"] * len(ids))
    index.search(query, 3)
    index.update(ids, texts)
    index.delete([key for key in ids if int(key) in gone])
    left = [key for key in ids if int(key) not in gone]
    fresh.add(left, [texts[int(key)] for key in left])
    assert index.ids == fresh.ids == tuple(left)
    assert index.search(query, 5) == fresh.search(query, 5)
    assert np.array_equal(index.vectors(left), fresh.vectors(left))


def test_readers_see_whole_writes_while_a_writer_works(embedder):
    index = HybridIndex(embedder)
    index.add(["base"], ["ramen"])

    def write(number):
        key = f"w{number}"
        index.add([key], [f"ramen dentist {number}"])
        index.delete([key])

    def read(_):
        return {hit.id for hit in index.search("ramen", 100)}

    with ThreadPoolExecutor(4) as pool:
        writes = [pool.submit(write, i) for i in range(60)]
        seen = list(pool.map(read, range(60)))
        for done in writes:
            done.result()
    assert all("base" in ids for ids in seen)
    assert index.ids == ("base",)


def test_tokens_that_are_known_are_taken_as_they_are(index):
    index.add(["t"], ["nothing of it"], tokens=[["zither"]])
    assert [hit.id for hit in index.search("zither", 9, mode="lexical")] == ["t"]
    index.update(["t"], ["nothing of it"], tokens=[["sitar"]])
    assert [hit.id for hit in index.search("zither sitar", 9, mode="lexical")] == ["t"]
    with pytest.raises(ValueError, match="tokens of 0"):
        index.add(["u"], ["x"], tokens=[])
    assert "u" not in index
