from __future__ import annotations

import subprocess
import sys

import pytest

import indexes


def test_all_is_sorted_and_pinned():
    assert indexes.__all__ == [
        "DEFAULT_MODEL",
        "ApproximateIndex",
        "CachedEmbedder",
        "DenseIndex",
        "DimensionError",
        "DuplicateIdError",
        "Embedder",
        "EmbeddingError",
        "Executor",
        "ExportError",
        "FusedHit",
        "HashingEmbedder",
        "Hit",
        "HybridIndex",
        "IndexFileError",
        "IndexModelError",
        "IndexingError",
        "LeakError",
        "LexicalIndex",
        "MemoryStore",
        "MissingUserError",
        "PostgresStore",
        "ProcessExecutor",
        "QdrantStore",
        "RayExecutor",
        "Reranker",
        "RerankingError",
        "Snapshot",
        "SqliteStore",
        "Store",
        "StoreClosedError",
        "StoreError",
        "StoreFormatError",
        "StoreLockedError",
        "StoreModelError",
        "StoreUnavailableError",
        "StoredRecord",
        "UnknownIdError",
        "UnknownUserError",
        "WorkerDiedError",
        "WorkersUnavailableError",
        "analyse",
        "load_embedder",
        "load_reranker",
        "reciprocal_rank_fusion",
        "score_fusion",
        "static_of",
    ]


@pytest.mark.parametrize("name", indexes.__all__)
def test_every_public_name_resolves_to_the_object_of_that_name(name):
    value = getattr(indexes, name)
    assert getattr(value, "__name__", "DEFAULT_MODEL") == name
    assert name in dir(indexes)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="Nonsense"):
        _ = indexes.Nonsense


def test_importing_the_package_loads_nothing_heavy():
    heavy = {"numpy", "faiss", "torch", "onnxruntime", "tokenizers", "transformers", "rank_bm25", "huggingface_hub"}
    heavy |= {"psycopg", "psycopg_pool"}
    code = f"import sys, indexes; sys.exit(', '.join({heavy} & set(sys.modules)) or 0)"
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False)  # noqa: S603
    assert (done.returncode, done.stderr) == (0, "")


def test_every_error_is_an_indexing_error():
    errors = [getattr(indexes, name) for name in indexes.__all__ if name.endswith("Error")]
    assert all(issubclass(error, indexes.IndexingError) for error in errors)
    assert issubclass(indexes.ExportError, indexes.EmbeddingError)
