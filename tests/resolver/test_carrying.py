"""Values of one call that a call on another platform shares."""

import pytest

from indexes import HashingEmbedder
from resolver import Binding, Catalog
from resolver.cards import CatalogIndex
from resolver.carrying import carry, carry_rows
from resolver.several_model import CARRY_FEATURES, DOMAIN_FEATURES, VALUE_FEATURES, SeveralModel

MODEL = SeveralModel(
    dict.fromkeys(VALUE_FEATURES, 0.0),
    dict.fromkeys(DOMAIN_FEATURES, 0.0),
    {**dict.fromkeys(CARRY_FEATURES, 0.0), "name_share": 6.0, "bias": -3.0},
)


def tool(platform, name, description, **parameters):
    return {"platform": platform, "name": name, "description": description, "parameters": parameters}


TOOLS = [
    tool("Concerts", "find_concert", "Search concerts", town={"description": "Town of the concert"}, day={}),
    tool("Bakeries", "order_bread", "Order bread", town={}),
    tool("Bakeries", "find_bakery", "Search bakeries", town={"description": "Town of the bakery"}, open_on={}),
]


@pytest.fixture(scope="module")
def embedder():
    return HashingEmbedder()


@pytest.fixture(scope="module")
def cards(embedder):
    return CatalogIndex(Catalog.from_ptbench(["Concerts", "Bakeries"], TOOLS), embedder)


def binding(name, value):
    return Binding(name=name, value=value, source="query", confidence=0.9)


def test_a_value_is_carried_to_the_parameter_that_means_the_same(cards):
    (one,) = carry(cards, 0, [binding("town", "Bergen")], 2, MODEL, None)
    assert (one.parameter, one.value, one.binding.name) == (0, "Bergen", "town")


def test_a_truth_is_not_carried_and_a_value_beyond_a_list_neither(embedder):
    shared = {"quiet": {}, "size": {"enum": ["small", "large"]}, "town": {}}
    catalog = Catalog.from_ptbench(["A", "B"], [tool(p, "find_it", "Search", **shared) for p in ("A", "B")])
    own = CatalogIndex(catalog, embedder)
    given = [binding("quiet", True), binding("size", "huge"), binding("town", "Graz")]
    found = carry(own, 0, given, 1, MODEL, None)
    assert [(own.readings(1)[one.parameter].parameter.name, one.value) for one in found] == [("town", "Graz")]


def test_a_carried_value_takes_the_type_of_the_second_tool(embedder):
    tools = [
        tool("A", "find_seat", "Search", guests={"type": "string"}),
        tool("B", "find_table", "Search", guests={"type": "integer"}),
    ]
    own = CatalogIndex(Catalog.from_ptbench(["A", "B"], tools), embedder)
    (one,) = carry(own, 0, [binding("guests", "three")], 1, MODEL, None)
    assert one.value == 3


def test_each_value_and_each_parameter_is_carried_once(embedder):
    tools = [tool("A", "find_a", "Search", town={}, town_name={}), tool("B", "find_b", "Search", town={}, to_town={})]
    own = CatalogIndex(Catalog.from_ptbench(["A", "B"], tools), embedder)
    found = carry(own, 0, [binding("town", "Graz"), binding("town_name", "Linz")], 1, MODEL, None)
    assert len({one.parameter for one in found}) == len({one.binding.name for one in found}) == len(found)


def test_rows_of_carrying_have_the_features_of_the_model(cards):
    rows = list(carry_rows(cards, 0, [binding("town", "Bergen"), binding("day", "2 May")], 2, None))
    assert rows
    assert all({*row, "bias"} == set(CARRY_FEATURES) for *_, row in rows)
