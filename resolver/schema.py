"""One parameter of a tool, read from the many ways in which catalogs write a schema."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from resolver.calls import literal, parse_expression
from resolver.catalog import JsonType, Parameter

if TYPE_CHECKING:
    from pydantic import JsonValue

__all__ = ["read_parameter", "stated_values"]

_TYPES: dict[str, JsonType] = {
    **dict.fromkeys(
        ("str", "string", "text", "enum", "date", "datetime", "time", "char", "binary", "file", "uri"), "string"
    ),
    **dict.fromkeys(("int", "integer", "long"), "integer"),
    **dict.fromkeys(("number", "float", "double", "decimal", "numeric"), "number"),
    **dict.fromkeys(("bool", "boolean"), "boolean"),
    **dict.fromkeys(("list", "array", "tuple", "set"), "array"),
    **dict.fromkeys(("dict", "object", "map", "json"), "object"),
    **dict.fromkeys(("any", "", "null", "none"), "any"),
}
_ENUM_KEYS = ("enum", "possible_values", "allowed_values", "choices", "options", "values")
# these may name some values among others; the other keys, and words such as "allowed", say that there are no others
_OPEN_KEYS = ("possible_values", "values")
_STATED = re.compile(
    r"\b(?:(?:available|allowed|possible|valid|accepted|supported|permitted)\s+(?:values?|options?|choices?)"
    r"(?:\s+(?:are|is|include))?\s*:?|(?:values|options|choices)\s*:)\s*(?P<values>\[[^\[\]]*\])",
    re.IGNORECASE,
)
_TRUTH = {"true": True, "false": False, "yes": True, "no": False}


def read_parameter(name: str, node: dict[str, Any] | str | None, *, required: bool) -> tuple[Parameter, str | None]:
    """A Parameter from its schema, and a note where a part of that could not be read.

    Args:
        name: The parameter's name.
        node: A JSON Schema property or one of its relatives, or only a description.
        required: Whether the schema around it lists the parameter as required.

    An ``enum`` is also read from a description that states its values in brackets ("Available values: ['low',
    'high']"). Two values that mean true and false make a boolean. An empty default is none.
    """
    if not isinstance(node, dict):
        node = {"description": node or ""}
    node = _one_branch(node)
    description = str(node.get("description") or node.get("desc") or "")
    kind = node.get("kind")
    stated = node.get("required", node.get("is_required"))
    must = required or stated is True or kind == "required" or (isinstance(stated, str) and stated.lower() == "true")
    json_type, form, note = _type(node.get("type"))
    enum_key = next((k for k in _ENUM_KEYS if isinstance(node.get(k), list | tuple) and node[k]), None)
    enum = tuple(node[enum_key]) if enum_key else ()
    items = node.get("items")
    if not enum and isinstance(items, dict) and isinstance(items.get("enum"), list):
        enum = tuple(items["enum"])
    if not enum and node.get("const") is not None:
        enum = (node["const"],)
    enum = tuple(value for value in enum if value is not None) or stated_values(description)
    if json_type in ("any", "boolean") and enum and all(str(value).lower() in _TRUTH for value in enum):
        json_type, enum = "boolean", ()
    default = node.get("default")
    return (
        Parameter(
            name=name,
            description=description,
            type=json_type,
            required=must,
            enum=enum,
            closed=enum_key not in _OPEN_KEYS,
            default=None if default in ("", [], {}) else default,
            format=str(node["format"]) if node.get("format") else form,
            kind=str(kind) if kind is not None else None,
        ),
        note,
    )


def _one_branch(node: dict[str, Any]) -> dict[str, Any]:
    """A choice between schemas as its first branch that is not null: the way pydantic and MCP write optional values."""
    for union in ("anyOf", "oneOf"):
        branches = node.get(union)
        if isinstance(branches, list):
            branch = next((b for b in branches if isinstance(b, dict) and b.get("type") != "null"), {})
            return {**branch, **{name: value for name, value in node.items() if name != union}}
    return node


def stated_values(description: str) -> tuple[JsonValue, ...]:
    """The closed set of values that a description states in brackets, or an empty tuple.

    >>> stated_values("The speed. Available values: ['slow', 'fast'].")
    ('slow', 'fast')
    """
    found = _STATED.search(description)
    if not found:
        return ()
    tree = parse_expression(found["values"])
    try:
        values = literal(tree) if tree is not None else None
    except (ValueError, RecursionError):
        values = None
    if values is None:
        values = [part.strip().strip("'\"") for part in found["values"][1:-1].split(",")]
    if not isinstance(values, list):
        return ()
    return tuple(value for value in values if value not in (None, "") and not isinstance(value, list | dict))


def _type(stated: JsonValue) -> tuple[JsonType, str | None, str | None]:
    """JSON type, format and a note of what could not be read."""
    if isinstance(stated, list):
        stated = next((item for item in stated if item != "null"), None)
    if stated is None:
        return "any", None, None
    if not isinstance(stated, str):
        return "any", None, f"the type {json.dumps(stated)} is not a name; read as any"
    stated = stated.strip()
    head = re.match(r"[A-Za-z]*", stated)
    base = head[0].lower() if head else ""
    if base not in _TYPES:
        return "any", None, f"the type {stated!r} is not known; read as any"
    form = stated[len(base) :].strip(" ()") or (base if base in ("date", "datetime", "time") else None)
    return _TYPES[base], form, None
