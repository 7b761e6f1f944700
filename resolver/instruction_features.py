"""What speaks for reading a statement as an instruction that sets a parameter of a tool to a value."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from resolver.clauses import ASKING, Piece, StatementReading, pieces, read_statement
from resolver.coerce import coerce, read_number, stems

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from pydantic import JsonValue

    from resolver.cards import CatalogIndex
    from resolver.kinds import KindSpace
    from resolver.reading import ParameterReading

__all__ = [
    "DOMAIN_FEATURES",
    "VALUE_FEATURES",
    "Reading",
    "StatementVectors",
    "domain_rows",
    "name_shares",
    "read_values",
    "vectors_of",
]

DOMAIN_FEATURES = (
    "named",
    "named_rather",
    "cosine",
    "cosine_rather",
    "platform_cosine",
    "platform_rather",
    "condition_cosine",
    "condition_rather",
    "parameter_named",
    "parameter_rather",
    "parameter_cosine",
    "parameter_cosine_rather",
    "conditional",
    "commanding",
    "liking",
    "refusing",
)
"""How a statement fits a tool; ``*_rather`` is the distance to the best other platform."""

VALUE_FEATURES = (
    "name_share",
    "name_near",
    "description_share",
    "suits",
    "closed_match",
    "closed_miss",
    "is_boolean",
    "boolean_share",
    "boolean_noun",
    "boolean_cosine",
    "boolean_rather",
    "is_tool",
    "is_name_of_parameter",
    "is_name_of_other",
    "is_asking",
    "length",
    "is_name",
    "is_quoted",
    "is_number",
    "number_wanted",
    "number_missing",
    "name_before",
    "name_behind",
    "cut_left",
    "cut_right",
    "cut_name",
    "to_the_end",
    "place_lead",
    "place_lead_other",
    "name_lead",
    "maker_lead",
    "value_lead",
    "cosine",
    "cosine_rather",
    "statement_cosine",
    "statement_rather",
    "conditional",
    "inside_named",
)
"""How a piece of a statement fits a parameter."""

_PLACE_LEADS = frozenset(("in", "at", "near", "around", "from", "to"))
_NAME_LEADS = frozenset(("named", "called", "titled"))
_VALUE_LEADS = frozenset(("is", "as", "be", "of"))
_NEGATION = re.compile(r"\b(?:no|not|without|never|don['\u2019]t|doesn['\u2019]t|isn['\u2019]t|avoid)\b", re.IGNORECASE)
# what names of flags begin or end with, and says nothing of what they are about
_VERBS_OF_FLAGS = frozenset(
    stems("has have is serves serve offers offer good allowed allows welcome includes with for")
)
# a value ends with its statement, and before an "or"
_ENDS = re.compile(r"[ .!\"'\u201d]*(?:$|,?\s+or\b)", re.IGNORECASE)
_REACH = 4
_LOOK_BACK = 25
_WORDS = 6


class StatementVectors(NamedTuple):
    """A statement with what is computed of it once.

    Attributes:
        reading: The statement's clauses.
        pieces: The parts that may be values.
        vector: Its embedding, ``(d,) float32``.
        condition: That of its condition, or its own where there is none.
        piece_vectors: ``(n, d) float32``.
        kinds: ``(n, k) float32``, the pieces in the space of kinds.
    """

    reading: StatementReading
    pieces: tuple[Piece, ...]
    vector: NDArray[np.float32]
    condition: NDArray[np.float32]
    piece_vectors: NDArray[np.float32]
    kinds: NDArray[np.float32]


class Reading(NamedTuple):
    """One way to read a part of a statement: a parameter's number, the value, and the piece (-1 for a boolean)."""

    parameter: int
    value: JsonValue
    piece: int


def vectors_of(texts: Sequence[str], cards: CatalogIndex, kinds: KindSpace) -> list[StatementVectors]:
    """Statements with their embeddings, all encoded together."""
    readings = [read_statement(text) for text in texts]
    parts = [tuple(pieces(reading)) for reading in readings]
    wanted: dict[str, int] = {}
    for reading, own in zip(readings, parts, strict=True):
        for text in (reading.text, reading.condition or reading.text, *(piece.text for piece in own)):
            wanted.setdefault(text, len(wanted))
    vectors = cards.embedder.encode(list(wanted))
    found = []
    for reading, own in zip(readings, parts, strict=True):
        rows = vectors[[wanted[piece.text] for piece in own]]
        found.append(
            StatementVectors(
                reading=reading,
                pieces=own,
                vector=vectors[wanted[reading.text]],
                condition=vectors[wanted[reading.condition or reading.text]],
                piece_vectors=rows,
                kinds=kinds.place(rows),
            )
        )
    return found


def domain_rows(cards: CatalogIndex, statement: StatementVectors) -> NDArray[np.float64]:
    """How a statement fits each tool, ``(t, len(DOMAIN_FEATURES)) float64``."""
    said = statement.reading.stems
    platform = cards.tool_platform
    named = name_shares(cards, said)
    cosine = cards.tool_vectors @ statement.vector
    of_platform = (cards.platform_vectors @ statement.vector)[platform]
    condition = cards.tool_vectors @ statement.condition
    parameters = np.array(
        [
            max((_share(reading.cues, said) for reading in cards.readings(n)), default=0.0)
            for n in range(len(cards.catalog.tools))
        ]
    )
    near = np.array(
        [
            float((cards.parameter_vectors(n) @ statement.vector).max()) if cards.readings(n) else 0.0
            for n in range(len(cards.catalog.tools))
        ]
    )
    columns = []
    for values in (named, cosine, of_platform, condition, parameters, near):
        columns += [values, _rather(values, platform)]
    form = statement.reading
    for said_so in (form.conditional, form.commanding, form.liking, form.refusing):
        columns.append(np.full(len(platform), float(said_so)))
    return np.stack(columns, axis=1).astype(np.float64)


def name_shares(cards: CatalogIndex, said: frozenset[str]) -> NDArray[np.float64]:
    """Of each tool how much of its name, or of its platform's, stands among stems, ``(t,) float64`` in [0, 1].

    Words of asking are no part of a name here.
    """
    return np.array(
        [
            max(_share(cards.platform_stems[int(cards.tool_platform[n])] - ASKING, said), _share(own - ASKING, said))
            for n, own in enumerate(cards.name_stems)
        ],
        dtype=np.float64,
    )


def _rather(values: NDArray[np.floating], platform: NDArray[np.int64]) -> NDArray[np.float64]:
    """Each value less the best of other groups; 0 where there is no other."""
    groups, member = np.unique(platform, return_inverse=True)
    if len(groups) < 2:  # noqa: PLR2004
        return np.zeros(len(values))
    exact = values.astype(np.float64)
    best = np.full(len(groups), -np.inf)
    np.maximum.at(best, member, exact)
    first, second = np.argsort(-best, kind="stable")[:2]
    rather: NDArray[np.float64] = exact - np.where(member == first, best[second], best[first])
    return rather


def _rather_rows(values: NDArray[np.floating]) -> NDArray[np.float64]:
    """``(n, m)``: each value less the best of its column's others; 0 for a single row."""
    exact = values.astype(np.float64)
    if len(exact) < 2:  # noqa: PLR2004
        return np.zeros_like(exact)
    second, first = np.partition(exact, (-2, -1), axis=0)[-2:]
    rather: NDArray[np.float64] = exact - np.where(
        np.arange(len(exact))[:, None] == exact.argmax(axis=0), second, first
    )
    return rather


def _share(wanted: frozenset[str], said: frozenset[str]) -> float:
    return len(wanted & said) / len(wanted) if wanted else 0.0


def read_values(
    cards: CatalogIndex, tool: int, statement: StatementVectors
) -> tuple[list[Reading], NDArray[np.float64]]:
    """All ways to read a statement for a tool's parameters, with their features.

    Args:
        cards: The catalog.
        tool: The tool's number.
        statement: The statement.

    Returns:
        The readings and ``(n, len(VALUE_FEATURES)) float64``.
    """
    parameters = cards.readings(tool)
    own_names = cards.common_stems(tool)
    text = statement.reading.text
    to_parameter = cards.parameter_vectors(tool) @ statement.vector if parameters else np.zeros(0)
    near = cards.parameter_vectors(tool) @ statement.piece_vectors.T if parameters and statement.pieces else None
    rather = _rather_rows(to_parameter[:, None])[:, 0]
    near_rather = _rather_rows(near) if near is not None else None
    found: list[Reading] = []
    rows: list[list[float]] = []
    every_cue = [reading.cues - own_names for reading in parameters]
    word_list = _word_places(text)
    for number, wanted in enumerate(parameters):
        schema = wanted.parameter
        base = {
            "name_share": _share(wanted.cues, statement.reading.stems),
            "statement_cosine": float(to_parameter[number]),
            "statement_rather": float(rather[number]),
        }
        if schema.type == "boolean":
            found.append(Reading(number, not _denied(text, wanted, word_list), -1))
            rows.append(
                _row(
                    base,
                    is_boolean=1.0,
                    boolean_share=base["name_share"],
                    boolean_noun=_share(wanted.cues - _VERBS_OF_FLAGS, statement.reading.stems),
                    boolean_cosine=base["statement_cosine"],
                    boolean_rather=base["statement_rather"],
                    description_share=_share(wanted.description, statement.reading.stems),
                )
            )
            continue
        others = frozenset().union(*(cue for n, cue in enumerate(every_cue) if n != number))
        for place, piece in enumerate(statement.pieces):
            value, closed = _value(piece, wanted)
            if value is None or near is None or near_rather is None:
                continue
            found.append(Reading(number, value, place))
            rows.append(
                _row(
                    base,
                    **_of_piece(text, piece, wanted, word_list),
                    is_tool=_overlap(piece, own_names),
                    is_name_of_parameter=_overlap(piece, wanted.cues),
                    is_name_of_other=_overlap(piece, others),
                    closed_match=closed,
                    closed_miss=float(bool(schema.enum) and not closed),
                    cosine=float(near[number, place]),
                    cosine_rather=float(near_rather[number, place]),
                )
            )
    return found, np.array(rows, dtype=np.float64).reshape(len(rows), len(VALUE_FEATURES))


def _row(base: dict[str, float], **features: float) -> list[float]:
    return [features.get(name, base.get(name, 0.0)) for name in VALUE_FEATURES]


def _value(piece: Piece, wanted: ParameterReading) -> tuple[JsonValue, float]:
    """The piece as the parameter's value, and whether it is one of the closed set.

    A list of values without a declared type is what the catalog knows of, not all there is: there a value beyond it
    may stand, and the weights say how likely that is.
    """
    schema = wanted.parameter
    value = coerce(piece.text, schema)
    if value is None and schema.enum and len(set(stems(piece.text))) == 1:
        option = [o for o in schema.enum if stems(str(o)) == stems(piece.text)]
        value = option[0] if len(option) == 1 else None
    if value is None and schema.enum and schema.type == "any":
        return piece.text, 0.0
    return value, float(bool(schema.enum))


def _overlap(piece: Piece, known: frozenset[str]) -> float:
    own = frozenset(stems(piece.text))
    return len(own & known) / len(own) if own else 0.0


def _of_piece(
    text: str, piece: Piece, wanted: ParameterReading, word_list: Sequence[tuple[int, int, str]]
) -> dict[str, float]:
    tags = wanted.tags
    own = frozenset(stems(piece.text))
    left = next((stem for _, end, stem in reversed(word_list) if end <= piece.start), "")
    right = next((stem for start, _, stem in word_list if start >= piece.end), "")
    joined_left = re.search(r"[\w&'\u2019][ -]$", text[: piece.start]) is not None
    joined_right = re.match(r"[ -]?[\w&'\u2019]", text[piece.end :]) is not None
    cut_left = joined_left and bool(left) and left not in ASKING and left not in wanted.name
    cut_right = joined_right and bool(right) and right not in wanted.name
    numeric = piece.kind in ("number", "money", "code") or read_number(piece.text) is not None
    wants_number = wanted.parameter.type in ("integer", "number") or "number" in tags
    beside = text[max(0, piece.start - 2) : piece.start] + " " + text[piece.end : piece.end + 2]
    behind = re.match(r"\s*(\w+)", text[piece.end :])
    before = re.search(r"(\w+)\s*$", text[: piece.start])
    after_initial = re.search(r"\b[A-Z]$", piece.text) and re.match(r"\. [A-Z]", text[piece.end :])
    of_name = piece.text[:1].isupper() and (
        after_initial is not None
        or (behind is not None and cut_right and behind[1][0].isupper())
        or (before is not None and cut_left and before[1][0].isupper())
    )
    return {
        "name_near": _nearness(piece, wanted, word_list),
        "description_share": _share(wanted.description, frozenset(stems(text)) - own),
        "suits": wanted.suits.get(piece.kind, 0.0),
        "is_asking": _overlap(piece, ASKING),
        "length": min(len(piece.text.split()), _WORDS) / _WORDS,
        "is_name": float(piece.text[:1].isupper()),
        "is_quoted": float(piece.kind == "quoted" or any(mark in beside for mark in '"\u201c\u201d')),
        "is_number": float(numeric),
        "number_wanted": float(numeric and wants_number),
        "number_missing": float(wants_number and not numeric),
        "name_before": float(joined_left and left in wanted.name),
        "name_behind": float(joined_right and right in wanted.name),
        "cut_left": float(cut_left),
        "cut_right": float(cut_right),
        "cut_name": float(of_name),
        "to_the_end": float(_ENDS.match(text, piece.end) is not None),
        "place_lead": float(piece.lead in _PLACE_LEADS and "place" in tags),
        "place_lead_other": float(piece.lead in _PLACE_LEADS and "place" not in tags),
        "name_lead": float(piece.lead in _NAME_LEADS and "name" in tags),
        "maker_lead": float(piece.lead == "by"),
        "value_lead": float(piece.lead in _VALUE_LEADS),
        "conditional": float(piece.conditional),
        "inside_named": float(bool(own) and own < frozenset(stems(text)) and bool(own & wanted.description)),
    }


def _word_places(text: str) -> list[tuple[int, int, str]]:
    return [(m.start(), m.end(), (stems(m[0]) or ("",))[0]) for m in re.finditer(r"[\w'\u2019&]+", text)]


def _nearness(piece: Piece, wanted: ParameterReading, word_list: Sequence[tuple[int, int, str]]) -> float:
    """How near a word of the parameter's name stands, 0 to 1; 0 beyond three words between."""
    best = 0.0
    for start, end, stem in word_list:
        if stem not in wanted.cues or (piece.start <= start and end <= piece.end):
            continue
        low, high = (end, piece.start) if end <= piece.start else (piece.end, start)
        between = sum(1 for first, last, _ in word_list if low <= first and last <= high)
        best = max(best, 1.0 - between / _REACH)
    return best


def _denied(text: str, wanted: ParameterReading, word_list: Sequence[tuple[int, int, str]]) -> bool:
    at = next((start for start, _, stem in word_list if stem in wanted.cues), len(text))
    return _NEGATION.search(text[max(0, at - _LOOK_BACK) : at]) is not None
