"""Which of several values of one kind is meant: the address at home or at work, the private number or the firm's.

A profile has them under labels (``address.home``, ``work_phone``). A query names one by a word that means the same:
as a place ("to the office", "bring it home"), or next to a word for the kind of value ("on my own phone", "at the
firm's expense"). A statement may say which holds where nothing is said ("deliveries go to where I work by default").
Words count as they are written: a stem that "personal" shares with "person" would name a side by chance.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

from resolver.clauses import refuses
from resolver.names import words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from resolver.reading import ParameterReading

__all__ = ["Labelled", "Side", "labelled", "own_values", "says_another", "side_meant", "side_of_statements"]

Side = Literal["work", "home"]
_WORDS: dict[Side, str] = {
    "work": "work|office|workplace|firm|company|business|employer|corporate",
    "home": "home|house|flat|apartment|private|privately|personal|personally|own",
}
_SIDES: dict[str, Side] = {word: side for side in get_args(Side) for word in _WORDS[side].split("|")}
_ANY = "|".join(_SIDES)
_PARTS = frozenset(
    ("flat", "apartment", "house", "city", "town", "zip", "postcode", "postal", "country", "state", "floor")
)
"""Words of paths that are parts of an address: no sides of life, and no addresses."""
# a kind of value: words of its parameters' names, and words next to which a side is named
_KINDS: tuple[tuple[frozenset[str], frozenset[str]], ...] = tuple(
    (frozenset(names.split()), frozenset(cues.split()))
    for names, cues in (
        ("phone mobile telephone cell", "phone number mobile telephone cell"),
        ("email mail", "email mail mailbox inbox"),
        ("payment pay billing", "pay pays paid payment expense expenses pocket card account bill invoice"),
    )
)
_AROUND = frozenset(("my", "our", "the", "address", "place", "as", "at", "to")).union(*(cues for _, cues in _KINDS))
_NOUNS = r"(?:home|house|flat|apartment|work|office|workplace|firm|company)"
_ENDS = r"(?!\s+(?:of|class|trip|page|for|out|with|i|we|you|he|she|they|that|which|where|next|down)\b|[-'\u2019])"
_PLACE = re.compile(
    rf"\b(?:to|into)\s+(?:(?:my|our|the)\s+)?(?P<to>{_NOUNS})\b{_ENDS}"
    rf"|\b(?:send|bring|deliver|order|ship|drop)\w*\b[^,.;:!?]{{0,60}}?\bat\s+(?:(?:my|our|the)\s+)?(?P<at>{_NOUNS})\b{_ENDS}"
    rf"|\b(?:to|at)\s+(?:my|our|the)\s+(?P<its>{_ANY})\s+(?:address|place)\b"
    rf"|\b(?:my|our)\s+(?P<my>{_ANY})\s+(?:address|place)\b|\b(?:my|our)\s+(?P<as>{_ANY})\s+as\s+the\s+address\b"
    rf"|\baddress\s+(?:is|being|:)\s*(?:my|our|the)?\s*(?P<is>{_NOUNS})\b"
    r"|\b(?:send|bring|deliver|ship|take|come)(?:\s+[\w'\u2019-]+){0,2}?\s+(?P<bring>home)\b"
    r"|\bto\s+where\s+I\s+(?P<where>work|live)\b",
    re.IGNORECASE,
)
_NOT = re.compile(
    r"\b(?:not|never|cannot|without|no longer|away from|instead of|rather than|\w+n['\u2019]t)\s", re.IGNORECASE
)
_CLAUSE = re.compile(r"[,.;:!?]\s|\s(?:and|but|so)\s", re.IGNORECASE)
_WORD = re.compile(r"[\w-]+(?=['\u2019]s\b)|[\w-]+")
_OTHERWISE = frozenset(("class", "trip", "trips", "hours", "meeting", "lunch", "dinner"))
_NEAR = 3
_BY_DEFAULT = re.compile(r"\b(?:by default|default|usually|normally|otherwise)\b", re.IGNORECASE)
_AT_TIMES = re.compile(
    r"\b(?:when|if|unless|except|during|while|on (?:week|mon|tues|wednes|thurs|fri|satur|sun)\w+"
    r"|for (?:work|business|private|personal)\b)",
    re.IGNORECASE,
)
_DELIVERS = re.compile(r"\b(?:address|deliver\w*|sent?|ship\w*|orders?|parcels?)\b", re.IGNORECASE)

# "to my work address" has the user's own; "as my address" would name a value, and so would "at my Oak Street address"
_TOWARDS = "at|by|from|in|into|near|on|onto|through|to|towards|under|using|via|with"
_WHICH = (
    f"{_ANY}|billing|current|default|delivery|main|new|normal|old|other|primary|regular|school|second|secondary|shipping"
    "|usual"
)
_CLOSED = re.compile(r"\s*(?:$|[.!?;)]|(?:and|but|for|please|so|then|using|via|when|with)\b)", re.IGNORECASE)
_SHORTEST = 4  # a last word such as "id" or "to" names no kind of value


class Labelled(NamedTuple):
    """A value under the label of a side: what it is of, but for that label, and the side."""

    of: tuple[str, ...]
    side: Side


def labelled(path: str) -> Labelled | None:
    """The side that a path names by one of its words, and the others; None where it names none, or both.

    >>> labelled("address.home"), labelled("work_phone"), labelled("address.city")
    (Labelled(of=('address',), side='home'), Labelled(of=('phone',), side='work'), None)
    """
    spoken = words(path).lower().split()
    sides = {_SIDES[word] for word in spoken if word in _SIDES}
    if len(sides) != 1 or not _PARTS.isdisjoint(spoken):
        return None
    return Labelled(tuple(word for word in spoken if word not in _SIDES), sides.pop())


def says_another(value: str, wanted: ParameterReading) -> bool:
    """Whether what a query says for a parameter is a value of its own, and not but the name of a side.

    An address has a number or a name, a telephone number and an e-mail address have their form; what else was taken for
    one ("firm's expense") gives way.
    """
    spoken = {match[0].lower() for match in _WORD.finditer(value)}
    if not spoken.isdisjoint(_SIDES) and spoken <= _SIDES.keys() | _AROUND:
        return False
    name = frozenset(words(wanted.parameter.name).lower().split())
    if wanted.parameter.enum or not _KINDS[2][0].isdisjoint(name):
        return any(map(str.isupper, value)) or value in map(str, wanted.parameter.enum)
    return any(map(str.isdigit, value)) or "@" in value or ("address" in name and any(map(str.isupper, value)))


def side_meant(text: str, wanted: ParameterReading, hidden: Sequence[tuple[int, int]] = ()) -> Side | None:
    """The side that a text means for a parameter; None where it names none, or both.

    Args:
        text: The text.
        wanted: The parameter.
        hidden: Places of the text that do not count.
    """
    name = frozenset(words(wanted.parameter.name).lower().split())
    found = set(_places(text, hidden)) if "address" in name else set()
    if not found:
        for names, cues in _KINDS:
            if names & name:
                found |= set(_beside(text, cues, hidden))
    return found.pop() if len(found) == 1 else None


def own_values(text: str, parameters: Sequence[ParameterReading]) -> tuple[list[tuple[int, int]], list[int]]:
    """Where a text speaks of what the user has of an open parameter, and which parameters it gives no value for.

    In "to my work address" there is no value of any parameter; and where nothing that may be one follows it, and no
    other parameter's name ends so, there is none for the address elsewhere in the text.
    """
    spans, without = [], []
    last = [words(own.parameter.name).rpartition(" ")[2] for own in parameters]
    for number, own in enumerate(parameters):
        if own.parameter.type != "string" or own.parameter.enum or len(last[number]) < _SHORTEST:
            continue
        found = list(_own(last[number]).finditer(text))
        spans += [match.span() for match in found]
        if last.count(last[number]) == 1 and any(_CLOSED.match(text, match.end()) for match in found):
            without.append(number)
    return spans, without


def side_of_statements(statements: Iterable[tuple[int, str]], wanted: ParameterReading) -> tuple[Side, int] | None:
    """The side that holds where nothing else is said, by the last statement that says so, with that one's number."""
    found: tuple[Side, int] | None = None
    for number, text in statements:
        if not _BY_DEFAULT.search(text) or _AT_TIMES.search(text) or refuses(text):
            continue
        if "address" in words(wanted.parameter.name).lower() and not _DELIVERS.search(text):
            continue
        side = side_meant(text, wanted)
        if side is not None:
            found = side, number
    return found


@lru_cache(maxsize=4096)
def _own(word: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{_TOWARDS})\s+my\s+(?:(?:{_WHICH})\s+)*{re.escape(word)}\b", re.IGNORECASE)


def _places(text: str, hidden: Sequence[tuple[int, int]]) -> Iterable[Side]:
    """Sides that are named as a place."""
    starts = _starts(text)
    for match in _PLACE.finditer(text):
        kind = match.lastgroup or "at"
        word = match[kind].lower()
        if _denied(text, starts, match.start()) or _within(match.start(kind), hidden):
            continue
        if match[kind][0].isupper():  # "Victoria House"
            continue
        yield "home" if word == "live" else _SIDES[word]


def _beside(text: str, cues: frozenset[str], hidden: Sequence[tuple[int, int]]) -> Iterable[Side]:
    """Sides that are named next to a word for a kind of value, in one clause, and next to no other kind's."""
    others = frozenset[str]().union(*(spoken for _, spoken in _KINDS)) - cues
    starts = _starts(text)
    for first, end in zip(starts, [*starts[1:], len(text)], strict=True):
        spoken = [(match[0].lower(), match.start()) for match in _WORD.finditer(text, first, end)]
        named = [
            (number, word)
            for number, (word, start) in enumerate(spoken)
            if word in _SIDES
            and not _within(start, hidden)
            and not _denied(text, starts, start)
            and _is_own(text, word, start, spoken[number + 1 : number + 2], cues)
            and (number + 1 == len(spoken) or spoken[number + 1][0] not in _OTHERWISE)
        ]
        if any(word != "own" for _, word in named):  # "my own company" is the company
            named = [own for own in named if own[1] != "own"]
        for number, word in named:
            near = min((abs(number - at) for at, (own, _) in enumerate(spoken) if own in cues), default=_NEAR + 1)
            other = min((abs(number - at) for at, (own, _) in enumerate(spoken) if own in others), default=_NEAR + 1)
            if near <= _NEAR and near < other:
                yield _SIDES[word]


def _is_own(text: str, word: str, start: int, behind: Sequence[tuple[str, int]], cues: frozenset[str]) -> bool:
    """Whether a word is of the user's own side: "my firm", "the firm's expense", "the company card"."""
    if re.fullmatch(_NOUNS, word) is None or word in ("work", "home"):
        return True
    end = start + len(word)
    if re.match(r"['\u2019]s\b", text[end : end + 3]) or (behind and behind[0][0] in cues):
        return True
    return re.search(r"\b(?:my|our|own)\s+$", text[max(0, start - 8) : start], re.IGNORECASE) is not None


def _starts(text: str) -> list[int]:
    """Where the clauses of a text begin."""
    return [0, *(match.end() for match in _CLAUSE.finditer(text))]


def _denied(text: str, starts: Sequence[int], place: int) -> bool:
    """Whether the clause denies what stands at a place."""
    return _NOT.search(text, starts[bisect_right(starts, place) - 1], place) is not None


def _within(place: int, hidden: Sequence[tuple[int, int]]) -> bool:
    return any(start <= place < end for start, end in hidden)
