"""Arguments that are ids of the user's records: which record a query means, in an invented world."""

import pytest

from resolver import Catalog, Profile, Resolver
from resolver.asking import read_queries
from resolver.bind import bind
from resolver.entity_features import record_features
from resolver.entity_model import EntityModel

TEXT = {"type": "string", "required": True}
LIST = {"type": "array", "required": True}
TOOLS = [
    {
        "name": "cancel_confirmed_booking",
        "description": "Cancel a booking that is confirmed.",
        "parameters": {"booking_reference": TEXT, "reason": {**TEXT, "enum": ["plans changed", "booked by mistake"]}},
    },
    {
        "name": "rebook_cancelled_booking",
        "description": "Book again what was cancelled.",
        "parameters": {"booking_reference": TEXT},
    },
    {
        "name": "remove_passengers",
        "description": "Take passengers off a booking.",
        "parameters": {"booking_reference": TEXT, "passenger_ids": LIST},
    },
    {
        "name": "add_bag",
        "description": "Add a bag for one passenger.",
        "parameters": {
            "booking_reference": TEXT,
            "passenger_id": {"type": "integer", "required": True},
            "card_id": {**TEXT, "description": "The card that pays."},
        },
    },
    {"name": "restart_device", "description": "Restart a device.", "parameters": {"device_id": TEXT}},
    {"name": "block_card", "description": "Block a card.", "parameters": {"card_id": TEXT}},
    {
        "name": "replace_card",
        "description": "Send a card in the place of one.",
        "parameters": {"card_id": TEXT, "new_card_id": TEXT, "note": {"type": "string"}},
    },
    {
        "name": "move_money",
        "description": "Move money between accounts.",
        "parameters": {"from_account_number": TEXT, "destination_account_number": TEXT},
    },
]
PROFILE = {
    "name": "Ida Moss",
    "postal_code": "73100",
    "bookings": [
        {
            "booking_reference": "QX7A2P",
            "status": "confirmed",
            "destination": "Lisbon",
            "departure": "2031-03-05",
            "passengers": [{"passenger_id": 11, "name": "Ida Moss"}, {"passenger_id": 12, "name": "Tom Moss"}],
            "paid_with": "card-77",
        },
        {
            "booking_reference": "ZR9B4K",
            "status": "cancelled",
            "destination": "Oslo",
            "departure": "2031-01-20",
            "passengers": [{"passenger_id": 21, "name": "Ida Moss"}],
            "paid_with": "card-31",
        },
        {
            "booking_reference": "MM3C8T",
            "status": "confirmed",
            "destination": "Rome",
            "departure": "2031-06-11",
            "passengers": [{"passenger_id": 31, "name": "Ida Moss"}, {"passenger_id": 32, "name": "Uma Reyes"}],
            "paid_with": "card-31",
        },
    ],
    "devices": {"d-1": {"model": "Router 5"}, "d-2": {"model": "TV box"}, "d-3": {"model": "Living room box"}},
    "accounts": [
        {"account_number": "00112233", "type": "savings"},
        {"account_number": "00998877", "type": "checking"},
        {"account_number": "00445566", "type": "holiday"},
    ],
    "cards": [
        {"id": "card-77", "brand": "Visa", "last_four": "4410"},
        {"id": "card-31", "brand": "Mastercard", "last_four": "9023"},
    ],
}


@pytest.fixture(scope="module")
def desk(embedder):
    resolver = Resolver(Catalog.from_ptbench(["Desk"], TOOLS), embedder=embedder)
    resolver.add(Profile.from_json(PROFILE, user="ida"))
    linked = resolver._records("ida").linked(resolver.cards)

    def ask(query, tool):
        (asked,) = read_queries([query], embedder)
        bindings, missing = bind(resolver.cards, linked, asked, resolver.cards.number("Desk", tool))
        return {binding.name: binding for binding in bindings}, missing

    ask.cards, ask.linked, ask.embedder = resolver.cards, linked, embedder
    return ask


def values(desk, query, tool):
    return {name: binding.value for name, binding in desk(query, tool)[0].items()}


@pytest.mark.parametrize(
    ("query", "reference"),
    [
        ("Cancel my trip to Rome", "MM3C8T"),
        ("Cancel my flight on March 5th", "QX7A2P"),
        ("Please cancel booking qx7a2p.", "QX7A2P"),
        ("Cancel the booking that ends in 8T", "MM3C8T"),
        ("Cancel the booking with Uma Reyes", "MM3C8T"),
        ("Cancel my latest booking", "MM3C8T"),
        ("Don't cancel Rome, cancel Lisbon", "QX7A2P"),
        ("Cancel the booking I paid with my Visa", "QX7A2P"),
    ],
)
def test_a_record_is_found_by_what_the_query_says_of_it(desk, query, reference):
    assert values(desk, query, "cancel_confirmed_booking")["booking_reference"] == reference


@pytest.mark.parametrize(
    ("query", "reference", "passengers"),
    [
        ("Take Tom Moss off the Lisbon booking", "QX7A2P", [12]),
        ("Remove Uma Reyes from my trip", "MM3C8T", [32]),
        ("Remove everyone from the Rome booking", "MM3C8T", [31, 32]),
        ("Remove everyone except Uma Reyes from the Rome booking", "MM3C8T", [31]),
        ("Remove the passengers of MM3C8T", "MM3C8T", [31, 32]),
    ],
)
def test_the_items_are_those_of_the_bound_record(desk, query, reference, passengers):
    found = values(desk, query, "remove_passengers")
    assert (found["booking_reference"], found["passenger_ids"]) == (reference, passengers)


@pytest.mark.parametrize(
    ("query", "passenger", "card"),
    [
        ("Add a suitcase for Uma Reyes, pay with the Visa", 32, "card-77"),
        ("Add a suitcase for Tom Moss", 12, "card-77"),
        ("Add a suitcase for Uma Reyes", 32, "card-31"),
        ("Add a bag for Tom Moss, paid with the card ending in 9023", 12, "card-31"),
    ],
)
def test_what_a_bound_record_refers_to_is_taken_unless_another_is_mentioned(desk, query, passenger, card):
    found = values(desk, query, "add_bag")
    assert (found["passenger_id"], found["card_id"]) == (passenger, card)


@pytest.mark.parametrize(
    ("query", "device"), [("My TV box hangs", "d-2"), ("Restart the router please", "d-1"), ("restart d-3", "d-3")]
)
def test_a_record_is_found_by_its_name_or_the_head_of_it(desk, query, device):
    assert values(desk, query, "restart_device")["device_id"] == device


@pytest.mark.parametrize(
    ("query", "source", "target"),
    [
        ("Move 50 from savings to checking", "00112233", "00998877"),
        ("Put 50 into the holiday account from checking", "00998877", "00445566"),
        ("Send 50 from 00445566 to my savings", "00445566", "00112233"),
    ],
)
def test_two_of_a_kind_are_told_apart_by_from_and_to(desk, query, source, target):
    found = values(desk, query, "move_money")
    assert (found["from_account_number"], found["destination_account_number"]) == (source, target)


def test_the_binding_says_where_the_id_stands_and_whether_the_query_named_it(desk):
    named = desk("Block card-31", "block_card")[0]["card_id"]
    meant = desk("Block my Mastercard", "block_card")[0]["card_id"]
    assert (named.value, named.source, named.evidence) == ("card-31", "query", ("cards[1].id",))
    assert (meant.value, meant.source, meant.evidence) == ("card-31", "profile", ("cards[1].id",))
    assert 0.5 < meant.confidence < named.confidence


def test_an_id_that_no_record_has_is_not_replaced_by_one_that_a_record_has(desk):
    found, _ = desk("cancel my booking AB1C2D", "cancel_confirmed_booking")
    assert (found["booking_reference"].value, found["booking_reference"].source) == ("AB1C2D", "query")


def test_an_id_of_something_new_is_never_made_up(desk):
    found, missing = desk("Replace my Visa with a better one please", "replace_card")
    assert found["card_id"].value == "card-77"
    assert missing == ("new_card_id",)
    assert desk("Replace my Visa with card-99", "replace_card")[0]["new_card_id"].source == "query"


def test_a_reason_of_a_closed_set_is_taken_by_its_words_or_what_comes_nearest(desk):
    said = desk("Cancel QX7A2P, I booked by mistake", "cancel_confirmed_booking")[0]["reason"]
    near = desk("Cancel QX7A2P, it was a mistake", "cancel_confirmed_booking")[0]["reason"]
    assert (said.value, near.value) == ("booked by mistake", "booked by mistake")
    assert near.confidence < said.confidence


LEXICAL, STATE, TAKES = range(3)


def features(desk, query, feature):
    (asked,) = read_queries([query], desk.embedder)
    found = record_features(desk.cards, desk.linked, asked, EntityModel.load())[feature]
    return dict(zip((tool["name"] for tool in TOOLS), found.round(2).tolist(), strict=True))


def test_the_state_of_a_mentioned_record_speaks_for_tools_that_name_it(desk):
    rome, oslo = (features(desk, f"do it for the {city} trip", STATE) for city in ("Rome", "Oslo"))
    assert rome["cancel_confirmed_booking"] > 0.5 > -0.5 > rome["rebook_cancelled_booking"]
    assert oslo["rebook_cancelled_booking"] > 0.5 > -0.5 > oslo["cancel_confirmed_booking"]
    assert rome["restart_device"] == 0.0
    assert set(features(desk, "hello there", STATE).values()) == {0.0}


def test_a_tool_suits_that_takes_the_kind_of_record_that_is_named(desk):
    fit = features(desk, "do it for Tom Moss", TAKES)
    assert fit["remove_passengers"] == fit["add_bag"] == 1.0
    assert 0.0 < fit["cancel_confirmed_booking"] < 1.0
    assert fit["restart_device"] == 0.0


def test_words_that_only_name_the_users_records_do_not_speak_for_a_tool(desk):
    plain = features(desk, "card 77, restart", LEXICAL)
    fit = features(desk, "the router 5 is slow: block it", LEXICAL)
    assert fit["block_card"] > 0.0
    assert fit["restart_device"] == 0.0
    assert plain["restart_device"] > plain["block_card"]
    assert "postal" not in desk.linked.entities.words.without(
        read_queries(["my postal code is 73100"], desk.embedder)[0]
    )
    assert "postal" in desk.linked.entities.words.without(read_queries(["my postal code is 99999"], desk.embedder)[0])


def test_a_user_without_records_is_asked_for_nothing(embedder):
    resolver = Resolver(Catalog.from_ptbench(["Desk"], TOOLS), embedder=embedder)
    resolver.add(Profile.from_json({"likes": ["I like window seats."]}, user="bo"))
    linked = resolver._records("bo").linked(resolver.cards)
    (asked,) = read_queries(["block my card"], embedder)
    lexical, state, takes = record_features(resolver.cards, linked, asked, EntityModel.load())
    assert lexical.tolist() == resolver.cards.tool_lexical(asked.tokens).tolist()
    assert not state.any()
    assert not takes.any()
    assert linked.entities.words.without(asked) is asked.tokens
    _, missing = bind(resolver.cards, linked, asked, resolver.cards.number("Desk", "block_card"))
    assert missing == ("card_id",)
