"""Baselines that retrieve the tool for the query and know no preference."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from baselines.workbench import WorkbenchSystem

if TYPE_CHECKING:
    from baselines.case import Case, Prediction
    from baselines.workbench import Workbench
    from indexes import HybridIndex
    from resolver.cards import CatalogIndex
    from resolver.catalog import Tool

__all__ = ["RetrievalSystem"]

Mode = Literal["lexical", "dense", "hybrid"]
_NAMES: dict[Mode, str] = {"lexical": "bm25", "dense": "dense", "hybrid": "hybrid"}


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
        self._indexed: tuple[CatalogIndex, HybridIndex] | None = None

    def predict(self, case: Case) -> Prediction:
        """Answer one case."""
        desk = self._workbench.lay_out(case)
        if not desk.cards.catalog.tools:
            return self._workbench.answer(case, desk, None)
        index = self._index(desk.cards)
        found = index.search(desk.asked.text, 1, vector=desk.asked.vector, tokens=desk.asked.tokens, mode=self._mode)
        # a query that shares no word with any card leaves BM25 without an answer: it takes the first tool
        return self._workbench.answer(case, desk, int(found[0].id) if found else 0)

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
