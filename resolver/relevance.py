"""Which of the user's statements matter to a query, none among them.

Two steps of logistic regression over named features. The first looks at one statement: does it speak of what is asked
(features, and a bilinear term over the embeddings of query and statement), and has the query no value of its own for
what the statement asks for (a noisy-or over pairs of their pieces)? The second looks at it beside the others: is its
condition a value of another statement that matters? What only says a liking or refusal is judged apart
(`resolver.stances`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from resolver.asking import read_queries
from resolver.errors import WeightsError
from resolver.kinds import KindSpace
from resolver.relevance_features import FEATURES, PAIR_FEATURES, compare, encode_statements
from resolver.relevance_sets import SET_FEATURES, overlaps, set_rows
from resolver.stances import STANCE_FEATURES, StanceSpace, stance_rows
from resolver.weights import SHIPPED, WeightFolder

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from indexes import Embedder
    from resolver.relevance_features import Compared

__all__ = ["BIAS", "Judged", "RelevanceModel", "TermWeights"]

BIAS = "bias"
_STATED = {"own": FEATURES, "pair": PAIR_FEATURES, "set": SET_FEATURES, "stance": STANCE_FEATURES}
_SURE = 1e-7


class TermWeights(NamedTuple):
    """The arrays of the first step; ``d`` is the embeddings' dimension, ``k`` that of the space of kinds.

    Attributes:
        centres: ``(3, d)``: means of queries, statements and conditions.
        basis: ``(d, r)``: the directions that the bilinear terms see.
        of_statement: ``(r, r)``: query by statement.
        of_condition: ``(r, r)``: query by condition.
        alone: ``(r,)``: statement, whatever the query.
        of_kinds: ``(k, k)``: a statement's piece by the query's, for two values of one thing.
    """

    centres: NDArray[np.float32]
    basis: NDArray[np.float32]
    of_statement: NDArray[np.float32]
    of_condition: NDArray[np.float32]
    alone: NDArray[np.float32]
    of_kinds: NDArray[np.float32]


class Judged(NamedTuple):
    """What was found of statements.

    Attributes:
        probabilities: ``(n,) float64``, that each matters.
        chosen: The places of those that matter, likeliest first; empty where none does.
    """

    probabilities: NDArray[np.float64]
    chosen: tuple[int, ...]


class RelevanceModel:
    """Judges which statements matter to a query.

    Args:
        weights: By part (``own``, ``pair``, ``set``, ``stance``) the weight by feature and of ``bias``.
        terms: The arrays of the first step.
        kinds: The space of kinds.
        stances: The space of stances.

    Raises:
        WeightsError: A feature is missing or unknown, or arrays do not fit each other.
    """

    def __init__(
        self, weights: Mapping[str, Mapping[str, float]], terms: TermWeights, kinds: KindSpace, stances: StanceSpace
    ) -> None:
        for part, names in _STATED.items():
            if set(weights.get(part, ())) != {*names, BIAS}:
                raise WeightsError(f"relevance: weights of the part {part!r} are missing or unknown")
        rank, width = terms.basis.shape[1], terms.basis.shape[0]
        shapes = ((3, width), (width, rank), (rank, rank), (rank, rank), (rank,), (kinds.size, kinds.size))
        fits = tuple(part.shape for part in stances) == ((width,), (width,), (width, width))
        if tuple(term.shape for term in terms) != shapes or width != kinds.dimension or not fits:
            raise WeightsError(f"relevance: arrays of shapes {[term.shape for term in terms]} do not fit each other")
        self.weights = {part: dict(own) for part, own in weights.items()}
        self.terms, self.kinds, self.stances = terms, kinds, stances
        self._vectors = {part: np.array([weights[part][name] for name in names]) for part, names in _STATED.items()}

    @classmethod
    def load(cls, folder: WeightFolder | None = None) -> RelevanceModel:
        """The model of a folder, the shipped one without."""
        return (folder or SHIPPED).once(cls._of)

    @classmethod
    def _of(cls, folder: WeightFolder) -> RelevanceModel:
        weights = {part: folder.weights("relevance.json", (*names, BIAS), part=part) for part, names in _STATED.items()}
        terms = TermWeights(*folder.arrays("relevance.npz", TermWeights._fields))
        stances = StanceSpace(*folder.arrays("relevance.npz", [f"stance_{name}" for name in StanceSpace._fields]))
        return cls(weights, terms, KindSpace.load(folder), stances)

    def relevant(self, query: str, facts: Sequence[str], embedder: Embedder) -> Judged:
        """Judge texts beside a query, all encoded now.

        Args:
            query: The query; of a dialogue with labels, the user's turns are told from the others.
            facts: The user's statements.
            embedder: The embedder that the weights are for.
        """
        if not facts:
            return Judged(np.zeros(0), ())
        said = encode_statements(facts, embedder, self.kinds)
        text = read_queries([query], embedder)[0].text
        return self.judge(compare(query, text, said, embedder, self.kinds))

    def judge(self, compared: Compared) -> Judged:
        """Judge what was compared."""
        apart, conflict = self.own_scores(compared)
        scores = without_conflict(apart, conflict)
        rows = set_rows(compared, overlaps(compared), scores, apart, conflict)
        final = rows @ self._vectors["set"] + self.weights["set"][BIAS]
        stances, rows = stance_rows(compared, self.stances, final)
        final = np.where(stances, rows @ self._vectors["stance"] + self.weights["stance"][BIAS], final)
        order = np.argsort(-final, kind="stable")
        return Judged(1.0 / (1.0 + np.exp(-final)), tuple(int(n) for n in order if final[n] > 0.0))

    def own_scores(self, compared: Compared) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Of each statement the log-odds that it speaks of what is asked, and its conflict with the query.

        The second is minus the log-probability that the query has no value of its own for it.
        """
        terms = self.terms
        scores = compared.rows @ self._vectors["own"] + self.weights["own"][BIAS]
        gate = 1.0 - compared.rows[:, FEATURES.index("refusing")]
        query = (compared.query - terms.centres[0]) @ terms.basis
        statements = (compared.statements - terms.centres[1]) @ terms.basis
        conditions = (compared.conditions - terms.centres[2]) @ terms.basis
        scores = scores + gate * (
            statements @ (terms.alone + query @ terms.of_statement) + conditions @ (query @ terms.of_condition)
        )
        pairs = compared.pairs
        odds = pairs.rows @ self._vectors["pair"] + self.weights["pair"][BIAS]
        odds = odds + ((pairs.own @ terms.of_kinds) * pairs.other).sum(axis=1)
        conflict = np.bincount(pairs.statement, np.logaddexp(0.0, odds), len(scores))
        return scores.astype(np.float64), conflict.astype(np.float64)


def without_conflict(apart: NDArray[np.float64], conflict: NDArray[np.float64]) -> NDArray[np.float64]:
    """Log-odds that a statement speaks of what is asked and is not in conflict with it."""
    chance = np.minimum(-np.logaddexp(0.0, -apart) - conflict, -_SURE)
    odds: NDArray[np.float64] = chance - np.log(-np.expm1(chance))
    return odds
