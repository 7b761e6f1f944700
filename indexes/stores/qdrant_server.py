"""A Qdrant server: one collection for all users, every request filtered by the user, its tenant."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from indexes.errors import (
    LeakError,
    StoreClosedError,
    StoreFormatError,
    StoreLockedError,
    StoreModelError,
    StoreUnavailableError,
)
from indexes.stores.qdrant_engine import FORMAT, SEARCHED, Found, Head, found, payload_of, point_id

try:
    from qdrant_client import QdrantClient, models
    from qdrant_client.http.exceptions import ApiException
except ImportError as missing:
    raise StoreUnavailableError(
        "a store on a Qdrant server needs the package qdrant-client: pip install 'profile-resolver[qdrant]'"
    ) from missing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from indexes.stores.contract import Prepared

__all__ = ["ServerEngine", "connected"]

_MARK = "profile-resolver store"
_VECTOR = "text"  # named, so that heads need none
_PAGE = 1000
_BATCH = 256  # points in a request: some 2 MB of JSON at 384 dimensions
_NEEDED = (1, 17)  # update_mode came with 1.17, update_filter and the collection's metadata with 1.16
_INDEXED = {"user": "keyword", "kind": "keyword", "born": "integer"}
_FLOOR = point_id("floor")


def connected(url: str, api_key: str | None, wait: float) -> QdrantClient:
    """A client; nothing is asked of the server yet."""
    return QdrantClient(url=url, api_key=api_key, timeout=max(1, round(wait)), check_compatibility=False)


class ServerEngine:
    """Heads and points in a collection.

    A head is moved by an upsert that the server does only where the head has still the revision it is moved from
    (``update_filter``, ``update_mode``); then it is read back, and says by a token whose write it was.

    Args:
        url: Of the server.
        about: Format, embedder and dimension.
        api_key: For the server.
        collection: Its name, made if it is not there.
        wait: Seconds to wait for an answer.

    Raises:
        StoreFormatError: The collection is another's, or of a newer format.
        StoreModelError: It holds vectors of another model.
        StoreUnavailableError: The server does not answer, refuses the key, or is older than 1.17.
    """

    def __init__(
        self, url: str, about: Mapping[str, str | int], *, api_key: str | None, collection: str, wait: float
    ) -> None:
        self._url, self._name = url, collection
        self._client: Any = connected(url, api_key, wait)
        self._closed = False
        try:
            with self._asking() as ask:
                _check_version(url, str(ask.info().version))
                self._prepare(ask, about)
        except BaseException:
            self.close()
            raise

    def head(self, user: str) -> Head | None:
        """See `Engine.head`."""
        held = self._retrieved(_head_id(user))
        if held is None:
            return None
        if held.get("user") != user:
            raise LeakError(f"the head of {user!r} is of another user; nothing of it is given out")
        return Head(int(held["revision"]), dict(zip(held["ids"], held["points"], strict=True)))

    def put(self, user: str, head: Head | None, revision: int, points: Mapping[str, Prepared]) -> None:
        """See `Engine.put`."""
        del head
        rows = [
            models.PointStruct(
                id=key,
                vector={_VECTOR: item.vector.tolist()},
                payload={**payload_of(user, revision, item), "kind": "record"},
            )
            for key, item in points.items()
        ]
        with self._asking() as ask:
            for first in range(0, len(rows), _BATCH):
                ask.upsert(self._name, rows[first : first + _BATCH], wait=True)

    def move(self, user: str, old: Head | None, new: Head) -> bool:
        """See `Engine.move`."""
        payload = {"user": user, "kind": "head", "ids": list(new.members), "points": list(new.members.values())}
        return self._exchange(_head_id(user), None if old is None else old.revision, new.revision, payload)

    def sweep(self, user: str, head: Head) -> None:
        """See `Engine.sweep`; points of a later revision are of a write under way."""
        named = list(head.members.values())
        stray = models.Filter(
            must=[*_of(user, "record"), models.FieldCondition(key="born", range=models.Range(lte=head.revision))],
            must_not=[models.HasIdCondition(has_id=named)] if named else None,
        )
        self._delete(models.FilterSelector(filter=stray))

    def take_back(self, user: str, keys: Iterable[str]) -> None:
        """See `Engine.take_back`."""
        if named := list(keys):
            own = models.Filter(must=[*_of(user, "record"), models.HasIdCondition(has_id=named)])
            self._delete(models.FilterSelector(filter=own))

    def drop(self, user: str, head: Head) -> bool:
        """See `Engine.drop`: the head first, which is the moment, then the points."""
        while (floor := self._floor()) is None or floor < head.revision:
            self._exchange(_FLOOR, floor, head.revision, {"kind": "floor"})
        own = models.Filter(must=[models.HasIdCondition(has_id=[_head_id(user)]), _equals("revision", head.revision)])
        self._delete(models.FilterSelector(filter=own))
        if self._retrieved(_head_id(user)) is not None:
            return False
        # a write that is under way has made points of the next revision
        born = models.FieldCondition(key="born", range=models.Range(lte=head.revision + 1))
        self._delete(models.FilterSelector(filter=models.Filter(must=[*_of(user, "record"), born])))
        return True

    def points(self, user: str, keys: Sequence[str] | None, *, text: bool, vectors: bool) -> list[Found]:
        """See `Engine.points`."""
        payload: bool | list[str] = True if text else list(SEARCHED)
        wanted = _of(user, "record")
        if keys is not None:
            wanted.append(models.HasIdCondition(has_id=list(dict.fromkeys(keys))))
        return [
            found(one.id, one.payload, one.vector[_VECTOR] if vectors else None)
            for one in self._scrolled(models.Filter(must=wanted), payload, vectors=[_VECTOR] if vectors else False)
        ]

    def scored(self, user: str, vector: NDArray[np.float32]) -> list[Found]:
        """See `Engine.scored`."""
        own = models.Filter(must=_of(user, "record"))
        with self._asking() as ask:
            hits = ask.query_points(
                self._name,
                query=vector.tolist(),
                using=_VECTOR,
                query_filter=own,
                search_params=models.SearchParams(exact=True),
                limit=max(1, ask.count(self._name, count_filter=own, exact=True).count),
                with_payload=list(SEARCHED),
            ).points
        return [found(one.id, one.payload, score=one.score) for one in hits]

    def users(self) -> Iterator[str]:
        """See `Engine.users`."""
        for one in self._scrolled(models.Filter(must=[_equals("kind", "head")]), ["user"], vectors=False):
            yield str(one.payload["user"])

    def __len__(self) -> int:
        """How many users there are."""
        with self._asking() as ask:
            heads = models.Filter(must=[_equals("kind", "head")])
            return int(ask.count(self._name, count_filter=heads, exact=True).count)

    def floor(self) -> int:
        """See `Engine.floor`."""
        return self._floor() or 0

    def close(self) -> None:
        """Close the connection."""
        if not self._closed:
            self._closed = True
            self._client.close()

    def _exchange(self, key: str, old: int | None, new: int, payload: dict[str, Any]) -> bool:
        """Put a point in place of itself where it has still a revision, or where there is none yet."""
        token = uuid4().hex
        point = models.PointStruct(id=key, vector={}, payload={**payload, "revision": new, "by": token})
        mode = models.UpdateMode.INSERT_ONLY if old is None else models.UpdateMode.UPDATE_ONLY
        unmoved = None if old is None else models.Filter(must=[_equals("revision", old)])
        with self._asking() as ask:
            ask.upsert(
                self._name,
                [point],
                wait=True,
                ordering=models.WriteOrdering.STRONG,
                update_mode=mode,
                update_filter=unmoved,
            )
        held = self._retrieved(key)
        return held is not None and held.get("by") == token

    def _floor(self) -> int | None:
        held = self._retrieved(_FLOOR)
        return None if held is None else int(held["revision"])

    def _retrieved(self, key: str) -> dict[str, Any] | None:
        with self._asking() as ask:
            points = ask.retrieve(self._name, [key], with_payload=True)
        return dict(points[0].payload or {}) if points else None

    def _scrolled(self, wanted: Any, payload: Any, *, vectors: Any) -> Iterator[Any]:  # noqa: ANN401
        offset = None
        while True:
            with self._asking() as ask:
                points, offset = ask.scroll(
                    self._name,
                    scroll_filter=wanted,
                    limit=_PAGE,
                    offset=offset,
                    with_payload=payload,
                    with_vectors=vectors,
                )
            yield from points
            if offset is None:
                return

    def _delete(self, selector: Any) -> None:  # noqa: ANN401
        with self._asking() as ask:
            ask.delete(self._name, selector, wait=True, ordering=models.WriteOrdering.STRONG)

    def _prepare(self, ask: Any, about: Mapping[str, str | int]) -> None:  # noqa: ANN401
        if not ask.collection_exists(self._name):
            try:
                ask.create_collection(
                    self._name,
                    vectors_config={
                        _VECTOR: models.VectorParams(size=int(about["dimension"]), distance=models.Distance.DOT)
                    },
                    hnsw_config=models.HnswConfigDiff(m=0),  # searches are exact: no graph is built
                    metadata={"kind": _MARK, **about},
                )
            except ApiException:  # another process may have been faster
                if not ask.collection_exists(self._name):
                    raise
        info = ask.get_collection(self._name)
        held = info.config.metadata or {}
        where = f"the collection {self._name!r} of {self._url}"
        if held.get("kind") != _MARK or not isinstance(held.get("format"), int):
            raise StoreFormatError(f"{where} is no such store: name another one")
        if held["format"] > FORMAT:
            raise StoreFormatError(
                f"{where} has format {held['format']}, and this version reads up to {FORMAT}: use a newer one"
            )
        for name in ("embedder", "dimension"):
            if held.get(name) != about[name]:
                raise StoreModelError(f"{where} holds vectors with {name} {held.get(name)!r}, not {about[name]!r}")
        for field, kind in _INDEXED.items():
            if field not in info.payload_schema:
                schema = models.KeywordIndexParams(type="keyword", is_tenant=True) if field == "user" else kind
                ask.create_payload_index(self._name, field, field_schema=schema, wait=True)

    @contextmanager
    def _asking(self) -> Iterator[Any]:
        """The client; its errors as ours."""
        if self._closed:
            raise StoreClosedError(f"the store on {self._url} was closed")
        try:
            yield self._client
        except ApiException as error:
            status = getattr(error, "status_code", None)
            if status == 404:  # noqa: PLR2004 - HTTP's
                raise StoreFormatError(f"{self._url} has no collection {self._name!r} any more: {error}") from error
            kind = StoreLockedError if status == 429 else StoreUnavailableError  # noqa: PLR2004
            raise kind(f"{self._url}: {error}; a write that was under way may or may not be done") from error


def _check_version(url: str, version: str) -> None:
    """Refuse a server that would do a conditional upsert without its condition."""
    major, minor = (int("".join(filter(str.isdigit, part)) or 0) for part in f"{version}.0".split(".")[:2])
    if (major, minor) < _NEEDED:
        raise StoreUnavailableError(f"{url} is Qdrant {version}, and 1.17 or newer is needed")


def _head_id(user: str) -> str:
    return point_id("head", user)


def _equals(key: str, value: str | int) -> Any:  # noqa: ANN401
    return models.FieldCondition(key=key, match=models.MatchValue(value=value))


def _of(user: str, kind: str) -> list[Any]:
    return [_equals("user", user), _equals("kind", kind)]
