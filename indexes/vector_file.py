"""Vectors by key in one SQLite file: the disk side of the embedding cache."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import weakref
from typing import TYPE_CHECKING

import numpy as np

from indexes.errors import IndexingError, StoreUnavailableError
from indexes.sqlite_errors import as_ours
from indexes.sqlite_raw import RawFile, hold

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["VectorFile"]

_FORMAT = 1  # PRAGMA user_version
_MARK = 0x50525643  # PRAGMA application_id
_VARIABLES = 500  # keys in one statement; SQLite's limit is 999 on old builds
_WAIT_SECONDS = 5.0


class VectorFile:
    """A cache file, which may be discarded: one that is damaged or of an older format is deleted and begun anew.

    Only a file that carries this format's mark is ever deleted; anything else at the path raises. The file holds
    little-endian float32 blobs under binary keys. Another process that holds it for long counts as a miss: the cache
    then gives nothing and keeps nothing, and the caller encodes. Deleted rows are overwritten (``secure_delete``).

    Args:
        path: The file; its folder is made.
        dimension: Length of the vectors; rows of another length count as absent.

    Raises:
        IndexingError: The path holds something that is not such a cache.
        OSError: The folder cannot be made.
    """

    def __init__(self, path: Path, *, dimension: int) -> None:
        self.path = path
        self._dimension = dimension
        self._lock = threading.Lock()
        path.parent.mkdir(parents=True, exist_ok=True)
        self._hold()
        if not _is_ours(self._raw.header()):
            self._release()
            raise IndexingError(
                f"{path} is not a vector cache: give another path, or remove the file if it is not needed"
            )
        try:
            self._connection = _opened(path)
        except sqlite3.DatabaseError:
            self._connection = self._begun_anew()

    def read(self, keys: Sequence[bytes]) -> dict[bytes, NDArray[np.float32]]:
        """The vectors that are there, by key."""
        found: dict[bytes, NDArray[np.float32]] = {}
        with self._lock, self._tolerant():
            for start in range(0, len(keys), _VARIABLES):
                part = keys[start : start + _VARIABLES]
                marks = ",".join("?" * len(part))
                rows = self._connection.execute(f"SELECT key, vector FROM vectors WHERE key IN ({marks})", part)  # noqa: S608
                for key, blob in rows:
                    if len(blob) == 4 * self._dimension:
                        found[key] = np.frombuffer(blob, dtype="<f4").astype(np.float32)
        return found

    def write(self, vectors: Mapping[bytes, NDArray[np.float32]]) -> None:
        """Keep vectors, all of them or none."""
        rows = [(key, np.asarray(vector, dtype="<f4").tobytes()) for key, vector in vectors.items()]
        with self._lock, self._tolerant(), self._connection:
            self._connection.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", rows)

    def delete(self, keys: Sequence[bytes]) -> None:
        """Remove vectors, overwriting their bytes; copies that SQLite left of them are overwritten by `scrub`.

        Raises:
            StoreLockedError: The file is held by another process, so nothing was removed.
            StoreUnavailableError: The file cannot be written.
        """
        with self._lock, self._thorough(), self._connection:
            self._connection.executemany("DELETE FROM vectors WHERE key = ?", [(key,) for key in keys])

    def scrub(self) -> None:
        """Overwrite what is left of anything that was removed; it reads the whole file.

        Raises:
            StoreLockedError: The file is held by another process.
            StoreUnavailableError: The file cannot be written.
        """
        with self._lock, self._thorough():
            connection = _opened(self.path)  # one of its own: its commit tells all others to read their pages anew
            try:
                connection.execute("BEGIN IMMEDIATE")
                if self._raw.wipe():
                    connection.execute(f"PRAGMA user_version = {_FORMAT}")
                    connection.execute("COMMIT")
                else:
                    connection.execute("ROLLBACK")
                    connection.execute("VACUUM")
            finally:
                connection.close()

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()
            self._release()

    def __del__(self) -> None:
        """Close the file with its last user."""
        with contextlib.suppress(AttributeError):  # the constructor may have raised
            self._connection.close()

    @contextlib.contextmanager
    def _tolerant(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError:
            return  # locked or out of space: a miss, not a failure
        except sqlite3.DatabaseError:
            self._connection.close()
            self._connection = self._begun_anew()

    @contextlib.contextmanager
    def _thorough(self) -> Iterator[None]:
        """What must not be missed: an error is raised, and a damaged file is begun anew, which removes all of it."""
        try:
            yield
        except sqlite3.OperationalError as error:
            raise as_ours(error, self.path) from error
        except sqlite3.DatabaseError:
            self._connection.close()
            self._connection = self._begun_anew()
        except OSError as error:
            raise StoreUnavailableError(f"{self.path}: {error.strerror or error}; check who may write it") from error

    def _hold(self) -> None:
        self._raw: RawFile = hold(self.path)
        self._release = weakref.finalize(self, self._raw.release)
        self._release.atexit = False

    def _begun_anew(self) -> sqlite3.Connection:
        for path in (self.path, self.path.with_name(self.path.name + "-journal")):
            path.unlink(missing_ok=True)
        self._release()
        self._hold()
        return _opened(self.path)


def _is_ours(header: bytes) -> bool:
    """Whether the file is new, or carries this format's mark (SQLite file format, header fields 0 and 68)."""
    return not header or (header.startswith(b"SQLite format 3\0") and header[68:72] == _MARK.to_bytes(4, "big"))


def _opened(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=_WAIT_SECONDS, check_same_thread=False)
    try:
        connection.execute("PRAGMA secure_delete = ON")
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version not in (0, _FORMAT):
            raise sqlite3.DatabaseError(f"{path} has format {version}, not {_FORMAT}")  # noqa: TRY301 - it is handled like damage
        with connection:
            connection.execute(
                "CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB NOT NULL) WITHOUT ROWID"
            )
            connection.execute(f"PRAGMA user_version = {_FORMAT}")
            connection.execute(f"PRAGMA application_id = {_MARK}")
    except BaseException:
        connection.close()
        raise
    return connection
