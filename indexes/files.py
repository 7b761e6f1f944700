"""Writing that is whole or absent: aside, flushed to the disk, then renamed; and locks between processes."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["lock", "put_whole", "sync_directory", "sync_tree", "work_beside", "write_whole"]

_PAUSE = 0.05  # seconds between two tries


def write_whole(path: Path, content: bytes, *, mode: int = 0o600) -> None:
    """Write a file so that a reader sees all of it or what was there before.

    Args:
        path: The file; its folder is made if need be.
        content: All of it.
        mode: Who may read it; by default its owner.

    Raises:
        OSError: The file cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(mode)
        Path(name).replace(path)
        sync_directory(path.parent)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


@contextmanager
def work_beside(target: Path) -> Iterator[Path]:
    """A fresh directory next to ``target``, removed at the end if it is still there."""
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=f".{target.name[:16]}-", dir=target.parent))
    try:
        yield aside
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def put_whole(aside: Path, target: Path, *, whole: Callable[[], bool]) -> None:
    """Rename a finished directory to its place, where another process may have put the same meanwhile.

    Args:
        aside: The directory, on the same file system as ``target``.
        target: Its place. What is there and is not whole is removed first: damaged, or of an interrupted clean-up.
        whole: Tells whether ``target`` is what it should be.

    Raises:
        OSError: It cannot be put there, and what is there is not whole.
    """
    if target.exists() and not whole():
        shutil.rmtree(target)
    try:
        aside.rename(target)
        sync_directory(target.parent)
    except OSError:
        if not whole():
            raise


def sync_tree(directory: Path) -> None:
    """Flush the files of a directory and of those within it, and then their entries, to the disk."""
    for path in directory.iterdir():
        if path.is_dir():
            sync_tree(path)
            continue
        with path.open("rb+") as file:
            os.fsync(file.fileno())
    sync_directory(directory)


def sync_directory(directory: Path) -> None:
    """Flush the entries of a directory, as after a rename in it."""
    with suppress(OSError):  # some systems cannot open a directory
        descriptor = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def lock(descriptor: int, *, wait: float | None = None) -> bool:
    """Lock an open file or folder until the descriptor is closed, or its process ends, however it ends.

    Args:
        descriptor: Of the file or folder.
        wait: Seconds to wait for whoever holds the lock; for any time where not given.

    Returns:
        Whether it is locked; False where the system has no such locks (Windows).

    Raises:
        BlockingIOError: Another descriptor of it held the lock all the time.
        OSError: It cannot be locked.
    """
    try:
        import fcntl  # noqa: PLC0415 - not on every system
    except ImportError:
        return False
    if wait is None:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        return True
    end = time.monotonic() + wait
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:  # noqa: PERF203 - it waits anyway
            if time.monotonic() >= end:
                raise
            time.sleep(min(_PAUSE, wait))
        else:
            return True
