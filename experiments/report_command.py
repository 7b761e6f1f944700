"""The command that makes a report of runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from experiments._console import SeveralValues, one_line_errors

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from experiments.run import Run

__all__ = ["report"]

_PATH = click.Path(path_type=Path)


@click.command(cls=SeveralValues)
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--data", "paths", multiple=True, required=True, metavar="PATH...", type=_PATH)
@click.option("--tools", "tools_file", type=_PATH, metavar="FILE|NAME", help="As for run.")
@click.option("--out", required=True, metavar="FILE", type=_PATH, help="What to write: .html, .md, .csv or .tex.")
@click.option("--system", "names", multiple=True, metavar="NAME...", help="Of the runs, in this order; else all.")
@click.option("--reference", metavar="SYSTEM", help="Differences are taken to this one; else to the first.")
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
    out: Path,
    names: tuple[str, ...],
    reference: str | None,
    cases: int,
) -> None:
    """Report the runs that ``profile-bench run --out FOLDER`` wrote for the datasets of --data, in one file.

    A page (.html) needs no network: tables, paired differences, slices, calibration, cost, single cases, manifests.
    """
    from experiments._files import write_whole  # noqa: PLC0415  (heavy)
    from experiments.compare_datasets import compare_datasets  # noqa: PLC0415
    from experiments.report import (  # noqa: PLC0415
        headline_csv,
        headline_latex,
        headline_markdown,
        report_page,
        report_run,
    )

    made = {".md": headline_markdown, ".csv": headline_csv, ".tex": headline_latex}
    if out.suffix not in {".html", *made}:
        raise click.UsageError(f"{out}: a report ends in .html, {', '.join(made)}")
    runs = [report_run(run) for run in _runs(folder, paths, tools_file, names)]
    if not runs:
        raise click.UsageError(f"{folder} has no run of these datasets and systems")
    if out.suffix == ".html":
        text = report_page(runs, reference=reference, most_cases=cases)
    else:
        text = made[out.suffix](compare_datasets([run.results for run in runs], reference=reference, common=True))
    out.parent.mkdir(parents=True, exist_ok=True)
    write_whole(out, text)


def _runs(folder: Path, paths: Sequence[Path], tools_file: Path | None, names: Sequence[str]) -> Iterator[Run]:
    """The runs of each dataset, those of the names in their order, else all."""
    from experiments.references import load_with_tools  # noqa: PLC0415
    from experiments.run import read_run  # noqa: PLC0415
    from experiments.run_command import run_folder  # noqa: PLC0415

    for path in paths:
        dataset = load_with_tools(path, tools_file)
        where = run_folder(folder, dataset.name, "x").parent
        found = [read_run(own, dataset) for own in sorted(where.iterdir()) if own.is_dir()] if where.is_dir() else []
        known = {run.system: run for run in found}
        yield from (known[name] for name in names or known if name in known)
