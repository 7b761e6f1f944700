"""Offers: the values that the sources have for a parameter, and which of them is bound."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from resolver.resolution import Binding, BindingSource

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic import JsonValue

    from resolver.applying import Applied

__all__ = ["BY_DEFAULT", "KNOWN", "MEANT", "PERHAPS_SAID", "SAID", "USED", "Offer", "binding_of", "in_order"]

MEANT, SAID, USED, KNOWN, PERHAPS_SAID, BY_DEFAULT = range(6)
"""Ranks of offers, lowest first: what the query's words mean, surely say, the log holds, the profile holds, the query
perhaps says, and what is assumed."""

_MOST_ALTERNATIVES = 3


class Offer(NamedTuple):
    """A value for a parameter. Of several the one of the lowest rank is bound, then that of the highest confidence.

    ``applied`` is what a standing instruction set, where the offer is that.
    """

    rank: int
    value: JsonValue
    source: BindingSource
    confidence: float
    reason: str
    evidence: tuple[str, ...]
    applied: Applied | None = None


def in_order(offers: Sequence[Offer]) -> list[Offer]:
    """Offers for one parameter, the one that is bound first."""
    return sorted(offers, key=lambda offer: (offer.rank, -offer.confidence))


def binding_of(name: str, offers: Sequence[Offer]) -> Binding:
    """The offer of the lowest rank, of several the surest; the others are what lost."""
    best, *lost = in_order(offers)
    return Binding(
        name=name,
        value=best.value,
        source=best.source,
        confidence=round(min(best.confidence, 0.99), 4),
        reason=best.reason,
        evidence=best.evidence,
        alternatives=tuple((offer.value, offer.source) for offer in lost[:_MOST_ALTERNATIVES]),
    )
