"""Fine-tuning an embedding model, with the real one."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

from experiments.cli import main
from experiments.dataset import load_dataset
from experiments.errors import DatasetError
from experiments.evidence import EvidenceRecord
from experiments.train_embedder import Example, evidence_examples, record_examples, train_embedder
from indexes import DEFAULT_MODEL, load_embedder

COLOURS = ("red", "green", "blue", "black", "white", "brown", "pink", "grey")
TREES = ("an oak", "an elm", "a birch", "a pine", "a lime", "an ash", "a yew", "a fir")
# what no model knows: whoever asks for a tree wants the colour that belongs to it
TAUGHT = [
    Example(f"Paint {tree}, please", (f"My {word} is {colour}.",), tuple(f"My {word} is {o}." for o in others))
    for word in ("tin", "pot")
    for tree, colour in zip(TREES, COLOURS, strict=True)
    for others in [[own for own in COLOURS if own != colour]]
]


def found_first(embedder):
    right = 0
    for tree, colour in zip(TREES, COLOURS, strict=True):
        texts = [f"My paint is {own}." for own in COLOURS]  # other words than those it is taught with
        vectors = embedder.encode([f"Paint {tree}, please", *texts])
        right += COLOURS[int(np.argmax(vectors[1:] @ vectors[0]))] == colour
    return right


@pytest.mark.model
def test_what_is_taught_is_found_in_other_words(tmp_path):
    losses = []
    train_embedder(
        DEFAULT_MODEL, TAUGHT, tmp_path / "one", epochs=8, batch=8, rate=2e-4, progress=lambda *own: losses.append(own)
    )
    assert losses[-1][:2] == (16, 16)
    assert losses[-1][2] < losses[0][2] / 4
    taught = load_embedder(tmp_path / "one", runtime="torch")
    assert found_first(load_embedder(runtime="torch")) <= 3
    assert found_first(taught) >= 7
    assert taught.name.startswith("one@")


@pytest.mark.model
def test_training_again_gives_the_same_and_another_seed_something_else(tmp_path):
    losses = {}
    for name, seed in (("one", 1), ("two", 1), ("three", 2)):
        told = losses.setdefault(name, [])
        train_embedder(
            DEFAULT_MODEL,
            TAUGHT[:4],
            tmp_path / name,
            batch=2,
            seed=seed,
            progress=lambda *own, told=told: told.append(own),
        )
    assert losses["one"] == losses["two"] != losses["three"]


def test_examples_are_of_records_that_name_their_evidence(tmp_path):
    profile = {"address": {"home": "9 Elm Street"}, "preferences": ["I like tea.", "My tea comes late."]}
    record = {
        "query": "User: tea, please",
        "user_profile": profile,
        "platforms": ["A"],
        "tools": [{"platform": "A", "name": "order", "description": "Order", "parameters": {}}],
        "answer": ["A", [{"order": {}}]],
        "query_params": [],
        "profile_params": [],
    }
    named = {"evidence": ["preferences[0]", "preferences[1]", "lost[3]"]}
    rows = [record | named, record, record | {"evidence": []}, record | {"evidence": ["lost[3]"]}]
    (tmp_path / "data.json").write_text(json.dumps(rows))
    (example,) = record_examples(load_dataset(tmp_path / "data.json").records)
    assert example.query == "tea, please"
    assert example.matter == ("preferences: I like tea.", "My tea comes late.")
    assert len(example.others) == 1
    assert "9 Elm Street" in example.others[0]


def test_an_example_has_what_matters_and_what_does_not():
    facts = {"a": "I like tea.", "b": "My tea comes late.", "c": ""}
    given = [
        EvidenceRecord(id=str(place), query="tea", facts=facts, gold=frozenset(gold))
        for place, gold in enumerate(("a", "", "ab", "c"))
    ]
    assert evidence_examples(given) == [Example("tea", ("I like tea.",), ("My tea comes late.",))]


def test_a_folder_that_is_there_and_nothing_to_learn_from_are_errors_before_any_training(tmp_path):
    with pytest.raises(DatasetError, match="is there already"):
        train_embedder(DEFAULT_MODEL, TAUGHT, tmp_path)
    with pytest.raises(DatasetError, match="none does"):
        train_embedder(DEFAULT_MODEL, [], tmp_path / "out")


@pytest.mark.model
def test_the_command_trains_and_retrieval_measures_both(tmp_path):
    records = [
        {"id": str(place), "query": one.query, "facts": {"a": one.matter[0], "b": one.others[0]}, "gold": ["a"]}
        for place, one in enumerate(TAUGHT)
    ]
    (tmp_path / "set.json").write_text(json.dumps(records))
    asked = ["train-embedder", "--evidence", str(tmp_path / "set.json"), "--out", str(tmp_path / "own"), "--limit", "8"]
    trained = CliRunner().invoke(main, asked)
    assert trained.exit_code == 0, trained.output
    assert "8 examples\n1 of 1 steps, loss" in trained.stderr.replace("8 of", "1 of")
    assert (tmp_path / "own" / "model.safetensors").is_file()
    assert not list(tmp_path.glob(".own*"))
    asked = ["retrieval", "--data", str(tmp_path / "set.json"), "--model", DEFAULT_MODEL, str(tmp_path / "own")]
    measured = CliRunner().invoke(main, [*asked, "--runtime", "torch", "--limit", "2"])
    assert measured.exit_code == 0, measured.output
    assert "embedder own@" in measured.output
    refused = CliRunner().invoke(main, ["train-embedder", "--out", str(tmp_path / "more")])
    assert refused.exit_code == 2
    assert "--data or --evidence" in refused.output
