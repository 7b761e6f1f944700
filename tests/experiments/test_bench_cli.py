import json
import sys
import types

import pytest
from bench_samples import ANSWER, Echo, raw, write
from click.testing import CliRunner

import baselines
from experiments.cli import main


@pytest.fixture(autouse=True)
def systems(monkeypatch):
    registry = types.ModuleType("baselines.registry")
    registry.names = lambda: ["echo", "failing"]
    registry.llm_names = list
    registry.trained_names = lambda _weights=None: []

    def create(name, *, variant, chat):
        assert chat is None
        ending = variant.label and f"-{variant.label}"
        return Echo(name=name + ending, fails_on=["d/1"] if name == "failing" else ())

    registry.create = create
    monkeypatch.setitem(sys.modules, "baselines.registry", registry)
    monkeypatch.setattr(baselines, "registry", registry, raising=False)


@pytest.fixture
def data(tmp_path):
    return str(write(tmp_path / "d.json", [raw(), raw(), raw()]))


def invoke(*args):
    return CliRunner().invoke(main, [str(arg) for arg in args])


def test_run_prints_a_table_per_dataset_and_writes_the_scores(data, tmp_path):
    other = write(tmp_path / "e.json", [raw()])
    result = invoke("run", "--data", data, "--data", other, "--system", "echo", "--out", tmp_path / "out")
    assert result.exit_code == 0, result.output
    assert result.stderr == ""
    titles = [line.strip() for line in result.stdout.splitlines() if "records" in line and "," in line]
    assert titles[0] == "d, 3 records"
    assert "e, 1 records" in titles
    assert (tmp_path / "out" / "d" / "scores.md").exists()
    assert json.loads((tmp_path / "out" / "e" / "scores.json").read_text())[0]["records"] == 1
    assert (tmp_path / "out" / "d" / "echo" / "predictions.jsonl").exists()


def test_scores_are_of_all_systems_that_answered_the_same_records(data, tmp_path):
    def scores():
        stored = json.loads((tmp_path / "out" / "d" / "scores.json").read_text())
        return [(own["system"], own["records"]) for own in stored]

    (tmp_path / "out" / "d" / "no-run").mkdir(parents=True)
    for name, more, expected in (
        ("echo", (), [("echo", 3)]),
        ("failing", ("--limit", 2), [("failing", 2), ("echo", 2)]),
        ("echo", (), [("echo", 3)]),
        ("failing", (), [("failing", 3), ("echo", 3)]),
    ):
        result = invoke(
            "run", "--data", data, "--system", name, *more, "--on-error", "record", "--out", tmp_path / "out"
        )
        assert result.exit_code == 0, result.output
        assert scores() == expected
        assert f" {'failing' if name == 'echo' else 'echo'} " not in result.stdout


def test_a_report_says_where_runs_were_cut_to_what_all_have(data, tmp_path):
    for name, more in ("failing", ()), ("echo", ("--limit", 2)):
        invoke("run", "--data", data, "--system", name, *more, "--on-error", "record", "--out", tmp_path / "out")
    result = invoke("report", tmp_path / "out", "--data", data, "--out", tmp_path / "r.html")
    assert result.exit_code == 0, result.output
    assert "only the records that all runs have are reported (echo 2, failing 3)" in result.stderr
    assert "2 records, those that all of these runs have (echo 2, failing 3)." in (tmp_path / "r.html").read_text()


def test_json_prints_the_scores_and_nothing_else(data, tmp_path):
    result = invoke("run", "--data", data, "--system", "echo", "--limit", 2, "--out", tmp_path / "out", "--json")
    scores = json.loads(result.stdout)
    assert [(s["dataset"], s["system"], s["records"]) for s in scores] == [("d", "echo", 2)]


def test_what_differs_from_the_default_has_a_run_of_its_own(data, tmp_path):
    args = ("run", "--data", data, "--system", "echo", "--out", tmp_path / "out", "--json")
    differing = (
        (),
        ("--runtime", "static"),
        ("--weights", tmp_path / "held-out"),
        ("--resolver", "require_match=0.5", "retriever=dense"),
        ("--resolver", "fusion=rrf"),
    )
    systems = [json.loads(invoke(*args, *more).stdout)[0]["system"] for more in differing]
    assert systems == [
        "echo",
        "echo-static",
        "echo-held-out",
        "echo-require_match=0.5-retriever=dense",
        "echo-fusion=rrf",
    ]
    assert {path.parent.name for path in (tmp_path / "out").rglob("predictions.jsonl")} == {
        "echo",
        "echo-static",
        "echo-held-out",
        "echo-require_match_0.5-retriever_dense",
        "echo-fusion_rrf",
    }


def test_an_option_takes_several_values_at_once(data, tmp_path):
    other = write(tmp_path / "e.json", [raw()])
    result = invoke(
        "run",
        "--data",
        data,
        other,
        "--on-error",
        "record",
        "--system",
        "echo",
        "failing",
        "--json",
        "--out",
        tmp_path / "o",
    )
    assert result.exit_code == 0, result.output
    assert [(s["dataset"], s["system"], s["failed"]) for s in json.loads(result.stdout)] == [
        ("d", "echo", 0),
        ("d", "failing", 1),
        ("e", "echo", 0),
        ("e", "failing", 0),
    ]


def test_all_stands_for_every_system(data, tmp_path):
    result = invoke(
        "run", f"--data={data}", "--system=all", "--on-error", "record", "--out", tmp_path / "out", "--json"
    )
    assert [s["system"] for s in json.loads(result.stdout)] == ["echo", "failing"]


@pytest.mark.parametrize(
    "args",
    [
        ("run", "--system", "echo"),
        ("run", "--data", "x.json"),
        ("run", "--data", "x.json", "--system", "absent"),
        ("run", "--data", "x.json", "--system", "echo", "--limit", "0"),
        ("run", "--data", "x.json", "--system", "echo", "--resolver", "k"),
        ("run", "--data", "x.json", "--system", "echo", "--resolver", "luck=1"),
        ("run", "--data", "x.json", "--system", "echo", "--resolver", "fusion=sum"),
        ("run", "--data", "x.json", "--system", "echo", "--resolver", "fusion=[]"),
        ("score", "--data", "x.json"),
        ("nonsense",),
    ],
)
def test_wrong_usage_ends_with_2(args):
    assert invoke(*args).exit_code == 2


def test_two_datasets_of_one_name_are_wrong_usage(data, tmp_path):
    other = write(tmp_path / "elsewhere" / "d.json", [raw(query="x")])
    result = invoke("run", "--data", data, other, "--system", "echo", "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert "already called 'd'" in result.stderr


@pytest.mark.parametrize(
    ("content", "message"),
    [("[", "truncated"), (json.dumps([raw(["Shop"])]), "record 0, key 'answer'"), (None, "no such")],
)
def test_an_error_of_ours_is_one_line_and_ends_with_1(tmp_path, content, message):
    file = tmp_path / "bad.json"
    if content is not None:
        file.write_text(content)
    result = invoke("run", "--data", file, "--system", "echo", "--out", tmp_path / "out")
    assert result.exit_code == 1
    assert len(result.stderr.splitlines()) == 1
    assert message in result.stderr
    assert "Traceback" not in result.output


def test_a_failing_system_ends_with_1_and_is_resumed_by_the_same_command(data, tmp_path):
    args = ("run", "--data", data, "--system", "failing", "--out", tmp_path / "out")
    result = invoke(*args)
    assert (result.exit_code, len(result.stderr.splitlines())) == (1, 1)
    assert "'failing' failed on record 'd/1'" in result.stderr
    assert invoke(*args, "--on-error", "record").exit_code == 0


def test_a_directory_that_cannot_be_written_ends_with_1(data, tmp_path):
    (tmp_path / "file").write_text("")
    result = invoke("run", "--data", data, "--system", "echo", "--out", tmp_path / "file" / "below")
    assert (result.exit_code, len(result.stderr.splitlines())) == (1, 1)


def test_score_reads_an_official_generation_file(data, tmp_path):
    file = tmp_path / "generation.jsonl"
    line = {"query": "q", "label": ANSWER, "predict": "Shop:[order(item = 'tea', count = 2)]"}
    file.write_text(json.dumps(line) + "\n")
    result = invoke("score", "--data", data, "--predictions", file, "--json")
    assert result.exit_code == 0, result.output
    assert "2 records have no prediction" in result.stderr
    scores = json.loads(result.stdout)[0]
    assert scores["official"]["columns"]["overall"] == pytest.approx(1 / 3)
    assert "generation.jsonl" in invoke("score", "--data", data, "--predictions", file).stdout


def test_more_predictions_than_records_end_with_1(data, tmp_path):
    file = tmp_path / "generation.jsonl"
    file.write_text('{"predict": "a"}\n' * 4)
    result = invoke("score", "--data", data, "--predictions", file)
    assert (result.exit_code, len(result.stderr.splitlines())) == (1, 1)
