"""What each step of a study was made from: a step whose inputs or whose code are others is not done.

A step's record, in ``.made``, has a digest of the project's code, one of each input that its command names, and the
files that it wrote. What a step wrote from other inputs or by other code is set aside in ``.before`` before it runs
again, since a run would otherwise go on with old answers.
"""

from __future__ import annotations

import hashlib
import itertools
from functools import lru_cache
from glob import glob
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from experiments._files import write_whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

__all__ = ["State", "StepRecords", "code_digest"]

_PACKAGES = ("resolver", "indexes", "baselines", "experiments")
_RECORDS, _ASIDE = ".made", ".before"
_WRITING = frozenset({"--out", "--folds-out", "--save"})  # options whose value a command writes
_WRITING_AT = {"convert": 3, "sample": 1}  # commands that write an argument, and which word it is


class State(NamedTuple):
    """Whether a step is done, and what is to be said of it."""

    done: bool
    said: str


class _Record(BaseModel):
    """What a step is made from, and once it is finished what it made.

    ``before`` are the files that were there when it began, with size and time; ``result`` is the digest of its file.
    """

    model_config = ConfigDict(extra="forbid")

    code: str
    inputs: dict[str, str]
    before: dict[str, str] = Field(default_factory=dict)
    outputs: list[str] = Field(default_factory=list)
    result: str | None = None


class StepRecords:
    """The records of the steps in a folder. A file's digest is reckoned anew where its size or time has changed."""

    def __init__(self, out: Path) -> None:
        self._out = out
        self._known: dict[tuple[str, str], str] = {}

    def state(self, name: str, command: Sequence[str]) -> State:
        """Whether a step whose file has this command on top is done."""
        record = self._read(name)
        if record is None or record.result != self._digest(self._file(name)):
            return State(done=True, said="done before; from which inputs is not known")
        if record.code != code_digest():
            return State(done=False, said="the code is not that of before")
        now = self._inputs(command)
        if others := [word for word, digest in now.items() if record.inputs.get(word) != digest]:
            return State(done=False, said=f"{others[0]} is not that of before")
        if gone := [own for own in record.outputs if not Path(own).exists()]:
            return State(done=False, said=f"{gone[0]}, which it wrote, is gone")
        if lost := [word for word in record.inputs if word not in now]:
            return State(done=True, said=f"done before; {lost[0]}, which it read, is gone")
        return State(done=True, said="done before")

    def begin(self, name: str, command: Sequence[str]) -> None:
        """Note what a step is made from; what it wrote before from something else is set aside."""
        record, outputs = self._read(name), _outputs(command)
        now = _Record(code=code_digest(), inputs=self._inputs(command))
        if record is not None:
            stopped = record.result is None
            wrote = [*record.outputs, *(_changed(record.before, outputs) if stopped else ())]
            other = _from_other(record, now)
            self._set_aside(name, [*(wrote if other else ()), str(self._file(name))])
            if not other:
                now.outputs = [own for own in wrote if Path(own).exists()]
        now.before = dict(_files(outputs))
        self._write(name, now)

    def finish(self, name: str, command: Sequence[str]) -> None:
        """Note what a step wrote, when its file is there."""
        record = self._read(name)
        if record is None:
            return
        record.outputs = sorted({*record.outputs, *_changed(record.before, _outputs(command))})
        record.before = {}
        record.result = self._digest(self._file(name))
        self._write(name, record)

    def _set_aside(self, name: str, wrote: Iterable[str]) -> None:
        """Move what a step wrote within the study's folder, in place of what was set aside of it before."""
        root, aside = self._out.resolve(), self._out / _ASIDE / name
        for own in wrote:
            path = Path(own).resolve()
            if path.is_file() and path.is_relative_to(root):
                place = aside / path.relative_to(root)
                place.parent.mkdir(parents=True, exist_ok=True)
                path.replace(place)

    def _inputs(self, command: Sequence[str]) -> dict[str, str]:
        """By word of a command the digest of what it names, for words that name files that are there."""
        found = {}
        for word in _read_words(command):
            named = [Path(own) for own in sorted(glob(word))] if "*" in word else [Path(word)]  # noqa: PTH207
            files = [own for path in named for own in _within(path)]
            if files:
                digests = "".join(f"{own} {self._digest(own)}\n" for own in files)
                found[word] = hashlib.sha256(digests.encode()).hexdigest()
        return found

    def _digest(self, path: Path) -> str | None:
        try:
            key = (str(path), _signature(path))
            if key not in self._known:
                self._known[key] = hashlib.sha256(path.read_bytes()).hexdigest()
        except OSError:
            return None
        return self._known[key]

    def _file(self, name: str) -> Path:
        return self._out / f"{name}.txt"

    def _read(self, name: str) -> _Record | None:
        try:
            return _Record.model_validate_json((self._out / _RECORDS / f"{name}.json").read_bytes())
        except (OSError, ValidationError):
            return None

    def _write(self, name: str, record: _Record) -> None:
        file = self._out / _RECORDS / f"{name}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        write_whole(file, record.model_dump_json(indent=2) + "\n")


@lru_cache(maxsize=1)
def code_digest() -> str:
    """Of all modules and data of the project as it is installed; lists of steps are none of it."""
    digest = hashlib.sha256()
    for package in _PACKAGES:
        root = Path(str(resources.files(package)))
        for file in _within(root):
            if file.suffix not in {".pyc", ".toml"}:
                digest.update(f"{package}/{file.relative_to(root)} ".encode())
                digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def _from_other(then: _Record, now: _Record) -> bool:
    both = then.inputs.keys() & now.inputs.keys()
    return then.code != now.code or any(then.inputs[word] != now.inputs[word] for word in both)


def _read_words(command: Sequence[str]) -> Iterator[str]:
    """The words of a command that may name what it reads: paths, also those with ``:KEY`` behind them."""
    for place, word in enumerate(command[1:], 1):
        written = command[place - 1] in _WRITING or _WRITING_AT.get(command[0]) == place
        if written or word.startswith("-"):
            continue
        own = word if "*" in word or Path(word).exists() else word.rpartition(":")[0]
        if own and ("/" in own or Path(own).is_file()):  # a name such as that of a system is no folder
            yield own


def _outputs(command: Sequence[str]) -> list[Path]:
    """What a command names to write."""
    found = [Path(word) for option, word in itertools.pairwise(command) if option in _WRITING]
    place = _WRITING_AT.get(command[0], len(command))
    return [*found, *map(Path, command[place : place + 1])]


def _files(outputs: Iterable[Path]) -> Iterator[tuple[str, str]]:
    """The files that are there of outputs, with size and time: those in folders, and beside ``a.json`` all ``a*``."""
    for output in outputs:
        beside = output.parent.glob(f"{output.name.split('.')[0]}*") if output.suffix else [output]
        for path in beside:
            for file in _within(path):
                yield str(file), _signature(file)


def _changed(before: dict[str, str], outputs: Iterable[Path]) -> list[str]:
    return [file for file, own in _files(outputs) if before.get(file) != own]


def _within(path: Path) -> list[Path]:
    """A file, or all files of a folder in order, but for hidden ones, such as locks."""
    if path.is_file():
        return [path]
    found = (own for own in path.rglob("*") if own.is_file() and own.parent.name != "__pycache__")
    return sorted(own for own in found if not any(part.startswith(".") for part in own.relative_to(path).parts))


def _signature(path: Path) -> str:
    stat = path.stat()
    return f"{stat.st_size} {stat.st_mtime_ns}"
