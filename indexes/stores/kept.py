"""Indexes of users with many records, kept in memory: of those searched last, and never older than the store."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from indexes.stores.record import microseconds

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from indexes.hits import FusedHit
    from indexes.hybrid import HybridIndex
    from indexes.stores.contract import Prepared, Search

__all__ = ["Kept", "KeptIndexes", "Rows"]

Bounds = tuple[int | None, int | None]


class Rows(NamedTuple):
    """All records of one user, as they were read, oldest first.

    Attributes:
        revision: Of which write.
        ids: Their ids.
        vectors: ``(n, d) float32``.
        words: The tokens of each, with spaces between.
        bounds: From when until when each holds, in microseconds since 1970.
    """

    revision: int
    ids: Sequence[str]
    vectors: NDArray[np.float32]
    words: Sequence[str]
    bounds: Sequence[Bounds]


class Kept:
    """One user's index, and which write it has seen last.

    Args:
        index: An empty one.
        rows: What it is to hold.
    """

    def __init__(self, index: HybridIndex, rows: Rows) -> None:
        self._index = index
        self._lock = threading.RLock()
        self._words = dict(zip(rows.ids, rows.words, strict=True))
        self.revision = rows.revision
        index.add(rows.ids, rows.ids, vectors=rows.vectors, tokens=[words.split() for words in rows.words])
        self._bounds: dict[str, Bounds] = {}
        self._bind(rows.ids, rows.bounds)

    def __len__(self) -> int:
        """How many records."""
        return len(self._index)

    def search(self, search: Search, *, revision: int) -> list[FusedHit] | None:
        """The best records, or None where it does not know: of this revision, or of this moment."""
        with self._lock:
            if self.revision < revision or not self._all_hold(search.as_of):
                return None
            return self._index.search("", search.k, vector=search.vector, tokens=search.tokens or (), mode=search.mode)

    def add(self, prepared: Sequence[Prepared]) -> None:
        """Add records at the end, as a write has done."""
        self._put(self._index.add, prepared)

    def update(self, prepared: Sequence[Prepared]) -> None:
        """Replace records, as a write has done."""
        self._put(self._index.update, prepared)

    def delete(self, ids: Sequence[str]) -> None:
        """Remove records, as a write has done."""
        self._index.delete(ids)
        for key in ids:
            del self._words[key]
            self._bounds.pop(key, None)

    def follow(self, rows: Rows) -> bool:
        """Bring it up to date with what was read; whether that could be done, which it cannot where the order changed.

        Only what differs is written: finding that out is a small part of what a new index costs.
        """
        with self._lock:
            if rows.revision <= self.revision:
                return True
            there = set(rows.ids)
            gone = [key for key in self._words if key not in there]
            stayed = [key for key in self._words if key in there]
            if list(rows.ids[: len(stayed)]) != stayed:
                return False
            differs = (self._index.vectors(stayed) != rows.vectors[: len(stayed)]).any(axis=1)
            for place, key in enumerate(stayed):
                differs[place] |= self._words[key] != rows.words[place]
            self.revision = -1  # should a write fail, it is of no revision
            self.delete(gone)
            changed: list[int] = np.flatnonzero(differs).tolist()
            new = list(range(len(stayed), len(rows.ids)))
            for write, part in ((self._index.update, changed), (self._index.add, new)):
                ids = [rows.ids[place] for place in part]
                tokens = [rows.words[place].split() for place in part]
                write(ids, ids, vectors=rows.vectors[part], tokens=tokens)
            self._words = dict(zip(rows.ids, rows.words, strict=True))
            self._bind(rows.ids, rows.bounds)
            self.revision = rows.revision
            return True

    def written(self, before: int, after: int, write: Callable[[Kept], None]) -> None:
        """Repeat a write that led from one revision to another, unless it is at neither of the two."""
        with self._lock:
            if self.revision == before:
                self.revision = -1  # should the write fail, it is of no revision
                write(self)
                self.revision = after

    def forget(self) -> None:
        """Overwrite what it holds."""
        with self._lock:
            self.revision = -1
            self.delete(self._index.ids)

    def _put(self, write: Callable[..., None], prepared: Sequence[Prepared]) -> None:
        if prepared:
            ids = [item.record.id for item in prepared]
            tokens = [item.tokens for item in prepared]
            write(ids, ids, vectors=np.stack([item.vector for item in prepared]), tokens=tokens)
            self._words.update((key, " ".join(words)) for key, words in zip(ids, tokens, strict=True))
            records = [item.record for item in prepared]
            self._bind(ids, [(microseconds(one.valid_from), microseconds(one.valid_to)) for one in records])

    def _bind(self, ids: Sequence[str], bounds: Sequence[Bounds]) -> None:
        for key, bound in zip(ids, bounds, strict=True):
            if bound == (None, None):
                self._bounds.pop(key, None)
            else:
                self._bounds[key] = bound

    def _all_hold(self, moment: int | None) -> bool:
        return moment is None or all(
            (start is None or start <= moment) and (end is None or moment < end) for start, end in self._bounds.values()
        )


class KeptIndexes:
    """The kept indexes of a store.

    Args:
        capacity: How many records of all users together are kept, those searched last; a single user's always are.

    Attributes:
        making: Held by who reads a user's records and puts them here, and by who forgets the user: not both at once.
    """

    def __init__(self, capacity: int) -> None:
        self.making = threading.RLock()
        self._capacity = capacity
        self._of: OrderedDict[str, Kept] = OrderedDict()
        self._lock = threading.Lock()

    def search(self, user: str, search: Search, *, revision: int) -> list[FusedHit] | None:
        """The best records, or None where what is kept of the user cannot tell; see `Kept.search`."""
        with self._lock:
            kept = self._of.get(user)
            if kept is None:
                return None
            self._of.move_to_end(user)
        return kept.search(search, revision=revision)

    def put(self, user: str, rows: Rows, index: Callable[[], HybridIndex]) -> None:
        """Keep what was read of a user, in place of what is older.

        Args:
            user: Whose.
            rows: All records.
            index: Makes an empty index.
        """
        with self._lock:
            kept = self._of.get(user)
        if kept is None or not kept.follow(rows):
            kept = Kept(index(), rows)
        with self._lock:
            self._of[user] = kept
            self._of.move_to_end(user)
            while len(self._of) > 1 and sum(map(len, self._of.values())) > self._capacity:
                self._of.popitem(last=False)

    def written(self, user: str, before: int, after: int, write: Callable[[Kept], None]) -> None:
        """Repeat a write of the store on what is kept of the user; see `Kept.written`."""
        with self._lock:
            kept = self._of.get(user)
        if kept is not None:
            kept.written(before, after, write)

    def forget(self, user: str) -> None:
        """Drop and overwrite what is kept of a user."""
        with self._lock:
            kept = self._of.pop(user, None)
        if kept is not None:
            kept.forget()

    def clear(self) -> None:
        """Drop everything."""
        with self._lock:
            self._of.clear()
