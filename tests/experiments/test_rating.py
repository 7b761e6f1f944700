"""Ratings of evidence: sheets for people, a model as a judge, and agreement."""

import csv
import json

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from baselines.chat import ChatUnavailableError, ScriptedModel
from baselines.registry import create
from baselines.workbench import Workbench
from experiments import load_dataset, run_system
from experiments.cli import main
from experiments.errors import RatingsError
from experiments.metrics import answered_records
from experiments.rating import (
    QUESTIONS,
    SheetItem,
    agreement,
    judge,
    read_ratings,
    same_answers,
    sheet_items,
    sheet_page,
    write_ratings,
)
from experiments.sample import write
from indexes import HashingEmbedder

ITEMS = [
    SheetItem("a/1", "order my usual", "'Larder':[order(dish = 'soup')]", ("dish: soup", "ordered soup <b>twice</b>")),
    SheetItem("=a/2", 'book, "please"', "'Inn':[book()]", ("=SUM(A1)",)),
]
MARKS = {"a/1": {"relevant": 2, "supports": 1}, "=a/2": {"relevant": 0, "supports": 0}}


def marks(values, question="relevant"):
    return {str(number): {question: value} for number, value in enumerate(values) if value is not None}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rated")
    data = write(folder / "sample.json")
    system = create("resolver", workbench=Workbench(HashingEmbedder()))
    return data, run_system(system, load_dataset(data), folder / "run", limit=30)


# The sheet ------------------------------------------------------------------------------------------------------------


def test_items_are_answers_with_what_they_cite(run):
    answered = answered_records(run[1])
    items = sheet_items(answered, count=5)
    assert len(items) == 5
    assert items == sheet_items(answered[::-1], count=5)
    by_id = {one.record.id: one for one in answered}
    for item in items:
        own = by_id[item.id]
        assert item.request == own.record.case.query
        assert len(item.evidence) == len(own.prediction.cited) > 0
        assert all(text and text not in own.prediction.cited for text in item.evidence)
        assert own.prediction.platform in item.answer


def test_a_sheet_is_blank_until_it_is_filled_in(tmp_path):
    write_ratings(tmp_path / "sheet.csv", ITEMS)
    assert read_ratings(tmp_path / "sheet.csv") == {"a/1": {}, "=a/2": {}}
    write_ratings(tmp_path / "sheet.csv", ITEMS, MARKS)
    assert read_ratings(tmp_path / "sheet.csv") == MARKS


def test_no_cell_is_a_formula(tmp_path):
    write_ratings(tmp_path / "sheet.csv", ITEMS)
    with (tmp_path / "sheet.csv").open(newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert not any(cell[:1] in ("=", "+", "-", "@") for cell in cells)
    assert "'=SUM(A1)" in cells


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id,relevant\na,1\n", "expected the columns"),
        ("id,relevant,supports\na,1,3\n", "supports is '3'"),
        ("id,relevant,supports\na,x,1\n", "relevant is 'x'"),
        ("id,relevant,supports\na,1,1\na,1,1\n", "'a' is there twice"),
        ("id,relevant,supports\n,1,1\n", "expected the columns"),
        ('id,relevant,supports\n"a"x,1,1\n', "row|expected|delimiter"),
    ],
)
def test_what_is_no_filled_in_sheet_is_an_error(text, message, tmp_path):
    (tmp_path / "sheet.csv").write_text(text)
    with pytest.raises(RatingsError, match=message):
        read_ratings(tmp_path / "sheet.csv")
    with pytest.raises(RatingsError):
        read_ratings(tmp_path / "gone.csv")


def test_the_page_has_every_answer_and_shows_text_as_text():
    page = sheet_page(ITEMS, title="Evidence & more")
    assert "Evidence &amp; more" in page
    assert "&lt;b&gt;twice&lt;/b&gt;" in page
    assert page.count('type="radio"') == len(ITEMS) * len(QUESTIONS) * 3
    assert "http" not in page.split("<body>")[1]


# The judge ------------------------------------------------------------------------------------------------------------


def test_a_model_rates_by_the_rubric_that_people_have():
    model = ScriptedModel([json.dumps(MARKS[item.id]) for item in ITEMS])
    assert judge(ITEMS, model) == (MARKS, {})
    (first, _) = model.asked
    assert first["schema"]["required"] == list(QUESTIONS)
    text = first["messages"][0]["content"]
    assert "0: None of it is about what is asked for." in text
    assert "\\u003cb\\u003etwice" in text


@pytest.mark.parametrize(
    "answer", ["", "{}", '{"relevant": 3, "supports": 0}', '{"relevant": true, "supports": 0}', "[1]"]
)
def test_an_answer_that_is_no_rating_is_left_out(answer):
    model = ScriptedModel([answer, json.dumps(MARKS["=a/2"])])
    judged = judge(ITEMS, model)
    assert judged.marks == {"=a/2": MARKS["=a/2"]}
    assert judged.unrated.keys() == {item.id for item in ITEMS} - {"=a/2"}


def test_a_server_that_fails_costs_its_item_alone():
    model = ScriptedModel([ChatUnavailableError("down"), json.dumps(MARKS["=a/2"])])
    judged = judge(ITEMS, model)
    assert set(judged.marks) == {"=a/2"}
    assert all(judged.unrated.values())


# Agreement ------------------------------------------------------------------------------------------------------------


def test_agreement_is_over_what_both_rated():
    found = agreement(marks([0, 1, 2, None, 2]), marks([0, 1, 2, 1, None]), "relevant")
    assert (found.rated, found.same, found.kappa) == (3, 1.0, 1.0)
    assert found.means == (1.0, 1.0)


def test_raters_of_one_mark_have_no_kappa():
    found = agreement(marks([1, 1, 1]), marks([1, 1, 1]), "relevant")
    assert (found.same, found.kappa, found.low, found.high) == (1.0, None, None, None)


def test_too_little_in_common_is_an_error():
    with pytest.raises(RatingsError, match="1 items have a mark for 'relevant'"):
        agreement(marks([0]), marks([0, 1]), "relevant")


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=2, max_size=60))
def test_kappa_is_that_of_scikit_learn(pairs):
    first, second = zip(*pairs, strict=True)
    found = agreement(marks(first), marks(second), "relevant")
    if found.kappa is None:
        assert len({*first, *second}) == 1
    else:
        expected = cohen_kappa_score(first, second, weights="quadratic", labels=[0, 1, 2])
        assert found.kappa == pytest.approx(expected, abs=1e-9)
        assert found.low <= found.high <= 1.0 + 1e-12


def test_an_interval_covers_what_is_true_of_raters_who_agree_half_the_time():
    rng = np.random.default_rng(0)
    first = rng.integers(3, size=400)
    second = np.where(rng.random(400) < 0.5, first, rng.integers(3, size=400))
    found = agreement(marks(first.tolist()), marks(second.tolist()), "relevant")
    assert found.low < 0.5 < found.high


# The commands ---------------------------------------------------------------------------------------------------------


def test_sheets_are_written_and_compared(run, tmp_path):
    data, own = run
    for name in ("sheet.csv", "sheet.html"):
        args = ["rate", "sheet", str(own.directory), "--data", str(data), "--count", "4", "--out", str(tmp_path / name)]
        result = CliRunner().invoke(main, args)
        assert result.exit_code == 0, result.output
        assert "4 answers written" in result.output
    items = sheet_items(answered_records(own), count=4)
    for name, ratings in (("a", [0, 1, 2, 2]), ("b", [0, 2, 2, 1])):
        filled = {item.id: {"relevant": mark, "supports": mark} for item, mark in zip(items, ratings, strict=True)}
        write_ratings(tmp_path / f"{name}.csv", items, filled)
    result = CliRunner().invoke(main, ["rate", "agree", str(tmp_path / "a.csv"), str(tmp_path / "b.csv")])
    assert result.exit_code == 0, result.output
    assert "relevant: 4 rated by both, same mark 0.500, kappa 0.636" in result.output
    others = [item._replace(answer=f"{item.answer}!") for item in items]
    write_ratings(tmp_path / "c.csv", others, {item.id: {"relevant": 1, "supports": 1} for item in items})
    result = CliRunner().invoke(main, ["rate", "agree", str(tmp_path / "a.csv"), str(tmp_path / "c.csv")])
    assert result.exit_code == 2
    assert "rate different answers" in result.output


def test_sheets_of_the_same_answers_with_other_evidence_are_not_compared(tmp_path):
    fewer = [item._replace(evidence=item.evidence[:1]) for item in ITEMS]
    write_ratings(tmp_path / "a.csv", ITEMS, MARKS)
    write_ratings(tmp_path / "b.csv", fewer, MARKS)
    assert not same_answers(tmp_path / "a.csv", tmp_path / "b.csv")
    text = (tmp_path / "a.csv").read_bytes().replace(b"\n", b"\r\n")
    (tmp_path / "c.csv").write_bytes(text)  # as a spreadsheet saves it
    assert same_answers(tmp_path / "a.csv", tmp_path / "c.csv")
    (tmp_path / "d.csv").write_text("id,relevant,supports\na/1,1,1\n")  # as the page saves it
    assert same_answers(tmp_path / "a.csv", tmp_path / "d.csv")


def test_a_file_that_is_there_is_kept_for_it_may_hold_ratings(run, tmp_path):
    data, own = run
    there = tmp_path / "sheet.csv"
    there.write_text("filled in")
    for command in ("sheet", "judge"):
        args = ["rate", command, str(own.directory), "--data", str(data), "--out", str(there)]
        result = CliRunner().invoke(main, args)
        assert result.exit_code == 2
        assert "may hold ratings" in result.output
    assert there.read_text() == "filled in"


def test_the_commands_say_what_is_wrong(run, tmp_path):
    data, own = run
    args = ["rate", "sheet", str(own.directory), "--data", str(data), "--out", str(tmp_path / "sheet.txt")]
    assert "ends in .csv or .html" in CliRunner().invoke(main, args).output
    judged = CliRunner().invoke(main, ["rate", "judge", *args[2:-1], str(tmp_path / "j.csv")])
    assert "name a language model by --model" in judged.output
