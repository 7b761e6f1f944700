"""A query, read once: its text, tokens and embedding."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from indexes import analyse
from resolver.conversation import LONGEST_QUERY, ROLE_LABEL
from resolver.errors import QueryError
from resolver.json_values import well_formed
from resolver.text import TextReading, read_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from indexes import Embedder

__all__ = ["Asked", "check_queries", "read_queries", "read_turns"]

_ROLE = re.compile(f"^{ROLE_LABEL}", re.IGNORECASE | re.MULTILINE)


class Asked(NamedTuple):
    """A query as it came, and as it is read.

    Attributes:
        query: The query as it came, but U+FFFD for lone surrogates, which no JSON file can hold.
        text: What is read: of a dialogue the turns without the speakers' labels, at most 20,000 characters.
        tokens: The tokens of the text.
        vector: The embedding of the text, ``(d,) float32``, of length 1.
        reading: The text's words and typed spans.
    """

    query: str
    text: str
    tokens: list[str]
    vector: NDArray[np.float32]
    reading: TextReading


def read_queries(queries: Sequence[str], embedder: Embedder) -> list[Asked]:
    """Read queries, encoded together.

    Raises:
        QueryError: A query is empty or not text.
    """
    check_queries(queries)
    queries = [well_formed(query) for query in queries]
    # a speaker's label is no word of the request, yet it matches tools that speak of users or agents
    turns = [read_turns(query) for query in queries]
    vectors = embedder.encode([text for text, _ in turns])
    return [
        Asked(query, text, analyse(text), vector, read_text(text, assistant=others))
        for query, (text, others), vector in zip(queries, turns, vectors, strict=True)
    ]


def check_queries(queries: Iterable[str]) -> None:
    """Refuse what cannot be asked.

    Raises:
        QueryError: A query is empty or not text.
    """
    for query in queries:
        if not isinstance(query, str):
            raise QueryError(f"a query is text, got {type(query).__name__}")
        if not query.strip():
            raise QueryError("the query is empty")


def read_turns(query: str) -> tuple[str, list[tuple[int, int]]]:
    """The text of a query without the labels of speakers, and the places in it of turns that are not the user's."""
    # white space before the text is not what the first 20,000 characters should be spent on
    head = query.lstrip()[:LONGEST_QUERY] if len(query) > LONGEST_QUERY else query
    kept: list[str] = []
    others: list[tuple[int, int]] = []
    size = place = 0
    other = False
    for label in [*_ROLE.finditer(head), None]:
        piece = head[place : label.start() if label else len(head)]
        if other and piece:
            others.append((size, size + len(piece)))
        kept.append(piece)
        size += len(piece)
        if label:
            place, other = label.end(), label["other"] is not None
    text = "".join(kept)
    return (text, others) if text.strip() else (head, [])
