"""A Resolver on a store: what is kept, shared and seen again."""

from __future__ import annotations

import asyncio
from datetime import datetime, timezone

import pytest

from indexes import HashingEmbedder, MemoryStore, SqliteStore
from resolver import (
    DuplicateError,
    Event,
    Fact,
    MissingUserError,
    Profile,
    ProfileError,
    Resolver,
    UnknownUserError,
)
from resolver.keeper import Keeper

QUERY = "order a pizza to my work address"


def profile(used, user="ada", platform="Larder"):
    return Profile.from_json({"address": {"work": "1 Mill Lane"}, "log": used(platform, "ramen", "soup")}, user=user)


@pytest.fixture(params=["memory", "sqlite"])
def store(request, tmp_path, embedder):
    made = MemoryStore(embedder) if request.param == "memory" else SqliteStore(tmp_path / "s.sqlite", embedder)
    with made:
        yield made


def test_every_store_gives_the_same_answer(catalog, embedder, store, used):
    answers = []
    for own in (store, None):
        resolver = Resolver(catalog, store=own, embedder=embedder)
        resolver.add(profile(used))
        resolver.log("ada", Event(id="e", text="order salad", platform="QuickBite.io", tool="order_food"))
        resolver.remember("ada", Fact(id="f", path="phone", value="555-0100", text="phone: 555-0100"))
        answers.append((resolver.resolve(QUERY, user="ada"), resolver.retrieve(QUERY, user="ada")))
    assert answers[0] == answers[1]


def test_a_user_is_known_when_the_store_is_opened_again(catalog, embedder, tmp_path, used):
    with SqliteStore(tmp_path / "s.sqlite", embedder) as store:
        resolver = Resolver(catalog, store=store)
        resolver.add(profile(used))
        before = resolver.resolve(QUERY, user="ada")
    with SqliteStore(tmp_path / "s.sqlite", embedder) as store:
        resolver = Resolver(catalog, store=store)
        assert resolver.users == ("ada",)
        assert resolver.resolve(QUERY, user="ada") == before
        with pytest.raises(DuplicateError):
            resolver.add(profile(used))


def test_what_one_resolver_writes_another_sees_at_once(catalog, store, used):
    one, other = Resolver(catalog, store=store), Resolver(catalog, store=store)
    one.add(profile(used))
    assert other.resolve(QUERY, user="ada").choice.platform == "Larder"
    one.log(
        "ada",
        [Event(id=f"e{n}", text="order soup", platform="QuickBite.io", tool="order_food") for n in range(3)],
    )
    assert other.resolve(QUERY, user="ada").choice.platform == "QuickBite.io"
    other.forget("ada")
    with pytest.raises(UnknownUserError):
        one.resolve(QUERY, user="ada")
    one.add(profile(used, platform="QuickBite.io"))
    assert other.resolve(QUERY, user="ada").choice.platform == "QuickBite.io"


def test_as_of_heeds_what_held_then(catalog, store, used):
    resolver = Resolver(catalog, store=store)
    resolver.add(Profile.from_json({"log": used("Larder", "ramen", "soup", arguments={})}, user="ada"))
    resolver.remember(
        "ada",
        [
            Fact(
                id="old",
                path="address.work",
                value="1 Mill Lane",
                text="address work: 1 Mill Lane",
                valid_to="2026-03-01",
            ),
            Fact(
                id="new",
                path="address.work",
                value="9 Quay Street",
                text="address work: 9 Quay Street",
                valid_from="2026-03-01T00:00:00Z",
            ),
        ],
    )
    for month, address in ((2, "1 Mill Lane"), (3, "9 Quay Street")):
        moment = datetime(2026, month, 1, tzinfo=timezone.utc)
        answer = resolver.resolve(QUERY, user="ada", as_of=moment)
        assert answer.calls[0].arguments["delivery_address"] == address
        found = resolver.retrieve("my work address", user="ada", judged=False, as_of=moment)
        assert {item.text for item in found if "address" in item.text} == {f"address work: {address}"}
    with pytest.raises(ValueError, match="time zone"):
        resolver.resolve(QUERY, user="ada", as_of=datetime(2026, 2, 1))  # noqa: DTZ001 - that is the mistake


def test_a_failed_write_keeps_what_was_there(catalog, store, used):
    resolver = Resolver(catalog, store=store)
    resolver.add(profile(used))
    before = resolver.resolve(QUERY, user="ada")
    new, known = Event(id="e", text="order soup"), Event(id="address.work", text="order soup")
    with pytest.raises(DuplicateError):
        resolver.log("ada", [new, known])
    assert resolver.resolve(QUERY, user="ada") == before
    assert len(store.get("ada")) == 3


def test_only_users_asked_for_last_stay_in_memory(embedder, used):
    keeper = Keeper(MemoryStore(embedder), capacity=7)
    for user in ("ann", "bob", "cid"):
        keeper.add(profile(used, user))
    first = keeper.records("ann")
    assert keeper.records("ann") is first
    keeper.records("bob")
    assert keeper.records("ann") is first
    keeper.records("cid")
    assert keeper.records("ann") is first
    assert list(keeper._kept) == ["cid", "ann"]
    with pytest.raises(ValueError, match="capacity"):
        Keeper(MemoryStore(embedder), capacity=0)


def test_a_store_of_another_model_is_refused(catalog):
    with pytest.raises(ValueError, match="vectors of"):
        Resolver(catalog, store=MemoryStore(HashingEmbedder(32)), embedder=HashingEmbedder(64))


def test_every_call_can_be_awaited(catalog, store, used):
    async def work():
        resolver = Resolver(catalog, store=store)
        await resolver.aadd(profile(used))
        await resolver.alog("ada", Event(id="e", text="order soup", platform="Larder", tool="order_food"))
        await resolver.aremember("ada", Fact(id="f", path="phone", value="555-0100", text="phone: 555-0100"))
        answers = await asyncio.gather(*(resolver.aresolve(QUERY, user="ada") for _ in range(4)))
        assert answers == [resolver.resolve(QUERY, user="ada")] * 4
        assert await resolver.aresolve_many([("ada", QUERY)]) == answers[:1]
        assert await resolver.aexplain(QUERY, user="ada") == resolver.explain(QUERY, user="ada")
        assert await resolver.aretrieve(QUERY, user="ada") == resolver.retrieve(QUERY, user="ada")
        await resolver.aforget("ada")
        assert resolver.users == ()

    asyncio.run(work())


def test_what_a_store_refuses_is_an_error_of_this_package(catalog, store, used):
    resolver = Resolver(catalog, store=store)
    with pytest.raises(MissingUserError, match="512"):
        resolver.add(profile(used, "x" * 600))
    with pytest.raises(MissingUserError, match="512"):
        resolver.resolve(QUERY, user="x" * 600)
    alike = tuple(Fact(id=key, path=key, value=1, text="one") for key in ("a\0", "a "))
    with pytest.raises(DuplicateError, match="twice"):  # which a store cannot tell apart
        resolver.add(Profile(user="ada", facts=alike))
    with pytest.raises(ProfileError, match="not empty"):
        resolver.add(Profile(user="ada", facts=(Fact(id="", path="x", value=1, text="one"),)))
    assert resolver.users == ()
