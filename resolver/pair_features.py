"""Features of a parameter and a piece of text: what speaks for the piece as its value."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from resolver.coerce import stems
from resolver.cues import best_of_others
from resolver.hints import shape
from resolver.lead_ins import BOUND_ROWS, LEAD_IN_ROWS, bounds_of, lead_ins_of
from resolver.reading import EXCLUSIVE_TAGS, TYPED_KINDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from resolver.cues import Cues
    from resolver.pieces import Piece
    from resolver.reading import ParameterReading, Tag
    from resolver.text import TextReading

__all__ = ["PAIR_FEATURES", "fill_features", "fill_forms"]

PAIR_FEATURES = (
    *("suit", "suit_number", "misfit", "untyped", "rival_suit"),
    *("cue_before", "cue_adjacent", "cue_behind", "cue_next", "told_before", "told_next", "rival_cue", "rival_next"),
    *("asked_name", "asked_told", "asked_kind", "rival_asked"),
    *("lead_in", "rival_lead_in", "bound", "rival_bound", "suited_lead_in", "suited_cue", "suited_next"),
    *("own_words", "own_first", "own_last", "told_words", "rival_words", "common_words", "all_common"),
    *("example", "default", "shape", "misshape", "outside", "outside_open", "joined_list", "single_list"),
    *("option_words", "option_share", "option_digit", "option_example", "option_negated", "option_spread"),
    *("option_rival", "option_exact", "flag_share", "flag_told", "flag_negated"),
)
"""``cue``: a word of the parameter's name; ``told``: of its description; ``rival``: the same of another parameter."""

_REACH = 6
_TYPED = frozenset(TYPED_KINDS) - {"quoted", "code", "number"}
_SUITED = 0.4
_SUITED_NAMES = {"lead_in": "suited_lead_in", "cue_before": "suited_cue", "cue_next": "suited_next"}
_PAIR = {name: number for number, name in enumerate(PAIR_FEATURES)}


def fill_features(
    pair: NDArray[np.float32],
    cues: Cues,
    reading: TextReading,
    parameters: Sequence[ParameterReading],
    pieces: Sequence[Piece],
    *,
    common: frozenset[str],
) -> None:
    """Write the features of every parameter and piece into ``(m, n, b)`` zeros."""
    _fill_cues(pair, cues)
    _fill_asked(pair, cues, reading, parameters, pieces)
    _fill_suits(pair, parameters, pieces)
    _fill_words(pair, cues, reading, common)
    _fill_lead_ins(pair, reading, parameters, pieces)
    suited = (pair[:, :, _PAIR["suit"]] + pair[:, :, _PAIR["suit_number"]]) >= _SUITED
    for name, product in _SUITED_NAMES.items():
        pair[:, :, _PAIR[product]] = pair[:, :, _PAIR[name]] * suited


def _fill_cues(pair: NDArray[np.float32], cues: Cues) -> None:
    before, behind = cues.before(cues.named), cues.behind(cues.named)
    near = np.maximum(1.0 - before / _REACH, 0.0)
    follows = (behind == 0).astype(np.float32)
    pair[:, :, _PAIR["cue_before"]] = near
    pair[:, :, _PAIR["cue_adjacent"]] = before == 0
    pair[:, :, _PAIR["cue_behind"]] = np.maximum(1.0 - 2.0 * behind / _REACH, 0.0)
    pair[:, :, _PAIR["cue_next"]] = follows
    pair[:, :, _PAIR["told_before"]] = np.maximum(1.0 - cues.before(cues.told) / _REACH, 0.0)
    pair[:, :, _PAIR["told_next"]] = cues.behind(cues.told) == 0
    pair[:, :, _PAIR["rival_cue"]] = np.maximum(best_of_others(near) - near, 0.0)
    pair[:, :, _PAIR["rival_next"]] = np.maximum(best_of_others(follows) - follows, 0.0)


# what a question asks for by its first word
_QUESTIONS: dict[Tag, frozenset[str]] = {
    "place": frozenset(("where",)),
    "date": frozenset(("when",)),
    "time": frozenset(("when",)),
    "name": frozenset(("who", "whom")),
    "number": frozenset(("many", "much")),
}


def _fill_asked(
    pair: NDArray[np.float32],
    cues: Cues,
    reading: TextReading,
    parameters: Sequence[ParameterReading],
    pieces: Sequence[Piece],
) -> None:
    """Whether the turn before the piece's own, by someone else, asked for the parameter."""
    for number, (start, end) in enumerate(reading.assistant):
        until = reading.assistant[number + 1][0] if number + 1 < len(reading.assistant) else len(reading.text)
        answers = [place for place, piece in enumerate(pieces) if end <= piece.start < until]
        inside = [place for place, word in enumerate(reading.words) if start <= word.start < end]
        if not answers or not inside:
            continue
        words = {reading.words[place].text.lower() for place in inside}
        named = np.any(cues.named[:, inside], axis=1).astype(np.float32)
        pair[:, answers, _PAIR["asked_name"]] = named[:, None]
        pair[:, answers, _PAIR["asked_told"]] = np.any(cues.told[:, inside], axis=1, keepdims=True)
        kinds = [any(not words.isdisjoint(_QUESTIONS.get(tag, _NO)) for tag in own.tags) for own in parameters]
        pair[:, answers, _PAIR["asked_kind"]] = np.array(kinds, dtype=np.float32)[:, None]
        pair[:, answers, _PAIR["rival_asked"]] = (np.maximum(named.max() - named, 0.0))[:, None]


_NO: frozenset[str] = frozenset()


def _fill_suits(pair: NDArray[np.float32], parameters: Sequence[ParameterReading], pieces: Sequence[Piece]) -> None:
    if not pieces:
        return
    kinds = [_AS_SPAN.get(piece.kind, piece.kind) for piece in pieces]
    used = sorted(set(kinds))
    column = np.array([used.index(kind) for kind in kinds])
    suits = np.array([[_suit(parameter, kind) for kind in used] for parameter in parameters], dtype=np.float32)
    suits = suits.reshape(len(parameters), len(used))
    typed = np.array([kind in _TYPED for kind in used], dtype=bool)
    exclusive = np.array([not parameter.tags.isdisjoint(EXCLUSIVE_TAGS) for parameter in parameters], dtype=bool)
    number = np.array([parameter.parameter.type in ("integer", "number") for parameter in parameters], dtype=bool)
    pair[:, :, _PAIR["suit"]] = np.where(number[:, None], 0.0, suits)[:, column]
    pair[:, :, _PAIR["suit_number"]] = np.where(number[:, None], suits, 0.0)[:, column]
    pair[:, :, _PAIR["misfit"]] = ((suits == 0.0) & typed)[:, column]
    pair[:, :, _PAIR["untyped"]] = (exclusive[:, None] & (suits == 0.0) & ~typed)[:, column]
    pair[:, :, _PAIR["rival_suit"]] = np.maximum(best_of_others(suits) - suits, 0.0)[:, column]


def _suit(parameter: ParameterReading, kind: str) -> float:
    if kind == "moment":
        return max(parameter.suits.get("date", 0.0), parameter.suits.get("time", 0.0))
    return parameter.suits.get(kind, 0.0)  # type: ignore[call-overload, no-any-return]


_AS_SPAN = {"part": "phrase", "tail": "name", "joined": "phrase", "ordinal": "number"}


def _fill_words(pair: NDArray[np.float32], cues: Cues, reading: TextReading, common: frozenset[str]) -> None:
    words = reading.words
    if not words or not len(cues.first):
        return
    content = np.array([[bool(word.stem) for word in words]])
    size = np.maximum(cues.inside(content), 1.0)
    known = np.array([[word.stem in common for word in words]])
    of_any = cues.named.any(axis=0, keepdims=True)
    own: NDArray[np.float32] = (cues.inside(cues.named) / size).astype(np.float32)
    pair[:, :, _PAIR["own_words"]] = own
    last = np.minimum(cues.last, len(words) - 1)
    first = np.minimum(cues.first, len(words) - 1)
    pair[:, :, _PAIR["own_first"]] = cues.named[:, first]
    pair[:, :, _PAIR["own_last"]] = cues.named[:, last]
    pair[:, :, _PAIR["told_words"]] = cues.inside(cues.told) / size
    pair[:, :, _PAIR["rival_words"]] = np.maximum(best_of_others(own) - own, 0.0)
    common_words = cues.inside(known) / size
    pair[:, :, _PAIR["common_words"]] = common_words
    pair[:, :, _PAIR["all_common"]] = cues.inside((known | of_any) & content) >= size


def _fill_lead_ins(
    pair: NDArray[np.float32],
    reading: TextReading,
    parameters: Sequence[ParameterReading],
    pieces: Sequence[Piece],
) -> None:
    if not pieces:
        return
    asked = [
        parameter.name | (parameter.description if parameter.name <= _VAGUE else frozenset())
        for parameter in parameters
    ]
    wants = np.array([[not known.isdisjoint(own) for known in LEAD_IN_ROWS] for own in asked], dtype=np.float32)
    leads: dict[int, list[bool]] = {}
    for piece in pieces:
        if piece.first not in leads:
            leads[piece.first] = lead_ins_of(reading.words, piece.first)
    led = np.array([leads[piece.first] for piece in pieces], dtype=np.float32)
    fit = ((wants @ led.T) > 0).astype(np.float32)
    pair[:, :, _PAIR["lead_in"]] = fit
    pair[:, :, _PAIR["rival_lead_in"]] = np.maximum(best_of_others(fit) - fit, 0.0)
    bound = np.array(
        [
            bounds_of(reading.text, piece.start, piece.end) if piece.kind in ("number", "money") else _UNBOUND
            for piece in pieces
        ],
        dtype=np.float32,
    )
    if bound.any():
        limits = np.array([[not known.isdisjoint(own) for known in BOUND_ROWS] for own in asked], dtype=np.float32)
        fit = ((limits @ bound.T) > 0).astype(np.float32)
        pair[:, :, _PAIR["bound"]] = fit
        pair[:, :, _PAIR["rival_bound"]] = np.maximum(best_of_others(fit) - fit, 0.0)


_UNBOUND = [False] * len(BOUND_ROWS)
_VAGUE = frozenset(stems("value param parameter input arg argument data"))


def fill_forms(
    pair: NDArray[np.float32],
    valid: NDArray[np.bool_],
    parameters: Sequence[ParameterReading],
    pieces: Sequence[Piece],
) -> None:
    """What examples, default, options and lists say of a value's form."""
    formed = any(parameter.hints.shapes for parameter in parameters)
    shapes = [shape(piece.text) for piece in pieces] if formed else []
    joined = np.array([bool(piece.items) for piece in pieces], dtype=bool)
    reach: dict[int, int] = {}
    for piece in pieces:
        if piece.items:
            reach[piece.start] = max(reach.get(piece.start, 0), piece.end)
    goes_on = np.array([piece.end < reach.get(piece.start, 0) for piece in pieces], dtype=bool)
    for number, parameter in enumerate(parameters):
        own, row = valid[number], pair[number]
        _fill_shapes(row, own, parameter, shapes)
        _fill_examples(row, own, parameter, pieces)
        if parameter.parameter.type == "array":
            row[:, _PAIR["joined_list"]] = joined
            row[:, _PAIR["single_list"]] = goes_on
        elif parameter.hints.comma:
            row[:, _PAIR["joined_list"]] = joined & own


def _fill_shapes(
    row: NDArray[np.float32], own: NDArray[np.bool_], parameter: ParameterReading, shapes: Sequence[str]
) -> None:
    """Whether values have the form of examples and default, or lack the digits that all those have."""
    known = parameter.hints.shapes
    if not known:
        return
    row[:, _PAIR["shape"]] = np.array([form in known for form in shapes], dtype=bool) & own
    if all("9" in form for form in known):
        row[:, _PAIR["misshape"]] = np.array(["9" not in form for form in shapes], dtype=bool) & own


def _fill_examples(
    row: NDArray[np.float32], own: NDArray[np.bool_], parameter: ParameterReading, pieces: Sequence[Piece]
) -> None:
    """Whether values are examples, the default, or none of those that the schema states."""
    schema, hints = parameter.parameter, parameter.hints
    lower = [piece.text.casefold() for piece in pieces]
    if hints.examples:
        known = {example.casefold() for example in hints.examples}
        row[:, _PAIR["example"]] = np.array([text in known for text in lower], dtype=bool)
    if schema.default is not None:
        default = str(schema.default).casefold()
        row[:, _PAIR["default"]] = np.array([text == default for text in lower], dtype=bool)
    if schema.enum or hints.options:
        name = "outside" if schema.closed else "outside_open"
        row[:, _PAIR[name]] = np.array([piece.kind != "option" for piece in pieces], dtype=bool) & own
