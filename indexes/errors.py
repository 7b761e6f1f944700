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
    ├── IndexFileError           a saved index is not there, is damaged or of a newer format, or cannot be written
    │   └── IndexModelError      it holds vectors of another embedding model
    ├── UnknownUserError         no partition is open for this user
    ├── WorkersUnavailableError  the cluster that was to do the work does not answer
    ├── WorkerDiedError          a worker process died over the same work again and again
    └── StoreError               a store could not do what it was asked to, and changed nothing
        ├── StoreFormatError     what is at the path is no such store, is damaged, or is of a newer format
        ├── StoreModelError      it holds vectors of another embedding model
        ├── StoreLockedError     another process holds it for too long
        ├── StoreUnavailableError  the disk is full or read-only, or the server does not answer
        ├── StoreClosedError     it was closed
        └── LeakError            a search found records of another user, which are not given out
"""

from __future__ import annotations

__all__ = [
    "DimensionError",
    "DuplicateIdError",
    "EmbeddingError",
    "ExportError",
    "IndexFileError",
    "IndexModelError",
    "IndexingError",
    "LeakError",
    "MissingUserError",
    "RerankingError",
    "StoreClosedError",
    "StoreError",
    "StoreFormatError",
    "StoreLockedError",
    "StoreModelError",
    "StoreUnavailableError",
    "UnknownIdError",
    "UnknownUserError",
    "WorkerDiedError",
    "WorkersUnavailableError",
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


class IndexFileError(IndexingError):
    """A saved index is not there, is damaged, of another kind or of a newer format, or cannot be written."""


class IndexModelError(IndexFileError):
    """A saved index holds vectors of another embedding model than the one it is to be searched with."""


class WorkersUnavailableError(IndexingError):
    """The cluster that was to do the work does not answer, or what it needs is not installed."""


class WorkerDiedError(IndexingError):
    """A worker process died over the same work again and again, killed or out of memory."""


class StoreError(IndexingError):
    """A store could not do what it was asked to; what was acknowledged before is kept, and it works on once it can."""


class StoreFormatError(StoreError):
    """What is at the path is no such store, is damaged, or is of a newer format."""


class StoreModelError(StoreError):
    """The store holds vectors of another embedding model than the one it is opened with."""


class StoreLockedError(StoreError):
    """Another process holds the store for longer than was to be waited."""


class StoreUnavailableError(StoreError):
    """The disk is full, the folder is read-only, or the server does not answer."""


class StoreClosedError(StoreError):
    """The store was closed."""


class LeakError(StoreError):
    """A search found records of another user. It is a defect, and nothing of what was found is given out."""
