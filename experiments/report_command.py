"""The command that makes a report of runs."""

from __future__ import annotations

import itertools
from pathlib import Path

import click

from experiments._console import SeveralValues, one_line_errors

__all__ = ["report"]

_PATH = click.Path(path_type=Path)
_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command(cls=SeveralValues)
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--data", "paths", multiple=True, required=True, metavar="PATH...", type=_PATH)
@click.option("--tools", "tools_file", type=_PATH, metavar="FILE|NAME", help="As for run.")
@click.option(
    "--out",
    "outs",
    multiple=True,
    required=True,
    metavar="FILE...",
    type=_PATH,
    help="What to write, each ending in .html, .md, .csv or .tex.",
)
@click.option("--system", "names", multiple=True, metavar="NAME...", help="Of the runs, in this order; else all.")
@click.option("--reference", metavar="SYSTEM", help="Differences are taken to this one; else to the first.")
@click.option("--groups", multiple=True, metavar="FILE...", type=_FILE, help="Intervals draw these groups.")
@click.option(
    "--cases",
    type=click.IntRange(min=0),
    default=200,
    show_default=True,
    help="Single cases of each dataset in a page; 0 for a page without any text of the data.",
)
@one_line_errors
def report(
    folder: Path,
    *,
    paths: tuple[Path, ...],
    tools_file: Path | None,
    outs: tuple[Path, ...],
    names: tuple[str, ...],
    reference: str | None,
    groups: tuple[Path, ...],
    cases: int,
) -> None:
    """Report the runs that ``profile-bench run --out FOLDER`` wrote for the datasets of --data.

    A page (.html) needs no network: tables, paired differences, slices, calibration, cost, single cases, manifests.
    Intervals draw whole users, or whole groups of records that hang together otherwise.
    """
    from experiments._files import write_whole  # noqa: PLC0415  (heavy)
    from experiments.compare_datasets import compare_datasets, drawn_by  # noqa: PLC0415
    from experiments.folds import read_groups  # noqa: PLC0415
    from experiments.report import (  # noqa: PLC0415
        headline_csv,
        headline_latex,
        headline_markdown,
        report_page,
        report_run,
    )
    from experiments.run_folders import runs_in  # noqa: PLC0415

    made = {".md": headline_markdown, ".csv": headline_csv, ".tex": headline_latex}
    if other := [out for out in outs if out.suffix not in {".html", *made}]:
        raise click.UsageError(f"{other[0]}: a report ends in .html, {', '.join(made)}")
    runs = [report_run(run) for _, found in runs_in(folder, paths, tools_file, names) for run in found]
    if not runs:
        raise click.UsageError(f"{folder} has no run of these datasets and systems")
    for _, own in itertools.groupby(runs, key=lambda run: run.results.sha256):
        counts = {run.results.system: len(run.results.records) for run in own}
        if len(set(counts.values())) > 1:
            told = ", ".join(f"{system} {count}" for system, count in counts.items())
            click.echo(f"only the records that all runs have are reported ({told})", err=True)
    known = read_groups(groups)
    results = [run.results for run in runs]
    tables = compare_datasets(drawn_by(results, known) if known else results, reference=reference, common=True)
    for out in outs:
        page = out.suffix == ".html"
        text = report_page(runs, tables, most_cases=cases) if page else made[out.suffix](tables)
        out.parent.mkdir(parents=True, exist_ok=True)
        write_whole(out, text)
