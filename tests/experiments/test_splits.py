"""A dataset with both splits, in PTBench's layout: what is said of each, and of its few users."""

from __future__ import annotations

import csv
import io
import json

import pytest
from click.testing import CliRunner

from baselines import Prediction
from experiments import gold_prediction, load_dataset, run_system
from experiments.cli import main
from experiments.compare_datasets import compare_datasets, together
from experiments.ptool import Settings
from experiments.ptool.writing import write_synthesis
from experiments.records import both_splits
from experiments.results import read_results, run_results, write_results
from experiments.statistics import paired_difference

TRAINED, UNTRAINED = "test_trained_user", "test_untrained_user"
SIZES = Settings(trained_users=20, untrained_users=6, trained_tests=60, untrained_tests=48, training=20)


class Knowing:
    """Right on some records; on others its answer is none."""

    def __init__(self, name, dataset, right):
        self.name = name
        self._right = {record.id: gold_prediction(record) for record in dataset.records if right(record)}

    def predict(self, case):
        return self._right.get(case.id) or Prediction(case_id=case.id, text="no call")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder of runs on synthetic data: one system is right on trained users alone, one on six of seven records."""
    folder = tmp_path_factory.mktemp("splits")
    write_synthesis(SIZES, folder / "bench", pairs=0)
    data = load_dataset(folder / "bench")
    places = {record.id: place for place, record in enumerate(data.records)}
    systems = (
        Knowing("silent", data, lambda _: False),
        Knowing("trained", data, lambda record: record.split == TRAINED),
        Knowing("most", data, lambda record: places[record.id] % 7 != 0),
    )
    runs = [run_system(system, data, folder / "runs" / "bench" / system.name) for system in systems]
    return folder, data, [run_results(run) for run in runs]


def test_each_split_has_a_table_of_its_own_with_its_own_users(made):
    _, data, results = made
    tables = compare_datasets(results, reference="silent")
    assert [(table.title, table.split) for table in tables] == [
        ("bench", None),
        (f"bench: {TRAINED}", TRAINED),
        (f"bench: {UNTRAINED}", UNTRAINED),
    ]
    assert [table.rows[0].records for table in tables] == [108, 60, 48]
    assert [table.conclusion and table.conclusion.users for table in tables] == [None, 20, 6]
    assert [[row.strict for row in table.rows] for table in tables[1:]] == [[0.0, 1.0, 51 / 60], [0.0, 0.0, 41 / 48]]
    own = [record for record in results[2].records if record.split == UNTRAINED]
    assert tables[2].rows[2].difference == paired_difference(
        [record.strict for record in own], [0.0] * 48, [record.user for record in own], bounds=(-1.0, 1.0)
    )
    assert {record.split for record in data.records} == {TRAINED, UNTRAINED}


def test_few_users_of_a_split_are_shown_one_by_one(made):
    _, _, results = made
    whole, trained, untrained = (table.conclusion for table in compare_datasets(results, reference="silent"))
    assert whole is None  # of so many users the interval says enough
    assert trained.rows == ()
    assert [row.number for row in untrained.rows] == [1, 2, 3, 4, 5, 6]
    assert sum(row.records for row in untrained.rows) == 48
    for row in untrained.rows:
        assert (row.strict["silent"], row.strict["trained"]) == (0.0, 0.0)
    assert sum(row.records * row.strict["most"] for row in untrained.rows) == pytest.approx(41)
    sizes = [row.records for row in untrained.rows]
    assert untrained.effective == pytest.approx(sum(sizes) ** 2 / sum(size**2 for size in sizes))
    assert "6 users" in untrained.told
    assert "Of trained it cannot be concluded" in untrained.told
    assert "trained" not in trained.told


def test_unequal_users_count_as_fewer(made):
    _, _, results = made
    heavy = [
        own.model_copy(
            update={
                "records": tuple(
                    record.model_copy(update={"user": "one" if place < 40 else f"other {place}"})
                    for place, record in enumerate(record for record in own.records if record.split == UNTRAINED)
                )
            }
        )
        for own in results
    ]
    (table,) = compare_datasets(heavy, reference="silent")
    assert table.conclusion.users == 9
    assert table.conclusion.effective == pytest.approx(48**2 / (40**2 + 8))
    assert "9 users (as many as 1.4 with equally many records)" in table.conclusion.told
    assert table.rows[2].difference.effective == table.conclusion.effective


def test_splits_stand_only_where_records_of_both_are_there(made):
    _, _, results = made
    alone = [
        own.model_copy(update={"records": tuple(record for record in own.records if record.split == TRAINED)})
        for own in results
    ]
    assert [table.split for table in compare_datasets(alone)] == [None]
    assert [table.split for table in compare_datasets([results[0], alone[1]], common=True)] == [None]
    assert both_splits([UNTRAINED, None, TRAINED]) == (TRAINED, UNTRAINED)
    assert both_splits([None]) == ()


def test_all_datasets_together_are_not_cut_by_splits(made):
    _, _, results = made
    other = [own.model_copy(update={"dataset": "other", "sha256": "0"}) for own in results]
    titles = [table.title for table in compare_datasets([*results, *other])]
    assert titles == [
        f"{name}{split}" for name in ("bench", "other") for split in ("", f": {TRAINED}", f": {UNTRAINED}")
    ] + ["2 datasets together"]
    assert [len(own.records) for own in together([results, other])] == [216] * 3
    assert len(compare_datasets([*results, *other], only_together=True)) == 1
    assert len(compare_datasets(results, only_together=True)) == 1


def test_results_keep_the_split(made, tmp_path):
    _, _, results = made
    write_results(tmp_path / "r.jsonl", results)
    assert read_results(tmp_path / "r.jsonl") == results


def asked(*words):
    result = CliRunner().invoke(main, [str(word) for word in words], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.fixture
def compared(made):
    folder = made[0]
    runs = [folder / "runs" / "bench" / name for name in ("silent", "trained", "most")]
    return ("compare", "--data", folder / "bench", "--run", *runs, "--reference", "silent")


def test_compare_tells_of_each_split(compared):
    told = json.loads(asked(*compared, "--json"))
    assert list(told) == ["bench", f"bench: {TRAINED}", f"bench: {UNTRAINED}"]
    assert told[f"bench: {UNTRAINED}"][1]["difference"]["clusters"] == 6
    assert 1.0 <= told[f"bench: {UNTRAINED}"][1]["difference"]["effective"] <= 6.0
    for text in (asked(*compared), asked(*compared, "--markdown")):
        assert f"bench: {UNTRAINED}, 48 records" in text
        assert "20 users" in text
    lines = asked(*compared, "--markdown").splitlines()
    start = lines.index("| user | n | silent, strict | trained, strict | most, strict |")
    assert [line.split(" | ")[0] for line in lines[start + 2 : start + 8]] == [f"| {number}" for number in range(1, 7)]
    assert lines[start + 8] == ""
    assert lines[start + 9].startswith("6 users")
    assert lines.count(lines[start]) == 1  # of the others there are more than twelve


def test_reports_tell_of_each_split(made):
    folder = made[0]
    report = ("report", folder / "runs", "--data", folder / "bench", "--reference", "silent", "--out")
    for name in ("r.html", "r.md", "r.csv", "r.tex"):
        asked(*report, folder / name)
    page, markdown, rows, latex = ((folder / name).read_text() for name in ("r.html", "r.md", "r.csv", "r.tex"))
    assert page.count("<h2>bench: test_") == 2
    assert page.count("Strict score by user") == 1
    assert page.count("Cases of bench") == 1
    section = page[page.index(f"<h2>bench: {UNTRAINED}") :].partition("<section")[0]
    assert "48 records." in section
    assert "Strict score, difference to silent, with 95 % intervals" in section
    assert "Of trained it cannot be concluded" in section
    assert markdown.count("| user | n |") == 1
    assert f"**bench: {UNTRAINED}, 48 records**" in markdown
    read = {(row["dataset"], row["system"]): row for row in csv.DictReader(io.StringIO(rows))}
    assert len(read) == 9
    assert read[f"bench: {UNTRAINED}", "most"]["clusters"] == "6"
    assert latex.count(r"\begin{tabular}") == 3


def test_an_ablation_tells_of_each_split(made, monkeypatch):
    folder, data, _ = made
    systems = {"first": lambda _: False, "random": lambda record: record.split == UNTRAINED}
    monkeypatch.setattr("experiments.ablation.create", lambda name, **_: Knowing(name, data, systems[name]))
    text = 'data = ["bench"]\nout = "out"\nmetrics = ["strict"]\n[grid]\nsystem = ["first", "random"]\n'
    (folder / "ablation.toml").write_text(text)
    told = json.loads(asked("ablate", folder / "ablation.toml", "--json"))
    assert [own["dataset"] for own in told] == ["bench", f"bench: {TRAINED}", f"bench: {UNTRAINED}"]
    gaps = [own["variants"]["system=random"]["strict"]["difference"] for own in told]
    assert [gap["mean"] for gap in gaps] == [pytest.approx(48 / 108), 0.0, 1.0]
    assert [gap["clusters"] for gap in gaps] == [26, 20, 6]
