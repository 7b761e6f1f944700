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
from experiments.compare_datasets import cascade_runs, compare_datasets
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
        tokens = self._tokens(number) if callable(self._tokens) else self._tokens
        usage = None if tokens is None else Usage(calls=1, prompt_tokens=tokens, seconds=2.0)
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


def test_what_a_failed_record_cost_is_in_the_sum_and_in_no_mean(dataset, tmp_path):
    class Failing(Answering):
        def predict(self, case):
            error = RuntimeError("no answer")
            error.usage = Usage(calls=1, prompt_tokens=900, cost=0.5)
            if case.query == "q0":
                raise error
            made = super().predict(case)
            return made.model_copy(update={"usage": made.usage.model_copy(update={"cost": 0.125})})

    system = Failing("failing", range(8), tokens=100)
    found = run_results(run_system(system, dataset, tmp_path / "failing", on_error="record"))
    (row,) = compare_runs([found])
    assert (row.failed, row.prompt_tokens, row.cost) == (1, 100.0, 0.5 + 7 * 0.125)
    again = run_results(read_run(tmp_path / "failing", dataset))
    assert again == found


def test_a_system_without_a_language_model_has_no_tokens(run):
    (row,) = compare_runs([run("plain", range(8))])
    assert (row.prompt_tokens, row.calls, row.cost) == (None, None, None)
    assert row.seconds is not None


def test_the_share_of_tokens_is_over_records_that_both_answered(run):
    small = dict.fromkeys(range(8), 100) | {7: 9_100}
    base = run("base", range(8), tokens=small.get)
    failing = run("failing", range(8), failing=(7,), tokens=lambda number: small[number] // 10)
    rows = compare_runs([base, failing], reference="base")
    assert [(row.prompt_tokens, row.prompt_share) for row in rows] == [(1225.0, 1.0), (10.0, 0.1)]
    assert [row.prompt_share for row in compare_runs([base, failing], reference="failing")] == [10.0, 1.0]


def test_there_is_no_share_of_tokens_where_no_record_has_both(run):
    base, other = run("base", [], failing=range(4), tokens=5), run("other", [], failing=range(4, 8), tokens=5)
    plain = run("plain", range(8))
    assert [row.prompt_share for row in compare_runs([base, other, plain], reference="base")] == [1.0, None, None]
    assert [row.prompt_share for row in compare_runs([base, plain], reference="plain")] == [None, None]


def test_differences_of_marks_do_not_leave_what_marks_can_differ_by(run):
    base, better = run("base", []), run("better", range(7))  # three users on all records, one on half
    found = compare_runs([base, better], reference="base")[1].difference
    assert (found.mean, found.high) == (7 / 8, 1.0)
    alike = compare_runs([base, run("all", range(8))], reference="base")[1].difference
    assert alike.low < 0 < alike.high == 1.0  # of four users, though all are alike, not enough is known


def test_different_records_are_refused_and_the_common_ones_compared_on_request(run):
    runs = [run("base", range(8)), run("short", range(3), limit=4)]
    with pytest.raises(RunMismatchError, match="base 8, short 4"):
        compare_runs(runs)
    assert [(row.records, row.strict) for row in compare_runs(runs, common=True)] == [(4, 1.0), (4, 0.75)]


def test_the_share_of_answers_that_are_the_resolvers_is_told(run):
    asked = run("asked", {1}, tokens=5)
    assert compare_runs([asked])[0].by_resolver is None
    records = [
        record.model_copy(update={"answered_by": "resolver" if number < 2 else "model"})
        for number, record in enumerate(asked.records)
    ]
    assert compare_runs([asked.model_copy(update={"records": tuple(records)})])[0].by_resolver == 0.25


def test_two_runs_of_one_system_are_refused(run):
    one = run("one", {1})
    with pytest.raises(RunMismatchError, match="more than one run of one"):
        compare_runs([one, run("two", {2}), one])


def test_seconds_of_a_record_are_the_models_where_it_was_asked_and_else_the_systems(run):
    asked = run("asked", {1}, tokens=5)
    records = [
        record if number % 2 else record.model_copy(update={"usage": Usage(), "seconds": 1.0})
        for number, record in enumerate(asked.records)
    ]
    (row,) = compare_runs([asked.model_copy(update={"records": tuple(records)})])
    assert row.seconds == 1.5


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


def test_a_record_that_was_asked_for_in_vain_is_not_a_cheap_one(run):
    alone = run("alone", range(4), confidence=lambda number: number / 10)
    asking = run("asking", range(8), failing=(0, 1), tokens=100)
    none, middle, everything = cascade_curve(alone, asking, [0.0, 0.35, 1.01])
    assert (none["asked"], none["prompt_tokens"]) == (0.0, 0.0)
    assert (middle["asked"], middle["strict"], middle["prompt_tokens"]) == (0.5, 0.25, 50.0)
    assert (everything["asked"], everything["strict"], everything["prompt_tokens"]) == (1.0, 0.75, 100.0)


def test_a_cascade_has_no_tokens_where_none_are_known_of_those_asked(run):
    alone = run("alone", range(4), confidence=lambda number: number / 10)
    points = cascade_curve(alone, run("asking", range(8)), [0.0, 1.01])
    assert [point["prompt_tokens"] for point in points] == [0.0, None]


# Commands -------------------------------------------------------------------------------------------------------------


def test_the_commands_print_tables_and_json(run, tmp_path):
    alone = run("alone", range(4), confidence=lambda number: number / 10, whole=True).directory
    asking = run("asking", range(8), tokens=100, whole=True).directory
    data = str(tmp_path / "d.json")
    (alone.parent / "scores.json").write_text("[]")
    compared = ["compare", "--data", data, "--run", *map(str, sorted(alone.parent.iterdir()))]  # as a shell's * has it
    shown = CliRunner().invoke(main, compared, catch_exceptions=False)
    assert "8 records" in shown.output
    assert "+0.500" in shown.output
    (rows,) = json.loads(CliRunner().invoke(main, [*compared, "--json"]).output).values()
    assert rows[1]["difference"]["mean"] == 0.5
    table = CliRunner().invoke(main, [*compared, "--markdown"]).output.splitlines()
    assert table[0] == "**d, 8 records**"
    assert [line.split(" | ")[1] for line in table[4:6]] == ["0.500", "1.000"]
    whole = CliRunner().invoke(main, [*compared, "--together"], catch_exceptions=False).output
    assert whole == shown.output  # of one dataset, all together is that
    few = CliRunner().invoke(main, [*compared, "--markdown", "--column", "strict", "system"]).output.splitlines()
    assert few[2:5] == ["| strict | system |", "| ---: | --- |", "| 0.500 | alone |"]
    assert "no column none" in CliRunner().invoke(main, [*compared, "--column", "none"]).output
    curve = ["cascade", "--data", data, "--alone", str(alone), "--asking", str(asking)]
    assert len(CliRunner().invoke(main, curve, catch_exceptions=False).output.splitlines()) == 13
    assert len(json.loads(CliRunner().invoke(main, [*curve, "--json"]).output)) == 12


def test_intervals_draw_groups_where_records_of_several_users_hang_together(run, dataset, tmp_path):
    first = [own.id for own in dataset.records][:4]
    (tmp_path / "groups.json").write_text(json.dumps({name: {"group": "one family"} for name in first}))
    folders = [str(run(name, right, whole=True).directory) for name, right in (("one", (0, 3)), ("two", range(8)))]
    compared = ["compare", "--data", str(tmp_path / "d.json"), "--run", *folders, "--json"]

    def clusters(*more):
        (rows,) = json.loads(CliRunner().invoke(main, [*compared, *more], catch_exceptions=False).output).values()
        return rows[1]["difference"]["clusters"]

    assert clusters() == 4
    assert clusters("--groups", str(tmp_path / "groups.json")) == 3  # the family, and the two other users
    (tmp_path / "others.json").write_text('{"elsewhere/1": {"group": "a"}}')
    refused = CliRunner().invoke(main, [*compared, "--groups", str(tmp_path / "others.json")])
    assert (refused.exit_code, "no record of the runs is in a group" in refused.output) == (1, True)


def test_a_user_who_is_named_is_one_whatever_the_profile_and_the_dataset(tmp_path):
    answer = ["p", [{"f": {"x": ["a"]}}]]
    results = []
    for name, hour in (("day", 9), ("night", 21)):
        records = [
            raw(query=f"q{i}", answer=answer, user_profile={"who": i, "hour": hour}, user=f"user {i}") for i in range(4)
        ]
        data = load_dataset(write(tmp_path / f"{name}.json", records))
        systems = (Answering("one", (0, 3)), Answering("two", range(4)))
        results += [run_results(run_system(own, data, tmp_path / name / own.name)) for own in systems]
    tables = compare_datasets(results)
    assert [table.rows[1].difference.clusters for table in tables] == [4, 4, 4]
    assert not any("user 1" in own.model_dump_json() for own in results)  # a digest, no name


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
    assert json.loads(CliRunner().invoke(main, [*asked, "--together"]).output).keys() == {"2 datasets together"}
    chosen = json.loads(CliRunner().invoke(main, [*asked, "--system", "better", "base"]).output)
    assert [row["system"] for row in chosen["d"]] == ["better", "base"]


def on(own, dataset, sha256=None, **changed):
    """Results as those on another dataset."""
    return own.model_copy(update={"dataset": dataset, "sha256": sha256 or dataset, **changed})


@pytest.fixture
def kept(tmp_path):
    """Commands over a results file, to which what is given is added."""

    def asking(results, *words):
        write_results(tmp_path / "kept.jsonl", results)
        return CliRunner().invoke(main, [words[0], "--results", str(tmp_path / "kept.jsonl"), *words[1:]])

    return asking


def test_datasets_without_a_system_on_all_are_compared_one_by_one(run, kept):
    found = kept([run("base", range(8)), on(run("other", range(4)), "e")], "compare", "--json")
    tables = json.loads(found.stdout)
    assert {name: [row["system"] for row in rows] for name, rows in tables.items()} == {"d": ["base"], "e": ["other"]}


def test_datasets_of_one_name_are_told_apart_by_their_digests(run, kept):
    base = run("base", range(8))
    results = [base, on(base, "d", sha256="0123456789abcdef"), on(run("base", []), "e")]
    found = kept(results, "compare", "--json")
    tables = json.loads(found.stdout)
    assert list(tables) == [f"d {base.sha256[:8]}", "d 01234567", "e", "3 datasets together"]
    assert [rows[0]["records"] for rows in tables.values()] == [8, 8, 8, 24]
    shown = kept(results, "compare", "--markdown").stdout
    assert "**d 01234567, 8 records**" in shown
    with pytest.raises(RunMismatchError, match=rf"d {base.sha256[:8]}, d 01234567"):
        compare_runs(results[:2])


def test_a_dataset_without_the_reference_is_compared_without_differences(run, kept):
    results = [run("base", range(2)), run("better", range(6)), on(run("better", range(8)), "e")]
    found = kept(results, "compare", "--reference", "base", "--json")
    assert found.exit_code == 0
    assert found.stderr.splitlines() == [
        "e: no run of the reference 'base', so no differences to it",
        "2 datasets together: no run of the reference 'base', so no differences to it",
    ]
    tables = json.loads(found.stdout)
    assert tables["d"][1]["difference"]["mean"] == 0.5
    assert [(row["difference"], row["p"]) for name in ("e", "2 datasets together") for row in tables[name]] == [
        (None, None)
    ] * 2


@pytest.mark.parametrize("places", [("--alone", "alone", "--asking", "asking"), ()], ids=["files last", "files first"])
def test_a_cascade_takes_several_files(run, tmp_path, places):
    alone, asking = run("alone", range(4), confidence=lambda number: number / 10), run("asking", range(8), tokens=100)
    write_results(tmp_path / "one", [alone])
    write_results(tmp_path / "two", [asking])
    words = [*places, "--results", str(tmp_path / "one"), str(tmp_path / "two"), "--json"]
    words += () if places else ("--alone", "alone", "--asking", "asking")
    found = CliRunner().invoke(main, ["cascade", *words], catch_exceptions=False)
    assert len(json.loads(found.stdout)) == 12


def test_a_cascade_over_datasets_needs_both_systems_on_each(run, kept):
    alone, asking = run("alone", range(4)), run("asking", range(8))
    words = ("cascade", "--alone", "alone", "--asking", "asking")
    found = kept([alone, asking, on(alone, "e")], *words)
    assert (found.exit_code, found.stderr.splitlines()) == (
        1,
        ["Error: e: no results of 'asking'; a cascade needs both on each dataset"],
    )
    assert kept([on(asking, "e"), on(run("third", []), "f")], *words).exit_code == 0


def test_a_cascade_of_a_system_with_itself_is_refused(run, kept):
    found = kept([run("base", range(4))], "cascade", "--alone", "base", "--asking", "base")
    assert (found.exit_code, found.stderr) == (1, "Error: a cascade is of two systems, and 'base' was named for both\n")


def test_a_cascade_of_systems_that_did_not_run_is_refused(run):
    with pytest.raises(RunMismatchError, match="no results of 'a' and 'b'"):
        cascade_runs([run("base", range(4))], alone="a", asking="b")


def test_a_cascade_says_where_no_tokens_are_known(run, kept):
    found = kept([run("alone", []), run("asking", [])], "cascade", "--alone", "alone", "--asking", "asking")
    assert [line.split()[-1] for line in found.stdout.splitlines()[1:]] == ["0", *["-"] * 11]


def test_systems_that_share_no_dataset_have_no_table_together(run):
    first = run("base", range(2))
    other = run("better", range(6)).model_copy(update={"dataset": "e", "sha256": "e"})
    assert [table.title for table in compare_datasets([first, other])] == ["d", "e"]
    with pytest.raises(RunMismatchError, match="no system ran on all"):
        compare_datasets([first, other], only_together=True)


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


def test_of_one_user_all_is_possible_and_json_has_no_infinity(tmp_path):
    answer = ["p", [{"f": {"x": ["a"]}}]]
    same = load_dataset(write(tmp_path / "same.json", [raw(query=f"q{i}", answer=answer) for i in range(2)]))
    answered = [("a", [0]), ("b", [0, 1])]
    runs = [run_results(run_system(Answering(name, right), same, tmp_path / name)) for name, right in answered]
    shown = json.loads(json.dumps(compare_runs(runs, reference="a")[1].to_json(), allow_nan=False))["difference"]
    assert shown == {"mean": 0.5, "low": -1.0, "high": 1.0, "clusters": 1, "effective": 1.0}
