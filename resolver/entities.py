"""The collections of a profile as entities: orders and their items, bookings and their passengers, cards.

A profile's Facts keep their paths, so the records that they came from can be rebuilt from them. An entity is

1. an element of a list of objects, or of an object whose keys are ids (they hold a digit, or stand again in the value),
   that has an id: a field named like one (``id``, ``order_id``, ``serial_number``), or the key itself;
2. an object anywhere else whose own name its id repeats (``subscription.subscription_id``).

A field that names another collection's id (``payment_method_id`` in an order) is a reference. What stands below an
entity and is no entity itself is an attribute of it.
"""

from __future__ import annotations

import json
import re
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from resolver.coerce import stems

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic import JsonValue

    from resolver.profile import Fact

__all__ = ["ID_WORDS", "WEAK_ID_WORDS", "Entities", "Entity", "IdField", "Property", "read_entities", "split_path"]

ID_WORDS = frozenset(stems("id ids identifier identifiers uuid guid sku reference ref pnr imei vin iban"))
"""Stems by which a field, or a parameter, is known to hold an id."""

WEAK_ID_WORDS = frozenset(stems("number no code key"))  # only with a name that things are numbered by
_NUMBERED = frozenset(stems("confirmation tracking serial reference invoice account card order booking ticket member"))
_LONGEST_ID = 64
_LONGEST_VALUE = 120
_PART = re.compile(r'\.?(?P<name>[^.\[\]"]+)|\[(?P<index>\d+)\]|\[(?P<quoted>"(?:[^"\\]|\\.)*")\]')


class Property(NamedTuple):
    """A value of an entity.

    Attributes:
        names: The names on the way to it.
        value: The value.
        fact: Its Fact's number.
        inner: Whether it stands in a list of the entity, such as its history.
    """

    names: tuple[str, ...]
    value: JsonValue
    fact: int
    inner: bool


class Entity(NamedTuple):
    """One record of a collection.

    Attributes:
        kind: Stems of the collection's name: ``("payment", "method")``.
        collection: The names on the way to the collection, without the keys of entities.
        parent: The number of the entity that it stands in, or -1.
        ids: Its ids, by the number of the `IdField`; the last is the Fact's number.
        properties: What is known of it, without ids and without what belongs to the entities below it.
        references: Values that may be the ids of other entities.
    """

    kind: tuple[str, ...]
    collection: tuple[str, ...]
    parent: int
    ids: dict[int, tuple[JsonValue, int]]
    properties: tuple[Property, ...]
    references: frozenset[str]


class IdField(NamedTuple):
    """A field that holds ids.

    Attributes:
        kind: Stems of the collection's name.
        base: Stems of the field's name without those that say that it is an id; empty for a plain ``id``.
        word: Stems of the field's name that say that it is an id: ``id``, ``number``; empty for a key.
        own: Whether it is the id of the entity itself and not of something that belongs to it (``tracking_id``).
        members: Numbers of the entities that have it, in their order.
    """

    kind: tuple[str, ...]
    base: frozenset[str]
    word: frozenset[str]
    own: bool
    members: tuple[int, ...]


class Entities:
    """All entities of one profile.

    Attributes:
        all: The entities, in the order of the profile.
        fields: The fields that hold their ids.
    """

    def __init__(self, entities: Sequence[Entity], fields: Sequence[IdField]) -> None:
        self.all = tuple(entities)
        self.fields = tuple(fields)

    @cached_property
    def children(self) -> tuple[tuple[int, ...], ...]:
        """The entities directly below each entity."""
        below: list[list[int]] = [[] for _ in self.all]
        for number, entity in enumerate(self.all):
            if entity.parent >= 0:
                below[entity.parent].append(number)
        return tuple(map(tuple, below))

    @cached_property
    def by_id(self) -> dict[str, tuple[int, ...]]:
        """Numbers of the entities by each id, as text."""
        found: dict[str, list[int]] = {}
        for number, entity in enumerate(self.all):
            for value, _ in entity.ids.values():
                found.setdefault(str(value), []).append(number)
        return {value: tuple(dict.fromkeys(numbers)) for value, numbers in found.items()}

    @cached_property
    def linked(self) -> tuple[frozenset[int], ...]:
        """The entities whose ids each entity refers to."""
        return tuple(
            frozenset(other for value in entity.references for other in self.by_id.get(value, ()) if other != number)
            for number, entity in enumerate(self.all)
        )


def read_entities(facts: Sequence[Fact]) -> Entities:
    """Rebuild the entities of a profile from its Facts.

    >>> from resolver.profile import Profile
    >>> profile = Profile.from_json({"trips": [{"trip_id": "T-7", "legs": [{"leg_id": "a1", "to": "Oslo"}]}]})
    >>> found = read_entities(profile.facts)
    >>> [(entity.kind, entity.parent, [value for value, _ in entity.ids.values()]) for entity in found.all]
    [(('trip',), -1, ['T-7']), (('leg',), 0, ['a1'])]
    """
    root = _Node()
    for number, fact in enumerate(facts):
        if "." in fact.path or "[" in fact.path:
            _place(root, split_path(fact.path), number)
    return _Reader(facts, root).read()


def split_path(path: str) -> tuple[str | int, ...]:
    """The parts of a Fact's path; a path that is not written as `resolver.ingest` writes them is one part.

    >>> split_path('orders["#7"].items[0].name')
    ('orders', '#7', 'items', 0, 'name')
    """
    parts: list[str | int] = []
    place = 0
    while place < len(path):
        match = _PART.match(path, place)
        if match is None:
            return (path,)
        if match["index"] is not None:
            parts.append(int(match["index"]))
        else:
            parts.append(json.loads(match["quoted"]) if match["quoted"] is not None else match["name"])
        place = match.end()
    return tuple(parts)


class _Node:
    """A place in the rebuilt tree: the Fact that stands there, or the places below."""

    __slots__ = ("below", "fact")

    def __init__(self) -> None:
        self.below: dict[str | int, _Node] = {}
        self.fact: int | None = None


def _place(root: _Node, parts: tuple[str | int, ...], fact: int) -> None:
    node = root
    for part in parts:
        node = node.below.setdefault(part, _Node())
    node.fact = fact


def _is_object(node: _Node) -> bool:
    return bool(node.below) and all(isinstance(part, str) for part in node.below)


class _Id(NamedTuple):
    name: tuple[str, ...]
    base: frozenset[str]
    value: JsonValue
    fact: int


class _Reader:
    """Walks the tree once to name the collections, once to read the entities."""

    def __init__(self, facts: Sequence[Fact], root: _Node) -> None:
        self._facts = facts
        self._root = root
        self._kinds: set[frozenset[str]] = set()
        self._entities: list[Entity] = []
        self._fields: dict[tuple[tuple[str, ...], tuple[str, ...], frozenset[str]], int] = {}
        self._own: list[bool] = []

    def read(self) -> Entities:
        self._name(self._root, ())
        self._walk(self._root, (), -1)
        members: list[list[int]] = [[] for _ in self._fields]
        for number, entity in enumerate(self._entities):
            for field in entity.ids:
                members[field].append(number)
        fields = [
            IdField(stems(collection[-1]), base, frozenset(name) - base, own, tuple(numbers))
            for (collection, name, base), own, numbers in zip(self._fields, self._own, members, strict=True)
        ]
        return Entities(self._entities, fields)

    def _name(self, node: _Node, names: tuple[str, ...]) -> None:
        """Collect the stems of the names of all collections with an id of their own: what a reference may name."""
        collected = self._is_collection(node)
        for part, child in node.below.items():
            below = names if collected or isinstance(part, int) else (*names, part)
            if below and _is_object(child):
                kind = stems(below[-1])
                if (collected and isinstance(part, str)) or _own(self._ids(child, kind), kind):
                    self._kinds.add(frozenset(kind))
            self._name(child, below)

    def _walk(self, node: _Node, names: tuple[str, ...], parent: int) -> None:
        collected = self._is_collection(node)
        for part, child in node.below.items():
            below = names if collected or isinstance(part, int) else (*names, part)
            number = parent
            if below and _is_object(child):
                key = part if collected and isinstance(part, str) else None
                number = self._entity(child, below, parent, key=key, listed=collected)
            self._walk(child, below, number)

    def _is_collection(self, node: _Node) -> bool:
        """Whether a node's children are records: a list of objects, or objects by their ids."""
        if not node.below or not all(_is_object(child) for child in node.below.values()):
            return False
        if all(isinstance(part, int) for part in node.below):
            return True
        return all(
            isinstance(part, str) and (any(map(str.isdigit, part)) or part in self._scalars(child))
            for part, child in node.below.items()
        )

    def _scalars(self, node: _Node) -> set[str]:
        return {str(self._facts[child.fact].value) for child in node.below.values() if child.fact is not None}

    def _entity(self, node: _Node, names: tuple[str, ...], parent: int, *, key: str | None, listed: bool) -> int:
        """Add the entity at a node, if there is one; its number, or that of the parent."""
        kind = stems(names[-1])
        found = self._ids(node, kind)
        own = _own(found, kind)
        if not own and not listed:
            return parent
        # an id that names another collection is a reference, unless that collection is this one
        found = [item for item in found if item in own or item.base not in self._kinds]
        properties = self._properties(node, ())
        held = {item.fact for item in found}
        if key is not None and all(str(item.value) != key for item in found):
            first = next(iter((*(item.fact for item in found), *(item.fact for item in properties))), None)
            if first is not None:
                found = [_Id((), frozenset(), key, first), *found]
                own = found[:1]
        if not found:
            return parent
        own = own or found[:1]
        ids = {self._field(names, item, own=item in own): (item.value, item.fact) for item in found}
        told = tuple(item for item in properties if item.fact not in held)
        references = frozenset(str(item.value) for item in told if _may_be_id(item.value))
        self._entities.append(Entity(kind, names, parent, ids, told, references))
        return len(self._entities) - 1

    def _field(self, names: tuple[str, ...], item: _Id, *, own: bool) -> int:
        place = self._fields.setdefault((names, item.name, item.base), len(self._fields))
        if place == len(self._own):
            self._own.append(own)
        return place

    def _ids(self, node: _Node, kind: tuple[str, ...]) -> list[_Id]:
        """The fields of an object that are named like ids."""
        found = []
        for part, child in node.below.items():
            if child.fact is None or child.below or not isinstance(part, str):
                continue
            name = stems(part)
            base = frozenset(name) - ID_WORDS - WEAK_ID_WORDS
            numbered = not base or not _NUMBERED.isdisjoint(base) or not base.isdisjoint(kind)
            named = not ID_WORDS.isdisjoint(name) or (bool(name) and name[-1] in WEAK_ID_WORDS and numbered)
            if named and _may_be_id(value := self._facts[child.fact].value):
                found.append(_Id(name, base, value, child.fact))
        return found

    def _properties(self, node: _Node, names: tuple[str, ...], *, inner: bool = False) -> list[Property]:
        """The values below a node, without those in collections that have entities of their own."""
        found = []
        for part, child in node.below.items():
            below = (*names, part) if isinstance(part, str) else names
            if child.fact is not None and not child.below:
                value = self._facts[child.fact].value
                if not isinstance(value, str) or len(value) <= _LONGEST_VALUE:
                    found.append(Property(below, value, child.fact, inner))
            elif not self._holds_entities(child, below):
                found += self._properties(child, below, inner=inner or any(isinstance(p, int) for p in child.below))
        return found

    def _holds_entities(self, node: _Node, names: tuple[str, ...]) -> bool:
        kind = stems(names[-1]) if names else ()
        if not self._is_collection(node):
            return _is_object(node) and bool(_own(self._ids(node, kind), kind))
        if any(isinstance(part, str) for part in node.below):
            return True
        return any(
            item in _own([item], kind) or item.base not in self._kinds
            for child in node.below.values()
            for item in self._ids(child, kind)
        )


def _own(ids: Sequence[_Id], kind: tuple[str, ...]) -> list[_Id]:
    """Those that name nothing else than the collection itself."""
    name = frozenset(kind)
    return [item for item in ids if not item.base or name >= item.base or name <= item.base]


def _may_be_id(value: JsonValue) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool) and 0 < len(str(value)) <= _LONGEST_ID
