"""Processes that are killed while they write: what was acknowledged is there, what was not is whole or absent."""

from __future__ import annotations

import logging
import os
import random
import signal
import subprocess
import sys
import time
from itertools import islice
from pathlib import Path

import pytest
from children import environment
from store_streams import state_of, steps

from indexes.hashing import HashingEmbedder
from indexes.stores.sqlite import SqliteStore

KILLS = int(os.environ.get("PROFILE_RESOLVER_KILLS", "25"))
LOG = logging.getLogger(__name__)
A_STORE = 8  # kills of writers of one store, before a new one is begun

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the writers are forked")


@pytest.fixture(scope="module")
def writers():
    script = Path(__file__).with_name("crash_child.py")
    with subprocess.Popen(  # noqa: S603
        [sys.executable, "-u", "-W", "ignore", str(script)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**environment(), "OMP_NUM_THREADS": "1"},
    ) as process:
        yield process
        process.stdin.close()


def killed(writers, path, seed, delay):
    """How many writes a writer has acknowledged that is killed after a delay."""
    writers.stdin.write(f"{path}\t{seed}\n")
    writers.stdin.flush()
    word, number = writers.stdout.readline().split()
    assert word == "process"
    time.sleep(delay)
    os.kill(int(number), signal.SIGKILL)
    done = 0
    while (line := writers.stdout.readline()) != "over\n":
        word, number = line.split()
        assert (word, int(number)) == ("done", done + 1)
        done += 1
    return done


def bytes_of(folder):
    """All bytes of a folder but those of finished copies, which keep who was forgotten later."""
    files = [path for path in folder.rglob("*") if path.is_file() and not path.match("copy-*")]
    return b"".join(path.read_bytes() for path in files)


def check(path, seed, before, done, gone):
    """The state of the store after a kill; adds to ``gone`` who was forgotten."""
    told = list(islice(steps(seed, before), done + 1))
    states = [before, *(step.state for step in told)]
    with SqliteStore(path, HashingEmbedder(16)) as store:
        found = state_of(store)
        assert found in (states[done], states[done + 1])
        with store._file.reading() as file:
            assert file.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        for user, records in found.items():
            assert [hit.id for hit in store.search(user, user, 1000, mode="dense")] or not records
        # of a user who was never there, since the write was in flight, bytes may stay in the log for a while
        gone |= {step.user for step in told[:done]} | set(before)
        gone -= set(found)
        left = bytes_of(path.parent)
        assert [user for user in gone if user.encode() in left] == []
    for step in told[:done]:
        if step.kind == "snapshot":
            with SqliteStore(path.parent / step.given, HashingEmbedder(16)) as copy:
                assert state_of(copy) == step.state
    if told[done].kind == "snapshot" and (path.parent / told[done].given).exists():
        with SqliteStore(path.parent / told[done].given, HashingEmbedder(16)) as copy:
            assert state_of(copy) == told[done].state
    return found


def test_after_a_kill_at_any_moment_nothing_acknowledged_is_lost_and_nothing_is_half(writers, tmp_path):
    rng = random.Random(2026)
    total = 0
    for kill in range(KILLS):
        if kill % A_STORE == 0:
            path, state, gone = tmp_path / str(kill) / "store.sqlite", {}, set()
            path.parent.mkdir()
        delay = rng.uniform(0, 0.03) if kill % A_STORE == 0 or rng.random() < 0.2 else rng.uniform(0.03, 0.4)
        done = killed(writers, path, kill, delay)
        total += done
        state = check(path, kill, state, done, gone)
    LOG.info("%d kills, %d acknowledged writes", KILLS, total)
    assert total > KILLS, "the writers were killed before they wrote anything"


def test_what_a_killed_forget_left_is_overwritten_when_the_store_is_opened(tmp_path, monkeypatch):
    path = tmp_path / "store.sqlite"
    store = SqliteStore(path, HashingEmbedder(16))
    told = list(islice(steps(1, {}), 60))
    for step in told:
        if step.kind in ("add", "update", "delete"):
            getattr(store, step.kind)(step.user, step.given) if step.kind == "add" or step.user in store else None
    users = list(store.users())
    monkeypatch.setattr(store, "scrub", lambda: None)  # as if it had been killed there
    for user in users[::2]:
        store.forget(user)
    assert all(user.encode() in bytes_of(tmp_path) for user in users[::2])
    with SqliteStore(path, HashingEmbedder(16)):
        left = bytes_of(tmp_path)
    assert [user for user in users if user.encode() in left] == users[1::2]
    store.close()


def test_an_unfinished_copy_of_a_process_that_died_is_removed_and_one_of_a_living_is_not(tmp_path):
    code = (
        "import os, sys\nfrom pathlib import Path\nfrom indexes.stores.sqlite_copy import copied_whole\n"
        "with copied_whole(Path(sys.argv[1])) as aside:\n    aside.write_text('half')\n"
        "    print('ready', flush=True)\n    sys.stdin.readline()"
    )
    process = subprocess.Popen(  # noqa: S603
        [sys.executable, "-c", code, str(tmp_path / "copy.sqlite")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment(),
    )
    with process:
        process.stdout.readline()
        with SqliteStore(tmp_path / "store.sqlite", HashingEmbedder(16)):
            assert b"half" in bytes_of(tmp_path)
        process.kill()
    with SqliteStore(tmp_path / "store.sqlite", HashingEmbedder(16)):
        assert b"half" not in bytes_of(tmp_path)
        assert not (tmp_path / "copy.sqlite").exists()
