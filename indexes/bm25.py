"""BM25 over token lists: rank-bm25 behind one door.

rank-bm25 0.2.2 is unmaintained and has edges that this module keeps from the rest:

- its ``tokenizer`` argument forks a process pool, so it is fed tokens;
- an empty corpus divides by zero, and so does one of empty documents;
- Okapi's IDF is negative for a term in more than half of the documents and is then replaced by a share of the mean,
  which on two documents ranks the wrong one first; here it is Lucene's, always positive;
- ``get_scores`` walks all documents in Python for each query term; here postings are summed.
"""

from __future__ import annotations

from math import log
from typing import TYPE_CHECKING

import numpy as np
from rank_bm25 import BM25Okapi

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

__all__ = ["PostingsBM25", "scores_once"]


class PostingsBM25(BM25Okapi):  # type: ignore[misc]  # rank-bm25 has no types
    """BM25 with Lucene's IDF, scored from postings.

    ``score(d) = sum over query tokens t of ln(1 + (N - n_t + 0.5) / (n_t + 0.5)) * f (k1 + 1) / (f + k1 (1 - b + b
    |d| / avgdl))``, ``f`` the count of ``t`` in ``d``: Robertson et al. with the IDF of Lucene's BM25Similarity
    (Kamphuis et al., "Which BM25 Do You Mean?", ECIR 2020). A repeated query token counts each time. All terms are
    positive, so a score is above 0 exactly where a document shares a token with the query.

    Args:
        corpus: Tokens by document, at least one document; a document may be empty.
        k1: How soon a repeated token stops to add; 1.5 is rank-bm25's default.
        b: How much long documents are held back.
    """

    def __init__(self, corpus: Sequence[Sequence[str]], *, k1: float = 1.5, b: float = 0.75) -> None:
        super().__init__(corpus, k1=k1, b=b)
        self.avgdl: float = self.avgdl or 1.0  # empty documents only: any length will do
        self._postings = self._weighted_postings()

    def get_scores(self, query: Sequence[str]) -> NDArray[np.float64]:
        """BM25 score by document, ``(documents,)``; equal to rank-bm25's own up to rounding."""
        scores = np.zeros(self.corpus_size)
        for token in query:
            posting = self._postings.get(token)
            if posting is not None:
                documents, weights = posting
                scores[documents] += weights
        return scores

    def _calc_idf(self, nd: Mapping[str, int]) -> None:
        """Lucene's IDF, in place of the base class's; called by its constructor."""
        size: int = self.corpus_size
        self.idf: dict[str, float] = {term: log(1 + (size - n + 0.5) / (n + 0.5)) for term, n in nd.items()}

    def _weighted_postings(self) -> dict[str, tuple[NDArray[np.int64], NDArray[np.float64]]]:
        documents: dict[str, list[int]] = {}
        counts: dict[str, list[int]] = {}
        for number, frequencies in enumerate(self.doc_freqs):
            for term, count in frequencies.items():
                documents.setdefault(term, []).append(number)
                counts.setdefault(term, []).append(count)
        # One vectorised pass over all postings, cut up by term afterwards: NumPy calls per term would cost more
        terms = list(documents)
        starts = np.cumsum([0, *(len(documents[term]) for term in terms)]).tolist()
        at = np.array([number for term in terms for number in documents[term]], dtype=np.int64)
        f = np.array([count for term in terms for count in counts[term]], dtype=np.float64)
        idf = np.repeat([self.idf[term] for term in terms], np.diff(starts))
        norm = self.k1 * (1 - self.b + self.b * np.array(self.doc_len, dtype=np.float64) / self.avgdl)
        weight = idf * (f * (self.k1 + 1) / (f + norm[at]))
        return {
            term: (at[start:end], weight[start:end])
            for term, start, end in zip(terms, starts[:-1], starts[1:], strict=True)
        }


def scores_once(
    corpus: Sequence[Sequence[str]], query: Sequence[str], *, k1: float = 1.5, b: float = 0.75
) -> NDArray[np.float64]:
    """The scores of `PostingsBM25` for one query, bit for bit, without building anything: for a corpus read once.

    Args:
        corpus: Tokens by document; may be empty.
        query: The query's tokens.
        k1: As of `PostingsBM25`.
        b: As of `PostingsBM25`.

    Returns:
        ``(documents,) float64``.
    """
    size = len(corpus)
    scores = np.zeros(size)
    lengths = [len(tokens) for tokens in corpus]
    average = sum(lengths) / size if size else 0.0
    norm = k1 * (1 - b + b * np.array(lengths, dtype=np.float64) / (average or 1.0))
    weights: dict[str, NDArray[np.float64]] = {}
    for token in query:
        if token not in weights:
            f = np.array([tokens.count(token) for tokens in corpus], dtype=np.float64)
            found = int(np.count_nonzero(f))
            idf = log(1 + (size - found + 0.5) / (found + 0.5))
            weights[token] = idf * (f * (k1 + 1) / (f + norm)) if found else f
        scores += weights[token]
    return scores
