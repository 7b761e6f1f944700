"""The commands of ``profile-bench`` that score nothing: fitting, measuring speed, writing the sample data."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from experiments._console import SeveralValues, one_line_errors, progress

if TYPE_CHECKING:
    from collections.abc import Sequence

    from indexes.loading import Runtime

__all__ = ["bench", "convert", "fit", "fusion", "sample"]

_PATH = click.Path(path_type=Path)
_MOST_REASONS = 10


@click.command(cls=SeveralValues)
@click.option("--data", "paths", multiple=True, required=True, metavar="PATH...", type=_PATH)
@click.option(
    "--groups",
    multiple=True,
    metavar="FILE...",
    type=_PATH,
    help='JSON {record id: {"group": name}}: records of one group stay on one side of a fold. Default: by profile.',
)
@click.option("--share", multiple=True, metavar="DATASET=WEIGHT", help="How much a dataset weighs; 1 where not given.")
@click.option("--penalty", type=click.FloatRange(min=0.0), default=1e-3, show_default=True, help="L2 penalty.")
@click.option("--folds", type=click.IntRange(min=2), default=5, show_default=True)
@click.option("--out", type=_PATH, help="Write the weights here; otherwise only the held-out figures are printed.")
@one_line_errors
def fit(
    *,
    paths: tuple[Path, ...],
    groups: tuple[Path, ...],
    share: tuple[str, ...],
    penalty: float,
    folds: int,
    out: Path | None,
) -> None:
    """Fit the choice model's weights, and print its accuracy on held-out groups."""
    from experiments.dataset import load_dataset  # noqa: PLC0415  (heavy)
    from experiments.folds import read_groups  # noqa: PLC0415
    from experiments.train_choice import cross_validate_choice, examples, train_choice, write_choice  # noqa: PLC0415
    from indexes import CachedEmbedder, load_embedder  # noqa: PLC0415

    shares = _shares(share)
    embedder = CachedEmbedder(load_embedder())
    known = read_groups(groups)
    rows = []
    with progress() as track:
        for path in paths:
            dataset = load_dataset(path)
            rows += examples(dataset, embedder, known, progress=track(dataset.name))
    if unknown := shares.keys() - {row.dataset for row in rows}:
        raise click.UsageError(f"--share names no dataset of --data: {', '.join(sorted(unknown))}")
    held_out = cross_validate_choice(rows, folds=folds, penalty=penalty, shares=shares)
    for name, figures in held_out.items():
        click.echo(
            f"{name}: tool {figures['tool']:.3f}, platform {figures['platform']:.3f} "
            f"({figures['records']:.0f} records, {folds} grouped folds)"
        )
    if out is not None:
        about = {
            "about": "weights of the choice model, made by: profile-bench fit",
            "embedder": embedder.name,
            "penalty": penalty,
            "shares": shares,
            "held_out": {
                name: {key: round(value, 4) for key, value in figures.items()} for name, figures in held_out.items()
            },
        }
        write_choice(out, train_choice(rows, penalty=penalty, shares=shares), about)
        click.echo(f"written: {out}")


@click.command()
@click.option("--rounds", type=click.IntRange(min=1), default=20, show_default=True, help="Times each query is asked.")
@click.option("--runtime", type=click.Choice(["auto", "onnx", "torch"]), default="auto", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
@one_line_errors
def bench(rounds: int, runtime: Runtime, *, as_json: bool) -> None:
    """Measure a warm resolve for a user with 200 records against encoding its query alone."""
    from experiments.bench import measure  # noqa: PLC0415  (heavy)

    figures = measure(rounds=rounds, runtime=runtime)
    click.echo(json.dumps(figures.to_json(), indent=2) if as_json else figures.to_text())


@click.command(cls=SeveralValues)
@click.option("--data", "paths", multiple=True, required=True, metavar="FILE...", type=_PATH)
@click.option("--runtime", type=click.Choice(["auto", "onnx", "torch"]), default="auto", show_default=True)
@one_line_errors
def fusion(paths: tuple[Path, ...], runtime: Runtime) -> None:
    """Compare fusions of the two retrievers on evidence records: {id, query, facts, gold}, gzipped JSON."""
    from experiments.fusion import compare_fusions  # noqa: PLC0415  (heavy)

    for line in compare_fusions(paths, runtime=runtime):
        click.echo(line)


@click.command()
@click.argument("name", type=click.Choice(["toolspectrum"]))
@click.argument("folder", type=_PATH)
@click.argument("out", type=_PATH)
@one_line_errors
def convert(name: str, folder: Path, out: Path) -> None:
    """Convert FOLDER, your copy of a public set as its authors lay it out, to the file OUT in PTBench's shape.

    OUT ends in .json or .json.gz. Requests for which no call is right go to a file beside it, OUT with ".refusals".
    """
    from experiments.importers import import_toolspectrum  # noqa: PLC0415
    from experiments.importers.writing import write_imported  # noqa: PLC0415

    imported = {"toolspectrum": import_toolspectrum}[name](folder)
    for written in write_imported(imported, out):
        click.echo(f"written: {written}")
    records, refusals, skipped = imported
    click.echo(f"{len(records)} records, {len(refusals)} refusals, {len(skipped)} skipped")
    for place, reason in skipped[:_MOST_REASONS]:
        click.echo(f"  {place}: {reason}")


@click.command()
@click.argument("path", type=_PATH)
@one_line_errors
def sample(path: Path) -> None:
    """Write the sample data to PATH, in PTBench's shape."""
    from experiments.sample import write  # noqa: PLC0415

    click.echo(f"written: {write(path)}")


def _shares(given: Sequence[str]) -> dict[str, float]:
    shares = {}
    for text in given:
        name, _, weight = text.rpartition("=")
        try:
            shares[name] = float(weight)
        except ValueError:
            name = ""
        if not name or shares[name] < 0.0:
            raise click.UsageError(f"--share {text!r}: expected DATASET=WEIGHT with a weight of at least 0")
    return shares
