"""What is visible of a user, as likelihoods of what the user likes."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.special import ndtr

from experiments.ptool.behaviour import BEST, RATING_MIDDLE, RATING_MOOD, RATING_SPREAD, WORST
from experiments.ptool.exclusions import excluded
from experiments.ptool.population import SCALE, SHARPNESS, expected, population
from experiments.ptool.vocabulary import TRAITS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from experiments.ptool.behaviour import Entry
    from experiments.ptool.exclusions import Exclusion
    from experiments.ptool.person import Person
    from experiments.ptool.settings import Settings
    from experiments.ptool.world import World

__all__ = ["Choices", "Ratings", "Signals", "Visible", "hidden_exclusions", "unseen"]

_OUT, _LEAST = -1e9, 1e-300


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


def hidden_exclusions(person: Person, visible: Visible) -> tuple[Exclusion, ...]:
    """What is excluded for a user, of which what is looked at does not tell it.

    That a platform does not serve the user is told by what the user is; that one was left by a statement that says so,
    and by the whole log of its scenario: several uses, and then none.
    """
    told = {
        (one.scenario, one.platform)
        for place, one in enumerate(person.statements)
        if one.kind == "left" and _seen(place, visible.statements)
    }
    entries = [one.scenario for one in person.log]
    shown = {
        number
        for number in set(entries)
        if all(_seen(place, visible.log) for place, own in enumerate(entries) if own == number)
    }
    return tuple(
        own
        for own in person.exclusions
        if not (
            visible.features
            if own.why == "not_served"
            else own.scenario in shown or (own.scenario, own.platform) in told
        )
    )


def unseen(person: Person, visible: Visible) -> frozenset[int]:
    """The numbers of the scenarios in which something is excluded and what is looked at does not tell it."""
    return frozenset(own.scenario for own in hidden_exclusions(person, visible))


class Choices(NamedTuple):
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


class Ratings(NamedTuple):
    """Ratings, rounded and within limits, by noisy linear functions of what is unknown: ``(k, d)``, twice ``(k,)``."""

    slopes: NDArray[np.float64]
    offsets: NDArray[np.float64]
    stars: NDArray[np.float64]

    def fit(self, point: NDArray[np.float64]) -> tuple[float, NDArray[np.float64], NDArray[np.float64]]:
        """As of `Choices`."""
        low, high = self._limits(point)
        share = _mass(low, high)
        at_low, at_high = _density(low), _density(high)
        slope = (at_low - at_high) / share
        bend = slope**2 - (_times(low, at_low) - _times(high, at_high)) / share
        curved = (self.slopes * bend[:, None]).T @ self.slopes / RATING_MOOD**2
        return float(np.log(share).sum()), self.slopes.T @ slope / RATING_MOOD, curved

    def likelihoods(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """As of `Choices`."""
        total: NDArray[np.float64] = np.log(_mass(*self._limits(points))).sum(axis=1)
        return total

    def _limits(self, points: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """From where to where the standardised noise gives these stars, at a point or at several."""
        means = points @ self.slopes.T + self.offsets
        low = np.where(self.stars <= WORST, -np.inf, (self.stars - 0.5 - means) / RATING_MOOD)
        high = np.where(self.stars >= BEST, np.inf, (self.stars + 0.5 - means) / RATING_MOOD)
        return low, high


def _mass(low: NDArray[np.float64], high: NDArray[np.float64]) -> NDArray[np.float64]:
    """The share of a standard normal between two values, from the side on which it can be told from none."""
    turned = low > 0
    near, far = np.where(turned, -high, low), np.where(turned, -low, high)
    share: NDArray[np.float64] = np.maximum(ndtr(far) - ndtr(near), _LEAST)
    return share


def _density(values: NDArray[np.float64]) -> NDArray[np.float64]:
    density: NDArray[np.float64] = np.exp(-(values**2) / 2) / np.sqrt(2 * np.pi)
    return density


def _times(values: NDArray[np.float64], density: NDArray[np.float64]) -> NDArray[np.float64]:
    """Values times their density, which at infinity is nothing."""
    return np.where(np.isfinite(values), values, 0.0) * density


class Signals:
    """A user's visible signals as likelihoods of importances and of habits in the scenarios that are seen.

    Of a scenario in which a platform is excluded, and what is looked at does not tell it, neither uses nor statements
    about its platforms are looked at. The use after which a platform was left is a choice as any other, and its rating
    none.

    Attributes:
        seen: The numbers of these scenarios.
    """

    def __init__(self, settings: Settings, world: World, person: Person, visible: Visible) -> None:
        self._settings, self._world, self._person, self._visible = settings, world, person, visible
        hidden = unseen(person, visible)
        self._statements = [
            one
            for place, one in enumerate(person.statements)
            if _seen(place, visible.statements) and one.scenario not in hidden
        ]
        self._entries = [
            (place, one)
            for place, one in enumerate(person.log)
            if _seen(place, visible.log) and one.scenario not in hidden
        ]
        told = {one.scenario for one in self._statements if one.kind == "platform"}
        self.seen = sorted(told | {one.scenario for _, one in self._entries})
        self._size = len(TRAITS) + len(self.seen) * settings.platforms
        self._past = np.arange(len(TRAITS))
        self._swapped = self._change()
        if self._swapped is not None:
            gained, lost = self._swapped
            self._past[gained], self._past[lost] = lost, gained

    def _change(self) -> tuple[int, int] | None:
        """The trait that gained by a change of mind and the one that lost, where statements tell of one."""
        dated = [one for one in self._statements if one.since and self._person.drifted]
        gained = [one.trait for one in dated if one.kind == "for" and one.since == self._person.drifted]
        lost = [one.trait for one in dated if one.kind == "for" and one.since < self._person.drifted]
        return (gained[0], lost[0]) if gained and lost else None

    def prior(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Mean and covariance of what is unknown before any signal but what the user is."""
        known = population()
        mean, covariance = np.zeros(self._size), np.eye(self._size) * self._settings.habit**2
        block = known.remainder
        if self._visible.features:
            mean[: len(TRAITS)] = expected(self._person.levels)
        else:
            block = block + known.loadings @ known.spread @ known.loadings.T
        covariance[: len(TRAITS), : len(TRAITS)] = block
        return mean, covariance

    def likelihoods(self) -> list[Choices | Ratings]:
        """What statements and the log say, and ratings."""
        noise, every = self._settings.noise, self._importances()
        none = np.zeros(len(TRAITS))
        about = [
            (every * (SHARPNESS if one.kind == "for" else -SHARPNESS), none, one.trait)
            for one in self._statements
            if one.kind in ("for", "against") and not one.since
        ]
        if self._swapped is not None:  # what dated statements tell is which two traits were swapped
            gained, lost = self._swapped
            others = none.copy()
            others[gained] = _OUT
            about += [(every * SHARPNESS, none, gained), (every * -SHARPNESS, others, lost)]
        chosen = [
            (*self._platforms(one.scenario, scale=noise, out=self._person.excluded(one.scenario)), one.platform)
            for one in self._statements
            if one.kind == "platform"
        ]
        chosen += [
            (*self._platforms(one.scenario, scale=noise, work=one.work, past=one.past, out=out), one.platform)
            for place, one in self._entries
            for out in (excluded(self._person.exclusions, one.scenario, entry=place),)
        ]
        found: list[Choices | Ratings] = [_gathered(rows) for rows in (about, chosen) if rows]
        last = {own.entry for own in self._person.exclusions}
        rated = [one for place, one in self._entries if place not in last]
        if self._visible.ratings and self._person.style == "ratings" and rated:
            found.append(self._ratings(rated))
        return found

    def _ratings(self, rated: Sequence[Entry]) -> Ratings:
        slopes, offsets = [], []
        for one in rated:
            utilities, fixed = self._platforms(one.scenario, work=one.work, past=one.past)
            slopes.append(RATING_SPREAD * (utilities[one.platform] - utilities.mean(axis=0)))
            offsets.append(RATING_MIDDLE + RATING_SPREAD * (fixed[one.platform] - fixed.mean()))
        return Ratings(np.array(slopes), np.array(offsets), np.array([one.rating for one in rated], dtype=float))

    def _importances(self, *, past: bool = False) -> NDArray[np.float64]:
        slopes = np.zeros((len(TRAITS), self._size))
        slopes[np.arange(len(TRAITS)), self._past if past else np.arange(len(TRAITS))] = 1.0
        return slopes

    def _platforms(
        self, scenario: int, *, scale: float = 1.0, work: bool = False, past: bool = False, out: Sequence[int] = ()
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Slopes and offsets of the utilities of a scenario's platforms, by a scale; those excluded are out."""
        own = self._world.scenarios[scenario].traits / SCALE
        slopes = own @ self._importances(past=past)
        first = len(TRAITS) + self.seen.index(scenario) * len(own)
        slopes[np.arange(len(own)), first + np.arange(len(own))] = 1.0
        offsets = own @ population().work if work else np.zeros(len(own))
        offsets = offsets / scale
        offsets[list(out)] = _OUT
        return slopes / scale, offsets


def _gathered(rows: Sequence[tuple[NDArray[np.float64], NDArray[np.float64], int]]) -> Choices:
    return Choices(
        np.array([slopes for slopes, _, _ in rows]),
        np.array([offsets for _, offsets, _ in rows]),
        np.array([chosen for _, _, chosen in rows]),
    )


def _seen(place: int, places: frozenset[int] | None) -> bool:
    return places is None or place in places
