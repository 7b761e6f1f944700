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
from resolver.json_values import NotJsonError, looks_like_json, parse_json, plain_json
from resolver.names import key
from resolver.schema import read_parameter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import JsonValue

__all__ = ["read_catalog"]

_NAME_KEYS = ("name", "platform_name", "tool_name", "api_name", "function_name", "title", "id")
_DESCRIPTION_KEYS = ("description", "desc", "summary", "introduction", "intro", "about")
_PLATFORM_KEYS = ("platform", "platform_name", "app", "app_name", "provider", "service")
_PLATFORMS_KEYS = ("platforms", "apps", "providers")
_TOOLS_KEYS = ("tools", "apis", "api_list", "functions", "api", "endpoints")
_PARAMETER_KEYS = ("parameters", "params", "arguments", "args", "inputSchema", "input_schema", "inputs")
_LINE = re.compile(r"^(?:[-*\u2022]|\d{1,3}[.)])?\s*(?P<name>[^:\n]{1,80}?)\s*(?::\s*(?P<text>.*))?$")
_SIGNATURE = re.compile(
    r"^(?:[-*\u2022]|\d{1,3}[.)])?\s*(?:(?P<platform>[^.(:\n]{1,80})\.)?(?P<name>[^\W\d]\w*)\((?P<parameters>[^()]*)\)\s*"
    r"(?::\s*(?P<text>.*))?$"
)


_LONGEST_LINE = 10_000


def read_catalog(platforms: JsonValue, tools: JsonValue) -> Catalog:
    """Read the two values of a record; see the top of this module for the shapes.

    A tool that names no platform belongs to the only platform there is, or, of several, to each of them (noted in
    ``unread``). A platform that only its tools name is added without a description. A name given twice keeps its first
    entry.

    Nothing is raised for a shape that is not understood: that is listed in ``Catalog.unread``.
    """
    reader = _Reader()
    reader.read_platforms(platforms)
    reader.read_tools(tools)
    return reader.catalog()


def _text(node: dict[str, Any], keys: tuple[str, ...]) -> str:
    return next((str(node[name]) for name in keys if isinstance(node.get(name), str) and node[name].strip()), "")


class _Reader:
    """Collects platforms, tools and what could not be read."""

    def __init__(self) -> None:
        self._platforms: dict[str, Platform] = {}
        self._spelt: dict[str, str] = {}
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

    def _opened(self, source: object, where: str, wrappers: tuple[str, ...] = ()) -> JsonValue:
        """A value of the source, JSON text as its value, without a dict that only wraps it; None if it is no JSON."""
        try:
            is_json = isinstance(source, str) and looks_like_json(source)
            node = parse_json(str(source).strip().removeprefix("\ufeff")) if is_json else plain_json(source)
        except NotJsonError as error:
            self._miss(where, f"not JSON that can be read: {error}")
            return None
        if isinstance(node, dict) and len(node) == 1:
            name, child = next(iter(node.items()))
            if name in wrappers and isinstance(child, list | dict):
                return child
        return node

    # Platforms ------------------------------------------------------------------------------------------------------

    def read_platforms(self, source: object) -> None:
        node = self._opened(source, "platforms", _PLATFORMS_KEYS)
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
        if len(line) > _LONGEST_LINE or not (found := _LINE.match(line)):
            self._miss(where, f"a line without a platform's name: {_short(line)}")
            return
        self._add_platform(found["name"], found["text"] or "", (), where)

    def _add_platform(self, name: str, description: str, policy: tuple[str, ...], where: str) -> None:
        if not name.strip():
            self._miss(where, "a platform without a name")
            return
        if name in self._platforms:
            self._miss(where, f"the platform {name!r} is given again; its first entry is kept")
            return
        self._new_platform(Platform(name=name, description=description, policy=policy))

    def _new_platform(self, platform: Platform) -> None:
        self._platforms[platform.name] = platform
        self._spelt.setdefault(key(platform.name), platform.name)

    # Tools ----------------------------------------------------------------------------------------------------------

    def read_tools(self, source: object) -> None:
        node = self._opened(source, "tools", _TOOLS_KEYS)
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
                # a list below a name cannot be a tool, so that the name is a platform's even if it is new
                home = platform or self._known(name) or (name.strip() and name if isinstance(child, list) else None)
                if platform is None and home and isinstance(child, list | dict):
                    self._tools_of(child, f"{where}.{name}", home)
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
                    self._new_platform(Platform(name=home, description=_text(node, _DESCRIPTION_KEYS)))
                self._tools_of(node[inner], f"{where}.{inner}", home)

    def _known(self, name: str) -> str | None:
        """The platform that this spelling means, exact before normalised."""
        if name in self._platforms:
            return name
        return self._spelt.get(key(name)) if name else None

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
        found = _SIGNATURE.match(line) if len(line) <= _LONGEST_LINE else None
        if not found:
            self._miss(where, f"text that describes no tool: {_short(line)}")
            return
        prefix, name = (found["platform"] or "").strip(), found["name"]
        home = platform or self._known(prefix)
        if home is None and prefix and self._platforms:
            name = f"{prefix}.{name}"  # a dot proves no platform, where others are known
        elif home is None:
            home = prefix or None
        names = [part.split(":")[0].split("=")[0].strip() for part in found["parameters"].split(",")]
        parameters = tuple(Parameter(name=name) for name in dict.fromkeys(filter(None, names)))
        self._add_tool(
            Tool(platform="", name=name, description=found["text"] or "", parameters=parameters), home, where
        )

    def _add_tool(self, tool: Tool, platform: str | None, where: str) -> None:
        if not tool.name.strip():
            self._miss(where, "a tool without a name")
            return
        if platform is not None and platform not in self._platforms:
            self._new_platform(Platform(name=platform))
        if (platform, tool.name) in self._tools:
            self._miss(where, f"the tool {tool.name!r} is given again; its first entry is kept")
            return
        self._tools[platform, tool.name] = tool.model_copy(update={"platform": platform or ""})

    def _parameters(self, schema: JsonValue, where: str) -> Iterator[Parameter]:
        schema = self._opened(schema, f"{where}.parameters")
        required: set[str] = set()
        if isinstance(schema, dict) and isinstance(schema.get("properties"), dict):
            named = schema.get("required")
            required = {str(name) for name in named} if isinstance(named, list) else set()
            schema = schema["properties"]
        elif isinstance(schema, dict) and schema.get("type") == "object":
            schema = {name: item for name, item in schema.items() if isinstance(item, dict)}
        items: list[tuple[str, JsonValue]]
        if schema is None:
            return
        if isinstance(schema, dict):
            items = list(schema.items())
        elif isinstance(schema, list):
            items = [(item, {}) if isinstance(item, str) else (_item_name(item), item) for item in schema]
        else:
            self._miss(f"{where}.parameters", f"{type(schema).__name__} where parameters were expected")
            return
        seen: set[str] = set()
        for name, item in items:
            if not name.strip() or name in seen or not isinstance(item, dict | str | None):
                self._miss(f"{where}.parameters", f"no parameter can be read from {_short(json.dumps(item))}")
                continue
            seen.add(name)
            parameter, note = read_parameter(name, item, required=name in required)
            if note:
                self._miss(f"{where}.parameters.{name}", note)
            yield parameter


def _item_name(item: JsonValue) -> str:
    return _text(item, _NAME_KEYS) if isinstance(item, dict) else ""


def _all_containers(node: dict[str, JsonValue]) -> bool:
    return bool(node) and all(isinstance(child, dict | list) for child in node.values())


def _short(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:57] + "...")  # noqa: PLR2004
