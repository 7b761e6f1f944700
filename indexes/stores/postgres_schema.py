"""The tables of a PostgreSQL store: how they are made, brought up to date, and rid of what was deleted."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

from indexes.errors import StoreFormatError, StoreLockedError, StoreUnavailableError
from indexes.stores.postgres_sql import Statements

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from psycopg.errors import Diagnostic

    from indexes.stores.postgres_database import Cursor, Database

__all__ = ["FORMAT", "MIGRATIONS", "partition_of", "prepared_schema", "rewrite"]

FORMAT = 1
"""The format of a schema of this layout."""
MIGRATIONS: dict[int, tuple[str, ...]] = {}
"""By format the statements that make the next one of it, with ``{schema}`` for the schema; all in one transaction."""

_LOCK = 0x50525354  # of all stores in one database: making the extension is not safe beside itself
_LAYOUT = (
    "CREATE SCHEMA IF NOT EXISTS {schema}",
    "CREATE TABLE {schema}.meta (key text PRIMARY KEY, value text NOT NULL)",
    # numbers of this sequence are never given twice: a user who was forgotten and comes back begins above
    "CREATE SEQUENCE {schema}.revisions",
    (
        'CREATE TABLE {schema}.users (name text COLLATE "C" PRIMARY KEY, revision bigint NOT NULL,'
        " next bigint NOT NULL) WITH (fillfactor = 80)"
    ),
    # key is a digest of the id, so that an id of any length fits into the index; place is the order within the user
    (
        "CREATE TABLE {schema}.records (place bigint NOT NULL, valid_from bigint, valid_to bigint, key uuid NOT NULL,"
        ' length integer NOT NULL, owner text COLLATE "C" NOT NULL, id text COLLATE "C" NOT NULL,'
        " tokens tsvector NOT NULL, vector {kind}({dimension}) NOT NULL, text text NOT NULL, data text NOT NULL,"
        " PRIMARY KEY (owner, key)) PARTITION BY HASH (owner)"
    ),
    # see `rewrite`
    "CREATE TABLE {schema}.probe (number integer)",
)
_PARTITION = (
    "CREATE TABLE {partition} PARTITION OF {schema}.records FOR VALUES WITH (MODULUS {partitions}, REMAINDER {number})"
)
# A search reads vectors and words, so they stay in the row, and long texts are put elsewhere. No statistics of what
# users wrote: the planner needs none to find rows of one owner, and they would be copies that nobody deletes.
_AFTER = (
    "ALTER TABLE {schema}.records ALTER COLUMN vector SET STORAGE MAIN, ALTER COLUMN tokens SET STORAGE MAIN",
    "ALTER TABLE {schema}.records "
    + ", ".join(
        f"ALTER COLUMN {column} SET STATISTICS 0"
        for column in (
            "place",
            "valid_from",
            "valid_to",
            "key",
            "length",
            "owner",
            "id",
            "tokens",
            "vector",
            "text",
            "data",
        )
    ),
    "ALTER TABLE {schema}.users ALTER COLUMN name SET STATISTICS 0",
)
_WRITE = "INSERT INTO {schema}.meta VALUES (%s, %s) ON CONFLICT (key) DO UPDATE SET value = excluded.value"
_META = (
    "SELECT 1 FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace"
    " WHERE n.nspname = %s AND c.relname = 'meta'"
)
_EXTENSION = (
    "SELECT n.nspname, to_regtype(quote_ident(n.nspname) || '.halfvec') IS NOT NULL FROM pg_extension AS e"
    " JOIN pg_namespace AS n ON n.oid = e.extnamespace WHERE e.extname = 'vector'"
)


def prepared_schema(database: Database, schema: str, about: Mapping[str, str]) -> tuple[dict[str, str], str]:
    """Make the tables, or bring them up to date, unless they are; safe where several processes do it at once.

    Args:
        database: Where.
        schema: The schema, a plain name.
        about: What a new one says of itself.

    Returns:
        What it says of itself, and the schema of pgvector.

    Raises:
        StoreFormatError: It is of a newer format, or holds other tables.
        StoreUnavailableError: The server does not answer, has no pgvector, or this role must not do it.
        StoreLockedError: Another process is at it for too long.
    """
    with database.alone(unlimited=False) as cursor:
        if (held := _held(cursor, schema)) is None or _format(held, database.place) < FORMAT:
            cursor.execute("BEGIN")
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
            held = _held(cursor, schema)  # another process may have been faster
            if held is None:
                _make(cursor, schema, about)
            else:
                for version in range(_format(held, database.place), FORMAT):
                    for text in MIGRATIONS[version]:
                        cursor.execute(_named(text, schema=f'"{schema}"'))
            cursor.execute(_named(_WRITE, schema=f'"{schema}"'), ("format", str(FORMAT)))
            cursor.execute("COMMIT")
            held = _held(cursor, schema) or {}
        extension = cursor.execute(_EXTENSION.encode()).fetchone()
    if extension is None:
        raise StoreUnavailableError(f"{database.place}: the extension pgvector was removed from the database")
    return held, str(extension[0])


def partition_of(cursor: Cursor, statements: Statements, partitions: int, user: str) -> str:
    """The name of the partition that holds a user's records."""
    row = cursor.execute(
        "SELECT n FROM generate_series(0, %(count)s - 1) AS n"
        " WHERE satisfies_hash_partition(%(table)s::regclass, %(count)s, n, %(user)s::text)",
        {"count": partitions, "table": f"{statements.schema}.records", "user": user},
    ).fetchone()
    if row is None:
        raise StoreFormatError(f"the records in {statements.schema} are not in {partitions} partitions by owner")
    return statements.partition(int(row[0]))


def rewrite(database: Database, statements: Statements, tables: Iterable[str]) -> None:
    """Write tables anew without what was deleted in them, so that no byte of it stays in their files.

    ``VACUUM (FULL)`` copies what some running transaction may still see, also of deleted rows. So a row is made and
    deleted first, in a table of nothing else: once the server can drop that one, it can drop all that went before.

    Raises:
        StoreLockedError: Some transaction of the database lasts too long.
        StoreUnavailableError: The server does not answer, or this role must not do it.
    """
    with database.alone() as cursor:
        seen: list[str] = []
        cursor.connection.add_notice_handler(lambda notice: _keep(notice, seen))
        probe = f"{statements.schema}.probe"
        cursor.execute(_named("INSERT INTO {probe} VALUES (1)", probe=probe))
        cursor.execute(_named("DELETE FROM {probe}", probe=probe))
        end, pause = time.monotonic() + database.timeout, 0.01
        while _dead(cursor, probe, seen, database.place):
            if time.monotonic() >= end:
                raise StoreLockedError(
                    f"{database.place}: it is deleted, but its bytes stay in the tables until an older transaction of "
                    "the database ends; call scrub() then"
                )
            time.sleep(pause)
            pause = min(2 * pause, 0.5)
        for table in tables:
            _dead(cursor, table, seen, database.place)


def _dead(cursor: Cursor, table: str, seen: list[str], place: str) -> int:
    """Rewrite a table; how many deleted rows had to be kept, as the server says in the detail of its report."""
    seen.clear()
    cursor.execute(f"VACUUM (FULL, VERBOSE) {table}".encode())
    counts = [int(match[0]) for detail in seen if (match := re.search(r"\d+", detail))]
    if not counts:  # the server only warns where a role must not
        raise StoreUnavailableError(
            f"{place}: the server did not rewrite {table}, which its owner may: deleted bytes stay in it; call scrub() "
            "as its owner"
        )
    return counts[0]


def _keep(notice: Diagnostic, seen: list[str]) -> None:
    if notice.severity_nonlocalized == "INFO" and notice.message_detail:
        seen.append(notice.message_detail)


def _make(cursor: Cursor, schema: str, about: Mapping[str, str]) -> None:
    row = cursor.execute("SHOW server_encoding").fetchone()
    if row is None or row[0] != "UTF8":
        raise StoreUnavailableError(f"the database must be in UTF8 to keep any text, not {row and row[0]}")
    cursor.execute("CREATE EXTENSION IF NOT EXISTS vector")
    found = cursor.execute(_EXTENSION.encode()).fetchone()
    if found is None or not found[1]:
        raise StoreUnavailableError("pgvector 0.7 or newer is needed: ALTER EXTENSION vector UPDATE")
    statements = Statements(schema, str(found[0]), about["precision"])
    fields = {"schema": statements.schema, "kind": statements.kind, **about}
    for text in _LAYOUT:
        cursor.execute(_named(text, **fields))
    for number in range(int(about["partitions"])):
        cursor.execute(_named(_PARTITION, number=str(number), partition=statements.partition(number), **fields))
    for text in _AFTER:
        cursor.execute(_named(text, **fields))
    cursor.executemany(_named(_WRITE, schema=statements.schema), list(about.items()))


def _named(text: str, **names: str) -> bytes:
    """A statement with names in it."""
    return text.format(**names).encode()


def _held(cursor: Cursor, schema: str) -> dict[str, str] | None:
    """What a schema says of itself, or None where there are no tables of a store."""
    # not to_regclass, which goes by caches that know nothing of what another process has made just now
    if cursor.execute(_META, (schema,)).fetchone() is None:
        return None
    rows = cursor.execute(_named('SELECT key, value FROM "{schema}".meta', schema=schema))
    return {str(key): str(value) for key, value in rows}


def _format(held: Mapping[str, str], place: str) -> int:
    text = held.get("format", "")
    if not text.isdecimal():
        raise StoreFormatError(f"{place} has a table meta that is no store's: give another schema")
    if int(text) > FORMAT:
        raise StoreFormatError(f"{place} has format {text}, and this version reads up to {FORMAT}: use a newer one")
    return int(text)
