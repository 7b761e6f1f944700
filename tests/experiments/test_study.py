"""The study: commands whose output is kept, step by step."""

import json
import re
import shutil
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from experiments.cli import main
from experiments.errors import StudyError
from experiments.study import Step, Study, read_study
from experiments.study_records import StepRecords, code_digest


@pytest.fixture
def said():
    return []


@pytest.fixture
def command(said):
    """A command that prints and remembers what it is given, and fails on request."""

    @click.command()
    @click.argument("words", nargs=-1)
    def echo(words):
        said.append(words)
        if "fail" in words:
            raise click.ClickException("no such luck")
        click.echo(" ".join(words))

    return echo


@pytest.fixture
def study(tmp_path):
    def make(*steps, **more):
        return Study(steps=steps, data=tmp_path / "data", out=tmp_path / "out", **more)

    return make


def step(name, *words, **more):
    return Step(name=name, title=f"what {name} shows", run=list(words), **more)


def test_each_step_is_kept_with_its_command_and_listed(study, command, tmp_path):
    study(step("a", "one", "{data}/x"), step("b", "two", "{out}")).run(command, lambda _: None)
    assert (tmp_path / "out" / "a.txt").read_text() == (
        f"$ profile-bench one {tmp_path}/data/x\n\none {tmp_path}/data/x\n"
    )
    index = (tmp_path / "out" / "index.md").read_text()
    assert "| what a shows | `profile-bench one" in index
    assert "[b.txt](b.txt)" in index


def test_what_is_done_is_not_done_again_unless_its_command_changes(study, command, said):
    steps = [step("a", "one"), step("b", "two")]
    notes = []
    study(*steps).run(command, notes.append)
    study(*steps).run(command, notes.append)
    assert said == [("one",), ("two",)]
    assert notes[-2:] == ["a: done before", "b: done before"]
    study(step("a", "other"), steps[1]).run(command, notes.append)
    assert said[2:] == [("other",)]


def test_a_step_that_fails_keeps_those_before_it_and_is_tried_again(study, command, said, tmp_path):
    steps = [step("a", "one"), step("b", "fail"), step("c", "three")]
    for _ in range(2):
        with pytest.raises(StudyError, match="step 'b': no such luck"):
            study(*steps).run(command, lambda _: None)
    assert said == [("one",), ("fail",), ("fail",)]
    assert {own.name for own in (tmp_path / "out").iterdir()} == {".made", "a.txt", "index.md"}


# What a step was made from --------------------------------------------------------------------------------------------


@pytest.fixture
def copying(said):
    """A command that writes what it reads to each file of ``--out``, unless that is there, as a run goes on."""

    @click.command()
    @click.argument("words", nargs=-1)
    @click.option("--out", type=click.Path(path_type=Path))
    def copy(words, out):
        said.append(words)
        for word in words[1:]:
            if not (out / Path(word).name).exists():
                out.mkdir(parents=True, exist_ok=True)
                shutil.copy(word, out)
        click.echo("copied")

    return copy


@pytest.fixture
def inputs(tmp_path):
    (tmp_path / "data").mkdir()
    for name in ("a.json", "b.json"):
        (tmp_path / "data" / name).write_text("old")
    return tmp_path / "data"


COPIES = step("a", "run", "{data}/*.json", "--out", "{out}/runs")


def again(made, command):
    notes = []
    made.run(command, notes.append)
    return notes


def test_a_step_whose_input_changed_runs_again_from_the_start_and_says_why(study, copying, inputs, tmp_path):
    again(study(COPIES), copying)
    assert again(study(COPIES), copying) == ["a: done before"]
    (inputs / "a.json").write_text("new")
    first, second = again(study(COPIES), copying)
    assert first == f"a: runs again, {inputs}/*.json is not that of before"
    assert re.fullmatch(r"a: \d+ s", second)
    assert (tmp_path / "out" / "runs" / "a.json").read_text() == "new"  # no old answers go on
    assert (tmp_path / "out" / ".before" / "a" / "runs" / "a.json").read_text() == "old"
    (inputs / "c.json").write_text("one more")
    assert "is not that of before" in again(study(COPIES), copying)[0]
    assert again(study(COPIES), copying) == ["a: done before"]


def test_what_other_steps_wrote_to_the_same_folder_stays(study, copying, inputs, tmp_path):
    steps = [step(name, "run", f"{{data}}/{name}.json", "--out", "{out}/runs") for name in "ab"]
    again(study(*steps), copying)
    (inputs / "a.json").write_text("new")
    notes = again(study(*steps), copying)
    assert notes[-1] == "b: done before"
    assert not (tmp_path / "out" / ".before" / "b").exists()
    assert {own.name: own.read_text() for own in (tmp_path / "out" / "runs").iterdir()} == {
        "a.json": "new",
        "b.json": "old",
    }


def test_a_step_that_reads_what_another_wrote_runs_again_after_it(study, copying, inputs):
    steps = [COPIES, step("b", "report", "{out}/runs/a.json", "--out", "{out}/reported")]
    again(study(*steps), copying)
    (inputs / "a.json").write_text("new")
    notes = again(study(*steps), copying)
    assert [note.partition(",")[0] for note in notes if "again" in note] == ["a: runs again", "b: runs again"]


def test_a_step_of_other_code_or_without_its_output_runs_again(study, copying, inputs, tmp_path, monkeypatch):
    again(study(COPIES), copying)
    (tmp_path / "out" / "runs" / "b.json").unlink()
    assert again(study(COPIES), copying)[0] == f"a: runs again, {tmp_path}/out/runs/b.json, which it wrote, is gone"
    assert again(study(COPIES), copying) == ["a: done before"]
    monkeypatch.setattr("experiments.study_records.code_digest", lambda: "another")
    assert again(study(COPIES), copying)[0] == "a: runs again, the code is not that of before"
    for own in inputs.iterdir():
        own.unlink()
    assert again(study(COPIES), copying) == [f"a: done before; {inputs}/*.json, which it read, is gone"]


def test_a_step_that_was_stopped_goes_on_unless_its_input_changed(study, copying, inputs, tmp_path, monkeypatch):
    def stopped(*_):
        raise KeyboardInterrupt

    for text in ("old", "new"):
        (inputs / "a.json").write_text(text)
        with monkeypatch.context() as patch:
            patch.setattr(StepRecords, "finish", stopped)
            with pytest.raises(KeyboardInterrupt):
                again(study(COPIES), copying)
        (tmp_path / "out" / "a.txt").unlink()
        assert (tmp_path / "out" / "runs" / "a.json").read_text() == text
    before = (tmp_path / "out" / "runs" / "b.json").stat().st_mtime_ns
    again(study(COPIES), copying)
    assert (tmp_path / "out" / "runs" / "b.json").stat().st_mtime_ns == before
    (inputs / "a.json").write_text("newest")
    again(study(COPIES), copying)
    assert (tmp_path / "out" / "runs" / "a.json").read_text() == "newest"


@pytest.mark.usefixtures("inputs")
def test_a_file_that_was_put_there_counts_as_done_and_its_inputs_as_unknown(study, copying, said, tmp_path):
    (tmp_path / "out").mkdir()
    head = f"$ profile-bench run {tmp_path}/data/*.json --out {tmp_path}/out/runs\n"
    (tmp_path / "out" / "a.txt").write_text(head)
    unknown = ["a: done before; from which inputs is not known"]
    assert again(study(COPIES), copying) == unknown
    (tmp_path / "out" / "a.txt").unlink()
    again(study(COPIES), copying)
    assert len(said) == 1
    (tmp_path / "out" / "a.txt").write_text(f"{head}measured elsewhere")
    assert again(study(COPIES), copying) == unknown


def test_names_of_systems_are_no_inputs_and_keys_behind_files_are_none(inputs, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "resolver").mkdir()
    (tmp_path / "resolver" / "x.py").write_text("")
    records = StepRecords(tmp_path / "out")
    (tmp_path / "out").mkdir()
    command = ["fit", "--evidence", f"{inputs}/a.json:topic", "--system", "resolver", "--base-url", "http://x/v1"]
    records.begin("a", command)
    made = json.loads((tmp_path / "out" / ".made" / "a.json").read_text())
    assert list(made["inputs"]) == [f"{inputs}/a.json"]


def test_the_code_is_that_of_all_packages():
    assert re.fullmatch(r"[0-9a-f]{64}", code_digest())


# ----------------------------------------------------------------------------------------------------------------------


def test_a_damaged_file_is_made_again(study, command, said, tmp_path):
    study(step("a", "one")).run(command, lambda _: None)
    (tmp_path / "out" / "a.txt").write_bytes(b"\xff\xfe")
    study(step("a", "one")).run(command, lambda _: None)
    assert len(said) == 2


def test_steps_that_lack_something_are_left_out_with_the_reason(study, command, said, tmp_path):
    notes = []
    study(step("a", "one", model=True), step("b", "two", needs="no_such_package")).run(command, notes.append)
    assert said == []
    assert (tmp_path / "out" / "index.md").read_text().count("left out: needs") == 2
    assert notes == [
        "a: left out, needs a language model: name one by --model",
        "b: left out, needs the package no-such-package",
    ]


def test_what_a_step_gave_before_stays_in_the_index_where_it_is_left_out(study, command, tmp_path):
    asking = step("a", "one", model=True)
    study(asking, model=["model", "m"]).run(command, lambda _: None)
    study(asking).run(command, lambda _: None)
    index = (tmp_path / "out" / "index.md").read_text()
    assert "[a.txt](a.txt), of before" in index
    assert "`profile-bench one`" in index


def test_a_model_is_given_to_the_steps_that_ask_one(study, command, said):

    made = study(step("a", "one", "{model}", "end", model=True), step("b", "two"), model=["model", "m"])
    made.run(command, lambda _: None)
    assert said == [("one", "model", "m", "end"), ("two",)]


def test_a_pattern_stands_for_its_files_and_a_package_for_its_folder(study, command, said, tmp_path):
    (tmp_path / "data").mkdir()
    for name in ("b.json", "a.json", "c.txt"):
        (tmp_path / "data" / name).write_text("")
    study(step("a", "{data}/*.json", "{pytest}/x", "{unknown}", needs="pytest")).run(command, lambda _: None)
    first, second, place, unknown = said[0]
    assert (first, second) == (str(tmp_path / "data" / "a.json"), str(tmp_path / "data" / "b.json"))
    assert place.endswith("pytest/x")
    assert unknown == "{unknown}"


def test_a_pattern_without_files_is_an_error_that_names_it(study, command, said):
    with pytest.raises(StudyError, match=r"step 'a': there is no file .*none\*\.json"):
        study(step("a", "{data}/none*.json")).run(command, lambda _: None)
    assert said == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[", "study.toml"),
        ("", "step"),
        ('[[step]]\nname = "a/b"\ntitle = "t"\nrun = ["x"]', "name"),
        ('[[step]]\nname = "a"\ntitle = "t"\nrun = []', "run"),
        ('[[step]]\nname = "a"\ntitle = "t"\nrun = ["x"]\nluck = 1', "luck"),
        ('[[step]]\nname = "a"\ntitle = "t"\nrun = ["x"]\n' * 2, "two steps are called a"),
    ],
)
def test_what_the_file_says_wrong_is_named(text, message, tmp_path):
    (tmp_path / "study.toml").write_text(text)
    with pytest.raises(StudyError, match=message):
        read_study(tmp_path / "study.toml")
    with pytest.raises(StudyError, match="No such file"):
        read_study(tmp_path / "gone.toml")


def test_every_shipped_step_is_a_command_with_options_that_there_are(tmp_path):
    names = [own.name for own in read_study()]
    assert names == sorted(names)
    for own in read_study():
        command = main.commands[own.run[0]]
        known = {name for parameter in command.params for name in parameter.opts}
        used = {word for word in own.run if word.startswith("--")}
        assert used <= known, own.name
    shown = CliRunner().invoke(main, ["study", "--data", str(tmp_path), "--list"])
    assert shown.exit_code == 0
    assert len(shown.output.splitlines()) == len(names)
    assert "{data}" not in shown.output


def test_the_command_runs_a_file_of_steps(tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text('[[step]]\nname = "sample"\ntitle = "The sample"\nrun = ["sample", "{out}/sample.json"]\n')
    args = ["study", str(file), "--data", str(tmp_path), "--out", str(tmp_path / "out")]
    for note in (r"sample: \d+ s\n", "sample: done before\n"):
        result = CliRunner().invoke(main, args)
        assert result.exit_code == 0, result.output
        assert re.fullmatch(note, result.stderr)
    assert json.loads((tmp_path / "out" / "sample.json").read_text())
    assert (tmp_path / "out" / "sample.txt").read_text().startswith("$ profile-bench sample")
