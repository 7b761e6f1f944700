from __future__ import annotations

import pytest

from indexes import CachedEmbedder, MissingUserError, Partitions, UnknownUserError


@pytest.fixture
def partitions(embedder):
    made = Partitions(embedder)
    made.open("ann").add(["f1"], ["likes ramen"])
    made.open("bob").add(["f1"], ["likes opera"])
    return made


def test_a_search_reads_one_users_records_only(partitions):
    assert [hit.id for hit in partitions.partition("ann").search("opera", 5, mode="lexical")] == []
    assert partitions.partition("bob").text("f1") == "likes opera"


def test_opening_twice_gives_the_same_partition(partitions):
    assert partitions.open("ann") is partitions.partition("ann")
    assert partitions.users == ("ann", "bob")
    assert len(partitions) == 2
    assert "ann" in partitions


@pytest.mark.parametrize("user", ["", "  ", None, 3])
@pytest.mark.parametrize("call", ["open", "partition", "forget"])
def test_a_missing_user_is_an_error_never_everyone(partitions, call, user):
    with pytest.raises(MissingUserError):
        getattr(partitions, call)(user)
    assert partitions.users == ("ann", "bob")


@pytest.mark.parametrize("call", ["partition", "forget"])
def test_an_unknown_user_is_an_error(partitions, call):
    with pytest.raises(UnknownUserError, match="'eve'"):
        getattr(partitions, call)("eve")


def test_a_forgotten_user_is_gone_and_others_stay(partitions):
    partitions.forget("ann")
    assert partitions.users == ("bob",)
    assert len(partitions.open("ann")) == 0


def test_forgetting_overwrites_the_users_vectors_in_the_cache_file(embedder, tmp_path):
    path = tmp_path / "vectors.sqlite"
    cached = CachedEmbedder(embedder, path=path)
    partitions = Partitions(cached)
    partitions.open("ann").add(["f1"], ["likes ramen"])
    secret = embedder.encode(["likes ramen"]).tobytes()
    assert secret in path.read_bytes()
    partitions.forget("ann")
    assert [file for file in tmp_path.iterdir() if secret in file.read_bytes()] == []


def test_bad_settings_raise_at_once(embedder):
    with pytest.raises(ValueError, match="fusion"):
        Partitions(embedder, fusion="best")
