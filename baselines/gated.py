"""Rivals that learn nothing and use all that a log says plainly: eliminate, gate by retrieval, let the log decide.

A platform that this user rated low is out, unless all are. Of what is left, tools that fit the query about half as well
as the best one pass the gate; among these the log decides, and where it says nothing the fit to the query. Nothing
here asks for a certain log: without ratings nothing is eliminated, without a log it is retrieval.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from baselines.retrieval import CardSearch
from baselines.standing import Standing, fit_to_query, log_standing
from baselines.workbench import WorkbenchSystem

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from baselines.case import Case, Prediction
    from baselines.workbench import Workbench

__all__ = ["GatedLastUsedSystem", "GatedLikedSystem", "GatedMostUsedSystem"]

_GATE = 0.5
"""Of .4 to .8 the best on the public sets taken together, chosen by their gold: more than a rival would know."""


class _GatedSystem(WorkbenchSystem):
    """The tool that passes elimination and gate, and that the log puts first."""

    def __init__(self, workbench: Workbench) -> None:
        super().__init__(workbench)
        self._search = CardSearch(workbench)

    def _order(self, standing: Standing) -> tuple[NDArray[np.float64], ...]:
        """What decides among the platforms, ``(p,)`` each, more being better, the first one first."""
        raise NotImplementedError

    def predict(self, case: Case) -> Prediction:
        """Answer one case."""
        desk = self._workbench.lay_out(case)
        if not desk.cards.catalog.tools:
            return self._workbench.answer(case, desk, None)
        fit, standing, home = fit_to_query(desk, self._search), log_standing(desk), desk.cards.tool_platform
        left = ~standing.rated_low[home]
        left |= not left.any()
        through = left & (fit >= _GATE * fit[left].max())
        keys = [-key[home] for key in self._order(standing)]
        best = np.lexsort((np.arange(len(fit)), -fit, *reversed(keys), ~through))[0]
        return self._workbench.answer(case, desk, int(best))


class GatedMostUsedSystem(_GatedSystem):
    """Of the platforms that were not rated low, the one with the most uses."""

    name = "gated_most_used"

    def _order(self, standing: Standing) -> tuple[NDArray[np.float64], ...]:
        return (standing.used - standing.disliked,)


class GatedLastUsedSystem(_GatedSystem):
    """Of the platforms that were not rated low, the one used last."""

    name = "gated_last_used"

    def _order(self, standing: Standing) -> tuple[NDArray[np.float64], ...]:
        return (standing.last_kept,)


class GatedLikedSystem(_GatedSystem):
    """Of the platforms that were not rated low, the one of the best mean rating, then the one with the most uses."""

    name = "gated_liked"

    def _order(self, standing: Standing) -> tuple[NDArray[np.float64], ...]:
        return (np.nan_to_num(standing.mean_rating, nan=0.0), standing.used - standing.disliked)
