"""What a profile says of one thing fills no parameter of a tool that is about another."""

import pytest

from indexes import load_embedder
from resolver import Catalog, Profile, Resolver

PLUMBERS = {
    "name": "find_plumber",
    "description": "Find a plumber.",
    "parameters": {
        "avg_rating": {"type": "number", "description": "Average rating of the plumber."},
        "has_late_check_in": {"type": "boolean", "description": "Whether plumbers with late check-ins are shown."},
        "district": {"type": "string", "description": "Name of the district."},
        "work": {"type": "string", "enum": ["house", "street"], "description": "Where there is work to do."},
    },
}
ALARMS = {
    "name": "set_alarm",
    "description": "Set an alarm.",
    "parameters": {
        "artist": {"type": "string", "description": "Artist whose music wakes."},
        "sound": {"type": "string", "enum": ["concert", "bell"], "description": "Sound of the alarm."},
    },
}
CONCERTS = {
    "name": "book_concert",
    "description": "Book seats at a concert.",
    "parameters": {"seating_area": {"type": "string", "enum": ["stalls", "balcony"], "description": "Where to sit."}},
}
REPORT = {"name": "get_report", "description": "Get the report."}
PLUMBER, ALARM, CONCERT = "Find a plumber who is free tomorrow", "Wake me at seven", "Book a concert"


def from_profile(query, tool, profile):
    """What the resolver, with the real model and weights, takes from a profile."""
    resolver = Resolver(Catalog.from_ptbench(["Desk"], [tool]), embedder=load_embedder())
    resolver.add(Profile.from_json(profile, user="ada"))
    answer = resolver.resolve(query, user="ada")
    return {own.name: own.value for own in answer.bindings if own.source == "profile"}


@pytest.mark.model
@pytest.mark.parametrize(
    ("query", "tool", "said"),
    [
        # read as words of a query
        (PLUMBER, PLUMBERS, "If you're looking for a bakery, expect a rating of 4.1."),
        (PLUMBER, PLUMBERS, "If I'm looking for Theatres, my first choice is Flour House."),
        (ALARM, ALARMS, "Request Concerts for Tor Berg as your preferred artist."),
        (CONCERT, CONCERTS, "I always hire karaoke rooms with sushi to share, in the balcony."),
        # read as an instruction, of whose settings none is likely
        (ALARM, ALARMS, "Search for Ada Lake if the genre is folk."),
        (PLUMBER, PLUMBERS, "Look for Dr. Ada Lake when seeking a dentist."),
        # a yes for a word in common
        (PLUMBER, PLUMBERS, "Request a checking account when you ask for Banks."),
    ],
)
def test_a_statement_about_another_thing_fills_nothing(query, tool, said):
    assert from_profile(query, tool, [said]) == {}


@pytest.mark.model
@pytest.mark.parametrize(
    ("query", "tool", "said", "values"),
    [
        (CONCERT, CONCERTS, "I always book concerts in the balcony.", {"seating_area": "balcony"}),
        (CONCERT, CONCERTS, "My seating area is the balcony.", {"seating_area": "balcony"}),
        ("Find a plumber", PLUMBERS, "My district is Northgate.", {"district": "Northgate"}),
    ],
)
def test_a_statement_that_names_the_tool_or_the_parameter_alone_fills_it(query, tool, said, values):
    assert from_profile(query, tool, [said]) == values


@pytest.mark.model
def test_any_statement_may_tell_a_value_that_the_catalog_calls_personal():
    said = ["Values high-quality products and prioritizes durability over cost."]
    price = {"type": "string", "enum": ["low", "high"], "description": "The price range."}
    goods = {"name": "find_goods", "description": "Find goods.", "parameters": {"price_range": price}}
    assert from_profile("Buy a kettle", goods, said) == {}
    personal = {**goods, "parameters": {"price_range": {**price, "kind": "personalized"}}}
    assert from_profile("Buy a kettle", personal, said) == {"price_range": "high"}


@pytest.mark.parametrize(
    ("schema", "taken"),
    [
        ({"description": "Day of the report, as YYYY-MM-DD."}, False),
        ({"description": "Day of the report.", "format": "date"}, False),
        ({"description": "Day of the report, as MM-DD."}, True),
        ({"description": "Day of the report."}, True),
    ],
)
@pytest.mark.parametrize("required", [False, True])
def test_a_day_without_the_year_that_is_asked_for_is_no_value(make_resolver, schema, taken, required):
    tool = {**REPORT, "parameters": {"date": {"type": "string", "required": required, **schema}}}
    catalog = Catalog.from_ptbench(["Desk"], [tool])
    resolver = make_resolver({"environment": {"date": "03-14"}}, catalog=catalog, require_match=False)
    answer = resolver.resolve("Get it", user="ada")
    assert answer.arguments == ({"date": "03-14"} if taken else {})
    assert answer.missing == (("date",) if required and not taken else ())


@pytest.mark.parametrize(
    ("parameter", "profile", "value"),
    [
        ("room_type", {"device": {"type": "computer"}}, None),
        ("detail_level", {"environment": {"battery level": "high"}}, None),
        ("order_id", {"library card": {"id": "L-1"}}, None),
        ("room_type", {"room": {"type": "twin"}}, "twin"),
        ("room_type", {"preferences": {"room type": "twin"}}, "twin"),
        ("customer_id", {"account": {"id": "C-1"}}, "C-1"),
        ("level", {"environment": {"battery level": "high"}}, "high"),
    ],
)
def test_a_type_of_one_thing_is_no_type_of_another(make_resolver, parameter, profile, value):
    tool = {**REPORT, "parameters": {parameter: {"type": "string", "required": True}}}
    resolver = make_resolver(profile, catalog=Catalog.from_ptbench(["Desk"], [tool]), require_match=False)
    answer = resolver.resolve("Get it", user="ada")
    assert answer.arguments == ({} if value is None else {parameter: value})
