"""What numbers about a person or a moment say in words: an age, a body, an hour.

An embedding of "age: 71" knows little of old age. Where a number has a plain English reading, that stands for it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from resolver.coerce import read_number
from resolver.names import words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from resolver.profile import Fact

__all__ = ["Trait", "is_number", "read_traits"]

# upper bounds, not included
_AGES = ((13, "a child"), (18, "a teenager"), (30, "a young person"), (60, "a middle-aged person"))
_OLD = "an elderly person"
# body mass index, kg per square metre, by the bounds of the World Health Organization
_BODIES = ((18.5, "an underweight person"), (25, "a person of normal weight"), (30, "an overweight person"))
_HEAVY = "an obese person"
_HOURS = ((6, "at night"), (12, "in the morning"), (18, "in the afternoon"), (22, "in the evening"))
_LATE = "at night"
_CHARGES = ((30, "low battery"), (101, "high battery"))
_OLDEST = 130
_TALLEST = 2.75
_INCH, _POUND = 0.0254, 0.4536
_CLOCK = re.compile(r"\s*([01]?\d|2[0-3])(?::[0-5]\d)?(?::[0-5]\d)?\s*([ap]m)?\s*", re.IGNORECASE)


class Trait(NamedTuple):
    """A phrase, and the numbers of the Facts that it is read from."""

    phrase: str
    facts: tuple[int, ...]


def is_number(fact: Fact) -> bool:
    """Whether a Fact is an attribute whose value is a number."""
    return not fact.statement and isinstance(fact.value, int | float) and not isinstance(fact.value, bool)


def read_traits(facts: Sequence[Fact]) -> list[Trait]:
    """The traits that the numbers among the attributes show, in the order age, body, others.

    >>> from resolver.profile import Profile
    >>> profile = Profile.from_json({"age": 71, "height (cm)": 160, "weight (kg)": 50, "shoe size": 39})
    >>> [trait.phrase for trait in read_traits(profile.facts)]
    ['an elderly person', 'a person of normal weight']
    """
    named = {number: words(fact.path).split() for number, fact in enumerate(facts) if not fact.statement}
    return [*_ages(facts, named), *_bodies(facts, named), *_moments(facts, named)]


def _ages(facts: Sequence[Fact], named: dict[int, list[str]]) -> Iterator[Trait]:
    for number, name in named.items():
        age = _value(facts[number]) if name[-1:] == ["age"] or name[-2:] == ["age", "years"] else None
        if age is not None and 0 <= age < _OLDEST:
            yield Trait(_band(age, _AGES, _OLD), (number,))


def _bodies(facts: Sequence[Fact], named: dict[int, list[str]]) -> Iterator[Trait]:
    height = next((number for number, name in named.items() if "height" in name), None)
    weight = next((number for number, name in named.items() if "weight" in name), None)
    if height is None or weight is None:
        return
    metres, kilos = _value(facts[height]), _value(facts[weight])
    if not metres or not kilos or metres < 0 or kilos < 0:
        return
    units = {*named[height], *words(str(facts[height].value)).split()}
    if units & {"in", "inch", "inches"}:
        metres *= _INCH
    elif metres > _TALLEST:
        metres /= 100
    if {*named[weight], *words(str(facts[weight].value)).split()} & {"lb", "lbs", "pound", "pounds"}:
        kilos *= _POUND
    if metres <= _TALLEST:
        yield Trait(_band(kilos / metres**2, _BODIES, _HEAVY), (height, weight))


def _moments(facts: Sequence[Fact], named: dict[int, list[str]]) -> Iterator[Trait]:
    for number, name in named.items():
        clock = _CLOCK.fullmatch(str(facts[number].value))
        if clock and not {"time", "hour"}.isdisjoint(name):
            late = bool(clock[2]) and clock[2].lower() == "pm"
            yield Trait(_band(int(clock[1]) % (12 if clock[2] else 24) + 12 * late, _HOURS, _LATE), (number,))
        elif "battery" in name and (charge := _value(facts[number])) is not None and charge >= 0:
            percent = charge * 100 if 0 < charge < 1 else charge
            yield Trait(_band(percent, _CHARGES, _CHARGES[-1][1]), (number,))


def _value(fact: Fact) -> float | None:
    value = fact.value
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    return value if not isinstance(value, str) else read_number(value)


def _band(value: float, bands: Sequence[tuple[float, str]], last: str) -> str:
    return next((phrase for bound, phrase in bands if value < bound), last)
