"""Reads the files of a public set; what does not fit is named with its file, index and key."""

from __future__ import annotations

import json
import zipfile
import zlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

from experiments.dataset import read_list
from experiments.errors import DatasetReadError, RecordError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

__all__ = ["Entry", "read_entries"]

_T = TypeVar("_T", str, int, list[Any], dict[str, Any])
_KINDS: Mapping[type, str] = {
    str: "a string",
    bool: "a boolean",
    int: "a whole number",
    float: "a number",
    list: "a list",
    dict: "an object",
    type(None): "null",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """An object of a file's list, or one within it, whose values are checked as they are read.

    Attributes:
        value: The object.
        file: The file's path.
        index: The position in the file's list, from 0.
        within: The way to an object within that entry, as ``candidates[3].parameters``; empty for the entry itself.
    """

    value: Mapping[str, Any]
    file: str
    index: int
    within: str = ""

    def get(self, key: str, kind: type[_T]) -> _T:
        """The value of a key.

        Raises:
            RecordError: It is missing, or of another kind (a boolean is no number).
        """
        if key not in self.value:
            raise self.error(key, f"missing; there are {', '.join(self.value) or 'no keys'}")
        found: _T = self.value[key]
        if type(found) is not kind:
            raise self.error(key, f"must be {_KINDS[kind]}, not {_KINDS[type(found)]}")
        return found

    def inner(self, key: str) -> Entry:
        """The object under a key; `RecordError` as for `get`."""
        return replace(self, value=self.get(key, dict), within=self._path(key))

    def inners(self, key: str, values: Sequence[object]) -> list[Entry]:
        """The objects of a list that stands under a key, or is written there as text.

        Raises:
            RecordError: One of them is no object.
        """
        places = {f"{key}[{position}]": value for position, value in enumerate(values)}
        parent = replace(self, value=places)
        return [parent.inner(place) for place in places]

    def error(self, key: str, problem: str) -> RecordError:
        """The error to raise for a key."""
        return RecordError(problem, file=self.file, index=self.index, key=self._path(key))

    def _path(self, key: str) -> str:
        return f"{self.within}.{key}" if self.within else key


def read_entries(file: Path) -> list[Entry]:
    """The objects of a JSON file's list; the file may be packed as ``NAME.json.zip``.

    Raises:
        DatasetReadError: The file is damaged, or holds something other than a list of at least one object.
        RecordError: One of the list is no object, or holds what is no text.
    """
    entries = []
    for index, value in enumerate(read_list(file, _content(file))):
        entry = Entry(value=value, file=str(file), index=index)
        if not isinstance(value, dict):
            raise entry.error("", f"must be an object, not {_KINDS[type(value)]}")
        try:
            json.dumps(value, ensure_ascii=False).encode()
        except (UnicodeEncodeError, RecursionError) as error:
            problem = "holds half a surrogate pair" if isinstance(error, ValueError) else "is nested too deeply"
            raise entry.error("", f"{problem}, which no file of records can hold") from error
        entries.append(entry)
    return entries


def _content(file: Path) -> bytes:
    if file.suffix != ".zip":
        try:
            return file.read_bytes()
        except OSError as error:
            raise DatasetReadError(f"{file}: cannot be read: {error.strerror or error}") from error
    name = file.name.removesuffix(".zip")
    try:
        with zipfile.ZipFile(file) as archive:
            return archive.read(name)
    except KeyError as error:
        raise DatasetReadError(f"{file}: there is no {name} in it") from error
    except (OSError, EOFError, RuntimeError, ValueError, zipfile.BadZipFile, zlib.error) as error:
        raise DatasetReadError(f"{file}: not readable as zip ({error}); fetch it again if it is damaged") from error
