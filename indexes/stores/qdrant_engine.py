"""What both Qdrant engines share: the head of a user, the points of its records, and what an engine must do.

Qdrant has no transactions over several points. So a point is never changed: each write puts new points beside the old
ones, and then moves the user's head, which names the points that count, in one step. Readers follow the head. Points
that no head names are of a write that did not finish or was overtaken; nobody reads them, and the next write removes
them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol
from uuid import UUID, uuid5

import numpy as np

from indexes.errors import StoreFormatError
from indexes.stores.record import StoredRecord, from_microseconds, microseconds

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from indexes.stores.contract import Prepared

__all__ = ["FORMAT", "SEARCHED", "Engine", "Found", "Head", "found", "payload_of", "point_id"]

FORMAT = 1
"""The layout of what is kept; a newer one is refused."""
SEARCHED = ("user", "id", "tokens", "valid_from", "valid_to")
"""What of a payload a search needs."""
_NAMESPACE = UUID("6f3c1a52-9b0e-5d4f-8a77-2f1f0c9f4b1d")  # drawn once; point ids are UUIDv5 in it


class Head(NamedTuple):
    """What a user's state is.

    Attributes:
        revision: Of the last write.
        members: By record id the point that holds it, oldest first.
    """

    revision: int
    members: Mapping[str, str]


class Found(NamedTuple):
    """A point as an engine returns it; a search makes hundreds, so a record is made only where it is asked for.

    Attributes:
        key: Its id.
        user: Whose it is, as the engine has it.
        id: Of its record.
        payload: What was read of it.
        vector: What was read of it, a list of floats, or None.
        score: The inner product with the query, 0 where there was none.
    """

    key: str
    user: str
    id: str
    payload: Mapping[str, object]
    vector: object
    score: float

    def tokens(self) -> list[str]:
        """The tokens of the record's text."""
        return str(self.payload["tokens"]).split()

    def holds(self, moment: int | None) -> bool:
        """Whether the record is valid at a moment in microseconds; always, where no moment is given."""
        if moment is None:
            return True
        start, end = _moment(self.payload["valid_from"]), _moment(self.payload["valid_to"])
        return (start is None or start <= moment) and (end is None or moment < end)

    def record(self) -> StoredRecord:
        """The record.

        Raises:
            StoreFormatError: It is damaged.
        """
        held = self.payload
        try:
            return StoredRecord(
                id=self.id,
                text=str(held["text"]),
                data=str(held["data"]),
                valid_from=from_microseconds(_moment(held["valid_from"])),
                valid_to=from_microseconds(_moment(held["valid_to"])),
            )
        except (KeyError, ValueError, OverflowError) as error:
            raise StoreFormatError(f"the point {self.key} is damaged: {error!r}") from None

    def row(self) -> NDArray[np.float32]:
        """The vector, ``(d,)``."""
        return np.asarray(self.vector, dtype=np.float32)


class Engine(Protocol):
    """Heads and points of many users. A method is one step, and durable when it returns."""

    def head(self, user: str) -> Head | None:
        """The user's head, or None."""

    def put(self, user: str, head: Head | None, revision: int, points: Mapping[str, Prepared]) -> None:
        """Put new points, by point id, for a write that makes this revision of the head; no reader sees them yet."""

    def move(self, user: str, old: Head | None, new: Head) -> bool:
        """Put a new head in place of the old one; False, and nothing is changed, where the old one is not there."""

    def sweep(self, user: str, head: Head) -> None:
        """Remove points up to the head's revision that it does not name."""

    def take_back(self, user: str, keys: Iterable[str]) -> None:
        """Remove the points of a write that was overtaken."""

    def drop(self, user: str, head: Head) -> bool:
        """Remove a user with all points, and raise the floor above its revision; False where the head has moved."""

    def points(self, user: str, keys: Sequence[str] | None, *, text: bool, vectors: bool) -> list[Found]:
        """Points of a user by id, or all, in no order; those that are not there are left out."""

    def scored(self, user: str, vector: NDArray[np.float32]) -> list[Found]:
        """All points of a user with their scores, without texts and vectors, in no order."""

    def users(self) -> Iterator[str]:
        """All users with a head."""

    def __len__(self) -> int:
        """How many users have a head."""

    def floor(self) -> int:
        """No revision up to this one may be given to a new user."""

    def close(self) -> None:
        """Give back what is held; once is enough."""


def point_id(*parts: str) -> str:
    """The id of a point: UUIDv5 of its parts, such as user, record and write."""
    return str(uuid5(_NAMESPACE, "\0".join(parts)))  # no part holds a NUL


def payload_of(user: str, revision: int, item: Prepared) -> dict[str, str | int | None]:
    """What is kept of a record beside its vector."""
    record = item.record
    return {
        "user": user,
        "id": record.id,
        "text": record.text,
        "data": record.data,
        "valid_from": microseconds(record.valid_from),
        "valid_to": microseconds(record.valid_to),
        "tokens": " ".join(item.tokens),
        "born": revision,
    }


def found(key: object, payload: Mapping[str, object] | None, vector: object = None, score: float = 0.0) -> Found:
    """A point from what Qdrant returned.

    Raises:
        StoreFormatError: It is not one of ours.
    """
    held = payload or {}
    user, own = held.get("user"), held.get("id")
    if not isinstance(user, str) or not isinstance(own, str) or not isinstance(held.get("tokens"), str):
        raise StoreFormatError(f"the point {key} is not of this store, or damaged")
    return Found(str(key), user, own, held, vector, score)


def _moment(value: object) -> int | None:
    if value is None or isinstance(value, int):
        return value
    raise StoreFormatError(f"a time must be a whole number, got {value!r}")
