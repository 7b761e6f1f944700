"""`profile-bench run` with a language model: interrupted and resumed, failing and counted, on a sample."""

import json
import shutil
from importlib import resources
from pathlib import Path

import pytest
from bench_samples import raw, write
from chat_server import HANG_UP, KEY, error, good
from click.testing import CliRunner

from baselines.workbench import Workbench
from experiments.cli import main
from indexes import HashingEmbedder

RECORDS = 8
TOOL = {
    "platform": "Shop",
    "name": "order",
    "description": "Order something.",
    "parameters": {"item": {"type": "string", "required": True}, "count": {"type": "integer"}},
}
CALL = {"platform": "Shop", "function": "order", "arguments": {"item": "tea", "count": 2}}
RIGHT = good(json.dumps({"calls": [CALL]}))


@pytest.fixture(autouse=True)
def _offline(monkeypatch, no_openai_settings):  # noqa: ARG001
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.delenv("PTBENCH_HOME", raising=False)
    workbench = Workbench(HashingEmbedder())
    monkeypatch.setattr("baselines.registry.default_workbench", lambda _variant: workbench)


@pytest.fixture
def data(tmp_path):
    queries = [f"order number {number}: two teas" for number in range(RECORDS)]
    return write(tmp_path / "d.json", [raw(query=query, tools=[TOOL], platforms=["Shop"]) for query in queries])


@pytest.fixture
def run(data, tmp_path):
    """Runs systems against a server, in folders of this test; returns click's result."""

    def command(server, *more, systems=("llm_none",), model="m"):
        where = ("--data", data, "--out", tmp_path / "out", "--cache", tmp_path / "cache")
        asking = ("--model", model, "--base-url", getattr(server, "url", server), "--attempts", 1)
        args = ("run", *where, *asking, "--system", *systems, *more)
        return CliRunner().invoke(main, [str(arg) for arg in args])

    return command


def folder(tmp_path, system="llm_none"):
    return tmp_path / "out" / "d" / f"{system}_m"


def lines(tmp_path, system="llm_none"):
    text = (folder(tmp_path, system) / "predictions.jsonl").read_text()
    return [json.loads(line) for line in text.splitlines()]


def queries_of(server):
    return [body["messages"][-1]["content"] for body in server.bodies]


def test_a_run_asks_once_for_each_record_and_scores_the_answers(run, playing, tmp_path):
    server = playing(RIGHT)
    result = run(server, "--json")
    assert result.exit_code == 0, result.output
    (scores,) = json.loads(result.stdout)
    assert (scores["system"], scores["records"], scores["strict"]["columns"]["overall"]) == ("llm_none@m", RECORDS, 1.0)
    assert (server.count, len(set(queries_of(server)))) == (RECORDS, RECORDS)
    assert {line["prediction"]["answered_by"] for line in lines(tmp_path)} == {"model"}


def test_a_run_whose_server_dies_stops_in_one_line_and_keeps_what_was_answered(run, playing, tmp_path):
    result = run(playing(RIGHT, RIGHT, RIGHT, HANG_UP))
    assert (result.exit_code, len(result.stderr.splitlines())) == (1, 1)
    assert "'llm_none@m' failed on record 'd/3': ChatUnavailableError: no connection to" in result.stderr
    assert [line["id"] for line in lines(tmp_path)] == ["d/0", "d/1", "d/2"]


def test_a_resumed_run_asks_only_for_what_was_not_answered(run, playing, tmp_path):
    server = playing(RIGHT, RIGHT, RIGHT, HANG_UP)
    run(server)
    server.play(RIGHT)
    asked = server.count
    assert run(server).exit_code == 0
    assert queries_of(server)[asked:] == [f"order number {number}: two teas" for number in range(3, RECORDS)]
    assert [line["id"] for line in lines(tmp_path)] == [f"d/{number}" for number in range(RECORDS)]


def test_without_the_runs_folder_the_cache_answers(run, playing, tmp_path):
    server = playing(RIGHT, RIGHT, RIGHT, HANG_UP)
    run(server)
    shutil.rmtree(tmp_path / "out")
    server.play(RIGHT)
    asked = server.count
    assert run(server).exit_code == 0
    assert server.count - asked == RECORDS - 3
    assert [line["prediction"]["usage"]["cached"] for line in lines(tmp_path)] == [1] * 3 + [0] * (RECORDS - 3)


def test_without_the_cache_the_runs_folder_answers(run, playing, tmp_path):
    server = playing(RIGHT)
    run(server)
    shutil.rmtree(tmp_path / "cache")
    assert run(server).exit_code == 0
    assert server.count == RECORDS


def test_an_interrupted_run_and_a_whole_one_give_the_same_answers(run, playing, tmp_path):
    server = playing(RIGHT, RIGHT, HANG_UP)
    run(server)
    server.play(RIGHT)
    run(server)
    parts = (folder(tmp_path) / "generation.jsonl").read_bytes()
    shutil.rmtree(tmp_path / "out")
    shutil.rmtree(tmp_path / "cache")
    run(server)
    assert (folder(tmp_path) / "generation.jsonl").read_bytes() == parts


@pytest.fixture
def failing_on_2(playing):
    fails = error(500, f"no: {KEY}", Retry_After=0)
    return playing(lambda body: fails if "number 2" in body["messages"][-1]["content"] else RIGHT)


def test_a_recorded_failure_does_not_stop_the_run_and_has_its_reason(run, failing_on_2, tmp_path):
    assert run(failing_on_2, "--on-error", "record").exit_code == 0
    kept = lines(tmp_path)
    assert [line["id"] for line in kept if "failed" in line] == ["d/2"]
    assert kept[2]["failed"].startswith("ChatUnavailableError: the server answered 500: ")
    assert len(kept) == RECORDS


def test_a_recorded_failure_counts_as_wrong_among_all_records(run, failing_on_2, tmp_path):
    (scores,) = json.loads(run(failing_on_2, "--on-error", "record", "--json").stdout)
    assert (scores["records"], scores["failed"], scores["strict"]["outcomes"]["format_error"]) == (RECORDS, 1, 1)
    assert scores["strict"]["columns"]["overall"] == pytest.approx((RECORDS - 1) / RECORDS)
    assert scores["official"]["columns"]["overall"] == pytest.approx((RECORDS - 1) / RECORDS)
    assert f"| llm_none@m | {RECORDS} |" in (tmp_path / "out" / "d" / "scores.md").read_text()


def test_the_table_names_the_failures(run, failing_on_2):
    assert "llm_none@m failed on 1" in run(failing_on_2, "--on-error", "record").stdout


def test_a_failure_asks_as_often_as_was_said(run, failing_on_2):
    run(failing_on_2, "--on-error", "record", "--attempts", 3)
    assert failing_on_2.count == RECORDS + 2


def test_a_recorded_failure_is_not_asked_for_again(run, failing_on_2):
    for _ in range(2):
        run(failing_on_2, "--on-error", "record")
    assert failing_on_2.count == RECORDS


def test_the_key_is_in_no_file_and_no_output(run, failing_on_2, tmp_path):
    result = run(failing_on_2, "--on-error", "record")
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(written) > RECORDS
    assert [path for path in written if KEY.encode() in path.read_bytes()] == []
    assert KEY not in result.output


def test_a_sample_is_the_same_for_all_systems(run, playing, tmp_path):
    assert run(playing(RIGHT), "--sample", 3, systems=("llm_none", "llm_full", "most_used")).exit_code == 0
    drawn = [[line["id"] for line in lines(tmp_path, system)] for system in ("llm_none", "llm_full")]
    most_used = (tmp_path / "out" / "d" / "most_used" / "predictions.jsonl").read_text().splitlines()
    assert drawn[0] == drawn[1] == [json.loads(line)["id"] for line in most_used]
    assert len(drawn[0]) == 3
    assert drawn[0] != ["d/0", "d/1", "d/2"]


def test_a_larger_sample_goes_on(run, playing, tmp_path):
    server = playing(RIGHT)
    run(server, "--sample", 3)
    first = [line["id"] for line in lines(tmp_path)]
    result = run(server, "--sample", 5, "--json")
    assert server.count == 5
    assert [line["id"] for line in lines(tmp_path)][:3] == first
    assert json.loads(result.stdout)[0]["records"] == 5


def test_after_a_sample_a_whole_run_asks_for_the_rest_only(run, playing, tmp_path):
    server = playing(RIGHT)
    run(server, "--sample", 3)
    assert run(server).exit_code == 0
    assert (server.count, len(lines(tmp_path))) == (RECORDS, RECORDS)


def test_a_seed_is_sent_along_and_in_the_manifest(run, playing, tmp_path):
    server = playing(RIGHT)
    assert run(server, "--model-seed", 3, "--limit", 1).exit_code == 0
    assert server.bodies[0]["seed"] == 3
    assert json.loads((folder(tmp_path) / "manifest.json").read_text())["seed"] == 3


def test_limit_and_sample_together_are_wrong_usage(run, playing):
    result = run(playing(RIGHT), "--sample", 3, "--limit", 2)
    assert result.exit_code == 2
    assert "give one of the two" in result.stderr


def test_llm_stands_for_every_system_with_a_language_model(run, playing, tmp_path):
    from baselines.registry import llm_names  # noqa: PLC0415

    assert run(playing(RIGHT), "--sample", 1, systems=("llm",)).exit_code == 0
    made = {path.name for path in (tmp_path / "out" / "d").iterdir() if path.is_dir()}
    assert made == {f"{name}_m" for name in llm_names()}


def test_another_model_has_a_run_of_its_own(run, playing, tmp_path):
    server = playing(RIGHT)
    for model in ("m", "someone/n"):
        assert run(server, "--sample", 1, model=model).exit_code == 0
    assert {path.parent.name for path in (tmp_path / "out").rglob("predictions.jsonl")} == {
        "llm_none_m",
        "llm_none_someone_n",
    }
    assert [body["model"] for body in server.bodies] == ["m", "someone/n"]


def test_prices_are_counted_in_the_predictions(run, playing, tmp_path):
    assert run(playing(good("{}", prompt_tokens=1000)), "--sample", 1, "--prices", 1, 0).exit_code == 0
    assert lines(tmp_path)[0]["prediction"]["usage"]["cost"] == pytest.approx(0.001)


def test_an_ablation_takes_the_completions_that_a_run_kept(run, playing, data, tmp_path):
    server = playing(RIGHT)
    assert run(server, "--sample", 2, systems=("llm", "resolver")).exit_code == 0
    asked = server.count
    config = Path(str(resources.files("experiments"))) / "ablation_prestep.toml"
    where = ("--data", data, "--out", tmp_path / "ablation", "--cache", tmp_path / "cache", "--sample", 2)
    args = ("ablate", config, *where, "--model", "m", "--base-url", server.url, "--json")
    result = CliRunner().invoke(main, [str(arg) for arg in args])
    assert result.exit_code == 0, result.output
    assert server.count == asked
    (found,) = json.loads(result.stdout)
    assert found["variants"]["system=llm_plain"]["prompt_tokens"] == {
        "value": 10.0,
        "scored": 2,
        "difference": None,
        "p": None,
    }
    difference = found["variants"]["system=llm_none"]["prompt_tokens"]["difference"]
    assert (difference["mean"], difference["low"]) == (0.0, None)  # of one user nothing can be said
    args = [str(arg).replace(server.url, "http://127.0.0.1:9/v1") for arg in args]
    assert "is a run of something else" in " ".join(CliRunner().invoke(main, args).output.split())  # another endpoint
    other = [*args[: args.index("m")], "other", *args[args.index("m") + 1 :], "--attempts", "1"]
    failed = CliRunner().invoke(main, [*other, "--on-error", "record"])  # another model has runs of its own
    assert failed.exit_code == 0, failed.output
    assert json.loads(failed.stdout)[0]["variants"]["system=llm_none"]["failed"]["value"] == 1.0


@pytest.mark.parametrize("systems", [("llm_none",), ("llm",), ("most_used", "llm_full")])
def test_without_a_model_it_is_wrong_usage_and_nothing_is_run(data, tmp_path, systems):
    result = CliRunner().invoke(
        main, ["run", "--data", str(data), "--out", str(tmp_path / "out"), "--system", *systems]
    )
    assert result.exit_code == 2
    assert "name a language model by --model" in result.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "setting",
    [("--timeout", 0), ("--timeout", -1), ("--attempts", 0), ("--max-tokens", 0), ("--sample", 0)],
    ids=str,
)
def test_a_setting_out_of_range_is_wrong_usage(run, playing, setting):
    result = run(playing(RIGHT), *setting)
    assert result.exit_code == 2
    assert setting[0] in result.stderr


@pytest.mark.parametrize("address", ["http://host/v1?key=s3cret", "http://u:s3cret@[x/v1", "s3cret"])
def test_an_address_that_is_none_is_wrong_usage_and_not_shown(run, address):
    result = run(address)
    assert result.exit_code == 2
    assert "base URL" in result.stderr
    assert "s3cret" not in result.output


def test_a_broken_checkout_of_the_benchmark_ends_with_1_in_one_line(run, playing, tmp_path, monkeypatch):
    monkeypatch.setenv("PTBENCH_HOME", str(tmp_path / "nowhere"))
    server = playing(RIGHT)
    result = run(server, systems=("llm_full",))
    assert (result.exit_code, len(result.stderr.splitlines()), server.count) == (1, 1, 0)
    assert "template.py: cannot be read" in result.stderr
