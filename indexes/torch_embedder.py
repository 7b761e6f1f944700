"""Sentence vectors through sentence-transformers: every model it can load, slower than onnxruntime."""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from indexes.embedding import well_formed
from indexes.errors import EmbeddingError
from indexes.quiet import quiet_and_offline

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from indexes.embedding import Embedder

__all__ = ["TorchEmbedder", "load_sentence_transformer"]

_BATCH = 32


class TorchEmbedder:
    """A sentence-transformers model on the CPU.

    Texts are padded to the longest of their batch and the padding is masked, so a vector depends on its neighbours only
    by float32 rounding (1e-7). A lock makes it safe to call from threads.

    Args:
        directory: A model directory with safetensors weights.
        name: Identity of the vectors.
        make_static: Makes its token vectors; see `indexes.static_of`.

    Raises:
        EmbeddingError: sentence-transformers cannot load the directory.
    """

    def __init__(self, directory: Path, *, name: str, make_static: Callable[[], Embedder | None] | None = None) -> None:
        self.make_static = make_static
        self._made_from = partial(TorchEmbedder, directory, name=name, make_static=make_static)
        self.name = name
        self._model = load_sentence_transformer(directory)
        self.dimension = len(self._model.encode([""], show_progress_bar=False)[0])
        self._lock = threading.Lock()

    def __reduce__(self) -> tuple[Callable[[], TorchEmbedder], tuple[()]]:
        """For another process: loaded there from the same files."""
        return self._made_from, ()

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Encode texts: ``(len(texts), dimension)``, rows of L2 norm 1."""
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        with self._lock:
            vectors = self._model.encode(
                [well_formed(text) for text in texts],
                batch_size=_BATCH,
                show_progress_bar=False,
                convert_to_numpy=True,
                normalize_embeddings=True,
            )
        return np.asarray(vectors, dtype=np.float32)


def load_sentence_transformer(directory: Path) -> Any:  # noqa: ANN401 - sentence-transformers is heavy and untyped here
    """Load a model directory with sentence-transformers, silently and without the network.

    Raises:
        EmbeddingError: It cannot be loaded.
    """
    try:
        with quiet_and_offline():
            from sentence_transformers import SentenceTransformer  # noqa: PLC0415 - takes seconds to import

            return SentenceTransformer(
                str(directory),
                device="cpu",
                local_files_only=True,
                model_kwargs={"use_safetensors": True, "attn_implementation": "eager"},
            ).train(mode=False)
    except Exception as error:  # loading fails in as many ways as there are model files
        raise EmbeddingError(f"sentence-transformers cannot load {directory}: {error}") from error
