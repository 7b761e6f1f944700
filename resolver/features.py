"""The named features by which candidates are scored, in four groups.

function:  does the tool do what the query asks? (`resolver.function_match`)
mention:   does the query, or a statement of the user, name the platform?
history:   how was the platform liked, is it still used, was it used last? (`resolver.usage`)
affinity:  is the platform like what the user's statements speak of?

Preference is counted, not embedded: similarity only finds what is *about* the query, and a count, an order or a rating
says what is liked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from resolver.function_match import FUNCTION, ability, function_features
from resolver.usage import HISTORY, usage

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from resolver.asking import Asked
    from resolver.cards import CatalogIndex
    from resolver.entity_model import EntityModel
    from resolver.records import Linked

__all__ = ["FEATURES", "GROUPS", "SIGNALS", "candidate_features", "shows_a_match"]

GROUPS: Mapping[str, tuple[str, ...]] = {
    "function": FUNCTION,
    "mention": ("mentioned", "stated"),
    "history": HISTORY,
    "affinity": ("suits_user", "statement_relevant", "statement_overall", "platform_covered"),
}
SIGNALS: Mapping[str, tuple[str, ...]] = {
    "ratings": ("liked", "ever_liked", "disliked", "ever_disliked"),
    "recency": ("lapsed", "last_used"),
}
"""Parts of groups that can be left out by themselves: how uses were rated, and when they were."""
FEATURES: tuple[str, ...] = tuple(name for names in GROUPS.values() for name in names)

# Without any shared word, a best cosine below this is that of two texts about different things (MiniLM): three of 2,075
# public and sample records are below it, and so are questions of general knowledge asked of a catalog of shops.
_RELATED = 0.15
_SUCH_A_JOB = 0.3
_SHARPNESS = 10.0


def candidate_features(
    cards: CatalogIndex,
    linked: Linked,
    asked: Asked,
    function_weights: NDArray[np.float64],
    *,
    suits: NDArray[np.float64] | None = None,
    entities: EntityModel | None = None,
) -> NDArray[np.float64]:
    """The features of every tool of a catalog for one query.

    Args:
        cards: The indexed catalog, of ``t`` tools.
        linked: The user's records on it.
        asked: The query.
        function_weights: ``(len(FUNCTION),)``, by which the tools are judged when it is asked which platforms are able
            to do the job; only the history of these speaks.
        suits: ``(p,)``, how each platform suits the user, as `resolver.affinity.Affinity.scores` gives it; 0 without.
        entities: As `function_features` takes it.

    Returns:
        ``(t, len(FEATURES)) float64``. Cosines and lexical scores are in [-1, 1], counts are ``log(1 + n)``, the others
        are 0 or 1, or -1 where they speak against.
    """
    home = cards.tool_platform
    function = function_features(cards, linked, asked, entities)
    stances = cards.mentions.find(asked.text)
    size = len(cards.catalog.platforms)
    by_platform = np.column_stack(
        (
            np.array([float(stances.get(place, 0)) for place in range(size)]),
            _stated(linked, size, asked.vector),
            usage(linked, ability(cards, function @ function_weights)),
            np.zeros(size) if suits is None else suits,
            _affinity(cards, linked, asked),
        )
    )
    return np.hstack((function, by_platform[home]))


def shows_a_match(features: NDArray[np.float64]) -> bool:
    """Whether any candidate shows a sign that it could do what the query asks for.

    A sign is a word that the query shares with a tool's card, a card close to it in meaning, a platform it names, or a
    call in the log that did such a job.

    Args:
        features: Those of all candidates, as `candidate_features` gives them.
    """
    best = dict(zip(FEATURES, features.max(axis=0), strict=True))
    return bool(
        best["card_lexical"] > 0.0
        or best["card_dense"] >= _RELATED
        or best["mentioned"] > 0.0
        or best["same_job"] >= _SUCH_A_JOB
    )


def _stated(linked: Linked, size: int, vector: NDArray[np.float32]) -> NDArray[np.float64]:
    """What statements that name a platform say for and against it, by how much they are about the query."""
    favour, against = np.zeros(size), np.zeros(size)
    if len(linked.stated):
        fact, platform, stance = linked.stated.T
        relevance = np.clip(linked.fact_vectors[fact] @ vector, 0.0, 1.0)
        np.maximum.at(favour, platform, relevance * (stance > 0))
        np.maximum.at(against, platform, relevance * (stance < 0))
    return favour - against


def _affinity(cards: CatalogIndex, linked: Linked, asked: Asked) -> NDArray[np.float64]:
    """``(p, 3)``: closeness to the statements that matter, to all of them; rare words of the card that were said."""
    near = np.zeros((2, len(cards.catalog.platforms)))
    if linked.own.any():
        relevance = linked.fact_vectors[linked.own] @ asked.vector
        weight = np.exp(_SHARPNESS * (relevance - relevance.max()))
        closeness = linked.fact_platform[linked.own]
        near[0] = (weight / weight.sum()) @ closeness
        near[1] = closeness.mean(axis=0)
    said = linked.fact_stems.union(asked.tokens)
    covered = [sum(weight for stem, weight in rarity.items() if stem in said) for rarity in cards.platform_rarity]
    return np.column_stack((*near, np.array(covered)))
