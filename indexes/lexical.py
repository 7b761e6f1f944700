"""Lexical search by BM25, under string ids."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import numpy as np

from indexes.analysis import analyse
from indexes.bm25 import PostingsBM25, scores_once
from indexes.hits import Hit
from indexes.ids import known_ids, unique_ids
from indexes.saving import Content, as_it_says, read_index, write_index

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray
    from typing_extensions import Self

__all__ = ["LexicalIndex", "best_hits"]

_FEW = 1_000  # texts of which one query is answered sooner without postings than with building them
_SHARE_REMOVED = 0.05  # of 100,000 texts, removing 5,000 one by one takes as long as building the rest anew


def best_hits(scores: NDArray[np.float64], ids: Sequence[str], k: int) -> list[Hit]:
    """The ``k`` ids of highest score among those with one, equal ones newest first; ``ids`` are oldest first."""
    found = np.flatnonzero(scores)[::-1]  # newest first, so that a stable sort leaves ties in the right order
    if len(found) > k:
        least = np.partition(scores[found], -k)[-k]
        found = found[scores[found] >= least]
    order = found[np.argsort(-scores[found], kind="stable")[:k]]
    return [Hit(ids[row], score) for row, score in zip(order.tolist(), scores[order].tolist(), strict=True)]


class LexicalIndex:
    """BM25 over analysed texts, with string ids.

    A document is found when it shares at least one token with the query, and only then. Every write is all or nothing.
    The postings are built by the first search, of a short index by the second, O(tokens in the index): about 1 ms for
    200 short texts, 1 s for 100,000. Writes after it change them in place, at the cost of the texts written; only
    where a large part goes at once, or has gone by and by, the next search builds them anew. One lock guards reads and
    writes.
    """

    def __init__(self) -> None:
        self._tokens: dict[str, list[str]] = {}  # in insertion order, which is the recency order
        self._built: _Built | None = None
        self._asked = False
        self._lock = threading.RLock()

    def __len__(self) -> int:
        """How many ids there are."""
        return len(self._tokens)

    def __contains__(self, key: object) -> bool:
        """Whether the id is in the index."""
        return key in self._tokens

    @property
    def ids(self) -> tuple[str, ...]:
        """All ids, oldest first."""
        with self._lock:
            return tuple(self._tokens)

    def add(self, ids: Sequence[str], texts: Sequence[str]) -> None:
        """Add texts under new ids.

        Args:
            ids: New ids, each once.
            texts: As many texts; an empty one is kept and never found.

        Raises:
            DuplicateIdError: An id is already there or given twice.
            ValueError: There are not as many texts as ids.
        """
        self.add_tokens(ids, [analyse(text) for text in texts])

    def add_tokens(self, ids: Sequence[str], tokens: Sequence[list[str]]) -> None:
        """Like ``add`` with texts that went through ``analyse`` already."""
        with self._lock:
            unique_ids(ids, present=self._tokens)
            _check_as_many(ids, tokens)
            self._tokens.update(zip(ids, tokens, strict=True))
            if self._built is not None:
                self._built.append(ids, tokens)

    def update(self, ids: Sequence[str], texts: Sequence[str]) -> None:
        """Replace the texts of ids that are there; their place in the recency order stays.

        Raises:
            UnknownIdError: An id is not there.
            DuplicateIdError: An id is given twice.
            ValueError: There are not as many texts as ids.
        """
        self.update_tokens(ids, [analyse(text) for text in texts])

    def update_tokens(self, ids: Sequence[str], tokens: Sequence[list[str]]) -> None:
        """Like ``update`` with texts that went through ``analyse`` already."""
        with self._lock:
            known_ids(ids, present=self._tokens)
            _check_as_many(ids, tokens)
            self._tokens.update(zip(ids, tokens, strict=True))
            if self._built is not None:
                self._built.replace(ids, tokens)

    def delete(self, ids: Sequence[str]) -> None:
        """Remove ids.

        Raises:
            UnknownIdError: An id is not there.
            DuplicateIdError: An id is given twice.
        """
        with self._lock:
            known_ids(ids, present=self._tokens)
            for key in ids:
                del self._tokens[key]
            if self._built is not None and not self._built.remove(ids):
                self._built = None

    def search(self, text: str, k: int) -> list[Hit]:
        """The ``k`` best ids for a text; see ``search_tokens``."""
        return self.search_tokens(analyse(text), k)

    def search_tokens(self, tokens: Sequence[str], k: int) -> list[Hit]:
        """The ``k`` ids of highest BM25 score among those that share a token with the query.

        Args:
            tokens: What ``analyse`` gave for the query.
            k: How many at most, at least 1.

        Returns:
            Hits with scores above 0, best first; equal scores newest first.

        Raises:
            ValueError: ``k`` is below 1.
        """
        if k < 1:
            raise ValueError(f"k must be at least 1, got {k}")
        with self._lock:
            if not self._tokens:
                return []
            if self._built is None and len(self._tokens) <= _FEW and not self._asked:
                self._asked = True  # building pays from the second query on
                return best_hits(scores_once(list(self._tokens.values()), tokens), list(self._tokens), k)
            if self._built is None:
                self._built = _Built(self._tokens)
            return best_hits(self._built.model.get_scores(tokens), self._built.ids, k)

    def save(self, path: Path) -> None:
        """Save it to a folder, in place of what was saved there before; see `indexes.saving`.

        Raises:
            IndexFileError: The folder holds something else or cannot be written; what it held is as it was.
        """
        write_index(path, "lexical", self.content())

    @classmethod
    def load(cls, path: Path) -> Self:
        """An index that was saved, which finds what that one found.

        Raises:
            IndexFileError: There is none, it is damaged, of another kind or of a newer format.
        """
        content = read_index(path, "lexical")
        with as_it_says(path):
            return cls.restored(content)

    def content(self) -> Content:
        """What is saved of it, of one moment: its ids, oldest first, and the tokens of each, in which no space is."""
        with self._lock:
            tokens = [" ".join(each) for each in self._tokens.values()]
            return Content({"count": len(tokens)}, {"ids": self.ids, "tokens": tokens}, {})

    @classmethod
    def restored(cls, content: Content) -> Self:
        """An index with that content.

        Raises:
            KeyError, ValueError, IndexingError: It is no such content.
        """
        index = cls()
        index.add_tokens(content.lists["ids"], [each.split() for each in content.lists["tokens"]])
        return index


class _Built:
    """Postings of an index, and which id has which row; rows are in the order of recency."""

    def __init__(self, tokens: Mapping[str, list[str]]) -> None:
        self.model = PostingsBM25(list(tokens.values()))
        self.ids = list(tokens)  # by row; a row without a document is never found
        self._row_of = {key: row for row, key in enumerate(self.ids)}

    def append(self, ids: Sequence[str], tokens: Sequence[list[str]]) -> None:
        for key, document in zip(ids, tokens, strict=True):
            self._row_of[key] = self.model.append(document)
            self.ids.append(key)

    def replace(self, ids: Sequence[str], tokens: Sequence[list[str]]) -> None:
        for key, document in zip(ids, tokens, strict=True):
            self.model.replace(self._row_of[key], document)

    def remove(self, ids: Sequence[str]) -> bool:
        """Whether it was worth the while; if not, it must be built anew."""
        left = len(self._row_of) - len(ids)
        if len(ids) > left * _SHARE_REMOVED or len(self.ids) > 2 * left:
            return False
        for key in ids:
            row = self._row_of.pop(key)
            self.model.remove(row)
            self.ids[row] = ""
        return True


def _check_as_many(ids: Sequence[str], tokens: Sequence[list[str]]) -> None:
    if len(ids) != len(tokens):
        raise ValueError(f"{len(ids)} ids need as many texts, got {len(tokens)}; nothing was changed")
