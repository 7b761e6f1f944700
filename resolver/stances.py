"""Statements of liking and refusing beside a query: "I avoid loud rooms", where a restaurant is asked for.

Such a statement shares few words with what it bears on, and all of one user's lie close together. What tells them apart
is small beside what they have in common, so it is measured where each direction of the embeddings counts by how little
it varies (whitening with a shrunk covariance; Ledoit and Wolf 2004).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from resolver.relevance_features import Compared

__all__ = ["STANCE_FEATURES", "StanceSpace", "is_stance", "stance_rows", "stance_space"]

STANCE_FEATURES = ("suits", "suits_below_best", "is_stance", "otherwise", "is_other")
"""Of a statement that may be a stance; ``otherwise`` is what the other features of relevance say of it."""

_SHRINKAGE = 10.0
_FEWEST = 20


class StanceSpace(NamedTuple):
    """Where stances and queries are compared; ``d`` is the embeddings' dimension.

    Attributes:
        query: ``(d,)``, the mean of queries.
        statement: ``(d,)``, the mean of stances.
        whitening: ``(d, d)``.
    """

    query: NDArray[np.float32]
    statement: NDArray[np.float32]
    whitening: NDArray[np.float32]


def is_stance(compared: Compared) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Which statements may be stances ``(n,)``, and how far each is taken as one ``(n,) float64``.

    One that refuses something is; one without any form of an instruction is as far as the user's others are.
    """
    refusing = np.array([reading.refusing for reading in compared.readings])
    plain = np.array([not (reading.conditional or reading.commanding or reading.also) for reading in compared.readings])
    share = float(refusing.mean()) if len(refusing) else 0.0
    return refusing | plain, np.where(refusing, 1.0, share)


def stance_space(queries: NDArray[np.float32], statements: NDArray[np.float32]) -> StanceSpace:
    """The space of some queries ``(m, d)`` and of the different stances beside them ``(n, d)``.

    Of fewer than 20 of either too little is known: the space is then that of the embeddings.
    """
    width = statements.shape[1]
    if min(len(queries), len(statements)) < _FEWEST:
        zeros = np.zeros(width, dtype=np.float32)
        return StanceSpace(zeros, zeros, np.eye(width, dtype=np.float32))
    covariance = np.zeros((width, width))
    means = []
    for vectors in (queries, statements):
        means.append(vectors.mean(axis=0, dtype=np.float64))
        apart = vectors - means[-1]
        covariance += apart.T @ apart / len(apart)
    variances, directions = np.linalg.eigh(covariance)
    shrunk = np.maximum(variances, 0.0) + _SHRINKAGE * variances.mean()
    whitening = directions * np.sqrt(variances.mean() / shrunk)
    return StanceSpace(*(part.astype(np.float32) for part in (*means, whitening)))


def stance_rows(
    compared: Compared, space: StanceSpace, otherwise: NDArray[np.float64]
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """The statements that may be stances ``(n,)``, and features of all ``(n, len(STANCE_FEATURES)) float64``.

    Args:
        compared: The query beside statements.
        space: Where they are compared.
        otherwise: The log-odds of each that it matters, by everything else, ``(n,)``.
    """
    stances, share = is_stance(compared)
    query = (compared.query - space.query) @ space.whitening
    statements = (compared.statements - space.statement) @ space.whitening
    lengths = np.linalg.norm(statements, axis=1) * np.linalg.norm(query)
    suits = (statements @ query) / np.maximum(lengths, 1e-9)
    best = suits[stances].max() if stances.any() else 0.0
    rows = np.column_stack(
        [share * suits, share * (suits - best), share, (1.0 - share) * otherwise, 1.0 - share]
    ).astype(np.float64)
    return stances, rows
