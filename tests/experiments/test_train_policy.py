"""How the policy check learns, and what it scores on requests that it has not seen."""

from __future__ import annotations

import gzip
import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from experiments.dataset import load_dataset
from experiments.errors import DatasetError
from experiments.folds import read_groups
from experiments.policy_requests import (
    Request,
    callable_requests,
    contrasts,
    invented_requests,
    policy_requests,
    read_refusals,
)
from experiments.train_policy import cross_validate_policy, policy_examples, train_policy, write_policy
from indexes import CachedEmbedder, HashingEmbedder, load_embedder
from resolver.policy import PolicyModel
from resolver.policy_features import FEATURES
from resolver.weights import read_weights

DATA = Path(os.environ.get("PROFILE_RESOLVER_DATA") or Path(__file__).parents[3] / "shared" / "data")
REFUSED = DATA / "abstention" / "toolspectrum.json.gz"
CALLABLE = DATA / "ptbench_shape" / "toolspectrum.json.gz"
GROUPS = DATA / "ptbench_shape" / "slices" / "toolspectrum.meta.json.gz"
RULE = "People younger than 21 may not rent a van."


def request(query, age, *, excluded=False, policy=(RULE,), group="g"):
    platforms = [{"name": "Wheels", "description": "Rents vans and bicycles.", "policy": list(policy)}]
    tools = [{"platform": "Wheels", "name": "rent", "description": "", "parameters": {}}]
    return Request(
        query=query,
        profile={"age": age},
        platforms=platforms,
        tools=tools,
        excluded=excluded,
        kind="refused" if excluded else "callable",
        group=group,
    )


def chance(model, example):
    """The probability that a request is excluded."""
    return 1.0 / (1.0 + np.exp(-model.scores(example.features).max())) if len(example.features) else 0.0


@pytest.fixture(scope="module")
def invented():
    return policy_examples(invented_requests(), HashingEmbedder())


@pytest.fixture(scope="module")
def embedder():
    return CachedEmbedder(load_embedder())


def test_the_same_examples_give_the_same_model(invented):
    first, second = train_policy(invented), train_policy(invented)
    assert first.weights.tolist() == second.weights.tolist()
    assert first.threshold == second.threshold


def test_weights_keep_to_the_signs_of_their_meaning(invented):
    weights = dict(zip(FEATURES, train_policy(invented).weights, strict=True))
    assert min(weights[name] for name in ("whole", "part", "named", "able", "limited")) >= 0.0
    assert max(weights[name] for name in ("permitted", "looks", "restricts", "consents", "reminds")) <= 0.0


def test_the_threshold_keeps_to_the_share_of_wrong_refusals(invented):
    model = train_policy(invented, most_wrong=0.01)
    chances = [chance(model, row) for row in invented if not row.request.excluded]
    assert np.mean(np.array(chances) >= model.threshold) <= 0.01


def test_no_group_is_on_both_sides_of_a_fold():
    rows = policy_examples([request("rent a van", 19, excluded=True), request("rent a van", 40)], HashingEmbedder())
    with pytest.raises(ValueError, match="no request to learn from"):
        cross_validate_policy(rows)


def test_contrasts_spare_those_whom_no_reason_concerns():
    refused = [request("rent a van", 19, excluded=True), request("rent a van", 20, excluded=True)]
    callables = [request("rent a bicycle", 40), request("post a letter", 33, policy=())]
    made = contrasts(refused, callables, HashingEmbedder())
    assert not any(one.excluded for one in made)
    spared = [one for one in made if one.kind == "refused query, spared user"]
    assert {one.profile["age"] for one in spared} == {40, 33}
    harmless = [one for one in made if one.kind == "callable query, refused user"]
    assert {one.query for one in harmless} == {"post a letter"}


def test_at_most_so_many_contrasts_are_made_and_always_the_same():
    refused = [request("rent a van", 19, excluded=True)]
    callables = [request("post a letter", age, policy=()) for age in range(30, 60)]
    made = contrasts(refused, callables, HashingEmbedder(), most=5)
    assert len(made) == len(contrasts(refused, callables[::-1], HashingEmbedder(), most=5))
    assert max(sum(one.kind == kind for one in made) for kind in {one.kind for one in made}) <= 5


def test_a_written_model_is_read_again(tmp_path):
    model = PolicyModel(dict.fromkeys(FEATURES, 0.25), threshold=0.75)
    write_policy(tmp_path / "policy.json", model, {"about": "test"})
    assert read_weights(tmp_path / "policy.json", FEATURES) == dict.fromkeys(FEATURES, 0.25)
    assert json.loads((tmp_path / "policy.json").read_text())["threshold"] == 0.75


@pytest.mark.parametrize(
    "content", [b"", b"{}", gzip.compress(b"3", mtime=0), gzip.compress(b'[{"query": 1}]', mtime=0)]
)
def test_a_file_of_other_things_is_named(tmp_path, content):
    path = tmp_path / "refused.json.gz"
    path.write_bytes(content)
    with pytest.raises(DatasetError, match=r"refused\.json\.gz"):
        read_refusals(path, {})


def test_refused_records_get_the_tools_of_their_platforms(tmp_path):
    path = tmp_path / "refused.json.gz"
    record = {"query": "rent a van", "user_profile": {"age": 19}, "platforms": [{"name": "Wheels"}]}
    path.write_bytes(gzip.compress(json.dumps([record]).encode()))
    (read,) = read_refusals(path, {"Wheels": [{"name": "rent"}], "Other": [{"name": "x"}]})
    assert (read.tools, read.excluded) == ([{"name": "rent"}], True)


@pytest.mark.model
def test_the_shipped_model_tells_the_invented_requests_apart(embedder):
    model = PolicyModel.load()
    hits = {True: [], False: []}
    for row in policy_examples(invented_requests(), embedder):
        hits[row.request.excluded].append(chance(model, row) >= model.threshold)
    assert np.mean(hits[True]) >= 0.9
    assert np.mean(hits[False]) <= 0.08


@pytest.mark.model
def test_held_out_policies_exclude_whom_they_concern_and_nobody_else(embedder):
    found = cross_validate_policy(policy_examples(invented_requests(), embedder))
    assert found["invented on its platform: excluded"]["excluded"] >= 0.8
    assert found["invented on its platform: callable, spared user"]["excluded"] <= 0.02
    assert found["invented on its platform: callable, concerned user"]["excluded"] <= 0.2


needs_data = [
    pytest.mark.data,
    pytest.mark.model,
    pytest.mark.skipif(not REFUSED.is_file(), reason=f"no {REFUSED}; set PROFILE_RESOLVER_DATA"),
]


@pytest.fixture(scope="module")
def public(embedder):
    groups = read_groups([GROUPS])
    return policy_examples(policy_requests(REFUSED, load_dataset(CALLABLE).records, groups, embedder), embedder)


@pytest.fixture(scope="module")
def held_out(public):
    return cross_validate_policy(public)


class TestPublicRequests:
    pytestmark = needs_data

    def test_held_out_requests_are_refused_or_let_through(self, held_out):
        assert held_out["refused"]["excluded"] >= 0.9
        assert held_out["callable"]["excluded"] <= 0.05
        assert held_out["callable, all platforms"]["excluded"] <= 0.05

    def test_held_out_contrasts_are_let_through(self, held_out):
        assert held_out["refused query, spared user"]["excluded"] <= 0.02
        assert held_out["callable query, refused user"]["excluded"] <= 0.02

    def test_policies_that_were_never_seen_are_read_too(self, public):
        """Learnt from the invented policies alone, on refusals of others' making."""
        model = train_policy([row for row in public if row.request.kind.startswith("invented")])
        hits = {True: [], False: []}
        for row in public:
            if row.request.kind in ("refused", "callable"):
                hits[row.request.excluded].append(chance(model, row) >= model.threshold)
        assert np.mean(hits[True]) >= 0.8
        assert np.mean(hits[False]) <= 0.05

    def test_records_of_other_sets_cost_nothing(self, embedder):
        dataset = load_dataset(DATA / "ptbench_shape" / "nlsi_calls.json.gz")
        some = [replace(one, kind="nlsi") for one in callable_requests(dataset.records[:20], {})]
        assert all(len(row.features) == 0 for row in policy_examples(some, embedder))
