"""The contract of a store: records of many users, each user's apart from all others.

Every call takes the user. Writes are transactions: a write that returned is kept, one that raised changed nothing.
What is checked of any input is checked here once; a backend implements the underscored methods.
"""

from __future__ import annotations

from abc import abstractmethod
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from indexes.analysis import analyse
from indexes.approximate import APPROXIMATE_ABOVE
from indexes.closing import Closing
from indexes.errors import DimensionError, LeakError, StoreFormatError
from indexes.hybrid import HybridIndex, weights_of
from indexes.ids import unique_ids
from indexes.stores.record import StoredRecord, microseconds
from indexes.stores.refusals import check_user

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from numpy.typing import ArrayLike, NDArray

    from indexes.embedding import Embedder
    from indexes.hits import FusedHit
    from indexes.hybrid import Fusion, Mode
    from indexes.stores.record import Snapshot

__all__ = ["Prepared", "Search", "Store"]


class Prepared(NamedTuple):
    """A record with what is computed of it before the transaction begins.

    Attributes:
        record: The record.
        vector: ``(d,) float32``.
        tokens: What `indexes.analyse` gives of its text.
    """

    record: StoredRecord
    vector: NDArray[np.float32]
    tokens: list[str]


class Search(NamedTuple):
    """A checked query.

    Attributes:
        vector: ``(d,) float32``, or None where words alone are searched.
        tokens: The query's tokens, or None where vectors alone are searched.
        k: How many hits at most.
        mode: Which retrievers.
        as_of: The moment, in microseconds since 1970, at which records must hold.
    """

    vector: NDArray[np.float32] | None
    tokens: list[str] | None
    k: int
    mode: Mode
    as_of: int | None


class Store(Closing):
    """Records of many users, searched within one user.

    A store may be used from several threads; many readers run beside one writer and see a whole state, old or new.

    Args:
        embedder: Makes the vectors; a store that outlives the process holds its name and refuses another one.
        fusion: As in `indexes.HybridIndex`.
        weights: As in `indexes.HybridIndex`.
        approximate_above: As in `indexes.HybridIndex`, for each user's records: above so many, nearly all of the
            nearest vectors are found, several times faster. None for always all.

    Raises:
        ValueError: The fusion or a retriever's name is unknown, or a weight is negative.
    """

    def __init__(
        self,
        embedder: Embedder,
        *,
        fusion: Fusion = "score",
        weights: Mapping[str, float] | None = None,
        approximate_above: int | None = APPROXIMATE_ABOVE,
    ) -> None:
        self.embedder = embedder
        self.fusion: Fusion = fusion
        self.weights = weights_of(fusion, weights)
        self.approximate_above = approximate_above

    # Writes ---------------------------------------------------------------------------------------------------------

    def add(self, user: str, records: Iterable[StoredRecord], *, vectors: ArrayLike | None = None) -> int:
        """Add records under new ids; the user is made if need be, also with no record at all.

        Args:
            user: Whose records.
            records: New ones, each id once.
            vectors: Their vectors, ``(n, d)``, where they are known already.

        Returns:
            The user's new revision.

        Raises:
            MissingUserError: The user is empty or missing.
            DuplicateIdError: An id is already there, or given twice.
            DimensionError: The vectors have another shape.
            ValueError: A vector is not finite.
            StoreError: The write did not happen: see `indexes.errors`.
        """
        check_user(user)
        return self._add(user, self._prepared(list(records), vectors))

    def update(self, user: str, records: Iterable[StoredRecord], *, vectors: ArrayLike | None = None) -> int:
        """Replace records whose ids are there; their place in the order stays.

        Raises:
            UnknownUserError: The user is not there.
            UnknownIdError: An id is not there.
            And the errors of `add`.
        """
        check_user(user)
        prepared = self._prepared(list(records), vectors)
        replaced = self._remembered(user, [item.record.id for item in prepared])
        revision = self._update(user, prepared)
        self._discard(replaced - {item.record.text for item in prepared})
        return revision

    def delete(self, user: str, ids: Sequence[str]) -> int:
        """Remove records; the user stays, also without any.

        Raises:
            MissingUserError: The user is empty or missing.
            UnknownUserError: The user is not there.
            UnknownIdError: An id is not there.
            DuplicateIdError: An id is given twice.
            StoreError: The write did not happen.
        """
        check_user(user)
        unique_ids(ids)
        gone = self._remembered(user, list(ids))
        revision = self._delete(user, list(ids))
        self._discard(gone)
        return revision

    def forget(self, user: str) -> None:
        """Remove the user with everything there is of it, so that no byte of it can be found in the store afterwards.

        Vectors in a `CachedEmbedder` that the store was made with are discarded too, those of its records; it cannot
        know whose queries it encoded. Copies made by `snapshot` are not the store's any more and stay.

        Raises:
            MissingUserError: The user is empty or missing.
            UnknownUserError: The user is not there.
            StoreError: It could not be done; the user may then still be there, or bytes of it.
        """
        check_user(user)
        texts: set[str] = set()
        with suppress(StoreFormatError):  # what is damaged can be forgotten too
            texts = self._remembered(user, None)
        try:
            self._forget(user)
        finally:  # also where bytes are left in the store: it has no user then whose texts could be found again
            if self._discard(texts) and (scrub := getattr(self.embedder, "scrub", None)) is not None:
                scrub()

    # Reads ----------------------------------------------------------------------------------------------------------

    def get(
        self, user: str, ids: Sequence[str] | None = None, *, as_of: datetime | None = None
    ) -> tuple[StoredRecord, ...]:
        """Records of a user: those asked for in that order, or all, oldest first; of these the ones that hold.

        Raises:
            MissingUserError: The user is empty or missing.
            UnknownUserError: The user is not there.
            UnknownIdError: An id is not there.
            ValueError: ``as_of`` has no time zone.
        """
        check_user(user)
        microseconds(as_of)
        found = self._get(user, None if ids is None else list(ids))
        return tuple(record for record in found if record.holds(as_of))

    def read(self, user: str) -> Snapshot:
        """All records of a user with their vectors, as they were after one write.

        Raises:
            MissingUserError: The user is empty or missing.
            UnknownUserError: The user is not there.
        """
        check_user(user)
        return self._read(user)

    def revision(self, user: str) -> int:
        """Which write of the user was the last; it only grows while the user is there. Cheap: no record is read.

        Raises:
            MissingUserError: The user is empty or missing.
            UnknownUserError: The user is not there.
        """
        check_user(user)
        return self._revision(user)

    def search(
        self,
        user: str,
        query: str,
        k: int,
        *,
        vector: ArrayLike | None = None,
        tokens: Sequence[str] | None = None,
        mode: Mode = "hybrid",
        as_of: datetime | None = None,
    ) -> list[FusedHit]:
        """The best records of one user for a query.

        Args:
            user: Whose records.
            query: What is looked for.
            k: How many at most, at least 1.
            vector: The query's vector, ``(d,)`` or ``(1, d)``, where it is known already.
            tokens: The query's tokens from `indexes.analyse`, where they are known already.
            mode: Both retrievers, or one alone.
            as_of: Search only what holds at this moment, a time with a zone.

        Returns:
            Hits, best first, equal ones newest first.

        Raises:
            MissingUserError: The user is empty or missing.
            UnknownUserError: The user is not there.
            ValueError: ``k`` is below 1, the mode is unknown, the vector is not finite, or ``as_of`` has no zone.
            DimensionError: The vector has another shape.
            LeakError: The backend returned what is not of this user; nothing of it is given out.
        """
        check_user(user)
        if k < 1:
            raise ValueError(f"k must be at least 1, got {k}")
        if mode not in ("hybrid", "dense", "lexical"):
            raise ValueError(f"mode must be 'hybrid', 'dense' or 'lexical', got {mode!r}")
        moment = microseconds(as_of)
        wanted: NDArray[np.float32] | None = None
        if mode != "lexical":
            given = self.embedder.encode([query]) if vector is None else vector
            wanted = self._finite(np.asarray(given, dtype=np.float32).reshape(1, -1))[0]
        words = None if mode == "dense" else list(analyse(query) if tokens is None else tokens)
        found, owners = self._search(user, Search(wanted, words, k, mode, moment))
        if any(owner != user for owner in owners) or len(owners) != len(found):
            raise LeakError(f"a search for {user!r} found records of another user; nothing of it is given out")
        return found

    @abstractmethod
    def users(self) -> Iterator[str]:
        """All users, in no particular order."""

    @abstractmethod
    def __contains__(self, user: object) -> bool:
        """Whether the user is there."""

    @abstractmethod
    def __len__(self) -> int:
        """How many users there are."""

    # The whole ------------------------------------------------------------------------------------------------------

    @abstractmethod
    def snapshot(self, path: str | os.PathLike[str]) -> None:
        """Write a consistent copy of all users to a path where nothing is, from which a store can be opened.

        Raises:
            FileExistsError: Something is there.
            StoreError: It could not be written; then nothing is there.
        """

    def new_index(self) -> HybridIndex:
        """An empty index in memory with the settings of the store."""
        return HybridIndex(
            self.embedder, fusion=self.fusion, weights=self.weights, approximate_above=self.approximate_above
        )

    # What a backend implements; the user is checked, ids of one call differ ----------------------------------------

    @abstractmethod
    def _add(self, user: str, prepared: list[Prepared]) -> int: ...

    @abstractmethod
    def _update(self, user: str, prepared: list[Prepared]) -> int: ...

    @abstractmethod
    def _delete(self, user: str, ids: list[str]) -> int: ...

    @abstractmethod
    def _forget(self, user: str) -> None: ...

    @abstractmethod
    def _get(self, user: str, ids: list[str] | None) -> Sequence[StoredRecord]: ...

    @abstractmethod
    def _read(self, user: str) -> Snapshot: ...

    @abstractmethod
    def _revision(self, user: str) -> int: ...

    @abstractmethod
    def _search(self, user: str, search: Search) -> tuple[list[FusedHit], Sequence[str]]:
        """The hits, and the user of each as the backend has it."""

    def _remembered(self, user: str, ids: list[str] | None) -> set[str]:
        """Texts of records that are about to go, where the embedder remembers texts."""
        return {record.text for record in self._get(user, ids)} if hasattr(self.embedder, "discard") else set()

    def _discard(self, texts: set[str]) -> bool:
        if texts:
            self.embedder.discard(texts)  # type: ignore[attr-defined]
        return bool(texts)

    def _prepared(self, records: list[StoredRecord], vectors: ArrayLike | None) -> list[Prepared]:
        for record in records:
            if not isinstance(record, StoredRecord):
                raise TypeError(f"expected a StoredRecord, got {type(record).__name__}; nothing was changed")
        unique_ids([record.id for record in records])
        texts = [record.text for record in records]
        block = self.embedder.encode(texts) if vectors is None else np.asarray(vectors, dtype=np.float32)
        if block.ndim != 2 or len(block) != len(records):  # noqa: PLR2004
            if records or block.size:
                raise DimensionError(
                    f"{len(records)} records need vectors of dimension {self.embedder.dimension}, got {block.shape}"
                )
            return []
        self._finite(block)
        return [Prepared(*row, analyse(row[0].text)) for row in zip(records, block, strict=True)]

    def _finite(self, block: NDArray[np.float32]) -> NDArray[np.float32]:
        if block.shape[1] != self.embedder.dimension:
            raise DimensionError(
                f"the store holds vectors of dimension {self.embedder.dimension}, got {block.shape[1]}"
            )
        if not np.isfinite(block).all():
            raise ValueError("a vector holds NaN or infinity; nothing was changed")
        return block
