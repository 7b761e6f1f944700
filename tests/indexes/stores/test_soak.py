"""Many readers beside a writer for long, and very many probes for a leak: `make soak`; shorter probes always."""

from __future__ import annotations

import logging
import os
import random
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from pathlib import Path

import pytest
from children import environment
from store_states import EMBEDDER, USERS, filled, probe, read_once, write_once

from indexes.stores.memory import MemoryStore
from indexes.stores.sqlite import SqliteStore

SECONDS = float(os.environ.get("PROFILE_RESOLVER_SOAK", "0"))
PROBES = int(os.environ.get("PROFILE_RESOLVER_PROBES", "6000"))
LOG = logging.getLogger(__name__)
HERE = Path(__file__).parent

long = [
    pytest.mark.soak,
    pytest.mark.skipif(not SECONDS, reason="PROFILE_RESOLVER_SOAK says for how many seconds: make soak"),
]


def opened(kind, folder):
    return MemoryStore(EMBEDDER) if kind is MemoryStore else SqliteStore(folder / "store.sqlite", EMBEDDER, wait=30)


class TestSoak:
    pytestmark = long

    @pytest.mark.parametrize("kind", [MemoryStore, SqliteStore])
    def test_eight_reading_threads_beside_a_writer_see_whole_states_only(self, tmp_path, kind):
        reads, failures, done = [0] * 8, [], threading.Event()

        def read(reader):
            try:
                while not done.is_set():
                    read_once(store, reads[reader] + reader)
                    reads[reader] += 1
            except BaseException as error:  # noqa: BLE001 - shown below
                failures.append(error)
                done.set()

        with opened(kind, tmp_path) as store:
            writes = begin(store)
            readers = [threading.Thread(target=read, args=(reader,)) for reader in range(8)]
            for reader in readers:
                reader.start()
            try:
                writes += write_for(store, SECONDS, until=done)
            finally:
                done.set()
                for reader in readers:
                    reader.join()
            if failures:
                raise failures[0]
            checked(store)
        LOG.info("%s, threads: %d reads, %d writes", kind.__name__, sum(reads), writes)
        assert min(reads) > 0

    def test_four_reading_processes_beside_a_writing_one_see_whole_states_only(self, tmp_path):
        command = [sys.executable, str(HERE / "soak_child.py"), str(tmp_path / "store.sqlite")]
        with opened(SqliteStore, tmp_path) as store, ExitStack() as running:
            writes = begin(store)
            readers = [
                running.enter_context(
                    subprocess.Popen(  # noqa: S603
                        command, env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
                    )
                )
                for _ in range(4)
            ]
            for reader in readers:
                assert reader.stdout.readline() == "ready\n"
            try:
                writes += write_for(store, SECONDS)
            finally:
                told = [reader.communicate("\n")[0] for reader in readers]
            assert [reader.returncode for reader in readers] == [0] * 4
            checked(store)
        LOG.info("processes: %d reads, %d writes", sum(map(int, told)), writes)
        assert min(map(int, told)) > 0


def begin(store):
    for user in USERS:
        write_once(store, user, 0)
    return len(USERS)


def write_for(store, seconds, until=None):
    """Writes for a time; how many."""
    rng, number, end = random.Random(1), 0, time.monotonic() + seconds
    while time.monotonic() < end and not (until and until.is_set()):
        number += 1
        # mostly the same count of records: an update, else the user is forgotten and made anew
        write_once(store, rng.choice(USERS), 7 * number if rng.random() < 0.8 else number)
    return number


def checked(store):
    if isinstance(store, SqliteStore):
        with store._file.reading() as file:
            assert file.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


@pytest.mark.parametrize(("kind", "part"), [(MemoryStore, 0.8), (SqliteStore, 0.2)])
def test_no_probe_finds_another_users_record(tmp_path, kind, part):
    """A share of the probes after each round of changes, so that rows and places are used again by others."""
    rounds = 4
    with opened(kind, tmp_path) as store:
        held = filled(store, users=60, records=9, seed=1)
        for number in range(rounds):
            probe(store, held, count=int(PROBES * part / rounds), seed=number)
            for user in list(held)[number::5]:
                store.forget(user)
                del held[user]
            for user in list(held)[::3]:
                gone = list(held[user])[::2]
                store.delete(user, gone)
                held[user] = {key: one for key, one in held[user].items() if key not in gone}
            held.update(filled(store, users=20, records=9, seed=number + 2, prefix=f"round {number} "))
