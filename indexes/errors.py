"""Errors of the index room.

Tree::

    IndexingError(Exception)
    ├── EmbeddingError           the embedding model cannot be found, loaded or verified
    │   └── ExportError          the model cannot be exported for onnxruntime or to a table
    ├── RerankingError           the reranking model cannot be found, loaded or verified
    ├── DimensionError           a vector has another dimension than the index
    ├── DuplicateIdError         an id is already in the index (use ``update``)
    ├── UnknownIdError           an id is not in the index
    ├── MissingUserError         a call on a user's partition without a user
    └── UnknownUserError         no partition is open for this user
"""

from __future__ import annotations

__all__ = [
    "DimensionError",
    "DuplicateIdError",
    "EmbeddingError",
    "ExportError",
    "IndexingError",
    "MissingUserError",
    "RerankingError",
    "UnknownIdError",
    "UnknownUserError",
]


class IndexingError(Exception):
    """Base of every error this package raises on purpose."""


class EmbeddingError(IndexingError):
    """The embedding model cannot be found, loaded, verified or exported."""


class ExportError(EmbeddingError):
    """The model cannot be exported for onnxruntime, or to a table of tokens; the torch runtime may still run it."""


class RerankingError(IndexingError):
    """The reranking model cannot be found, loaded or verified."""


class DimensionError(IndexingError):
    """A vector does not have the dimension of the index."""


class DuplicateIdError(IndexingError):
    """An id that is added is already there, or is given twice in one call."""


class UnknownIdError(IndexingError):
    """An id that is updated or deleted is not there."""


class MissingUserError(IndexingError):
    """A call on a user's partition came without a user: an error, never "everyone"."""


class UnknownUserError(IndexingError):
    """No partition is open for this user."""
