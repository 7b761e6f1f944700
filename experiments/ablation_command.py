"""The command ``profile-bench ablate``."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from experiments._console import SeveralValues, on_error_option, one_line_errors, progress
from experiments.chat_options import ChatOptions, chat_options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from experiments.metric_differences import Ablated
    from experiments.statistics import Difference

__all__ = ["ablate", "show_differences"]

_PATH = click.Path(path_type=Path)
_FILE = click.Path(path_type=Path, dir_okay=False)
_WIDEST = 180


@click.command(cls=SeveralValues)
@click.argument("config", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--data", "paths", multiple=True, metavar="PATH...", type=_PATH, help="In place of CONFIG's data.")
@click.option("--tools", "tools_file", type=_PATH, metavar="FILE|NAME", help="In place of CONFIG's.")
@click.option("--weights", type=_PATH, help="For all variants, in place of CONFIG's.")
@click.option("--groups", multiple=True, metavar="FILE...", type=_FILE, help="Intervals draw these groups.")
@click.option("--sample", type=click.IntRange(min=1), help="In place of CONFIG's.")
@click.option("--out", type=_PATH, help="In place of CONFIG's.")
@on_error_option
@click.option("--markdown", is_flag=True, help="Print Markdown.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@chat_options
@one_line_errors
def ablate(
    config: Path,
    *,
    paths: tuple[Path, ...],
    tools_file: Path | None,
    weights: Path | None,
    groups: tuple[Path, ...],
    sample: int | None,
    out: Path | None,
    on_error: Literal["raise", "record"],
    markdown: bool,
    as_json: bool,
    chat: ChatOptions | None = None,
) -> None:
    """Run the variants of a system that CONFIG names, and print how each differs from the reference.

    CONFIG is a TOML file with data, metrics, a table for each variant, and a grid of settings to combine; see
    docs/study.md. A stopped ablation is continued by the same command. The 95 % intervals draw whole users,
    or whole groups of records that hang together otherwise.
    """
    from experiments.ablation import read_ablation, run_ablation  # noqa: PLC0415  (heavy)
    from experiments.folds import read_groups  # noqa: PLC0415

    if str(Path.cwd()) not in sys.path:
        sys.path.append(str(Path.cwd()))  # metrics_from also names modules of the folder in which the command is given
    ablation = read_ablation(config).but(data=paths, tools=tools_file, weights=weights, sample=sample, out=out)
    if not ablation.data:
        raise click.UsageError(f"{config} names no data: give it by --data")
    options = chat or ChatOptions()
    asking = sorted({system for system, _ in ablation.arms.values() if system.startswith("llm_")})
    if asking and options.model is None:
        raise click.UsageError(f"{', '.join(asking)}: name a language model by --model, and its --base-url")
    opened = options.open if asking else None
    known = read_groups(groups)
    with progress() as track:
        tables = list(run_ablation(ablation, groups=known, chat=opened, on_error=on_error, progress=track))
    show_differences(tables, markdown=markdown, as_json=as_json)


def show_differences(tables: Sequence[Ablated], *, markdown: bool, as_json: bool) -> None:
    """Print tables of differences, as JSON, Markdown or for a terminal."""
    if as_json:
        click.echo(json.dumps([_as_json(own) for own in tables], indent=2, allow_nan=False))
        return
    from experiments.ablation_table import ablation_markdown, ablation_table  # noqa: PLC0415

    for own in tables:
        if markdown:
            click.echo(ablation_markdown(own))
        else:
            from rich.console import Console  # noqa: PLC0415

            Console(width=None if sys.stdout.isatty() else _WIDEST).print(ablation_table(own))


def _finite(own: Difference | None) -> dict[str, float | None] | None:
    """A difference as JSON, which has no infinity: an end is null where nothing can be said."""
    if own is None:
        return None
    return {name: value if math.isfinite(value) else None for name, value in own._asdict().items()}


def _as_json(own: Ablated) -> dict[str, object]:
    rows = {
        row.name: {
            name: {
                "value": cell.value,
                "scored": cell.scored,
                "difference": _finite(cell.difference),
                "p": cell.p,
            }
            for name, cell in row.metrics.items()
        }
        for row in own.rows
    }
    same = [row.name for row in own.rows if row.same]
    return {"dataset": own.dataset, "records": own.records, "variants": rows, "same": same}
