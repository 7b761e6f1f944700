"""Whether a value that a model gave stands anywhere in what it was told."""

from __future__ import annotations

import json
import re
import unicodedata
from itertools import accumulate
from typing import TYPE_CHECKING, Literal

from resolver.coerce import read_number, stems
from resolver.moments import Day, parse_day, parse_time
from resolver.names import key
from resolver.names import words as words_of
from resolver.numerals import NUMBER_WORDS
from resolver.span_patterns import PATTERNS
from resolver.stated import stated_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pydantic import JsonValue

    from resolver.catalog import Parameter, Tool

__all__ = ["Ground", "Origin"]

Origin = Literal["user", "conversation", "records", "schema", "model"]
"""Where a value stands: in what the user says, elsewhere in the conversation, in what is known of the user alone (or in
a system message, which may hold it), among the schema's closed values and defaults, or nowhere."""

_WORD = re.compile(r"[^\W_]+")
# between lines, sentences, and the texts of a list or mapping, which are of different things
_PIECE_END = re.compile(r"(?<=[.!?])\s+(?=[^\W\d_a-z])|[\n{}\[\]]|(?<=['\"]),")
_UNSPACED = re.compile("[\u0e00-\u0eff\u1780-\u17ff\u2e80-\u9fff\uac00-\ud7af]")  # scripts without spaces between words
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_SCALED = re.compile(r"\d+(?:[.,]\d+)* ?(?:k|hundred|thousand|million|billion)\b", re.IGNORECASE)
_SPOKEN_DAY = re.compile(
    r"\b(?:today|tonight|tomorrow|yesterday|now|weekend|weeks?|months?|days?|next"
    r"|(?:mon|tues|wednes|thurs|fri|satur|sun)days?|(?:jan|febr)uary|march|april|may|june|july|august"
    r"|(?:septem|octo|novem|decem)ber|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\b|\d{1,4}[/.-]\d{1,2}",
    re.IGNORECASE,
)
_SPOKEN_TIME = re.compile(
    r"\b(?:tonight|noon|midnight|midday|morning|afternoon|evening|night|now|hours?|minutes?|o['\u2019]?clock|half past"
    r"|quarter (?:past|to|after))\b|\d ?[ap]\.?m\b|\b\d{1,2}:\d{2}"
    rf"|\b(?:at|by|until|till|from) (?:\d|(?:{'|'.join(NUMBER_WORDS)})\b)",
    re.IGNORECASE,
)
_WRITTEN = [pattern.spans for pattern in PATTERNS if pattern.kind in ("date", "time")]
_CLOCK = re.compile(r"[T ](?=\d{1,2}:\d{2})")


class Ground:
    """The texts in which values may stand: the conversation, and what is known of the user.

    Args:
        texts: What is known of the user, and what a system message says; or all of them.
        said: What the user says.
        told: What others say in the conversation: the assistant, tools.

    >>> ground = Ground(["Order two pizzas to 1 Mill Lane"])
    >>> ground.holds("Mill Lane"), ground.holds(2), ground.holds("9 Elm Street")
    (True, True, False)
    """

    def __init__(self, texts: Iterable[str], *, said: Sequence[str] = (), told: Sequence[str] = ()) -> None:
        whole = "\n".join([*said, *told, *texts])
        self._nearer: tuple[tuple[Origin, Ground], ...] = (
            (("user", Ground(said)), ("conversation", Ground([*said, *told]))) if said or told else ()
        )
        keys = _WORD.findall(unicodedata.normalize("NFKC", whole).casefold())  # as `key` folds, in one pass
        self._key = "".join(keys)
        self._ends = frozenset(accumulate(map(len, keys), initial=0))
        told_apart = [*said, *(piece for text in (*told, *texts) for piece in _PIECE_END.split(text))]
        self._pieces = list(dict.fromkeys(frozenset(stems(piece)) for piece in told_apart))
        self._stems = frozenset[str]().union(*self._pieces)
        numbers = {read_number(found) for found in _NUMBER.findall(whole)}
        numbers |= {stated_number(found) for found in _SCALED.findall(whole)}
        self._numbers = numbers | {read_number(word) for word in whole.lower().split() if word.isalpha()}
        spoken = "\n".join([*said, *told]) if said or told else whole
        self._speaks_of_days = _SPOKEN_DAY.search(spoken) is not None
        self._speaks_of_times = _SPOKEN_TIME.search(spoken) is not None
        written = [found[0] for pattern in _WRITTEN for found in pattern.finditer(whole)]
        self._days = [day for text in written if (day := parse_day(text)) is not None]
        self._times = {time for text in written if (time := parse_time(text)) is not None}

    def origin(self, value: JsonValue, parameter: Parameter) -> Origin:
        """Where a parameter's value stands, the nearest to the user first."""
        closed = isinstance(value, bool) or (bool(parameter.enum) and parameter.closed) or value == parameter.default
        if not isinstance(value, bool):
            for origin, own in self._nearer:
                if own.holds(value):
                    return origin
        if closed:
            return "schema"
        return "records" if self.holds(value) else "model"

    def holds(self, value: JsonValue) -> bool:
        """Whether a value stands there: its whole words in a row, its number, or all of its words close together.

        Close together is within what the user says in one turn, or within one line or sentence of anything else: the
        house of one address and the street of another are no address. Numbers are held in digits or words.

        Of a list or a mapping, whether all parts do. What is true or false may follow from anything, and is held (but
        see `speaks_of`). A day or a time is held as one that is written down there in any form, and where the
        conversation speaks of any, from which it may follow ("next Friday").
        """
        if value is None or isinstance(value, bool):
            return True
        if isinstance(value, list):
            return all(map(self.holds, value))
        if isinstance(value, dict):
            return all(map(self.holds, value.values()))
        if isinstance(value, int | float):
            return value in self._numbers or self._has(json.dumps(value))
        if any(map(self._has_moment, _CLOCK.split(value))):
            return True
        own = stems(value)
        return self._has(value) or (bool(own) and any(piece.issuperset(own) for piece in self._pieces))

    def speaks_of(self, parameter: Parameter, tool: Tool) -> bool:
        """Whether a word stands there that this parameter has, in name or description, and no other of its tool has."""
        others = [other for other in tool.parameters if other.name != parameter.name]
        shared = set(stems(" ".join((words_of(tool.name), tool.description or "", *map(_about, others)))))
        own = set(stems(_about(parameter))) - shared
        return not own or not own.isdisjoint(self._stems)

    def _has_moment(self, text: str) -> bool:
        """Whether a text is a day or a time that is written down there, or that may follow from what is said."""
        if (day := parse_day(text)) is not None:
            return self._speaks_of_days or any(_same(day, other) for other in self._days)
        return (time := parse_time(text)) is not None and (self._speaks_of_times or time in self._times)

    def _has(self, text: str) -> bool:
        """Whether a text's letters stand there in a row, from the beginning of a word to the end of one."""
        wanted = key(text)
        if not wanted or _UNSPACED.search(text):
            return wanted in self._key
        start = self._key.find(wanted)
        while start >= 0:
            if start in self._ends and start + len(wanted) in self._ends:
                return True
            start = self._key.find(wanted, start + 1)
        return False


def _about(parameter: Parameter) -> str:
    return f"{words_of(parameter.name)} {parameter.description or ''}"


def _same(one: Day, two: Day) -> bool:
    """Whether two days are one, as far as their years are known."""
    return one[1:] == two[1:] and (one.year is None or two.year is None or one.year == two.year)
