"""What a user takes where a request leaves it open: a usual value of a choice, a usual item, an address by default."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from numpy.random import Generator

    from experiments.ptool.world import World

__all__ = ["Habits", "draw_habits"]

_OPTIONS, _ITEMS = 5.0, 5.0  # expected numbers, in a world that is not small
_HAS_OPTION, _HAS_ITEM, _HAS_DEFAULT = 0.3, 0.35, 0.5


class Habits(NamedTuple):
    """A user's habits.

    Attributes:
        options: By noun and option the value that the user always takes, and says so.
        items: By noun the item that the user mostly takes.
        address: The context whose address holds where none is named; empty where the user names one each time.
    """

    options: dict[tuple[str, str], str]
    items: dict[str, str]
    address: str


def draw_habits(rng: Generator, world: World) -> Habits:
    """A user's habits in a world."""
    options: dict[tuple[str, str], str] = {}
    items: dict[str, str] = {}
    things = [thing for scenario in world.scenarios for thing in scenario.things]
    has_item = min(_HAS_ITEM, _ITEMS / max(1, sum("usual" not in thing.unfit for thing in things)))
    has_option = min(_HAS_OPTION, _OPTIONS / sum(len(thing.options) for thing in things))
    for scenario in world.scenarios:
        for thing in scenario.things:
            if "usual" not in thing.unfit and rng.random() < has_item:
                items[thing.noun] = thing.item.values[rng.integers(len(thing.item.values))]
            for option in thing.options:
                if rng.random() < has_option:
                    options[thing.noun, option.name] = option.values[rng.integers(len(option.values))]
    address = ("home", "work")[rng.integers(2)] if rng.random() < _HAS_DEFAULT else ""
    return Habits(options, items, address)
