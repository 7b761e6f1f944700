"""Sentence vectors through onnxruntime: no torch, no transformers, a query in little more than a millisecond."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from indexes.embedding import well_formed
from indexes.errors import EmbeddingError
from indexes.onnx_export import FORMAT, export, read_manifest
from indexes.onnx_session import each_on_a_core, open_session

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from indexes.embedding import Embedder
    from indexes.onnx_export import Manifest

__all__ = ["OnnxEmbedder", "OnnxEncoder"]


class OnnxEncoder:
    """Texts to unit vectors by an exported graph, one text per run; see ``onnx_export`` for why.

    Args:
        model: The graph.
        tokenizer: Its ``tokenizer.json``, with truncation set.
    """

    def __init__(self, model: Path, tokenizer: Path) -> None:
        from tokenizers import Tokenizer  # noqa: PLC0415 - late, like everything heavy

        self._session = open_session(model)
        self._tokenizer = Tokenizer.from_file(str(tokenizer))
        self.dimension = int(self._session.get_outputs()[0].shape[1])

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Encode texts: ``(len(texts), dimension)``, rows of L2 norm 1."""
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        if len(texts) == 1:
            vectors[0] = self._vector(self._tokenizer.encode(well_formed(texts[0])).ids)
            return vectors
        encodings = self._tokenizer.encode_batch_fast([well_formed(text) for text in texts])

        def fill(row: int) -> None:
            vectors[row] = self._vector(encodings[row].ids)

        each_on_a_core(fill, [len(encoding.ids) for encoding in encodings])
        return vectors

    def _vector(self, token_ids: list[int]) -> NDArray[np.float32]:
        result: Any = self._session.run(None, {"input_ids": np.array([token_ids], dtype=np.int64)})
        vector: NDArray[np.float32] = result[0][0]
        return vector


class OnnxEmbedder:
    """A model in its exported form, exported first if it is not in the cache or is damaged there.

    Args:
        directory: The model directory.
        fingerprint: Its hash.
        cache_dir: Where exports are kept.
        label: The model's name for people.
        make_static: Makes its token vectors; see `indexes.static_of`.

    Raises:
        ExportError: The model cannot be exported.
        EmbeddingError: The model cannot be loaded, or onnxruntime cannot load what was exported.
        OSError: The cache cannot be written.
    """

    def __init__(
        self,
        directory: Path,
        *,
        fingerprint: str,
        cache_dir: Path,
        label: str,
        make_static: Callable[[], Embedder | None] | None = None,
    ) -> None:
        self.make_static = make_static
        self._made_from = partial(
            OnnxEmbedder, directory, fingerprint=fingerprint, cache_dir=cache_dir, label=label, make_static=make_static
        )
        place = cache_dir / "onnx" / f"{fingerprint[:32]}-v{FORMAT}"
        manifest = read_manifest(place, fingerprint=fingerprint)
        if manifest is None:
            manifest = export(directory, place, fingerprint=fingerprint)
        self.manifest: Manifest = manifest
        self.dimension = manifest.dimension
        self.name = f"{label}@{fingerprint[:12]}/onnx-{manifest.precision}-v{FORMAT}"
        try:
            self._encoder = OnnxEncoder(place / "model.onnx", place / "tokenizer.json")
        except Exception as error:  # onnxruntime raises classes of its extension module
            raise EmbeddingError(
                f"onnxruntime cannot load {place}: {error}; remove that folder to export anew"
            ) from error

    def __reduce__(self) -> tuple[Callable[[], OnnxEmbedder], tuple[()]]:
        """For another process: loaded there from the same files."""
        return self._made_from, ()

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Encode texts: ``(len(texts), dimension)``, rows of L2 norm 1."""
        return self._encoder.encode(texts)
