from __future__ import annotations

import os
import random
from datetime import timedelta

import numpy as np
import pytest

from indexes import (
    HashingEmbedder,
    HybridIndex,
    LeakError,
    PostgresStore,
    StoredRecord,
    StoreModelError,
)
from indexes.testing import StoreContract, record
from indexes.testing.base import NOON, sentence

pytest.importorskip("psycopg", reason="psycopg is not installed: run make test-services")
pytestmark = pytest.mark.services


class TestPostgresStore(StoreContract):
    exact = False  # up to the rounding of a cosine: see the tests of rankings below
    probes = int(os.environ.get("PROFILE_RESOLVER_PROBES", "500"))

    @pytest.fixture(autouse=True)
    def _server(self, dsn, schema):
        self.dsn, self.schema = dsn, schema

    def make(self, place, embedder):  # noqa: ARG002
        return PostgresStore(self.dsn, embedder, schema=self.schema, partitions=4)


@pytest.mark.parametrize("weights", [None, {"dense": 0.5, "lexical": 0.5}, {"dense": 0.0}, {"lexical": 0.0}])
@pytest.mark.parametrize("fusion", ["score", "rrf"])
def test_scores_are_those_of_an_index(dsn, schema, fusion, weights):
    """With vectors whose cosines are exact in any order of summation, rankings are equal to the last bit."""
    rng = np.random.default_rng(5)
    chance = random.Random(5)
    embedder = HashingEmbedder(64)
    texts = [f"{sentence(chance)} {sentence(chance)}" for _ in range(120)]
    ids = [f"r{number}" for number in chance.sample(range(1000), 120)]
    vectors = rng.integers(-4, 5, (120, 64)) / 8
    index = HybridIndex(embedder, fusion=fusion, weights=weights)
    index.add(ids, texts, vectors=vectors)
    with PostgresStore(dsn, embedder, schema=schema, partitions=2, fusion=fusion, weights=weights) as store:
        store.add("ann", [record(key, text) for key, text in zip(ids, texts, strict=True)], vectors=vectors)
        for number in range(40):
            query = f"{sentence(chance)} ramen ramen opera" if number % 2 else "the"  # repeated words, and none at all
            vector, k = rng.integers(-4, 5, 64) / 8, chance.randint(1, 130)
            for mode in ("hybrid", "dense", "lexical"):
                found = store.search("ann", query, k, mode=mode, vector=vector)
                assert found == index.search(query, k, mode=mode, vector=vector)


def test_scores_of_any_vectors_are_those_of_an_index_up_to_rounding(store):
    rng = np.random.default_rng(8)
    chance = random.Random(8)
    ids, texts = [f"r{number}" for number in range(80)], [sentence(chance) for _ in range(80)]
    vectors = rng.standard_normal((80, 32)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    index = HybridIndex(store.embedder)
    index.add(ids, texts, vectors=vectors)
    store.add("ann", [record(key, text) for key, text in zip(ids, texts, strict=True)], vectors=vectors)
    for _ in range(30):
        query, vector, k = sentence(chance), rng.standard_normal(32), chance.randint(1, 60)
        for mode in ("hybrid", "dense", "lexical"):
            found = store.search("ann", query, k, mode=mode, vector=vector)
            wanted = index.search(query, k, mode=mode, vector=vector)
            assert [(hit.id, hit.ranks) for hit in found] == [(hit.id, hit.ranks) for hit in wanted]
            assert [hit.score for hit in found] == pytest.approx([hit.score for hit in wanted], abs=1e-5)


def test_half_precision_scores_are_near_those_of_an_index(dsn, schema, embedder, sql):
    chance = random.Random(6)
    texts = [sentence(chance) for _ in range(40)]
    index = HybridIndex(embedder)
    index.add([f"r{n}" for n in range(40)], texts)
    with PostgresStore(dsn, embedder, schema=schema, partitions=2, precision="float16") as store:
        store.add("ann", [record(f"r{n}", text) for n, text in enumerate(texts)])
        for _ in range(10):
            query = sentence(chance)
            every = {hit.id: hit.score for hit in index.search(query, 40, mode="dense")}
            found = store.search("ann", query, 40, mode="dense")
            assert [hit.score for hit in found] == pytest.approx([every[hit.id] for hit in found], abs=2e-3)
    kind = sql(
        "SELECT format_type(atttypid, atttypmod) FROM pg_attribute"
        " WHERE attrelid = '{s}.records'::regclass AND attname = 'vector'"
    ).fetchone()
    assert kind == ("halfvec(32)",)
    with PostgresStore(dsn, embedder, schema=schema) as store:
        assert len(store.read("ann").records) == 40
    with pytest.raises(StoreModelError, match="float16"):
        PostgresStore(dsn, embedder, schema=schema, precision="float32")


def test_words_of_any_length_and_number_are_found(store):
    long = "x" * 20_000
    words = " ".join(f"word{number}" for number in range(3_000))
    store.add(
        "ann", [record("long", long), record("many", words), record("often", "ramen " * 3_000), record("c", "b\\ 'q")]
    )
    for query, key in ((long, "long"), ("word2999", "many"), ("ramen", "often"), ("q", "c")):
        assert [hit.id for hit in store.search("ann", query, 5, mode="lexical")] == [key]


def test_an_id_may_have_any_length(store):
    ids = ["\U0001f35c" * 3_000, "\U0001f35c" * 3_000 + "!"]
    user = "\U0001f35c" * 512
    store.add(user, [record(key) for key in ids])
    assert [one.id for one in store.get(user)] == ids
    store.delete(user, ids[:1])
    assert [one.id for one in store.get(user)] == ids[1:]


def test_two_schemas_do_not_see_each_other(dsn, schema, embedder, store):
    with PostgresStore(dsn, embedder, schema=f"{schema}_b", partitions=2) as other:
        store.add("ann", [record("a", "likes ramen")])
        assert "ann" not in other
        other.add("ann", [record("a", "likes opera")])
        other.forget("ann")
        assert len(other) == 0
    assert store.get("ann") == (record("a", "likes ramen"),)


def test_a_search_that_reads_other_users_is_refused(store, monkeypatch):
    store.add("ann", [record("a", "likes ramen")])
    store.add("bob", [record("b", "likes ramen")])
    for mode, text in store._searches.items():
        broken = text.replace(b"WHERE r.owner = %(user)s", b"WHERE (r.owner = %(user)s OR true)")
        assert broken != text
        monkeypatch.setitem(store._searches, mode, broken)
        with pytest.raises(LeakError, match="ann"):
            store.search("ann", "ramen", 5, mode=mode)


def test_a_search_reads_one_partition_and_an_index(store, sql):
    for user in range(40):
        store.add(f"user {user}", [record(f"r{n}") for n in range(20)])
    sql("SET plan_cache_mode = force_generic_plan")
    sql("PREPARE s (text) AS SELECT text FROM {s}.records WHERE owner = $1")
    plan = "\n".join(row[0] for row in sql("EXPLAIN (ANALYZE, COSTS OFF) EXECUTE s ('user 7')").fetchall())
    assert "Subplans Removed: 3" in plan
    assert "Seq Scan" not in plan


def test_validity_is_kept_to_the_microsecond(store):
    given = StoredRecord(
        id="a", text="ramen", valid_from=NOON + timedelta(microseconds=1), valid_to=NOON + timedelta(microseconds=2)
    )
    store.add("ann", [given])
    assert store.get("ann") == (given,)
    assert store.search("ann", "ramen", 1, as_of=NOON) == []
    assert len(store.search("ann", "ramen", 1, as_of=NOON + timedelta(microseconds=1))) == 1
