"""Statements that speak of somebody else."""

import pytest

from resolver import Catalog
from resolver.subjects import speaks_of_another

CATALOG = Catalog.from_ptbench(
    ["Larder", "QuickBite"],
    [
        {
            "platform": platform,
            "name": "order_meal",
            "description": "Order a meal",
            "parameters": {"cuisine": {"type": "string", "required": True, "enum": ["Thai", "Greek"]}},
        }
        for platform in ("Larder", "QuickBite")
    ],
)


@pytest.mark.parametrize(
    "text",
    [
        "My mother prefers QuickBite.",
        "Nothing is ever cheap enough for my neighbour.",
        "According to my old school friend, Thai is best.",
        "My mother-in-law wants Greek food.",
        "Our next-door neighbours order from Larder.",
        "My brother in the US prefers QuickBite.",
        "When it rains, my boss orders from Larder.",
    ],
)
def test_it_is_told_who_is_spoken_of(text):
    assert speaks_of_another(text)


@pytest.mark.parametrize(
    "text",
    [
        "I prefer QuickBite, as my mother does.",
        "My friend showed me Larder.",
        "My wife is a vegetarian.",
        "My kids love Thai.",
        "My favourite cuisine is Greek.",
        "A form letter made the neighbours furious.",
        "My friendly grocer closed.",
        "My daughter is allergic to peanuts.",
        "Prefer QuickBite for dinners with my colleagues.",
        "Use Larder when my friends come over.",
        "Leave parcels with my neighbour.",
        "My preferred password manager is on my phone.",
        "",
    ],
)
def test_what_is_of_the_user_or_of_the_household_counts(text):
    assert not speaks_of_another(text)


def test_what_another_person_likes_chooses_no_platform_and_fills_no_argument(make_resolver):
    said = ["I order my meals from Larder.", "My preferred cuisine is Greek."]
    others = ["My mother orders her meals from QuickBite and nowhere else.", "My mother's preferred cuisine is Thai."]
    for statements in ([*said, *others], [*others, *said]):
        answer = make_resolver({"preferences": statements}, catalog=CATALOG).resolve("Order a meal", user="ada")
        assert answer.choice.platform == "Larder"
        assert answer.arguments == {"cuisine": "Greek"}
        assert not {f"preferences[{statements.index(other)}]" for other in others} & {*answer.choice.evidence_for}
