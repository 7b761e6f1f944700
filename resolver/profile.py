"""Profile, Fact and Event: what is known of one user."""

from __future__ import annotations

from typing import NewType

from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator

from resolver.errors import DuplicateError, MissingUserError

__all__ = ["Event", "EventId", "Fact", "FactId", "Profile", "UserId", "Value", "check_user"]

UserId = NewType("UserId", str)
FactId = NewType("FactId", str)
EventId = NewType("EventId", str)


class Value(BaseModel):
    """Base of the public values: frozen, made by keyword, closed to unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class _Record(Value):
    """What Facts and Events have in common."""

    id: str


class Fact(_Record):
    """One statement about the user.

    ``path`` says where it stood (``address.work``, ``preferences[2]``) and is unique in a profile; ``value`` is the
    JSON value found there and ``text`` what is indexed. ``statement`` tells a sentence of the user ("I avoid ...") from
    the value of an attribute. Times are kept as they were written.
    """

    id: FactId
    path: str
    value: JsonValue
    text: str
    statement: bool = False
    valid_from: str | None = None
    valid_to: str | None = None


class Event(_Record):
    """One entry of the behaviour log: what was asked, what was called, when, and how the user liked it.

    ``order`` counts from 0, the oldest. ``rating`` is in [0, 1], 1 the best, and None where the log has none.
    ``context`` is what the entry says beyond these ("status", "location"), by the entry's own keys.
    """

    id: EventId
    text: str
    platform: str | None = None
    tool: str | None = None
    arguments: dict[str, JsonValue] = Field(default_factory=dict)
    rating: float | None = Field(default=None, ge=0.0, le=1.0)
    order: int = Field(default=0, ge=0)
    time: str | None = None
    context: dict[str, JsonValue] = Field(default_factory=dict)


class Profile(Value):
    """All Facts and Events of one user, ids unique among both; else making one raises `DuplicateError`."""

    user: UserId
    facts: tuple[Fact, ...] = ()
    events: tuple[Event, ...] = ()

    @model_validator(mode="after")
    def _ids_are_unique(self) -> Profile:
        seen: set[str] = set()
        records: tuple[_Record, ...] = (*self.facts, *self.events)
        for record in records:
            if record.id in seen:
                raise DuplicateError(f"user {self.user!r}: the id {record.id!r} is given twice")
            seen.add(record.id)
        return self

    @classmethod
    def from_json(cls, data: JsonValue, *, user: str | None = None) -> Profile:
        """Read any JSON as a profile; see `resolver.ingest.read_profile` for the rules.

        Args:
            data: A dict, list or string, parsed or as JSON text; a plain string is split into statements.
            user: The user's id. Without it the profile's own ``user_id`` is taken, and without that a name made from
                the content, so that equal profiles are one user.

        Raises:
            ProfileError: JSON text that is truncated or damaged, a value that is not JSON, or nesting over 100 levels.
            MissingUserError: ``user`` is given and empty.

        >>> p = Profile.from_json({"name": "Ada", "address": {"work": "1 Mill Lane"}, "likes": ["I love quiet cafes."]})
        >>> [(fact.path, fact.text) for fact in p.facts]
        [('name', 'name: Ada'), ('address.work', 'address work: 1 Mill Lane'), ('likes[0]', 'I love quiet cafes.')]
        """
        from resolver.ingest import read_profile  # noqa: PLC0415  (ingest needs these classes)

        return read_profile(data, user=user)


def check_user(user: object) -> str:
    """The user id of a call, or `MissingUserError`."""
    if not isinstance(user, str) or not user.strip():
        raise MissingUserError(f"a user id is needed, a non-empty string; got {user!r}")
    return user
