"""Which settings of a user's instructions hold, given what the query says: a fixed point over their conditions."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from resolver.coerce import stems
from resolver.names import key

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pydantic import JsonValue

__all__ = ["Applied", "Instruction", "Setting", "apply_settings", "same"]


class Setting(NamedTuple):
    """A parameter's number with a value, its log-odds, and whether it is a condition or what is asked for.

    Of one instruction several for one parameter are to choose from: "ramen or soup". ``piece`` is the part of the
    statement that says the value, -1 for none.
    """

    parameter: int
    value: JsonValue
    score: float
    conditional: bool
    piece: int = -1


class Instruction(NamedTuple):
    """A statement, by its fact's id, with its settings."""

    fact: str
    settings: tuple[Setting, ...]


class Applied(NamedTuple):
    """A value that instructions set: the parameter's number, how sure, and the facts it rests on, its own first.

    ``hangs_on`` are the values of other parameters, set by instructions too, without which it is not set; ``piece`` is
    that of its `Setting`.
    """

    parameter: int
    value: JsonValue
    confidence: float
    evidence: tuple[str, ...]
    hangs_on: tuple[tuple[int, JsonValue], ...] = ()
    piece: int = -1


class _Because(NamedTuple):
    """What meets an instruction's conditions: facts, and values that other instructions set."""

    facts: tuple[str, ...] = ()
    values: tuple[tuple[int, JsonValue], ...] = ()


def apply_settings(instructions: Sequence[Instruction], said: Mapping[int, JsonValue]) -> list[Applied]:
    """Apply instructions until none is left whose conditions hold.

    A condition holds where the query says its value or another applied instruction sets it. What the query says is
    never set, and an instruction that contradicts it elsewhere is about another thing. Of an instruction with several
    settings and no condition, one that is already known serves as the condition; where none is, all apply at the end.

    Returns:
        All that is set, the surest of a parameter first; several values of one parameter are all there.

    >>> dish, place = 0, 1
    >>> found = apply_settings(
    ...     [Instruction("a", (Setting(dish, "ramen", 2.0, True), Setting(place, "Blue Lagoon", 1.0, False))),
    ...      Instruction("b", (Setting(dish, "ramen", 2.0, False),))], {})
    >>> [(one.parameter, one.value, one.evidence) for one in found]
    [(0, 'ramen', ('b',)), (1, 'Blue Lagoon', ('a', 'b'))]
    """
    applied: list[Applied] = []
    waiting = list(instructions)
    for bundles in (False, True):
        moved = True
        while moved:
            moved = False
            for instruction in list(waiting):
                because = _because(instruction, said, applied, alone=bundles)
                if because is None:
                    continue
                waiting.remove(instruction)
                moved = True
                applied.extend(_set(instruction, because, said))
    return sorted(applied, key=lambda one: (one.parameter, -one.confidence))


def _set(instruction: Instruction, because: _Because, said: Mapping[int, JsonValue]) -> list[Applied]:
    asked = [setting for setting in instruction.settings if not setting.conditional and setting.parameter not in said]
    alone = [group for group in _by_parameter(asked) if len(group) == 1]
    return [
        Applied(
            setting.parameter,
            setting.value,
            1.0 / (1.0 + math.exp(-setting.score)),
            tuple(dict.fromkeys((instruction.fact, *because.facts))),
            # what one statement asks for belongs together: its place is for its dish, not for another's
            (*because.values, *((one.parameter, one.value) for (one,) in alone if one.parameter != setting.parameter)),
            setting.piece,
        )
        for setting in asked
    ]


def _because(
    instruction: Instruction, said: Mapping[int, JsonValue], applied: Sequence[Applied], *, alone: bool
) -> _Because | None:
    """What meets an instruction's conditions, or None where they are not met, or not yet."""
    conditions = _by_parameter(setting for setting in instruction.settings if setting.conditional)
    asked = _by_parameter(setting for setting in instruction.settings if not setting.conditional)
    if conditions:
        met = [_met(group, said, applied) for group in conditions]
        return None if None in met else _all_of([reason for reason in met if reason])
    if len(asked) == 1:
        return _Because()
    if any(group[0].parameter in said and _met(group, said, ()) is None for group in asked):
        return None
    known = [reason for group in asked if (reason := _met(group, said, applied)) is not None]
    return _all_of(known) if known or alone else None


def _by_parameter(settings: Iterable[Setting]) -> list[list[Setting]]:
    groups: dict[int, list[Setting]] = {}
    for setting in settings:
        groups.setdefault(setting.parameter, []).append(setting)
    return list(groups.values())


def _all_of(reasons: Sequence[_Because]) -> _Because:
    return _Because(
        tuple(fact for reason in reasons for fact in reason.facts),
        tuple(value for reason in reasons for value in reason.values),
    )


def _met(group: Sequence[Setting], said: Mapping[int, JsonValue], applied: Sequence[Applied]) -> _Because | None:
    """What gives a parameter one of the values that are to choose from; None where nothing does."""
    for setting in group:
        if setting.parameter in said:
            if same(setting.value, said[setting.parameter]):
                return _Because()
            continue
        for one in applied:
            if one.parameter == setting.parameter and same(setting.value, one.value):
                return _Because(one.evidence, (*one.hangs_on, (one.parameter, one.value)))
    return None


def same(one: JsonValue, other: JsonValue) -> bool:
    """Equal, or one says no more than the other: "ramen" and "Ramen food"."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    left, right = str(one), str(other)
    if key(left) == key(right):
        return True
    own, theirs = set(stems(left)), set(stems(right))
    return bool(own and theirs) and (own <= theirs or theirs <= own)
