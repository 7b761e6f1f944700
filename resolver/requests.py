"""Several requests in one: "look up the film, then book a table for two at seven".

A text is taken apart where a new request begins: behind a connecting word or mark, with a verb or a phrase of asking.
The parts stand for themselves only if each has a tool of its own on the chosen platform that does what the part asks
for; else the text stays whole. Dialogues stay whole, too: what was asked there is read from all turns.
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
    from resolver.choose import Chooser
    from resolver.further import Scene
    from resolver.resolution import Choice

__all__ = ["Request", "calls_of", "parts_of", "requests_of"]

_OPENS = rf"(?:(?:please|kindly|(?:can|could|would|will) you)\s+(?:please\s+)?)?(?:{'|'.join(sorted(VERBS))})\b"
_LATER = r"(?:then|after(?:\s+that|wards)|next|also|in addition|additionally|finally|secondly)\b"
_BREAK = re.compile(
    rf"(?:\s*[;,.!?]\s*|\s+)(?:and\s+)?{_LATER}\s*[,:]?\s+(?={_OPENS})"
    rf"|\s*;\s*(?:and\s+)?(?={_OPENS})"
    rf"|(?:\s*,)?\s+and\s+(?={_OPENS})",
    re.IGNORECASE,
)
_FEWEST_WORDS = 2
_MOST = 4
_LIKELY = 0.3


class Request(NamedTuple):
    """A part of a query that asks for one thing, and the tool that does it."""

    asked: Asked
    choice: Choice


def parts_of(text: str) -> list[str]:
    """The parts of a text that may each be a request; the text alone where there is no break, or there are too many.

    >>> parts_of("Look up the film, then book a table and pay by card")
    ['Look up the film', 'book a table', 'pay by card']
    >>> parts_of("A table for Ann and Bo, and then some rest")
    ['A table for Ann and Bo, and then some rest']
    """
    parts = [part.strip() for part in _BREAK.split(text)]
    if not 1 < len(parts) <= _MOST or any(len(part.split()) < _FEWEST_WORDS for part in parts):
        return [text]
    return parts


def requests_of(scene: Scene, chooser: Chooser, choice: Choice) -> list[Request]:
    """The requests that a query is made of, in its order; the query with its choice where it is one.

    Args:
        scene: What the query is resolved with.
        chooser: Chooses tools.
        choice: That of the whole query; all requests stay on its platform.
    """
    cards, linked, asked, models = scene
    whole = [Request(asked, choice)]
    if asked.reading.assistant or "requests" in models.rules_off:
        return whole
    if models.match is None or not models.match.knows(cards.embedder):
        return whole
    texts = parts_of(asked.text)
    if len(texts) == 1:
        return whole
    others = np.arange(len(cards.catalog.platforms)) != cards.platform_number[choice.platform]
    found = []
    for part in read_queries(texts, cards.embedder):
        own = chooser.choose(cards, linked, part, barred=others)
        own = with_match(own, cards, part, models)
        if own.match is None or own.match < _LIKELY:
            return whole
        found.append(Request(part, own.model_copy(update=_shares(choice, own))))
    return found if len({request.choice.tool for request in found}) == len(found) else whole


def calls_of(scene: Scene, requests: Sequence[Request]) -> tuple[Call, ...]:
    """The calls of requests, with what each says."""
    calls = []
    for asked, choice in requests:
        tool = scene.cards.number(choice.platform, choice.tool)
        bound = bind_calls(scene.cards, scene.linked, asked, tool, scene.models)[0]
        calls.append(
            Call(
                platform=choice.platform,
                tool=choice.tool,
                probability=choice.probability,
                bindings=bound.bindings,
                missing=bound.missing,
                reason=f"the query also asks: {asked.text}",
                evidence=choice.evidence_for,
            )
        )
    return tuple(calls)


def _shares(whole: Choice, own: Choice) -> dict[str, float]:
    """The probabilities of a part's choice, the platform being that of the whole."""
    share = whole.platform_probability
    return {"platform_probability": share, "probability": share * own.probability}
