"""Named features of entities as what a query means, for one and for each of several."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from resolver.coerce import stems

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from resolver.entities import IdField
    from resolver.entity_mentions import EntityMentions
    from resolver.entity_slots import EntityView, Slot
    from resolver.extract import TextReading

__all__ = [
    "EACH",
    "ONE",
    "TELLING",
    "asks_newest",
    "candidates",
    "each_features",
    "held_mentions",
    "in_order",
    "is_named",
    "one_features",
    "speaks_of_all",
]

ONE: tuple[str, ...] = (
    "said",
    "part",
    "label",
    "words",
    "most_words",
    "status",
    "held",
    "most_held",
    "within",
    "linked",
    "tied",
    "newest",
    "asked_newest",
    "denied",
)
"""Features of an entity as the one that is meant."""

EACH: tuple[str, ...] = (
    "always",
    "said",
    "part",
    "label",
    "partly",
    "words",
    "twin",
    "surplus",
    "all",
    "denied",
    "single",
)
"""Features of an entity as one of those that are meant."""

_ALL = re.compile(r"\b(?:all|everything|every|each|entire|whole|both|complete)\b", re.IGNORECASE)
_NEWEST = re.compile(r"\b(?:latest|newest|last|most\s+recent)\s+((?:\w+\s+)?\w+)", re.IGNORECASE)
_NAMED = 0.6
TELLING = 1.0
"""A sum of rarities from which on a text speaks of an entity."""


def in_order(view: EntityView, slots: Sequence[Slot]) -> list[Slot]:
    """Slots in the order of deciding: collections that others stand in, then what stands in them, then the rest."""
    fields = view.entities.fields
    within = {slot: view.entities.all[fields[slot.field].members[0]].collection for slot in slots}
    depth = {slot: len(names) for slot, names in within.items()}
    outer = {
        slot: any(len(names) > depth[slot] and names[: depth[slot]] == within[slot] for names in within.values())
        for slot in slots
    }
    return sorted(slots, key=lambda slot: (not outer[slot], depth[slot] * (1 if outer[slot] else -1), slot.place))


def candidates(view: EntityView, field: IdField, bound: Sequence[int]) -> list[int]:
    """The entities of a field, of those that stand in a bound entity only these."""
    inside = [number for number in field.members if view.entities.all[number].parent in bound]
    return inside or list(field.members)


def speaks_of_all(text: str) -> bool:
    """Whether a text has a word for all of something."""
    return _ALL.search(text) is not None


def is_named(mentions: EntityMentions) -> NDArray[np.bool_]:
    """Which entities a text names: by an id, a part of one, or their names, ``(n,)``."""
    named: NDArray[np.bool_] = (mentions.label >= _NAMED) | (mentions.said > 0.0) | (mentions.part > 0.0)
    return named


def held_mentions(view: EntityView, mentions: EntityMentions) -> NDArray[np.float64]:
    """For each entity how much of what the text names stands in it: the share of the named things, ``(n,)``."""
    held = np.zeros(len(mentions.said))
    strength = np.maximum(mentions.label, mentions.said) * (1.0 + np.log1p(mentions.words))
    things: dict[tuple[tuple[str, ...], str], dict[int, float]] = {}
    for parent, below in enumerate(view.entities.children):
        for child in below:
            if not mentions.denied[child] and (mentions.label[child] >= _NAMED or mentions.said[child]):
                thing = (view.entities.all[child].collection, view.label(child))
                own = things.setdefault(thing, {})
                own[parent] = max(own.get(parent, 0.0), strength[child])
    for own in things.values():
        top = max(own.values())
        for parent, value in own.items():
            held[parent] += value / top / len(things)
    return held


def asks_newest(text: str, kind: Sequence[str]) -> bool:
    """Whether a text speaks of the latest of a kind: "my last order", "the most recent one"."""
    return any(not {"one", *kind}.isdisjoint(stems(match[1])) for match in _NEWEST.finditer(text))


def _within(view: EntityView, mentions: EntityMentions, own: Sequence[int]) -> NDArray[np.float64]:
    """How much the text speaks of what each stands in, the most of them being 1."""
    strength = np.maximum(np.maximum(mentions.said, mentions.part), mentions.label) + np.log1p(mentions.words)
    parents = np.array([view.entities.all[number].parent for number in own])
    outer = np.where(parents >= 0, strength[parents], 0.0)
    top = outer.max(initial=0.0)
    return outer / top if top > 0.0 else outer


def _linked(view: EntityView, own: Sequence[int], others: Sequence[int]) -> NDArray[np.float64]:
    """1 where an entity refers to one of others, or one of them to it."""
    links = view.entities.linked
    return np.array(
        [float(any(number in links[other] or other in links[number] for other in others)) for number in own]
    )


def one_features(
    view: EntityView,
    text: str,
    mentions: EntityMentions,
    members: Sequence[int],
    *,
    status: NDArray[np.float64],
    held: NDArray[np.float64],
    bound: Sequence[int],
) -> NDArray[np.float64]:
    """The features `ONE` of candidates, ``(m, len(ONE)) float64``."""
    own = list(members)
    words = mentions.words[own]
    own_kind = view.entities.all[own[0]].collection
    spoken = is_named(mentions) | (mentions.words >= TELLING)
    others = [int(n) for n in np.flatnonzero(spoken) if view.entities.all[n].collection != own_kind and n not in bound]
    return np.stack(
        [
            mentions.said[own],
            mentions.part[own],
            mentions.label[own],
            np.log1p(words),
            _most(words),
            status[own],
            held[own],
            _most(held[own]),
            _within(view, mentions, own),
            _linked(view, own, bound),
            _linked(view, own, others),
            view.newness[own],
            view.newness[own] * asks_newest(text, view.entities.all[own[0]].kind),
            mentions.denied[own],
        ],
        axis=1,
    )


def each_features(
    view: EntityView, reading: TextReading, mentions: EntityMentions, members: Sequence[int]
) -> NDArray[np.float64]:
    """The features `EACH` of candidates, ``(m, len(EACH)) float64``."""
    own = list(members)
    label, words = mentions.label[own], mentions.words[own]
    every = float(speaks_of_all(reading.text))
    twin, surplus = np.zeros(len(own)), np.zeros(len(own))
    names = [view.label(number) for number in own]
    for place, name in enumerate(names):
        rivals = [other for other, its in enumerate(names) if name and its == name and other != place]
        better = sum((words[other], -other) > (words[place], -place) for other in rivals)
        twin[place] = float(better > 0)
        # of two lamps, "the lamp" is one
        surplus[place] = float(better >= max(mentions.times[own[place]], 1.0) and not every)
    size = len(own)
    return np.stack(
        [
            np.ones(size),
            mentions.said[own],
            mentions.part[own],
            label == 1.0,
            np.where(label < 1.0, label, 0.0),
            np.log1p(words),
            twin,
            surplus,
            np.full(size, every),
            mentions.denied[own],
            np.full(size, float(size == 1)),
        ],
        axis=1,
    )


def _most(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Shares of the largest value among those that have it; 0 where all are 0."""
    top = values.max(initial=0.0)
    if top <= 0.0:
        return np.zeros(len(values))
    best = values >= top - 1e-9
    shares: NDArray[np.float64] = best / best.sum()
    return shares
