"""Which of several values of one kind is meant: the address at home or at work, the private number or the firm's.

A profile has them under labels (``address.home``, ``phone.work``). A query names one by its label or by a word that
means the same ("to the office", "at the firm's expense"), next to a word of what is asked for: "confirm to my private
*mail*, and *bring* it to work" has one side for the mail and another for the address. A statement may say which one
holds where nothing is said ("deliveries go to where I work by default").
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from resolver.coerce import stems

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from resolver.reading import ParameterReading
    from resolver.spans import Word

__all__ = ["side_meant", "side_of_statements"]

_ALIKE = (
    frozenset(stems("work office workplace job firm company business employer corporate professional")),
    frozenset(stems("home house flat apartment residence residential live private personal")) | {"own"},
    frozenset(stems("school university college campus")),
)
"""Labels and words that mean the same side of life, as stems; "own" is no word of content and stands for itself."""
_KINDS = tuple(
    (frozenset(stems(kind)), frozenset(stems(f"{kind} {more}")))
    for kind, more in (
        ("phone mobile telephone cell", "number call reach reachable ring text contact"),
        ("email mail", "mailbox inbox confirmation confirm write"),
        ("address", "deliver delivery send ship shipping bring come location place"),
        ("payment pay billing", "paid expense cost pocket charge bill invoice account card"),
    )
)
"""Words for a kind of value, and words that speak of one, as stems."""
_PLACE = frozenset(stems("address"))
_NEAR = 5
_OTHERWISE = re.compile(
    r"\b(?:business|first|economy) class\b|\bhome ?page\b"
    r"|\bworks?\s+(?:for (?:me|you|us|them|everyone)|out|with)\b",
    re.IGNORECASE,
)
_BY_DEFAULT = re.compile(
    r"\b(?:by default|default|usually|normally|always|as a rule|in general|unless|otherwise)\b", re.IGNORECASE
)


def side_meant(
    text: str, words: Sequence[Word], wanted: ParameterReading, labels: Sequence[frozenset[str]]
) -> int | None:
    """The one of several values of a kind that a text means.

    Args:
        text: The text.
        words: Its words.
        wanted: The parameter that takes one of them.
        labels: The stems of what tells each from the others.

    Returns:
        The number of its label, or None where the text names none, or as well another one.
    """
    named = _named(text, words, labels)
    if not named:
        return None
    cues = _cues(wanted)
    places = [place for place, word in enumerate(words) if word.stem in cues]
    near = [(abs(place - cue), number) for place, number in named for cue in places if abs(place - cue) <= _NEAR]
    if near:
        least = min(distance for distance, _ in near)
        nearest = {number for distance, number in near if distance == least}
        return nearest.pop() if len(nearest) == 1 else None
    if wanted.name.isdisjoint(_PLACE):
        return None
    # a place needs no word before it ("at the office"), but what stands by the word of another kind is that one's
    others = frozenset[str]().union(*(spoken for _, spoken in _KINDS)) - cues
    apart = {
        number
        for place, number in named
        if not any(word.stem in others for word in words[max(0, place - _NEAR) : place + _NEAR + 1])
    }
    return apart.pop() if len(apart) == 1 else None


def side_of_statements(
    statements: Iterable[tuple[int, str, Sequence[Word]]], wanted: ParameterReading, labels: Sequence[frozenset[str]]
) -> tuple[int, int] | None:
    """The value that holds where nothing else is said, by a statement that says so.

    Args:
        statements: The user's, as number, text and words, newest last.
        wanted: As of `side_meant`.
        labels: Likewise.

    Returns:
        The number of the label, and of the last such statement.
    """
    cues = _cues(wanted)
    found = None
    for number, text, words in statements:
        if not _BY_DEFAULT.search(text) or cues.isdisjoint(word.stem for word in words):
            continue
        sides = {side for _, side in _named(text, words, labels)}
        if len(sides) == 1:
            found = sides.pop(), number
    return found


def _cues(wanted: ParameterReading) -> frozenset[str]:
    """Words that speak of a parameter: those of its name, and of the kinds that it may be of."""
    own = wanted.name or wanted.description
    return wanted.cues.union(*(spoken for kind, spoken in _KINDS if kind & own))


def _named(text: str, words: Sequence[Word], labels: Sequence[frozenset[str]]) -> list[tuple[int, int]]:
    """Words that name a label, by their numbers, with the label's; a word that two labels share names none."""
    wide = [label.union(*(group for group in _ALIKE if group & label)) for label in labels]
    shared = frozenset(stem for stem in frozenset[str]().union(*wide) if sum(stem in own for own in wide) > 1)
    hidden = [match.span() for match in _OTHERWISE.finditer(text)]
    found = []
    for place, word in enumerate(words):
        stem = word.stem or word.text.lower()
        if stem in shared or any(start <= word.start < end for start, end in hidden):
            continue
        found += [(place, number) for number, own in enumerate(wide) if stem in own]
    return found
