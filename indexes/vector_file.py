"""Vectors by key in one SQLite file: the disk side of the embedding cache."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from typing import TYPE_CHECKING

import numpy as np

from indexes.errors import IndexingError

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
        if not _is_ours(path):
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
        """Remove vectors, overwriting their bytes.

        Raises:
            sqlite3.OperationalError: The file is held by another process, so nothing was removed.
        """
        with self._lock, self._connection:
            self._connection.executemany("DELETE FROM vectors WHERE key = ?", [(key,) for key in keys])

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

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

    def _begun_anew(self) -> sqlite3.Connection:
        for path in (self.path, self.path.with_name(self.path.name + "-journal")):
            path.unlink(missing_ok=True)
        return _opened(self.path)


def _is_ours(path: Path) -> bool:
    """Whether the file is new, or carries this format's mark (SQLite file format, header fields 0 and 68)."""
    if not path.exists():
        return True
    with path.open("rb") as file:
        header = file.read(72)
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
