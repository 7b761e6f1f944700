"""Values that suit the user: only where the catalog says so, never over the query, with the facts that spoke."""

from dataclasses import replace

import numpy as np
import pytest

from indexes import HybridIndex
from resolver import Catalog, Profile
from resolver.asking import read_queries
from resolver.bilinear import BilinearForm
from resolver.bind import bind
from resolver.cards import CatalogIndex
from resolver.models import Models
from resolver.records import UserRecords
from resolver.value_choice import BLOCKS, NEED_BLOCKS, ValueChooser

PARAMETERS = {
    "pace": {"kind": "personalized", "type": "string", "description": "The pace. Available values: ['slow', 'fast']."},
    "day": {"kind": "personalized", "type": "string", "description": "The day of the ride. Defaults to today."},
    "bike": {"type": "string", "description": "The bike. Available values: ['city', 'race']."},
}
PROFILE = {"mood": "fast", "town": "Elmton", "note": "I like to cook for my friends."}


def world(embedder, profile=PROFILE, query="plan a ride", parameters=PARAMETERS):
    tool = {"platform": "Ride", "name": "ride", "description": "Plan a ride.", "parameters": parameters}
    cards = CatalogIndex(Catalog.from_ptbench(["Ride"], [tool]), embedder)
    linked = UserRecords(Profile.from_json(profile, user="ada"), HybridIndex(embedder)).linked(cards)
    return cards, linked, read_queries([query], embedder)[0]


@pytest.fixture
def chooser(embedder):
    """Likes a value that has the words of the attributes; every parameter matters a little."""
    d = embedder.dimension
    stack = np.zeros((len(BLOCKS) + 1, d + 1, d))
    stack[0, :-1] = stack[1, :-1] = 3.0 * np.eye(d)
    needs = np.zeros((2, d + 1, d))
    needs[0, :-1] = needs[1, :-1] = np.eye(d)
    return ValueChooser(
        BilinearForm(stack, blocks=BLOCKS, model=embedder.name),
        BilinearForm(needs, blocks=NEED_BLOCKS, model=embedder.name),
        least_need=0.4,
    )


def test_the_value_that_suits_is_chosen_with_the_fact_that_spoke_for_it(embedder, chooser):
    pace, day = chooser.choose(*world(embedder), 0)
    assert (pace.place, pace.value, pace.evidence) == (0, "fast", ("mood",))
    assert 0.5 < pace.probability < 1.0
    assert (day.value, day.default) == ("today", True)


def test_what_the_catalog_does_not_call_personal_is_left_alone(embedder, chooser):
    assert {chosen.place for chosen in chooser.choose(*world(embedder), 0)} == {0, 1}


def test_nothing_is_chosen_for_a_user_of_whom_nothing_is_known(embedder, chooser):
    assert chooser.choose(*world(embedder, profile={}), 0) == []


def test_nothing_is_chosen_with_vectors_that_the_weights_were_not_learned_on(embedder):
    assert ValueChooser.load().choose(*world(embedder), 0) == []


def test_a_parameter_that_does_not_matter_to_the_query_is_left_out(embedder, chooser):
    strict = ValueChooser(chooser.form, chooser.need, least_need=0.51)
    assert [chosen.place for chosen in strict.choose(*world(embedder, query="the day"), 0)] == [1]


def test_yes_and_no_are_not_guessed_for_a_parameter_of_a_strange_kind(embedder, chooser):
    narrow = chooser.form.stack[:, :, :1].copy()
    strange = ValueChooser(BilinearForm(narrow, blocks=BLOCKS, model=embedder.name), chooser.need, least_need=0.4)
    parameters = {"quiet": {"kind": "environmental", "type": "boolean", "description": "Whether to be fast."}}
    assert len(chooser.choose(*world(embedder, parameters=parameters), 0)) == 1
    assert strange.choose(*world(embedder, parameters=parameters), 0) == []


@pytest.fixture
def bound(embedder, chooser):
    models = replace(Models.load(), values=chooser)

    def bindings(**options):
        return {binding.name: binding for binding in bind(*world(embedder, **options), 0, models)[0]}

    return bindings


def test_a_chosen_value_is_bound_from_the_profile(bound):
    pace = bound()["pace"]
    assert (pace.value, pace.source, pace.evidence) == ("fast", "profile", ("mood",))


def test_what_the_query_says_wins(bound):
    pace = bound(query="plan a ride with a slow pace")["pace"]
    assert (pace.value, pace.source) == ("slow", "query")


def test_a_default_of_the_description_is_said_to_be_one(bound):
    assert (bound()["day"].value, bound()["day"].source) == ("today", "default")


@pytest.mark.model
@pytest.mark.parametrize(("battery", "expected"), [("Low Battery", "power_saver"), ("High Battery", "full_speed")])
def test_the_shipped_chooser_reads_the_moment(battery, expected):
    from indexes import load_embedder  # noqa: PLC0415

    parameters = {
        "performanceMode": {
            "kind": "environmental",
            "type": "str",
            "description": "The performance mode. Available values: ['full_speed', 'power_saver'].",
        }
    }
    profile = {"battery level": battery, "network": "Wifi"}
    cards, linked, _ = world(load_embedder(), profile=profile, parameters=parameters)
    (values,) = cards.value_sets(0)
    chances = ValueChooser.load().probabilities(linked.person, values)
    assert values.values[int(chances.argmax())] == expected
