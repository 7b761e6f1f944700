"""The ways to a store's file: several in one process, after a fork, after errors, and while it is closed."""

from __future__ import annotations

import gc
import os
import sqlite3
import threading

import pytest
from children import all_at_once, opened, printed

from indexes import sqlite_raw
from indexes.errors import (
    MissingUserError,
    StoreClosedError,
    StoreFormatError,
    StoreModelError,
    StoreUnavailableError,
    UnknownUserError,
)
from indexes.hashing import HashingEmbedder
from indexes.stores.memory import MemoryStore
from indexes.stores.sqlite import SqliteStore
from indexes.testing import record


@pytest.mark.parametrize("how", ["opened again", "refused"])
def test_another_process_that_closes_the_file_does_not_take_itself_for_the_last_one(path, how):
    """Reading the file's header by a descriptor of its own, and closing that, would drop SQLite's locks."""
    first = opened(path)
    first.add("ann", [record("a")])
    if how == "opened again":
        second = opened(path)
        second.close()
    else:
        with pytest.raises(StoreModelError):
            SqliteStore(path, HashingEmbedder(32))
    assert printed("with opened() as store:\n    print(*store.users())", path).split() == ["ann"]
    first.add("bob", [record("a")])
    assert printed("with opened() as store:\n    print(*store.users())", path).split() == ["ann", "bob"]
    first.close()


def test_the_file_is_let_go_when_the_last_store_is_closed_or_dropped(path):
    stores = [opened(path) for _ in range(3)]
    assert len([key for key in sqlite_raw._held if key == (path.stat().st_dev, path.stat().st_ino)]) == 1
    held = len(sqlite_raw._held)
    stores.pop().close()
    stores.pop().close()
    assert len(sqlite_raw._held) == held
    with stores[0]._file.reading():
        stores[0].close()
        assert len(sqlite_raw._held) == held  # a reader is at work
    assert len(sqlite_raw._held) == held - 1


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")
def test_a_store_that_is_not_closed_lets_its_file_go_with_itself(path):
    store = opened(path)
    held = len(sqlite_raw._held)
    del store
    gc.collect()
    assert len(sqlite_raw._held) == held - 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_store_that_was_open_at_a_fork_refuses_in_the_child_and_works_on_in_the_parent(path):
    code = """
store = opened()
store.add("ann", [record("a")])
if not os.fork():
    names = []
    calls = (lambda: store.get("ann"), lambda: store.add("ann", [record("b")]), lambda: len(store), store.scrub, opened)
    for call in calls:
        try:
            call()
        except StoreError as error:
            assert str(path) in str(error) and "fork" in str(error), error
            names.append(type(error).__name__)
    store.close()
    print(*names, flush=True)
    os._exit(0)
os.wait()
store.add("ann", [record("c")])
print(*(one.id for one in store.get("ann")), flush=True)
store.close()
if not os.fork():
    with opened() as own:
        own.add("ann", [record("d")])
    os._exit(0)
os.wait()
with opened() as store:
    print(*(one.id for one in store.get("ann")))
"""
    closed = "StoreClosedError"
    assert printed(code, path).splitlines() == [
        f"{closed} {closed} {closed} {closed} StoreUnavailableError",
        "a c",
        "a c d",
    ]


def test_processes_that_make_the_same_store_at_once_all_succeed(path):
    load = (
        "from pathlib import Path\nfrom indexes.hashing import HashingEmbedder\n"
        "from indexes.stores.sqlite import SqliteStore"
    )
    work = "with SqliteStore(Path(sys.argv[1]), HashingEmbedder(16)) as store:\n    store.add(sys.argv[2], [])"
    all_at_once(load, work, [(path, f"user {n}") for n in range(4)])
    with opened(path) as store:
        assert sorted(store.users()) == [f"user {n}" for n in range(4)]


def test_an_error_inside_a_write_rolls_back_and_the_next_write_works(path):
    with opened(path) as store:
        store.add("ann", [record("a")])
        with pytest.raises(ZeroDivisionError), store._file.writing() as file:
            _ = len(file.execute("DELETE FROM records").fetchall()) / 0
        with pytest.raises(StoreFormatError), store._file.writing() as file:
            file.execute("DELETE FROM records").execute("SELECT * FROM nowhere")
        assert [one.id for one in store.get("ann")] == ["a"]
        store.add("ann", [record("b")])
        assert [one.id for one in store.get("ann")] == ["a", "b"]


class _Failing:
    """A connection whose commit and rollback fail, as where the disk is gone."""

    def __init__(self, connection):
        self.connection = connection

    def __getattr__(self, name):
        return getattr(self.connection, name)

    def execute(self, statement, *arguments):
        if statement in ("COMMIT", "ROLLBACK"):
            raise sqlite3.OperationalError("disk I/O error")
        return self.connection.execute(statement, *arguments)


def test_a_commit_and_a_rollback_that_fail_change_nothing_and_the_next_write_works(path):
    with opened(path) as store:
        store.add("ann", [record("a")])
        store._file._writer = _Failing(store._file._writer)
        with pytest.raises(StoreUnavailableError, match="I/O"):
            store.add("ann", [record("b")])
        assert [one.id for one in store.get("ann")] == ["a"]
        store.add("ann", [record("c")])
        assert [one.id for one in store.get("ann")] == ["a", "c"]


def test_an_error_inside_a_read_does_not_spoil_the_next_one(path):
    with opened(path) as store:
        store.add("ann", [record("a")])
        for _ in range(3):
            with pytest.raises(UnknownUserError):
                store.get("eve", ["a"])
            with pytest.raises(ZeroDivisionError), store._file.reading() as file:
                _ = len(file.execute("BEGIN").fetchall()) / 0
            store.add("ann", [])
        assert all(not connection.in_transaction for connection in store._file._idle)
        store.scrub()
        assert store.get("ann", ["a"]) == (record("a"),)


def test_a_list_of_users_that_is_left_half_way_holds_nothing(path):
    with opened(path, wait=0.05) as store:
        for n in range(5):
            store.add(f"user {n}", [])
        names = store.users()
        first = next(names)
        store.forget(first)
        assert sorted([first, *names]) == [f"user {n}" for n in range(5)]


def test_a_thread_that_dies_in_a_write_leaves_the_store_usable(path):
    for store in (opened(path), MemoryStore(HashingEmbedder(16))):
        with store:
            store.add("ann", [record("a")])

            def die(store=store):
                with pytest.raises(TypeError):
                    store.add("ann", [record("b"), None])

            thread = threading.Thread(target=die)
            thread.start()
            thread.join()
            store.add("ann", [record("b")])
            assert [one.id for one in store.get("ann")] == ["a", "b"]


class Workers:
    """Three threads that read a user and one that writes, until the store is closed."""

    def __init__(self, store):
        self.store, self.begun = store, len(store.get("ann"))
        self.acknowledged, self.failures = [], []
        self.threads = [threading.Thread(target=self.work, args=(number,)) for number in range(4)]

    def work(self, number):
        try:
            while True:
                if number:
                    self.store.read("ann")
                else:
                    key = f"{self.begun} {len(self.acknowledged)}"
                    self.store.add("ann", [record(key)])
                    self.acknowledged.append(key)
        except (StoreClosedError, UnknownUserError):
            pass
        except BaseException as error:  # noqa: BLE001 - shown by the test
            self.failures.append(error)

    def run_until_closed(self):
        for thread in self.threads:
            thread.start()
        while len(self.acknowledged) < 3 and not self.failures:
            pass
        self.store.close()
        for thread in self.threads:
            thread.join()


@pytest.mark.parametrize("kind", [SqliteStore, MemoryStore])
def test_closing_while_others_work_gives_them_a_typed_error_and_keeps_what_was_acknowledged(path, kind):
    for _ in range(5):
        store = opened(path) if kind is SqliteStore else MemoryStore(HashingEmbedder(16))
        store.add("ann", [])
        workers = Workers(store)
        workers.run_until_closed()
        assert workers.failures == []
        if kind is SqliteStore:
            assert not path.with_name("store.sqlite-wal").exists()
            with opened(path) as again:
                assert {one.id for one in again.get("ann")} >= set(workers.acknowledged)


@pytest.mark.parametrize("kind", [SqliteStore, MemoryStore])
def test_odd_questions_have_answers(path, kind):
    with opened(path) if kind is SqliteStore else MemoryStore(HashingEmbedder(16)) as store:
        assert [] not in store
        assert None not in store
        with pytest.raises(MissingUserError, match="surrogate"):
            store.add("\ud83d", [record("a")])


def test_a_snapshot_of_a_memory_store_is_of_one_moment(tmp_path):
    """Both users always carry the same number but for one write; a copy may not lie further apart than that."""
    store = MemoryStore(HashingEmbedder(16))
    for user in ("ann", "bob"):
        store.add(user, [record("r", "0")])
    done = threading.Event()

    def write():
        number = 0
        while not done.is_set():
            number += 1
            for user in ("ann", "bob"):
                store.update(user, [record("r", str(number))])
            store.add(f"user {number}", [])
            store.forget(f"user {number}")

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for count in range(8):
            store.snapshot(tmp_path / f"copy {count}")
    finally:
        done.set()
        writer.join()
    for count in range(8):
        with opened(tmp_path / f"copy {count}") as copy:
            ann, bob = (int(copy.get(user)[0].text) for user in ("ann", "bob"))
            assert ann - bob in (0, 1)
