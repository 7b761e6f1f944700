"""What the commands share: options with several values, errors as one line, progress bars."""

from __future__ import annotations

import functools
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["SeveralValues", "on_error_option", "one_line_errors", "progress"]

_Command = TypeVar("_Command", bound="Callable[..., None]")


on_error_option = click.option(
    "--on-error",
    type=click.Choice(["raise", "record"]),
    default="raise",
    show_default=True,
    help="What a system's exception does: stop the run, or count the record as failed.",
)


class SeveralValues(click.Command):
    """Lets an option that may be given several times take several values at once: ``--system a b``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Writes the option before each of its values, then parses as usual."""
        several = {name for param in self.params if getattr(param, "multiple", False) for name in param.opts}
        spread: list[str] = []
        current = None
        for position, arg in enumerate(args):
            if arg.startswith("-"):
                option = arg.partition("=")[0]
                current = option if option in several else None
            elif current is not None and args[position - 1] != current:
                spread.append(current)
            spread.append(arg)
        return super().parse_args(ctx, spread)


def one_line_errors(command: _Command) -> _Command:
    """Turns the typed errors of this project, and those of the file system, into one line and exit code 1."""

    @functools.wraps(command)
    def wrapped(*args: Any, **kwargs: Any) -> None:  # noqa: ANN401
        from baselines.llm_prompts import TemplateError  # noqa: PLC0415
        from experiments.errors import ExperimentError  # noqa: PLC0415
        from indexes.errors import IndexingError  # noqa: PLC0415
        from resolver.errors import ResolverError  # noqa: PLC0415

        try:
            command(*args, **kwargs)
        except (ExperimentError, IndexingError, ResolverError, TemplateError, OSError) as error:
            raise click.ClickException(" ".join(str(error).split())) from error

    return wrapped  # type: ignore[return-value]


@contextmanager
def progress() -> Iterator[Callable[[str], Callable[[int, int], None]]]:
    """Bars on standard error, one per run; nothing where that is no terminal."""
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty()) as bars:

        def track(description: str) -> Callable[[int, int], None]:
            task = bars.add_task(description, total=None)
            return lambda done, total: bars.update(task, completed=done, total=total)

        yield track
