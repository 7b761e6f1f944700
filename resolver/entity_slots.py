"""Which parameters of a tool ask for the id of an entity, and which entities are in a state that the tool speaks of."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from indexes.analysis import STOP_WORDS
from resolver.cards import first_sentence
from resolver.coerce import stems
from resolver.entities import ID_WORDS, WEAK_ID_WORDS, Entities, read_entities
from resolver.entity_mentions import LABEL_WORDS, STATE_WORDS, EntityMentions, MentionIndex
from resolver.entity_tokens import plain_words, sign_key
from resolver.names import words
from resolver.request_words import RecordWords

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from resolver.cards import CatalogIndex
    from resolver.catalog import Tool
    from resolver.entities import Entity, IdField
    from resolver.extract import TextReading
    from resolver.profile import Fact
    from resolver.reading import ParameterReading

__all__ = ["EntityView", "Role", "Slot", "read_slots"]

_LEAST_FIT = 0.5
_SAME_WORD = 0.03
_OF_ITSELF = 0.02
# what a tool is to put in the place of something is not among what the user has
_REPLACING = frozenset(stems("new replacement substitute alternative"))
_CODE = re.compile(r"(?<![\w#.-])#?(?=[A-Za-z-]*\d)[A-Za-z0-9][A-Za-z0-9_-]{3,}(?![\w-])")
_NO_ID = ("boolean", "number", "object")
_IN_DESCRIPTION = 0.5
_LONGEST_STATE = 4


Role = Literal["from", "to"]

_ROLES: dict[str, Role] = {
    **dict.fromkeys(("from", "source", "origin", "sender", "payer"), "from"),
    **dict.fromkeys(("to", "into", "target", "destination", "dest", "recipient", "receiver", "payee"), "to"),
}
_ROLE_STEMS = frozenset(stem for word in _ROLES for stem in stems(word))


class Slot(NamedTuple):
    """A parameter that takes the id of an entity, or a list of them.

    Attributes:
        place: The parameter's number.
        field: The number of the `IdField`.
        many: Whether it takes a list.
        role: ``from`` or ``to`` where its name says that something goes out of the entity, or into it.
    """

    place: int
    field: int
    many: bool
    role: Role | None = None


class _Asked(NamedTuple):
    """What a tool asks for: records of the user, and new ones that no profile holds."""

    slots: tuple[Slot, ...]
    new: tuple[Slot, ...]


class EntityView:
    """The entities of one user, with what is computed of them once: for texts, and for each tool.

    Attributes:
        entities: The entities.
        newness: ``(n,) float64`` in [0, 1], how new each is among those of its collection: by the latest day it holds,
            without days by the order of the profile, which is taken to grow at its end.
        words: The values of the profile, to tell them from what a query asks for.
        known: All short values of the profile, as `sign_key` writes them.
    """

    def __init__(self, facts: Sequence[Fact]) -> None:
        self.entities: Entities = read_entities(facts)
        self.newness = _newness(self.entities)
        self._labels = [_label(entity) for entity in self.entities.all]
        self.known = frozenset(sign_key(str(fact.value)) for fact in facts if isinstance(fact.value, str | int))
        self.words = RecordWords(facts, self.entities)
        self._mentions = MentionIndex(self.entities)
        self._states = _states(self.entities)
        self._forms: dict[int, frozenset[str]] = {}
        self._statuses: NDArray[np.float64] | None = None
        self._taken: tuple[frozenset[tuple[str, ...]], ...] | None = None
        self._slots: dict[int, _Asked] = {}
        self._status: dict[int, NDArray[np.float64]] = {}

    def label(self, number: int) -> str:
        """The name of an entity, or an empty text."""
        return self._labels[number]

    def forms(self, field: int) -> frozenset[str]:
        """The forms of a field's ids, of those that hold both digits and letters."""
        if field not in self._forms:
            members = self.entities.fields[field].members
            ids = (sign_key(str(self.entities.all[number].ids[field][0])) for number in members)
            self._forms[field] = frozenset(_form_of(written) for written in ids if _is_mixed(written))
        return self._forms[field]

    def read(self, reading: TextReading) -> EntityMentions:
        """How a text speaks of the entities."""
        return self._mentions.read(reading)

    def slots(self, number: int, tool: Tool, parameters: Sequence[ParameterReading]) -> tuple[Slot, ...]:
        """The parameters of a tool that ask for entities; ``number`` is the tool's in the catalog."""
        return self._asked(number, tool, parameters).slots

    def new_ones(self, number: int, tool: Tool, parameters: Sequence[ParameterReading]) -> tuple[Slot, ...]:
        """The parameters that ask for an id of such a kind, but of a new one, which no profile holds."""
        return self._asked(number, tool, parameters).new

    def places(self, number: int, tool: Tool, parameters: Sequence[ParameterReading]) -> frozenset[int]:
        """The places of all parameters that ask for ids of such kinds."""
        asked = self._asked(number, tool, parameters)
        return frozenset(slot.place for slot in (*asked.slots, *asked.new))

    def unknown_ids(self, text: str, field: int) -> list[str]:
        """The ids in a text that have the form of a field's, and that the profile does not hold."""
        forms = self.forms(field)
        found = (match[0] for match in _CODE.finditer(text)) if forms else ()
        return [code for code in dict.fromkeys(found) if _form_of(code) in forms and sign_key(code) not in self.known]

    def _asked(self, number: int, tool: Tool, parameters: Sequence[ParameterReading]) -> _Asked:
        if number not in self._slots:
            fields = self.entities.fields
            self._slots[number] = _Asked(*read_slots(tool, parameters, fields))
        return self._slots[number]

    def status(self, number: int, tool: Tool) -> NDArray[np.float64]:
        """How the state of each entity agrees with the states that a tool speaks of, ``(n,) float64``.

        1 where the tool's name has the state's word, -1 where it has that of another state, half of it for words of
        its description, 0 where it speaks of none.
        """
        if number not in self._status:
            self._status[number] = self._agreement(tool)
        return self._status[number]

    @cached_property
    def with_state(self) -> tuple[tuple[int, ...], ...]:
        """The entities that have a state, by collection."""
        return tuple(tuple(states) for states in self._states.values())

    def statuses(self, cards: CatalogIndex) -> NDArray[np.float64]:
        """`status` of all tools of the catalog that this view is for, ``(t, n) float64``."""
        if self._statuses is None:
            self._statuses = np.stack([self.status(number, tool) for number, tool in enumerate(cards.catalog.tools)])
        return self._statuses

    def taken(self, cards: CatalogIndex) -> tuple[frozenset[tuple[str, ...]], ...]:
        """For each tool of the catalog the collections that its parameters ask for records of."""
        if self._taken is None:
            collections = [self.entities.all[field.members[0]].collection for field in self.entities.fields]
            self._taken = tuple(
                frozenset(collections[slot.field] for slot in self.slots(number, tool, cards.readings(number)))
                for number, tool in enumerate(cards.catalog.tools)
            )
        return self._taken

    def _agreement(self, tool: Tool) -> NDArray[np.float64]:
        agreement = np.zeros(len(self.entities.all))
        for text, weight in ((tool.name, 1.0), (first_sentence(tool.description), _IN_DESCRIPTION)):
            spoken = frozenset(words(text).split())
            for states in self._states.values():
                if agreement[list(states)].any() or all(spoken.isdisjoint(state) for state in states.values()):
                    continue
                for entity, state in states.items():
                    agreement[entity] = weight if not spoken.isdisjoint(state) else -weight
        return agreement


def read_slots(
    tool: Tool, parameters: Sequence[ParameterReading], fields: Sequence[IdField]
) -> tuple[tuple[Slot, ...], tuple[Slot, ...]]:
    """The parameters that ask for ids of the fields, each with the field whose name fits best; and for new ones."""
    slots: list[Slot] = []
    new: list[Slot] = []
    for place, wanted in enumerate(parameters):
        if wanted.parameter.enum or wanted.parameter.type in _NO_ID:
            continue
        fits = [_fit(wanted.name - _REPLACING, wanted, tool, field) for field in fields]
        best = int(np.argmax(fits)) if fits else 0
        if fits and fits[best] >= _LEAST_FIT:
            home = slots if wanted.name.isdisjoint(_REPLACING) else new
            roles = (_ROLES[word] for word in words(wanted.parameter.name).split() if word in _ROLES)
            home.append(Slot(place, best, wanted.parameter.type == "array", next(roles, None)))
    return tuple(slots), tuple(new)


def _fit(name: frozenset[str], wanted: ParameterReading, tool: Tool, field: IdField) -> float:
    """How well a field is what a parameter is named after, 0 to about 1."""
    strong = not ID_WORDS.isdisjoint(name)
    weak = strong or not WEAK_ID_WORDS.isdisjoint(name)
    if not (weak or not ID_WORDS.isdisjoint(wanted.description)):
        return 0.0
    base, kind = name - ID_WORDS - WEAK_ID_WORDS - _ROLE_STEMS, frozenset(field.kind)
    bonus = _SAME_WORD * (not name.isdisjoint(field.word)) + _OF_ITSELF * field.own
    if not base:
        about = wanted.description | frozenset(stems(tool.name))
        return 0.6 + bonus if field.own and not kind.isdisjoint(about) else 0.0
    if base == field.base or (not field.base and base == kind):
        return 0.95 + bonus
    if not field.own or not (strong or base == kind):
        return 0.0
    if base == kind or base <= kind | field.base:
        return 0.7 + bonus
    return 0.55 + bonus if field.kind[-1] in base else 0.0


def _states(entities: Entities) -> dict[tuple[str, ...], dict[int, frozenset[str]]]:
    """By collection the words of each entity's state, without what stands in brackets.

    Words and no stems: a tool that cancels orders is none for cancelled ones.
    """
    found: dict[tuple[str, ...], dict[int, frozenset[str]]] = {}
    for number, entity in enumerate(entities.all):
        for item in entity.properties:
            if (
                len(item.names) == 1
                and isinstance(item.value, str)
                and not STATE_WORDS.isdisjoint(stems(item.names[0]))
            ):
                state = plain_words(item.value.partition("(")[0])
                if 0 < len(state) <= _LONGEST_STATE:
                    found.setdefault(entity.collection, {})[number] = frozenset(state) - STOP_WORDS
                break
    return found


def _newness(entities: Entities) -> NDArray[np.float64]:
    newness = np.zeros(len(entities.all))
    collections: dict[tuple[str, ...], list[int]] = {}
    for number, entity in enumerate(entities.all):
        collections.setdefault(entity.collection, []).append(number)
    for numbers in collections.values():
        days = [max(filter(_is_day, (str(p.value) for p in entities.all[n].properties)), default="") for n in numbers]
        ranked = sorted(range(len(numbers)), key=lambda place: (days[place], place))
        for rank, place in enumerate(ranked):
            newness[numbers[place]] = (rank + 1) / len(numbers)
    return newness


def _label(entity: Entity) -> str:
    named = (p for p in entity.properties if len(p.names) == 1 and not LABEL_WORDS.isdisjoint(stems(p.names[0])))
    return " ".join(str(item.value) for item in named)


def _form_of(text: str) -> str:
    """The form of an id: its letters and digits by kind, so that ``A-12`` and ``B-34`` are of one form."""
    return "".join("9" if sign.isdigit() else "a" for sign in sign_key(text))


def _is_mixed(text: str) -> bool:
    return any(map(str.isdigit, text)) and any(map(str.isalpha, text))


def _is_day(text: str) -> bool:
    return len(text) >= len("2000-01-01") and text[:4].isdigit() and text[4] == "-" and text[5:7].isdigit()
