"""What systems over an indexed profile share: an embedder, and catalogs and users indexed once."""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from baselines.case import Call, Prediction
from baselines.variant import Variant
from resolver.asking import Asked, read_queries
from resolver.bind import bind
from resolver.cards import CatalogIndex
from resolver.catalog import Catalog
from resolver.engine import Resolver
from resolver.formats import render_ptbench
from resolver.profile import Profile
from resolver.records import UserRecords

if TYPE_CHECKING:
    from pydantic import JsonValue

    from baselines.case import Case
    from baselines.variant import Known
    from baselines.weights import Weights
    from indexes import Embedder, HybridIndex
    from resolver.models import Models
    from resolver.records import Linked

__all__ = ["Desk", "Workbench", "WorkbenchSystem"]

_KEPT = 2_000
_T = TypeVar("_T")


class Desk(NamedTuple):
    """One case laid out: its catalog, the user's records on it, and the query read.

    Attributes:
        cards: The indexed catalog.
        linked: The user's records on that catalog.
        asked: The query, read.
    """

    cards: CatalogIndex
    linked: Linked
    asked: Asked


class Workbench:
    """Lays out cases. Systems that share one share its caches, so that their times compare their own work.

    Args:
        embedder: Encodes texts; `indexes.CachedEmbedder` saves encoding a text once per system.
        weights: Of the resolver, and of the binder that systems share; those of the variant where none are given.
        variant: What else differs from the default.

    Raises:
        WeightsError: The variant's folder of weights has none.
        ValueError: The resolver refuses the value of an option; at the first case.
    """

    def __init__(self, embedder: Embedder, weights: Weights | None = None, variant: Variant | None = None) -> None:
        self.embedder = embedder
        self.variant = variant or Variant()
        self.weights = weights or self.variant.load_weights()
        self._resolver: tuple[Models, Resolver] | None = None
        self._cards: OrderedDict[str, CatalogIndex] = OrderedDict()
        self._users: OrderedDict[str, UserRecords] = OrderedDict()

    @property
    def configuration(self) -> dict[str, JsonValue]:
        """What answers depend on: the embedder, the weights, by which arguments are bound, and the variant."""
        return {"embedder": self.embedder.name, "weights": self.weights.digest, **self.variant.configuration}

    def new_index(self) -> HybridIndex:
        """An empty index, which fuses dense and lexical retrieval as the variant says."""
        return self.variant.new_index(self.embedder)

    def cards(self, case: Case) -> CatalogIndex:
        """The case's catalog, indexed once for equal catalogs."""
        name = _digest([case.platforms, case.tools])
        if name not in self._cards:
            self._cards[name] = CatalogIndex(Catalog.from_ptbench(case.platforms, case.tools), self.embedder)
        return _touch(self._cards, name)

    def records(self, case: Case) -> UserRecords:
        """The case's user, indexed once for equal profiles."""
        name = _digest(case.user_profile)
        if name not in self._users:
            profile = _known(Profile.from_json(case.user_profile, user=name), self.variant.known)
            self._users[name] = UserRecords(profile, self.new_index())
        return _touch(self._users, name)

    def resolver(self, case: Case) -> Resolver:
        """A resolver with the case's catalog and weights, the last one again where they are the same."""
        cards, models = self.cards(case), self.weights.models(case)
        if self._resolver is None or self._resolver[0] is not models or self._resolver[1].cards is not cards:
            options: dict[str, Any] = dict(self.variant.options)
            self._resolver = models, Resolver(cards, embedder=self.embedder, models=models, **options)
        return self._resolver[1]

    def lay_out(self, case: Case) -> Desk:
        """Everything a system needs to answer a case."""
        cards = self.cards(case)
        linked = self.records(case).linked(cards)
        return Desk(cards, linked, read_queries([case.query], self.embedder)[0])

    def answer(self, case: Case, desk: Desk, tool: int | None, *, confidence: float | None = None) -> Prediction:
        """A Prediction that calls a tool, with arguments bound by the resolver's own binder.

        All systems that only choose share the binder, so that a table compares the choices.

        Args:
            case: The case.
            desk: The same, laid out.
            tool: The tool's number in the catalog, or None to abstain for want of any.
            confidence: The system's probability for the tool.
        """
        if tool is None:
            unread = "; ".join(f"{item.where}: {item.reason}" for item in desk.cards.catalog.unread[:1])
            reason = "the catalog has no tool" + (f" (not read: {unread})" if unread else "")
            return Prediction(case_id=case.id, abstained=reason)
        chosen = desk.cards.catalog.tools[tool]
        bindings, _ = bind(desk.cards, desk.linked, desk.asked, tool, self.weights.models(case))
        arguments = {binding.name: binding.value for binding in bindings}
        cited = tuple(dict.fromkeys(i for binding in bindings for i in binding.evidence))
        return Prediction(
            case_id=case.id,
            text=render_ptbench(chosen.platform, [(chosen.name, arguments)]),
            platform=chosen.platform,
            calls=(Call(function=chosen.name, arguments=arguments),),
            confidence=confidence,
            evidence=cited,
            cited=cited,
        )


class WorkbenchSystem:
    """A system on a workbench, which is what its answers depend on."""

    def __init__(self, workbench: Workbench) -> None:
        self._workbench = workbench

    @property
    def configuration(self) -> dict[str, JsonValue]:
        """What the answers depend on."""
        return self._workbench.configuration


def _known(profile: Profile, known: Known) -> Profile:
    """A profile less what a variant does not know of it."""
    if known == "all":
        return profile
    facts = profile.facts if known == "facts" else ()
    events = profile.events if known == "log" else ()
    return profile.model_copy(update={"facts": facts, "events": events})


def _digest(value: JsonValue | list[JsonValue]) -> str:
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()


def _touch(kept: OrderedDict[str, _T], name: str) -> _T:
    kept.move_to_end(name)
    if len(kept) > _KEPT:
        kept.popitem(last=False)
    return kept[name]
