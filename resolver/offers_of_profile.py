"""What the profile offers for the parameters of a tool: statements about its platform, attributes by their paths."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from indexes import analyse
from resolver.clauses import ASKING, read_statement
from resolver.coerce import coerce, stems
from resolver.moments import lacks_year
from resolver.offers import KNOWN, MEANT, USED, Offer
from resolver.sides import says_another, side_meant, side_of_statements
from resolver.value_sets import closed_values, is_personal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from numpy.typing import NDArray
    from pydantic import JsonValue

    from resolver.cards import CatalogIndex
    from resolver.extract import Extractor, TextReading
    from resolver.profile import Fact
    from resolver.reading import ParameterReading
    from resolver.records import Linked

__all__ = ["from_attributes", "from_statements", "never_from_prose"]

_REQUIRED_FROM_PROFILE = 0.35
_REQUIRED_FROM_STATEMENT = 0.55
_OPTIONAL_FROM_PROFILE = 0.62
_RELEVANCE = 0.3
_NAMED = 0.25
_FEWEST_LETTERS = 4
_EXPLICIT = frozenset(("email", "phone", "url"))
_FREE_TEXT = frozenset(stems("message body text note comment content subject keyword query search term"))
_LIVES = frozenset(stems("live living reside resident based"))
_ADDRESS = frozenset(stems("address"))
_ENDS_OF_WAYS = frozenset(stems("pickup dropoff origin destination from to departure arrival"))
# "My city is Oslo", "Our home town: Oslo": what the subject says is all that the statement is about
_SUBJECT = re.compile(r"\W*(?:(?:my|our)\s+)?(?P<subject>[^,.;:!?]{1,60}?)(?:\s+(?:is|are)\b|\s*:)", re.IGNORECASE)
_MOST_STATEMENTS = 12
_MOST_OFFERED = 3
_FULL_DAYS = frozenset(("date", "date-time"))


def never_from_prose(wanted: ParameterReading) -> bool:
    """Whom something is sent to, what it says, what is searched for: in running text a sentence could give orders."""
    return not _EXPLICIT.isdisjoint(wanted.tags) or not _FREE_TEXT.isdisjoint(wanted.name)


def from_statements(
    cards: CatalogIndex,
    linked: Linked,
    vector: NDArray[np.float32],
    tool: int,
    parameters: Sequence[ParameterReading],
    *,
    extractor: Extractor,
    read: frozenset[int],
    speaks: Callable[[int], bool],
) -> Iterator[tuple[int, Offer]]:
    """Values in those of the user's statements that are about the chosen platform, or no more about another.

    Those in ``read`` are standing instructions, whose conditions have been looked at. Of a statement, by its fact's
    number, ``speaks`` tells whether it surely speaks of the tool; what does not gives a value only where it holds for
    any tool (`_holds_anywhere`): words that two things share make the liking for one of them none for the other.

    Nothing is read for a parameter that is `never_from_prose`.
    """
    if not len(linked.facts) or not linked.own.any():
        return
    platform = int(cards.tool_platform[tool])
    about = linked.fact_platform[:, platform] - linked.fact_platform.max(axis=1)
    relevance = linked.fact_vectors @ vector + linked.fact_platform[:, platform]
    relevance[~linked.own | (about < -0.05)] = -np.inf  # noqa: PLR2004
    for number in np.argsort(-relevance, kind="stable")[:_MOST_STATEMENTS]:
        if not np.isfinite(relevance[number]):
            return
        if int(number) in read:
            continue
        fact = linked.facts[number]
        for place, found in linked.said(tool, int(number), extractor):
            if never_from_prose(parameters[place]) or not _speaks_of(
                cards, linked, tool, parameters[place], int(number)
            ):
                continue
            required = parameters[place].parameter.required
            if found.score >= (_REQUIRED_FROM_STATEMENT if required else _OPTIONAL_FROM_PROFILE) and (
                speaks(int(number)) or _holds_anywhere(fact.text, parameters[place])
            ):
                yield (
                    place,
                    Offer(KNOWN, found.value, "profile", 0.9 * found.score, "said in a statement", (fact.id,)),
                )


def _holds_anywhere(text: str, wanted: ParameterReading) -> bool:
    """Whether a statement tells a parameter's value whatever is asked for.

    Of a value of a closed set that the catalog calls personal any statement may tell. Of others one without a condition
    that says where the user lives, has the parameter and nothing else as its subject, or names both the parameter and a
    value of its closed set.
    """
    closed = closed_values(wanted.parameter)
    if closed and is_personal(wanted.parameter):
        return True
    said = frozenset(analyse(text))
    if read_statement(text).conditional:
        return False
    if "place" in wanted.tags and not _LIVES.isdisjoint(said):
        return True
    if closed and wanted.parameter.type != "boolean" and wanted.cues and wanted.cues <= said:
        return True
    found = _SUBJECT.match(text)
    about = frozenset(stems(found["subject"])) - ASKING if found else frozenset()
    return not about.isdisjoint(wanted.cues) and about <= wanted.name | wanted.description


def _speaks_of(cards: CatalogIndex, linked: Linked, tool: int, wanted: ParameterReading, fact: int) -> bool:
    """Whether a statement says what it is about: a word of the parameter, where anything could be its value."""
    if wanted.parameter.enum or wanted.parameter.type == "boolean":
        return True
    own = wanted.cues | (wanted.description - cards.common_stems(tool))
    if "place" in wanted.tags:
        own |= _LIVES
    return not own.isdisjoint(analyse(linked.facts[fact].text))


def from_attributes(
    linked: Linked,
    reading: TextReading,
    vector: NDArray[np.float32],
    parameters: Iterable[tuple[int, ParameterReading, Sequence[Offer]]],
    tool: int,
    *,
    sides: bool = True,
) -> Iterator[tuple[int, Offer]]:
    """Values of attributes whose path has the words of the parameter.

    Where the query names such an attribute instead of a value ("send it home", "to Mill Lane"), it is meant; with
    ``sides``, also by a word that means the same as its label (`resolver.sides`).
    """
    if not linked.facts:
        return
    relevance = linked.fact_vectors @ vector
    parameters = list(parameters)
    addresses = [place for place, wanted, _ in parameters if not wanted.name.isdisjoint(_ADDRESS | _ENDS_OF_WAYS)]
    several = addresses if len(addresses) > 1 else ()  # from one to the other: a side is not for both
    for place, wanted, offers in parameters:
        side = _side(linked, reading, wanted, offers, tool, place) if sides and place not in several else None
        if side is not None:
            yield place, side
            if side.rank == MEANT:
                continue
        least = _REQUIRED_FROM_PROFILE if wanted.parameter.required else _OPTIONAL_FROM_PROFILE
        said = next((offer.value for offer in offers if offer.source == "query"), None)
        # "to the office" tells the address at work from that at home
        named = reading.stems - wanted.name
        scored = [
            (own.match + (0.0 if named.isdisjoint(own.label) else _NAMED), float(relevance[own.number]), own)
            for own in linked.known(tool).attributes[place]
        ]
        scored.sort(key=lambda entry: -(entry[0] + _RELEVANCE * entry[1]))
        meant = _meant(said, wanted, [(linked.facts[own.number], own.label) for _, _, own in scored])
        if meant is not None and (value := _fitted(meant, wanted)) is not None:
            reason = f"the query's {said!r} is profile: {meant.path}"
            yield place, Offer(MEANT, value, "profile", 0.8, reason, (meant.id,))
            continue
        for score, _, own in [entry for entry in scored if entry[0] >= least][:_MOST_OFFERED]:
            fact = linked.facts[own.number]
            value = _fitted(fact, wanted)
            if value is not None:
                yield place, Offer(KNOWN, value, "profile", min(score, 0.95), f"profile: {fact.path}", (fact.id,))


def _fitted(fact: Fact, wanted: ParameterReading) -> JsonValue:
    """An attribute's value as the schema wants it, or None where it cannot be that; a day needs the year asked for."""
    schema = wanted.parameter
    value = coerce(fact.value, schema)
    hint = "YYYY-MM-DD" if schema.format in _FULL_DAYS else schema.description
    return None if isinstance(value, str) and lacks_year(value, hint) else value


def _side(  # noqa: PLR0917
    linked: Linked, reading: TextReading, wanted: ParameterReading, offers: Sequence[Offer], tool: int, place: int
) -> Offer | None:
    """Of a value at home and one at work, the one that the query means, or else a statement.

    Another value of that kind that the query says comes first.
    """
    if any(offer.source == "query" and says_another(str(offer.value), wanted) for offer in offers):
        return None
    for sides in linked.known(tool).sides[place]:
        side = side_meant(reading.text, wanted, (*reading.denied, *reading.assistant))
        if side in sides and (value := coerce(linked.facts[sides[side]].value, wanted.parameter)) is not None:
            fact = linked.facts[sides[side]]
            return Offer(MEANT, value, "profile", 0.85, f"the query means profile: {fact.path}", (fact.id,))
        stated = side_of_statements(linked.sentences, wanted)
        if stated is not None and stated[0] in sides:
            fact, statement = linked.facts[sides[stated[0]]], linked.facts[stated[1]]
            if (value := coerce(fact.value, wanted.parameter)) is not None:
                reason = f"a statement means profile: {fact.path}"
                return Offer(USED, value, "profile", 0.82, reason, (fact.id, statement.id))
    return None


def _meant(said: JsonValue, wanted: ParameterReading, facts: Sequence[tuple[Fact, frozenset[str]]]) -> Fact | None:
    """The attribute that the query's words name by its label, or by a part of its value."""
    if not isinstance(said, str) or wanted.parameter.enum or any(letter.isdigit() for letter in said):
        return None  # with a number in it, it is a value and no label
    own = frozenset(stems(said)) - wanted.name  # "my work address" for an address is the one at work
    whole_words = re.compile(rf"(?<!\w){re.escape(said)}(?!\w)", re.IGNORECASE)
    for fact, label in facts:
        value = str(fact.value)
        if own and own <= label:
            return fact
        if len(said) >= _FEWEST_LETTERS and len(value) > len(said) and whole_words.search(value):
            return fact
    return None
