"""Which few records of a user a model is shown beside hints, which already say what most of them come to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from resolver.clauses import refuses
from resolver.resolution import Abstention
from resolver.trust import is_order

if TYPE_CHECKING:
    from collections.abc import Sequence

    from resolver.profile import Fact
    from resolver.resolution import Resolution

__all__ = ["bound_records", "few_records"]

_PLACES = 6
_OF_CHOICE = 2
_REFUSALS = 2


def few_records(answer: Resolution | Abstention, facts: Sequence[Fact]) -> list[str]:
    """The ids of few records, those that matter most first.

    First those that arguments rest on, then what speaks for and against the platform, then statements that refuse
    something or insist on it, which no argument may show, then what else was retrieved. Facts that stand together in
    the profile (``budget.max``, ``budget.currency``) take one place of six, and those that speak to their reader none.
    """
    by_id = {str(fact.id): fact for fact in facts}
    retrieved = [item.id for item in answer.evidence]
    cited: list[str] = []
    if answer.choice is not None:
        cited = [*answer.choice.evidence_for[:_OF_CHOICE], *answer.choice.evidence_against[:_OF_CHOICE]]
    stated = [by_id[i] for i in retrieved if i in by_id and by_id[i].statement]
    refusals = [str(fact.id) for fact in stated if refuses(fact.text)][:_REFUSALS]
    taken: dict[str, list[str]] = {}
    for i in dict.fromkeys((*bound_records(answer), *cited, *refusals, *retrieved)):
        if i in by_id and is_order(by_id[i]):
            continue
        place = _place(by_id.get(i), i)
        if place in taken or len(taken) < _PLACES:
            taken.setdefault(place, []).append(i)
    return [i for ids in taken.values() for i in ids]


def bound_records(answer: Resolution | Abstention) -> list[str]:
    """The ids that arguments rest on."""
    if isinstance(answer, Abstention):
        return []
    return [i for call in answer.calls for binding in call.bindings for i in binding.evidence]


def _place(fact: Fact | None, i: str) -> str:
    """What takes a place of its own: a statement, an event, or the facts below one name."""
    if fact is None or fact.statement or "." not in fact.path:
        return i
    return fact.path.rpartition(".")[0]
