"""Baselines that look at a single signal: chance, or the behaviour log."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

from baselines.workbench import WorkbenchSystem

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from baselines.case import Case, Prediction
    from baselines.workbench import Desk

__all__ = ["FirstToolSystem", "LastUsedSystem", "MostUsedSystem", "RandomSystem", "gate"]

_LIKED = 0.5
_GATE = 0.5


def gate(desk: Desk) -> NDArray[np.float64]:
    """BM25 of the query on the tool cards, ``(t,)``, with 0 for tools under half of the best score.

    Popularity alone would answer every request with the favourite platform; the gate keeps these baselines to tools
    that could do the job, which makes them much stronger.
    """
    scores = desk.cards.tool_lexical(desk.asked.tokens)
    best = float(scores.max(initial=0.0))
    return np.where(scores >= _GATE * best, scores, 0.0) if best > 0.0 else np.ones(len(scores))


class FirstToolSystem(WorkbenchSystem):
    """The first tool of the catalog, whatever is asked."""

    name = "first"

    def predict(self, case: Case) -> Prediction:
        """Answer one case."""
        desk = self._workbench.lay_out(case)
        return self._workbench.answer(case, desk, 0 if desk.cards.catalog.tools else None)


class RandomSystem(WorkbenchSystem):
    """A tool drawn evenly from the catalog, the same for the same case on every machine."""

    name = "random"

    def predict(self, case: Case) -> Prediction:
        """Answer one case."""
        desk = self._workbench.lay_out(case)
        size = len(desk.cards.catalog.tools)
        drawn = int.from_bytes(hashlib.sha256(f"random/{case.id}".encode()).digest()[:8], "big")
        return self._workbench.answer(
            case, desk, drawn % size if size else None, confidence=1.0 / size if size else None
        )


class _LogSystem(WorkbenchSystem):
    """A tool through the gate, on the platform that the log puts first; without a log the best match."""

    def _standing(self, desk: Desk) -> NDArray[np.float64]:
        raise NotImplementedError

    def predict(self, case: Case) -> Prediction:
        """Answer one case."""
        desk = self._workbench.lay_out(case)
        if not desk.cards.catalog.tools:
            return self._workbench.answer(case, desk, None)
        scores = gate(desk)
        standing = np.where(scores > 0.0, self._standing(desk)[desk.cards.tool_platform], -np.inf)
        best = np.lexsort((np.arange(len(scores)), -scores, -standing))[0]
        return self._workbench.answer(case, desk, int(best))


class MostUsedSystem(_LogSystem):
    """The platform with the most uses in the log, of those that were not disliked."""

    name = "most_used"

    def _standing(self, desk: Desk) -> NDArray[np.float64]:
        counted = (desk.linked.event_platform >= 0) & ~(desk.linked.event_rating <= _LIKED)
        return np.bincount(desk.linked.event_platform[counted], minlength=len(desk.cards.catalog.platforms)).astype(
            np.float64
        )


class LastUsedSystem(_LogSystem):
    """The platform used last in the log, of those that were not disliked."""

    name = "last_used"

    def _standing(self, desk: Desk) -> NDArray[np.float64]:
        standing = np.full(len(desk.cards.catalog.platforms), -1.0)
        counted = np.flatnonzero((desk.linked.event_platform >= 0) & ~(desk.linked.event_rating <= _LIKED))
        standing[desk.linked.event_platform[counted]] = counted
        return standing
