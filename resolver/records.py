"""One user's Facts and Events, indexed; and how they relate to a catalog."""

from __future__ import annotations

import threading
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np

from indexes import analyse
from resolver.entity_slots import EntityView
from resolver.known import KnownValues
from resolver.names import words
from resolver.person import read_person
from resolver.profile import Profile
from resolver.stored import event_text, holds
from resolver.subjects import speaks_of_another
from resolver.text import read_text
from resolver.trust import is_order

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from numpy.typing import NDArray

    from indexes import HybridIndex
    from resolver.cards import CatalogIndex
    from resolver.extract import Extractor, Found
    from resolver.person import Person
    from resolver.policy_book import Subject
    from resolver.profile import Event, Fact

__all__ = ["Linked", "UserRecords"]


class UserRecords:
    """A user's Profile in the user's own partition, read as a `Linked` snapshot; it never changes.

    Args:
        profile: The user's Facts and Events.
        partition: An empty index, which is filled with their texts.
        vectors: ``(f + e, d)``, the vectors of the Facts and then of the Events, where they are known already.
    """

    def __init__(self, profile: Profile, partition: HybridIndex, *, vectors: NDArray[np.float32] | None = None) -> None:
        self._lock = threading.RLock()
        self._linked: tuple[CatalogIndex, Linked] | None = None
        self.user = profile.user
        self.facts: tuple[Fact, ...] = profile.facts
        self.events: tuple[Event, ...] = profile.events
        self.partition = partition
        texts = [fact.text for fact in self.facts] + [event_text(event) for event in self.events]
        if texts:
            partition.add([record.id for record in (*self.facts, *self.events)], texts, vectors=vectors)

    def __len__(self) -> int:
        """How many Facts and Events there are."""
        return len(self.facts) + len(self.events)

    def at(self, moment: datetime) -> UserRecords:
        """What of them held at a moment: Facts within their validity times, Events up to it; those without always.

        Raises:
            ValueError: The moment has no time zone.
        """
        if moment.tzinfo is None:
            raise ValueError(f"{moment} has no time zone; give one, such as datetime.now(timezone.utc)")
        held = {fact.id for fact in self.facts if holds(fact.valid_from, fact.valid_to, moment)}
        return self.only({*held, *(event.id for event in self.events if holds(event.time, None, moment))})

    def only(self, kept: Collection[str]) -> UserRecords:
        """Those of some ids alone; the vectors are taken over."""
        facts = tuple(fact for fact in self.facts if fact.id in kept)
        events = tuple(event for event in self.events if event.id in kept)
        ids = [record.id for record in (*facts, *events)]
        profile = Profile.model_construct(user=self.user, facts=facts, events=events)
        return UserRecords(profile, self.partition.emptied(), vectors=self.partition.vectors(ids))

    def linked(self, cards: CatalogIndex) -> Linked:
        """These records as a catalog sees them, computed once."""
        with self._lock:
            if self._linked is None or self._linked[0] is not cards:
                self._linked = (cards, Linked(self.facts, self.events, self.partition, cards))
            return self._linked[1]


class Linked:
    """Arrays over one user's records and one catalog, made once and read by every query.

    Attributes:
        facts: The Facts, aligned with ``fact_vectors``.
        events: The Events in order of use, oldest first, aligned with all ``event_*`` arrays.
        kinds: ``fact`` or ``event`` by id.
        texts: The text by id.
        fact_vectors: ``(f, d) float32``.
        event_vectors: ``(e, d) float32``.
        statements: ``(f,) bool``, which facts are statements, those that speak to their reader apart.
        event_platform: ``(e,) int64``, the platform each event used, -1 if it is not in the catalog.
        event_tool: ``(e,) int64``, the same for the tool.
        event_rating: ``(e,) float64``, NaN where there is none.
        same_name: ``(e, t) float64``, share of common stems in the names of the event's tool and each tool.
        own: ``(f,) bool``, which of these speak of the user, and not of somebody else.
        fact_stems: The stems of the Facts' texts, of those apart that speak to their reader.
        stated: ``(m, 3) int64``, mentions of platforms in statements: the fact, the platform, and 1 for or -1 against.
        fact_platform: ``(f, p) float32``, cosine of each fact and each platform card.
    """

    def __init__(
        self, facts: Sequence[Fact], events: Sequence[Event], partition: HybridIndex, cards: CatalogIndex
    ) -> None:
        self._cards = cards
        self._known: dict[int, KnownValues] = {}
        self._said: dict[Extractor, dict[tuple[int, int], list[tuple[int, Found]]]] = {}
        self.facts = tuple(facts)
        self.events = tuple(sorted(events, key=lambda event: event.order))
        self.fact_vectors: NDArray[np.float32] = partition.vectors([fact.id for fact in self.facts])
        self.event_vectors: NDArray[np.float32] = partition.vectors([event.id for event in self.events])
        self.kinds: dict[str, Literal["fact", "event"]] = {fact.id: "fact" for fact in self.facts}
        self.kinds.update((event.id, "event") for event in self.events)
        self.texts: dict[str, str] = {fact.id: fact.text for fact in self.facts}
        self.texts.update((event.id, event.text) for event in self.events)
        unheard = frozenset(fact.id for fact in self.facts if is_order(fact))
        self.statements = np.array([fact.statement and fact.id not in unheard for fact in self.facts], dtype=bool)
        self.own = self.statements & ~np.array([speaks_of_another(fact.text) for fact in self.facts], dtype=bool)
        links = [cards.link(event) for event in self.events]
        self.event_platform = np.array([link[0] for link in links], dtype=np.int64)
        self.event_tool = np.array([link[1] for link in links], dtype=np.int64)
        self.event_rating = np.array(
            [np.nan if event.rating is None else event.rating for event in self.events], dtype=np.float64
        )
        self.same_name = _same_name(self.events, cards)
        self.fact_platform: NDArray[np.float32] = self.fact_vectors @ cards.platform_vectors.T
        self.fact_stems = frozenset(
            stem for fact in self.facts if fact.id not in unheard for stem in analyse(fact.text)
        )
        stances = [
            (number, platform, stance)
            for number, fact in enumerate(self.facts)
            if self.own[number]
            for platform, stance in cards.mentions.find(fact.text).items()
        ]
        self.stated: NDArray[np.int64] = np.array(stances, dtype=np.int64).reshape(-1, 3)

    @cached_property
    def person(self) -> Person:
        """The user as vectors, numbers read as words."""
        return read_person(self.facts, self.fact_vectors, self._cards.embedder, own=self.own)

    @cached_property
    def subject(self) -> Subject:
        """What the policies of the catalog may ask of the user."""
        return self._cards.policies.subject(self.facts, self.fact_vectors)

    @cached_property
    def sentences(self) -> tuple[tuple[int, str], ...]:
        """The statements that speak of the user, with their numbers."""
        return tuple((number, fact.text) for number, fact in enumerate(self.facts) if self.own[number])

    @cached_property
    def entities(self) -> EntityView:
        """The collections of these records, as entities."""
        return EntityView(self.facts)

    def known(self, tool: int) -> KnownValues:
        """What these records hold for the parameters of a tool of the catalog."""
        if tool not in self._known:
            self._known[tool] = KnownValues(
                self._cards.readings(tool), self.facts, self.events, self.event_tool == tool, self.same_name[:, tool]
            )
        return self._known[tool]

    def said(self, tool: int, number: int, extractor: Extractor) -> list[tuple[int, Found]]:
        """Values for a tool's parameters in one statement; a statement is read for a tool once, not at each query."""
        known = self._said.setdefault(extractor, {})
        if (tool, number) not in known:
            reading = read_text(self.facts[number].text)
            known[tool, number] = extractor.extract(
                reading, self._cards.readings(tool), common=self._cards.common_stems(tool)
            )
        return known[tool, number]


def _same_name(events: Sequence[Event], cards: CatalogIndex) -> NDArray[np.float64]:
    shared = np.zeros((len(events), len(cards.name_stems)))
    rows: dict[str, NDArray[np.float64]] = {}
    for number, event in enumerate(events):
        if not event.tool:
            continue
        if event.tool not in rows:
            stems = frozenset(analyse(words(event.tool)))
            rows[event.tool] = np.array(
                [len(stems & other) / len(stems | other) if stems | other else 0.0 for other in cards.name_stems]
            )
        shared[number] = rows[event.tool]
    return shared
