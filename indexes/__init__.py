"""Text in, ranked ids out: embedders, dense and lexical indexes, their fusion, and stores with one partition per user.

This package knows texts, vectors and ids, never a profile or a platform. Importing it loads nothing heavy: numpy,
FAISS, onnxruntime and torch are imported when a name that needs them is first used.

Example:
    >>> from indexes import HashingEmbedder, HybridIndex
    >>> index = HybridIndex(HashingEmbedder())
    >>> index.add(["a", "b"], ["I like ramen.", "My dentist is in Sunnyvale."])
    >>> index.search("find me a dentist", 1)[0].id
    'b'
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from indexes.analysis import analyse
    from indexes.approximate import ApproximateIndex
    from indexes.cached import CachedEmbedder
    from indexes.dense import DenseIndex
    from indexes.embedding import Embedder
    from indexes.errors import (
        DimensionError,
        DuplicateIdError,
        EmbeddingError,
        ExportError,
        IndexFileError,
        IndexingError,
        IndexModelError,
        LeakError,
        MissingUserError,
        RerankingError,
        StoreClosedError,
        StoreError,
        StoreFormatError,
        StoreLockedError,
        StoreModelError,
        StoreUnavailableError,
        UnknownIdError,
        UnknownUserError,
        WorkerDiedError,
        WorkersUnavailableError,
    )
    from indexes.executors import Executor, ProcessExecutor
    from indexes.fusion import reciprocal_rank_fusion, score_fusion
    from indexes.hashing import HashingEmbedder
    from indexes.hits import FusedHit, Hit
    from indexes.hybrid import HybridIndex
    from indexes.lexical import LexicalIndex
    from indexes.loading import DEFAULT_MODEL, load_embedder
    from indexes.ray_executor import RayExecutor
    from indexes.reranking import Reranker, load_reranker
    from indexes.static import static_of
    from indexes.stores.contract import Store
    from indexes.stores.memory import MemoryStore
    from indexes.stores.postgres import PostgresStore
    from indexes.stores.qdrant import QdrantStore
    from indexes.stores.record import Snapshot, StoredRecord
    from indexes.stores.sqlite import SqliteStore

__all__ = [
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

_HOME = {
    "DEFAULT_MODEL": "loading",
    "ApproximateIndex": "approximate",
    "CachedEmbedder": "cached",
    "DenseIndex": "dense",
    "DimensionError": "errors",
    "DuplicateIdError": "errors",
    "Embedder": "embedding",
    "EmbeddingError": "errors",
    "Executor": "executors",
    "ExportError": "errors",
    "FusedHit": "hits",
    "HashingEmbedder": "hashing",
    "Hit": "hits",
    "HybridIndex": "hybrid",
    "IndexFileError": "errors",
    "IndexModelError": "errors",
    "IndexingError": "errors",
    "LeakError": "errors",
    "LexicalIndex": "lexical",
    "MemoryStore": "stores.memory",
    "MissingUserError": "errors",
    "PostgresStore": "stores.postgres",
    "ProcessExecutor": "executors",
    "QdrantStore": "stores.qdrant",
    "RayExecutor": "ray_executor",
    "Reranker": "reranking",
    "RerankingError": "errors",
    "Snapshot": "stores.record",
    "SqliteStore": "stores.sqlite",
    "Store": "stores.contract",
    "StoreClosedError": "errors",
    "StoreError": "errors",
    "StoreFormatError": "errors",
    "StoreLockedError": "errors",
    "StoreModelError": "errors",
    "StoreUnavailableError": "errors",
    "StoredRecord": "stores.record",
    "UnknownIdError": "errors",
    "UnknownUserError": "errors",
    "WorkerDiedError": "errors",
    "WorkersUnavailableError": "errors",
    "analyse": "analysis",
    "load_embedder": "loading",
    "load_reranker": "reranking",
    "reciprocal_rank_fusion": "fusion",
    "score_fusion": "fusion",
    "static_of": "static",
}


def __getattr__(name: str) -> object:
    """Import a public name from its module on first use (PEP 562)."""
    home = _HOME.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """The public names, loaded or not."""
    return sorted({*globals(), *__all__})
