"""What can be known of a user's liking from what is visible: the exact model behind the synthesis, turned round.

The visible signals are what the user is, what they say, what they did and how they liked it. The posterior of a user's
importances and habits, given any of these, is log-concave; it is found by Newton's method, approximated by the normal
distribution at its top (Laplace's method), and samples of that are weighed by the true posterior (importance sampling),
so that no approximation is left but the number of samples, and ratings, which are taken as not rounded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from experiments.ptool.behaviour import RATING_MIDDLE, RATING_MOOD, RATING_SPREAD
from experiments.ptool.population import SCALE, expected, population
from experiments.ptool.statements import SHARPNESS
from experiments.ptool.vocabulary import TRAITS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from experiments.ptool.person import Person
    from experiments.ptool.settings import Settings
    from experiments.ptool.world import World

__all__ = ["Beliefs", "Visible", "believe"]

_SAMPLES = 2000
_STEPS = 40
_ENOUGH = 1e-9
_HALVINGS = 30


class Visible(NamedTuple):
    """What is looked at.

    Attributes:
        features: What the user is.
        statements: The numbers of statements; None for all.
        log: The numbers of entries of the log; None for all.
        ratings: How the user liked these, where the log says so.
    """

    features: bool = True
    statements: frozenset[int] | None = None
    log: frozenset[int] | None = None
    ratings: bool = True


_ALL = Visible()


class Beliefs(NamedTuple):
    """Samples of what a user may like.

    Attributes:
        traits: Importances, ``(n, 12)``.
        habits: By scenario, ``(n, scenarios, p)``.
        weights: Of the samples, ``(n,)``, with a sum of 1.
    """

    traits: NDArray[np.float64]
    habits: NDArray[np.float64]
    weights: NDArray[np.float64]

    def of_platforms(self, world: World, scenario: int, *, work: bool = False) -> NDArray[np.float64]:
        """The probability of each platform of a scenario to be the one that the user likes best, ``(p,)``."""
        cares = self.traits + population().work if work else self.traits
        liked = cares @ world.scenarios[scenario].traits.T / SCALE + self.habits[:, scenario]
        count = liked.shape[1]
        shares = np.zeros(count)
        np.add.at(shares, liked.argmax(axis=1), self.weights)
        return shares


class _Choices(NamedTuple):
    """Choices among alternatives whose utilities are linear in what is unknown: ``(k, p, d)``, ``(k, p)``, ``(k,)``."""

    slopes: NDArray[np.float64]
    offsets: NDArray[np.float64]
    chosen: NDArray[np.int64]

    def fit(self, point: NDArray[np.float64]) -> tuple[float, NDArray[np.float64], NDArray[np.float64]]:
        """The log-likelihood at a point, its gradient, and its negative second derivative."""
        values = self.slopes @ point + self.offsets
        values -= values.max(axis=1, keepdims=True)
        shares = np.exp(values)
        sums = shares.sum(axis=1, keepdims=True)
        rows = np.arange(len(self.chosen))
        total = float((values[rows, self.chosen] - np.log(sums[:, 0])).sum())
        shares /= sums
        means = np.einsum("kp,kpd->kd", shares, self.slopes)
        gradient = (self.slopes[rows, self.chosen] - means).sum(axis=0)
        curved = np.einsum("kp,kpd,kpe->de", shares, self.slopes, self.slopes, optimize=True) - means.T @ means
        return total, gradient, curved

    def likelihoods(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """The log-likelihoods at points, ``(n, d)``: ``(n,)``."""
        total = np.zeros(len(points))
        for slopes, offsets, chosen in zip(self.slopes, self.offsets, self.chosen, strict=True):
            values = points @ slopes.T + offsets
            top = values.max(axis=1)
            total += values[:, chosen] - top - np.log(np.exp(values - top[:, None]).sum(axis=1))
        return total


class _Measured(NamedTuple):
    """Noisy linear functions of what is unknown: ``(k, d)``, ``(k,)`` values, and one variance."""

    slopes: NDArray[np.float64]
    values: NDArray[np.float64]
    variance: float

    def likelihoods(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """As of `_Choices`, but for a constant."""
        squares: NDArray[np.float64] = ((self.values - points @ self.slopes.T) ** 2).sum(axis=1)
        return -squares / (2 * self.variance)


def believe(settings: Settings, world: World, person: Person, visible: Visible = _ALL, *, seed: int = 0) -> Beliefs:
    """What may be believed of a user.

    Args:
        settings: Of the synthesis.
        world: Its world.
        person: The user, of whom only what is visible is looked at.
        visible: What is.
        seed: Of the samples.
    """
    model = _Model(settings, world, person)
    groups, measured = model.signals(visible)
    mean, covariance = model.prior(features=visible.features)
    precision = np.linalg.inv(covariance)

    def fit(point: NDArray[np.float64]) -> tuple[float, NDArray[np.float64], NDArray[np.float64]]:
        apart = point - mean
        value, gradient, curved = -0.5 * float(apart @ precision @ apart), -precision @ apart, precision.copy()
        for group in groups:
            more, slope, bend = group.fit(point)
            value, gradient, curved = value + more, gradient + slope, curved + bend
        rest = measured.values - measured.slopes @ point
        value -= float(rest @ rest) / (2 * measured.variance)
        gradient += measured.slopes.T @ rest / measured.variance
        return value, gradient, curved + measured.slopes.T @ measured.slopes / measured.variance

    top, curved = _maximum(fit, mean)
    rng = np.random.default_rng([settings.seed, 3, seed])
    spread = np.linalg.cholesky(np.linalg.inv(curved))
    normal = rng.normal(size=(_SAMPLES, len(top)))
    points = top + normal @ spread.T
    apart = points - mean
    weights = -0.5 * np.einsum("nd,de,ne->n", apart, precision, apart) + 0.5 * (normal**2).sum(axis=1)
    for group in groups:
        weights += group.likelihoods(points)
    weights += measured.likelihoods(points)
    weights = np.exp(weights - weights.max())
    size = (len(world.scenarios), settings.platforms)
    return Beliefs(points[:, : len(TRAITS)], points[:, len(TRAITS) :].reshape(-1, *size), weights / weights.sum())


def _maximum(fit, start: NDArray[np.float64]):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
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


class _Model:
    """A user's signals as likelihoods of importances and habits, in one vector ``(12 + scenarios * p,)``."""

    def __init__(self, settings: Settings, world: World, person: Person) -> None:
        self._settings, self._world, self._person = settings, world, person
        self._size = len(TRAITS) + len(world.scenarios) * settings.platforms
        self._past = np.arange(len(TRAITS))
        if person.drifted:  # the day is known, and what is swapped is said
            told = [own for own in person.statements if own.since == person.drifted]
            most = next(own.trait for own in told if own.kind == "for")
            least = next(own.trait for own in told if own.kind == "against")
            self._past[most], self._past[least] = least, most

    def prior(self, *, features: bool) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Mean and covariance of what is unknown before any signal but what the user is."""
        known = population()
        mean, covariance = np.zeros(self._size), np.eye(self._size) * self._settings.habit**2
        block = known.remainder
        if features:
            mean[: len(TRAITS)] = expected(self._person.levels)
        else:
            block = block + known.loadings @ known.features @ known.loadings.T
        covariance[: len(TRAITS), : len(TRAITS)] = block
        return mean, covariance

    def signals(self, visible: Visible) -> tuple[list[_Choices], _Measured]:
        """What statements and the log say, and ratings."""
        person, noise = self._person, self._settings.noise
        statements = [one for place, one in enumerate(person.statements) if _seen(place, visible.statements)]
        entries = [one for place, one in enumerate(person.log) if _seen(place, visible.log)]
        stale = [bool(person.drifted and one.since and one.since < person.drifted) for one in statements]
        about = [
            (
                self._importances(past=old) * (SHARPNESS if one.kind == "for" else -SHARPNESS),
                np.zeros(len(TRAITS)),
                one.trait,
            )
            for one, old in zip(statements, stale, strict=True)
            if one.kind in ("for", "against")
        ]
        chosen = [
            (*self._platforms(one.scenario, scale=noise), one.platform) for one in statements if one.kind == "platform"
        ]
        chosen += [
            (*self._platforms(one.scenario, scale=noise, work=one.work, past=one.past), one.platform) for one in entries
        ]
        slopes, values = [np.zeros(self._size)], [0.0]
        if visible.ratings and person.style == "ratings":
            for one in entries:
                utilities, offsets = self._platforms(one.scenario, work=one.work, past=one.past)
                place = one.platform
                slopes.append(RATING_SPREAD * (utilities[place] - utilities.mean(axis=0)))
                values.append(one.rating - RATING_MIDDLE - RATING_SPREAD * (offsets[place] - offsets.mean()))
        measured = _Measured(np.array(slopes), np.array(values), RATING_MOOD**2 + 1 / 12)
        return [_gathered(rows) for rows in (about, chosen) if rows], measured

    def _importances(self, *, past: bool) -> NDArray[np.float64]:
        slopes = np.zeros((len(TRAITS), self._size))
        slopes[np.arange(len(TRAITS)), self._past if past else np.arange(len(TRAITS))] = 1.0
        return slopes

    def _platforms(
        self, scenario: int, *, scale: float = 1.0, work: bool = False, past: bool = False
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Slopes and offsets of the utilities of a scenario's platforms, by a scale."""
        own = self._world.scenarios[scenario].traits / SCALE
        slopes = own @ self._importances(past=past)
        first = len(TRAITS) + scenario * len(own)
        slopes[np.arange(len(own)), first + np.arange(len(own))] = 1.0
        offsets = own @ population().work if work else np.zeros(len(own))
        return slopes / scale, offsets / scale


def _gathered(rows: Sequence[tuple[NDArray[np.float64], NDArray[np.float64], int]]) -> _Choices:
    return _Choices(
        np.array([slopes for slopes, _, _ in rows]),
        np.array([offsets for _, offsets, _ in rows]),
        np.array([chosen for _, _, chosen in rows]),
    )


def _seen(place: int, places: frozenset[int] | None) -> bool:
    return places is None or place in places
