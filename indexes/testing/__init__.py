"""What every store must do, as a pytest class to inherit: for the stores here, and for one of your own.

    from indexes.testing import StoreContract

    class TestMyStore(StoreContract):
        def make(self, place, embedder):
            return MyStore(place / "store", embedder)

It needs pytest. A test class that inherits it runs all of it on what ``make`` gives.
"""

from __future__ import annotations

from indexes.testing.base import record
from indexes.testing.isolation import IsolationTests
from indexes.testing.lifetime import LifetimeTests
from indexes.testing.searching import SearchTests
from indexes.testing.writing import WritingTests

__all__ = ["StoreContract", "record"]


class StoreContract(WritingTests, IsolationTests, SearchTests, LifetimeTests):
    """The contract; a subclass says how its store is made."""
