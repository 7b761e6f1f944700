"""The stores that are measured: how each is made, what it takes on the disk, and how it is removed again."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from indexes import MemoryStore, SqliteStore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import psycopg

    from indexes import Embedder, Store

__all__ = ["EXTRA_STORES", "POSTGRES", "STORES", "check_name", "made", "on_disk"]

STORES = ("memory", "sqlite", "sqlite-float16")
"""Stores that need nothing more."""
EXTRA_STORES = ("postgres", "postgres-float16", "qdrant")
"""Stores that need an extra; those on PostgreSQL the database that `POSTGRES` names, too."""
POSTGRES = "PROFILE_RESOLVER_POSTGRES"
"""Environment variable with the connection string of a database in which a schema may be made, and is removed again."""
_SCHEMA = f"bench_{os.getpid()}"


def check_name(name: str) -> None:
    """Refuse what cannot be made.

    Raises:
        ValueError: There is no such store, or no database is named for it.
    """
    if name not in (*STORES, *EXTRA_STORES):
        raise ValueError(f"no store {name!r}; there are {', '.join((*STORES, *EXTRA_STORES))}")
    if name.startswith("postgres") and POSTGRES not in os.environ:
        raise ValueError(f"{name}: {POSTGRES} names no database")


@contextmanager
def made(name: str, folder: Path, embedder: Embedder) -> Iterator[Store]:
    """A new store; what it keeps outside of the folder is removed at the end."""
    check_name(name)
    kind, _, precision = name.partition("-")
    if kind == "memory":
        with MemoryStore(embedder) as store:
            yield store
    elif kind == "sqlite":
        with SqliteStore(folder / "store.sqlite", embedder, precision="float16" if precision else "float32") as store:
            yield store
    elif kind == "qdrant":
        from indexes import QdrantStore  # noqa: PLC0415 - an extra

        with QdrantStore(folder / "store", embedder) as store:
            yield store
    else:
        from indexes import PostgresStore  # noqa: PLC0415 - an extra

        try:
            with PostgresStore(
                os.environ[POSTGRES], embedder, schema=_SCHEMA, precision="float16" if precision else "float32"
            ) as store:
                yield store
        finally:
            with _connected() as database:
                database.execute(f"DROP SCHEMA IF EXISTS {_SCHEMA} CASCADE".encode())


def on_disk(store: Store, folder: Path) -> int | None:
    """Bytes that a store takes; None for one in memory."""
    if isinstance(store, MemoryStore):
        return None
    if isinstance(store, SqliteStore):
        store.scrub()
    files = [path.stat() for path in folder.rglob("*") if path.is_file()]
    if files:
        return sum(512 * file.st_blocks for file in files)  # POSIX's unit; some files have holes
    with _connected() as database:
        (size,) = database.execute(
            "SELECT sum(pg_total_relation_size(c.oid)) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE n.nspname = %s AND c.relkind = 'r'",
            (_SCHEMA,),
        ).fetchone() or (0,)
    return int(size)


def _connected() -> psycopg.Connection:
    import psycopg  # noqa: PLC0415 - an extra

    return psycopg.connect(os.environ[POSTGRES], autocommit=True)
