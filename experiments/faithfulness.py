"""Whether the evidence that an answer cites is why it is so: take it away and see.

Three answers of one request are compared: with all of a user's records, without what the answer cites, and without as
many others. If the cited records are the reason, the answer changes without them, and does not change without others.
Kept alone, they should be enough. (Comprehensiveness and sufficiency of DeYoung et al. 2020, on answers in place of
probabilities.)
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from resolver.resolution import Resolution

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from baselines.case import Case
    from baselines.workbench import Workbench
    from resolver.engine import Resolver
    from resolver.records import UserRecords
    from resolver.resolution import Abstention

__all__ = ["Cited", "Faithfulness", "cited", "measure_faithfulness"]

Kind = Literal["platform", "argument"]
_CONTROLS = 3  # draws of other records, for each citation


class Cited(NamedTuple):
    """One decision of an answer with the ids of the user's records that it cites.

    Attributes:
        kind: The choice of the platform, or the value of an argument.
        name: The argument's name; empty for the platform.
        value: What was decided, as text.
        ids: What is cited.
    """

    kind: Kind
    name: str
    value: str
    ids: frozenset[str]


@dataclass
class Faithfulness:
    """What became of decisions of one kind.

    Attributes:
        decisions: How many cite anything.
        changed: How many change when what they cite is taken away.
        controlled: How many leave at least as many other records as they cite, so that there is something to compare.
        changed_of_controlled: How many of these change when what they cite is taken away.
        kept: In how many draws of as many other records, three for each of these, the decision stays without them.
        enough: How many stay when only what they cite is left.
    """

    decisions: int = 0
    changed: int = 0
    controlled: int = 0
    changed_of_controlled: int = 0
    kept: int = 0
    enough: int = 0

    def figures(self) -> dict[str, float | None]:
        """Counts and shares by name; None where nothing was counted."""
        return {
            "decisions": float(self.decisions),
            "changed without": _ratio(self.changed, self.decisions),
            "controlled": float(self.controlled),
            "of these changed without": _ratio(self.changed_of_controlled, self.controlled),
            "and kept without others": _ratio(self.kept, self.controlled * _CONTROLS),
            "kept with these alone": _ratio(self.enough, self.decisions),
        }


def measure_faithfulness(
    cases: Iterable[Case],
    workbench: Workbench,
    *,
    progress: Callable[[int], None] | None = None,
) -> Mapping[Kind, Faithfulness]:
    """Take away what answers cite, and as much of what they do not, and count.

    Args:
        cases: What is asked; each with its own user and catalog.
        workbench: Shared caches, and the weights to answer with.
        progress: Called with how many cases are done.
    """
    counted: dict[Kind, Faithfulness] = {"platform": Faithfulness(), "argument": Faithfulness()}
    for number, case in enumerate(cases, 1):
        resolver = workbench.resolver(case)
        records = workbench.records(case)
        everything = [record.id for record in (*records.facts, *records.events)]
        for decision in cited(resolver.resolve_for(records, case.query)):
            tally = counted[decision.kind]
            stands = _Standing(resolver, records, case.query, decision)
            others = [i for i in everything if i not in decision.ids]
            tally.decisions += 1
            changed = not stands(others)
            tally.changed += changed
            tally.enough += stands(decision.ids)
            if len(others) < len(decision.ids):
                continue
            tally.controlled += 1
            tally.changed_of_controlled += changed
            for draw in range(_CONTROLS):
                gone = set(_drawn(others, len(decision.ids), f"{case.id}/{decision.name}/{draw}"))
                tally.kept += stands([i for i in everything if i not in gone])
        if progress is not None:
            progress(number)
    return counted


def cited(answer: Resolution | Abstention) -> Iterator[Cited]:
    """The decisions of an answer's first call that cite records of the user."""
    if not isinstance(answer, Resolution):
        return
    if answer.choice.evidence_for:
        yield Cited("platform", "", answer.choice.platform, frozenset(answer.choice.evidence_for))
    for binding in answer.bindings:
        if binding.evidence:
            yield Cited("argument", binding.name, str(binding.value), frozenset(binding.evidence))


class _Standing(NamedTuple):
    """Whether a decision is the same with some records alone; an argument's by its name and value, on any tool."""

    resolver: Resolver
    records: UserRecords
    query: str
    decision: Cited

    def __call__(self, kept: Iterable[str]) -> bool:
        answer = self.resolver.resolve_for(self.records.only(set(kept)), self.query)
        if not isinstance(answer, Resolution):
            return False
        if self.decision.kind == "platform":
            return answer.choice.platform == self.decision.value
        return any(
            binding.name == self.decision.name and str(binding.value) == self.decision.value
            for binding in answer.bindings
        )


def _drawn(ids: Sequence[str], count: int, seed: str) -> list[str]:
    return sorted(ids, key=lambda i: hashlib.sha256(f"{seed}/{i}".encode()).digest())[:count]


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None
