"""Who the users are and what they care for: a stated joint distribution, in ``population.json``."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.special import ndtr, softmax
from scipy.stats import norm

from experiments.ptool.vocabulary import FEATURES, TRAITS, Words, read_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.random import Generator
    from numpy.typing import NDArray

__all__ = [
    "CUTS",
    "FEATURES",
    "SCALE",
    "SHARPNESS",
    "Liking",
    "Population",
    "draw_levels",
    "draw_liking",
    "expected",
    "population",
]

CUTS = (-1.0, -0.33, 0.33, 1.0)
"""Where a standard normal is cut into five levels."""

_STRONG, _WEAK = 3, 2
_FAR, _NODES = 9.0, 64
SCALE = float(np.sqrt(_STRONG + _WEAK))
"""By which a platform's traits are divided, so that a liking's variance is near 1."""

SHARPNESS = 1.5
"""How much likelier a user speaks of what matters more: the factor of importances in an exponent."""


class _Told(Words):
    about: str
    features: dict[str, dict[str, float]]
    loadings: dict[str, dict[str, float]]
    remainders: dict[str, dict[str, float]]
    work: dict[str, float]


class Population(NamedTuple):
    """The distribution.

    Attributes:
        features: Correlations of features before they are cut into levels, ``(6, 6)``.
        levels: What stands for each level: the means of a standard normal there, scaled to a variance of 1, ``(5,)``.
        spread: Covariance of what stands for the features' levels, ``(6, 6)``.
        loadings: What a feature adds to the importance of a trait, ``(12, 6)``.
        remainder: Covariance of what features do not tell, ``(12, 12)``.
        work: What is added at work, ``(12,)``.
    """

    features: NDArray[np.float64]
    levels: NDArray[np.float64]
    spread: NDArray[np.float64]
    loadings: NDArray[np.float64]
    remainder: NDArray[np.float64]
    work: NDArray[np.float64]


class Liking(NamedTuple):
    """What a user likes.

    Attributes:
        traits: The importance of each trait, ``(12,)``.
        before: The same before the user's change of mind; None without one.
        swapped: The trait that gained by it, and the one that lost.
        habits: What a platform has for the user beyond its traits, ``(scenarios, p)``.
    """

    traits: NDArray[np.float64]
    before: NDArray[np.float64] | None
    swapped: tuple[int, int] | None
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
    told = _Told.model_validate_json(read_words("population.json"))
    features = _correlations(told.features, FEATURES)
    loadings = np.array([[told.loadings[trait].get(name, 0.0) for name in FEATURES] for trait in TRAITS])
    levels = _levels()
    spread = np.eye(len(FEATURES))
    for one in range(len(FEATURES)):
        for other in range(one):
            joint = _joint(float(features[one, other]))
            spread[one, other] = spread[other, one] = levels @ joint @ levels
    left = np.sqrt(1.0 - np.einsum("ti,ij,tj->t", loadings, spread, loadings))
    remainder = _correlations(told.remainders, TRAITS) * np.outer(left, left)
    return Population(
        features, levels, spread, loadings, remainder, np.array([told.work.get(name, 0.0) for name in TRAITS])
    )


def draw_levels(rng: Generator) -> tuple[int, ...]:
    """The level of each of `FEATURES`, 0 to 4."""
    drawn = rng.multivariate_normal(np.zeros(len(FEATURES)), population().features, method="cholesky")
    return tuple(int(place) for place in np.searchsorted(CUTS, drawn))


def expected(levels: Sequence[int]) -> NDArray[np.float64]:
    """The mean importance of each trait for people of these levels, ``(12,)``."""
    mean: NDArray[np.float64] = population().loadings @ population().levels[list(levels)]
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
        drifts: Whether the user changed their mind: two traits' importances were the other way round once. What is
            drawn for the first is likelier the more it matters now, and for the second the less.
    """
    rest = rng.multivariate_normal(np.zeros(len(TRAITS)), population().remainder, method="cholesky")
    traits = expected(levels) + rest
    before, swapped = None, None
    if drifts:
        before = traits.copy()
        most = int(rng.choice(len(traits), p=softmax(SHARPNESS * traits)))
        others = np.delete(np.arange(len(traits)), most)
        least = int(rng.choice(others, p=softmax(-SHARPNESS * traits[others])))
        before[most], before[least] = traits[least], traits[most]
        swapped = (most, least)
    return Liking(traits, before, swapped, rng.normal(0.0, habit, (scenarios, platforms)))


def _levels() -> NDArray[np.float64]:
    """What stands for each level, ``(5,)``."""
    edges = np.array([-np.inf, *CUTS, np.inf])
    shares = np.diff(norm.cdf(edges))
    means: NDArray[np.float64] = -np.diff(norm.pdf(edges)) / shares
    means /= np.sqrt(shares @ means**2)
    return means


def _joint(correlation: float) -> NDArray[np.float64]:
    """How likely two features are of any two levels, ``(5, 5)``, by quadrature over the first one."""
    edges = np.array([-_FAR, *CUTS, _FAR])
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    centres, halves = (edges[1:] + edges[:-1]) / 2, np.diff(edges) / 2
    places = centres[:, None] + halves[:, None] * nodes  # (5, nodes)
    density = np.exp(-(places**2) / 2) / np.sqrt(2 * np.pi) * weights * halves[:, None]
    below = ndtr((edges - correlation * places[..., None]) / np.sqrt(1 - correlation**2))
    joint: NDArray[np.float64] = np.einsum("ln,lnm->lm", density, np.diff(below, axis=2))
    return joint


def _correlations(told: Mapping[str, Mapping[str, float]], names: Sequence[str]) -> NDArray[np.float64]:
    """A matrix of correlations from what is told of pairs."""
    made = np.eye(len(names))
    for one, others in told.items():
        for other, value in others.items():
            made[names.index(one), names.index(other)] = made[names.index(other), names.index(one)] = value
    return made
