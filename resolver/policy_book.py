"""The policies of a catalog, read and embedded once; and which of their rules concern a user."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from indexes import analyse
from resolver.conditions import Condition, content_stems
from resolver.policy_rules import Rule, read_policy
from resolver.user_facts import Known, fulfils, measures_of_text, read_measures, traits_of_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from indexes import Embedder
    from resolver.catalog import Catalog
    from resolver.conditions import Measure
    from resolver.profile import Fact

__all__ = ["Held", "PolicyBook", "Subject"]

# A trait and a fact in other words ("heart trouble", "cardiac arrhythmia"): the cosine at which they are one thing, and
# that below which they are not (MiniLM)
_SAME_TRAIT, _OTHER_TRAIT = 0.65, 0.45
_CONCERNED = 0.5


class Held(NamedTuple):
    """A rule that concerns a user: its number, how far it does, 0 to 1, and the ids of the Facts that say so."""

    rule: int
    degree: float
    facts: tuple[str, ...]


class Subject(NamedTuple):
    """What conditions are held against.

    Attributes:
        measures: Age, body and income.
        traits: The stems of each Fact that says something of the subject, with its id ("" for the query).
        vectors: The embeddings of these Facts, ``(n, d) float32``; rows of 0 for the query.
    """

    measures: Mapping[Measure, Known]
    traits: tuple[tuple[frozenset[str], str], ...]
    vectors: NDArray[np.float32]


class PolicyBook:
    """The rules of a catalog.

    Attributes:
        rules: Every rule once.
        platforms: For each rule the numbers of the platforms that have it.
        topics: For each rule the embeddings of its topics, ``(k, d) float32``, the whole first.
        allowed: The same for what it leaves free.
        instead: The same for what it recommends instead.
        topic_stems: For each rule the stems of each topic.
        allowed_stems: The same for what it leaves free.
    """

    def __init__(self, catalog: Catalog, embedder: Embedder) -> None:
        homes: dict[Rule, list[int]] = {}
        for number, platform in enumerate(catalog.platforms):
            for text in platform.policy:
                for rule in read_policy(text):
                    homes.setdefault(rule, []).append(number)
        self.rules = tuple(homes)
        self.platforms = tuple(tuple(dict.fromkeys(numbers)) for numbers in homes.values())
        traits = [tuple(condition.trait for condition in rule.conditions if condition.trait) for rule in self.rules]
        texts = list(
            dict.fromkeys(
                text
                for rule, own in zip(self.rules, traits, strict=True)
                for text in (*rule.topics, *rule.allowed, *rule.instead, *own)
            )
        )
        place = {text: number for number, text in enumerate(texts)}
        vectors = embedder.encode(texts) if texts else np.zeros((0, embedder.dimension), dtype=np.float32)
        self.topics = [vectors[[place[text] for text in rule.topics]] for rule in self.rules]
        self.allowed = [vectors[[place[text] for text in rule.allowed]] for rule in self.rules]
        self.instead = [vectors[[place[text] for text in rule.instead]] for rule in self.rules]
        self.topic_stems = [[frozenset(analyse(text)) for text in rule.topics] for rule in self.rules]
        self.allowed_stems = [[frozenset(analyse(text)) for text in rule.allowed] for rule in self.rules]
        self._traits = {text: vectors[place[text]] for own in traits for text in own}

    def subject(self, facts: Sequence[Fact], vectors: NDArray[np.float32]) -> Subject:
        """A user's Facts as conditions see them."""
        traits: list[tuple[frozenset[str], str]] = []
        rows: list[int] = []
        for number, fact in enumerate(facts) if self._traits else ():
            denied = (
                fact.value is None or fact.value is False or str(fact.value).strip().lower() in ("no", "none", "false")
            )
            found = traits_of_text(fact.text) if fact.statement else [] if denied else [content_stems(fact.text)]
            traits += [(stems, fact.id) for stems in found]
            rows += [number] * len(found)
        return Subject(read_measures(facts), tuple(traits), vectors[rows])

    def concerning(self, subject: Subject, query: str = "") -> list[Held]:
        """The rules that are known to concern a subject, by their numbers.

        What the query says of the subject counts where the profile says nothing: "I'm 19" is no proof.
        """
        said = measures_of_text(query) if query else {}
        measures = {**said, **subject.measures}
        spoken = traits_of_text(query) if query and self._traits else []
        held = []
        for number, rule in enumerate(self.rules):
            if not rule.conditions:
                held.append(Held(number, 1.0, ()))
                continue
            answers = [self._answer(condition, measures, subject, spoken) for condition in rule.conditions]
            known = [answer for answer in answers if answer is not None]
            if not known:
                continue
            degree, facts = max(known, key=lambda answer: answer[0])
            if rule.spared:
                # all whom no condition fits: each of them must be known not to
                degree = 1.0 - degree if len(known) == len(answers) else 0.0
            if degree > _CONCERNED:
                held.append(Held(number, degree, facts))
        return held

    def _answer(
        self,
        condition: Condition,
        measures: Mapping[Measure, Known],
        subject: Subject,
        spoken: list[frozenset[str]],
    ) -> tuple[float, tuple[str, ...]] | None:
        if condition.measure is not None:
            degree = fulfils(measures, condition)
            return None if degree is None else (degree, measures[condition.measure].sources)
        wanted = content_stems(condition.trait)
        if any(wanted <= stems for stems in spoken):
            return 1.0, ()
        for stems, source in subject.traits:
            if wanted <= stems:
                return 1.0, (source,)
        if not len(subject.traits):
            return None
        closeness = subject.vectors @ self._traits[condition.trait]
        best = int(np.argmax(closeness))
        degree = (float(closeness[best]) - _OTHER_TRAIT) / (_SAME_TRAIT - _OTHER_TRAIT)
        return min(max(degree, 0.0), 1.0), (subject.traits[best][1],)
