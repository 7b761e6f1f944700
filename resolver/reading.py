"""What a parameter asks for, read from its name, type and description."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from resolver.coerce import stems
from resolver.hints import Hints, read_hints
from resolver.names import words

if TYPE_CHECKING:
    from resolver.catalog import Parameter, Tool
    from resolver.spans import SpanKind

__all__ = ["EXCLUSIVE_TAGS", "TAGS", "TYPED_KINDS", "ParameterReading", "Tag", "parameter_card", "read_tool"]

TYPED_KINDS: tuple[SpanKind, ...] = ("email", "url", "phone", "date", "time", "money", "quoted", "code", "number")
"""Kinds of spans that say what sort of thing they are; names and phrases may be anything."""

Tag = Literal["date", "time", "email", "phone", "url", "money", "identifier", "place", "name", "text", "number"]

# English words for kinds of values, as stems. They say what sort of thing a parameter takes, never which value.
_TAGS: dict[Tag, frozenset[str]] = {
    "date": frozenset(stems("date day birthday dob birth")),
    "time": frozenset(stems("time hour clock")),
    "email": frozenset(stems("email mail")),
    "phone": frozenset(stems("phone mobile telephone cell")),
    "url": frozenset(stems("url link website uri webpage")),
    "money": frozenset(stems("price cost budget amount fee fare money dollar")),
    "identifier": frozenset(stems("id identifier code sku uuid zip postal postcode isbn number symbol ticker")),
    "place": frozenset(
        stems(
            "city location address place destination origin area country region airport station state street venue town"
        )
    ),
    "name": frozenset(stems("name title artist director author brand company person recipient contact")),
    "text": frozenset(
        stems("query search keyword term text message note subject content topic question body item product")
    ),
    "number": frozenset(
        stems("count size quantity limit page age rating guests seats tickets people offset minutes hours")
    ),
}
TAGS: tuple[Tag, ...] = tuple(_TAGS)
"""All tags, in a fixed order."""
_WEAK = frozenset(stems("is has have the of for number value type user your name list param parameter option"))

# How well a kind of span suits a tag, from 0 to 1; what is not listed does not suit.
_SUITS: dict[Tag, dict[SpanKind, float]] = {
    "date": {"date": 0.75},
    "time": {"time": 0.75, "date": 0.1},
    "email": {"email": 0.95},
    "phone": {"phone": 0.95, "number": 0.2},
    "url": {"url": 0.95},
    "money": {"money": 0.75, "number": 0.4},
    "identifier": {"code": 0.6, "number": 0.45, "quoted": 0.45, "name": 0.2},
    "place": {"name": 0.55, "quoted": 0.45, "phrase": 0.1},
    "name": {"quoted": 0.55, "name": 0.5, "phrase": 0.15},
    "text": {"quoted": 0.55, "phrase": 0.4, "name": 0.4},
    "number": {"number": 0.5, "money": 0.2},
}
_OPEN: dict[SpanKind, float] = {"quoted": 0.5, "name": 0.4, "code": 0.3, "number": 0.2, "phrase": 0.15, "date": 0.05}
EXCLUSIVE_TAGS: tuple[Tag, ...] = ("date", "time", "email", "phone", "url")
"""Kinds of values that show in their form: a parameter of one takes no other."""


def parameter_card(parameter: Parameter) -> str:
    """A parameter as text to embed: the words of its name, and its description."""
    return f"{words(parameter.name)}. {parameter.description}".strip()


class ParameterReading(NamedTuple):
    """A parameter with what its name and description say.

    Attributes:
        parameter: The parameter.
        name: Stems of its name.
        cues: Stems of its name that tell it from others; all of them where none would be left.
        description: Stems of its description that are not in its name.
        suits: How well each kind of span suits it, 0 to 1.
        tags: The kinds of values it takes.
        hints: The options and examples in its description, and the forms of its values.
    """

    parameter: Parameter
    name: frozenset[str]
    cues: frozenset[str]
    description: frozenset[str]
    suits: dict[SpanKind, float]
    tags: frozenset[Tag]
    hints: Hints


def read_tool(tool: Tool) -> tuple[ParameterReading, ...]:
    """The readings of a tool's parameters, in their order."""
    return tuple(_read(parameter) for parameter in tool.parameters)


def _read(parameter: Parameter) -> ParameterReading:
    name = frozenset(stems(parameter.name))
    description = frozenset(stems(parameter.description)) - name
    tags = frozenset(tag for tag, known in _TAGS.items() if name & known)
    if not tags:
        tags = frozenset(tag for tag, known in _TAGS.items() if description & known)
    if exclusive := [tag for tag in EXCLUSIVE_TAGS if tag in tags and name & _TAGS[tag]]:
        tags = frozenset(exclusive)
    return ParameterReading(
        parameter, name, (name - _WEAK) or name, description, _suits(parameter, tags), tags, read_hints(parameter)
    )


def _suits(parameter: Parameter, tags: frozenset[Tag]) -> dict[SpanKind, float]:
    if parameter.type in ("integer", "number"):
        return {"number": 0.55, "money": 0.75 if "money" in tags else 0.35, "code": 0.1, "quoted": 0.1}
    if parameter.type in ("boolean", "object"):
        return {}
    if parameter.format in ("date", "email", "uri", "time"):
        tags = frozenset({{"uri": "url"}.get(parameter.format, parameter.format)})  # type: ignore[arg-type]
    if not tags:
        return _OPEN
    suits: dict[SpanKind, float] = {}
    for tag in tags:
        for kind, value in _SUITS[tag].items():
            suits[kind] = max(suits.get(kind, 0.0), value)
    return suits
