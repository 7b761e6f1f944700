"""Values of a set, and of booleans, where a text speaks of them."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from resolver.codes import find_codes
from resolver.coerce import coerce, stems
from resolver.cues import abbreviated
from resolver.pieces import Piece

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pydantic import JsonValue

    from resolver.reading import ParameterReading
    from resolver.text import TextReading

__all__ = ["find_options"]

_NEGATION = re.compile(
    r"\b(?:no|not|without|never|don't|doesn't|isn't|avoid|exclude|excluding|disable)\b", re.IGNORECASE
)
_RANGE = re.compile(r"(?:(?P<sign>[<>]=?)\s*|(?P<low>\d+(?:\.\d+)?)\s*[-\u2013]\s*)(?P<high>\d+(?:\.\d+)?)")
_SIGN_WORDS = {
    "<": r"<=?|(?:less|fewer|lower|smaller|lighter|cheaper) than|under|below|up to|at most",
    ">": r">=?|(?:more|greater|higher|larger|heavier) than|over|above|at least",
}


def find_options(
    reading: TextReading, parameter: ParameterReading, hidden: Sequence[tuple[int, int]]
) -> Iterator[tuple[Piece, JsonValue, dict[str, float]]]:
    """Places where a text speaks of one of a parameter's values, except in what is hidden.

    Yields:
        The place, the value, and features of the match by name.
    """
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


def _flags(reading: TextReading, parameter: ParameterReading) -> Iterator[tuple[Piece, JsonValue, dict[str, float]]]:
    """True where the text speaks of what the parameter is named after, false where it denies that."""
    cues = (parameter.cues - _HAVING) or parameter.cues
    shared = {stem for stem in reading.stems if stem in cues or abbreviated(stem, cues)}
    told = (parameter.description & reading.stems) - _FLAG_WORDS - shared
    if not shared and not told:
        return
    word = next(word for word in reading.words if word.stem in (shared or told))
    denied = _NEGATION.search(reading.text[max(0, word.start - 25) : word.start]) is not None
    share = min(len(shared) / max(len(cues), 1), 1.0)
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
