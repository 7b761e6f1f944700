"""Training the choice: records become examples, and held-out figures are of groups that were not seen."""

import dataclasses

import pytest

from experiments.dataset import load_dataset
from experiments.sample import write
from experiments.train_choice import BOUNDS, HELD, cross_validate_choice, examples, train_choice, write_choice
from indexes import HashingEmbedder
from resolver.features import FEATURES
from resolver.function_match import FUNCTION
from resolver.weights import read_weights


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    dataset = load_dataset(write(tmp_path_factory.mktemp("sample") / "sample.json"))
    return examples(dataset, HashingEmbedder(), {})


def test_sample_records_become_examples_of_their_own_catalog(rows, tmp_path):
    records = load_dataset(write(tmp_path / "sample.json")).records
    assert [row.platforms[row.gold] for row in rows] == [record.answer.platform for record in records]
    assert len({row.group for row in rows}) == 12


def test_weights_stay_within_what_they_mean(rows):
    weights = train_choice(rows)
    assert set(weights.features) == set(FEATURES)
    assert set(weights.function) == set(FUNCTION)
    for name, value in {**weights.function, **weights.features}.items():
        low, high = BOUNDS[name]
        assert low is None or value >= low - 1e-3, name
        assert high is None or value <= high + 1e-3, name
    assert weights.features["mentioned"] == HELD["mentioned"]


def test_held_out_records_profit_from_what_was_learnt(rows):
    figures = cross_validate_choice(rows)["sample"]
    assert figures["records"] == len(rows)
    assert figures["tool"] > 3 * sum(1 / len(row.platforms) for row in rows) / len(rows)  # chance


def test_the_group_of_a_record_can_be_given(tmp_path):
    dataset = load_dataset(write(tmp_path / "sample.json"))
    first = dataset.records[0]
    few = dataclasses.replace(dataset, records=dataset.records[:2])
    grouped = examples(few, HashingEmbedder(), {first.id: "mine"})
    assert grouped[0].group == "mine" != grouped[1].group


def test_written_weights_are_read_back(rows, tmp_path):
    weights = train_choice(rows)
    write_choice(tmp_path / "choice.json", weights, {"about": "a test"})
    assert read_weights(tmp_path / "choice.json", FEATURES) == weights.features
    assert read_weights(tmp_path / "choice.json", FUNCTION, section="function") == weights.function
