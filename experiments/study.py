"""The study: every table and figure by the command that makes it, one after the other, from a user's own copies.

A step is a command of ``profile-bench`` whose output is kept in a file with the command on top. A step whose file is
there with the same command is done, unless what it was made from has changed since (`experiments.study_records`); the
runs within a step go on where they were stopped.
"""

from __future__ import annotations

import io
import re
import time
from contextlib import redirect_stdout
from dataclasses import dataclass
from glob import glob
from importlib import resources, util
from typing import TYPE_CHECKING

import click
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from experiments._files import read_toml, write_whole
from experiments.errors import StudyError
from experiments.study_records import StepRecords

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

__all__ = ["Step", "Study", "read_study"]

_SHIPPED = "study.toml"


class Step(BaseModel):
    """One command.

    Attributes:
        name: Of the file its output is kept in.
        title: What it shows, for the index.
        run: The command without ``profile-bench``. ``{data}`` and ``{out}`` stand for the folders of the study,
            ``{shipped}`` for that of this package, the name in ``needs`` for that of the package, ``{model}`` for the
            options of the language model, and a word with ``*`` for the files it matches.
        model: Whether it asks a language model, and so runs only where one is named.
        needs: A package that has to be installed.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    name: str = Field(pattern=r"^[\w.-]+$")
    title: str
    run: list[str] = Field(min_length=1)
    model: bool = False
    needs: str | None = None


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    step: list[Step] = Field(min_length=1)


@dataclass(frozen=True, kw_only=True)
class Study:
    """Steps and where they run.

    Attributes:
        steps: In order.
        data: Folder of the user's copies of the sets.
        out: Where everything goes.
        model: What ``--model`` and other options of language models are, for steps that ask one; none run without.
    """

    steps: Sequence[Step]
    data: Path
    out: Path
    model: Sequence[str] = ()

    def command(self, step: Step) -> list[str]:
        """A step's command with its places filled in, but for files that a pattern matches."""
        places = {"data": str(self.data), "out": str(self.out), "shipped": str(resources.files("experiments"))}
        if step.needs is not None and (found := util.find_spec(step.needs)) and found.submodule_search_locations:
            places[step.needs] = found.submodule_search_locations[0]
        words: list[str] = []
        for word in step.run:
            if word == "{model}":
                words += self.model
            else:
                words.append(re.sub(r"\{(\w+)\}", lambda place: places.get(place[1], place[0]), word))
        return words

    def lacking(self, step: Step) -> str | None:
        """Why a step cannot run here, or None."""
        if step.model and not self.model:
            return "needs a language model: name one by --model"
        if step.needs is not None and util.find_spec(step.needs) is None:
            return f"needs the package {step.needs.replace('_', '-')}"
        return None

    def run(self, main: click.Command, notify: Callable[[str], None]) -> None:
        """Run all steps that are not done, and write an index of their files.

        Args:
            main: The command ``profile-bench``.
            notify: Told what is done, and what is left out and why.

        Raises:
            StudyError: A step failed, or a pattern matches no file; the steps before it are kept.
        """
        self.out.mkdir(parents=True, exist_ok=True)
        records = StepRecords(self.out)
        lines = ["# The study", "", "| what | command | file |", "| --- | --- | --- |"]
        for step in self.steps:
            if reason := self.lacking(step):
                notify(f"{step.name}: left out, {reason}")
                lines.append(self._left_out(step, reason))
            else:
                lines.append(self._run_step(step, main, records, notify))
            write_whole(self.out / "index.md", "\n".join([*lines, ""]))

    def _left_out(self, step: Step, reason: str) -> str:
        """The index's line of a step that cannot run now; what it gave before is still there."""
        file = self.out / f"{step.name}.txt"
        if not file.exists():
            return f"| {step.title} | left out: {reason} | |"
        shown = file.read_text(encoding="utf-8", errors="replace").partition("\n")[0].removeprefix("$ ")
        return f"| {step.title} | `{shown}` | [{file.name}]({file.name}), of before |"

    def _run_step(self, step: Step, main: click.Command, records: StepRecords, notify: Callable[[str], None]) -> str:
        """Run a step unless it is done; its line of the index."""
        command = self.command(step)
        shown = "profile-bench " + " ".join(command)
        file = self.out / f"{step.name}.txt"
        there = _done(file, shown)
        state = records.state(step.name, command) if there else None
        if state is not None and state.done:
            notify(f"{step.name}: {state.said}")
        else:
            if file.exists():
                why = "its command is not that of before" if state is None else state.said
                notify(f"{step.name}: runs again, {why}")
            words = [own for word in command for own in _matched(word, step.name)]
            records.begin(step.name, command)
            start = time.monotonic()
            write_whole(file, f"$ {shown}\n\n{_output(main, words, step.name)}")
            records.finish(step.name, command)
            notify(f"{step.name}: {time.monotonic() - start:.0f} s")
        return f"| {step.title} | `{shown}` | [{file.name}]({file.name}) |"


def read_study(path: Path | None = None) -> Sequence[Step]:
    """The steps in a TOML file, of the one that is shipped where none is given.

    Raises:
        StudyError: The file cannot be read, a step is not as `Step` says, or two have one name.
    """
    try:
        shipped = resources.files("experiments").joinpath(_SHIPPED)
        text = shipped.read_text(encoding="utf-8") if path is None else path.read_text(encoding="utf-8")
        steps = _File.model_validate(read_toml(text)).step
    except OSError as error:
        raise StudyError(f"{path}: {error.strerror or error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        raise StudyError(f"{path or _SHIPPED}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    except ValueError as error:
        raise StudyError(f"{path or _SHIPPED}: {error}") from error
    names = [step.name for step in steps]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise StudyError(f"{path or _SHIPPED}: two steps are called {', '.join(twice)}")
    return steps


def _done(file: Path, command: str) -> bool:
    try:
        with file.open(encoding="utf-8") as kept:
            return kept.readline() == f"$ {command}\n"
    except (OSError, UnicodeDecodeError):
        return False


def _matched(word: str, name: str) -> list[str]:
    if "*" not in word:
        return [word]
    found = sorted(glob(word))  # noqa: PTH207 - a pattern of a whole path
    if not found:
        raise StudyError(f"step {name!r}: there is no file {word}")
    return found


def _output(main: click.Command, words: Sequence[str], name: str) -> str:
    kept = io.StringIO()
    try:
        with redirect_stdout(kept):
            main.main(args=list(words), prog_name="profile-bench", standalone_mode=False)
    except click.ClickException as error:
        raise StudyError(f"step {name!r}: {error.format_message()}") from error
    return kept.getvalue()
