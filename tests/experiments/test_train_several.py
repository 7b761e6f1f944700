"""Training what decides on several calls."""

from dataclasses import replace

import pytest

from experiments.records import FURTHER, Dataset, read_record
from experiments.train_choice import examples
from experiments.train_instructions import train_instructions
from experiments.train_several import train_several, write_several
from indexes import HashingEmbedder
from resolver.models import Models
from resolver.several_model import PARTS, SeveralModel

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
BREADS = ("rye", "spelt", "oat", "corn", "malt", "wheat")


def records():
    found = []
    for number in range(48):
        town, bread, other = TOWNS[number % 6], BREADS[number % 6], BREADS[(number + 1 + number // 6) % 6]
        several, elsewhere = number % 2 == 1 and bread != other, number % 3 == 0
        notes = {
            "a": f"I always request Bakeries in {town} as my town.",
            "b": f"When I request Bakeries, my preferred bread is {bread}{f' or {other}' if several else ''}.",
            "c": "Look for both Bakeries and Theatres." if elsewhere else "I saw Bakeries from the window of Theatres.",
        }
        calls = [{"town": [town], "bread": [value]} for value in ((bread, other) if several else (bread,))]
        made = {
            "id": f"r{number}",
            "query": "Find Bakeries",
            "user_profile": {"notes": notes},
            "platforms": ["Bakeries", "Theatres"],
            "tools": TOOLS,
            "answer": ["Bakeries", [{"FindBakeries": call} for call in calls]],
            "query_params": [],
            "profile_params": ["town", "bread"],
        }
        if elsewhere:
            made[FURTHER] = [["Theatres", [{"FindTheatres": {"town": [town]}}]]]
        found.append(read_record(made, file="made", index=number, default_id=f"r{number}", split=None))
    return found


EVIDENCE = {f"r{number}": ("a", "b", "c") if number % 3 == 0 else ("a", "b") for number in range(48)}


@pytest.fixture(scope="module")
def rows():
    dataset = Dataset(name="made", records=tuple(records()), sha256="")
    return list(zip(examples(dataset, HashingEmbedder(64), {}), dataset.records, strict=True))


@pytest.fixture(scope="module")
def models():
    reader = train_instructions(records(), EVIDENCE, HashingEmbedder(64))
    return replace(Models.load(), instructions=reader, several=None)


@pytest.fixture(scope="module")
def model(rows, models):
    return train_several(rows, EVIDENCE, models)


def test_all_parts_are_learned(model):
    assert model.weights.keys() == PARTS.keys()


def test_a_statement_that_asks_for_both_counts_and_one_that_mentions_both_does_not(model):
    asks = model.probability("domains", {"also": 1.0, "joined": 1.0})
    mentions = model.probability("domains", {"rest": 0.5})
    assert asks > 0.8
    assert mentions < 0.2


def test_a_value_is_carried_to_the_parameter_of_the_same_name_and_no_other(model):
    same = {"name_share": 1.0, "cosine": 0.9, "best_there": 1.0, "best_here": 1.0, "both_place": 1.0}
    assert model.probability("carry", same) > 0.7
    assert model.probability("carry", {"kinds_apart": 1.0}) < 0.3


def test_training_twice_gives_the_same_weights(rows, models, model):
    assert train_several(rows, EVIDENCE, models).weights == model.weights


def test_records_with_one_call_each_teach_nothing(rows, models):
    with pytest.raises(ValueError, match="several calls"):
        train_several([row for row in rows if len(row[1].answer.calls) == 1], EVIDENCE, models)


def test_without_instructions_nothing_is_learned(rows):
    with pytest.raises(ValueError, match="without instructions"):
        train_several(rows, EVIDENCE, Models.load().without("instructions"))


def test_what_is_written_is_read_back(model, tmp_path):
    write_several(tmp_path / "several.json", model, {"about": "made here"})
    read = SeveralModel.read((tmp_path / "several.json").read_text(encoding="utf-8"))
    assert read.weights == model.weights
