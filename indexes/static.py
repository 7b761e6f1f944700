"""Sentence vectors without a network: the mean of a table's rows, at a small part of the model's time.

A text is what its words are, in any order; "no" and "not" hardly count. What that costs in retrieval is what
``profile-bench retrieval`` measures.
"""

from __future__ import annotations

from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np

from indexes.embedding import well_formed
from indexes.errors import EmbeddingError
from indexes.static_table import DIMENSION, FORMAT, STRONGEST, make_table, read_table_manifest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from indexes.embedding import Embedder
    from indexes.static_table import TableManifest

__all__ = ["StaticEmbedder", "static_of"]

_FEW = 64
_AT_ONCE = 256  # texts whose rows are held at the same time


class StaticEmbedder:
    """A model as a table of token vectors, made first if it is not in the cache or is damaged there.

    Its name has another hash than the model's: what was learned on the model's vectors means nothing for these.

    Args:
        directory: The model directory.
        fingerprint: Its hash.
        cache_dir: Where tables are kept.
        label: The model's name for people.
        whole: With all components of the table, the strongest too, and every token counting alike. That tells sorts of
            words apart ("Oslo" from "comedy"), but not so well what one text is about from what another is.

    Raises:
        ExportError: The model is of another shape than transformer, pooling, normalisation.
        EmbeddingError: The model cannot be loaded, or what was made cannot be read.
        OSError: The cache cannot be written.
    """

    def __init__(self, directory: Path, *, fingerprint: str, cache_dir: Path, label: str, whole: bool = False) -> None:
        self._made_from = partial(
            StaticEmbedder, directory, fingerprint=fingerprint, cache_dir=cache_dir, label=label, whole=whole
        )
        place = cache_dir / "static" / f"{fingerprint[:32]}-v{FORMAT}"
        manifest = read_table_manifest(place, fingerprint=fingerprint)
        if manifest is None:
            manifest = make_table(directory, place, fingerprint=fingerprint)
        self.manifest: TableManifest = manifest
        first = 0 if whole else min(STRONGEST, manifest.dimension - 1)
        last = manifest.dimension if whole else min(first + DIMENSION, manifest.dimension)
        self.dimension = last - first
        self.name = f"{label}@{fingerprint[:12]}-static{'-whole' if whole else ''}-v{FORMAT}"
        try:
            from tokenizers import Tokenizer  # noqa: PLC0415 - late, like everything heavy

            self._tokenizer: Any = Tokenizer.from_file(str(place / "tokenizer.json"))
            rows = np.load(place / "rows.npy", mmap_mode="r", allow_pickle=False)
            self._rows = rows[:, first:last].astype(np.float32)
            if not whole:
                self._rows *= np.load(place / "weights.npy", allow_pickle=False).astype(np.float32)[:, None]
        except Exception as error:  # tokenizers raises plain exceptions
            raise EmbeddingError(f"{place} cannot be read: {error}; remove that folder to make it anew") from error

    def __reduce__(self) -> tuple[Callable[[], StaticEmbedder], tuple[()]]:
        """For another process: loaded there from the same files."""
        return self._made_from, ()

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Encode texts: ``(len(texts), dimension)``, rows of L2 norm 1.

        A text without any token has the direction in which tokens differ least, of those kept, and so is near to none.
        """
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for start in range(0, len(texts), _AT_ONCE):
            encodings = self._encodings([well_formed(text) for text in texts[start : start + _AT_ONCE]])
            ids = [encoding.ids for encoding in encodings]
            some = [place for place, own in enumerate(ids) if own]
            if some:
                rows = self._rows[list(chain.from_iterable(ids))]
                begins = np.cumsum([0, *(len(ids[place]) for place in some[:-1])])
                vectors[[start + place for place in some]] = np.add.reduceat(rows, begins, axis=0)
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        vectors[norms[:, 0] == 0.0, -1] = 1.0
        norms[norms == 0.0] = 1.0
        vectors /= norms
        return vectors

    def _encodings(self, texts: list[str]) -> list[Any]:
        if len(texts) <= _FEW:  # a query, or its pieces: a batch would wake other threads for them
            return [self._tokenizer.encode(text, add_special_tokens=False) for text in texts]
        return list(self._tokenizer.encode_batch_fast(texts, add_special_tokens=False))


def static_of(embedder: Embedder) -> Embedder | None:
    """The token vectors of an embedder's own model, made first if need be; None where it has none.

    Embedders of `load_embedder` and a `CachedEmbedder` around one have them, if their model is of a shape that a table
    can be made of. Another embedder has them if it has a method ``make_static`` that gives an embedder.

    Raises:
        EmbeddingError: The model cannot be loaded, or what was made cannot be read.
        OSError: The cache cannot be written.
    """
    make = getattr(embedder, "make_static", None)
    found: Embedder | None = make() if make is not None else None
    return found
