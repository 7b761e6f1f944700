from __future__ import annotations

import threading
from importlib import import_module

import pytest


class _Imitation:
    """The client's own imitation of a server in memory, one request at a time, which outlives a store."""

    def __init__(self):
        client = import_module("qdrant_client").QdrantClient
        self._client, self._lock = client(":memory:"), threading.Lock()

    def __getattr__(self, name):
        def asked(*given, **named):
            with self._lock:
                return getattr(self._client, name)(*given, **named)

        return asked

    def close(self):
        pass


@pytest.fixture
def qdrant_imitation(monkeypatch):
    made = _Imitation()
    monkeypatch.setattr("indexes.stores.qdrant_server.connected", lambda *_: made)
    return made


@pytest.fixture
def path(tmp_path):
    """Where a SqliteStore may be made."""
    return tmp_path / "store.sqlite"
