"""What a parameter's description and default say of the values it takes: options, examples and their form."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from resolver.catalog import Parameter

__all__ = ["Hints", "read_hints", "shape"]

_OPTIONS = re.compile(
    r"(?:one of(?: the following)?(?: (?:properties|values|options))?)?\s*:?\s*"
    r"((?:[\w-]+(?: [\w-]+)?\|)+[\w-]+)",
    re.IGNORECASE,
)
_LEAD = re.compile(
    r"(?:\be\.?g\.?|\bex\b\.?|\bexamples?\b|\bsuch as\b|\bfor example\b|\bfor instance\b)[\s,:]*", re.IGNORECASE
)
_QUOTED = re.compile(r"['\"\u2018\u201c]([^'\"\u2019\u201d]{1,80})['\"\u2019\u201d]")
_UNQUOTED_END = re.compile(r"[).;]|\.\s|$")
_UPPER, _LOWER, _DIGITS = re.compile(r"[A-Z]+"), re.compile(r"[a-z]+"), re.compile(r"\d+")
_LONGEST = 40
_MOST = 12


class Hints(NamedTuple):
    """What is known of a parameter's values.

    Attributes:
        options: Values that the description states as all there are ("a|b|c").
        examples: Values that it gives as examples.
        shapes: The forms of examples and default; see `shape`.
        comma: Whether several values are to be joined by commas.
        underscores: Whether the examples join words by underscores.
        code: Of what the values are two-letter codes.
    """

    options: tuple[str, ...]
    examples: tuple[str, ...]
    shapes: frozenset[str]
    comma: bool
    underscores: bool
    code: Literal["country", "language"] | None

    def styled(self, text: str) -> str:
        """A value as the examples are written."""
        return text.replace(" ", "_") if self.underscores else text


def read_hints(parameter: Parameter) -> Hints:
    """Read a parameter's description and default."""
    text = parameter.description
    options: tuple[str, ...] = ()
    if not parameter.enum and (found := _OPTIONS.search(text)):
        options = tuple(part.strip() for part in found[1].split("|"))
    examples: list[str] = []
    for lead in _LEAD.finditer(text):
        rest = text[lead.end() : lead.end() + 200]
        close = rest.find(")")
        rest = rest[:close] if close >= 0 else rest
        quoted = _QUOTED.findall(rest)
        if quoted:
            examples.extend(quoted)
        else:
            end = _UNQUOTED_END.search(rest)
            pieces = re.split(r",\s+|\s+or\s+|\s+and\s+", rest[: end.start()] if end else rest)
            examples.extend(piece.strip() for piece in pieces if 0 < len(piece.strip()) <= _LONGEST)
    examples = examples[:_MOST]
    written = [*examples, *([str(parameter.default)] if parameter.default is not None else [])]
    underscores = any("_" in example for example in examples) and not any(" " in example for example in examples)
    stated = [*map(str, parameter.enum), *options, *written]
    short = stated and all(re.fullmatch(r"[A-Za-z]{2}", value) for value in stated)
    about = f"{parameter.name} {text}".lower()
    code: Literal["country", "language"] | None = None
    if short or (not stated and re.search(r"\bcodes?\b", about)):
        code = "country" if "country" in about else "language" if "lang" in about else None
    return Hints(options, tuple(examples), frozenset(map(shape, written)), "comma" in text.lower(), underscores, code)


def shape(value: str) -> str:
    """The form of a value: letters, digits and the signs between, runs shortened.

    >>> shape("4201989"), shape("14/02/2026"), shape("Mill Lane"), shape("AB-12")
    ('9{7}', '9{2}/9{2}/9{4}', 'Aa Aa', 'A-9{2}')
    """
    letters = _UPPER.sub("A", _LOWER.sub("a", value))
    return _DIGITS.sub(lambda run: f"9{{{len(run[0])}}}", letters)
