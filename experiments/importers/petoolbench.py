"""PEToolBench (arXiv 2502.18980) in its authors' layout: queries, ten candidate tools, and a log in three settings.

The folder holds ``user_entries_PART.json.zip``, as it is or unpacked. A log stands as text in its setting's prompt.
What an entry says of the right tool's family beside the candidates (``apis_same_func``, ``api_ground_truth``,
``tool_comb``) gives the answer away and is left out, as is all else that is not named here.

A platform is a provider within its category. Functions and parameters get names that a call can have: what is no
letter, digit or underscore becomes an underscore (``properties/list`` is ``properties_list``, ``from`` is ``from_``).
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from experiments.errors import DatasetReadError, DuplicateIdError
from experiments.importers.reading import distinct_keys, read_entries, unwritable
from experiments.importers.writing import Imported, callable_name
from experiments.records import USER

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pydantic import JsonValue

    from experiments.importers.reading import Entry

__all__ = ["SETTINGS", "import_petoolbench"]

SETTINGS = ("preferred", "ratings", "chronological")
"""What the log shows of the user's liking: calls that were liked, calls with ratings of 0 or 1, or calls in order of
time, of which the later are liked more."""

_RATED = "ratings"
_LOG = re.compile(r"Interaction history is:\s*")
_TOOL = re.compile(r"<(?P<category>[^>]+)>\.<(?P<provider>.+)>\.<(?P<function>.+)>", re.DOTALL)
_TRUTHS = {"true": True, "false": False}  # as PTBench's own score reads them


class _UnfitError(Exception):
    """An entry says what records cannot; the message is the reason to skip it."""


def import_petoolbench(folder: Path, *, settings: Sequence[str] = SETTINGS) -> dict[str, Imported]:
    """Convert the entries of a copy of PEToolBench, once for each setting.

    The settings share queries, answers and users: never train on one and report another. An entry is one user, the
    same in all settings. In ``groups`` each record is grouped by the function that its tools have in common.

    Args:
        folder: The one with ``user_entries_PART.json.zip``, or what is unpacked from it.
        settings: Which settings.

    Returns:
        By setting what it yields. Skipped is an entry without a query, one whose log, candidates or tool names cannot
        be read, or of which the right call cannot be told from another one.

    Raises:
        DatasetReadError: No part is there, or a file is damaged.
        RecordError: An entry is not as its authors lay it out, or two have one id.
        ValueError: An unknown setting.
    """
    if unknown := set(settings) - set(SETTINGS):
        raise ValueError(f"no setting {', '.join(sorted(unknown))}; there are {', '.join(SETTINGS)}")
    packed, unpacked = (sorted(folder.glob(f"user_entries_*{ending}")) for ending in (".json.zip", ".json"))
    files = {file.name.removesuffix(".zip"): file for file in (*packed, *unpacked)}
    if not files:
        raise DatasetReadError(f"{folder}: expected user_entries_PART.json.zip, as it is or unpacked")
    imported = {setting: Imported.nothing() for setting in settings}
    seen: dict[int, tuple[str, int]] = {}
    for entry in (entry for file in files.values() for entry in read_entries(file)):
        number = entry.get("entry_id", int)
        place = (entry.file, entry.index)
        if (first := seen.setdefault(number, place)) != place:
            problem = f"{number} is already the id of entry {first[1]} of {first[0]}"
            raise DuplicateIdError(problem, file=entry.file, index=entry.index, key="entry_id")
        group = f"petoolbench/{entry.get('func', str)}"
        for setting, yielded in imported.items():
            name = f"petoolbench/{setting}/{number}"
            try:
                yielded.records.append(_record(entry, name, setting))
            except _UnfitError as reason:
                yielded.skipped.append((name, str(reason)))
            else:
                yielded.groups[name] = {"group": group}
    return imported


def _record(entry: Entry, name: str, setting: str) -> dict[str, Any]:
    query = entry.get("query", str)
    if not query.strip():
        raise _UnfitError("an empty query")
    tools = _tools(entry)
    call = entry.inner("api_call_ground_truth")
    platform, function = _named(call.get("tool_name", str))
    if not any((tool["platform"], tool["name"]) == (platform, function) for tool in tools):
        raise _UnfitError(f"the right tool, {call.value['tool_name']}, is no candidate")
    arguments: dict[str, list[JsonValue]] = {}
    for parameter, value in call.get("parameters", dict).items():
        own = callable_name(parameter)
        if own in arguments:
            raise _UnfitError(f"two values for {own} in the right call")
        arguments[own] = [_TRUTHS.get(value, value) if isinstance(value, str) else value]
    return {
        "id": name,
        "query": query,
        "user_profile": {"history": _log(entry, setting)},
        "platforms": [{"name": each, "description": ""} for each in dict.fromkeys(tool["platform"] for tool in tools)],
        "tools": tools,
        "answer": [platform, [{function: arguments}]],
        "query_params": list(arguments),
        "profile_params": [],
        USER: f"petoolbench/{entry.get('entry_id', int)}",
    }


def _tools(entry: Entry) -> list[dict[str, Any]]:
    key = "apis_candidate"
    tools: dict[tuple[str, str], dict[str, Any]] = {}
    for candidate in entry.inners(key, _listed(entry.get(key, str), "candidates")):
        platform, function = _named(candidate.get("tool_name", str))
        if (platform, function) in tools:
            raise _UnfitError(f"two candidates would be {function} of {platform}")
        tools[platform, function] = {
            "platform": platform,
            "name": function,
            "description": candidate.get("tool_description", str),
            "parameters": _parameters(candidate),
        }
    return list(tools.values())


def _parameters(candidate: Entry) -> dict[str, dict[str, Any]]:
    """The schemas of a candidate's parameters by name; of one that is described twice the later description counts."""
    return {
        callable_name(parameter.get("name", str)): {
            "type": parameter.get("type", str),
            "required": key == "required_parameters",
            "description": parameter.get("description", str),
            **({"default": parameter.value["default"]} if "default" in parameter.value else {}),
        }
        for key in ("required_parameters", "optional_parameters")
        for parameter in candidate.inners(key, candidate.get(key, list))
    }


def _log(entry: Entry, setting: str) -> list[dict[str, Any]]:
    """The user's calls as the prompt of a setting gives them, under their authors' names."""
    key = f"instruction_{setting}"
    prompt = entry.get(key, str)
    begin = _LOG.search(prompt)
    if begin is None:
        raise _UnfitError(f"no interaction history in {key}")
    log = []
    for event in entry.inners(key, _listed(prompt[begin.end() :], f"interaction history of {key}")):
        call = event.inner("tool_call")
        own: dict[str, Any] = {
            "instruction": event.get("instruction", str),
            "tool_call": {"tool_name": call.get("tool_name", str), "parameters": call.get("parameters", dict)},
        }
        if setting == _RATED:
            own["rating"] = event.get("rating", int)
            if own["rating"] not in {0, 1}:
                raise event.error("rating", f"must be 0 or 1, not {own['rating']}")
        log.append(own)
    return log


def _listed(text: str, what: str) -> list[Any]:
    """The list that a text begins with."""
    try:
        found, _ = json.JSONDecoder(object_pairs_hook=distinct_keys).raw_decode(text)
    except (ValueError, RecursionError) as error:
        raise _UnfitError(f"the {what} cannot be read: {error}") from error
    if problem := unwritable(found):
        raise _UnfitError(f"the {what} cannot be read: it {problem}")
    if not isinstance(found, list):
        raise _UnfitError(f"the {what} is no list")
    return found


def _named(tool: str) -> tuple[str, str]:
    """Platform and function of ``<category>.<provider>.<function>``."""
    parts = _TOOL.fullmatch(tool)
    if parts is None:
        raise _UnfitError(f"not <category>.<provider>.<function>: {tool}")
    return f"{parts['category']}/{parts['provider']}", callable_name(parts["function"])
