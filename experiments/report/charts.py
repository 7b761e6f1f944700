"""Charts as SVG for a page, in the page's own colours, each with its numbers in words for those who do not see it.

No script and no font is needed. Widths are those of a view box, so that a chart shrinks with its column.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Interval", "Point", "Series", "curve_chart", "forest_chart", "scatter_chart"]

_WIDE, _HIGH = 380, 250
_LEFT, _TOP, _BELOW, _RIGHT = 56, 12, 46, 24
_COLOURS = 8  # classes s0 to s7 of the page
_MOST_TICKS = 6
_SHARES = tuple((at, f"{at:g}") for at in (0.0, 0.25, 0.5, 0.75, 1.0))
_NARROWEST = 0.02


class Interval(NamedTuple):
    """A value with its ends, such as a difference with its 95 % interval."""

    label: str
    value: float
    low: float
    high: float


class Point(NamedTuple):
    """A labelled place."""

    label: str
    x: float
    y: float


@dataclass(frozen=True)
class Series:
    """A line through points ``(x, y)``."""

    label: str
    points: tuple[tuple[float, float], ...]


def forest_chart(intervals: Sequence[Interval], *, title: str) -> str:
    """Values with their intervals below each other, and a line at zero: a table, drawn by its cells' widths.

    Args:
        intervals: From the top.
        title: What is shown, in words.
    """
    ends = [end for one in intervals for end in (one.low, one.high, one.value) if math.isfinite(end)]
    ticks = _ticks(min([0.0, *ends]), max([0.0, *ends]))
    low, high = ticks[0], ticks[-1]

    def place(value: float) -> str:
        return f"{100.0 * (min(max(value, low), high) - low) / (high - low):.2f}%"

    rows = []
    for one in intervals:
        apart = "better" if one.low > 0.0 else "worse" if one.high < 0.0 else "open"
        drawn = (
            f'<div class="line" style="--zero:{place(0.0)};--low:{place(one.low)};--high:{place(one.high)};'
            f'--at:{place(one.value)}"><i></i><b></b></div>'
        )
        rows.append(
            f'<tr class="{apart}"><th scope="row">{escape(one.label)}<td>{drawn}'
            f"<td>{one.value:+.3f} <small>[{one.low:+.3f}, {one.high:+.3f}]</small></tr>"
        )
    marks = "".join(f'<span style="--at:{place(tick)}">{f"{tick:+.2g}" if tick else "0"}</span>' for tick in ticks)
    return (
        f'<table class="forest"><caption>{escape(title)}</caption>{"".join(rows)}'
        f'<tr aria-hidden="true"><td><td><div class="ticks">{marks}</div><td></tr></table>'
    )


def curve_chart(series: Sequence[Series], *, title: str, x: str, y: str, diagonal: bool = False) -> str:
    """Lines over the unit square.

    Args:
        series: The lines; points outside the square are drawn on its edge.
        title: What is shown, in words.
        x: Name of the axis.
        y: Name of the other.
        diagonal: Whether the line from corner to corner is drawn, where both are equal.
    """

    def place(own: tuple[float, float]) -> str:
        across, up = (min(max(value, 0.0), 1.0) for value in own)
        return f"{_LEFT + _WIDE * across:.1f},{_TOP + _HIGH * (1.0 - up):.1f}"

    parts = _axes(_SHARES, _SHARES, x, y)
    if diagonal:
        parts.append(_line(_LEFT, _TOP + _HIGH, _LEFT + _WIDE, _TOP, "zero"))
    for number, one in enumerate(series):
        steps = " ".join(map(place, one.points))
        parts.append(
            f'<g class="s{number % _COLOURS}"><title>{escape(one.label)}</title><polyline points="{steps}"/></g>'
        )
    return _figure(title, parts, [one.label for one in series], '<polyline points="1,6 29,6"/>')


def scatter_chart(points: Sequence[Point], *, title: str, x: str, y: str) -> str:
    """Places by cost, on a logarithmic axis that begins with "none", and by a share.

    Args:
        points: ``x`` at least 0; ``y`` in [0, 1].
        title: What is shown, in words.
        x: Name of the axis of costs.
        y: Name of the axis of shares.
    """
    costs = [point.x for point in points if point.x > 0.0]
    first = math.floor(math.log10(min(costs))) if costs else 0
    last = max(first + 1, math.ceil(math.log10(max(costs)))) if costs else 1
    span = last - first + 1  # one step for what costs nothing

    def across(cost: float) -> float:
        return 0.0 if cost <= 0.0 else (math.log10(cost) - first + 1) / span

    marks = [(0.0, "none"), *((across(10.0**power), f"{10.0**power:g}") for power in range(first, last + 1))]
    parts = _axes(marks, _SHARES, x, y)
    for number, point in enumerate(points):
        left, top = _LEFT + _WIDE * across(point.x), _TOP + _HIGH * (1.0 - min(max(point.y, 0.0), 1.0))
        parts.append(
            f'<g class="s{number % _COLOURS}"><title>{escape(point.label)}: {point.x:g}, {point.y:.3f}</title>'
            f'<circle cx="{left:.1f}" cy="{top:.1f}" r="6"/></g>'
        )
    return _figure(title, parts, [point.label for point in points], '<circle cx="6" cy="6" r="5"/>')


def _figure(title: str, parts: Sequence[str], labels: Sequence[str], sign: str) -> str:
    """A chart with what its signs mean below it."""
    length = 30 if "polyline" in sign else 12
    keys = "".join(
        f'<li><svg viewBox="0 0 {length} 12" aria-hidden="true"><g class="s{number % _COLOURS}">{sign}</g></svg>'
        f"{escape(label)}"
        for number, label in enumerate(labels)
    )
    wide, high = _LEFT + _WIDE + _RIGHT, _TOP + _HIGH + _BELOW
    return (
        f'<figure><svg viewBox="0 0 {wide} {high}" role="img" aria-label="{escape(title, quote=True)}">'
        f'{"".join(parts)}</svg><ul class="keys">{keys}</ul></figure>'
    )


def _axes(across: Sequence[tuple[float, str]], up: Sequence[tuple[float, str]], x: str, y: str) -> list[str]:
    """Two axes with their names and marks, which are places from 0 to 1 and what they are called."""
    foot = _TOP + _HIGH
    heights = [_TOP + _HIGH * (1.0 - at) for at, _ in up if at > 0.0]
    parts = [_line(_LEFT, own, _LEFT + _WIDE, own, "grid") for own in heights]
    parts += [_line(_LEFT, foot, _LEFT + _WIDE, foot, "axis"), _line(_LEFT, _TOP, _LEFT, foot, "axis")]
    parts += [_text(_LEFT + _WIDE * at, foot + 18, name, "tick middle") for at, name in across]
    parts += [_text(_LEFT - 8, _TOP + _HIGH * (1.0 - at) + 4, name, "tick end") for at, name in up]
    parts.append(_text(_LEFT + _WIDE / 2, foot + 38, x, "tick middle"))
    turned = f"translate(14 {_TOP + _HIGH / 2:.0f}) rotate(-90)"
    parts.append(f'<text class="tick middle" transform="{turned}">{escape(y)}</text>')
    return parts


def _ticks(low: float, high: float) -> list[float]:
    """Round values from at most ``low`` to at least ``high``, two at least, zero among them where it is between."""
    high = max(high, low + _NARROWEST)
    span = high - low
    step = 10.0 ** math.floor(math.log10(span / 2.0))
    while span / step > _MOST_TICKS - 1:
        step *= 2.0
    return [step * number for number in range(math.floor(low / step), math.ceil(high / step) + 1)]


def _line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    return f'<line class="{kind}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def _text(x: float, y: float, text: str, kind: str) -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}">{escape(text)}</text>'
