"""Requests of synthetic users with their gold: which platform, which calls, where each value comes from, and why."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import JsonValue

    from experiments.ptool.person import Person
    from experiments.ptool.phrasing import Said
    from experiments.ptool.world import Function, World

__all__ = ["KINDS", "Case", "Kind", "as_record", "platform_evidence", "told_exclusions"]

Kind = Literal["preference", "arguments", "both", "named", "trait", "value", "usual", "history", "nothing", "several"]
"""``preference``: what the user likes decides the platform, and the request says all values. ``arguments``: it names a
platform, and the profile holds values. ``both``. ``named``: it names a platform that the user likes less. ``trait``: it
wants a trait, this once. ``value``: it says a value that the profile has otherwise. ``usual``: it means what the log
shows to be usual. ``history``: it means something in the log. ``nothing``: no platform here does this. ``several``: two
calls."""

KINDS: dict[Kind, float] = {
    "preference": 0.24,
    "both": 0.2,
    "arguments": 0.15,
    "named": 0.07,
    "trait": 0.06,
    "value": 0.06,
    "usual": 0.07,
    "history": 0.06,
    "nothing": 0.04,
    "several": 0.05,
}
"""The share of each kind; where a user has no request of one, another takes its place."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """A request with its gold.

    Attributes:
        kind: See `Kind`.
        scenario: The number of the scenario of the platforms to choose from.
        said: The request.
        platform: The number of the right one, -1 for none.
        calls: Function and arguments of each call.
        from_query: Parameters whose value the request says.
        from_profile: Parameters whose value the profile or the log holds.
        evidence: Paths into the profile of what the arguments rest on, and of all that may tell the liked platform.
        sources: Of each value that the profile or the log holds the paths where it stands.
        preferred: Whether what the user likes decides the platform.
        work: Whether it is for work.
    """

    kind: Kind
    scenario: int
    said: Said
    platform: int
    calls: tuple[tuple[Function, dict[str, JsonValue]], ...]
    from_query: tuple[str, ...]
    from_profile: tuple[str, ...]
    evidence: tuple[str, ...]
    preferred: bool
    sources: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    work: bool = False


def platform_evidence(world: World, person: Person, scenario: int) -> tuple[str, ...]:
    """Paths of what may tell the platform that a user likes.

    That are statements about what differs there or about its platforms, its log, and the features for which a platform
    does not serve the user.
    """
    own = world.scenarios[scenario].traits
    differs = np.ptp(own, axis=0) > 0
    told = [
        f"preferences[{place}]"
        for place, one in enumerate(person.statements)
        if (one.kind in ("for", "against") and (differs[one.trait] or one.since)) or one.scenario == scenario
    ]
    told += [f"basic_features.{own.feature}" for own in person.exclusions if own.scenario == scenario and own.feature]
    return (*told, *(f"history[{place}]" for place, one in enumerate(person.log) if one.scenario == scenario))


def told_exclusions(person: Person, world: World, scenario: int) -> list[dict[str, Any]]:
    """The platforms of a scenario that are excluded for a user: each with why, and the paths of what tells it.

    Of what was left that is the last use, at the day ``since``, and the statement that says so, if one does.
    """
    found: list[dict[str, Any]] = []
    for own in person.exclusions:
        if own.scenario == scenario:
            shown: dict[str, Any] = {
                "platform": world.scenarios[scenario].platforms[own.platform].name,
                "why": own.why,
            }
            if own.why == "not_served":
                shown["evidence"] = [f"basic_features.{own.feature}"]
            else:
                said = [
                    f"preferences[{place}]"
                    for place, one in enumerate(person.statements)
                    if one.kind == "left" and (one.scenario, one.platform) == own[:2]
                ]
                shown |= {"since": own.since, "evidence": [f"history[{own.entry}]", *said]}
            found.append(shown)
    return found


def as_record(case: Case, world: World, person: Person, name: str) -> dict[str, Any]:
    """A case as a record in PTBench's shape, its own keys first; see `docs/ptool.md` for the others."""
    scenario = world.scenarios[case.scenario]
    platform = scenario.platforms[case.platform].name if case.platform >= 0 else ""
    return {
        "id": name,
        "query": case.said.text,
        "user_profile": person.profile(world),
        "platforms": [own.to_json() for own in scenario.platforms],
        "tools": scenario.tools(),
        "answer": [
            platform,
            [{function.name: {own: [value] for own, value in arguments.items()}} for function, arguments in case.calls],
        ],
        "query_params": list(case.from_query),
        "profile_params": list(case.from_profile),
        "user": person.name,
        "scenario": scenario.name,
        "kind": case.kind,
        "evidence": list(case.evidence),
    }
