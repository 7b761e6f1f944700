"""One user's folder of a Qdrant store: a head file, and a shard of Qdrant's engine with the points."""

from __future__ import annotations

import json
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from indexes.errors import IndexingError, StoreFormatError, StoreUnavailableError
from indexes.files import write_whole
from indexes.stores.qdrant_engine import SEARCHED, Found, Head, found, payload_of

try:
    import qdrant_edge
except ImportError as missing:
    raise StoreUnavailableError(
        "a Qdrant store in a folder needs the package qdrant-edge-py: pip install 'profile-resolver[qdrant]'"
    ) from missing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from indexes.stores.contract import Prepared

__all__ = ["HEAD", "UserFolder", "as_ours"]

HEAD = "head.json"
"""The file that makes a folder a user's."""
_SLACK = 1000  # superseded points beside as many as there are records, before a shard is written anew
_SPARE = 64 << 20  # the engine writes through memory maps, where a full disk kills the process: refuse before that


class UserFolder:
    """The folder of one user, not shared between threads without the caller's lock.

    The head file is replaced as a whole (written aside, flushed, renamed) and names the shard's folder and its points;
    the shard is flushed before. The engine's own write-ahead log is off: what the head does not name does not count,
    so there is nothing to replay. A shard with many superseded points is written anew beside the old one, and the next
    head names the new one.

    Args:
        path: The folder; it need not be there.
        user: Whose it is; checked against the head file.
        dimension: Of the vectors.

    Raises:
        StoreFormatError: The head file is damaged, or another user's.
    """

    def __init__(self, path: Path, user: str, dimension: int) -> None:
        self._path, self._user, self._dimension = path, user, dimension
        self.head: Head | None = None
        self._name, self._written = "", 0  # the shard's folder, and how many points were ever put into it
        self._shard: Any = None
        self._next: tuple[str, int, Any] | None = None  # a shard that the next head will name
        if (held := read_head(path)) is not None:
            if held["user"] != user:
                raise StoreFormatError(f"{path} is the folder of another user than {user!r}: it was moved or damaged")
            self.head = Head(held["revision"], held["members"])
            self._name, self._written = held["shard"], held["written"]

    def put(self, revision: int, points: Mapping[str, Prepared]) -> None:
        """Put new points where the next head will look for them."""
        self._check_space()
        with as_ours(self._path):
            self._abandon()
            kept = len(self.head.members) if self.head else 0
            if self._name and self._written - kept <= kept + _SLACK:
                self._next = (self._name, self._written + len(points), self._opened())
            elif points or kept:
                self._next = self._anew(f"shard-{revision}", len(points))
            if points and self._next is not None:
                shard = self._next[2]
                shard.update(
                    qdrant_edge.UpdateOperation.upsert_points(
                        [
                            qdrant_edge.Point(key, item.vector.tolist(), payload_of(self._user, revision, item))
                            for key, item in points.items()
                        ]
                    )
                )
                shard.flush()

    def move(self, new: Head) -> None:
        """Put a new head in place."""
        name, written, shard = self._next or (self._name, self._written, self._shard)
        content = {
            "user": self._user,
            "revision": new.revision,
            "shard": name,
            "written": written,
            "members": dict(new.members),
        }
        with as_ours(self._path):
            write_whole(self._path / HEAD, json.dumps(content, ensure_ascii=False).encode())
            old, old_shard = self._name, self._shard
            self.head, self._name, self._written, self._shard, self._next = new, name, written, shard, None
            if old != name and old_shard is not None:
                old_shard.close()

    def sweep(self) -> None:
        """Remove points that the head does not name, and shards it does not name."""
        with as_ours(self._path):
            self._abandon()
            for path in self._path.iterdir():
                if path.name not in (HEAD, self._name):
                    shutil.rmtree(path) if path.is_dir() else path.unlink()
            if self.head is None or not self._name:
                return
            named = set(self.head.members.values())
            shard = self._opened()
            request = qdrant_edge.ScrollRequest(limit=_all_of(shard), with_payload=False, with_vector=False)
            if stray := [point.id for point in shard.scroll(request)[0] if str(point.id) not in named]:
                shard.update(qdrant_edge.UpdateOperation.delete_points(stray))

    def points(self, keys: Sequence[str] | None, *, text: bool, vectors: bool) -> list[Found]:
        """Points by id, or all."""
        if not self._name:
            return []
        with as_ours(self._path):
            shard, payload = self._opened(), True if text else list(SEARCHED)
            if keys is not None:
                records = shard.retrieve(list(keys), payload, vectors)
            else:
                request = qdrant_edge.ScrollRequest(limit=_all_of(shard), with_payload=payload, with_vector=vectors)
                records = shard.scroll(request)[0]
        return [found(one.id, one.payload, one.vector) for one in records]

    def scored(self, vector: NDArray[np.float32]) -> list[Found]:
        """All points with their inner products."""
        if not self._name:
            return []
        with as_ours(self._path):
            shard = self._opened()
            request = qdrant_edge.QueryRequest(
                limit=_all_of(shard),
                query=qdrant_edge.Query.Nearest(vector.tolist()),
                params=qdrant_edge.SearchParams(exact=True),
                with_payload=list(SEARCHED),
            )
            hits = shard.query(request)
        return [found(one.id, one.payload, score=one.score) for one in hits]

    def close(self) -> None:
        """Close what is open; it opens again when it is needed."""
        with as_ours(self._path):
            self._abandon()
            shard, self._shard = self._shard, None
            if shard is not None:
                shard.close()

    def _opened(self) -> Any:  # noqa: ANN401 - the package's class, which may not be installed
        if self._shard is None:
            folder = self._path / self._name
            if not folder.is_dir():
                raise StoreFormatError(f"{folder} is missing: the store is damaged")
            try:
                self._shard = qdrant_edge.EdgeShard.load(str(folder), self._config())
            except BaseException as error:
                if not _of_engine(error):
                    raise
                raise StoreFormatError(f"{folder} cannot be opened: {error}") from error
        return self._shard

    def _anew(self, name: str, more: int) -> tuple[str, int, Any]:
        """A new shard with the points that the head names."""
        folder = self._path / name
        if folder.exists():  # of a write that did not finish
            shutil.rmtree(folder)
        folder.mkdir(parents=True)
        new = qdrant_edge.EdgeShard.create(str(folder), self._config())
        keys = list(self.head.members.values()) if self.head else []
        if keys:
            kept = self._opened().retrieve(keys, True, True)
            if len(kept) != len(keys):
                raise StoreFormatError(f"{self._path}: points are missing: the store is damaged")
            new.update(
                qdrant_edge.UpdateOperation.upsert_points(
                    [qdrant_edge.Point(one.id, one.vector, one.payload) for one in kept]
                )
            )
        new.flush()
        return name, len(keys) + more, new

    def _abandon(self) -> None:
        """Let go of a shard that no head came to name."""
        if self._next is not None and self._next[0] != self._name:
            self._next[2].close()
        self._next = None

    def _config(self) -> Any:  # noqa: ANN401
        cold = qdrant_edge.Memory.Cold  # otherwise opening reads 32 MB of holes into the page cache
        return qdrant_edge.EdgeConfig(
            vectors=qdrant_edge.EdgeVectorParams(self._dimension, qdrant_edge.Distance.Dot, memory=cold),
            payload_memory=cold,
            max_search_threads=1,
            wal_enabled=False,
        )

    def _check_space(self) -> None:
        try:
            self._path.mkdir(parents=True, exist_ok=True)
            free = shutil.disk_usage(self._path).free
        except OSError as error:
            raise StoreUnavailableError(f"{self._path}: {error.strerror or error}; nothing was changed") from error
        if free < _SPARE:
            raise StoreUnavailableError(f"{self._path}: {free >> 20} MB are free on the disk; nothing was changed")


def read_head(path: Path) -> dict[str, Any] | None:
    """What the head file of a folder says, or None where there is none.

    Raises:
        StoreFormatError: It is damaged.
        StoreUnavailableError: It cannot be read.
    """
    try:
        held = json.loads((path / HEAD).read_bytes())
        wanted = {"user": str, "revision": int, "shard": str, "written": int, "members": dict}
        if any(not isinstance(held[name], kind) for name, kind in wanted.items()):
            raise StoreFormatError(f"{path / HEAD} is damaged")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StoreUnavailableError(f"{path / HEAD}: {error.strerror or error}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise StoreFormatError(f"{path / HEAD} is damaged: {error!r}") from None
    return dict(held)


@contextmanager
def as_ours(path: Path) -> Iterator[None]:
    """The engine's errors, which have no type of their own, and the system's as ours."""
    try:
        yield
    except IndexingError:
        raise
    except OSError as error:
        raise StoreUnavailableError(f"{path}: {error.strerror or error}") from error
    except BaseException as error:
        if not _of_engine(error):
            raise
        raise StoreUnavailableError(f"{path}: {error}") from error


def _of_engine(error: BaseException) -> bool:
    return type(error) is Exception or type(error).__name__ == "PanicException"


def _all_of(shard: Any) -> int:  # noqa: ANN401
    return max(1, int(shard.info().points_count))
