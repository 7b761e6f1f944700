"""Dense and lexical search over the same texts, fused."""

from __future__ import annotations

import threading
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

import numpy as np

from indexes.analysis import analyse
from indexes.approximate import ApproximateIndex
from indexes.dense import DenseIndex
from indexes.errors import IndexModelError, UnknownIdError
from indexes.fusion import checked_weights, reciprocal_rank_fusion, score_fusion
from indexes.hits import FusedHit
from indexes.ids import known_ids, unique_ids
from indexes.lexical import LexicalIndex
from indexes.saving import Content, as_it_says, read_index, write_index

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import ArrayLike, NDArray
    from typing_extensions import Self

    from indexes.embedding import Embedder
    from indexes.hits import Hit

__all__ = ["DEFAULT_WEIGHTS", "RRF_K", "Fusion", "HybridIndex", "Mode", "alone", "fused", "pool_of", "weights_of"]

Mode = Literal["hybrid", "dense", "lexical"]
Fusion = Literal["rrf", "score"]

DEFAULT_WEIGHTS: Mapping[str, Mapping[str, float]] = MappingProxyType(
    {
        "score": MappingProxyType({"dense": 0.85, "lexical": 0.15}),
        "rrf": MappingProxyType({"dense": 0.9, "lexical": 0.1}),
    }
)
"""Measured with MiniLM on 1,217 records of two sets, chosen on one half by hit@1 + recall@5 and reported on the other:
score fusion against dense alone moves hit@1 by +2.4 and -2.2 points in int8, +1.6 and +2.2 with torch, and recall@5 by
less than a point in int8; RRF weighted this way equals dense, and RRF with equal weights and k = 60 loses 1 to 7 points
to it. The lexical share is small because sentences about a query seldom repeat its words."""
_POOL = 50  # candidates by retriever; 50, 100 and all of 200 measured alike
RRF_K = 5  # measured with the weights: partitions are short, and 60 flattens the first places too much


class HybridIndex:
    """One set of texts under ids, searched by meaning and by words.

    Every write is all or nothing: the texts are encoded and analysed before either index changes. One lock keeps the
    two indexes in step; encoding happens outside of it, so that a slow model never blocks a reader.

    Args:
        embedder: Makes the vectors.
        fusion: ``"score"`` for a weighted sum of normalised scores, ``"rrf"`` for weighted reciprocal ranks.
        weights: Weight of ``"dense"`` and ``"lexical"``; ``DEFAULT_WEIGHTS`` of the fusion where not given.
        approximate_above: How many vectors are all read for a query; above, an `ApproximateIndex` reads a part of them.
            None for always all.

    Raises:
        ValueError: The fusion or a retriever's name is unknown, or a weight is negative.
    """

    def __init__(
        self,
        embedder: Embedder,
        *,
        fusion: Fusion = "score",
        weights: Mapping[str, float] | None = None,
        approximate_above: int | None = None,
    ) -> None:
        self.embedder = embedder
        self.fusion = fusion
        self.weights = weights_of(fusion, weights)
        self.approximate_above = approximate_above
        self._dense = (
            DenseIndex(embedder.dimension)
            if approximate_above is None
            else ApproximateIndex(embedder.dimension, above=approximate_above)
        )
        self._lexical = LexicalIndex()
        self._texts: dict[str, str] = {}
        self._recency: dict[str, int] = {}
        self._clock = 0
        self._lock = threading.RLock()

    def __len__(self) -> int:
        """How many ids there are."""
        return len(self._texts)

    def __contains__(self, key: object) -> bool:
        """Whether the id is in the index."""
        return key in self._texts

    @property
    def ids(self) -> tuple[str, ...]:
        """All ids, oldest first."""
        with self._lock:
            return tuple(self._texts)

    def emptied(self) -> HybridIndex:
        """An empty index with the same settings."""
        return HybridIndex(
            self.embedder, fusion=self.fusion, weights=self.weights, approximate_above=self.approximate_above
        )

    def text(self, key: str) -> str:
        """The text of an id.

        Raises:
            UnknownIdError: The id is not there.
        """
        try:
            return self._texts[key]
        except KeyError:
            raise UnknownIdError(f"id {key!r} is not in the index of {len(self)} texts") from None

    def vectors(self, ids: Sequence[str]) -> NDArray[np.float32]:
        """Copies of vectors, ``(len(ids), dimension)``.

        Raises:
            UnknownIdError: An id is not there.
        """
        return self._dense.vectors(ids)

    def add(
        self,
        ids: Sequence[str],
        texts: Sequence[str],
        *,
        vectors: ArrayLike | None = None,
        tokens: Sequence[list[str]] | None = None,
    ) -> None:
        """Add texts under new ids.

        Args:
            ids: New ids, each once.
            texts: As many texts.
            vectors: Their vectors, ``(len(ids), dimension)``, where they are known already.
            tokens: Their tokens from `indexes.analyse`, where they are known already.

        Raises:
            DuplicateIdError: An id is already there or given twice.
            DimensionError: The vectors have another shape.
            ValueError: There are not as many texts as ids, or a vector is not finite.
            TypeError: An id or a text is not a string.
        """
        unique_ids(ids, present=self._texts)
        block, words = self._prepared(ids, texts, vectors, tokens)
        with self._lock:
            self._dense.add(ids, block)  # checks once more what another writer may have changed meanwhile
            self._lexical.add_tokens(ids, words)
            self._texts.update(zip(ids, texts, strict=True))
            self._recency.update((key, self._clock + i) for i, key in enumerate(ids))
            self._clock += len(ids)

    def update(
        self,
        ids: Sequence[str],
        texts: Sequence[str],
        *,
        vectors: ArrayLike | None = None,
        tokens: Sequence[list[str]] | None = None,
    ) -> None:
        """Replace the texts of ids that are there; their place in the recency order stays.

        Raises:
            UnknownIdError: An id is not there.
            DuplicateIdError: An id is given twice.
            DimensionError: The vectors have another shape.
            ValueError: There are not as many texts as ids, or a vector is not finite.
            TypeError: An id or a text is not a string.
        """
        known_ids(ids, present=self._texts)
        block, words = self._prepared(ids, texts, vectors, tokens)
        with self._lock:
            self._dense.update(ids, block)
            self._lexical.update_tokens(ids, words)
            self._texts.update(zip(ids, texts, strict=True))

    def delete(self, ids: Sequence[str]) -> None:
        """Remove ids.

        Raises:
            UnknownIdError: An id is not there.
            DuplicateIdError: An id is given twice.
        """
        with self._lock:
            self._dense.delete(ids)
            self._lexical.delete(ids)
            for key in ids:
                del self._texts[key]
                del self._recency[key]

    def search(
        self,
        query: str,
        k: int,
        *,
        vector: ArrayLike | None = None,
        tokens: Sequence[str] | None = None,
        mode: Mode = "hybrid",
    ) -> list[FusedHit]:
        """The ``k`` best ids for a query.

        Args:
            query: What is looked for.
            k: How many at most, at least 1.
            vector: The query's vector, where it is known already: ``(dimension,)`` or ``(1, dimension)``.
            tokens: The query's tokens from ``analyse``, where they are known already.
            mode: Both retrievers, or one alone (then the score is that retriever's own).

        Returns:
            Hits, best first, with the rank and raw score of each retriever that found them: cosine for ``"dense"``,
            BM25 for ``"lexical"``. Empty for an empty index.

        Raises:
            ValueError: ``k`` is below 1 or the mode is unknown.
            DimensionError: The vector has another shape.
        """
        if k < 1:
            raise ValueError(f"k must be at least 1, got {k}")
        if mode not in ("hybrid", "dense", "lexical"):
            raise ValueError(f"mode must be 'hybrid', 'dense' or 'lexical', got {mode!r}")
        if not self._texts:
            return []
        if mode != "lexical" and vector is None:
            vector = self.embedder.encode([query])
        if mode != "dense" and tokens is None:
            tokens = analyse(query)
        pool = pool_of(k, mode)
        with self._lock:
            dense = [] if vector is None or mode == "lexical" else self._dense.search(vector, pool)
            lexical = [] if tokens is None or mode == "dense" else self._lexical.search_tokens(tokens, pool)
            if mode == "hybrid":
                return fused(dense, lexical, k, fusion=self.fusion, weights=self.weights, recency=self._recency)
        return alone(dense or lexical, mode)

    def save(self, path: Path) -> None:
        """Save it to a folder, in place of what was saved there before; see `indexes.saving`.

        Other threads may go on: it is saved as it is at one moment.

        Raises:
            IndexFileError: The folder holds something else or cannot be written; what it held is as it was.
        """
        with self._lock:
            dense, lexical = self._dense.content(), self._lexical.content()
            lists = {**lexical.lists, **dense.lists, "texts": list(self._texts.values())}
        about = {
            "embedder": self.embedder.name,
            "fusion": self.fusion,
            "weights": dict(self.weights),
            "approximate_above": self.approximate_above,
            **dense.about,
        }
        write_index(path, "hybrid", Content(about, lists, dense.arrays))

    @classmethod
    def load(cls, path: Path, embedder: Embedder) -> Self:
        """An index that was saved, which finds what that one found, with its fusion and weights.

        Args:
            path: The folder.
            embedder: The one that it was made with, by its name: of two, vectors cannot be compared.

        Raises:
            IndexFileError: There is none, it is damaged, of another kind or of a newer format.
            IndexModelError: It holds vectors of another embedder.
        """
        content = read_index(path, "hybrid")
        about, lists = content.about, content.lists
        with as_it_says(path):
            own = (about["embedder"], about["dimension"])
            if own != (embedder.name, embedder.dimension):
                raise IndexModelError(
                    f"{path} holds vectors of {own[0]!r} with dimension {own[1]}, and is to be searched with "
                    f"{embedder.name!r} with dimension {embedder.dimension}: load it with the former, or index anew"
                )
            above = about["approximate_above"]
            index = cls(embedder, fusion=about["fusion"], weights=about["weights"], approximate_above=above)
            index._dense = type(index._dense).restored(content)
            index._lexical = LexicalIndex.restored(content)
            index._texts = dict(zip(index._dense.ids, lists["texts"], strict=True))
            index._clock = len(index)
            index._recency = {key: place for place, key in enumerate(index._texts)}
        return index

    def _prepared(
        self,
        ids: Sequence[str],
        texts: Sequence[str],
        vectors: ArrayLike | None,
        tokens: Sequence[list[str]] | None,
    ) -> tuple[NDArray[np.float32], Sequence[list[str]]]:
        if len(ids) != len(texts) or (tokens is not None and len(ids) != len(tokens)):
            got = f"{len(texts)}" if tokens is None else f"{len(texts)} and tokens of {len(tokens)}"
            raise ValueError(f"{len(ids)} ids need as many texts, got {got}; nothing was changed")
        if wrong := [text for text in texts if not isinstance(text, str)]:
            raise TypeError(f"a text must be a string, got {wrong[0]!r}; nothing was changed")
        words = [analyse(text) for text in texts] if tokens is None else tokens
        if vectors is None:
            return self.embedder.encode(texts), words
        return np.asarray(vectors, dtype=np.float32), words


def weights_of(fusion: Fusion, weights: Mapping[str, float] | None) -> Mapping[str, float]:
    """The weight of both retrievers: what is given, and the fusion's own where nothing is.

    Raises:
        ValueError: The fusion or a retriever's name is unknown, or a weight is negative.
    """
    if fusion not in DEFAULT_WEIGHTS:
        raise ValueError(f"fusion must be one of {sorted(DEFAULT_WEIGHTS)}, got {fusion!r}")
    chosen = {**DEFAULT_WEIGHTS[fusion], **(weights or {})}
    if unknown := chosen.keys() - {"dense", "lexical"}:
        raise ValueError(f"weights may name 'dense' and 'lexical', got {sorted(unknown)}")
    return MappingProxyType(checked_weights(chosen, chosen))


def pool_of(k: int, mode: Mode) -> int:
    """How many candidates each retriever is asked for."""
    return k if mode != "hybrid" else max(k, _POOL)


def fused(
    dense: Sequence[Hit],
    lexical: Sequence[Hit],
    k: int,
    *,
    fusion: Fusion,
    weights: Mapping[str, float],
    recency: Mapping[str, int],
) -> list[FusedHit]:
    """The hits of both retrievers as one ranking."""
    rankings = {"dense": dense, "lexical": lexical}
    if fusion == "rrf":
        return reciprocal_rank_fusion(rankings, weights=weights, k=RRF_K, limit=k, recency=recency)
    return score_fusion(rankings, weights=weights, limit=k, recency=recency)


def alone(hits: Sequence[Hit], mode: Mode) -> list[FusedHit]:
    """The hits of one retriever in the form of both."""
    return [FusedHit(hit.id, hit.score, {mode: rank}, {mode: hit.score}) for rank, hit in enumerate(hits, start=1)]
