"""The best one-to-one assignment between two small groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["best_total"]


def best_total(weights: Sequence[Sequence[int]]) -> int:
    """The largest sum of weights over all ways to pair rows with columns one to one.

    The Hungarian method with potentials (Kuhn 1955, Munkres 1957) in whole numbers, so the result is exact:
    O(m²n) for m ≤ n rows and columns, in either orientation.

    Args:
        weights: ``(rows, columns)``, all rows equally long, no weight negative.

    >>> best_total([[3, 2], [2, 0]])
    4
    >>> best_total([])
    0
    """
    if not weights or not weights[0]:
        return 0
    if len(weights) > len(weights[0]):
        weights = list(zip(*weights, strict=True))
    search = _Search(weights)
    for row in range(1, len(weights) + 1):
        search.place(row)
    return sum(weights[row - 1][column - 1] for column, row in enumerate(search.owner) if column and row)


class _Search:
    """The state of the method.

    Costs are the weights negated; rows and columns count from 1, and column 0 stands for the row being placed.
    """

    def __init__(self, weights: Sequence[Sequence[int]]) -> None:
        self.weights = weights
        self.columns = range(1, len(weights[0]) + 1)
        self.infinity = 1 + 4 * (len(weights) + 1) * max(max(row) for row in weights)  # over any potential
        self.row_potential = [0] * (len(weights) + 1)
        self.column_potential = [0] * (len(weights[0]) + 1)
        self.owner = [0] * (len(weights[0]) + 1)

    def place(self, row: int) -> None:
        """Gives ``row`` a column along the cheapest augmenting path."""
        self.owner[0], current = row, 0
        slack = [self.infinity] * len(self.owner)
        came_from = [0] * len(self.owner)
        done = [False] * len(self.owner)
        while self.owner[current]:
            done[current] = True
            self._relax(current, slack, came_from, done)
            following = min((column for column in self.columns if not done[column]), key=slack.__getitem__)
            self._shift(slack[following], slack, done)
            current = following
        while current:
            self.owner[current] = self.owner[came_from[current]]
            current = came_from[current]

    def _relax(self, current: int, slack: list[int], came_from: list[int], done: list[bool]) -> None:
        row = self.owner[current]
        for column in self.columns:
            reduced = -self.weights[row - 1][column - 1] - self.row_potential[row] - self.column_potential[column]
            if not done[column] and reduced < slack[column]:
                slack[column], came_from[column] = reduced, current

    def _shift(self, delta: int, slack: list[int], done: list[bool]) -> None:
        for column, seen in enumerate(done):
            if seen:
                self.row_potential[self.owner[column]] += delta
                self.column_potential[column] -= delta
            else:
                slack[column] -= delta
