"""A search over records that were read for this one query: nothing is kept, and the ranking is that of an index."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from indexes.bm25 import scores_once
from indexes.dense import DenseIndex
from indexes.hybrid import alone, fused, pool_of
from indexes.lexical import best_hits

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from indexes.hits import FusedHit
    from indexes.hybrid import Fusion
    from indexes.stores.contract import Search

__all__ = ["Block", "search_block", "stacked"]


class Block(NamedTuple):
    """Records of one user, oldest first.

    Attributes:
        ids: Their ids.
        vectors: ``(n, d) float32``.
        tokens: What `indexes.analyse` gives of each.
    """

    ids: Sequence[str]
    vectors: NDArray[np.float32]
    tokens: Sequence[Sequence[str]]


def search_block(block: Block, search: Search, *, fusion: Fusion, weights: Mapping[str, float]) -> list[FusedHit]:
    """The best records for a query, exactly as a `HybridIndex` of the same records ranks them.

    ``as_of`` is not looked at: what does not hold is not in the block.
    """
    if not block.ids:
        return []
    pool = pool_of(search.k, search.mode)
    dense = lexical = None
    if search.vector is not None:
        index = DenseIndex(block.vectors.shape[1])
        index.add(block.ids, block.vectors)
        dense = index.search(search.vector, pool)
    if search.tokens is not None:
        lexical = best_hits(scores_once(block.tokens, search.tokens), block.ids, pool)
    if dense is None or lexical is None:
        return alone((dense if lexical is None else lexical) or [], search.mode)
    recency = {key: place for place, key in enumerate(block.ids)}
    return fused(dense, lexical, search.k, fusion=fusion, weights=weights, recency=recency)


def stacked(rows: Sequence[NDArray[np.float32]], dimension: int) -> NDArray[np.float32]:
    """Rows as ``(n, d) float32``, also where there is none."""
    return np.stack(rows) if rows else np.zeros((0, dimension), dtype=np.float32)
