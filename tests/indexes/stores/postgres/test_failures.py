from __future__ import annotations

import threading
import time

import pytest

from indexes import (
    DuplicateIdError,
    PostgresStore,
    StoreError,
    StoreFormatError,
    StoreLockedError,
    StoreUnavailableError,
)
from indexes.testing import record

pytest.importorskip("psycopg", reason="psycopg is not installed: run make test-services")
pytestmark = pytest.mark.services


def test_a_lock_of_another_is_waited_for_and_then_reported(dsn, schema, embedder, store, sql):
    store.add("ann", [record("a")])
    sql("BEGIN")
    sql("SELECT * FROM {s}.users WHERE name = 'ann' FOR UPDATE")
    with PostgresStore(dsn, embedder, schema=schema, timeout=0.2) as hasty:
        with pytest.raises(StoreLockedError):
            hasty.add("ann", [record("b")])
        hasty.add("bob", [record("b")])  # another user does not wait
        assert hasty.get("ann") == (record("a"),)
        sql("ROLLBACK")
        hasty.add("ann", [record("b")])


def test_writers_of_one_user_come_one_after_the_other(store, sql):
    """Each write is slowed down after its first row, so that without waiting both would begin from the same state."""
    store.add("ann", [record("a")])
    sql("CREATE FUNCTION {s}.slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.1); RETURN NEW; END'")
    sql("CREATE TRIGGER slow BEFORE INSERT ON {s}.records FOR EACH ROW EXECUTE FUNCTION {s}.slow()")
    done, failures = [], []

    def write(number):
        try:
            done.append(store.add("ann", [record("same"), record(f"own {number}")]))
        except BaseException as error:  # noqa: BLE001 - looked at below
            failures.append(error)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [type(error) for error in failures] == [DuplicateIdError] * 2
    assert len(done) == 1
    later = [threading.Thread(target=lambda n=n: store.add("ann", [record(f"later {n}")])) for n in range(3)]
    for thread in later:
        thread.start()
    for thread in later:
        thread.join()
    assert sql("SELECT array_agg(place ORDER BY place) FROM {s}.records").fetchone() == ([0, 1, 2, 3, 4, 5],)


def test_a_statement_that_takes_too_long_is_ended(dsn, schema, embedder, store, sql):
    store.add("ann", [record("a")])
    sql("CREATE FUNCTION {s}.slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(60); RETURN NEW; END'")
    sql("CREATE TRIGGER slow BEFORE INSERT ON {s}.records FOR EACH ROW EXECUTE FUNCTION {s}.slow()")
    with PostgresStore(dsn, embedder, schema=schema, timeout=0.05) as hasty, pytest.raises(StoreUnavailableError):
        hasty.add("ann", [record("b")])
    assert store.get("ann") == (record("a"),)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("53100", StoreUnavailableError),  # disk full
        ("25006", StoreUnavailableError),  # read only
        ("53200", StoreUnavailableError),  # out of memory
        ("42501", StoreUnavailableError),  # no privilege
        ("40P01", StoreLockedError),  # deadlock
        ("XX001", StoreFormatError),  # damaged
        ("22000", StoreError),
    ],
)
def test_an_error_in_the_middle_of_a_batch_undoes_all_of_it(store, sql, code, kind):
    first = store.add("ann", [record("a")])
    sql(
        "CREATE FUNCTION {s}.fail() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$BEGIN IF NEW.id = 'r30' THEN RAISE EXCEPTION 'no' USING ERRCODE = '{code}'; END IF; RETURN NEW; END$$"
    )
    sql("CREATE TRIGGER fail BEFORE INSERT OR UPDATE ON {s}.records FOR EACH ROW EXECUTE FUNCTION {s}.fail()")
    for user in ("ann", "eve"):
        with pytest.raises(StoreError, match=code) as caught:
            store.add(user, [record(f"r{n}") for n in range(60)])
        assert type(caught.value) is kind
    assert store.get("ann") == (record("a"),)
    assert "eve" not in store
    assert store.revision("ann") == first
    assert store.add("ann", [record("b")]) > first


def test_a_read_only_server_refuses_writes_and_answers_reads(dsn, schema, embedder, store):
    store.add("ann", [record("a", "likes ramen")])
    with PostgresStore(f"{dsn} options='-c default_transaction_read_only=on'", embedder, schema=schema) as reader:
        assert [hit.id for hit in reader.search("ann", "ramen", 1)] == ["a"]
        with pytest.raises(StoreUnavailableError, match="25006"):
            reader.add("ann", [record("b")])


def test_tables_that_were_dropped_are_reported(store, sql):
    store.add("ann", [record("a")])
    sql("DROP SCHEMA {s} CASCADE")
    with pytest.raises(StoreFormatError):
        store.get("ann")


def test_a_connection_that_was_lost_is_replaced(store, sql):
    store.add("ann", [record("a")])
    ended = sql(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'profile-resolver'"
    )
    assert ended.fetchall()
    assert store.get("ann") == (record("a"),)
    assert store.add("ann", [record("b")]) > 0


def test_a_connection_lost_in_a_batch_changes_nothing_and_work_goes_on(store, sql):
    store.add("ann", [record("a")])
    sql(
        "CREATE FUNCTION {s}.die() RETURNS trigger LANGUAGE plpgsql AS"
        " $$BEGIN IF NEW.id = 'r30' THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF; RETURN NEW; END$$"
    )
    sql("CREATE TRIGGER die BEFORE INSERT ON {s}.records FOR EACH ROW EXECUTE FUNCTION {s}.die()")
    with pytest.raises(StoreUnavailableError):
        store.add("ann", [record(f"r{n}") for n in range(60)])
    assert store.get("ann") == (record("a"),)
    store.add("ann", [record("b")])


@pytest.mark.parametrize("kept", [True, False])
def test_a_write_whose_confirmation_was_lost_is_asked_for(store, monkeypatch, kept):
    """The connection ends while COMMIT is under way, after it was done or before."""
    store.add("ann", [record("a")])

    def commit(cursor):
        if kept:
            cursor.execute("COMMIT")
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    monkeypatch.setattr(store._database, "_commit", commit)
    if kept:
        revision = store.add("ann", [record("b")])
        assert store.revision("ann") == revision
    else:
        with pytest.raises(StoreUnavailableError, match="nothing was changed"):
            store.add("ann", [record("b")])
    monkeypatch.undo()
    assert [one.id for one in store.get("ann")] == ["a", *(["b"] if kept else [])]


def test_more_threads_than_connections_wait_for_each_other(dsn, schema, embedder):
    failures = []
    with PostgresStore(dsn, embedder, schema=schema, partitions=2, pool_size=2) as store:

        def write(number):
            try:
                for count in range(5):
                    store.add(f"user {number}", [record(f"{count}")])
                    assert len(store.search(f"user {number}", "ramen", 9)) == count + 1
            except BaseException as error:  # noqa: BLE001 - shown by the test
                failures.append(error)

        threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not failures, failures[0]
        assert len(store) == 8


def test_a_server_that_stops_in_a_batch_loses_nothing_acknowledged(server, schema, embedder):
    """Killed without a shutdown, in the middle of writes of two threads, and started again."""
    acknowledged, failures, unexpected = {"ann": [], "bob": []}, [], []
    stopped = threading.Event()
    with PostgresStore(server.dsn, embedder, schema=schema, partitions=2, timeout=1.0) as store:

        def write(user):
            for number in range(100_000):
                batch = [record(f"{number}.{part}") for part in range(20)]
                try:
                    store.add(user, batch)
                    acknowledged[user].append(number)
                except StoreUnavailableError as error:
                    failures.append(error)
                    return
                except BaseException as error:  # noqa: BLE001 - shown by the test
                    unexpected.append(error)
                    return

        threads = [threading.Thread(target=write, args=(user,)) for user in acknowledged]
        try:
            for thread in threads:
                thread.start()
            while not all(len(done) > 3 for done in acknowledged.values()) and not (failures or unexpected):
                time.sleep(0.01)
            server.stop("immediate")
            stopped.set()
            for thread in threads:
                thread.join(60)
            assert not unexpected, unexpected[0]
            assert len(failures) == 2
            with pytest.raises(StoreUnavailableError):
                store.get("ann")
            with pytest.raises(StoreUnavailableError):
                store.add("ann", [record("x")])
        finally:
            if not stopped.is_set():
                server.stop("immediate")
            server.start()
        for user, numbers in acknowledged.items():
            there = [one.id for one in store.get(user)]
            count = len(there) // 20  # the last batch may be whole without having been confirmed, or absent
            assert there == [f"{number}.{part}" for number in range(count) for part in range(20)]
            assert len(numbers) <= count <= len(numbers) + 1
            before = store.revision(user)
            assert store.add(user, [record("after")]) > before
