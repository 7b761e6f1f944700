"""Arguments of the chosen tool: from the query, else the log, else the profile, else the schema's default.

The order is a rule, not a weight: what the query surely says is never overridden. What it only may say (a score under
0.5) comes behind log and profile, and where it names an attribute ("send it home"), that attribute is meant. Each
Binding says which source it was, why, and which values of other sources lost.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from resolver.models import Models
from resolver.offers import PERHAPS_SAID, SAID, Offer, binding_of
from resolver.offers_learned import assumed, from_entities, from_instructions, from_values
from resolver.offers_of_log import from_history
from resolver.offers_of_profile import from_attributes, from_statements

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from resolver.asking import Asked
    from resolver.cards import CatalogIndex
    from resolver.extract import Extractor
    from resolver.records import Linked
    from resolver.resolution import Binding

__all__ = ["bind"]

_SURELY_SAID = 0.5
_REQUIRED_FROM_QUERY = 0.05
_OPTIONAL_FROM_QUERY = 0.35
_AS_BEFORE = re.compile(
    r"\b(?:usual(?:ly)?|again|same|always|as before|last time|regular|re-?order|favou?rite"
    r"|(?:the|my) (?:normal|standard))\b",
    re.IGNORECASE,
)


def bind(
    cards: CatalogIndex, linked: Linked, asked: Asked, tool: int, models: Models | None = None
) -> tuple[tuple[Binding, ...], tuple[str, ...]]:
    """Bind the parameters of a tool.

    Args:
        cards: The indexed catalog.
        linked: The user's records on it.
        asked: The query.
        tool: The chosen tool's number in the catalog.
        models: The learned parts; the shipped ones where none are given.

    Returns:
        Bindings in the order of the parameters, and the names of required parameters that no source fills.
    """
    parameters = cards.readings(tool)
    if not parameters:
        return (), ()
    models = models or Models.load()
    offers = _offers(cards, linked, asked, tool, models)
    common = cards.common_stems(tool)
    for wanted, own in zip(parameters, offers, strict=True):
        own.extend(assumed(cards, asked.text, wanted, common, told=bool(own)))
    asking = list(zip(parameters, offers, strict=True))
    bindings = [binding_of(wanted.parameter.name, own) for wanted, own in asking if own]
    empty = [wanted.parameter for wanted, own in asking if not own]
    return tuple(bindings), tuple(parameter.name for parameter in empty if parameter.required)


def _offers(cards: CatalogIndex, linked: Linked, asked: Asked, tool: int, models: Models) -> list[list[Offer]]:
    """What query, log, statements, records and attributes offer, in this order: later ones heed earlier ones."""
    parameters, reading = cards.readings(tool), asked.reading
    offers: list[list[Offer]] = [[] for _ in parameters]

    def take(found: Iterable[tuple[int, Offer]]) -> None:
        for number, offer in found:
            offers[number].append(offer)

    take(_from_query(models.extractor, cards, asked, tool))
    take(from_history(linked, asked.vector, tool, parameters, as_before=_AS_BEFORE.search(asked.text) is not None))
    read: frozenset[int] = frozenset()
    if models.instructions is not None:
        instructed, read = from_instructions(models.instructions, cards, linked, asked, tool, offers)
        take(instructed)
    take(from_statements(cards, linked, asked.vector, tool, parameters, extractor=models.extractor, read=read))
    if models.values is not None:
        take(from_values(models.values, cards, linked, asked, tool))
    of_records: Collection[int] = ()
    if models.entities is not None:
        for number, kept in from_entities(models.entities, cards, linked, reading, tool, offers):
            offers[number] = kept
        of_records = linked.entities.places(tool, cards.catalog.tools[tool], parameters)
    others = [
        (number, *own) for number, own in enumerate(zip(parameters, offers, strict=True)) if number not in of_records
    ]
    take(from_attributes(linked, reading, asked.vector, others, tool))
    return offers


def _from_query(extractor: Extractor, cards: CatalogIndex, asked: Asked, tool: int) -> Iterator[tuple[int, Offer]]:
    parameters = cards.readings(tool)
    masked = cards.mentions.places(asked.text) if cards.mentions.find(asked.text) else []
    found = extractor.extract(asked.reading, parameters, common=cards.common_stems(tool), masked=masked)
    taken: list[tuple[int, int]] = []
    for number, value in found:
        # what has to be given, and has no default, is taken on a weak word too, unless that is another's
        schema = parameters[number].parameter
        least = _REQUIRED_FROM_QUERY if schema.required and schema.default is None else _OPTIONAL_FROM_QUERY
        if value.score < least or any(value.start < end and start < value.end for start, end in taken):
            continue
        if value.end > value.start:
            taken.append((value.start, value.end))
        rank = SAID if value.score >= _SURELY_SAID else PERHAPS_SAID
        yield number, Offer(rank, value.value, "query", value.score, value.reason, ())
