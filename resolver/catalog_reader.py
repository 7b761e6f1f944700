"""Platforms and tools of a record in PTBench's form, in whatever JSON they come, become a Catalog.

Read are: lists of dicts, dicts by name, tools inside their platform, OpenAI's function form, lists of names, JSON text,
and lines of plain text (``name: description``, ``platform.tool(parameter, ...): description``). Everything else is
listed in ``Catalog.unread`` with its place.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from resolver.catalog import Catalog, Parameter, Platform, Tool, Unread
from resolver.names import key
from resolver.schema import read_parameter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import JsonValue

__all__ = ["read_catalog"]

_NAME_KEYS = ("name", "platform_name", "tool_name", "api_name", "function_name", "title", "id")
_DESCRIPTION_KEYS = ("description", "desc", "summary", "introduction", "intro", "about")
_PLATFORM_KEYS = ("platform", "platform_name", "app", "app_name", "provider", "service")
_TOOLS_KEYS = ("tools", "apis", "api_list", "functions", "api", "endpoints")
_PARAMETER_KEYS = ("parameters", "params", "arguments", "args", "inputSchema", "input_schema", "inputs")
_LINE = re.compile(r"^(?:[-*•]|\d{1,3}[.)])?\s*(?P<name>[^:\n]{1,80}?)\s*(?::\s*(?P<text>.*))?$")
_SIGNATURE = re.compile(
    r"^(?:[-*•]|\d{1,3}[.)])?\s*(?:(?P<platform>[^.(:\n]{1,80})\.)?(?P<name>[^\W\d]\w*)\((?P<parameters>[^()]*)\)\s*"
    r"(?::\s*(?P<text>.*))?$"
)


def read_catalog(platforms: JsonValue, tools: JsonValue) -> Catalog:
    """Read the two values of a record; see the top of this module for the shapes.

    A tool that names no platform belongs to the only platform there is, or, of several, to each of them (noted in
    ``unread``). A platform that only its tools name is added without a description. A name given twice keeps its first
    entry.

    Raises:
        Nothing for a shape that is not understood: that is listed in ``Catalog.unread``.
    """
    reader = _Reader()
    reader.read_platforms(platforms)
    reader.read_tools(tools)
    return reader.catalog()


def _parsed(node: JsonValue) -> JsonValue:
    """JSON text as its value, other values as they are."""
    if isinstance(node, str) and node.lstrip().startswith(("{", "[")):
        try:
            value: JsonValue = json.loads(node)
        except (ValueError, RecursionError):
            return node
        return value
    return node


def _text(node: dict[str, Any], keys: tuple[str, ...]) -> str:
    return next((str(node[name]) for name in keys if isinstance(node.get(name), str) and node[name].strip()), "")


class _Reader:
    """Collects platforms, tools and what could not be read."""

    def __init__(self) -> None:
        self._platforms: dict[str, Platform] = {}
        self._tools: dict[tuple[str | None, str], Tool] = {}
        self._unread: list[Unread] = []

    def catalog(self) -> Catalog:
        names = list(self._platforms)
        tools: dict[tuple[str, str], Tool] = {}
        for (platform, name), tool in self._tools.items():
            if platform is not None:
                tools.setdefault((platform, name), tool)
                continue
            if len(names) != 1:
                homes = f"it is taken as offered by all {len(names)}" if names else "there are no platforms"
                self._miss(f"tools: {name}", f"names no platform; {homes}")
            for home in names:
                tools.setdefault((home, name), tool.model_copy(update={"platform": home}))
        return Catalog(
            platforms=tuple(self._platforms.values()), tools=tuple(tools.values()), unread=tuple(self._unread)
        )

    def _miss(self, where: str, reason: str) -> None:
        self._unread.append(Unread(where=where, reason=reason))

    # Platforms ------------------------------------------------------------------------------------------------------

    def read_platforms(self, node: JsonValue) -> None:
        node = _parsed(node)
        if isinstance(node, str):
            for line in filter(str.strip, node.splitlines()):
                self._platform_line(line.strip(), "platforms")
        elif isinstance(node, dict) and _text(node, _NAME_KEYS) and not _all_containers(node):
            self._platform(node, "platforms", "")
        elif isinstance(node, dict):
            for name, child in node.items():
                self._platform(child, f"platforms.{name}", name)
        elif isinstance(node, list):
            for index, child in enumerate(node):
                self._platform(child, f"platforms[{index}]", "")
        elif node is not None:
            self._miss("platforms", f"{type(node).__name__} where platforms were expected")

    def _platform(self, node: JsonValue, where: str, name: str) -> None:
        if isinstance(node, str) and not name:
            self._platform_line(node.strip(), where)
            return
        if isinstance(node, dict):
            name = name or _text(node, _NAME_KEYS)
            if not name:
                self._miss(where, f"a platform without a name (keys: {', '.join(map(str, node)) or 'none'})")
                return
            policy = node.get("policy", node.get("policies", []))
            lines = (
                [policy] if isinstance(policy, str) else policy if isinstance(policy, list) else [json.dumps(policy)]
            )
            self._add_platform(
                name, _text(node, _DESCRIPTION_KEYS), tuple(str(line) for line in lines if line is not None), where
            )
            for inner in _TOOLS_KEYS:
                if isinstance(node.get(inner), list | dict):
                    self._tools_of(node[inner], f"{where}.{inner}", name)
        elif isinstance(node, str | None):
            self._add_platform(name, node or "", (), where)
        elif isinstance(node, list):
            self._add_platform(name, "", (), where)
            self._tools_of(node, where, name)
        else:
            self._miss(where, f"{type(node).__name__} where a platform was expected")

    def _platform_line(self, line: str, where: str) -> None:
        if not (found := _LINE.match(line)):
            self._miss(where, f"a line without a platform's name: {_short(line)}")
            return
        self._add_platform(found["name"], found["text"] or "", (), where)

    def _add_platform(self, name: str, description: str, policy: tuple[str, ...], where: str) -> None:
        if name in self._platforms:
            self._miss(where, f"the platform {name!r} is given again; its first entry is kept")
            return
        self._platforms[name] = Platform(name=name, description=description, policy=policy)

    # Tools ----------------------------------------------------------------------------------------------------------

    def read_tools(self, node: JsonValue) -> None:
        node = _parsed(node)
        if isinstance(node, str):
            for line in filter(str.strip, node.splitlines()):
                self._tool_line(line.strip(), "tools", None)
        elif isinstance(node, list | dict):
            self._tools_of(node, "tools", None)
        elif node is not None:
            self._miss("tools", f"{type(node).__name__} where tools were expected")

    def _tools_of(self, node: JsonValue, where: str, platform: str | None) -> None:
        if isinstance(node, list):
            for index, child in enumerate(node):
                if isinstance(child, dict) and platform is None and self._is_platform_entry(child):
                    self._platform_with_tools(child, f"{where}[{index}]")
                else:
                    self._tool(child, f"{where}[{index}]", platform, "")
        elif isinstance(node, dict):
            if _text(node, _NAME_KEYS) and not _all_containers(node):
                self._tool(node, where, platform, "")
                return
            for name, child in node.items():
                known = platform is None and self._known(name)
                if known and isinstance(child, list | dict):
                    self._tools_of(child, f"{where}.{name}", known)
                else:
                    self._tool(child, f"{where}.{name}", platform, name)

    @staticmethod
    def _is_platform_entry(node: dict[str, JsonValue]) -> bool:
        return any(isinstance(node.get(inner), list | dict) for inner in _TOOLS_KEYS)

    def _platform_with_tools(self, node: dict[str, JsonValue], where: str) -> None:
        name = _text(node, (*_PLATFORM_KEYS, *_NAME_KEYS))
        home = self._known(name) or name or None
        for inner in _TOOLS_KEYS:
            if isinstance(node.get(inner), list | dict):
                if home is not None and home not in self._platforms:
                    self._platforms[home] = Platform(name=home, description=_text(node, _DESCRIPTION_KEYS))
                self._tools_of(node[inner], f"{where}.{inner}", home)

    def _known(self, name: str) -> str | None:
        """The platform that this spelling means, exact before normalised."""
        if name in self._platforms:
            return name
        return next((known for known in self._platforms if key(known) == key(name)), None)

    def _tool(self, node: JsonValue, where: str, platform: str | None, name: str) -> None:
        if isinstance(node, str) and not name:
            self._tool_line(node.strip(), where, platform)
            return
        if isinstance(node, str | None):
            self._add_tool(Tool(platform="", name=name, description=node or ""), platform, where)
            return
        if not isinstance(node, dict):
            self._miss(where, f"{type(node).__name__} where a tool was expected")
            return
        body = node["function"] if isinstance(node.get("function"), dict) else node
        assert isinstance(body, dict)  # noqa: S101  (for the type checker; tested the line above)
        name = name or _text(body, _NAME_KEYS)
        if not name:
            self._miss(where, f"a tool without a name (keys: {', '.join(map(str, node)) or 'none'})")
            return
        named = _text(node, _PLATFORM_KEYS) or _text(body, _PLATFORM_KEYS)
        home = platform or (self._known(named) or named or None)
        schema = next((body[k] for k in _PARAMETER_KEYS if body.get(k) is not None), None)
        parameters = tuple(self._parameters(schema, f"{where} ({name})"))
        self._add_tool(
            Tool(platform="", name=name, description=_text(body, _DESCRIPTION_KEYS), parameters=parameters), home, where
        )

    def _tool_line(self, line: str, where: str, platform: str | None) -> None:
        found = _SIGNATURE.match(line)
        if not found:
            self._miss(where, f"text that describes no tool: {_short(line)}")
            return
        home = platform or (self._known(found["platform"].strip()) if found["platform"] else None)
        names = [part.split(":")[0].split("=")[0].strip() for part in found["parameters"].split(",")]
        parameters = tuple(Parameter(name=name) for name in dict.fromkeys(filter(None, names)))
        self._add_tool(
            Tool(platform="", name=found["name"], description=found["text"] or "", parameters=parameters), home, where
        )

    def _add_tool(self, tool: Tool, platform: str | None, where: str) -> None:
        if platform is not None and platform not in self._platforms:
            self._platforms[platform] = Platform(name=platform)
        if (platform, tool.name) in self._tools:
            self._miss(where, f"the tool {tool.name!r} is given again; its first entry is kept")
            return
        self._tools[platform, tool.name] = tool.model_copy(update={"platform": platform or ""})

    def _parameters(self, schema: JsonValue, where: str) -> Iterator[Parameter]:
        schema = _parsed(schema)
        required: set[str] = set()
        if isinstance(schema, dict) and isinstance(schema.get("properties"), dict):
            named = schema.get("required")
            required = {str(name) for name in named} if isinstance(named, list) else set()
            schema = schema["properties"]
        elif isinstance(schema, dict) and schema.get("type") == "object" and len(schema) <= 2:  # noqa: PLR2004
            return
        if schema is None:
            return
        items: list[tuple[str, JsonValue]]
        if isinstance(schema, dict):
            items = list(schema.items())
        elif isinstance(schema, list):
            items = [(_text(item, _NAME_KEYS) if isinstance(item, dict) else str(item), item) for item in schema]
            items = [(name, {} if isinstance(item, str) else item) for name, item in items]
        else:
            self._miss(f"{where}.parameters", f"{type(schema).__name__} where parameters were expected")
            return
        seen: set[str] = set()
        for name, item in items:
            if not name or name in seen or not isinstance(item, dict | str | None):
                self._miss(f"{where}.parameters", f"no parameter can be read from {_short(json.dumps(item))}")
                continue
            seen.add(name)
            parameter, note = read_parameter(name, item, required=name in required)
            if note:
                self._miss(f"{where}.parameters.{name}", note)
            yield parameter


def _all_containers(node: dict[str, JsonValue]) -> bool:
    return bool(node) and all(isinstance(child, dict | list) for child in node.values())


def _short(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:57] + "...")  # noqa: PLR2004
