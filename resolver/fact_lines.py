"""Facts as they are written in a prompt: what stood together in the profile stands together again."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from resolver.blocks import quoted
from resolver.json_values import MAX_DEPTH

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic import JsonValue

    from resolver.profile import Fact

__all__ = ["fact_lines"]

_STEP = re.compile(r'\[(\d{1,9})\]|\[("(?:[^"\\]|\\.)*")\]|(?:^|\.)([^.\[\]"]+)')


def fact_lines(facts: Iterable[Fact]) -> list[str]:
    """Lines of a block, one for each topmost name or entry of the profile that the Facts are of.

    >>> from resolver import Profile
    >>> profile = Profile.from_json({"address": {"work": "1 Mill Lane", "home": "9 Elm St"}, "likes": ["I love tea."]})
    >>> fact_lines(profile.facts)
    ['{"address": {"work": "1 Mill Lane", "home": "9 Elm St"}}', '{"likes": ["I love tea."]}']
    """
    trees: list[dict[str | int, Any]] = []
    for fact in facts:
        steps, leaf = _steps(fact.path), _Leaf(_value(fact))
        # a path that is given twice, or that is at odds with another, does not fit into the tree that has the other
        if not any(_placed(tree, steps, leaf) for tree in trees):
            trees.append({})
            _placed(trees[-1], steps, leaf)
    return [
        quoted(_plain(value)) if isinstance(name, int) else quoted({name: _plain(value)})
        for tree in trees
        for name, value in tree.items()
    ]


class _Leaf:
    """A Fact's value, which is no part of the tree although it may be a mapping."""

    def __init__(self, value: JsonValue) -> None:
        self.value = value


def _placed(tree: dict[str | int, Any], steps: list[str | int], leaf: _Leaf) -> bool:
    """Whether a leaf has a place in a tree, and is put there; no node has both names and numbers, but the topmost."""
    node = tree
    for step in steps[:-1]:
        if not _is_like(step, node, tree):
            return False
        child = node.setdefault(step, {})
        if isinstance(child, _Leaf):
            return False
        node = child
    if steps[-1] in node or not _is_like(steps[-1], node, tree):
        return False
    node[steps[-1]] = leaf
    return True


def _is_like(step: str | int, node: dict[str | int, Any], tree: dict[str | int, Any]) -> bool:
    return node is tree or not node or isinstance(step, type(next(iter(node))))


def _steps(path: str) -> list[str | int]:
    """The names and numbers of a path such as ``orders["#1"].items[0]``; the path itself where it is none."""
    steps: list[str | int] = []
    end = 0
    for found in _STEP.finditer(path):
        if found.start() != end:
            return [path]
        end = found.end()
        number, name, plain = found.groups()
        try:
            steps.append(int(number) if number else json.loads(name) if name else plain)
        except ValueError:  # a name that only looks like JSON
            return [path]
    return steps if end == len(path) and 0 < len(steps) <= MAX_DEPTH else [path]


def _value(fact: Fact) -> JsonValue:
    if fact.valid_from is None and fact.valid_to is None:
        return fact.value
    shown: dict[str, JsonValue] = {"value": fact.value, "from": fact.valid_from, "to": fact.valid_to}
    return {name: value for name, value in shown.items() if value is not None}


def _plain(node: Any) -> JsonValue:  # noqa: ANN401 - a tree of dicts and leaves
    if isinstance(node, _Leaf):
        return node.value
    if isinstance(next(iter(node)), int):
        return [_plain(node[step]) for step in sorted(node)]
    return {name: _plain(value) for name, value in node.items()}
