"""Features of tools by the records that a query speaks of: do they suit the tool, and are they in its state?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from resolver.entity_evidence import TELLING, held_mentions, is_named
from resolver.entity_model import EntityModel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from resolver.asking import Asked
    from resolver.cards import CatalogIndex
    from resolver.entity_mentions import EntityMentions
    from resolver.entity_slots import EntityView
    from resolver.records import Linked

__all__ = ["record_features", "request_lexical", "state_fit", "takes_fit"]

_PARENT = 0.75


def request_lexical(cards: CatalogIndex, linked: Linked, asked: Asked) -> NDArray[np.float64]:
    """`CatalogIndex.tool_lexical` of the query's words without those that name the user's records.

    Returns:
        ``(t,) float64`` in [0, 1); for a user without such records just that of the query.
    """
    return cards.tool_lexical(linked.entities.words.without(asked))


def state_fit(cards: CatalogIndex, linked: Linked, asked: Asked) -> NDArray[np.float64]:
    """How the state of the records that the query means agrees with the states that each tool speaks of.

    Returns:
        ``(t,) float64`` in [-1, 1]: 1 for a tool named after the state that a mentioned order is in, -1 for one named
        after another state of the user's orders; 0 where the query speaks of no record that has a state.
    """
    view = linked.entities
    return _state_fit(cards, view, asked.text, view.read(asked.reading))


def takes_fit(cards: CatalogIndex, linked: Linked, asked: Asked) -> NDArray[np.float64]:
    """Whether each tool takes the kinds of records that the query speaks of.

    Returns:
        ``(t,) float64`` in [0, 1]: of the collections that the query names records of, the share that a parameter asks
        for (three quarters for one that stands in a record that is asked for); 0 where it names none.
    """
    view = linked.entities
    return _takes_fit(cards, view, view.read(asked.reading))


def record_features(cards: CatalogIndex, linked: Linked, asked: Asked) -> dict[str, NDArray[np.float64]]:
    """`request_lexical`, `state_fit` and `takes_fit` by name, the query being read once."""
    view = linked.entities
    mentions = view.read(asked.reading)
    return {
        "request_lexical": request_lexical(cards, linked, asked),
        "state_fit": _state_fit(cards, view, asked.text, mentions),
        "takes_fit": _takes_fit(cards, view, mentions),
    }


def _state_fit(cards: CatalogIndex, view: EntityView, text: str, mentions: EntityMentions) -> NDArray[np.float64]:
    fit = np.zeros(len(cards.catalog.tools))
    if not view.with_state:
        return fit
    spoken = is_named(mentions) | (held_mentions(view, mentions) > 0.0) | (mentions.words >= TELLING)
    statuses = view.statuses(cards)
    for members in view.with_state:
        own = list(members)
        if spoken[own].any():
            fit += statuses[:, own] @ EntityModel.load().beliefs(view, text, mentions, own)
    clipped: NDArray[np.float64] = np.clip(fit, -1.0, 1.0)
    return clipped


def _takes_fit(cards: CatalogIndex, view: EntityView, mentions: EntityMentions) -> NDArray[np.float64]:
    fit = np.zeros(len(cards.catalog.tools))
    spoken = {view.entities.all[number].collection for number in np.flatnonzero(is_named(mentions)).tolist()}
    if spoken:
        for tool, asked_for in enumerate(view.taken(cards)):
            fit[tool] = sum(_share(own, asked_for) for own in spoken) / len(spoken)
    return fit


def _share(collection: tuple[str, ...], asked_for: frozenset[tuple[str, ...]]) -> float:
    if collection in asked_for:
        return 1.0
    return _PARENT if any(collection[: len(outer)] == outer for outer in asked_for) else 0.0
