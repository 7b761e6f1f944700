"""Reads the files of a public set; what does not fit is named with its file, index and key."""

from __future__ import annotations

import codecs
import json
import zipfile
import zlib
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

from experiments.dataset import read_json, read_list
from experiments.errors import DatasetReadError, DuplicateIdError, RecordError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

__all__ = ["Entry", "distinct_keys", "no_two_of_one_id", "read_entries", "read_lines", "read_object", "unwritable"]

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

    def item(self, key: str, position: int, kind: type[_T]) -> _T:
        """One of the list that stands under a key; `RecordError` as for `get`."""
        place = f"{key}[{position}]"
        return replace(self, value={place: self.get(key, list)[position]}).get(place, kind)

    def texts(self, key: str) -> list[str]:
        """The strings of a list that stands under a key; `RecordError` as for `get`, or where one is no string."""
        values = self.get(key, list)
        for position, value in enumerate(values):
            if not isinstance(value, str):
                raise self.error(f"{key}[{position}]", f"must be a string, not {_KINDS[type(value)]}")
        return values

    def children(self) -> dict[str, Entry]:
        """The objects under all keys; `RecordError` where one is no object."""
        return {key: self.inner(key) for key in self.value}

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
        return ".".join(own for own in (self.within, key) if own)


def read_entries(file: Path) -> list[Entry]:
    """The objects of a JSON file's list; the file may be packed as ``NAME.json.zip``.

    Raises:
        DatasetReadError: The file is damaged, has a key twice in one object, or holds something other than a list of at
            least one object.
        RecordError: One of the list is no object, or holds what is no text or no number.
    """
    values = read_list(file, _content(file), pairs=distinct_keys)
    return [_entry(file, index, value) for index, value in enumerate(values)]


def read_lines(file: Path) -> list[Entry]:
    """The objects of a file with one per line; ``index`` is the line, from 0, and lines of spaces count but are none.

    Raises:
        DatasetReadError: The file is damaged, has a key twice in one object, holds a line that is no object, or none.
        RecordError: An object holds what is no text or no number.
    """
    entries = []
    for index, line in enumerate(_content(file).removeprefix(codecs.BOM_UTF8).split(b"\n")):
        if not line.strip():
            continue
        try:
            value = json.loads(line.decode(), object_pairs_hook=distinct_keys)
        except (ValueError, RecursionError) as error:  # also of what is not UTF-8
            raise DatasetReadError(f"{file}: line {index + 1} is no JSON: {error}") from error
        if not isinstance(value, dict):
            raise DatasetReadError(f"{file}: line {index + 1} is no object")
        entries.append(_entry(file, index, value))
    if not entries:
        raise DatasetReadError(f"{file}: holds no line with an object")
    return entries


def read_object(file: Path) -> Entry:
    """The one object of a JSON file.

    Raises:
        DatasetReadError: The file is damaged, has a key twice in one object, or holds something else or no key.
        RecordError: It holds what is no text or no number.
    """
    value = read_json(file, _content(file), pairs=distinct_keys)
    if not isinstance(value, dict):
        raise DatasetReadError(f"{file}: must hold an object, not {_KINDS[type(value)]}")
    if not value:
        raise DatasetReadError(f"{file}: the object is empty")
    return _entry(file, 0, value)


def no_two_of_one_id(entries: Iterable[Entry], key: str) -> None:
    """Checks that the strings or whole numbers under a key are all different.

    Raises:
        DuplicateIdError: Two of them are the same.
        RecordError: One is missing, or neither a string nor a whole number.
    """
    seen: dict[str | int, Entry] = {}
    for entry in entries:
        own: str | int = entry.get(key, int) if type(entry.value.get(key)) is int else entry.get(key, str)
        first = seen.setdefault(own, entry)
        if first is not entry:
            problem = f"{own!r} is already the id of entry {first.index} of {first.file}"
            raise DuplicateIdError(problem, file=entry.file, index=entry.index, key=key)


def _entry(file: Path, index: int, value: Any) -> Entry:  # noqa: ANN401  (any JSON)
    """A value of a file as an entry, if it is an object that can be written again."""
    entry = Entry(value=value, file=str(file), index=index)
    if not isinstance(value, dict):
        raise entry.error("", f"must be an object, not {_KINDS[type(value)]}")
    if problem := unwritable(value):
        raise entry.error("", f"{problem}, which no file of records can hold")
    return entry


def unwritable(value: object) -> str | None:
    """What is in a value, as JSON was read, that no JSON in UTF-8 can hold; None where it can be written."""
    try:
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except UnicodeEncodeError:
        return "holds half a surrogate pair"
    except ValueError:
        return "holds a number that is not finite"
    except RecursionError:
        return "is nested too deeply"
    return None


def distinct_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of a JSON text, for `json.loads` to call; `ValueError` where a key stands twice in it."""
    found = dict(pairs)
    if len(found) < len(pairs):
        counted = Counter(key for key, _ in pairs)
        raise ValueError(f"the key {counted.most_common(1)[0][0]!r} stands twice in one object")
    return found


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
