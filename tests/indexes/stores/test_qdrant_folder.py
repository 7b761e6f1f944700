"""What is true of a Qdrant store in a folder alone: forgetting, crashes, locks, damage."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
import textwrap
import threading
from uuid import uuid4

import numpy as np
import pytest

from indexes import (
    HashingEmbedder,
    StoreClosedError,
    StoreFormatError,
    StoreLockedError,
    StoreModelError,
    StoreUnavailableError,
)
from indexes.stores.qdrant import QdrantStore
from indexes.testing import record

edge = pytest.importorskip("qdrant_edge", reason="qdrant-edge-py is not installed")
pytestmark = pytest.mark.services


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "store"


def _files_with(folder, marker):
    return [path.name for path in folder.rglob("*") if path.is_file() and marker in path.read_bytes()]


def _user_folder(folder):
    (own,) = (folder / "users").iterdir()
    return own


def test_no_byte_of_a_forgotten_user_is_in_any_file(folder):
    planted, kept = b"Xq7PLANTEDv3Z", b"Kz9KEPTw5Y"  # the engine compresses payloads: what repeats nothing stays
    word = planted.decode()
    with QdrantStore(folder, HashingEmbedder(32)) as store:
        store.add("bob", [record("a", kept.decode())])
        store.add(f"ann {word}", [record("a", f"likes {word}"), record(word, data=f'"{word}"')])
        store.update(f"ann {word}", [record("a", f"hates {word}")])
        store.delete(f"ann {word}", [word])
        files = _files_with(folder, planted)
        assert "head.json" in files
        assert len(files) > 1
        store.forget(f"ann {word}")
        assert _files_with(folder, planted) == []
    assert _files_with(folder, planted) == []
    assert _files_with(folder, kept)


def test_what_a_crash_left_is_removed_when_it_is_opened(folder):
    QdrantStore(folder, HashingEmbedder(32)).close()
    for name in (".gone-abc", "f" * 64):  # half forgotten; and a first write that did not finish
        (folder / "users" / name / "shard-1").mkdir(parents=True)
        (folder / "users" / name / "shard-1" / "page").write_bytes(b"PLANTED")
    with QdrantStore(folder, HashingEmbedder(32)) as store:
        assert list(store.users()) == []
        assert _files_with(folder, b"PLANTED") == []


def test_a_write_that_fails_changes_nothing_and_what_it_left_is_swept(folder, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    with QdrantStore(folder, HashingEmbedder(32)) as store:
        store.add("ann", [record("a"), record("b", "opera")])
        before = store.read("ann")
        with monkeypatch.context() as patched:
            patched.setattr("indexes.stores.qdrant_shard.write_whole", full)  # the points are there, the head is not
            for call in (
                lambda: store.add("ann", [record("c")]),
                lambda: store.update("ann", [record("a", "tennis")]),
                lambda: store.delete("ann", ["a"]),
                lambda: store.add("eve", [record("a")]),
            ):
                with pytest.raises(StoreUnavailableError, match="No space"):
                    call()
        after = store.read("ann")
        assert (after.revision, after.records) == (before.revision, before.records)
        assert store.search("ann", "tennis", 5, mode="lexical") == []
        assert "eve" not in store
        store.add("ann", [record("d")])
        assert [one.id for one in store.get("ann")] == ["a", "b", "d"]
        assert len(store._engine.points("ann", None, text=False, vectors=False)) == 3


def test_a_disk_that_is_nearly_full_is_refused_before_the_engine_writes(folder, monkeypatch):
    with QdrantStore(folder, HashingEmbedder(32)) as store:
        store.add("ann", [record("a")])
        usage = shutil.disk_usage(folder)
        monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1 << 20))
        with pytest.raises(StoreUnavailableError, match="1 MB are free"):
            store.add("ann", [record("b")])
        assert store.get("ann") == (record("a"),)


def test_a_shard_of_many_superseded_points_is_written_anew(folder, monkeypatch):
    monkeypatch.setattr("indexes.stores.qdrant_shard._SLACK", 4)
    with QdrantStore(folder, HashingEmbedder(32)) as store:
        store.add("ann", [record("a"), record("b", "plays tennis")])
        first = [path.name for path in _user_folder(folder).iterdir()]
        for number in range(20):
            store.update("ann", [record("a", f"state {number}")])
        second = [path.name for path in _user_folder(folder).iterdir()]
        assert len(second) == len(first) == 2
        assert second != first
        before = store.read("ann")
    with QdrantStore(folder, HashingEmbedder(32)) as store:
        after = store.read("ann")
        assert after.records == before.records == (record("a", "state 19"), record("b", "plays tennis"))
        np.testing.assert_array_equal(after.vectors, before.vectors)


def test_only_so_many_shards_stay_open(folder):
    users = [f"user {number}" for number in range(6)]
    with QdrantStore(folder, HashingEmbedder(32), open_users=2) as store:
        for user in users:
            store.add(user, [record("a", user)])
        for user in users:
            assert store.get(user) == (record("a", user),)
            assert store.search(user, user, 1)[0].id == "a"
        assert len(store._engine._open) == 2
        threads = [
            threading.Thread(target=lambda user=user: [store.search(user, user, 1) for _ in range(20)])
            for user in users
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(store._engine._open) <= 2
    with pytest.raises(ValueError, match="open_users"):
        QdrantStore(folder, HashingEmbedder(32), open_users=0)


def test_a_folder_is_open_once(folder):
    code = (
        "import sys; from pathlib import Path; from indexes import HashingEmbedder, QdrantStore, StoreLockedError\n"
        "try:\n    QdrantStore(Path(sys.argv[1]), HashingEmbedder(32), wait=0.1)\n"
        "except StoreLockedError:\n    sys.exit(7)"
    )
    with QdrantStore(folder, HashingEmbedder(32)) as store:
        with pytest.raises(StoreLockedError, match="twice in this one"):
            QdrantStore(folder, HashingEmbedder(32), wait=0)
        assert subprocess.run([sys.executable, "-c", code, folder], check=False).returncode == 7  # noqa: S603
        store.add("ann", [record("a")])
    assert subprocess.run([sys.executable, "-c", code, folder], check=False).returncode == 0  # noqa: S603


def test_what_is_no_such_store_is_refused_and_left_alone(tmp_path):
    (tmp_path / "file").write_text("mine")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thesis.txt").write_text("mine")
    for name in ("file", "other"):
        with pytest.raises(StoreFormatError):
            QdrantStore(tmp_path / name, HashingEmbedder(32))
    assert [path.name for path in (tmp_path / "other").iterdir()] == ["thesis.txt"]


def test_a_newer_format_another_model_and_damage_are_told_apart(folder):
    with QdrantStore(folder, HashingEmbedder(32)) as store:
        store.add("ann", [record("a")])
    about = json.loads((folder / "store.json").read_text())
    for change, error in (
        ({"format": 99}, StoreFormatError),
        ({"kind": "x"}, StoreFormatError),
        ({"embedder": "x"}, StoreModelError),
    ):
        (folder / "store.json").write_text(json.dumps({**about, **change}))
        with pytest.raises(error):
            QdrantStore(folder, HashingEmbedder(32))
    (folder / "store.json").write_text("{")
    with pytest.raises(StoreFormatError):
        QdrantStore(folder, HashingEmbedder(32))


@pytest.mark.parametrize("damage", ["head", "another user", "shard", "files", "points"])
def test_a_damaged_user_is_refused_and_others_are_read(folder, damage):
    with QdrantStore(folder, HashingEmbedder(32)) as store:
        store.add("ann", [record("a")])
    own = _user_folder(folder)
    head = json.loads((own / "head.json").read_text())
    if damage == "head":
        (own / "head.json").write_text('{"user": "ann"')
    elif damage == "another user":
        (own / "head.json").write_text(json.dumps({**head, "user": "bob"}))
    elif damage == "shard":
        shutil.rmtree(own / head["shard"])
    elif damage == "files":
        for path in (own / head["shard"]).rglob("*.json"):
            path.write_text("{")
    else:
        (own / "head.json").write_text(json.dumps({**head, "members": {"a": str(uuid4())}}))
    with QdrantStore(folder, HashingEmbedder(32)) as store:
        store.add("eve", [record("b")])
        with pytest.raises(StoreFormatError):
            store.get("ann")
        assert store.get("eve") == (record("b"),)


def test_a_closed_store_gives_no_user_and_no_copy(folder, tmp_path):
    store = QdrantStore(folder, HashingEmbedder(32))
    store.close()
    for call in (lambda: list(store.users()), lambda: store.snapshot(tmp_path / "copy"), lambda: "ann" in store):
        with pytest.raises(StoreClosedError):
            call()
    assert not (tmp_path / "copy").exists()


def test_what_was_acknowledged_survives_kill_and_nothing_is_half_there(folder):
    """A child writes and says so; it is killed at random, twenty times, always in the same folder."""
    code = textwrap.dedent("""
        import sys
        from pathlib import Path
        from indexes import HashingEmbedder, QdrantStore, StoredRecord
        store = QdrantStore(Path(sys.argv[1]), HashingEmbedder(32))
        number = int(sys.argv[2])
        if not number:
            store.add("ann", [StoredRecord(id=f"r{n}", text="state 0") for n in range(5)])
        print(number, flush=True)
        while True:
            number += 1
            if number % 3 == 0:
                store.update("ann", [StoredRecord(id=f"r{n}", text=f"state {number}") for n in range(5)])
            elif number % 3 == 1:
                store.add("ann", [StoredRecord(id=f"n{number}", text=f"new {number}")])
            else:
                store.delete("ann", [f"n{number - 1}"])
            print(number, flush=True)
    """)

    def state(number):
        records = [record(f"r{n}", f"state {number - number % 3}") for n in range(5)]
        return (*records, *([record(f"n{number}", f"new {number}")] if number % 3 == 1 else []))

    rng, embedder, done = random.Random(5), HashingEmbedder(32), 0
    for _ in range(20):
        with subprocess.Popen(  # noqa: S603
            [sys.executable, "-c", code, str(folder), str(done)], stdout=subprocess.PIPE, text=True
        ) as child:
            wake = threading.Event()
            first = child.stdout.readline()
            wake.wait(rng.uniform(0, 0.2))
            child.kill()
            done = int(child.stdout.read().split("\n")[-2:][0] or first) if first else done
        with QdrantStore(folder, embedder) as store:
            snapshot = store.read("ann")
            if snapshot.records != state(done):
                done += 1  # it was done, and killed before it said so
            assert snapshot.records == state(done)
            np.testing.assert_array_equal(snapshot.vectors, embedder.encode([one.text for one in snapshot.records]))
    assert done > 20


def test_the_engine_changes_a_point_only_under_its_condition(folder):
    """What moving a head on a server rests on, shown on the same engine in process."""
    config = edge.EdgeConfig(vectors={"text": edge.EdgeVectorParams(2, edge.Distance.Dot)})
    folder.mkdir()
    shard = edge.EdgeShard.create(str(folder), config)

    def exchange(old, new):
        point = edge.Point(7, {}, {"revision": new})
        mode = edge.UpdateMode.InsertOnly if old is None else edge.UpdateMode.UpdateOnly
        held = edge.FieldCondition(key="revision", match=edge.MatchValue(old)) if old is not None else None
        condition = edge.Filter(must=[held]) if held else None
        shard.update(edge.UpdateOperation.upsert_points([point], condition, mode))
        return [one.payload["revision"] for one in shard.retrieve([7], True, False)]

    assert exchange(3, 4) == []
    assert exchange(None, 1) == [1]
    assert exchange(None, 2) == [1]
    assert exchange(5, 6) == [1]
    assert exchange(1, 2) == [2]
    shard.close()
