"""The values that a parameter may take, where they are a closed set, and what they and the parameter say as vectors."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from resolver.names import words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from pydantic import JsonValue

    from indexes import Embedder
    from resolver.catalog import Parameter, Tool

__all__ = ["ValueSet", "closed_values", "described_default", "is_personal", "parameter_text", "read_value_sets"]

_STATED = r"\b(?:(?:available|allowed|possible|valid|accepted|supported)\s+)?(?:values?|options?|choices?)\s*:\s*"
_LISTS = re.compile(rf"{_STATED}((?:\[[^\[\]]*\](?:\s*,\s*|\s+or\s+)?){{2,}})", re.IGNORECASE)
_AT_THE_END = re.compile(r"(?:^|[.:])\s*\[([^\[\],]+(?:,[^\[\],]+)+)\]\.?\s*$")
_ANY_STATED = re.compile(rf"{_STATED}(?:\[[^\[\]]*\](?:\s*,\s*|\s+or\s+)?)+\.?", re.IGNORECASE)
_LIST = re.compile(r"\[([^\[\]]*)\]")
_DEFAULT = re.compile(r"\bdefaults?\s*(?:\s(?:to|is)\s|[:=])\s*(?:'([^']+)'|\"([^\"]+)\"|([\w-]+))", re.IGNORECASE)
_PERSONAL = re.compile(r"personal|profile|user|environment|context|situation|preference", re.IGNORECASE)
_MOST_VALUES = 50


class ValueSet(NamedTuple):
    """One parameter with the values to choose from.

    Attributes:
        place: The parameter's place among those of its tool.
        values: The values, none where the set is open.
        default: The default that only the description states ("Defaults to today"), or None.
        topic: The vector of the parameter's name and description, ``(d,) float32``.
        options: What tells each value from the others, ``(v, d) float32``, adding up to 0.
    """

    place: int
    values: tuple[JsonValue, ...]
    default: str | None
    topic: NDArray[np.float32]
    options: NDArray[np.float32]


def is_personal(parameter: Parameter) -> bool:
    """Whether the catalog says that a parameter's value comes from the user or from the moment of the call."""
    return parameter.kind is not None and _PERSONAL.search(parameter.kind) is not None


def closed_values(parameter: Parameter) -> tuple[JsonValue, ...]:
    """The values of a closed set: true and false, the schema's, or those that the description ends with in brackets.

    >>> from resolver.catalog import Parameter
    >>> closed_values(Parameter(name="size", description="Size of the cup. [small, large]."))
    ('small', 'large')
    >>> closed_values(Parameter(name="span", type="array", description="Values: [0, 5], [5, -1]."))
    ([0, 5], [5, -1])
    >>> closed_values(Parameter(name="aims", type="array", enum=("rest", "speed")))
    (['rest'], ['speed'])
    """
    if parameter.type == "boolean":
        return (True, False)
    values = _values(parameter)
    if parameter.type == "array":  # one of them is a list of one
        return tuple(value if isinstance(value, list) else [value] for value in values)
    return values


def _values(parameter: Parameter) -> tuple[JsonValue, ...]:
    if stated := _LISTS.search(parameter.description):
        return tuple([_plain(part) for part in inner.split(",")] for inner in _LIST.findall(stated[1]))
    if parameter.enum:
        return parameter.enum if len(parameter.enum) <= _MOST_VALUES else ()
    if stated := _AT_THE_END.search(parameter.description):
        return tuple(_plain(part) for part in stated[1].split(","))
    return ()


def described_default(parameter: Parameter) -> str | None:
    """The default that only the description states.

    >>> from resolver.catalog import Parameter
    >>> described_default(Parameter(name="day", description="The day. Defaults to today."))
    'today'
    """
    stated = _DEFAULT.search(parameter.description) if parameter.type in ("string", "any") else None
    return next(filter(None, stated.groups()), None) if stated else None


def parameter_text(parameter: Parameter) -> str:
    """The parameter's name in words and its description, without the values that this states."""
    text = _AT_THE_END.sub("", _ANY_STATED.sub("", parameter.description)).strip(" .")
    return f"{words(parameter.name)}. {text}".strip()


def read_value_sets(tool: Tool, embedder: Embedder) -> tuple[ValueSet, ...]:
    """The value sets of the parameters of a tool that the catalog calls personal."""
    found = [
        (place, parameter, closed_values(parameter))
        for place, parameter in enumerate(tool.parameters)
        if is_personal(parameter)
    ]
    texts = [parameter_text(parameter) for _, parameter, _ in found]
    texts += [_option_text(parameter, value) for _, parameter, values in found for value in values]
    vectors = embedder.encode(texts)
    sets, first = [], len(found)
    for number, (place, parameter, values) in enumerate(found):
        own = vectors[first : first + len(values)]
        first += len(values)
        default = None if values else described_default(parameter)
        options = _contrast(vectors[number], own, values)
        sets.append(ValueSet(place, values, default, vectors[number], options))
    return tuple(sets)


def _contrast(topic: NDArray[np.float32], own: NDArray[np.float32], values: Sequence[JsonValue]) -> NDArray[np.float32]:
    """What tells the values apart: for true and false the topic itself, for others their texts less the mean."""
    if values and isinstance(values[0], bool):
        return np.stack([0.5 * topic, -0.5 * topic])
    return own - own.mean(axis=0) if len(own) else own


def _option_text(parameter: Parameter, value: JsonValue) -> str:
    parts = value if isinstance(value, list) else [value]
    said = " ".join(words(part) or part if isinstance(part, str) else str(part) for part in parts)
    return f"{words(parameter.name)}: {said}"


def _plain(part: str) -> JsonValue:
    text = part.strip().strip("'\"")
    try:
        return int(text)
    except ValueError:
        return text
