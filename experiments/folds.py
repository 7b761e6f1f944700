"""Folds of grouped cross-validation: no group is on both sides of one."""

from __future__ import annotations

import gzip
import hashlib
import json
from typing import TYPE_CHECKING, Any

from experiments.errors import DatasetError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["fold_of", "read_groups", "read_rests_on"]


def fold_of(group: str, folds: int) -> int:
    """The fold of a group, the same on every machine: SHA-256 of its name modulo the number of folds."""
    return int(hashlib.sha256(group.encode()).hexdigest(), 16) % folds


def read_groups(files: Iterable[Path]) -> dict[str, str]:
    """Groups by record id from JSON files ``{id: {"group": name, ...}}``, gzipped or not.

    Raises:
        DatasetError: A file cannot be read as such.
    """
    return {name: str(value["group"]) for file in files for name, value in _read(file).items()}


def read_rests_on(files: Iterable[Path]) -> dict[str, tuple[str, ...]]:
    """By record id the facts that a gold call rests on, where such files name them as ``gold_evidence``.

    Raises:
        DatasetError: A file cannot be read as such.
    """
    return {
        name: tuple(map(str, value["gold_evidence"]))
        for file in files
        for name, value in _read(file).items()
        if isinstance(value.get("gold_evidence"), list)
    }


def _read(file: Path) -> dict[str, dict[str, Any]]:
    try:
        content = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
        read: dict[str, dict[str, Any]] = json.loads(content)
        for value in read.values():
            str(value["group"])
    except (OSError, EOFError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise DatasetError(f'{file}: expected JSON {{id: {{"group": name}}}}: {error!r}') from error
    return read
