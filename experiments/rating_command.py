"""The command ``profile-bench rate``: sheets for people, ratings by a language model, and their agreement."""

from __future__ import annotations

from collections import Counter
from itertools import combinations
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
_PAIR = 2
_WHOM = ("first", "second")


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

    The page (.html) is filled in with a browser, which keeps the answers and saves them as CSV; the table (.csv) in a
    spreadsheet. Neither says which system answered.
    """
    from experiments._files import write_whole  # noqa: PLC0415
    from experiments.rating import sheet_page, write_ratings  # noqa: PLC0415

    _keep(out, ".csv", ".html")
    items = _items(run, data, tools_file, count)
    if out.suffix == ".csv":
        write_ratings(out, items)
    else:
        write_whole(out, sheet_page(items))
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

    _keep(out, ".csv")
    options = chat or ChatOptions()
    model = options.open()
    items = _items(run, data, tools_file, count)
    with progress() as track:
        judged = ask(items, model, progress=track("rating"))
    for reason, times in Counter(judged.unrated.values()).most_common():
        click.echo(f"not rated: {times}, {reason}", err=True)
    if not judged.marks:
        raise click.ClickException("no answer was rated, so nothing was written")
    write_ratings(out, items, judged.marks, rater=options.model or "")
    click.echo(f"{len(judged.marks)} of {len(items)} answers rated, written to {out}")


@rate.command()
@click.argument("sheets", nargs=-1, required=True, metavar="SHEET SHEET...", type=_FILE)
@one_line_errors
def agree(sheets: tuple[Path, ...]) -> None:
    """Print how far filled-in sheets (.csv) agree, question by question, with 95 % intervals.

    Of each two: Cohen's kappa with quadratic weights. Of three or more also Krippendorff's alpha of all.
    """
    from experiments.rating import QUESTIONS, read_rater, read_ratings  # noqa: PLC0415

    _differ(sheets)
    ratings = [read_ratings(own) for own in sheets]
    names = [f"{own} ({rater})" if (rater := read_rater(own)) else str(own) for own in sheets]
    groups: list[tuple[int, ...]] = list(combinations(range(len(sheets)), _PAIR))
    if len(sheets) > _PAIR:
        groups.append(tuple(range(len(sheets))))
    compared = 0
    for group in groups:
        click.echo(" and ".join(names[own] for own in group) if len(group) == _PAIR else f"all {len(group)}")
        for question in QUESTIONS:
            told, found = _compared([ratings[own] for own in group], question)
            click.echo(f"  {question}: {told}")
            compared += found
    if not compared:
        raise click.ClickException("these sheets have too little in common to be compared")


def _compared(raters: list[dict[str, dict[str, int]]], question: str) -> tuple[str, bool]:
    """How far raters agree on a question, in words, and whether they have enough in common to say so."""
    from experiments.errors import RatingsError  # noqa: PLC0415
    from experiments.rating import agreement, joint_agreement  # noqa: PLC0415

    try:
        if len(raters) > _PAIR:
            joint = joint_agreement(raters, question)
            alpha = _measured(joint.alpha, joint.low, joint.high)
            return f"{joint.rated} rated by two or more, alpha {alpha}", True
        found = agreement(raters[0], raters[1], question)
    except RatingsError as error:
        return str(error), False
    alone = [f"{count} by the {whom} alone" for count, whom in zip(found.alone, _WHOM, strict=True) if count]
    told = (
        f"{', '.join([f'{found.rated} rated by both', *alone])}; same mark {found.same:.3f}, "
        f"kappa {_measured(found.kappa, found.low, found.high)}, means {found.means[0]:.2f} and {found.means[1]:.2f}"
    )
    return told, True


def _measured(value: float | None, low: float | None, high: float | None) -> str:
    if value is None:
        return "undefined, since all marks are the same"
    return f"{value:.3f} [{low:.3f}, {high:.3f}]"


def _differ(sheets: tuple[Path, ...]) -> None:
    """Refuse what cannot be compared: one sheet, one twice, or sheets of different answers."""
    from experiments.rating import same_answers  # noqa: PLC0415

    if len(sheets) < _PAIR:
        raise click.UsageError("two sheets are needed, or more")
    for first, second in combinations(sheets, 2):
        if first.resolve() == second.resolve():
            raise click.UsageError(f"{first} is named twice; a sheet agrees with itself")
        if not same_answers(first, second):
            raise click.UsageError(
                f"{first} and {second} rate different answers to the same records, or other evidence"
            )


def _keep(out: Path, *suffixes: str) -> None:
    """Refuse a file of another kind, and one that is there: it may hold what a person filled in."""
    if out.suffix not in suffixes:
        raise click.UsageError(f"{out}: a sheet ends in {' or '.join(suffixes)}")
    if out.exists():
        raise click.UsageError(f"{out} is there already, and may hold ratings: move it away, or name another")


def _items(run: Path, data: Path, tools_file: Path | None, count: int) -> list[SheetItem]:
    from experiments.metrics import answered_records  # noqa: PLC0415
    from experiments.rating import sheet_items  # noqa: PLC0415
    from experiments.references import load_with_tools  # noqa: PLC0415
    from experiments.run import read_run  # noqa: PLC0415

    items = sheet_items(answered_records(read_run(run, load_with_tools(data, tools_file))), count=count)
    if not items:
        raise click.ClickException(f"{run}: no answer of this run calls a function and cites evidence for it")
    return items
