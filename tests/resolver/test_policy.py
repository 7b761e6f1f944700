"""Who is excluded by which policy from what."""

from __future__ import annotations

import numpy as np
import pytest

from indexes import HashingEmbedder, HybridIndex, load_embedder
from resolver import Abstention, Catalog, Profile, Resolution, Resolver
from resolver.asking import read_queries
from resolver.cards import CatalogIndex
from resolver.errors import WeightsError
from resolver.policy import PolicyModel, check_policies, platform_exclusion
from resolver.policy_features import FEATURES, rule_features
from resolver.records import UserRecords

AGE = "People younger than 21 may not rent a van."
# by words alone, as the hashing embedder sees them
MODEL = PolicyModel({"constant": -3.0, "part": 2.0, "named": 4.0, "anything": 4.0, "able": 1.0, "limited": 3.0})


def world(*policies, description="Rents vans and bicycles.", tools=("rent_vehicle", "find_station"), names=None):
    """A catalog of one platform for each tuple of policies, all with the same tools."""
    names = names or [f"Wheels {number}" for number in range(len(policies))]
    platforms = [
        {"name": name, "description": description, "policy": list(policy)}
        for name, policy in zip(names, policies, strict=True)
    ]
    listed = [{"platform": name, "name": tool, "description": "", "parameters": {}} for name in names for tool in tools]
    return CatalogIndex(Catalog.from_ptbench(platforms, listed), HashingEmbedder())


def ask(cards, profile, query):
    embedder = HashingEmbedder()
    records = UserRecords(Profile.from_json(profile, user="ada"), HybridIndex(embedder))
    return records.linked(cards), read_queries([query], embedder)[0]


def check(cards, profile, query, **options):
    linked, asked = ask(cards, profile, query)
    return check_policies(cards, linked, asked, model=MODEL, **options)


def test_an_exclusion_cites_platform_policy_and_facts():
    found = check(world((AGE,)), {"age": 19, "city": "Arden"}, "rent a van")
    assert (found.platform, found.policy, found.facts) == ("Wheels 0", AGE, ("age",))
    assert found.probability >= MODEL.threshold
    assert AGE in found.message
    assert "age: 19" in found.message


@pytest.mark.parametrize("profile", [{"age": 21}, {"age": 40}, {}, {"age": "unknown"}])
def test_a_user_whom_the_policy_is_not_known_to_concern_is_not_excluded(profile):
    assert check(world((AGE,)), profile, "rent a van") is None


@pytest.mark.parametrize("query", ["rent a bicycle", "find the nearest station"])
def test_a_concerned_user_may_ask_for_other_things(query):
    assert check(world((AGE,)), {"age": 19}, query) is None


def test_what_the_query_says_of_an_age_does_not_override_the_profile():
    assert check(world((AGE,)), {"age": 19}, "I'm 25, rent a van") is not None
    assert check(world((AGE,)), {"age": 25}, "I'm 19, rent a van") is None


def test_what_the_query_says_counts_where_the_profile_is_silent():
    found = check(world((AGE,)), {"city": "Arden"}, "I'm 19, rent a van")
    assert found.facts == ()


def test_those_whom_a_rule_spares_must_be_known_to_be_others():
    cards = world(("Only people aged 21 or older may rent a van.",))
    assert check(cards, {"age": 19}, "rent a van") is not None
    assert check(cards, {"age": 22}, "rent a van") is None
    assert check(cards, {}, "rent a van") is None


@pytest.mark.parametrize(
    ("profile", "excluded"),
    [
        ({"health": ["heart trouble"]}, True),
        ({"health": "heart trouble since 2019"}, True),
        (["I have heart trouble."], True),
        (["I don't have heart trouble."], False),
        ({"heart trouble": False}, False),
        ({"heart trouble": "none"}, False),
        ({"health": ["hay fever"]}, False),
    ],
)
def test_a_trait_is_found_in_attributes_and_statements(profile, excluded):
    cards = world(("Saunas are not offered to customers with heart trouble.",), tools=("book_sauna",))
    assert (check(cards, profile, "book the saunas") is not None) is excluded


def test_a_limit_forbids_only_what_is_known_to_exceed_it():
    cards = world(("Members with a low income cannot spend more than 200 per order.",), tools=("buy_goods",))
    poor = {"income": "<2k"}
    assert check(cards, poor, "buy a lamp for $350") is not None
    assert check(cards, poor, "buy a lamp for $50") is None
    assert check(cards, poor, "buy a lamp") is None
    assert check(cards, {"income": "90k"}, "buy a lamp for $350") is None


def test_only_the_platforms_that_exclude_are_struck_out():
    cards = world((AGE,), ())
    linked, asked = ask(cards, {"age": 19}, "rent a van")
    chances = platform_exclusion(cards, linked, asked, model=MODEL)
    assert chances[0] >= MODEL.threshold
    assert chances[1] == 0.0
    assert check_policies(cards, linked, asked, model=MODEL) is None


def test_a_request_is_excluded_where_all_such_platforms_exclude():
    assert check(world((AGE,), (AGE,)), {"age": 19}, "rent a van") is not None


def test_the_platform_that_would_be_called_is_named():
    cards = world((AGE,), (AGE,), names=["Alpha", "Beta"])
    assert check(cards, {"age": 19}, "rent a van", platform="Beta").platform == "Beta"


def test_a_platform_of_another_kind_is_no_way_out():
    catalog = Catalog.from_ptbench(
        [
            {"name": "Wheels", "description": "Rents vans.", "policy": [AGE]},
            {"name": "Bakery", "description": "Bread."},
        ],
        [
            {"platform": "Wheels", "name": "rent_van", "description": "", "parameters": {}},
            {"platform": "Bakery", "name": "order_bread", "description": "", "parameters": {}},
        ],
    )
    assert check(CatalogIndex(catalog, HashingEmbedder()), {"age": 19}, "rent a van").platform == "Wheels"


def test_a_catalog_without_policies_costs_and_excludes_nothing():
    cards = world((), ())
    linked, asked = ask(cards, {"age": 3}, "rent a van")
    assert rule_features(cards, linked, asked) == []
    assert platform_exclusion(cards, linked, asked).tolist() == [0.0, 0.0]


def test_what_a_rule_leaves_free_counts_against_its_neighbours():
    policies = (
        "Readers under 16 may not access violent stories.",
        "Readers under 16 may only access stories about sports and science.",
    )
    cards = world(policies, tools=("get_stories",))
    permitted, named = FEATURES.index("permitted"), FEATURES.index("named")

    def strictest(query):
        linked, asked = ask(cards, {"age": 13}, query)
        return rule_features(cards, linked, asked)[0].features

    assert strictest("stories about science")[permitted] == 1.0
    assert strictest("stories about the moon")[permitted] == 0.0
    assert strictest("violent stories about science")[named] == 1.0
    assert strictest("violent stories about science")[permitted] == 0.0


def test_what_a_rule_recommends_instead_counts_against_it():
    policy = "For members with asthma, the app restricts sprints and recommends long walks."
    cards = world((policy,), tools=("make_plan",))
    instead = FEATURES.index("instead")

    def feature(query):
        linked, asked = ask(cards, {"health": "asthma"}, query)
        return rule_features(cards, linked, asked)[0].features[instead]

    assert feature("plan long walks") > 0.0
    assert feature("plan sprints") == 0.0


def test_features_are_finite_and_have_their_names():
    cards = world((AGE, "This service is not available to people under 20."))
    linked, asked = ask(cards, {"age": 19}, "rent a van")
    concerns = rule_features(cards, linked, asked)
    assert len(concerns) == 2
    assert all(
        concern.features.shape == (len(FEATURES),) and np.isfinite(concern.features).all() for concern in concerns
    )


@pytest.mark.parametrize(("weights", "threshold"), [({"nonsense": 1.0}, 0.5), ({}, 0.0), ({}, 1.5)])
def test_a_model_refuses_what_it_does_not_know(weights, threshold):
    with pytest.raises(WeightsError):
        PolicyModel(weights, threshold=threshold)


def test_a_resolver_abstains_for_a_policy_and_shows_the_fact():
    resolver = Resolver(world((AGE,)), embedder=HashingEmbedder())
    resolver.add(Profile.from_json({"age": 19}, user="young"))
    resolver.add(Profile.from_json({"age": 30}, user="old"))
    answer = resolver.resolve("rent a van", user="young")
    assert isinstance(answer, Abstention)
    assert answer.reason == "policy"
    assert AGE in answer.message
    assert "age" in {item.id for item in answer.evidence}
    assert isinstance(resolver.resolve("rent a van", user="old"), Resolution)


def test_a_catalog_of_platforms_alone_still_says_what_is_forbidden():
    catalog = Catalog.from_ptbench([{"name": "Wheels", "description": "Rents vans.", "policy": [AGE]}], [])
    resolver = Resolver(catalog, embedder=HashingEmbedder())
    resolver.add(Profile.from_json({"age": 19}, user="young"))
    resolver.add(Profile.from_json({"age": 30}, user="old"))
    assert resolver.resolve("rent a van", user="young").reason == "policy"
    assert resolver.resolve("rent a van", user="old").reason == "empty_catalog"


@pytest.mark.model
@pytest.mark.parametrize(
    ("query", "age", "excluded"),
    [
        ("Get me something strong to drink, a bottle of whisky perhaps", 15, True),
        ("Get me something strong to drink, a bottle of whisky perhaps", 35, False),
        ("Order two cartons of orange juice", 15, False),
    ],
)
def test_the_shipped_model_goes_by_meaning(query, age, excluded):
    embedder = load_embedder()
    catalog = Catalog.from_ptbench(
        [{"name": "Pantry", "description": "Food and drinks, delivered.", "policy": ["No liquor or wine for minors."]}],
        [{"platform": "Pantry", "name": "order", "description": "Order food or drinks.", "parameters": {}}],
    )
    resolver = Resolver(catalog, embedder=embedder)
    resolver.add(Profile.from_json({"age": age}, user="ada"))
    answer = resolver.resolve(query, user="ada")
    assert (isinstance(answer, Abstention) and answer.reason == "policy") is excluded


def test_a_platform_that_excludes_the_user_is_not_chosen_where_another_is_open():
    resolver = Resolver(world((AGE,), ()), embedder=HashingEmbedder())
    log = [
        {"instruction": f"rent a van {number}", "platform": "Wheels 0", "tool": "rent_vehicle", "arguments": {}}
        for number in range(3)
    ]
    for user, age in (("young", 19), ("old", 30)):
        resolver.add(Profile.from_json({"age": age, "log": log}, user=user))
    young, old = (resolver.resolve("rent a van", user=user).choice for user in ("young", "old"))
    assert (young.platform, old.platform) == ("Wheels 1", "Wheels 0")
    assert young.runners_up[-1].probability == 0.0
