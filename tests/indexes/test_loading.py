from __future__ import annotations

import json
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec

import numpy as np
import pytest

from indexes import Embedder, ExportError, load_embedder
from indexes.onnx_export import PROBES

pytestmark = pytest.mark.model

TEXTS = [
    "Find me a dentist in Sunnyvale.",
    "ok",
    "",
    "I avoid paid subscriptions and prefer free and open-source material for learning new things.",
    "🍕 \ud83d שלום",
    "word " * 400,
]


def cosines(a, b):
    return np.einsum("ij,ij->i", a, b)


@pytest.mark.parametrize("runtime", ["onnx", "torch_embedder"])
def test_it_is_an_embedder_of_unit_vectors(runtime, request):
    embedder = request.getfixturevalue(runtime)
    assert isinstance(embedder, Embedder)
    vectors = embedder.encode(TEXTS)
    assert (vectors.shape, vectors.dtype) == ((len(TEXTS), 384), np.float32)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert embedder.encode([]).shape == (0, 384)


def test_both_runtimes_agree_and_have_names_of_their_own(onnx, torch_embedder):
    texts = [*TEXTS, *PROBES]
    assert cosines(onnx.encode(texts), torch_embedder.encode(texts)).min() > 0.96
    assert onnx.name != torch_embedder.name


def test_an_onnx_vector_does_not_depend_on_its_batch_or_thread(onnx):
    alone = np.concatenate([onnx.encode([text]) for text in TEXTS])
    assert np.array_equal(onnx.encode(TEXTS), alone)
    assert np.array_equal(onnx.encode(TEXTS[::-1])[::-1], alone)
    assert np.array_equal(onnx.encode(TEXTS[:2]), alone[:2])
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda text: onnx.encode([text]), TEXTS * 5))
    assert np.array_equal(np.concatenate(together), np.tile(alone, (5, 1)))


def test_a_torch_vector_depends_on_its_batch_by_rounding_only(torch_embedder):
    alone = np.concatenate([torch_embedder.encode([text]) for text in TEXTS])
    assert np.abs(torch_embedder.encode(TEXTS) - alone).max() < 1e-6


def test_meaning_is_near(onnx):
    a, b, c = onnx.encode(["Where can I get my teeth checked?", "My dentist is in town.", "I like window seats."])
    assert a @ b > 0.3 > a @ c


def test_a_text_of_100_kilobytes_is_cut_to_what_the_model_reads(onnx):
    assert np.array_equal(onnx.encode(["word " * 20_000]), onnx.encode(["word " * 300]))


def run(code, model_directory, cache):
    code = f"import sys; model, cache = {str(model_directory)!r}, {str(cache)!r}\n{code}"
    return subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False)  # noqa: S603


def test_a_warm_load_imports_neither_torch_nor_transformers_and_says_nothing(model_directory, model_cache):
    code = """
from indexes import load_embedder
assert load_embedder(model, cache_dir=cache).encode(["tea"]).shape == (1, 384)
sys.exit(", ".join({"torch", "transformers", "onnx", "huggingface_hub", "faiss"} & set(sys.modules)) or 0)
"""
    done = run(code, model_directory, model_cache)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_cold_load_of_either_runtime_says_nothing_and_makes_no_connection(model_directory, tmp_path):
    code = """
import socket
calls = []
def refuse(*args, **kwargs):
    calls.append(args)
    raise OSError("no network in this test")
socket.socket.connect = socket.socket.connect_ex = socket.getaddrinfo = refuse
from indexes import load_embedder
load_embedder(model, runtime="onnx", cache_dir=cache).encode(["tea"])
load_embedder(model, runtime="torch", cache_dir=cache).encode(["tea"])
sys.exit(f"connections: {calls}" if calls else 0)
"""
    done = run(code, model_directory, tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_default_name_finds_the_package(model_cache, monkeypatch, tmp_path, onnx):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setenv("PROFILE_RESOLVER_CACHE", str(model_cache))
    found = load_embedder()
    assert found.name.startswith("sentence-transformers/all-MiniLM-L6-v2@")
    assert np.array_equal(found.encode(["tea"]), onnx.encode(["tea"]))


def test_a_damaged_export_is_made_again(model_directory, model_cache, tmp_path, onnx):
    cache = tmp_path / "cache"
    shutil.copytree(model_cache, cache)
    (place,) = (cache / "onnx").iterdir()
    whole = (place / "model.onnx").read_bytes()
    (place / "model.onnx").write_bytes(whole[:1000])
    again = load_embedder(model_directory, runtime="onnx", cache_dir=cache)
    assert (place / "model.onnx").stat().st_size > 1000
    assert cosines(again.encode(TEXTS), onnx.encode(TEXTS)).min() > 0.9999
    assert [path.name for path in (cache / "onnx").iterdir()] == [place.name]


def test_int8_that_strays_from_torch_gives_way_to_fp32(model_directory, tmp_path, monkeypatch, torch_embedder):
    monkeypatch.setattr("indexes.onnx_export.INT8_COSINE", 1.1)
    embedder = load_embedder(model_directory, runtime="onnx", cache_dir=tmp_path)
    assert "fp32" in embedder.name
    assert cosines(embedder.encode(TEXTS), torch_embedder.encode(TEXTS)).min() > 0.9999


def test_a_model_that_cannot_be_exported_runs_on_torch_unless_onnx_is_demanded(model_directory, tmp_path):
    model = tmp_path / "model"
    shutil.copytree(model_directory, model)
    config = model / "1_Pooling" / "config.json"
    config.write_text(json.dumps({**json.loads(config.read_text()), "pooling_mode_max_tokens": True}))
    with pytest.raises(ExportError, match="only mean and cls"):
        load_embedder(model, runtime="onnx", cache_dir=tmp_path / "cache")
    embedder = load_embedder(model, cache_dir=tmp_path / "cache")
    assert embedder.name.endswith("/torch")
    assert embedder.dimension == 768


def test_without_onnxruntime_auto_takes_torch_and_onnx_says_what_to_install(model_directory, tmp_path, monkeypatch):
    hidden = lambda name: None if name == "onnxruntime" else find_spec(name)  # noqa: E731
    monkeypatch.setattr("indexes.loading.find_spec", hidden)
    with pytest.raises(ExportError, match=r"onnxruntime.*pip install"):
        load_embedder(model_directory, runtime="onnx", cache_dir=tmp_path)
    assert load_embedder(model_directory, cache_dir=tmp_path).name.endswith("/torch")
