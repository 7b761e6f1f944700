"""The commands that compare runs: ``compare`` and ``cascade``."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from experiments._console import SeveralValues, one_line_errors

if TYPE_CHECKING:
    from collections.abc import Sequence

    from experiments.compare import Compared
    from experiments.records import Dataset
    from experiments.run import Run

__all__ = ["cascade", "compare"]

_FILE = click.Path(path_type=Path)
_FOLDER = click.Path(path_type=Path, file_okay=False, exists=True)
_STEPS = 11
_WIDEST = 160


@click.command(cls=SeveralValues)
@click.option("--data", required=True, metavar="PATH", type=_FILE, help="The dataset of the runs.")
@click.option("--tools", "tools_file", type=_FILE, metavar="FILE|NAME", help="As for run.")
@click.option(
    "--run", "folders", multiple=True, required=True, metavar="DIR...", type=_FOLDER, help="OUT/DATASET/SYSTEM"
)
@click.option("--reference", metavar="SYSTEM", help="Differences are taken to this one; else to the first.")
@click.option("--common", is_flag=True, help="Compare the records that all runs have.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
@one_line_errors
def compare(
    *,
    data: Path,
    tools_file: Path | None,
    folders: tuple[Path, ...],
    reference: str | None,
    common: bool,
    as_json: bool,
) -> None:
    """Compare runs over the same records: scores, tokens, seconds, and paired differences with 95 % intervals.

    The intervals draw whole users (records with the same profile).
    """
    from experiments.compare import compare_runs  # noqa: PLC0415  (heavy)

    dataset = _dataset(data, tools_file)
    runs = [_run(folder, dataset) for folder in folders]
    rows = compare_runs(runs, reference=reference or runs[0].system, common=common)
    if as_json:
        click.echo(json.dumps([row.to_json() for row in rows], indent=2))
    else:
        _print(dataset.name, rows)


@click.command()
@click.option("--data", required=True, metavar="PATH", type=_FILE, help="The dataset of the runs.")
@click.option("--tools", "tools_file", type=_FILE, metavar="FILE|NAME", help="As for run.")
@click.option("--alone", required=True, metavar="DIR", type=_FOLDER, help="The run of the system that is asked first.")
@click.option(
    "--asking", required=True, metavar="DIR", type=_FOLDER, help="The run of the one that is asked if unsure."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
@one_line_errors
def cascade(data: Path, tools_file: Path | None, alone: Path, asking: Path, *, as_json: bool) -> None:
    """What a cascade would score and cost: one system alone above a confidence, else the other.

    Reckoned from two runs, so that no model is asked again.
    """
    from experiments.compare import cascade_curve  # noqa: PLC0415  (heavy)

    dataset = _dataset(data, tools_file)
    thresholds = [step / (_STEPS - 1) for step in range(_STEPS)]
    curve = cascade_curve(_run(alone, dataset), _run(asking, dataset), [*thresholds, 1.01])
    if as_json:
        click.echo(json.dumps(curve, indent=2))
        return
    click.echo("alone above   asked   strict overall   prompt tokens per record")
    for point in curve:
        shares = f"{point['threshold']:11.2f}   {point['asked']:5.2f}   {point['strict']:14.3f}"
        click.echo(f"{shares}   {point['prompt_tokens']:.0f}")


def _dataset(data: Path, tools_file: Path | None) -> Dataset:
    from experiments.dataset import load_dataset  # noqa: PLC0415
    from experiments.references import read_tools, with_tools  # noqa: PLC0415

    dataset = load_dataset(data)
    return dataset if tools_file is None else with_tools(dataset, read_tools(tools_file))


def _run(folder: Path, dataset: Dataset) -> Run:
    from experiments.run import read_run  # noqa: PLC0415

    return read_run(folder, dataset)


def _print(dataset: str, rows: Sequence[Compared]) -> None:
    from rich import box  # noqa: PLC0415
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    table = Table(title=f"{dataset}, {rows[0].records} records", title_justify="left", box=box.SIMPLE_HEAD, padding=0)
    table.add_column("system", overflow="fold")
    for heading in (
        "strict",
        "official",
        "platform",
        "tool",
        "values",
        "tokens in",
        "out",
        "s",
        "failed",
        "difference",
    ):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in rows:
        own = row.difference
        shares = (row.strict, row.official, row.platform, row.tool, row.values)
        table.add_row(
            row.system,
            *(f"{share:.3f}" for share in shares),
            *("-" if number is None else f"{number:.0f}" for number in (row.prompt_tokens, row.completion_tokens)),
            "-" if row.seconds is None else f"{row.seconds:.2f}",
            str(row.failed),
            "" if own is None else f"{own.mean:+.3f} [{own.low:+.3f}, {own.high:+.3f}]",
        )
    Console(width=None if sys.stdout.isatty() else _WIDEST).print(table)
