"""ToolSpectrum (arXiv 2505.13176) in its authors' layout, with all of its apps as candidates or the similar ones.

The folder holds ``api/API_description_PART.json`` (app, its functions, their required, personalised and environmental
arguments) and ``data/dataset_PART.json`` (instruction, persona and environment, and the right call, null where policy
forbids one) for the parts ``persona``, ``environment`` and ``persona_environment``. A record's user is its persona,
whatever the environment; one without a persona has none. Records of one instruction are one group.

Two apps are similar where both have a function of one name, or the same sentence among their policies, and where a
third app is similar to both: a policy states the rules of a trade, so that apps of one trade share it even if their
functions have other names. No app's name or description is looked at.

Functions and parameters get names that a call can have (``from`` is ``from_``). The words "True" and "False" are
truth values where the argument's type is ``bool``.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args

from experiments.errors import DatasetReadError
from experiments.importers.reading import read_entries, read_object
from experiments.importers.writing import Imported, callable_name
from experiments.records import USER

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from pathlib import Path

    from pydantic import JsonValue

    from experiments.importers.reading import Entry

__all__ = ["CANDIDATES", "PARTS", "Candidates", "import_toolspectrum"]

Candidates = Literal["all", "similar"]
CANDIDATES: tuple[Candidates, ...] = get_args(Candidates)
"""Which apps a record has: all, or those that are similar to the right one."""

PARTS = ("persona", "environment", "persona_environment")
_APIS = {
    "persona": "API_description_persona",
    "environment": "API_description_environment",
    "persona_environment": "API_description",
}
_KNOWN = {"persona": "persona", "environment": "environment", "persona_environment": "persona environment"}
_ENVIRONMENT = "Environment"  # where a profile has the environment
_KINDS = {
    "required_arguments": "required",
    "personalized_arguments": "personalized",
    "environmental_arguments": "environmental",
}
_TYPED = re.compile(r"(?P<name>.+?)\s*\((?P<type>[^()]*)\)\s*")
_TRUTHS = {"True": True, "False": False}


class _App(NamedTuple):
    """An app as a platform, and its functions as tools by the names that their authors gave them."""

    platform: dict[str, Any]
    tools: dict[str, dict[str, Any]]


def import_toolspectrum(folder: Path, *, parts: Sequence[str] = PARTS, candidates: Candidates = "all") -> Imported:
    """Convert the parts of a copy of ToolSpectrum that are there.

    Args:
        folder: The one with ``api`` and ``data`` in it.
        parts: Which parts; one whose data file is missing is left out.
        candidates: ``all`` apps, or those that are ``similar`` to the right one, which may be none but itself. A
            request for which no call is right has all in both cases.

    Returns:
        Records, and refusals. Skipped is an entry without an instruction, or whose right call is not described.

    Raises:
        DatasetReadError: No part is there, or a file is damaged.
        RecordError: An entry or an app is not as its authors lay it out.
        ValueError: An unknown part, or unknown candidates.
    """
    if unknown := set(parts) - set(PARTS):
        raise ValueError(f"no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    if candidates not in CANDIDATES:
        raise ValueError(f"no candidates {candidates!r}; there are {', '.join(CANDIDATES)}")
    imported = Imported.nothing()
    there = [part for part in parts if (folder / "data" / f"dataset_{part}.json").is_file()]
    if not there:
        raise DatasetReadError(f"{folder}: no data/dataset_PART.json of the parts {', '.join(parts)} is there")
    for part in there:
        apps = {name: _app(name, own) for name, own in _described(folder, part).items()}
        similar = _similar(apps) if candidates == "similar" else {}
        for entry in read_entries(folder / "data" / f"dataset_{part}.json"):
            name = f"toolspectrum-{candidates}/{part}/{entry.index}"
            _convert(imported, entry, apps, similar, name)
    return imported


def _described(folder: Path, part: str) -> dict[str, Entry]:
    return read_object(folder / "api" / f"{_APIS[part]}.json").children()


def _app(name: str, entry: Entry) -> _App:
    policy = entry.texts("policy") if "policy" in entry.value else []
    tools: dict[str, dict[str, Any]] = {}
    for function, own in entry.inner("APIs").children().items():
        written = callable_name(function)
        if any(tool["name"] == written for tool in tools.values()):
            raise own.error("", f"another function of {name} is {written}, too")
        tools[function] = {
            "platform": name,
            "name": written,
            "description": own.get("desc", str),
            "parameters": _parameters(own),
        }
    return _App({"name": name, "description": entry.get("desc", str), "policy": policy}, tools)


def _parameters(api: Entry) -> dict[str, dict[str, str]]:
    """By name the schema of each argument, whose key is ``name (type)``."""
    found: dict[str, dict[str, str]] = {}
    for key, kind in _KINDS.items():
        if key not in api.value:
            continue
        described = api.inner(key)
        for written in described.value:
            typed = _TYPED.fullmatch(written)
            name, type_ = (typed["name"], typed["type"]) if typed else (written, "any")
            if (own := callable_name(name)) in found:
                raise described.error(written, f"another argument of the function is {own}, too")
            found[own] = {"type": type_, "kind": kind, "description": described.get(written, str)}
    return found


def _similar(apps: Mapping[str, _App]) -> dict[str, set[str]]:
    """By app the apps that are similar to it, itself among them."""
    marks = {
        name: {
            *(("function", function) for function in app.tools),
            *(("policy", own) for own in app.platform["policy"]),
        }
        for name, app in apps.items()
    }
    return _joined(marks)


def _joined(marks: Mapping[str, Collection[object]]) -> dict[str, set[str]]:
    """By name the names that a mark in common joins to it, at once or through others."""
    families: list[tuple[set[str], set[object]]] = []
    for name, own in marks.items():
        names, all_marks = {name}, set(own)
        for family in [family for family in families if family[1] & all_marks]:
            families.remove(family)
            names |= family[0]
            all_marks |= family[1]
        families.append((names, all_marks))
    return {name: names for names, _ in families for name in names}


def _convert(
    imported: Imported, entry: Entry, apps: Mapping[str, _App], similar: Mapping[str, Collection[str]], name: str
) -> None:
    query = entry.get("instruction", str)
    if not query.strip():
        imported.skipped.append((name, "an empty instruction"))
        return
    record = {"id": name, "query": query, **_user(entry, name.split("/")[1])}
    if entry.value.get("toolCall", "") is None:
        imported.refusals.append({**record, **_catalog(apps.values()), **_gold(None)})
        return
    call = entry.inner("toolCall")
    right, function = call.get("APP", str), call.get("API", str)
    if right not in apps or function not in apps[right].tools:
        imported.skipped.append((name, f"the right call, {function} of {right}, is not described"))
        return
    tool = apps[right].tools[function]
    arguments: dict[str, JsonValue] = {}
    for written, value in call.get("params", dict).items():
        if (own := callable_name(written)) in arguments:
            raise call.error(f"params.{written}", f"another argument of the call is {own}, too")
        arguments[own] = _typed(value, tool["parameters"].get(own))
    candidates = (app for own, app in apps.items() if own in similar.get(right, apps))
    imported.records.append({**record, **_catalog(candidates), **_gold(tool, arguments)})
    imported.groups[name] = {"group": f"toolspectrum/{_digest(query)}"}


def _user(entry: Entry, part: str) -> dict[str, Any]:
    known = {key: entry.get(key, dict) for key in _KNOWN[part].split()}
    persona, environment = known.get("persona", {}), known.get("environment", {})
    if environment and _ENVIRONMENT in persona:
        raise entry.error(f"persona.{_ENVIRONMENT}", "the profile has the environment under this key")
    profile = {**persona, **({_ENVIRONMENT: environment} if environment else {})}
    return {"user_profile": profile, **({USER: f"toolspectrum/{_digest(persona)}"} if persona else {})}


def _catalog(apps: Iterable[_App]) -> dict[str, Any]:
    own = list(apps)
    return {
        "platforms": [app.platform for app in own],
        "tools": [tool for app in own for tool in app.tools.values()],
    }


def _gold(tool: Mapping[str, Any] | None, arguments: Mapping[str, JsonValue] | None = None) -> dict[str, Any]:
    """The answer, and its parameters by where their values come from; of those that are not described none is known."""
    if tool is None or arguments is None:
        return {"answer": None, "query_params": [], "profile_params": []}
    kinds = {name: schema["kind"] for name, schema in tool["parameters"].items()}
    return {
        "answer": [tool["platform"], [{tool["name"]: {name: [value] for name, value in arguments.items()}}]],
        "query_params": [name for name in arguments if kinds.get(name) == "required"],
        "profile_params": [name for name in arguments if kinds.get(name) in ("personalized", "environmental")],
    }


def _typed(value: JsonValue, schema: Mapping[str, str] | None) -> JsonValue:
    """A value; the word for a truth value as that value, where the schema says so."""
    if isinstance(value, str) and schema is not None and schema["type"].strip() == "bool":
        return _TRUTHS.get(value, value)
    return value


def _digest(value: JsonValue) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]
