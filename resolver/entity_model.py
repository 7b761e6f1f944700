"""The entities that a query means, for the parameters of a tool that ask for their ids.

A parameter for one entity is a choice among those of its collection: a conditional logit over named features. One for a
list is a yes or no to each: a logistic model. A collection that others stand in is decided first, so that the items are
those of the bound order; then the rest, so that the payment method is one that the bound order refers to.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from resolver.entity_slots import form_of
from resolver.names import key
from resolver.weights import read_weights

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from resolver.entities import IdField
    from resolver.entity_mentions import EntityMentions
    from resolver.entity_slots import EntityView, Slot
    from resolver.extract import TextReading

__all__ = ["EACH", "ONE", "Drawn", "EntityModel", "each_features", "one_features"]

ONE: tuple[str, ...] = (
    "said",
    "part",
    "label",
    "words",
    "most_words",
    "status",
    "held",
    "most_held",
    "linked",
    "newest",
    "denied",
)
"""Features of an entity as the one that is meant."""

EACH: tuple[str, ...] = (
    "every",
    "said",
    "part",
    "label",
    "partly",
    "words",
    "twin",
    "surplus",
    "alone",
    "all",
    "denied",
    "single",
)
"""Features of an entity as one of those that are meant."""

_ALL = re.compile(r"\b(?:all|everything|every|each|entire|whole|both|complete|full\s+order)\b", re.IGNORECASE)
_NAMED = 0.6
_CODE = re.compile(r"(?<![\w#.-])#?(?=[A-Za-z-]*\d)[A-Za-z0-9][A-Za-z0-9_-]{3,}(?![\w-])")


class Drawn(NamedTuple):
    """What was decided for a slot.

    Attributes:
        slot: The slot.
        entities: The entities by number.
        confidence: Their probability.
        said: Whether the query holds the ids of all of them.
        mentioned: Whether the query speaks of any of them in any way.
    """

    slot: Slot
    entities: tuple[int, ...]
    confidence: float
    said: bool
    mentioned: bool


class EntityModel:
    """Chooses entities for slots.

    Args:
        one: Weight by feature of `ONE`.
        each: Weight by feature of `EACH`.
    """

    def __init__(self, one: Mapping[str, float], each: Mapping[str, float]) -> None:
        self.one, self.each = dict(one), dict(each)
        self._one = np.array([one[name] for name in ONE])
        self._each = np.array([each[name] for name in EACH])

    @classmethod
    @lru_cache(maxsize=1)
    def load(cls) -> EntityModel:
        """The model with the shipped weights, ``resolver/data/entities.json``.

        Raises:
            WeightsError: The file does not fit these features.
        """
        text = resources.files("resolver").joinpath("data").joinpath("entities.json").read_text(encoding="utf-8")
        data = json.loads(text)
        where = "resolver/data/entities.json"
        return cls(*(read_weights(json.dumps(data[part]), names, where=where) for part, names in _PARTS))

    def draw(
        self, view: EntityView, reading: TextReading, slots: Sequence[Slot], status: NDArray[np.float64]
    ) -> list[Drawn]:
        """Decide the slots of a tool for a query.

        Args:
            view: The user's entities.
            reading: The query.
            slots: The tool's parameters that ask for entities.
            status: How the state of each entity agrees with the tool, ``(n,)``.

        Returns:
            Those slots that have candidates, in the order of deciding. A slot for whose collection the query names an id
            that the profile does not hold is left out.
        """
        fields = view.entities.fields
        mentions = view.read(reading)
        held = held_mentions(view, mentions)
        drawn: list[Drawn] = []
        bound: list[int] = []
        for slot in in_order(view, slots):
            if names_unknown(view, reading.text, slot.field, mentions):
                continue
            members = candidates(view, fields[slot.field], bound)
            if slot.many:
                chances = _logistic(each_features(view, reading, mentions, members) @ self._each)
                chosen = [number for number, chance in zip(members, chances, strict=True) if chance >= 0.5]  # noqa: PLR2004
                chosen = chosen or [members[int(np.argmax(chances))]]
                confidence = float(np.prod(np.maximum(chances, 1.0 - chances)))
            else:
                features = one_features(view, mentions, members, status=status, held=held, bound=bound)
                chances = _softmax(features @ self._one)
                best = int(np.argmax(np.round(chances, 9)))
                chosen, confidence = [members[best]], float(chances[best])
            bound += chosen
            said = bool(mentions.said[chosen].all())
            spoken = (mentions.said + mentions.part + mentions.label + mentions.words + held)[chosen]
            drawn.append(Drawn(slot, tuple(chosen), confidence, said, bool(spoken.any())))
        return drawn

    def beliefs(self, view: EntityView, mentions: EntityMentions, members: Sequence[int]) -> NDArray[np.float64]:
        """The probability of each of some entities to be the one that a text means, whatever the tool, ``(m,)``."""
        held = held_mentions(view, mentions)
        nothing = np.zeros(len(view.entities.all))
        features = one_features(view, mentions, members, status=nothing, held=held, bound=())
        return _softmax(features @ self._one)


_PARTS = (("one", ONE), ("each", EACH))


def in_order(view: EntityView, slots: Sequence[Slot]) -> list[Slot]:
    """Slots in the order of deciding: collections that others stand in, then what stands in them, then the rest."""
    fields = view.entities.fields
    within = {slot: view.entities.all[fields[slot.field].members[0]].collection for slot in slots}
    depth = {slot: len(names) for slot, names in within.items()}
    outer = {
        slot: any(len(names) > depth[slot] and names[: depth[slot]] == within[slot] for names in within.values())
        for slot in slots
    }
    return sorted(slots, key=lambda slot: (not outer[slot], -depth[slot] if not outer[slot] else depth[slot], slot.place))


def candidates(view: EntityView, field: IdField, bound: Sequence[int]) -> list[int]:
    """The entities of a field, of those that stand in a bound entity only these."""
    inside = [number for number in field.members if view.entities.all[number].parent in bound]
    return inside or list(field.members)


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


def one_features(
    view: EntityView,
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
    linked = [
        any(number in view.entities.linked[other] or other in view.entities.linked[number] for other in bound)
        for number in own
    ]
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
            np.array(linked, dtype=np.float64),
            view.newness[own],
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
    named = np.maximum(np.maximum(label >= _NAMED, mentions.said[own]), mentions.part[own])
    alone = float(not named.any())
    every = float(_ALL.search(reading.text) is not None)
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
            np.full(size, alone),
            np.full(size, every),
            mentions.denied[own],
            np.full(size, float(size == 1)),
        ],
        axis=1,
    )


def names_unknown(view: EntityView, text: str, field: int, mentions: EntityMentions) -> bool:
    """Whether the text names an id of the field's form that the profile does not hold."""
    members = list(view.entities.fields[field].members)
    if mentions.said[members].any() or mentions.part[members].any():
        return False
    forms = view.forms(field)
    return bool(forms) and any(
        form_of(found[0]) in forms and key(found[0]) not in view.known for found in _CODE.finditer(text)
    )


def _most(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Shares of the largest value among those that have it; 0 where all are 0."""
    top = values.max(initial=0.0)
    if top <= 0.0:
        return np.zeros(len(values))
    best = values >= top - 1e-9
    return best / best.sum()


def _softmax(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    grown: NDArray[np.float64] = np.exp(scores - scores.max())
    grown /= grown.sum()
    return grown


def _logistic(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    result: NDArray[np.float64] = 1.0 / (1.0 + np.exp(-np.clip(scores, -50.0, 50.0)))
    return result
