"""Arguments of the chosen tool: from the query, else the log, else the profile, else the schema's default.

The order is a rule, not a weight: what the query surely says is never overridden. What it only may say (a score under
0.5) comes behind log and profile, and where it names an attribute ("send it home"), that attribute is meant. Each
Binding says which source it was, why, and which values of other sources lost.
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from resolver.instructions import speaks_surely
from resolver.models import Models
from resolver.offers import PERHAPS_SAID, SAID, Offer, binding_of
from resolver.offers_learned import assumed, from_entities, from_instructions, from_values
from resolver.offers_of_log import from_history
from resolver.offers_of_profile import from_attributes, from_statements
from resolver.referring import from_referred, not_said, referred_event
from resolver.several_domains import domain_facts
from resolver.several_values import Way, split_by_values

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from resolver.asking import Asked
    from resolver.cards import CatalogIndex
    from resolver.catalog import Parameter
    from resolver.records import Linked
    from resolver.resolution import Binding

__all__ = ["Bound", "bind", "bind_calls", "from_query", "offers_for"]

_SURELY_SAID = 0.5
_REQUIRED_FROM_QUERY = 0.05
_OPTIONAL_FROM_QUERY = 0.35
_AS_BEFORE = re.compile(
    r"\b(?:usual(?:ly)?|again|same|always|as before|last time|regular|re-?order|favou?rite"
    r"|(?:the|my) (?:normal|standard))\b",
    re.IGNORECASE,
)


class Bound(NamedTuple):
    """One call's arguments.

    Attributes:
        bindings: In the order of the tool's parameters.
        missing: The names of required parameters that no source fills.
        parameter: What tells the call from the first one, or empty for the first one.
        probability: That the call is wanted beside the first.
        evidence: The ids of the facts that say so.
    """

    bindings: tuple[Binding, ...]
    missing: tuple[str, ...]
    parameter: str = ""
    probability: float = 1.0
    evidence: tuple[str, ...] = ()


def bind(
    cards: CatalogIndex, linked: Linked, asked: Asked, tool: int, models: Models | None = None
) -> tuple[tuple[Binding, ...], tuple[str, ...]]:
    """Bind the parameters of a tool for one call; see `bind_calls`.

    Returns:
        Bindings in the order of the parameters, and the names of required parameters that no source fills.
    """
    first = bind_calls(cards, linked, asked, tool, models)[0]
    return first.bindings, first.missing


def bind_calls(  # noqa: PLR0917
    cards: CatalogIndex,
    linked: Linked,
    asked: Asked,
    tool: int,
    models: Models | None = None,
    given: Sequence[tuple[int, Offer]] | None = None,
) -> tuple[Bound, ...]:
    """Bind the parameters of a tool, for several calls where the user's instructions name several values.

    Args:
        cards: The indexed catalog.
        linked: The user's records on it.
        asked: The query.
        tool: The tool's number in the catalog.
        models: The learned parts; the shipped ones where none are given.
        given: What the query is known to say for the tool's parameters, by number; it is read where this is None.

    Returns:
        At least one call; several differ in one parameter, and in what goes with its value. A tool that does something,
        rather than look something up, is called once.
    """
    parameters = cards.readings(tool)
    if not parameters:
        return (Bound((), ()),)
    models = models or Models.load()
    offers = offers_for(cards, linked, asked, tool, models, given)
    ways = [Way(offers)]
    if models.several is not None and models.instructions is not None:
        # what is looked up twice is no harm; what is ordered, booked or paid twice is
        once = bool(cards.actions[tool] < 0.0)
        ways = split_by_values(linked, asked, parameters, offers, models.several, models.instructions, once=once)
    return tuple(_bound(way, [wanted.parameter for wanted in parameters]) for way in ways)


def _bound(way: Way, parameters: Sequence[Parameter]) -> Bound:
    asking = list(zip(parameters, way.offers, strict=True))
    return Bound(
        bindings=tuple(binding_of(parameter.name, own) for parameter, own in asking if own),
        missing=tuple(parameter.name for parameter, own in asking if not own and parameter.required),
        parameter=parameters[way.parameter].name if way.parameter >= 0 else "",
        probability=way.probability,
        evidence=way.evidence,
    )


def offers_for(  # noqa: PLR0917
    cards: CatalogIndex,
    linked: Linked,
    asked: Asked,
    tool: int,
    models: Models,
    given: Sequence[tuple[int, Offer]] | None = None,
) -> list[list[Offer]]:
    """What all sources offer for each parameter of a tool; arguments as of `bind_calls`."""
    offers = _offers(cards, linked, asked, tool, models, given)
    common = cards.common_stems(tool)
    for wanted, own in zip(cards.readings(tool), offers, strict=True):
        own.extend(assumed(cards, asked.text, wanted, common, told=bool(own)))
    return [_by_rules(own, models) for own in offers] if models.rules_off else offers


def _by_rules(offers: Sequence[Offer], models: Models) -> list[Offer]:
    """Offers for a parameter of the sources that count, all of one rank where none has precedence."""
    kept = [offer for offer in offers if f"from_{offer.source}" not in models.rules_off]
    return [offer._replace(rank=SAID) for offer in kept] if "precedence" in models.rules_off else kept


def _offers(  # noqa: PLR0917
    cards: CatalogIndex,
    linked: Linked,
    asked: Asked,
    tool: int,
    models: Models,
    given: Sequence[tuple[int, Offer]] | None,
) -> list[list[Offer]]:
    """What query, log, statements, records and attributes offer, in this order: later ones heed earlier ones."""
    parameters, reading = cards.readings(tool), asked.reading
    offers: list[list[Offer]] = [[] for _ in parameters]

    def take(found: Iterable[tuple[int, Offer]]) -> None:
        for number, offer in found:  # of a source that does not count, nothing that comes later shall see anything
            if f"from_{offer.source}" not in models.rules_off:
                offers[number].append(offer)

    referred = None if "references" in models.rules_off else referred_event(linked, asked.reading)
    hidden = [] if referred is None else not_said(referred, reading, parameters)
    take(from_query(models, cards, asked, tool, hidden) if given is None else given)
    if referred is not None:
        take(from_referred(linked, referred, parameters))
    take(from_history(linked, asked.vector, tool, parameters, as_before=_AS_BEFORE.search(asked.text) is not None))
    read: frozenset[int] = frozenset()
    if models.instructions is not None:
        aside = domain_facts(cards, linked, models.several) if models.several is not None else frozenset()
        instructed, read = from_instructions(models.instructions, cards, linked, asked, tool, offers, aside)
        take(instructed)
    speaks = partial(speaks_surely, cards, linked, tool, reader=models.instructions)
    extractor = models.extractor
    take(from_statements(cards, linked, asked.vector, tool, parameters, extractor=extractor, read=read, speaks=speaks))
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
    take(from_attributes(linked, reading, asked.vector, others, tool, sides="sides" not in models.rules_off))
    return offers


def from_query(
    models: Models, cards: CatalogIndex, asked: Asked, tool: int, hidden: Sequence[tuple[int, int]] = ()
) -> Iterator[tuple[int, Offer]]:
    """What a query offers for a tool's parameters, by number; what stands at ``hidden`` places is no value."""
    parameters = cards.readings(tool)
    masked = [*hidden, *(cards.mentions.places(asked.text) if cards.mentions.find(asked.text) else ())]
    found = models.extractor.extract(
        asked.reading,
        parameters,
        common=cards.common_stems(tool),
        masked=masked,
        sense=cards.sense(tool, models.senses),
    )
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
