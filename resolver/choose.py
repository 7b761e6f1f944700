"""Candidates are scored by a linear model over named features, and become a Choice.

``P(tool | query, user) = softmax(features @ weights)``, a conditional logit (McFadden 1974) over the catalog's tools.
The weights are fitted by ``profile-bench fit`` and ship in ``resolver/data/choice.json``: those of all features, and
those of the function match alone, by which it is told which platforms are able to do the job at all.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from resolver.errors import WeightsError
from resolver.features import FEATURES, GROUPS, SIGNALS, candidate_features, shows_a_match
from resolver.function_match import FUNCTION
from resolver.resolution import Candidate, Choice
from resolver.weights import SHIPPED, WeightFolder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from resolver.affinity import Affinity
    from resolver.asking import Asked
    from resolver.cards import CatalogIndex
    from resolver.entity_model import EntityModel
    from resolver.records import Linked

__all__ = ["ChoiceWeights", "Chooser"]

_RUNNERS_UP = 9
_WORDED = np.array([FEATURES.index(name) for name in ("card_dense", "card_lexical", "name_overlap", "action")])
_CLEARLY = 1.0  # in units of a log-probability
_CITED = 5
_LIKED = 0.5
_CLOSE_STATEMENT = 0.25


@dataclass(frozen=True, kw_only=True)
class ChoiceWeights:
    """The weights of the choice model.

    Attributes:
        function: Weight of each feature of the function match, where that is judged alone.
        features: Weight of each feature in the choice.

    Raises:
        WeightsError: A feature has no weight, or a weight is for no feature.
    """

    function: Mapping[str, float]
    features: Mapping[str, float]

    def __post_init__(self) -> None:
        """Refuse weights that are not those of the features."""
        for weights, names in ((self.function, FUNCTION), (self.features, FEATURES)):
            if unknown := weights.keys() - set(names):
                raise WeightsError(f"weights for the unknown features {', '.join(sorted(unknown))}")
            if missing := set(names) - weights.keys():
                raise WeightsError(f"no weight for {', '.join(sorted(missing))}")

    @classmethod
    def load(cls, folder: WeightFolder | None = None) -> ChoiceWeights:
        """The weights of a folder, the shipped one without. Raises `WeightsError` where they fit no features."""
        return (folder or SHIPPED).once(cls._of)

    @classmethod
    def _of(cls, folder: WeightFolder) -> ChoiceWeights:
        function = folder.weights("choice.json", FUNCTION, section="function")
        return cls(function=function, features=folder.weights("choice.json", FEATURES))

    def without(self, group: str) -> ChoiceWeights:
        """These weights with those of one group of features, or of `SIGNALS`, at zero, for an ablation.

        Raises:
            KeyError: There is no such group.
        """
        left_out = {**GROUPS, **SIGNALS}[group]
        return replace(self, features={k: 0.0 if k in left_out else v for k, v in self.features.items()})


class Chooser:
    """The choice model.

    Args:
        weights: The shipped ones where none are given.
        affinity: What tells how a platform suits the user; without, that is left out.
        entities: What tells which of the user's records a query means; without, these do not count.
    """

    def __init__(
        self,
        weights: ChoiceWeights | None = None,
        affinity: Affinity | None = None,
        entities: EntityModel | None = None,
    ) -> None:
        self._affinity, self._entities = affinity, entities
        weights = weights or ChoiceWeights.load()
        self._function = np.array([weights.function[name] for name in FUNCTION])
        self._weights = np.array([weights.features[name] for name in FEATURES])

    def choose(
        self, cards: CatalogIndex, linked: Linked, asked: Asked, *, barred: NDArray[np.bool_] | None = None
    ) -> Choice:
        """The best tool of a catalog that has at least one, with the runners-up.

        Ties go to the platform used last, then to the catalog's order.

        Args:
            cards: The indexed catalog of ``p`` platforms.
            linked: The user's records on it.
            asked: The query.
            barred: ``(p,)``, platforms that must not be chosen where another can be.
        """
        suits = self._affinity.scores(cards, linked, asked) if self._affinity else None
        features = candidate_features(cards, linked, asked, self._function, suits=suits, entities=self._entities)
        scores = features @ self._weights
        if barred is not None and barred.any() and not barred[cards.tool_platform].all():
            scores[barred[cards.tool_platform]] = -np.inf
        probability = _softmax(scores)
        newest = np.full(len(cards.catalog.platforms), -1)
        used = np.flatnonzero(linked.event_platform >= 0)
        newest[linked.event_platform[used]] = used
        order = np.lexsort((np.arange(len(scores)), -newest[cards.tool_platform], -np.round(scores, 9)))
        best = int(order[0])
        platform = int(cards.tool_platform[best])
        contributions = features - features.mean(axis=0)
        contributions *= self._weights
        favourable, unfavourable = _cited(linked, platform, asked.vector)

        def candidate(number: int) -> Candidate:
            return Candidate(
                platform=cards.catalog.tools[number].platform,
                tool=cards.catalog.tools[number].name,
                probability=float(probability[number]),
                contributions=_named(contributions[number]),
            )

        words = np.where(np.isneginf(scores), -np.inf, features[:, _WORDED] @ self._weights[_WORDED])
        closest = int(np.argmax(words))
        return Choice(
            platform=cards.catalog.tools[best].platform,
            tool=cards.catalog.tools[best].name,
            probability=float(probability[best]),
            matched=shows_a_match(features),
            platform_probability=min(1.0, float(probability[cards.tool_platform == platform].sum())),
            contributions=_named(contributions[best]),
            runners_up=tuple(candidate(number) for number in map(int, order[1 : 1 + _RUNNERS_UP])),
            worded=candidate(closest) if words[closest] - words[best] > _CLEARLY else None,
            evidence_for=favourable,
            evidence_against=unfavourable,
        )


def _softmax(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    grown: NDArray[np.float64] = np.exp(scores - scores.max())
    grown /= grown.sum()
    return grown


def _named(row: NDArray[np.float64]) -> dict[str, float]:
    """Contributions by feature, relative to the mean candidate; zeros are left out."""
    return {name: value for name, value in zip(FEATURES, row.round(4).tolist(), strict=True) if value}


def _cited(linked: Linked, platform: int, vector: NDArray[np.float32]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Ids of what speaks for and against a platform: its uses, most similar to the query first, and statements."""
    used = np.flatnonzero(linked.event_platform == platform)
    favourable: list[str] = []
    unfavourable: list[str] = []
    if len(used):
        similar = linked.event_vectors[used] @ vector
        for number in used[np.lexsort((-used, -similar))]:
            rating = linked.event_rating[number]
            (unfavourable if rating <= _LIKED else favourable).append(linked.events[number].id)
    if len(linked.facts) and linked.own.any():
        spoken = set(linked.stated[:, 0].tolist())  # a statement that names a platform is cited by its stance, below
        numbers = np.array([n for n in np.flatnonzero(linked.own) if n not in spoken], dtype=np.int64)
        closeness = linked.fact_platform[numbers, platform]
        contrast = closeness - linked.fact_platform[numbers].mean(axis=1)
        near = [
            place for place in np.argsort(-closeness, kind="stable")[:_CITED] if closeness[place] >= _CLOSE_STATEMENT
        ]
        favourable.extend(linked.facts[numbers[place]].id for place in near if contrast[place] > 0.0)
    for fact, named, stance in linked.stated:
        if named == platform:
            (favourable if stance > 0 else unfavourable).append(linked.facts[fact].id)
    return tuple(dict.fromkeys(favourable))[: 2 * _CITED], tuple(dict.fromkeys(unfavourable))[: 2 * _CITED]
