"""Which entities of a profile a text speaks of, and by what: an id, the end of one, a name, other values.

A value counts by its rarity among the user's own records of that collection: what all orders share tells none of them
from the others.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from resolver.coerce import stems
from resolver.entity_tokens import sign_key, tokens_of
from resolver.moments import Day, parse_day

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from resolver.entities import Entities, Entity, Property
    from resolver.entity_tokens import Token
    from resolver.extract import TextReading

__all__ = ["LABEL_WORDS", "STATE_WORDS", "EntityMentions", "MentionIndex"]

_CHUNK = re.compile(r"[^\s,;:!?()\[\]{}\"'`\u2018\u2019\u201c\u201d]+")
_ENDS_IN = re.compile(
    r"\b(?:end(?:s|ing|ed)?|finish(?:es|ing)?)\s+(?:in|with|by)\s+['\"#*]*([\w-]{1,12})", re.IGNORECASE
)
_LAST_DIGITS = re.compile(
    r"\blast\s+(?:\w+\s+)?(?:digits?|numbers?|characters?|letters?|four)\s+(?:of\s+\w+\s+)?(?:is|are|being|:)?\s*['\"#*]*(\d[\w-]{0,11})",
    re.IGNORECASE,
)
_STARTS_WITH = re.compile(r"\b(?:start|begin)(?:s|ning|ing)?\s+(?:with|by|in)\s+['\"#*]*([\w-]{1,12})", re.IGNORECASE)
# "not the lamp", "do not return the lamp"; "I don't like the lamp" is a reason to return it
_NOT = (
    r"(?:\bnot|n['\u2019]t|\bnever)\b(?!\s+(?:be\s+|really\s+)?(?:like|love|enjoy|need|use|have|get|fit|work|receive"
    r"|recogni[sz]e|remember|happy|satisfied|pleased|sure|want(?!\s+to))\b)"
)
_KEEP = re.compile(r"\bkeep(?:ing)?\b(?:\W+\w+){0,3}?\W*$", re.IGNORECASE)
_DENIED = re.compile(
    rf"(?:{_NOT}(?:[^\w,]+\w+){{0,3}}?|\b(?:except(?:\s+for)?|besides|excluding|without|instead\s+of|rather\s+than"
    r"|other\s+than|than)\b(?:[^\w,]+\w+)?)[^\w,]*$",
    re.IGNORECASE,
)
_NEGATED = re.compile(r"\b(?:not|never|no\s+longer)\b|n['\u2019]t\b", re.IGNORECASE)
_CLAUSE = re.compile(r"[.!?;]\s|\b(?:but|so|because|while)\b", re.IGNORECASE)
_LOOK_BACK = 60
LABEL_WORDS = frozenset(stems("name title label model product"))
STATE_WORDS = frozenset(stems("status state stage phase"))
_FEWEST_ID_SIGNS = 3
_FEWEST_ID_DIGITS = 4
_LONGEST_WEAK_NUMBER = 2
_WEAK_NUMBER = 0.4
_HEAD, _OTHER = 0.7, 0.3
_TAKEN = 0.2
_PROPERTY_NAME = 0.5
_REACH = 8.0
_DAY = 1.5
_STATE = 1.0
_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_MOST_STEMS = 12


class _Value(NamedTuple):
    """A value, or the name of a property, of some entities of one collection; by name or not."""

    stems: tuple[str, ...]
    holders: tuple[int, ...]
    label: bool
    weight: float


class EntityMentions(NamedTuple):
    """How a text speaks of each of ``n`` entities, each ``(n,) float64``.

    Attributes:
        said: 1 where an id stands in the text.
        part: 1 where the text tells how an id or a number of it begins or ends.
        label: How fully its name stands in the text, 0 to 1.
        times: How often its name stands there in full.
        words: Rarity of its other values that stand in the text, summed, those near its name counting more; 1 is about
            that of a value that half of the records of the collection have.
        denied: 1 where its name is denied ("not the lamp", "except the lamp").
    """

    said: NDArray[np.float64]
    part: NDArray[np.float64]
    label: NDArray[np.float64]
    times: NDArray[np.float64]
    words: NDArray[np.float64]
    denied: NDArray[np.float64]


class MentionIndex:
    """The values of all entities of a profile, ready to be looked up in texts.

    Args:
        entities: The entities.
    """

    def __init__(self, entities: Entities) -> None:
        self._size = len(entities.all)
        self._ids: dict[str, list[int]] = defaultdict(list)
        self._tails: list[tuple[str, int]] = []
        self._values: list[_Value] = []
        self._days: list[tuple[int, Day]] = []
        self._states: dict[str, list[int]] = defaultdict(list)
        self._by_stem: dict[str, list[int]] = defaultdict(list)
        own = [{field for field in entity.ids if entities.fields[field].own} for entity in entities.all]
        held: dict[tuple[tuple[str, ...], tuple[str, ...], bool, float], dict[int, None]] = {}
        for number, entity in enumerate(entities.all):
            for field, (value, _) in entity.ids.items():
                if field in own[number]:
                    written = sign_key(str(value))
                    self._tails.append((written, number))
                    if len(written) >= _FEWEST_ID_SIGNS:
                        self._ids[written].append(number)
            for item in entity.properties:
                self._add(held, entity, number, item)
        sizes = Counter(entity.collection for entity in entities.all)
        for (collection, wanted, label, factor), holders in held.items():
            rarity = math.log2(1.0 + sizes[collection] / len(holders)) if not label else 1.0
            weak = _WEAK_NUMBER if len(wanted) == 1 and _is_weak(wanted[0]) else 1.0
            for stem in set(wanted):
                self._by_stem[stem].append(len(self._values))
            self._values.append(_Value(wanted, tuple(holders), label, factor * weak * rarity))

    def _add(
        self,
        held: dict[tuple[tuple[str, ...], tuple[str, ...], bool, float], dict[int, None]],
        entity: Entity,
        number: int,
        item: Property,
    ) -> None:
        if isinstance(item.value, float | bool) or item.value is None or not item.names:
            return
        if isinstance(item.value, str) and _ISO_DAY.match(item.value) and (day := parse_day(item.value)) is not None:
            self._days.append((number, day))
            return
        name = stems(item.names[-1])
        if not STATE_WORDS.isdisjoint(name):
            self._states[" ".join(str(item.value).lower().split())].append(number)
            return
        label = len(item.names) == 1 and not LABEL_WORDS.isdisjoint(name)
        wanted = tuple(token.stem for token in tokens_of(str(item.value)))[:_MOST_STEMS]
        if wanted:
            held.setdefault((entity.collection, wanted, label, 1.0), {})[number] = None
        if str(item.value).strip("*x-").isdigit():
            self._tails.append((sign_key(str(item.value)), number))
        if name and not label:
            held.setdefault((entity.collection, name, False, _PROPERTY_NAME), {})[number] = None

    def read(self, reading: TextReading) -> EntityMentions:
        """How a text speaks of the entities."""
        text = reading.text
        found = EntityMentions(*(np.zeros(self._size) for _ in EntityMentions._fields))
        if not self._size:
            return found
        self._ids_in(text, found)
        tokens = tokens_of(text)
        places: dict[str, list[int]] = defaultdict(list)
        for place, token in enumerate(tokens):
            places[token.stem].append(place)
        spoken = [self._values[n] for n in sorted({n for stem in places for n in self._by_stem.get(stem, ())})]
        matched = [(value, *_fit(value.stems, places)) for value in spoken]
        whole = {
            end - back
            for value, fit, ends in matched
            if fit == 1.0 and (len(value.stems) > 1 or value.label)
            for end in ends
            for back in range(len(value.stems))
        }
        at = self._labels(text, tokens, [row for row in matched if row[0].label], whole, found)
        for value, fit, ends in matched:
            if value.label or (fit < 1.0 and len(value.stems) == 1):
                continue
            if not (fit == 1.0 and _is_denied(text, tokens[ends[-1] - len(value.stems) + 1].start)):
                for number in value.holders:
                    found.words[number] += value.weight * fit * fit * _closeness(ends, at.get(number, ()))
        self._dates(reading, found.words)
        # "cancel it" speaks of no cancelled order: a state counts in its own form
        for state, numbers in self._states.items():
            if re.search(rf"(?<!\w){re.escape(state)}(?!\w)", text, re.IGNORECASE):
                found.words[numbers] += _STATE
        return found

    def _dates(self, reading: TextReading, words: NDArray[np.float64]) -> None:
        if not self._days:
            return
        for span in reading.spans:
            day = parse_day(span.text) if span.kind == "date" else None
            if day is None:
                continue
            for number, known in self._days:
                if (day.month, day.day) == (known.month, known.day) and day.year in (None, known.year):
                    words[number] += _DAY

    @staticmethod
    def _labels(
        text: str,
        tokens: list[Token],
        matched: list[tuple[_Value, float, list[int]]],
        whole: set[int],
        found: EntityMentions,
    ) -> dict[int, list[int]]:
        """Read the names into ``found``; where the name of each entity stands."""
        at: dict[int, list[int]] = {}
        for value, fit, ends in matched:
            # the kettle of "tea kettle" is not the electric one
            free = ends if fit == 1.0 else [end for end in ends if end not in whole]
            own = fit if free else _TAKEN * fit
            holders = list(value.holders)
            found.label[holders] = np.maximum(found.label[holders], own)
            if own < _HEAD:
                continue
            for number in holders:
                at[number] = free
                found.times[number] = max(found.times[number], len(free))
            first = max(free[-1] - (len(value.stems) if fit == 1.0 else 1) + 1, 0)
            if _is_denied(text, tokens[first].start):
                found.denied[holders] = 1.0
        return at

    def _ids_in(self, text: str, found: EntityMentions) -> None:
        """Read ids, and what is told of their beginnings and ends."""
        chunks = {sign_key(chunk) for chunk in _CHUNK.findall(text)}
        for chunk in chunks:
            for number in self._ids.get(chunk, ()):
                found.said[number] = 1.0
        tails = [sign_key(match[1]) for pattern in (_ENDS_IN, _LAST_DIGITS) for match in pattern.finditer(text)]
        heads = [sign_key(match[1]) for match in _STARTS_WITH.finditer(text)]
        digits = [chunk for chunk in chunks if chunk.isdigit() and len(chunk) >= _FEWEST_ID_DIGITS]
        if not (tails or heads or digits):
            return
        for written, number in self._tails:
            if (
                any(tail and written.endswith(tail) for tail in tails)
                or any(head and written.startswith(head) for head in heads)
                or any(written != chunk and _digits(written) == chunk for chunk in digits)
            ):
                found.part[number] = 1.0


def _fit(wanted: tuple[str, ...], places: dict[str, list[int]]) -> tuple[float, list[int]]:
    """How fully a value stands in a text, and where it ends there: 1 in one piece, less for a part of it.

    Of a part the head counts most: the last word that is no number ("kettle", the "router" of "Router 5").
    """
    ends = [
        end
        for end in places.get(wanted[-1], [])
        if all(end - back in places.get(stem, ()) for back, stem in enumerate(reversed(wanted)) if back)
    ]
    if ends:
        return 1.0, ends
    share = sum(stem in places for stem in wanted) / len(wanted)
    head = next((stem for stem in reversed(wanted) if not _is_weak(stem)), wanted[-1])
    if head in places:
        return _HEAD + 0.2 * (share - 1.0 / len(wanted)), places[head]
    return _OTHER * share, [place for stem in wanted for place in places.get(stem, ())]


def _closeness(ends: Sequence[int], names: Sequence[int]) -> float:
    """How near a value stands to a name, 1 where there is no name to stand near."""
    if not names:
        return 1.0
    return 1.0 / (1.0 + min(abs(end - name) for end in ends for name in names) / _REACH)


def _is_denied(text: str, start: int) -> bool:
    """Whether the clause before a place denies what follows, or says that it is kept."""
    before = text[max(0, start - _LOOK_BACK) : start]
    ends = [match.end() for match in _CLAUSE.finditer(before)]
    clause = before[ends[-1] :] if ends else before
    if kept := _KEEP.search(clause):
        return _NEGATED.search(clause[: kept.start()]) is None
    return _DENIED.search(clause) is not None


def _is_weak(stem: str) -> bool:
    """A short number, or a lone letter, stands in many texts that do not mean it."""
    return (stem.isdigit() and len(stem) <= _LONGEST_WEAK_NUMBER) or len(stem) == 1


def _digits(text: str) -> str:
    return "".join(filter(str.isdigit, text))
