"""What a SqliteStore says and keeps when the disk, the file or another process fails it."""

from __future__ import annotations

import os
import random
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from children import opened, printed

from indexes.errors import (
    IndexingError,
    StoreError,
    StoreFormatError,
    StoreLockedError,
    StoreModelError,
    StoreUnavailableError,
    UnknownUserError,
)
from indexes.hashing import HashingEmbedder
from indexes.stores import sqlite_file
from indexes.stores.sqlite import SqliteStore
from indexes.testing import record


def filled(path, users=3, records=20):
    """A store that was closed, and what is in it."""
    with opened(path) as store:
        for user in range(users):
            store.add(f"user {user}", [record(f"r{n}", f"ramen {user} {n}", data=f"{n}") for n in range(records)])
        return {user: store.read(user) for user in store.users()}


@contextmanager
def held(path):
    """Another process that holds the write lock."""
    code = (
        "import sqlite3, sys\nfile = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "file.execute('BEGIN IMMEDIATE')\nprint('held', flush=True)\nsys.stdin.readline()"
    )
    command = [sys.executable, "-c", code, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:  # noqa: S603
        process.stdout.readline()
        try:
            yield
        finally:
            process.stdin.close()
            process.wait()


# No room ------------------------------------------------------------------------------------------------------------


def test_a_full_database_keeps_what_it_has_and_goes_on_once_there_is_room(path):
    before = filled(path)
    with opened(path) as store:
        writer = store._file._writer_now()
        (pages,) = writer.execute("PRAGMA page_count").fetchone()
        writer.execute(f"PRAGMA max_page_count = {pages}")
        many = [record(f"new {n}", "opera " * 500) for n in range(50)]
        for call in (lambda: store.add("user 0", many), lambda: store.add("eve", many)):
            with pytest.raises(StoreUnavailableError, match=r"store\.sqlite.*full.*make room"):
                call()
        assert not writer.in_transaction
        assert {user: store.read(user).records for user in store.users()} == {
            user: snapshot.records for user, snapshot in before.items()
        }
        writer.execute("PRAGMA max_page_count = 1000000")
        store.add("eve", many)
        assert len(store.get("eve")) == 50


@pytest.mark.skipif(sys.platform == "win32", reason="limits of a process are of POSIX")
def test_a_disk_that_takes_no_more_bytes_loses_nothing_acknowledged(path):
    """The limit on a file's size makes the system itself refuse to write, in the middle of a commit too."""
    code = """
store, kept = opened(), 0
soft = 400_000
resource.setrlimit(resource.RLIMIT_FSIZE, (soft, resource.RLIM_INFINITY))
errors = set()
for number in range(300):
    try:
        store.add("ann", [record(f"r{number}", f"opera {number} " * 50)])
        kept += 1
    except StoreUnavailableError as error:
        assert str(path) in str(error) and "try again" in str(error), error
        errors.add(number)
        if len(errors) > 5:
            break
assert errors and kept
assert len(store.get("ann")) == kept
try:
    store.forget("ann")
except StoreUnavailableError:
    pass
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
if "ann" in store:
    assert len(store.get("ann")) == kept
    store.add("ann", [record("after")])
    store.forget("ann")
else:
    store.scrub()
store.add("bob", [record("after")])
assert not any(b"opera" in file.read_bytes() for file in path.parent.iterdir())
with opened() as again:
    assert list(again.users()) == ["bob"]
print(kept)
"""
    assert int(printed(code, path)) > 0


@pytest.mark.skipif(sys.platform == "win32", reason="limits of a process are of POSIX")
def test_a_copy_that_does_not_fit_leaves_nothing_behind(path):
    filled(path, records=500)
    code = """
with opened() as store:
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, resource.RLIM_INFINITY))
    try:
        store.snapshot(path.with_name("copy.sqlite"))
    except StoreUnavailableError as error:
        print("refused")
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    print(*sorted(file.name for file in path.parent.iterdir() if "copy" in file.name))
    store.snapshot(path.with_name("copy.sqlite"))
"""
    assert printed(code, path).split() == ["refused"]
    with opened(path.with_name("copy.sqlite")) as copy:
        assert len(copy) == 3


# Not allowed to write -----------------------------------------------------------------------------------------------


@pytest.mark.skipif(not hasattr(os, "setuid"), reason="users are of POSIX")
@pytest.mark.parametrize(("folder", "file"), [(0o555, 0o444), (0o755, 0o444), (0o555, 0o644)])
def test_a_file_that_may_not_be_written_is_kept_and_a_typed_error_says_so(folder, file):
    """As root nothing is forbidden, so that the process becomes another user after its imports."""
    code = """
folder, file = int(sys.argv[2]), int(sys.argv[3])
with SqliteStore(path.parent / "warm.sqlite", HashingEmbedder(16)) as store:
    store.add("ann", [record("a")])
    store.search("ann", "ramen", 1)
with opened() as store:
    store.add("ann", [record("a")])
if os.getuid() == 0:
    for one in (path.parent, path):
        os.chown(one, 65534, 65534)
os.chmod(path, file)
os.chmod(path.parent, folder)
if os.getuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
try:
    with opened() as store:
        assert [one.id for one in store.get("ann")] == ["a"]
        store.add("ann", [record("b")])
    print("written")
except StoreUnavailableError as error:
    assert str(path) in str(error) and "who may write" in str(error), error
    print("refused")
os.chmod(path.parent, 0o755)
for one in path.parent.glob(path.name + "*"):  # SQLite makes those beside it with the same permissions
    os.chmod(one, 0o644)
with opened() as store:
    store.add("ann", [record("c")])
    print(*(one.id for one in store.get("ann")))
"""
    with tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o755)
        inner = Path(place) / "inner"
        inner.mkdir()
        assert printed(code, inner / "store.sqlite", folder, file).split() == ["refused", "a", "c"]


def test_a_folder_that_cannot_be_made_is_said(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreUnavailableError, match=r"file.*folder"):
        opened(tmp_path / "file" / "store.sqlite")


# Another process ----------------------------------------------------------------------------------------------------


def test_a_lock_of_another_process_stops_writes_with_an_error_and_no_reads(path):
    before = filled(path)
    with opened(path, wait=0.05) as store:
        with held(path):
            for call in (
                lambda: store.add("user 0", [record("new")]),
                lambda: store.update("user 0", [record("r0", "opera")]),
                lambda: store.delete("user 0", ["r0"]),
                lambda: store.forget("user 0"),
            ):
                with pytest.raises(StoreLockedError, match=r"store\.sqlite.*try again"):
                    call()
            assert store.read("user 0").records == before["user 0"].records
            with opened(path) as other:
                assert len(other) == 3
        store.add("user 0", [record("new")])
        assert len(store.get("user 0")) == 21


# What is at the path ------------------------------------------------------------------------------------------------


def test_another_model_is_refused_with_what_to_do(path):
    filled(path)
    with pytest.raises(StoreModelError, match=r"store\.sqlite holds.*another path"):
        SqliteStore(path, HashingEmbedder(32))
    with pytest.raises(StoreModelError, match="precision"):
        opened(path, precision="float16")


def foreign(path):
    with sqlite3.connect(path) as file:
        file.execute("CREATE TABLE mine (x)")
    file.close()


def foreign_with_a_version(path):
    foreign(path)
    with sqlite3.connect(path) as file:
        file.execute("PRAGMA user_version = 1")
    file.close()


def foreign_with_a_mark(path):
    foreign(path)
    with sqlite3.connect(path) as file:
        file.execute("PRAGMA application_id = 7")
    file.close()


@pytest.mark.parametrize(
    "make",
    [
        foreign,
        foreign_with_a_version,
        foreign_with_a_mark,
        lambda path: path.write_text("dear diary"),
        lambda path: path.write_bytes(b"SQLite format 3\0"),
        lambda path: path.write_bytes(b"SQLite format 3\0" + bytes(200)),
        lambda path: path.mkdir(),
    ],
)
def test_what_is_no_store_is_refused_and_stays_as_it_is(path, make):
    make(path)
    content = path.read_bytes() if path.is_file() else None
    for _ in range(2):
        with pytest.raises(StoreFormatError, match=r"store\.sqlite.*(another path|put back)"):
            opened(path)
    assert [one.name for one in path.parent.iterdir()] == [path.name]
    assert content is None or path.read_bytes() == content


def test_an_empty_file_becomes_a_store(path):
    path.touch()
    with opened(path) as store:
        store.add("ann", [record("a")])
    with opened(path) as store:
        assert len(store) == 1


def test_a_newer_format_is_refused_and_stays_as_it_is(path, monkeypatch):
    filled(path)
    with sqlite3.connect(path) as file:
        file.execute(f"PRAGMA user_version = {sqlite_file.FORMAT + 1}")
    file.close()
    with pytest.raises(StoreFormatError, match=r"store\.sqlite has format 2.*use a newer"):
        opened(path)
    monkeypatch.setattr(sqlite_file, "FORMAT", 2)
    with opened(path) as store:
        assert len(store) == 3


def test_an_older_format_is_brought_up_to_date_in_one_transaction(path, monkeypatch):
    before = filled(path)
    monkeypatch.setattr(sqlite_file, "FORMAT", 3)
    with pytest.raises(StoreFormatError, match="knows no way"):
        opened(path)
    ways = {1: ("ALTER TABLE users ADD COLUMN colour TEXT",), 2: ("CREATE TABLE more (x)", "INSERT INTO nowhere (x)")}
    monkeypatch.setattr(sqlite_file, "MIGRATIONS", ways)
    with pytest.raises(StoreError, match="nothing was changed"):
        opened(path)
    with sqlite3.connect(path) as file:
        assert file.execute("PRAGMA user_version").fetchone() == (1,)
        assert "colour" not in file.execute("SELECT sql FROM sqlite_master WHERE name = 'users'").fetchone()[0]
    file.close()
    ways[2] = ("CREATE TABLE more (x)",)
    for _ in range(2):
        with opened(path) as store:
            assert store.read("user 1").records == before["user 1"].records
            store.add("user 1", [])
            with store._file.reading() as file:
                assert file.execute("PRAGMA user_version").fetchone() == (3,)
                assert file.execute("SELECT count(*) FROM more").fetchone() == (0,)


# Damage -------------------------------------------------------------------------------------------------------------


def test_a_truncated_file_is_refused_or_each_read_is_right_or_refused(path):
    before = filled(path, users=6, records=60)
    whole = path.read_bytes()
    refused = 0
    for part in (0.2, 0.5, 0.9, 0.99):
        path.write_bytes(whole[: int(len(whole) * part)])
        refused += judged(path, before)
    assert refused == 4
    path.write_bytes(whole)
    assert judged(path, before) == 0


def test_random_damage_gives_an_error_and_never_a_wrong_record_or_vector(path):
    before = filled(path, users=6, records=60)
    whole = path.read_bytes()
    rng = random.Random(5)
    refused = 0
    for count in range(120):
        broken = bytearray(whole)
        for place in rng.sample(range(len(broken)), rng.choice((1, 1, 4))):
            broken[place] ^= rng.randrange(1, 256)
        if count % 10 == 0:
            start = rng.randrange(len(broken) - 512)
            broken[start : start + 512] = bytes(512)
        path.write_bytes(broken)
        for extra in ("-wal", "-shm"):
            path.with_name(path.name + extra).unlink(missing_ok=True)
        refused += judged(path, before)
    assert refused > 60


def judged(path, before):
    """1 where an error of ours says that the file is damaged, 0 where all is right; anything else fails."""
    query = HashingEmbedder(16).encode(["ramen 1"])
    errors = 0
    try:
        store = opened(path)
    except StoreError as error:
        return named(error, path)
    with store:
        for user, snapshot in before.items():
            try:
                read = store.read(user)
                assert read.records == snapshot.records
                np.testing.assert_array_equal(read.vectors, snapshot.vectors)
            except StoreError as error:
                errors = named(error, path)
            except UnknownUserError as error:
                errors = named(error, user)
            try:
                found = store.search(user, "ramen 1", 5, vector=query)
                best = (snapshot.vectors @ query[0]).tolist()
                for hit in found:
                    place = [one.id for one in snapshot.records].index(hit.id)
                    if "dense" in hit.scores:
                        assert hit.scores["dense"] == pytest.approx(best[place], abs=1e-5)
            except IndexingError:
                errors = 1
            try:
                assert store.get(user, ["r3"]) == (snapshot.records[3],)
            except IndexingError:
                errors = 1
    return errors


def named(error, what):
    assert str(what) in str(error)
    return 1


@pytest.mark.parametrize("column", ["vector", "tokens", "id", "text", "data", "valid_from", "search_check"])
@pytest.mark.parametrize("precision", ["float32", "float16"])
def test_a_changed_column_is_noticed_and_the_user_can_be_forgotten(path, column, precision):
    with opened(path, precision=precision) as store:
        store.add("ann", [record("a", "likes ramen"), record("b", "plays tennis")])
        store.add("bob", [record("a", "likes opera")])
    changes = {
        "vector": "zeroblob(length(vector))",
        "valid_from": "1",
        "search_check": "search_check + 1",
        "data": "'1'",
    }
    with sqlite3.connect(path) as file:
        change = changes.get(column, f"{column} || 'x'")
        file.execute(f"UPDATE records SET {column} = {change} WHERE id = 'a' AND user = 1")  # noqa: S608
    file.close()
    with opened(path) as store:
        with pytest.raises(StoreFormatError, match=r"store\.sqlite is damaged.*put back"):
            store.read("ann")
        if column not in ("text", "data"):
            with pytest.raises(StoreFormatError):
                store.search("ann", "ramen", 1)
        assert store.get("bob") == (record("a", "likes opera"),)
        store.forget("ann")
        assert list(store.users()) == ["bob"]


def test_a_lost_row_is_noticed(path):
    filled(path)
    with sqlite3.connect(path) as file:
        file.execute("DELETE FROM records WHERE user = 1 AND id = 'r7'")
    file.close()
    with opened(path) as store:
        for call in (lambda: store.read("user 0"), lambda: store.search("user 0", "ramen", 1)):
            with pytest.raises(StoreFormatError, match="of 20 records 19 are there"):
                call()
        assert len(store.get("user 1")) == 20
