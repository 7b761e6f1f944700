"""The commands of ``profile-bench`` that neither score nor train: speed, retrieval, converting, the sample data."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from experiments._console import SeveralValues, one_line_errors
from indexes.loading import DEFAULT_MODEL, RUNTIMES

if TYPE_CHECKING:
    from experiments.faithfulness import Figure
    from experiments.importers.toolspectrum import Candidates
    from experiments.importers.writing import Imported
    from indexes.loading import Runtime

__all__ = ["bench", "bench_store", "convert", "faithfulness", "fusion", "retrieval", "sample"]

_PATH = click.Path(path_type=Path)
_MOST_REASONS = 10


@click.command()
@click.option("--rounds", type=click.IntRange(min=1), default=20, show_default=True, help="Times each query is asked.")
@click.option("--runtime", type=click.Choice(RUNTIMES), default="auto", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
@one_line_errors
def bench(rounds: int, runtime: Runtime, *, as_json: bool) -> None:
    """Measure a warm resolve for a user with 200 records against encoding its query alone."""
    from experiments.bench import measure  # noqa: PLC0415  (heavy)

    figures = measure(rounds=rounds, runtime=runtime)
    click.echo(json.dumps(figures.to_json(), indent=2) if as_json else figures.to_text())


@click.command(name="bench-store", cls=SeveralValues)
@click.option(
    "--store",
    "stores",
    multiple=True,
    metavar="NAME...",
    help="Which stores: memory, sqlite, sqlite-float16 (the default), postgres, postgres-float16, qdrant.",
)
@click.option("--users", multiple=True, metavar="N...", type=click.IntRange(min=1), default=(100, 1_000, 10_000))
@click.option("--facts", type=click.IntRange(min=1), default=100, show_default=True, help="Of each user.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
@one_line_errors
def bench_store(stores: tuple[str, ...], users: tuple[int, ...], facts: int, *, as_json: bool) -> None:
    """Measure ingest, queries, bytes and memory of stores, each beside its floor."""
    from dataclasses import asdict  # noqa: PLC0415

    from experiments.bench_store import measure_floors, measure_store, to_text  # noqa: PLC0415  (heavy)
    from experiments.store_makers import STORES, check_name  # noqa: PLC0415
    from indexes import load_embedder  # noqa: PLC0415

    try:
        for name in stores:
            check_name(name)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    embedder = load_embedder()
    floors = measure_floors(embedder)
    rows = [measure_store(name, count, embedder=embedder, facts=facts) for name in stores or STORES for count in users]
    if as_json:
        click.echo(json.dumps({"floors": asdict(floors), "rows": [row.to_json() for row in rows]}, indent=2))
    else:
        for line in to_text(floors, rows):
            click.echo(line)


@click.command(cls=SeveralValues)
@click.option("--data", "paths", multiple=True, required=True, metavar="FILE...", type=_PATH)
@click.option("--runtime", type=click.Choice(RUNTIMES), default="auto", show_default=True)
@one_line_errors
def fusion(paths: tuple[Path, ...], runtime: Runtime) -> None:
    """Compare fusions of the two retrievers on evidence records: {id, query, facts, gold}, gzipped JSON."""
    from experiments.fusion import compare_fusions  # noqa: PLC0415  (heavy)

    for line in compare_fusions(paths, runtime=runtime):
        click.echo(line)


@click.command(cls=SeveralValues)
@click.option("--data", "paths", multiple=True, required=True, metavar="FILE...", type=_PATH)
@click.option(
    "--runtime",
    "runtimes",
    multiple=True,
    metavar="NAME...",
    type=click.Choice(RUNTIMES),
    default=("auto", "static"),
    show_default=True,
    help="Runtimes of each model to compare; the first row's time is the floor.",
)
@click.option(
    "--model",
    "models",
    multiple=True,
    metavar="NAME|DIR...",
    default=(DEFAULT_MODEL,),
    show_default=True,
    help="Embedding models to compare.",
)
@click.option("--reranker", type=_PATH, default=None, metavar="DIR", help="A cross-encoder; the installed one if any.")
@click.option("--limit", type=click.IntRange(min=1), help="Only the first N records of each file.")
@one_line_errors
def retrieval(
    paths: tuple[Path, ...],
    runtimes: tuple[Runtime, ...],
    models: tuple[str, ...],
    reranker: Path | None,
    limit: int | None,
) -> None:
    """Compare embedders, and a reranker on each, on evidence records: what is found first, and in what time."""
    from experiments.retrieval import compare_retrieval  # noqa: PLC0415  (heavy)

    for line in compare_retrieval(paths, models=models, runtimes=runtimes, reranker=reranker, limit=limit):
        click.echo(line)


@click.command(cls=SeveralValues)
@click.option("--data", "paths", multiple=True, required=True, metavar="PATH...", type=_PATH)
@click.option("--tools", "tools_file", type=_PATH, metavar="FILE|NAME", help="As for run.")
@click.option("--sample", type=click.IntRange(min=1), help="Only N records of each dataset, drawn by a hash.")
@click.option("--weights", type=_PATH, help="Folder of weights that `fit` wrote, in place of the shipped ones.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
@one_line_errors
def faithfulness(
    paths: tuple[Path, ...], tools_file: Path | None, sample: int | None, weights: Path | None, *, as_json: bool
) -> None:
    """Take away what the resolver's answers cite, and as much of what they do not: is the reason given the reason?

    The differences of the two are paired, and their 95 % intervals draw whole users.
    """
    from baselines.registry import default_workbench  # noqa: PLC0415  (heavy)
    from baselines.variant import Variant  # noqa: PLC0415
    from experiments.faithfulness import measure_faithfulness  # noqa: PLC0415
    from experiments.references import load_with_tools  # noqa: PLC0415
    from experiments.results import user_of  # noqa: PLC0415

    workbench = default_workbench(Variant(weights=weights))
    found: dict[str, dict[str, dict[str, Figure]]] = {}
    for path in paths:
        dataset = load_with_tools(path, tools_file)
        records = dataset.in_drawn_order().records[:sample]
        users = {str(record.id): user_of(record) for record in records}
        counted = measure_faithfulness([record.case for record in records], workbench, users=users)
        found[dataset.name] = {kind: own.figures() for kind, own in counted.items()}
    if as_json:
        plain = {
            name: {kind: {what: _plain(own) for what, own in figures.items()} for kind, figures in kinds.items()}
            for name, kinds in found.items()
        }
        click.echo(json.dumps(plain, indent=2))
        return
    for name, kinds in found.items():
        for kind, figures in kinds.items():
            click.echo(f"{name}, {kind}: {', '.join(f'{what} {_shown(value)}' for what, value in figures.items())}")


def _shown(value: Figure) -> str:
    if value is None or isinstance(value, float):
        return "-" if value is None else f"{value:.3g}"
    return f"{value.mean:+.3g} [{value.low:+.3g}, {value.high:+.3g}]"


def _plain(figure: Figure) -> object:
    """A figure as JSON: a difference with its parts by name."""
    return figure if figure is None or isinstance(figure, float) else figure._asdict()


@click.command(cls=SeveralValues)
@click.argument("name", type=click.Choice(["bfcl", "nlsi", "petoolbench", "prefeval", "toolspectrum"]))
@click.argument("folder", type=_PATH)
@click.argument("out", type=_PATH)
@click.option(
    "--profiles",
    multiple=True,
    metavar="FILE...",
    type=_PATH,
    help="Of bfcl: each record gets the profile of an unrelated user of these sets in PTBench's shape, by a hash.",
)
@click.option(
    "--candidates",
    type=click.Choice(["all", "similar"]),
    help="Of toolspectrum: all apps (the default), or those with a function or a policy in common with the right one.",
)
@one_line_errors
def convert(name: str, folder: Path, out: Path, *, profiles: tuple[Path, ...], candidates: Candidates | None) -> None:
    """Convert FOLDER, your copy of a public set as its authors lay it out, to the file OUT in PTBench's shape.

    OUT ends in .json or .json.gz. What does not belong there goes to files beside it: requests for which no call is
    right (OUT with ".refusals"), those with several calls (".several"), and the groups (".groups").

    PEToolBench becomes three files, one for each of its settings: OUT with "_preferred", "_ratings" and
    "_chronological"; BFCL, whose FOLDER is bfcl_eval/data of its package, one for each category. PrefEval becomes
    evidence records: {id, query, facts, gold, topic}. ToolSpectrum's three parts, of persona, environment and both, go
    to one file, with all apps as candidates or with similar ones; those with a function or a policy in common are
    similar, at once or through a third, and an app that none is similar to stands alone.
    """
    from experiments.importers.writing import write_imported  # noqa: PLC0415

    if profiles and name != "bfcl":
        raise click.UsageError(f"--profiles are for bfcl, which has no users; those of {name} have their own")
    if candidates and name != "toolspectrum":
        raise click.UsageError(f"--candidates are for toolspectrum; {name} has its own")
    parts = _imported(name, folder, profiles, candidates or "all")
    for part, imported in parts.items():
        _require_any(folder, part, imported)
    for part, imported in parts.items():
        for written in write_imported(imported, out, part=part):
            click.echo(f"written: {written}")
        click.echo(
            f"{len(imported.records)} records, {len(imported.refusals)} refusals, {len(imported.skipped)} skipped"
            f"; {len(imported.several)} with several calls, kept apart"
        )
        for place, reason in imported.skipped[:_MOST_REASONS]:
            click.echo(f"  {place}: {reason}")


def _imported(name: str, folder: Path, profiles: tuple[Path, ...], candidates: Candidates) -> dict[str, Imported]:
    """What a set yields, by part; a set of one part has the part ""."""
    from experiments import importers  # noqa: PLC0415
    from experiments.dataset import load_dataset  # noqa: PLC0415

    if name == "petoolbench":
        return importers.import_petoolbench(folder)
    if name == "bfcl":
        parts = importers.import_bfcl(folder)
        if profiles:
            others = [record for file in profiles for record in load_dataset(file).records]
            parts = {part: importers.with_strangers(imported, others) for part, imported in parts.items()}
        return parts
    if name == "toolspectrum":
        return {"": importers.import_toolspectrum(folder, candidates=candidates)}
    return {"": importers.import_nlsi(folder) if name == "nlsi" else importers.import_prefeval(folder)}


def _require_any(folder: Path, part: str, imported: Imported) -> None:
    """Refuses an import that skipped everything, before a file is written that no command could read."""
    from experiments.errors import DatasetError  # noqa: PLC0415

    if not (imported.records or imported.refusals or imported.several):
        place, reason = imported.skipped[0]
        raise DatasetError(
            f"{folder}: nothing{f' of {part}' if part else ''} can be converted; skipped are"
            f" {len(imported.skipped)}, the first is {place}: {reason}"
        )


@click.command()
@click.argument("path", type=_PATH)
@one_line_errors
def sample(path: Path) -> None:
    """Write the sample data to PATH, in PTBench's shape."""
    from experiments.sample import write  # noqa: PLC0415

    click.echo(f"written: {write(path)}")
