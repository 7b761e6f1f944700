"""Joins the hand-written sources to records, and writes them whole or not at all."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from experiments._files import write_whole

if TYPE_CHECKING:
    import os

__all__ = ["records", "write"]

_CASE_KEYS = (
    "id",
    "scenario",
    "kind",
    "candidates",
    "query",
    "answer",
    "query_params",
    "profile_params",
    "gold_evidence",
)


def records() -> list[dict[str, Any]]:
    """All records, ordered by user and case.

    The values are the caller's own: no two records and no two calls share one.

    Raises:
        ValueError: A source does not fit; names the file, the case and the key.
    """
    return [
        _record(case, user=user["user"], profile=user["user_profile"], where=where)
        for where, user in _users()
        for case in user["cases"]
    ]


def write(path: str | os.PathLike[str]) -> Path:
    """Write :func:`records` as UTF-8 JSON; the same bytes on every machine.

    Args:
        path: The file, or an existing folder, which then gets a ``data.json``. The file's folder is made if need be.

    Returns:
        The file that was written.

    Raises:
        OSError: The file cannot be written; one that was there before is untouched then.
    """
    target = Path(path)
    if target.is_dir():
        target /= "data.json"
    write_whole(target, json.dumps(records(), ensure_ascii=False, indent=1) + "\n")
    return target


def _record(case: dict[str, Any], *, user: str, profile: dict[str, Any], where: str) -> dict[str, Any]:
    """One record in PTBench's shape, its own keys first."""
    missing = [key for key in _CASE_KEYS if key not in case]
    if missing:
        raise ValueError(f"{where}: case {case.get('id')!r} lacks {', '.join(missing)}")
    platforms, tools = _candidates(case, where=where)
    record = {
        "id": case["id"],
        "query": case["query"],
        "user_profile": profile,
        "platforms": platforms,
        "tools": tools,
        "answer": case["answer"],
        "query_params": case["query_params"],
        "profile_params": case["profile_params"],
        "user": user,
        **{key: value for key, value in case.items() if key not in ("id", "query", "answer", "query_params")},
    }
    own: dict[str, Any] = json.loads(json.dumps(record))
    return own


def _candidates(case: dict[str, Any], *, where: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The platforms and tools a case chooses from."""
    catalog = _read("catalog.json")
    if case["scenario"] not in catalog:
        raise ValueError(f"{where}: case {case['id']!r}: scenario {case['scenario']!r} is not in catalog.json")
    if case["candidates"] not in ("scenario", "all"):
        raise ValueError(f"{where}: case {case['id']!r}: candidates is {case['candidates']!r}, not 'scenario' or 'all'")
    scenarios = [case["scenario"]] if case["candidates"] == "scenario" else list(catalog)
    platforms = [platform for scenario in scenarios for platform in catalog[scenario]["platforms"]]
    tools = [
        {"platform": platform["name"], **tool}
        for scenario in scenarios
        for platform in catalog[scenario]["platforms"]
        for tool in catalog[scenario]["tools"]
    ]
    return platforms, tools


def _users() -> list[tuple[str, dict[str, Any]]]:
    """Each user's source with its file name, by name."""
    folder = files("experiments.sample") / "users"
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".json"))
    return [(f"users/{name}", _read("users", name)) for name in names]


def _read(*parts: str) -> dict[str, Any]:
    source = files("experiments.sample")
    for part in parts:
        source /= part
    value: dict[str, Any] = json.loads(source.read_text(encoding="utf-8"))
    return value
