"""BM25 over token lists: rank-bm25 behind one door.

rank-bm25 0.2.2 is unmaintained and has edges that this module keeps from the rest:

- its ``tokenizer`` argument forks a process pool, so it is fed tokens;
- an empty corpus divides by zero, and so does one of empty documents;
- Okapi's IDF is negative for a term in more than half of the documents and is then replaced by a share of the mean,
  which on two documents ranks the wrong one first; here it is Lucene's, always positive;
- ``get_scores`` walks all documents in Python for each query term; here postings are summed;
- a corpus cannot be changed; here documents come and go, and the postings with them.
"""

from __future__ import annotations

from array import array
from math import log
from typing import TYPE_CHECKING, Any

import numpy as np
from rank_bm25 import BM25Okapi

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

__all__ = ["PostingsBM25", "scores_once"]


class PostingsBM25(BM25Okapi):  # type: ignore[misc]  # rank-bm25 has no types
    """BM25 with Lucene's IDF, scored from postings, over documents that may change.

    ``score(d) = sum over query tokens t of ln(1 + (N - n_t + 0.5) / (n_t + 0.5)) * f (k1 + 1) / (f + k1 (1 - b + b
    |d| / avgdl))``, ``f`` the count of ``t`` in ``d``: Robertson et al. with the IDF of Lucene's BM25Similarity
    (Kamphuis et al., "Which BM25 Do You Mean?", ECIR 2020). A repeated query token counts each time. All terms are
    positive, so a score is above 0 exactly where a document shares a token with the query.

    A document has a row, from 0 in the order in which they came. A write costs what its own tokens cost, whatever the
    size of the corpus (a document that goes: one look through the postings of its tokens); the weights of a query's
    tokens are computed when it comes and remembered until the next write. Scores are those of a corpus made anew, bit
    for bit.

    Args:
        corpus: Tokens by document, at least one document; a document may be empty.
        k1: How soon a repeated token stops to add; 1.5 is rank-bm25's default.
        b: How much long documents are held back.
    """

    doc_len: Any  # the base class's list of lengths, and then an array of them

    def __init__(self, corpus: Sequence[Sequence[str]], *, k1: float = 1.5, b: float = 0.75) -> None:
        super().__init__(corpus, k1=k1, b=b)
        lengths: list[int] = self.doc_len
        self.doc_len = array("q", lengths)
        self._total = sum(self.doc_len)
        self.avgdl: float = self.avgdl or 1.0  # empty documents only: any length will do
        self._rows: dict[str, array[int]] = {}  # by term the rows of its documents, in no order, and how often each
        self._counts: dict[str, array[int]] = {}
        self._weights: dict[str, tuple[NDArray[np.int64], NDArray[np.float64]]] = {}
        for row, frequencies in enumerate(self.doc_freqs):
            self._post(row, frequencies)

    @property
    def rows(self) -> int:
        """How many rows there are, those of removed documents among them."""
        return len(self.doc_len)

    def get_scores(self, query: Sequence[str]) -> NDArray[np.float64]:
        """BM25 score by row, ``(rows,)``; equal to rank-bm25's own up to rounding, 0 for what was removed."""
        scores = np.zeros(self.rows)
        for token in query:
            if token in self._rows:
                documents, weights = self._weighted(token)
                scores[documents] += weights
        return scores

    def append(self, document: Sequence[str]) -> int:
        """Add a document; its row comes back, the next one."""
        row = self.rows
        self.doc_len.append(0)
        self.doc_freqs.append({})
        self._put(row, document)
        return row

    def replace(self, row: int, document: Sequence[str]) -> None:
        """Put a document in the place of one that is there."""
        self.remove(row)
        self._put(row, document)

    def remove(self, row: int) -> None:
        """Remove a document that is there; its row stays and is never found."""
        for term in self.doc_freqs[row]:
            rows, counts = self._rows[term], self._counts[term]
            place = int(np.flatnonzero(np.frombuffer(rows, dtype=np.int64) == row)[0])
            last = rows.pop(), counts.pop()
            if place < len(rows):
                rows[place], counts[place] = last
            if not rows:
                del self._rows[term], self._counts[term]
        self.doc_freqs[row] = {}
        self._count(row, 0, documents=-1)

    def _put(self, row: int, document: Sequence[str]) -> None:
        frequencies: dict[str, int] = {}
        for token in document:
            frequencies[token] = frequencies.get(token, 0) + 1
        self.doc_freqs[row] = frequencies
        self._post(row, frequencies)
        self._count(row, len(document), documents=1)

    def _post(self, row: int, frequencies: Mapping[str, int]) -> None:
        for term, count in frequencies.items():
            if term not in self._rows:
                self._rows[term], self._counts[term] = array("q"), array("q")
            self._rows[term].append(row)
            self._counts[term].append(count)

    def _count(self, row: int, length: int, *, documents: int) -> None:
        """Bring up to date what is of the whole corpus, and forget what was computed from it."""
        self._total += length - self.doc_len[row]
        self.doc_len[row] = length
        self.corpus_size += documents
        self.avgdl = (self._total / self.corpus_size if self.corpus_size else 0.0) or 1.0
        self.idf.clear()
        self._weights.clear()

    def _calc_idf(self, nd: Mapping[str, int]) -> None:
        """Lucene's IDF, in place of the base class's; called by its constructor."""
        self.idf: dict[str, float] = {term: self._idf(n) for term, n in nd.items()}

    def _idf(self, n: int) -> float:
        size: int = self.corpus_size
        return log(1 + (size - n + 0.5) / (n + 0.5))

    def _weighted(self, term: str) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """The rows with a term and what it adds to the score of each."""
        known = self._weights.get(term)
        if known is None:
            rows = np.array(self._rows[term], dtype=np.int64)  # a copy: an array that is looked into cannot grow
            f = np.array(self._counts[term], dtype=np.float64)
            length = np.frombuffer(self.doc_len, dtype=np.int64)[rows].astype(np.float64)
            idf = self.idf.setdefault(term, self._idf(len(rows)))
            norm = self.k1 * (1 - self.b + self.b * length / self.avgdl)
            known = self._weights[term] = rows, idf * (f * (self.k1 + 1) / (f + norm))
        return known


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
