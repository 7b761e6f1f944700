"""The entities that a query means, for the parameters of a tool that ask for their ids.

A parameter for one entity is a choice among those of its collection: a conditional logit over named features. One for a
list is a yes or no to each: a logistic model. A collection that others stand in is decided first, so that the items are
those of the bound order; then the rest, so that the payment method is one that the bound order refers to.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from resolver.entity_evidence import (
    EACH,
    ONE,
    TELLING,
    candidates,
    each_features,
    held_mentions,
    in_order,
    is_named,
    one_features,
    speaks_of_all,
)
from resolver.errors import WeightsError
from resolver.extract import read_text
from resolver.weights import SHIPPED, WeightFolder, read_weights

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from resolver.entity_mentions import EntityMentions
    from resolver.entity_slots import EntityView, Slot
    from resolver.extract import TextReading

__all__ = ["Drawn", "EntityModel"]

_ALL_CONFIDENCE = 0.5


_UNTIL = r"\s+(?P<what>(?:(?!\b(?:from|to|into|onto|out\s+of)\b)[^.,;!?]){1,80})"
_ROLE = {
    "from": re.compile(rf"\b(?:from|out\s+of){_UNTIL}", re.IGNORECASE),
    "to": re.compile(rf"\b(?:to|into|onto){_UNTIL}", re.IGNORECASE),
}


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
    def load(cls, folder: WeightFolder | None = None) -> EntityModel:
        """The model with the weights of a folder, the shipped one without: ``entities.json``.

        Raises:
            WeightsError: The file does not fit these features.
        """
        return (folder or SHIPPED).once(cls._of)

    @classmethod
    def _of(cls, folder: WeightFolder) -> EntityModel:
        return cls.read(folder.text("entities.json"), where=folder.where("entities.json"))

    @classmethod
    def read(cls, text: str, *, where: str) -> EntityModel:
        """The model of a JSON text ``{"one": {"features": {name: weight}}, "each": ...}``.

        Raises:
            WeightsError: Damaged JSON, or not the weights of these features; ``where`` says whose.
        """
        try:
            data = json.loads(text)
            one, each = json.dumps(data["one"]), json.dumps(data["each"])
        except (ValueError, TypeError, KeyError) as error:
            raise WeightsError(f"{where}: expected the parts 'one' and 'each': {error!r}") from None
        return cls(read_weights(one, ONE, where=where), read_weights(each, EACH, where=where))

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
            The slots in the order of deciding, without those for whose collection the query names an id that the
            profile does not hold.
        """
        fields = view.entities.fields
        mentions = view.read(reading)
        held = held_mentions(view, mentions)
        drawn: list[Drawn] = []
        bound: list[int] = []
        for slot in in_order(view, slots):
            if _names_unknown(view, reading.text, slot.field, mentions):
                continue
            members = candidates(view, fields[slot.field], bound)
            # what goes out of one account goes into another
            taken = {number for other in drawn if other.slot.field == slot.field for number in other.entities}
            members = [number for number in members if number not in taken] or members
            if slot.many:
                chosen, confidence = self._several(view, reading, mentions, members, bound)
            else:
                own = _in_role(view, reading.text, slot, members) or mentions
                features = one_features(view, reading.text, own, members, status=status, held=held, bound=bound)
                chances = _softmax(features @ self._one)
                best = int(np.argmax(np.round(chances, 9)))
                chosen, confidence = [members[best]], float(chances[best])
            bound += chosen
            said = bool(mentions.said[chosen].all())
            spoken = (mentions.said + mentions.part + mentions.label + mentions.words + held)[chosen]
            drawn.append(Drawn(slot, tuple(chosen), confidence, said, bool(spoken.any())))
        return drawn

    def _several(
        self, view: EntityView, reading: TextReading, mentions: EntityMentions, members: list[int], bound: Sequence[int]
    ) -> tuple[list[int], float]:
        """Those of some candidates that are meant: where none of an order's items is named, all of them are."""
        named = is_named(mentions)[members] & (mentions.denied[members] == 0.0)
        whole = speaks_of_all(reading.text) or view.entities.all[members[0]].parent in bound
        if whole and not named.any() and mentions.words[members].max() < TELLING:
            kept = [number for number in members if not mentions.denied[number]]
            return kept or members, _ALL_CONFIDENCE
        chances = _logistic(each_features(view, reading, mentions, members) @ self._each)
        chosen = [number for number, chance in zip(members, chances, strict=True) if chance >= 0.5]  # noqa: PLR2004
        chosen = chosen or [members[int(np.argmax(np.round(chances, 9)))]]
        return chosen, float(np.prod(np.maximum(chances, 1.0 - chances)))

    def beliefs(
        self, view: EntityView, text: str, mentions: EntityMentions, members: Sequence[int]
    ) -> NDArray[np.float64]:
        """The probability of each of some entities to be the one that a text means, whatever the tool, ``(m,)``."""
        held = held_mentions(view, mentions)
        nothing = np.zeros(len(view.entities.all))
        features = one_features(view, text, mentions, members, status=nothing, held=held, bound=())
        return _softmax(features @ self._one)


def _softmax(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    grown: NDArray[np.float64] = np.exp(scores - scores.max())
    grown /= grown.sum()
    return grown


def _logistic(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    result: NDArray[np.float64] = 1.0 / (1.0 + np.exp(-np.clip(scores, -50.0, 50.0)))
    return result


def _names_unknown(view: EntityView, text: str, field: int, mentions: EntityMentions) -> bool:
    """Whether the text names an id of the field's form that the profile does not hold, and speaks of none it does."""
    members = list(view.entities.fields[field].members)
    spoken = is_named(mentions) | (mentions.words >= TELLING)
    return not spoken[members].any() and bool(view.unknown_ids(text, field))


def _in_role(view: EntityView, text: str, slot: Slot, members: Sequence[int]) -> EntityMentions | None:
    """What is spoken of behind "from", or "to", where a slot is for that and any of its candidates is named there."""
    if slot.role is None:
        return None
    pieces = [match["what"] for match in _ROLE[slot.role].finditer(text)]
    if not pieces:
        return None
    mentions = view.read(read_text(". ".join(pieces)))
    spoken = is_named(mentions) | (mentions.words > 0.0)
    return mentions if spoken[list(members)].any() else None
