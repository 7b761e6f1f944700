"""What an importer yields, how names in it are written, and how it becomes files."""

from __future__ import annotations

import gzip
import json
import keyword
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from experiments.errors import DatasetLayoutError
from indexes.files import write_whole

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Imported", "callable_name", "write_imported"]


class Imported(NamedTuple):
    """What an import yields.

    Attributes:
        records: Records in PTBench's shape; of PrefEval evidence records, as `experiments.evidence` reads them.
        refusals: Requests for which no call is right, in the same shape with ``answer`` null.
        skipped: What was not converted, as place and reason.
        several: Records with several calls: those of the first platform as ``answer``, others' under
            `~experiments.records.FURTHER`.
        groups: By record id its ``group``, and where known ``gold_evidence``, for ``profile-bench fit --groups``.
    """

    records: list[dict[str, Any]]
    refusals: list[dict[str, Any]]
    skipped: list[tuple[str, str]]
    several: list[dict[str, Any]]
    groups: dict[str, dict[str, Any]]

    @classmethod
    def nothing(cls) -> Imported:
        """An import to be filled."""
        return cls([], [], [], [], {})


def callable_name(name: str) -> str:
    """A name of a function or parameter that may stand in a call, as PTBench's score reads one.

    >>> callable_name("properties/list"), callable_name("from"), callable_name("2fa")
    ('properties_list', 'from_', 'f_2fa')
    """
    own = re.sub(r"\W+", "_", name).strip("_")
    if keyword.iskeyword(own):
        return f"{own}_"
    return own if own.isidentifier() else f"f_{own}"


def write_imported(imported: Imported, out: Path, *, part: str = "") -> list[Path]:
    """Write the records to ``out``, and beside it whatever else there is; each file whole or not at all.

    Args:
        imported: What to write.
        out: A path that ends in ``.json`` or ``.json.gz``; the refusals of ``a.json`` go to ``a.refusals.json``, its
            records with several calls to ``a.several.json``, its groups to ``a.groups.json``.
        part: Of a set with several, the one this is: with ``ratings`` all go to ``a_ratings.json`` and beside it.

    Returns:
        The files written.

    Raises:
        DatasetLayoutError: The path has another ending.
    """
    ending = next((ending for ending in (".json.gz", ".json") if out.name.endswith(ending)), None)
    if ending is None:
        raise DatasetLayoutError(f"{out}: the file to write must end in .json or .json.gz")
    written = []
    stem = out.name.removesuffix(ending) + (f"_{part}" if part else "")
    main = f"{stem}{ending}"
    parts: tuple[tuple[Any, str], ...] = (
        (imported.records, main),
        (imported.refusals, f"{stem}.refusals{ending}"),
        (imported.several, f"{stem}.several{ending}"),
        (imported.groups, f"{stem}.groups{ending}"),
    )
    for content, name in parts:
        if content or name == main:
            text = json.dumps(content, ensure_ascii=False).encode()
            write_whole(out.with_name(name), gzip.compress(text, mtime=0) if ending == ".json.gz" else text, mode=0o644)
            written.append(out.with_name(name))
    return written
