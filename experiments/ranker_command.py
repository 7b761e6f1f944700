"""The command ``profile-bench fit-ranker``: trains a standard ranker, to compare with, on the resolver's folds."""

from __future__ import annotations

from pathlib import Path

import click

from experiments._console import SeveralValues, one_line_errors, progress

__all__ = ["fit_ranker"]

_PATH = click.Path(path_type=Path)


@click.command("fit-ranker", cls=SeveralValues)
@click.option("--data", "paths", multiple=True, required=True, metavar="PATH...", type=_PATH)
@click.option("--tools", metavar="FILE|NAME", help="Tools for records that describe none, as of `run`.")
@click.option(
    "--folds",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="The file folds.json that `fit --folds-out` wrote: which fold each record is in.",
)
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for ranker.json and ranker_own.json: that of the weights, for `run --weights`.",
)
@one_line_errors
def fit_ranker(*, paths: tuple[Path, ...], tools: str | None, folds: Path, out: Path) -> None:
    """Train the rivals `ranker` and `ranker_own` on the folds that the resolver was trained on.

    Each fold is answered by one that was trained on the others: of all sets together (`ranker`), or of the record's
    own set alone (`ranker_own`). How is chosen by cross-validation within these.
    """
    from baselines.ranker import ranker_file  # noqa: PLC0415  (heavy)
    from baselines.registry import default_workbench  # noqa: PLC0415
    from baselines.weights import read_folds  # noqa: PLC0415
    from experiments._files import write_json  # noqa: PLC0415
    from experiments.references import load_with_tools  # noqa: PLC0415
    from experiments.train_ranker import ranked, train_rankers  # noqa: PLC0415

    placed, workbench = read_folds(folds), default_workbench()
    datasets = [load_with_tools(path, None if tools is None else Path(tools)) for path in dict.fromkeys(paths)]
    with progress() as track:
        records = [
            record
            for dataset in datasets
            for record in ranked(dataset, placed, workbench, track(f"reading {dataset.name}"))
        ]
        out.mkdir(parents=True, exist_ok=True)
        for name, apart in (("ranker", False), ("ranker_own", True)):
            rankers, taken = train_rankers(records, apart=apart, progress=track(f"training {name}"))
            about = {"about": "made by: profile-bench fit-ranker", "embedder": workbench.embedder.name, "ways": taken}
            write_json(ranker_file(out, name), {**about, **rankers.to_json()})
            for line in taken:
                click.echo(f"{name}, {line}")
    click.echo(f"written to {out}")
