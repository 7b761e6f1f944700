"""Writing files whole or not at all, and lines that survive a crash."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from typing import TYPE_CHECKING, Any

from experiments.errors import RunBusyError, RunDamagedError
from indexes import files

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

__all__ = ["appending", "locked", "read_lines", "read_toml", "recover_lines", "write_json", "write_whole"]

_BATCH = 32


def read_toml(text: str) -> dict[str, Any]:
    """A TOML document; `ValueError` where it is none."""
    return tomllib.loads(text)


def write_whole(path: Path, content: str) -> None:
    """Writes text as UTF-8, readable by all; the file at ``path`` is the old or the new one."""
    files.write_whole(path, content.encode(), mode=0o644)


def write_json(path: Path, value: object) -> None:
    """Writes a value as indented JSON, whole or not at all; NaN is an error."""
    write_whole(path, json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def read_lines(path: Path) -> list[dict[str, Any]]:
    """The JSON objects of a file with one per line, without a half-written last line.

    A missing file has no lines. A last line is half-written when its line feed is missing or it is no JSON.

    Raises:
        RunDamagedError: Any other line is no JSON object.
    """
    return _whole_lines(path)[0]


def recover_lines(path: Path) -> list[dict[str, Any]]:
    """The same, after dropping a half-written last line *from the file*: for whoever holds it and will add to it.

    Raises:
        RunDamagedError: As of `read_lines`.
    """
    values, kept = _whole_lines(path)
    if path.exists() and kept < path.stat().st_size:
        os.truncate(path, kept)
    return values


def _whole_lines(path: Path) -> tuple[list[dict[str, Any]], int]:
    """The objects, and how many bytes they take."""
    if not path.exists():
        return [], 0
    lines = path.read_bytes().split(b"\n")
    kept, values = 0, []
    for number, line in enumerate(lines[:-1], 1):  # after the last line feed comes nothing, or half a line
        try:
            value = json.loads(line)
        except (ValueError, RecursionError) as error:
            if number == len(lines) - 1:
                break
            raise RunDamagedError(f"{path}: line {number} is not JSON; move the directory away and run anew") from error
        if not isinstance(value, dict):
            raise RunDamagedError(f"{path}: line {number} is no JSON object; move the directory away and run anew")
        values.append(value)
        kept += len(line) + 1
    return values, kept


@contextlib.contextmanager
def locked(directory: Path) -> Iterator[None]:
    """Holds a directory for this process; the lock goes with the process, however that ends.

    Where the system has no such locks (Windows), nothing is held.

    Raises:
        RunBusyError: Another process holds it.
    """
    with (directory / ".lock").open("a", encoding="utf-8") as file:
        try:
            files.lock(file.fileno(), wait=0.0)
        except OSError as error:
            raise RunBusyError(
                f"{directory}: another process is writing this run; wait for it, or use another --out"
            ) from error
        yield


@contextlib.contextmanager
def appending(path: Path) -> Iterator[Callable[[str], None]]:
    """A function that adds a line to a file.

    Every line is handed to the system at once, so it outlives the process; it is synced to disk with every 32nd line
    and on leaving the context, also by an error.
    """
    unsynced = 0
    with path.open("a", encoding="utf-8", newline="\n") as file:

        def append(line: str) -> None:
            nonlocal unsynced
            file.write(line + "\n")
            file.flush()
            unsynced += 1
            if unsynced == _BATCH:
                os.fsync(file.fileno())
                unsynced = 0

        try:
            yield append
        finally:
            file.flush()
            os.fsync(file.fileno())
