"""The command ``profile-bench study``."""

from __future__ import annotations

from pathlib import Path

import click

from experiments._console import SeveralValues, one_line_errors

__all__ = ["study"]

_FOLDER = click.Path(path_type=Path, file_okay=False)


@click.command(cls=SeveralValues)
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--data", required=True, type=_FOLDER, help="Folder of your copies of the sets, laid out as docs/study.md says."
)
@click.option("--out", type=_FOLDER, default=Path("reports"), show_default=True)
@click.option("--model", help="A language model, for the steps that ask one; they are left out without.")
@click.option("--base-url", help="Its server, as for run.")
@click.option("--list", "listed", is_flag=True, help="Print the commands and run nothing.")
@one_line_errors
def study(file: Path | None, *, data: Path, out: Path, model: str | None, base_url: str | None, listed: bool) -> None:
    """Make every table and figure of the study, each by the command that is written on top of its file.

    FILE is a TOML file of steps; the study of this project is shipped. A stopped study goes on by the same command.
    """
    from experiments.study import Study, read_study  # noqa: PLC0415  (heavy)

    asking = [] if model is None else ["--model", model, *([] if base_url is None else ["--base-url", base_url])]
    steps = Study(steps=read_study(file), data=data, out=out, model=asking)
    if listed:
        for step in steps.steps:
            click.echo(f"{step.name}: profile-bench {' '.join(steps.command(step))}")
        return
    main = click.get_current_context().find_root().command
    steps.run(main, lambda text: click.echo(text, err=True))
