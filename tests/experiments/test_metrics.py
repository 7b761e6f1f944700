"""Metrics: each against an independent reckoning, what does not apply apart from zero, and a user's own."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from bench_samples import raw, write
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as theirs

from baselines.case import Call, Prediction
from baselines.usage import Usage
from experiments import MetricError, Share, load_dataset, measure, metric, run_system
from experiments.cli import main
from experiments.metric_list import METRICS
from experiments.metrics import Answered, answered_records
from experiments.official import score_official_record
from experiments.records import read_record
from experiments.strict import score_strict_record

CALL = ["p", [{"f": {"x": ["a"], "y": ["b"]}}]]
SETTINGS = {"query_params": ["x"], "profile_params": ["y"]}


def answered(*, answer=CALL, calls=None, platform="p", extra=None, seconds=None, **prediction):
    value = raw(answer=answer, **SETTINGS) | (extra or {})
    record = read_record(value, file="f", index=0, default_id="r", split=None)
    if calls is not None:
        prediction |= {"platform": platform, "calls": tuple(Call(function=f, arguments=a) for f, a in calls)}
    own = Prediction(case_id=record.id, **prediction)
    return Answered(
        record=record,
        prediction=own,
        strict=score_strict_record(record, own),
        official=score_official_record(record, own.text),
        seconds=seconds,
    )


def value(name, *answers):
    return measure(list(answers))[name].value


RIGHT = answered(calls=[("f", {"x": "a", "y": "b"})], text="p:[f(x='a', y='b')]")
HALF = answered(calls=[("f", {"x": "a", "y": "z"})])
WRONG = answered(calls=[("g", {})], platform="q")
SILENT = answered(abstained="unsure")
NO_CALL = answered(answer=["", []])
RIGHTLY_SILENT = answered(answer=["", []], abstained="policy")

# What comes with the library ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("official", 1 / 4),
        ("strict", 1 / 4),
        ("platform", 2 / 4),
        ("function", 2 / 4),
        ("tool", 2 / 4),
        ("exact_call", 1 / 2),
        ("query_params", 2 / 4),
        ("profile_params", 1 / 4),
        ("failed", 0.0),
    ],
)
def test_scores_of_right_half_right_wrong_and_silent_answers(name, expected):
    assert value(name, RIGHT, HALF, WRONG, SILENT) == expected


def test_abstaining_is_right_where_no_call_is():
    both = (RIGHT, SILENT, NO_CALL, RIGHTLY_SILENT)
    assert value("abstention_precision", *both) == 1 / 2
    assert value("abstention_recall", *both) == 1 / 2


IDS = st.lists(st.sampled_from("abcdefghijklmnop"), unique=True, max_size=16)


@given(st.lists(st.tuples(IDS, IDS), min_size=1, max_size=6))
def test_evidence_found_and_cited_against_scikit_learn(rankings):
    own = measure(
        [answered(extra={"evidence": gold}, evidence=tuple(ids), cited=tuple(ids[::-1])) for ids, gold in rankings]
    )
    for part in ("precision", "recall", "exact"):
        assert own[f"cited_{part}"] == own[f"evidence_{part}"]
    known = [(ids, gold) for ids, gold in rankings if gold]
    every = sorted("abcdefghijklmnop")
    marks = [[[name in group for name in every] for group in pair] for pair in rankings]
    given_, gold_ = (np.array([pair[side] for pair in marks]) for side in (0, 1))
    if any(ids for ids, _ in rankings):
        expected = theirs.precision_score(gold_.ravel(), given_.ravel(), zero_division=0.0)
        assert own["evidence_precision"].value == pytest.approx(expected, abs=1e-9)
    else:
        assert own["evidence_precision"].value is None
    assert own["evidence_exact"].value == pytest.approx(theirs.accuracy_score(gold_, given_), abs=1e-9)
    if not known:
        assert own["evidence_recall"].value is own["evidence_hit@1"].value is own["evidence_ndcg@10"].value is None
        return
    recall = [theirs.recall_score(*(np.isin(every, group) for group in (gold, ids))) for ids, gold in known]
    assert own["evidence_recall"].value == pytest.approx(np.mean(recall), abs=1e-9)
    gains = [_ndcg(ids, gold, every) for ids, gold in known]
    assert own["evidence_ndcg@10"].value == pytest.approx(np.mean(gains), abs=1e-9)
    for depth in (1, 5):
        hits = [bool(set(ids[:depth]) & set(gold)) for ids, gold in known]
        assert own[f"evidence_hit@{depth}"].value == pytest.approx(np.mean(hits), abs=1e-9)
        assert own[f"evidence_hit@{depth}"].scored == len(known)


def _ndcg(ids, gold, every):
    """scikit-learn ranks all ids by score: what is not given comes behind, and must not be gold to be equal."""
    names = [*ids, *(name for name in every if name not in ids)]
    names += [f"none{i}" for i in range(10)]  # so that the first ten after those given hold nothing
    scores = [
        len(names) - names.index(name) if name in ids else 0.5 if name.startswith("none") else 0 for name in names
    ]
    return theirs.ndcg_score([[float(name in gold) for name in names]], [scores], k=10, ignore_ties=True)


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=40))
def test_the_squared_gap_against_scikit_learn(pairs):
    own = [
        answered(calls=[("f", {"x": "a", "y": "b" if right else "z"})], answer_confidence=confidence)
        for confidence, right in pairs
    ]
    expected = np.mean([(confidence - right) ** 2 for confidence, right in pairs])
    assert value("brier", *own, SILENT) == pytest.approx(expected, abs=1e-9)
    if len({right for _, right in pairs}) == 2:
        brier = theirs.brier_score_loss([right for _, right in pairs], [confidence for confidence, _ in pairs])
        assert value("brier", *own) == pytest.approx(brier, abs=1e-9)


def test_costs_are_of_the_records_that_have_them():
    own = [
        answered(usage=Usage(prompt_tokens=10, cost=0.5), seconds=1.0),
        answered(usage=Usage(prompt_tokens=20), seconds=3.0),
        answered(),
    ]
    assert [value(name, *own) for name in ("prompt_tokens", "cost", "seconds")] == [15.0, 0.5, 2.0]
    assert value("seconds_p95", *own) == pytest.approx(np.percentile([1.0, 3.0], 95))
    assert value("seconds_p95", own[0]) == 1.0


def test_what_applies_to_no_record_is_none_and_no_zero():
    found = measure([RIGHT])
    unscored = {name for name, own in found.items() if own.value is None}
    assert unscored == {
        *(name for name in found if name.startswith(("evidence", "cited", "abstention"))),
        *("calibration_error", "brier", "risk_coverage_area", "prompt_tokens", "cost", "seconds", "seconds_p95"),
    }
    assert all(found[name].scored == 0 for name in unscored)


def test_of_no_record_everything_is_none():
    assert {own.value for own in measure([]).values()} == {None}


def test_every_metric_says_what_it_is():
    assert all(own.about.endswith(".") for own in METRICS)
    assert len({own.name for own in METRICS}) == len(METRICS)


# A user's own ---------------------------------------------------------------------------------------------------------


@metric
def few_arguments(answered):
    """Share of the calls that have at most one argument."""
    calls = answered.prediction.all_calls
    return Share(sum(len(call.arguments) <= 1 for call in calls), len(calls))


def test_a_metric_of_ones_own_over_a_run(tmp_path):
    class Echo:
        name = "echo"

        def predict(self, case):
            if case.query == "q2":
                raise RuntimeError("no answer")
            return Prediction(case_id=case.id, platform="p", calls=(Call(function="f", arguments={}),))

    dataset = load_dataset(write(tmp_path / "d.json", [raw(query=f"q{i}", answer=CALL) for i in range(3)]))
    run = run_system(Echo(), dataset, tmp_path / "run", on_error="record")
    found = measure(run, [few_arguments])["few_arguments"]
    assert (found.value, found.scored, found.values) == (1.0, 2, (Share(1, 1), Share(1, 1), Share(0, 0)))
    assert measure(run)["failed"].value == pytest.approx(1 / 3)
    assert measure(answered_records(run))["seconds"] == measure(run)["seconds"]


@given(st.lists(st.none() | st.floats(-1e6, 1e6), max_size=20))
def test_a_mean_is_of_what_applies(numbers):
    given_ = iter(numbers)
    own = metric(lambda _: next(given_))
    known = [number for number in numbers if number is not None]
    found = own([RIGHT] * len(numbers))
    assert found.scored == len(known)
    assert found.value == (pytest.approx(math.fsum(known) / len(known)) if known else None)


@pytest.mark.parametrize("given_value", ["a", math.nan, math.inf, [1]])
def test_what_is_no_number_is_refused(given_value):
    with pytest.raises(MetricError, match="finite number"):
        measure([RIGHT], [metric(lambda _: given_value)])


def test_a_failing_metric_names_itself_and_the_record():
    @metric(name="divides")
    def own(_):
        return 1 / 0

    with pytest.raises(MetricError, match=r"'divides' failed on record 'r': ZeroDivisionError"):
        measure([RIGHT], [own])


def test_a_share_is_not_of_a_whole_run():
    with pytest.raises(MetricError, match="share"):
        measure([RIGHT], [metric(over_run=True)(lambda _: Share(1, 2))])


def test_two_metrics_of_one_name_are_refused():
    with pytest.raises(MetricError, match="few_arguments"):
        measure([RIGHT], [few_arguments, few_arguments])


# The command ----------------------------------------------------------------------------------------------------------

OWN = """
from experiments import metric

@metric
def calls(answered):
    "Calls of an answer."
    return len(answered.prediction.all_calls)
"""


@pytest.fixture
def asked(tmp_path, monkeypatch):
    """The command over the run of a system, with a module of a user's own beside it."""

    class Calling:
        name = "calling"

        def predict(self, case):
            return Prediction(case_id=case.id, platform="p", calls=(Call(function="f", arguments={}),))

    data = write(tmp_path / "d.json", [raw(answer=CALL)])
    run = run_system(Calling(), load_dataset(data), tmp_path / "run")
    (tmp_path / "own_metrics.py").write_text(OWN)
    (tmp_path / "no_metrics.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    command = ["measure", "--data", str(data), "--run", str(run.directory)]
    return lambda *more: CliRunner().invoke(main, [*command, *more])


def test_the_command_measures_all_runs_of_a_folder_set_by_set(tmp_path):
    class Calling:
        name = "calling"

        def predict(self, case):
            return Prediction(case_id=case.id, platform="p", calls=(Call(function="f", arguments={}),))

    paths = [write(tmp_path / f"{name}.json", [raw(answer=CALL)]) for name in ("d", "e", "not_run")]
    for path in paths[:2]:
        run_system(Calling(), load_dataset(path), tmp_path / "runs" / path.stem / "calling")
    args = ["measure", "--data", *map(str, paths), "--runs", str(tmp_path / "runs"), "--metric", "tool", "cost"]
    shown = CliRunner().invoke(main, [*args, "--markdown"])
    assert shown.exit_code == 0, shown.output
    table = "| system | tool |\n| --- | ---: |\n| calling | 1.000 (1) |\n"
    assert shown.output == f"**d**\n\n{table}\n**e**\n\n{table}\n"
    assert set(json.loads(CliRunner().invoke(main, [*args, "--json"]).output)) == {"d", "e"}


def test_the_command_sets_systems_against_one_of_them_on_the_records_that_all_have(tmp_path):
    class First:
        def __init__(self, name, right):
            self.name, self.right = name, right

        def predict(self, case):
            platform = "p" if int(case.query) < self.right else "q"
            return Prediction(case_id=case.id, platform=platform, calls=(Call(function="f", arguments={}),))

    path = write(tmp_path / "d.json", [raw(query=str(n), answer=CALL, user_profile={"n": n % 4}) for n in range(12)])
    data = load_dataset(path)
    run_system(First("worse", 3), data, tmp_path / "runs" / "d" / "worse", limit=10)
    run_system(First("better", 9), data, tmp_path / "runs" / "d" / "better")
    args = ["measure", "--data", str(path), "--runs", str(tmp_path / "runs"), "--metric", "platform"]
    (found,) = json.loads(CliRunner().invoke(main, [*args, "--reference", "worse", "--json"]).output)
    own = found["variants"]["better"]["platform"]
    assert found["records"] == 10
    assert (own["value"], own["difference"]["mean"]) == pytest.approx((0.9, 0.6))
    assert own["difference"]["low"] <= 0.6 <= own["difference"]["high"]
    assert own["difference"]["clusters"] == 4
    assert own["p"] == pytest.approx(2 * 0.5**6)
    run_system(First("named@a", 3), data, tmp_path / "runs" / "d" / "named_a")
    meant = CliRunner().invoke(main, [*args, "--reference", "named", "--json"])
    assert next(iter(json.loads(meant.output)[0]["variants"])) == "named@a"
    run_system(First("named@b", 3), data, tmp_path / "runs" / "d" / "named_b")
    for more, problem in (
        (("--reference", "none"), "no run of none on d"),
        (("--reference", "named"), "no run of named on d; there are better, named@a, named@b, worse"),
        (("--together",), "name a --reference"),
        (("--groups", str(path)), "name a --reference"),
    ):
        result = CliRunner().invoke(main, [*args, *more])
        assert result.exit_code == 2
        assert problem in " ".join(result.output.replace("│", " ").split())


def test_the_command_also_takes_the_records_of_all_datasets_together(tmp_path):
    class Fixed:
        def __init__(self, name, platform):
            self.name, self.platform = name, platform

        def predict(self, case):
            return Prediction(case_id=case.id, platform=self.platform, calls=(Call(function="f", arguments={}),))

    paths = [
        write(tmp_path / f"{name}.json", [raw(query=f"{name}{n}", answer=CALL, user_profile={}) for n in range(12)])
        for name in ("d", "e")
    ]
    for path in paths:
        for system in (Fixed("right", "p"), Fixed("wrong", "q")):
            run_system(system, load_dataset(path), tmp_path / "runs" / path.stem / system.name)
    run_system(Fixed("half", "p"), load_dataset(paths[0]), tmp_path / "runs" / "d" / "half")
    args = [
        "measure",
        "--data",
        *map(str, paths),
        "--runs",
        str(tmp_path / "runs"),
        "--reference",
        "wrong",
        "--together",
    ]
    shown = json.loads(CliRunner().invoke(main, [*args, "--metric", "platform", "--json"]).output)
    assert [own["dataset"] for own in shown] == ["d", "e", "2 datasets together"]
    assert [set(own["variants"]) - {"wrong", "right"} for own in shown] == [{"half"}, set(), set()]
    own = shown[2]["variants"]["right"]["platform"]
    assert (shown[2]["records"], own["difference"]["mean"]) == (24, 1.0)
    assert own["difference"]["clusters"] == 24  # nothing is known of anybody: each request is of its own
    nothing = CliRunner().invoke(main, [*args, "--metric", "profile_params", "--markdown"]).output
    assert nothing.count("None of these metrics applies to any of these records.") == 3
    assert "None of these metrics applies" in CliRunner().invoke(main, [*args, "--metric", "profile_params"]).output


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ((), "by --run, or by --runs"),
        (("--runs", "."), "has no run of these datasets"),
        (("--run", ".", "--runs", "."), "by --run, or by --runs"),
    ],
)
def test_the_command_is_told_of_runs_in_one_way(more, problem, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    data = write(tmp_path / "d.json", [raw(answer=CALL)])
    result = CliRunner().invoke(main, ["measure", "--data", str(data), *more])
    assert result.exit_code == 2
    assert problem in " ".join(result.output.replace("│", " ").split())


def test_the_command_prints_metrics_also_a_users_own(asked):
    found = json.loads(asked("--from", "own_metrics", "--metric", "tool", "calls", "--json").output)
    assert found == {"calling": {"tool": {"value": 1.0, "scored": 1}, "calls": {"value": 1.0, "scored": 1}}}
    table = asked().output
    assert "1.000 (1)" in table
    assert "Platform and functions are right." in table


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        (("--metric", "none"), "no metric none"),
        (("--from", "no_metrics"), "has no metric"),
        (("--from", "missing_module"), "cannot be imported"),
    ],
)
def test_metrics_that_are_not_there_are_one_line(asked, more, problem):
    result = asked(*more)
    assert isinstance(result.exception, SystemExit)
    assert problem in " ".join(result.output.replace("│", " ").split())
