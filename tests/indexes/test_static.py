from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from indexes import CachedEmbedder, Embedder, EmbeddingError, ExportError, HashingEmbedder, load_embedder
from indexes.loading import _cache_dir
from indexes.static import StaticEmbedder, static_of
from indexes.static_table import FORMAT, STRONGEST, write_table
from resolver.bilinear import model_of

WORDS = ["[UNK]", "tea", "dentist", "ramen", "my", "the"]
TEXTS = ["the tea", "", "my dentist", "ramen \ud83d ramen", "no such word", "tea " * 5000, "   "]
FINGERPRINT = "ab" * 32
WEIGHTS = np.linspace(0.25, 1.0, len(WORDS))


@pytest.fixture
def tokenizer():
    tokenizers = pytest.importorskip("tokenizers")
    made = tokenizers.Tokenizer(tokenizers.models.WordLevel({w: n for n, w in enumerate(WORDS)}, unk_token=WORDS[0]))
    made.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    made.enable_truncation(512)
    return made.to_str()


@pytest.fixture
def cache(tmp_path, tokenizer):
    rows = np.random.default_rng(1).normal(size=(len(WORDS), 8 + STRONGEST)).astype(np.float32)
    write_table(
        rows, WEIGHTS, tokenizer, tmp_path / "static" / f"{FINGERPRINT[:32]}-v{FORMAT}", fingerprint=FINGERPRINT
    )
    return tmp_path


def opened(cache, **more):
    return StaticEmbedder(**{"directory": cache, "fingerprint": FINGERPRINT, "cache_dir": cache, "label": "m", **more})


def test_it_is_an_embedder_of_unit_vectors(cache):
    embedder = opened(cache)
    assert isinstance(embedder, Embedder)
    vectors = embedder.encode(TEXTS)
    assert (vectors.shape, vectors.dtype) == ((len(TEXTS), 8), np.float32)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
    assert embedder.encode([]).shape == (0, 8)


def test_a_vector_depends_on_neither_batch_order_thread_nor_process_of_loading(cache):
    embedder = opened(cache)
    alone = np.concatenate([embedder.encode([text]) for text in TEXTS])
    assert np.array_equal(embedder.encode(TEXTS), alone)
    assert np.array_equal(embedder.encode(TEXTS[::-1])[::-1], alone)
    assert np.array_equal(opened(cache).encode(TEXTS), alone)
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda text: embedder.encode([text]), TEXTS * 5))
    assert np.array_equal(np.concatenate(together), np.tile(alone, (5, 1)))


def test_a_vector_is_the_mean_of_its_rows_whatever_their_order(cache):
    embedder = opened(cache)
    tea, dentist, both, turned = embedder.encode(["tea", "dentist", "tea dentist", "dentist tea"])
    assert np.allclose(both, turned, atol=1e-6)
    rows = embedder._rows[[1, 2]].mean(axis=0)
    assert np.allclose(embedder._rows, opened(cache, whole=True)._rows[:, STRONGEST:] * WEIGHTS[:, None], rtol=1e-2)
    assert np.allclose(both, rows / np.linalg.norm(rows), atol=1e-6)
    assert not np.allclose(tea, dentist, atol=0.1)


def test_a_text_without_tokens_has_a_direction_of_its_own(cache):
    empty, blank = opened(cache).encode(["", " \n "])
    assert empty.tolist() == [0.0] * 7 + [1.0]
    assert np.array_equal(empty, blank)


def test_the_name_is_not_that_of_the_models_own_vectors(cache):
    assert opened(cache).name == f"m@{FINGERPRINT[:12]}-static-v{FORMAT}"
    assert model_of(opened(cache).name) != model_of(f"m@{FINGERPRINT[:12]}/onnx-int8-v1")


def test_the_whole_table_has_all_components_and_a_name_of_its_own(cache):
    whole = opened(cache, whole=True)
    assert whole.encode(TEXTS).shape == (len(TEXTS), 8 + STRONGEST)
    assert whole.name == f"m@{FINGERPRINT[:12]}-static-whole-v{FORMAT}"


def test_an_embedder_without_a_model_has_no_table():
    assert static_of(HashingEmbedder()) is None
    assert static_of(CachedEmbedder(HashingEmbedder())) is None


def test_the_array_is_the_callers_own(cache):
    embedder = opened(cache)
    embedder.encode(["tea"])[:] = 0.0
    assert np.linalg.norm(embedder.encode(["tea"])) == pytest.approx(1.0)


@pytest.mark.parametrize("name", ["rows.npy", "weights.npy", "tokenizer.json", "manifest.json"])
def test_a_damaged_table_is_made_again(cache, tokenizer, monkeypatch, name):
    before = opened(cache).encode(TEXTS)
    (place,) = (cache / "static").iterdir()
    (place / name).write_bytes((place / name).read_bytes()[:20])
    made = []

    def make(source, target, *, fingerprint):
        made.append(source)
        rows = np.random.default_rng(1).normal(size=(len(WORDS), 8 + STRONGEST)).astype(np.float32)
        return write_table(rows, WEIGHTS, tokenizer, target, fingerprint=fingerprint)

    monkeypatch.setattr("indexes.static.make_table", make)
    assert np.array_equal(opened(cache).encode(TEXTS), before)
    assert made == [cache]
    opened(cache)
    assert made == [cache]


def test_a_table_whose_tokenizer_cannot_be_read_is_an_error_of_ours(tmp_path):
    place = tmp_path / "static" / f"{FINGERPRINT[:32]}-v{FORMAT}"
    write_table(np.ones((2, 3), dtype=np.float32), np.ones(2), "no tokenizer", place, fingerprint=FINGERPRINT)
    with pytest.raises(EmbeddingError, match="remove that folder"):
        opened(tmp_path)


@pytest.fixture(scope="module")
def static_cache(model_directory):
    """The cache that everything else uses: a table takes a minute to make, and ``make setup`` has made it."""
    cache = _cache_dir(None)
    load_embedder(model_directory, runtime="static", cache_dir=cache)
    return cache


@pytest.mark.model
def test_meaning_is_near(model_directory, static_cache):
    embedder = load_embedder(model_directory, runtime="static", cache_dir=static_cache)
    query, near, far = embedder.encode(["Find me a dentist", "Dental clinics near the office", "I like ramen soup"])
    assert query @ near > query @ far + 0.2


@pytest.mark.model
def test_a_models_embedder_has_the_whole_table_of_its_model_made_once(model_directory, static_cache):
    embedder = load_embedder(model_directory, cache_dir=static_cache)
    tokens = static_of(CachedEmbedder(embedder))
    assert tokens is static_of(embedder)
    assert tokens.dimension == embedder.dimension
    assert model_of(tokens.name).startswith(model_of(embedder.name))


@pytest.mark.model
def test_words_that_are_everywhere_hardly_count(model_directory, static_cache):
    embedder = load_embedder(model_directory, runtime="static", cache_dir=static_cache)
    bare, padded = embedder.encode(["dentist", "I am looking for the dentist"])
    assert bare @ padded > 0.7


@pytest.mark.model
def test_a_warm_load_imports_neither_torch_nor_onnxruntime_and_makes_no_connection(model_directory, static_cache):
    code = f"""
import socket, sys
def refuse(*args, **kwargs):
    raise SystemExit("a connection")
socket.socket.connect = socket.socket.connect_ex = socket.getaddrinfo = refuse
from pathlib import Path
from indexes import load_embedder
embedder = load_embedder({str(model_directory)!r}, runtime="static", cache_dir=Path({str(static_cache)!r}))
assert embedder.encode(["tea"]).shape == (1, 256)
sys.exit(", ".join({{"torch", "transformers", "onnxruntime", "huggingface_hub", "faiss"}} & set(sys.modules)) or 0)
"""
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.model
def test_a_model_that_cannot_be_made_a_table_says_so(model_directory, tmp_path, monkeypatch):
    def refuse(*_args):
        raise RuntimeError("out of memory")

    monkeypatch.setattr("indexes.static_table._outputs", refuse)
    with pytest.raises(ExportError, match="out of memory"):
        load_embedder(model_directory, runtime="static", cache_dir=tmp_path)
