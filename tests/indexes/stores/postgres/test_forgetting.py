from __future__ import annotations

import random
import threading

import numpy as np
import pytest

from indexes import (
    CachedEmbedder,
    DuplicateIdError,
    HashingEmbedder,
    PostgresStore,
    StoreClosedError,
    StoreLockedError,
    StoreUnavailableError,
)
from indexes.testing import record

psycopg = pytest.importorskip("psycopg", reason="psycopg is not installed: run make test-services")
pytestmark = pytest.mark.services


def files_with(server, *marks):
    """The files of the server's tables in which one of the marks is."""
    return [
        path
        for path in (server.data / "base").rglob("*")
        if path.is_file() and any(mark in path.read_bytes() for mark in marks)
    ]


def test_a_forgotten_user_leaves_no_byte_in_the_tables(server, schema):

    embedder = HashingEmbedder(384)
    rng = np.random.default_rng(3)
    vectors = rng.standard_normal((3, 384)).astype(np.float32)
    long = "".join(random.Random(3).choices("abcdefghij", k=9_000))  # goes to the table of long values, uncompressed
    with (
        PostgresStore(server.dsn, embedder, schema=schema, partitions=2) as store,
        psycopg.connect(server.dsn, autocommit=True) as connection,
    ):
        store.add("bob", [record(f"r{n}", f"keepmark {n}") for n in range(50)])
        mine = [
            record("idmark1", "textmark1 ramen", data='"datamark1"'),
            record("idmark2", f"textmark2 {long}", data=f'"datamark2 {long}"'),
        ]
        store.add("usermark", mine, vectors=vectors[:2])
        for number in range(20):  # leaves old versions of the row
            store.update("usermark", [record("idmark1", f"textmark1 {number}")], vectors=vectors[2:])
        store.add("usermark", [record("idmark3", "textmark3")])
        store.delete("usermark", ["idmark3"])
        with pytest.raises(DuplicateIdError):
            store.add("usermark", [record("idmark4", "textmark4"), record("idmark1")])
        connection.execute("ANALYZE")  # statistics are copies too
        connection.execute("CHECKPOINT")
        marks = [b"usermark", b"idmark", b"textmark", b"datamark", long[:1_900].encode()]
        marks += [row[:64].astype("<f4").tobytes() for row in vectors]
        for mark in marks[:-3] + marks[-2:]:  # the first vector may be overwritten by now
            assert files_with(server, mark), mark
        before = store.read("bob")
        store.forget("usermark")
        connection.execute("CHECKPOINT")
        assert files_with(server, *marks) == []
        assert files_with(server, b"keepmark")
        assert b"mark" not in (server.folder / "log").read_bytes()
        after = store.read("bob")
        assert (after.revision, after.records) == (before.revision, before.records)
        assert store.add("usermark", []) > before.revision


def test_a_user_who_is_forgotten_while_an_old_transaction_runs_is_scrubbed_later(server, schema, embedder):

    with (
        PostgresStore(server.dsn, embedder, schema=schema, partitions=2, timeout=0.3) as store,
        psycopg.connect(server.dsn) as other,
    ):
        store.add("usermark", [record("a", "textmark")])
        other.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        other.execute("SELECT 1")  # a snapshot from before, which no table of the store is locked by
        with pytest.raises(StoreLockedError, match="scrub"):
            store.forget("usermark")
        assert "usermark" not in store
        other.rollback()
        store.scrub()
        other.execute("CHECKPOINT")
        assert files_with(server, b"usermark", b"textmark") == []


def test_a_role_that_must_not_rewrite_is_told(dsn, schema, embedder, store, sql):
    role = f"{schema}_role"
    sql(f"CREATE ROLE {role} LOGIN")
    try:
        sql(f"GRANT USAGE ON SCHEMA {schema} TO {role}")
        sql(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {role}")
        sql(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA {schema} TO {role}")
        with PostgresStore(f"{dsn} user={role}", embedder, schema=schema) as lesser:
            lesser.add("ann", [record("a", "likes ramen")])
            assert [hit.id for hit in lesser.search("ann", "ramen", 1)] == ["a"]
            with pytest.raises(StoreUnavailableError, match="owner"):
                lesser.forget("ann")
        assert "ann" not in store
        store.scrub()
    finally:
        sql(f"DROP OWNED BY {role}")
        sql(f"DROP ROLE {role}")


def test_forgetting_discards_vectors_that_the_embedder_keeps(dsn, schema, tmp_path):
    path = tmp_path / "vectors"
    with PostgresStore(dsn, CachedEmbedder(HashingEmbedder(32), path=path), schema=schema, partitions=2) as store:
        store.add("ann", [record("a", "likes ramen")])
        vector = HashingEmbedder(32).encode(["likes ramen"])[0].tobytes()
        assert any(vector in file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
        store.forget("ann")
        assert not any(vector in file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())


def test_users_who_are_forgotten_at_once_are_all_gone(store):
    for number in range(6):
        store.add(f"user {number}", [record("a")])
    failures = []

    def forget(number):
        try:
            store.forget(f"user {number}")
        except BaseException as error:  # noqa: BLE001 - shown by the test
            failures.append(error)

    threads = [threading.Thread(target=forget, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, failures[0]
    assert len(store) == 0


def test_a_closed_store_takes_no_snapshot_and_forgets_no_one(store, tmp_path):
    store.add("ann", [record("a")])
    store.close()
    for call in (lambda: store.snapshot(tmp_path / "copy"), lambda: store.forget("ann"), store.scrub):
        with pytest.raises(StoreClosedError):
            call()
