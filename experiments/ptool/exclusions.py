"""Platforms that are excluded for a user: left for good (churn), or not for such people, as they say (eligibility).

What is excluded is out of the choice set: the user does not use it, nor wants it, however much they would like it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from numpy.random import Generator
    from numpy.typing import NDArray

    from experiments.ptool.world import World

__all__ = ["FEWEST_AFTER", "FEWEST_BEFORE", "Exclusion", "excluded", "not_served", "plan_leaving", "without"]

FEWEST_BEFORE, FEWEST_AFTER = 3, 6
"""Uses of a platform up to the last one, and of others of its scenario after that: so many tell that it was left."""

_FEWEST = 12  # entries of a scenario in which a platform is left
_SECOND = 0.25


class Exclusion(NamedTuple):
    """A platform that is excluded for a user.

    Attributes:
        scenario: The number of its scenario.
        platform: Its number there.
        why: The user left it for good, or it does not serve such people.
        since: The day of the last use, for what was left.
        entry: The number of that entry of the log; -1 for what does not serve the user.
        feature: The basic feature for which it does not serve the user.
    """

    scenario: int
    platform: int
    why: Literal["left", "not_served"]
    since: str = ""
    entry: int = -1
    feature: str = ""


def not_served(world: World, basic: Mapping[str, Any]) -> tuple[Exclusion, ...]:
    """The platforms of a world that do not serve a user of these basic features."""
    return tuple(
        Exclusion(number, place, "not_served", feature=platform.restriction.feature)
        for number, scenario in enumerate(world.scenarios)
        for place, platform in enumerate(scenario.platforms)
        if platform.restriction is not None and not platform.restriction.serves(basic)
    )


def excluded(exclusions: Iterable[Exclusion], scenario: int, *, entry: int | None = None) -> list[int]:
    """The numbers of the platforms of a scenario that are excluded: in the end, or at an entry of the log."""
    return sorted(
        own.platform for own in exclusions if own.scenario == scenario and (entry is None or own.entry < entry)
    )


def without(liked: NDArray[np.float64], platforms: Sequence[int]) -> NDArray[np.float64]:
    """Likings, of which the last axis is platforms, with those of some at minus infinity."""
    open_still: NDArray[np.float64] = liked.copy()
    open_still[..., list(platforms)] = -np.inf
    return open_still


def plan_leaving(
    rng: Generator, numbers: NDArray[np.int64], scenarios: Collection[int]
) -> tuple[NDArray[np.int64], dict[int, int]]:
    """Where a user is going to leave a platform: it depends on nothing that the user likes.

    Args:
        rng: Draws.
        numbers: The scenario of each entry of the log, ``(n,)``.
        scenarios: Those in which a platform can be left.

    Returns:
        The scenarios of the entries, some of which are changed so that there are enough of one; and, by scenario in
        which a platform is left, from which of its entries on: the first that is the third use of a platform or a later
        one is the last of it. Without scenarios where the log is too short.
    """
    numbers, plans = numbers.copy(), dict[int, int]()
    for scenario in rng.permutation(sorted(scenarios))[: 1 + int(rng.random() < _SECOND)].tolist():
        others = np.flatnonzero(~np.isin(numbers, [scenario, *plans]))
        lacking = _FEWEST - int((numbers == scenario).sum())
        if lacking > len(others):
            continue
        if lacking > 0:
            numbers[rng.permutation(others)[:lacking]] = scenario
        count = int((numbers == scenario).sum())
        plans[scenario] = int(rng.integers(FEWEST_BEFORE - 1, count - FEWEST_AFTER - 1))
    return numbers, plans
