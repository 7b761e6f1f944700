"""The contract on Qdrant's engine in a folder, on a server where there is one, and on the client's own imitation."""

from __future__ import annotations

import os
import random
from importlib import import_module
from importlib.util import find_spec

import numpy as np
import pytest

from indexes import HybridIndex, StoreFormatError
from indexes.stores.qdrant import QdrantStore
from indexes.stores.qdrant_engine import found
from indexes.testing import StoreContract, record
from indexes.testing.base import sentence

_SERVER = os.environ.get("PROFILE_RESOLVER_QDRANT", "")
needs_engine = pytest.mark.skipif(find_spec("qdrant_edge") is None, reason="qdrant-edge-py is not installed")
needs_client = pytest.mark.skipif(find_spec("qdrant_client") is None, reason="qdrant-client is not installed")
needs_server = pytest.mark.skipif(not _SERVER, reason="PROFILE_RESOLVER_QDRANT names no Qdrant server")


class _Contract(StoreContract):
    exact = False  # dense scores are Qdrant's, and differ from those of FAISS in the last bits

    def test_scores_are_those_of_an_index_up_to_rounding(self, store, embedder):
        rng = random.Random(11)
        index = HybridIndex(embedder)
        records = [record(f"r{number}", sentence(rng)) for number in range(40)]  # all in the pool of candidates
        store.add("ann", records)
        index.add([one.id for one in records], [one.text for one in records])
        for _ in range(30):
            query, k = sentence(rng), rng.randint(1, 40)
            for mode in ("hybrid", "dense", "lexical"):
                wanted = {hit.id: hit for hit in index.search(query, 40, mode=mode)}
                hits = store.search("ann", query, k, mode=mode)
                best = [hit.score for hit in wanted.values()][:k]
                np.testing.assert_allclose([hit.score for hit in hits], best, atol=1e-5)
                np.testing.assert_allclose([wanted[hit.id].score for hit in hits], best, atol=1e-5)
                if mode == "lexical":
                    assert hits == list(wanted.values())[:k]

    def test_equal_records_rank_newest_first(self, store):
        store.add("ann", [record(f"r{number}", "likes ramen") for number in range(9)])
        for mode in ("hybrid", "dense", "lexical"):
            assert [hit.id for hit in store.search("ann", "ramen", 3, mode=mode)] == ["r8", "r7", "r6"]


@pytest.mark.services
@needs_engine
class TestQdrantFolder(_Contract):
    def make(self, place, embedder):
        return QdrantStore(place / "store", embedder)


@pytest.mark.services
@needs_client
@needs_server
class TestQdrantServer(_Contract):
    def make(self, place, embedder):
        return QdrantStore(_SERVER, embedder, collection=f"contract-{place.parent.name}-{place.name}")

    @pytest.fixture
    def place(self, tmp_path):
        yield tmp_path
        import_module("qdrant_client").QdrantClient(url=_SERVER).delete_collection(
            f"contract-{tmp_path.parent.name}-{tmp_path.name}"
        )


@pytest.mark.services
@needs_client
@pytest.mark.filterwarnings(
    "ignore:Payload indexes have no effect in the local Qdrant", "ignore:Local mode performs exact"
)
class TestRequestsAgainstTheClientsImitation(_Contract):
    """A smoke test of the requests: the imitation is no proof of what a server does, above all not under writers."""

    probes = 40

    @pytest.fixture(autouse=True)
    def _server(self, qdrant_imitation):
        pass

    def make(self, place, embedder):
        del place
        return QdrantStore("http://imitation", embedder)


def test_what_is_no_point_of_a_store_is_damage():
    whole = {"user": "u", "id": "a", "text": "x", "data": "null", "tokens": "x", "valid_from": 3, "valid_to": None}
    assert found(7, whole).record().text == "x"
    for change in ({"id": 3}, {"user": None}, {"tokens": 0}, {"valid_from": "x"}, {"data": "{"}, {"valid_to": 1}):
        with pytest.raises(StoreFormatError):
            found(7, {**whole, **change}).record()
    with pytest.raises(StoreFormatError, match="point 7"):
        found(7, None)
