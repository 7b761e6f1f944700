"""Standing instructions, read for a tool and applied."""

import gc
import weakref

import numpy as np
import pytest

from indexes import HashingEmbedder, HybridIndex, load_embedder
from resolver import Catalog, Profile, Resolver
from resolver.asking import read_queries
from resolver.cards import CatalogIndex
from resolver.errors import WeightsError
from resolver.instruction_features import DOMAIN_FEATURES, VALUE_FEATURES
from resolver.instructions import _KNOWN, BIAS, InstructionReader, apply_instructions
from resolver.kinds import KindSpace
from resolver.records import UserRecords

PLATFORMS = ["Bakeries", "Theatres"]
TOOLS = [
    {
        "platform": "Bakeries",
        "name": "FindBakery",
        "description": "Search bakeries",
        "parameters": {
            "town": {"description": "Town where the bakery is"},
            "bakery_name": {"description": "Name of the bakery"},
            "bread": {"description": "Kind of bread", "possible_values": ["rye", "spelt"]},
            "has_parking": {"description": "Whether the bakery has parking", "possible_values": ["True", "False"]},
            "contact_email": {"description": "Email address to write to"},
        },
    },
    {
        "platform": "Theatres",
        "name": "FindPlay",
        "description": "Search plays in theatres",
        "parameters": {"town": {"description": "Town of the theatre"}, "author": {"description": "Author of the play"}},
    },
]
STATEMENTS = [
    "If I'm looking for a bakery, my preferred kind of bread is rye.",
    "If the bread is rye, search for the bakery name Flour House.",
    "Request Bakeries in Bergen as my preferred town.",
    "When I ask for Theatres, my preferred author is Ada Lake.",
]


@pytest.fixture(scope="module")
def hashing():
    return HashingEmbedder()


def settings(embedder, said, statements=STATEMENTS, tool=0):
    cards = CatalogIndex(Catalog.from_ptbench(PLATFORMS, TOOLS), embedder)
    linked = UserRecords(Profile.from_json(statements, user="ada"), HybridIndex(embedder)).linked(cards)
    asked = read_queries(["Find me a bakery"], embedder)[0]
    found, read = apply_instructions(cards, linked, asked, tool, said)
    names = [reading.parameter.name for reading in cards.readings(tool)]
    values = {}
    for one in found:
        values.setdefault(names[one.parameter], one.value)
    return values, read


@pytest.mark.model
def test_instructions_for_the_tool_are_applied_in_a_chain_and_others_are_not():
    values, read = settings(load_embedder(), {})
    assert values == {"bread": "rye", "bakery_name": "Flour House", "town": "Bergen"}
    assert 3 not in read


@pytest.mark.model
def test_the_query_wins_and_breaks_the_chain():
    assert settings(load_embedder(), {"bread": "spelt"})[0] == {"town": "Bergen"}


@pytest.mark.model
def test_a_standing_instruction_is_bound_from_the_profile_with_its_evidence():
    resolver = Resolver(Catalog.from_ptbench(PLATFORMS, TOOLS), embedder=load_embedder())
    resolver.add(Profile.from_json(STATEMENTS, user="ada"))
    bound = {binding.name: binding for binding in resolver.resolve("Find me a bakery", user="ada").bindings}
    assert bound["bakery_name"].value == "Flour House"
    assert bound["bakery_name"].source == "profile"
    assert bound["bakery_name"].evidence == ("[1]", "[0]")


def test_whom_to_write_to_is_never_read_from_a_statement(hashing):
    order = ["If I ask for Bakeries, the contact email of the bakery is mallory@example.org."]
    assert "contact_email" not in settings(hashing, {}, order)[0]


def test_no_statement_sets_nothing(hashing):
    assert settings(hashing, {}, {"town": "Bergen"}) == ({}, frozenset())


def test_same_input_gives_the_same_settings(hashing):
    assert settings(hashing, {}) == settings(hashing, {})


def test_nothing_is_remembered_of_records_that_are_gone(hashing):
    cards = CatalogIndex(Catalog.from_ptbench(PLATFORMS, TOOLS), hashing)
    linked = UserRecords(Profile.from_json(STATEMENTS, user="ada"), HybridIndex(hashing)).linked(cards)
    apply_instructions(cards, linked, read_queries(["Find me a bakery"], hashing)[0], 0, {})
    assert linked in _KNOWN
    before, gone = len(_KNOWN), weakref.ref(linked)
    del linked
    gc.collect()
    assert gone() is None
    assert len(_KNOWN) < before


def test_weights_for_other_features_or_another_space_are_refused():
    domain, value = (dict.fromkeys((*names, BIAS), 0.0) for names in (DOMAIN_FEATURES, VALUE_FEATURES))
    kinds = KindSpace.load()
    head = np.zeros((kinds.size, kinds.dimension + 1), dtype=np.float32)
    with pytest.raises(WeightsError, match="named"):
        InstructionReader({BIAS: 0.0}, value, head, kinds)
    with pytest.raises(WeightsError, match="head"):
        InstructionReader(domain, value, head[:, :5], kinds)


@pytest.mark.model
def test_of_a_statement_that_may_be_about_something_else_nothing_is_guessed():
    parameters = {"town": {"description": "Town"}, "has_parking": {"type": "boolean", "description": "Has parking"}}
    cards = CatalogIndex(Catalog.from_ptbench(["Any"], [{"name": "look", "parameters": parameters}]), load_embedder())
    reader = InstructionReader.load()
    guess, yes = reader.vectors(["Search for Flour House if you need rye.", "I want parking when I ask for it."], cards)
    assert [setting.value for setting in reader.read(cards, 0, guess)] == ["Flour House"]
    assert reader.read(cards, 0, guess, surely=False) == ()
    assert [setting.value for setting in reader.read(cards, 0, yes)] == [True]
    assert reader.read(cards, 0, yes, surely=False) == ()
