"""Which tool of a catalog a model's call means: by its names, in another spelling where there is one it can be."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from resolver.coerce import stems
from resolver.names import key, qualified, words
from resolver.repairs import Repair, UnusableError
from resolver.resolution import Abstention, Resolution

if TYPE_CHECKING:
    from collections.abc import Mapping

    from resolver.calls import ParsedCall
    from resolver.catalog import Catalog, Tool

__all__ = ["NameDesk", "alike", "tool_of"]

_T = TypeVar("_T")

# no denial, and nothing that is itself part of many names
_LEAD_IN = re.compile(
    "the|app|platform|service|website|on|with|by|via|i|i'd|i'll|we|would|will|should|can|call|use|so|then"
)
_NAMELESS = re.compile(r"[\s._<>-]*")  # "...", which the form of the answer shows in a platform's place


class NameDesk(NamedTuple):
    """What names are held against.

    Attributes:
        allowed: What may be called.
        known: All that there is, which may be more.
        answer: The resolver's own answer.
        said: What the user says, in lower case.
        sent: Tools of ``allowed`` by the one name that OpenAI's form gives them.
    """

    allowed: Catalog
    known: Catalog
    answer: Resolution | Abstention
    said: str
    sent: Mapping[str, Tool]


def tool_of(parsed: ParsedCall, desk: NameDesk, repairs: list[Repair]) -> Tool:
    """The tool that a call means; a platform or a function in another spelling is mended.

    Raises:
        UnusableError: There is none, or no one.
    """
    if not parsed.tool:
        raise UnusableError("a call names no function")
    sent = desk.sent.get(parsed.tool)
    named = parsed.platform or ""
    if sent is not None and key(named) in ("", key(sent.platform)) and desk.allowed.tool(named, parsed.tool) is None:
        return sent
    platform = _platform(parsed.platform, desk, repairs)
    if platform is None:
        return _tool_of_any(parsed, desk, repairs)
    own = {tool.name: tool for tool in desk.allowed.tools if tool.platform == platform}
    found = alike(parsed.tool, own, without=platform) or _unqualified(parsed.tool, own)
    if found is None and len([tool for tool in desk.known.tools if tool.platform == platform]) == 1:
        found = next((tool for tool in own.values() if _says_no_more(parsed.tool, tool.name)), None)
    if found is None:
        raise UnusableError(f"{platform!r} has no function {parsed.tool!r}")
    if found.name != parsed.tool and qualified(found.name)[1] != parsed.tool:
        reason = "the same name, spelled otherwise" if key(found.name) == key(parsed.tool) else "the one it can mean"
        repairs.append(Repair(kind="function", where=platform, before=parsed.tool, after=found.name, reason=reason))
    return found


def alike(name: str, among: Mapping[str, _T], *, without: str = "") -> _T | None:
    """What has this name, else the only one of another spelling; a platform's name before or behind it is no matter."""
    if name in among:
        return among[name]
    forms = {key(name)}
    if without:
        forms |= {key(name).removeprefix(key(without)), key(name).removesuffix(key(without))}
    matching = [value for other, value in among.items() if key(other) in forms]
    return matching[0] if len(matching) == 1 else None


def _platform(name: str | None, desk: NameDesk, repairs: list[Repair]) -> str | None:
    """The platform that a name means; None where there is no name.

    A platform that the catalog does not have is exchanged for none that it has: the arguments are not meant for that.

    Raises:
        UnusableError: It means none that may be called.
    """
    if name is None or desk.allowed.platform(name) is not None:
        return name
    names = {platform.name: platform.name for platform in desk.allowed.platforms}
    found = alike(name, names) or _behind_lead_in(name, names)
    if found is not None:
        reason = "the same name, spelled otherwise"
        repairs.append(Repair(kind="platform", where="", before=name, after=found, reason=reason))
    elif _NAMELESS.fullmatch(name):
        return None
    elif desk.known.platform(name) is not None:
        raise UnusableError(f"the platform {name!r} is not among those allowed")
    elif words(name).casefold() in desk.said or name.casefold() in desk.said:
        raise UnusableError(f"the user names {name!r}, which the catalog does not have")
    else:
        raise UnusableError(f"the catalog has no platform {name!r}")
    return found


def _behind_lead_in(name: str, among: Mapping[str, str]) -> str | None:
    """The one platform whose name stands behind words that lead to it, such as "I would call Larder" or "the Larder".

    Any other word before it makes it another name ("Google Maps") or denies it ("not Larder").
    """
    own = name.casefold().split()
    ending = [
        other
        for other in among
        if own[-len(other.split()) :] == other.casefold().split()
        and all(_LEAD_IN.fullmatch(word.strip(",;")) for word in own[: -len(other.split())])
    ]
    return max(ending, key=len) if ending else None


def _tool_of_any(parsed: ParsedCall, desk: NameDesk, repairs: list[Repair]) -> Tool:
    """The tool of a call without a platform: the only one of this name, or the one the resolver chose."""
    name = parsed.tool or ""
    matching = [tool for tool in desk.allowed.tools if key(tool.name) == key(name)]
    if not matching:
        matching = [tool for tool in desk.allowed.tools if key(f"{tool.platform}{tool.name}") == key(name)]
    reason = "the only platform with this function"
    if len(matching) > 1 and isinstance(desk.answer, Resolution):
        chosen = {(call.platform, call.tool) for call in desk.answer.calls}
        matching = [tool for tool in matching if (tool.platform, tool.name) in chosen]
        reason = "the resolver's choice among the platforms with this function"
    if len(matching) != 1:
        raise UnusableError(f"no platform is named, and {name!r} does not tell which is meant")
    tool = matching[0]
    repairs.append(Repair(kind="platform", where=tool.name, before=parsed.platform, after=tool.platform, reason=reason))
    return tool


def _unqualified(name: str, own: Mapping[str, Tool]) -> Tool | None:
    """The tool whose name holds a platform's and then this one."""
    parted = [tool for tool in own.values() if qualified(tool.name)[1] == name]
    return parted[0] if len(parted) == 1 else None


def _says_no_more(name: str, other: str) -> bool:
    """Whether one name's words are all in the other's: "order" for "order_food", but not "cancel_order"."""
    first, second = set(stems(name)), set(stems(other))
    return bool(first and second) and (first <= second or second <= first)
