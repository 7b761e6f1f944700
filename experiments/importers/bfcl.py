"""BFCL, the Berkeley Function Calling Leaderboard, as the package ``bfcl-eval`` brings it: requests with functions.

The folder is the package's ``bfcl_eval/data``, with ``BFCL_v4_CATEGORY.json`` and its gold in ``possible_answer``, each
a file with one JSON object per line. Nothing is known of the users, unless `experiments.importers.strangers` gives each
request the profile of another one. All functions are of one platform, since BFCL has none; what the user says is the
query (a system message is left out). Under the key ``bfcl`` a record keeps what BFCL's own checker reads, which judges
the calls (`experiments.bfcl`): only it knows which arguments may be left out and which spellings are the same. A
request that no function can serve has a gold without calls: silence is right.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from experiments.errors import DatasetReadError
from experiments.importers.reading import Entry
from experiments.importers.writing import Imported

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

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
        By category what it yields. Skipped is a request with several turns, or with more than one call.

    Raises:
        DatasetReadError: A file is not there or damaged, or gold is missing.
        RecordError: A line is not as its authors lay it out.
    """
    return {category: _convert(folder, category) for category in categories}


def _convert(folder: Path, category: str) -> Imported:
    name = f"BFCL_v4_{category}.json"
    entries = _read(folder / name)
    gold: dict[str, list[Any]] | None = None
    if "irrelevance" not in category:
        golds = _read(folder / "possible_answer" / name)
        gold = {entry.get("id", str): entry.get("ground_truth", list) for entry in golds}
    imported = Imported.nothing()
    for entry in entries:
        own = entry.get("id", str)
        if gold is not None and own not in gold:
            raise DatasetReadError(f"{folder / 'possible_answer' / name}: no gold for {own!r}")
        answers = [] if gold is None else gold[own]
        turns = entry.get("question", list)
        if len(turns) != 1 or len(answers) > 1:
            imported.skipped.append((own, f"{len(turns)} turns and {len(answers)} calls, where one of each is read"))
            continue
        imported.records.append(_record(entry, category, turns[0], answers))
    return imported


def _record(entry: Entry, category: str, messages: Any, answers: list[Any]) -> dict[str, Any]:  # noqa: ANN401 - JSON
    spoken = [own for own in entry.inners("question[0]", messages) if own.get("role", str) == "user"]
    functions = entry.inners("function", entry.get("function", list))
    tools = [
        {
            "platform": PLATFORM,
            "name": own.get("name", str),
            "description": own.get("description", str),
            "parameters": own.get("parameters", dict),
        }
        for own in functions
    ]
    calls = [
        {function: {name: values for name, values in parameters.items() if values and _OMITTED not in values}}
        for answer in entry.inners("ground_truth", answers)
        for function, parameters in answer.value.items()
    ]
    return {
        "id": f"bfcl/{entry.get('id', str)}",
        "query": "\n".join(own.get("content", str) for own in spoken),
        "user_profile": {},
        "platforms": [PLATFORM],
        "tools": tools,
        "answer": [PLATFORM, calls],
        "query_params": [name for call in calls for parameters in call.values() for name in parameters],
        "profile_params": [],
        "bfcl": {"category": category, "functions": [own.value for own in functions], "gold": answers},
    }


def _read(file: Path) -> list[Entry]:
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        hint = "; the folder is bfcl_eval/data of the package: pip install --no-deps bfcl-eval"
        raise DatasetReadError(f"{file}: cannot be read: {error}{hint}") from error
    entries = []
    for index, line in enumerate(lines):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise DatasetReadError(f"{file}: line {index + 1} is no JSON: {error}") from None
        if not isinstance(value, dict):
            raise DatasetReadError(f"{file}: line {index + 1} is no object")
        entries.append(Entry(value=value, file=str(file), index=index))
    return entries
