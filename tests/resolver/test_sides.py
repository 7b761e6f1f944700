"""Which of several values of one kind is meant: at home or at work, private or the firm's."""

import pytest

from resolver import Catalog
from resolver.models import Models
from resolver.reading import read_tool
from resolver.sides import side_meant

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


def bound(answer, name):
    return next(own for own in answer.bindings if own.name == name)


def resolve(make_resolver, query, profile=None):
    return make_resolver(SIDES if profile is None else profile, catalog=CATALOG).resolve(query, user="ada")


@pytest.mark.parametrize(
    ("words", "name", "side"),
    [
        ("deliver it to my work address", "address", WORK),
        ("have it brought to the office", "address", WORK),
        ("my workplace as the address", "address", WORK),
        ("the address is my home", "address", PRIVATE),
        ("deliver it while I'm at home", "address", PRIVATE),
        ("send it to my house", "address", PRIVATE),
        ("bring the soup home", "address", PRIVATE),
        ("send it to the office, not home", "address", WORK),
        ("I'm not at home tomorrow, so deliver it to the office", "address", WORK),
        ("for one person, to the office", "address", WORK),
        ("to where I work", "address", WORK),
        ("they can reach me on my own phone", "phone", PRIVATE),
        ("give them my work number", "phone", WORK),
        ("at the firm's expense", "payment_method", WORK),
        ("out of my own pocket", "payment_method", PRIVATE),
        ("paid with the company card", "payment_method", WORK),
        ("bill my own company", "payment_method", WORK),
        ("paid the way I pay privately", "payment_method", PRIVATE),
    ],
)
def test_a_query_names_a_side_by_a_word_that_means_the_same(make_resolver, words, name, side):
    binding = bound(resolve(make_resolver, f"Order 'soup', {words}"), name)
    assert binding.value == side[name]
    assert binding.source == "profile"
    assert binding.reason.startswith("the query means")
    assert binding.evidence


@pytest.mark.parametrize(
    "words",
    [
        "in business class",
        "if that works for you",
        "and update my home page",
        "to my mother's house",
        "to Ann's flat",
        "to Victoria House",
        "for one person",
        "I'm busy tonight",
        "a flat white",
        "for after work",
        "I'm home from work",
        "I'm not at the office",
        "work address home",
        "before a business lunch that I pay",
        "I've had a long day at work",
        "I'm no longer at the office",
        "I cannot receive it at work",
        "don't send my new running shoes to work",
        "to the house we rented",
        "pay the moving company by card",
        "and call the company on the phone",
    ],
)
def test_other_words_name_no_side(make_resolver, words):
    reasons = [own.reason for own in resolve(make_resolver, f"Order 'soup', {words}").bindings]
    assert not [reason for reason in reasons if reason.startswith("the query means")]


def test_each_kind_of_value_has_the_side_that_is_said_next_to_it(make_resolver):
    answer = resolve(make_resolver, "Order 'soup', bring it to my home, give them my work number, and the company pays")
    assert answer.arguments | {"dish": ""} == {**WORK, "dish": "", "address": "9 Elm Street"}


def test_a_side_is_for_no_other_kind_of_value(make_resolver):
    answer = resolve(make_resolver, "Order 'soup', bring it to work, I'll pay by card")
    assert bound(answer, "address").value == "1 Mill Lane"
    assert not bound(answer, "payment_method").reason.startswith("the query means")


def test_an_address_that_is_said_is_no_side(make_resolver):
    answer = resolve(make_resolver, "Order soup to 14 Oak Row, next to my office")
    assert answer.arguments["address"] == "14 Oak Row"


def test_a_call_from_one_address_to_another_takes_no_side_for_both(make_resolver):
    parameters = {"pickup_address": REQUIRED, "dropoff_address": REQUIRED}
    ride = Catalog.from_ptbench(["Wheels"], [{"name": "book_ride", "description": "Ride", "parameters": parameters}])
    answer = make_resolver(SIDES, catalog=ride).resolve("Book a ride from the airport to my home", user="ada")
    assert not [own for own in answer.bindings if own.reason.startswith("the query means")]


@pytest.mark.parametrize("other", ["pickup_address", "destination", "city"])
def test_a_side_is_for_the_one_address_of_a_call_and_for_neither_end_of_a_way(make_resolver, other):
    parameters = {"address": REQUIRED, other: REQUIRED}
    errand = Catalog.from_ptbench(["Wheels"], [{"name": "run", "description": "Errand", "parameters": parameters}])
    answer = make_resolver(SIDES, catalog=errand).resolve("Run an errand: bring it to the office", user="ada")
    means = [own.name for own in answer.bindings if own.reason.startswith("the query means")]
    assert means == (["address"] if other == "city" else [])


def test_a_long_text_names_its_side():
    (address,) = read_tool(CATALOG.tools[0])[1:2]
    assert side_meant("Bring it home, " * 1_500 + "or so", address) == "home"
    assert side_meant("not to the office, " * 1_500, address) is None


def test_a_statement_says_which_side_holds_where_nothing_is_said_and_the_last_one_counts(make_resolver):
    told = ["Deliveries go to where I live by default.", "From now on, by default, deliver to my office."]
    answer = resolve(make_resolver, "Order 'soup'", SIDES | {"preferences": told})
    assert bound(answer, "address").value == "1 Mill Lane"
    assert bound(answer, "address").evidence == ("address.work", "preferences[1]")
    at_home = resolve(make_resolver, "Order 'soup' to my home", SIDES | {"preferences": told})
    assert at_home.arguments["address"] == "9 Elm Street"


@pytest.mark.parametrize(
    "said",
    [
        "I usually pay for work trips with the company card.",
        "By default, deliveries go to my office unless it is a weekend.",
        "By default, never deliver to my home.",
        "I always come home late.",
        "My company always pays late.",
        "I usually work at home.",
        "I always call my wife when I leave work.",
    ],
)
def test_a_statement_that_says_no_such_thing_means_no_side(make_resolver, said):
    answer = resolve(make_resolver, "Order 'soup'", SIDES | {"preferences": [said]})
    assert not [own for own in answer.bindings if own.reason.startswith("a statement means")]


@pytest.mark.parametrize(
    "profile",
    [
        {"addresses": [{"label": "private", "street": "9 Elm Street"}, {"label": "business", "street": "1 Mill Lane"}]},
        {"home_address": "9 Elm Street", "work_address": "1 Mill Lane"},
        {"work": {"address": "1 Mill Lane"}, "home": {"address": "9 Elm Street"}},
    ],
)
def test_sides_are_told_however_a_profile_labels_them(make_resolver, profile):
    answer = resolve(make_resolver, "Order 'soup' to the office", profile)
    assert bound(answer, "address").value == "1 Mill Lane"
    assert bound(answer, "address").reason.startswith("the query means")


@pytest.mark.parametrize(
    "profile",
    [
        {"address": "9 Elm Street", "employer": {"street": "1 Mill Lane"}},
        {"address": {"home": "9 Elm Street", "mother": "2 Low Road"}},
        {"address": {"street": "9 Elm Street", "city": "Oslo"}},
        {"address": {"street": "9 Elm Street", "flat": "3B"}, "work_address": "1 Mill Lane"},
        {},
    ],
)
def test_where_there_are_not_two_sides_none_is_meant(make_resolver, profile):
    reasons = [own.reason for own in resolve(make_resolver, "Order 'soup' to the office", profile).bindings]
    assert not [reason for reason in reasons if reason.startswith("the query means")]


def test_the_rule_can_be_off(make_resolver):
    for models, means in ((Models.load(), True), (Models.load().without("sides"), False)):
        answer = make_resolver(SIDES, catalog=CATALOG, models=models).resolve("Order 'soup', the firm pays", user="ada")
        assert bound(answer, "payment_method").reason.startswith("the query means") is means
