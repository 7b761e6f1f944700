"""SQLite's errors in our words, with what to do about each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from indexes.errors import StoreClosedError, StoreError, StoreFormatError, StoreLockedError, StoreUnavailableError

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

__all__ = ["as_ours"]

# by words of the message: codes are known from Python 3.11 on only, and SQLite keeps its messages
_DAMAGED = "the file is damaged; put back a copy that snapshot() made"
_BUSY = "another process or thread holds it; try again, or open it with a longer wait"
_KINDS: tuple[tuple[str, type[StoreError], str], ...] = (
    ("closed database", StoreClosedError, "open it again"),
    ("locked", StoreLockedError, _BUSY),
    ("locking protocol", StoreLockedError, _BUSY),
    ("malformed", StoreFormatError, _DAMAGED),
    ("not a database", StoreFormatError, _DAMAGED),
    ("decode to UTF-8", StoreFormatError, _DAMAGED),
    ("no such", StoreFormatError, _DAMAGED),
    ("full", StoreUnavailableError, "make room and try again"),
    ("readonly", StoreUnavailableError, "check who may write the file, those beside it (-wal, -shm) and its folder"),
    ("unable to open", StoreUnavailableError, "check that the folder is there, and who may write it"),
    ("I/O", StoreUnavailableError, "check the disk, its free space and its limits, and try again"),
)


def as_ours(error: sqlite3.Error, path: Path) -> StoreError:
    """The error to raise from one of SQLite's; its message names the file and says what to do."""
    text = str(error)
    for word, kind, advice in _KINDS:
        if word in text:
            return kind(f"{path}: {text}; nothing was changed: {advice}")
    return StoreUnavailableError(f"{path}: {text}; nothing was changed")
