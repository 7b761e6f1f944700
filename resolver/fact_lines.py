"""Facts as they are written in a prompt: what stood together in the profile stands together again."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from resolver.blocks import quoted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic import JsonValue

    from resolver.profile import Fact

__all__ = ["fact_lines"]

_STEP = re.compile(r'\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]|(?:^|\.)([^.\[\]"]+)')


def fact_lines(facts: Iterable[Fact]) -> list[str]:
    """Lines of a block, one for each topmost name or entry of the profile that the Facts are of.

    >>> from resolver import Profile
    >>> profile = Profile.from_json({"address": {"work": "1 Mill Lane", "home": "9 Elm St"}, "likes": ["I love tea."]})
    >>> fact_lines(profile.facts)
    ['{"address": {"work": "1 Mill Lane", "home": "9 Elm St"}}', '{"likes": ["I love tea."]}']
    """
    root: dict[str | int, Any] = {}
    for fact in facts:
        steps = _steps(fact.path)
        node: Any = root
        for step in steps[:-1]:
            node = node.setdefault(step, {}) if isinstance(node, dict) else None
        if not isinstance(node, dict) or steps[-1] in node:  # a path that someone made up, at odds with another
            node, steps = root, [fact.path]
        node[steps[-1]] = _Leaf(_value(fact))
    return [
        quoted(_plain(value)) if isinstance(name, int) else quoted({name: _plain(value)})
        for name, value in root.items()
    ]


class _Leaf:
    """A Fact's value, which is no part of the tree although it may be a mapping."""

    def __init__(self, value: JsonValue) -> None:
        self.value = value


def _steps(path: str) -> list[str | int]:
    """The names and numbers of a path such as ``orders["#1"].items[0]``; the path itself where it is none."""
    steps: list[str | int] = []
    end = 0
    for found in _STEP.finditer(path):
        if found.start() != end:
            return [path]
        end = found.end()
        number, name, plain = found.groups()
        steps.append(int(number) if number else json.loads(name) if name else plain)
    return steps if steps and end == len(path) else [path]


def _value(fact: Fact) -> JsonValue:
    if fact.valid_from is None and fact.valid_to is None:
        return fact.value
    shown: dict[str, JsonValue] = {"value": fact.value, "from": fact.valid_from, "to": fact.valid_to}
    return {name: value for name, value in shown.items() if value is not None}


def _plain(node: Any) -> JsonValue:  # noqa: ANN401 - a tree of dicts and leaves
    if isinstance(node, _Leaf):
        return node.value
    if all(isinstance(step, int) for step in node):
        return [_plain(node[step]) for step in sorted(node)]
    return {str(step): _plain(value) for step, value in node.items()}
