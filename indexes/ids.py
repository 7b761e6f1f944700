"""Checks of ids, made before anything is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from indexes.errors import DuplicateIdError, UnknownIdError

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

__all__ = ["known_ids", "unique_ids"]


def unique_ids(ids: Sequence[str], *, present: Container[str] = ()) -> None:
    """Check ids that are to be added.

    Raises:
        DuplicateIdError: An id is given twice or is present already.
        TypeError: An id is not a string, or one string is given in place of several.
    """
    if isinstance(ids, str):
        raise TypeError(f"ids must be a sequence of strings, got one string: {ids!r}")
    seen: set[str] = set()
    for key in ids:
        if not isinstance(key, str):
            raise TypeError(f"an id must be a string, got {key!r}")
        if key in seen:
            raise DuplicateIdError(f"id {key!r} is given twice in one call; nothing was changed")
        if key in present:
            raise DuplicateIdError(f"id {key!r} is already in the index; use update to replace it")
        seen.add(key)


def known_ids(ids: Sequence[str], *, present: Container[str]) -> None:
    """Check ids that are to be updated or deleted.

    Raises:
        UnknownIdError: An id is not present.
        DuplicateIdError: An id is given twice.
    """
    unique_ids(ids)
    for key in ids:
        if key not in present:
            raise UnknownIdError(f"id {key!r} is not in the index; nothing was changed")
