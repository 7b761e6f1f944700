"""The sheet as a page, in a browser: answers that stay, keys, files, text that would do harm, and narrow windows."""

from __future__ import annotations

import csv
import json
import re

import pytest
from chromium import CHROMIUM, Browser
from click.testing import CliRunner

from experiments.cli import main
from experiments.rating import QUESTIONS, SheetItem, read_rater, read_ratings, same_answers, sheet_page, write_ratings

pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium")]

HOSTILE = "</script><script>document.title='harmed'</script> <img src=x onerror=\"document.title='harmed'\"> \"'&amp;"
ITEMS = [
    SheetItem("a/1", "order my usual", "'Larder':[order(dish = 'soup')]", ("dish: soup", "two\r\nlines\rof it")),
    SheetItem("=cmd()|'/c calc'!A1", HOSTILE, f"'Inn':[book(name = {HOSTILE!r})]", ("=cmd()", HOSTILE, "")),
    SheetItem('"\'><b id="x', '+1 \u202e, "please"; \t', "'Inn':[book()]", ("@SUM(A1)", "x" * 400)),
    SheetItem("__proto__", "''", "-", ("\uff1dwide",)),
]
IDS = [item.id for item in ITEMS]


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    own = Browser(tmp_path_factory.mktemp("browser"))
    yield own
    own.close()


@pytest.fixture
def page(browser, tmp_path):
    """The sheet, opened afresh."""
    (tmp_path / "sheet.html").write_text(sheet_page(ITEMS), encoding="utf-8")
    browser.fresh()
    browser.look()
    browser.open((tmp_path / "sheet.html").as_uri())
    browser.folder = tmp_path
    return browser


def click(page, what):
    page.run(f"document.querySelector({json.dumps(what)}).click()")


def rate(page, number, question, mark):
    click(page, f'[name="{question}-{number}"][value="{mark}"]')


def write_in(page, name, text):
    page.run(f"document.forms[0].elements[{json.dumps(name)}].focus()")
    page.ask("Input.insertText", text=text)


def status(page):
    return page.run("document.querySelector('[role=status]').textContent")


def marked(page):
    return page.run("[...document.querySelectorAll(':checked')].map((one) => `${one.name}=${one.value}`)")


def saved(page, name="ratings.csv"):
    click(page, "[data-do=save]")
    return page.downloaded(name)


def test_answers_survive_a_reload_and_are_counted(page):
    assert status(page) == "0 of 4 rated."
    rate(page, 1, "relevant", 2)
    assert status(page) == "0 of 4 rated, 1 in part."
    rate(page, 1, "supports", 0)
    rate(page, 3, "relevant", 1)
    write_in(page, "comment-3", "=why?")
    write_in(page, "rater", "Ada")
    page.reload()
    assert marked(page) == ["relevant-1=2", "supports-1=0", "relevant-3=1"]
    assert status(page) == "1 of 4 rated, 1 in part. Go on where you stopped."
    assert page.run("[document.forms[0].rater.value, document.forms[0]['comment-3'].value]") == ["Ada", "=why?"]
    assert page.errors == []


def test_another_sheet_does_not_see_them(page):
    rate(page, 1, "relevant", 2)
    (page.folder / "other.html").write_text(sheet_page(ITEMS[:2]))
    page.open((page.folder / "other.html").as_uri())
    assert marked(page) == []
    assert status(page) == "0 of 2 rated."


def test_what_is_saved_is_what_the_commands_read(page):
    for number, mark in enumerate((2, 1, 0, 2), 1):
        rate(page, number, "relevant", mark)
    rate(page, 2, "supports", 1)
    write_in(page, "rater", "=Ada/../Lovelace")
    write_in(page, "comment-1", '"quoted", @and\tmore')
    own = saved(page, "ratings-Ada-Lovelace.csv")
    marks = {own: {"relevant": mark} for own, mark in zip(IDS, (2, 1, 0, 2), strict=True)}
    marks[IDS[1]]["supports"] = 1
    assert read_ratings(own) == marks
    assert read_rater(own) == "=Ada/../Lovelace"
    other = page.folder / "other.csv"
    write_ratings(other, ITEMS, {own: dict.fromkeys(QUESTIONS, 1) for own in IDS})
    assert same_answers(own, other)
    told = CliRunner().invoke(main, ["rate", "agree", str(own), str(other)]).output
    assert "relevant: 4 rated by both; same mark 0.250, kappa 0.000" in told
    assert "1 items have a mark for 'supports' from both raters, of 1 and 4" in told
    assert page.errors == []


def test_a_blank_page_saves_the_bytes_of_the_blank_table(page):
    write_ratings(page.folder / "blank.csv", ITEMS)
    assert saved(page).read_bytes() == (page.folder / "blank.csv").read_bytes()


def test_no_cell_that_is_saved_is_a_formula(page):
    write_in(page, "comment-1", "=1+1")
    write_in(page, "comment-2", "  -2")
    with saved(page).open(newline="", encoding="utf-8-sig") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert not [cell for cell in cells if cell.lstrip()[:1] in tuple("=+-@\uff1d")]
    assert {"'=1+1", "'  -2", "'\uff1dwide"} <= set(cells)


def test_one_goes_on_from_a_file(page):
    write_ratings(
        page.folder / "own.csv", ITEMS, {IDS[1]: {"relevant": 1, "supports": 2}, IDS[3]: {"relevant": 0}}, rater="Bo"
    )
    rate(page, 1, "relevant", 2)
    rate(page, 2, "relevant", 0)
    page.choose("input[type=file]", page.folder / "own.csv")
    page.until("document.querySelectorAll(':checked').length === 4")
    assert marked(page) == ["relevant-1=2", "relevant-2=1", "supports-2=2", "relevant-4=0"]
    assert status(page) == "1 of 4 rated, 2 in part. 3 marks loaded. 1 of them replaced others."
    assert page.run("document.forms[0].rater.value") == "Bo"
    page.reload()
    assert len(marked(page)) == 4
    again = saved(page, "ratings-Bo.csv")
    click(page, "[data-do=clear]")
    assert marked(page) == []
    page.choose("input[type=file]", again)
    page.until("document.querySelectorAll(':checked').length === 4")
    assert page.errors == []


@pytest.mark.parametrize(
    ("text", "told", "count"),
    [
        ("id;relevant;supports\r\na/1;2;1\r\n", "2 marks loaded.", 2),
        (
            "id,relevant,supports\na/1,7,1\nnone,1,1\n",
            "1 rows are of answers that are not here. 1 marks are none of 0",
            1,
        ),
        ("id,relevant,supports,answer\na/1,1,1,another\n", "1 rows are of other answers or other evidence", 0),
        ("a,b\n1,2\n", "it has no columns id, relevant, supports", 0),
        ('id,relevant,supports\n"a/1,1,1\n', "it has no columns", 0),
        ("", "it has no columns", 0),
    ],
)
def test_a_file_that_does_not_fit_is_told(page, text, told, count):
    (page.folder / "own.csv").write_text(text, newline="")
    page.choose("input[type=file]", page.folder / "own.csv")
    page.until("!/rated[.]$/.test(document.querySelector('[role=status]').textContent)")
    assert told in status(page)
    assert len(marked(page)) == count
    assert page.errors == []


def test_keys_mark_a_question_and_go_on(page):
    click(page, "[data-do=next]")
    page.press("2", "0", "1")
    assert marked(page) == ["relevant-1=2", "supports-1=0", "relevant-2=1"]
    assert page.run("document.activeElement.name") == "supports-2"
    page.press("3", "x")  # no marks
    assert len(marked(page)) == 3
    page.run("document.querySelector('[name=relevant-2][value=\"1\"]').focus()")
    page.press("Delete")
    assert marked(page) == ["relevant-1=2", "supports-1=0"]
    write_in(page, "comment-1", "")
    page.press("1")
    assert page.run("document.forms[0]['comment-1'].value") == "1"
    assert len(marked(page)) == 2
    click(page, "[data-do=next]")
    assert page.run("document.activeElement.name") == "relevant-2"
    page.reload()
    assert marked(page) == ["relevant-1=2", "supports-1=0"]


def test_start_over_asks_first(page):
    rate(page, 1, "relevant", 2)
    page.accepts = False
    click(page, "[data-do=clear]")
    assert len(marked(page)) == 1
    page.accepts = True
    click(page, "[data-do=clear]")
    assert page.dialogs == ["confirm", "confirm"]
    assert status(page) == "0 of 4 rated. All is blank."
    page.reload()
    assert marked(page) == []


def test_where_nothing_can_be_kept_it_is_said_and_the_rest_works(page):
    refused = (
        "Object.defineProperty(globalThis, 'localStorage', { get() { throw new DOMException('', 'SecurityError'); } })"
    )
    added = page.ask("Page.addScriptToEvaluateOnNewDocument", source=refused)
    page.reload()
    page.ask("Page.removeScriptToEvaluateOnNewDocument", identifier=added["identifier"])
    warning = "This browser keeps no answers: save them as CSV before you close the page."
    assert status(page).endswith(warning)
    rate(page, 1, "relevant", 2)
    assert status(page) == f"0 of 4 rated, 1 in part. {warning}"
    assert read_ratings(saved(page))["a/1"] == {"relevant": 2}
    page.reload()
    assert page.dialogs == []
    assert page.errors == []


def test_a_full_storage_is_said(page):
    page.run("Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); }")
    rate(page, 1, "relevant", 2)
    assert "This browser keeps no answers" in status(page)
    page.reload()
    assert page.dialogs == ["beforeunload"]  # whether to leave what is not saved
    assert page.errors == []


def test_what_was_kept_and_is_damaged_does_no_harm(page):
    key = page.run("`profile-bench/ratings/${document.forms[0].dataset.sheet}`")
    for text in ("{", "null", '{"rater": "", "items": [1]}', '{"rater": "", "items": [["a/1", null]]}', '{"items": 3}'):
        page.run(f"localStorage.setItem({json.dumps(key)}, {json.dumps(text)})")
        page.reload()
        assert status(page) == "0 of 4 rated."
    assert page.errors == []


def test_hostile_text_is_text(page):
    assert page.run("document.title") == "Is the evidence the reason?"
    assert page.run("document.querySelectorAll('script, img, b[id]').length") == 1  # its own script
    assert page.run("[...document.querySelectorAll('section')].map((one) => one.dataset.id)") == IDS
    for column in ("request", "answer"):
        shown = page.run(f"[...document.querySelectorAll('[data-column={column}]')].map((one) => one.textContent)")
        assert shown == [getattr(item, column) for item in ITEMS]
    assert page.errors == []


def test_the_page_runs_no_script_but_its_own(page):
    harmed = sheet_page(ITEMS).replace("<h1>", "<script>document.title = 'harmed'</script><h1>")
    (page.folder / "harmed.html").write_text(harmed)
    page.open((page.folder / "harmed.html").as_uri())
    assert page.run("document.title") == "Is the evidence the reason?"
    assert any("Content Security Policy" in error for error in page.errors)  # so errors are met, too
    assert not re.search(r"url\(|@import|https?:", sheet_page(ITEMS))


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("scripts", [True, False])
def test_nothing_overflows_and_all_is_there_without_scripts(page, width, scripts):
    page.look(width=width, scripts=scripts)
    page.reload()
    root = page.ask("Page.getLayoutMetrics")
    assert root["cssContentSize"]["width"] <= width
    tree = page.ask("DOMSnapshot.captureSnapshot", computedStyles=[])
    texts = [tree["strings"][at] for at in tree["documents"][0]["layout"]["text"] if at >= 0]
    assert any("Who reads it, and nothing else" in text for text in texts)
    assert any("two" in text for text in texts)
    assert any("Save as CSV" in text for text in texts) is scripts
    assert any("Without scripts" in text for text in texts) is not scripts
    assert page.errors == []


def test_light_and_dark_have_their_colours(page):
    found = []
    for dark in (False, True):
        page.look(dark=dark)
        found.append(page.run("getComputedStyle(document.body).backgroundColor"))
    assert found[0] != found[1]
