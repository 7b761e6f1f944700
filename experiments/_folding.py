"""Arithmetic on numeric literals, bounded, without evaluating anything else."""

from __future__ import annotations

import ast
import operator
from typing import TYPE_CHECKING, Any, TypeGuard

from experiments.errors import PredictionFormatError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Number", "fold", "is_number", "within_bounds"]

Number = int | float | complex

# CPython (3.10.7 and later) neither reads nor writes an integer of over 4,300 decimal digits; this is just below.
_WIDEST_BITS = 14_284

_BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
    ast.LShift: operator.lshift,
    ast.RShift: operator.rshift,
    ast.BitOr: operator.or_,
    ast.BitXor: operator.xor,
    ast.BitAnd: operator.and_,
}
_UNARY: dict[type[ast.unaryop], Callable[[Any], Any]] = {
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
    ast.Invert: operator.invert,
}


def is_number(value: object) -> TypeGuard[Number]:
    """Whether a value is a numeric literal's; a boolean is not."""
    return isinstance(value, int | float | complex) and not isinstance(value, bool)


def within_bounds(number: Number) -> Number:
    """The number itself.

    Raises:
        PredictionFormatError: An integer of over 4,300 digits, which Python could read on some versions only.
    """
    if isinstance(number, int) and number.bit_length() > _WIDEST_BITS:
        raise PredictionFormatError("a number has over 4,300 digits")
    return number


def fold(node: ast.expr, levels: int) -> Number:
    """The value of a binary operation whose leaves are all numeric literals.

    Inside an operation a sign means what it means in Python (``1 - +2`` is -1), since the official parser evaluates
    the whole operation. Powers and shifts whose result would be too wide are refused before they are computed.

    Raises:
        PredictionFormatError: Another leaf, an operation that is undefined, a result out of bounds, or more than
            ``levels`` levels.
    """
    if levels < 0:
        raise PredictionFormatError("an operation is nested too deeply")
    if isinstance(node, ast.Constant) and is_number(node.value):
        return within_bounds(node.value)
    try:
        if isinstance(node, ast.UnaryOp) and type(node.op) in _UNARY:
            return _UNARY[type(node.op)](fold(node.operand, levels - 1))  # type: ignore[no-any-return]
        if isinstance(node, ast.BinOp) and type(node.op) in _BINARY:
            left, right = fold(node.left, levels - 1), fold(node.right, levels - 1)
            _refuse_wide(node.op, left, right)
            return within_bounds(_BINARY[type(node.op)](left, right))
    except (ArithmeticError, TypeError, ValueError) as error:
        raise PredictionFormatError(f"an operation is undefined: {error}") from error
    raise PredictionFormatError("an operation on anything but numeric literals is code")


def _refuse_wide(operation: ast.operator, left: Number, right: Number) -> None:
    """Stops a power or shift that would not end in reasonable time or memory."""
    if not isinstance(left, int) or not isinstance(right, int):
        return  # floats overflow with an error, or to infinity
    width = left.bit_length()
    too_wide = (isinstance(operation, ast.Pow) and width > 1 and width * right > 2 * _WIDEST_BITS) or (
        isinstance(operation, ast.LShift) and left != 0 and width + right > _WIDEST_BITS
    )
    if too_wide:
        raise PredictionFormatError("an operation gives a number of over 4,300 digits")
