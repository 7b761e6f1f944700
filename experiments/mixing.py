"""Records as they would be in a wider life: two users' catalogs and logs in one, the request of the first.

Public sets give each request the tools that do its job and a log of that job. A real user's catalog does many jobs, and
so does the log: that a platform was used for one says nothing of another. Mixed examples teach that, and measure it.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from experiments.folds import fold_of
from experiments.train_choice import Example
from resolver.cards import CatalogIndex
from resolver.catalog import Catalog
from resolver.profile import EventId, Profile, UserId
from resolver.records import UserRecords

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from indexes import Embedder
    from resolver.catalog import Platform
    from resolver.profile import Event

__all__ = ["MIXED", "mixed_examples"]

MIXED = "mixed"
"""What mixed examples are called where a dataset is named."""

_FOLDS = 5


def mixed_examples(
    rows: Sequence[Example],
    embedder: Embedder,
    *,
    of_each: int = 150,
    folds: int = _FOLDS,
    progress: Callable[[int, int], None] | None = None,
) -> list[Example]:
    """Examples of two records each: catalog and log are of both, request, facts and the right tool of the first.

    Both are of one fold and of different groups and catalogs, and every second pair is of one dataset. Which they are
    is drawn by a hash.

    Args:
        rows: What to mix.
        embedder: The one the rows were made with.
        of_each: How many are made from each dataset at most.
        folds: Of the grouped cross-validation whose sides are kept apart.
        progress: Called with how many are made, and of how many.
    """
    from indexes import HybridIndex  # noqa: PLC0415  (heavy)

    drawn: list[Example] = []
    for name in dict.fromkeys(row.dataset for row in rows):
        own = sorted((row for row in rows if row.dataset == name), key=lambda row: _hash(row.id))
        drawn += own[:of_each]
    by_fold: dict[int, list[Example]] = {}
    for row in rows:
        by_fold.setdefault(fold_of(row.group, folds), []).append(row)
    found: list[Example] = []
    for number, row in enumerate(drawn):
        partner = _partner(row, by_fold[fold_of(row.group, folds)], alike=number % 2 == 0)
        if partner is not None:
            catalog = _both(row.cards.catalog, partner.cards.catalog)
            gold = row.cards.catalog.tools[row.gold]
            cards = CatalogIndex(catalog, embedder)
            profile = Profile(user=UserId(row.id), facts=row.linked.facts, events=_events(row, partner))
            found.append(
                Example(
                    id=f"{MIXED}/{row.id}",
                    dataset=MIXED,
                    group=row.group,
                    cards=cards,
                    linked=UserRecords(profile, HybridIndex(embedder)).linked(cards),
                    asked=row.asked,
                    gold=catalog.tools.index(gold),
                )
            )
        if progress:
            progress(number + 1, len(drawn))
    return found


def _partner(row: Example, others: Sequence[Example], *, alike: bool) -> Example | None:
    """Another record whose catalog does another job: none of its tools is the right one's twin by name."""
    name = row.cards.catalog.tools[row.gold].name
    fitting = [
        other
        for other in others
        if other.group != row.group
        and (other.dataset == row.dataset) == alike
        and all(tool.name != name for tool in other.cards.catalog.tools)
    ]
    return min(fitting, key=lambda other: _hash(f"{row.id}/{other.id}"), default=None)


def _both(first: Catalog, second: Catalog) -> Catalog:
    """The platforms and tools of both; what they share is the first's."""
    platforms: dict[str, Platform] = {platform.name: platform for platform in (*second.platforms, *first.platforms)}
    tools = {(tool.platform, tool.name): tool for tool in (*second.tools, *first.tools)}
    return Catalog(platforms=tuple(platforms.values()), tools=tuple(tools.values()))


def _events(row: Example, partner: Example) -> tuple[Event, ...]:
    """The events of both, each in its own order, spread evenly among each other."""
    placed = [
        ((place + 0.5) / len(events), side, event)
        for side, events in enumerate((row.linked.events, partner.linked.events))
        for place, event in enumerate(events)
    ]
    return tuple(
        event.model_copy(update={"id": EventId(f"{side}/{event.id}"), "order": order})
        for order, (_, side, event) in enumerate(sorted(placed, key=lambda one: one[:2]))
    )


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
