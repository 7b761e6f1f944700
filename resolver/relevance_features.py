"""What speaks for a statement mattering to a query: of itself, and beside the user's other statements."""

from __future__ import annotations

import re
from math import log
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from indexes import LexicalIndex, analyse
from resolver.clauses import ASKING, Piece, StatementReading, content, lead_word, read_statement
from resolver.coerce import stems
from resolver.spans import find_spans

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from indexes import Embedder
    from resolver.kinds import KindSpace

__all__ = ["FEATURES", "PAIR_FEATURES", "Compared", "Pairs", "Said", "compare", "encode_statements", "user_turns"]

FEATURES = (
    "cosine",
    "cosine_below_best",
    "is_nearest",
    "condition_cosine",
    "condition_below_best",
    "outcome_cosine",
    "liked_cosine",
    "liked_below_best",
    "centred",
    "centred_below_best",
    "turn_cosine",
    "first_turn_cosine",
    "last_turn_cosine",
    "turn_below_best",
    "turn_condition_cosine",
    "bm25",
    "share",
    "condition_share",
    "outcome_share",
    "shared",
    "conditional",
    "conditional_cosine",
    "conditional_outcome",
    "commanding",
    "also",
    "also_cosine",
    "liking",
    "refusing",
    "query_length",
    "turns",
    "best_cosine",
    "statements",
    "names",
    "has_number",
)
"""Of a statement and the query."""

PAIR_FEATURES = (
    "cosine",
    "both_names",
    "one_name",
    "both_numbers",
    "same_lead",
    "place_lead",
    "shared",
    "same",
    "has_lead",
    "asked_place",
    "length",
    "query_length",
    "kind",
    "kind_squared",
    "kind_shared",
    "kind_names",
    "kind_lead",
)
"""Of a piece of a statement and one of the query: may they be two values of one thing?"""

_PLACE_LEADS = frozenset(("in", "at", "near", "around", "from", "to"))
_MOST_NAMES = 3
_MOST_PARTS = 12
_LONG_QUERY = 200.0
_PSEUDO_SCORE = 4.0  # as in `resolver.cards`
_LABEL = re.compile(r"^\s*(?:user|human|customer)\s*:\s*", re.IGNORECASE)
_OTHERS_TURN = re.compile(r"^\s*(?:agent|assistant|system|bot|ai)\s*:", re.IGNORECASE)


class Said(NamedTuple):
    """A statement with its embeddings.

    Attributes:
        reading: Its clauses.
        vector: ``(d,) float32``, of the whole.
        condition: Of the condition, or the whole where there is none.
        outcome: Of the rest.
        liked: Of what a sentence of liking is about.
        parts: The spans that may be values.
        part_vectors: ``(n, d) float32``.
        kinds: ``(n, k) float32``, those in the space of kinds.
    """

    reading: StatementReading
    vector: NDArray[np.float32]
    condition: NDArray[np.float32]
    outcome: NDArray[np.float32]
    liked: NDArray[np.float32]
    parts: tuple[Piece, ...]
    part_vectors: NDArray[np.float32]
    kinds: NDArray[np.float32]


class Pairs(NamedTuple):
    """Pieces of statements beside pieces of the query.

    Attributes:
        statement: ``(n,) int64``, the statement of each pair.
        rows: ``(n, len(PAIR_FEATURES)) float64``.
        own: ``(n, k) float32``, the statement's piece in the space of kinds.
        other: ``(n, k) float32``, the query's.
    """

    statement: NDArray[np.int64]
    rows: NDArray[np.float64]
    own: NDArray[np.float32]
    other: NDArray[np.float32]


class Compared(NamedTuple):
    """A query beside statements.

    Attributes:
        rows: ``(n, len(FEATURES)) float64``.
        query: ``(d,) float32``.
        statements: ``(n, d) float32``.
        conditions: ``(n, d) float32``.
        outcomes: ``(n, d) float32``.
        pairs: Pieces that may be in conflict.
        readings: The statements' clauses.
        asked: The stems of the query.
    """

    rows: NDArray[np.float64]
    query: NDArray[np.float32]
    statements: NDArray[np.float32]
    conditions: NDArray[np.float32]
    outcomes: NDArray[np.float32]
    pairs: Pairs
    readings: tuple[StatementReading, ...]
    asked: frozenset[str]


def user_turns(query: str) -> list[str]:
    """What the user says in a query that may be a dialogue, turn by turn, without labels."""
    lines = [line for line in query.splitlines() if line.strip()]
    own = [_LABEL.sub("", line) for line in lines if not _OTHERS_TURN.match(line)]
    return own or [query]


def encode_statements(texts: Sequence[str], embedder: Embedder, kinds: KindSpace) -> list[Said]:
    """Statements with their embeddings, all encoded together."""
    readings = [read_statement(text) for text in texts]
    parts = [_parts(reading.text, reading) for reading in readings]
    wanted: dict[str, int] = {}
    for reading, own in zip(readings, parts, strict=True):
        whole = (reading.text, reading.condition or reading.text, reading.outcome, reading.liked)
        for text in (*whole, *(part.text for part in own)):
            wanted.setdefault(text, len(wanted))
    vectors = embedder.encode(list(wanted))
    found = []
    for reading, own in zip(readings, parts, strict=True):
        rows = vectors[[wanted[part.text] for part in own]]
        found.append(
            Said(
                reading=reading,
                vector=vectors[wanted[reading.text]],
                condition=vectors[wanted[reading.condition or reading.text]],
                outcome=vectors[wanted[reading.outcome]],
                liked=vectors[wanted[reading.liked]],
                parts=tuple(own),
                part_vectors=rows,
                kinds=kinds.place(rows),
            )
        )
    return found


def compare(query: str, text: str, statements: Sequence[Said], embedder: Embedder, kinds: KindSpace) -> Compared:
    """A query beside the user's statements.

    Args:
        query: The query as it came, with the labels of a dialogue.
        text: The query without labels.
        statements: One or more statements.
        embedder: What embeds.
        kinds: The space of kinds.
    """
    turns = user_turns(query)
    parts = _parts(text, None)
    encoded = embedder.encode([text, *turns, *(part.text for part in parts)])
    vector, spoken, rest = encoded[0], encoded[1 : 1 + len(turns)], encoded[1 + len(turns) :]
    asked = frozenset(stems(text))
    readings = tuple(said.reading for said in statements)
    whole = np.stack([said.vector for said in statements])
    conditions = np.stack([said.condition for said in statements])
    outcomes = np.stack([said.outcome for said in statements])
    liked = np.stack([said.liked for said in statements])
    count = len(statements)
    flags = {
        name: np.array([float(getattr(reading, name)) for reading in readings])
        for name in ("conditional", "commanding", "also", "liking", "refusing")
    }
    cosine, of_condition, of_outcome, of_liked = whole @ vector, conditions @ vector, outcomes @ vector, liked @ vector
    centred = (whole - whole.mean(axis=0)) @ vector
    by_turn, condition_by_turn = whole @ spoken.T, conditions @ spoken.T
    columns = {
        **flags,
        "cosine": cosine,
        "cosine_below_best": cosine - cosine.max(),
        "is_nearest": cosine >= cosine.max(),
        "condition_cosine": of_condition,
        "condition_below_best": of_condition - of_condition.max(),
        "outcome_cosine": of_outcome,
        "liked_cosine": of_liked,
        "liked_below_best": of_liked - of_liked.max(),
        "centred": centred,
        "centred_below_best": centred - centred.max(),
        "turn_cosine": by_turn.max(axis=1),
        "first_turn_cosine": by_turn[:, 0],
        "last_turn_cosine": by_turn[:, -1],
        "turn_below_best": by_turn.max(axis=1) - by_turn.max(),
        "turn_condition_cosine": condition_by_turn.max(axis=1),
        "bm25": _bm25(text, [reading.text for reading in readings]),
        "share": _shares([reading.stems for reading in readings], asked),
        "condition_share": _shares([reading.condition_stems for reading in readings], asked),
        "outcome_share": _shares([reading.outcome_stems for reading in readings], asked),
        "shared": np.array([min(len((reading.stems - ASKING) & asked), 3) for reading in readings]),
        "conditional_cosine": flags["conditional"] * of_condition,
        "conditional_outcome": flags["conditional"] * of_outcome,
        "also_cosine": flags["also"] * by_turn.max(axis=1),
        "query_length": np.full(count, min(len(text) / _LONG_QUERY, 3.0)),
        "turns": np.full(count, float(len(turns))),
        "best_cosine": np.full(count, float(cosine.max())),
        "statements": np.full(count, log(count)),
        "names": np.array([min(sum(part.kind == "name" for part in said.parts), _MOST_NAMES) for said in statements]),
        "has_number": np.array([any(map(str.isdigit, reading.text)) for reading in readings]),
    }
    return Compared(
        rows=np.stack([columns[name] for name in FEATURES], axis=1).astype(np.float64),
        query=vector,
        statements=whole,
        conditions=conditions,
        outcomes=outcomes,
        pairs=_pairs(statements, parts, rest, kinds.place(rest)),
        readings=readings,
        asked=asked,
    )


def _parts(text: str, reading: StatementReading | None) -> list[Piece]:
    """The spans of a text that may be values, without words of asking at their ends; at most 12."""
    begin = text.find(reading.condition) if reading and reading.condition else -1
    end = begin + len(reading.condition) if reading and begin >= 0 else -1
    found = []
    for span in find_spans(text):
        words = span.text.split()
        while words and not content(words[0]):
            words = words[1:]
        while words and not content(words[-1]):
            words = words[:-1]
        if words:
            lead = lead_word(text, span.start)
            found.append(Piece(" ".join(words), span.kind, lead, span.start, span.end, begin <= span.start < end))
    return found[:_MOST_PARTS]


def _pairs(
    statements: Sequence[Said], asked: Sequence[Piece], vectors: NDArray[np.float32], kinds: NDArray[np.float32]
) -> Pairs:
    """What is asked for beside what is asked in each statement; its condition is in conflict with nothing."""
    asked_stems = [frozenset(stems(part.text)) for part in asked]
    numbers, rows, own, other = [], [], [], []
    for number, said in enumerate(statements):
        for place, part in enumerate(said.parts):
            if part.conditional:
                continue
            mine = frozenset(stems(part.text))
            near, alike = vectors @ said.part_vectors[place], kinds @ said.kinds[place]
            for at, piece in enumerate(asked):
                shared = len(mine & asked_stems[at]) / max(1, min(len(mine), len(asked_stems[at])))
                names = float(part.kind == piece.kind == "name")
                kind, same_lead = float(alike[at]), float(part.lead == piece.lead != "")
                values = {
                    "cosine": float(near[at]),
                    "both_names": names,
                    "one_name": float((part.kind == "name") != (piece.kind == "name")),
                    "both_numbers": float(part.kind == piece.kind == "number"),
                    "same_lead": same_lead,
                    "place_lead": float(part.lead in _PLACE_LEADS and piece.lead in _PLACE_LEADS),
                    "shared": shared,
                    "same": float(shared == 1.0),
                    "has_lead": float(piece.lead != ""),
                    "asked_place": float(piece.lead in _PLACE_LEADS),
                    "length": min(len(mine), 4) / 4,
                    "query_length": min(len(asked_stems[at]), 4) / 4,
                    "kind": kind,
                    "kind_squared": kind * kind,
                    "kind_shared": kind * shared,
                    "kind_names": kind * names,
                    "kind_lead": kind * same_lead,
                }
                numbers.append(number)
                rows.append([values[name] for name in PAIR_FEATURES])
                own.append(said.kinds[place])
                other.append(kinds[at])
    size = kinds.shape[1]
    return Pairs(
        np.array(numbers, dtype=np.int64),
        np.array(rows, dtype=np.float64).reshape(len(rows), len(PAIR_FEATURES)),
        np.array(own, dtype=np.float32).reshape(len(own), size),
        np.array(other, dtype=np.float32).reshape(len(other), size),
    )


def _bm25(text: str, statements: Sequence[str]) -> NDArray[np.float64]:
    scores = np.zeros(len(statements))
    index = LexicalIndex()
    index.add([str(number) for number in range(len(statements))], statements)
    for hit in index.search_tokens(analyse(text), len(statements)):
        scores[int(hit.id)] = hit.score
    share: NDArray[np.float64] = scores / (scores.max() + _PSEUDO_SCORE)
    return share


def _shares(sets: Sequence[frozenset[str]], asked: frozenset[str]) -> NDArray[np.float64]:
    return np.array([len(own & asked) / max(len(own), 1) for own in sets])
