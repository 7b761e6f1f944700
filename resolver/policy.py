"""Does a platform's policy exclude this user from what the query asks for?

Each rule of each policy is asked three things. Whom does it concern: its conditions are held against the user's Facts,
and a rule that is not known to concern the user excludes nothing. Above what: a limit that the query is not known to
exceed excludes nothing. And is what it forbids what the query asks for: a logistic model over a few named features,
whose weights ship in ``resolver/data/policy.json`` and are made by `experiments.train_policy`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from resolver.errors import WeightsError
from resolver.policy_features import FEATURES, able_platforms, rule_features
from resolver.weights import SHIPPED, WeightFolder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from resolver.asking import Asked
    from resolver.cards import CatalogIndex
    from resolver.policy_features import Concern
    from resolver.records import Linked

__all__ = ["Exclusion", "PolicyModel", "check_policies", "platform_exclusion"]

_FARTHEST = 30.0
# What it takes for another platform to do the same job (MiniLM cosines): paraphrased descriptions of one kind of
# service are at 0.5 and above, tools of one function under other words at 0.85
_ALIKE = 0.5
_SUCH_A_TOOL = 0.85
_AS_ABLE = 0.1
_AS_NEAR = 0.15


class Exclusion(NamedTuple):
    """A request that a policy excludes.

    Attributes:
        platform: The platform whose policy it is.
        policy: The sentence of the policy.
        facts: Ids of the Facts that make it concern the user; empty where it concerns everyone, or for what only the
            query says.
        probability: How sure this is.
        message: What to tell the user.
    """

    platform: str
    policy: str
    facts: tuple[str, ...]
    probability: float
    message: str


class PolicyModel:
    """The weights by which a rule's features become a probability.

    Args:
        weights: Weight by feature, 0 where not named.
        threshold: Probability from which a request counts as excluded.

    Raises:
        WeightsError: A weight is for no feature, or the threshold is no probability.
    """

    def __init__(self, weights: Mapping[str, float], *, threshold: float = 0.5) -> None:
        if unknown := weights.keys() - set(FEATURES):
            raise WeightsError(f"weights for the unknown features {', '.join(sorted(unknown))}")
        if not 0.0 < threshold < 1.0:
            raise WeightsError(f"the threshold is a probability between 0 and 1, got {threshold}")
        self.weights = np.array([weights.get(name, 0.0) for name in FEATURES])
        self.threshold = threshold

    @classmethod
    def load(cls, folder: WeightFolder | None = None) -> PolicyModel:
        """The model of a folder, the shipped one without."""
        return (folder or SHIPPED).once(cls._of)

    @classmethod
    def _of(cls, folder: WeightFolder) -> PolicyModel:
        weights = folder.weights("policy.json", FEATURES)
        try:
            return cls(weights, threshold=float(folder.json("policy.json")["threshold"]))
        except (ValueError, TypeError, KeyError) as error:
            raise WeightsError(f"{folder.where('policy.json')}: {error!r}") from None

    def scores(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """Log odds of each row of ``(n, len(FEATURES))``, ``(n,) float64``."""
        scores: NDArray[np.float64] = features @ self.weights
        return scores


def platform_exclusion(
    cards: CatalogIndex, linked: Linked, asked: Asked, *, model: PolicyModel | None = None
) -> NDArray[np.float64]:
    """For each platform the probability that its policies exclude the user from what is asked for, ``(p,) float64``."""
    excluded = np.zeros(len(cards.catalog.platforms))
    concerns = rule_features(cards, linked, asked)
    if concerns:
        np.maximum.at(excluded, [concern.platform for concern in concerns], _probabilities(concerns, model))
    return excluded


def check_policies(
    cards: CatalogIndex,
    linked: Linked,
    asked: Asked,
    *,
    platform: str | None = None,
    model: PolicyModel | None = None,
) -> Exclusion | None:
    """The policy that excludes the user from what is asked for, or None where a platform is left that would do it.

    Args:
        cards: The indexed catalog.
        linked: The user's records on it.
        asked: The query.
        platform: The platform that would be called; of platforms that exclude alike it is the one to be named.
        model: The shipped one where none is given.
    """
    concerns = rule_features(cards, linked, asked)
    if not concerns:
        return None
    model = model or PolicyModel.load()
    probabilities = _probabilities(concerns, model)
    # the surest; of equals the platform that would be called, then the one most able, then the catalog's order
    names = [cards.catalog.platforms[concern.platform].name for concern in concerns]
    order = sorted(
        range(len(concerns)),
        key=lambda n: (-round(float(probabilities[n]), 9), names[n] != platform, -round(concerns[n].able, 6), n),
    )
    best = order[0]
    probability = float(probabilities[best])
    if probability < model.threshold:
        return None
    struck = {concern.platform for concern, own in zip(concerns, probabilities, strict=True) if own >= model.threshold}
    concern = concerns[best]
    if _another_would_do(cards, asked, struck, concern.platform):
        return None
    return Exclusion(names[best], concern.rule.text, concern.facts, probability, _message(names[best], concern, linked))


def _probabilities(concerns: list[Concern], model: PolicyModel | None) -> NDArray[np.float64]:
    scores = (model or PolicyModel.load()).scores(np.stack([concern.features for concern in concerns]))
    chances: NDArray[np.float64] = 1.0 / (1.0 + np.exp(-np.clip(scores, -_FARTHEST, _FARTHEST)))
    return chances


def _another_would_do(cards: CatalogIndex, asked: Asked, struck: set[int], excluded: int) -> bool:
    """Whether a platform of the same kind is left: as able, of such tools, described alike, as near the query."""
    free = np.array([n for n in range(len(cards.catalog.platforms)) if n not in struck], dtype=np.int64)
    if not len(free):
        return False
    fit = able_platforms(cards, asked)
    home = cards.platform_vectors @ asked.vector
    near = (fit[free] >= fit[excluded] - _AS_ABLE) & (home[free] >= home[excluded] - _AS_NEAR)
    alike = cards.platform_vectors[free] @ cards.platform_vectors[excluded] >= _ALIKE
    return bool(np.any(near & alike & _such_tools(cards, asked, free, excluded)))


def _such_tools(cards: CatalogIndex, asked: Asked, free: NDArray[np.int64], excluded: int) -> NDArray[np.bool_]:
    """Which platforms have a tool like the one by which the excluded platform would do what is asked for."""
    own = np.flatnonzero(cards.tool_platform == excluded)
    if not len(own):
        return np.ones(len(free), dtype=bool)
    best = own[int(np.argmax(cards.tool_vectors[own] @ asked.vector))]
    like = cards.tool_vectors @ cards.tool_vectors[best] >= _SUCH_A_TOOL
    return np.isin(free, cards.tool_platform[like])


def _message(platform: str, concern: Concern, linked: Linked) -> str:
    known = "; ".join(linked.texts[name] for name in concern.facts)
    reason = f" ({known})" if known else ""
    return f"the policy of {platform} excludes this request{reason}: {concern.rule.text}"
