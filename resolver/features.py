"""The named features by which candidates are scored, in four groups.

function:  does the tool do what the query asks?
mention:   does the query, or a statement of the user, name the platform?
history:   was the platform used for such things, how often, how was it liked, and was it used last?
affinity:  is the platform like what the user's statements speak of?

Preference is counted, not embedded: similarity only finds what is *about* the query, and a count, an order or a rating
says what is liked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from resolver.actions import action_of_query
from resolver.reading import TYPED_KINDS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from resolver.asking import Asked
    from resolver.cards import CatalogIndex
    from resolver.records import Linked

__all__ = ["FEATURES", "GROUPS", "candidate_features", "shows_a_match"]

GROUPS: Mapping[str, tuple[str, ...]] = {
    "function": (
        "card_dense",
        "card_lexical",
        "name_overlap",
        "same_job",
        "action",
        "spans_fit",
    ),
    "mention": ("mentioned", "stated"),
    "history": (
        "liked",
        "ever_liked",
        "disliked",
        "ever_disliked",
        "used",
        "last_used",
        "only_used",
        "untried",
    ),
    "affinity": ("statement_relevant", "statement_overall", "platform_covered"),
}
FEATURES: tuple[str, ...] = tuple(name for names in GROUPS.values() for name in names)

# A tool is taken for one that could do the job when its function match is within this distance of the best one's.
# In grouped cross-validation half and nearly twice of it changed little.
_SAME_FUNCTION = 0.3
_LIKED = 0.5
# Without any shared word, a best cosine below this is that of two texts about different things (MiniLM): three of 2,075
# public and sample records are below it, and so are questions of general knowledge asked of a catalog of shops.
_RELATED = 0.15
_SUCH_A_JOB = 0.3
_SHARPNESS = 10.0


def candidate_features(cards: CatalogIndex, linked: Linked, asked: Asked) -> NDArray[np.float64]:
    """The features of every tool of a catalog for one query.

    Args:
        cards: The indexed catalog, of ``t`` tools.
        linked: The user's records on it.
        asked: The query.

    Returns:
        ``(t, len(FEATURES)) float64``. Cosines and lexical scores are in [-1, 1], counts are ``log(1 + n)``, the others
        are 0 or 1, or -1 where they speak against.
    """
    home = cards.tool_platform
    columns: dict[str, NDArray[np.float64]] = {}
    _function(columns, cards, linked, asked)
    kinds = [span.kind for span in asked.reading.spans if span.kind in TYPED_KINDS]
    columns["spans_fit"] = cards.fit_of_spans(kinds)
    stances = cards.mentions.find(asked.text)
    mentioned = np.array([float(stances.get(place, 0)) for place in range(len(cards.catalog.platforms))])
    columns["mentioned"] = mentioned[home]
    columns["stated"] = _stated(linked, len(cards.catalog.platforms), asked.vector)[home]
    _history(columns, cards, linked)
    _affinity(columns, cards, linked, asked)
    return np.stack([columns[name] for name in FEATURES], axis=1)


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


def _function(
    columns: dict[str, NDArray[np.float64]],
    cards: CatalogIndex,
    linked: Linked,
    asked: Asked,
) -> None:
    home = cards.tool_platform
    words = frozenset(asked.tokens)
    columns["card_dense"] = (cards.tool_vectors @ asked.vector).astype(np.float64)
    columns["card_lexical"] = cards.tool_lexical(asked.tokens)
    columns["name_overlap"] = np.array(
        [len(stems & words) / len(stems) if stems else 0.0 for stems in cards.name_stems]
    )
    columns["action"] = cards.actions * action_of_query(asked.text)
    # what the log's most similar entries called says which function such a query asks for
    if len(linked.events):
        similar = np.maximum(linked.event_vectors @ asked.vector, 0.0)
        columns["same_job"] = (similar[:, None] * linked.same_name).max(axis=0)
    else:
        columns["same_job"] = np.zeros(len(home))


def _history(columns: dict[str, NDArray[np.float64]], cards: CatalogIndex, linked: Linked) -> None:
    home, size = cards.tool_platform, len(cards.catalog.platforms)
    on_catalog = linked.event_platform >= 0
    platform, rating = linked.event_platform[on_catalog], linked.event_rating[on_catalog]
    unrated = np.isnan(rating)

    def count(chosen: NDArray[np.bool_]) -> NDArray[np.float64]:
        return np.bincount(platform[chosen], minlength=size).astype(np.float64)

    liked, disliked, plain = count(rating > _LIKED), count(rating <= _LIKED), count(unrated)
    ever = liked + disliked + plain > 0
    columns["liked"] = np.log1p(liked)[home]
    columns["ever_liked"] = (liked > 0)[home].astype(np.float64)
    columns["disliked"] = np.log1p(disliked)[home]
    columns["ever_disliked"] = (disliked > 0)[home].astype(np.float64)
    columns["used"] = np.log1p(plain)[home]
    # a preference is one for a function: it says nothing for a platform that could not do this job
    match = columns["card_dense"] + 0.3 * columns["card_lexical"] + 0.3 * columns["name_overlap"]
    able = match >= match.max() - _SAME_FUNCTION
    able_platform = np.zeros(size, dtype=bool)
    able_platform[home[able]] = True
    # order speaks where ratings do not
    known = np.flatnonzero(able_platform & ever)
    last = np.zeros(size)
    if len(known) and unrated.all():
        newest = np.full(size, -1)
        newest[platform] = np.arange(len(platform))  # events are in order, so the last assignment stays
        last[known[np.argmax(newest[known])]] = 1.0
    columns["last_used"] = last[home] * (len(known) > 1)
    columns["only_used"] = last[home] * (len(known) == 1)
    columns["untried"] = (~ever[home] & (len(known) > 0)).astype(np.float64)
    # for every tool of an able platform alike, so that liking and disliking never decide between functions
    for name in GROUPS["history"]:
        columns[name] = np.where(able_platform[home], columns[name], 0.0).astype(np.float64)


def _affinity(
    columns: dict[str, NDArray[np.float64]],
    cards: CatalogIndex,
    linked: Linked,
    asked: Asked,
) -> None:
    home = cards.tool_platform
    columns["statement_relevant"] = columns["statement_overall"] = np.zeros(len(home))
    if linked.statements.any():
        relevance = linked.fact_vectors[linked.statements] @ asked.vector
        weight = np.exp(_SHARPNESS * (relevance - relevance.max()))
        closeness = linked.fact_platform[linked.statements]
        columns["statement_relevant"] = ((weight / weight.sum()) @ closeness).astype(np.float64)[home]
        columns["statement_overall"] = closeness.mean(axis=0).astype(np.float64)[home]
    said = linked.fact_stems.union(asked.tokens)
    columns["platform_covered"] = np.array(
        [sum(weight for stem, weight in rarity.items() if stem in said) for rarity in cards.platform_rarity]
    )[home]
