"""What a query refers to in the log by its day."""

import pytest

from resolver import Catalog
from resolver.models import Models

REQUIRED = {"type": "string", "required": True}
CATALOG = Catalog.from_ptbench(
    ["Larder", "QuickBite"],
    [
        {"platform": platform, "name": name, "description": description, "parameters": parameters}
        for platform in ("Larder", "QuickBite")
        for name, description, parameters in (
            ("order_meal", "Order a meal", {"dish": REQUIRED, "date": REQUIRED}),
            ("cancel_meal", "Cancel a meal", {"reference": REQUIRED}),
            ("change_meal", "Move a meal to another date", {"booking_id": REQUIRED, "date": REQUIRED}),
            ("review_meal", "Rate a meal", {"dish": REQUIRED, "rating": {"type": "integer", "required": True}}),
        )
    ],
)


def used(platform, dish, day, reference, **more):
    return {
        "instruction": f"Order {dish}",
        "platform": platform,
        "api": "order_meal",
        "arguments": {"dish": dish, "date": day},
        "reference": reference,
        **more,
    }


LOG = [
    used("Larder", "soup", "2024-08-12", "LA-1"),
    used("QuickBite", "stew", "2024-11-10", "QU-2"),
    used("Larder", "rice", "2025-01-03", "LA-3"),
    used("QuickBite", "peas", "2025-01-03", "QU-4"),
    used("Larder", "beans", "2025-02-02", "LA-5"),
]


def resolve(make_resolver, query, log=LOG, **options):
    return make_resolver({"history": log}, catalog=CATALOG, **options).resolve(query, user="ada")


@pytest.mark.parametrize(
    ("query", "platform", "tool", "arguments"),
    [
        ("Cancel my meal of 12 August 2024", "Larder", "cancel_meal", {"reference": "LA-1"}),
        ("Please cancel the meal from November 10th, 2024", "QuickBite", "cancel_meal", {"reference": "QU-2"}),
        ("Cancel our meal on the 10th of November 2024", "QuickBite", "cancel_meal", {"reference": "QU-2"}),
        ("Rate my meal of 2024-11-10 with a rating of 2", "QuickBite", "review_meal", {"dish": "stew", "rating": 2}),
        (
            "Change my meal from 12 August 2024 to 2026-01-04",
            "Larder",
            "change_meal",
            {"booking_id": "LA-1", "date": "2026-01-04"},
        ),
    ],
)
def test_the_event_of_that_day_gives_platform_reference_and_arguments(make_resolver, query, platform, tool, arguments):
    answer = resolve(make_resolver, query)
    assert (answer.choice.platform, answer.choice.tool, answer.arguments) == (platform, tool, arguments)
    told = [own for own in answer.bindings if own.source == "history"]
    assert told
    assert {own.evidence for own in told} == {(f"history[{[one['platform'] for one in LOG].index(platform)}]",)}


@pytest.mark.parametrize(
    "query",
    [
        "Cancel my meal of 3 January 2025",  # there are two
        "Cancel my meal of 1 January 2025",  # there is none
        "Cancel my flight of 12 August 2024",  # it was no flight
        "Cancel a meal on 12 August 2024",  # a new one may be meant
        "Cancel my meal of 12 August",  # of which year
        "Book a taxi for my meal of 12 August 2024",
        "Where can I get a stew on my meal of 12 August 2024?",
        "Return to the dish of the meal of 12 August 2024",
        "Remind me of my meal on 12 August 2024",
        "Order a meal as for my meal of 12 August 2024",
    ],
)
def test_where_no_one_event_is_meant_nothing_is_taken_from_one(make_resolver, query):
    answer = resolve(make_resolver, query)
    assert "of what the query refers to" not in {own.reason for own in answer.bindings}


def test_a_search_of_that_day_is_not_what_is_meant(make_resolver):
    search = {**used("QuickBite", "soup", "2024-08-12", "QU-8"), "api": "search_meals"}
    answer = resolve(make_resolver, "Cancel my meal of 12 August 2024", [search, *LOG])
    assert answer.arguments == {"reference": "LA-1"}


def test_what_the_query_says_goes_before_what_the_event_held(make_resolver):
    answer = resolve(make_resolver, "Rate my meal of 12 August 2024, the 'dumplings', with a rating of 2")
    assert answer.arguments == {"dish": "dumplings", "rating": 2}


def test_an_identifier_is_that_of_the_event_and_of_nothing_else(make_resolver):
    one = used("Larder", "soup", "2024-08-12", "LA-1")
    one["arguments"] = {"restaurant_id": "R-9", "phone_number": "555-0101", **one["arguments"]}
    one["confirmed"] = True
    answer = resolve(make_resolver, "Change my meal of 12 August 2024 to 2026-01-04", [one])
    assert answer.arguments == {"booking_id": "LA-1", "date": "2026-01-04"}


def test_an_identifier_of_the_same_name_counts_before_another(make_resolver):
    one = used("Larder", "soup", "2024-08-12", "LA-1")
    one["arguments"]["booking_id"] = "B-7"
    answer = resolve(make_resolver, "Change my meal of 12 August 2024 to 2026-01-04", [one])
    assert answer.arguments["booking_id"] == "B-7"


def test_a_platform_that_the_query_names_counts_before_that_of_the_event(make_resolver):
    answer = resolve(make_resolver, "On QuickBite, cancel my meal of 12 August 2024")
    assert answer.choice.platform == "QuickBite"


def test_the_platform_of_an_event_is_no_policy(make_resolver):
    query = "Cancel my meal of 12 August 2024"
    said = '{"platform": "QuickBite", "function": "order_meal", "arguments": {"dish": "soup", "date": "2026-01-04"}}'
    resolver = make_resolver({"history": LOG}, catalog=CATALOG)
    assert resolver.check(said, query, user="ada").calls[0].platform == "QuickBite"


def test_a_new_order_for_a_day_refers_to_nothing(make_resolver):
    answer = resolve(make_resolver, "Order a meal of 'soup' for 12 August 2024")
    assert answer.choice.tool == "order_meal"
    assert {own.source for own in answer.bindings} == {"query"}


def test_the_time_of_the_event_counts_where_its_arguments_have_no_day(make_resolver):
    log = [{**used("QuickBite", "stew", "", "QU-9", time="2024-03-04T18:00"), "arguments": {"dish": "stew"}}, LOG[0]]
    answer = resolve(make_resolver, "Cancel my meal of March 4th, 2024", log)
    assert (answer.choice.platform, answer.arguments) == ("QuickBite", {"reference": "QU-9"})


def test_an_event_of_a_platform_that_is_not_here_bars_none(make_resolver):
    answer = resolve(
        make_resolver, "Cancel my meal of 12 August 2024", [used("Elsewhere", "soup", "2024-08-12", "EL-1")]
    )
    assert answer.arguments == {"reference": "EL-1"}


def test_the_rule_can_be_off(make_resolver):
    answer = resolve(make_resolver, "Cancel my meal of 12 August 2024", models=Models.load().without("references"))
    assert "of what the query refers to" not in {own.reason for own in answer.bindings}
