"""Whether a synthetic record is sound: its calls fit their schemas, its values have a source, and its answer is one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.ptool.beliefs import LEAST_GAP

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from pydantic import JsonValue

    from experiments.ptool.cases import Case
    from experiments.ptool.person import Person
    from experiments.ptool.world import Function, World

__all__ = ["at_path", "problem_of"]

_TYPES: dict[str, type] = {"string": str, "integer": int}
_SAID_OTHERWISE = ("date", "time")
_STEP = re.compile(r"[^.\[\]]+")


def problem_of(
    case: Case, world: World, person: Person, profile: Mapping[str, Any], guessable: Callable[[], bool]
) -> str:
    """Why a record is not sound, in a few words that are the same for all such; empty if it is.

    Args:
        case: The case.
        world: Its world.
        person: Its user.
        profile: As the record shows it.
        guessable: Whether what is visible tells the platform well enough, asked where the user's liking decides.
    """
    for function, arguments in case.calls:
        if problem := _schema(function, arguments):
            return problem
    if problem := _sources(case, profile) or _excluded(case, world, person):
        return problem
    return _preferred(case, world, person, guessable) if case.preferred else ""


def _sources(case: Case, profile: Mapping[str, Any]) -> str:
    arguments = {name: value for _, own in case.calls for name, value in own.items()}
    if set(case.from_query) | set(case.from_profile) != set(arguments):
        return "a value without a source"
    if set(case.from_query) & set(case.from_profile):
        return "a value with two sources"
    if any(at_path(profile, path) is None for path in case.evidence):
        return "evidence that is not in the profile"
    if not all(_stands(profile, case, name, arguments[name]) for name in case.from_profile):
        return "a value that its evidence does not hold"
    if not all(_said(case.said.text, name, arguments[name]) for name in case.from_query):
        return "a value that the request does not say"
    return ""


def _stands(profile: Mapping[str, Any], case: Case, name: str, value: JsonValue) -> bool:
    """Whether each place that a value is said to come from has it: as it is, or among the words of a statement."""
    paths = case.sources.get(name, ())
    return bool(paths) and all(
        path in case.evidence and any(_is(leaf, value) for leaf in _leaves(at_path(profile, path))) for path in paths
    )


def _is(leaf: JsonValue, value: JsonValue) -> bool:
    if not isinstance(leaf, str) or not isinstance(value, str):
        return type(leaf) is type(value) and leaf == value
    return leaf == value or (" " in leaf and bool(re.search(rf"(?<!\w){re.escape(value)}(?!\w)", leaf)))


def _leaves(value: Any) -> Iterator[JsonValue]:  # noqa: ANN401 - JSON
    if isinstance(value, dict):
        for own in value.values():
            yield from _leaves(own)
    elif isinstance(value, list):
        for own in value:
            yield from _leaves(own)
    else:
        yield value


def _said(text: str, name: str, value: JsonValue) -> bool:
    """Whether a request says a value letter by letter; numbers, days and times are said in many ways."""
    return not isinstance(value, str) or name in _SAID_OTHERWISE or value.casefold() in text.casefold()


def at_path(profile: Mapping[str, Any], path: str) -> Any:  # noqa: ANN401 - JSON
    """What stands at a path into a profile ("preferences[2]", "basic_features.age"); None where nothing does."""
    place: Any = profile
    for step in _STEP.findall(path):
        if isinstance(place, list):
            place = place[int(step)] if step.isdecimal() and int(step) < len(place) else None
        else:
            place = place.get(step) if isinstance(place, dict) else None
    return place


def _excluded(case: Case, world: World, person: Person) -> str:
    for own in person.exclusions:
        uses = [place for place, one in enumerate(person.log) if (one.scenario, one.platform) == own[:2]]
        if any(place > own.entry for place in uses):
            return "a use of a platform that is excluded"
        if own[:2] == (case.scenario, case.platform):
            named = world.scenarios[own.scenario].platforms[own.platform].name in case.said.text
            if own.why == "not_served" or case.preferred or not named:
                return "an answer that is excluded for the user"
    return ""


def _preferred(case: Case, world: World, person: Person, guessable: Callable[[], bool]) -> str:
    liked = np.sort(person.wants(world, case.scenario, work=case.work))
    if liked[-1] - liked[-2] < LEAST_GAP:
        return "two platforms that are liked alike"
    return "" if guessable() else "nothing visible tells the platform"


def _schema(function: Function, arguments: Mapping[str, JsonValue]) -> str:
    for name, parameter in function.parameters.items():
        if name not in arguments:
            if parameter["required"]:
                return "a required value that is missing"
            continue
        value = arguments[name]
        if not isinstance(value, _TYPES[parameter["type"]]):
            return "a value of another type"
        if "enum" in parameter and value not in parameter["enum"]:
            return "a value that the schema does not have"
    return "a value that no parameter takes" if set(arguments) - set(function.parameters) else ""
