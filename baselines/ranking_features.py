"""What a chooser may see of each tool of a case: retrieval scores, and counts of the behaviour log.

These are the signals that any rival has at hand, none of them learned: no head of the resolver is among them. Each is
given as it is and, where its scale depends on the record, against the record's best tool too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from baselines.standing import LIKED, fit_to_query, log_standing

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from baselines.retrieval import CardSearch
    from baselines.workbench import Desk

__all__ = ["RANKING_FEATURES", "ranking_features"]

_GATE = 0.5
_NEAREST = 5
"""How many facts near the query stand for the profile."""

_GATED = ("liked", "disliked", "used", "recent", "similar")
_RELATIVE = (
    "fit",
    "bm25",
    "dense",
    "card_bm25",
    "card_dense",
    "platform_dense",
    "profile_platform",
    "nearest_platform",
    "nearest_tool",
)
RANKING_FEATURES: tuple[str, ...] = (
    *_RELATIVE,
    *(f"{name}_from_best" for name in _RELATIVE),
    *(
        "fit_rank",
        "bm25_rank",
        "dense_rank",
        "gated",
        "named",
        "name_overlap",
        "stated_for",
        "stated_against",
        "tool_used",
    ),
    *("mean_rating", "never_used", *_GATED),
    *(f"{name}_of_gated" for name in _GATED),
    *("any_used_of_gated", "log_rated", "log_length", "tools", "tools_gated"),
)
"""The features, in the order of the columns of `ranking_features`."""


def ranking_features(desk: Desk, search: CardSearch) -> NDArray[np.float64]:
    """The features of every tool of a case, ``(t, len(RANKING_FEATURES)) float64``; all are finite."""
    cards, linked, asked = desk.cards, desk.linked, desk.asked
    home, tools = cards.tool_platform, len(cards.catalog.tools)
    retrieved = _retrieved(desk, search)
    columns = {**retrieved, **{f"{name}_from_best": retrieved[name] - retrieved[name].max() for name in _RELATIVE}}
    for name in ("fit", "bm25", "dense"):
        columns[f"{name}_rank"] = 1.0 / (1.0 + (retrieved[name][:, None] < retrieved[name]).sum(axis=1))
    gated = retrieved["fit"] >= _GATE * retrieved["fit"].max()
    columns["gated"] = gated
    stances = cards.mentions.find(asked.text)
    columns["named"] = np.array([stances.get(place, 0) for place in range(len(cards.catalog.platforms))])[home]
    said = frozenset(asked.tokens)
    columns["name_overlap"] = np.array([len(stems & said) / max(len(stems), 1) for stems in cards.name_stems])
    columns["stated_for"], columns["stated_against"] = _stated(desk)[:, home]
    columns["tool_used"] = np.log1p(np.bincount(linked.event_tool[linked.event_tool >= 0], minlength=tools))
    standing = log_standing(desk)
    columns["mean_rating"] = np.where(np.isnan(standing.mean_rating), LIKED, standing.mean_rating)[home]
    columns["never_used"] = (standing.used == 0.0)[home]
    columns["liked"], columns["disliked"] = np.log1p(standing.liked)[home], np.log1p(standing.disliked)[home]
    columns["used"], columns["recent"] = np.log1p(standing.used)[home], standing.last[home] / max(len(linked.events), 1)
    columns["similar"] = _similar(desk)[home]
    for name in _GATED:
        best = columns[name][gated].max(initial=0.0)
        columns[f"{name}_of_gated"] = np.where(gated, columns[name], 0.0) / best if best > 0.0 else np.zeros(tools)
    columns["any_used_of_gated"] = np.full(tools, (standing.used[home][gated] > 0.0).any())
    columns["log_rated"] = np.full(tools, not np.isnan(linked.event_rating).all())
    columns["log_length"] = np.full(tools, np.log1p(len(linked.events)))
    columns["tools"], columns["tools_gated"] = np.full(tools, np.log(tools)), np.full(tools, np.log1p(gated.sum()))
    return np.stack([np.asarray(columns[name], dtype=np.float64) for name in RANKING_FEATURES], axis=1)


def _retrieved(desk: Desk, search: CardSearch) -> dict[str, NDArray[np.float64]]:
    """Scores of the tools for the query, and of tools and platforms for the profile, ``(t,)`` each."""
    cards, linked, vector = desk.cards, desk.linked, desk.asked.vector
    home, tools = cards.tool_platform, len(cards.catalog.tools)
    near_platform, near_tool, profile = np.zeros(tools), np.zeros(tools), np.zeros(tools)
    if len(linked.facts):
        nearest = np.argsort(-(linked.fact_vectors @ vector), kind="stable")[:_NEAREST]
        near_platform = linked.fact_platform[nearest].mean(axis=0)[home]
        near_tool = (cards.tool_vectors @ linked.fact_vectors[nearest].T).mean(axis=1)
        profile = linked.fact_platform.mean(axis=0)[home]
    return {
        "fit": fit_to_query(desk, search),
        "bm25": cards.tool_lexical(desk.asked.tokens),
        "card_bm25": search.scores(desk, "lexical"),
        "card_dense": search.scores(desk, "dense"),
        "dense": (cards.tool_vectors @ vector).astype(np.float64),
        "platform_dense": (cards.platform_vectors @ vector).astype(np.float64)[home],
        "profile_platform": profile.astype(np.float64),
        "nearest_platform": near_platform.astype(np.float64),
        "nearest_tool": near_tool.astype(np.float64),
    }


def _stated(desk: Desk) -> NDArray[np.float64]:
    """``(2, p)``, how many statements name each platform for it, and against it."""
    stated = np.zeros((2, len(desk.cards.catalog.platforms)))
    for _, platform, stance in desk.linked.stated:
        stated[0 if stance > 0 else 1, platform] += 1.0
    return stated


def _similar(desk: Desk) -> NDArray[np.float64]:
    """``(p,)``, cosine of the query and the nearest use of each platform; 0 for one that was not used."""
    linked = desk.linked
    similar = np.zeros(len(desk.cards.catalog.platforms))
    if len(linked.events):
        near = np.clip(linked.event_vectors @ desk.asked.vector, 0.0, None)
        known = linked.event_platform >= 0
        np.maximum.at(similar, linked.event_platform[known], near[known].astype(np.float64))
    return similar
