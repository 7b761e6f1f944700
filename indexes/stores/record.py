"""What a store keeps of one user: records, and all of them at one moment."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, NamedTuple

from indexes.embedding import well_formed

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Snapshot", "StoredRecord", "from_microseconds", "microseconds"]

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, kw_only=True)
class StoredRecord:
    """One text of a user under an id.

    Attributes:
        id: Unique within the user, not across users.
        text: What is searched.
        data: JSON that the caller keeps beside it, as text; the store never reads it.
        valid_from: From when it holds, a time with a zone; always, where not given.
        valid_to: Until when it holds, that moment no longer.

    Raises:
        TypeError: The id, the text or the data is not a string.
        ValueError: The id is empty, a text is not well-formed Unicode, the data is not JSON, a time has no zone, or it
            ends before it begins.
    """

    id: str
    text: str
    data: str = "null"
    valid_from: datetime | None = None
    valid_to: datetime | None = None

    def __post_init__(self) -> None:
        """Refuse what no store could keep, before any store is asked to."""
        for name in ("id", "text", "data"):
            if not isinstance(value := getattr(self, name), str):
                raise TypeError(f"record {self.id!r}: {name} must be a string, got {value!r}")
        if not self.id:
            raise ValueError("a record needs an id that is not empty")
        for name in ("id", "text", "data"):
            if (held := getattr(self, name)) != well_formed(held) or "\0" in held:
                raise ValueError(
                    f"record {self.id!r}: {name} holds a NUL or half a surrogate pair, which no store keeps"
                )
        try:
            json.loads(self.data)
        except (ValueError, RecursionError) as error:
            raise ValueError(f"record {self.id!r}: data is not JSON: {error}") from None
        start, end = microseconds(self.valid_from), microseconds(self.valid_to)
        if start is not None and end is not None and end <= start:
            raise ValueError(f"record {self.id!r}: valid_to {self.valid_to} is not after valid_from {self.valid_from}")

    def holds(self, moment: datetime | None) -> bool:
        """Whether it is valid at a moment; always, where no moment is given."""
        if moment is None:
            return True
        return (self.valid_from is None or self.valid_from <= moment) and (
            self.valid_to is None or moment < self.valid_to
        )


class Snapshot(NamedTuple):
    """All records of one user as they were after some write, never in between.

    Attributes:
        revision: Which write: it grows with each one of the user.
        records: Oldest first.
        vectors: ``(n, d) float32``, aligned with them.
    """

    revision: int
    records: tuple[StoredRecord, ...]
    vectors: NDArray[np.float32]


def microseconds(moment: datetime | None) -> int | None:
    """Microseconds since 1970, exactly.

    Raises:
        ValueError: The time has no zone.
    """
    if moment is None:
        return None
    if moment.tzinfo is None:
        raise ValueError(f"{moment} has no time zone; give one, such as datetime.now(timezone.utc)")
    return (moment - _EPOCH) // _MICROSECOND


def from_microseconds(count: int | None) -> datetime | None:
    """The time, in UTC."""
    return None if count is None else _EPOCH + count * _MICROSECOND
