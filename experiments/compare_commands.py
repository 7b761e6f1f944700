"""The commands that look into runs: ``compare``, ``cascade`` and ``measure``."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from experiments._console import SeveralValues, one_line_errors

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from experiments.compare_datasets import DatasetTable
    from experiments.metric_differences import Ablated
    from experiments.metrics import Answered, Measured, Metric
    from experiments.records import Dataset
    from experiments.results import RunResults
    from experiments.run import Run

__all__ = ["cascade", "compare", "measure"]

_FILE = click.Path(path_type=Path, dir_okay=False)
_PATH = click.Path(path_type=Path)
_RUN = click.Path(path_type=Path, exists=True)
_STEPS = 11
_WIDEST = 180


@click.command(cls=SeveralValues)
@click.option(
    "--run", "folders", multiple=True, metavar="DIR...", type=_RUN, help="OUT/DATASET/SYSTEM, of one dataset."
)
@click.option("--data", metavar="PATH", type=_PATH, help="The dataset of the runs.")
@click.option("--tools", "tools_file", type=_PATH, metavar="FILE|NAME", help="As for run.")
@click.option("--results", "files", multiple=True, metavar="FILE...", type=_FILE, help="Files written by --save.")
@click.option("--system", "names", multiple=True, metavar="NAME...", help="Of the results, in this order; else all.")
@click.option("--reference", metavar="SYSTEM", help="Differences are to this one, where it ran; else to the first.")
@click.option("--groups", multiple=True, metavar="FILE...", type=_FILE, help="Intervals draw these groups.")
@click.option("--common", is_flag=True, help="Compare the records that all runs of a dataset have.")
@click.option("--save", metavar="FILE", type=_FILE, help="Keep what the runs scored, record by record, without texts.")
@click.option("--column", "columns", multiple=True, metavar="NAME...", help="Of the table, in this order; else all.")
@click.option("--together", is_flag=True, help="Only the table of all datasets together.")
@click.option("--markdown", is_flag=True, help="Print Markdown.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@one_line_errors
def compare(
    *,
    folders: tuple[Path, ...],
    data: Path | None,
    tools_file: Path | None,
    files: tuple[Path, ...],
    names: tuple[str, ...],
    reference: str | None,
    groups: tuple[Path, ...],
    common: bool,
    save: Path | None,
    columns: tuple[str, ...],
    together: bool,
    markdown: bool,
    as_json: bool,
) -> None:
    """Compare runs over the same records: scores, tokens, seconds, and paired differences with 95 % intervals.

    A table per dataset, one per split where a dataset has both, and one of all together for the systems that ran on
    all; below those of splits and of few users what these allow to conclude. The intervals draw whole users
    (records that name the same one, else with the same profile), or whole groups of records that hang together
    otherwise.
    """
    from experiments.compare_datasets import compare_datasets, drawn_by  # noqa: PLC0415  (heavy)
    from experiments.folds import read_groups  # noqa: PLC0415
    from experiments.results import write_results  # noqa: PLC0415

    results = [*_of_runs(folders, data, tools_file), *_of_files(files)]
    if save is not None:
        write_results(save, results)
    chosen = _named(results, names)
    if not chosen:
        raise click.UsageError("give runs by --run with --data, or files by --results")
    if groups:
        chosen = drawn_by(chosen, read_groups(groups))
    tables = compare_datasets(chosen, reference=reference, common=common, only_together=together)
    for table in tables:
        if table.reference is None and table.split is None:
            click.echo(f"{table.title}: no run of the reference {reference!r}, so no differences to it", err=True)
    if as_json:
        click.echo(json.dumps({own.title: [row.to_json() for row in own.rows] for own in tables}, indent=2))
        return
    _show(tables, columns, markdown=markdown)


@click.command(cls=SeveralValues)
@click.option("--alone", required=True, metavar="DIR|SYSTEM", help="What is asked first: its run, or its name.")
@click.option("--asking", required=True, metavar="DIR|SYSTEM", help="What is asked if the first is unsure.")
@click.option("--data", metavar="PATH", type=_PATH, help="The dataset of the runs.")
@click.option("--tools", "tools_file", type=_PATH, metavar="FILE|NAME", help="As for run.")
@click.option("--results", "files", multiple=True, metavar="FILE...", type=_FILE, help="The two are systems of these.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
@one_line_errors
def cascade(
    *,
    alone: str,
    asking: str,
    data: Path | None,
    tools_file: Path | None,
    files: tuple[Path, ...],
    as_json: bool,
) -> None:
    """What a cascade would score and cost: one system alone above a confidence, else the other.

    Reckoned from two runs, so that no model is asked again; with several datasets, over all of them together.
    """
    from experiments.compare import cascade_curve  # noqa: PLC0415  (heavy)
    from experiments.compare_datasets import cascade_runs  # noqa: PLC0415

    if files:
        found = _named(_of_files(files), (alone, asking))
        first, second = cascade_runs(found, alone=alone, asking=asking)
    else:
        first, second = _of_runs((Path(alone), Path(asking)), data, tools_file)
    thresholds = [step / (_STEPS - 1) for step in range(_STEPS)]
    curve = cascade_curve(first, second, [*thresholds, 1.01])
    if as_json:
        click.echo(json.dumps(curve, indent=2))
        return
    click.echo("alone above   asked   strict overall   prompt tokens per record")
    for point in curve:
        shares = f"{point['threshold']:11.2f}   {point['asked']:5.2f}   {point['strict']:14.3f}"
        tokens = point["prompt_tokens"]
        click.echo(f"{shares}   {'-' if tokens is None else f'{tokens:.0f}'}")


@click.command(cls=SeveralValues)
@click.option(
    "--run", "folders", multiple=True, metavar="DIR...", type=_RUN, help="OUT/DATASET/SYSTEM, of one dataset."
)
@click.option("--runs", "out", metavar="DIR", type=_RUN, help="In place of --run: OUT, with runs of each dataset.")
@click.option("--data", "paths", multiple=True, required=True, metavar="PATH...", type=_PATH, help="Their datasets.")
@click.option("--tools", "tools_file", type=_PATH, metavar="FILE|NAME", help="As for run.")
@click.option("--metric", "names", multiple=True, metavar="NAME...", help="Which; else all.")
@click.option(
    "--from",
    "modules",
    multiple=True,
    metavar="MODULE...",
    help="Importable modules, also of this folder, with metrics of your own.",
)
@click.option(
    "--reference",
    metavar="SYSTEM",
    help="Print how the others differ from it, with 95 % intervals; of a model's system the name before @ will do.",
)
@click.option("--groups", multiple=True, metavar="FILE...", type=_FILE, help="Intervals draw these groups.")
@click.option("--together", is_flag=True, help="With --reference, a table of all datasets' records, too.")
@click.option("--markdown", is_flag=True, help="Print Markdown, a row for each system.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@one_line_errors
def measure(
    *,
    folders: tuple[Path, ...],
    out: Path | None,
    paths: tuple[Path, ...],
    tools_file: Path | None,
    names: tuple[str, ...],
    modules: tuple[str, ...],
    reference: str | None,
    groups: tuple[Path, ...],
    together: bool,
    markdown: bool,
    as_json: bool,
) -> None:
    """Print every metric of runs, with the number of records it applies to.

    With --reference of the records that all runs of a dataset have, and how far each system is from that one; intervals
    draw whole users, or whole groups of records that hang together otherwise.
    """
    from experiments import metrics  # noqa: PLC0415  (heavy)
    from experiments.metric_list import METRICS  # noqa: PLC0415

    if modules and str(Path.cwd()) not in sys.path:
        sys.path.append(str(Path.cwd()))  # modules of the folder in which the command is given
    known = {own.name: own for own in (*METRICS, *metrics.metrics_of(modules))}
    if unknown := [name for name in names if name not in known]:
        raise click.UsageError(f"no metric {', '.join(unknown)}; there are {', '.join(known)}")
    chosen = [known[name] for name in names or known]
    if groups and reference is None:
        raise click.UsageError("--groups are for the intervals of differences: name a --reference")
    if together and reference is None:
        raise click.UsageError("--together is for differences: name a --reference")
    if reference is not None:
        from experiments.ablation_command import show_differences  # noqa: PLC0415
        from experiments.folds import read_groups  # noqa: PLC0415

        runs_of = _with_runs(folders, out, paths, tools_file)
        tables = _differences(runs_of, chosen, reference, read_groups(groups), together=together)
        show_differences(list(tables), markdown=markdown, as_json=as_json)
        return
    found = _measured(_with_runs(folders, out, paths, tools_file), chosen)
    if as_json:
        shown = {
            dataset: {
                system: {name: {"value": one.value, "scored": one.scored} for name, one in own.items()}
                for system, own in systems.items()
            }
            for dataset, systems in found.items()
        }
        click.echo(json.dumps(shown if out else shown.popitem()[1], indent=2))
        return
    from rich.console import Console  # noqa: PLC0415

    from experiments.compare_table import metric_markdown, metric_table  # noqa: PLC0415

    for title, systems in found.items():
        if markdown:
            click.echo(metric_markdown(title, chosen, systems))
        else:
            Console(width=None if sys.stdout.isatty() else _WIDEST).print(metric_table(title, chosen, systems))


def _measured(
    runs_of: Sequence[tuple[Dataset, list[Run]]], chosen: Sequence[Metric]
) -> dict[str, dict[str, Mapping[str, Measured]]]:
    """By dataset and system what is measured."""
    from experiments.metrics import measure as measured  # noqa: PLC0415

    found: dict[str, dict[str, Mapping[str, Measured]]] = {}
    for dataset, runs in runs_of:
        for run in runs:
            own = found.setdefault(dataset.name, {})
            if run.system in own:
                raise click.UsageError(f"more than one run of {run.system} on {dataset.name}: give one of each system")
            own[run.system] = measured(run, chosen)
    return found


def _differences(
    found: Sequence[tuple[Dataset, list[Run]]],
    chosen: Sequence[Metric],
    reference: str,
    groups: Mapping[str, str],
    *,
    together: bool,
) -> Iterator[Ablated]:
    """The systems against one of them, on the records that all have; together those that ran on each dataset."""
    from experiments.metric_differences import metric_differences  # noqa: PLC0415
    from experiments.metrics import answered_records  # noqa: PLC0415
    from experiments.results import require_groups  # noqa: PLC0415

    require_groups(groups, (record.id for dataset, _ in found for record in dataset.records))
    every: list[dict[str, list[Answered]]] = []
    for dataset, runs in found:
        if not runs:
            continue
        answered = {run.system: answered_records(run) for run in runs}
        if len(answered) < len(runs):
            raise click.UsageError(f"more than one run of a system on {dataset.name}: give one of each")
        base = _meant(reference, answered, dataset.name)
        shared = set.intersection(*({one.record.id for one in own} for own in answered.values()))
        if not shared:
            raise click.UsageError(f"the runs on {dataset.name} have no record in common")
        kept = {
            name: sorted((one for one in own if one.record.id in shared), key=lambda one: one.record.id)
            for name, own in answered.items()
        }
        yield from metric_differences(dataset.name, kept, chosen, base, groups)
        every.append(kept)
    if together and len(every) > 1:
        in_all = [name for name in every[0] if all(name in kept for kept in every)]
        of_all = {name: [one for kept in every for one in kept[name]] for name in in_all}
        base = _meant(reference, in_all, "every dataset")
        yield from metric_differences(f"{len(every)} datasets together", of_all, chosen, base, groups)


def _meant(reference: str, systems: Iterable[str], where: str) -> str:
    """The system of a name, or the only one whose name before its model it is."""
    found = list(systems)
    meant = [reference] if reference in found else [name for name in found if name.startswith(f"{reference}@")]
    if len(meant) != 1:
        raise click.UsageError(f"no run of {reference} on {where}; there are {', '.join(found)}")
    return meant[0]


def _show(tables: Sequence[DatasetTable], columns: Sequence[str], *, markdown: bool) -> None:
    """Print tables with some of the columns, or with all."""
    from experiments.compare_table import (  # noqa: PLC0415
        COLUMNS,
        compare_markdown,
        compare_table,
        conclusion_markdown,
        conclusion_table,
    )

    if unknown := [name for name in columns if name not in COLUMNS]:
        raise click.UsageError(f"no column {', '.join(unknown)}; there are {', '.join(COLUMNS)}")
    shown = columns or tuple(COLUMNS)
    for own in tables:
        if markdown:
            click.echo(compare_markdown(own.title, own.rows, shown))
            if own.conclusion is not None:
                click.echo(conclusion_markdown(own.conclusion))
        else:
            from rich.console import Console  # noqa: PLC0415

            console = Console(width=None if sys.stdout.isatty() else _WIDEST)
            console.print(compare_table(own.title, own.rows, shown))
            if own.conclusion is not None:
                console.print(conclusion_table(own.conclusion))


def _with_runs(
    folders: Sequence[Path], out: Path | None, paths: Sequence[Path], tools_file: Path | None
) -> list[tuple[Dataset, list[Run]]]:
    """Datasets with their runs, as ``measure`` is told of them."""
    from experiments.references import load_with_tools  # noqa: PLC0415
    from experiments.run import read_run  # noqa: PLC0415
    from experiments.run_folders import runs_in  # noqa: PLC0415

    if (out is None) is not bool(folders):
        raise click.UsageError("give runs of one dataset by --run, or by --runs the folder with those of all")
    if out is not None:
        found = list(runs_in(out, paths, tools_file))
        if not any(runs for _, runs in found):
            raise click.UsageError(f"{out} has no run of these datasets")
        return found
    if len(paths) > 1:
        raise click.UsageError("runs given by --run are of one dataset: give one by --data")
    dataset = load_with_tools(paths[0], tools_file)
    return [(dataset, [read_run(folder, dataset) for folder in _folders(folders)])]


def _of_runs(folders: Sequence[Path], data: Path | None, tools_file: Path | None) -> list[RunResults]:
    from experiments.references import load_with_tools  # noqa: PLC0415
    from experiments.results import run_results  # noqa: PLC0415
    from experiments.run import read_run  # noqa: PLC0415

    if not folders:
        return []
    if data is None:
        raise click.UsageError("runs are read with their dataset: give it by --data")
    dataset = load_with_tools(data, tools_file)
    return [run_results(read_run(folder, dataset)) for folder in _folders(folders)]


def _folders(paths: Sequence[Path]) -> list[Path]:
    """The folders among paths: beside the runs of a dataset lie files with their scores, and ``*`` has them, too."""
    found = [path for path in paths if path.is_dir()]
    if not found:
        raise click.UsageError("--run takes folders of runs, OUT/DATASET/SYSTEM")
    return found


def _of_files(files: Sequence[Path]) -> list[RunResults]:
    """The results in files; of the same system on the same data those of the last file."""
    from experiments.results import read_results  # noqa: PLC0415

    found = [own for file in files for own in read_results(file)]
    return list({(own.sha256, own.system): own for own in found}.values())


def _named(results: list[RunResults], names: Sequence[str]) -> list[RunResults]:
    """Those of some systems, in the order of the names; all without names."""
    from experiments.errors import ResultsError  # noqa: PLC0415

    known = dict.fromkeys(own.system for own in results)
    if unknown := [name for name in names if name not in known]:
        raise ResultsError(f"no results of {', '.join(unknown)}; there are those of {', '.join(known) or 'none'}")
    return [own for name in names or known for own in results if own.system == name]
