"""What a call on a second platform shares with the first: values that mean the same there.

What the first call says of place, day or people is said of the second as well; what the thing itself is called is not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from resolver.coerce import coerce
from resolver.names import words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray
    from pydantic import JsonValue

    from resolver.cards import CatalogIndex
    from resolver.instructions import InstructionReader
    from resolver.reading import Tag
    from resolver.resolution import Binding
    from resolver.several_model import SeveralModel

__all__ = ["Carried", "carry", "carry_rows"]

_WANTED = 0.5
_SHARED: tuple[Tag, ...] = ("place", "date", "time", "number", "name")


class Carried(NamedTuple):
    """A value of the first call for a parameter of another tool, by its number there, with how surely it is that."""

    parameter: int
    value: JsonValue
    probability: float
    binding: Binding


def carry(  # noqa: PLR0917
    cards: CatalogIndex,
    tool: int,
    bindings: Sequence[Binding],
    other: int,
    model: SeveralModel,
    reader: InstructionReader | None,
) -> list[Carried]:
    """The values of a call that another tool's parameters take too, each value and each parameter once."""
    rows = [
        (model.probability("carry", row), number, value, binding)
        for binding, number, value, row in carry_rows(cards, tool, bindings, other, reader)
    ]
    found: list[Carried] = []
    for probability, number, value, binding in sorted(rows, key=lambda row: (-row[0], row[1])):
        if probability < _WANTED:
            break
        if all(number != one.parameter and binding is not one.binding for one in found):
            found.append(Carried(number, value, probability, binding))
    return found


def carry_rows(
    cards: CatalogIndex, tool: int, bindings: Sequence[Binding], other: int, reader: InstructionReader | None
) -> Iterator[tuple[Binding, int, JsonValue, dict[str, float]]]:
    """Bindings of a tool with each parameter of another tool that can take their value, and the features.

    The features are those of `resolver.several_model.CARRY_FEATURES`, but the bias. A truth is no value that another
    parameter takes, nor is one that a parameter's list of values does not know.
    """
    readings = {reading.parameter.name: (number, reading) for number, reading in enumerate(cards.readings(tool))}
    bound = [binding for binding in bindings if binding.name in readings and not isinstance(binding.value, bool)]
    theirs = cards.readings(other)
    if not bound or not theirs:
        return
    numbers = [readings[binding.name][0] for binding in bound]
    cosine = cards.parameter_vectors(tool)[numbers] @ cards.parameter_vectors(other).T
    suits = _suits(cards, tool, other, bound, reader)
    common = cards.common_stems(tool) | cards.common_stems(other)
    for place, binding in enumerate(bound):
        own = readings[binding.name][1]
        for number, wanted in enumerate(theirs):
            value = coerce(binding.value, wanted.parameter)
            if value is None or wanted.parameter.type == "boolean" or not _known(value, wanted.parameter.enum):
                continue
            names = own.name - common, wanted.name - common
            yield (
                binding,
                number,
                value,
                {
                    "name_share": len(names[0] & names[1]) / max(len(names[0] | names[1]), 1),
                    "cosine": float(cosine[place, number]),
                    "best_there": float(cosine[place, number] >= cosine[place].max()),
                    "best_here": float(cosine[place, number] >= cosine[:, number].max()),
                    **{f"both_{tag}": float(tag in own.tags and tag in wanted.tags) for tag in _SHARED},
                    "kinds_apart": float(bool(own.tags) and bool(wanted.tags) and not own.tags & wanted.tags),
                    "suits": float(suits[1][place, number]),
                    "suits_rather": float(suits[1][place, number] - suits[0][place, numbers[place]]),
                    "listed": float(bool(wanted.parameter.enum)),
                },
            )


def _known(value: JsonValue, options: Sequence[JsonValue]) -> bool:
    return not options or str(value).lower() in {str(option).lower() for option in options}


def _suits(
    cards: CatalogIndex, tool: int, other: int, bound: Sequence[Binding], reader: InstructionReader | None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How well each value, in the space of kinds, suits the parameters of its own tool and of the other."""
    counts = len(cards.readings(tool)), len(cards.readings(other))
    if reader is None or not reader.kinds.knows(cards.embedder):
        return np.zeros((len(bound), counts[0])), np.zeros((len(bound), counts[1]))
    placed = reader.kinds.place(cards.embedder.encode([words(str(binding.value)) for binding in bound]))
    return (
        placed @ (reader.head[:, :1] + reader.head[:, 1:] @ cards.parameter_vectors(tool).T),
        placed @ (reader.head[:, :1] + reader.head[:, 1:] @ cards.parameter_vectors(other).T),
    )
