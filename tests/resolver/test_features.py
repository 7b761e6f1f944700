"""The features say what their names say, and the choice is a linear model over them."""

import json

import numpy as np
import pytest

from indexes import HybridIndex
from resolver import Catalog, Profile, WeightsError
from resolver.asking import read_queries
from resolver.cards import CatalogIndex
from resolver.choose import ChoiceWeights, Chooser
from resolver.features import FEATURES, GROUPS, candidate_features
from resolver.function_match import FUNCTION
from resolver.records import UserRecords
from resolver.weights import SHIPPED, read_weights

MATCH = np.array([3.0 if name == "card_lexical" else 1.0 if name == "card_dense" else 0.0 for name in FUNCTION])


@pytest.fixture
def features(catalog, embedder):
    cards = CatalogIndex(catalog, embedder)

    def compute(profile, query="order a meal"):
        records = UserRecords(Profile.from_json(profile, user="ada"), HybridIndex(embedder))
        asked = read_queries([query], embedder)[0]
        rows = candidate_features(cards, records.linked(cards), asked, MATCH)
        return {
            (tool.platform, tool.name): dict(zip(FEATURES, row, strict=True))
            for tool, row in zip(catalog.tools, rows, strict=True)
        }

    return compute


LARDER, QUICK = ("Larder", "order_food"), ("QuickBite.io", "order_food")


def test_every_feature_has_one_group_and_a_shipped_weight():
    assert len(set(FEATURES)) == len(FEATURES) == sum(map(len, GROUPS.values()))
    assert set(SHIPPED.weights("choice.json", FEATURES)) == set(FEATURES)


def test_features_are_finite_for_an_empty_profile_and_strange_queries(features):
    for query in ("order a meal", "🍜", "\x00", "a" * 5_000):
        values = [value for row in features({}, query).values() for value in row.values()]
        assert np.isfinite(values).all()


def test_the_function_that_fits_scores_higher(features):
    rows = features({}, "where is my order")
    assert rows["Larder", "track_order"]["card_lexical"] > rows[LARDER]["card_lexical"]
    assert rows["Larder", "track_order"]["name_overlap"] > 0


def test_what_a_query_names_of_a_tools_needs_counts_for_it(features):
    rows = features({}, "bring that dish to this address")
    assert rows[LARDER]["needs_named"] > rows["Larder", "track_order"]["needs_named"]


def test_a_tool_that_another_platform_offers_too_has_a_twin(embedder):
    tools = [
        {"platform": "Larder", "name": "order_food", "description": "Order a meal."},
        {"platform": "Larder", "name": "hire_bicycle", "description": "Hire a bicycle."},
        {"platform": "Wheels", "name": "order_food", "description": "Order a meal."},
    ]
    cards = CatalogIndex(Catalog.from_ptbench(["Larder", "Wheels"], tools), embedder)
    assert cards.twins[0] == pytest.approx([1.0, cards.tool_vectors[1] @ cards.tool_vectors[2], 1.0])
    assert cards.twins[1].tolist() == [1.0, 0.0, 1.0]
    alone = CatalogIndex(Catalog.from_ptbench(["Larder"], tools[:2]), embedder)
    assert not alone.twins.any()


def test_a_preference_never_decides_between_functions_of_one_platform(features, used):
    log = used("Larder", "a", "b", rating=1) + used("QuickBite.io", "c", rating=0)
    rows = features({"log": log}, "order a meal from a restaurant: name of the dish")
    for platform in ("Larder", "QuickBite.io"):
        for name in GROUPS["history"]:
            assert rows[platform, "order_food"][name] == rows[platform, "track_order"][name]


def test_a_preference_says_next_to_nothing_for_a_platform_that_could_not_do_the_job(embedder, used):
    tools = [
        {"platform": "Larder", "name": "order_food", "description": "Order a meal."},
        {"platform": "Wheels", "name": "hire_bicycle", "description": "Hire a bicycle."},
    ]
    cards = CatalogIndex(Catalog.from_ptbench(["Larder", "Wheels"], tools), embedder)
    records = UserRecords(
        Profile.from_json({"log": used("Wheels", "a", tool="hire_bicycle")}, user="a"), HybridIndex(embedder)
    )
    asked = read_queries(["order a meal"], embedder)[0]
    rows = candidate_features(cards, records.linked(cards), asked, 2.0 * MATCH)
    assert np.abs(rows[1, [FEATURES.index(name) for name in GROUPS["history"]]]).max() < 0.1


def test_mentions_in_the_query_and_in_statements_have_their_sign(features):
    rows = features({"likes": ["I prefer QuickBite.io when I order a meal."]}, "order a meal, not on Larder")
    assert rows[LARDER]["mentioned"] == -1
    assert rows[QUICK]["stated"] > 0 == rows[LARDER]["stated"]


def test_contributions_add_up_to_the_difference_of_scores(catalog, embedder, used):
    cards = CatalogIndex(catalog, embedder)
    records = UserRecords(Profile.from_json({"log": used("Larder", "a")}, user="ada"), HybridIndex(embedder))
    asked = read_queries(["order a meal"], embedder)[0]
    choice = Chooser().choose(cards, records.linked(cards), asked)
    for other in choice.runners_up:
        gap = sum(choice.contributions.values()) - sum(other.contributions.values())
        assert np.log(choice.probability / other.probability) == pytest.approx(gap, abs=2e-3)


def test_ties_go_to_the_platform_used_last_then_to_the_catalogs_order(catalog, embedder, used):
    cards = CatalogIndex(catalog, embedder)
    asked = read_queries(["order a meal"], embedder)[0]
    nothing = Chooser(ChoiceWeights(function=dict.fromkeys(FUNCTION, 0.0), features=dict.fromkeys(FEATURES, 0.0)))
    for log, platform in (([], "Larder"), (used("QuickBite.io", "a"), "QuickBite.io")):
        records = UserRecords(Profile.from_json({"log": log}, user="ada"), HybridIndex(embedder))
        assert nothing.choose(cards, records.linked(cards), asked).platform == platform


def test_shipped_weights_keep_their_meaning():
    weights = ChoiceWeights.load().features
    assert min(weights[name] for name in ("mentioned", "stated", "liked", "ever_liked", "used")) > 0
    assert max(weights[name] for name in ("disliked", "ever_disliked", "lapsed")) < 0
    assert weights["last_used"] >= 0


def test_a_group_of_features_can_be_left_out():
    weights = ChoiceWeights.load().without("history")
    assert not any(weights.features[name] for name in GROUPS["history"])
    assert weights.features["card_lexical"] == ChoiceWeights.load().features["card_lexical"]
    with pytest.raises(KeyError):
        weights.without("luck")


def test_weights_of_other_features_are_refused(tmp_path):
    for content, message in (
        ({"features": {}}, "no weight for"),
        ({"features": {**dict.fromkeys(FEATURES, 1.0), "luck": 1.0}}, "unknown features luck"),
        ({"features": 7}, "expected"),
    ):
        path = tmp_path / "weights.json"
        path.write_text(json.dumps(content), encoding="utf-8")
        with pytest.raises(WeightsError, match=message):
            read_weights(path, FEATURES)
