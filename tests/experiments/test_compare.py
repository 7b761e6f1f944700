"""Runs side by side, paired differences, and the curve of a cascade."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from bench_samples import raw, write
from click.testing import CliRunner

from baselines.case import Call, Prediction
from baselines.usage import Usage
from experiments import RunMismatchError, load_dataset, run_system
from experiments.cli import main
from experiments.compare import cascade_curve, compare_runs
from experiments.paired import paired_difference
from experiments.run import read_run


class Answering:
    """Right on the records of some numbers; on others wrong, or it fails."""

    def __init__(self, name, right, *, failing=(), tokens=None, confidence=None):
        self.name, self._right, self._failing = name, set(right), set(failing)
        self._tokens, self._confidence = tokens, confidence

    def predict(self, case):
        number = int(case.query.removeprefix("q"))
        if number in self._failing:
            raise RuntimeError("no answer")
        ending = "a" if number in self._right else "b"
        calls = (Call(function="f", arguments={"x": ending}),)
        usage = None if self._tokens is None else Usage(calls=1, prompt_tokens=self._tokens, seconds=2.0)
        confidence = None if self._confidence is None else self._confidence(number)
        return Prediction(
            case_id=case.id,
            text=f"p:[f(x = {ending!r})]",
            platform="p",
            calls=calls,
            usage=usage,
            answer_confidence=confidence,
        )


@pytest.fixture
def dataset(tmp_path):
    answer = ["p", [{"f": {"x": ["a"]}}]]
    records = [raw(query=f"q{i}", answer=answer, user_profile={"user": i // 2}) for i in range(8)]
    return load_dataset(write(tmp_path / "d.json", records))


@pytest.fixture
def run(dataset, tmp_path):
    def made(name, right, *, limit=None, **more):
        system = Answering(name, right, **more)
        return run_system(system, dataset, tmp_path / "runs" / name, limit=limit, on_error="record")

    return made


# Comparing ------------------------------------------------------------------------------------------------------------


def test_scores_costs_and_the_difference_to_the_reference(run):
    base, better = run("base", range(2), tokens=100), run("better", range(6), tokens=10)
    rows = compare_runs([base, better], reference="base")
    assert [(row.system, row.strict, row.official, row.prompt_tokens, row.seconds) for row in rows] == [
        ("base", 0.25, 0.25, 100.0, 2.0),
        ("better", 0.75, 0.75, 10.0, 2.0),
    ]
    assert rows[0].difference is None
    assert rows[1].difference.mean == 0.5
    assert rows[1].difference.clusters == 4


def test_a_failed_record_counts_as_wrong_and_not_as_cheap(run):
    (row,) = compare_runs([run("failing", range(8), failing=(0, 1), tokens=100)])
    assert (row.failed, row.strict, row.prompt_tokens) == (2, 0.75, 100.0)


def test_a_system_without_a_language_model_has_no_tokens(run):
    (row,) = compare_runs([run("plain", range(8))])
    assert (row.prompt_tokens, row.calls, row.cost) == (None, None, None)
    assert row.seconds is not None


def test_different_records_are_refused_and_the_common_ones_compared_on_request(run):
    runs = [run("base", range(8)), run("short", range(3), limit=4)]
    with pytest.raises(RunMismatchError, match="base 8, short 4"):
        compare_runs(runs)
    assert [(row.records, row.strict) for row in compare_runs(runs, common=True)] == [(4, 1.0), (4, 0.75)]


def test_an_unknown_reference_is_refused(run):
    with pytest.raises(RunMismatchError, match="'other'"):
        compare_runs([run("base", range(8))], reference="other")


def test_what_a_directory_holds_is_the_run(run, dataset):
    made = run("base", range(5), limit=6, failing=(3,))
    found = read_run(made.directory, dataset)
    assert (found.records, found.predictions, found.failures) == (made.records, made.predictions, made.failures)


def test_a_run_of_other_data_is_refused(run, tmp_path):
    other = load_dataset(write(tmp_path / "other.json", [raw()]))
    with pytest.raises(RunMismatchError):
        read_run(run("base", range(8)).directory, other)


# The curve ------------------------------------------------------------------------------------------------------------


def test_a_cascade_asks_below_the_threshold_only(run):
    alone = run("alone", range(4), confidence=lambda number: number / 10)
    asking = run("asking", range(8), tokens=100)
    low, middle, high = cascade_curve(alone, asking, [0.0, 0.45, 1.01])
    assert (low["asked"], low["strict"], low["prompt_tokens"]) == (0.0, 0.5, 0.0)
    assert (middle["asked"], middle["strict"], middle["prompt_tokens"]) == (5 / 8, 5 / 8, 62.5)
    assert (high["asked"], high["strict"], high["prompt_tokens"]) == (1.0, 1.0, 100.0)


# Commands -------------------------------------------------------------------------------------------------------------


def test_the_commands_print_tables_and_json(run, tmp_path):
    alone = run("alone", range(4), confidence=lambda number: number / 10).directory
    asking = run("asking", range(8), tokens=100).directory
    data = str(tmp_path / "d.json")
    compared = ["compare", "--data", data, "--run", str(alone), str(asking)]
    shown = CliRunner().invoke(main, compared, catch_exceptions=False)
    assert "8 records" in shown.output
    assert "+0.500" in shown.output
    rows = json.loads(CliRunner().invoke(main, [*compared, "--json"]).output)
    assert rows[1]["difference"]["mean"] == 0.5
    curve = ["cascade", "--data", data, "--alone", str(alone), "--asking", str(asking)]
    assert len(CliRunner().invoke(main, curve, catch_exceptions=False).output.splitlines()) == 13
    assert len(json.loads(CliRunner().invoke(main, [*curve, "--json"]).output)) == 12


@pytest.mark.usefixtures("dataset")
def test_a_folder_that_is_no_run_is_one_line(tmp_path):
    result = CliRunner().invoke(main, ["compare", "--data", str(tmp_path / "d.json"), "--run", str(tmp_path)])
    assert result.exit_code == 1
    assert "a run directory" in " ".join(result.output.split())


# Intervals ------------------------------------------------------------------------------------------------------------


def test_of_one_cluster_nothing_can_be_said():
    found = paired_difference([1, 1], [0, 1], ["a", "a"])
    assert (found.mean, found.low, found.high) == (0.5, -math.inf, math.inf)


def test_json_has_no_infinity(tmp_path):
    answer = ["p", [{"f": {"x": ["a"]}}]]
    same = load_dataset(write(tmp_path / "same.json", [raw(query=f"q{i}", answer=answer) for i in range(2)]))
    runs = [run_system(Answering(name, right), same, tmp_path / name) for name, right in (("a", [0]), ("b", [0, 1]))]
    shown = compare_runs(runs, reference="a")[1].to_json()
    assert json.loads(json.dumps(shown, allow_nan=False))["difference"]["low"] is None


def test_records_of_a_user_are_drawn_together():
    rng = np.random.default_rng(7)
    user = rng.integers(0, 2, size=20)
    first, clusters = np.repeat(user, 10), np.repeat(np.arange(20), 10)
    apart = paired_difference(first, np.zeros(200), np.arange(200))
    together = paired_difference(first, np.zeros(200), clusters)
    assert together.high - together.low > 2 * (apart.high - apart.low)


def test_the_interval_is_the_same_each_time_and_holds_the_mean():
    first, second = [1, 0, 1, 1, 0, 1], [0, 0, 1, 0, 1, 0]
    found = paired_difference(first, second, range(6))
    assert found == paired_difference(first, second, range(6))
    assert found.low < found.mean < found.high


@pytest.mark.parametrize(("first", "second", "clusters"), [([], [], []), ([1], [1, 0], [1]), ([1], [1], [])])
def test_what_does_not_pair_is_refused(first, second, clusters):
    with pytest.raises(ValueError, match=r"record|one of each"):
        paired_difference(first, second, clusters)
