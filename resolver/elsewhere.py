"""Queries resolved, and texts encoded, by workers in other processes or on other machines."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from indexes import HybridIndex
from resolver.profile import Profile, UserId
from resolver.records import UserRecords
from resolver.stored import to_stored

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from indexes import Embedder, Executor, StoredRecord
    from indexes.hybrid import Fusion
    from resolver.engine import Resolver
    from resolver.profile import Event, Fact
    from resolver.resolution import Abstention, Resolution

__all__ = ["encoded", "resolved_elsewhere"]

_AT_ONCE = 32  # queries of one user in one parcel: enough that sending the records costs little


class _Parcel(NamedTuple):
    """One user's records, with vectors and how they are searched, and some queries."""

    user: str
    facts: tuple[Fact, ...]
    events: tuple[Event, ...]
    vectors: NDArray[np.float32]
    fusion: Fusion
    weights: dict[str, float]
    queries: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class _Resolving:
    """Makes a worker ready to resolve."""

    make: Callable[[], Resolver]

    def __call__(self) -> Callable[[_Parcel], list[Resolution | Abstention]]:
        return _Desk(self.make()).resolve


class _Desk:
    """A worker's resolver, which has no users of its own."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver

    def resolve(self, parcel: _Parcel) -> list[Resolution | Abstention]:
        profile = Profile.model_construct(user=UserId(parcel.user), facts=parcel.facts, events=parcel.events)
        index = HybridIndex(self._resolver.cards.embedder, fusion=parcel.fusion, weights=parcel.weights)
        records = UserRecords(profile, index, vectors=parcel.vectors)
        return [self._resolver.resolve_for(records, query) for query in parcel.queries]


@dataclass(frozen=True, kw_only=True)
class _Encoding:
    """Makes a worker ready to encode."""

    embedder: Embedder

    def __call__(self) -> Callable[[list[str]], NDArray[np.float32]]:
        return self.embedder.encode


def encoded(
    batches: Iterable[list[Profile]], embedder: Embedder, executor: Executor | None
) -> Iterator[tuple[list[Profile], list[list[StoredRecord]], NDArray[np.float32]]]:
    """Profiles with the records that a store keeps of them, and the vectors of all records of a batch.

    Args:
        batches: The profiles.
        embedder: Makes the vectors.
        executor: Workers that make them; this process where there are none.
    """
    waiting: deque[tuple[list[Profile], list[list[StoredRecord]]]] = deque()

    def texts() -> Iterator[list[str]]:
        for batch in batches:
            records = [to_stored(profile.facts, profile.events) for profile in batch]
            waiting.append((batch, records))
            yield [record.text for own in records for record in own]

    made = map(embedder.encode, texts()) if executor is None else executor.map(_Encoding(embedder=embedder), texts())
    for vectors in made:
        yield (*waiting.popleft(), vectors)


def resolved_elsewhere(
    make: Callable[[], Resolver], executor: Executor, records: Sequence[UserRecords], queries: Sequence[str]
) -> list[Resolution | Abstention]:
    """The answers to queries, each with the records of its user, in order.

    Args:
        make: Makes the resolver in a worker.
        executor: The workers.
        records: The records for each query.
        queries: The queries.

    Raises:
        The errors of the executor, and of resolving.
    """
    places: dict[str, list[int]] = {}
    for place, own in enumerate(records):
        places.setdefault(own.user, []).append(place)
    parts = [own[start : start + _AT_ONCE] for own in places.values() for start in range(0, len(own), _AT_ONCE)]
    parcels = (_parcel(records[part[0]], [queries[place] for place in part]) for part in parts)
    answers: dict[int, Resolution | Abstention] = {}
    for part, found in zip(parts, executor.map(_Resolving(make=make), parcels), strict=True):
        answers.update(zip(part, found, strict=True))
    return [answers[place] for place in range(len(queries))]


def _parcel(records: UserRecords, queries: Sequence[str]) -> _Parcel:
    ids = [record.id for record in (*records.facts, *records.events)]
    index = records.partition
    return _Parcel(
        user=records.user,
        facts=records.facts,
        events=records.events,
        vectors=index.vectors(ids),
        fusion=index.fusion,
        weights=dict(index.weights),
        queries=tuple(queries),
    )
