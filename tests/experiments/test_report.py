"""Reports: what a page holds, that it needs nothing else, and that it works in a browser."""

from __future__ import annotations

import csv
import html
import io
import json
import re
import shutil
import subprocess
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from bench_samples import raw, write
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from baselines.case import Call, Prediction
from baselines.usage import Usage
from experiments import load_dataset, run_system
from experiments.cli import main
from experiments.compare import compare_runs
from experiments.conclusions import conclusion
from experiments.report.charts import Interval, Point, Series, curve_chart, forest_chart, scatter_chart
from experiments.report.slices import slices_of
from experiments.report.users import user_table
from experiments.results import run_results

HOSTILE = "</script><script>alert(1)</script> \"'<b>& }"
VOID = {"meta", "br", "input", "circle", "line", "polyline"}
OPTIONAL_END = {"th", "td", "tr", "li", "option"}


class Answering:
    def __init__(self, name, right, *, tokens=None):
        self.name, self._right, self._tokens = name, right, tokens

    def predict(self, case):
        number = int(case.query.split()[0].removeprefix("q"))
        if number == 11:
            return Prediction(case_id=case.id, abstained="not sure")
        if number == 10:
            raise RuntimeError(HOSTILE)
        value = "a" if number < self._right else HOSTILE
        usage = None if self._tokens is None else Usage(calls=1, prompt_tokens=self._tokens, seconds=1.5)
        calls = (Call(function="f", arguments={"x": value, "y": 1}),)
        confidence = min(1.0, number / 10)
        return Prediction(
            case_id=case.id,
            platform="p",
            calls=calls,
            usage=usage,
            answer_confidence=confidence,
            evidence=("likes[0]", "n"),
            cited=("likes[0]",) if self.name == "own" else (),
        )


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Runs of three systems on two datasets, and what makes a report of them."""
    folder = tmp_path_factory.mktemp("report")
    answer = ["p", [{"f": {"x": ["a"], "y": [1]}}]]
    profile = {"likes": [f"I like tea. {HOSTILE}"]}
    paths = []
    for name, kind in (("first", "old"), ("second", "new")):
        records = [
            raw(query=f"q{i} {HOSTILE}", answer=answer, user_profile={**profile, "n": i}) | {"kind": kind + str(i % 2)}
            for i in range(12)
        ]
        paths.append(write(folder / f"{name}.json", records))
        for system in (
            Answering("base", 3, tokens=900),
            Answering("better & <best>", 8, tokens=90),
            Answering("own", 6),
        ):
            where = folder / "runs" / name / re.sub(r"\W+", "_", system.name)
            run_system(system, load_dataset(paths[-1]), where, on_error="record")

    def asked(out, *more):
        words = ["report", str(folder / "runs"), "--data", *map(str, paths), "--out", str(folder / out), *more]
        return CliRunner().invoke(main, words)

    def report(out, *more):
        result = asked(out, *more)
        assert result.exit_code == 0, result.output
        return (folder / out).read_text(encoding="utf-8")

    report.asked, report.folder = asked, folder
    return report


@pytest.fixture(scope="module")
def page(made):
    return made("report.html", "--reference", "base")


class Outline(HTMLParser):
    """Tags that are open, scripts, and what a page would fetch."""

    def __init__(self):
        super().__init__()
        self.open, self.scripts, self.fetched, self.faults = [], 0, [], []

    def handle_starttag(self, tag, attrs):
        self.scripts += tag == "script"
        known = dict(attrs)
        self.fetched += [value for name, value in attrs if name in ("src", "srcset") or (name == "href" and tag != "a")]
        self.faults += [name for name in known if name.startswith("on")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, _, attrs):
        self.fetched += [value for name, value in attrs if name in ("src", "href")]

    def handle_endtag(self, tag):
        while self.open and self.open[-1] != tag and self.open[-1] in OPTIONAL_END:
            self.open.pop()
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}>")


# The page -------------------------------------------------------------------------------------------------------------


def test_a_page_is_whole_and_fetches_nothing(page):
    outline = Outline()
    outline.feed(page)
    assert (outline.faults, outline.fetched, outline.scripts) == ([], [], 1)  # the page's own script and no other
    assert not re.search(r"url\(|@import|https?://", page.partition("</style>")[0])


def test_a_page_has_its_parts(page):
    for part in (
        "2 datasets together",
        "difference to base, with 95 % intervals",
        "Strict score by prompt tokens",
        "Strict score by slice",
        "kind: old1",
        "base <small>reference</small>",
        "From the left: base, better &amp; &lt;best&gt;, own.",
        "How sure, and how right",
        "Cases of second",
        "better &amp; &lt;best&gt;",
        "Made with",
        "&quot;sha256&quot;",
    ):
        assert part in page, part


def test_a_case_tells_what_was_asked_answered_cited_and_why_it_failed(page):
    case = page[page.index('<details class="case"') : page.index("</details>")]
    assert "q0 " in case
    assert 'data-outcomes="right right right"' in case
    assert html.escape(f"I like tea. {HOSTILE}") in case
    rows = re.findall(r'<tr><th scope="row">(.*?)<td.*?<td>.*?<td>(.*?)<td>(.*?)</tr>', case)
    likes, number = html.escape(f"I like tea. {HOSTILE}"), "n: 0"
    assert [(likes in cited, number in cited, likes in found, number in found) for _, cited, found in rows] == [
        (False, False, True, True),  # found is not cited
        (False, False, True, True),
        (True, False, False, True),
    ]
    wrong = page[page.index('data-outcomes="wrong') :]
    assert 'class="no"' in wrong[: wrong.index("</details>")]
    assert "RuntimeError" not in page  # a failure's text is in its run
    assert 'class="failed"' in page
    assert "<em>not sure</em>" in page


def test_without_scripts_everything_is_there_and_the_fields_are_not(page):
    assert '<form class="filter" hidden>' in page
    assert "<details hidden" not in page
    assert 'class="case" hidden' not in page


def test_a_page_without_cases_has_no_text_of_the_data(made):
    page = made("bare.html", "--cases", "0")
    assert "I like tea" not in page
    assert "q0 " not in page


def test_fewer_cases_than_there_are_is_said(made):
    assert "5 of 12 cases" in made("few.html", "--cases", "5")


def test_intervals_draw_groups_where_they_are_given(made, tmp_path):
    groups = {f"{name}/{i}": {"group": str(i % 3)} for name in ("first", "second") for i in range(12)}
    (tmp_path / "groups.json").write_text(json.dumps(groups))
    given = ("--reference", "base", "--groups", str(tmp_path / "groups.json"))
    page = made("groups.html", *given)
    assert "Strict score by group" in page
    assert "3 groups, which the intervals take as the sample" in page
    users, drawn = (
        {(row["dataset"], row["system"]): row for row in csv.DictReader(io.StringIO(made("groups.csv", *more)))}
        for more in (given[:2], given)
    )
    own = ("first", "better & <best>")
    assert users[own]["difference"] == drawn[own]["difference"]
    assert users[own]["difference_low"] != drawn[own]["difference_low"]
    (tmp_path / "groups.json").write_text('{"elsewhere/1": {"group": "a"}}')
    assert "no record of the runs is in a group" in " ".join(made.asked("r.html", *given).output.split())


def test_the_same_runs_make_the_same_page(made, page):
    assert made("again.html", "--reference", "base") == page


# Other forms ----------------------------------------------------------------------------------------------------------


def test_the_headline_table_as_markdown_csv_and_latex(made):
    rows = list(csv.DictReader(io.StringIO(made("report.csv", "--reference", "base"))))
    known = {(row["dataset"], row["system"]): row for row in rows}
    assert len(known) == 9
    own = known["first", "better & <best>"]
    assert float(own["strict"]) == pytest.approx(8 / 12)
    assert float(own["difference"]) == pytest.approx(5 / 12)
    assert known["first", "own"]["prompt_tokens"] == ""
    assert "| better & <best> | 0.667" in made("report.md")
    latex = made("report.tex")
    assert r"better \& <best> & \textbf{0.667}" in latex
    assert latex.count(r"\begin{tabular}") == latex.count(r"\end{tabular}") == 3


def test_several_forms_are_written_at_once(made):
    assert made("one.md", "--reference", "base", "--out", str(made.folder / "two.tex")) == made(
        "report.md", "--reference", "base"
    )
    assert (made.folder / "two.tex").read_text("utf-8") == made("report.tex", "--reference", "base")


@pytest.mark.parametrize(
    ("out", "more", "problem"),
    [
        ("report.pdf", (), "ends in .html"),
        ("r.html", ("--system", "none"), "no run of these"),
        ("r.html", ("--reference", "none"), "'none'"),
    ],
)
def test_what_cannot_be_reported_is_one_line(made, out, more, problem):
    result = made.asked(out, *more)
    assert isinstance(result.exception, SystemExit)
    assert problem in " ".join(result.output.replace("│", " ").split())


# Charts and slices ----------------------------------------------------------------------------------------------------

NUMBERS = st.floats(-1e3, 1e3) | st.sampled_from([float("inf"), float("-inf"), 0.0])


@given(st.lists(st.tuples(st.text(max_size=20), NUMBERS, NUMBERS, NUMBERS), min_size=1, max_size=5))
def test_any_intervals_are_drawn_within_their_column(rows):
    drawn = forest_chart([Interval(*row) for row in rows], title="t")
    places = [float(own) for own in re.findall(r"--(?:zero|low|high|at):([\d.-]+)%", drawn)]
    assert all(-0.01 <= place <= 100.01 for place in places)
    outline = Outline()
    outline.feed(drawn)
    assert outline.faults == []


@given(
    st.lists(st.tuples(st.text(max_size=20), st.floats(0, 1e7), st.floats(-1, 2)), max_size=6),
    st.lists(st.tuples(st.floats(-1, 2), st.floats(-1, 2)), max_size=6),
)
def test_any_points_are_drawn_within_the_box(points, line):
    for drawn in (
        scatter_chart([Point(*point) for point in points], title="t", x="x", y="y"),
        curve_chart([Series("own", tuple(line))], title="t", x="x", y="y", diagonal=True),
    ):
        _, _, wide, high = map(int, re.search(r'viewBox="(.*?)"', drawn)[1].split())
        assert all(0 <= float(x) <= wide for x in re.findall(r'[ c]x[12]?="([\d.-]+)"', drawn))
        assert all(0 <= float(y) <= high for y in re.findall(r'[ c]y[12]?="([\d.-]+)"', drawn))


@pytest.mark.parametrize(
    ("users", "right", "told"),
    [
        (1, 4, "Of better it cannot"),
        (3, 4, "Of better it cannot"),
        (12, 9, "All differences to the"),
        (13, 9, "All differences to the"),
    ],
)
def test_few_users_are_shown_one_by_one_with_what_they_cannot_tell(users, right, told, tmp_path):
    answer = ["p", [{"f": {"x": ["a"], "y": [1]}}]]
    records = [raw(query=f"q{i % 9}", answer=answer, user_profile={"n": i % users}) for i in range(26)]
    data = load_dataset(write(tmp_path / "d.json", records))
    systems = (("base", 3 if right < 9 else 0), ("better", right))
    results = [run_results(run_system(Answering(name, own), data, tmp_path / name)) for name, own in systems]
    text = user_table(conclusion(results, compare_runs(results, reference="base")))
    assert text.count('<th scope="row">') == (users if users <= 12 else 0)
    assert "whom the intervals take as the sample" in text
    assert told in text


def test_a_difference_is_beyond_chance_only_if_its_p_says_so_too(tmp_path):
    answer = ["p", [{"f": {"x": ["a"], "y": [1]}}]]
    records = [raw(query=f"q{i % 9}", answer=answer, user_profile={"n": i % 12}) for i in range(26)]
    data = load_dataset(write(tmp_path / "d.json", records))
    systems = (("base", 0), ("better", 9))
    results = [run_results(run_system(Answering(name, own), data, tmp_path / name)) for name, own in systems]
    sure = compare_runs(results, reference="base")
    assert "All differences" in conclusion(results, sure).told
    unsure = [replace(row, p=None if row.p is None else 0.06) for row in sure]
    assert "Of better it cannot be concluded" in conclusion(results, unsure).told


def test_without_a_reference_few_users_tell_nothing_of_others(tmp_path):
    answer = ["p", [{"f": {"x": ["a"], "y": [1]}}]]
    data = load_dataset(write(tmp_path / "d.json", [raw(query="q1", answer=answer)]))
    run = run_system(Answering("base", 3), data, tmp_path / "base")
    results = [run_results(run)]
    text = user_table(conclusion(results, compare_runs(results)))
    assert "One user" in text
    assert "Nothing can be concluded" in text


def test_slices_are_told_from_the_record(tmp_path):
    record = raw(answer=["p", [{"f": {"x": ["a"]}}, {"g": {}}]], user_profile={"a": 1}) | {
        "type": "Conflict",
        "n": 3,
        "user": "ada",
    }
    (own,) = load_dataset(write(tmp_path / "d.json", [record])).records
    found = slices_of(own)
    assert (found["calls"], found["log"], found["type"]) == ("several", "without", "Conflict")
    assert not {"n", "user"} & found.keys()
    assert found.keys() - slices_of(own, own_keys=False).keys() == {"type"}


# In a browser ---------------------------------------------------------------------------------------------------------

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
CATCHING = """<script>
const errors = [], complain = console.error;
window.onerror = (message) => { errors.push(String(message)); };
addEventListener("unhandledrejection", (event) => errors.push(String(event.reason)));
console.error = (...words) => { errors.push(words.join(" ")); complain(...words); };
</script>"""
PROBE = """
<script>
const told = {errors, width: innerWidth, dark: matchMedia("(prefers-color-scheme: dark)").matches};
const root = document.documentElement;
for (const one of document.querySelectorAll("details")) one.open = true;
told.overflow = root.scrollWidth - root.clientWidth;
told.background = getComputedStyle(document.body).backgroundColor;
const section = document.querySelector(".cases"), form = section.querySelector("form");
const shown = () => [...section.querySelectorAll(".case")].filter((one) => one.offsetParent !== null).length;
const set = (name, value) => { form[name].value = value; form.dispatchEvent(new Event("input")); return shown(); };
told.form = form.offsetParent !== null;
told.all = shown();
told.right = set("outcome", "right");
told.other = set("system", "1");
told.found = set("text", "Q5 TEA");
told.count = section.querySelector(".count").textContent;
told.none = set("text", "nothing has this");
told.back = (set("text", ""), set("outcome", ""));
const middle = (what) => { const box = what.getBoundingClientRect(); return box.left + box.width / 2; };
const apart = (numbers) => Math.max(...numbers) - Math.min(...numbers);
told.zeros = [...document.querySelectorAll(".forest")].map((table) => {
  const zero = (line) => {
    const box = line.getBoundingClientRect();
    return box.left + box.width * parseFloat(getComputedStyle(line).getPropertyValue("--zero")) / 100;
  };
  const axis = [...table.querySelectorAll(".ticks span")].filter((one) => one.textContent === "0");
  return apart([...[...table.querySelectorAll(".line")].map(zero), ...axis.map(middle)]);
});
const signs = [...document.querySelector(".legend").querySelectorAll(".mark")];
told.signs = new Set(signs.map((one) => {
  const own = getComputedStyle(one);
  const filled = own.backgroundColor === own.borderTopColor;
  return [one.offsetHeight, own.borderTopLeftRadius, filled].join(" ");
})).size;
document.body.dataset.told = JSON.stringify(told);
</script>"""
WITHOUT_SCRIPTS = """
  const root = page.documentElement, view = page.defaultView;
  for (const one of page.querySelectorAll("details")) one.open = true;
  const there = (what) => [...page.querySelectorAll(what)].filter((one) => one.offsetParent !== null).length;
  const told = {width: view.innerWidth, overflow: root.scrollWidth - root.clientWidth};
  told.ran = "told" in page.body.dataset;
  told.forms = there("form"), told.cases = there(".case"), told.tables = there("table"), told.charts = there("figure");
  return JSON.stringify(told);
"""


@pytest.fixture(scope="module")
def told(page, tmp_path_factory):
    """What the page does in a frame of some width, since no window is narrower than 500 pixels."""
    folder = tmp_path_factory.mktemp("browser")

    def ask(width, *more, scripts=True, extra=""):
        own = page.replace("<head>", f"<head>{CATCHING}").replace("</body>", f"{extra}{PROBE}</body>")
        sandbox = "" if scripts else 'sandbox="allow-same-origin"'
        read = "return page.body.dataset.told;" if scripts else WITHOUT_SCRIPTS
        (folder / "page.html").write_text(
            f"<!doctype html><script>const look = (page) => {{ {read} }};"
            "const tell = (page) => { const out = document.createElement('pre'); out.id = 'told';"
            "out.textContent = look(page); document.body.append(out); };</script>"
            f'<iframe {sandbox} width="{width}" height="900" style="border: 0" onload="tell(this.contentDocument)" '
            f'srcdoc="{html.escape(own)}"></iframe>'
        )
        done = subprocess.run(  # noqa: S603
            [
                *(CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder / 'user'}"),
                *("--window-size=1300,1000", *more, "--dump-dom", (folder / "page.html").as_uri()),
            ],
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        )
        return json.loads(html.unescape(re.search(r'<pre id="told">(.*?)</pre>', done.stdout, re.DOTALL)[1]))

    return ask


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium")
@pytest.mark.parametrize("width", [390, 1100])
def test_filters_work_and_nothing_overflows(told, width):
    own = told(width)
    assert own["width"] == width
    assert own["errors"] == []
    assert own["overflow"] <= 0
    assert own["form"]
    assert (own["all"], own["right"], own["other"], own["found"], own["none"], own["back"]) == (12, 3, 8, 1, 0, 12)
    assert own["count"] == "1 of 12 cases"
    assert own["signs"] == 4  # told apart by their form, not by colour alone


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium")
@pytest.mark.parametrize("width", [390, 1100])
def test_all_intervals_of_a_chart_have_their_zero_in_one_place(told, width):
    zeros = told(width)["zeros"]
    assert len(zeros) == 3
    assert max(zeros) < 1.0


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium")
@pytest.mark.parametrize("width", [390, 1100])
def test_with_scripts_off_every_case_and_chart_is_there_and_no_field(told, page, width):
    own = told(width, scripts=False)
    assert own["width"] == width
    assert not own["ran"]
    assert own["overflow"] <= 0
    assert own["forms"] == 0
    assert own["cases"] == page.count('<details class="case"') == 24
    assert own["tables"] > own["cases"]
    assert own["charts"] > 0


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium")
def test_the_probe_meets_errors_and_what_is_too_wide(told):
    faulty = "<script>console.error('told');</script><script>none.such;</script><div style='width: 600px'>wide</div>"
    own = told(390, extra=faulty)
    assert [error for error in own["errors"] if "told" in error or "none" in error] == own["errors"]
    assert len(own["errors"]) == 2
    assert own["overflow"] > 0


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium")
def test_light_and_dark_have_their_colours(told):
    light, dark = (
        told(800),
        told(800, "--force-dark-mode", "--enable-features=WebUIDarkMode", "--blink-settings=preferredColorScheme=0"),
    )
    assert (light["dark"], dark["dark"]) == (False, True)
    assert light["background"] != dark["background"]
