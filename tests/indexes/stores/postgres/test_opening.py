from __future__ import annotations

import threading

import pytest
from children import all_at_once

from indexes import (
    HashingEmbedder,
    PostgresStore,
    SqliteStore,
    StoreFormatError,
    StoreUnavailableError,
)
from indexes.testing import record

pytest.importorskip("psycopg", reason="psycopg is not installed: run make test-services")
postgres_schema = pytest.importorskip("indexes.stores.postgres_schema")
pytestmark = pytest.mark.services


def test_several_processes_may_open_a_new_store_at_once(dsn, schema):
    load = "from indexes import HashingEmbedder, PostgresStore, StoredRecord\nimport indexes.stores.postgres_database"
    work = (
        "with PostgresStore(sys.argv[1], HashingEmbedder(32), schema=sys.argv[2], partitions=3) as store:\n"
        "    store.add('ann', [StoredRecord(id=sys.argv[3], text='ramen')])"
    )
    all_at_once(load, work, [(dsn, schema, number) for number in range(6)])
    with PostgresStore(dsn, HashingEmbedder(32), schema=schema) as store:
        assert {one.id for one in store.get("ann")} == {str(number) for number in range(6)}


def test_what_one_store_writes_another_reads(dsn, schema, embedder, store):
    with PostgresStore(dsn, embedder, schema=schema) as other:
        first = store.add("ann", [record("a", "likes ramen")])
        assert other.revision("ann") == first
        second = other.add("ann", [record("b", "likes opera")])
        assert second > first
        assert [hit.id for hit in store.search("ann", "opera", 1)] == ["b"]
        other.forget("ann")
        assert "ann" not in store


def test_a_newer_format_is_refused(dsn, schema, embedder, store, sql):
    store.close()
    sql("UPDATE {s}.meta SET value = '99' WHERE key = 'format'")
    with pytest.raises(StoreFormatError, match="99"):
        PostgresStore(dsn, embedder, schema=schema)


def test_an_older_format_is_brought_up_to_date(dsn, schema, store, sql, monkeypatch):
    store.add("ann", [record("a")])
    store.close()
    monkeypatch.setattr(postgres_schema, "FORMAT", 2)
    monkeypatch.setitem(postgres_schema.MIGRATIONS, 1, ("ALTER TABLE {schema}.users ADD COLUMN note text",))
    with PostgresStore(dsn, store.embedder, schema=schema) as again:
        assert again.get("ann") == (record("a"),)
    assert sql("SELECT value FROM {s}.meta WHERE key = 'format'").fetchone() == ("2",)
    assert sql("SELECT name, note FROM {s}.users").fetchone() == ("ann", None)


@pytest.mark.parametrize("table", ["meta (x integer)", "meta (key text, value text)", "users (x integer)"])
def test_a_schema_with_other_tables_is_refused_and_left_alone(dsn, schema, embedder, sql, table):
    sql("CREATE SCHEMA {s}")
    sql(f"CREATE TABLE {{s}}.{table}")
    with pytest.raises(StoreFormatError):
        PostgresStore(dsn, embedder, schema=schema)
    count = sql("SELECT count(*) FROM pg_class WHERE relnamespace = %s::regnamespace", schema).fetchone()
    assert count == (1,)


@pytest.mark.parametrize(
    "wrong",
    [{"schema": "a b"}, {"schema": ""}, {"partitions": 0}, {"pool_size": 0}, {"timeout": 0}, {"precision": "x"}],
)
def test_wrong_settings_are_refused(dsn, embedder, wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        PostgresStore(dsn, embedder, **wrong)


def test_a_connection_string_that_cannot_be_read_is_not_repeated(embedder):
    with pytest.raises(ValueError, match="connection string") as caught:
        PostgresStore("password=geheim nonsense", embedder)
    assert "geheim" not in str(caught.value)
    assert caught.value.__suppress_context__


def test_a_server_that_is_not_there_is_unavailable(embedder, tmp_path):
    with pytest.raises(StoreUnavailableError):
        PostgresStore(f"host={tmp_path}", embedder, timeout=0.5)


def test_a_snapshot_is_of_one_moment_while_others_write(store, tmp_path, embedder):
    """Each round writes one number to all users; a copy must not hold two rounds out of order."""

    users = [f"user {n:02}" for n in range(12)]
    for user in users:
        store.add(user, [record("a", "round 0")])
    done, failures = threading.Event(), []

    def write():
        try:
            number = 0
            while not done.is_set():
                number += 1
                for user in users:
                    store.update(user, [record("a", f"round {number}")])
        except BaseException as error:  # noqa: BLE001 - shown by the test
            failures.append(error)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        store.snapshot(tmp_path / "copy.sqlite")
    finally:
        done.set()
        writer.join()
    assert not failures, failures[0]
    with SqliteStore(tmp_path / "copy.sqlite", embedder) as copy:
        rounds = [int(copy.get(user)[0].text.split()[1]) for user in users]
    assert rounds == sorted(rounds, reverse=True)
    assert rounds[0] - rounds[-1] <= 1


def test_a_snapshot_that_fails_leaves_nothing(store, tmp_path, sql):
    store.add("ann", [record("a")])
    sql("ALTER TABLE {s}.records RENAME TO other")
    with pytest.raises(StoreFormatError):
        store.snapshot(tmp_path / "copy.sqlite")
    assert list(tmp_path.iterdir()) == []
