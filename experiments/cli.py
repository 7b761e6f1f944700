"""The command ``profile-bench``: runs systems over datasets and scores them."""

from __future__ import annotations

import functools
import json
import re
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from experiments._console import SeveralValues, one_line_errors, progress
from experiments.commands import bench, bench_store, convert, fusion, retrieval, sample
from experiments.learning import ablate, fit
from indexes.loading import RUNTIMES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from baselines.case import System
    from experiments.records import Dataset
    from experiments.scores import Scores
    from indexes import Executor
    from indexes.loading import Runtime

__all__ = ["main"]

_WIDEST = 200  # columns of a table that goes to a file or a pipe


@click.group(name="profile-bench", context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="profile-resolver")
def main() -> None:
    """Run systems over personalised tool-calling benchmarks and score them."""


for _command in (ablate, bench, bench_store, convert, fit, fusion, retrieval, sample):
    main.add_command(_command)


@main.command(cls=SeveralValues)
@click.option("--data", "paths", multiple=True, required=True, metavar="PATH...", type=click.Path(path_type=Path))
@click.option("--system", "names", multiple=True, required=True, metavar="NAME...", help="A system's name, or all.")
@click.option(
    "--tools",
    "tools_file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE|NAME",
    help="JSON with tools, or the name of a shipped list (retail), for records that only refer to theirs.",
)
@click.option("--limit", type=click.IntRange(min=1), help="Only the first N records of each dataset, in file order.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), default=Path("runs"), show_default=True)
@click.option(
    "--on-error",
    type=click.Choice(["raise", "record"]),
    default="raise",
    show_default=True,
    help="What a system's exception does: stop the run, or count the record as failed.",
)
@click.option(
    "--runtime",
    type=click.Choice(RUNTIMES),
    default="auto",
    show_default=True,
    help="Of the embedder. One that is asked for is written behind the system's name: resolver-static.",
)
@click.option("--jobs", type=click.IntRange(min=1), default=1, show_default=True, help="Processes that answer.")
@click.option("--ray", "cluster", metavar="ADDRESS", help="Ray cluster that answers, host:port or auto (extra ray).")
@click.option("--json", "as_json", is_flag=True, help="Print the scores as JSON instead of tables.")
@one_line_errors
def run(
    paths: tuple[Path, ...],
    names: tuple[str, ...],
    out: Path,
    *,
    tools_file: Path | None = None,
    limit: int | None = None,
    on_error: Literal["raise", "record"] = "raise",
    runtime: Runtime = "auto",
    jobs: int = 1,
    cluster: str | None = None,
    as_json: bool = False,
) -> None:
    """Let systems answer datasets, score the answers, and print a table per dataset.

    PATH is a .json or .json.gz file in PTBench's shape, or a folder with PTBench's two splits. A stopped run is
    continued by the same command. Each run is written to OUT/DATASET/SYSTEM, its scores to OUT/DATASET.
    """
    from experiments.run import run_system  # noqa: PLC0415
    from experiments.scores import score_run  # noqa: PLC0415
    from experiments.table import write_report  # noqa: PLC0415

    systems = _systems(names, runtime)
    datasets = _datasets(paths)
    if tools_file is not None:
        from experiments.references import read_tools, with_tools  # noqa: PLC0415

        tools = read_tools(tools_file)
        datasets = [with_tools(dataset, tools) for dataset in datasets]
    everything: list[list[Scores]] = [[] for _ in datasets]
    with _executor(jobs, cluster) as executor, progress() as track:
        for create in systems:  # system by system, so that workers make each one ready once
            system = create()
            for dataset, scores in zip(datasets, everything, strict=True):
                result = run_system(
                    system,
                    dataset,
                    out / _folder(dataset.name) / _folder(system.name),
                    limit=limit,
                    progress=track(f"{dataset.name}: {system.name}"),
                    on_error=on_error,
                    executor=executor,
                    make=create,
                )
                scores.append(score_run(result))
        for dataset, scores in zip(datasets, everything, strict=True):
            write_report(scores, out / _folder(dataset.name))
    _print(everything, as_json=as_json)


@main.command()
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), default=None, help="Keep the runs here.")
@one_line_errors
def demo(out: Path | None) -> None:
    """Run every system on the sample data, and show three resolutions with their evidence."""
    import tempfile  # noqa: PLC0415

    from experiments.dataset import load_dataset  # noqa: PLC0415
    from experiments.demo import examples_of, explained  # noqa: PLC0415
    from experiments.sample import write  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as scratch:
        data = write(Path(scratch) / "sample.json")
        click.get_current_context().invoke(run, paths=(data,), names=("all",), out=out or Path(scratch))
        dataset = load_dataset(data)
        for text in explained(dataset, examples_of(dataset)):
            click.echo(f"\n{'─' * 100}\n{text}")


@main.command()
@click.option("--data", "path", required=True, metavar="PATH", type=click.Path(path_type=Path))
@click.option("--predictions", required=True, metavar="FILE", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--json", "as_json", is_flag=True, help="Print the scores as JSON instead of a table.")
@one_line_errors
def score(path: Path, predictions: Path, *, as_json: bool) -> None:
    """Score an official generation.jsonl, whose lines belong to the records of PATH by position."""
    from experiments.dataset import load_dataset  # noqa: PLC0415
    from experiments.scores import read_generation, score_generation  # noqa: PLC0415

    scores = score_generation(load_dataset(path), read_generation(predictions), system=predictions.name)
    if scores.missing:
        click.echo(f"{scores.missing} records have no prediction; they count as format errors", err=True)
    _print([[scores]], as_json=as_json)


def _executor(jobs: int, cluster: str | None) -> AbstractContextManager[Executor | None]:
    from indexes import ProcessExecutor, RayExecutor  # noqa: PLC0415

    if cluster is not None:
        if jobs > 1:
            raise click.UsageError("--jobs are processes of this machine, --ray is a cluster: give one of the two")
        return RayExecutor(cluster)
    return ProcessExecutor(jobs) if jobs > 1 else nullcontext()


def _systems(names: Sequence[str], runtime: Runtime) -> list[Callable[[], System]]:
    from baselines import registry  # noqa: PLC0415

    known = list(registry.names())
    wanted = list(dict.fromkeys(known if "all" in names else names))
    if unknown := [name for name in wanted if name not in known]:
        raise click.UsageError(f"no system {', '.join(map(repr, unknown))}; there are {', '.join(known)}, and all")
    return [functools.partial(registry.create, name, runtime=runtime) for name in wanted]


def _datasets(paths: Sequence[Path]) -> list[Dataset]:
    from experiments.dataset import load_dataset  # noqa: PLC0415

    datasets: dict[str, Dataset] = {}
    for path in dict.fromkeys(paths):
        dataset = load_dataset(path)
        folder = _folder(dataset.name)
        if folder in datasets:
            raise click.UsageError(f"{path}: another --data is already called {dataset.name!r}; run it by itself")
        datasets[folder] = dataset
    return list(datasets.values())


def _folder(name: str) -> str:
    """A name as that of a folder."""
    return re.sub(r"[^\w.-]+", "_", name).strip(".") or "_"


def _print(everything: Sequence[Sequence[Scores]], *, as_json: bool) -> None:
    if as_json:
        flat = [scores.to_json() for group in everything for scores in group]
        click.echo(json.dumps(flat, indent=2, ensure_ascii=False, allow_nan=False))
        return
    from rich.console import Console  # noqa: PLC0415

    from experiments.table import rich_table  # noqa: PLC0415

    console = Console(width=None if sys.stdout.isatty() else _WIDEST)
    for group in everything:
        console.print(rich_table(group))
