"""Runs side by side, paired differences, and the curve of a cascade."""

from __future__ import annotations

import json

import pytest
from bench_samples import raw, write
from click.testing import CliRunner

from baselines.case import Call, Prediction
from baselines.usage import Usage
from experiments import ResultsError, RunMismatchError, load_dataset, run_system
from experiments.cli import main
from experiments.compare import cascade_curve, compare_runs
from experiments.results import read_results, run_results, write_results
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
    def made(name, right, *, limit=None, whole=False, **more):
        system = Answering(name, right, **more)
        done = run_system(system, dataset, tmp_path / "runs" / name, limit=limit, on_error="record")
        return done if whole else run_results(done)

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
    made = run("base", range(5), limit=6, failing=(3,), whole=True)
    found = read_run(made.directory, dataset)
    assert (found.records, found.predictions, found.failures) == (made.records, made.predictions, made.failures)


def test_a_run_of_other_data_is_refused(run, tmp_path):
    other = load_dataset(write(tmp_path / "other.json", [raw()]))
    with pytest.raises(RunMismatchError):
        read_run(run("base", range(8), whole=True).directory, other)


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
    alone = run("alone", range(4), confidence=lambda number: number / 10, whole=True).directory
    asking = run("asking", range(8), tokens=100, whole=True).directory
    data = str(tmp_path / "d.json")
    compared = ["compare", "--data", data, "--run", str(alone), str(asking)]
    shown = CliRunner().invoke(main, compared, catch_exceptions=False)
    assert "8 records" in shown.output
    assert "+0.500" in shown.output
    (rows,) = json.loads(CliRunner().invoke(main, [*compared, "--json"]).output).values()
    assert rows[1]["difference"]["mean"] == 0.5
    table = CliRunner().invoke(main, [*compared, "--markdown"]).output.splitlines()
    assert table[0] == "**d, 8 records**"
    assert [line.split(" | ")[1] for line in table[4:6]] == ["0.500", "1.000"]
    curve = ["cascade", "--data", data, "--alone", str(alone), "--asking", str(asking)]
    assert len(CliRunner().invoke(main, curve, catch_exceptions=False).output.splitlines()) == 13
    assert len(json.loads(CliRunner().invoke(main, [*curve, "--json"]).output)) == 12


@pytest.mark.usefixtures("dataset")
def test_a_folder_that_is_no_run_is_one_line(tmp_path):
    result = CliRunner().invoke(main, ["compare", "--data", str(tmp_path / "d.json"), "--run", str(tmp_path)])
    assert result.exit_code == 1
    assert "a run directory" in " ".join(result.output.split())


# Results files --------------------------------------------------------------------------------------------------------


def test_results_come_back_as_they_were_and_hold_no_text(run, tmp_path):
    own = run("base", range(5), failing=(7,), tokens=100, confidence=lambda number: number / 10)
    write_results(tmp_path / "results.jsonl", [own])
    assert read_results(tmp_path / "results.jsonl") == [own]
    text = (tmp_path / "results.jsonl").read_text()
    assert "q3" not in text  # the queries
    assert '"failed":true' in text


def test_a_run_that_went_on_replaces_its_results_and_no_others(run, tmp_path):
    file = tmp_path / "new" / "results.jsonl"
    write_results(file, [run("base", range(8), limit=3), run("other", range(2))])
    write_results(file, [run("base", range(8))])
    assert [(own.system, len(own.records)) for own in read_results(file)] == [("base", 8), ("other", 8)]


@pytest.mark.parametrize("damage", ["{", "[]", '{"system": "a"}', "\xff"])
def test_a_file_that_is_no_results_is_refused_and_kept(run, tmp_path, damage):
    file = tmp_path / "results.jsonl"
    file.write_bytes(damage.encode("latin-1"))
    with pytest.raises(ResultsError, match=r"results\.jsonl"):
        write_results(file, [run("base", range(8))])
    assert file.read_bytes() == damage.encode("latin-1")


def test_several_datasets_are_compared_one_by_one_and_together(run, tmp_path):
    file = tmp_path / "results.jsonl"
    small = [run("base", [], limit=4, tokens=100), run("better", range(3), tokens=10)]
    moved = [own.model_copy(update={"dataset": "e", "sha256": "e"}) for own in (run("base", range(8)), small[1])]
    write_results(file, [*small, *moved, small[0].model_copy(update={"system": "once"})])
    asked = ["compare", "--results", str(file), "--common", "--json", "--reference", "base"]
    tables = json.loads(CliRunner().invoke(main, asked, catch_exceptions=False).output)
    assert {
        name: [(row["system"], row["records"], row["strict"]) for row in rows] for name, rows in tables.items()
    } == {
        "d": [("base", 4, 0.0), ("better", 4, 0.75), ("once", 4, 0.0)],
        "e": [("base", 8, 0.5), ("better", 8, 0.375)],
        "2 datasets together": [("base", 12, 4 / 12), ("better", 12, 6 / 12)],
    }
    assert [row["prompt_share"] for row in tables["d"]] == [1.0, 0.1, 1.0]
    assert tables["2 datasets together"][1]["difference"]["clusters"] == 4  # a user of both files is one user
    chosen = json.loads(CliRunner().invoke(main, [*asked, "--system", "better", "base"]).output)
    assert [row["system"] for row in chosen["d"]] == ["better", "base"]


def test_a_cascade_is_reckoned_from_results(run, tmp_path):
    file = tmp_path / "results.jsonl"
    alone, asking = run("alone", range(4), confidence=lambda number: number / 10), run("asking", range(8), tokens=100)
    write_results(file, [asking, alone])
    curve = ["cascade", "--results", str(file), "--alone", "alone", "--asking", "asking", "--json"]
    shown = json.loads(CliRunner().invoke(main, curve, catch_exceptions=False).output)
    assert shown == cascade_curve(alone, asking, [point["threshold"] for point in shown])


@pytest.mark.parametrize(
    ("asked", "problem"),
    [
        (["compare"], "--results"),
        (["compare", "--run", "."], "--data"),
        (["compare", "--results", "missing.jsonl"], "missing.jsonl"),
        (["compare", "--results", "FILE", "--system", "none"], "no results of none; there are those of base"),
        (["compare", "--results", "FILE", "--reference", "none"], "'none'"),
        (["cascade", "--results", "FILE", "--alone", "base", "--asking", "none"], "no results of none"),
    ],
)
def test_what_cannot_be_compared_is_one_line(run, tmp_path, asked, problem):
    write_results(tmp_path / "results.jsonl", [run("base", range(8))])
    result = CliRunner().invoke(main, [str(tmp_path / "results.jsonl") if word == "FILE" else word for word in asked])
    assert result.exit_code
    assert isinstance(result.exception, SystemExit)
    assert problem in " ".join(result.output.replace("│", " ").split())


def test_json_has_no_infinity(tmp_path):
    answer = ["p", [{"f": {"x": ["a"]}}]]
    same = load_dataset(write(tmp_path / "same.json", [raw(query=f"q{i}", answer=answer) for i in range(2)]))
    answered = [("a", [0]), ("b", [0, 1])]
    runs = [run_results(run_system(Answering(name, right), same, tmp_path / name)) for name, right in answered]
    shown = compare_runs(runs, reference="a")[1].to_json()
    assert json.loads(json.dumps(shown, allow_nan=False))["difference"]["low"] is None
