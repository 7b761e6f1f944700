"""Whether the evidence that an answer cites is why it is so: take it away and see.

Three answers of one request are compared: with all of a user's records, without what the answer cites, and without as
many others. If the cited records are the reason, the answer changes without them, and does not change without others.
Kept alone, they should be enough. (Comprehensiveness and sufficiency of DeYoung et al. 2020, on answers in place of
probabilities.) Where nothing is answered any more, that is an abstention, which is counted apart: it shows that the
records were needed, and not that they spoke for this decision rather than for another.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from experiments.statistics import Difference, paired_difference
from resolver.resolution import Resolution

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from baselines.case import Case
    from baselines.workbench import Workbench
    from resolver.engine import Resolver
    from resolver.records import UserRecords
    from resolver.resolution import Abstention

__all__ = ["Cited", "Faithfulness", "Figure", "Outcome", "Taken", "cited", "measure_faithfulness"]

Kind = Literal["platform", "argument"]
Outcome = Literal["kept", "changed", "abstained"]
"""What becomes of a decision when records are taken away; ``abstained`` where nothing at all is answered any more."""

Figure: TypeAlias = "float | Difference | None"

_CONTROLS = 3  # draws of other records, for each citation
_MARKS = (-1.0, 1.0)


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


class Taken(NamedTuple):
    """What became of one decision.

    Attributes:
        user: Whose it is; intervals draw whole users.
        without: Without what it cites.
        alone: With nothing but what it cites.
        others: Without as many other records, once for each of three draws; none where there are not as many.
    """

    user: str
    without: Outcome
    alone: Outcome
    others: tuple[Outcome, ...]


@dataclass
class Faithfulness:
    """What became of decisions of one kind that cite anything."""

    taken: list[Taken] = field(default_factory=list)

    def figures(self) -> dict[str, Figure]:
        """Counts, shares and differences by name; None where nothing was counted.

        Decisions are controlled where as many other records are left as they cite. The differences are over these:
        without what is cited, less the mean of the draws without others; paired, with 95 % intervals that draw users.
        """
        every, controlled = self.taken, [one for one in self.taken if one.others]
        return {
            "decisions": float(len(every)),
            "users": float(len({one.user for one in every})),
            "changed without": _share([one.without for one in every], "changed"),
            "abstained without": _share([one.without for one in every], "abstained"),
            "kept with these alone": _share([one.alone for one in every], "kept"),
            "abstained with these alone": _share([one.alone for one in every], "abstained"),
            "controlled": float(len(controlled)),
            "of these changed without": _share([one.without for one in controlled], "changed"),
            "changed without others": _share([own for one in controlled for own in one.others], "changed"),
            "changed more": _more(controlled, "changed"),
            "of these abstained without": _share([one.without for one in controlled], "abstained"),
            "abstained without others": _share([own for one in controlled for own in one.others], "abstained"),
            "abstained more": _more(controlled, "abstained"),
        }


def measure_faithfulness(
    cases: Iterable[Case],
    workbench: Workbench,
    *,
    users: Mapping[str, str] | None = None,
    progress: Callable[[int], None] | None = None,
) -> Mapping[Kind, Faithfulness]:
    """Take away what answers cite, and as much of what they do not, and count.

    Args:
        cases: What is asked; each with its own user and catalog.
        workbench: Shared caches, and the weights to answer with.
        users: By case id what tells its user from others; the profile for a case that is not there.
        progress: Called with how many cases are done.
    """
    counted: dict[Kind, Faithfulness] = {"platform": Faithfulness(), "argument": Faithfulness()}
    for number, case in enumerate(cases, 1):
        resolver = workbench.resolver(case)
        records = workbench.records(case)
        everything = [record.id for record in (*records.facts, *records.events)]
        user = (users or {}).get(case.id) or json.dumps(case.user_profile, sort_keys=True)
        for decision in cited(resolver.resolve_for(records, case.query)):
            becomes = _Becoming(resolver, records, case.query, decision)
            others = [i for i in everything if i not in decision.ids]
            draws = _CONTROLS if len(others) >= len(decision.ids) else 0
            gone = [set(_drawn(others, len(decision.ids), f"{case.id}/{decision.name}/{n}")) for n in range(draws)]
            counted[decision.kind].taken.append(
                Taken(
                    user=user,
                    without=becomes(others),
                    alone=becomes(decision.ids),
                    others=tuple(becomes([i for i in everything if i not in own]) for own in gone),
                )
            )
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


class _Becoming(NamedTuple):
    """What a decision becomes with some records alone; an argument's is kept with its name and value, on any tool."""

    resolver: Resolver
    records: UserRecords
    query: str
    decision: Cited

    def __call__(self, kept: Iterable[str]) -> Outcome:
        answer = self.resolver.resolve_for(self.records.only(set(kept)), self.query)
        if not isinstance(answer, Resolution):
            return "abstained"
        if self.decision.kind == "platform":
            same = answer.choice.platform == self.decision.value
        else:
            same = (self.decision.name, self.decision.value) in {(own.name, str(own.value)) for own in answer.bindings}
        return "kept" if same else "changed"


def _drawn(ids: Sequence[str], count: int, seed: str) -> list[str]:
    return sorted(ids, key=lambda i: hashlib.sha256(f"{seed}/{i}".encode()).digest())[:count]


def _share(outcomes: Sequence[Outcome], what: Outcome) -> float | None:
    return outcomes.count(what) / len(outcomes) if outcomes else None


def _more(controlled: Sequence[Taken], what: Outcome) -> Difference | None:
    """How much more often something becomes of decisions without what they cite than without other records."""
    if not controlled:
        return None
    cited_ones = [float(one.without == what) for one in controlled]
    others = [one.others.count(what) / len(one.others) for one in controlled]
    return paired_difference(cited_ones, others, [one.user for one in controlled], bounds=_MARKS)
