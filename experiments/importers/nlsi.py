"""NLSI (arXiv 2311.09796) in its authors' layout: dialogues, standing instructions, and the calls they lead to.

The folder holds ``train.json``, ``val.json`` and ``test.json``, or some of them, and the schema of the services,
``schema_*.json``; of several the last by the numbers in its name. A platform is a domain of the calls; its one tool is
the call, with the parameters that calls of this copy use, described as the schema does.

A value is said in a text where its words stand there whole, a single word also with an ending that leaves its stem
("moderately" says moderate), a number with at most a date's ordinal; "art" is not said in "party", nor 2 in "12" or in
"2:30". A yes or no is said where a telling word of the parameter's name is.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

from experiments.errors import DatasetReadError
from experiments.importers.reading import no_two_of_one_id, read_entries
from experiments.importers.writing import Imported
from experiments.records import FURTHER
from resolver.coerce import stems

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from pydantic import JsonValue

    from experiments.importers.reading import Entry

__all__ = ["PARTS", "import_nlsi"]

PARTS = ("train", "val", "test")
_CALL = re.compile(r"(?P<function>(?:Get)?(?P<platform>\w+))\((?P<arguments>.*)\)", re.DOTALL)
# a value ends at a quotation mark before the next argument or the end: one within it ("12 o"clock") is a part of it
_ARGUMENT = re.compile(r'(?P<name>\w+)="(?P<value>.*?)"(?=\s*,(?:\s*,)*\s*\w+="|[\s,]*$)', re.DOTALL)
_NUMBER = re.compile(r"\d+")
_TRUTHS = {"True": True, "False": False}
_ASKED_FOR = "?"
_PLURAL = "s|es|['\u2019]s"
_ORDINAL = "st|nd|rd|th"
_PROFILE = "standing_instructions"  # what a user's profile has
_TELLING = 4  # letters, from which on a word of a parameter's name tells something


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

    Returns:
        Records. Skipped is an example without a query, with a call that cannot be read, or with a standing instruction
        that its user does not have.

    Raises:
        DatasetReadError: No part or no schema is there, or a file is damaged.
        RecordError: An example or a service is not as its authors lay it out, or two have one id.
        ValueError: An unknown part.
    """
    if unknown := set(parts) - set(PARTS):
        raise ValueError(f"no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    files = [folder / f"{part}.json" for part in parts if (folder / f"{part}.json").is_file()]
    schemas = sorted(
        folder.glob("schema_*.json"), key=lambda file: ([int(own) for own in _NUMBER.findall(file.name)], file.name)
    )
    if not files or not schemas:
        raise DatasetReadError(f"{folder}: expected a schema_*.json and at least one of {', '.join(parts)} as .json")
    services = read_entries(schemas[-1])
    no_two_of_one_id(services, "service_name")
    entries = [entry for file in files for entry in read_entries(file)]
    no_two_of_one_id(entries, "example_id")
    examples = [(entry, _calls(entry)) for entry in entries]
    catalog = _catalog(examples, {service.get("service_name", str): service for service in services})
    imported = Imported.nothing()
    for entry, calls in examples:
        _convert(imported, entry, calls, catalog)
    return imported


def _calls(entry: Entry) -> list[_Call] | str:
    """The calls of an example, or why they cannot be read."""
    found = []
    for written in entry.texts("api_calls"):
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
    examples: Sequence[tuple[Entry, list[_Call] | str]], services: Mapping[str, Entry]
) -> dict[str, list[dict[str, Any]]]:
    """Platforms and tools, sorted by name.

    The services of a domain are those of dialogues with it alone, and those called like it that are no other's.
    """
    of_domain: dict[str, set[str]] = defaultdict(set)
    used: dict[str, set[str]] = defaultdict(set)
    functions: dict[str, str] = {}
    for entry, calls in examples:
        for call in calls if isinstance(calls, list) else ():
            used[call.platform].update((*call.arguments, *call.asked_for))
            if functions.setdefault(call.platform, call.function) != call.function:
                problem = f"{call.platform} is called as {call.function}, and as {functions[call.platform]} before"
                raise entry.error("api_calls", problem)
        domains, called = entry.texts("services"), entry.inner("frames").texts("service")
        if len(domains) == 1:
            of_domain[domains[0]].update(called[:1])
    taken = set().union(*of_domain.values())
    for service in services.keys() - taken:
        of_domain[service.rpartition("_")[0]].add(service)
    platforms, tools = [], []
    for name in sorted(used):
        own = [services[service] for service in sorted(of_domain[name]) if service in services]
        described = sorted(service.get("description", str) for service in own)
        platforms.append({"name": name, "description": "; ".join(described)})
        slots = [slot for service in own for slot in service.inners("slots", service.get("slots", list))]
        tools.append(
            {
                "platform": name,
                "name": functions[name],
                "description": f"Search {name}",
                "parameters": {parameter: _parameter(parameter, slots) for parameter in sorted(used[name])},
            }
        )
    return {"platforms": platforms, "tools": tools}


def _parameter(name: str, slots: Iterable[Entry]) -> dict[str, Any]:
    """A slot as a parameter; one that the schema does not have is described by nothing."""
    for slot in slots:
        if slot.get("name", str) == name:
            return {"description": slot.get("description", str), "possible_values": slot.texts("possible_values")}
    return {"description": "", "possible_values": []}


def _convert(imported: Imported, entry: Entry, calls: list[_Call] | str, catalog: Mapping[str, Any]) -> None:
    name = f"nlsi/{entry.get('example_id', str)}"
    profile = {f"si{number}": text for number, text in enumerate(entry.texts("user_profile"))}
    right = entry.texts("standing_instructions")
    cited = [fact for fact, text in profile.items() if text in right]
    query, told = entry.get("utterance", str).strip(), " ".join(right)
    dialogue = entry.get("dialogue_id", str)
    if unknown := set(right) - set(profile.values()):
        calls = f"a standing instruction that the user does not have: {min(unknown)}"
    if isinstance(calls, str) or not query:
        imported.skipped.append((name, calls if isinstance(calls, str) else "an empty utterance"))
        return
    by_query, by_profile = [], []
    for call in calls:
        for parameter, value in call.arguments.items():
            if _said(parameter, value, query):
                by_query.append(parameter)
            elif _said(parameter, value, told):
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
    imported.groups[name] = {"group": dialogue, "gold_evidence": cited}
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
    found = _form(value, query) if isinstance(value, str) else None
    return [value] if found is None or found.casefold() == str(value).casefold() else [value, found]


def _said(parameter: str, value: JsonValue, text: str) -> bool:
    """Whether a text gives a value: its words, or for a yes or no a telling word of the parameter's name."""
    if isinstance(value, str):
        return _form(value, text) is not None or _derived(value, text)
    telling = [word for word in parameter.split("_") if len(word) >= _TELLING]
    return any(_form(word, text) or _derived(word, text) for word in telling)


def _derived(value: str, text: str) -> bool:
    """Whether a text has a longer word of the same stem: "moderately" says moderate, "artist" does not say art."""
    found = re.finditer(rf"(?<!\w){re.escape(value)}[^\W\d]+(?!\w)", text, re.IGNORECASE) if value.isalpha() else ()
    return any(stems(match[0]) == stems(value) for match in found)


def _form(value: str, text: str) -> str | None:
    """The form in which a text has a value, whatever the case, rather with an ending; None where it has none."""
    if not value:
        return None
    before = r"(?<!\w)" if re.match(r"\w", value) else ""
    after = r"(?!\w)" if re.search(r"\w$", value) else ""
    if value[0].isdecimal():
        before += r"(?<!\d[.,:])"
    if value[-1].isdecimal():
        after += r"(?![.,:]\d)"
    endings = _ORDINAL if value[-1].isdecimal() else _PLURAL
    forms = [] if value.isdecimal() or not after else [rf"{re.escape(value)}(?:{endings})"]
    found = (re.search(f"{before}{form}{after}", text, re.IGNORECASE) for form in (*forms, re.escape(value)))
    return next((match[0] for match in found if match), None)
