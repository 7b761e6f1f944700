"""A language model on this machine: its file found or fetched, and llama.cpp's server before it, on loopback only."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["MODELS", "LocalModelError", "find_gguf", "serve"]

_BLOCK = 1 << 22


class LocalModelError(Exception):
    """A model's file cannot be had, or is not the one it should be; or the server cannot be started."""


class _Known(NamedTuple):
    repository: str
    file: str
    sha256: str


MODELS: Mapping[str, _Known] = {
    "0.5b": _Known(
        "Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF",
        "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
        "1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
    ),
    "1.5b": _Known(
        "Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF",
        "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
        "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
    ),
}
"""Models by size (Apache-2.0): repository on the hub, file, and the file's SHA-256."""


def find_gguf(size: str = "0.5b", *, path: str | None = None) -> Path:
    """The file of a model: the one given, else that of ``LLM_GGUF``, else from the model hub or its cache.

    Args:
        size: Which of `MODELS`, where no file is named.
        path: A GGUF file; any model.

    Raises:
        LocalModelError: There is no such file or size, the hub does not answer, or what came has another checksum.
    """
    named = path or os.environ.get("LLM_GGUF")
    if named:
        file = Path(named)
        if not file.is_file():
            raise LocalModelError(f"{file}: no such file; LLM_GGUF names a model in GGUF form")
        with file.open("rb") as opened:
            if opened.read(4) != b"GGUF":
                raise LocalModelError(f"{file}: is no GGUF file")
        return file
    if size not in MODELS:
        raise LocalModelError(f"no model {size!r}; there are {', '.join(MODELS)}, or name a file by LLM_GGUF")
    return _fetched(MODELS[size])


def serve(file: Path, *, port: int = 8080, context: int = 16_384, threads: int | None = None) -> str:
    """Start llama.cpp's server for a file, on loopback, and return its address; it ends with this process.

    The weights are read into memory rather than mapped, which on slow disks would stall the first answers.

    Args:
        file: A model in GGUF form.
        port: 0 for any free one.
        context: Longest prompt with its answer, in tokens.
        threads: As many as the machine has cores where none are given.

    Raises:
        LocalModelError: xllamacpp is not installed, or the server does not start.
    """
    try:
        import xllamacpp  # type: ignore[import-not-found,import-untyped,unused-ignore]  # noqa: PLC0415  (an extra)
    except ImportError:
        raise LocalModelError("xllamacpp is not installed: pip install 'profile-resolver[local-llm]'") from None
    settings = xllamacpp.CommonParams()
    settings.model.path = str(file)
    settings.n_ctx, settings.n_parallel = context, 1
    settings.hostnames, settings.port = ["127.0.0.1"], port
    settings.cpuparams.n_threads = settings.cpuparams_batch.n_threads = threads or os.cpu_count() or 1
    settings.load_mode = xllamacpp.llama_load_mode.LLAMA_LOAD_MODE_NONE
    settings.ui = False
    try:
        server = xllamacpp.Server(settings)
    except Exception as error:
        raise LocalModelError(f"{file.name}: the server does not start: {error}") from error
    _RUNNING.append(server)
    return f"{str(server.listening_address).rstrip('/')}/v1"


_RUNNING: list[object] = []  # a server ends when it is collected


def _fetched(known: _Known) -> Path:
    from huggingface_hub import hf_hub_download  # noqa: PLC0415  (heavy)

    try:
        file = Path(hf_hub_download(known.repository, known.file))
    except Exception as error:
        raise LocalModelError(
            f"{known.file} cannot be had from {known.repository} ({type(error).__name__}); "
            "download it elsewhere and name it by LLM_GGUF"
        ) from error
    with file.open("rb") as opened:
        digest = hashlib.sha256()
        while block := opened.read(_BLOCK):
            digest.update(block)
    if digest.hexdigest() != known.sha256:
        raise LocalModelError(f"{file}: SHA-256 is {digest.hexdigest()}, expected {known.sha256}; remove it")
    return file
