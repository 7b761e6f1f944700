"""The named features by which a rule that concerns the user is held against a query.

subject:   is what the rule forbids what the query asks for, in meaning and in words?
platform:  can a platform of that rule do what is asked for, as well as the others?
rule:      how strictly does it speak, of whom, and of doing or of looking?
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from resolver.actions import action_of_query
from resolver.amounts import exceeds, read_amounts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from resolver.asking import Asked
    from resolver.cards import CatalogIndex
    from resolver.policy_book import PolicyBook
    from resolver.policy_rules import Rule
    from resolver.records import Linked

__all__ = ["FEATURES", "Concern", "able_platforms", "rule_features"]

FEATURES = (
    "constant",
    "whole",
    "part",
    "named",
    "confined",
    "permitted",
    "instead",
    "able",
    "home",
    "near",
    "limited",
    "looks",
    "anything",
    "restricts",
    "consents",
    "reminds",
)

_ABLE, _HOME, _NEAR = (FEATURES.index(name) for name in ("able", "home", "near"))
_PERMITTED, _NAMED = FEATURES.index("permitted"), FEATURES.index("named")


class Concern(NamedTuple):
    """A rule on one of its platforms that concerns the user, with its features for a query.

    Attributes:
        rule: The rule.
        platform: The platform's number.
        facts: Ids of the Facts by which it concerns the user.
        features: ``(len(FEATURES),) float64``.
    """

    rule: Rule
    platform: int
    facts: tuple[str, ...]
    features: NDArray[np.float64]

    @property
    def able(self) -> float:
        """How well the platform does what is asked for, less the best platform's; 0 is the best."""
        return float(self.features[_ABLE])


def rule_features(cards: CatalogIndex, linked: Linked, asked: Asked) -> list[Concern]:
    """The rules that concern the user and that the query could break, on each of their platforms."""
    book = cards.policies
    if not book.rules:
        return []
    held = book.concerning(linked.subject, asked.text)
    if not held:
        return []
    amounts = read_amounts(asked.text)
    tokens = frozenset(asked.tokens)
    looks = action_of_query(asked.text) > 0
    fit = able_platforms(cards, asked)
    able = fit - fit.max()
    home = (cards.platform_vectors @ asked.vector).astype(np.float64)
    near = home - home.max()
    free = _freed(book, [one.rule for one in held], tokens)
    concerns = []
    for number, facts in ((one.rule, one.facts) for one in held):
        rule = book.rules[number]
        if rule.limit is not None and not exceeds(amounts, rule.limit):
            continue
        row = _row(book, number, asked, tokens, looks=looks)
        for platform in book.platforms[number]:
            features = row.copy()
            features[_ABLE] = able[platform]
            features[_HOME] = home[platform] * bool(rule.topics)
            features[_NEAR] = near[platform]
            if platform in free and features[_NAMED] < 1.0:
                features[_PERMITTED] = 1.0
            concerns.append(Concern(rule, platform, facts, features))
    return concerns


def _freed(book: PolicyBook, held: list[int], tokens: frozenset[str]) -> set[int]:
    """The platforms with a rule that leaves the user free to ask for what the query names."""
    return {
        platform
        for number in held
        if any(own and own <= tokens for own in book.allowed_stems[number])
        for platform in book.platforms[number]
    }


def _row(book: PolicyBook, number: int, asked: Asked, tokens: frozenset[str], *, looks: bool) -> NDArray[np.float64]:
    """The features of a rule that are the same on all its platforms."""
    rule = book.rules[number]
    closeness, allowed = book.topics[number] @ asked.vector, book.allowed[number] @ asked.vector
    stems = book.topic_stems[number]
    permitted = 0.0
    if len(allowed):
        spelled = max((len(own & tokens) / len(own) for own in book.allowed_stems[number] if own), default=0.0)
        permitted = max(float(allowed.max()), spelled)
    part = float(closeness.max()) if len(closeness) else 0.0
    recommended = book.instead[number] @ asked.vector
    strict = "prohibits" in rule.strengths
    row = {
        "constant": 1.0,
        # a rule without a subject forbids whatever the platform does: how able it is says the rest
        "whole": float(closeness[0]) if len(closeness) else 0.0,
        "part": part,
        "named": max((len(own & tokens) / len(own) for own in stems), default=0.0),
        "confined": float(len(allowed) > 0),
        "permitted": permitted,
        "instead": max(0.0, float(recommended.max()) - part) if len(recommended) else 0.0,
        "limited": float(rule.limit is not None),
        "looks": float(looks and rule.acts < 0),
        "anything": float(not rule.topics),
        "restricts": float("restricts" in rule.strengths and not strict),
        "consents": float("consents" in rule.strengths and not strict),
        "reminds": float(rule.strengths == {"reminds"}),
    }
    return np.array([row.get(name, 0.0) for name in FEATURES])


def able_platforms(cards: CatalogIndex, asked: Asked) -> NDArray[np.float64]:
    """How well each platform does what is asked for: its best tool's match, ``(p,) float64``.

    A tool's match is the cosine of its card, and 0.3 of each, the words shared with it and with its name. A platform
    without tools is judged by its own card.
    """
    match = (cards.tool_vectors @ asked.vector).astype(np.float64)
    own = (cards.platform_vectors @ asked.vector).astype(np.float64)
    if not len(match):
        return own
    tokens = frozenset(asked.tokens)
    match += 0.3 * cards.tool_lexical(asked.tokens)
    match += 0.3 * np.array([len(stems & tokens) / len(stems) if stems else 0.0 for stems in cards.name_stems])
    best = np.full(len(own), -np.inf)
    np.maximum.at(best, cards.tool_platform, match)
    return np.where(np.isinf(best), own, best)
