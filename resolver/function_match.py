"""Which tools do what the query asks: the features of the group "function", and which platforms could do the job.

Functionally similar tools are found in the catalog itself, by comparing tool cards. They matter twice. A tool whose
like is offered by other platforms too is one that a personalised choice is about (``twin``). And a platform counts as
able when one of its tools matches the query about as well as the best tool does, or is much like one that does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from resolver.actions import action_of_query
from resolver.entity_features import record_features
from resolver.names import is_abbreviation
from resolver.reading import TYPED_KINDS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from resolver.asking import Asked
    from resolver.cards import CatalogIndex
    from resolver.entity_model import EntityModel
    from resolver.records import Linked

__all__ = ["FUNCTION", "ability", "function_features"]

FUNCTION: tuple[str, ...] = (
    "card_dense",
    "card_lexical",
    "name_overlap",
    "same_job",
    "action",
    "spans_fit",
    "needs_named",
    "needs_unnamed",
    "twin",
    "name_twin",
    "state_fit",
    "takes_fit",
)

# What a difference in meaning (1 - cosine of two tool cards) costs in the score of a function match; 2 to 4 did alike
# in grouped cross-validation.
_DIFFERENCE = 3.0
_BEST = 32


def function_features(
    cards: CatalogIndex, linked: Linked, asked: Asked, entities: EntityModel | None = None
) -> NDArray[np.float64]:
    """How well every tool of a catalog does what a query asks.

    Args:
        cards: The indexed catalog, of ``t`` tools.
        linked: The user's records on it.
        asked: The query.
        entities: What tells which of the user's records a query means; without, these say nothing.

    Returns:
        ``(t, len(FUNCTION)) float64``, columns as named there: cosine of query and card; BM25; share of the tool's name
        in the query; similarity to what the log's most alike entries called; whether both look up (or both act); how
        well the query's typed spans suit the parameters; ``log(1 + n)`` of required parameters that the query names and
        of those it does not; similarity (cosine of cards, overlap of names) to the likest tool of another platform; and
        what the user's records say (`resolver.entity_features`).
    """
    words = frozenset(asked.tokens)
    kinds = [span.kind for span in asked.reading.spans if span.kind in TYPED_KINDS]
    named, unnamed = _needs(cards, asked.reading.stems)
    nothing = np.zeros(len(cards.catalog.tools))
    lexical, state_fit, takes_fit = (
        record_features(cards, linked, asked, entities)
        if entities
        else (cards.tool_lexical(asked.tokens), nothing, nothing)
    )
    columns = (
        (cards.tool_vectors @ asked.vector).astype(np.float64),
        lexical,
        np.array([len(stems & words) / len(stems) if stems else 0.0 for stems in cards.name_stems]),
        _same_job(linked, asked.vector),
        cards.actions * action_of_query(asked.text),
        cards.fit_of_spans(kinds),
        np.log1p(named),
        np.log1p(unnamed),
        *cards.twins,
        state_fit,
        takes_fit,
    )
    return np.stack(columns, axis=1)


def ability(cards: CatalogIndex, scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """How able each platform is to do the job, 1 for that of the best tool.

    ``max over pairs of tools (t of the platform, u of any) of exp(score_u - best - 3 (1 - cos(t, u)))``: a tool that is
    much like the best one is as able as that, whatever small words tell their cards apart.

    Args:
        cards: The indexed catalog of ``p`` platforms.
        scores: ``(t,)``, the function match of every tool, in the units of a log-probability.

    Returns:
        ``(p,) float64`` in (0, 1]; 0 for a platform without tools.
    """
    best = np.argsort(-scores, kind="stable")[:_BEST]
    likeness = cards.tool_vectors @ cards.tool_vectors[best].T
    reached = (scores[best] - scores.max() - _DIFFERENCE * (1.0 - likeness)).max(axis=1)
    able = np.zeros(len(cards.catalog.platforms))
    np.maximum.at(able, cards.tool_platform, np.exp(np.minimum(reached, 0.0)))
    return able


def _same_job(linked: Linked, vector: NDArray[np.float32]) -> NDArray[np.float64]:
    """What the log's most similar entries called says which function such a query asks for."""
    if not len(linked.events):
        return np.zeros(linked.same_name.shape[1])
    similar = np.maximum(linked.event_vectors @ vector, 0.0)
    best: NDArray[np.float64] = (similar[:, None] * linked.same_name).max(axis=0)
    return best


def _needs(cards: CatalogIndex, said: frozenset[str]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How many required parameters of each tool the query names, and how many it does not, ``(t,)`` each."""
    named, every = np.zeros((2, len(cards.catalog.tools)))
    found: dict[frozenset[str], bool] = {}
    for tool, required in enumerate(cards.required_cues):
        every[tool] = len(required)
        for cues in required:
            if cues not in found:
                found[cues] = bool(cues & said) or any(is_abbreviation(stem, cues) for stem in said)
            named[tool] += found[cues]
    return named, every - named
