"""Evidence records: a query, a user's statements, and which of them matter to it."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from experiments.errors import DatasetError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["Question", "read_questions"]


@dataclass(frozen=True, kw_only=True)
class Question:
    """One record: statements by id, and the ids of those that matter, at least one."""

    id: str
    query: str
    facts: Mapping[str, str]
    gold: frozenset[str]


def read_questions(path: Path) -> list[Question]:
    """Records from gzipped JSON ``[{"id", "query", "facts": {id: text}, "gold": [id, ...]}, ...]``.

    Those without gold facts ask for nothing and are left out.

    Raises:
        DatasetError: The file cannot be read as such records.
    """
    try:
        records: list[dict[str, Any]] = json.loads(gzip.decompress(path.read_bytes()))
        return [
            Question(
                id=str(record["id"]),
                query=str(record["query"]),
                facts={str(name): str(text) for name, text in record["facts"].items()},
                gold=frozenset(map(str, record["gold"])),
            )
            for record in records
            if record["gold"]
        ]
    except (OSError, EOFError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise DatasetError(f"{path}: expected gzipped JSON [{{id, query, facts, gold}}]: {error!r}") from error
