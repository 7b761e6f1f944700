"""The command ``profile-bench run``: systems answer datasets, and are scored."""

from __future__ import annotations

import functools
import json
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from experiments._console import SeveralValues, on_error_option, one_line_errors, progress
from experiments.chat_options import ChatOptions, chat_options
from indexes.loading import RUNTIMES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from pydantic import JsonValue

    from baselines.case import System
    from baselines.variant import Variant
    from experiments.records import Dataset, Record
    from experiments.scores import Scores
    from indexes import Executor
    from indexes.loading import Runtime

__all__ = ["print_scores", "run"]

_WIDEST = 200  # columns of a table that goes to a file or a pipe


@click.command(cls=SeveralValues)
@click.option("--data", "paths", multiple=True, required=True, metavar="PATH...", type=click.Path(path_type=Path))
@click.option(
    "--system", "names", multiple=True, required=True, metavar="NAME...", help="A system's name, all, or llm."
)
@click.option(
    "--tools",
    "tools_file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE|NAME",
    help="JSON with tools, or the name of a shipped list (retail), for records that only refer to theirs.",
)
@click.option("--limit", type=click.IntRange(min=1), help="Only the first N records of each dataset, in file order.")
@click.option(
    "--sample",
    type=click.IntRange(min=1),
    help="Only N records of each dataset, drawn by a hash of their ids: the same for all systems; more go on.",
)
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), default=Path("runs"), show_default=True)
@on_error_option
@click.option(
    "--runtime",
    type=click.Choice(RUNTIMES),
    default="auto",
    show_default=True,
    help="Of the embedder. One that is asked for is written behind the system's name: resolver-static.",
)
@click.option(
    "--weights",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of weights that `fit` wrote, in place of the shipped ones; its name goes behind the system's.",
)
@click.option(
    "--resolver",
    "options",
    multiple=True,
    metavar="OPTION=VALUE...",
    help="Options of the resolver (require_match=0.5, abstain_below, k, retriever, fusion), behind the system's name.",
)
@click.option("--jobs", type=click.IntRange(min=1), default=1, show_default=True, help="Processes that answer.")
@click.option("--ray", "cluster", metavar="ADDRESS", help="Ray cluster that answers, host:port or auto (extra ray).")
@click.option("--json", "as_json", is_flag=True, help="Print the scores as JSON instead of tables.")
@chat_options
@one_line_errors
def run(
    paths: tuple[Path, ...],
    names: tuple[str, ...],
    out: Path,
    *,
    tools_file: Path | None = None,
    limit: int | None = None,
    sample: int | None = None,
    on_error: Literal["raise", "record"] = "raise",
    runtime: Runtime = "auto",
    weights: Path | None = None,
    options: tuple[str, ...] = (),
    jobs: int = 1,
    cluster: str | None = None,
    as_json: bool = False,
    chat: ChatOptions | None = None,
) -> None:
    """Let systems answer datasets, score the answers, and print a table per dataset.

    PATH is a .json or .json.gz file in PTBench's shape, or a folder with PTBench's two splits. A stopped run is
    continued by the same command. Each run is written to OUT/DATASET/SYSTEM, the scores to OUT/DATASET, with
    those of systems that answered the same records there before.
    """
    from experiments.run import run_system  # noqa: PLC0415
    from experiments.run_folders import folder_name, run_folder, runs_beside  # noqa: PLC0415
    from experiments.scores import score_run  # noqa: PLC0415
    from experiments.table import write_report  # noqa: PLC0415

    if limit is not None and sample is not None:
        raise click.UsageError("--limit takes the first records, --sample draws some: give one of the two")
    systems = _systems(names, _variant(runtime, weights, options), chat or ChatOptions())
    datasets = _datasets(paths, tools_file)
    if sample is not None:
        datasets = [dataset.in_drawn_order() for dataset in datasets]
    everything: list[list[Scores]] = [[] for _ in datasets]
    answered: list[tuple[Record, ...]] = [() for _ in datasets]
    with _executor(jobs, cluster) as executor, progress() as track:
        for create in systems:  # system by system, so that workers make each one ready once
            system = create()
            for number, dataset in enumerate(datasets):
                result = run_system(
                    system,
                    dataset,
                    run_folder(out, dataset.name, system.name),
                    limit=sample or limit,
                    progress=track(f"{dataset.name}: {system.name}"),
                    on_error=on_error,
                    executor=executor,
                    make=create,
                )
                everything[number].append(score_run(result))
                answered[number] = result.records
        for dataset, scores, records in zip(datasets, everything, answered, strict=True):
            beside = runs_beside(out, dataset, records, but=[own.system for own in scores])
            write_report([*scores, *map(score_run, beside)], out / folder_name(dataset.name))
    print_scores(everything, as_json=as_json)


def _executor(jobs: int, cluster: str | None) -> AbstractContextManager[Executor | None]:
    from indexes import ProcessExecutor, RayExecutor  # noqa: PLC0415

    if cluster is not None:
        if jobs > 1:
            raise click.UsageError("--jobs are processes of this machine, --ray is a cluster: give one of the two")
        return RayExecutor(cluster)
    return ProcessExecutor(jobs) if jobs > 1 else nullcontext()


def _variant(runtime: Runtime, weights: Path | None, options: Sequence[str]) -> Variant:
    from baselines.variant import Variant  # noqa: PLC0415

    read: dict[str, JsonValue] = {}
    for text in options:
        name, given, value = text.partition("=")
        if not given:
            raise click.UsageError(f"--resolver {text!r}: expected OPTION=VALUE")
        try:
            read[name] = json.loads(value)
        except ValueError:
            read[name] = value
    fusion: Any = read.pop("fusion", "score")  # which the variant checks
    try:
        return Variant(runtime=runtime, weights=weights, fusion=fusion, options=tuple(read.items()))
    except ValueError as error:
        raise click.UsageError(str(error)) from error


def _systems(names: Sequence[str], variant: Variant, chat: ChatOptions) -> list[Callable[[], System]]:
    from baselines import registry  # noqa: PLC0415

    trained = list(registry.trained_names(variant.weights)) if variant.weights is not None else []
    groups = {"all": [*registry.names(), *trained], "llm": list(registry.llm_names())}
    known = [*registry.names(), *registry.trained_names(), *groups["llm"]]
    wanted = list(dict.fromkeys(own for name in names for own in groups.get(name, [name])))
    if unknown := [name for name in wanted if name not in known]:
        raise click.UsageError(
            f"no system {', '.join(map(repr, unknown))}; there are {', '.join(known)}; all (without a language model) "
            "and llm (with one)"
        )
    asking = set(wanted) & set(groups["llm"])
    if asking and chat.model is None:
        raise click.UsageError(f"{', '.join(sorted(asking))}: name a language model by --model, and its --base-url")
    return [
        functools.partial(registry.create, name, variant=variant, chat=chat.open if name in asking else None)
        for name in wanted
    ]


def _datasets(paths: Sequence[Path], tools_file: Path | None) -> list[Dataset]:
    from experiments.references import load_with_tools  # noqa: PLC0415
    from experiments.run_folders import folder_name  # noqa: PLC0415

    datasets: dict[str, Dataset] = {}
    for path in dict.fromkeys(paths):
        dataset = load_with_tools(path, tools_file)
        folder = folder_name(dataset.name)
        if folder in datasets:
            raise click.UsageError(f"{path}: another --data is already called {dataset.name!r}; run it by itself")
        datasets[folder] = dataset
    return list(datasets.values())


def print_scores(everything: Sequence[Sequence[Scores]], *, as_json: bool) -> None:
    """Print the tables of datasets, or all scores as JSON."""
    if as_json:
        flat = [scores.to_json() for group in everything for scores in group]
        click.echo(json.dumps(flat, indent=2, ensure_ascii=False, allow_nan=False))
        return
    from rich.console import Console  # noqa: PLC0415

    from experiments.table import rich_table  # noqa: PLC0415

    console = Console(width=None if sys.stdout.isatty() else _WIDEST)
    for group in everything:
        console.print(rich_table(group))
