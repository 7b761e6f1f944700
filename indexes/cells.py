"""Rows of a dense index in cells, so that a search need not read them all: an inverted file."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Any

import faiss
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["Cells"]

_SEED = 20_240
_ROUNDS = 6  # of k-means; more rounds on a larger sample find hardly more of the nearest, in many times the time
_SAMPLE = 32  # rows by cell from which the centres are found


class Cells:
    """Which cell each row is in: that of the centre with the largest inner product.

    Args:
        centres: ``(c, d) float32``.
        cell_of: ``(n,)``, the cell of each row.
    """

    def __init__(self, centres: NDArray[np.float32], cell_of: NDArray[np.int64]) -> None:
        self.centres = centres
        self._quantiser = faiss.IndexFlatIP(centres.shape[1])
        self._quantiser.add(centres)
        self._cell_of = array("q", cell_of.astype(np.int64).tobytes())
        order = np.argsort(cell_of, kind="stable")
        ends = np.cumsum(np.bincount(cell_of, minlength=len(centres)))
        self._rows = [array("q", part.astype(np.int64).tobytes()) for part in np.split(order, ends[:-1])]

    @classmethod
    def found(cls, vectors: NDArray[np.float32], count: int) -> Cells:
        """Cells found from vectors by spherical k-means, with a fixed seed.

        Args:
            vectors: ``(n, d) float32``, the rows.
            count: How many cells, at most ``n``.
        """
        kmeans = faiss.Kmeans(
            vectors.shape[1],
            count,
            niter=_ROUNDS,
            seed=_SEED,
            spherical=True,
            min_points_per_centroid=1,
            max_points_per_centroid=_SAMPLE,
        )
        kmeans.train(vectors)
        centres: Any = kmeans.centroids
        cells = cls(centres, np.zeros(0, dtype=np.int64))
        return cls(centres, cells._nearest(vectors))

    @property
    def cell_of(self) -> NDArray[np.int64]:
        """A copy: the cell of each row, ``(n,)``."""
        return np.array(self._cell_of, dtype=np.int64)

    def append(self, vectors: NDArray[np.float32]) -> None:
        """Put new rows into their cells."""
        for cell in self._nearest(vectors).tolist():
            self._rows[cell].append(len(self._cell_of))
            self._cell_of.append(cell)

    def move(self, rows: Sequence[int], vectors: NDArray[np.float32]) -> None:
        """Put rows whose vectors have changed into their cells."""
        for row, cell in zip(rows, self._nearest(vectors).tolist(), strict=True):
            self._rows[self._cell_of[row]].remove(row)
            self._rows[cell].append(row)
            self._cell_of[row] = cell

    def drop(self, row: int) -> None:
        """Take a row away; the last one gets its number."""
        last = len(self._cell_of) - 1
        self._rows[self._cell_of[row]].remove(row)
        cell = self._cell_of.pop()
        if row != last:
            self._rows[cell].remove(last)
            self._rows[cell].append(row)
            self._cell_of[row] = cell

    def near(self, query: NDArray[np.float32], *, cells: int, rows: int) -> NDArray[np.int64] | None:
        """The rows in the cells nearest to a query.

        Args:
            query: ``(1, d) float32``.
            cells: How many cells at least.
            rows: How many rows at least.

        Returns:
            The rows in no order, or None where it would take more than half of the cells.
        """
        most = len(self.centres) // 2
        if most < cells:
            return None
        _, nearest = self._quantiser.search(query, most)
        parts: list[array[int]] = []
        size = 0
        for cell in nearest[0].tolist():
            if cell < 0:  # an inner product that overflowed
                return None
            parts.append(self._rows[cell])
            size += len(self._rows[cell])
            if len(parts) >= cells and size >= rows:
                return np.concatenate([np.frombuffer(part, dtype=np.int64) for part in parts if part])
        return None

    def _nearest(self, vectors: NDArray[np.float32]) -> NDArray[np.int64]:
        if not len(vectors):
            return np.zeros(0, dtype=np.int64)
        _, cells = self._quantiser.search(np.ascontiguousarray(vectors), 1)
        found: NDArray[np.int64] = np.maximum(cells[:, 0], 0)  # -1 where an inner product overflowed: any cell will do
        return found
