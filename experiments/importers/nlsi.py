"""NLSI (arXiv 2311.09796) in its authors' layout: dialogues, standing instructions, and the calls they lead to.

The folder holds ``train.json``, ``val.json`` and ``test.json``, or some of them, and the schema of the services,
``schema_*.json``. A platform is a domain of the calls; its one tool is the call, with the parameters that
calls of this copy use, described as the schema does.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

from experiments.errors import DatasetReadError
from experiments.importers.writing import Imported
from experiments.records import FURTHER

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from pydantic import JsonValue

__all__ = ["PARTS", "import_nlsi"]

PARTS = ("train", "val", "test")
_CALL = re.compile(r"(?P<function>(?:Get)?(?P<platform>\w+))\((?P<arguments>.*)\)", re.DOTALL)
# a value ends at a quotation mark before the next argument or the end: one within it ("12 o"clock") is a part of it
_ARGUMENT = re.compile(r'(?P<name>\w+)="(?P<value>.*?)"(?=\s*,(?:\s*,)*\s*\w+="|[\s,]*$)', re.DOTALL)
_TRUTHS = {"True": True, "False": False}
_ASKED_FOR = "?"
_PLURAL = "s|es|['\u2019]s"
_ORDINAL = "st|nd|rd|th"
_PROFILE = "standing_instructions"  # what a user's profile has


class _Call(NamedTuple):
    platform: str
    function: str
    arguments: dict[str, JsonValue]
    asked_for: tuple[str, ...]


def import_nlsi(folder: Path, *, parts: Sequence[str] = PARTS) -> Imported:
    """Convert the parts of a copy of NLSI that are there.

    Records of one call and those of several are kept apart. Calls on several platforms do not fit PTBench's shape: the
    first platform is the answer, the others stand in the record beside it. A record's ``evidence`` are the standing
    instructions that its calls rest on. In ``groups`` each record is grouped by its dialogue, with the same evidence.

    Args:
        folder: The one with the parts and the schema in it.
        parts: Which parts; one whose file is missing is left out.

    Raises:
        DatasetReadError: No part or no schema is there, or a file is not as its authors lay it out.
        ValueError: An unknown part.
    """
    if unknown := set(parts) - set(PARTS):
        raise ValueError(f"no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    files = [folder / f"{part}.json" for part in parts if (folder / f"{part}.json").is_file()]
    schemas = sorted(folder.glob("schema_*.json"))
    if not files or not schemas:
        raise DatasetReadError(f"{folder}: expected a schema_*.json and at least one of {', '.join(parts)} as .json")
    imported = Imported.nothing()
    try:
        examples = [(item, _calls(item)) for file in files for item in _read(file)]
        catalog = _catalog(examples, {service["service_name"]: service for service in _read(schemas[-1])})
        for item, calls in examples:
            _convert(imported, item, calls, catalog)
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        raise DatasetReadError(f"{folder}: not as its authors lay it out: {error!r}") from error
    return imported


def _read(file: Path) -> list[dict[str, Any]]:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DatasetReadError(f"{file}: {error}") from error
    if not isinstance(content, list) or not all(isinstance(item, dict) for item in content):
        raise DatasetReadError(f"{file}: expected a list of objects")
    return content


def _calls(item: Mapping[str, Any]) -> list[_Call] | str:
    """The calls of an example, or why they cannot be read."""
    found = []
    for written in item["api_calls"]:
        call = _CALL.fullmatch(written.strip())
        if call is None:
            return f"not a call: {written}"
        arguments: dict[str, JsonValue] = {}
        asked_for = []
        for argument in _ARGUMENT.finditer(call["arguments"]):
            if argument["value"] == _ASKED_FOR:  # what the user wants to know is no argument
                asked_for.append(argument["name"])
                continue
            value = _TRUTHS.get(argument["value"], argument["value"])
            if arguments.setdefault(argument["name"], value) != value:
                return f"two values for {argument['name']}: {written}"
        if _ARGUMENT.sub("", call["arguments"]).strip(" ,"):
            return f"arguments that cannot be read: {written}"
        found.append(_Call(call["platform"], call["function"], arguments, tuple(asked_for)))
    return found or "no call"


def _catalog(
    examples: Sequence[tuple[Mapping[str, Any], list[_Call] | str]], services: Mapping[str, Mapping[str, Any]]
) -> dict[str, list[dict[str, Any]]]:
    """Platforms and tools, sorted by name.

    The services of a domain are those of dialogues with it alone, and those called like it that are no other's.
    """
    of_domain: dict[str, set[str]] = defaultdict(set)
    used: dict[str, set[str]] = defaultdict(set)
    functions: dict[str, str] = {}
    for item, calls in examples:
        for call in calls if isinstance(calls, list) else ():
            used[call.platform].update((*call.arguments, *call.asked_for))
            functions[call.platform] = call.function
        if len(item["services"]) == 1:
            of_domain[item["services"][0]].add(item["frames"]["service"][0])
    taken = set().union(*of_domain.values())
    for service in services.keys() - taken:
        of_domain[service.rpartition("_")[0]].add(service)
    platforms, tools = [], []
    for name in sorted(used):
        own = [services[service] for service in sorted(of_domain[name]) if service in services]
        described = sorted(service["description"] for service in own)
        platforms.append({"name": name, "description": "; ".join(described)})
        slots = [slot for service in own for slot in service["slots"]]
        tools.append(
            {
                "platform": name,
                "name": functions[name],
                "description": f"Search {name}",
                "parameters": {parameter: _parameter(parameter, slots) for parameter in sorted(used[name])},
            }
        )
    return {"platforms": platforms, "tools": tools}


def _parameter(name: str, slots: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """A slot as a parameter; one that the schema does not have is described by nothing."""
    for slot in slots:
        if slot["name"] == name:
            return {"description": slot["description"], "possible_values": slot["possible_values"]}
    return {"description": "", "possible_values": []}


def _convert(imported: Imported, item: Mapping[str, Any], calls: list[_Call] | str, catalog: Mapping[str, Any]) -> None:
    name = f"nlsi/{item['example_id']}"
    if isinstance(calls, str):
        imported.skipped.append((name, calls))
        return
    profile = {f"si{number}": text for number, text in enumerate(item["user_profile"])}
    right = set(item["standing_instructions"])
    cited = [fact for fact, text in profile.items() if text in right]
    query = item["utterance"].strip()
    told = " ".join(item["standing_instructions"])
    by_query, by_profile = [], []
    for call in calls:
        for parameter, value in call.arguments.items():
            if _grounded(parameter, value, query.lower()):
                by_query.append(parameter)
            elif _grounded(parameter, value, told.lower()):
                by_profile.append(parameter)
    first, *others = dict.fromkeys(call.platform for call in calls)
    record = {
        "id": name,
        "query": query,
        "user_profile": {_PROFILE: profile},
        **catalog,
        "answer": _answer(first, calls, query),
        "query_params": list(dict.fromkeys(by_query)),
        "profile_params": [each for each in dict.fromkeys(by_profile) if each not in by_query],
        "evidence": [f"{_PROFILE}.{fact}" for fact in cited],
    }
    imported.groups[name] = {"group": str(item["dialogue_id"]), "gold_evidence": cited}
    if others:
        record[FURTHER] = [_answer(platform, calls, query) for platform in others]
    (imported.several if len(calls) > 1 else imported.records).append(record)


def _answer(platform: str, calls: Sequence[_Call], query: str) -> list[Any]:
    own = [call for call in calls if call.platform == platform]
    return [
        platform,
        [{call.function: {name: _accepted(value, query) for name, value in call.arguments.items()}} for call in own],
    ]


def _accepted(value: JsonValue, query: str) -> list[JsonValue]:
    """A value, and the query's own form of it: a plural or a possessive ("burgers"), of a date the ordinal.

    A bare number has no ordinal: who asks for 2 tickets on the 2nd did not say "2nd" of the tickets.
    """
    if not isinstance(value, str) or not value or value.isdecimal():
        return [value]
    endings = _ORDINAL if value[-1].isdecimal() else _PLURAL
    found = re.search(rf"(?<!\w){re.escape(value)}(?:{endings})(?!\w)", query, re.IGNORECASE)
    return [value, found[0]] if found else [value]


def _grounded(parameter: str, value: JsonValue, text: str) -> bool:
    """Whether a text gives a value: its words, or for a yes or no a telling word of the parameter's name."""
    if isinstance(value, str):
        return value.lower() in text
    return any(word in text for word in parameter.lower().split("_") if len(word) > 3)  # noqa: PLR2004
