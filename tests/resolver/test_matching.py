"""Whether a tool does what is asked for at all."""

import dataclasses

import pytest

from indexes import HashingEmbedder, load_embedder
from resolver import Abstention, Catalog, Profile, Resolution, Resolver, WeightsError
from resolver.asking import read_queries
from resolver.cards import CatalogIndex
from resolver.match_model import MATCH_FEATURES, MatchModel
from resolver.matching import match_features
from resolver.models import Models

TOOLS = [
    {
        "platform": "Larder",
        "name": "order_food",
        "description": "Order a meal from a restaurant nearby.",
        "parameters": {"dish": {"type": "string", "required": True}},
    }
]
EVEN = dict.fromkeys((*MATCH_FEATURES, "bias"), 1.0)


def features(query):
    embedder = HashingEmbedder()
    cards = CatalogIndex(Catalog.from_ptbench(["Larder"], TOOLS), embedder)
    (asked,) = read_queries([query], embedder)
    return dict(zip(MATCH_FEATURES, match_features(cards, asked, 0, Models.load()), strict=True))


def resolver(query, *, least, embedder, models=None):
    made = Resolver(Catalog.from_ptbench(["Larder"], TOOLS), embedder=embedder, require_match=least, models=models)
    made.add(Profile.from_json({}, user="ada"))
    return made.resolve(query, user="ada")


def told(value, embedder):
    """Models that say one probability of whatever is asked with this embedder."""
    model = MatchModel({**dict.fromkeys(MATCH_FEATURES, 0.0), "bias": value}, model=embedder.name)
    return dataclasses.replace(Models.load(), match=model)


def test_features_say_how_much_of_tool_and_query_go_together():
    right = features('order a meal: "ramen"')
    wrong = features("what is the capital of Norway?")
    assert right["spoken"] == 1.0  # of a meal; that something is to be ordered is in the tool's name
    assert right["named"] == 0.5
    assert right["filled"] == 1.0
    assert wrong["spoken"] == wrong["named"] == 0.0
    assert right["card"] > wrong["card"]


def test_a_value_is_no_word_that_the_tool_has_to_speak_of():
    assert features('order a meal: "capital of Norway"')["spoken"] == 1.0


def test_a_query_without_words_of_content_has_features():
    assert features("please?!")["spoken"] == 0.0


@pytest.mark.parametrize("least", [True, False, 0.0])
def test_without_a_number_above_it_the_probability_decides_nothing(least):
    embedder = HashingEmbedder()
    answer = resolver("order a meal", least=least, embedder=embedder, models=told(-9.0, embedder))
    assert isinstance(answer, Resolution)
    assert (answer.choice.match is None) is isinstance(least, bool)


def test_below_the_number_the_resolver_abstains_and_says_how_sure_it_is():
    embedder = HashingEmbedder()
    answer = resolver("order a meal", least=0.5, embedder=embedder, models=told(-9.0, embedder))
    assert isinstance(answer, Abstention)
    assert answer.reason == "no_match"
    assert "order_food of Larder, does what is asked for with a probability of 0.00, below 0.50" in answer.message
    assert answer.choice.match < 0.001
    sure = resolver("order a meal", least=0.5, embedder=embedder, models=told(9.0, embedder))
    assert isinstance(sure, Resolution)
    assert sure.choice.match > 0.999


def test_of_another_embedder_the_model_says_nothing():
    assert not Models.load().match.knows(HashingEmbedder())
    answer = resolver("order a meal", least=0.99, embedder=HashingEmbedder())
    assert isinstance(answer, Resolution)
    assert answer.choice.match is None


@pytest.mark.parametrize("least", [-0.1, 1.1, float("nan")])
def test_a_number_that_is_no_probability_is_refused(least):
    with pytest.raises(ValueError, match="require_match"):
        resolver("order a meal", least=least, embedder=HashingEmbedder())


def test_weights_are_for_these_features():
    assert MatchModel(EVEN, model="m").probability([0.0] * len(MATCH_FEATURES)) == pytest.approx(0.731, abs=1e-3)
    for wrong in ({}, {**EVEN, "luck": 1.0}):
        with pytest.raises(WeightsError, match="match: weights are missing or unknown"):
            MatchModel(wrong, model="m")


@pytest.fixture(scope="module")
def embedder():
    return load_embedder()


@pytest.mark.model
class TestShipped:
    @pytest.mark.parametrize(
        "query", ["Order ramen for lunch", "Get me a burger from a diner", "I want to eat a pizza"]
    )
    def test_what_the_tool_can_do_is_done(self, embedder, query):
        assert isinstance(resolver(query, least=0.4, embedder=embedder), Resolution)

    @pytest.mark.parametrize(
        "query", ["What is the square root of 12?", "Play some jazz", "Book a flight to Oslo", "Hi!"]
    )
    def test_what_it_cannot_do_is_not(self, embedder, query):
        assert isinstance(resolver(query, least=0.4, embedder=embedder), Abstention)
