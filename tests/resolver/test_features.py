"""The features say what their names say, and the choice is a linear model over them."""

import json

import numpy as np
import pytest

from indexes import HybridIndex
from resolver import Catalog, Profile, WeightsError
from resolver.asking import read_queries
from resolver.cards import CatalogIndex
from resolver.choose import Chooser
from resolver.features import FEATURES, GROUPS, candidate_features
from resolver.records import UserRecords
from resolver.weights import load_weights, read_weights


@pytest.fixture
def features(catalog, embedder):
    cards = CatalogIndex(catalog, embedder)

    def compute(profile, query="order a meal"):
        records = UserRecords(Profile.from_json(profile, user="ada"), HybridIndex(embedder))
        asked = read_queries([query], embedder)[0]
        rows = candidate_features(cards, records.linked(cards), asked)
        return {
            (tool.platform, tool.name): dict(zip(FEATURES, row, strict=True))
            for tool, row in zip(catalog.tools, rows, strict=True)
        }

    return compute


LARDER, QUICK = ("Larder", "order_food"), ("QuickBite.io", "order_food")


def test_every_feature_has_one_group_and_a_shipped_weight():
    assert len(set(FEATURES)) == len(FEATURES) == sum(map(len, GROUPS.values()))
    assert set(load_weights("choice", FEATURES)) == set(FEATURES)


def test_features_are_finite_for_an_empty_profile_and_strange_queries(features):
    for query in ("order a meal", "🍜", "\x00", "a" * 5_000):
        values = [value for row in features({}, query).values() for value in row.values()]
        assert np.isfinite(values).all()


def test_the_function_that_fits_scores_higher(features):
    rows = features({}, "where is my order")
    assert rows["Larder", "track_order"]["card_lexical"] > rows[LARDER]["card_lexical"]
    assert rows["Larder", "track_order"]["name_overlap"] > 0


def test_uses_are_counted_by_how_they_were_liked(features, used):
    rows = features({"log": used("Larder", "a", "b", rating=1) + used("QuickBite.io", "c", rating=0)})
    assert rows[LARDER]["liked"] == pytest.approx(np.log1p(2))
    assert (rows[LARDER]["ever_liked"], rows[LARDER]["disliked"]) == (1, 0)
    assert (rows[QUICK]["liked"], rows[QUICK]["ever_disliked"]) == (0, 1)
    assert rows[LARDER]["used"] == rows[LARDER]["last_used"] == 0


def test_order_speaks_where_there_are_no_ratings(features, used):
    rows = features({"log": used("Larder", "a", "b") + used("QuickBite.io", "c")})
    assert (rows[LARDER]["last_used"], rows[QUICK]["last_used"]) == (0, 1)
    assert rows[LARDER]["used"] == pytest.approx(np.log1p(2))
    alone = features({"log": used("Larder", "a", "b")})
    assert (alone[LARDER]["only_used"], alone[QUICK]["untried"]) == (1, 1)


def test_a_preference_never_decides_between_functions_of_one_platform(features, used):
    log = used("Larder", "a", "b", rating=1) + used("QuickBite.io", "c", rating=0)
    rows = features({"log": log}, "order a meal from a restaurant: name of the dish")
    for platform in ("Larder", "QuickBite.io"):
        for name in GROUPS["history"]:
            assert rows[platform, "order_food"][name] == rows[platform, "track_order"][name]


def test_a_preference_says_nothing_for_a_platform_that_could_not_do_the_job(embedder, used):
    tools = [
        {"platform": "Larder", "name": "order_food", "description": "Order a meal."},
        {"platform": "Wheels", "name": "hire_bicycle", "description": "Hire a bicycle."},
    ]
    cards = CatalogIndex(Catalog.from_ptbench(["Larder", "Wheels"], tools), embedder)
    records = UserRecords(
        Profile.from_json({"log": used("Wheels", "a", tool="hire_bicycle")}, user="a"), HybridIndex(embedder)
    )
    rows = candidate_features(cards, records.linked(cards), read_queries(["order a meal"], embedder)[0])
    assert not rows[1, [FEATURES.index(name) for name in GROUPS["history"]]].any()


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
    nothing = Chooser(dict.fromkeys(FEATURES, 0.0))
    for log, platform in (([], "Larder"), (used("QuickBite.io", "a"), "QuickBite.io")):
        records = UserRecords(Profile.from_json({"log": log}, user="ada"), HybridIndex(embedder))
        assert nothing.choose(cards, records.linked(cards), asked).platform == platform


def test_shipped_weights_keep_their_meaning():
    weights = load_weights("choice", FEATURES)
    assert min(weights[name] for name in ("mentioned", "stated", "liked", "ever_liked", "used", "last_used")) > 0
    assert max(weights[name] for name in ("disliked", "ever_disliked")) < 0
    others = [abs(value) for name, value in weights.items() if name in GROUPS["history"]]
    assert weights["mentioned"] > max(others)


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
