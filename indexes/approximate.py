"""Nearest neighbours among very many vectors: a tenth of them is read, and nearly all of the nearest are found."""

from __future__ import annotations

from math import isqrt
from typing import TYPE_CHECKING, Any, ClassVar

import faiss
import numpy as np

from indexes.cells import Cells
from indexes.dense import DenseIndex
from indexes.hits import Hit
from indexes.saving import Content

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray
    from typing_extensions import Self

__all__ = ["APPROXIMATE_ABOVE", "ApproximateIndex"]

APPROXIMATE_ABOVE = 20_000
"""Vectors up to which all are read."""
_SHARE = 10  # one cell of so many is looked into
_ROWS_BY_HIT = 20  # at least so many rows are read for each hit that is asked for
_CHANGED = 4  # the cells are found anew when one row of so many has changed since


class ApproximateIndex(DenseIndex):
    """A `DenseIndex` that does not read all of its vectors, once they are many.

    Up to a size it is a `DenseIndex`. Above, the first search sorts the vectors into cells around centres, and lays
    those of a cell side by side; a search then reads the tenth of the cells that is nearest to the query. (This is an
    inverted file as FAISS's ``IndexIVFFlat``, without a second copy of the vectors.) Later vectors go to the nearest
    cell at once, deleted ones leave theirs. When a quarter has changed, the next search finds the cells anew.

    A hit has the score that the exact search gives it, to the last bit, and equal scores are newest first; what may
    differ is that a hit is missing; how often, ``profile-bench bench-store`` measures. The cells depend on what was
    there when they were found, and with more than one thread on the last bits of sums, so that two indexes of the same
    vectors may miss different hits; one that is saved and loaded misses the same. Where many hits are asked for (more
    than one in fifty or so), all vectors are read.

    Args:
        dimension: Length of the vectors, at least 1.
        above: How many vectors are searched exactly.

    Raises:
        ValueError: The dimension is below 1, or ``above`` below 0.
    """

    _kind: ClassVar[str] = "approximate"

    def __init__(self, dimension: int, *, above: int = APPROXIMATE_ABOVE) -> None:
        super().__init__(dimension)
        if above < 0:
            raise ValueError(f"above must be 0 or more, got {above}")
        self.above = above
        self._cells: Cells | None = None
        self._changes = 0

    def search(self, vector: ArrayLike, k: int) -> list[Hit]:
        """About the ``k`` ids whose vectors have the largest inner product with ``vector``; see `DenseIndex.search`."""
        if k < 1:
            raise ValueError(f"k must be at least 1, got {k}")
        query = self._query(vector)
        with self._lock:
            self._sort_into_cells()
            if self._cells is not None:
                wanted = max(1, len(self._cells.centres) // _SHARE)
                rows = self._cells.near(query, cells=wanted, rows=_ROWS_BY_HIT * k)
                if rows is not None:
                    return self._best(query, rows, k)
            return super().search(query, k)

    def content(self) -> Content:
        """What is saved of it; the cells too, so that a copy misses what this one misses."""
        with self._lock:
            about, lists, arrays = super().content()
            about = {**about, "above": self.above, "changes": self._changes}
            if self._cells is None:
                return Content(about, lists, arrays)
            cells = self._cells.cell_of[self._rows(self.ids)]
            return Content(about, lists, {**arrays, "cells": cells, "centres": self._cells.centres})

    @classmethod
    def restored(cls, content: Content) -> Self:
        """An index with that content; see `DenseIndex.restored`."""
        index = cls(content.about["dimension"], above=content.about["above"])
        index.add(content.lists["ids"], content.arrays["vectors"])
        if "cells" in content.arrays:
            cells, centres = content.arrays["cells"], content.arrays["centres"]
            if cells.shape != (len(index),) or not ((cells >= 0) & (cells < len(centres))).all():
                raise ValueError("a vector is in a cell that is not there")
            index._lay_out(content.arrays["vectors"], centres, cells)
        index._changes = content.about["changes"]
        return index

    def _sort_into_cells(self) -> None:
        size = len(self)
        if size <= self.above:
            self._cells = None
        elif self._cells is None or _CHANGED * self._changes > size:
            # in their order, not that of the rows, so that a copy finds the same cells
            vectors = self.vectors(self.ids)
            found = Cells.found(vectors, min(size, 2 * isqrt(size)))
            self._lay_out(vectors, found.centres, found.cell_of)

    def _lay_out(self, vectors: NDArray[np.float32], centres: NDArray[np.float32], cell_of: NDArray[np.int64]) -> None:
        """Lay the rows of a cell side by side, which memory reads four times faster; vectors and cells oldest first."""
        order = np.argsort(cell_of, kind="stable")
        ids = self.ids
        ages = [self._age_of[row] for row in self._row_of.values()]
        np.take(vectors, order, axis=0, out=self._stored(), mode="clip")  # "raise" would copy them all once more
        self._id_of = [ids[place] for place in order.tolist()]
        self._age_of = [ages[place] for place in order.tolist()]
        row_of = np.empty(len(order), dtype=np.int64)
        row_of[order] = np.arange(len(order))
        self._row_of = dict(zip(ids, row_of.tolist(), strict=True))
        self._cells = Cells(centres, cell_of[order])
        self._changes = 0

    def _best(self, query: NDArray[np.float32], rows: NDArray[np.int64], k: int) -> list[Hit]:
        scores = np.empty(len(rows), dtype=np.float32)
        query = np.ascontiguousarray(query)
        index: Any = self._index  # FAISS's types do not know this method
        index.compute_distance_subset(1, faiss.swig_ptr(query), len(rows), faiss.swig_ptr(scores), faiss.swig_ptr(rows))
        scores[np.isnan(scores)] = -np.inf  # an inner product that overflowed is no hit, as in the exact search
        if len(rows) > k:
            least = np.partition(scores, -k)[-k]
            near = scores >= least
            scores, rows = scores[near], rows[near]
        found = [
            (-score, -self._age_of[row], row)
            for score, row in zip(scores.tolist(), rows.tolist(), strict=True)
            if score > -np.inf
        ]
        return [Hit(self._id_of[row], -negative) for negative, _, row in sorted(found)[:k]]

    def _appended(self, block: NDArray[np.float32]) -> None:
        self._changes += len(block)
        if self._cells is not None:
            self._cells.append(block)

    def _replaced(self, rows: NDArray[np.int64], block: NDArray[np.float32]) -> None:
        self._changes += len(block)
        if self._cells is not None:
            self._cells.move(rows.tolist(), block)

    def _removed(self, row: int) -> None:
        self._changes += 1
        if self._cells is not None:
            self._cells.drop(row)
