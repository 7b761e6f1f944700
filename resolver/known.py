"""What the records of a user hold for the parameters of one tool, whatever the query: read once, not at each query."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from resolver.coerce import coerce, stems
from resolver.names import key
from resolver.sides import labelled

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray
    from pydantic import JsonValue

    from resolver.profile import Event, Fact
    from resolver.reading import ParameterReading
    from resolver.sides import Side

__all__ = ["Attribute", "KnownValues"]

_SAME_NAME = 0.99
_LABELS = frozenset(("label", "tag", "type", "kind"))
# Words of names that say nothing without another: a type of room is no type of device. Those whose other word often has
# a synonym (name, number, code) are none of them: a postal code is a zip code.
_OF_SOMETHING = frozenset(stems("type kind level status category class mode value id identifier"))
_OF_ONESELF = frozenset(stems("user customer person personal profile account my own info information details data"))


class Attribute(NamedTuple):
    """An attribute that may hold a parameter's value.

    Attributes:
        number: The Fact's number.
        match: How well its path matches the parameter, 0 to 0.75.
        label: The stems of its path that are not in the parameter's name: what the user may call it by.
    """

    number: int
    match: float
    label: frozenset[str]


class KnownValues:
    """A user's values for one tool.

    Attributes:
        same_job: ``(e,) bool``, the events that called this tool, or one of the same name.
        used: By parameter the events that held it, as number and value in the schema's form, newest first.
        attributes: By parameter the attributes that may hold it.
        sides: By parameter those of them that are of one kind at home and at work, as Facts' numbers.
    """

    def __init__(
        self,
        parameters: Sequence[ParameterReading],
        facts: Sequence[Fact],
        events: Sequence[Event],
        same_tool: NDArray[np.bool_],
        same_name: NDArray[np.float64],
    ) -> None:
        self.same_tool = same_tool
        self.same_job = same_tool | (same_name >= _SAME_NAME)
        self.used = [_used(wanted, events) for wanted in parameters]
        labels = _labels(facts)
        attributes = [
            (number, path, frozenset(path).union(stems(labels.get(fact.path.rpartition(".")[0], ""))))
            for number, fact in enumerate(facts)
            if not fact.statement and (path := stems(fact.path)) and not _is_label(fact)
        ]
        self.attributes = [_attributes(wanted, attributes) for wanted in parameters]
        self.sides = [_sides(own, facts, labels) for own in self.attributes]


def _is_label(fact: Fact) -> bool:
    """The entry of a list that tells it from its neighbours: ``addresses[0].label``."""
    entry, _, name = fact.path.rpartition(".")
    return entry.endswith("]") and name.lower() in _LABELS


def _labels(facts: Sequence[Fact]) -> dict[str, str]:
    return {fact.path.rpartition(".")[0]: str(fact.value) for fact in facts if _is_label(fact)}


def _used(wanted: ParameterReading, events: Sequence[Event]) -> list[tuple[int, JsonValue]]:
    name = key(wanted.parameter.name)
    found: list[tuple[int, JsonValue]] = []
    for number in range(len(events) - 1, -1, -1):
        raw = next((raw for own, raw in events[number].arguments.items() if key(own) == name), None)
        value = coerce(raw, wanted.parameter)
        if value is not None:
            found.append((number, value))
    return found


def _attributes(
    wanted: ParameterReading, attributes: Sequence[tuple[int, tuple[str, ...], frozenset[str]]]
) -> list[Attribute]:
    own = wanted.name or wanted.description
    found = []
    for number, path, every in attributes:
        shared = wanted.name & every
        if not shared and path[-1] not in wanted.description:
            continue
        if shared and shared <= _OF_SOMETHING and wanted.name - shared and every - shared - _OF_ONESELF:
            continue  # each is of something, and of something else
        match = 0.45 * len(shared) / max(len(own), 1)
        match += 0.2 * (path[-1] in wanted.name) + 0.1 * bool(wanted.description & every)
        found.append(Attribute(number, match, every - wanted.name))
    return found


def _sides(attributes: Sequence[Attribute], facts: Sequence[Fact], labels: Mapping[str, str]) -> list[dict[Side, int]]:
    """Attributes that differ in the side that they are of alone, in the order of their best match."""
    beside: dict[tuple[str, ...], dict[Side, int]] = {}
    for own in sorted(attributes, key=lambda own: -own.match):
        parent, _, name = facts[own.number].path.rpartition(".")
        entry = f"{parent.rpartition('[')[0]}.{labels[parent]}.{name}" if parent in labels else facts[own.number].path
        if (found := labelled(entry)) is not None:
            beside.setdefault(found.of, {}).setdefault(found.side, own.number)
    return [sides for sides in beside.values() if len(sides) > 1]
