"""After `forget` no byte of the user is in any file of the folder."""

from __future__ import annotations

import random
import sqlite3
import threading

import numpy as np
import pytest

from indexes import sqlite_raw
from indexes.cached import CachedEmbedder
from indexes.errors import StoreLockedError, StoreUnavailableError
from indexes.hashing import HashingEmbedder
from indexes.stores.memory import MemoryStore
from indexes.stores.sqlite import SqliteStore
from indexes.testing import record

MARK = "zq7marker"


def lived(store, seed, *, rounds=250):
    """A store in which many users, one of them marked, have added, replaced and deleted among each other."""
    rng = random.Random(seed)
    users = [f"user {n}" for n in range(12)] + [f"{MARK} name"]
    keys = {user: [] for user in users}

    def made(user, number):
        mark = MARK if user.startswith(MARK) else "other"
        text = f"{mark} text " + "ramen " * rng.choice((1, 5, 20, 60, 100, 100, 100, 1600))
        return record(f"{mark} {number}", text, data=f'"{mark} data"')

    for count in range(rounds):
        user = rng.choice([*users, *[users[-1]] * 4])
        own, kind = keys[user], rng.random()
        if kind < 0.6 or not own:
            new = [made(user, f"{seed}.{count}.{n}") for n in range(rng.randint(1, 6))]
            store.add(user, new)
            own += [one.id for one in new]
        elif kind < 0.8:
            key = rng.choice(own)
            store.update(user, [made(user, key.split()[-1])])
        else:
            gone = rng.sample(own, rng.randint(1, min(6, len(own))))
            store.delete(user, gone)
            keys[user] = [key for key in own if key not in gone]
    return users


def found(folder):
    """Files with the mark, and how often."""
    files = {path.name: path.read_bytes().lower().count(MARK[:8].encode()) for path in folder.iterdir()}
    return {name: count for name, count in files.items() if count}


def leftovers(path, size=8192):
    """How many pages hold bytes between their pointers and their cells."""
    content, pages = path.read_bytes(), 0
    for start in range(0, len(content), size):
        head = start + (100 if start == 0 else 0)
        if content[head] in (2, 5, 10, 13):
            first = head + (8 if content[head] > 5 else 12) + 2 * int.from_bytes(content[head + 3 : head + 5], "big")
            last = start + int.from_bytes(content[head + 5 : head + 7], "big")
            pages += bool(content[first:last].strip(b"\0"))
    return pages


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("way", ["wipe", "vacuum"])
def test_no_file_of_the_folder_holds_a_byte_of_one_who_was_forgotten(tmp_path, monkeypatch, seed, way):
    if way == "vacuum":  # for layouts that the module does not know
        monkeypatch.setattr(sqlite_raw, "_MOST_PAGES", 0)
    with SqliteStore(tmp_path / "store.sqlite", HashingEmbedder(32)) as store:
        users = lived(store, seed)
        assert found(tmp_path)
        before = {user: store.read(user) for user in users[:-1]}
        store.forget(users[-1])
        assert found(tmp_path) == {}
        assert way == "vacuum" or leftovers(store.path) == 0  # it too leaves copies, of those who are still there
        for user, snapshot in before.items():
            after = store.read(user)
            assert (after.revision, after.records) == (snapshot.revision, snapshot.records)
            np.testing.assert_array_equal(after.vectors, snapshot.vectors)
        with store._file.reading() as file:
            assert file.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        lived(store, seed + 100, rounds=30)
        store.forget(users[-1])
        assert found(tmp_path) == {}


@pytest.mark.parametrize("writer", ["the same", "another"])
def test_pages_that_a_connection_remembers_do_not_come_back(tmp_path, writer):
    """A connection that read a page before it was wiped must not write it with what was wiped."""
    path = tmp_path / "store.sqlite"
    with SqliteStore(path, HashingEmbedder(32)) as store, SqliteStore(path, HashingEmbedder(32)) as other:
        users = lived(store, 3, rounds=150)
        writing = (store if writer == "the same" else other)._file.writing
        with writing() as file:
            file.execute("UPDATE records SET text = 'X' || substr(text, 2)")
        assert leftovers(path)
        store.forget(users[-1])
        with writing() as file:  # of the same length: rows stay where they are, so that nothing new is left
            file.execute("UPDATE records SET text = 'Y' || substr(text, 2)")
        assert leftovers(path) == 0
        assert found(tmp_path) == {}
        with store._file.reading() as file:
            file.execute("PRAGMA wal_checkpoint")
            assert file.execute("SELECT count(*) FROM records WHERE text NOT LIKE 'Y%'").fetchone() == (0,)
        assert leftovers(path) == 0


def test_readers_at_work_do_not_hinder_forgetting(tmp_path):
    with SqliteStore(tmp_path / "store.sqlite", HashingEmbedder(32)) as store:
        users = lived(store, 9, rounds=150)
        done, failures = threading.Event(), []

        def read(user):
            try:
                while not done.is_set():
                    store.read(user)
                    store.search(user, "ramen", 3)
            except BaseException as error:  # noqa: BLE001 - shown below
                failures.append(error)

        readers = [threading.Thread(target=read, args=(user,)) for user in users[:3]]
        for reader in readers:
            reader.start()
        try:
            store.forget(users[-1])
        finally:
            done.set()
            for reader in readers:
                reader.join()
        assert failures == []
        assert found(tmp_path) == {}


def test_a_reader_in_the_way_is_said_and_scrub_does_it_later(tmp_path):
    with SqliteStore(tmp_path / "store.sqlite", HashingEmbedder(32), wait=0.05) as store:
        users = lived(store, 5, rounds=100)
        reader = sqlite3.connect(store.path, isolation_level=None)
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM records").fetchone()
        with pytest.raises(StoreLockedError, match=r"store\.sqlite: it is deleted.*call scrub\(\) then"):
            store.forget(users[-1])
        assert users[-1] not in store
        assert found(tmp_path)
        with SqliteStore(store.path, HashingEmbedder(32), wait=0.05) as other:  # opens although it cannot do it either
            assert users[-1] not in other
        reader.close()
        store.scrub()
        assert found(tmp_path) == {}


def test_a_file_that_cannot_be_wiped_is_said_and_scrub_does_it_later(tmp_path, monkeypatch):
    def fail(self, content, at):  # noqa: ARG001
        raise OSError(28, "No space left on device")

    with SqliteStore(tmp_path / "store.sqlite", HashingEmbedder(32)) as store:
        users = lived(store, 1)
        with monkeypatch.context() as patch:
            patch.setattr(sqlite_raw.RawFile, "_write", fail)
            with pytest.raises(StoreUnavailableError, match=r"store\.sqlite: No space.*scrub"):
                store.forget(users[-1])
        store.add("eve", [record("a")])
        store.scrub()
        assert found(tmp_path) == {}


class RandomEmbedder:
    """A vector for each text that has nothing in common with others."""

    name = "random"
    dimension = 64

    def encode(self, texts):
        rows = [np.random.default_rng(list(text.encode())).normal(size=64) for text in texts]
        return np.array([row / np.linalg.norm(row) for row in rows], dtype=np.float32).reshape(-1, 64)


def vectors_in(path, vectors):
    content = path.read_bytes()
    return sum(content.count(row.tobytes()[16:48]) for row in np.asarray(vectors, dtype="<f4"))


@pytest.mark.parametrize("kind", [SqliteStore, MemoryStore])
@pytest.mark.parametrize("held", [False, True])
def test_the_file_of_cached_vectors_forgets_too(tmp_path, kind, held, monkeypatch):
    """Also those of texts that were replaced or deleted before, and where the store's own scrub is hindered."""
    inner = RandomEmbedder()
    embedder = CachedEmbedder(inner, path=tmp_path / "vectors.sqlite")
    store = MemoryStore(embedder) if kind is MemoryStore else SqliteStore(tmp_path / "store.sqlite", embedder)
    rng = random.Random(2)
    mine, others = [], []
    for count in range(150):
        for user, texts in (("ann", mine), ("bob", others)):
            texts.append(f"{user} likes {rng.random()} and {rng.random()}")
            store.add(user, [record(f"r{count}", texts[-1])])
        if count % 3 == 0:
            mine.append(f"ann hates {rng.random()} and {rng.random()}")
            store.update("ann", [record(f"r{count}", mine[-1])])
        if count % 5 == 0:
            store.delete("ann", [f"r{count}"])
    assert vectors_in(embedder._file.path, inner.encode(mine[-1:])) == 1
    if held and kind is SqliteStore:
        monkeypatch.setattr(store._file, "scrub", lambda: (_ for _ in ()).throw(StoreLockedError("held")))
        with pytest.raises(StoreLockedError, match="held"):
            store.forget("ann")
    else:
        store.forget("ann")
    assert vectors_in(embedder._file.path, inner.encode(mine)) == 0
    assert vectors_in(embedder._file.path, inner.encode(others)) == len(others)
    assert not embedder._memory.keys() & {embedder._key(text) for text in mine}
    store.close()
    embedder.close()


def test_a_held_file_of_cached_vectors_is_a_typed_error(tmp_path, monkeypatch):
    monkeypatch.setattr("indexes.vector_file._WAIT_SECONDS", 0.01)
    embedder = CachedEmbedder(HashingEmbedder(16), path=tmp_path / "vectors.sqlite")
    embedder.encode(["a"])
    holder = sqlite3.connect(tmp_path / "vectors.sqlite", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    for call in (lambda: embedder.discard(["a"]), embedder.scrub):
        with pytest.raises(StoreLockedError, match=r"vectors\.sqlite"):
            call()
    holder.close()
    embedder.discard(["a"])
    embedder.scrub()
    embedder.close()
