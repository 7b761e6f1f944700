"""Connections to a PostgreSQL server: a pool, transactions, and the server's errors in our words."""

from __future__ import annotations

import math
import selectors
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import psycopg
from psycopg.adapt import Dumper
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import Format, TransactionStatus
from psycopg.rows import TupleRow
from psycopg_pool import ConnectionPool, PoolClosed, PoolTimeout, TooManyRequests

from indexes.errors import StoreClosedError, StoreError, StoreFormatError, StoreLockedError, StoreUnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Connection", "Cursor", "Database", "Transaction"]

Connection = psycopg.Connection[TupleRow]
Cursor = psycopg.Cursor[TupleRow]

_STATEMENT = 10  # a statement may take as many times longer than a lock
# One user's rows are few: compiling or parallel workers would cost more than the search; a plan is made once.
_OPTIONS = "-c jit=off -c max_parallel_workers_per_gather=0 -c plan_cache_mode=force_generic_plan"

_LOCKED = frozenset({"55P03", "40P01", "40001"})  # lock_timeout, deadlock, serialization
_FORMAT = frozenset({"3F000", "42P01", "42P07", "42703", "42704", "42804", "42883", "XX001", "XX002"})
_UNAVAILABLE = frozenset({"08", "25", "28", "3D", "42501", "53", "57", "58", "F0", "0A", "XX"})  # classes, or one code


class Transaction:
    """A write that is under way.

    Attributes:
        cursor: What to execute with.
        number: The server's number of the transaction, once it is known: what became of it can then be asked for.
    """

    def __init__(self, cursor: Cursor) -> None:
        self.cursor = cursor
        self.number: str | None = None


class Database:
    """Connections to one database, kept open and made anew when the server comes back.

    Args:
        dsn: Connection string or URL, as libpq reads it; what it says goes before what is set here.
        place: What an error calls the store.
        size: How many connections at most.
        timeout: Seconds to wait for a connection or a lock; a statement may take ten times as long.

    Raises:
        ValueError: The connection string cannot be read.
    """

    def __init__(self, dsn: str, place: str, *, size: int, timeout: float) -> None:
        self.place, self.timeout = place, timeout
        self._settings = _settings(dsn, timeout)
        self._closed = False
        self._pool: ConnectionPool[Connection] = ConnectionPool(
            "",
            kwargs=self._settings,
            min_size=0,
            max_size=size,
            timeout=timeout,
            # by default an attempt goes on for minutes, ever more slowly, and nothing is quick when the server is back
            reconnect_timeout=timeout,
            configure=_configured,
            check=_still_there,
            open=False,
            name=place,
        )

    def open(self) -> None:
        """Let the pool work; before, only `alone` can be used."""
        self._pool.open()

    @contextmanager
    def reading(self) -> Iterator[Cursor]:
        """A cursor for single statements, each of which sees a whole state."""
        with self.translated(), self._connected() as connection, connection.cursor(binary=True) as cursor:
            yield cursor

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        """A transaction: committed at the end, rolled back by any error."""
        with self.translated(), self._connected() as connection, connection.cursor(binary=True) as cursor:
            cursor.execute("BEGIN")
            transaction = Transaction(cursor)
            try:
                yield transaction
            except BaseException:
                if connection.info.transaction_status in {TransactionStatus.INTRANS, TransactionStatus.INERROR}:
                    cursor.execute("ROLLBACK")
                raise
            try:
                self._commit(cursor)
            except psycopg.OperationalError:
                if not connection.broken or not self._happened(transaction.number):
                    raise

    @contextmanager
    def alone(self, *, unlimited: bool = True) -> Iterator[Cursor]:
        """A connection of its own, for what takes long: by default its statements may take any time."""
        self._must_be_open()
        with self.translated(), psycopg.connect(**self._settings) as connection:
            _configured(connection)
            with connection.cursor(binary=True) as cursor:
                if unlimited:
                    cursor.execute("SET statement_timeout = 0")
                yield cursor

    def close(self) -> None:
        """Close all connections; once is enough."""
        self._closed = True
        self._pool.close()

    @contextmanager
    def translated(self) -> Iterator[None]:
        """The server's errors as ours."""
        try:
            yield
        except PoolClosed as error:
            raise StoreClosedError(f"{self.place} was closed") from error
        except (PoolTimeout, TooManyRequests) as error:
            raise StoreUnavailableError(
                f"{self.place}: no connection within {self.timeout} s: the server does not answer, or all connections "
                "are in use; nothing was changed"
            ) from error
        except psycopg.Error as error:
            raise _as_ours(error, self.place) from error

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        self._must_be_open()
        connection = self._pool.getconn()
        try:
            yield connection
        finally:
            self._pool.putconn(connection)

    def _must_be_open(self) -> None:
        if self._closed:
            raise StoreClosedError(f"{self.place} was closed")

    @staticmethod
    def _commit(cursor: Cursor) -> None:
        cursor.execute("COMMIT")

    def _happened(self, number: str | None) -> bool:
        """What became of a transaction whose connection was lost while it was confirmed.

        Raises:
            StoreUnavailableError: The server does not say within the time to wait.
        """
        end = time.monotonic() + self.timeout
        while number is not None and time.monotonic() < end:
            try:
                with psycopg.connect(**self._settings) as connection:
                    row = connection.execute("SELECT pg_xact_status(%s::xid8)", (number,)).fetchone()
            except psycopg.OperationalError:
                row = None
            if row is not None and row[0] in {"committed", "aborted"}:
                return bool(row[0] == "committed")
            time.sleep(min(0.1, self.timeout))
        raise StoreUnavailableError(
            f"{self.place}: the connection was lost while a write was confirmed, and the server does not answer: "
            "whether it was done is not known; read the user's revision when the server is back"
        )


class _VectorDumper(Dumper):
    """A vector as pgvector's `vector_recv` reads it: its length, two bytes of nothing, and big-endian floats."""

    format = Format.BINARY

    def dump(self, obj: Any) -> bytes:  # noqa: ANN401 - as in the base class
        return len(obj).to_bytes(2, "big") + bytes(2) + bytes(obj.astype(">f4").tobytes())


def _settings(dsn: str, timeout: float) -> dict[str, Any]:
    try:
        given = conninfo_to_dict(dsn)
    except psycopg.Error:
        # the cause repeats parts of the string, which may be a password
        raise ValueError("the connection string cannot be read: give 'host=... dbname=...' or a URL") from None
    milliseconds = max(1, round(timeout * 1000))
    limits = f"-c lock_timeout={milliseconds} -c statement_timeout={milliseconds * _STATEMENT}"
    ours: dict[str, Any] = {
        "connect_timeout": max(2, math.ceil(timeout)),
        "keepalives_idle": 30,
        "keepalives_interval": 10,
        "keepalives_count": 3,
        "tcp_user_timeout": max(milliseconds * _STATEMENT, 30_000),
        "application_name": "profile-resolver",
    }
    # later options win: those of the user
    options = " ".join(part for part in (_OPTIONS, limits, str(given.get("options") or "")) if part)
    fixed = {"options": options, "client_encoding": "utf8", "autocommit": True, "prepare_threshold": 0}
    return {**ours, **given, **fixed}


def _configured(connection: Connection) -> None:
    connection.adapters.register_dumper(np.ndarray, _VectorDumper)


def _still_there(connection: Connection) -> None:
    """Find out whether a connection was lost while it was idle, without asking the server.

    A server says nothing on an idle connection; where there is something to read it has closed it, or has a notice.
    """
    with selectors.DefaultSelector() as selector:
        selector.register(connection.fileno(), selectors.EVENT_READ)
        if selector.select(0):
            ConnectionPool.check_connection(connection)


def _as_ours(error: psycopg.Error, place: str) -> StoreError:
    code = error.sqlstate
    kind: type[StoreError] = StoreError
    if code in _LOCKED:
        kind = StoreLockedError
    elif code in _FORMAT:
        kind = StoreFormatError
    elif (code is None and isinstance(error, (psycopg.OperationalError, psycopg.InterfaceError))) or (
        code is not None and (code in _UNAVAILABLE or code[:2] in _UNAVAILABLE)
    ):
        kind = StoreUnavailableError
    text = error.diag.message_primary or str(error).strip() or type(error).__name__
    return kind(f"{place}: {text}{f' ({code})' if code else ''}; nothing was changed")
