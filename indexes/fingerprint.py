"""What a model directory contains, as one hash, remembered so that a warm start does not read 90 MB."""

from __future__ import annotations

import json
from hashlib import blake2b, sha256
from typing import TYPE_CHECKING, Any

from indexes.errors import EmbeddingError
from indexes.files import write_whole

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["file_digests", "fingerprint", "sha256_of"]

# What vectors depend on. Documentation, other weight formats and exports of the same weights are left out.
_PATTERNS = ("*.json", "*.txt", "*.model", "*.safetensors", "*/*.json", "*/*.safetensors")
_CHUNK = 1 << 20


def fingerprint(directory: Path, cache_dir: Path) -> str:
    """SHA-256 over the names and contents of a model's files, in hex."""
    total = sha256()
    for name, digest in sorted(file_digests(directory, cache_dir).items()):
        total.update(f"{name}\0{digest}\n".encode())
    return total.hexdigest()


def file_digests(directory: Path, cache_dir: Path) -> dict[str, str]:
    """SHA-256 in hex by file name, for the files that vectors depend on.

    Digests are remembered under ``cache_dir`` and read again only for a file whose size or modification time changed,
    as ``make`` and ``git`` do.

    Raises:
        EmbeddingError: The directory has no safetensors weights.
    """
    files = sorted({path for pattern in _PATTERNS for path in directory.glob(pattern) if path.is_file()})
    if not any(path.suffix == ".safetensors" for path in files):
        raise EmbeddingError(f"{directory} has no *.safetensors weights; pickled weights are not loaded")
    place = blake2b(str(directory.resolve()).encode(errors="surrogateescape"), digest_size=16).hexdigest()
    memo = cache_dir / "digests" / f"{place}.json"
    known = _read(memo)
    now: dict[str, list[Any]] = {}
    for path in files:
        name, stat = path.relative_to(directory).as_posix(), path.stat()
        before = known.get(name)
        unchanged = isinstance(before, list) and before[:2] == [stat.st_size, stat.st_mtime_ns] and len(before) == 3  # noqa: PLR2004
        now[name] = [stat.st_size, stat.st_mtime_ns, before[2] if before and unchanged else sha256_of(path)]
    if now != known:
        write_whole(memo, json.dumps(now).encode())
    return {name: str(entry[2]) for name, entry in now.items()}


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    digest = sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _read(memo: Path) -> dict[str, Any]:
    try:
        known = json.loads(memo.read_bytes())
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}
