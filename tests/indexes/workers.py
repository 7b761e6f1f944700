"""Work for worker processes: at module level, so that they can import it."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path  # noqa: TC003


@dataclass(frozen=True)
class Squaring:
    """Squares numbers, and leaves a mark for each time it was made ready."""

    marks: Path

    def __call__(self):
        (self.marks / f"ready-{os.getpid()}-{time.monotonic_ns()}").touch()
        return _square


def _square(number):
    return number * number


@dataclass(frozen=True)
class Dying:
    """Kills its own process over some numbers, as often as there are marks to take."""

    marks: Path
    numbers: frozenset[int]

    def __call__(self):
        return self.work

    def work(self, number):
        if number in self.numbers:
            for mark in self.marks.glob(f"die-{number}-*"):
                mark.unlink(missing_ok=True)
                os.kill(os.getpid(), signal.SIGKILL)
        (self.marks / f"done-{number}-{time.monotonic_ns()}").touch()
        return number * number


@dataclass(frozen=True)
class Failing:
    """Raises over one number."""

    def __call__(self):
        return _fail


def _fail(number):
    if number == 3:
        raise ValueError(f"no {number}")
    return number


@dataclass(frozen=True)
class NeverReady:
    def __call__(self):
        raise LookupError("no model here")


@dataclass(frozen=True)
class Encoding:
    """Encodes texts."""

    embedder: object

    def __call__(self):
        return self.embedder.encode


@dataclass(frozen=True)
class Slow:
    """Takes its time, and writes down in which process each number was done."""

    marks: Path

    def __call__(self):
        return self.work

    def work(self, number):
        time.sleep(0.2)
        (self.marks / f"done-{number}").write_text(str(os.getppid()))
        return number * number
