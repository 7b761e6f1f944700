"""Whether a value that a model gave stands anywhere in what it was told."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from resolver.coerce import read_number, stems
from resolver.names import key

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic import JsonValue

__all__ = ["Ground"]

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


class Ground:
    """The texts in which values may stand: the query, and what is known of the user.

    Args:
        texts: All of them.

    >>> ground = Ground(["Order two pizzas to 1 Mill Lane"])
    >>> ground.holds("Mill Lane"), ground.holds(2), ground.holds("9 Elm Street")
    (True, True, False)
    """

    def __init__(self, texts: Iterable[str]) -> None:
        whole = "\n".join(texts)
        self._key = key(whole)
        self._stems = frozenset(stems(whole))
        numbers = {read_number(found) for found in _NUMBER.findall(whole)}
        self._numbers = numbers | {read_number(word) for word in whole.lower().split() if word.isalpha()}

    def holds(self, value: JsonValue) -> bool:
        """Whether a value stands there: its letters in a row, all of its words, or its number in digits or words.

        Of a list or a mapping, whether all parts do. What is true or false may follow from anything, and is held.
        """
        if value is None or isinstance(value, bool):
            return True
        if isinstance(value, list):
            return all(map(self.holds, value))
        if isinstance(value, dict):
            return all(map(self.holds, value.values()))
        if isinstance(value, int | float):
            return value in self._numbers or key(json.dumps(value)) in self._key
        own = stems(value)
        return key(value) in self._key or (bool(own) and self._stems.issuperset(own))
