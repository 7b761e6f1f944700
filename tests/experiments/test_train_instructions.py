"""Training the reader of standing instructions on calls with known evidence."""

import json

import numpy as np
import pytest

from experiments.records import read_record
from experiments.train_instructions import cross_validate_instructions, train_instructions, write_instructions
from experiments.train_kinds import train_kinds
from indexes import HashingEmbedder
from resolver.cards import CatalogIndex
from resolver.catalog import Catalog
from resolver.instruction_features import DOMAIN_FEATURES, VALUE_FEATURES, vectors_of
from resolver.instructions import BIAS

TOOLS = [
    {
        "platform": platform,
        "name": f"Find{platform}",
        "description": f"Search {platform}",
        "parameters": {"town": {"description": f"Town of the {platform}"}, name: {"description": f"{name} wanted"}},
    }
    for platform, name in (("Bakeries", "bread"), ("Theatres", "author"))
]
TOWNS = ("Bergen", "Utrecht", "Graz", "Turku", "Porto", "Lyon")
THINGS = {
    "Bakeries": ("bread", ("rye", "spelt", "oat", "corn", "malt")),
    "Theatres": ("author", ("Lake", "Moor", "Hill")),
}


def records():
    found = []
    for number in range(24):
        platform = ("Bakeries", "Theatres")[number % 2]
        name, values = THINGS[platform]
        town, value = TOWNS[number % len(TOWNS)], values[number % len(values)]
        found.append(
            read_record(
                {
                    "id": f"r{number}",
                    "query": f"Find {platform}",
                    "user_profile": {
                        "notes": {
                            "a": f"I always request {platform} in {town} as my town.",
                            "b": f"When I request {platform}, my preferred {name} is {value}.",
                        }
                    },
                    "platforms": ["Bakeries", "Theatres"],
                    "tools": TOOLS,
                    "answer": [platform, [{f"Find{platform}": {"town": [town], name: [value]}}]],
                    "query_params": [],
                    "profile_params": ["town", name],
                },
                file="made",
                index=number,
                default_id=f"r{number}",
                split=None,
            )
        )
    return found


EVIDENCE = {f"r{number}": ("a", "b") for number in range(24)}


@pytest.fixture(scope="module")
def embedder():
    return HashingEmbedder(64)


def test_a_reader_learns_to_set_what_held_out_statements_ask_for(embedder):
    found = cross_validate_instructions(records(), EVIDENCE, {}, embedder)
    assert found["records"] == 24
    assert found["exact"] > 0.8


def test_training_twice_gives_the_same_weights(embedder):
    one, other = (train_instructions(records(), EVIDENCE, embedder) for _ in range(2))
    assert one.domain == other.domain
    assert one.value == other.value
    assert np.array_equal(one.head, other.head)


UNRELATED = (
    "I keep two dogs and a parrot.",
    "My shoes wear out within a season.",
    "I have been afraid of heights since I was small.",
    "Nothing beats an early swim in the lake.",
)


def test_statements_about_other_things_instruct_no_tool(embedder):
    one = records()[0]
    cards = CatalogIndex(Catalog.from_ptbench(one.case.platforms, one.case.tools), embedder)
    heard = "I had four hens once."
    kinds = train_kinds(records(), embedder)
    strangers, own = vectors_of([heard], cards, kinds), vectors_of(["I request Bakeries in Graz."], cards, kinds)
    taught = train_instructions(records(), EVIDENCE, embedder, kinds=kinds, unrelated=UNRELATED)
    ignorant = train_instructions(records(), EVIDENCE, embedder, kinds=kinds)
    assert taught.speaks_of(cards, strangers[0]).max() < ignorant.speaks_of(cards, strangers[0]).max()
    assert taught.speaks_of(cards, strangers[0]).max() < -1.0 < taught.speaks_of(cards, own[0]).max()


def test_weights_are_written_as_they_are_loaded(embedder, tmp_path):
    reader = train_instructions(records(), EVIDENCE, embedder)
    write_instructions(reader, tmp_path, {"made_by": "a test"})
    written = json.loads((tmp_path / "instructions.json").read_text())
    assert written["domain"]["features"].keys() == {*DOMAIN_FEATURES, BIAS}
    assert written["value"]["features"].keys() == {*VALUE_FEATURES, BIAS}
    assert np.load(tmp_path / "instructions.npy", allow_pickle=False).shape == reader.head.shape


def test_the_space_of_kinds_takes_values_of_one_parameter_together(embedder):
    space = train_kinds(records(), embedder, size=2)
    close = space.place(embedder.encode(["Bergen", "Graz", "rye"]))
    assert close[0] @ close[1] > close[0] @ close[2]
