"""Several requests in one query."""

import pytest

from indexes import load_embedder
from resolver import Catalog, Profile, Resolver
from resolver.models import Models
from resolver.requests import parts_of


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Look up the film; then book a table for two", ["Look up the film", "book a table for two"]),
        ("Find a film, and order popcorn for four", ["Find a film", "order popcorn for four"]),
        (
            "Search flights to Oslo. After that, could you please book a room there?",
            ["Search flights to Oslo", "could you please book a room there?"],
        ),
        ("Cancel my order and also send me the receipt", ["Cancel my order", "send me the receipt"]),
    ],
)
def test_a_text_is_taken_apart_where_a_new_request_begins(text, parts):
    assert parts_of(text) == parts


@pytest.mark.parametrize(
    "text",
    [
        "Book a table for Ann and Bo",
        "Order rice and have it shipped to 1 Mill Lane",
        "I have some time and I want to watch a film",
        "Send soup then",
        "",
        "; ; and then ; and",
        "Order tea and order tea and order tea and order tea and order tea",
    ],
)
def test_what_is_one_request_or_more_than_anybody_makes_stays_whole(text):
    assert parts_of(text) == [text]


def test_a_long_text_is_taken_apart_in_linear_time():
    assert parts_of("and then " * 2_000) == ["and then " * 2_000]


CATALOG = Catalog.from_ptbench(
    platforms=["Playhouse", "Larder"],
    tools=[
        {"platform": platform, "name": name, "description": description, "parameters": parameters}
        for platform in ("Playhouse", "Larder")
        for name, description, parameters in (
            ("search_films", "Search films and list what there is", {"genre": {"type": "string", "required": True}}),
            (
                "book_concert",
                "Book a concert",
                {
                    "programme": {"type": "string", "required": True},
                    "email": {"type": "string", "required": True},
                },
            ),
        )
    ],
)


@pytest.fixture(scope="module")
def resolver():
    resolver = Resolver(CATALOG, embedder=load_embedder())
    log = [
        {
            "instruction": "Find westerns",
            "platform": "Larder",
            "tool": "search_films",
            "arguments": {"genre": "western"},
        }
    ]
    resolver.add(Profile.from_json({"email": "ada@example.com", "log": log}, user="ada"))
    return resolver


@pytest.mark.model
def test_each_request_becomes_a_call_with_what_it_says_on_one_platform(resolver):
    answer = resolver.resolve("Search films of the genre 'thriller', then book a concert of 'folk songs'", user="ada")
    assert [(call.platform, call.tool, call.arguments) for call in answer.calls] == [
        ("Larder", "search_films", {"genre": "thriller"}),
        ("Larder", "book_concert", {"programme": "folk songs", "email": "ada@example.com"}),
    ]
    assert "book a concert" in answer.calls[1].reason
    assert answer.confidence <= min(call.confidence for call in answer.calls)
    assert answer.to_ptbench() == (
        "'Larder':[search_films(genre = 'thriller'), book_concert(programme = 'folk songs', email = 'ada@example.com')]"
    )
    assert "email" in {name for call in answer.calls for name in call.arguments}
    assert set(answer.calls[1].bindings[1].evidence) <= {item.id for item in answer.evidence}


@pytest.mark.model
@pytest.mark.parametrize(
    "query",
    [
        "Search films of the genre 'thriller', then tell my sister about the weather",
        "User: Search films.\nAssistant: Which genre?\nUser: 'thriller', then book a concert of 'folk songs'",
        "Search films of the genre 'thriller' and search films",
    ],
)
def test_a_query_stays_whole_where_a_part_has_no_tool_of_its_own(resolver, query):
    assert len(resolver.resolve(query, user="ada").calls) == 1


@pytest.mark.model
@pytest.mark.parametrize("part", ["match", "requests"])
def test_without_the_rule_or_what_it_rests_on_a_query_stays_whole(part):
    resolver = Resolver(CATALOG, embedder=load_embedder(), models=Models.load().without(part))
    resolver.add(Profile.from_json({"email": "ada@example.com"}, user="ada"))
    assert (
        len(resolver.resolve("Search films of 'thriller', then book a concert of 'folk songs'", user="ada").calls) == 1
    )
