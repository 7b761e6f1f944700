"""A user as vectors: what the statements say, and what the attributes say, numbers read as words."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from resolver.stored import moment_of
from resolver.traits import is_number, read_traits
from resolver.trust import is_order

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from indexes import Embedder
    from resolver.profile import Fact

__all__ = ["Person", "read_person"]

_OLDER = 0.5


class Person(NamedTuple):
    """The vectors of one user's Facts.

    Attributes:
        statements: ``(s, d) float32``.
        statement_facts: The numbers of the Facts of each statement.
        fresh: ``(s,) float32``, what each statement counts for by its date: 1 for one that has none, or the latest; a
            half for one that is older, for what was said before may have been taken back.
        attributes: ``(a, d) float32``: attributes that are no plain numbers, and the traits that numbers show.
        attribute_facts: The numbers of the Facts of each attribute.
    """

    statements: NDArray[np.float32]
    statement_facts: tuple[tuple[int, ...], ...]
    fresh: NDArray[np.float32]
    attributes: NDArray[np.float32]
    attribute_facts: tuple[tuple[int, ...], ...]


def read_person(
    facts: Sequence[Fact], vectors: NDArray[np.float32], embedder: Embedder, *, own: NDArray[np.bool_] | None = None
) -> Person:
    """A user's vectors.

    Args:
        facts: The Facts.
        vectors: Theirs, ``(f, d) float32``.
        embedder: What made these; encodes the few phrases that numbers are read as, which are the same for all users.
        own: ``(f,)``, which statements speak of the user; all where it is not given.
    """
    traits = read_traits(facts)
    said = [number for number, fact in enumerate(facts) if fact.statement and (own is None or own[number])]
    held = [
        number for number, fact in enumerate(facts) if not fact.statement and not is_number(fact) and not is_order(fact)
    ]
    attributes = vectors[held]
    if traits:
        attributes = np.concatenate([attributes, embedder.encode([trait.phrase for trait in traits])])
    return Person(
        statements=vectors[said],
        statement_facts=tuple((number,) for number in said),
        fresh=_fresh([facts[number] for number in said]),
        attributes=attributes,
        attribute_facts=(*((number,) for number in held), *(trait.facts for trait in traits)),
    )


def _fresh(statements: Sequence[Fact]) -> NDArray[np.float32]:
    since = [moment_of(fact.valid_from) for fact in statements]
    latest = max(filter(None, since), default=None)
    return np.array([_OLDER if own is not None and own != latest else 1.0 for own in since], dtype=np.float32)
