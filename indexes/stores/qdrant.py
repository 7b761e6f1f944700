"""A store on Qdrant: in a folder, with Qdrant's engine in this process, or on a Qdrant server."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from indexes.bm25 import scores_once
from indexes.errors import StoreError, StoreFormatError, StoreLockedError, UnknownIdError, UnknownUserError
from indexes.hits import Hit
from indexes.hybrid import alone, fused, pool_of
from indexes.lexical import best_hits
from indexes.stores.block import stacked
from indexes.stores.contract import Prepared, Search, Store
from indexes.stores.qdrant_engine import FORMAT, Found, Head, point_id
from indexes.stores.record import Snapshot
from indexes.stores.refusals import duplicate, unknown

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from indexes.embedding import Embedder
    from indexes.hits import FusedHit
    from indexes.hybrid import Fusion
    from indexes.stores.qdrant_engine import Engine
    from indexes.stores.record import StoredRecord

__all__ = ["QdrantStore"]

_TRIES = 40  # each waits a millisecond longer than the one before, all together 0.8 s
_STRIPES = 64


class QdrantStore(Store):
    """A store on Qdrant, in process or on a server.

    Given a folder, Qdrant's engine runs in this process (package ``qdrant-edge-py``): each user has a shard in a folder
    of its own, and one process has the store open at a time. Given the URL of a server (package ``qdrant-client``,
    server 1.17 or newer), all users share one collection, and every request is filtered by the user, the collection's
    tenant. Dense scores are Qdrant's, exact, never from a graph; words are scored here from the tokens kept with the
    points. Rankings are those of a `HybridIndex`, with dense scores equal up to rounding.

    Each write is whole or absent, also beside other writers and after a crash: see `indexes.stores.qdrant_engine`.

    Args:
        place: A folder, made if it is not there, or the URL of a server (``http://`` or ``https://``).
        embedder: Makes the vectors; a store that holds those of another one is refused.
        api_key: For the server.
        collection: On the server; made if it is not there.
        open_users: In a folder: how many users' shards stay open. An open one takes about 0.4 MB and a thread.
        fusion: As in `indexes.HybridIndex`.
        weights: As in `indexes.HybridIndex`.
        wait: Seconds to wait for another process that holds the folder, or for the server's answer.

    Raises:
        ValueError: ``open_users`` is below 1, or an argument of `indexes.Store` is wrong.
        StoreFormatError: What is at the place is no such store, is damaged, or is of a newer format.
        StoreModelError: It holds vectors of another model.
        StoreLockedError: Another process has the folder open.
        StoreUnavailableError: The package is not installed, the folder cannot be made, or the server does not answer.
    """

    def __init__(
        self,
        place: Path | str,
        embedder: Embedder,
        *,
        api_key: str | None = None,
        collection: str = "profile-resolver",
        open_users: int = 64,
        fusion: Fusion = "score",
        weights: Mapping[str, float] | None = None,
        wait: float = 5.0,
    ) -> None:
        super().__init__(embedder, fusion=fusion, weights=weights, approximate_above=None)
        if open_users < 1:
            raise ValueError(f"open_users must be at least 1, got {open_users}")
        about: dict[str, str | int] = {
            "format": FORMAT,
            "embedder": embedder.name,
            "dimension": embedder.dimension,
        }
        self._engine: Engine
        if isinstance(place, str) and place.startswith(("http://", "https://")):
            from indexes.stores.qdrant_server import ServerEngine  # noqa: PLC0415 - two seconds

            self._engine = ServerEngine(place, about, api_key=api_key, collection=collection, wait=wait)
        else:
            from indexes.stores.qdrant_folder import FolderEngine  # noqa: PLC0415 - not always installed

            self._engine = FolderEngine(Path(place), about, open_users=open_users, wait=wait)
        self._writers = tuple(threading.Lock() for _ in range(_STRIPES))  # by user: fewer writes overtake each other

    def users(self) -> Iterator[str]:
        """All users; one who comes or goes meanwhile may or may not be among them."""
        return self._engine.users()

    def __contains__(self, user: object) -> bool:
        """Whether the user is there."""
        return isinstance(user, str) and self._engine.head(user) is not None

    def __len__(self) -> int:
        """How many users there are."""
        return len(self._engine)

    def snapshot(self, path: str | os.PathLike[str]) -> None:
        """Write all users to a file that `SqliteStore` opens; see `Store.snapshot`. Each user is of one moment."""
        from indexes.stores.sqlite import write_copy  # noqa: PLC0415 - only needed here

        len(self)  # a closed store writes nothing
        write_copy(path, self.embedder, self._all())

    def close(self) -> None:
        """Close the shards, or the connection."""
        self._engine.close()

    def _add(self, user: str, prepared: list[Prepared]) -> int:
        def ids_after(held: Mapping[str, str]) -> list[str]:
            if there := [item.record.id for item in prepared if item.record.id in held]:
                raise duplicate(user, there[0])
            return [*held, *(item.record.id for item in prepared)]

        return self._write(user, prepared, ids_after, new=True)

    def _update(self, user: str, prepared: list[Prepared]) -> int:
        def ids_after(held: Mapping[str, str]) -> list[str]:
            _all_there(user, [item.record.id for item in prepared], held)
            return list(held)

        return self._write(user, prepared, ids_after)

    def _delete(self, user: str, ids: list[str]) -> int:
        def ids_after(held: Mapping[str, str]) -> list[str]:
            _all_there(user, ids, held)
            gone = set(ids)
            return [key for key in held if key not in gone]

        return self._write(user, [], ids_after)

    def _write(
        self,
        user: str,
        prepared: list[Prepared],
        ids_after: Callable[[Mapping[str, str]], list[str]],
        *,
        new: bool = False,
    ) -> int:
        """Put the points, then move the head; anew, where another process moved it meanwhile."""
        with self._writers[hash(user) % _STRIPES]:
            for attempt in range(_TRIES):
                head = self._engine.head(user)
                if head is None and not new:
                    raise unknown(user)
                held = {} if head is None else head.members
                ids = ids_after(held)
                revision = (self._engine.floor() if head is None else head.revision) + 1
                write = uuid4().hex
                points = {point_id(user, item.record.id, write): item for item in prepared}
                fresh = {item.record.id: key for key, item in points.items()}
                after = Head(revision, {key: fresh.get(key) or held[key] for key in ids})
                self._engine.put(user, head, revision, points)
                if self._engine.move(user, head, after):
                    with suppress(StoreError):  # the write is done; what is left over, the next one sweeps
                        self._engine.sweep(user, after)
                    return revision
                self._engine.take_back(user, points)
                time.sleep(attempt / 1000)
        raise StoreLockedError(f"other processes write the records of {user!r} all the time; nothing was changed")

    def _forget(self, user: str) -> None:
        with self._writers[hash(user) % _STRIPES]:
            for attempt in range(_TRIES):
                head = self._engine.head(user)
                if head is None:
                    raise unknown(user)
                if self._engine.drop(user, head):
                    return
                time.sleep(attempt / 1000)
        raise StoreLockedError(f"other processes write the records of {user!r} all the time; the user is still there")

    def _get(self, user: str, ids: list[str] | None) -> Sequence[StoredRecord]:
        _, found = self._whole(
            user,
            ids,
            lambda keys: self._engine.points(user, keys if ids is not None else None, text=True, vectors=False),
        )
        return [point.record() for point in found]

    def _read(self, user: str) -> Snapshot:
        head, found = self._whole(user, None, lambda _: self._engine.points(user, None, text=True, vectors=True))
        vectors = stacked([point.row() for point in found], self.embedder.dimension)
        return Snapshot(head.revision, tuple(point.record() for point in found), vectors)

    def _revision(self, user: str) -> int:
        head = self._engine.head(user)
        if head is None:
            raise unknown(user)
        return head.revision

    def _search(self, user: str, search: Search) -> tuple[list[FusedHit], Sequence[str]]:
        vector = search.vector

        def fetched(_: Sequence[str]) -> list[Found]:
            if vector is None:
                return self._engine.points(user, None, text=False, vectors=False)
            return self._engine.scored(user, vector)

        _, found = self._whole(user, None, fetched)
        held = [point for point in found if point.holds(search.as_of)]
        owner = {point.id: point.user for point in held}
        hits = self._ranked(held, search)
        return hits, [owner[hit.id] for hit in hits]

    def _ranked(self, held: Sequence[Found], search: Search) -> list[FusedHit]:
        """Hits among points that are oldest first."""
        if not held:
            return []
        pool = pool_of(search.k, search.mode)
        ids = [point.id for point in held]
        dense: list[Hit] = []
        if search.vector is not None:
            best = sorted(range(len(held)), key=lambda place: (-held[place].score, -place))
            dense = [Hit(ids[place], held[place].score) for place in best[:pool]]
        if search.tokens is None:
            return alone(dense, search.mode)
        lexical = best_hits(scores_once([point.tokens() for point in held], search.tokens), ids, pool)
        if search.vector is None:
            return alone(lexical, search.mode)
        recency = {key: place for place, key in enumerate(ids)}
        return fused(dense, lexical, search.k, fusion=self.fusion, weights=self.weights, recency=recency)

    def _whole(
        self, user: str, ids: list[str] | None, fetch: Callable[[Sequence[str]], list[Found]]
    ) -> tuple[Head, list[Found]]:
        """The records of one head in its order, or those asked for; points are immutable, so all there is all right."""
        before: Head | None = None
        for attempt in range(_TRIES):
            head = self._engine.head(user)
            if head is None:
                raise unknown(user)
            _all_there(user, ids or (), head.members)
            keys = [head.members[key] for key in (head.members if ids is None else ids)]
            by_key = {point.key: point for point in fetch(keys)}
            if all(key in by_key for key in keys):
                return head, [by_key[key] for key in keys]
            if attempt == _TRIES - 1 and head == before:
                raise StoreFormatError(f"points of {user!r} are missing: the store is damaged")
            before = head
            time.sleep(attempt / 1000)
        raise StoreLockedError(f"other processes write the records of {user!r} all the time; try again")

    def _all(self) -> Iterator[tuple[str, Snapshot]]:
        for user in self.users():
            with suppress(UnknownUserError):  # forgotten meanwhile
                yield user, self.read(user)


def _all_there(user: str, ids: Sequence[str], held: Mapping[str, str]) -> None:
    for key in ids:
        if key not in held:
            raise UnknownIdError(f"the user {user!r} has no record {key!r}; nothing was changed")
