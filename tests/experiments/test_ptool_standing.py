"""Systems beside the best possible decision, and beside chance."""

import json
from dataclasses import replace

import pytest
from click.testing import CliRunner

from baselines import Prediction
from baselines.case import Call
from experiments import load_dataset, run_system
from experiments.cli import main
from experiments.errors import SynthesisError
from experiments.ptool import Settings
from experiments.ptool.identify import identify
from experiments.ptool.standing import standings
from experiments.ptool.writing import write_synthesis
from experiments.run import read_run

SETTINGS = Settings(
    scenarios=2, trained_users=12, untrained_users=2, trained_tests=72, untrained_tests=18, training=0, log=(8, 12)
)
SPLITS = ("test_trained_user", "test_untrained_user")


class Answers:
    """Answers what a table says."""

    def __init__(self, name, platforms):
        self.name, self.platforms = name, platforms

    def predict(self, case):
        platform = self.platforms[case.id]
        if platform is None:
            return Prediction(case_id=case.id, abstained="unsure")
        tool = next(own for own in case.tools if own["platform"] == platform)
        return Prediction(case_id=case.id, platform=platform, calls=(Call(function=tool["name"]),))


@pytest.fixture(scope="module", params=["none", "random", "permuted"])
def made(request, tmp_path_factory):
    settings = replace(SETTINGS, control=request.param)
    folder = tmp_path_factory.mktemp("ptool") / "made"
    write_synthesis(settings, folder)
    return settings, folder, [load_dataset(folder / split / "data.json") for split in SPLITS]


@pytest.fixture(scope="module")
def runs(made, tmp_path_factory):
    """Of one system that is always right, one that names the first platform, and one that never answers."""
    _, _, datasets = made
    out = tmp_path_factory.mktemp("runs")
    for dataset in datasets:
        gold = {record.id: record.answer.platform or None for record in dataset.records}
        first = {record.id: record.case.platforms[0]["name"] for record in dataset.records}
        for system in (Answers("knows", gold), Answers("first", first), Answers("silent", dict.fromkeys(gold))):
            run_system(system, dataset, out / dataset.name / system.name)
    return out


@pytest.fixture(scope="module")
def rows(made, runs):
    return standings(made[0], read(made, runs))


def read(made, runs):
    return [
        read_run(runs / dataset.name / name, dataset) for name in ("knows", "first", "silent") for dataset in made[2]
    ]


def test_systems_stand_beside_the_best_decision_on_the_same_requests(made, rows):
    settings, folder, _ = made
    knows, first, silent = rows
    slices = json.loads((folder / "slices.json").read_text())
    liked = [name for name, own in slices.items() if own["preferred"]]
    assert {row.records for row in (knows, first, silent)} == {len(liked)}
    assert (knows.right, silent.right) == (1.0, 0.0)
    assert 0.0 < first.right < 0.7
    if settings.control == "none":
        assert knows.best == pytest.approx(identify(settings).released.best)
    for row in (knows, first, silent):
        assert row.best == knows.best
        assert row.less.mean == pytest.approx(row.right - row.best)
        assert row.less.clusters == 14
    assert knows.less.low > 0.0 > silent.less.high


def test_in_the_random_control_alone_chance_is_tested_exactly(made, rows):
    if made[0].control != "random":
        assert [row.p for row in rows] == [None, None, None]
        return
    assert rows[0].best == pytest.approx(1 / 3)
    assert rows[0].p < 1e-6
    assert rows[1].p > 0.05
    assert rows[2].p < 1e-6  # who never answers is below chance, and so does not guess


def test_runs_that_say_nothing_or_twice_the_same_are_refused(made, runs):
    settings = replace(SETTINGS, untrained_users=0, untrained_tests=0, trained_users=2, trained_tests=6)
    (one, *_others) = read(made, runs)
    with pytest.raises(SynthesisError, match="two runs"):
        standings(settings, [one, one])
    with pytest.raises(SynthesisError, match="no record"):
        standings(settings, [])


def test_the_command_prints_a_row_for_each_system(made, runs, rows):
    settings, folder, _ = made
    shown = CliRunner().invoke(main, ["identify", str(folder), "--runs", str(runs)])
    assert shown.exit_code == 0, shown.output
    lines = [line for line in shown.output.splitlines() if line.startswith("| ")]
    assert [row.split(" | ")[0] for row in lines] == ["| system", "| ---", "| first", "| knows", "| silent"]
    assert ("| p |" in lines[0]) == (settings.control == "random")
    if settings.control == "random":
        told = CliRunner().invoke(main, ["identify", str(folder), "--runs", str(runs), "--json"])
        assert {row["system"]: row["p"] for row in json.loads(told.output)} == {row.system: row.p for row in rows}
    refused = CliRunner().invoke(main, ["identify", str(folder), "--runs", str(runs), "--limit", "3"])
    assert (refused.exit_code, "--limit" in refused.output) == (2, True)
