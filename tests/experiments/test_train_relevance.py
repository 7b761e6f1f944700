"""Training the model of which statements matter."""

import gzip
import json

import numpy as np
import pytest

from experiments.errors import DatasetError
from experiments.evidence import EvidenceRecord, read_evidence
from experiments.train_relevance import cross_validate_relevance, train_relevance, write_relevance
from indexes import HashingEmbedder
from resolver.kinds import KindSpace
from resolver.relevance import BIAS
from resolver.relevance_features import FEATURES

THINGS = ("bakery", "theatre", "dentist", "museum")


def records():
    found = []
    for number in range(24):
        asked = THINGS[number % 4] if number % 6 else "lighthouse"
        facts = {
            thing: f"If I ask for a {thing}, then the {thing} of {('Graz', 'Turku')[number % 2]}." for thing in THINGS
        }
        found.append(
            EvidenceRecord(
                id=f"r{number}",
                query=f"Find me a {asked}",
                facts=facts,
                gold=frozenset({asked} & set(THINGS)),
                group=f"g{number}",
                kind="plain" if number % 6 else "none",
            )
        )
    return found


@pytest.fixture(scope="module")
def embedder():
    return HashingEmbedder(64)


@pytest.fixture(scope="module")
def kinds():
    return KindSpace(np.random.default_rng(1).normal(size=(65, 4)).astype(np.float32), model="made")


def test_held_out_records_are_judged_by_what_they_share_with_the_query(embedder, kinds):
    found = cross_validate_relevance({"made": records()}, embedder, lambda _: kinds, folds=3)["made"]
    assert found["exact"] > 0.8
    assert found["hit"] > 0.9
    assert found["silent"] > 0.7
    assert {"exact plain", "exact none"} <= found.keys()


def test_training_twice_gives_the_same_weights_and_they_are_written(embedder, kinds, tmp_path):
    one, other = (train_relevance(records(), embedder, kinds) for _ in range(2))
    assert one.weights == other.weights
    write_relevance(one, tmp_path, {"made_by": "a test"})
    assert json.loads((tmp_path / "relevance.json").read_text())["own"]["features"].keys() == {*FEATURES, BIAS}
    with np.load(tmp_path / "relevance.npz", allow_pickle=False) as arrays:
        assert set(arrays.files) == {*one.terms._fields, "stance_query", "stance_statement", "stance_whitening"}


def test_evidence_is_read_with_its_group(tmp_path):
    value = {"id": "a", "query": "q", "facts": {"f": "text"}, "gold": ["f"], "user": "u", "type": "plain"}
    path = tmp_path / "set.json.gz"
    path.write_bytes(gzip.compress(json.dumps([value]).encode()))
    (record,) = read_evidence(path, "user")
    assert (record.group, record.gold, record.kind) == ("u", frozenset({"f"}), "plain")
    with pytest.raises(DatasetError, match="expected a list"):
        read_evidence(path, "absent")
