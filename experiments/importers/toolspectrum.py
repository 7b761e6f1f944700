"""ToolSpectrum (arXiv 2505.13176) in its authors' layout, with all of its apps as candidates.

The folder holds ``api/API_description_PART.json`` (app, its functions, their required, personalised and environmental
arguments) and ``data/dataset_PART.json`` (instruction, persona and environment, and the right call, null where policy
forbids one) for the parts ``persona``, ``environment`` and ``persona_environment``. A record's user is its persona,
whatever the environment; one without a persona has none.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Any

from experiments.errors import DatasetReadError
from experiments.importers.writing import Imported
from experiments.records import USER

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["PARTS", "import_toolspectrum"]

PARTS = ("persona", "environment", "persona_environment")
_APIS = {
    "persona": "API_description_persona",
    "environment": "API_description_environment",
    "persona_environment": "API_description",
}
_KINDS = {
    "required_arguments": "required",
    "personalized_arguments": "personalized",
    "environmental_arguments": "environmental",
}
_TYPED = re.compile(r"(?P<name>.+?)\s*\((?P<type>[^()]*)\)\s*")


def import_toolspectrum(folder: Path, *, parts: Sequence[str] = PARTS) -> Imported:
    """Convert the parts of a copy of ToolSpectrum that are there.

    Args:
        folder: The one with ``api`` and ``data`` in it.
        parts: Which parts; one whose data file is missing is left out.

    Raises:
        DatasetReadError: No part is there, or a file is not as its authors lay it out.
        ValueError: An unknown part.
    """
    if unknown := set(parts) - set(PARTS):
        raise ValueError(f"no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    imported = Imported.nothing()
    there = [part for part in parts if (folder / "data" / f"dataset_{part}.json").is_file()]
    if not there:
        raise DatasetReadError(f"{folder}: no data/dataset_PART.json of the parts {', '.join(parts)} is there")
    for part in there:
        apps = _read(folder / "api" / f"{_APIS[part]}.json", dict)
        file = folder / "data" / f"dataset_{part}.json"
        try:
            platforms = [{"name": name, "description": app["desc"]} for name, app in apps.items()]
            tools = [
                {
                    "platform": name,
                    "name": function,
                    "description": api["desc"],
                    "parameters": {argument: schema for argument, (_, schema) in _parameters(api).items()},
                }
                for name, app in apps.items()
                for function, api in app["APIs"].items()
            ]
            for index, item in enumerate(_read(file, list)):
                name = f"toolspectrum-all/{part}/{index}"
                _convert(imported, item, apps, {"platforms": platforms, "tools": tools}, name)
        except (KeyError, TypeError, AttributeError) as error:
            raise DatasetReadError(f"{file}: not as its authors lay it out: {error!r}") from error
    return imported


def _read(file: Path, kind: type) -> Any:  # noqa: ANN401  (JSON of a known kind)
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DatasetReadError(f"{file}: {error}") from error
    if not isinstance(content, kind):
        raise DatasetReadError(f"{file}: expected a {kind.__name__}, got {type(content).__name__}")
    return content


def _parameters(api: dict[str, Any]) -> dict[str, tuple[str, dict[str, str]]]:
    """By name the kind and the schema of each argument, whose key is ``name (type)``."""
    found = {}
    for key, kind in _KINDS.items():
        for written, description in api.get(key, {}).items():
            typed = _TYPED.fullmatch(written)
            name, type_ = (typed["name"], typed["type"]) if typed else (written, "any")
            found[name] = (kind, {"type": type_, "kind": kind, "description": description})
    return found


def _convert(
    imported: Imported,
    item: dict[str, Any],
    apps: dict[str, Any],
    catalog: dict[str, Any],
    name: str,
) -> None:
    persona = dict(item.get("persona") or {})
    user = {USER: f"toolspectrum/{_digest(persona)}"} if persona else {}
    if item.get("environment"):
        persona["Environment"] = item["environment"]
    record = {
        "id": name,
        "query": item["instruction"],
        "user_profile": persona,
        **catalog,
        "answer": None,
        "query_params": [],
        "profile_params": [],
        **user,
    }
    call = item["toolCall"]
    if call is None:
        imported.refusals.append(record)
        return
    api = apps.get(call["APP"], {}).get("APIs", {}).get(call["API"])
    if api is None:
        imported.skipped.append((name, f"the right call, {call['API']} of {call['APP']}, is not described"))
        return
    kinds = {argument: kind for argument, (kind, _) in _parameters(api).items()}
    arguments = call["params"]
    record["answer"] = [call["APP"], [{call["API"]: {argument: [value] for argument, value in arguments.items()}}]]
    record["query_params"] = [argument for argument in arguments if kinds.get(argument) == "required"]
    record["profile_params"] = [
        argument for argument in arguments if kinds.get(argument) in ("personalized", "environmental")
    ]
    imported.records.append(record)


def _digest(persona: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(persona, sort_keys=True).encode()).hexdigest()[:16]
