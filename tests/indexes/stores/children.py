"""Other processes, for tests of stores that processes share."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import indexes
from indexes.hashing import HashingEmbedder
from indexes.stores.sqlite import SqliteStore

_BEGIN = (
    "import os, resource, sys\nfrom pathlib import Path\nfrom indexes.errors import *\n"
    "from indexes.hashing import HashingEmbedder\nfrom indexes.stores.sqlite import SqliteStore\n"
    "from indexes.testing import record\npath = Path(sys.argv[1])\n"
    "opened = lambda: SqliteStore(path, HashingEmbedder(16))\n"
)


def opened(path, **options):
    return SqliteStore(path, HashingEmbedder(16), **options)


def environment():
    """That of this process, in which an interpreter finds the packages that are tested here."""
    root = Path(indexes.__file__).parents[1]
    return {**os.environ, "PYTHONPATH": os.pathsep.join((str(root), *filter(None, sys.path)))}


def printed(code, path, *arguments):
    """What a new interpreter prints that works on the store at a path: there are ``path`` and ``opened()``."""
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-W", "ignore", "-c", _BEGIN + code, str(path), *map(str, arguments)],
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def all_at_once(load, work, arguments):
    """Processes that first load, then wait for each other, and then work; all must end well."""
    code = f"import sys\n{load}\nprint('ready', flush=True)\nsys.stdin.readline()\n{work}\n"
    processes = [
        subprocess.Popen(  # noqa: S603
            [sys.executable, "-W", "error", "-c", code, *map(str, own)],
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for own in arguments
    ]
    for process in processes:
        process.stdout.readline()
    for process in processes:
        process.stdin.write("\n")
        process.stdin.flush()
    said = [process.communicate(timeout=120)[1] for process in processes]
    assert [process.returncode for process in processes] == [0] * len(processes), "\n".join(said)
