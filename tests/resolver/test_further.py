"""The calls beside the first, from the query to the answer."""

import json
from dataclasses import replace

import pytest

from experiments.syntax import parse_answer
from indexes import HashingEmbedder, load_embedder
from resolver import Binding, Call, Catalog, Profile, Resolver
from resolver.models import Models
from resolver.resolution import Choice, Resolution
from resolver.several_model import CARRY_FEATURES, DOMAIN_FEATURES, VALUE_FEATURES, SeveralModel

PARAMETERS = {
    "Concerts": {"town": "Town of the concert", "music": "Kind of music", "day": "Date of the concert"},
    "Restaurants": {"city": "City where the restaurant is", "cuisine": "Cuisine of the food"},
}
NOTES = [
    "If I ask for Concerts, my preferred music is jazz or soul.",
    "If I'm looking for Concerts, I should also check out Restaurants.",
    "Request Restaurants that serve Greek cuisine.",
]
BOTH = SeveralModel(
    {**dict.fromkeys(VALUE_FEATURES, 0.0), "bias": -9.0},
    {**dict.fromkeys(DOMAIN_FEATURES, 0.0), "also": 9.0, "bias": -2.0},
    {**dict.fromkeys(CARRY_FEATURES, 0.0), "both_place": 9.0, "bias": -2.0},
)


def catalog(verb="Find", required=False):
    return Catalog.from_ptbench(
        [{"name": name, "description": f"Find {name}"} for name in PARAMETERS],
        [
            {
                "platform": platform,
                "name": f"{verb}{platform}",
                "description": f"{verb} {platform}",
                "parameters": {name: {"description": text, "required": required} for name, text in parameters.items()},
            }
            for platform, parameters in PARAMETERS.items()
        ],
    )


def resolved(query, notes=NOTES, *, embedder=None, models=None, verb="Find", **more):
    resolver = Resolver(catalog(verb), embedder=embedder or load_embedder(), models=models, **more)
    resolver.add(Profile.from_json(notes, user="ida"))
    return resolver.resolve(query, user="ida")


@pytest.mark.model
def test_several_values_and_a_second_platform_are_called():
    answer = resolved("Find me a concert in Bergen")
    assert [(call.platform, call.arguments) for call in answer.calls] == [
        ("Concerts", {"town": "Bergen", "music": "jazz"}),
        ("Concerts", {"town": "Bergen", "music": "soul"}),
        ("Restaurants", {"city": "Bergen", "cuisine": "Greek"}),
    ]


@pytest.mark.model
def test_every_call_and_every_carried_value_says_why_it_is_there():
    _, other, elsewhere = resolved("Find me a concert in Bergen").calls
    assert (other.reason, other.evidence) == ("the user's instructions name more than one music", ("[0]",))
    assert elsewhere.evidence == ("[1]",)
    assert "Restaurants as well as Concerts" in elsewhere.reason
    city, cuisine = elsewhere.bindings
    assert (city.source, city.reason) == ("query", "the town of Concerts")
    assert (cuisine.source, cuisine.evidence) == ("profile", ("[2]",))
    assert 0.0 < elsewhere.probability < 1.0


@pytest.mark.model
def test_what_the_query_says_is_one_call_of_the_tool():
    answer = resolved("Find me a concert where they play soul music", NOTES[:1])
    assert [call.arguments for call in answer.calls] == [{"music": "soul"}]


@pytest.mark.model
def test_what_hangs_on_one_value_is_in_its_call_alone():
    notes = [
        "I'm especially keen on ramen when I ask for Restaurants.",
        "Request Restaurants that serve barbecue.",
        "If the cuisine is ramen, look for the city Turku.",
    ]
    answer = resolved("Find me a restaurant", notes)
    assert [call.arguments for call in answer.calls] == [
        {"city": "Turku", "cuisine": "ramen"},
        {"cuisine": "barbecue"},
    ]


@pytest.mark.model
def test_without_the_part_there_is_one_call():
    answer = resolved("Find me a concert in Bergen", models=Models.load().without("several"))
    assert answer.further == ()
    assert len(answer.calls) == 1


@pytest.mark.model
@pytest.mark.parametrize("note", ["If I ask for Concerts, my preferred music is jazz.", "I love concerts.", NOTES[2]])
def test_statements_that_name_one_value_and_one_platform_make_one_call(note):
    assert resolved("Find me a concert in Bergen", [note]).further == ()


@pytest.mark.model
def test_the_answer_is_cited_written_and_explained_whole():
    resolver = Resolver(catalog(), embedder=load_embedder())
    resolver.add(Profile.from_json(NOTES, user="ida"))
    answer = resolver.resolve("Find me a concert in Bergen", user="ida")
    read = parse_answer(answer.to_ptbench())
    assert (read.platform, len(read.calls)) == ("Concerts", 2)
    assert {item.id for item in answer.evidence} >= {"[0]", "[1]", "[2]"}
    written = json.loads(json.dumps(answer.to_json()))
    assert [call["platform"] for call in written["further"]] == ["Concerts", "Restaurants"]
    explained = resolver.explain("Find me a concert in Bergen", user="ida")
    assert "also  Restaurants / FindRestaurants" in explained
    assert "from query" in explained.partition("also  Restaurants")[2]


def test_a_platform_is_looked_at_whose_statement_the_model_believes():
    models = replace(Models.load(), several=BOTH)
    answer = resolved("find concerts", [NOTES[1]], embedder=HashingEmbedder(), models=models)
    assert [call.platform for call in answer.calls] == ["Concerts", "Restaurants"]


@pytest.mark.model
def test_what_is_booked_is_booked_once():
    assert resolved("Book a concert in Bergen", verb="Book").further == ()
    assert len(resolved("Find a concert in Bergen").further) == 2


def test_a_further_call_that_lacks_a_required_argument_is_not_made_where_arguments_are_required():
    models = replace(Models.load(), several=BOTH)
    resolver = Resolver(
        catalog(required=True), embedder=HashingEmbedder(), models=models, require_arguments=True, require_match=False
    )
    lacking = Resolver(catalog(required=True), embedder=HashingEmbedder(), models=models, require_match=False)
    for each in (resolver, lacking):
        each.add(Profile.from_json({"town": "Graz", "music": "folk", "day": "2 May", "notes": [NOTES[1]]}, user="ida"))
    query = "find concerts, town 'Graz', music 'folk', day 2 May"
    assert [call.missing for call in lacking.resolve(query, user="ida").further] == [("cuisine",)]
    assert resolver.resolve(query, user="ida").further == ()


def test_a_second_platform_whose_policy_excludes_the_user_is_not_called(monkeypatch):
    models = replace(Models.load(), several=BOTH)
    monkeypatch.setattr(
        Resolver,
        "_excluded",
        lambda _self, _linked, _asked, *, platform=None: object() if platform == "Restaurants" else None,
    )
    answer = resolved("find concerts", [NOTES[1]], embedder=HashingEmbedder(), models=models)
    assert answer.further == ()


def binding(value, confidence):
    return Binding(name="town", value=value, source="query", confidence=confidence)


def test_the_confidence_is_that_of_the_least_sure_call():
    choice = Choice(platform="A", tool="f", probability=0.8, platform_probability=0.9)
    sure = Resolution(user="ida", query="q", choice=choice, bindings=(binding("Graz", 0.5),))
    assert sure.confidence == pytest.approx(0.4)
    call = Call(platform="B", tool="g", probability=0.6, bindings=(binding("Graz", 0.5),))
    assert sure.model_copy(update={"further": (call,)}).confidence == pytest.approx(0.3)


def test_calls_are_the_first_and_the_further_ones():
    choice = Choice(platform="A", tool="f", probability=0.8, platform_probability=0.9, evidence_for=("x",))
    further = Call(platform="B", tool="g", probability=0.6)
    answer = Resolution(
        user="ida", query="q", choice=choice, bindings=(binding("Graz", 0.5),), missing=("day",), further=(further,)
    )
    first, second = answer.calls
    assert (first.platform, first.tool, first.arguments, first.missing) == ("A", "f", {"town": "Graz"}, ("day",))
    assert first.evidence == ("x",)
    assert second is further
