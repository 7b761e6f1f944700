"""Evidence records: a query, a user's statements, and which of them matter to it."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from experiments.errors import DatasetError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["EvidenceRecord", "read_evidence", "read_questions"]


@dataclass(frozen=True, kw_only=True)
class EvidenceRecord:
    """A query with a user's statements by id, and the ids of those that matter.

    ``kind`` and ``group`` are for splitting only.
    """

    id: str
    query: str
    facts: Mapping[str, str]
    gold: frozenset[str]
    group: str = ""
    kind: str = ""


def read_evidence(path: Path, group: str | None = None) -> list[EvidenceRecord]:
    """Records from JSON ``[{"id", "query", "facts": {id: text}, "gold": [id]}, ...]``, gzipped or not.

    Args:
        path: The file.
        group: The key of a record that names its group; where not given records have none.

    Raises:
        DatasetError: The file is damaged or holds something else.
    """
    try:
        content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        return [
            EvidenceRecord(
                id=str(value["id"]),
                query=str(value["query"]),
                facts={str(name): str(text) for name, text in value["facts"].items()},
                gold=frozenset(map(str, value["gold"])),
                group="" if group is None else str(value[group]),
                kind=str(value.get("type", "")),
            )
            for value in json.loads(content)
        ]
    except (OSError, EOFError, ValueError, TypeError, KeyError, AttributeError) as error:
        keys = ", ".join(("id", "query", "facts", "gold", *([group] if group else [])))
        raise DatasetError(f"{path}: expected a list of {{{keys}}}: {error!r}") from error


def read_questions(path: Path) -> list[EvidenceRecord]:
    """The records of a file that ask for something; see `read_evidence`. The others have no statement that matters."""
    return [record for record in read_evidence(path) if record.gold]
