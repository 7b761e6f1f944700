"""Loads benchmarks in PTBench's shape from a user's own copy."""

from __future__ import annotations

import gzip
import hashlib
import json
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from experiments.errors import DatasetLayoutError, DatasetReadError, DuplicateIdError
from experiments.records import Dataset, Record, Split, read_record

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

    Pairs = Callable[[list[tuple[str, Any]]], dict[str, Any]]

__all__ = ["load_dataset", "read_json", "read_list"]

_SPLITS: tuple[Split, ...] = get_args(Split)
_LAYOUTS = (
    "accepted are a .json or .json.gz file with a list of records, a folder with data.json, and a folder with both "
    "test_trained_user/data.json and test_untrained_user/data.json (each may be data.json.gz)"
)


def load_dataset(path: str | os.PathLike[str], *, name: str | None = None) -> Dataset:
    """Loads one dataset, whole or not at all.

    Args:
        path: A ``.json`` or ``.json.gz`` file with a list of records; a folder with ``data.json``; or a folder with
            both ``test_trained_user/data.json`` and ``test_untrained_user/data.json``, whose records then carry their
            split. ``data.json.gz`` may stand for ``data.json``.
        name: The dataset's name, which is part of the ids of records without an own id. Default: the file's name
            without its suffixes, or the folder's for ``data.json``.

    Raises:
        DatasetLayoutError: There is nothing at ``path``, or something in another layout.
        DatasetReadError: A file is damaged, or holds something other than a list of at least one record.
        RecordError: A record does not fit; names file, index and key.
        DuplicateIdError: Two records have one id.
    """
    given = Path(path)
    files = _files(given)
    name = name or _name(given, files)
    digest = hashlib.sha256()
    records: list[Record] = []
    seen: dict[str, tuple[Path, int]] = {}
    for split, file in files:
        content = _content(file)
        if len(files) > 1:
            digest.update(f"{split} {len(content)}\n".encode())
        digest.update(content)
        prefix = f"{name}/{split}" if len(files) > 1 else name
        for index, value in enumerate(read_list(file, content)):
            record = read_record(value, file=str(file), index=index, default_id=f"{prefix}/{index}", split=split)
            if record.id in seen:
                first_file, first = seen[record.id]
                raise DuplicateIdError(
                    f"{record.id!r} is already the id of record {first} of {first_file}; ids must be unique, "
                    "or left out to be numbered",
                    file=str(file),
                    index=index,
                    key="id",
                )
            seen[record.id] = (file, index)
            records.append(record)
    return Dataset(name=name, records=tuple(records), sha256=digest.hexdigest())


def _files(path: Path) -> list[tuple[Split | None, Path]]:
    """The data files of a path, each with its split."""
    if path.is_dir():
        both = [(split, _data_file(path / split)) for split in _SPLITS]
        present = [(split, file) for split, file in both if file is not None]
        alone = _data_file(path)
        if len(present) == len(_SPLITS) and alone is None:
            return list(present)
        if not present and alone is not None:
            return [(_split_of(path), alone)]
        found = [str(file.relative_to(path)) for _, file in present]
        found += [alone.name] if alone else []
        raise DatasetLayoutError(f"{path}: this folder holds {', '.join(found) or 'no data file'}; {_LAYOUTS}")
    if not path.is_file():
        raise DatasetLayoutError(f"{path}: no such file or folder; {_LAYOUTS}")
    if not path.name.lower().endswith((".json", ".json.gz")):
        raise DatasetLayoutError(f"{path}: not a .json or .json.gz file; {_LAYOUTS}")
    return [(_split_of(path.parent), path)]


def _data_file(folder: Path) -> Path | None:
    found = [file for file in (folder / "data.json", folder / "data.json.gz") if file.is_file()]
    if len(found) > 1:
        raise DatasetLayoutError(f"{folder}: holds both data.json and data.json.gz; remove the one that is not meant")
    return found[0] if found else None


def _split_of(folder: Path) -> Split | None:
    return next((split for split in _SPLITS if split == folder.resolve().name), None)


def _name(given: Path, files: list[tuple[Split | None, Path]]) -> str:
    if given.is_dir():
        return given.resolve().name or "data"
    file = files[0][1]
    stem = file.name[: -len(".json.gz")] if file.name.lower().endswith(".gz") else file.name[: -len(".json")]
    return (file.resolve().parent.name if stem == "data" else stem) or "data"


def _content(file: Path) -> bytes:
    """The file's bytes, decompressed."""
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise DatasetReadError(f"{file}: cannot be read: {error.strerror or error}") from error
    if not file.name.lower().endswith(".gz"):
        return raw
    try:
        return gzip.decompress(raw)
    except EOFError as error:
        raise DatasetReadError(f"{file}: the gzip data end too early; the file is truncated, fetch it again") from error
    except (OSError, zlib.error) as error:
        raise DatasetReadError(f"{file}: not valid gzip data ({error}); the file is damaged, fetch it again") from error


def read_list(file: Path, content: bytes, *, pairs: Pairs | None = None) -> list[Any]:
    """The list in a JSON file's content; `DatasetReadError` where it is damaged, something else, or empty."""
    value = read_json(file, content, pairs=pairs)
    if not isinstance(value, list):
        raise DatasetReadError(f"{file}: holds a JSON {type(value).__name__}, not a list of records")
    if not value:
        raise DatasetReadError(f"{file}: the list of records is empty")
    return value


def read_json(file: Path, content: bytes, *, pairs: Pairs | None = None) -> Any:  # noqa: ANN401  (any JSON)
    """The value in a JSON file's content.

    Args:
        file: Whose content it is, for the messages.
        content: The bytes, UTF-8 with or without a mark of byte order.
        pairs: Makes an object of its keys and values, as `json.loads` asks it; a `ValueError` of its is reported.

    Raises:
        DatasetReadError: The content is damaged.
    """
    try:
        return json.loads(content.decode("utf-8-sig"), object_pairs_hook=pairs)
    except UnicodeDecodeError as error:
        raise DatasetReadError(
            f"{file}: not UTF-8 (byte 0x{error.object[error.start]:02x} at {error.start}); convert the file to UTF-8"
        ) from error
    except json.JSONDecodeError as error:
        cut = error.msg.startswith("Unterminated") or error.pos >= len(error.doc.rstrip())
        hint = "; the file seems truncated, fetch it again" if cut else ""
        raise DatasetReadError(f"{file}: not JSON: {error}{hint}") from error
    except (ValueError, RecursionError) as error:
        raise DatasetReadError(f"{file}: not readable as JSON: {error}") from error
