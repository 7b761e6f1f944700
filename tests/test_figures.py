"""The figures of the README, measured again where the public sets are.

What the resolver scores is held out: every learned part trained on the other folds, whole answers scored strictly.
Three folds, where the README has five, since each is minutes of training: what is learned from less is a bit weaker.
Floors are below what was measured when this was written, so that they fail for a real loss and not for a rounding.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from baselines import create, names
from baselines.registry import default_workbench
from experiments import load_dataset, run_system, score_run
from experiments.evidence import read_evidence
from experiments.folds import read_groups, read_rests_on
from experiments.held_out import (
    answer_held_out,
    calibration_figures,
    evidence_figures,
    figures,
    refusal_figures,
    train_folds,
)
from experiments.importers import import_toolspectrum
from experiments.importers.writing import write_imported
from experiments.references import read_tools, with_tools
from experiments.training import Material, Trainer

DATA = Path(os.environ.get("PROFILE_RESOLVER_DATA") or Path(__file__).parents[2] / "shared" / "data")
SHAPE = DATA / "ptbench_shape"
FILES = (
    "petoolbench_ratings",
    "petoolbench_chronological",
    "petoolbench_preferred",
    "toolspectrum",
    "nlsi_calls",
    "tau_retail",
)
# the strongest rivals without training of each set in the README's table
STRONGEST = {
    "petoolbench_ratings": ("gated_last_used", "most_used"),
    "petoolbench_chronological": ("gated_last_used", "last_used", "hybrid"),
    "petoolbench_preferred": ("gated_last_used", "most_used"),
    "toolspectrum": ("most_used", "bm25"),
    "nlsi_calls": ("hybrid", "gated_last_used"),
    "tau_retail": ("bm25", "gated_last_used"),
}
# where the README says that a rival is about as good: by how much it may be better
LEVEL = {"petoolbench_preferred": 0.06}
FLOORS = {
    "petoolbench_ratings": {"tool": 0.71, "arguments": 0.75},
    "petoolbench_chronological": {"tool": 0.65},
    "petoolbench_preferred": {"tool": 0.59},
    "toolspectrum": {"platform": 0.72, "contested": 0.58, "profile_values": 0.60},
    "toolspectrum_all": {"platform": 0.66},
    "nlsi_calls": {"tool": 0.93, "overall": 0.48},
    "tau_retail": {"tool": 0.94, "overall": 0.40},
}

pytestmark = [
    pytest.mark.data,
    pytest.mark.model,
    pytest.mark.skipif(not SHAPE.is_dir(), reason=f"the public sets are not at {SHAPE}; set PROFILE_RESOLVER_DATA"),
]


@pytest.fixture(scope="module")
def workbench():
    return default_workbench()


@pytest.fixture(scope="module")
def datasets():
    tools = read_tools(Path("retail"))
    return {name: with_tools(load_dataset(SHAPE / f"{name}.json.gz"), tools) for name in FILES}


@pytest.fixture(scope="module")
def trainer(datasets, workbench, tmp_path_factory):
    every = tmp_path_factory.mktemp("imported") / "toolspectrum_all.json.gz"
    write_imported(import_toolspectrum(DATA / "raw" / "toolspectrum"), every)
    slices = [SHAPE / "slices" / f"{name}.meta.json.gz" for name in FILES]
    material = Material(
        datasets=(*datasets.values(), load_dataset(every)),
        groups=read_groups(slices),
        rests_on=read_rests_on(slices),
        refusals=DATA / "abstention" / "toolspectrum.json.gz",
        evidence={
            "nlsi": read_evidence(DATA / "evidence" / "nlsi.json.gz", "dialogue_id"),
            "prefeval": read_evidence(DATA / "evidence" / "prefeval.json.gz", "topic"),
        },
        shares={"petoolbench_preferred": 2.0},
    )
    return Trainer(material, workbench.embedder)


@pytest.fixture(scope="module")
def trained(trainer):
    return train_folds(trainer, folds=3)


@pytest.fixture(scope="module")
def answered(trainer, trained):
    return answer_held_out(trainer, trained)


@pytest.fixture(scope="module")
def held_out(answered):
    return {own.dataset.name: figures(own) for own in answered}


@pytest.fixture(scope="module")
def scores(datasets, workbench, tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    return {
        (dataset.name, name): score_run(
            run_system(create(name, workbench=workbench), dataset, folder / dataset.name / name)
        )
        for dataset in datasets.values()
        for name in STRONGEST[dataset.name]
    }


@pytest.mark.parametrize(("name", "measure"), [(name, own) for name, floors in FLOORS.items() for own in floors])
def test_held_out_figures_are_above_their_floors(held_out, name, measure):
    assert held_out[name][measure] >= FLOORS[name][measure]


@pytest.mark.parametrize("name", FILES)
def test_held_out_tool_accuracy_is_above_every_untrained_rival_but_where_the_readme_says_so(held_out, scores, name):
    baselines = {system: scores[name, system].strict.columns["tool"] for system in STRONGEST[name]}
    assert held_out[name]["tool"] > max(baselines.values()) - LEVEL.get(name, 0.0)


@pytest.mark.parametrize("name", FILES)
def test_every_system_answers_every_record(workbench, datasets, name, tmp_path):
    for system in names():
        run = run_system(create(system, workbench=workbench), datasets[name], tmp_path / system, limit=25)
        outcomes = score_run(run).strict.outcomes
        assert sum(outcomes.values()) == 25
        assert outcomes["format_error"] == 0


def test_the_statements_that_matter_are_found(trainer, trained):
    nlsi, prefeval = (evidence_figures(trainer, trained, name) for name in ("nlsi", "prefeval"))
    assert nlsi["exact"] >= 0.45
    assert nlsi["Conflict"] >= 0.40
    assert nlsi["NoneApplicable"] >= 0.70
    assert prefeval["hit@1"] >= 0.33  # .355 when measured, and one record of 383 is .003


def test_what_policy_forbids_is_refused_and_little_else(trainer, trained, answered):
    found = refusal_figures(trainer, trained, answered)
    assert found["refused"] >= 0.60
    assert found["wrongly_refused"] <= 0.05


def test_probabilities_are_those_of_being_right(answered):
    assert calibration_figures(answered)["calibration_error"] <= 0.06


def test_records_without_a_readable_catalog_are_abstained_on_by_all(workbench, tmp_path):
    dataset = load_dataset(SHAPE / "tau_retail.json.gz")
    for system in names():
        score = score_run(run_system(create(system, workbench=workbench), dataset, tmp_path / system, limit=5))
        assert score.strict.outcomes["abstained"] == 5
