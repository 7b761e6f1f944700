"""Completions on the disk, so that no call is paid for twice."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from baselines.chat import Completion
from indexes.files import write_whole

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

__all__ = ["CompletionCache"]


class CompletionCache:
    """A folder with a file for each completion, named by the SHA-256 of all that it depends on.

    Processes may share one. A file is written whole or not at all; one that cannot be read counts as none.

    Args:
        folder: Made when the first completion is kept.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder)

    def get(self, request: Mapping[str, Any]) -> Completion | None:
        """The completion of a request, or None. Its usage says that it was cached."""
        try:
            kept = json.loads(self._file(request).read_text(encoding="utf-8"))
            completion = Completion.model_validate(kept["completion"])
        except (OSError, ValueError, KeyError, TypeError, RecursionError, ValidationError):
            return None
        return completion.model_copy(update={"usage": completion.usage.model_copy(update={"cached": 1})})

    def put(self, request: Mapping[str, Any], completion: Completion) -> None:
        """Keep a completion, with the request that it answers, of which no key is a part.

        Raises:
            OSError: The folder cannot be written.
        """
        kept = {"request": dict(request), "completion": completion.model_dump(mode="json")}
        write_whole(self._file(request), json.dumps(kept, allow_nan=False).encode(), mode=0o600)

    def _file(self, request: Mapping[str, Any]) -> Path:
        name = hashlib.sha256(json.dumps(request, sort_keys=True, allow_nan=False).encode()).hexdigest()
        return self.folder / name[:2] / f"{name}.json"
