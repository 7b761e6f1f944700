"""Writes until it is killed: forks a writer for each line it is given, and says what each writer has finished.

Run by test_sqlite_crash.py. It imports everything once and opens no store itself, so that a writer starts at once.
Lines in: a path and a seed. Lines out: the writer's process id, then ``done`` and a number after each finished write,
and ``over`` when the writer has ended.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from store_streams import state_of, steps, take

from indexes.hashing import HashingEmbedder
from indexes.stores.sqlite import SqliteStore


def say(text):
    os.write(1, f"{text}\n".encode())


def write(path, seed):
    store = SqliteStore(path, HashingEmbedder(16))
    for number, step in enumerate(steps(seed, state_of(store)), start=1):
        take(store, step, path.parent)
        say(f"done {number}")


for line in sys.stdin:
    path, seed = line.rstrip("\n").split("\t")
    child = os.fork()
    if not child:
        try:
            say(f"process {os.getpid()}")
            write(Path(path), int(seed))
        finally:
            sys.stderr.flush()
            sys.excepthook(*sys.exc_info())
            os._exit(1)
    os.waitpid(child, 0)
    say("over")
