from __future__ import annotations

from indexes.stores.sqlite import SqliteStore
from indexes.testing import StoreContract


class TestSqliteStore(StoreContract):
    def make(self, place, embedder):
        return SqliteStore(place / "store.sqlite", embedder)
