"""Which of several values of one kind is meant: at home or at work, private or the firm's."""

import pytest

from resolver import Catalog
from resolver.models import Models

REQUIRED = {"type": "string", "required": True}
CATALOG = Catalog.from_ptbench(
    ["Larder"],
    [
        {
            "name": "order_food",
            "description": "Order a meal",
            "parameters": {"dish": REQUIRED, "address": REQUIRED, "phone": REQUIRED, "payment_method": REQUIRED},
        }
    ],
)
SIDES = {
    "address": {"home": "9 Elm Street", "work": "1 Mill Lane"},
    "phone": {"private": "555-0101", "office": "555-0199"},
    "payment_method": {"private": "wallet", "work": "invoice"},
}
PRIVATE = {"address": "9 Elm Street", "phone": "555-0101", "payment_method": "wallet"}
WORK = {"address": "1 Mill Lane", "phone": "555-0199", "payment_method": "invoice"}


def resolve(make_resolver, query, profile=None):
    return make_resolver(profile or SIDES, catalog=CATALOG).resolve(query, user="ada")


@pytest.mark.parametrize(
    ("words", "name", "side"),
    [
        ("deliver it to my work address", "address", WORK),
        ("have it brought to the office", "address", WORK),
        ("my workplace as the address", "address", WORK),
        ("I'm at home", "address", PRIVATE),
        ("send it to my house", "address", PRIVATE),
        ("send it to the office, not home", "address", WORK),
        ("they can reach me on my own phone", "phone", PRIVATE),
        ("give them my work number", "phone", WORK),
        ("at the firm's expense", "payment_method", WORK),
        ("out of my own pocket", "payment_method", PRIVATE),
        ("paid with the company card", "payment_method", WORK),
    ],
)
def test_a_query_names_a_side_by_a_word_that_means_the_same(make_resolver, words, name, side):
    answer = resolve(make_resolver, f"Order 'soup', {words}")
    (binding,) = [own for own in answer.bindings if own.name == name]
    assert binding.value == side[name]
    assert binding.source == "profile"
    assert "the query" in binding.reason
    assert binding.evidence


def test_each_kind_of_value_has_the_side_that_is_said_next_to_it(make_resolver):
    answer = resolve(make_resolver, "Order 'soup', bring it to my home, give them my work number, and the company pays")
    assert answer.arguments | {"dish": ""} == {**WORK, "dish": "", "address": "9 Elm Street"}


def test_an_address_that_is_said_is_no_side(make_resolver):
    answer = resolve(make_resolver, "Order soup to 14 Oak Row, next to my office")
    assert answer.arguments["address"] == "14 Oak Row"


@pytest.mark.parametrize("words", ["in business class", "if that works for you", "and update my home page"])
def test_words_that_mean_something_else_name_no_side(make_resolver, words):
    reasons = [own.reason for own in resolve(make_resolver, f"Order 'soup', {words}").bindings]
    assert not [reason for reason in reasons if reason.startswith("the query means")]


def test_where_both_sides_are_as_near_none_is_meant(make_resolver):
    reasons = {own.name: own.reason for own in resolve(make_resolver, "Order 'soup', work address home").bindings}
    assert not reasons["address"].startswith("the query means")


def test_a_statement_says_which_side_holds_where_nothing_is_said_and_the_last_one_counts(make_resolver):
    told = ["Deliveries go to where I live by default.", "From now on, by default, deliver to my office."]
    answer = resolve(make_resolver, "Order 'soup'", SIDES | {"preferences": told})
    (address,) = [own for own in answer.bindings if own.name == "address"]
    assert address.value == "1 Mill Lane"
    assert address.evidence == ("address.work", "preferences[1]")
    at_home = resolve(make_resolver, "Order 'soup' to my home", SIDES | {"preferences": told})
    assert at_home.arguments["address"] == "9 Elm Street"


def test_labels_of_ones_own_are_sides_too(make_resolver):
    profile = {"address": {"home": "9 Elm Street", "beach hut": "The Pier", "mother": "2 Low Road"}}
    for words, value in (("my mother's address", "2 Low Road"), ("the beach hut", "The Pier")):
        answer = resolve(make_resolver, f"Order 'soup' and deliver it to {words}", profile)
        assert answer.arguments["address"] == value


def test_the_entries_of_a_list_with_labels_are_sides(make_resolver):
    entries = [{"label": "private", "street": "9 Elm Street"}, {"label": "business", "street": "1 Mill Lane"}]
    answer = resolve(make_resolver, "Order 'soup' to the office", {"addresses": entries})
    (address,) = [own for own in answer.bindings if own.name == "address"]
    assert address.value == "1 Mill Lane"
    assert address.reason.startswith("the query means")


def test_the_rule_can_be_off(make_resolver):
    models = Models.load().without("sides")
    answer = make_resolver(SIDES, catalog=CATALOG, models=models).resolve("Order 'soup', the firm pays", user="ada")
    assert not [own for own in answer.bindings if own.reason.startswith("the query means")]


def test_values_that_do_not_differ_in_one_label_have_no_sides(make_resolver):
    profile = {"address": "9 Elm Street", "employer": {"address": "1 Mill Lane"}}
    reasons = {own.name: own.reason for own in resolve(make_resolver, "Order 'soup'", profile).bindings}
    assert not reasons["address"].startswith("the query means")
