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
    joint_agreement,
    judge,
    read_rater,
    read_ratings,
    same_answers,
    sheet_items,
    sheet_page,
    write_ratings,
)
from experiments.rating.sheet import _plain
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
    with (tmp_path / "sheet.csv").open(newline="", encoding="utf-8-sig") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert not any(cell.lstrip()[:1] in ("=", "+", "-", "@") for cell in cells)
    assert "'=SUM(A1)" in cells


@given(st.sets(st.text(min_size=1, max_size=6) | st.text("='+-@ ;,\"\r\n\t", min_size=1, max_size=4), max_size=5))
def test_any_id_comes_back_as_it_was(tmp_path_factory, ids):
    path = tmp_path_factory.mktemp("ids") / "sheet.csv"
    items = [ITEMS[0]._replace(id=own) for own in sorted(_plain(own) for own in ids)]
    filled = {item.id: {"relevant": number % 3} for number, item in enumerate(items)}
    write_ratings(path, items, filled, rater="=Ada")
    assert read_ratings(path) == filled
    assert read_rater(path) == ("=Ada" if items else "")


@pytest.mark.parametrize("between", [";", "\t"])
def test_a_sheet_that_a_spreadsheet_saved_in_its_own_way_is_read(between, tmp_path):
    rows = [["id", "answer", "relevant", "supports"], ["a", 'x, "y"\nz', "2", " 1 "], ["", "", "", ""], ["b"]]
    with (tmp_path / "own.csv").open("w", newline="", encoding="utf-8-sig") as file:
        csv.writer(file, delimiter=between).writerows(rows)
    assert read_ratings(tmp_path / "own.csv") == {"a": {"relevant": 2, "supports": 1}, "b": {}}
    (tmp_path / "old.csv").write_bytes("id,relevant,supports,comment\na,1,1,ä\n".encode("cp1252"))
    with pytest.raises(RatingsError, match="save it as CSV in UTF-8"):
        read_ratings(tmp_path / "old.csv")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id,relevant\na,1\n", "expected the columns"),
        ("id,relevant,supports\na,1,3\n", "supports is '3'"),
        ("id,relevant,supports\na,x,1\n", "relevant is 'x'"),
        ("id,relevant,supports\na,1,1\na,1,1\n", "'a' is there twice"),
        ("id,relevant,supports\n,1,1\n", "row 2 has no id"),
        ("id,relevant,supports\na,1,1,1\n", "row 2 has 4 cells, and the first row 3"),
        ("id,relevant,supports,id\na,1,1,b\n", "'id' is there 2 times"),
        ("", "expected the columns"),
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
    assert "http:" not in page
    assert "https:" not in page


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


def test_items_that_one_rater_left_out_are_counted():
    found = agreement(marks([0, 1, 2, None, 2]), marks([0, 1, 2, 1, None, 1]), "relevant")
    assert (found.rated, found.alone) == (3, (1, 2))
    assert found == agreement(marks([0, 1, 2, None, 2]), marks([0, 1, 2, 1, None, 1]), "relevant")


def test_raters_of_one_mark_have_no_kappa():
    found = agreement(marks([1, 1, 1]), marks([1, 1, 1]), "relevant")
    assert (found.same, found.kappa, found.low, found.high) == (1.0, None, None, None)
    assert joint_agreement([marks([1, 1, 1])] * 3, "relevant") == (3, None, None, None)
    assert agreement(marks([1, 1, 1]), marks([0, 1, 2]), "relevant").kappa == 0.0  # one rater's alone is enough
    assert agreement(marks([0, 0, 0]), marks([2, 2, 2]), "relevant").kappa == 0.0


def test_too_little_in_common_is_an_error():
    with pytest.raises(RatingsError, match="1 items have a mark for 'relevant' from both raters, of 1 and 2"):
        agreement(marks([0]), marks([0, 1]), "relevant")
    with pytest.raises(RatingsError, match="1 items have a mark for 'relevant' from two raters"):
        joint_agreement([marks([0]), marks([0, 1]), marks([None, None, 1])], "relevant")


@pytest.mark.parametrize("count", [5, 20, 300])
def test_raters_who_agree_throughout_are_not_certain_to_agree(count):
    own = marks([number % 3 for number in range(count)])
    found = agreement(own, own, "relevant")
    assert (found.kappa, found.high) == (1.0, 1.0)
    assert found.low < 1.0 - 1.0 / count
    joint = joint_agreement([own, own, own], "relevant")
    assert (joint.alpha, joint.high) == (1.0, 1.0)
    assert joint.low < 1.0


def test_alpha_is_that_of_krippendorffs_example():
    raters = [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3],
        [None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None],
    ]
    found = joint_agreement([marks(own) for own in raters], "relevant")
    assert found.rated == 11
    assert found.alpha == pytest.approx(0.849, abs=5e-4)  # Krippendorff 2011, interval data
    assert found.low < found.alpha < found.high


@given(st.lists(st.tuples(*[st.none() | st.integers(0, 2)] * 3), min_size=2, max_size=12))
def test_alpha_is_what_all_pairs_of_marks_say(rows):
    """Written a second time, pair by pair."""
    kept = [own for row in rows if len(own := [mark for mark in row if mark is not None]) >= 2]
    every = [mark for row in kept for mark in row]
    if len(kept) < 2:
        return
    found = joint_agreement([marks(rater) for rater in zip(*rows, strict=True)], "relevant")
    seen = sum(sum((a - b) ** 2 for a in row for b in row) / (len(row) - 1) for row in kept) / len(every)
    chance = sum((a - b) ** 2 for a in every for b in every) / (len(every) * (len(every) - 1))
    if chance == 0:
        assert found.alpha is None
    else:
        assert found.alpha == pytest.approx(1 - seen / chance, abs=1e-9)


@pytest.mark.parametrize(("count", "agreed"), [(10, 0.9), (20, 0.6), (50, 0.9)])
def test_intervals_of_few_items_cover_what_is_true(count, agreed):
    """A plain bootstrap covers it in 48 to 88 of 100 such sheets."""
    rng, covered = np.random.default_rng(1), 0
    for _ in range(60):
        first = rng.integers(3, size=count)
        second = np.where(rng.random(count) < agreed, first, rng.integers(3, size=count))
        found = agreement(marks(first.tolist()), marks(second.tolist()), "relevant")
        covered += found.low <= agreed <= found.high
    assert covered >= 53


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
    assert "relevant: 4 rated by both; same mark 0.500, kappa 0.636 [" in result.output
    others = [item._replace(answer=f"{item.answer}!") for item in items]
    write_ratings(tmp_path / "c.csv", others, {item.id: {"relevant": 1, "supports": 1} for item in items})
    result = CliRunner().invoke(main, ["rate", "agree", str(tmp_path / "a.csv"), str(tmp_path / "c.csv")])
    assert result.exit_code == 2
    assert "rate different answers" in result.output


def agreed(*paths):
    result = CliRunner().invoke(main, ["rate", "agree", *map(str, paths)])
    return result.exit_code, " ".join(result.output.replace("│", " ").split())


def test_three_raters_are_compared_two_by_two_and_together(tmp_path):
    items = [ITEMS[0]._replace(id=str(number)) for number in range(4)]
    sheets = []
    for name, given_marks in (("Ada", [0, 1, 2, 2]), ("Bo", [0, 2, 2, None]), ("", [None, 1, None, 1])):
        sheets.append(tmp_path / f"{name or 'model'}.csv")
        filled = {own: {**mark, "supports": 1} for own, mark in marks(given_marks).items()}
        write_ratings(sheets[-1], items, filled, rater=name)
    code, told = agreed(*sheets)
    assert code == 0
    assert "Ada.csv (Ada) and" in told
    assert "relevant: 3 rated by both, 1 by the first alone; same mark 0.667" in told
    assert "relevant: 1 items have a mark for 'relevant' from both raters, of 3 and 2" in told  # of Bo and the model
    assert "supports: 3 rated by both, 1 by the first alone; same mark 1.000, kappa undefined, since all" in told
    assert "all 3 relevant: 4 rated by two or more, alpha 0." in told
    assert told.endswith("alpha undefined, since all marks are the same")


def test_what_cannot_be_compared_is_one_line(tmp_path):
    for name in ("a", "b"):
        write_ratings(tmp_path / f"{name}.csv", ITEMS)
    assert "two sheets are needed" in agreed(tmp_path / "a.csv")[1]
    assert "named twice" in agreed(tmp_path / "a.csv", tmp_path / "a.csv")[1]
    code, told = agreed(tmp_path / "a.csv", tmp_path / "b.csv")
    assert code == 1
    assert "too little in common" in told
    assert agreed(tmp_path / "a.csv", tmp_path / "gone.csv")[0] == 1


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
    page = CliRunner().invoke(main, ["rate", "judge", *args[2:-1], str(tmp_path / "judge.html"), "--model", "m"])
    assert "a sheet ends in .csv" in page.output
    judged = CliRunner().invoke(main, ["rate", "judge", *args[2:-1], str(tmp_path / "j.csv")])
    assert "name a language model by --model" in judged.output
