"""Who the users are and what they care for: a stated joint distribution, in ``population.json``."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from pydantic import BaseModel, ConfigDict

from experiments.ptool.vocabulary import TRAITS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.random import Generator
    from numpy.typing import NDArray

__all__ = ["FEATURES", "LEVELS", "Liking", "Population", "draw_levels", "draw_liking", "expected", "population"]

FEATURES = ("age", "income", "family", "urban", "tech", "travel")
"""What people are, in the order of all vectors."""

LEVELS = (-1.525, -0.612, 0.0, 0.612, 1.525)
"""The mean of a standard normal in each of the five levels."""

_CUTS = (-1.0, -0.33, 0.33, 1.0)
_STRONG, _WEAK = 3, 2
SCALE = float(np.sqrt(_STRONG + _WEAK))  # the number of a platform's traits: a liking's variance is then near 1


class _Told(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    about: str
    features: dict[str, dict[str, float]]
    loadings: dict[str, dict[str, float]]
    remainders: dict[str, dict[str, float]]
    work: dict[str, float]


class Population(NamedTuple):
    """The distribution.

    Attributes:
        features: Correlations of features, ``(6, 6)``.
        loadings: What a feature adds to the importance of a trait, ``(12, 6)``.
        remainder: Covariance of what features do not tell, ``(12, 12)``.
        work: What is added at work, ``(12,)``.
    """

    features: NDArray[np.float64]
    loadings: NDArray[np.float64]
    remainder: NDArray[np.float64]
    work: NDArray[np.float64]


class Liking(NamedTuple):
    """What a user likes.

    Attributes:
        traits: The importance of each trait, ``(12,)``.
        before: The same before the user's change of mind; None without one.
        habits: What a platform has for the user beyond its traits, ``(scenarios, p)``.
    """

    traits: NDArray[np.float64]
    before: NDArray[np.float64] | None
    habits: NDArray[np.float64]

    def of_platforms(
        self, scenario: int, traits: NDArray[np.float64], *, work: bool = False, past: bool = False
    ) -> NDArray[np.float64]:
        """How much the user likes the platforms of a scenario, ``(p,)``.

        Args:
            scenario: Its number.
            traits: Of its platforms, ``(p, 12)``.
            work: Whether it is for work.
            past: Whether it is before the change of mind.
        """
        own = self.before if past and self.before is not None else self.traits
        cares = own + population().work if work else own
        liked: NDArray[np.float64] = traits @ cares / SCALE + self.habits[scenario]
        return liked


@cache
def population() -> Population:
    """The distribution that ``population.json`` states."""
    told = _Told.model_validate_json((files("experiments.ptool") / "population.json").read_bytes())
    features = _correlations(told.features, FEATURES)
    loadings = np.array([[told.loadings[trait].get(name, 0.0) for name in FEATURES] for trait in TRAITS])
    left = np.sqrt(1.0 - np.einsum("ti,ij,tj->t", loadings, features, loadings))
    remainder = _correlations(told.remainders, TRAITS) * np.outer(left, left)
    return Population(features, loadings, remainder, np.array([told.work.get(name, 0.0) for name in TRAITS]))


def draw_levels(rng: Generator) -> tuple[int, ...]:
    """The level of each of `FEATURES`, 0 to 4."""
    drawn = rng.multivariate_normal(np.zeros(len(FEATURES)), population().features, method="cholesky")
    return tuple(int(place) for place in np.searchsorted(_CUTS, drawn))


def expected(levels: Sequence[int]) -> NDArray[np.float64]:
    """The mean importance of each trait for people of these levels, ``(12,)``."""
    mean: NDArray[np.float64] = population().loadings @ np.array([LEVELS[level] for level in levels])
    return mean


def draw_liking(
    rng: Generator, levels: Sequence[int], scenarios: int, platforms: int, *, habit: float, drifts: bool
) -> Liking:
    """What a user of these levels likes.

    Args:
        rng: Draws.
        levels: Of the features.
        scenarios: How many.
        platforms: Of each.
        habit: Standard deviation of habits.
        drifts: Whether the user changed their mind: what is most important now was least important once, and the other
            way round.
    """
    rest = rng.multivariate_normal(np.zeros(len(TRAITS)), population().remainder, method="cholesky")
    traits = expected(levels) + rest
    before = None
    if drifts:
        before = traits.copy()
        most, least = int(np.argmax(traits)), int(np.argmin(traits))
        before[most], before[least] = traits[least], traits[most]
    return Liking(traits, before, rng.normal(0.0, habit, (scenarios, platforms)))


def _correlations(told: Mapping[str, Mapping[str, float]], names: Sequence[str]) -> NDArray[np.float64]:
    """A matrix of correlations from what is told of pairs."""
    made = np.eye(len(names))
    for one, others in told.items():
        for other, value in others.items():
            made[names.index(one), names.index(other)] = made[names.index(other), names.index(one)] = value
    return made
