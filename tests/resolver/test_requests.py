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
        ("Tell me more about the film,  then\tbook the hall", ["Tell me more about the film", "book the hall"]),
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
        "Remind me to call mum and order the flowers",
        "Text Bo 'get milk, then order the cake'",
        "Book a hotel with check-in on 3 May and check-out on 5 May",
        "Update my phone and email to a@b.example",
        "Show my profile and order history",
        "Find a table and book it only if it is under 50",
        "Send soup then",
        "",
        "; ; and then ; and",
        "Order tea and order tea and order tea and order tea and order tea",
    ],
)
def test_what_is_one_request_or_more_than_anybody_makes_stays_whole(text):
    assert parts_of(text) == [text]


def test_a_long_text_is_taken_apart_in_linear_time():
    for text in ("and then " * 2_000, "order tea" + " " * 19_000 + "x", "then" + " " * 19_000, "order, " * 3_000):
        assert parts_of(text) == [text]


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
    resolver.add(Profile.from_json({"town": "Oslo", "log": log}, user="bo"))
    return resolver


@pytest.mark.model
def test_each_request_becomes_a_call_with_what_it_says_on_one_platform(resolver):
    answer = resolver.resolve("Search films of the genre 'thriller', then book a concert of 'folk songs'", user="ada")
    assert [(call.platform, call.tool, call.arguments) for call in answer.calls] == [
        ("Larder", "search_films", {"genre": "thriller"}),
        ("Larder", "book_concert", {"programme": "folk songs", "email": "ada@example.com"}),
    ]
    assert "book a concert" in answer.calls[1].reason
    assert answer.to_ptbench() == (
        "'Larder':[search_films(genre = 'thriller'), book_concert(programme = 'folk songs', email = 'ada@example.com')]"
    )
    assert set(answer.calls[1].bindings[1].evidence) <= {item.id for item in answer.evidence}


@pytest.mark.model
def test_what_a_call_must_have_it_takes_from_the_other_requests_words(resolver):
    answer = resolver.resolve(
        "My address is ada.b@example.com: search films of 'thriller', then book a concert", user="bo"
    )
    assert answer.calls[1].tool == "book_concert"
    assert answer.calls[1].arguments["email"] == "ada.b@example.com"


@pytest.mark.model
def test_a_request_for_another_platform_keeps_the_query_whole(resolver):
    query = "Search films of the genre 'thriller' on Larder, then book a concert of 'folk songs' on Playhouse"
    assert len(resolver.resolve(query, user="ada").calls) == 1


@pytest.mark.model
def test_what_the_resolver_must_be_sure_of_holds_for_each_request():
    query = "Search films of the genre 'thriller', then book a concert of 'folk songs'"
    strict = Resolver(CATALOG, embedder=load_embedder(), require_match=0.999)
    strict.add(Profile.from_json({"email": "ada@example.com"}, user="ada"))
    answer = strict.resolve(query, user="ada")
    assert getattr(answer, "further", ()) == ()
    complete = Resolver(CATALOG, embedder=load_embedder(), require_arguments=True)
    complete.add(Profile.from_json({"town": "Oslo"}, user="ada"))
    lacking = complete.resolve(query, user="ada")
    assert (lacking.reason, lacking.missing) == ("missing_arguments", ("email",))


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
