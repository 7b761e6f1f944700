from __future__ import annotations

from indexes.stores.memory import MemoryStore
from indexes.testing import StoreContract


class TestMemoryStore(StoreContract):
    persistent = False

    def make(self, place, embedder):  # noqa: ARG002
        return MemoryStore(embedder)
