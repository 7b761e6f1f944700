"""Does a tool do what is asked for at all? A probability, for callers that would rather be silent than wrong.

A choice is always of the best tool there is, be it ever so bad. Four things tell whether it is good: how close its
card is to the query; how many of the query's words of content, those that are values apart, it speaks of; how much of
its name the query speaks of; and how many of the values it must have the query gives. Words are compared by their
stems and, where the embedding model has token vectors, by what they mean.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np

from indexes import static_of
from resolver.bind import from_query
from resolver.cards import full_card
from resolver.names import words
from resolver.offers import SAID
from resolver.spans import find_words
from resolver.text import says_little

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from indexes import Embedder
    from resolver.asking import Asked
    from resolver.cards import CatalogIndex
    from resolver.models import Models
    from resolver.resolution import Choice
    from resolver.spans import Word

__all__ = ["match_features", "with_match"]


class _Words(NamedTuple):
    """Words of a tool: the stems and vectors of those of its card, and of those of its name."""

    stems: frozenset[str]
    card: NDArray[np.float32]
    name_stems: tuple[str, ...]
    name: NDArray[np.float32]


# of each catalog the words of its tools, as they are asked for
_READ: WeakKeyDictionary[CatalogIndex, dict[int, _Words]] = WeakKeyDictionary()


def with_match(choice: Choice, cards: CatalogIndex, asked: Asked, models: Models) -> Choice:
    """The choice with the probability that its tool does what is asked for, if the models tell of this embedder."""
    if models.match is None or not models.match.knows(cards.embedder):
        return choice
    features = match_features(cards, asked, cards.number(choice.platform, choice.tool), models)
    return choice.model_copy(update={"match": models.match.probability(features)})


def match_features(cards: CatalogIndex, asked: Asked, tool: int, models: Models) -> list[float]:
    """What tells whether a tool does what is asked for, in the order of `resolver.match_model.MATCH_FEATURES`.

    Args:
        cards: The indexed catalog.
        asked: The query.
        tool: The tool's number.
        models: Whose extractor says what in the query is a value.
    """
    found = list(from_query(models, cards, asked, tool))
    parameters = cards.readings(tool)
    required = [reading.parameter.required for reading in parameters]
    given = sum(required[number] for number, _ in found)
    said = _said(asked, [str(offer.value) for _, offer in found if offer.rank <= SAID])
    static = static_of(cards.embedder)
    of_tool = _words_of(cards, tool, static)
    vectors = _vectors([word.text for word in said], static)
    stems = {word.stem for word in said}
    content = [place for place, word in enumerate(said) if not says_little(word)] or list(range(len(said)))
    spoken = _nearest(vectors[content], of_tool.card, [said[place].stem in of_tool.stems for place in content])
    named = _nearest(of_tool.name, vectors, [stem in stems for stem in of_tool.name_stems])
    return [
        float(cards.tool_vectors[tool] @ asked.vector),
        float(spoken.mean()) if len(spoken) else 0.0,
        float(named.mean()) if len(named) else 0.0,
        given / sum(required) if any(required) else 1.0,
    ]


def _said(asked: Asked, values: Sequence[str]) -> list[Word]:
    """The query's words that are no part of a value that it surely says, and no number."""
    text = asked.text.lower()
    taken = []
    for value in filter(None, map(str.lower, values)):
        start = text.find(value)
        if start >= 0:
            taken.append((start, start + len(value)))
    return [
        word
        for word in asked.reading.words
        if word.stem and not word.text[:1].isdigit() and not any(start <= word.start < end for start, end in taken)
    ]


def _words_of(cards: CatalogIndex, tool: int, static: Embedder | None) -> _Words:
    read = _READ.setdefault(cards, {})
    if tool not in read:
        own = cards.catalog.tools[tool]
        card = {word.text.lower(): word.stem for word in find_words(full_card(own)) if word.stem}
        name = {word.text.lower(): word.stem for word in find_words(words(own.name)) if word.stem}
        read[tool] = _Words(
            stems=frozenset(card.values()),
            card=_vectors(list(card), static),
            name_stems=tuple(name.values()),
            name=_vectors(list(name), static),
        )
    return read[tool]


def _vectors(spoken: Sequence[str], static: Embedder | None) -> NDArray[np.float32]:
    """Words as unit vectors ``(n, d)``; of no dimension without token vectors."""
    if static is None or not spoken:
        return np.zeros((len(spoken), 0 if static is None else static.dimension), dtype=np.float32)
    vectors = static.encode([word.lower() for word in spoken])
    unit: NDArray[np.float32] = vectors / (np.linalg.norm(vectors, axis=1, keepdims=True) + 1e-9)
    return unit


def _nearest(ours: NDArray[np.float32], theirs: NDArray[np.float32], same: Sequence[bool]) -> NDArray[np.float64]:
    """Of each of our words how near it comes to one of theirs, in [0, 1]: 1 for the same stem."""
    near = np.array(same, dtype=np.float64)
    if len(ours) and len(theirs):
        near = np.maximum(near, np.clip((ours @ theirs.T).max(axis=1), 0.0, 1.0))
    return near
