"""Catalog: Platforms, their Tools and the Tools' Parameters."""

from __future__ import annotations

from collections import Counter
from functools import cached_property
from typing import Literal

from pydantic import JsonValue, model_validator

from resolver.errors import CatalogError
from resolver.names import words
from resolver.profile import Value

__all__ = ["Catalog", "JsonType", "Parameter", "Platform", "Tool", "Unread", "why_empty"]

JsonType = Literal["string", "integer", "number", "boolean", "array", "object", "any"]


class Parameter(Value):
    """One parameter of a tool, a JSON Schema property with its name.

    ``enum`` is the set of its values and empty where none is stated; it is closed unless ``closed`` is false, which
    makes it a list of values among others. ``kind`` keeps what a catalog says beyond JSON Schema of where the value
    comes from ("personalized", ...).
    """

    name: str
    description: str = ""
    type: JsonType = "any"
    required: bool = False
    enum: tuple[JsonValue, ...] = ()
    closed: bool = True
    default: JsonValue = None
    format: str | None = None
    kind: str | None = None


class Platform(Value):
    """A provider of tools, with its description and policies as it states them."""

    name: str
    description: str = ""
    policy: tuple[str, ...] = ()


class Tool(Value):
    """One callable function of one platform."""

    platform: str
    name: str
    description: str = ""
    parameters: tuple[Parameter, ...] = ()

    def parameter(self, name: str) -> Parameter | None:
        """The parameter of this exact name, or None."""
        return next((parameter for parameter in self.parameters if parameter.name == name), None)

    @cached_property
    def card(self) -> str:
        """What the tool does, as indexed text: its name in words, its description, its parameters' names."""
        names = ", ".join(words(parameter.name) for parameter in self.parameters)
        return ". ".join(part for part in (words(self.name), self.description.strip(), names) if part)


class Unread(Value):
    """A part of a catalog's source that could not be read: where it stood, and why."""

    where: str
    reason: str


class Catalog(Value):
    """Platforms and tools; only what is in here can be called.

    ``unread`` lists what a reader could not make sense of, with its place in the source.

    Raises:
        CatalogError: Two platforms of one name, two tools of one name on a platform, or a tool of an unknown platform.
    """

    platforms: tuple[Platform, ...] = ()
    tools: tuple[Tool, ...] = ()
    unread: tuple[Unread, ...] = ()

    @model_validator(mode="after")
    def _names_agree(self) -> Catalog:
        known = Counter(platform.name for platform in self.platforms)
        if twice := [name for name, times in known.items() if times > 1]:
            raise CatalogError(f"platforms given twice: {twice}")
        seen = set[tuple[str, str]]()
        for tool in self.tools:
            if tool.platform not in known:
                raise CatalogError(f"tool {tool.name!r} belongs to the unknown platform {tool.platform!r}")
            if (tool.platform, tool.name) in seen:
                raise CatalogError(f"platform {tool.platform!r} has the tool {tool.name!r} twice")
            seen.add((tool.platform, tool.name))
        return self

    def platform(self, name: str) -> Platform | None:
        """The platform of this exact name, or None."""
        return next((platform for platform in self.platforms if platform.name == name), None)

    def tool(self, platform: str, name: str) -> Tool | None:
        """The tool of these exact names, or None."""
        return next((tool for tool in self.tools if tool.platform == platform and tool.name == name), None)

    @classmethod
    def from_ptbench(cls, platforms: JsonValue, tools: JsonValue) -> Catalog:
        """Read ``platforms`` and ``tools`` of a record in PTBench's form; see `resolver.catalog_reader.read_catalog`.

        Any JSON is accepted: dicts, lists, strings, JSON text. What cannot be read is listed in ``unread``.

        >>> Catalog.from_ptbench(["Larder"], [{"platform": "Larder", "name": "order", "parameters": {}}]).tools[0].name
        'order'
        """
        from resolver.catalog_reader import read_catalog  # noqa: PLC0415  (the reader needs these classes)

        return read_catalog(platforms, tools)


def why_empty(catalog: Catalog) -> str:
    """Why a catalog has no tool: nothing was given, or what could not be read."""
    if catalog.unread:
        first = catalog.unread[0]
        return f"the catalog has no tool; not read: {first.where}: {first.reason} ({len(catalog.unread)} in all)"
    return "the catalog has no tool"
