"""Evidence in another order: what a reranker may change, and what it may not."""

import numpy as np
import pytest

from resolver.reranking import reranked
from resolver.resolution import Evidence


class ByText:
    """Scores a text by a table."""

    name = "by text"

    def __init__(self, **scores):
        self.scores = scores
        self.asked = []

    def score(self, query, texts):
        self.asked.append((query, list(texts)))
        return np.array([self.scores.get(text, 0.0) for text in texts], dtype=np.float32)


def item(text, score=0.5, probability=None, kind="fact"):
    return Evidence(
        id=f"id-{text}", kind=kind, text=text, score=score, scores={"dense": score}, probability=probability
    )


def texts(evidence):
    return [one.text for one in evidence]


def test_judged_statements_change_places_where_the_reranker_outweighs_the_probability():
    evidence = (item("a", probability=0.5), item("b", probability=0.4), item("c", probability=0.01))
    assert texts(reranked(evidence, "q", ByText(b=3.0, c=3.0))) == ["b", "a", "c"]
    assert texts(reranked(evidence, "q", ByText(a=-1.0, b=-1.0, c=-1.0))) == ["a", "b", "c"]
    assert texts(reranked(evidence, "q", ByText(a=-10.0, b=-10.0, c=20.0))) == ["c", "a", "b"]


def test_other_evidence_goes_by_retrieval_and_reranker():
    evidence = (item("a", 1.0), item("b", 0.9), item("c", 0.0))
    assert texts(reranked(evidence, "q", ByText(a=-5.0, b=5.0, c=5.0))) == ["b", "a", "c"]
    assert texts(reranked(evidence, "q", ByText(c=9.0))) == ["a", "b", "c"]


def test_judged_and_unjudged_evidence_keep_the_places_of_their_kind():
    evidence = (
        item("a", probability=0.5),
        item("x", 1.0, kind="event"),
        item("b", probability=0.5),
        item("y", 0.99, kind="event"),
        item("z", 0.1, kind="event"),
    )
    assert texts(reranked(evidence, "q", ByText(b=4.0, y=4.0))) == ["b", "y", "a", "x", "z"]


def test_nothing_is_lost_or_changed_but_the_rerankers_score_is_told():
    evidence = (item("a", 0.9, probability=0.2), item("b", 0.8), item("c", 0.7, probability=1.0))
    given = ByText(a=1.25)
    found = reranked(evidence, "the query", given)
    assert given.asked == [("the query", ["a", "b", "c"])]
    assert {one.id: one.scores["reranker"] for one in found} == {"id-a": 1.25, "id-b": 0.0, "id-c": 0.0}
    without = [one.model_copy(update={"scores": {"dense": one.scores["dense"]}}) for one in found]
    assert sorted(without, key=lambda one: one.id) == list(evidence)
    assert all("reranker" not in one.scores for one in evidence)


@pytest.mark.parametrize("evidence", [(), (item("a"),), (item("a"), item("b"), item("c"))])
def test_ties_stay_as_they_were_and_none_is_asked_for_nothing(evidence):
    given = ByText()
    assert texts(reranked(evidence, "q", given)) == texts(evidence)
    assert len(given.asked) == bool(evidence)


def test_a_reranker_changes_what_retrieve_and_explain_give_and_no_resolution(make_resolver):
    remarks = [f"I like soup number {number}" for number in range(4)]
    profile = {"likes": remarks, "address": {"home": "1 Mill Lane"}}
    given = ByText(**{remarks[2]: 9.0})
    plain, other = make_resolver(profile), make_resolver(profile, reranker=given)
    query = "order soup to my home"
    assert other.resolve(query, user="ada") == plain.resolve(query, user="ada")
    assert other.retrieve(query, user="ada", judged=False) == plain.retrieve(query, user="ada", judged=False)
    assert given.asked == []
    before, after = (resolver.retrieve(query, user="ada") for resolver in (plain, other))
    assert set(texts(after)) == set(texts(before))
    assert texts(after).index(remarks[2]) < texts(before).index(remarks[2])
    assert [text for text, _ in given.asked] == [query]
    assert other.explain(query, user="ada") != plain.explain(query, user="ada")
