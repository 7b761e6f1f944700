"""Saves growing indexes until it is killed, fifty times, and looks at what is left: run by test_saving.py."""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from pathlib import Path

from indexes import HashingEmbedder, HybridIndex, IndexFileError

EMBEDDER = HashingEmbedder(16)
ROUNDS = 50


def grow(place, told):
    """Save ever larger indexes, and tell of each one when it is there."""
    index = HybridIndex.load(place, EMBEDDER) if (place / "manifest.json").exists() else HybridIndex(EMBEDDER)
    while True:
        ids = [f"r{number}" for number in range(len(index), len(index) + 3)]
        index.add(ids, [f"text of {key}" for key in ids])
        index.save(place)
        os.write(told, len(index).to_bytes(4, "big"))


def main(place):
    rng = random.Random(3)
    acknowledged = 0
    for _ in range(ROUNDS):
        heard, told = os.pipe()
        child = os.fork()
        if not child:
            os.close(heard)
            try:
                grow(place, told)
            finally:
                os._exit(1)
        os.close(told)
        numbers = b"".join(os.read(heard, 4) for _ in range(rng.randint(0, 2)))  # some saves, and then a moment
        time.sleep(rng.uniform(0.0, 0.008))
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        if not os.WIFSIGNALED(status):
            raise SystemExit("the child ended by itself")
        with os.fdopen(heard, "rb") as pipe:
            numbers += pipe.read()
        if numbers:
            acknowledged = int.from_bytes(numbers[-4:], "big")
        try:
            size = len(left := HybridIndex.load(place, EMBEDDER))
        except IndexFileError:
            if acknowledged:
                raise
            continue
        if size not in (acknowledged, acknowledged + 3):
            raise SystemExit(f"{size} are there, and {acknowledged} were acknowledged")
        if (
            left.ids != tuple(f"r{number}" for number in range(size))
            or left.search(f"r{size - 1}", 1)[0].id not in left
        ):
            raise SystemExit(f"what is there is not whole: {left.ids}")
        acknowledged = size
    if acknowledged < ROUNDS:
        raise SystemExit(f"too little was tried: {acknowledged} records were acknowledged")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
