"""Fitting: it finds what the data says, within the bounds of what a weight means."""

import gzip
import json

import numpy as np
import pytest

from experiments.dataset import load_dataset
from experiments.errors import DatasetError
from experiments.fit import HELD, LEAST, Example, cross_validate, examples, fit, read_groups, write_weights
from experiments.sample import write
from indexes import HashingEmbedder
from resolver.features import FEATURES
from resolver.weights import read_weights


def made(feature, *, sign=1.0, size=60, groups=30):
    """Records in which one feature decides."""
    generator = np.random.default_rng(7)
    rows = []
    for number in range(size):
        features = generator.normal(size=(5, len(FEATURES))) * 0.1
        features[:, FEATURES.index("mentioned")] = 0.0
        gold = int(generator.integers(5))
        features[gold, FEATURES.index(feature)] += sign * 2.0
        rows.append(
            Example(dataset="made", group=str(number % groups), features=features, gold=gold, platforms=tuple("abcde"))
        )
    return rows


@pytest.mark.parametrize("feature", ["card_dense", "last_used", "statement_relevant"])
def test_the_feature_that_decides_gets_the_weight_and_the_records(feature):
    weights = fit(made(feature))
    others = [value for name, value in weights.items() if name != feature and name not in HELD]
    assert weights[feature] > max(others)
    assert cross_validate(made(feature))["made"]["tool"] > 0.95


def test_a_weight_keeps_its_sign_against_the_data():
    weights = fit(made("liked", sign=-1.0))
    assert weights["liked"] == pytest.approx(LEAST["liked"], abs=1e-3)
    assert fit(made("ever_disliked"))["ever_disliked"] == 0.0
    assert fit(made("card_dense"))["mentioned"] == HELD["mentioned"]


def test_held_out_figures_are_of_records_whose_group_was_not_seen():
    generator = np.random.default_rng(3)
    noise = [
        Example(
            dataset="noise",
            group=str(number),
            features=generator.normal(size=(4, len(FEATURES))),
            gold=int(generator.integers(4)),
            platforms=tuple("abcd"),
        )
        for number in range(200)
    ]
    assert cross_validate(noise)["noise"]["tool"] < 0.45  # chance is 0.25; fitted on itself it would be far above


def test_sample_records_become_examples_of_their_own_catalog(tmp_path):
    dataset = load_dataset(write(tmp_path / "sample.json"))
    rows = examples(dataset, HashingEmbedder(), {})
    assert len(rows) == len(dataset.records)
    for row, record in zip(rows, dataset.records, strict=True):
        assert row.platforms[row.gold] == record.answer.platform
        assert row.features.shape == (len(row.platforms), len(FEATURES))
    assert len({row.group for row in rows}) == 12


def test_written_weights_are_read_back(tmp_path):
    weights = fit(made("card_dense"))
    write_weights(tmp_path / "choice.json", weights, {"about": "a test"})
    assert read_weights(tmp_path / "choice.json", FEATURES) == weights


def test_groups_are_read_from_plain_and_gzipped_files(tmp_path):
    (tmp_path / "a.json").write_text('{"x": {"group": "1"}}', encoding="utf-8")
    (tmp_path / "b.json.gz").write_bytes(gzip.compress(json.dumps({"y": {"group": 2}}).encode()))
    assert read_groups([tmp_path / "a.json", tmp_path / "b.json.gz"]) == {"x": "1", "y": "2"}


@pytest.mark.parametrize("content", ["[]", '{"x": 1}', '{"x": {}}', "{"])
def test_a_file_of_groups_that_does_not_fit_is_named(tmp_path, content):
    file = tmp_path / "groups.json"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(DatasetError, match=r"groups\.json"):
        read_groups([file])
