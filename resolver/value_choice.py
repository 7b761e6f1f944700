"""Values of closed sets that the query does not say, chosen by who the user is, and where.

A low battery asks for the saving mode. A bilinear form of low rank (`resolver.bilinear`) scores each value against what
the user's Facts say, those closest to the parameter first; ``P(value) = softmax(scores)``. A second form tells from the
query whether the parameter matters at all (a dress size matters when a dress is bought). Only parameters that the
catalog calls personal or a matter of the environment are filled: the others are for the query to say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from resolver.bilinear import BilinearForm, attend, load_form, summed
from resolver.weights import SHIPPED, WeightFolder

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pydantic import JsonValue

    from resolver.asking import Asked
    from resolver.cards import CatalogIndex
    from resolver.person import Person
    from resolver.profile import FactId
    from resolver.records import Linked
    from resolver.value_sets import ValueSet

__all__ = ["BLOCKS", "NEED_BLOCKS", "ChosenValue", "ValueChooser", "value_blocks"]

BLOCKS = ("attributes", "attributes_near", "statements_near")
"""The blocks of the form that chooses a value."""
NEED_BLOCKS = ("query",)
"""The blocks of the form that tells whether the parameter matters."""
_MOST_EVIDENCE = 3
_LEAST_TRUST = 0.4
_BETTER_THAN_CHANCE = 1.05
_LEAST_SHARE = 0.15

Weighted = tuple["NDArray[np.float32]", "NDArray[np.float32]"]


class ChosenValue(NamedTuple):
    """A value for a parameter.

    Attributes:
        place: The parameter's place among those of its tool.
        value: The value, as the set spells it; for an array a list.
        probability: Of the value, where the parameter matters.
        needed: The probability that the parameter matters.
        evidence: The ids of the Facts that spoke for it most; empty where only habit did.
        default: Whether this is no choice but the default that the description states.
    """

    place: int
    value: JsonValue
    probability: float
    needed: float
    evidence: tuple[FactId, ...]
    default: bool = False


def value_blocks(person: Person, topic: NDArray[np.float32]) -> dict[str, Weighted]:
    """What the form reads for a parameter: by block the vectors ``(n, d)`` and their weights ``(n,)``."""
    blocks: dict[str, Weighted] = {}
    if len(person.attributes):
        blocks["attributes"] = (person.attributes, summed(len(person.attributes)))
        blocks["attributes_near"] = (person.attributes, attend(person.attributes, topic))
    if len(person.statements):
        blocks["statements_near"] = (person.statements, attend(person.statements, topic) * person.fresh)
    return blocks


class ValueChooser:
    """The learned choice of values.

    Args:
        form: Chooses among the values of a set.
        need: Tells whether a parameter matters to a query, in log-odds.
        least_need: Probability of mattering below which nothing is offered.
    """

    def __init__(self, form: BilinearForm, need: BilinearForm, *, least_need: float = 0.5) -> None:
        self.form = form
        self.need = need
        self.least_need = least_need

    @classmethod
    def load(cls, folder: WeightFolder | None = None) -> ValueChooser:
        """The chooser with the weights of a folder, the shipped one without."""
        return (folder or SHIPPED).once(cls._of)

    @classmethod
    def _of(cls, folder: WeightFolder) -> ValueChooser:
        return cls(load_form("values", folder), load_form("values_need", folder))

    def choose(self, cards: CatalogIndex, linked: Linked, asked: Asked, tool: int) -> list[ChosenValue]:
        """Values for those parameters of a tool that matter and depend on the user or the moment.

        Nothing without Facts about the user, or with an embedder that the weights were not learned on.
        """
        if not linked.facts or not self.form.knows(cards.embedder.name, asked.vector.shape[0]):
            return []
        found = []
        asking = self.need.user({"query": self.need.project("query", asked.vector)})
        for values in cards.value_sets(tool):
            needed = _share(float(self.need.place(values.topic) @ asking))
            if needed < self.least_need:
                continue
            if values.values:
                best = self._best(linked, values, needed)
                if best.probability * len(values.values) >= _BETTER_THAN_CHANCE:
                    found.append(best)
            elif values.default is not None:
                found.append(ChosenValue(values.place, values.default, 0.5, needed, (), default=True))
        return found

    def probabilities(self, person: Person, values: ValueSet) -> NDArray[np.float64]:
        """Of each value of a set, ``(v,) float64``."""
        user = self.form.user(
            {name: weights @ self.form.project(name, rows) for name, (rows, weights) in self._blocks(person, values)}
        )
        scores = (self.form.place(values.options) @ user).astype(np.float64)
        # of yes and no nothing can be told where the parameter is a new one; words have a meaning of their own
        least = 0.0 if isinstance(values.values[0], bool) else _LEAST_TRUST
        scores *= max(float(self.form.familiar(values.options).max()), least)
        grown: NDArray[np.float64] = np.exp(scores - scores.max())
        grown /= grown.sum()
        return grown

    @staticmethod
    def _blocks(person: Person, values: ValueSet) -> list[tuple[str, Weighted]]:
        return list(value_blocks(person, values.topic).items())

    def _best(self, linked: Linked, values: ValueSet, needed: float) -> ChosenValue:
        chances = self.probabilities(linked.person, values)
        best = int(np.argmax(chances))
        evidence = self._evidence(linked, values, best)
        return ChosenValue(values.place, values.values[best], float(chances[best]), needed, evidence)

    def _evidence(self, linked: Linked, values: ValueSet, best: int) -> tuple[FactId, ...]:
        """The Facts that spoke most for a value, against the mean of the facts of their block."""
        person, shares = linked.person, dict[tuple[int, ...], float]()
        placed = self.form.place(values.options[best])
        for name, (rows, weights) in self._blocks(person, values):
            facts = person.statement_facts if name.startswith("statements") else person.attribute_facts
            spoken = self.form.project(name, rows) @ placed
            for own, share in zip(facts, weights * (spoken - spoken.mean()), strict=True):
                shares[own] = shares.get(own, 0.0) + float(share)
        if len(shares) == 1:
            return tuple(linked.facts[number].id for number in next(iter(shares)))
        favourable = sorted((-share, own) for own, share in shares.items() if share > _LEAST_SHARE)
        numbers = [number for _, own in favourable[:_MOST_EVIDENCE] for number in own]
        return tuple(dict.fromkeys(linked.facts[number].id for number in numbers))


def _share(score: float) -> float:
    return float(1.0 / (1.0 + np.exp(-np.clip(score, -50.0, 50.0))))
