"""Can an embedding model read what PTool says?

By how near its sentences are to what platforms say of a trait, and by what can be learned from half of the wordings of
the other half: a reader of wordings that it saw says little, since it may know them by heart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from experiments.ptool.vocabulary import traits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from experiments.ptool.vocabulary import TraitWords
    from indexes import Embedder

__all__ = ["LearnedReading", "Reading", "learn_wordings", "read_wordings"]

_PENALTY = 0.1  # of ridge regression, for vectors of length 1


class Reading(NamedTuple):
    """How one way to speak of traits is read.

    Attributes:
        said: Which way: plainly, between the lines, or as a request asks for it.
        sentences: How many.
        trait: How often a sentence is nearer (cosine) to what a platform says that is strong in its trait than to what
            one says that is strong in another; 0.5 is chance.
        polarity: The same against what a platform says that is weak in the same trait.
    """

    said: str
    sentences: int
    trait: float
    polarity: float


def read_wordings(embedder: Embedder) -> list[Reading]:
    """All ways to speak of all traits, as a model reads them without any training."""
    words = traits()
    strong = [embedder.encode(list(own.platform)) for own in words]
    weak = [embedder.encode(list(own.weak)) for own in words]
    ways = {
        "plainly": [[own.text for own in one.direct] for one in words],
        "between the lines": [[own.text for own in one.indirect] for one in words],
        "in a request": [list(one.ask) for one in words],
    }
    return [_reading(said, [embedder.encode(own) for own in texts], strong, weak) for said, texts in ways.items()]


class LearnedReading(NamedTuple):
    """How well a linear reader of a model's vectors does that learned from half of the wordings, both ways together.

    Attributes:
        read: What is told from what.
        texts: How many there are in both halves.
        classes: Between how many it decides.
        seen: Share right of the texts that it learned from.
        unseen: Of those of the other half.
    """

    read: str
    texts: int
    classes: int
    seen: float
    unseen: float


def learn_wordings(embedder: Embedder) -> list[LearnedReading]:
    """What ridge regression on one-hot traits learns from the even wordings of the odd ones, and the reverse."""
    halves = [_Half(embedder, traits("even")), _Half(embedder, traits("odd"))]
    found: dict[str, list[tuple[float, float]]] = {"trait of a sentence": [], "trait of a platform": [], "strong": []}
    for known, other in (halves, halves[::-1]):
        said = _ridge(known.said, known.said_trait)
        found["trait of a sentence"].append(
            (_right(known.said @ said, known.said_trait), _right(other.said @ said, other.said_trait))
        )
        told = _ridge(known.told, known.told_trait)
        found["trait of a platform"].append(
            (_right(known.told @ told, known.told_trait), _right(other.told @ told, other.told_trait))
        )
        count = int(known.told_trait.max()) + 1
        sided = _ridge(known.told, known.told_trait + count * known.told_weak)
        found["strong"].append((_strong(known, sided), _strong(other, sided)))
    said_texts, told_texts = sum(len(half.said) for half in halves), sum(len(half.told) for half in halves)
    about = {
        "trait of a sentence": ("the trait, of what users say", said_texts, len(traits())),
        "trait of a platform": ("the trait, of what platforms say", told_texts, len(traits())),
        "strong": ("strong or weak in its trait, of what platforms say", told_texts, 2),
    }
    return [
        LearnedReading(*about[name], *(float(np.mean(part)) for part in zip(*rates, strict=True)))
        for name, rates in found.items()
    ]


class _Half:
    """The wordings of a half: vectors ``(n, d)`` of what users and platforms say, the trait of each, and its side."""

    def __init__(self, embedder: Embedder, words: Sequence[TraitWords]) -> None:
        said = [[*(own.text for own in (*one.direct, *one.indirect)), *one.ask] for one in words]
        told = [(*one.platform, *one.weak) for one in words]
        self.said = embedder.encode([text for own in said for text in own])
        self.said_trait = np.repeat(np.arange(len(words)), list(map(len, said)))
        self.told = embedder.encode([text for own in told for text in own])
        self.told_trait = np.repeat(np.arange(len(words)), list(map(len, told)))
        self.told_weak = np.concatenate([[0] * len(one.platform) + [1] * len(one.weak) for one in words])


def _ridge(rows: NDArray[np.float32], labels: NDArray[np.int64]) -> NDArray[np.float64]:
    """Weights ``(d, classes)``."""
    wanted = np.eye(int(labels.max()) + 1)[labels]
    own = rows.astype(np.float64)
    weights: NDArray[np.float64] = np.linalg.solve(own.T @ own + _PENALTY * np.eye(own.shape[1]), own.T @ wanted)
    return weights


def _right(scores: NDArray[np.float64], labels: NDArray[np.int64]) -> float:
    return float(np.mean(scores.argmax(axis=1) == labels))


def _strong(half: _Half, weights: NDArray[np.float64]) -> float:
    """How often the side is right where the trait is known."""
    scores = half.told @ weights
    count = scores.shape[1] // 2
    each = np.arange(len(scores))
    weak = scores[each, half.told_trait + count] > scores[each, half.told_trait]
    return float(np.mean(weak == half.told_weak))


def _reading(
    said: str,
    texts: Sequence[NDArray[np.float32]],
    strong: Sequence[NDArray[np.float32]],
    weak: Sequence[NDArray[np.float32]],
) -> Reading:
    trait, polarity = [], []
    for place, own in enumerate(texts):
        near = own @ strong[place].T
        others = own @ np.concatenate([one for other, one in enumerate(strong) if other != place]).T
        trait += [float(np.mean(a[:, None] > b[None])) for a, b in zip(near, others, strict=True)]
        polarity += [float(np.mean(a[:, None] > b[None])) for a, b in zip(near, own @ weak[place].T, strict=True)]
    return Reading(said, len(trait), float(np.mean(trait)), float(np.mean(polarity)))
