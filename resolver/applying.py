"""Which settings of a user's instructions hold, given what the query says: a fixed point over their conditions."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from resolver.coerce import stems
from resolver.names import key

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pydantic import JsonValue

__all__ = ["Applied", "Instruction", "Setting", "apply_settings"]


class Setting(NamedTuple):
    """A parameter's number with a value, its log-odds, and whether it is a condition or what is asked for."""

    parameter: int
    value: JsonValue
    score: float
    conditional: bool


class Instruction(NamedTuple):
    """A statement, by its fact's id, with its settings."""

    fact: str
    settings: tuple[Setting, ...]


class Applied(NamedTuple):
    """A value that instructions set: the parameter's number, how sure, and the facts it rests on, its own first."""

    parameter: int
    value: JsonValue
    confidence: float
    evidence: tuple[str, ...]


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
                applied.extend(
                    Applied(
                        setting.parameter,
                        setting.value,
                        1.0 / (1.0 + math.exp(-setting.score)),
                        tuple(dict.fromkeys((instruction.fact, *because))),
                    )
                    for setting in instruction.settings
                    if not setting.conditional and setting.parameter not in said
                )
    return sorted(applied, key=lambda one: (one.parameter, -one.confidence))


def _because(
    instruction: Instruction, said: Mapping[int, JsonValue], applied: Sequence[Applied], *, alone: bool
) -> tuple[str, ...] | None:
    """The facts that meet an instruction's conditions, or None where they are not met, or not yet."""
    conditions = [setting for setting in instruction.settings if setting.conditional]
    asked = [setting for setting in instruction.settings if not setting.conditional]
    if conditions:
        met = [_met(setting, said, applied) for setting in conditions]
        return None if any(facts is None for facts in met) else tuple(fact for facts in met if facts for fact in facts)
    if len(asked) == 1:
        return ()
    if any(setting.parameter in said and not _same(setting.value, said[setting.parameter]) for setting in asked):
        return None
    known = [facts for setting in asked if (facts := _met(setting, said, applied)) is not None]
    return tuple(fact for facts in known for fact in facts) if known or alone else None


def _met(setting: Setting, said: Mapping[int, JsonValue], applied: Sequence[Applied]) -> tuple[str, ...] | None:
    if setting.parameter in said:
        return () if _same(setting.value, said[setting.parameter]) else None
    for one in applied:
        if one.parameter == setting.parameter and _same(setting.value, one.value):
            return one.evidence
    return None


def _same(one: JsonValue, other: JsonValue) -> bool:
    """Equal, or one says no more than the other: "ramen" and "Ramen food"."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    left, right = str(one), str(other)
    if key(left) == key(right):
        return True
    own, theirs = set(stems(left)), set(stems(right))
    return bool(own and theirs) and (own <= theirs or theirs <= own)
