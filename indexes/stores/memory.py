"""A store in memory: an index for each user, nothing on disk but what `snapshot` writes."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from itertools import count
from typing import TYPE_CHECKING

from indexes.approximate import APPROXIMATE_ABOVE
from indexes.errors import StoreClosedError
from indexes.ids import known_ids
from indexes.stores.block import Block, search_block, stacked
from indexes.stores.contract import Prepared, Search, Store
from indexes.stores.record import Snapshot, StoredRecord, from_microseconds
from indexes.stores.refusals import duplicate, unknown

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from indexes.embedding import Embedder
    from indexes.hits import FusedHit
    from indexes.hybrid import Fusion, HybridIndex

__all__ = ["MemoryStore"]


class _User:
    """One user's records and their index, behind one lock."""

    def __init__(self, index: HybridIndex) -> None:
        self.index = index
        self.records: dict[str, StoredRecord] = {}
        self.tokens: dict[str, list[str]] = {}
        self.revision = 0
        self.lock = threading.RLock()
        self.gone = False


class MemoryStore(Store):
    """The default store: as fast as an index, and gone with the process.

    Args:
        embedder: Makes the vectors.
        fusion: As in `indexes.HybridIndex`.
        weights: As in `indexes.HybridIndex`.
        approximate_above: As in `Store`.
    """

    def __init__(
        self,
        embedder: Embedder,
        *,
        fusion: Fusion = "score",
        weights: Mapping[str, float] | None = None,
        approximate_above: int | None = APPROXIMATE_ABOVE,
    ) -> None:
        super().__init__(embedder, fusion=fusion, weights=weights, approximate_above=approximate_above)
        self._of: dict[str, _User] = {}
        self._revisions = count(1)  # of all users: one who is forgotten and comes back begins above
        self._lock = threading.RLock()
        self._closed = False

    def users(self) -> Iterator[str]:
        """All users, in the order in which they came."""
        self._open()
        with self._lock:
            names = tuple(self._of)
        return iter(names)

    def __contains__(self, user: object) -> bool:
        """Whether the user is there."""
        self._open()
        return isinstance(user, str) and user in self._of

    def __len__(self) -> int:
        """How many users there are."""
        self._open()
        return len(self._of)

    def snapshot(self, path: str | os.PathLike[str]) -> None:
        """Write all users to a file that `SqliteStore` opens; see `Store.snapshot`."""
        from indexes.stores.sqlite import write_copy  # noqa: PLC0415 - only needed here

        self._open()
        with ExitStack() as still, self._lock:  # no one takes it who has a user's
            for own in self._of.values():
                still.enter_context(own.lock)
            users = [(user, self._read(user)) for user in self._of]
        write_copy(path, self.embedder, users)

    def close(self) -> None:
        """Drop everything."""
        with self._lock:
            self._closed = True
            self._of.clear()

    def _add(self, user: str, prepared: list[Prepared]) -> int:
        while True:
            with self._lock:
                self._open()
                own = self._of.get(user)
                if own is None:
                    own = _User(self.new_index())
                    self._put(own, prepared)
                    own.revision = next(self._revisions)
                    self._of[user] = own
                    return own.revision
            with own.lock:
                if own.gone:  # forgotten between the two locks: begin anew
                    continue
                if there := [item.record.id for item in prepared if item.record.id in own.records]:
                    raise duplicate(user, there[0])
                self._put(own, prepared)
                own.revision = next(self._revisions)
                return own.revision

    def _update(self, user: str, prepared: list[Prepared]) -> int:
        own = self._known(user)
        with own.lock:
            self._still(own, user)
            ids = [item.record.id for item in prepared]
            known_ids(ids, present=own.records)
            texts, tokens = [item.record.text for item in prepared], [item.tokens for item in prepared]
            own.index.update(ids, texts, vectors=_rows(prepared, own.index), tokens=tokens)
            self._keep(own, prepared)
            own.revision = next(self._revisions)
            return own.revision

    def _delete(self, user: str, ids: list[str]) -> int:
        own = self._known(user)
        with own.lock:
            self._still(own, user)
            known_ids(ids, present=own.records)
            own.index.delete(ids)
            for key in ids:
                del own.records[key], own.tokens[key]
            own.revision = next(self._revisions)
            return own.revision

    def _forget(self, user: str) -> None:
        own = self._known(user)
        with self._lock, own.lock:
            self._still(own, user)
            own.gone = True
            own.index.delete(own.index.ids)  # overwrites the vectors
            own.records.clear()
            own.tokens.clear()
            del self._of[user]

    def _get(self, user: str, ids: list[str] | None) -> Sequence[StoredRecord]:
        own = self._known(user)
        with own.lock:
            self._still(own, user)
            if ids is None:
                return tuple(own.records.values())
            known_ids(list(dict.fromkeys(ids)), present=own.records)
            return tuple(own.records[key] for key in ids)

    def _read(self, user: str) -> Snapshot:
        own = self._known(user)
        with own.lock:
            self._still(own, user)
            return Snapshot(own.revision, tuple(own.records.values()), own.index.vectors(own.index.ids))

    def _revision(self, user: str) -> int:
        return self._known(user).revision

    def _search(self, user: str, search: Search) -> tuple[list[FusedHit], Sequence[str]]:
        own = self._known(user)
        with own.lock:
            self._still(own, user)
            moment = from_microseconds(search.as_of)
            ids = [] if moment is None else [key for key, record in own.records.items() if record.holds(moment)]
            if moment is None or len(ids) == len(own.records):
                found = own.index.search(
                    "", search.k, vector=search.vector, tokens=search.tokens or (), mode=search.mode
                )
            else:
                block = Block(ids, own.index.vectors(ids), [own.tokens[key] for key in ids])
                found = search_block(block, search, fusion=self.fusion, weights=self.weights)
            return found, [user if hit.id in own.records else "" for hit in found]

    def _put(self, own: _User, prepared: list[Prepared]) -> None:
        ids = [item.record.id for item in prepared]
        texts, tokens = [item.record.text for item in prepared], [item.tokens for item in prepared]
        own.index.add(ids, texts, vectors=_rows(prepared, own.index), tokens=tokens)
        self._keep(own, prepared)

    def _keep(self, own: _User, prepared: list[Prepared]) -> None:
        own.records.update((item.record.id, item.record) for item in prepared)
        own.tokens.update((item.record.id, item.tokens) for item in prepared)

    def _known(self, user: str) -> _User:
        self._open()
        own = self._of.get(user)
        if own is None:
            raise unknown(user)
        return own

    def _still(self, own: _User, user: str) -> None:
        if own.gone:
            raise unknown(user)

    def _open(self) -> None:
        if self._closed:
            raise StoreClosedError("the store was closed")


def _rows(prepared: Sequence[Prepared], index: HybridIndex) -> NDArray[np.float32]:
    return stacked([item.vector for item in prepared], index.embedder.dimension)
