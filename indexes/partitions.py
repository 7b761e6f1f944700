"""One index per user, and no search across users."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from indexes.cached import CachedEmbedder
from indexes.errors import MissingUserError, UnknownUserError
from indexes.hybrid import HybridIndex

if TYPE_CHECKING:
    from collections.abc import Mapping

    from indexes.embedding import Embedder
    from indexes.hybrid import Fusion

__all__ = ["Partitions"]


class Partitions:
    """A hybrid index for each user, apart from all others.

    There is no search over several users: a search goes through ``partition(user)`` and reads that index only. A call
    without a user is an error, never "everyone".

    Args:
        embedder: Shared by all partitions.
        fusion: As in ``HybridIndex``.
        weights: As in ``HybridIndex``.
    """

    def __init__(
        self, embedder: Embedder, *, fusion: Fusion = "score", weights: Mapping[str, float] | None = None
    ) -> None:
        HybridIndex(embedder, fusion=fusion, weights=weights)  # bad settings raise here, not at the first user
        self.embedder = embedder
        self._fusion: Fusion = fusion
        self._weights = weights
        self._of: dict[str, HybridIndex] = {}
        self._lock = threading.RLock()

    def __len__(self) -> int:
        """How many users there are."""
        return len(self._of)

    def __contains__(self, user: object) -> bool:
        """Whether the user has a partition."""
        return user in self._of

    @property
    def users(self) -> tuple[str, ...]:
        """All users, in the order in which their partitions were opened."""
        with self._lock:
            return tuple(self._of)

    def open(self, user: str) -> HybridIndex:
        """The user's partition, made empty if there is none.

        Raises:
            MissingUserError: The user is empty or missing.
        """
        _named(user)
        with self._lock:
            found = self._of.get(user)
            if found is None:
                found = self._of[user] = HybridIndex(self.embedder, fusion=self._fusion, weights=self._weights)
            return found

    def partition(self, user: str) -> HybridIndex:
        """The user's partition, which must be there.

        Raises:
            MissingUserError: The user is empty or missing.
            UnknownUserError: No partition is open for the user.
        """
        _named(user)
        found = self._of.get(user)
        if found is None:
            raise UnknownUserError(f"user {user!r} has no partition; open one by adding a record for this user")
        return found

    def forget(self, user: str) -> None:
        """Remove the user's partition, and the vectors of its texts from the embedder's cache if it has one.

        Vectors of the user's *queries* in such a cache are known to whoever asked them: see ``CachedEmbedder.discard``.

        Raises:
            MissingUserError: The user is empty or missing.
            UnknownUserError: No partition is open for the user.
        """
        with self._lock:
            index = self.partition(user)
            if isinstance(self.embedder, CachedEmbedder):
                self.embedder.discard([index.text(key) for key in index.ids])
            del self._of[user]


def _named(user: str) -> None:
    if not isinstance(user, str) or not user.strip():
        raise MissingUserError(f"a partition belongs to one user: give a non-empty user id, got {user!r}")
