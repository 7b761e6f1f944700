import json
import platform
import re
from functools import partial
from pathlib import Path

import pytest
from bench_samples import Echo, raw, write

from baselines.case import Prediction, System
from baselines.registry import create
from baselines.weights import Weights
from baselines.workbench import Workbench
from experiments import (
    RunBusyError,
    RunDamagedError,
    RunError,
    RunMismatchError,
    SystemFailedError,
    load_dataset,
    run_system,
    score_run,
)
from experiments.run import read_run
from indexes import HashingEmbedder, ProcessExecutor
from resolver.models import Models

ROOT = Path(__file__).parents[2]


@pytest.fixture
def dataset(tmp_path):
    return load_dataset(write(tmp_path / "d.json", [raw(query=f"q{i} \u00e9 \u2028") for i in range(50)]))


def lines(file):
    return [json.loads(line) for line in file.read_bytes().split(b"\n") if line]


def stopped_run(dataset, out, after):
    with pytest.raises(KeyboardInterrupt):
        run_system(Echo(stops_after=after), dataset, out)


def test_a_run_answers_every_record_in_file_order(dataset, tmp_path):
    system = Echo()
    assert isinstance(system, System)
    run = run_system(system, dataset, tmp_path / "run")
    assert [p.case_id for p in run.predictions] == [r.id for r in dataset.records]
    assert [line["id"] for line in lines(tmp_path / "run" / "predictions.jsonl")] == [r.id for r in dataset.records]
    assert set(run.seconds) == {r.id for r in dataset.records}
    assert run.predictions[0].confidence == 0.5


def test_a_system_is_handed_the_case_and_nothing_of_the_gold(dataset, tmp_path):
    system = Echo()
    run_system(system, dataset, tmp_path / "run")
    assert system.asked == [record.case for record in dataset.records]


@pytest.mark.parametrize("after", [0, 1, 31, 32, 49])
def test_a_resumed_run_asks_only_what_is_open_and_leaves_the_same_bytes(dataset, tmp_path, after):
    whole = run_system(Echo(), dataset, tmp_path / "whole")
    stopped_run(dataset, tmp_path / "parts", after)
    assert len(lines(tmp_path / "parts" / "predictions.jsonl")) == after
    system = Echo()
    resumed = run_system(system, dataset, tmp_path / "parts")
    assert len(system.asked) == 50 - after
    assert resumed.predictions == whole.predictions
    for name in ("predictions.jsonl", "generation.jsonl"):
        assert (tmp_path / "parts" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def test_a_finished_run_asks_nothing_and_gives_the_same_values(dataset, tmp_path):
    first = run_system(Echo(), dataset, tmp_path / "run")
    system = Echo()
    again = run_system(system, dataset, tmp_path / "run")
    assert system.asked == []
    assert again.predictions == first.predictions
    assert score_run(again).to_json()["official"] == score_run(first).to_json()["official"]


@pytest.mark.parametrize("tail", [b'{"id":"d/3","predic', b"garbage\n", b"\x00\x00\x00\n", b"\xff"])
def test_a_half_written_last_line_is_dropped_and_redone(dataset, tmp_path, tail):
    whole = run_system(Echo(), dataset, tmp_path / "whole")
    stopped_run(dataset, tmp_path / "run", 3)
    for name in ("predictions.jsonl", "timings.jsonl"):
        with (tmp_path / "run" / name).open("ab") as file:
            file.write(tail)
    resumed = run_system(Echo(), dataset, tmp_path / "run")
    assert resumed.predictions == whole.predictions
    same = (tmp_path / "run" / "predictions.jsonl").read_bytes()
    assert same == (tmp_path / "whole" / "predictions.jsonl").read_bytes()


@pytest.mark.parametrize(
    "line",
    ["garbage", "[1]", '{"id": "other", "prediction": {}}', '{"id": "d/0", "prediction": {}}', '{"id": ["d/1"]}'],
)
def test_any_other_bad_line_is_a_typed_error_that_keeps_the_file(dataset, tmp_path, line):
    stopped_run(dataset, tmp_path / "run", 2)
    file = tmp_path / "run" / "predictions.jsonl"
    kept = file.read_text().splitlines()
    content = "\n".join([kept[0], line, kept[1], ""])
    file.write_text(content)
    with pytest.raises(RunDamagedError, match="line 2"):
        run_system(Echo(), dataset, tmp_path / "run")
    assert file.read_text() == content


def test_a_stored_prediction_of_another_shape_is_a_typed_error(dataset, tmp_path):
    run_system(Echo(), dataset, tmp_path / "run", limit=1)
    (tmp_path / "run" / "predictions.jsonl").write_text('{"id": "d/0", "prediction": {"text": 3}}\n')
    with pytest.raises(RunDamagedError, match="d/0"):
        run_system(Echo(), dataset, tmp_path / "run", limit=1)


def test_the_manifest_says_what_the_run_is_of(dataset, tmp_path):
    run_system(Echo(configuration={"k": 3}), dataset, tmp_path / "run", limit=1)
    manifest = json.loads((tmp_path / "run" / "manifest.json").read_text())
    assert manifest["dataset"] == {"name": "d", "sha256": dataset.sha256, "records": 50}
    assert manifest["system"] == {"name": "echo", "configuration": {"k": 3}}
    assert manifest["versions"]["packages"]["pydantic"]
    assert manifest["versions"]["python"] == platform.python_version()
    assert manifest["seed"] is None
    assert "created" in manifest
    assert manifest["machine"]["processors"] >= 1
    assert manifest["machine"].keys() == {"system", "machine", "processor", "processors", "memory_gib"}
    if platform.system() == "Linux":
        assert manifest["machine"]["memory_gib"] >= 1
    assert re.fullmatch(r"[0-9a-f]{40}\+?", manifest["commit"]) if manifest["commit"] else not (ROOT / ".git").exists()


@pytest.mark.parametrize("place", ["own", "configuration", "model"])
def test_the_manifest_has_the_seed_that_a_system_draws_with(dataset, tmp_path, place):
    configuration = {"configuration": {"seed": 7}, "model": {"model": {"model": "m", "seed": 7}}}.get(place)
    system = Echo(configuration=configuration)
    if place == "own":
        system.seed = 7
    run_system(system, dataset, tmp_path / "run", limit=1)
    assert json.loads((tmp_path / "run" / "manifest.json").read_text())["seed"] == 7


def test_a_run_with_other_weights_is_another_run(tmp_path):
    data = load_dataset(write(tmp_path / "d.json", [raw()]))
    run_system(create("random", workbench=Workbench(HashingEmbedder())), data, tmp_path / "run")
    others = Weights(trained=[Models.load()], digest="others")
    with pytest.raises(RunMismatchError, match=r"configuration\.weights"):
        run_system(create("random", workbench=Workbench(HashingEmbedder(), others)), data, tmp_path / "run")


@pytest.mark.parametrize(
    ("system", "differs"),
    [
        (Echo(configuration={"k": 4}), r"system\.configuration\.k is 3 there and 4 here"),
        (Echo(), r"system\.configuration\.k is 3 there and None here"),
        (Echo(name="other", configuration={"k": 3}), r"system\.name is 'echo' there and 'other' here"),
    ],
)
def test_a_directory_of_another_configuration_is_refused_untouched(dataset, tmp_path, system, differs):
    run_system(Echo(configuration={"k": 3}), dataset, tmp_path / "run", limit=2)
    before = (tmp_path / "run" / "predictions.jsonl").read_bytes()
    with pytest.raises(RunMismatchError, match=differs):
        run_system(system, dataset, tmp_path / "run")
    assert system.asked == []
    assert (tmp_path / "run" / "predictions.jsonl").read_bytes() == before


def test_a_directory_of_another_dataset_is_refused(dataset, tmp_path):
    run_system(Echo(), dataset, tmp_path / "run", limit=1)
    changed = load_dataset(write(tmp_path / "d.json", [raw()] * 50))
    with pytest.raises(RunMismatchError, match=r"dataset\.sha256 is"):
        run_system(Echo(), changed, tmp_path / "run")


def test_predictions_without_a_readable_manifest_are_refused(dataset, tmp_path):
    run_system(Echo(), dataset, tmp_path / "run", limit=1)
    manifest = tmp_path / "run" / "manifest.json"
    manifest.write_text('{"dataset":')
    with pytest.raises(RunDamagedError, match=r"manifest\.json"):
        run_system(Echo(), dataset, tmp_path / "run")
    manifest.unlink()
    with pytest.raises(RunDamagedError, match="no manifest"):
        run_system(Echo(), dataset, tmp_path / "run")


def test_a_configuration_that_json_cannot_hold_is_a_typed_error(dataset, tmp_path):
    with pytest.raises(RunError, match="configuration"):
        run_system(Echo(configuration={"k": object()}), dataset, tmp_path / "run")


def test_a_limit_takes_the_first_records_and_a_later_run_goes_on(dataset, tmp_path):
    assert [r.id for r in run_system(Echo(), dataset, tmp_path / "run", limit=2).records] == ["d/0", "d/1"]
    system = Echo()
    assert len(run_system(system, dataset, tmp_path / "run", limit=5).predictions) == 5
    assert len(system.asked) == 3
    assert len(run_system(Echo(), dataset, tmp_path / "run", limit=1).predictions) == 1
    assert len(lines(tmp_path / "run" / "generation.jsonl")) == 5
    assert len(lines(tmp_path / "run" / "predictions.jsonl")) == 5


def test_a_sample_has_no_generation_file_since_its_lines_would_be_of_other_records(dataset, tmp_path):
    drawn = dataset.in_drawn_order()
    assert [record.id for record in drawn.records] != [record.id for record in dataset.records]
    run_system(Echo(), drawn, tmp_path / "run", limit=49)
    assert not (tmp_path / "run" / "generation.jsonl").exists()
    run_system(Echo(), dataset, tmp_path / "run", limit=50)
    told = [line["query"] for line in lines(tmp_path / "run" / "generation.jsonl")]
    assert told == [record.case.query for record in dataset.records]


def test_code_of_another_commit_that_goes_on_is_added_to_the_manifest(dataset, tmp_path, monkeypatch):
    def manifest():
        return json.loads((tmp_path / "run" / "manifest.json").read_text())

    run_system(Echo(), dataset, tmp_path / "run", limit=2)
    run_system(Echo(), dataset, tmp_path / "run", limit=3)
    first = manifest()
    assert "continued" not in first
    monkeypatch.setattr("experiments._manifest._commit", lambda: "0" * 40)
    run_system(Echo(), dataset, tmp_path / "run", limit=3)  # nothing is asked
    assert manifest() == first
    run_system(Echo(), dataset, tmp_path / "run", limit=4)
    run_system(Echo(), dataset, tmp_path / "run", limit=5)
    (added,) = manifest()["continued"]
    assert (added["commit"], added["answered"]) == ("0" * 40, 3)
    assert {name: own for name, own in manifest().items() if name != "continued"} == first


def test_reading_a_run_leaves_its_files_as_they_are(dataset, tmp_path):
    run_system(Echo(), dataset, tmp_path / "run", limit=2)
    file = tmp_path / "run" / "predictions.jsonl"
    with file.open("a") as opened:
        opened.write('{"id": "d/2", "predic')  # half a line, as a run that goes on elsewhere may be writing
    before = file.read_bytes()
    assert len(read_run(tmp_path / "run", dataset).predictions) == 2
    assert file.read_bytes() == before


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_below_one_is_a_typed_error(dataset, tmp_path, limit):
    with pytest.raises(RunError, match="limit"):
        run_system(Echo(), dataset, tmp_path / "run", limit=limit)


def test_a_failing_system_stops_the_run_with_its_name_and_the_record(dataset, tmp_path):
    with pytest.raises(SystemFailedError, match=r"'echo' failed on record 'd/2': ZeroDivisionError"):
        run_system(Echo(fails_on=["d/2"]), dataset, tmp_path / "run")
    assert [line["id"] for line in lines(tmp_path / "run" / "predictions.jsonl")] == ["d/0", "d/1"]
    assert len(run_system(Echo(), dataset, tmp_path / "run").predictions) == 50


def test_a_recorded_failure_is_kept_as_a_format_error(dataset, tmp_path):
    run = run_system(Echo(fails_on=["d/2"]), dataset, tmp_path / "run", on_error="record", limit=4)
    assert dict(run.failures) == {"d/2": "ZeroDivisionError: cannot do this one"}
    scores = score_run(run)
    assert (scores.failed, scores.strict.outcomes["format_error"], len(scores.official.records)) == (1, 1, 4)
    assert scores.official.records[2].format == 0
    again = run_system(Echo(), dataset, tmp_path / "run", limit=4)
    assert (again.failures, again.predictions) == (run.failures, run.predictions)


@pytest.mark.parametrize(
    "answer",
    [
        None,
        "text",
        Prediction(case_id="other"),
        Prediction(case_id="d/0", calls=({"function": "f", "arguments": {"x": object()}},)),
    ],
)
def test_an_answer_that_is_no_prediction_for_the_case_is_a_failure(dataset, tmp_path, answer):
    class Odd:
        name = "odd"

        def predict(self, _case):
            return answer

    with pytest.raises(SystemFailedError, match="'odd' failed on record 'd/0'"):
        run_system(Odd(), dataset, tmp_path / "run")


def test_progress_counts_what_is_done_resumed_records_included(dataset, tmp_path):
    stopped_run(dataset, tmp_path / "run", 3)
    seen = []
    run_system(Echo(), dataset, tmp_path / "run", limit=5, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(3, 5), (4, 5), (5, 5)]


def test_the_generation_file_has_the_benchmarks_form(dataset, tmp_path):
    run_system(Echo(), dataset, tmp_path / "run", limit=1)
    assert lines(tmp_path / "run" / "generation.jsonl") == [
        {
            "query": dataset.records[0].case.query,
            "label": dataset.records[0].answer.to_json(),
            "predict": f"Shop:[order(item = {dataset.records[0].case.query!r})]",
        }
    ]


def test_two_splits_also_get_a_generation_file_each(tmp_path):
    for split, count in (("test_trained_user", 2), ("test_untrained_user", 1)):
        write(tmp_path / "bench" / split / "data.json", [raw(query=split)] * count)
    run_system(Echo(), load_dataset(tmp_path / "bench"), tmp_path / "run")
    assert len(lines(tmp_path / "run" / "generation.jsonl")) == 3
    assert len(lines(tmp_path / "run" / "test_trained_user" / "generation.jsonl")) == 2
    assert [line["query"] for line in lines(tmp_path / "run" / "test_untrained_user" / "generation.jsonl")] == [
        "test_untrained_user"
    ]


def test_nothing_half_written_is_left_behind(dataset, tmp_path):
    run_system(Echo(), dataset, tmp_path / "run", limit=2)
    assert {file.name for file in (tmp_path / "run").iterdir()} == {
        ".lock",
        "manifest.json",
        "predictions.jsonl",
        "timings.jsonl",
        "generation.jsonl",
    }


def test_two_runs_on_one_directory_do_not_mix(dataset, tmp_path):
    class Second(Echo):
        def predict(self, case):
            with pytest.raises(RunBusyError, match="another process"):
                run_system(Echo(), dataset, tmp_path / "run")
            return super().predict(case)

    run = run_system(Second(), dataset, tmp_path / "run", limit=3)
    assert len(run.predictions) == len(lines(tmp_path / "run" / "predictions.jsonl")) == 3
    assert len(run_system(Echo(), dataset, tmp_path / "run").predictions) == 50


@pytest.fixture(scope="module")
def executor():
    with ProcessExecutor(2) as made:
        yield made


def test_workers_leave_the_same_bytes_also_where_a_run_is_resumed(dataset, tmp_path, executor):
    run_system(Echo(), dataset, tmp_path / "here")
    run_system(Echo(), dataset, tmp_path / "there", limit=20)
    run_system(Echo(), dataset, tmp_path / "there", executor=executor, make=Echo)
    for name in ("predictions.jsonl", "generation.jsonl"):
        assert (tmp_path / "there" / name).read_bytes() == (tmp_path / "here" / name).read_bytes()


def test_a_failure_in_a_worker_is_that_of_the_system(dataset, tmp_path, executor):
    make = partial(Echo, fails_on=[dataset.records[7].id])
    with pytest.raises(SystemFailedError, match="cannot do this one"):
        run_system(Echo(), dataset, tmp_path / "run", executor=executor, make=make)
    assert len(lines(tmp_path / "run" / "predictions.jsonl")) == 7
    with pytest.raises(RunError, match="make"):
        run_system(Echo(), dataset, tmp_path / "run", executor=executor)
