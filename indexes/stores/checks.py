"""Checks of what was stored: a damaged row is noticed, and no wrong vector is compared."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["SEARCHED", "search_checks", "text_check"]

SEARCHED = ("id", "vector", "tokens", "valid_from", "valid_to", "search_check")
"""Columns that a search reads."""
_WORDS = {2: "<u2", 4: "<u4"}
_ALL_BITS = 0xFFFFFFFF


def search_checks(block: NDArray[np.floating], rows: Sequence[Sequence[Any]], *, at: int = 0) -> list[int]:
    """A check, below 2^32, of all that a search looks at in each row.

    The exclusive or of the vector's numbers and of a CRC-32 of the rest: a changed number is always seen, and a block
    that was lost or overwritten but once in 2^32 (2^16 where numbers have 16 bits).

    Args:
        block: Vectors as they are stored, ``(n, d)`` in 16 or in 32 bits.
        rows: The columns `SEARCHED` of each.
        at: The first of these columns.
    """
    folded = np.bitwise_xor.reduce(np.ascontiguousarray(block).view(_WORDS[block.dtype.itemsize]), axis=1).tolist()
    crc, words, start, end = zlib.crc32, at + 2, at + 3, at + 4
    return [
        fold ^ crc((row[at] + row[words]).encode(), ((row[start] or 0) ^ (row[end] or 0)) & _ALL_BITS)
        for fold, row in zip(folded, rows, strict=True)
    ]


def text_check(number: int, *parts: str | int | None) -> int:
    """A check (CRC-32) of what is read with a record: whose it is, id, texts and times."""
    return zlib.crc32("\0".join("" if part is None else str(part) for part in parts).encode(), number & _ALL_BITS)
