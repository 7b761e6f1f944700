"""The words of a query that say what to do, without those that only name the user or the user's records.

"Cancel the gift card order" is no matter of cards if a gift card is among the user's ways to pay; and "my zip code is
80218" tells who is speaking where 80218 is that user's. Such words find the record, and would mislead a search for the
tool.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from indexes import analyse
from resolver.coerce import stems
from resolver.entities import split_path
from resolver.entity_mentions import STATE_WORDS
from resolver.entity_tokens import tokens_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from resolver.asking import Asked
    from resolver.entities import Entities
    from resolver.entity_tokens import Token
    from resolver.profile import Fact

__all__ = ["RecordWords"]

_BEFORE = 4
_MOST_STEMS = 12
_LONGEST_WEAK_NUMBER = 2


class RecordWords:
    """Values of a user's Facts, found in queries.

    Args:
        facts: The user's Facts.
        entities: The entities that they hold. Their values count wherever they stand, those of other Facts only behind
            the name of the attribute ("my email is ...").
    """

    def __init__(self, facts: Sequence[Fact], entities: Entities) -> None:
        self._by_first: dict[str, dict[tuple[str, ...], tuple[frozenset[str], bool]]] = defaultdict(dict)
        if not entities.all:
            return
        inside: set[int] = set()
        for entity in entities.all:
            for item in entity.properties:
                inside.add(item.fact)
                if item.names and STATE_WORDS.isdisjoint(stems(item.names[-1])):
                    self._add(str(item.value), frozenset(stems(item.names[-1])), alone=not item.inner)
            for value, held in entity.ids.values():
                inside.add(held)
                self._add(str(value), frozenset(entity.kind), alone=True)
        for number, fact in enumerate(facts):
            if number not in inside and not fact.statement:
                name = " ".join(part for part in split_path(fact.path) if isinstance(part, str))
                self._add(str(fact.value), frozenset(stems(name)), alone=False)

    def _add(self, value: str, name: frozenset[str], *, alone: bool) -> None:
        wanted = tuple(token.stem for token in tokens_of(value))
        if not wanted or len(wanted) > _MOST_STEMS:
            return
        weak = len(wanted) == 1 and wanted[0].isdigit() and len(wanted[0]) <= _LONGEST_WEAK_NUMBER
        names, before = self._by_first[wanted[0]].get(wanted, (frozenset[str](), False))
        self._by_first[wanted[0]][wanted] = (names | name, before or (alone and not weak))

    def without(self, asked: Asked) -> list[str]:
        """The tokens of a query, as `indexes.analyse` gives them, without the words that name the user's records."""
        rest = self.rest(asked.text)
        return asked.tokens if rest is asked.text else analyse(rest)

    def rest(self, text: str) -> str:
        """A text without the words that name the user's records; the text itself where there are none."""
        if not self._by_first:
            return text
        tokens = tokens_of(text)
        written = [token.stem for token in tokens]
        gone = [False] * len(tokens)
        for place, stem in enumerate(written):
            for wanted, (names, alone) in self._by_first.get(stem, {}).items():
                end = place + len(wanted)
                if tuple(written[place:end]) != wanted:
                    continue
                near = [number for number in range(max(0, place - _BEFORE), place) if written[number] in names]
                if alone or near:
                    for number in range(min(near, default=place), end):
                        gone[number] = True
        return _blanked(text, tokens, gone) if any(gone) else text


def _blanked(text: str, tokens: Sequence[Token], gone: Sequence[bool]) -> str:
    kept, start = [], 0
    for token, away in zip(tokens, gone, strict=True):
        if away:
            kept += [text[start : token.start], " "]
            start = token.end
    return "".join((*kept, text[start:]))
