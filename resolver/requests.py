"""Several requests in one: "look up the film, then book a table for two at seven".

A text is taken apart where a new request begins: behind a connecting word or mark, with a verb. The parts stand for
themselves only if each has a tool of its own on the chosen platform that does what the part asks for; else the text
stays whole. Dialogues stay whole, too: what was asked there is read from all turns.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from resolver.actions import VERBS
from resolver.asking import read_queries
from resolver.bind import bind_calls
from resolver.matching import with_match
from resolver.resolution import Call

if TYPE_CHECKING:
    from collections.abc import Sequence

    from resolver.asking import Asked
    from resolver.bind import Bound
    from resolver.choose import Chooser
    from resolver.further import Scene
    from resolver.resolution import Binding, Choice

__all__ = ["Request", "calls_of", "parts_of", "requests_of"]

_VERB = rf"(?:(?:please|kindly|(?:can|could|would|will) you)\s)?(?:please\s)?(?:{'|'.join(sorted(VERBS))})(?![\w-])"
# behind a mere "and" a verb may be a noun ("phone and email"); what it is done to shows that it is none
_OBJECT = (
    r"(?=\s(?:an?|the|my|our|me|us|some|any|all|more|for|out|up|off|\d+|one|two|three|four|five|six|seven"
    r"""|eight|nine|ten|dozen|["'\u2018\u201c])(?![\w-]))"""
)
_LATER = r"(?:then|after(?:\sthat|wards)|next|also|in addition|additionally|finally|secondly)\b"
_BREAK = re.compile(
    rf"(?:(?<=[\w)\]\"'\u2019\u201d])\s?[;,.!?]\s|(?<=[^\s;,.!?])\s)(?:and\s)?{_LATER}[,:]?\s(?={_VERB})"
    rf"|(?<=[^\s;])\s?;\s(?:and\s)?(?={_VERB})"
    rf"|(?<=[^\s,]),\sand\s(?={_VERB})|(?<=[^\s,])\sand\s(?={_VERB}{_OBJECT})",
    re.IGNORECASE,
)
_TOLD = re.compile(
    r"\b(?:remind|if|unless|whether|so that|in case)\b|\b(?:tell|ask|text|message|email|notify)\s(?!me\b|us\b|for\b)",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"\"[^\"]*\"|\u201c[^\u201d]*\u201d|(?<!\w)['\u2018][^'\u2019]*['\u2019](?!\w)")
_CONDITION = re.compile(r"\b(?:only )?(?:if|unless|in case|provided)\b", re.IGNORECASE)
_FEWEST_WORDS = 2
_MOST = 4
_LIKELY = 0.3


class Request(NamedTuple):
    """A part of a query that asks for one thing, and the tool that does it."""

    asked: Asked
    choice: Choice


def parts_of(text: str) -> list[str]:
    """The parts of a text that may each be a request; the text alone where there is no break, or there are too many.

    >>> parts_of("Look up the film, then book a table and order some wine")
    ['Look up the film', 'book a table', 'order some wine']
    >>> parts_of("A table for Ann and Bo, and then some rest"), parts_of("Update my phone and email")
    (['A table for Ann and Bo, and then some rest'], ['Update my phone and email'])
    """
    spaced = " ".join(text.split())
    quoted = [match.span() for match in _QUOTED.finditer(spaced)]
    parts, place = [], 0
    for found in _BREAK.finditer(spaced):
        inside = any(start < found.end() and found.start() < end for start, end in quoted)
        if not inside and not _TOLD.search(spaced, place, found.start()):
            parts.append(spaced[place : found.start()].strip())
            place = found.end()
    parts.append(spaced[place:].strip())
    if not 1 < len(parts) <= _MOST or any(len(part.split()) < _FEWEST_WORDS for part in parts):
        return [text]
    return [text] if any(_CONDITION.search(part) for part in parts[1:]) else parts


def requests_of(
    scene: Scene, chooser: Chooser, choice: Choice, *, least_match: float = 0.0, least: float = 0.0
) -> list[Request]:
    """The requests that a query is made of, in its order; the query with its choice where it is one.

    Args:
        scene: What the query is resolved with.
        chooser: Chooses tools.
        choice: That of the whole query; all requests stay on its platform.
        least_match: The probability with which each tool must do what its part asks for; never less than .3.
        least: The least probability of each choice.
    """
    cards, linked, asked, models = scene
    whole = [Request(asked, choice)]
    if asked.reading.assistant or "requests" in models.rules_off:
        return whole
    if models.match is None or not models.match.knows(cards.embedder):
        return whole
    texts = parts_of(asked.text)
    home = cards.platform_number[choice.platform]
    if len(texts) == 1 or any(set(cards.mentions.find(text)) - {home} for text in texts):
        return whole
    others = np.arange(len(cards.catalog.platforms)) != home
    found = []
    for part in read_queries(texts, cards.embedder):
        own = with_match(chooser.choose(cards, linked, part, barred=others), cards, part, models)
        own = own.model_copy(update=_seen_from(choice, own))
        if own.match is None or own.match < max(_LIKELY, least_match) or own.probability < least:
            return whole
        found.append(Request(part, own))
    return found if len({request.choice.tool for request in found}) == len(found) else whole


def calls_of(scene: Scene, requests: Sequence[Request], first: Bound) -> tuple[Bound, tuple[Call, ...]]:
    """The arguments of the first request, and the calls of the others, with what each says.

    What a call must have and neither its own words nor the user's records say, it takes from the others' words.

    Args:
        scene: What the query is resolved with.
        requests: All of them.
        first: The arguments of the first, by its own words.
    """
    if len(requests) == 1:
        return first, ()
    numbers = [scene.cards.number(choice.platform, choice.tool) for _, choice in requests]
    bound = [first]
    for (asked, _), tool in zip(requests[1:], numbers[1:], strict=True):
        bound.append(bind_calls(scene.cards, scene.linked, asked, tool, scene.models)[0])
    for place, tool in enumerate(numbers):
        others = [own.bindings for number, own in enumerate(bound) if number != place]
        bound[place] = _lent(scene, tool, bound[place], others)
    return bound[0], tuple(
        Call(
            platform=choice.platform,
            tool=choice.tool,
            probability=choice.probability,
            bindings=own.bindings,
            missing=own.missing,
            reason=f"the query also asks: {asked.text}",
            evidence=choice.evidence_for,
        )
        for (asked, choice), own in zip(requests[1:], bound[1:], strict=True)
    )


def _lent(scene: Scene, tool: int, own: Bound, others: Sequence[Sequence[Binding]]) -> Bound:
    """A call's arguments with those that it lacks and the whole query says."""
    if not own.missing:
        return own
    whole = bind_calls(scene.cards, scene.linked, scene.asked, tool, scene.models)[0]
    lent = {one.name: one for one in whole.bindings if one.name in own.missing and _shared(one, others)}
    names = [parameter.name for parameter in scene.cards.catalog.tools[tool].parameters]
    bindings = tuple(sorted((*own.bindings, *lent.values()), key=lambda one: names.index(one.name)))
    return own._replace(bindings=bindings, missing=tuple(name for name in own.missing if name not in lent))


def _shared(own: Binding, taken: Sequence[Sequence[Binding]]) -> bool:
    """Whether a value is said for a parameter of this name by another request, or by none for anything else."""
    if own.source != "query":
        return False
    alike = [other for bindings in taken for other in bindings if other.value == own.value]
    return not alike or any(other.name == own.name for other in alike)


def _seen_from(whole: Choice, own: Choice) -> dict[str, object]:
    """A part's choice as one of the whole query: its platform's probability, and what else that query may mean."""
    share = whole.platform_probability
    rest = tuple(other for other in whole.runners_up if (other.platform, other.tool) != (own.platform, own.tool))
    return {
        "platform_probability": share,
        "probability": share * own.probability,
        "runners_up": rest,
        "worded": None,
    }
