"""Reads a store until told to stop, and says how often: a reader of test_soak.py. Arguments: path."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from store_states import EMBEDDER, read_once

from indexes.stores.sqlite import SqliteStore

done = threading.Event()
threading.Thread(target=lambda: (sys.stdin.readline(), done.set()), daemon=True).start()
sys.stdout.write("ready\n")
sys.stdout.flush()
reads = 0
with SqliteStore(Path(sys.argv[1]), EMBEDDER, wait=30) as store:
    while not done.is_set():
        read_once(store, reads)
        reads += 1
sys.stdout.write(f"{reads}\n")
