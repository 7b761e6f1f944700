"""A small world that the tests of the resolver share: two food platforms, one user with a log."""

import pytest

from indexes import HashingEmbedder
from resolver import Catalog, Profile, Resolver


def _food_tools(*platforms):
    order = {
        "name": "order_food",
        "description": "Order a meal from a restaurant.",
        "parameters": {
            "dish": {"type": "string", "description": "Name of the dish.", "required": True},
            "quantity": {"type": "integer", "description": "Number of portions.", "required": True, "default": 1},
            "delivery_address": {"type": "string", "description": "Where to deliver.", "required": True},
            "phone": {"type": "string", "description": "Phone number for the courier.", "required": True},
            "note": {"type": "string", "description": "A note for the kitchen."},
        },
    }
    track = {
        "name": "track_order",
        "description": "Tell where an order is.",
        "parameters": {"order_id": {"type": "string", "required": True}},
    }
    return [{"platform": platform, **tool} for platform in platforms for tool in (order, track)]


def _used(platform, *dishes, tool="order_food", **more):
    return [
        {
            "instruction": f"order {dish}",
            "platform": platform,
            "tool": tool,
            "arguments": {"dish": dish, "delivery_address": "1 Mill Lane"},
            **more,
        }
        for dish in dishes
    ]


@pytest.fixture(scope="session")
def embedder():
    return HashingEmbedder()


@pytest.fixture(scope="session")
def catalog():
    return Catalog.from_ptbench(["Larder", "QuickBite.io"], _food_tools("Larder", "QuickBite.io"))


@pytest.fixture
def make_resolver(catalog, embedder):
    def make(profile, *, user="ada", **options):
        resolver = Resolver(options.pop("catalog", catalog), embedder=embedder, **options)
        resolver.add(Profile.from_json(profile, user=user))
        return resolver

    return make


@pytest.fixture(scope="session")
def food_tools():
    return _food_tools


@pytest.fixture(scope="session")
def used():
    return _used
