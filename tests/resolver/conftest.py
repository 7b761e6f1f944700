"""A small world that the tests of the resolver share: two food platforms, one user with a log."""

import json

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


def _blocks_of(text):
    """The lines of each block of a prompt as JSON; every tag is there once, and nothing else that looks like one."""
    assert text.splitlines() == text.split("\n")
    found, tag = {}, None
    for line in text.split("\n"):
        if line.startswith("<"):
            name = line.strip("</>")
            assert line == (f"<{name}>" if tag is None else f"</{tag}>")
            assert tag is not None or name not in found
            tag = name if tag is None else None
            found.setdefault(name, [])
        else:
            assert not {"<", ">"} & set(line)
            if tag is not None:
                found[tag].append(json.loads(line))
    assert tag is None
    return found


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


@pytest.fixture(scope="session")
def blocks_of():
    return _blocks_of
