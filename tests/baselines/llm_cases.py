"""A small case, and what tests of the systems that ask a language model share."""

from __future__ import annotations

import json

import pytest

from baselines import Case
from baselines.llm_systems import SETUPS

PLATFORMS = ["Larder", "QuickBite.io", "Pan-Pan"]
TOOLS = [
    {"platform": platform, "name": name, "description": about, "parameters": parameters}
    for platform in PLATFORMS
    for name, about, parameters in (
        (
            "order_food",
            "Order a meal.",
            {
                "dish": {"type": "string", "description": "Name of the dish.", "required": True},
                "delivery_address": {"type": "string", "description": "Where to deliver.", "required": True},
                "size": {"type": "string", "description": "Size of the portion.", "enum": ["small", "large"]},
            },
        ),
        ("rate_cook", "Give a cook some stars.", {"stars": {"type": "integer", "required": True}}),
    )
]
HOME = "12 Elm Street"
LIKES = [f"the song number {number}" for number in range(60)]
USED = {
    "instruction": "order a meal",
    "platform": "Pan-Pan",
    "tool": "order_food",
    "arguments": {"dish": "soup", "delivery_address": HOME},
}
ELSEWHERE = '{"calls": [{"platform": "Nowhere", "function": "fly", "arguments": {"dish": "ramen"}}]}'

CONSTRAINED = [name for name, setup in SETUPS.items() if setup.constrained]
CHECKED = [name for name, setup in SETUPS.items() if setup.checked]
HINTED = [name for name, setup in SETUPS.items() if setup.shown in {"hints", "combined", "full_hints", "fill"}]

each_system = pytest.mark.parametrize("name", SETUPS)


def case(query="order a meal: 'ramen'", tools=TOOLS, log=(USED,) * 3):
    return Case(
        id="test/0",
        query=query,
        user_profile={"facts": {"delivery_address": HOME, "likes": LIKES}, "log": list(log)},
        platforms=PLATFORMS,
        tools=tools,
    )


UNSURE = case(log=())


def calling(platform="Larder", function="order_food", **arguments):
    return json.dumps({"calls": [{"platform": platform, "function": function, "arguments": arguments}]})


def prompt(asked):
    return "\n".join(message["content"] for message in asked[-1]["messages"])


def called(schema):
    """Platforms and functions that a schema allows, each with the schema of its arguments."""
    items = schema["properties"]["calls"]["items"]
    allowed = [own["properties"] for own in items.get("anyOf", [items])]
    return {(own["platform"]["const"], own["function"]["const"]): own["arguments"]["properties"] for own in allowed}
