"""Candidates for the values of parameters: pieces of a text, with the named features of each parameter and piece."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from resolver.coerce import coerce
from resolver.cues import Cues
from resolver.options import find_options
from resolver.pair_features import PAIR_FEATURES, fill_features, fill_forms
from resolver.reading import EXCLUSIVE_TAGS, TAGS
from resolver.sides import own_values
from resolver.text import PIECE_FEATURES, traits_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from pydantic import JsonValue

    from resolver.pieces import Piece
    from resolver.reading import ParameterReading
    from resolver.text import TextReading

__all__ = ["CANDIDATE_FEATURES", "NONE_FEATURES", "Candidates", "find_candidates", "value_of"]

_NUMERIC: frozenset[str] = frozenset(("number", "money", "code", "quoted", "ordinal"))
_NUMBERED = re.compile(r"#\d+")
_REFERENCES = re.compile(r"\b(?:usual|usually|same|again|always|as before|last time)\b")
_PAIR = {name: number for number, name in enumerate(PAIR_FEATURES)}
_GROUPS = ("", "text_", "proper_", "number_", "closed_")
CANDIDATE_FEATURES = (
    *(f"{group}{name}" for group in _GROUPS for name in PIECE_FEATURES),
    *PAIR_FEATURES,
)
"""Features of a parameter and a piece. With a prefix: only for parameters of text, of names and places, of numbers, or
with a set of values."""
NONE_FEATURES = (
    *(
        "none",
        "none_required",
        "none_optional",
        "none_default",
        "none_closed",
        "none_open_set",
        "none_boolean",
        "none_number",
    ),
    *("none_object", "none_other_kind", "none_typed", "none_cue", "none_told", "none_many", "none_long"),
    *("none_text", "none_proper"),
    *(f"none_tag_{tag}" for tag in TAGS),
)
"""Features of leaving a parameter out."""


class Candidates(NamedTuple):
    """Pieces that may be values of parameters.

    Attributes:
        pieces: The ``n`` pieces.
        owned: What the piece stands for where it is of one parameter only: an option, a yes or no.
        valid: ``(m, n) bool``, which pieces may be the value of which parameter.
        piece: ``(n, a) float32``, features of the pieces, in the order of `PIECE_FEATURES`.
        pair: ``(m, n, b) float32``, features of parameters and pieces.
        groups: ``(m, g) float32``, which groups of parameters each is in; the first is all.
        none: ``(m, c) float32``, features of leaving the parameter out.
    """

    pieces: list[Piece]
    owned: list[tuple[int, JsonValue] | None]
    valid: NDArray[np.bool_]
    piece: NDArray[np.float32]
    pair: NDArray[np.float32]
    groups: NDArray[np.float32]
    none: NDArray[np.float32]

    def features(self, parameter: int, numbers: NDArray[np.int64]) -> NDArray[np.float32]:
        """``(k, f) float32`` in the order of `CANDIDATE_FEATURES`, for one parameter and some pieces."""
        own = self.piece[numbers]
        grouped = [own * weight for weight in self.groups[parameter]]
        return np.concatenate([*grouped, self.pair[parameter, numbers]], axis=1)

    def scores(self, weights: NDArray[np.float32]) -> NDArray[np.float32]:
        """``(m, n) float32``, the features times their weights; minus infinity where a piece may not be the value."""
        many = len(PIECE_FEATURES)
        of_piece = weights[: many * len(_GROUPS)].reshape(len(_GROUPS), many)
        scores: NDArray[np.float32] = self.groups @ (of_piece @ self.piece.T) + self.pair @ weights[of_piece.size :]
        scores[~self.valid] = -np.inf
        return scores


def find_candidates(
    reading: TextReading,
    parameters: Sequence[ParameterReading],
    *,
    common: frozenset[str] = frozenset(),
    masked: Sequence[tuple[int, int]] = (),
) -> Candidates:
    """Candidates of a text for the parameters of a tool; see `resolver.extract.extract` for the arguments."""
    # "the usual" and "my work address" speak of another value, and are none; what someone else says is not the user's
    of_the_user, without = own_values(reading.text, parameters)
    hidden = (
        *masked,
        *reading.denied,
        *reading.assistant,
        *of_the_user,
        *(match.span() for match in _REFERENCES.finditer(reading.text)),
    )
    shown = [
        number
        for number, piece in enumerate(reading.pieces)
        if not any(piece.start < end and start < piece.end for start, end in hidden)
    ]
    pieces = [reading.pieces[number] for number in shown]
    owned: list[tuple[int, JsonValue] | None] = [None] * len(pieces)
    extra: list[dict[str, float]] = []
    for number, parameter in enumerate(parameters):
        for piece, value, features in find_options(reading, parameter, hidden):
            pieces.append(piece)
            owned.append((number, value))
            extra.append(features)
    many = len(shown)
    if not parameters:
        return Candidates(
            pieces,
            owned,
            np.zeros((0, many), dtype=bool),
            reading.traits[shown],
            np.zeros((0, many, len(PAIR_FEATURES)), dtype=np.float32),
            np.zeros((0, len(_GROUPS)), dtype=np.float32),
            np.zeros((0, len(NONE_FEATURES)), dtype=np.float32),
        )
    of_piece = np.zeros((len(pieces), len(PIECE_FEATURES)), dtype=np.float32)
    if many:
        of_piece[:many] = reading.traits[shown]
    if len(pieces) > many:
        of_piece[many:] = traits_of(reading, pieces[many:])
    groups = np.array([_groups(parameter) for parameter in parameters], dtype=np.float32).reshape(-1, len(_GROUPS))
    pair = np.zeros((len(parameters), len(pieces), len(PAIR_FEATURES)), dtype=np.float32)
    cues = Cues(reading, parameters, pieces)
    fill_features(pair, cues, reading, parameters, pieces, common=common)
    for place, features in enumerate(extra, start=many):
        owner = owned[place]
        for name, value in features.items():
            pair[owner[0] if owner else 0, place, _PAIR[name]] = value
    valid = _valid(parameters, pieces, owned)
    valid[without] = False
    fill_forms(pair, valid, parameters, pieces)
    _rival_options(pair, pieces, owned)
    tool = _Tool(any(own.parameter.required for own in parameters), len(parameters))
    none = np.array(
        [_none(parameter, cues, number, reading, tool) for number, parameter in enumerate(parameters)],
        dtype=np.float32,
    ).reshape(-1, len(NONE_FEATURES))
    return Candidates(pieces, owned, valid, of_piece, pair, groups, none)


def value_of(parameter: ParameterReading, piece: Piece, owned: tuple[int, JsonValue] | None) -> JsonValue:
    """The value that a piece gives a parameter, in its schema's form; None where it cannot be that."""
    schema = parameter.parameter
    if owned is not None:
        value = coerce(owned[1], schema)
        return owned[1] if value is None and not schema.closed else value
    if schema.type == "array":
        raw: JsonValue = [parameter.hints.styled(item) for item in piece.items or (piece.text,)]
    elif piece.items and parameter.hints.comma:
        raw = ",".join(piece.items)
    elif piece.items and schema.type in ("integer", "number"):
        return None
    else:
        raw = piece.text[1:] if piece.kind == "code" and _NUMBERED.fullmatch(piece.text) else piece.text
        raw = parameter.hints.styled(raw)
    value = coerce(raw, schema)
    if value is None and schema.enum and not schema.closed:
        return raw
    return value


def _groups(parameter: ParameterReading) -> list[float]:
    tags, schema = parameter.tags, parameter.parameter
    number = schema.type in ("integer", "number")
    closed = bool(schema.enum or parameter.hints.options)
    text = not number and not closed and "text" in tags
    proper = not number and not closed and not text and not tags.isdisjoint(("place", "name"))
    return [1.0, float(text), float(proper), float(number), float(closed)]


class _Tool(NamedTuple):
    """Whether the tool says which parameters are required, and how many it has."""

    stated: bool
    many: int


def _valid(
    parameters: Sequence[ParameterReading],
    pieces: Sequence[Piece],
    owned: Sequence[tuple[int, JsonValue] | None],
) -> NDArray[np.bool_]:
    free = np.array([own is None for own in owned], dtype=bool)
    numeric = np.array([piece.kind in _NUMERIC for piece in pieces], dtype=bool)
    ordinal = np.array([piece.kind == "ordinal" for piece in pieces], dtype=bool)
    valid = np.zeros((len(parameters), len(pieces)), dtype=bool)
    for number, parameter in enumerate(parameters):
        schema = parameter.parameter
        if schema.type in ("boolean", "object") or (schema.enum and schema.closed):
            continue
        if schema.type in ("integer", "number"):
            for place in np.flatnonzero(free & numeric).tolist():
                valid[number, place] = value_of(parameter, pieces[place], None) is not None
        else:
            valid[number] = free & ~ordinal
    for place, own in enumerate(owned):
        if own is not None:
            valid[own[0], place] = True
    tags = [parameter.tags for parameter in parameters]
    if any("date" in own for own in tags) and any("time" in own for own in tags):
        # a tool that asks for days and times apart takes no moment as one
        valid[:, [place for place, piece in enumerate(pieces) if piece.kind == "moment"]] = False
    return valid


def _rival_options(
    pair: NDArray[np.float32], pieces: Sequence[Piece], owned: Sequence[tuple[int, JsonValue] | None]
) -> None:
    """A longer option at the same place ("inexpensive" within "very inexpensive"), or another parameter's."""
    options = [
        (place, piece, own[0])
        for place, (piece, own) in enumerate(zip(pieces, owned, strict=True))
        if own is not None and piece.kind == "option"
    ]
    for place, piece, number in options:
        for _, other, holder in options:
            if (
                holder == number
                and (other.start <= piece.start and piece.end <= other.end)
                and (other.end - other.start > piece.end - piece.start)
            ):
                pair[number, place, _PAIR["option_rival"]] = 1.0


def _none(parameter: ParameterReading, cues: Cues, number: int, reading: TextReading, tool: _Tool) -> list[float]:
    schema, stated, many = parameter.parameter, tool.stated, tool.many
    groups = _groups(parameter)
    return [
        1.0,
        float(schema.required),
        float(stated and not schema.required),
        float(schema.default is not None),
        float(bool(schema.enum or parameter.hints.options) and schema.closed),
        float(bool(schema.enum) and not schema.closed),
        float(schema.type == "boolean"),
        float(schema.type in ("integer", "number")),
        float(schema.type == "object"),
        float(schema.kind is not None and not schema.required),
        float(not parameter.tags.isdisjoint(EXCLUSIVE_TAGS)),
        float(bool(cues.named[number].any())),
        float(bool(cues.told[number].any())),
        float(np.log1p(many)),
        float(np.log1p(len(reading.words)) / 4.0),
        groups[1],
        groups[2],
        *(float(tag in parameter.tags) for tag in TAGS),
    ]
