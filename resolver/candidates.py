"""Candidates for the values of parameters: pieces of a text, with the named features of each parameter and piece."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from resolver.codes import find_codes
from resolver.coerce import coerce, stems
from resolver.hints import shape
from resolver.lead_ins import BOUND_ROWS, LEAD_IN_ROWS, bounds_of, lead_ins_of
from resolver.pieces import Piece
from resolver.reading import TAGS, TYPED_KINDS, Tag
from resolver.text import PIECE_FEATURES, traits_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray
    from pydantic import JsonValue

    from resolver.reading import ParameterReading
    from resolver.text import TextReading

__all__ = ["CANDIDATE_FEATURES", "NONE_FEATURES", "Candidates", "find_candidates", "value_of"]

_REACH = 6
_SHORTEST_CUT = 3
_NUMERIC: frozenset[str] = frozenset(("number", "money", "code", "quoted", "ordinal"))
_EXCLUSIVE = frozenset(("date", "time", "email", "phone", "url"))
_TYPED = frozenset(TYPED_KINDS) - {"quoted", "code", "number"}
_NEGATION = re.compile(
    r"\b(?:no|not|without|never|don't|doesn't|isn't|avoid|exclude|excluding|disable)\b", re.IGNORECASE
)
_RANGE = re.compile(r"(?:(?P<sign>[<>]=?)\s*|(?P<low>\d+(?:\.\d+)?)\s*[-\u2013]\s*)(?P<high>\d+(?:\.\d+)?)")
_SIGN_WORDS = {
    "<": r"<=?|(?:less|fewer|lower|smaller|lighter|cheaper) than|under|below|up to|at most",
    ">": r">=?|(?:more|greater|higher|larger|heavier) than|over|above|at least",
}

_PAIR_FEATURES = (
    *("suit", "suit_number", "misfit", "untyped", "rival_suit"),
    *("cue_before", "cue_adjacent", "cue_behind", "cue_next", "told_before", "told_next", "rival_cue", "rival_next"),
    *("asked_name", "asked_told", "asked_kind", "rival_asked"),
    *("lead_in", "rival_lead_in", "bound", "rival_bound", "suited_lead_in", "suited_cue", "suited_next"),
    *("own_words", "own_first", "own_last", "told_words", "rival_words", "common_words", "all_common"),
    *("example", "default", "shape", "misshape", "outside", "joined_list", "single_list"),
    *("option_words", "option_share", "option_digit", "option_example", "option_negated", "option_spread"),
    *("option_rival", "option_exact", "flag_share", "flag_told", "flag_negated"),
)
_GROUPS = ("", "text_", "proper_", "number_", "closed_")
CANDIDATE_FEATURES = (
    *(f"{group}{name}" for group in _GROUPS for name in PIECE_FEATURES),
    *_PAIR_FEATURES,
)
"""Features of a parameter and a piece. With a prefix: only for parameters of text, of names and places, of numbers, or
with a set of values."""
NONE_FEATURES = (
    *("none", "none_required", "none_optional", "none_default", "none_closed", "none_open_set", "none_boolean", "none_number"),
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
    # "the usual" speaks of another value, and is none
    hidden = (*masked, *reading.denied, *(match.span() for match in _REFERENCES.finditer(reading.text)))
    shown = [
        number
        for number, piece in enumerate(reading.pieces)
        if not any(piece.start < end and start < piece.end for start, end in hidden)
    ]
    pieces = [reading.pieces[number] for number in shown]
    owned: list[tuple[int, JsonValue] | None] = [None] * len(pieces)
    extra: list[dict[str, float]] = []
    for number, parameter in enumerate(parameters):
        for piece, value, features in _owned(reading, parameter, hidden):
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
            np.zeros((0, many, len(_PAIR_FEATURES)), dtype=np.float32),
            np.zeros((0, len(_GROUPS)), dtype=np.float32),
            np.zeros((0, len(NONE_FEATURES)), dtype=np.float32),
        )
    of_piece = np.zeros((len(pieces), len(PIECE_FEATURES)), dtype=np.float32)
    if many:
        of_piece[:many] = reading.traits[shown]
    if len(pieces) > many:
        of_piece[many:] = traits_of(reading, pieces[many:])
    groups = np.array([_groups(parameter) for parameter in parameters], dtype=np.float32).reshape(-1, len(_GROUPS))
    pair = np.zeros((len(parameters), len(pieces), len(_PAIR_FEATURES)), dtype=np.float32)
    cues = _Cues(reading, parameters, pieces)
    _fill_cues(pair, cues)
    _fill_asked(pair, cues, reading, parameters, pieces)
    _fill_suits(pair, parameters, pieces)
    _fill_words(pair, cues, reading, parameters, pieces, common)
    _fill_lead_ins(pair, reading, parameters, pieces)
    suited = (pair[:, :, _PAIR["suit"]] + pair[:, :, _PAIR["suit_number"]]) >= _SUITED
    for name in ("lead_in", "cue_before", "cue_next"):
        pair[:, :, _PAIR[_SUITED_NAMES[name]]] = pair[:, :, _PAIR[name]] * suited
    for place, features in enumerate(extra, start=many):
        owner = owned[place]
        for name, value in features.items():
            pair[owner[0] if owner else 0, place, _PAIR[name]] = value
    valid = _valid(parameters, pieces, owned)
    _fill_forms(pair, valid, parameters, pieces)
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


_REFERENCES = re.compile(r"\b(?:usual|usually|same|again|always|as before|last time)\b")
_SUITED = 0.4
_SUITED_NAMES = {"lead_in": "suited_lead_in", "cue_before": "suited_cue", "cue_next": "suited_next"}
_NUMBERED = re.compile(r"#\d+")
_PAIR = {name: number for number, name in enumerate(_PAIR_FEATURES)}


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


class _Cues:
    """Where the words of each parameter stand in the text, as seen from each piece.

    Attributes:
        first: ``(n,) int64``, each piece's first word; ``last`` its last.
        named: ``(m, w) bool``, which words are of the parameter's name; ``told`` of its description.
    """

    def __init__(
        self, reading: TextReading, parameters: Sequence[ParameterReading], pieces: Sequence[Piece]
    ) -> None:
        self.first = np.array([piece.first for piece in pieces], dtype=np.int64)
        self.last = np.array([piece.last for piece in pieces], dtype=np.int64)
        own = [word.stem for word in reading.words]
        self.named = np.zeros((len(parameters), len(own)), dtype=bool)
        self.told = np.zeros((len(parameters), len(own)), dtype=bool)
        places = [(place, stem) for place, stem in enumerate(own) if stem]
        for number, parameter in enumerate(parameters):
            heads = {cue[:_SHORTEST_CUT] for cue in parameter.cues if len(cue) >= _SHORTEST_CUT}
            for place, stem in places:
                if stem in parameter.cues or (stem[:_SHORTEST_CUT] in heads and _abbreviated(stem, parameter.cues)):
                    self.named[number, place] = True
                elif stem in parameter.description:
                    self.told[number, place] = True

    def before(self, mask: NDArray[np.bool_]) -> NDArray[np.float32]:
        """``(m, n)``, words between each piece and the last marked word before it; large where there is none."""
        many = mask.shape[1]
        if not many or not len(self.first):
            return np.full((len(mask), len(self.first)), 99.0, dtype=np.float32)
        latest = np.maximum.accumulate(np.where(mask, np.arange(many), -99), axis=1)
        place = np.clip(self.first - 1, 0, many - 1)
        seen = np.where(self.first > 0, latest[:, place], -99)
        return (self.first - 1 - seen).astype(np.float32)

    def behind(self, mask: NDArray[np.bool_]) -> NDArray[np.float32]:
        """``(m, n)``, words between each piece and the next marked word behind it."""
        many = mask.shape[1]
        if not many or not len(self.first):
            return np.full((len(mask), len(self.first)), 99.0, dtype=np.float32)
        marked = np.where(mask, np.arange(many), many + 99)
        nextly = np.minimum.accumulate(marked[:, ::-1], axis=1)[:, ::-1]
        place = np.clip(self.last + 1, 0, many - 1)
        seen = np.where(self.last + 1 < many, nextly[:, place], many + 99)
        return (seen - self.last - 1).astype(np.float32)

    def inside(self, mask: NDArray[np.bool_]) -> NDArray[np.float32]:
        """``(m, n)``, how many marked words are in each piece."""
        if not mask.shape[1] or not len(self.first):
            return np.zeros((len(mask), len(self.first)), dtype=np.float32)
        total = np.concatenate([np.zeros((len(mask), 1)), np.cumsum(mask, axis=1)], axis=1)
        most = mask.shape[1]
        inside = total[:, np.minimum(self.last + 1, most)] - total[:, np.minimum(self.first, most)]
        return inside.astype(np.float32)


def _abbreviated(stem: str, names: frozenset[str]) -> bool:
    """One is the other cut short, as ``lat`` of latitude."""
    if len(stem) < _SHORTEST_CUT:
        return False
    return any(len(name) >= _SHORTEST_CUT and (stem.startswith(name) or name.startswith(stem)) for name in names)


def _others(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """``(m, n)``: for each row the greatest of the other rows; 0 where there is none."""
    if len(values) < 2:  # noqa: PLR2004
        return np.zeros_like(values)
    two = np.partition(values, -2, axis=0)[-2:]
    return np.where(values == two[1], two[0], two[1])


def _fill_cues(pair: NDArray[np.float32], cues: _Cues) -> None:
    before, behind = cues.before(cues.named), cues.behind(cues.named)
    near = np.maximum(1.0 - before / _REACH, 0.0)
    follows = (behind == 0).astype(np.float32)
    pair[:, :, _PAIR["cue_before"]] = near
    pair[:, :, _PAIR["cue_adjacent"]] = before == 0
    pair[:, :, _PAIR["cue_behind"]] = np.maximum(1.0 - 2.0 * behind / _REACH, 0.0)
    pair[:, :, _PAIR["cue_next"]] = follows
    pair[:, :, _PAIR["told_before"]] = np.maximum(1.0 - cues.before(cues.told) / _REACH, 0.0)
    pair[:, :, _PAIR["told_next"]] = cues.behind(cues.told) == 0
    pair[:, :, _PAIR["rival_cue"]] = np.maximum(_others(near) - near, 0.0)
    pair[:, :, _PAIR["rival_next"]] = np.maximum(_others(follows) - follows, 0.0)


# what a question asks for by its first word
_QUESTIONS: dict[Tag, frozenset[str]] = {
    "place": frozenset(("where",)),
    "date": frozenset(("when",)),
    "time": frozenset(("when",)),
    "name": frozenset(("who", "whom")),
    "number": frozenset(("many", "much")),
}


def _fill_asked(  # noqa: PLR0913
    pair: NDArray[np.float32],
    cues: _Cues,
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
        named = cues.named[:, inside].any(axis=1).astype(np.float32)
        pair[:, answers, _PAIR["asked_name"]] = named[:, None]
        pair[:, answers, _PAIR["asked_told"]] = cues.told[:, inside].any(axis=1)[:, None]
        kinds = [any(not words.isdisjoint(_QUESTIONS.get(tag, _NO)) for tag in own.tags) for own in parameters]
        pair[:, answers, _PAIR["asked_kind"]] = np.array(kinds, dtype=np.float32)[:, None]
        pair[:, answers, _PAIR["rival_asked"]] = (np.maximum(named.max() - named, 0.0))[:, None]


_NO: frozenset[str] = frozenset()


def _fill_suits(
    pair: NDArray[np.float32], parameters: Sequence[ParameterReading], pieces: Sequence[Piece]
) -> None:
    if not pieces:
        return
    kinds = [_AS_SPAN.get(piece.kind, piece.kind) for piece in pieces]
    used = sorted(set(kinds))
    column = np.array([used.index(kind) for kind in kinds])
    suits = np.array([[parameter.suits.get(kind, 0.0) for kind in used] for parameter in parameters], dtype=np.float32)
    suits = suits.reshape(len(parameters), len(used))
    typed = np.array([kind in _TYPED for kind in used], dtype=bool)
    exclusive = np.array([not parameter.tags.isdisjoint(_EXCLUSIVE) for parameter in parameters], dtype=bool)
    number = np.array([parameter.parameter.type in ("integer", "number") for parameter in parameters], dtype=bool)
    pair[:, :, _PAIR["suit"]] = np.where(number[:, None], 0.0, suits)[:, column]
    pair[:, :, _PAIR["suit_number"]] = np.where(number[:, None], suits, 0.0)[:, column]
    pair[:, :, _PAIR["misfit"]] = ((suits == 0.0) & typed)[:, column]
    pair[:, :, _PAIR["untyped"]] = (exclusive[:, None] & (suits == 0.0) & ~typed)[:, column]
    pair[:, :, _PAIR["rival_suit"]] = np.maximum(_others(suits) - suits, 0.0)[:, column]


_AS_SPAN = {"part": "phrase", "tail": "name", "joined": "phrase", "moment": "date", "ordinal": "number"}


def _fill_words(  # noqa: PLR0913
    pair: NDArray[np.float32],
    cues: _Cues,
    reading: TextReading,
    parameters: Sequence[ParameterReading],
    pieces: Sequence[Piece],
    common: frozenset[str],
) -> None:
    words = reading.words
    if not pieces or not words:
        return
    content = np.array([[bool(word.stem) for word in words]])
    size = np.maximum(cues.inside(content), 1.0)
    known = np.array([[word.stem in common for word in words]])
    of_any = cues.named.any(axis=0, keepdims=True)
    own = cues.inside(cues.named) / size
    pair[:, :, _PAIR["own_words"]] = own
    last = np.minimum(cues.last, len(words) - 1)
    first = np.minimum(cues.first, len(words) - 1)
    pair[:, :, _PAIR["own_first"]] = cues.named[:, first]
    pair[:, :, _PAIR["own_last"]] = cues.named[:, last]
    pair[:, :, _PAIR["told_words"]] = cues.inside(cues.told) / size
    pair[:, :, _PAIR["rival_words"]] = np.maximum(_others(own) - own, 0.0)
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
    pair[:, :, _PAIR["rival_lead_in"]] = np.maximum(_others(fit) - fit, 0.0)
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
        pair[:, :, _PAIR["rival_bound"]] = np.maximum(_others(fit) - fit, 0.0)


_UNBOUND = [False] * len(BOUND_ROWS)
_VAGUE = frozenset(stems("value param parameter input arg argument data"))


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
            for place in np.flatnonzero(free & numeric):
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


def _fill_forms(
    pair: NDArray[np.float32],
    valid: NDArray[np.bool_],
    parameters: Sequence[ParameterReading],
    pieces: Sequence[Piece],
) -> None:
    """What examples, default, options and lists say of a value's form."""
    shapes = [shape(piece.text) for piece in pieces]
    joined = np.array([bool(piece.items) for piece in pieces], dtype=bool)
    lower = [piece.text.casefold() for piece in pieces]
    reach: dict[int, int] = {}
    for piece in pieces:
        if piece.items:
            reach[piece.start] = max(reach.get(piece.start, 0), piece.end)
    goes_on = np.array([piece.end < reach.get(piece.start, 0) for piece in pieces], dtype=bool)
    for number, parameter in enumerate(parameters):
        schema, hints = parameter.parameter, parameter.hints
        own = valid[number]
        if hints.shapes:
            formed = np.array([form in hints.shapes for form in shapes], dtype=bool)
            digits = all("9" in form for form in hints.shapes)
            pair[number, :, _PAIR["shape"]] = formed & own
            if digits:
                pair[number, :, _PAIR["misshape"]] = np.array(["9" not in form for form in shapes], dtype=bool) & own
        if hints.examples:
            known = {example.casefold() for example in hints.examples}
            pair[number, :, _PAIR["example"]] = np.array([text in known for text in lower], dtype=bool)
        if schema.default is not None:
            default = str(schema.default).casefold()
            pair[number, :, _PAIR["default"]] = np.array([text == default for text in lower], dtype=bool)
        if schema.enum or hints.options:
            pair[number, :, _PAIR["outside"]] = np.array([piece.kind != "option" for piece in pieces], dtype=bool) & own
        if schema.type == "array":
            pair[number, :, _PAIR["joined_list"]] = joined
            pair[number, :, _PAIR["single_list"]] = goes_on
        elif hints.comma:
            pair[number, :, _PAIR["joined_list"]] = joined & own


def _owned(
    reading: TextReading, parameter: ParameterReading, hidden: Sequence[tuple[int, int]]
) -> Iterator[tuple[Piece, JsonValue, dict[str, float]]]:
    schema = parameter.parameter
    if schema.type == "boolean":
        yield from _flags(reading, parameter)
        return
    if schema.type in ("integer", "number") and not schema.enum:
        return
    if (kind := parameter.hints.code) is not None:
        for code, start, end in find_codes(reading.text, kind):
            if coerce(code, schema) is not None and not any(start < e and s < end for s, e in hidden):
                share = float(not parameter.hints.options or code in parameter.hints.options)
                yield reading.piece("option", start, end), code, {"option_share": share, "option_words": 1.0}
    for options, features in (
        (schema.enum, {}),
        (parameter.hints.options if not schema.enum else (), {}),
        (parameter.hints.examples if not schema.enum else (), {"option_example": 1.0}),
    ):
        for option in options:
            for piece, own in _options(reading, str(option)):
                if not any(piece.start < end and start < piece.end for start, end in hidden):
                    value: JsonValue = [option] if schema.type == "array" else option
                    yield piece, value, {**features, **own}


def _options(reading: TextReading, option: str) -> Iterator[tuple[Piece, dict[str, float]]]:
    """Places where a text has the words of an option."""
    if (written := _range_pattern(option)) is not None:
        for match in written.finditer(reading.text):
            yield reading.piece("option", *match.span()), {"option_words": 2.0, "option_share": 1.0}
        return
    wanted = stems(option)
    if not wanted or not reading.stems.issuperset(wanted[:1] if len(wanted) == 1 else wanted):
        return
    order = reading.order
    digit = float(option.isdigit())
    for place, (stem, _) in enumerate(order):
        if stem != wanted[0] or tuple(own for own, _ in order[place : place + len(wanted)]) != wanted:
            continue
        first, last = reading.words[order[place][1]], reading.words[order[place + len(wanted) - 1][1]]
        negated = _NEGATION.search(reading.text[max(0, first.start - 20) : first.start]) is not None
        yield (
            reading.piece("option", first.start, last.end),
            {
                "option_words": min(len(wanted), 2.0),
                "option_share": 1.0,
                "option_exact": float(reading.text[first.start : last.end].casefold() == option.casefold()),
                "option_digit": digit,
                "option_negated": float(negated),
            },
        )


def _flags(
    reading: TextReading, parameter: ParameterReading
) -> Iterator[tuple[Piece, JsonValue, dict[str, float]]]:
    """True where the text speaks of what the parameter is named after, false where it denies that."""
    shared = {stem for stem in reading.stems if stem in parameter.cues or _abbreviated(stem, parameter.cues)}
    told = (parameter.description & reading.stems) - _FLAG_WORDS - shared
    if not shared and not told:
        return
    word = next(word for word in reading.words if word.stem in (shared or told))
    denied = _NEGATION.search(reading.text[max(0, word.start - 25) : word.start]) is not None
    share = min(len(shared) / max(len(parameter.cues - _HAVING), 1), 1.0)
    features = {
        "flag_share": share,
        "flag_told": len(told) / max(len(parameter.description - _FLAG_WORDS), 1),
        "flag_negated": float(denied),
    }
    yield Piece("flag", "", word.start, word.start, 0, -1), not denied, features


_HAVING = frozenset(stems("has have is are good serve offer allow enable include"))
_FLAG_WORDS = frozenset(stems("boolean flag indicating whether enable available values true false"))


@lru_cache(maxsize=4_096)
def _range_pattern(option: str) -> re.Pattern[str] | None:
    """How a text may write a value that is a range of numbers ("<250", "250-500"); None for any other value."""
    found = _RANGE.fullmatch(option.strip())
    if not found:
        return None
    low, high = re.escape(found["low"] or ""), re.escape(found["high"])
    if found["sign"]:
        return re.compile(rf"(?:{_SIGN_WORDS[found['sign'][0]]})\s*{high}(?![\d.,]*\d)", re.IGNORECASE)
    return re.compile(rf"(?<![\d.]){low}\s*(?:-|\u2013|to|and)\s*{high}(?![\d.,]*\d)", re.IGNORECASE)


def _rival_options(
    pair: NDArray[np.float32], pieces: Sequence[Piece], owned: Sequence[tuple[int, JsonValue] | None]
) -> None:
    """A longer option at the same place ("inexpensive" within "very inexpensive"), or another parameter's."""
    options = [(place, piece, own[0]) for place, (piece, own) in enumerate(zip(pieces, owned, strict=True))
               if own is not None and piece.kind == "option"]
    for place, piece, number in options:
        for _, other, holder in options:
            if holder == number and (other.start <= piece.start and piece.end <= other.end) and (
                other.end - other.start > piece.end - piece.start
            ):
                pair[number, place, _PAIR["option_rival"]] = 1.0


def _none(parameter: ParameterReading, cues: _Cues, number: int, reading: TextReading, tool: _Tool) -> list[float]:
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
        float(not parameter.tags.isdisjoint(_EXCLUSIVE)),
        float(bool(cues.named[number].any())),
        float(bool(cues.told[number].any())),
        float(np.log1p(many)),
        float(np.log1p(len(reading.words)) / 4.0),
        groups[1],
        groups[2],
        *(float(tag in parameter.tags) for tag in TAGS),
    ]
