from __future__ import annotations

import sys

import pytest

from indexes import HashingEmbedder, PostgresStore, StoreUnavailableError


@pytest.mark.parametrize("missing", ["psycopg", "psycopg_pool"])
def test_a_package_that_is_missing_is_named_with_its_extra(monkeypatch, missing):
    monkeypatch.delitem(sys.modules, "indexes.stores.postgres_database", raising=False)
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(StoreUnavailableError, match=rf"{missing}.*profile-resolver\[postgres\]"):
        PostgresStore("dbname=none", HashingEmbedder(8))
