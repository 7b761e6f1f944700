"""Copies of a store: whole or absent, and no unfinished one stays after a crash."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from indexes.errors import StoreUnavailableError
from indexes.files import sync_directory

if TYPE_CHECKING:
    from collections.abc import Iterator

try:
    import fcntl
except ImportError:  # not on Windows: there an unfinished copy stays
    fcntl = None  # type: ignore[assignment]

__all__ = ["copied_whole", "sweep"]

_PREFIX = ".profile-store-copy-"


@contextmanager
def copied_whole(path: Path) -> Iterator[Path]:
    """A place to write a file beside its own, where it is put when it is whole.

    Raises:
        FileExistsError: Something is there.
        StoreUnavailableError: It cannot be written; then nothing is there.
    """
    if path.exists():
        raise FileExistsError(f"{path} is there already: give another path")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        sweep(path.parent)
        with _work_in(path.parent) as folder:
            yield folder / path.name
            with (folder / path.name).open("rb+") as file:
                os.fsync(file.fileno())
            os.link(folder / path.name, path)  # unlike a rename it replaces nothing
            sync_directory(path.parent)
    except FileExistsError:
        raise
    except OSError as error:
        raise StoreUnavailableError(
            f"{path}: {error.strerror or error}; no copy was made: check the folder and its free space"
        ) from error


def sweep(folder: Path) -> None:
    """Remove copies in a folder whose process died before they were whole."""
    with suppress(OSError):
        for left in folder.glob(f"{_PREFIX}*"):
            if (descriptor := _locked(left)) is not None:
                shutil.rmtree(left, ignore_errors=True)
                os.close(descriptor)


@contextmanager
def _work_in(parent: Path) -> Iterator[Path]:
    """A folder to work in, held by a lock that ends with the process."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
        descriptor = _locked(folder)
        if fcntl is None or (descriptor is not None and folder.exists()):
            break  # else another process has swept it away before it was locked
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if descriptor is not None:
            os.close(descriptor)


def _locked(folder: Path) -> int | None:
    """A descriptor that holds the folder's lock, or None where another process holds it."""
    if fcntl is None:
        return None
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor
