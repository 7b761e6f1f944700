"""The bytes of an SQLite file that is in use, below SQLite: read without harm to its locks, wiped of what it leaves.

Two things make this module. A process loses its POSIX locks on a file when it closes *any* descriptor of it
(sqlite.org, "How To Corrupt An SQLite Database File", 2.2); the next process that closes the file then takes itself for
the last one and removes the write-ahead log from under this one. So a file is opened here once in a process, and is
closed after its last connection. And ``PRAGMA secure_delete`` overwrites what is deleted where it lies, but not the
copies that stay behind when SQLite moves rows from page to page: they lie between the pointers and the cells of a page,
where nothing is ever read, and are overwritten here.
"""

from __future__ import annotations

import os
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["RawFile", "hold"]

_TREE = {2: 12, 5: 12, 10: 8, 13: 8}  # kinds of pages that hold cells, and the size of their header
_FIRST = 100  # bytes of the file's own header, at the start of its first page
_AT_ONCE = 1 << 24
_MOST_PAGES = 1 << 25  # from here on a page that holds no cells may begin with one of those kinds

_guard = threading.Lock()
_held: dict[tuple[int, int], RawFile] = {}


class RawFile:
    """One descriptor of a file, shared by all who hold the file in this process; `hold` gives it.

    Attributes:
        inherited: Whether a process held it that was forked into this one.
    """

    def __init__(self, path: Path) -> None:
        flags = os.O_CREAT | getattr(os, "O_BINARY", 0)
        try:
            self._descriptor = os.open(path, os.O_RDWR | flags, 0o644)  # as SQLite makes it
        except PermissionError:
            self._descriptor = os.open(path, os.O_RDONLY)
        except OSError:
            if not path.exists():
                raise
            self._descriptor = os.open(path, os.O_RDONLY)  # of a file system that is read-only
        status = os.fstat(self._descriptor)
        self._key = (status.st_dev, status.st_ino)
        self._holders = 0
        self._also: list[int] = []
        self._process = os.getpid()

    @property
    def inherited(self) -> bool:
        """Whether it was opened before this process was forked."""
        return self._process != os.getpid()

    def release(self) -> None:
        """Say that one holder has closed all its connections."""
        with _guard:
            self._holders -= 1
            if self._holders:
                return
            _held.pop(self._key, None)
            for descriptor in (self._descriptor, *self._also):
                os.close(descriptor)

    def header(self) -> bytes:
        """The first hundred bytes, or fewer."""
        return self._read(_FIRST, 0)

    def wipe(self) -> bool:
        """Overwrite what nothing refers to, in every page. The file is read once, at the speed of the disk.

        Whoever calls holds SQLite's write lock, with no log beside the file, and then commits a change by a connection
        of its own, so that all others drop the pages that they remember.

        Returns:
            Whether it was done; False where the file has a layout that this does not know, and VACUUM must do it.

        Raises:
            OSError: The file cannot be written.
        """
        header = self.header()
        page = int.from_bytes(header[16:18], "big")
        page = 65536 if page == 1 else page  # the file format's own exception
        size = os.fstat(self._descriptor).st_size
        if not page or header[20] or any(header[52:56]) or size // page >= _MOST_PAGES:
            return False  # with bytes reserved in each page, with a map of pointers, or too large
        wiped = False
        for start, length in self._leftovers(page, size):
            self._write(bytes(length), start)
            wiped = True
        if wiped:
            os.fsync(self._descriptor)
        return True

    def _leftovers(self, page: int, size: int) -> Iterator[tuple[int, int]]:
        """Where bytes lie between the pointers and the cells of a page: place in the file and length."""
        nothing = bytes(page)
        for start in range(0, size, _AT_ONCE):
            block = self._read(_AT_ONCE, start)
            for at in range(0, len(block) - page + 1, page):
                head = at + _FIRST if start + at == 0 else at
                width = _TREE.get(block[head])
                if width is None:
                    continue
                first = head + width + 2 * int.from_bytes(block[head + 3 : head + 5], "big")
                last = at + (int.from_bytes(block[head + 5 : head + 7], "big") or 65536)
                if first < last <= at + page and not block.startswith(nothing[: last - first], first):
                    yield start + first, last - first

    if sys.platform == "win32":

        def _read(self, count: int, at: int) -> bytes:
            os.lseek(self._descriptor, at, os.SEEK_SET)
            return os.read(self._descriptor, count)

        def _write(self, content: bytes, at: int) -> None:
            os.lseek(self._descriptor, at, os.SEEK_SET)
            os.write(self._descriptor, content)
    else:

        def _read(self, count: int, at: int) -> bytes:
            return os.pread(self._descriptor, count, at)

        def _write(self, content: bytes, at: int) -> None:
            os.pwrite(self._descriptor, content, at)


if hasattr(os, "register_at_fork"):  # a fork waits, so that no child finds it half done
    os.register_at_fork(before=_guard.acquire, after_in_parent=_guard.release, after_in_child=_guard.release)


def hold(path: Path) -> RawFile:
    """The file, made if it is not there, until `RawFile.release`; call it before the first connection is opened.

    Raises:
        OSError: It cannot be made or read.
    """
    with _guard:
        found = None
        with suppress(FileNotFoundError):
            status = path.stat()
            found = _held.get((status.st_dev, status.st_ino))
        if found is None:
            found = RawFile(path)
            if (other := _held.get(found._key)) is not None:  # noqa: SLF001 - put there since it was looked at
                other._also.append(found._descriptor)  # noqa: SLF001 - to be closed with the other, not before
                found = other
            _held[found._key] = found  # noqa: SLF001
        found._holders += 1  # noqa: SLF001
        return found
