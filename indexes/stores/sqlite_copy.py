"""Copies of a store: whole or absent, and no unfinished one stays after a crash."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from indexes.errors import StoreUnavailableError
from indexes.files import lock, sync_directory

if TYPE_CHECKING:
    from collections.abc import Iterator

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
            with suppress(OSError):  # held, or gone
                if (descriptor := _locked(left)) is not None:
                    shutil.rmtree(left, ignore_errors=True)
                    os.close(descriptor)


@contextmanager
def _work_in(parent: Path) -> Iterator[Path]:
    """A folder to work in, held by a lock that ends with the process."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
        try:
            descriptor = _locked(folder)
        except OSError:
            continue  # another process has swept it away before it was locked
        if descriptor is None or folder.exists():
            break
        os.close(descriptor)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if descriptor is not None:
            os.close(descriptor)


def _locked(folder: Path) -> int | None:
    """A descriptor that holds the folder's lock, or None where the system has no locks (there, copies are not swept).

    Raises:
        OSError: Another process holds it, or it is gone.
    """
    descriptor = None
    with suppress(PermissionError):  # Windows opens no folder
        descriptor = os.open(folder, os.O_RDONLY)
    try:
        if descriptor is None or lock(descriptor, wait=0.0):
            return descriptor
    except OSError:
        if descriptor is not None:
            os.close(descriptor)
        raise
    os.close(descriptor)
    return None
