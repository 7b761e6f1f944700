"""Completions on the disk, so that no call is paid for twice."""

from __future__ import annotations

import hashlib
import json
import os
import threading
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from pydantic import ValidationError

from baselines.chat import Completion
from indexes.files import write_whole

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["CacheFolderError", "CompletionCache"]

_LOCKS: WeakValueDictionary[Path, threading.Lock] = WeakValueDictionary()  # of files; gone when nobody waits
_GUARD = threading.Lock()


class CacheFolderError(OSError):
    """Completions cannot be kept in a folder: it, or one above it, is a file or may not be written."""


class CompletionCache:
    """A folder with a file for each completion, named by the SHA-256 of all that it depends on.

    Processes may share one. A file is written whole or not at all; one that cannot be read counts as none.

    Args:
        folder: Made when the first completion is kept.

    Raises:
        CacheFolderError: The folder cannot be made, or not be written.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder)
        _check(self.folder)

    def get(self, request: Mapping[str, Any]) -> Completion | None:
        """The completion of a request, or None. Its usage says that it was cached."""
        try:
            kept = json.loads(self._file(request).read_text(encoding="utf-8"))
            completion = Completion.model_validate(kept["completion"])
        except (OSError, ValueError, KeyError, TypeError, RecursionError, ValidationError):
            return None
        usage = completion.usage
        return completion.model_copy(update={"usage": usage.model_copy(update={"cached": usage.calls})})

    def put(self, request: Mapping[str, Any], completion: Completion) -> None:
        """Keep a completion, with the request that it answers, of which no key is a part.

        Raises:
            OSError: The folder cannot be written.
        """
        kept = {"request": dict(request), "completion": completion.model_dump(mode="json")}
        write_whole(self._file(request), json.dumps(kept, allow_nan=False).encode(), mode=0o600)

    def completed(self, request: Mapping[str, Any], ask: Callable[[], Completion]) -> Completion:
        """The completion of a request: the one that is kept, else what ``ask`` gives, which is kept.

        Threads with the same request wait for the first of them and take what it kept; where it failed, the next one
        asks. Processes do not wait for each other. A completion that cannot be kept comes back all the same, with a
        RuntimeWarning.

        Raises:
            ValueError: The request holds what JSON cannot; nothing was asked.
            Exception: What ``ask`` raises.
        """
        file = self._file(request)
        with _lock_of(file):
            if (kept := self.get(request)) is not None:
                return kept
            made = ask()
            try:
                self.put(request, made)
            except (OSError, ValueError) as error:
                reason = getattr(error, "strerror", None) or error  # without the file, so that it is said once
                warnings.warn(f"{self.folder}: completions cannot be kept: {reason}", RuntimeWarning, stacklevel=2)
            return made

    def _file(self, request: Mapping[str, Any]) -> Path:
        name = hashlib.sha256(json.dumps(request, sort_keys=True, allow_nan=False).encode()).hexdigest()
        return self.folder / name[:2] / f"{name}.json"


def _lock_of(file: Path) -> threading.Lock:
    """One lock for a file, of all caches in this process."""
    with _GUARD:
        return _LOCKS.setdefault(file.absolute(), threading.Lock())


def _check(folder: Path) -> None:
    """Refuse a folder in which nothing can be kept, without making it."""
    there = next(own for own in (folder.absolute(), *folder.absolute().parents) if os.access(own, os.F_OK))
    if not there.is_dir():
        raise CacheFolderError(f"{folder}: completions cannot be kept here: {there} is no folder")
    if not os.access(there, os.W_OK | os.X_OK):
        raise CacheFolderError(f"{folder}: completions cannot be kept here: {there} cannot be written")
