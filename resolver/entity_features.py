"""Features of tools by the records that a query speaks of: do they suit the tool, and are they in its state?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from resolver.entity_evidence import TELLING, held_mentions, is_named

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from resolver.asking import Asked
    from resolver.cards import CatalogIndex
    from resolver.entity_mentions import EntityMentions
    from resolver.entity_model import EntityModel
    from resolver.entity_slots import EntityView
    from resolver.records import Linked

__all__ = ["record_features"]

_PARENT = 0.75


def record_features(
    cards: CatalogIndex, linked: Linked, asked: Asked, model: EntityModel
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """What the user's records say of each tool, ``(t,) float64`` each.

    Returns:
        request_lexical: `CatalogIndex.tool_lexical` of the query's words without those that name the user's records,
            in [0, 1); for a user without such records just that of the query.
        state_fit: In [-1, 1], how the state of the records that the query means agrees with the states that the tool
            speaks of: 1 for a tool named after the state that a mentioned order is in, -1 for one named after another
            state of the user's orders, 0 where the query speaks of no record that has a state.
        takes_fit: In [0, 1], of the collections that the query names records of, the share that a parameter asks for
            (three quarters for one that stands in a record that is asked for); 0 where it names none.
    """
    view = linked.entities
    lexical = cards.tool_lexical(view.words.without(asked))
    if not view.entities.all:
        nothing = np.zeros(len(cards.catalog.tools))
        return lexical, nothing, nothing
    mentions = view.read(asked.reading)
    return lexical, _state_fit(cards, view, asked.text, mentions, model), _takes_fit(cards, view, mentions)


def _state_fit(
    cards: CatalogIndex, view: EntityView, text: str, mentions: EntityMentions, model: EntityModel
) -> NDArray[np.float64]:
    fit = np.zeros(len(cards.catalog.tools))
    if not view.with_state:
        return fit
    spoken = is_named(mentions) | (held_mentions(view, mentions) > 0.0) | (mentions.words >= TELLING)
    statuses = view.statuses(cards)
    for members in view.with_state:
        own = list(members)
        if spoken[own].any():
            fit += statuses[:, own] @ model.beliefs(view, text, mentions, own)
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
