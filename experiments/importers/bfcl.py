"""BFCL, the Berkeley Function Calling Leaderboard, as the package ``bfcl-eval`` brings it: requests with functions.

The folder is the package's ``bfcl_eval/data``, with ``BFCL_v4_CATEGORY.json`` and its gold in ``possible_answer``, each
a file with one JSON object per line. Nothing is known of the users, unless `experiments.importers.strangers` gives each
request the profile of another one. All functions are of one platform, since BFCL has none; what the user says is the
query (a system message is left out). Under the key ``bfcl`` a record keeps what BFCL's own checker reads, which judges
the calls (`experiments.bfcl`): only it knows which arguments may be left out and which spellings are the same. A
request that no function can serve has a gold without calls: silence is right.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from experiments.errors import DatasetReadError
from experiments.importers.reading import no_two_of_one_id, read_lines
from experiments.importers.writing import Imported

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from experiments.importers.reading import Entry

__all__ = ["CATEGORIES", "PLATFORM", "import_bfcl"]

CATEGORIES = ("simple_python", "multiple", "live_simple", "live_multiple", "irrelevance")
"""Of one call or none in one turn, in Python's types."""

PLATFORM = "functions"
"""What the platform of all functions is called."""

_OMITTED = ""  # among the accepted values of an argument that may be left out


def import_bfcl(folder: Path, *, categories: Sequence[str] = CATEGORIES) -> dict[str, Imported]:
    """Convert categories of BFCL, each by itself.

    Args:
        folder: ``bfcl_eval/data`` of the installed or unpacked package.
        categories: Which; also others of one turn, such as ``live_irrelevance``.

    Returns:
        By category what it yields. Skipped is a request with several turns, with another number of calls than one, in
        which the user says nothing, whose functions have one name, or whose right function is none of them; and gold
        without a request.

    Raises:
        DatasetReadError: A file is not there or damaged, or gold is missing.
        RecordError: A line is not as its authors lay it out, or two have one id.
    """
    return {category: _convert(folder, category) for category in categories}


class _UnfitError(Exception):
    """A request says what records cannot; the message is the reason to skip it."""


def _convert(folder: Path, category: str) -> Imported:
    name = f"BFCL_v4_{category}.json"
    entries = _read(folder / name)
    gold: dict[str, Entry] | None = None
    if "irrelevance" not in category:
        gold = {own.get("id", str): own for own in _read(folder / "possible_answer" / name)}
    imported = Imported.nothing()
    for entry in entries:
        own = entry.get("id", str)
        if gold is not None and own not in gold:
            raise DatasetReadError(f"{folder / 'possible_answer' / name}: no gold for {own!r}")
        try:
            imported.records.append(_record(entry, category, None if gold is None else gold.pop(own)))
        except _UnfitError as reason:
            imported.skipped.append((own, str(reason)))
    imported.skipped.extend((own, "gold without a request") for own in gold or ())
    return imported


def _read(file: Path) -> list[Entry]:
    if not file.is_file():
        hint = "the folder is bfcl_eval/data of the package: pip install --no-deps bfcl-eval"
        raise DatasetReadError(f"{file}: no such file; {hint}")
    entries = read_lines(file)
    no_two_of_one_id(entries, "id")
    return entries


def _record(entry: Entry, category: str, gold: Entry | None) -> dict[str, Any]:
    turns = entry.get("question", list)
    answers = [] if gold is None else gold.inners("ground_truth", gold.get("ground_truth", list))
    written = [(function, own) for answer in answers for function, own in answer.children().items()]
    if len(turns) != 1 or (gold is not None and len(written) != 1):
        raise _UnfitError(f"{len(turns)} turns and {len(written)} calls, where one of each is read")
    messages = entry.inners("question[0]", entry.item("question", 0, list))
    spoken = [own.get("content", str) for own in messages if own.get("role", str) == "user"]
    if not "".join(spoken).strip():
        raise _UnfitError("the user says nothing")
    functions = entry.inners("function", entry.get("function", list))
    tools = {
        own.get("name", str): {
            "platform": PLATFORM,
            "name": own.get("name", str),
            "description": own.get("description", str),
            "parameters": _schema(own),
        }
        for own in functions
    }
    if len(tools) < len(functions):
        raise _UnfitError("two functions have one name")
    if unknown := [function for function, _ in written if function not in tools]:
        raise _UnfitError(f"the right function, {unknown[0]}, is none of the request's")
    calls = [{function: _accepted(own)} for function, own in written]
    return {
        "id": f"bfcl/{entry.get('id', str)}",
        "query": "\n".join(spoken),
        "user_profile": {},
        "platforms": [PLATFORM],
        "tools": list(tools.values()),
        "answer": [PLATFORM, calls],
        "query_params": [name for call in calls for parameters in call.values() for name in parameters],
        "profile_params": [],
        "bfcl": {
            "category": category,
            "functions": [own.value for own in functions],
            "gold": [own.value for own in answers],
        },
    }


def _schema(function: Entry) -> dict[str, Any]:
    parameters = function.inner("parameters")
    if "properties" in parameters.value:
        parameters.inner("properties").children()
    return function.get("parameters", dict)


def _accepted(parameters: Entry) -> dict[str, list[Any]]:
    """By name the accepted values of the arguments that a call must have."""
    accepted = {name: parameters.get(name, list) for name in parameters.value}
    return {name: values for name, values in accepted.items() if values and _OMITTED not in values}
