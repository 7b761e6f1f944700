"""A synthesis to look at: platforms, a user, excluded platforms, requests and pairs of each kind, as Markdown."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from experiments.ptool.cases import KINDS, told_exclusions
from experiments.ptool.pairs import make_pairs
from experiments.ptool.person import make_person
from experiments.ptool.synthesis import Synthesis
from experiments.ptool.verify import at_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from experiments.ptool.settings import Settings

__all__ = ["gallery"]

_ENTRIES, _PATHS = 4, 4


def gallery(settings: Settings) -> Iterator[str]:
    """Lines of Markdown.

    They show the platforms of the first scenario, the first user, excluded platforms, and a record and a pair of each
    kind.
    """
    synthesis = Synthesis(settings)
    world = synthesis.world
    yield "### Platforms\n"
    for platform in world.scenarios[0].platforms:
        yield f"- **{platform.name}** ({world.scenarios[0].name}). {platform.description}"
    person = make_person(settings, world, 0)
    profile = person.profile(world)
    yield "\n### A user\n"
    shown = {**profile, "history": profile["history"][:_ENTRIES]}
    yield f"```json\n{json.dumps(shown, ensure_ascii=False, indent=1)}\n```\n"
    yield f"and {len(person.log) - _ENTRIES} more entries of the log."
    yield "\n### Requests\n"
    yield "| kind | request | right answer | because of |\n| --- | --- | --- | --- |"
    first: dict[str, dict[str, Any]] = {}
    for made in synthesis.records():
        first.setdefault(made.case.kind, made.record)
        if len(first) == len(KINDS):
            break
    for kind in KINDS:
        if kind in first:
            yield f"| {kind} | {_cell(first[kind]['query'])} | {_answer(first[kind])} | {_because(first[kind])} |"
    yield "\n### Excluded platforms\n"
    yield "| platform | why | uses of its scenario, the oldest first | because of |\n| --- | --- | --- | --- |"
    yield from _exclusions(synthesis)
    yield "\n### Pairs\n"
    yield "| kind | requests | right answers | because of | reason |\n| --- | --- | --- | --- | --- |"
    records = list(make_pairs(settings, world, 1))
    for one, two in zip(records[::2], records[1::2], strict=True):
        asked = [_cell(one["query"]), *([_cell(two["query"])] if two["query"] != one["query"] else [])]
        answers = [_answer(one), *([_answer(two)] if two["answer"] != one["answer"] else [])]
        whys = dict.fromkeys((_because(one), _because(two)))
        columns = ("<br>".join(asked), "<br>".join(answers), "<br>".join(filter(None, whys)))
        yield f"| {one['kind']} | {' | '.join(columns)} | {one['reason']} |"


def _exclusions(synthesis: Synthesis) -> Iterator[str]:
    """Of each reason for an exclusion, and with or without a statement, the first."""
    world, shown = synthesis.world, set[tuple[str, int]]()
    for person in synthesis.people():
        profile = person.profile(world)
        for number, scenario in enumerate(world.scenarios):
            used = ", ".join(
                scenario.platforms[one.platform].name + (f" (rated {one.rating})" if person.style == "ratings" else "")
                for one in person.log
                if one.scenario == number
            )
            for own in told_exclusions(person, world, number):
                name, why, paths = own["platform"], own["why"], own["evidence"]
                if (why, len(paths)) in shown:
                    continue
                shown.add((why, len(paths)))
                held = [_evidence(at_path(profile, path)) for path in paths]
                if why == "not_served":
                    held.append(next(one.description for one in scenario.platforms if one.name == name))
                yield f"| {name} | {why.replace('_', ' ')} | {_cell(used)} | {_cell('; '.join(held))} |"


def _answer(record: Mapping[str, Any]) -> str:
    platform, calls = record["answer"]
    if not calls:
        return "nothing"
    said = []
    for call in calls:
        for function, parameters in call.items():
            values = ", ".join(f"{name}={values[0]!r}" for name, values in parameters.items())
            said.append(f"{function}({values})")
    return _cell(f"{platform}: {'; '.join(said)}")


def _because(record: Mapping[str, Any]) -> str:
    held = [at_path(record["user_profile"], path) for path in record["evidence"]]
    shown = [_cell(_evidence(own)) for own in held[:_PATHS]]
    more = len(held) - _PATHS
    return "; ".join([*shown, *([f"and {more} more"] if more > 0 else [])])


def _evidence(own: Any) -> str:  # noqa: ANN401 - JSON
    if isinstance(own, dict) and "text" in own:
        return f"since {own['since']}: {own['text']}"
    if isinstance(own, dict):
        liked = f", rated {own['rating']}" if "rating" in own else ""
        return f"{own['instruction']} ({own['platform']}{liked})"
    return str(own)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ").replace("<", "&lt;")
