"""Records of which no user is known get the profile of a user who has nothing to do with them.

So it can be measured what profiles do to requests that are nobody's: by ``profile-bench ablate``, which answers the
same records with the profiles and without (``known = "none"``).
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from experiments.errors import DatasetError
from experiments.results import user_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic import JsonValue

    from experiments.importers.writing import Imported
    from experiments.records import Record

__all__ = ["with_strangers"]


def with_strangers(imported: Imported, records: Iterable[Record]) -> Imported:
    """The same import, each record with the profile of a user of other records.

    Each record has the user of the first SHA-256 of ``stranger/ID/USER``, so that a draw depends on nothing but the
    record's id and the users, and one user more changes few of them. Of a user with several profiles the first counts;
    an empty profile is none.

    Args:
        imported: Whose records have no users.
        records: Of another dataset, or of several.

    Raises:
        DatasetError: No record has a profile.
    """
    users: dict[str, JsonValue] = {}
    for record in records:
        if record.case.user_profile:
            users.setdefault(user_of(record), record.case.user_profile)
    if not users:
        raise DatasetError("the records that profiles are to be drawn from have none")
    names = sorted(users)

    def drawn(name: str) -> JsonValue:
        return users[min(names, key=lambda user: hashlib.sha256(f"stranger/{name}/{user}".encode()).digest())]

    return imported._replace(records=[{**own, "user_profile": drawn(own["id"])} for own in imported.records])
