"""Several values that instructions set for one parameter: a call for each, or one call with a list.

"My stylist is Ada or Bo", "try ramen" and "try soup": where the query says no value, each is wanted. What hangs on one
value ("if the dish is ramen, the place is Blue Lagoon") is in the call with that value only.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from resolver.applying import same
from resolver.coerce import stems
from resolver.instructions import likeness
from resolver.offers import in_order

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic import JsonValue

    from resolver.applying import Applied
    from resolver.asking import Asked
    from resolver.instructions import InstructionReader
    from resolver.offers import Offer
    from resolver.reading import ParameterReading
    from resolver.records import Linked
    from resolver.several_model import SeveralModel

__all__ = ["Way", "pairs_of_values", "split_by_values", "value_features"]

_WANTED = 0.5
_MOST = 4
_EDGE = 1e-4


class Way(NamedTuple):
    """Offers for one call: those of a parameter's value and what goes with it.

    Attributes:
        offers: By parameter.
        parameter: The one whose value tells this call from the first, -1 for the first.
        probability: That the call is wanted beside the first.
        evidence: The facts that say so.
    """

    offers: list[list[Offer]]
    parameter: int = -1
    probability: float = 1.0
    evidence: tuple[str, ...] = ()


def split_by_values(  # noqa: PLR0917
    linked: Linked,
    asked: Asked,
    parameters: Sequence[ParameterReading],
    offers: list[list[Offer]],
    model: SeveralModel,
    reader: InstructionReader,
    *,
    once: bool = False,
) -> list[Way]:
    """The ways to fill a tool's parameters, the first one's value being that which would be bound alone.

    Where something is to be done ``once``, such as an order, values make lists but no further call. Else one parameter
    parts them at most: the one whose second value is the most probable. Of values that the query has the
    words of, only those are wanted.
    """
    said = frozenset(stems(asked.text))
    wanted: list[tuple[float, int, list[tuple[float, Applied]]]] = []
    for parameter, first, others in pairs_of_values(offers):
        judged = [
            (model.probability("values", value_features(linked, reader, parameters[parameter], first, other)), other)
            for other in others
        ]
        kept = [(probability, other) for probability, other in judged if probability >= _WANTED][: _MOST - 1]
        if kept:
            values = [(1.0, first), *kept]
            named = [own for own in values if (words := frozenset(stems(str(own[1].value)))) and words <= said]
            wanted.append((kept[0][0], parameter, named or values))
    for _, parameter, values in wanted:
        if parameters[parameter].parameter.type == "array":
            offers[parameter] = [_as_list(offers[parameter], [value for _, value in values])]
    scalar = [own for own in wanted if parameters[own[1]].parameter.type != "array"]
    if not scalar or once:
        return [Way(offers)]
    _, parameter, values = max(scalar, key=lambda own: own[0])
    ways = [
        Way(_with(offers, parameter, value), parameter, probability, value.evidence) for probability, value in values
    ]
    return [ways[0]._replace(parameter=-1, probability=1.0, evidence=()), *ways[1:]]


def pairs_of_values(offers: Sequence[Sequence[Offer]]) -> list[tuple[int, Applied, list[Applied]]]:
    """Parameters that an instruction binds and another one, or the same, has other values for, the surest first.

    A value that is what another value of a parameter entails is no choice of its own.
    """
    found = []
    for parameter, own in enumerate(offers):
        set_here = [offer for offer in own if offer.applied is not None]
        if len(set_here) < 2:  # noqa: PLR2004
            continue
        first = in_order(own)[0].applied
        if first is None:
            continue
        others: list[Applied] = []
        for offer in in_order(set_here):
            other = offer.applied
            if other is None or _apart(first, other, parameter):
                continue
            if not any(same(other.value, known.value) for known in (first, *others)):
                others.append(other)
        if others:
            found.append((parameter, first, others))
    return found


def value_features(
    linked: Linked, reader: InstructionReader, wanted: ParameterReading, first: Applied, second: Applied
) -> dict[str, float]:
    """The features of `resolver.several_model.VALUE_FEATURES` that are not 0, but the bias."""
    options = {str(option).lower() for option in wanted.parameter.enum}
    closed = [str(one.value).lower() in options for one in (first, second)]
    words = [set(stems(str(one.value))) for one in (first, second)]
    return {
        "either": float(first.evidence[:1] == second.evidence[:1]),
        "first": _log_odds(first.confidence),
        "second": _log_odds(second.confidence),
        "likeness": likeness(linked, reader, first, second),
        "shared_words": len(words[0] & words[1]) / max(len(words[0] | words[1]), 1),
        "closed": float(all(closed)),
        "closed_differs": float(closed[0] != closed[1]),
        "first_hangs": float(bool(first.hangs_on)),
        "second_hangs": float(bool(second.hangs_on)),
    }


def _log_odds(probability: float) -> float:
    kept = min(max(probability, _EDGE), 1.0 - _EDGE)
    return math.log(kept / (1.0 - kept))


def _apart(one: Applied, other: Applied, parameter: int) -> bool:
    """Whether two values rest on different values of another parameter, or one on the other."""
    if any(number == parameter for applied in (one, other) for number, _ in applied.hangs_on):
        return True
    mine = dict(one.hangs_on)
    return any(number in mine and not same(mine[number], value) for number, value in other.hangs_on)


def _with(offers: Sequence[Sequence[Offer]], parameter: int, value: Applied) -> list[list[Offer]]:
    """The offers that go with one value of a parameter."""
    kept: list[list[Offer]] = []
    for number, own in enumerate(offers):
        if number == parameter:
            kept.append([offer for offer in own if offer.applied is not None and same(offer.value, value.value)])
            continue
        kept.append([offer for offer in own if offer.applied is None or _goes(offer.applied, parameter, value.value)])
    return kept


def _goes(applied: Applied, parameter: int, value: JsonValue) -> bool:
    return all(number != parameter or same(hung, value) for number, hung in applied.hangs_on)


def _as_list(own: Sequence[Offer], values: Sequence[Applied]) -> Offer:
    """One offer with the items of all values, as sure as the least sure of them."""
    best = in_order(own)[0]
    items: list[JsonValue] = []
    for value in values:
        items += value.value if isinstance(value.value, list) else [value.value]
    return best._replace(
        value=list({str(item): item for item in items}.values()),
        confidence=min(value.confidence for value in values),
        evidence=tuple(dict.fromkeys(fact for value in values for fact in value.evidence)),
    )
