"""The catalog, indexed: what is computed once for all queries on it."""

from __future__ import annotations

import math
from collections import Counter
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from indexes import LexicalIndex, analyse, static_of
from resolver.actions import action_of_tool
from resolver.affinity import masked_description
from resolver.coerce import stems
from resolver.mentions import Mentions
from resolver.names import key, words
from resolver.policy_book import PolicyBook
from resolver.reading import TYPED_KINDS, parameter_card, read_tool
from resolver.senses import Sense
from resolver.value_sets import read_value_sets

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from indexes import Embedder
    from resolver.catalog import Catalog, Tool
    from resolver.profile import Event
    from resolver.reading import ParameterReading
    from resolver.senses import SenseModel
    from resolver.spans import SpanKind
    from resolver.value_sets import ValueSet

__all__ = ["CatalogIndex", "first_sentence", "full_card"]


# A best score far below this, the weight of one middling word, is hardly a match and must not look like a full one.
# Dividing by the best alone, as is usual, was a little worse in cross-validation.
_PSEUDO_SCORE = 4.0
_BLOCK = 512


class CatalogIndex:
    """Tool and platform cards of one catalog as vectors and words.

    Attributes:
        catalog: The catalog.
        embedder: What made the vectors.
        tool_vectors: ``(t, d) float32``, one row for each tool card.
        platform_vectors: ``(p, d) float32``, one row for each platform's name and description.
        described: ``(p, d) float32``, one row for each platform's description, its name masked; 0 without one.
        embedder: What made the vectors.
        tool_platform: ``(t,) int64``, the platform of each tool.
        actions: ``(t,) float64``, whether each tool looks something up (1) or does something (-1).
        platform_rarity: For each platform the stems of its card with their share of the card's rarity, adding up to 1.
    """

    def __init__(self, catalog: Catalog, embedder: Embedder) -> None:
        self.catalog = catalog
        self.embedder = embedder
        names = [platform.name for platform in catalog.platforms]
        self.platform_number = {name: number for number, name in enumerate(names)}
        self.tool_platform = np.array([self.platform_number[tool.platform] for tool in catalog.tools], dtype=np.int64)
        platform_cards = [f"{platform.name}. {platform.description}".strip() for platform in catalog.platforms]
        described = [masked_description(platform) for platform in catalog.platforms]
        texts = [*(tool.card for tool in catalog.tools), *platform_cards, *filter(None, described)]
        vectors = embedder.encode(texts)
        self.tool_vectors: NDArray[np.float32] = vectors[: len(catalog.tools)]
        self.platform_vectors: NDArray[np.float32] = vectors[len(catalog.tools) : len(catalog.tools) + len(names)]
        self.described = np.zeros((len(names), vectors.shape[1]), dtype=np.float32)
        self.described[list(map(bool, described))] = vectors[len(catalog.tools) + len(names) :]
        self.name_stems = [frozenset(analyse(words(tool.name))) for tool in catalog.tools]
        self.platform_stems = [frozenset(analyse(words(name))) for name in names]
        self.actions = np.array([action_of_tool(tool.name) for tool in catalog.tools], dtype=np.float64)
        self.mentions = Mentions(names)
        self._value_sets: dict[int, tuple[ValueSet, ...]] = {}
        self._readings: dict[int, tuple[ParameterReading, ...]] = {}
        self._parameter_vectors: dict[int, NDArray[np.float32]] = {}
        self._senses: dict[tuple[int, SenseModel], Sense | None] = {}
        self.platform_rarity = _rarity([frozenset(stems(card)) for card in platform_cards])
        self._tools_lexical = _lexical([full_card(tool) for tool in catalog.tools])
        self._numbers = {(tool.platform, tool.name): number for number, tool in enumerate(catalog.tools)}
        self._by_key: dict[tuple[str, str], int] = {}
        self._by_tool_key: dict[str, list[int]] = {}
        for number, tool in enumerate(catalog.tools):
            self._by_key.setdefault((key(tool.platform), key(tool.name)), number)
            self._by_tool_key.setdefault(key(tool.name), []).append(number)
        self._platform_by_key = {key(name): number for name, number in reversed(self.platform_number.items())}

    @cached_property
    def policies(self) -> PolicyBook:
        """The rules of the platforms' policies, read at the first query that needs them."""
        return PolicyBook(self.catalog, self.embedder)

    def number(self, platform: str, tool: str) -> int:
        """The number of a tool of the catalog, by its exact names."""
        return self._numbers[platform, tool]

    def common_stems(self, tool: int) -> frozenset[str]:
        """The stems of the names of a tool and its platform: words that are no value of its parameters."""
        return self.name_stems[tool] | self.platform_stems[int(self.tool_platform[tool])]

    def readings(self, tool: int) -> tuple[ParameterReading, ...]:
        """What each parameter of a tool asks for, read once."""
        if tool not in self._readings:
            self._readings[tool] = read_tool(self.catalog.tools[tool])
        return self._readings[tool]

    def value_sets(self, tool: int) -> tuple[ValueSet, ...]:
        """What the closed sets of a tool's parameters offer, as vectors; made once."""
        if tool not in self._value_sets:
            self._value_sets[tool] = read_value_sets(self.catalog.tools[tool], self.embedder)
        return self._value_sets[tool]

    def parameter_vectors(self, tool: int) -> NDArray[np.float32]:
        """The embeddings of name and description of each parameter of a tool, ``(p, d) float32``, made once."""
        if tool not in self._parameter_vectors:
            described = [parameter_card(parameter) for parameter in self.catalog.tools[tool].parameters]
            self._parameter_vectors[tool] = self.embedder.encode(described)
        return self._parameter_vectors[tool]

    def sense(self, tool: int, model: SenseModel | None) -> Sense | None:
        """What words mean for the parameters of a tool; None where the model knows nothing of them."""
        if model is None or not model.knows(self.embedder) or not self.catalog.tools[tool].parameters:
            return None
        if (tool, model) not in self._senses:
            vectors = self.parameter_vectors(tool)
            familiar = model.familiar(vectors)
            tokens = static_of(self.embedder) if familiar.any() else None
            self._senses[tool, model] = None if tokens is None else Sense(model, tokens, vectors, familiar)
        return self._senses[tool, model]

    def fit_of_spans(self, kinds: Sequence[SpanKind]) -> NDArray[np.float64]:
        """How well the typed spans of a query suit each tool: the mean over the spans of the best parameter's suit.

        Returns:
            ``(t,) float64`` in [0, 1]; 0 without spans.
        """
        if not kinds:
            return np.zeros(len(self.catalog.tools))
        means: NDArray[np.float64] = self._suits[:, [TYPED_KINDS.index(kind) for kind in kinds]].mean(axis=1)
        return means

    @cached_property
    def _suits(self) -> NDArray[np.float64]:
        suits = np.zeros((len(self.catalog.tools), len(TYPED_KINDS)))
        for tool in range(len(self.catalog.tools)):
            for reading in self.readings(tool):
                suits[tool] = np.maximum(suits[tool], [reading.suits.get(kind, 0.0) for kind in TYPED_KINDS])
        return suits

    @cached_property
    def required_cues(self) -> tuple[tuple[frozenset[str], ...], ...]:
        """For each tool what its required parameters are called: the telling stems of each."""
        return tuple(
            tuple(reading.cues for reading in self.readings(tool) if reading.parameter.required)
            for tool in range(len(self.catalog.tools))
        )

    @cached_property
    def twins(self) -> NDArray[np.float64]:
        """``(2, t)``: likeness of each tool to the likest one of another platform, of their cards and of their names.

        Cosine of the cards, and common stems of the names over all of theirs; 0 where there is no other platform.
        """
        return _twins(self.tool_vectors, self.name_stems, self.tool_platform)

    def tool_lexical(self, tokens: list[str]) -> NDArray[np.float64]:
        """BM25 ``s`` of the query's tokens on every tool card as ``s / (best + 4)``, ``(t,) float64`` in [0, 1)."""
        return _scores(self._tools_lexical, tokens, len(self.catalog.tools))

    def link(self, event: Event) -> tuple[int, int]:
        """The numbers of the platform and tool that an Event used, -1 for each that is not in the catalog.

        Names are compared as `resolver.names.key`. An Event that names no platform is linked by its tool where only one
        platform has that, else by the platforms its text mentions, if that is one.
        """
        tool_key = key(event.tool) if event.tool else None
        if event.platform is None:
            homes = self._by_tool_key.get(tool_key, []) if tool_key else []
            mentioned = [place for place, stance in self.mentions.find(event.text).items() if stance > 0]
            if len(homes) == 1:
                return int(self.tool_platform[homes[0]]), homes[0]
            if len(mentioned) != 1:
                return -1, -1
            platform = mentioned[0]
        else:
            platform = self._platform_by_key.get(key(event.platform), -1)
            if platform < 0:
                return -1, -1
        name = key(self.catalog.platforms[platform].name)
        return platform, self._by_key.get((name, tool_key), -1) if tool_key else -1


def first_sentence(text: str) -> str:
    """The first sentence of a description."""
    return text.partition(". ")[0]


def full_card(tool: Tool) -> str:
    """The words a tool can be found by: its card, and its parameters with descriptions and closed values."""
    parameters = (
        " ".join((words(parameter.name), parameter.description, *map(str, parameter.enum)))
        for parameter in tool.parameters
    )
    return " ".join((words(tool.card), *parameters))


def _rarity(cards: list[frozenset[str]]) -> list[dict[str, float]]:
    found_in = Counter(stem for card in cards for stem in card)
    weighed = [{stem: math.log((len(cards) + 1) / found_in[stem]) for stem in sorted(card)} for card in cards]
    return [
        {stem: weight / total for stem, weight in card.items()} if (total := sum(card.values())) > 0.0 else {}
        for card in weighed
    ]


def _twins(
    vectors: NDArray[np.float32], names: list[frozenset[str]], platform: NDArray[np.int64]
) -> NDArray[np.float64]:
    best = np.zeros((2, len(names)))
    every = sorted(frozenset().union(*names))
    place = {stem: number for number, stem in enumerate(every)}
    words = np.zeros((len(names), len(every)), dtype=np.float32)
    for number, name in enumerate(names):
        words[number, [place[stem] for stem in name]] = 1.0
    sizes = words.sum(axis=1)
    for start in range(0, len(names), _BLOCK):
        rows = slice(start, start + _BLOCK)
        other = platform[rows, None] != platform[None, :]
        shared = words[rows] @ words.T
        joined = np.maximum(sizes[rows, None] + sizes[None, :] - shared, 1.0)
        best[0, rows] = np.where(other, vectors[rows] @ vectors.T, 0.0).max(axis=1)
        best[1, rows] = np.where(other, shared / joined, 0.0).max(axis=1)
    return best


def _lexical(texts: list[str]) -> LexicalIndex:
    index = LexicalIndex()
    if texts:
        index.add([str(number) for number in range(len(texts))], texts)
    return index


def _scores(index: LexicalIndex, tokens: list[str], size: int) -> NDArray[np.float64]:
    scores = np.zeros(size)
    if size and tokens:
        for found in index.search_tokens(tokens, size):
            scores[int(found.id)] = found.score
        scores /= scores.max() + _PSEUDO_SCORE
    return scores
