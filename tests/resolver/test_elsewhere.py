"""Queries resolved and profiles indexed by worker processes."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

from indexes import HashingEmbedder, MemoryStore, ProcessExecutor, RayExecutor
from resolver import DuplicateError, Profile, QueryError, Resolver


def profiles(used, count):
    for number in range(count):
        platform = ("Larder", "QuickBite.io")[number % 2]
        address = {"work": f"{number} Mill Lane"}
        yield Profile.from_json({"address": address, "log": used(platform, "ramen", "soup")}, user=f"user {number}")


@pytest.fixture(scope="module")
def executor():
    with ProcessExecutor(2) as made:
        yield made


@pytest.fixture
def ray(request):
    """Workers of a Ray cluster of two nodes."""
    if find_spec("ray") is None:
        pytest.skip("ray is not installed: make test-services")
    with RayExecutor(request.getfixturevalue("cluster")) as made:
        yield made


# Ray's own warnings on this Python are none of ours
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::ResourceWarning")
@pytest.mark.parametrize("workers", ["executor", pytest.param("ray", marks=pytest.mark.services)])
def test_workers_give_the_answers_that_this_process_gives(catalog, embedder, workers, used, request):
    executor = request.getfixturevalue(workers)
    store = MemoryStore(embedder, fusion="rrf", weights={"dense": 0.3})
    resolver = Resolver(catalog, store=store, k=3, reranker=lambda *_: None)  # which could not travel, and need not
    resolver.add_many(profiles(used, 7))
    pairs = [(f"user {n % 7}", query) for n, query in enumerate(["order a pizza to my work", "where is order 7"] * 40)]
    assert resolver.resolve_many(pairs, executor=executor) == resolver.resolve_many(pairs)
    assert resolver.resolve_many([], executor=executor) == []


def test_profiles_indexed_by_workers_are_those_indexed_here(catalog, embedder, executor, used):
    here, there = Resolver(catalog, embedder=embedder), Resolver(catalog, embedder=embedder)
    here.add_many(profiles(used, 300))
    there.add_many(profiles(used, 300), executor=executor)
    for user in ("user 0", "user 171", "user 299"):
        assert there.store.get(user) == here.store.get(user)
        assert there.store.read(user).vectors.tolist() == here.store.read(user).vectors.tolist()
    assert set(there.users) == set(here.users) == {f"user {n}" for n in range(300)}


def test_bad_queries_are_refused_before_any_worker_begins(catalog, embedder, used):
    resolver = Resolver(catalog, embedder=embedder)
    resolver.add_many(profiles(used, 1))
    with pytest.raises(QueryError):
        resolver.resolve_many([("user 0", "order soup"), ("user 0", " ")], executor=_Nobody())


def test_a_user_given_twice_is_refused_and_those_before_are_kept(catalog, used):
    resolver = Resolver(catalog, embedder=HashingEmbedder(32))
    with pytest.raises(DuplicateError, match="user 1"):
        resolver.add_many([*profiles(used, 2), *list(profiles(used, 2))[1:]])
    assert set(resolver.users) == {"user 0", "user 1"}
    with pytest.raises(TypeError, match="expected a Profile"):
        resolver.add_many(["user 7"])


class _Nobody:
    workers = 1

    def map(self, prepare, items):  # noqa: ARG002
        raise AssertionError
