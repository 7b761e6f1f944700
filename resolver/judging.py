"""The user's statements judged for a query, and the retrieved evidence in the order of that judgement."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np

from resolver.relevance import RelevanceModel
from resolver.relevance_features import Said, compare, encode_statements
from resolver.resolution import Evidence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from indexes import Embedder
    from resolver.asking import Asked
    from resolver.records import Linked
    from resolver.resolution import Choice

__all__ = ["judge_statements", "ranked_by_relevance", "with_cited"]

_MOST_STATEMENTS = 64

# by snapshot of a user's records, and gone with it
_SAID: WeakKeyDictionary[Linked, dict[int, Said]] = WeakKeyDictionary()


def judge_statements(
    linked: Linked, asked: Asked, embedder: Embedder, *, model: RelevanceModel | None = None
) -> dict[str, float]:
    """The probability that each of the user's statements matters to a query, by fact id.

    Of over 64 statements the nearest to the query are judged. Nothing is judged with an embedder of another model
    than the weights are for.
    """
    numbers = np.flatnonzero(linked.statements) if len(linked.facts) else np.zeros(0, dtype=np.int64)
    model = model or RelevanceModel.load()
    if not len(numbers) or not model.kinds.knows(embedder):
        return {}
    if len(numbers) > _MOST_STATEMENTS:
        near = np.argsort(-(linked.fact_vectors[numbers] @ asked.vector), kind="stable")[:_MOST_STATEMENTS]
        numbers = np.sort(numbers[near])
    known = _SAID.setdefault(linked, {})
    if new := [int(n) for n in numbers if int(n) not in known]:
        said = encode_statements([linked.facts[n].text for n in new], embedder, model.kinds)
        known.update(zip(new, said, strict=True))
    judged = model.judge(compare(asked.query, asked.text, [known[int(n)] for n in numbers], embedder, model.kinds))
    return {
        linked.facts[int(n)].id: float(probability)
        for n, probability in zip(numbers, judged.probabilities, strict=True)
    }


def ranked_by_relevance(
    evidence: Sequence[Evidence], linked: Linked, asked: Asked, embedder: Embedder, *, model: RelevanceModel
) -> tuple[Evidence, ...]:
    """Evidence with the probabilities of statements; the places of statements go to the likeliest of them.

    Events and attributes keep their places.
    """
    judged = judge_statements(linked, asked, embedder, model=model)
    found = {item.id: item for item in evidence}
    likeliest = iter(sorted(judged, key=lambda fact: -judged[fact]))
    ranked = []
    for item in evidence:
        fact = next(likeliest, None) if item.id in judged else None
        if fact is None:
            ranked.append(item)
            continue
        held = found.get(fact) or Evidence(id=fact, kind="fact", text=linked.texts[fact], score=0.0)
        ranked.append(held.model_copy(update={"probability": round(judged[fact], 4)}))
    return tuple(ranked)


def with_cited(
    evidence: tuple[Evidence, ...], choice: Choice, bound: Sequence[str], linked: Linked
) -> tuple[Evidence, ...]:
    """The retrieved evidence, and behind it what the choice and the bindings cite beyond that."""
    held = {item.id for item in evidence}
    cited = dict.fromkeys((*bound, *choice.evidence_for, *choice.evidence_against))
    added = (Evidence(id=i, kind=linked.kinds[i], text=linked.texts[i], score=0.0) for i in cited if i not in held)
    return (*evidence, *added)
