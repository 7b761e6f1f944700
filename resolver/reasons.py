"""A reason of a closed set, told in other words: "I clicked twice by accident" for "ordered by mistake".

Words that the tool's own name holds ("ordered", where an order is cancelled) tell no reason from another and are left
out. The rest is compared with each clause of the query by the embedding model, and the option that any clause comes
nearest to is taken.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from resolver.coerce import stems

if TYPE_CHECKING:
    from pydantic import JsonValue

    from indexes import Embedder
    from resolver.reading import ParameterReading

__all__ = ["Reason", "asks_for_reason", "told_reason"]

_REASON = frozenset(stems("reason cause why motive grounds"))
_CLAUSE = re.compile(r"(?<=[.!?;,])\s+|\b(?:but|because|since|and|as|so)\b")
_MOST_CLAUSES = 24
_MOST_OPTIONS = 12
_FEWEST_LETTERS = 4
_SHARPNESS = 5.0
_SURE = 0.7


class Reason(NamedTuple):
    """An option, and how sure it is among the options."""

    value: JsonValue
    confidence: float


def asks_for_reason(wanted: ParameterReading) -> bool:
    """Whether a parameter is a reason of a closed set of texts."""
    options = wanted.parameter.enum
    return (
        1 < len(options) <= _MOST_OPTIONS
        and not wanted.name.isdisjoint(_REASON)
        and all(isinstance(option, str) for option in options)
    )


def told_reason(text: str, wanted: ParameterReading, common: frozenset[str], embedder: Embedder) -> Reason | None:
    """The option that a query comes nearest to.

    Args:
        text: The query.
        wanted: The parameter, one that `asks_for_reason`.
        common: Stems of the tool's name.
        embedder: Encodes the clauses and the options.

    Returns:
        The option; of equal ones the first. None where the query has no clause.
    """
    clauses = [part.strip() for part in _CLAUSE.split(text) if len(part.strip()) >= _FEWEST_LETTERS][-_MOST_CLAUSES:]
    if not clauses:
        return None
    options = [str(option) for option in wanted.parameter.enum]
    vectors = embedder.encode([_bare(option, common) for option in options] + clauses)
    nearest = (vectors[len(options) :] @ vectors[: len(options)].T).max(axis=0)
    chances = np.exp(_SHARPNESS * (nearest - nearest.max()))
    best = int(np.argmax(np.round(nearest, 6)))
    return Reason(wanted.parameter.enum[best], _SURE * float(chances[best] / chances.sum()))


def _bare(option: str, common: frozenset[str]) -> str:
    kept = [word for word in option.split() if common.isdisjoint(stems(word))]
    return f"it is {' '.join(kept)}" if any(map(stems, kept)) else option
