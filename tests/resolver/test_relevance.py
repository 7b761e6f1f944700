"""Which statements matter to a query."""

import gc

import numpy as np
import pytest

from indexes import HashingEmbedder, load_embedder
from resolver import Catalog, Profile, Resolver
from resolver.errors import WeightsError
from resolver.judging import _SAID
from resolver.kinds import KindSpace
from resolver.relevance import BIAS, RelevanceModel, without_conflict
from resolver.relevance_features import FEATURES, PAIR_FEATURES, compare, encode_statements, user_turns
from resolver.relevance_sets import SET_FEATURES, overlaps, set_rows

FACTS = [
    "If I'm looking for a restaurant, my go-to cuisine is goulash.",
    "If you're looking for goulash, try the restaurant called Blue Lagoon.",
    "Request Restaurants in Bergen as my preferred city.",
    "When I ask for Movies, my favorite genre is satire.",
    "I prefer a savings account when I ask for Banks.",
]


def as_the_trained_one():
    """A deterministic embedder under the name of the model that the weights are for."""
    embedder = HashingEmbedder(384)
    embedder.name = f"hashing@{RelevanceModel.load().kinds.model}/384"
    return embedder


@pytest.fixture
def compared():
    embedder, kinds = as_the_trained_one(), KindSpace.load()
    said = encode_statements(FACTS, embedder, kinds)
    return compare("Find a restaurant in Turku", "Find a restaurant in Turku", said, embedder, kinds)


@pytest.mark.model
def test_statements_of_the_domain_and_those_they_lead_to_matter():
    judged = RelevanceModel.load().relevant("User: Can you find me a restaurant?", FACTS, load_embedder())
    assert set(judged.chosen) == {0, 1, 2}


@pytest.mark.model
def test_a_value_that_the_query_gives_itself_makes_a_statement_less_likely():
    model, embedder = RelevanceModel.load(), load_embedder()
    plain = model.relevant("User: Can you find me a restaurant?", FACTS, embedder)
    given = model.relevant("User: Can you find me a restaurant in Turku?", FACTS, embedder)
    assert given.probabilities[2] < plain.probabilities[2] - 0.3
    assert given.probabilities[0] > given.probabilities[2]


@pytest.mark.model
def test_nothing_is_chosen_where_nothing_matters():
    assert (
        RelevanceModel.load().relevant("User: What is the weather in Turku tomorrow?", FACTS, load_embedder()).chosen
        == ()
    )


def test_no_facts_give_an_empty_judgement():
    judged = RelevanceModel.load().relevant("Find a restaurant", [], as_the_trained_one())
    assert (len(judged.probabilities), judged.chosen) == (0, ())


def test_every_feature_is_finite(compared):
    assert compared.rows.shape == (len(FACTS), len(FEATURES))
    assert compared.pairs.rows.shape[1] == len(PAIR_FEATURES)
    scores = np.zeros(len(FACTS))
    rows = set_rows(compared, overlaps(compared), scores, scores, scores)
    assert rows.shape == (len(FACTS), len(SET_FEATURES))
    assert np.isfinite(rows).all()
    assert np.isfinite(compared.rows).all()


def test_a_condition_is_met_by_the_statement_that_has_its_value(compared):
    met = overlaps(compared).met
    assert met[1, 0] > 0.0
    assert met[1, 2] == met[1, 4] == 0.0


def test_conditions_are_in_no_pair_with_the_query(compared):
    conditional = {"looking", "restaurant", "Movies", "Banks"}
    said = encode_statements(FACTS, as_the_trained_one(), KindSpace.load())
    asked = {part.text for one in said for part in one.parts if not part.conditional}
    assert asked.isdisjoint(conditional - {"restaurant"})
    assert len(compared.pairs.statement) > 0


def test_one_statement_alone_is_judged():
    embedder, kinds = as_the_trained_one(), KindSpace.load()
    said = encode_statements(FACTS[:1], embedder, kinds)
    judged = RelevanceModel.load().judge(compare("Find food", "Find food", said, embedder, kinds))
    assert 0.0 <= judged.probabilities[0] <= 1.0


def test_conflict_only_lowers_the_odds():
    apart = np.array([-3.0, 0.0, 3.0])
    assert np.allclose(without_conflict(apart, np.zeros(3)), apart)
    assert (without_conflict(apart, np.ones(3)) < apart).all()


def test_the_turns_of_others_are_not_the_users():
    query = "User: find a vet\nAgent: Where?\nUser: in Graz"
    assert user_turns(query) == ["find a vet", "in Graz"]
    assert user_turns("find a vet") == ["find a vet"]


def test_weights_that_lack_a_feature_or_do_not_fit_are_refused():
    model = RelevanceModel.load()
    with pytest.raises(WeightsError, match="pair"):
        RelevanceModel({**model.weights, "pair": {BIAS: 0.0}}, model.terms, model.kinds, model.stances)
    with pytest.raises(WeightsError, match="shapes"):
        RelevanceModel(model.weights, model.terms._replace(basis=model.terms.basis[:5]), model.kinds, model.stances)
    with pytest.raises(WeightsError, match="do not fit"):
        RelevanceModel(model.weights, model.terms, model.kinds, model.stances._replace(query=np.zeros(5, np.float32)))


def resolver_of(embedder, profile):
    catalog = Catalog.from_ptbench(["Larder"], [{"name": "find_restaurant", "description": "Find", "parameters": {}}])
    resolver = Resolver(catalog, embedder=embedder)
    resolver.add(Profile.from_json(profile, user="ada"))
    return resolver


@pytest.mark.model
def test_evidence_is_ranked_by_the_judgement_of_statements():
    found = resolver_of(load_embedder(), FACTS).retrieve("Can you find me a restaurant?", user="ada", k=3)
    assert {item.id for item in found} == {"[0]", "[1]", "[2]"}
    assert [item.probability for item in found] == sorted((item.probability for item in found), reverse=True)


def test_attributes_keep_their_places_and_have_no_probability():
    profile = {"favourite restaurant": "Blue Lagoon", "notes": FACTS}
    found = resolver_of(as_the_trained_one(), profile).retrieve("Which favourite restaurant?", user="ada", k=6)
    assert found[0].id == "favourite restaurant" or '["favourite restaurant"]' in found[0].id
    assert found[0].probability is None
    assert all(item.probability is not None for item in found[1:])
    assert len({item.id for item in found}) == len(found)


def test_an_embedder_that_the_weights_are_not_for_leaves_the_order():
    found = resolver_of(HashingEmbedder(64), FACTS).retrieve("Find a restaurant", user="ada")
    assert found
    assert all(item.probability is None for item in found)


def test_nothing_is_remembered_of_a_forgotten_user():
    gc.collect()
    before = len(_SAID)
    resolver = resolver_of(as_the_trained_one(), FACTS)
    resolver.retrieve("Find a restaurant", user="ada")
    assert len(_SAID) == before + 1
    resolver.forget("ada")
    gc.collect()
    assert len(_SAID) == before
