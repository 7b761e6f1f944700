"""A second platform that a statement says to look at as well."""

import pytest

from indexes import HashingEmbedder, HybridIndex
from resolver import Catalog, Profile, WeightsError
from resolver.cards import CatalogIndex
from resolver.records import UserRecords
from resolver.several_domains import counterpart, domain_facts, domain_rows, further_domains
from resolver.several_model import CARRY_FEATURES, DOMAIN_FEATURES, VALUE_FEATURES, SeveralModel

PLATFORMS = ["Concerts", "Bakeries", "Ferries"]


def tool(platform, name, description, **parameters):
    return {"platform": platform, "name": name, "description": description, "parameters": parameters}


TOOLS = [
    tool("Concerts", "find_concert", "Search concerts", town={"description": "Town of the concert"}, day={}),
    tool("Bakeries", "order_bread", "Order bread", town={}),
    tool("Bakeries", "find_bakery", "Search bakeries", town={"description": "Town of the bakery"}, open_on={}),
    tool("Ferries", "book_ferry", "Book a ferry", to={}),
]
NOTHING = dict.fromkeys(VALUE_FEATURES, 0.0)
MODEL = SeveralModel(
    NOTHING,
    {**dict.fromkeys(DOMAIN_FEATURES, 0.0), "also": 4.0, "joined": 4.0, "behind": -6.0, "rest": -9.0, "bias": -2.0},
    {**dict.fromkeys(CARRY_FEATURES, 0.0), "name_share": 6.0, "bias": -3.0},
)


@pytest.fixture(scope="module")
def embedder():
    return HashingEmbedder()


@pytest.fixture(scope="module")
def cards(embedder):
    return CatalogIndex(Catalog.from_ptbench(PLATFORMS, TOOLS), embedder)


@pytest.fixture
def looked_at(cards, embedder):
    def look(platform, *statements):
        profile = Profile.from_json(list(statements), user="ada")
        linked = UserRecords(profile, HybridIndex(embedder)).linked(cards)
        found = further_domains(cards, linked, cards.platform_number[platform], MODEL)
        return [cards.catalog.platforms[one.platform].name for one in found]

    return look


@pytest.mark.parametrize(
    "statement",
    [
        "If I look for concerts, also check out bakeries.",
        "Look for concerts and bakeries.",
        "I'd like to look at both Concerts and Bakeries.",
    ],
)
def test_a_second_platform_that_is_named_beside_the_first_is_looked_at(looked_at, statement):
    assert looked_at("Concerts", statement) == ["Bakeries"]


@pytest.mark.parametrize(
    "statement",
    [
        "If I look for bakeries, also check out concerts.",
        "Never look for both concerts and bakeries.",
        "I prefer concerts that are near the old harbour to bakeries with cake and coffee.",
        "I like concerts.",
        "Look for bakeries and ferries.",
    ],
)
def test_other_statements_lead_nowhere(looked_at, statement):
    assert looked_at("Concerts", statement) == []


def test_without_statements_there_is_nowhere_else_to_look(looked_at):
    assert looked_at("Concerts") == []


def test_several_statements_add_up_and_one_platform_counts_once(looked_at):
    found = looked_at(
        "Concerts",
        "Look for concerts and bakeries.",
        "Look at both concerts and bakeries.",
        "Try concerts and ferries.",
    )
    assert sorted(found) == ["Bakeries", "Ferries"]


def test_the_features_are_those_of_the_model(cards, embedder):
    profile = Profile.from_json(["Look for concerts and bakeries."], user="ada")
    linked = UserRecords(profile, HybridIndex(embedder)).linked(cards)
    rows = list(domain_rows(cards, linked))
    assert [(fact, here, there) for fact, here, there, _ in rows] == [(0, 0, 1), (0, 1, 0)]
    assert all({*row, "bias"} == set(DOMAIN_FEATURES) for *_, row in rows)


def test_statements_of_two_platforms_are_known_as_such(cards, embedder):
    profile = Profile.from_json(["I like soup.", "Look for concerts and bakeries."], user="ada")
    linked = UserRecords(profile, HybridIndex(embedder)).linked(cards)
    assert domain_facts(cards, linked, MODEL) == {1}
    assert domain_facts(cards, linked, SeveralModel(NOTHING)) == frozenset()


def test_the_tool_that_does_the_same_job_is_found(cards):
    assert cards.catalog.tools[counterpart(cards, 0, 1)].name == "find_bakery"


def test_a_platform_where_no_tool_does_such_a_thing_has_no_counterpart(cards):
    assert counterpart(cards, 0, 2) is None


def test_a_model_without_domains_knows_none_and_half_of_them_is_refused():
    assert not SeveralModel(NOTHING).knows_domains
    with pytest.raises(WeightsError, match="learned together"):
        SeveralModel(NOTHING, dict.fromkeys(DOMAIN_FEATURES, 0.0))


def test_weights_of_other_features_are_refused():
    with pytest.raises(WeightsError, match="values: weights are missing or unknown: bias, moods"):
        SeveralModel({**{name: 0.0 for name in VALUE_FEATURES if name != "bias"}, "moods": 1.0})
