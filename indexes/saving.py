"""Saving an index to a folder, and reading it back: whole, verified, or refused.

The folder of a saved index::

    index/
    ├── manifest.json    what it is, which folder holds it, and the SHA-256 of every file in there
    ├── lock             held by the process that saves
    └── v-k3x9w2ab/      the files themselves

A save writes a new ``v-`` folder, flushes it to the disk, and then renames a new manifest over the old one: that rename
is the moment from which the new version counts, and until then the old one does. Whatever ends the process, one of the
two is there. What is no longer named is removed afterwards, by this save or, after a crash, by the next one. A reader
follows the manifest, and follows it again if a save has taken its files away meanwhile.

Files are JSON in UTF-8 and ``.npy`` without pickled objects. They hold the texts and their vectors, so they can be
read by their owner only; a deleted text is not in the next version, but the bytes of the version before are not
overwritten on the disk.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from contextlib import contextmanager, suppress
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from indexes.errors import IndexFileError, IndexingError
from indexes.files import lock, sync_directory, sync_tree, write_whole
from indexes.fingerprint import sha256_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

__all__ = ["FORMAT", "Content", "as_it_says", "read_index", "write_index"]

FORMAT = 1
"""Version of the layout. It is raised when a file changes its form, or `indexes.analyse` its tokens."""
_MARK = "profile-resolver index"
_MANIFEST, _LOCK = "manifest.json", "lock"
_VERSION, _ASIDE = "v-", f".{_MANIFEST}-"
_ATTEMPTS = 100  # of a reader whose version a save removes meanwhile; each one is a whole save further


class Content(NamedTuple):
    """What is saved of an index.

    Attributes:
        about: What its manifest says: JSON.
        lists: Strings by name, such as its ids.
        arrays: Numbers by name, such as its vectors.
    """

    about: Mapping[str, Any]
    lists: Mapping[str, Sequence[str]]
    arrays: Mapping[str, NDArray[Any]]


def write_index(directory: Path, kind: str, content: Content) -> None:
    """Save an index in place of the one that a folder holds, or into a new folder.

    Args:
        directory: The folder; made if need be.
        kind: What is saved; only that can be read back.
        content: All of it.

    Raises:
        IndexFileError: The folder holds something else, or cannot be written; what was saved before is still there.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        sync_directory(directory.parent)
        _refuse_foreign(directory)
        with _only_writer(directory):
            folder = _written(directory, content)
            try:
                digests = {path.name: sha256_of(path) for path in sorted(folder.iterdir())}
                manifest = {"format": FORMAT, "kind": kind, "folder": folder.name, "sha256": digests}
                write_whole(directory / _MANIFEST, _sealed({**manifest, "about": dict(content.about)}))
            except BaseException:
                if _named_folder(directory) != folder.name:  # unless it was the flush after the rename that failed
                    shutil.rmtree(folder, ignore_errors=True)
                raise
            _remove_all_but(directory, folder.name)
    except OSError as error:
        where = error.filename or directory
        raise IndexFileError(
            f"{directory} cannot be saved: {where}: {error.strerror or error}; what was saved there before is as it was"
        ) from error


def read_index(directory: Path, kind: str) -> Content:
    """Read a saved index, every byte of it verified.

    Args:
        directory: Its folder.
        kind: What it must be.

    Raises:
        IndexFileError: There is none, it is damaged, of another kind or of a newer format; the message names the file.
    """
    for _ in range(_ATTEMPTS):
        sealed = _bytes(directory / _MANIFEST)
        try:
            return _read(directory, _unsealed(directory / _MANIFEST, sealed), kind)
        except _GoneError as error:
            gone = error
            with suppress(OSError):
                if (directory / _MANIFEST).read_bytes() != sealed:
                    continue  # a save has put another version in its place
            raise IndexFileError(f"{gone.path} is damaged: it is not there") from None
    raise IndexFileError(f"{directory} is saved again and again, faster than it can be read")


@contextmanager
def as_it_says(directory: Path) -> Iterator[None]:
    """What does not fit together in a saved index, as an error that names it.

    Raises:
        IndexFileError: Something in the block was missing, or of another type or value than it must be.
    """
    try:
        yield
    except IndexFileError:
        raise
    except (KeyError, TypeError, ValueError, IndexingError) as error:
        raise IndexFileError(f"{directory} does not hold what its {_MANIFEST} says: {error!r}") from error


class _GoneError(Exception):
    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.path = path


def _read(directory: Path, manifest: Mapping[str, Any], kind: str) -> Content:
    if manifest["kind"] != kind:
        raise IndexFileError(f"{directory / _MANIFEST} is of a saved {manifest['kind']} index, not of a {kind} one")
    folder = directory / manifest["folder"]
    lists: dict[str, Sequence[str]] = {}
    arrays: dict[str, NDArray[Any]] = {}
    for name, digest in manifest["sha256"].items():
        path = folder / name
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            raise _GoneError(path) from None
        except OSError as error:
            raise IndexFileError(f"{path} cannot be read: {error.strerror or error}") from error
        if sha256(content).hexdigest() != digest:
            raise IndexFileError(f"{path} is damaged: its SHA-256 is not the one in {_MANIFEST}")
        try:
            if path.suffix == ".npy":
                arrays[path.stem] = np.load(BytesIO(content), allow_pickle=False)
            else:
                lists[path.stem] = _strings(content)
        except (ValueError, EOFError, RecursionError) as error:
            raise IndexFileError(f"{path} cannot be read: {error}") from error
    return Content(manifest["about"], lists, arrays)


def _strings(content: bytes) -> list[str]:
    found = json.loads(content.decode("utf-8", "surrogatepass"))
    if not isinstance(found, list) or not all(isinstance(item, str) for item in found):
        raise ValueError("not a list of strings")
    return found


def _written(directory: Path, content: Content) -> Path:
    """A new folder with the files, flushed to the disk."""
    folder = Path(tempfile.mkdtemp(prefix=_VERSION, dir=directory))
    try:
        for name, strings in content.lists.items():
            # surrogatepass: half a surrogate pair is a string too, and comes back as it was
            text = json.dumps(list(strings), ensure_ascii=False, separators=(",", ":"))
            (folder / f"{name}.json").write_bytes(text.encode("utf-8", "surrogatepass"))
        for name, numbers in content.arrays.items():
            with (folder / f"{name}.npy").open("wb") as file:
                np.save(file, numbers, allow_pickle=False)
        sync_tree(folder)
        sync_directory(directory)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return folder


def _sealed(manifest: Mapping[str, Any]) -> bytes:
    """A manifest with a checksum of itself; one content has one form, so that no byte of it can be another."""
    body = {"mark": _MARK, **manifest}
    return _plain({**body, "seal": sha256(_plain(body)).hexdigest()})


def _unsealed(path: Path, sealed: bytes) -> dict[str, Any]:
    """A verified manifest."""
    try:
        manifest = json.loads(sealed)
    except (ValueError, RecursionError):
        manifest = None
    if not isinstance(manifest, dict) or manifest.get("mark") != _MARK:
        raise IndexFileError(f"{path} is damaged, or is not of a saved index")
    version = manifest.get("format")
    if isinstance(version, int) and version > FORMAT:
        raise IndexFileError(f"{path} has format {version}, and this version reads up to {FORMAT}: use a newer one")
    seal = manifest.pop("seal", None)
    sound = seal == sha256(_plain(manifest)).hexdigest() and _plain({**manifest, "seal": seal}) == sealed
    if not sound or any(Path(name).name != name for name in (manifest["folder"], *manifest["sha256"])):
        raise IndexFileError(f"{path} is damaged: it does not have the SHA-256 that it says")
    return manifest


def _plain(content: Mapping[str, Any]) -> bytes:
    return (json.dumps(content, indent=1) + "\n").encode()


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise IndexFileError(f"{path.parent} holds no saved index: {path.name} is not there") from None
    except OSError as error:
        raise IndexFileError(f"{path} cannot be read: {error.strerror or error}") from error


def _refuse_foreign(directory: Path) -> None:
    """Raise where a folder holds what no save has put there: it is not ours to replace."""
    for path in directory.iterdir():
        if path.name not in (_MANIFEST, _LOCK) and not path.name.startswith((_VERSION, _ASIDE)):
            raise IndexFileError(f"{directory} is no folder of a saved index, for it holds {path.name}: give another")
    with suppress(FileNotFoundError), (directory / _MANIFEST).open("rb") as file:
        if _MARK.encode() not in file.read(2 * len(_MARK)):
            raise IndexFileError(f"{directory / _MANIFEST} is not of a saved index: give another folder, or remove it")


def _named_folder(directory: Path) -> str | None:
    """The folder that the manifest names, if there is a sound one."""
    with suppress(OSError, IndexFileError):
        folder = _unsealed(directory / _MANIFEST, (directory / _MANIFEST).read_bytes()).get("folder")
        return folder if isinstance(folder, str) else None
    return None


def _remove_all_but(directory: Path, folder: str) -> None:
    """Remove what earlier saves have left; what cannot be removed now is left to the next one."""
    for path in directory.iterdir():
        if path.name.startswith(_VERSION) and path.name != folder:
            shutil.rmtree(path, ignore_errors=True)
        elif path.name.startswith(_ASIDE):
            with suppress(OSError):
                path.unlink()


@contextmanager
def _only_writer(directory: Path) -> Iterator[None]:
    """Wait until no other process saves here. The system lets go of the lock of a process that was killed."""
    descriptor = os.open(directory / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        lock(descriptor)  # where a system has no locks, one process at a time is the caller's to see to
        yield
    finally:
        os.close(descriptor)
