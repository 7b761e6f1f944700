"""A cache around any embedder."""

from __future__ import annotations

import threading
from collections import OrderedDict
from functools import partial
from hashlib import blake2b
from typing import TYPE_CHECKING

import numpy as np

from indexes.embedding import well_formed
from indexes.static import static_of
from indexes.vector_file import VectorFile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from indexes.embedding import Embedder

__all__ = ["CachedEmbedder"]

_KEY_BYTES = 20


class CachedEmbedder:
    """Remembers vectors by embedder name and text hash, in memory and, if asked to, in a file.

    Only texts that are not remembered are encoded, each distinct one once. The memory holds the ``capacity`` texts used
    last. The file holds hashes and vectors, never a text; it is a cache, so one that is damaged or of another format is
    discarded and begun anew. Thread-safe; two threads that miss the same text at once may both encode it.

    Args:
        embedder: Makes the vectors.
        path: File to keep vectors in (SQLite); may be shared by embedders and processes. ``None`` for memory only.
        capacity: Texts to remember in memory, at least 1.

    Raises:
        ValueError: The capacity is below 1.
        IndexingError: The path holds something that is not such a cache.
        OSError: The file cannot be made.
    """

    def __init__(self, embedder: Embedder, *, path: Path | None = None, capacity: int = 100_000) -> None:
        if capacity < 1:
            raise ValueError(f"capacity must be at least 1, got {capacity}")
        self.embedder = embedder
        self.name = embedder.name
        self.dimension = embedder.dimension
        self.capacity = capacity
        self._seed = blake2b(embedder.name.encode(), digest_size=_KEY_BYTES)
        self._memory: OrderedDict[bytes, NDArray[np.float32]] = OrderedDict()
        self._file = None if path is None else VectorFile(path, dimension=embedder.dimension)
        self._lock = threading.Lock()

    def __reduce__(self) -> tuple[Callable[[], CachedEmbedder], tuple[()]]:
        """For another process: an empty memory, and the same file."""
        path = None if self._file is None else self._file.path
        return partial(CachedEmbedder, self.embedder, path=path, capacity=self.capacity), ()

    def make_static(self) -> Embedder | None:
        """The token vectors of the model inside; see `indexes.static_of`."""
        return static_of(self.embedder)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Encode texts: ``(len(texts), dimension)``, rows of L2 norm 1, the caller's own copy."""
        if len(texts) == 1:  # a query: the common call, worth its own way
            key = self._key(texts[0])
            with self._lock:
                vector = self._memory.get(key)
                if vector is not None:
                    self._memory.move_to_end(key)
                    single: NDArray[np.float32] = vector.reshape(1, -1).copy()
                    return single
        keys = [self._key(text) for text in texts]
        found = self._remembered(keys)
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in found}
        if missing:
            fresh = dict(zip(missing, self.embedder.encode(list(missing.values())), strict=True))
            found.update(fresh)
            if (file := self._file) is not None:
                file.write(fresh)
        with self._lock:
            for key in keys:
                self._memory[key] = np.array(found[key])  # own memory: a row would keep its whole batch alive
                self._memory.move_to_end(key)
            while len(self._memory) > self.capacity:
                self._memory.popitem(last=False)
        vectors = np.empty((len(keys), self.dimension), dtype=np.float32)
        for row, key in zip(vectors, keys, strict=True):
            row[:] = found[key]
        return vectors

    def discard(self, texts: Iterable[str]) -> None:
        """Forget the vectors of these texts, in memory and in the file; then `scrub` leaves no byte of them there.

        Raises:
            StoreError: The file is held by another process or cannot be written.
        """
        keys = [self._key(text) for text in texts]
        with self._lock:
            for key in keys:
                self._memory.pop(key, None)
        if (file := self._file) is not None:
            file.delete(keys)

    def scrub(self) -> None:
        """Overwrite what the file still holds of vectors that were discarded; it reads the whole file.

        Raises:
            StoreError: The file is held by another process or cannot be written.
        """
        if (file := self._file) is not None:
            file.scrub()

    def close(self) -> None:
        """Close the file, if there is one; the embedder stays usable from memory."""
        file, self._file = self._file, None
        if file is not None:
            file.close()

    def _remembered(self, keys: Sequence[bytes]) -> dict[bytes, NDArray[np.float32]]:
        with self._lock:
            found = {key: self._memory[key] for key in keys if key in self._memory}
        if (file := self._file) is not None and len(found) < len(keys):
            found |= file.read([key for key in dict.fromkeys(keys) if key not in found])
        return found

    def _key(self, text: str) -> bytes:
        digest = self._seed.copy()
        digest.update(b"\0")
        digest.update(well_formed(text).encode())
        return digest.digest()
