from __future__ import annotations

import math
from functools import partial

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from indexes import DuplicateIdError, Hit, reciprocal_rank_fusion, score_fusion

FUSIONS = [
    reciprocal_rank_fusion,
    partial(score_fusion, normalisation="minmax"),
    partial(score_fusion, normalisation="theoretical", minima={"dense": -1.0}),
]
NAMES = ["dense", "lexical", "third"]


@st.composite
def ranking(draw):
    keys = draw(st.lists(st.sampled_from("abcdefgh"), unique=True, max_size=8))
    scores = draw(st.lists(st.integers(0, 8), min_size=len(keys), max_size=len(keys)))
    return [Hit(key, score / 8) for key, score in zip(keys, sorted(scores, reverse=True), strict=True)]


RANKINGS = st.dictionaries(st.sampled_from(NAMES), ranking(), min_size=1)
WEIGHTS = st.fixed_dictionaries({name: st.sampled_from([0.0, 0.1, 0.5, 1.0]) for name in NAMES})
both = pytest.mark.parametrize("fuse", FUSIONS, ids=["rrf", "minmax", "theoretical"])


@both
@given(RANKINGS, WEIGHTS)
def test_the_order_of_retrievers_does_not_matter(fuse, rankings, weights):
    assert fuse(rankings, weights=weights) == fuse(dict(reversed(rankings.items())), weights=weights)


@both
@given(RANKINGS, ranking(), WEIGHTS)
def test_a_retriever_of_weight_zero_has_no_say(fuse, rankings, other, weights):
    weights = {**weights, "third": 0.0}
    without = {name: hits for name, hits in rankings.items() if name != "third"}
    a, b = fuse({**without, "third": other}, weights=weights), fuse(without, weights=weights)
    assert [(hit.id, hit.score) for hit in a] == [(hit.id, hit.score) for hit in b]


@both
@given(RANKINGS, WEIGHTS)
def test_ids_are_unique_and_those_of_the_weighted_rankings(fuse, rankings, weights):
    ids = [hit.id for hit in fuse(rankings, weights=weights)]
    assert len(ids) == len(set(ids))
    assert set(ids) == {hit.id for name, hits in rankings.items() if weights[name] for hit in hits}


@both
@given(RANKINGS, WEIGHTS, st.permutations("abcdefgh"))
def test_order_is_by_score_then_recency_then_id(fuse, rankings, weights, ages):
    recency = {key: ages.index(key) // 2 for key in "abcdefgh"}
    hits = fuse(rankings, weights=weights, recency=recency)
    assert hits == sorted(hits, key=lambda hit: (-hit.score, -recency[hit.id], hit.id))


@both
@given(RANKINGS, WEIGHTS)
def test_ranks_and_scores_are_those_of_the_rankings(fuse, rankings, weights):
    for hit in fuse(rankings, weights=weights):
        assert set(hit.ranks) == set(hit.scores)
        for name, ranked in rankings.items():
            if hit.id in {other.id for other in ranked}:
                assert ranked[hit.ranks[name] - 1] == Hit(hit.id, hit.scores[name])
            else:
                assert name not in hit.ranks


@both
@given(RANKINGS, WEIGHTS, st.integers(1, 9))
def test_a_limit_gives_a_prefix(fuse, rankings, weights, limit):
    assert fuse(rankings, weights=weights, limit=limit) == fuse(rankings, weights=weights)[:limit]


@both
@given(ranking(), ranking())
def test_what_both_retrievers_rank_higher_is_never_below(fuse, dense, lexical):
    place = {hit.id: i for i, hit in enumerate(fuse({"dense": dense, "lexical": lexical}, weights={"lexical": 0.3}))}
    scores = [{hit.id: hit.score for hit in hits} for hits in (dense, lexical)]
    ranks = [{hit.id: i for i, hit in enumerate(hits)} for hits in (dense, lexical)]
    common = set(ranks[0]) & set(ranks[1])
    assume(len(common) > 1)
    for a in common:
        for b in common:
            if all(r[a] < r[b] for r in ranks) and any(s[a] > s[b] for s in scores):
                assert place[a] < place[b]


@both
@given(ranking())
def test_one_retriever_keeps_its_order(fuse, hits):
    assume(len({hit.score for hit in hits}) == len(hits))
    assert [hit.id for hit in fuse({"dense": hits})] == [hit.id for hit in hits]


def test_rrf_is_the_published_formula():
    hits = reciprocal_rank_fusion({"x": [Hit("a", 1), Hit("b", 0)], "y": [Hit("b", 5)]}, weights={"y": 0.5}, k=60)
    assert {hit.id: hit.score for hit in hits} == pytest.approx({"a": 1 / 61, "b": 1 / 62 + 0.5 / 61})


def test_minmax_spans_zero_to_one_and_equal_scores_count_as_one():
    hits = score_fusion({"x": [Hit("a", 3), Hit("b", 2), Hit("c", 1)], "y": [Hit("c", 7)]}, weights={"y": 0.2})
    assert {hit.id: hit.score for hit in hits} == pytest.approx({"a": 1, "b": 0.5, "c": 0.2})


def test_theoretical_measures_from_the_lowest_possible_score():
    found = score_fusion({"x": [Hit("a", 1.0), Hit("b", 0.0)]}, normalisation="theoretical", minima={"x": -1.0})
    assert [hit.score for hit in found] == [1.0, 0.5]


@both
def test_no_rankings_and_empty_rankings_give_nothing(fuse):
    assert fuse({}) == []
    assert fuse({"dense": []}) == []


@both
@pytest.mark.parametrize("weight", [-0.1, math.nan, math.inf])
def test_bad_weights_are_refused(fuse, weight):
    with pytest.raises(ValueError, match="dense"):
        fuse({"dense": []}, weights={"dense": weight})


@both
def test_an_id_twice_in_a_ranking_is_refused(fuse):
    with pytest.raises(DuplicateIdError, match="'a'"):
        fuse({"dense": [Hit("a", 2), Hit("b", 1), Hit("a", 0)]})


@both
def test_a_limit_below_1_is_refused(fuse):
    with pytest.raises(ValueError, match="limit"):
        fuse({}, limit=0)


def test_a_negative_k_is_refused():
    with pytest.raises(ValueError, match="k must"):
        reciprocal_rank_fusion({}, k=-1)
