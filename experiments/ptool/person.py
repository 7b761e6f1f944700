"""One synthetic user: what they like, what they say of themselves, and what they did."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from experiments.ptool.behaviour import Entry, draw_log
from experiments.ptool.days import FIRST_DAY, day_after
from experiments.ptool.exclusions import Exclusion, excluded, not_served, without
from experiments.ptool.habits import Habits, draw_habits
from experiments.ptool.identity import Identity, draw_identity
from experiments.ptool.population import Liking, draw_levels, draw_liking
from experiments.ptool.statements import Statement, draw_statements

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from experiments.ptool.settings import Settings
    from experiments.ptool.world import World

__all__ = ["Person", "Style", "make_person"]

Style = Literal["ratings", "times", "order"]
"""What a log says of its entries beyond their order, oldest first: how the user liked each, or when it was."""

_STYLES: tuple[Style, ...] = ("ratings", "times", "order")
_FIRST_DRIFT, _LAST_DRIFT = 200, 600  # days after the beginning of logs


class Person(NamedTuple):
    """A user.

    Attributes:
        name: Tells the user from others.
        levels: Of `~experiments.ptool.population.FEATURES`.
        liking: What the user likes.
        identity: What is known by name.
        habits: What the user takes, where a request leaves it open.
        statements: What the user says of themselves, in the order of the profile.
        log: What the user did, oldest first.
        style: What the log says of its entries.
        drifted: The day of a change of mind; empty without one.
        exclusions: The platforms that are excluded for the user.
    """

    name: str
    levels: tuple[int, ...]
    liking: Liking
    identity: Identity
    habits: Habits
    statements: tuple[Statement, ...]
    log: tuple[Entry, ...]
    style: Style
    drifted: str
    exclusions: tuple[Exclusion, ...] = ()

    def excluded(self, scenario: int) -> list[int]:
        """The numbers of the platforms of a scenario that are excluded for the user."""
        return excluded(self.exclusions, scenario)

    def wants(self, world: World, scenario: int, *, work: bool = False) -> NDArray[np.float64]:
        """How much the user likes the platforms of a scenario, ``(p,)``: those excluded not at all (-inf)."""
        liked = self.liking.of_platforms(scenario, world.scenarios[scenario].traits, work=work)
        return without(liked, self.excluded(scenario))

    def profile(self, world: World) -> dict[str, Any]:
        """The profile as a record shows it."""
        return {
            "basic_features": self.identity.basic,
            "preferences": [statement.to_json() for statement in self.statements],
            "history": [entry.to_json(world, self.style) for entry in self.log],
        }


def make_person(settings: Settings, world: World, number: int) -> Person:
    """The user of a number: the same settings make the same one, whichever others are made."""
    rng = np.random.default_rng([settings.seed, 2, number])
    levels = draw_levels(rng)
    drifts = bool(rng.random() < settings.drift)
    size = (len(world.scenarios), settings.platforms)
    liking = draw_liking(rng, levels, *size, habit=settings.habit, drifts=drifts)
    identity = draw_identity(rng, levels)
    habits = draw_habits(rng, world)
    style = "times" if drifts else _STYLES[rng.integers(len(_STYLES))]
    turn = int(rng.integers(_FIRST_DRIFT, _LAST_DRIFT)) if drifts else None
    log, exclusions = draw_log(
        rng,
        settings=settings,
        world=world,
        liking=liking,
        identity=identity,
        habits=habits,
        turn=turn,
        closed=not_served(world, identity.basic),
        leaves=bool(rng.random() < settings.leave),
    )
    day = "" if turn is None else day_after(FIRST_DAY, turn)
    statements = draw_statements(
        rng,
        settings=settings,
        world=world,
        levels=levels,
        liking=liking,
        habits=habits,
        identity=identity,
        drifted=day,
        exclusions=exclusions,
    )
    return Person(f"user-{number:06d}", levels, liking, identity, habits, statements, log, style, day, exclusions)
