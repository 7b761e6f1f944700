"""What can be known of a user's liking from what is visible: the exact model behind the synthesis, turned round.

The visible signals are what the user is, what they say, what they did and how they liked it. Who looks knows the
population (`population.json`), the noise, and what each statement is about, as no system does: this is a bound. The
posterior of a user's importances and habits is log-concave. Its top is found by Newton's method; samples come from the
normal distribution there (Laplace's method) and, one in ten, from as wide a one as before any evidence, so that no
weight is without bound; they are weighed by the true posterior (importance sampling). What is left of approximation:
the number of samples, and that importances are taken as normal where what the user is is not looked at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.linalg import solve_triangular

from experiments.ptool.exclusions import excluded, without
from experiments.ptool.population import SCALE, population
from experiments.ptool.signals import Signals, Visible, hidden_exclusions
from experiments.ptool.vocabulary import TRAITS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.random import Generator
    from numpy.typing import NDArray

    from experiments.ptool.person import Person
    from experiments.ptool.settings import Settings
    from experiments.ptool.world import World

    Fit = Callable[[NDArray[np.float64]], tuple[float, NDArray[np.float64], NDArray[np.float64]]]

__all__ = ["LEAST_GAP", "Beliefs", "Visible", "believe"]

_SAMPLES, _WIDE = 3000, 0.1
LEAST_GAP = 0.1
"""By how much the platform that is wanted is liked more than any other; a standard deviation of likings is near 1."""

_STEPS = 40
_ENOUGH = 1e-9
_HALVINGS = 30
_ALL = Visible()


class Beliefs(NamedTuple):
    """Samples of what a user may like.

    Attributes:
        traits: Importances, ``(n, 12)``.
        habits: By scenario, ``(n, scenarios, p)``.
        weights: Of the samples, ``(n,)``, with a sum of 1.
        excluded: By scenario, the platforms that are known to be excluded for the user.
    """

    traits: NDArray[np.float64]
    habits: NDArray[np.float64]
    weights: NDArray[np.float64]
    excluded: Mapping[int, Sequence[int]]

    @property
    def size(self) -> float:
        """How many samples of equal weight these are worth (Kong 1992)."""
        return float(1.0 / (self.weights**2).sum())

    def of_platforms(self, world: World, scenario: int, *, work: bool = False) -> NDArray[np.float64]:
        """The probability of each platform of a scenario to be the one that is wanted, ``(p,)``.

        What is wanted is liked more than any other by `LEAST_GAP`, since nothing else is asked for.
        """
        cares = self.traits + population().work if work else self.traits
        liked = cares @ world.scenarios[scenario].traits.T / SCALE + self.habits[:, scenario]
        liked = without(liked, self.excluded.get(scenario, ()))
        top = np.sort(liked, axis=1)[:, -2:]
        weights = np.where(top[:, 1] - top[:, 0] >= LEAST_GAP, self.weights, 0.0)
        shares: NDArray[np.float64] = np.zeros(liked.shape[1])
        np.add.at(shares, liked.argmax(axis=1), weights if weights.sum() > 0 else self.weights)
        shares /= shares.sum()
        return shares


def believe(settings: Settings, world: World, person: Person, visible: Visible = _ALL, *, seed: int = 0) -> Beliefs:
    """What may be believed of a user.

    Args:
        settings: Of the synthesis.
        world: Its world.
        person: The user, of whom only what is visible is looked at.
        visible: What is.
        seed: Of the samples.
    """
    model = Signals(settings, world, person, visible)
    groups = model.likelihoods()
    mean, covariance = model.prior()
    precision = np.linalg.inv(covariance)

    def fit(point: NDArray[np.float64]) -> tuple[float, NDArray[np.float64], NDArray[np.float64]]:
        apart = point - mean
        value, gradient, curved = -0.5 * float(apart @ precision @ apart), -precision @ apart, precision.copy()
        for group in groups:
            more, slope, bend = group.fit(point)
            value, gradient, curved = value + more, gradient + slope, curved + bend
        return value, gradient, curved

    top, curved = _maximum(fit, mean)
    rng = np.random.default_rng([settings.seed, 3, seed])
    narrow = np.asarray(np.linalg.inv(curved), dtype=np.float64)
    points, densities = _samples(rng, top, narrow, covariance)
    apart = points - mean
    weights = -0.5 * np.einsum("nd,de,ne->n", apart, precision, apart) - densities
    for group in groups:
        weights += group.likelihoods(points)
    weights = np.exp(weights - weights.max())
    size = (len(points), len(world.scenarios), settings.platforms)
    habits = rng.normal(0.0, settings.habit, size)  # of scenarios of which nothing is seen
    habits[:, model.seen] = points[:, len(TRAITS) :].reshape(len(points), len(model.seen), settings.platforms)
    hidden = hidden_exclusions(person, visible)
    known = [own for own in person.exclusions if own not in hidden]
    out = {own.scenario: excluded(known, own.scenario) for own in known}
    return Beliefs(points[:, : len(TRAITS)], habits, weights / weights.sum(), out)


def _samples(
    rng: Generator, top: NDArray[np.float64], narrow: NDArray[np.float64], wide: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Samples from a mixture of two normal distributions with one mean, and its log-densities but for a constant."""
    normal = rng.normal(size=(_SAMPLES, len(top)))
    of_wide = np.arange(_SAMPLES) < _WIDE * _SAMPLES
    factors = [np.linalg.cholesky(own) for own in (narrow, wide)]
    points = top + np.where(of_wide[:, None], normal @ factors[1].T, normal @ factors[0].T)
    logs = []
    for share, factor in zip((1 - _WIDE, _WIDE), factors, strict=True):
        scaled = solve_triangular(factor, (points - top).T, lower=True)
        logs.append(np.log(share) - np.log(np.diag(factor)).sum() - 0.5 * (scaled**2).sum(axis=0))
    return points, np.logaddexp(*logs)


def _maximum(fit: Fit, start: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The top of a log-concave function, and its negative second derivative there, by damped Newton steps."""
    point = start.copy()
    value, gradient, curved = fit(point)
    for _ in range(_STEPS):
        step = np.linalg.solve(curved, gradient)
        gain = float(gradient @ step)
        if gain < _ENOUGH:
            break
        size = 1.0
        for _ in range(_HALVINGS):
            found = fit(point + size * step)
            if found[0] >= value + size * gain / 4:
                break
            size /= 2
        point, (value, gradient, curved) = point + size * step, found
    return point, curved
