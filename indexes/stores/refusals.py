"""What every store refuses in the same words: a call without a user, an id that is there, a user who is not."""

from __future__ import annotations

from indexes.embedding import well_formed
from indexes.errors import DuplicateIdError, MissingUserError, UnknownUserError

__all__ = ["check_user", "duplicate", "unknown"]

_LONGEST_USER = 512


def check_user(user: str) -> None:
    """Refuse a call without a user.

    Raises:
        MissingUserError: The user is not a string, is empty, is longer than 512 characters, or is no Unicode.
    """
    if not isinstance(user, str) or not user.strip():
        raise MissingUserError(f"records belong to one user: give a non-empty user id, got {user!r}")
    if len(user) > _LONGEST_USER or "\0" in user or user != well_formed(user):
        raise MissingUserError(
            f"a user id has at most {_LONGEST_USER} characters, no NUL and no half surrogate pair, got {len(user)}:"
            f" {user[:32]!r}..."
        )


def duplicate(user: str, key: str) -> DuplicateIdError:
    """The error for an id that is already there."""
    return DuplicateIdError(f"id {key!r} is already kept for the user {user!r}; use update to replace it")


def unknown(user: str) -> UnknownUserError:
    """The error for a user that is not there."""
    return UnknownUserError(f"the store has no user {user!r}; add records for this user first")
