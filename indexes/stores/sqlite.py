"""A store in one SQLite file: what persists, on one machine, for any number of its processes."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args

import numpy as np

from indexes.approximate import APPROXIMATE_ABOVE
from indexes.errors import StoreFormatError, StoreModelError, UnknownIdError
from indexes.stores.block import Block, search_block
from indexes.stores.checks import SEARCHED, search_checks, text_check
from indexes.stores.contract import Prepared, Search, Store
from indexes.stores.kept import KeptIndexes, Rows
from indexes.stores.record import Snapshot, StoredRecord, from_microseconds, microseconds
from indexes.stores.refusals import duplicate, unknown
from indexes.stores.sqlite_copy import copied_whole, sweep
from indexes.stores.sqlite_file import SqliteFile

if TYPE_CHECKING:
    import os
    import sqlite3
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from indexes.embedding import Embedder
    from indexes.hits import FusedHit
    from indexes.hybrid import Fusion

__all__ = ["SqliteStore", "write_copy"]

Precision = Literal["float32", "float16"]
_FORM: Mapping[str, str] = {"float32": "<f4", "float16": "<f2"}
_LAST = (1 << 32) - 1
# one statement, so that the user and the rows are of one moment
_OF_USER = (
    "SELECT u.number, u.revision, r.user, {columns}, u.records FROM users u LEFT JOIN records r"
    " ON r.key BETWEEN u.number << 32 AND {last} WHERE u.name = ? ORDER BY r.key"
)
_LAST_KEY = "(u.number << 32) + 4294967295"
# of a user who has many records none are read, by a range that is empty
_SEARCHED = _OF_USER.format(
    columns=", ".join(f"r.{name}" for name in SEARCHED), last=f"CASE WHEN u.records <= ? THEN {_LAST_KEY} ELSE -1 END"
)
_ALL = _OF_USER.format(
    columns=", ".join(f"r.{name}" for name in (*SEARCHED, "text", "data", "text_check")), last=_LAST_KEY
)
_BY_ID = "SELECT id, tokens, valid_from, valid_to, text, data, text_check FROM records WHERE user = ? AND id = ?"


class _User(NamedTuple):
    number: int
    next: int  # the place of the next record
    revision: int


class SqliteStore(Store):
    """A store in one file, with SQLite's write-ahead log beside it.

    Each write is one transaction, on the disk when the call returns. A search reads the user's own rows, which lie side
    by side, and nothing else, so it does not slow down with other users. Processes may share the file: many read while
    one writes. What is deleted is overwritten, and what a killed process left to do of that is done when the file is
    opened. Each record has a check, so that a damaged one is an error and not an answer. A process that forks opens the
    store after the fork.

    Of a user with many records an index is kept in memory, since reading them all for each query takes longer; the
    first search, which makes it, takes two to five times as long as reading. A search looks at the user's revision
    first, so that it sees what any process has written: a write of this store is repeated on the index, after one of
    another the rows are read again and what differs is changed. With ``as_of`` it is used where all records hold then;
    else all rows are read.

    Args:
        path: The file; made with its folder if it is not there.
        embedder: Makes the vectors; a file that holds those of another one is refused.
        precision: How vectors are kept in a new file: ``"float16"`` halves its size and moves a cosine by some 1e-4.
        fusion: As in `indexes.HybridIndex`.
        weights: As in `indexes.HybridIndex`.
        approximate_above: As in `Store`.
        keep_above: Above how many records of a user an index of them is kept.
        keep: How many records of all such users together are kept, those searched last: some 3 KB each.
        wait: Seconds to wait for another process before giving up with `StoreLockedError`.

    Raises:
        StoreFormatError: What is at the path is no store, is damaged or of a newer format.
        StoreModelError: The file holds vectors of another model.
        StoreLockedError: Another process holds the file.
        StoreUnavailableError: The file cannot be made or read.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        embedder: Embedder,
        *,
        precision: Precision | None = None,
        fusion: Fusion = "score",
        weights: Mapping[str, float] | None = None,
        approximate_above: int | None = APPROXIMATE_ABOVE,
        keep_above: int = 1_000,
        keep: int = 100_000,
        wait: float = 5.0,
    ) -> None:
        super().__init__(embedder, fusion=fusion, weights=weights, approximate_above=approximate_above)
        self._keep_above, self._kept = keep_above, KeptIndexes(keep)
        path = Path(path)
        if precision not in (None, *get_args(Precision)):
            raise ValueError(f"precision must be one of {', '.join(get_args(Precision))}, got {precision!r}")
        wanted: dict[str, str | int] = {
            "embedder": embedder.name,
            "dimension": embedder.dimension,
            "precision": precision or "float32",
        }
        self._file = SqliteFile(path, wanted, wait=wait)
        held = self._file.about
        compared = ("embedder", "dimension", *(("precision",) if precision else ()))
        if wrong := [name for name in compared if held.get(name) != wanted[name]]:
            self._file.close()
            name = wrong[0]
            raise StoreModelError(
                f"{path} holds vectors with {name} {held.get(name)!r}, not {wanted[name]!r}: open it with what it"
                " was made with, or give another path"
            )
        with self._sound():
            self._form = _FORM[str(held["precision"])]
        sweep(path.parent)

    @property
    def path(self) -> Path:
        """The file."""
        return self._file.path

    def users(self) -> Iterator[str]:
        """All users, read in parts: one who comes or goes meanwhile may or may not be among them."""
        last = 0
        while True:
            with self._file.reading() as file:
                rows = file.execute(
                    "SELECT number, name FROM users WHERE number > ? ORDER BY number LIMIT 1000", (last,)
                ).fetchall()
            for last, name in rows:  # noqa: B007 - where the next part begins
                yield name
            if not rows:
                return

    def __contains__(self, user: object) -> bool:
        """Whether the user is there."""
        with self._file.reading() as file:
            return isinstance(user, str) and _find(file, user) is not None

    def __len__(self) -> int:
        """How many users there are."""
        with self._file.reading() as file:
            return int(file.execute("SELECT count(*) FROM users").fetchone()[0])

    def snapshot(self, path: str | os.PathLike[str]) -> None:
        """Write a consistent copy; see `Store.snapshot`. It takes as long as writing the file, and blocks no one."""
        with copied_whole(Path(path)) as aside:
            self._file.copy_to(aside)

    def scrub(self) -> None:
        """Overwrite what is left of anything that was deleted, in the file and in the log beside it; `forget` does it.

        It reads the whole file, and writers wait meanwhile.

        Raises:
            StoreLockedError: A reader is in the way.
            StoreUnavailableError: The file cannot be written.
        """
        sweep(self.path.parent)
        self._file.scrub()

    def close(self) -> None:
        """Close the file."""
        self._kept.clear()
        self._file.close()

    def _add(self, user: str, prepared: list[Prepared]) -> int:
        with self._file.writing() as file:
            revision = _next_revision(file)
            own = _find(file, user)
            if own is None:
                number = file.execute(
                    "INSERT INTO users (name, revision, next, records) VALUES (?, ?, 0, 0)", (user, revision)
                ).lastrowid
                own = _User(int(number or 0), 0, revision)
            self._insert(file, user, own.number, own.next, prepared)
            file.execute(
                "UPDATE users SET revision = ?, next = ?, records = records + ? WHERE number = ?",
                (revision, own.next + len(prepared), len(prepared), own.number),
            )
        self._kept.written(user, own.revision, revision, lambda kept: kept.add(self._rounded(prepared)))
        return revision

    def _insert(self, file: sqlite3.Connection, user: str, number: int, place: int, prepared: list[Prepared]) -> None:
        for key, item in enumerate(prepared, start=(number << 32) + place):
            if file.execute("SELECT 1 FROM records WHERE user = ? AND id = ?", (number, item.record.id)).fetchone():
                raise duplicate(user, item.record.id)
            file.execute(
                "INSERT INTO records VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", (key, number, *self._row(number, item))
            )

    def _update(self, user: str, prepared: list[Prepared]) -> int:
        with self._file.writing() as file:
            (number, _, before), revision = self._changed(file, user)
            for item in prepared:
                changed = file.execute(
                    "UPDATE records SET id = ?, vector = ?, tokens = ?, valid_from = ?, valid_to = ?,"
                    " search_check = ?, text = ?, data = ?, text_check = ? WHERE user = ? AND id = ?",
                    (*self._row(number, item), number, item.record.id),
                ).rowcount
                _must(changed, user, item.record.id)
        self._kept.written(user, before, revision, lambda kept: kept.update(self._rounded(prepared)))
        return revision

    def _delete(self, user: str, ids: list[str]) -> int:
        with self._file.writing() as file:
            (number, _, before), revision = self._changed(file, user)
            for key in ids:
                changed = file.execute("DELETE FROM records WHERE user = ? AND id = ?", (number, key)).rowcount
                _must(changed, user, key)
            file.execute("UPDATE users SET records = records - ? WHERE number = ?", (len(ids), number))
        self._kept.written(user, before, revision, lambda kept: kept.delete(ids))
        return revision

    def _forget(self, user: str) -> None:
        with self._kept.making, self._file.writing() as file:
            (number, _, _), _ = self._changed(file, user)
            first = number << 32
            self._kept.forget(user)
            file.execute("DELETE FROM records WHERE key BETWEEN ? AND ?", (first, first + _LAST))
            file.execute("DELETE FROM users WHERE number = ?", (number,))
            # so that after a crash it is done at open
            file.execute("UPDATE meta SET value = 1 WHERE key = 'unscrubbed'")
        self.scrub()

    def _get(self, user: str, ids: list[str] | None) -> Sequence[StoredRecord]:
        if ids is None:
            return self._read(user).records
        with self._file.reading() as file:
            file.execute("BEGIN")  # several statements, of one moment
            own = _find(file, user)
            rows = [file.execute(_BY_ID, (own.number, key)).fetchone() for key in ids] if own else []
            file.execute("COMMIT")
        if own is None:
            raise unknown(user)
        for key, row in zip(ids, rows, strict=True):
            _must(row is not None, user, key)
        with self._sound():
            return [_record(own.number, row) for row in rows]

    def _read(self, user: str) -> Snapshot:
        with self._file.reading() as file:
            rows = file.execute(_ALL, (user,)).fetchall()
        if not rows:
            raise unknown(user)
        with self._sound():
            own = _complete(rows)
            records = tuple(_record(row[0], (row[3], *row[5:8], *row[9:12])) for row in own)
            return Snapshot(rows[0][1], records, self._vectors(own))

    def _revision(self, user: str) -> int:
        with self._file.reading() as file:
            row = file.execute("SELECT revision FROM users WHERE name = ?", (user,)).fetchone()
        if row is None:
            raise unknown(user)
        return int(row[0])

    def _search(self, user: str, search: Search) -> tuple[list[FusedHit], Sequence[str]]:
        rows = self._searched(user, self._keep_above)
        if rows[0][-1] <= self._keep_above:
            return self._of_rows(user, rows, search)
        revision = rows[0][1]
        found = self._kept.search(user, search, revision=revision)
        if found is None:
            with self._kept.making:
                found = self._kept.search(user, search, revision=revision)  # another thread may have been faster
                if found is None:
                    rows = self._searched(user, _LAST)
                    if rows[0][-1] > self._keep_above:
                        self._keep(user, rows)
                        found = self._kept.search(user, search, revision=revision)
        return self._of_rows(user, rows, search) if found is None else (found, [user] * len(found))

    def _searched(self, user: str, most: int) -> list[Any]:
        """The user's rows for a search, or one without a record where there are more than so many."""
        with self._file.reading() as file:
            rows = file.execute(_SEARCHED, (most, user)).fetchall()
        if not rows:
            self._kept.forget(user)  # another process has
            raise unknown(user)
        return rows

    def _keep(self, user: str, rows: Sequence[Sequence[Any]]) -> None:
        with self._sound():
            own = _complete(rows)
            ids, words, bounds = [row[3] for row in own], [row[5] for row in own], [(row[6], row[7]) for row in own]
            read = Rows(rows[0][1], ids, self._vectors(own), words, bounds)
        self._kept.put(user, read, self.new_index)

    def _of_rows(
        self, user: str, rows: Sequence[Sequence[Any]], search: Search
    ) -> tuple[list[FusedHit], Sequence[str]]:
        moment = search.as_of
        with self._sound():
            own = [
                row
                for row in _complete(rows)
                if moment is None or ((row[6] is None or row[6] <= moment) and (row[7] is None or moment < row[7]))
            ]
            block = Block([row[3] for row in own], self._vectors(own), [row[5].split() for row in own])
        owner = {row[3]: user if row[2] == row[0] else "" for row in own}
        found = search_block(block, search, fusion=self.fusion, weights=self.weights)
        return found, [owner[hit.id] for hit in found]

    def _changed(self, file: sqlite3.Connection, user: str) -> tuple[_User, int]:
        """A user who is there, as before the write, and its new revision."""
        own = _find(file, user)
        if own is None:
            raise unknown(user)
        revision = _next_revision(file)
        file.execute("UPDATE users SET revision = ? WHERE number = ?", (revision, own.number))
        return own, revision

    def _rounded(self, prepared: list[Prepared]) -> list[Prepared]:
        """With the vectors that the file gives back."""
        return [item._replace(vector=item.vector.astype(self._form).astype(np.float32)) for item in prepared]

    def _row(self, number: int, item: Prepared) -> tuple[object, ...]:
        record, tokens = item.record, " ".join(item.tokens)
        vector = item.vector.astype(self._form)
        start, end = microseconds(record.valid_from), microseconds(record.valid_to)
        check = text_check(number, record.id, record.text, record.data, start, end, tokens)
        row = (record.id, vector.tobytes(), tokens, start, end)
        return (*row, *search_checks(vector.reshape(1, -1), [row]), record.text, record.data, check)

    def _vectors(self, rows: Sequence[Sequence[Any]]) -> NDArray[np.float32]:
        """Vectors, ``(n, d) float32``, of rows that one of the statements found."""
        flat = np.frombuffer(b"".join([row[4] for row in rows]), dtype=self._form)
        block = flat.reshape(len(rows), self.embedder.dimension)
        if search_checks(block, rows, at=3) != [row[8] for row in rows]:
            raise ValueError("a record is not as it was written")
        return block.astype(np.float32)

    @contextmanager
    def _sound(self) -> Iterator[None]:
        """What is found in a damaged file as an error that says so."""
        try:
            yield
        except (AttributeError, KeyError, OverflowError, TypeError, ValueError) as error:
            raise StoreFormatError(
                f"{self.path} is damaged: {error}; put back a copy that snapshot() made, or forget the user"
            ) from error


def write_copy(path: str | os.PathLike[str], embedder: Embedder, users: Iterable[tuple[str, Snapshot]]) -> None:
    """Write users to a new file that `SqliteStore` opens; see `Store.snapshot`."""
    with copied_whole(Path(path)) as aside, SqliteStore(aside, embedder) as store:
        for user, (_, records, vectors) in users:
            store.add(user, records, vectors=vectors)
        store.scrub()


def _find(file: sqlite3.Connection, user: str) -> _User | None:
    row = file.execute("SELECT number, next, revision FROM users WHERE name = ?", (user,)).fetchone()
    return None if row is None else _User(*map(int, row))


def _next_revision(file: sqlite3.Connection) -> int:
    file.execute("UPDATE meta SET value = value + 1 WHERE key = 'revision'")
    return int(file.execute("SELECT value FROM meta WHERE key = 'revision'").fetchone()[0])


def _complete(rows: Sequence[Sequence[Any]]) -> list[Sequence[Any]]:
    """The user's rows of what one of the statements found, as many as were written."""
    own = [row for row in rows if row[2] is not None and row[2] == row[0]]
    if len(own) != rows[0][-1]:
        raise ValueError(f"of {rows[0][-1]} records {len(own)} are there")
    return own


def _record(number: int, row: Sequence[Any]) -> StoredRecord:
    key, tokens, start, end, text, data, check = row
    if check != text_check(number, key, text, data, start, end, tokens):
        raise ValueError(f"the record {key!r} is not as it was written")
    return StoredRecord(
        id=key, text=text, data=data, valid_from=from_microseconds(start), valid_to=from_microseconds(end)
    )


def _must(there: object, user: str, key: str) -> None:
    if not there:
        raise UnknownIdError(f"the user {user!r} has no record {key!r}; nothing was changed")
