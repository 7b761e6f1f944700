"""Days and times of day in the synthetic world."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from numpy.random import Generator

__all__ = ["FIRST_DAY", "LAST_DAY", "day_after", "draw_clock"]

FIRST_DAY, LAST_DAY = "2024-01-15", "2025-12-15"
"""Of logs; requests are of the last day."""

_QUARTERS = 4
_OPENS, _CLOSES = 8, 20


def draw_clock(rng: Generator) -> str:
    """A time of day at a quarter of an hour."""
    return f"{rng.integers(_OPENS, _CLOSES):02d}:{15 * rng.integers(_QUARTERS):02d}"


def day_after(day: str, days: int) -> str:
    """A day some days later."""
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()
