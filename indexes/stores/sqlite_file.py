"""The SQLite file of a store: its layout, its versions, and the ways to it."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
import weakref
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from indexes.errors import StoreClosedError, StoreFormatError, StoreLockedError, StoreUnavailableError
from indexes.sqlite_errors import as_ours
from indexes.sqlite_raw import RawFile, hold

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

__all__ = ["FORMAT", "MIGRATIONS", "SqliteFile"]

FORMAT = 1
"""PRAGMA user_version of a file of this layout."""
_MARK = 0x50525354  # PRAGMA application_id
_PAGE = 8192  # rows have about a kilobyte: eight to a page of this size, three to one of the usual 4,096
_ABOUT = "SELECT key, value FROM meta WHERE key NOT IN ('revision', 'unscrubbed')"
_LAYOUT = (
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID",
    # numbers are never used twice, so that no row of one who was forgotten could become another's
    (
        "CREATE TABLE users (number INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE,"
        " revision INTEGER NOT NULL, next INTEGER NOT NULL, records INTEGER NOT NULL)"
    ),
    # key is number << 32 | place: rows of one user lie side by side in the file, in their order
    (
        "CREATE TABLE records (key INTEGER PRIMARY KEY, user INTEGER NOT NULL, id TEXT NOT NULL, vector BLOB NOT NULL,"
        " tokens TEXT NOT NULL, valid_from INTEGER, valid_to INTEGER, search_check INTEGER NOT NULL,"
        " text TEXT NOT NULL, data TEXT NOT NULL, text_check INTEGER NOT NULL)"
    ),
    "CREATE UNIQUE INDEX record_ids ON records (user, id)",
    "INSERT INTO meta VALUES ('revision', 0)",
    "INSERT INTO meta VALUES ('unscrubbed', 0)",  # whether bytes of one who was forgotten may be left
)
MIGRATIONS: dict[int, tuple[str, ...]] = {}
"""By format the statements that make the next one of it; a file is brought up to date in one transaction."""

_PAUSE = 0.01  # seconds
_UNSCRUBBED = "SELECT value FROM meta WHERE key = 'unscrubbed'"
_LEFT = "it is deleted, but its bytes stay in the file or the log beside it until"


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
        self._writer: sqlite3.Connection | None = None
        self._live = 0
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._closed = False
        self._process = os.getpid()
        self._raw = self._held()
        self._release = weakref.finalize(self, self._raw.release)
        self._release.atexit = False  # the system closes it after all connections
        try:
            with self.translated():
                self._check_header()
                self.about = self._prepared(about)
                (unscrubbed,) = self._writer_now().execute(_UNSCRUBBED).fetchone() or (0,)
            if unscrubbed:
                with suppress(StoreLockedError, StoreUnavailableError):  # a reader is in the way: the next one does it
                    self.scrub()
        except BaseException:
            self.close()
            raise

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection for reading; each statement sees a whole state."""
        with self.translated():
            connection = self._taken()
            try:
                yield connection
            except BaseException:
                self._dropped(connection)
                raise
            with self._lock:
                if not self._closed:
                    self._idle.append(connection)
                    return
            self._dropped(connection)

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction: committed at the end, rolled back by any error."""
        self._check_process()
        with self._writing, self.translated():
            writer = self._writer_now()
            writer.execute("BEGIN IMMEDIATE")
            try:
                yield writer
                writer.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):
                    if writer.in_transaction:  # some errors roll back themselves
                        writer.execute("ROLLBACK")
                if writer.in_transaction:
                    self._writer = None
                    self._dropped(writer)
                raise

    def scrub(self) -> None:
        """Empty the write-ahead log into the file and overwrite what is left in it of what was deleted.

        Raises:
            StoreLockedError: A reader is in the way for too long.
            StoreUnavailableError: The file cannot be written.
        """
        self._check_process()
        with self._writing, self.translated():
            self._writer_now()
            connection = self._connected()  # one of its own: its commit tells all others to read their pages anew
            end = time.monotonic() + self._wait
            try:
                while not self._scrubbed(connection):
                    if time.monotonic() > end:
                        raise StoreLockedError(f"{self.path}: {_LEFT} other writers are done; call scrub() then")
            except OSError as error:
                raise StoreUnavailableError(
                    f"{self.path}: {error.strerror or error}; {_LEFT} that is mended; call scrub() then"
                ) from error
            finally:
                self._dropped(connection)

    def copy_to(self, path: Path) -> None:
        """Write a compact copy."""
        with self.reading() as connection:
            connection.execute("VACUUM INTO ?", (str(path),))

    def close(self) -> None:
        """Close all connections; once is enough."""
        if self._process != os.getpid():
            return  # they are the other process's to close
        with self._writing:
            with self._lock:
                self._closed = True
                connections = [*self._idle, *([self._writer] if self._writer else [])]
                self._idle.clear()
                self._writer = None
            for connection in connections:
                self._dropped(connection)
            if not self._live:
                self._release()

    @contextmanager
    def translated(self) -> Iterator[None]:
        """SQLite's errors as ours."""
        try:
            yield
        except sqlite3.Error as error:
            raise as_ours(error, self.path) from error

    def _held(self) -> RawFile:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            if self.path.exists() and not self.path.is_file():
                raise StoreFormatError(f"{self.path} is no file: give another path")
            raw = hold(self.path)
        except OSError as error:
            raise StoreUnavailableError(
                f"{self.path}: {error.strerror or error}; check that the folder is there, and who may write it"
            ) from error
        if raw.inherited:
            raw.release()
            raise StoreUnavailableError(
                f"{self.path} was open when this process was forked, and SQLite's locks do not survive that: close the "
                "store before the fork, or start the process by spawn"
            )
        return raw

    def _check_process(self) -> None:
        if self._process != os.getpid():
            raise StoreClosedError(
                f"{self.path} was opened before this process was forked, and SQLite's connections do not survive that: "
                "close the store before the fork and open it in each process"
            )

    def _check_header(self) -> None:
        """Refuse a file that is not ours (SQLite file format, header fields 0 and 68) before SQLite touches it."""
        header = self._raw.header()
        if header and not (
            header.startswith(b"SQLite format 3\0") and header[68:72] in (_MARK.to_bytes(4, "big"), bytes(4))
        ):
            raise StoreFormatError(f"{self.path} is no store: give another path")

    def _taken(self) -> sqlite3.Connection:
        self._check_process()
        with self._lock:
            if self._closed:
                raise StoreClosedError(f"{self.path} was closed: open it again")
            if self._idle:
                return self._idle.pop()
        return self._connected()

    def _writer_now(self) -> sqlite3.Connection:
        if self._closed:
            raise StoreClosedError(f"{self.path} was closed: open it again")
        if self._writer is None:
            self._writer = self._connected()
        return self._writer

    def _connected(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=self._wait, check_same_thread=False, isolation_level=None)
        with self._lock:
            self._live += 1
        try:
            connection.execute("PRAGMA secure_delete = ON")
            connection.execute("PRAGMA temp_store = MEMORY")  # no bytes of a user in a file that nobody scrubs
            connection.execute("PRAGMA synchronous = FULL")
        except BaseException:
            self._dropped(connection)
            raise
        return connection

    def _dropped(self, connection: sqlite3.Connection) -> None:
        """Close a connection, and with the last one of a closed store the file."""
        with self._lock:  # one after the other, so that one of them is the last and leaves no log behind
            connection.close()
            self._live -= 1
            last = self._closed and not self._live
        if last:
            self._release()

    def _scrubbed(self, connection: sqlite3.Connection) -> bool:
        busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy:
            raise StoreLockedError(f"{self.path}: {_LEFT} another reader is done; call scrub() then")
        connection.execute("BEGIN IMMEDIATE")
        log = self.path.with_name(self.path.name + "-wal")
        if log.exists() and log.stat().st_size:  # written since; the pages in the file are not the last ones
            connection.execute("ROLLBACK")
            return False
        if not self._raw.wipe():
            connection.execute("ROLLBACK")
            connection.execute("PRAGMA temp_store = FILE")  # has no name, and the file may be larger than the memory
            connection.execute("VACUUM")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.execute("BEGIN IMMEDIATE")
        connection.execute("UPDATE meta SET value = 0 WHERE key = 'unscrubbed'")
        connection.execute(f"PRAGMA user_version = {FORMAT}")  # a change, also where there is nothing to note
        connection.execute("COMMIT")
        return True

    def _prepared(self, about: Mapping[str, str | int]) -> dict[str, str | int]:
        connection = self._writer_now()
        version = self._version(connection)
        if version == FORMAT and connection.execute("PRAGMA journal_mode").fetchone() == ("wal",):
            return dict(connection.execute(_ABOUT))
        connection.execute(f"PRAGMA page_size = {_PAGE}")
        connection.execute("PRAGMA auto_vacuum = NONE")
        self._log_ahead(connection)
        with self.writing():
            version = self._version(connection)  # another process may have been faster
            if version == 0:
                for statement in _LAYOUT:
                    connection.execute(statement)
                connection.executemany("INSERT INTO meta VALUES (?, ?)", about.items())
                connection.execute(f"PRAGMA application_id = {_MARK}")
                version = FORMAT
            while version < FORMAT:
                if version not in MIGRATIONS:
                    raise StoreFormatError(
                        f"{self.path} has format {version}, and this version reads {FORMAT} and knows no way from one "
                        "to the other; nothing was changed: use the version that wrote it"
                    )
                for statement in MIGRATIONS[version]:
                    connection.execute(statement)
                version += 1
            connection.execute(f"PRAGMA user_version = {FORMAT}")
        return dict(connection.execute(_ABOUT))

    def _log_ahead(self, connection: sqlite3.Connection) -> None:
        """Switch to a write-ahead log; SQLite does not wait for others who are doing the same, so it is done here."""
        until = time.monotonic() + self._wait
        while True:
            try:
                connection.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError as error:  # noqa: PERF203 - it waits anyway
                if "locked" not in str(error) or time.monotonic() > until:
                    raise
                time.sleep(_PAUSE)
            else:
                return

    def _version(self, connection: sqlite3.Connection) -> int:
        """The format: 0 of a new file, and an error for one that is another's or of a newer format."""
        alone = not connection.in_transaction
        if alone:
            connection.execute("BEGIN")  # of one moment: another process may just be making the store
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        (mark,) = connection.execute("PRAGMA application_id").fetchone()
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if alone:
            connection.execute("COMMIT")
        if mark != _MARK and (mark or version or tables):
            raise StoreFormatError(f"{self.path} is no store but another database: give another path")
        if version > FORMAT:
            raise StoreFormatError(
                f"{self.path} has format {version}, and this version reads up to {FORMAT}: use a newer one"
            )
        return int(version)
