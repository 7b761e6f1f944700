"""Facts and Events as a store keeps them, and back."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from indexes import StoredRecord
from indexes.embedding import well_formed
from resolver.errors import ProfileError
from resolver.names import words
from resolver.profile import Event, Fact  # noqa: TC001 - pydantic reads the annotations

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["event_text", "from_stored", "holds", "moment_of", "to_stored"]


class _Kept(BaseModel):
    """What stands beside a text in a store: one of the two."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    fact: Fact | None = None
    event: Event | None = None

    @model_validator(mode="after")
    def _one(self) -> _Kept:
        if (self.fact is None) == (self.event is None):
            raise ValueError("expected a fact or an event")
        return self


def to_stored(facts: Iterable[Fact], events: Iterable[Event]) -> list[StoredRecord]:
    """Records for a store, Facts first.

    A Fact holds from and to its validity times where these are ISO 8601, an Event from its time on; without a zone they
    are read as UTC. Half a surrogate pair, which JSON may carry and no store keeps, becomes a question mark in what is
    searched, and stays as it was in the record.

    Raises:
        ProfileError: An id is empty.
    """
    made = []
    for fact in facts:
        start, end = moment_of(fact.valid_from), moment_of(fact.valid_to)
        if start is not None and end is not None and end <= start:
            start = end = None  # such times say nothing
        made.append(_stored(fact.id, fact.text, _Kept(fact=fact), start, end))
    made.extend(_stored(event.id, event_text(event), _Kept(event=event), moment_of(event.time)) for event in events)
    return made


def from_stored(records: Iterable[StoredRecord]) -> tuple[list[Fact], list[Event]]:
    """The Facts and Events of a store's records, each in the order they came.

    Raises:
        ProfileError: A record was not written by `to_stored`.
    """
    facts: list[Fact] = []
    events: list[Event] = []
    for record in records:
        try:
            read = json.loads(record.data)
            for kind in ("fact", "event"):
                if isinstance(own := read.get(kind), dict):
                    read[kind] = {"text": record.text, **own, "id": record.id}
            kept = _Kept.model_validate(read)
        except (ValidationError, AttributeError) as error:
            raise ProfileError(f"the stored record {record.id!r} is neither a fact nor an event: {error}") from error
        if kept.fact is not None:
            facts.append(kept.fact)
        elif kept.event is not None:
            events.append(kept.event)
    return facts, events


def event_text(event: Event) -> str:
    """What an Event is found by: what was asked, or else what was called."""
    return event.text or " ".join(filter(None, (words(event.tool or ""), event.platform))) or event.id


def moment_of(written: str | None) -> datetime | None:
    """A time in ISO 8601, UTC where it names no zone; None where it is something else."""
    if not written:
        return None
    try:
        read = datetime.fromisoformat(written.strip().replace("Z", "+00:00"))
    except ValueError:
        return None
    return read if read.tzinfo else read.replace(tzinfo=timezone.utc)


def holds(start: str | None, end: str | None, moment: datetime) -> bool:
    """Whether what begins and ends at times as written holds at a moment; a time that is not read says nothing."""
    first, last = moment_of(start), moment_of(end)
    return (first is None or first <= moment) and (last is None or moment < last)


def _stored(
    key: str, text: str, kept: _Kept, valid_from: datetime | None = None, valid_to: datetime | None = None
) -> StoredRecord:
    searched = well_formed(text).replace("\0", " ")
    data = kept.model_dump(exclude_defaults=True)
    for own in data.values():
        del own["id"]
        if own["text"] == searched:
            del own["text"]
    try:
        return StoredRecord(
            id=well_formed(key).replace("\0", " "),
            text=searched,
            data=json.dumps(data, separators=(",", ":")),
            valid_from=valid_from,
            valid_to=valid_to,
        )
    except ValueError as error:  # an id that is empty
        raise ProfileError(str(error)) from error
