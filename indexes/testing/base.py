"""What the tests of a store share: how it is made, and records to put into it."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest

from indexes.hashing import HashingEmbedder
from indexes.stores.record import StoredRecord

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator
    from pathlib import Path

    from indexes.embedding import Embedder
    from indexes.stores.contract import Store

__all__ = ["DAY", "NOON", "StoreTests", "record", "sentence"]

_WORDS = "ramen opera tennis harbour winter violin mountain bakery museum ferry garden market lantern river".split()  # noqa: SIM905
NOON = datetime(2026, 5, 4, 12, tzinfo=timezone.utc)
"""A moment for tests."""
DAY = timedelta(days=1)


def record(key: str, text: str = "likes ramen", **fields: object) -> StoredRecord:
    """A record for a test."""
    return StoredRecord(id=key, text=text, **fields)  # type: ignore[arg-type]


def sentence(rng: random.Random) -> str:
    """Two to six random words."""
    return " ".join(rng.choices(_WORDS, k=rng.randint(2, 6)))


class StoreTests:
    """How a store is made for its tests.

    Attributes:
        persistent: Whether `make` at the same place gives a store with what was written before.
        exact: Whether rankings and scores are those of a `HybridIndex`; else only who is found is compared.
        probes: How many random searches look for a leak.
    """

    persistent: bool = True
    exact: bool = True
    probes: int = 500

    def make(self, place: Path, embedder: Embedder) -> Store:
        """A store at a place, or the one that is there."""
        raise NotImplementedError

    @pytest.fixture
    def embedder(self) -> Embedder:
        """The embedder of these tests."""
        return HashingEmbedder(32)

    @pytest.fixture
    def place(self, tmp_path: Path) -> Path:
        """An empty folder for a test."""
        return tmp_path

    @pytest.fixture
    def store(self, place: Path, embedder: Embedder) -> Iterator[Store]:
        """An empty store."""
        with self.make(place, embedder) as made:
            yield made
