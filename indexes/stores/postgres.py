"""A store in PostgreSQL with pgvector: for several machines that share the users."""

from __future__ import annotations

import re
import uuid
from collections import Counter
from hashlib import sha256
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from indexes.errors import StoreModelError, StoreUnavailableError, UnknownIdError
from indexes.hits import FusedHit
from indexes.hybrid import pool_of
from indexes.stores.block import stacked
from indexes.stores.contract import Prepared, Search, Store
from indexes.stores.record import Snapshot, StoredRecord, from_microseconds, microseconds
from indexes.stores.refusals import duplicate, unknown

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from indexes.embedding import Embedder
    from indexes.hybrid import Fusion
    from indexes.stores.postgres_database import Cursor, Transaction

__all__ = ["PostgresStore"]

Precision = Literal["float32", "float16"]
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")
_MOST_PARTITIONS = 1000
_LONGEST_LEXEME = 512  # bytes; PostgreSQL takes 2,046
_MOST_COUNTED = 255  # of one token in one text; PostgreSQL keeps 255 positions, and BM25 is flat long before


class PostgresStore(Store):
    """A store in one schema of a PostgreSQL database with the extension pgvector.

    Records are partitioned by a hash of their user and found by an index that begins with the user; a search is one
    statement that reads this user's rows, exactly, and no one else's. Each write is one transaction, on the server's
    disk when the call returns; writes of one user wait for each other, those of two do not.

    Rankings are those of `indexes.HybridIndex` on the same records, up to the rounding of a cosine (some 1e-7): words
    are counted by the server, by the same formula.

    Args:
        dsn: Connection string or URL, as libpq reads it.
        embedder: Makes the vectors; a schema that holds those of another one is refused.
        schema: The schema with the tables, made if it is not there. Two schemas are two stores.
        partitions: Of a new schema: in how many tables records are. `forget` rewrites one of them.
        precision: How vectors are kept in a new schema: ``"float16"`` halves them and moves a cosine by some 1e-4.
        fusion: As in `indexes.HybridIndex`.
        weights: As in `indexes.HybridIndex`.
        pool_size: How many connections at most; further threads wait.
        timeout: Seconds to wait for a connection or for a lock; a statement may take ten times as long.

    Raises:
        StoreFormatError: The schema holds other tables, or is of a newer format.
        StoreModelError: It holds vectors of another model.
        StoreUnavailableError: The server does not answer, has no pgvector, this role must not make the tables, or
            psycopg is not installed.
        ValueError: The connection string cannot be read, the schema is no plain name, or a number is too small.
    """

    def __init__(
        self,
        dsn: str,
        embedder: Embedder,
        *,
        schema: str = "profile_resolver",
        partitions: int = 16,
        precision: Precision | None = None,
        fusion: Fusion = "score",
        weights: Mapping[str, float] | None = None,
        pool_size: int = 8,
        timeout: float = 5.0,
    ) -> None:
        super().__init__(embedder, fusion=fusion, weights=weights, approximate_above=None)
        if precision not in (None, *get_args(Precision)):
            raise ValueError(f"precision must be one of {', '.join(get_args(Precision))}, got {precision!r}")
        if not _NAME.fullmatch(schema):
            raise ValueError(f"schema must be letters, digits and underscores, at most 63, got {schema!r}")
        if not 1 <= partitions <= _MOST_PARTITIONS or pool_size < 1 or timeout <= 0:
            raise ValueError(
                f"partitions must be 1 to {_MOST_PARTITIONS}, pool_size at least 1 and timeout above 0, got "
                f"{partitions}, {pool_size} and {timeout}"
            )
        try:
            from indexes.stores.postgres_database import Database  # noqa: PLC0415 - psycopg is an extra
        except ImportError as error:  # also where psycopg is there without libpq
            raise StoreUnavailableError(
                f"PostgresStore needs psycopg ({error}): pip install 'profile-resolver[postgres]'"
            ) from error
        from indexes.stores.postgres_schema import prepared_schema  # noqa: PLC0415 - only needed here
        from indexes.stores.postgres_sql import Statements  # noqa: PLC0415 - only needed here

        self.schema = schema
        self._database = Database(dsn, f"the PostgreSQL schema {schema!r}", size=pool_size, timeout=timeout)
        wanted = {
            "embedder": embedder.name,
            "dimension": str(embedder.dimension),
            "precision": precision or "float32",
            "partitions": str(partitions),
        }
        held, extension = prepared_schema(self._database, schema, wanted)
        compared = ("embedder", "dimension", *(("precision",) if precision else ()))
        if wrong := [name for name in compared if held.get(name) != wanted[name]]:
            name = wrong[0]
            raise StoreModelError(
                f"{self._database.place} holds vectors with {name} {held.get(name)!r}, not {wanted[name]!r}"
            )
        self._partitions = int(held["partitions"])
        self._sql = Statements(schema, extension, held["precision"])
        self._searches = {mode: self._sql.search(mode, fusion) for mode in ("hybrid", "dense", "lexical")}
        self._database.open()

    def users(self) -> Iterator[str]:
        """All users, read in parts: one who comes or goes meanwhile may or may not be among them."""
        last = ""
        while True:
            with self._database.reading() as cursor:
                rows = cursor.execute(self._sql.names, {"last": last}).fetchall()
            for (last,) in rows:  # where the next part begins
                yield last
            if not rows:
                return

    def __contains__(self, user: object) -> bool:
        """Whether the user is there."""
        with self._database.reading() as cursor:
            if not isinstance(user, str) or "\0" in user:
                return False
            return cursor.execute(self._sql.revision, {"user": user}).fetchone() is not None

    def __len__(self) -> int:
        """How many users there are."""
        with self._database.reading() as cursor:
            row = cursor.execute(self._sql.count).fetchone()
        return int(row[0]) if row is not None else 0

    def snapshot(self, path: str | os.PathLike[str]) -> None:
        """Write all users, of one moment, to a file that `SqliteStore` opens; see `Store.snapshot`."""
        from indexes.stores.sqlite import write_copy  # noqa: PLC0415 - only needed here

        with self._database.alone() as cursor:
            cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            write_copy(path, self.embedder, self._everyone(cursor))

    def scrub(self) -> None:
        """Rewrite all tables without what was deleted in them; `forget` does it for the user's own.

        Others wait for each table while it is rewritten.

        Raises:
            StoreLockedError: Some transaction of the database lasts too long.
            StoreUnavailableError: The server does not answer, or this role is not the owner of the tables.
        """
        self._scrub([self._sql.partition(number) for number in range(self._partitions)])

    def close(self) -> None:
        """Close the connections."""
        self._database.close()

    def _add(self, user: str, prepared: list[Prepared]) -> int:
        with self._database.writing() as transaction:
            place = self._locked(transaction, user, make=True)
            cursor = transaction.cursor
            keys = [_key(item.record.id) for item in prepared]
            if there := self._present(cursor, user, keys):
                raise duplicate(user, min(there))
            rows = [
                {"user": user, "key": key, "place": _wide(number), "id": item.record.id, **_row(item)}
                for number, (key, item) in enumerate(zip(keys, prepared, strict=True), start=place)
            ]
            if rows:
                cursor.executemany(self._sql.insert, rows)
            return self._changed(cursor, user, place + len(rows))

    def _update(self, user: str, prepared: list[Prepared]) -> int:
        with self._database.writing() as transaction:
            place = self._locked(transaction, user)
            cursor = transaction.cursor
            keys = [_key(item.record.id) for item in prepared]
            _must_have(user, [item.record.id for item in prepared], self._present(cursor, user, keys))
            rows = [{"user": user, "key": key, **_row(item)} for key, item in zip(keys, prepared, strict=True)]
            if rows:
                cursor.executemany(self._sql.update, rows)
            return self._changed(cursor, user, place)

    def _delete(self, user: str, ids: list[str]) -> int:
        with self._database.writing() as transaction:
            place = self._locked(transaction, user)
            cursor = transaction.cursor
            keys = [_key(key) for key in ids]
            _must_have(user, ids, self._present(cursor, user, keys))
            cursor.execute(self._sql.delete, {"user": user, "keys": keys})
            return self._changed(cursor, user, place)

    def _forget(self, user: str) -> None:
        from indexes.stores.postgres_schema import partition_of  # noqa: PLC0415 - needs psycopg

        with self._database.writing() as transaction:
            self._locked(transaction, user)
            table = partition_of(transaction.cursor, self._sql, self._partitions, user)
            transaction.cursor.execute(self._sql.delete_all, {"user": user})
            transaction.cursor.execute(self._sql.delete_user, {"user": user})
        self._scrub([table])

    def _get(self, user: str, ids: list[str] | None) -> Sequence[StoredRecord]:
        if ids is None:
            return self._read(user).records
        with self._database.reading() as cursor:
            rows = cursor.execute(self._sql.get, {"user": user, "keys": [_key(key) for key in ids]}).fetchall()
        if not rows:
            raise unknown(user)
        found = {row[1]: _record(row[1:]) for row in rows if row[0] == user}
        _must_have(user, ids, found.keys())
        return [found[key] for key in ids]

    def _read(self, user: str) -> Snapshot:
        with self._database.reading() as cursor:
            return self._snapshot(cursor, user)

    def _revision(self, user: str) -> int:
        with self._database.reading() as cursor:
            row = cursor.execute(self._sql.revision, {"user": user}).fetchone()
        if row is None:
            raise unknown(user)
        return int(row[0])

    def _search(self, user: str, search: Search) -> tuple[list[FusedHit], Sequence[str]]:
        terms = [_lexeme(token) for token in search.tokens or ()]
        asked: dict[str, object] = {
            "user": user,
            "as_of": _wide(search.as_of),
            "vector": search.vector,
            "terms": terms,
            # no token is a lone mark: a query without words finds nothing by words
            "query": " | ".join(map(_escaped, dict.fromkeys(terms))) or "'#'",
            "pool": _wide(pool_of(search.k, search.mode)),
            "k": _wide(search.k),
            **self.weights,
        }
        with self._database.reading() as cursor:
            rows = cursor.execute(self._searches[search.mode], asked).fetchall()
        if not rows:
            raise unknown(user)
        hits, owners = [], []
        for owner, key, score, dense_rank, dense_score, lexical_rank, lexical_score in rows:
            if key is None:
                break  # the user is there, and nothing was found
            ranks, scores = {}, {}
            if dense_rank is not None:
                ranks["dense"], scores["dense"] = dense_rank, dense_score
            if lexical_rank is not None:
                ranks["lexical"], scores["lexical"] = lexical_rank, lexical_score
            hits.append(FusedHit(key, score, ranks, scores))
            owners.append(owner)
        return hits, owners

    def _locked(self, transaction: Transaction, user: str, *, make: bool = False) -> int:
        """Wait for other writers of the user; its next place."""
        cursor, asked = transaction.cursor, {"user": user}
        while (row := cursor.execute(self._sql.lock, asked).fetchone()) is None:
            if not make:
                raise unknown(user)
            cursor.execute(self._sql.make, asked)  # where another makes it too, this waits for the other
        transaction.number = str(row[1])
        return int(row[0])

    def _changed(self, cursor: Cursor, user: str, place: int) -> int:
        row = cursor.execute(self._sql.changed, {"user": user, "next": _wide(place)}).fetchone()
        return int(row[0]) if row is not None else 0

    def _present(self, cursor: Cursor, user: str, keys: list[uuid.UUID]) -> set[str]:
        """Which ids of these are there; asked before writing, since the server would log an id that it refuses."""
        return {row[0] for row in cursor.execute(self._sql.present, {"user": user, "keys": keys})} if keys else set()

    def _snapshot(self, cursor: Cursor, user: str) -> Snapshot:
        rows = cursor.execute(self._sql.read, {"user": user}).fetchall()
        if not rows:
            raise unknown(user)
        own = [row for row in rows if row[1] == user]
        vectors = [np.frombuffer(row[7], dtype=">f4", offset=4) for row in own]
        block: NDArray[np.float32] = stacked(vectors, self.embedder.dimension).astype(np.float32)
        return Snapshot(int(rows[0][0]), tuple(_record(row[2:7]) for row in own), block)

    def _everyone(self, cursor: Cursor) -> Iterator[tuple[str, Snapshot]]:
        """All users as a transaction sees them."""
        last = ""
        while names := [row[0] for row in cursor.execute(self._sql.names, {"last": last}).fetchall()]:
            for last in names:  # where the next part begins
                yield last, self._snapshot(cursor, last)

    def _scrub(self, tables: list[str]) -> None:
        from indexes.stores.postgres_schema import rewrite  # noqa: PLC0415 - needs psycopg

        rewrite(self._database, self._sql, [*tables, f"{self._sql.schema}.users"])


def _key(key: str) -> uuid.UUID:
    """An id in 16 bytes: the beginning of its SHA-256."""
    return uuid.UUID(bytes=sha256(key.encode()).digest()[:16])


def _row(item: Prepared) -> dict[str, object]:
    record = item.record
    return {
        "valid_from": _wide(microseconds(record.valid_from)),
        "valid_to": _wide(microseconds(record.valid_to)),
        "length": _wide(len(item.tokens)),
        "tokens": _words(item.tokens),
        "vector": item.vector,
        "text": record.text,
        "data": record.data,
    }


def _wide(number: int | None) -> object:
    """A number that is always sent as a bigint, so that a statement is prepared once and not for each width."""
    from psycopg.types.numeric import Int8  # noqa: PLC0415 - an extra

    return None if number is None else Int8(number)


def _words(tokens: Sequence[str]) -> str:
    """Tokens as a tsvector in text form; how often one occurs is how many positions it has."""
    return " ".join(
        f"{_escaped(token)}:{','.join(map(str, range(1, min(count, _MOST_COUNTED) + 1)))}"
        for token, count in Counter(map(_lexeme, tokens)).items()
    )


def _lexeme(token: str) -> str:
    """A token, or the digest of one that is too long for PostgreSQL."""
    raw = token.encode()
    return token if len(raw) <= _LONGEST_LEXEME else f"#{sha256(raw).hexdigest()}"


def _escaped(token: str) -> str:
    return "'" + token.replace("\\", "\\\\").replace("'", "''") + "'"


def _record(row: Sequence[object]) -> StoredRecord:
    key, text, data, start, end = row
    return StoredRecord(
        id=str(key),
        text=str(text),
        data=str(data),
        valid_from=from_microseconds(start if isinstance(start, int) else None),
        valid_to=from_microseconds(end if isinstance(end, int) else None),
    )


def _must_have(user: str, ids: Sequence[str], there: object) -> None:
    if missing := [key for key in ids if key not in there]:  # type: ignore[operator]
        raise UnknownIdError(f"the user {user!r} has no record {missing[0]!r}; nothing was changed")
