"""A store on a Qdrant server alone, tested on the client's imitation of one: no proof of what a server does."""

from __future__ import annotations

from importlib import import_module

import pytest

from indexes import (
    DuplicateIdError,
    HashingEmbedder,
    LeakError,
    StoreFormatError,
    StoreUnavailableError,
    UnknownUserError,
)
from indexes.stores.qdrant import QdrantStore
from indexes.testing import record

pytest.importorskip("qdrant_client", reason="qdrant-client is not installed")
pytestmark = [
    pytest.mark.services,
    pytest.mark.filterwarnings(
        "ignore:Payload indexes have no effect in the local Qdrant", "ignore:Local mode performs exact"
    ),
]


@pytest.fixture
def server(qdrant_imitation):
    return qdrant_imitation


def test_a_server_that_does_not_answer_is_unavailable():
    with pytest.raises(StoreUnavailableError, match=r"127\.0\.0\.1"):
        QdrantStore("http://127.0.0.1:1", HashingEmbedder(32), wait=1)


def test_a_server_that_goes_away_is_unavailable(server):
    failed = import_module("qdrant_client.http.exceptions").ResponseHandlingException

    def gone(*_, **__):
        raise failed(OSError("connection refused"))

    store = QdrantStore("http://imitation", HashingEmbedder(32))
    store.add("ann", [record("a")])
    server.retrieve = server.upsert = server.scroll = gone
    for call in (lambda: store.get("ann"), lambda: store.add("ann", [record("b")]), lambda: list(store.users())):
        with pytest.raises(StoreUnavailableError, match="refused"):
            call()


def test_an_older_server_is_refused(server):
    server.info = lambda: type("Info", (), {"version": "1.16.3"})
    with pytest.raises(StoreUnavailableError, match=r"1\.16\.3"):
        QdrantStore("http://imitation", HashingEmbedder(32))


def test_a_foreign_collection_and_a_newer_format_are_refused(server):
    models = import_module("qdrant_client.models")
    vectors = models.VectorParams(size=32, distance=models.Distance.DOT)
    server.create_collection("foreign", vectors_config=vectors)
    server.create_collection("newer", vectors_config=vectors, metadata={"kind": "profile-resolver store", "format": 99})
    for name in ("foreign", "newer"):
        with pytest.raises(StoreFormatError, match=name):
            QdrantStore("http://imitation", HashingEmbedder(32), collection=name)


def test_a_write_that_was_overtaken_is_done_anew_on_the_newer_state(server):
    del server
    one, other = (QdrantStore("http://imitation", HashingEmbedder(32)) for _ in range(2))
    one.add("ann", [record("a")])
    engine, put = one._engine, one._engine.put
    for user, taken in (("ann", "b"), ("eve", "a")):  # a user who is there, and one who is new

        def overtaken(*given, user=user, taken=taken):
            put(*given)
            engine.put = put
            other.add(user, [record(taken)])

        engine.put = overtaken
        one.add(user, [record("c")])
    assert [had.id for had in one.get("ann")] == ["a", "b", "c"]
    assert [had.id for had in other.get("eve")] == ["a", "c"]
    assert len(engine.points("ann", None, text=False, vectors=False)) == 3
    engine.put = lambda *given: (put(*given), setattr(engine, "put", put), other.add("ann", [record("d")]))
    with pytest.raises(DuplicateIdError):
        one.add("ann", [record("d")])
    engine.put = lambda *given: (put(*given), setattr(engine, "put", put), other.forget("ann"))
    with pytest.raises(UnknownUserError):
        one.update("ann", [record("a", "opera")])
    assert engine.points("ann", None, text=False, vectors=False) == []


def test_points_of_a_write_under_way_are_not_swept(server):
    del server
    one, other = (QdrantStore("http://imitation", HashingEmbedder(32)) for _ in range(2))
    one.add("ann", [record("a")])
    sweep, move = one._engine.sweep, other._engine.move

    def late(user, head):  # another process begins on the new head, and ends after the sweep
        other._engine.move = lambda *given: (sweep(user, head), move(*given))[1]
        other.add("ann", [record("c")])

    one._engine.sweep = late
    one.add("ann", [record("b")])
    assert [had.id for had in one.get("ann")] == ["a", "b", "c"]


def test_leftovers_of_a_crashed_write_are_not_read_and_swept(server):
    store = QdrantStore("http://imitation", HashingEmbedder(32))
    store.add("ann", [record("a")])
    server.upsert, whole = lambda name, points, **how: whole(name, points[:2], **how), server.upsert
    move, store._engine.move = store._engine.move, lambda *_: 1 / 0  # killed before the head
    with pytest.raises(ZeroDivisionError):
        store.add("ann", [record("b"), record("c"), record("d")])
    server.upsert, store._engine.move = whole, move
    assert store.get("ann") == (record("a"),)
    assert [hit.id for hit in store.search("ann", "likes ramen", 5)] == ["a"]
    store.add("ann", [record("e")])
    assert len(store._engine.points("ann", None, text=False, vectors=False)) == 2


def test_a_hit_of_another_user_is_not_given_out(server):
    store = QdrantStore("http://imitation", HashingEmbedder(32))
    store.add("ann", [record("a")])
    key = store._engine.head("ann").members["a"]
    server.set_payload("profile-resolver", {"user": "bob"}, points=[key])
    engine, scored = store._engine, store._engine.scored
    engine.scored = lambda _, vector: scored("bob", vector)  # a filter that went wrong
    with pytest.raises(LeakError):
        store.search("ann", "ramen", 1)
