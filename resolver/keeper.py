"""The records of users in a store, and of those asked for last also in memory, ready for queries."""

from __future__ import annotations

import threading
from collections import OrderedDict
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

import indexes
from indexes import HybridIndex
from resolver.elsewhere import encoded
from resolver.errors import DuplicateError, MissingUserError, UnknownUserError
from resolver.profile import Profile, UserId, check_user
from resolver.records import UserRecords
from resolver.stored import from_stored, to_stored

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from indexes import Executor, Store
    from resolver.profile import Event, Fact

__all__ = ["Keeper"]


_BATCH = 512  # records that are encoded together


class Keeper:
    """Records of users, read from a store again after each write to them, by whatever process.

    Args:
        store: Where they are kept.
        capacity: How many records of all users together stay in memory, those used last; a single user's always do.

    Raises:
        ValueError: The capacity is below 1.
    """

    def __init__(self, store: Store, *, capacity: int = 200_000) -> None:
        if capacity < 1:
            raise ValueError(f"capacity must be at least 1, got {capacity}")
        self.store = store
        self._capacity = capacity
        self._held = 0
        self._kept: OrderedDict[str, tuple[int, UserRecords]] = OrderedDict()
        self._lock = threading.Lock()
        self._writing = threading.Lock()

    def records(self, user: str) -> UserRecords:
        """A user's records as they are now.

        Raises:
            MissingUserError: The user is empty.
            UnknownUserError: The store has no such user.
            StoreError: The store cannot be read.
        """
        check_user(user)
        with _as_ours(user):
            revision = self.store.revision(user)
            with self._lock:
                kept = self._kept.get(user)
                if kept is not None and kept[0] == revision:
                    self._kept.move_to_end(user)
                    return kept[1]
            revision, stored, vectors = self.store.read(user)
        facts, events = from_stored(stored)
        places = {record.id: place for place, record in enumerate(stored)}
        order = np.array([places[record.id] for record in (*facts, *events)], dtype=np.int64)
        # ids are unique in a store, so the profile need not be checked once more
        profile = Profile.model_construct(user=UserId(user), facts=tuple(facts), events=tuple(events))
        # exact, whatever the store does: all vectors are read for a query anyhow
        index = HybridIndex(self.store.embedder, fusion=self.store.fusion, weights=self.store.weights)
        records = UserRecords(profile, index, vectors=vectors[order])
        self._keep(user, revision, records)
        return records

    def add(self, profile: Profile) -> None:
        """Keep the profile of a new user.

        Raises:
            DuplicateError: The user is there already.
            StoreError: It could not be kept.
        """
        user = check_user(profile.user)
        with self._writing, _as_ours(user):
            self._refuse_known(user)
            self.store.add(user, to_stored(profile.facts, profile.events))

    def add_many(self, profiles: Iterable[Profile], *, executor: Executor | None = None) -> None:
        """Keep the profiles of new users, their texts encoded in batches, by workers where there are any.

        Raises:
            The errors of `add`, at the profile they are for; and those of the executor.
        """
        for batch, records, vectors in encoded(_batches(profiles), self.store.embedder, executor):
            start = 0
            for profile, own in zip(batch, records, strict=True):
                with self._writing, _as_ours(profile.user):
                    self._refuse_known(check_user(profile.user))
                    self.store.add(profile.user, own, vectors=vectors[start : start + len(own)])
                start += len(own)

    def extend(self, user: str, *, facts: Sequence[Fact] = (), events: Sequence[Event] = ()) -> None:
        """Add records of a known user; Events become the newest, in the order given.

        Raises:
            UnknownUserError: The store has no such user.
            DuplicateError: An id is there already, or given twice; nothing is added then.
            StoreError: They could not be kept.
        """
        with self._writing, _as_ours(user):
            first = 1 + max((event.order for event in self.records(user).events), default=-1)
            newest = [event.model_copy(update={"order": first + place}) for place, event in enumerate(events)]
            self.store.add(user, to_stored(facts, newest))

    def forget(self, user: str) -> None:
        """Remove all that is kept of a user.

        Raises:
            UnknownUserError: The store has no such user.
            StoreError: It could not be removed.
        """
        check_user(user)
        with self._writing, _as_ours(user):
            self._drop(user)
            self.store.forget(user)
            self._drop(user)  # a query may have read it meanwhile

    def _refuse_known(self, user: str) -> None:
        if user in self.store:
            raise DuplicateError(f"the user {user!r} is already known; use remember() or log() to add records")

    def _keep(self, user: str, revision: int, records: UserRecords) -> None:
        with self._lock:
            kept = self._kept.get(user)
            if kept is not None and kept[0] > revision:  # another thread has read a newer state
                return
            self._held += len(records) - (len(kept[1]) if kept is not None else 0)
            self._kept[user] = revision, records
            self._kept.move_to_end(user)
            while self._held > self._capacity and len(self._kept) > 1:
                _, (_, old) = self._kept.popitem(last=False)
                self._held -= len(old)

    def _drop(self, user: str) -> None:
        with self._lock:
            kept = self._kept.pop(user, None)
            if kept is not None:
                self._held -= len(kept[1])


def _batches(profiles: Iterable[Profile]) -> Iterator[list[Profile]]:
    batch: list[Profile] = []
    size = 0
    for profile in profiles:
        batch.append(profile)
        size += len(profile.facts) + len(profile.events)
        if size >= _BATCH:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


@contextmanager
def _as_ours(user: str) -> Iterator[None]:
    """What a store refuses, in this package's errors."""
    try:
        yield
    except indexes.UnknownUserError as error:
        raise UnknownUserError(f"no profile was added for the user {user!r}") from error
    except indexes.MissingUserError as error:
        raise MissingUserError(str(error)) from error
    except indexes.DuplicateIdError as error:
        raise DuplicateError(f"the user {user!r}: {error}") from error
