"""Tools and answers in the forms that OpenAI's interfaces take, also in their strict one."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any

from resolver.blocks import unmarked
from resolver.constraints import arguments_schema

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from pydantic import JsonValue

    from resolver.catalog import Catalog

__all__ = ["named_schema", "openai_name", "openai_tools", "response_format", "strict_schema"]

_NOT_IN_NAME = re.compile(r"[^A-Za-z0-9_-]+")
_HIDES_THE_JOINT = re.compile(r"__|_\Z")  # a platform's name in which the joint of two names is not the first one
_LONGEST_NAME = 64
_LIMITS = ("maxItems", "minItems", "default")
_ANY = ("string", "number", "boolean")
_TYPES = {str: "string", bool: "boolean", int: "integer", float: "number"}


def openai_name(platform: str, tool: str) -> str:
    """A platform and a tool as one name of the letters and the length that OpenAI allows.

    What does not fit is replaced, and then a checksum keeps two names apart.

    >>> openai_name("QuickBite.io", "order_food")
    'QuickBite_io__order_food_8408af'
    """
    whole = f"{platform}__{tool}"
    fitted = _NOT_IN_NAME.sub("_", whole)
    if fitted == whole and len(whole) <= _LONGEST_NAME and not _HIDES_THE_JOINT.search(platform):
        return whole
    mark = hashlib.sha256(f"{platform}\0{tool}".encode()).hexdigest()[:6]
    return f"{fitted[: _LONGEST_NAME - 7]}_{mark}"


def openai_tools(catalog: Catalog, *, strict: bool = False) -> list[dict[str, Any]]:
    """Tools as ``tools`` of OpenAI's chat completions, each with its platform in its name (`openai_name`).

    Args:
        catalog: The tools.
        strict: In the form that OpenAI holds a model to; see `strict_schema`.

    Raises:
        ValueError: As `strict_schema`.
    """
    tools = []
    for tool in catalog.tools:
        parameters = _unlimited(arguments_schema(tool, {}))
        shown: dict[str, Any] = {
            "name": openai_name(tool.platform, tool.name),
            "description": unmarked(f"{tool.platform}: {tool.description}".rstrip(": ")),
            "parameters": strict_schema(parameters) if strict else parameters,
        }
        tools.append({"type": "function", "function": {**shown, "strict": True} if strict else shown})
    return tools


def response_format(schema: Mapping[str, Any], *, name: str = "calls", strict: bool = False) -> dict[str, Any]:
    """A schema as ``response_format`` of OpenAI's chat completions.

    Args:
        schema: Of the answer.
        name: Of the schema.
        strict: Ask that the model be held to it; the schema has to be one of `strict_schema`. Servers that answer by
            grammars, such as llama.cpp's, hold a model to any schema.
    """
    held: dict[str, Any] = {"name": name, "schema": dict(schema)}
    return {"type": "json_schema", "json_schema": {**held, "strict": True} if strict else held}


def named_schema(
    catalog: Catalog,
    *,
    fixed: Mapping[tuple[str, str], Mapping[str, JsonValue]] | None = None,
    needed: Mapping[tuple[str, str], Collection[str]] | None = None,
) -> dict[str, Any]:
    """A strict schema of answers ``{"calls": [{"name", "arguments"}]}``, by the names of `openai_name`.

    OpenAI tells the alternatives of a strict schema apart by their first key, so that a platform alone would not do.

    Args:
        catalog: What can be called.
        fixed: As `resolver.constraints.answer_schema`.
        needed: Likewise.

    Raises:
        ValueError: The catalog has no tool, or as `strict_schema`.
    """
    if not catalog.tools:
        raise ValueError("no call is possible: the catalog has no tool")
    calls = []
    for tool in catalog.tools:
        own = (tool.platform, tool.name)
        arguments = arguments_schema(tool, (fixed or {}).get(own, {}), (needed or {}).get(own, ()))
        properties = {"name": {"const": openai_name(*own)}, "arguments": arguments}
        calls.append({"type": "object", "properties": properties, "required": list(properties)})
    items = calls[0] if len(calls) == 1 else {"anyOf": calls}
    whole = {"type": "object", "properties": {"calls": {"type": "array", "items": items}}, "required": ["calls"]}
    return strict_schema(whole)


def strict_schema(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A schema in the part of JSON Schema that OpenAI's strict form has, saying as nearly the same as it can.

    All properties are required, and optional ones may be null instead, which `Resolver.check` reads as left out. Limits
    of length and defaults go. What may be anything is a text, a number, or yes or no.

    Raises:
        ValueError: A property is an object of any shape, which the strict form cannot say.
    """
    return _strict(schema, "the schema")


def _strict(schema: Mapping[str, Any], where: str) -> dict[str, Any]:
    if "anyOf" in schema:
        return {"anyOf": [_strict(option, where) for option in schema["anyOf"]]}
    about = {name: schema[name] for name in ("description",) if name in schema}
    if "const" in schema or "enum" in schema:
        values = [schema["const"]] if "const" in schema else list(schema["enum"])
        return {**_of_values(values, where), **about}
    kind = schema.get("type")
    if kind == "array":
        return {"type": "array", "items": _strict(schema.get("items", {}), where), **about}
    if kind == "object":
        if not schema.get("properties"):
            if "properties" not in schema:
                raise ValueError(f"{where} is an object of any shape, which a strict schema cannot say")
            return {"type": "object", "properties": {}, "required": [], "additionalProperties": False, **about}
        own = {name: _strict(value, f"{where}, {name!r}") for name, value in schema["properties"].items()}
        optional = own.keys() - set(schema.get("required", ()))
        properties = {
            name: {"anyOf": [value, {"type": "null"}]} if name in optional else value for name, value in own.items()
        }
        return {
            "type": "object",
            "properties": properties,
            "required": list(properties),
            "additionalProperties": False,
            **about,
        }
    return {"type": kind, **about} if kind else {"anyOf": [{"type": name} for name in _ANY], **about}


def _of_values(values: list[JsonValue], where: str) -> dict[str, Any]:
    """A closed set, by type, as each alternative has to have one; of lists and objects what such a value is made of."""
    scalar: dict[str, list[JsonValue]] = {}
    others: list[dict[str, Any]] = []
    for value in values:
        if isinstance(value, dict):
            fixed = {"properties": {name: {"const": own} for name, own in value.items()}, "required": list(value)}
            others.append(_strict({"type": "object", **fixed}, where))
        elif isinstance(value, list):
            items = [{"const": item} for item in value]
            others.append(_strict({"type": "array", "items": {"anyOf": items} if items else {}}, where))
        else:
            scalar.setdefault("null" if value is None else _TYPES[type(value)], []).append(value)
    found: list[dict[str, Any]] = [
        {"type": kind} if kind == "null" else {"type": kind, "enum": own} for kind, own in scalar.items()
    ]
    whole = [*found, *others]
    return whole[0] if len(whole) == 1 else {"anyOf": whole}


def _unlimited(schema: dict[str, Any]) -> dict[str, Any]:
    """The same without the limits that small models need."""
    return {
        name: {own: _unlimited(value) for own, value in held.items()} if name == "properties" else held
        for name, held in schema.items()
        if name != "maxItems"
    }
