"""Can an embedding model read what PTool says? By how near its sentences are to what platforms say of a trait."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from experiments.ptool.vocabulary import traits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from indexes import Embedder

__all__ = ["Reading", "read_wordings"]


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
