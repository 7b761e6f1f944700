"""The command ``profile-bench rate``: sheets for people, ratings by a language model, and their agreement."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from experiments._console import one_line_errors, progress
from experiments.chat_options import ChatOptions, chat_options

if TYPE_CHECKING:
    from collections.abc import Callable

    from experiments.rating import SheetItem

__all__ = ["rate"]

_F = TypeVar("_F", bound="Callable[..., Any]")
_FILE = click.Path(path_type=Path, dir_okay=False)
_PATH = click.Path(path_type=Path)


def _of_run(command: _F) -> _F:
    """Give a command the run whose answers are rated, its dataset, and how many are drawn."""
    for decorate in reversed(_OF_RUN):
        command = decorate(command)
    return command


_OF_RUN = (
    click.argument("run", type=click.Path(path_type=Path, exists=True, file_okay=False)),
    click.option("--data", required=True, metavar="PATH", type=_PATH, help="The dataset of the run."),
    click.option("--tools", "tools_file", type=_PATH, metavar="FILE|NAME", help="As for run."),
    click.option(
        "--count", type=click.IntRange(min=1), default=50, show_default=True, help="Answers, drawn by a hash."
    ),
)


@click.group()
def rate() -> None:
    """Rate the evidence that answers cite: by people, by a language model, and how far they agree."""


@rate.command()
@_of_run
@click.option("--out", required=True, metavar="FILE", type=_FILE, help="What to write: .csv or .html.")
@one_line_errors
def sheet(run: Path, *, data: Path, tools_file: Path | None, count: int, out: Path) -> None:
    """Write answers of RUN (OUT/DATASET/SYSTEM) with the evidence they cite, to be rated by a person.

    The page (.html) is filled in with a browser and saved as CSV; the table (.csv) in a spreadsheet.
    """
    from experiments._files import write_whole  # noqa: PLC0415
    from experiments.rating import sheet_page, write_ratings  # noqa: PLC0415

    if out.suffix not in {".csv", ".html"}:
        raise click.UsageError(f"{out}: a sheet ends in .csv or .html")
    _keep(out)
    system, items = _items(run, data, tools_file, count)
    if out.suffix == ".csv":
        write_ratings(out, items)
    else:
        write_whole(out, sheet_page(items, title=f"Evidence of {system}"))
    click.echo(f"{len(items)} answers written to {out}")


@rate.command()
@_of_run
@click.option("--out", required=True, metavar="FILE", type=_FILE, help="The sheet to write, .csv.")
@chat_options
@one_line_errors
def judge(
    run: Path, *, data: Path, tools_file: Path | None, count: int, out: Path, chat: ChatOptions | None = None
) -> None:
    """Let a language model rate the answers that `sheet` would draw, by the same rubric."""
    from experiments.rating import judge as ask  # noqa: PLC0415
    from experiments.rating import write_ratings  # noqa: PLC0415

    _keep(out)
    model = (chat or ChatOptions()).open()
    _, items = _items(run, data, tools_file, count)
    with progress() as track:
        judged = ask(items, model, progress=track("rating"))
    for reason, times in Counter(judged.unrated.values()).most_common():
        click.echo(f"not rated: {times}, {reason}", err=True)
    if not judged.marks:
        raise click.ClickException("no answer was rated, so nothing was written")
    write_ratings(out, items, judged.marks)
    click.echo(f"{len(judged.marks)} of {len(items)} answers rated, written to {out}")


@rate.command()
@click.argument("first", type=_FILE)
@click.argument("second", type=_FILE)
@one_line_errors
def agree(first: Path, second: Path) -> None:
    """Print how far two filled-in sheets agree: Cohen's kappa with quadratic weights, question by question."""
    from experiments.rating import QUESTIONS, agreement, read_ratings, same_answers  # noqa: PLC0415

    if not same_answers(first, second):
        raise click.UsageError(f"{first} and {second} rate different answers to the same records, or other evidence")
    ours, theirs = read_ratings(first), read_ratings(second)
    for question in QUESTIONS:
        found = agreement(ours, theirs, question)
        kappa = "-" if found.kappa is None else f"{found.kappa:.3f} [{found.low:.3f}, {found.high:.3f}]"
        click.echo(
            f"{question}: {found.rated} rated by both, same mark {found.same:.3f}, kappa {kappa}, "
            f"means {found.means[0]:.2f} and {found.means[1]:.2f}"
        )


def _keep(out: Path) -> None:
    """Refuse a file that is there: it may hold what a person filled in."""
    if out.exists():
        raise click.UsageError(f"{out} is there already, and may hold ratings: move it away, or name another")


def _items(run: Path, data: Path, tools_file: Path | None, count: int) -> tuple[str, list[SheetItem]]:
    from experiments.metrics import answered_records  # noqa: PLC0415
    from experiments.rating import sheet_items  # noqa: PLC0415
    from experiments.references import load_with_tools  # noqa: PLC0415
    from experiments.run import read_run  # noqa: PLC0415

    read = read_run(run, load_with_tools(data, tools_file))
    return read.system, sheet_items(answered_records(read), count=count)
