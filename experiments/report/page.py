"""The page of a report: tables, charts, single cases and manifests in one file, without network or needed scripts."""

from __future__ import annotations

import json
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING

from experiments.calibration import reliability, risk_coverage
from experiments.compare import shared_records
from experiments.metrics import answered_records
from experiments.report.cases import case_browser
from experiments.report.charts import Interval, Point, Series, curve_chart, forest_chart, scatter_chart
from experiments.report.slices import slice_rows
from experiments.report.users import user_table
from experiments.results import run_results
from experiments.statistics import shown_p

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from experiments.compare import Compared
    from experiments.compare_datasets import DatasetTable
    from experiments.metrics import Answered
    from experiments.results import RunResults
    from experiments.run import Run

__all__ = ["ReportRun", "report_page", "report_run"]

_FEWEST_SURE = 10
_COLUMNS = ("strict", "official", "platform", "tool", "values")


@dataclass(frozen=True)
class ReportRun:
    """A run with all that a report says of it.

    Attributes:
        results: What it scored, record by record.
        answered: Its records with their answers.
        manifest: What it was made with.
    """

    results: RunResults
    answered: tuple[Answered, ...]
    manifest: Mapping[str, object]


def report_run(run: Run) -> ReportRun:
    """Score a run for a report."""
    manifest = json.loads((run.directory / "manifest.json").read_text(encoding="utf-8"))
    answered = answered_records(run)
    return ReportRun(run_results(run, answered), answered, manifest)


def report_page(
    runs: Sequence[ReportRun],
    tables: Sequence[DatasetTable],
    *,
    most_cases: int = 200,
    title: str = "Profile resolver",
) -> str:
    """The page as HTML.

    Args:
        runs: Of one or several datasets, at most one of each system on each.
        tables: What `experiments.compare_datasets.compare_datasets` says of their results.
        most_cases: How many single cases of each dataset are shown; 0 leaves out all texts of the data.
        title: Of the page.
    """
    sections = [
        _section(table, [run for run in runs if table.split is None and run.results.sha256 == table.sha256], most_cases)
        for table in tables
    ]
    links = "".join(f'<a href="#t{number}">{escape(table.title)}</a>' for number, table in enumerate(tables))
    body = "".join(f'<section id="t{number}">{section}</section>' for number, section in enumerate(sections))
    manifests = "".join(_manifest(run) for run in runs)
    style, script = ((files("experiments.report") / name).read_text("utf-8") for name in ("page.css", "page.js"))
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f"<style>{style}</style></head><body><header><h1>{escape(title)}</h1><nav>{links}</nav></header>"
        f"<main>{body}<section><h2>Made with</h2>{manifests}</section></main><script>{script}</script></body></html>\n"
    )


def _section(table: DatasetTable, runs: Sequence[ReportRun], most_cases: int) -> str:
    """What is said of a table; slices, confidences and cases are those of the runs: of a split there are none."""
    rows = table.rows
    more = [f"{escape(run.results.system)} {len(run.results.records)}" for run in runs]
    cut = any(len(run.results.records) > rows[0].records for run in runs)
    told = f", those that all of these runs have ({', '.join(more)})" if cut else ""
    parts = [f"<h2>{escape(table.title)}</h2><p>{rows[0].records} records{told}.</p>", _headline(rows, table.reference)]
    gaps = [Interval(row.system, *row.difference[:3]) for row in rows if row.difference is not None]
    if gaps:
        heading = f"Strict score, difference to {table.reference}, with 95 % intervals"
        parts.append(forest_chart(gaps, title=heading))
    parts += [_costs(rows), "" if table.conclusion is None else user_table(table.conclusion)]
    order = [one.id for one in shared_records([run.results for run in runs], common=True)[0].records] if runs else []
    answered = {run.results.system: _in_order(run.answered, order) for run in runs}
    parts += [_slices(answered, own_keys=most_cases > 0), _confidences(answered)]
    if most_cases and order:
        parts.append(case_browser(table.title, answered, most=most_cases))
    return "".join(parts)


def _in_order(answered: Sequence[Answered], order: Sequence[str]) -> list[Answered]:
    known = {str(one.record.id): one for one in answered}
    return [known[i] for i in order]


def _headline(rows: Sequence[Compared], reference: str | None) -> str:
    heads = "".join(f"<th>{name}" for name in ("system", *_COLUMNS, "tokens in", "seconds", "failed", "p"))
    best = {name: max(getattr(row, name) for row in rows) for name in _COLUMNS}
    body = []
    for row in rows:
        shares = "".join(
            f'<td class="bar{" best" if getattr(row, name) == best[name] > 0 else ""}" '
            f'style="--v:{getattr(row, name):.3f}">{getattr(row, name):.3f}'
            for name in _COLUMNS
        )
        tokens = "-" if row.prompt_tokens is None else f"{row.prompt_tokens:.0f}"
        seconds = "-" if row.seconds is None else f"{row.seconds:.2f}"
        p = "-" if row.p is None else escape(shown_p(row.p))
        told = " <small>reference</small>" if row.system == reference else ""
        body.append(
            f'<tr><th scope="row">{escape(row.system)}{told}{shares}'
            f"<td>{tokens}<td>{seconds}<td>{row.failed}<td>{p}</tr>"
        )
    note = (
        "Shares of the records: strict and official are whole answers that are right by the one scorer or the other; "
        "platform, tool (with its platform) and values (all arguments) are parts of the strict one. Bold is the best. "
        "Tokens in (of prompts) and seconds are means of a record; failed counts records. p: McNemar's exact "
        "test of strict against the reference, adjusted by Holm."
    )
    table = f'<div class="wide"><table><thead><tr>{heads}</tr></thead>{"".join(body)}</table></div>'
    return f"{table}<p><small>{note}</small></p>"


def _costs(rows: Sequence[Compared]) -> str:
    asking = [row for row in rows if row.prompt_tokens is not None]
    if not asking:
        return ""
    points = [Point(row.system, row.prompt_tokens or 0.0, row.strict) for row in rows]
    heading = "Strict score by prompt tokens of a record"
    return f"<h3>{heading}</h3>{scatter_chart(points, title=heading, x='prompt tokens', y='strict score')}"


def _slices(answered: Mapping[str, Sequence[Answered]], *, own_keys: bool) -> str:
    rows = slice_rows(answered, own_keys=own_keys)
    if not rows:
        return ""
    heads = "".join(f"<th>{escape(system)}" for system in answered)
    body = []
    for row in rows:
        cells = "".join(f'<td class="heat" style="--v:{share:.3f}">{share:.2f}' for share in row.shares.values())
        body.append(f'<tr><th scope="row">{escape(row.name)}<td>{row.records}{cells}</tr>')
    return (
        '<h3>Strict score by slice</h3><div class="wide"><table><thead><tr><th>slice<th>records'
        f"{heads}</tr></thead>{''.join(body)}</table></div>"
        "<p><small>Shares of few records move by chance: of 10 by up to .31 either way, of 100 by up to .10."
        "</small></p>"
    )


def _confidences(answered: Mapping[str, Sequence[Answered]]) -> str:
    """Reliability and risk by coverage of the systems that say how sure they are."""
    trusted, risks = [], []
    for system, records in answered.items():
        sure = [
            (one.prediction.answer_confidence, one.strict.overall)
            for one in records
            if one.prediction.answer_confidence is not None
        ]
        if len(sure) < _FEWEST_SURE:
            continue
        confidences, right = zip(*sure, strict=True)
        bins = [own for own in reliability(confidences, right) if own.answers]
        trusted.append(Series(system, tuple((own.confidence, own.accuracy) for own in bins)))
        points = risk_coverage(confidences, right)
        risks.append(Series(system, tuple((own.coverage, own.risk) for own in points)))
    if not trusted:
        return ""
    first = curve_chart(trusted, title="Reliability", x="confidence", y="share right", diagonal=True)
    second = curve_chart(risks, title="Risk by coverage", x="share answered", y="share wrong")
    return f"<h3>How sure, and how right</h3>{first}<h3>Wrong answers when only the surest are given</h3>{second}"


def _manifest(run: ReportRun) -> str:
    told = json.dumps(run.manifest, indent=2, ensure_ascii=False, sort_keys=True)
    title = f"{run.results.dataset}: {run.results.system}"
    return f"<details><summary>{escape(title)}</summary><pre>{escape(told)}</pre></details>"
