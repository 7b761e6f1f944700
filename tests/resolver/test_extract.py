"""Values that a text gives parameters."""

import pytest

from resolver.asking import read_turns
from resolver.catalog import Catalog, Parameter
from resolver.extract import EXTRACT_FEATURES, Extractor, read_text
from resolver.hints import read_hints
from resolver.reading import read_tool

REQUIRED = {"type": "string", "required": True}


def found(query, parameters, **options):
    tool = Catalog.from_ptbench(["Larder"], [{"name": "do_it", "parameters": parameters}]).tools[0]
    text, others = read_turns(query)
    values = Extractor.load().extract(read_text(text, assistant=others), read_tool(tool), **options)
    return {tool.parameters[number].name: value for number, value in values}


def values(query, parameters):
    return {name: item.value for name, item in found(query, parameters).items() if item.score >= 0.5}


def test_the_shipped_weights_are_for_the_features():
    assert set(Extractor.load().weights) == set(EXTRACT_FEATURES)


def test_probabilities_add_up_to_one_at_most():
    for item in found("a table in Brenning at 7 pm for two", {"city": REQUIRED, "time": REQUIRED}).values():
        assert 0.0 < item.score <= 1.0
        assert item.score + item.left_out <= 1.0 + 1e-6


def test_each_piece_of_text_is_taken_once():
    items = found("from Brenning to Port Mallow", {"from_city": REQUIRED, "to_city": REQUIRED})
    assert {name: item.value for name, item in items.items()} == {"from_city": "Brenning", "to_city": "Port Mallow"}


def test_a_value_of_a_set_is_given_as_the_set_writes_it():
    speed = {"description": "One of the following : fast-lane|slow-lane"}
    assert values("go by the fast lane please", {"speed": {**REQUIRED, **speed}}) == {"speed": "fast-lane"}


def test_a_country_is_written_as_its_code_where_codes_are_asked_for():
    country = {**REQUIRED, "description": "The country code"}
    assert values("news in Spain", {"country": country}) == {"country": "es"}


def test_values_outside_a_set_are_none_unless_the_set_is_open():
    assert "dish" not in found("a place that serves Borscht food", {"dish": {"enum": ["Ramen", "Tapas"]}})
    assert "dish" in found("a place that serves Borscht food", {"dish": {"possible_values": ["Ramen", "Tapas"]}})


def test_what_is_masked_is_no_value():
    query = "the weather in Brenning"
    assert "city" in found(query, {"city": REQUIRED})
    assert found(query, {"city": REQUIRED}, masked=[(0, len(query))]) == {}


def test_what_speaks_of_the_user_s_own_value_is_no_value_of_anything_else():
    dish = {"dish": REQUIRED, "address": REQUIRED}
    for query in ("Order 'pad thai' to my work address", "send 'pad thai' to my address, and add a spoon"):
        own = found(query, dish)["dish"]
        assert (own.value, own.score > 0.5) == ("pad thai", True)
    assert "address" not in found("Order 'pad thai' to my work address", dish)


@pytest.mark.parametrize(
    ("query", "value"),
    [
        ("Order 'pad thai' to my address at 5 Elm Street", "5 Elm Street"),
        ("Order 'pad thai', with 5 Elm Street as my address.", "5 Elm Street"),
        ("Order 'pad thai' to my address: 5 Elm Street", "5 Elm Street"),
    ],
)
def test_an_own_value_that_is_given_counts(query, value):
    assert value in found(query, {"dish": REQUIRED, "address": REQUIRED})["address"].value


def test_of_two_parameters_of_one_kind_either_may_be_said():
    query = "a ride from my home address to 'Elm Street 5'"
    given = found(query, {"pickup_address": REQUIRED, "dropoff_address": REQUIRED})
    assert "Elm Street 5" in {own.value for own in given.values()}
    assert not any("home" in own.value for own in given.values())


def test_what_the_user_answers_counts_and_not_what_the_agent_offers():
    dialogue = "User: find me a bus\nAgent: Which city, Port Mallow or Brenning?\nUser: Brenning please"
    assert found(dialogue, {"city": REQUIRED})["city"].value == "Brenning"


def test_nothing_is_found_without_text_or_parameters():
    assert found("go", {}) == {}
    assert Extractor.load().extract(read_text(""), ()) == []


@pytest.mark.parametrize("features", [EXTRACT_FEATURES[1:], ()])
def test_every_feature_needs_its_weight(features):
    with pytest.raises(KeyError):
        Extractor(dict.fromkeys(features, 0.0))


def test_examples_options_and_forms_are_read_from_a_description():
    hints = read_hints(Parameter(name="kind", description="The kind (e.g., 'hand_drum', 'harp')."))
    assert hints.examples == ("hand_drum", "harp")
    assert hints.styled("hand drum") == "hand_drum"
    assert read_hints(Parameter(name="p", description="One of the following : a|b c|d")).options == ("a", "b c", "d")
    assert read_hints(Parameter(name="p", default="4711")).shapes == {"9{4}"}
