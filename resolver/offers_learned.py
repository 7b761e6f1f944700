"""What the learned parts offer for a tool's parameters: instructions, records, values that suit, assumptions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from resolver.coerce import coerce
from resolver.instructions import apply_instructions
from resolver.offers import BY_DEFAULT, KNOWN, MEANT, PERHAPS_SAID, SAID, Offer
from resolver.reasons import asks_for_reason, told_reason

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pydantic import JsonValue

    from resolver.asking import Asked
    from resolver.cards import CatalogIndex
    from resolver.entity_model import EntityModel
    from resolver.extract import TextReading
    from resolver.instructions import InstructionReader
    from resolver.reading import ParameterReading
    from resolver.records import Linked
    from resolver.value_choice import ValueChooser

__all__ = ["assumed", "from_entities", "from_instructions", "from_values"]

_SURE = 0.5
"""Confidence of an instruction from which it comes before what the query perhaps says."""


def from_instructions(  # noqa: PLR0917
    reader: InstructionReader,
    cards: CatalogIndex,
    linked: Linked,
    asked: Asked,
    tool: int,
    offers: Sequence[Sequence[Offer]],
    aside: frozenset[int] = frozenset(),
) -> tuple[list[tuple[int, Offer]], frozenset[int]]:
    """What the user's standing instructions set, and the numbers of the facts that are such instructions.

    Facts that are to be left ``aside`` set nothing, and are among these numbers.
    """
    names = [reading.parameter.name for reading in cards.readings(tool)]
    said = {name: offer.value for name, own in zip(names, offers, strict=True) for offer in own if offer.rank == SAID}
    applied, read = apply_instructions(cards, linked, asked, tool, said, reader=reader, aside=aside)
    found = [
        (
            one.parameter,
            Offer(
                KNOWN if one.confidence >= _SURE else PERHAPS_SAID,
                one.value,
                "profile",
                one.confidence,
                "a standing instruction",
                one.evidence,
                one,
            ),
        )
        for one in applied
    ]
    return found, read | aside


def from_entities(  # noqa: PLR0917
    model: EntityModel,
    cards: CatalogIndex,
    linked: Linked,
    reading: TextReading,
    tool: int,
    offers: Sequence[Sequence[Offer]],
) -> Iterator[tuple[int, list[Offer]]]:
    """Ids of the records that the query means: all offers that count for the parameters that ask for such ids.

    Text of the query that looks like an id, or is about the record, is what the record was found by. An id of
    something new is in no profile; other words of the query do not make one.
    """
    view, called, parameters = linked.entities, cards.catalog.tools[tool], cards.readings(tool)
    for new in view.new_ones(tool, called, parameters):
        kept = [own for own in offers[new.place] if _may_be_id(own.value)]
        unknown = view.unknown_ids(reading.text, new.field)
        if unknown and not kept:
            value: JsonValue = [*unknown] if new.many else unknown[0]
            kept = [Offer(SAID, value, "query", 0.7, "an id in the query that is not in the profile", ())]
        yield new.place, kept
    slots = view.slots(tool, called, parameters)
    if not slots:
        return
    for drawn in model.draw(view, reading, slots, view.status(tool, called)):
        place, wanted = drawn.slot.place, parameters[drawn.slot.place].parameter
        held = [view.entities.all[number].ids[drawn.slot.field] for number in drawn.entities]
        ids = [value for value, _ in held]
        bound = coerce(list(ids) if drawn.slot.many else ids[0], wanted)
        kept = [own for own in offers[place] if own.source == "history"]
        if bound is not None and (wanted.required or drawn.mentioned):
            kind = view.entities.all[drawn.entities[0]].collection[-1]
            reason = f"id in the query, one of {kind}" if drawn.said else f"found among {kind}"
            cited = tuple(linked.facts[fact].id for _, fact in held)
            rank = MEANT if drawn.mentioned else KNOWN
            kept.append(Offer(rank, bound, "query" if drawn.said else "profile", drawn.confidence, reason, cited))
        yield place, kept


def _may_be_id(value: JsonValue) -> bool:
    return all(any(map(str.isdigit, str(item))) for item in (value if isinstance(value, list) else [value]))


def from_values(
    chooser: ValueChooser, cards: CatalogIndex, linked: Linked, asked: Asked, tool: int
) -> Iterator[tuple[int, Offer]]:
    """Values of closed sets that suit the user and the moment, for parameters that are theirs to decide."""
    for found in chooser.choose(cards, linked, asked, tool):
        if found.default:
            offer = Offer(BY_DEFAULT, found.value, "default", 0.3, "the description's default", ())
        else:
            offer = Offer(KNOWN, found.value, "profile", found.probability, "suits the user", found.evidence)
        yield found.place, offer


def assumed(
    cards: CatalogIndex, text: str, wanted: ParameterReading, common: frozenset[str], *, told: bool
) -> Iterator[Offer]:
    """What a required parameter takes where nothing says it: the nearest reason of a closed set, the default."""
    if not wanted.parameter.required:
        return
    if not told and asks_for_reason(wanted):
        reason = told_reason(text, wanted, common, cards.embedder)
        if reason is not None:
            yield Offer(PERHAPS_SAID, reason.value, "query", reason.confidence, "nearest in meaning", ())
    default = coerce(wanted.parameter.default, wanted.parameter)
    if default is not None:
        yield Offer(BY_DEFAULT, default, "default", 0.3, "the schema's default", ())
