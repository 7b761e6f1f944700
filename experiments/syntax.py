"""Reads a prediction in PTBench's form without running any of it.

The form is ``platform:[function1(parameter = value, ...), function2(...)]``. As in the official parser the text is
wrapped in braces and read as a Python dict literal; the tree is then walked, never compiled. What the official
description leaves open is decided here:

- every platform is read, and an error in a later one is an error of the text, but only the first counts;
- a dotted function name (``shop.order(...)``) is one name; anything else that is called, and any call, attribute,
  subscript, comprehension, f-string, ``**`` or other expression inside a value, is code and thus a format error;
- a list of calls is a list: a tuple, a set or a single call in its place is a format error;
- the empty text names no platform and is a format error.

Bounds: `LONGEST` characters, `DEEPEST` levels, `WIDEST` nesting characters outside text, integers that Python itself
would read as decimal text. Beyond them a text is a format error, on every Python version alike.
"""

from __future__ import annotations

import ast
import re
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from experiments._folding import fold, is_number, within_bounds
from experiments.errors import PredictionFormatError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["DEEPEST", "LONGEST", "WIDEST", "ParsedAnswer", "ParsedCall", "parse_answer"]

LONGEST = 500_000
DEEPEST = 100
WIDEST = 5_000

# Comments and string literals, longest quotes first: what is inside them does not nest, except in an f-string. One that
# never ends is taken to the end, so that every character is read once.
_OPAQUE = re.compile(
    r"""\#[^\n]*
    |(?P<live>\b(?:f|rf|fr))?
     (?:'''(?:\\.|[^\\])*?(?:'''|\\?\Z) | \"\"\"(?:\\.|[^\\])*?(?:\"\"\"|\\?\Z)
     |'(?:\\.|[^'\\\n])*'?                | "(?:\\.|[^"\\\n])*"?)""",
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
# Whatever makes a tree deeper; ``a.b.c`` and ``f()()()`` nest to the left without a bracket staying open.
_NESTING = re.compile(r"[-+*/%@&|^~<>(\[{.]|\b(?:not|lambda|await|if)\b")


class ParsedCall(NamedTuple):
    """One call as it was written: function name and keyword arguments."""

    function: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class ParsedAnswer:
    """A readable answer. ``platform`` is the key as it was written, which may be another literal than text."""

    platform: object
    calls: Sequence[ParsedCall]


def parse_answer(text: str) -> ParsedAnswer:
    """The platform and calls of a prediction.

    Values come as Python values; bare names become strings, a unary operator before a number reads as minus, binary
    operations fold over numeric literals only, positional arguments vanish, of a repeated keyword the last counts.

    Raises:
        PredictionFormatError: The text is not in the form, holds code, or exceeds a bound.

    >>> answer = parse_answer("shop:[order(7, item = 'tea', count = 1 + 1, gift = yes)]")
    >>> answer.platform, answer.calls[0].function, answer.calls[0].arguments
    ('shop', 'order', {'item': 'tea', 'count': 2, 'gift': 'yes'})
    """
    body = _tree(text)
    if not isinstance(body, ast.Dict):
        raise PredictionFormatError("not of the form platform:[function(parameter = value, ...), ...]")
    answers = [
        ParsedAnswer(platform=_platform(key), calls=_calls(value))
        for key, value in zip(body.keys, body.values, strict=True)
    ]
    if not answers:
        raise PredictionFormatError("the answer is empty")
    return answers[0]


def _tree(text: str) -> ast.expr:
    if len(text) > LONGEST:
        raise PredictionFormatError(f"longer than {LONGEST} characters")
    visible = _OPAQUE.sub(lambda found: found[0] if found["live"] else "", text)
    if len(_NESTING.findall(visible)) > WIDEST:
        raise PredictionFormatError(f"more than {WIDEST} brackets and operators")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an odd escape in a text is no matter of ours
            return ast.parse(f"{{{text}}}", mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise PredictionFormatError(f"cannot be parsed: {error or type(error).__name__}") from error


def _platform(key: ast.expr | None) -> object:
    if isinstance(key, ast.Name):
        return key.id
    if isinstance(key, ast.Constant):
        return key.value
    raise PredictionFormatError("the platform must be a name or a quoted text")


def _calls(value: ast.expr) -> tuple[ParsedCall, ...]:
    if not isinstance(value, ast.List):
        raise PredictionFormatError("after the platform a list of calls must follow")
    return tuple(_call(item) for item in value.elts)


def _call(node: ast.expr) -> ParsedCall:
    if not isinstance(node, ast.Call):
        raise PredictionFormatError(f"the list of calls holds something else ({type(node).__name__})")
    arguments: dict[str, Any] = {}
    for keyword in node.keywords:
        if keyword.arg is None:
            raise PredictionFormatError("** cannot stand among the arguments")
        arguments[keyword.arg] = _value(keyword.value, 0)
    return ParsedCall(_function(node.func), arguments)


def _function(node: ast.expr) -> str:
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        raise PredictionFormatError(f"a function is called by its name, not by an expression ({type(node).__name__})")
    return ".".join([node.id, *reversed(parts)])


def _value(node: ast.expr, depth: int) -> object:
    if depth > DEEPEST:
        raise PredictionFormatError(f"a value is nested over {DEEPEST} levels")
    if isinstance(node, ast.Constant):
        return within_bounds(node.value) if is_number(node.value) else node.value
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.UnaryOp):
        return _minus(node.operand)
    if isinstance(node, ast.BinOp):
        return fold(node, DEEPEST)
    if isinstance(node, ast.List | ast.Tuple):
        items = [_value(item, depth + 1) for item in node.elts]
        return items if isinstance(node, ast.List) else tuple(items)
    if isinstance(node, ast.Dict):
        return _mapping(node, depth)
    raise PredictionFormatError(f"a value holds code ({type(node).__name__})")


def _minus(operand: ast.expr) -> object:
    """Every unary operator reads as minus, and takes a literal only: ``+5`` and ``~5`` are -5, ``not True`` is -1."""
    if isinstance(operand, ast.Constant) and (is_number(operand.value) or isinstance(operand.value, bool)):
        return -within_bounds(operand.value)
    raise PredictionFormatError("an operator stands before something that is no number")


def _mapping(node: ast.Dict, depth: int) -> dict[object, object]:
    pairs = {}
    for key, value in zip(node.keys, node.values, strict=True):
        if key is None:
            raise PredictionFormatError("** cannot stand in a value")
        read = _value(key, depth + 1)
        try:
            pairs[read] = _value(value, depth + 1)
        except TypeError as error:
            raise PredictionFormatError("a list or dict cannot be a key") from error
    return pairs
