"""Baselines that retrieve the tool for the query and know no preference."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from baselines.workbench import WorkbenchSystem

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from baselines.case import Case, Prediction
    from baselines.workbench import Desk, Workbench
    from indexes import HybridIndex
    from resolver.cards import CatalogIndex
    from resolver.catalog import Tool

__all__ = ["CardSearch", "RetrievalSystem"]

Mode = Literal["lexical", "dense", "hybrid"]
_NAMES: dict[Mode, str] = {"lexical": "bm25", "dense": "dense", "hybrid": "hybrid"}


class CardSearch:
    """Search among the tools of a case by their cards, a card being the platform's and the tool's texts together.

    Args:
        workbench: Makes the index; that of the last catalog is kept.
    """

    def __init__(self, workbench: Workbench) -> None:
        self._workbench = workbench
        self._indexed: tuple[CatalogIndex, HybridIndex] | None = None

    def best(self, desk: Desk, mode: Mode) -> int:
        """The number of the tool that is nearest to the query."""
        asked = desk.asked
        found = self._index(desk.cards).search(asked.text, 1, vector=asked.vector, tokens=asked.tokens, mode=mode)
        # a query that shares no word with any card leaves BM25 without an answer: it takes the first tool
        return int(found[0].id) if found else 0

    def scores(self, desk: Desk, mode: Mode) -> NDArray[np.float64]:
        """The scores of all tools, ``(t,)``; 0 for one that is not found."""
        asked = desk.asked
        scores = np.zeros(len(desk.cards.catalog.tools))
        index = self._index(desk.cards)
        for found in index.search(asked.text, len(scores), vector=asked.vector, tokens=asked.tokens, mode=mode):
            scores[int(found.id)] = found.score
        return scores

    def _index(self, cards: CatalogIndex) -> HybridIndex:
        if self._indexed is None or self._indexed[0] is not cards:
            index = self._workbench.new_index()
            tools = cards.catalog.tools
            index.add([str(number) for number in range(len(tools))], [self._card(cards, tool) for tool in tools])
            self._indexed = (cards, index)
        return self._indexed[1]

    @staticmethod
    def _card(cards: CatalogIndex, tool: Tool) -> str:
        platform = cards.catalog.platforms[cards.platform_number[tool.platform]]
        return f"{platform.name}. {platform.description} {tool.card}"


class RetrievalSystem(WorkbenchSystem):
    """The tool whose card is nearest to the query, the card being the platform's and the tool's texts together.

    Args:
        workbench: Shared caches.
        mode: ``lexical`` (BM25), ``dense`` (cosine), or ``hybrid`` (both, fused as the resolver fuses evidence).
    """

    def __init__(self, workbench: Workbench, mode: Mode) -> None:
        super().__init__(workbench)
        self.name = _NAMES[mode]
        self._mode: Mode = mode
        self._search = CardSearch(workbench)

    def predict(self, case: Case) -> Prediction:
        """Answer one case."""
        desk = self._workbench.lay_out(case)
        if not desk.cards.catalog.tools:
            return self._workbench.answer(case, desk, None)
        return self._workbench.answer(case, desk, self._search.best(desk, self._mode))
