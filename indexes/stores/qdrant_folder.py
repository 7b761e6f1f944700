"""Qdrant's engine in a folder: a shard for each user, few of them open, one process at a time."""

from __future__ import annotations

import json
import os
import shutil
import threading
from collections import OrderedDict
from contextlib import contextmanager, suppress
from hashlib import sha256
from typing import TYPE_CHECKING

from indexes.errors import (
    StoreClosedError,
    StoreError,
    StoreFormatError,
    StoreLockedError,
    StoreModelError,
    StoreUnavailableError,
)
from indexes.files import lock, sync_directory, write_whole
from indexes.stores.qdrant_engine import FORMAT, Found, Head
from indexes.stores.qdrant_shard import HEAD, UserFolder, as_ours, read_head

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from indexes.stores.contract import Prepared

__all__ = ["FolderEngine"]

_MARK = "profile-resolver store, Qdrant"
_ABOUT, _LOCK, _USERS, _GONE = "store.json", "lock", "users", ".gone-"


class _Open:
    """A user's folder in use."""

    def __init__(self, folder: UserFolder) -> None:
        self.folder = folder
        self.lock = threading.RLock()
        self.pins = 0


class FolderEngine:
    """Users in folders named by the SHA-256 of their ids, under ``users``.

    Args:
        path: The store's folder, made if it is not there.
        about: Format, embedder and dimension.
        open_users: How many shards stay open.
        wait: Seconds to wait for another process.

    Raises:
        StoreFormatError: The folder is no such store, or of a newer format.
        StoreModelError: It holds vectors of another model.
        StoreLockedError: Another process, or another store in this one, has it open.
        StoreUnavailableError: It cannot be made or read.
    """

    def __init__(self, path: Path, about: Mapping[str, str | int], *, open_users: int, wait: float) -> None:
        self._path, self._users, self._most = path, path / _USERS, open_users
        self._dimension = int(about["dimension"])
        self._open: OrderedDict[str, _Open] = OrderedDict()
        self._lock = threading.RLock()
        self._closed = False
        try:
            if path.exists() and not path.is_dir():
                raise StoreFormatError(f"{path} is no folder")
            _refuse_foreign(path)
            path.mkdir(parents=True, exist_ok=True)
            self._held = _locked(path / _LOCK, wait)
        except OSError as error:
            raise StoreUnavailableError(f"{path}: {error.strerror or error}") from error
        try:
            with as_ours(path):
                self._about = self._checked(about)
                self._users.mkdir(exist_ok=True)
                self._clear()
        except BaseException:
            os.close(self._held)
            raise

    def head(self, user: str) -> Head | None:
        """See `Engine.head`; a shard is not opened for it."""
        with self._folder(user) as own:
            return own.head

    def put(self, user: str, head: Head | None, revision: int, points: Mapping[str, Prepared]) -> None:
        """See `Engine.put`."""
        del head  # this process alone writes, one thread at a time for a user
        with self._folder(user) as own:
            own.put(revision, points)

    def move(self, user: str, old: Head | None, new: Head) -> bool:
        """See `Engine.move`."""
        with self._folder(user) as own:
            if own.head != old:
                return False
            own.move(new)
        return True

    def sweep(self, user: str, head: Head) -> None:
        """See `Engine.sweep`."""
        del head
        with self._folder(user) as own:
            own.sweep()

    def take_back(self, user: str, keys: Iterable[str]) -> None:
        """See `Engine.take_back`."""
        del keys
        with self._folder(user) as own:
            own.sweep()

    def drop(self, user: str, head: Head) -> bool:
        """See `Engine.drop`: the folder is renamed, which is the moment, and then removed."""
        with self._folder(user) as own, as_ours(self._path):
            if own.head != head:
                return False
            with self._lock:
                if head.revision > self.floor():
                    self._about = {**self._about, "floor": head.revision}
                    write_whole(self._path / _ABOUT, json.dumps(self._about).encode())
            own.close()
            gone = self._users / f"{_GONE}{self._place(user).name}"
            shutil.rmtree(gone, ignore_errors=True)
            self._place(user).rename(gone)
            sync_directory(self._users)
            self._open[user].folder = UserFolder(self._place(user), user, self._dimension)
            shutil.rmtree(gone)
            sync_directory(self._users)
        return True

    def points(self, user: str, keys: Sequence[str] | None, *, text: bool, vectors: bool) -> list[Found]:
        """See `Engine.points`."""
        with self._folder(user) as own:
            return own.points(keys, text=text, vectors=vectors)

    def scored(self, user: str, vector: NDArray[np.float32]) -> list[Found]:
        """See `Engine.scored`."""
        with self._folder(user) as own:
            return own.scored(vector)

    def users(self) -> Iterator[str]:
        """See `Engine.users`."""
        for path in self._folders():
            if (held := read_head(path)) is not None:
                yield held["user"]

    def __len__(self) -> int:
        """How many users there are."""
        return sum((path / HEAD).exists() for path in self._folders())

    def floor(self) -> int:
        """See `Engine.floor`."""
        return int(self._about["floor"])

    def close(self) -> None:
        """Close all shards and let other processes in."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            entries = list(self._open.values())
        for entry in entries:
            with entry.lock, suppress(StoreError):  # waits for what is under way
                entry.folder.close()
        self._open.clear()
        os.close(self._held)

    @contextmanager
    def _folder(self, user: str) -> Iterator[UserFolder]:
        """A user's folder, for one thread at a time."""
        with self._lock:
            self._check_open()
            entry = self._open.get(user)
            if entry is None:
                entry = self._open[user] = _Open(UserFolder(self._place(user), user, self._dimension))
            self._open.move_to_end(user)
            entry.pins += 1
        try:
            with entry.lock:
                self._check_open()
                yield entry.folder
        finally:
            with self._lock:
                entry.pins -= 1
                if len(self._open) > self._most:
                    self._shut_idle()

    def _shut_idle(self) -> None:
        """Close those not used for longest; under the lock, so that nobody opens one that is being closed."""
        for user in [user for user, entry in self._open.items() if not entry.pins][: len(self._open) - self._most]:
            with suppress(StoreError):
                self._open.pop(user).folder.close()

    def _place(self, user: str) -> Path:
        return self._users / sha256(user.encode("utf-8", "surrogatepass")).hexdigest()

    def _folders(self) -> Iterator[Path]:
        self._check_open()
        with as_ours(self._path):
            return iter(sorted(path for path in self._users.iterdir() if not path.name.startswith(".")))

    def _check_open(self) -> None:
        if self._closed:
            raise StoreClosedError(f"{self._path} was closed")

    def _checked(self, about: Mapping[str, str | int]) -> dict[str, str | int]:
        file = self._path / _ABOUT
        if not file.exists():
            new: dict[str, str | int] = {"kind": _MARK, **about, "floor": 0}
            write_whole(file, json.dumps(new).encode())
            return new
        held = _read_about(file)
        for name in ("embedder", "dimension"):
            if held.get(name) != about[name]:
                raise StoreModelError(f"{self._path} holds vectors with {name} {held.get(name)!r}, not {about[name]!r}")
        return held

    def _clear(self) -> None:
        """Remove what a crash left: a user half forgotten, or whose first write did not finish."""
        for path in self._users.iterdir():
            if path.name.startswith(_GONE) or not (path / HEAD).exists():
                shutil.rmtree(path) if path.is_dir() else path.unlink()


def _refuse_foreign(path: Path) -> None:
    """Refuse a folder with other things in it before anything is written there."""
    if not path.exists() or (path / _ABOUT).exists():
        return
    names = (one.name for one in path.iterdir())
    if other := [name for name in names if name != _LOCK and not name.startswith(f".{_ABOUT}-")]:
        raise StoreFormatError(f"{path} is no store, it holds {other[0]!r}: give an empty folder or a new one")


def _read_about(file: Path) -> dict[str, str | int]:
    try:
        held = json.loads(file.read_bytes())
    except ValueError:
        held = None
    if not isinstance(held, dict) or held.get("kind") != _MARK or not isinstance(held.get("floor"), int):
        raise StoreFormatError(f"{file} is not of such a store, or damaged")
    if not isinstance(held.get("format"), int) or held["format"] > FORMAT:
        raise StoreFormatError(
            f"{file.parent} has format {held.get('format')!r}, and this version reads up to {FORMAT}: use a newer one"
        )
    return dict(held)


def _locked(path: Path, wait: float) -> int:
    """A descriptor of the file that nobody else has locked; closing it unlocks."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        locked = lock(descriptor, wait=wait)
    except BlockingIOError:
        os.close(descriptor)
        raise StoreLockedError(f"{path.parent} is open in another process, or twice in this one") from None
    except BaseException:
        os.close(descriptor)
        raise
    if not locked:
        os.close(descriptor)
        raise StoreUnavailableError("a Qdrant store in a folder needs file locks, which this system lacks")
    return descriptor
