"""The SQLite file of a store: its layout, its versions, and SQLite's errors in our words."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from indexes.errors import StoreClosedError, StoreError, StoreFormatError, StoreLockedError, StoreUnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

__all__ = ["FORMAT", "MIGRATIONS", "SqliteFile"]

FORMAT = 1
"""PRAGMA user_version of a file of this layout."""
_MARK = 0x50525354  # PRAGMA application_id
_PAGE = 8192  # rows have about a kilobyte: eight to a page of this size, three to one of the usual 4,096
_LAYOUT = (
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID",
    # numbers are never used twice, so that no row of one who was forgotten could become another's
    (
        "CREATE TABLE users (number INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE,"
        " revision INTEGER NOT NULL, next INTEGER NOT NULL)"
    ),
    # key is number << 32 | place: rows of one user lie side by side in the file, in their order
    (
        "CREATE TABLE records (key INTEGER PRIMARY KEY, user INTEGER NOT NULL, id TEXT NOT NULL, valid_from INTEGER,"
        " valid_to INTEGER, vector BLOB NOT NULL, tokens TEXT NOT NULL, text TEXT NOT NULL, data TEXT NOT NULL)"
    ),
    "CREATE UNIQUE INDEX record_ids ON records (user, id)",
    "INSERT INTO meta VALUES ('revision', 0)",
)
MIGRATIONS: dict[int, tuple[str, ...]] = {}
"""By format the statements that make the next one of it; a file is brought up to date in one transaction."""

_BUSY = frozenset((5, 6))  # SQLITE_BUSY, SQLITE_LOCKED
_DAMAGED = frozenset((11, 26))  # SQLITE_CORRUPT, SQLITE_NOTADB
_WORDS = {"locked": StoreLockedError, "malformed": StoreFormatError, "not a database": StoreFormatError}


class SqliteFile:
    """Connections to one file: one that writes, and as many that read as there are readers at once.

    Args:
        path: The file, made if it is not there; its folder too.
        about: What the file must say of itself: written to a new one, compared with one that is there.
        wait: Seconds to wait for another process.

    Attributes:
        path: As given.
        about: What the file says of itself.

    Raises:
        StoreFormatError: What is there is no store, is damaged or of a newer format.
        StoreLockedError: Another process holds it.
        StoreUnavailableError: It cannot be made or read.
    """

    def __init__(self, path: Path, about: Mapping[str, str | int], *, wait: float) -> None:
        self.path, self._wait = path, wait
        self._idle: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._closed = False
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            _check_header(path)
        except OSError as error:
            raise StoreUnavailableError(f"{path}: {error.strerror or error}") from error
        with self.translated():
            self._writer = self._connected()
        try:
            with self.translated():
                self.about = self._prepared(about)
        except BaseException:
            self._writer.close()
            raise

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection for reading; each statement sees a whole state."""
        with self.translated():
            connection = self._taken()
            try:
                yield connection
            except BaseException:
                connection.close()
                raise
            with self._lock:
                if not self._closed:
                    self._idle.append(connection)
                    return
            connection.close()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction: committed at the end, rolled back by any error."""
        with self._writing, self.translated():
            if self._closed:
                raise StoreClosedError(f"{self.path} was closed")
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield self._writer
                self._writer.execute("COMMIT")
            except BaseException:
                if self._writer.in_transaction:
                    self._writer.execute("ROLLBACK")
                raise

    def scrub(self) -> None:
        """Empty the write-ahead log into the file, so that nothing that was deleted stays in it.

        Raises:
            StoreLockedError: A reader of another process is in the way for too long.
        """
        with self._writing, self.translated():
            busy, _, _ = self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy:
            raise StoreLockedError(
                f"{self.path}: it is deleted, but its bytes stay in the log beside the file until another reader is "
                "done; call scrub() then"
            )

    def copy_to(self, path: Path) -> None:
        """Write a compact copy."""
        with self.reading() as connection:
            connection.execute("VACUUM INTO ?", (str(path),))

    def close(self) -> None:
        """Close all connections; once is enough."""
        with self._writing, self._lock:
            self._closed = True
            for connection in (*self._idle, self._writer):
                connection.close()
            self._idle.clear()

    @contextmanager
    def translated(self) -> Iterator[None]:
        """SQLite's errors as ours."""
        try:
            yield
        except sqlite3.Error as error:
            raise _as_ours(error, self.path) from error

    def _taken(self) -> sqlite3.Connection:
        with self._lock:
            if self._closed:
                raise StoreClosedError(f"{self.path} was closed")
            if self._idle:
                return self._idle.pop()
        return self._connected()

    def _connected(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=self._wait, check_same_thread=False, isolation_level=None)
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute("PRAGMA temp_store = MEMORY")  # no bytes of a user in a file that nobody scrubs
        connection.execute("PRAGMA synchronous = FULL")
        return connection

    def _prepared(self, about: Mapping[str, str | int]) -> dict[str, str | int]:
        connection = self._writer
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version > FORMAT:
            raise StoreFormatError(
                f"{self.path} has format {version}, and this version reads up to {FORMAT}: use a newer one"
            )
        if version == FORMAT and connection.execute("PRAGMA journal_mode").fetchone() == ("wal",):
            return dict(connection.execute("SELECT key, value FROM meta WHERE key <> 'revision'"))
        connection.execute(f"PRAGMA page_size = {_PAGE}")
        connection.execute("PRAGMA journal_mode = WAL")
        with self.writing():
            (version,) = connection.execute("PRAGMA user_version").fetchone()  # another process may have been faster
            if version == 0:
                for statement in _LAYOUT:
                    connection.execute(statement)
                connection.executemany("INSERT INTO meta VALUES (?, ?)", about.items())
                connection.execute(f"PRAGMA application_id = {_MARK}")
                version = FORMAT
            while version < FORMAT:
                for statement in MIGRATIONS[version]:
                    connection.execute(statement)
                version += 1
            connection.execute(f"PRAGMA user_version = {FORMAT}")
        return dict(connection.execute("SELECT key, value FROM meta WHERE key <> 'revision'"))


def _check_header(path: Path) -> None:
    """Refuse a file that is not ours (SQLite file format, header fields 0 and 68) before SQLite touches it."""
    if not path.exists():
        return
    if not path.is_file():
        raise StoreFormatError(f"{path} is no file")
    with path.open("rb") as file:
        header = file.read(72)
    if header and not (
        header.startswith(b"SQLite format 3\0") and header[68:72] in (_MARK.to_bytes(4, "big"), bytes(4))
    ):
        raise StoreFormatError(f"{path} is no store: give another path")


def _as_ours(error: sqlite3.Error, path: Path) -> StoreError:
    code = getattr(error, "sqlite_errorcode", None)  # from Python 3.11 on
    text = str(error)
    if code is None:
        kind = next((kind for word, kind in _WORDS.items() if word in text), StoreUnavailableError)
    elif code & 0xFF in _BUSY:
        kind = StoreLockedError
    elif code & 0xFF in _DAMAGED:
        kind = StoreFormatError
    else:
        kind = StoreUnavailableError
    if isinstance(error, sqlite3.ProgrammingError) and "closed" in text:
        kind = StoreClosedError
    return kind(f"{path}: {text}; nothing was changed")
