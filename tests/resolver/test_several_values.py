"""Several values of one parameter become several calls, or a list."""

import pytest

from indexes import HashingEmbedder, HybridIndex
from resolver import Catalog, Profile
from resolver.applying import Applied
from resolver.asking import read_queries
from resolver.cards import CatalogIndex
from resolver.instructions import InstructionReader
from resolver.offers import KNOWN, SAID, Offer, in_order
from resolver.records import UserRecords
from resolver.several_model import VALUE_FEATURES, SeveralModel
from resolver.several_values import pairs_of_values, split_by_values, value_features

DISH, PLACE, PRICE, TAGS = range(4)
TOOL = {
    "platform": "Larder",
    "name": "find_food",
    "description": "Find a place to eat",
    "parameters": {
        "dish": {"type": "string", "enum": ["ramen", "soup", "stew"]},
        "place": {"type": "string"},
        "price": {"type": "string"},
        "tags": {"type": "array"},
    },
}
ALWAYS = SeveralModel({**dict.fromkeys(VALUE_FEATURES, 0.0), "bias": 9.0})
NEVER = SeveralModel({**dict.fromkeys(VALUE_FEATURES, 0.0), "bias": -9.0})


@pytest.fixture(scope="module")
def world():
    embedder = HashingEmbedder()
    cards = CatalogIndex(Catalog.from_ptbench(["Larder"], [TOOL]), embedder)
    linked = UserRecords(Profile.from_json(["I like soup."], user="ada"), HybridIndex(embedder)).linked(cards)
    return linked, cards.readings(0)


def offers(*applied, said=()):
    found = [[] for _ in range(4)]
    for number, value in said:
        found[number].append(Offer(SAID, value, "query", 0.9, "said", ()))
    for one in applied:
        found[one.parameter].append(Offer(KNOWN, one.value, "profile", one.confidence, "told", one.evidence, one))
    return found


def told(parameter, value, confidence=0.8, *, fact="a", hangs_on=()):
    return Applied(parameter, value, confidence, (fact,), hangs_on)


def split(world, *applied, model=ALWAYS, said=(), query="Find me food", once=False):
    linked, parameters = world
    (asked,) = read_queries([query], HashingEmbedder())
    given = offers(*applied, said=said)
    return split_by_values(linked, asked, parameters, given, model, InstructionReader.load(), once=once)


def ways(world, *applied, **more):
    found = split(world, *applied, **more)
    return [{number: in_order(own)[0].value for number, own in enumerate(way.offers) if own} for way in found]


def test_two_values_are_two_calls_the_surer_first(world):
    assert ways(world, told(DISH, "soup", 0.7), told(DISH, "ramen", 0.9, fact="b")) == [{DISH: "ramen"}, {DISH: "soup"}]


def test_what_hangs_on_a_value_is_in_its_call_alone(world):
    found = ways(
        world,
        told(DISH, "ramen", 0.9),
        told(DISH, "soup", 0.8, fact="b"),
        told(PLACE, "Blue Lagoon", fact="c", hangs_on=((DISH, "soup"),)),
        told(PRICE, "low", fact="d"),
    )
    assert found == [{DISH: "ramen", PRICE: "low"}, {DISH: "soup", PLACE: "Blue Lagoon", PRICE: "low"}]


def test_values_that_follow_from_different_values_do_not_part_the_calls_again(world):
    found = ways(
        world,
        told(DISH, "ramen", 0.9),
        told(DISH, "soup", 0.8, fact="b"),
        told(PLACE, "Blue Lagoon", fact="c", hangs_on=((DISH, "soup"),)),
        told(PLACE, "The Pike", fact="d", hangs_on=((DISH, "ramen"),)),
    )
    assert found == [{DISH: "ramen", PLACE: "The Pike"}, {DISH: "soup", PLACE: "Blue Lagoon"}]


def test_what_the_query_says_is_one_call(world):
    assert ways(world, told(DISH, "ramen"), told(DISH, "soup"), said=[(DISH, "stew")]) == [{DISH: "stew"}]


def test_of_values_that_the_query_has_the_words_of_only_those_are_wanted(world):
    three = told(PLACE, "Old Mill", 0.9), told(PLACE, "The Pike"), told(PLACE, "Blue Lagoon", 0.7)
    assert ways(world, *three, query="Food at the blue lagoon") == [{PLACE: "Blue Lagoon"}]
    assert ways(world, *three, query="Food at the Old Mill or the Blue Lagoon") == [
        {PLACE: "Old Mill"},
        {PLACE: "Blue Lagoon"},
    ]


def test_one_value_said_twice_is_one_call(world):
    assert ways(world, told(DISH, "soup"), told(DISH, "Soup", fact="b")) == [{DISH: "soup"}]


def test_a_second_value_that_is_hardly_wanted_is_left_out(world):
    assert ways(world, told(DISH, "ramen", 0.9), told(DISH, "soup"), model=NEVER) == [{DISH: "ramen"}]


def test_at_most_four_calls_are_made(world):
    assert len(ways(world, *(told(PLACE, f"{word} hall") for word in ("Alder", "Birch", "Cedar", "Elm", "Fir")))) == 4


def test_one_parameter_parts_the_calls(world):
    found = ways(
        world, told(DISH, "ramen", 0.9), told(DISH, "soup"), told(PLACE, "The Pike", 0.9), told(PLACE, "Old Mill")
    )
    assert len(found) == 2


def test_a_parameter_that_takes_a_list_gets_all_values_in_one_call(world):
    found = ways(world, told(TAGS, ["quiet"], 0.9), told(TAGS, ["cheap"], 0.7, fact="b"))
    assert found == [{TAGS: ["quiet", "cheap"]}]


def test_what_is_to_be_done_once_is_one_call_and_may_still_have_a_list(world):
    values = told(DISH, "ramen", 0.9), told(DISH, "soup"), told(TAGS, ["quiet"], 0.9), told(TAGS, ["cheap"], 0.7)
    assert ways(world, *values, once=True) == [{DISH: "ramen", TAGS: ["quiet", "cheap"]}]


def test_a_list_cites_the_facts_of_all_its_values(world):
    (way,) = split(world, told(TAGS, ["quiet"], 0.9), told(TAGS, ["cheap"], 0.7, fact="b"))
    (offer,) = way.offers[TAGS]
    assert (offer.evidence, offer.confidence) == (("a", "b"), 0.7)


def test_a_further_call_says_which_parameter_and_which_fact_made_it(world):
    first, second = split(world, told(DISH, "ramen", 0.9), told(DISH, "soup", fact="b"))
    assert (first.parameter, first.probability, first.evidence) == (-1, 1.0, ())
    assert (second.parameter, second.evidence) == (DISH, ("b",))
    assert 0.99 < second.probability < 1.0


def test_a_value_from_elsewhere_is_not_parted():
    made = offers(told(DISH, "soup"), told(DISH, "ramen"))
    made[DISH].append(Offer(SAID, "stew", "history", 0.9, "as before", ()))
    assert pairs_of_values(made) == []


def test_the_features_are_those_of_the_model(world):
    linked, parameters = world
    row = value_features(linked, InstructionReader.load(), parameters[DISH], told(DISH, "soup"), told(DISH, "stew"))
    assert {*row, "bias"} == set(VALUE_FEATURES)
    assert (row["either"], row["closed"], row["second_hangs"]) == (1.0, 1.0, 0.0)
