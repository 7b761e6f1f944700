"""Folds of grouped cross-validation: no group is on both sides of one."""

from __future__ import annotations

import gzip
import hashlib
import json
from typing import TYPE_CHECKING

from experiments.errors import DatasetError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["fold_of", "read_groups"]


def fold_of(group: str, folds: int) -> int:
    """The fold of a group, the same on every machine: SHA-256 of its name modulo the number of folds."""
    return int(hashlib.sha256(group.encode()).hexdigest(), 16) % folds


def read_groups(files: Iterable[Path]) -> dict[str, str]:
    """Groups by record id from JSON files ``{id: {"group": name, ...}}``, gzipped or not.

    Raises:
        DatasetError: A file cannot be read as such.
    """
    groups: dict[str, str] = {}
    for file in files:
        groups.update(_read_groups(file))
    return groups


def _read_groups(file: Path) -> dict[str, str]:
    try:
        content = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
        return {str(name): str(value["group"]) for name, value in json.loads(content).items()}
    except (OSError, EOFError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise DatasetError(f'{file}: expected JSON {{id: {{"group": name}}}}: {error!r}') from error
