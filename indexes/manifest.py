"""Manifests of what is kept in the cache: what it was made from, and the checksums of its files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Protocol, TypeVar

from indexes.fingerprint import sha256_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

__all__ = ["ManifestOf", "read_verified"]


class ManifestOf(Protocol):
    """What every manifest says."""

    @property
    def format(self) -> int:
        """Version of the layout."""
        ...

    @property
    def fingerprint(self) -> str:
        """Hash of the model directory it was made from."""
        ...

    @property
    def sha256(self) -> dict[str, str]:
        """Checksum by file name."""
        ...


_M = TypeVar("_M", bound=ManifestOf)


def read_verified(
    kind: Callable[..., _M], directory: Path, *, version: int, fingerprint: str, files: Collection[str]
) -> _M | None:
    """The manifest of a directory that is whole and of a model, else ``None``: it may be deleted and made again.

    Args:
        kind: Makes the manifest from the fields of its JSON.
        directory: What holds ``manifest.json``.
        version: The format it must have.
        fingerprint: The hash of the model it must be of.
        files: The names of the files it must hold, no more and no less.
    """
    try:
        manifest = kind(**json.loads((directory / "manifest.json").read_bytes()))
        sound = (manifest.format, manifest.fingerprint) == (version, fingerprint) and set(manifest.sha256) == set(files)
        if sound and all(sha256_of(directory / name) == digest for name, digest in manifest.sha256.items()):
            return manifest
    except (OSError, ValueError, TypeError, AttributeError):  # absent, not JSON, or JSON of another shape
        return None
    return None
