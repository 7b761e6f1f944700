"""Scores as rows: for the terminal, as Markdown, and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from rich import box
from rich.table import Table
from rich.text import Text

from experiments._files import write_json, write_whole

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from experiments.scores import Scores

__all__ = ["markdown_table", "rich_table", "rows", "write_report"]

Cell: TypeAlias = "str | int | float | None"

_COLUMNS: dict[str, Callable[[Scores], Cell]] = {
    "system": lambda s: s.system,
    "records": lambda s: len(s.official.records),
    "official overall": lambda s: s.official.columns["overall"],
    "official platforms": lambda s: s.official.columns["platforms"],
    "official tool_names": lambda s: s.official.columns["tool_names"],
    "official values": lambda s: s.official.columns["tool_param_values"],
    "strict tool": lambda s: s.strict.columns["tool"],
    "strict platform": lambda s: s.strict.columns["platform"],
    "strict values": lambda s: s.strict.columns["values"],
    "strict overall": lambda s: s.strict.columns["overall"],
    "abstained": lambda s: s.strict.outcomes["abstained"],
    "format errors": lambda s: s.strict.outcomes["format_error"],
    "failed": lambda s: s.failed,
    "differs": lambda s: s.differs,
    "ms/record": lambda s: s.ms_per_record,
}
"""``format errors`` are those of the strict score, to which an abstention is none; ``failed`` are among them."""

_NOTE = "differs: records whose overall is not the same in both scores"

# On a terminal the number of records stands in the title, and headings are short enough for 80 columns.
_HEADINGS = {
    "system": "system",
    "official overall": "off\nall",
    "official platforms": "off\nplat",
    "official tool_names": "off\ntool",
    "official values": "off\nvals",
    "strict tool": "str\ntool",
    "strict platform": "str\nplat",
    "strict values": "str\nvals",
    "strict overall": "str\nall",
    "abstained": "abst",
    "format errors": "form\nerr",
    "differs": "diff",
    "ms/record": "ms",
}
_LEGEND = (
    "off: official, str: strict; plat: platforms, all: overall; abst: abstained, form err: format errors (strict), "
    "diff: records whose overall is not the same in both scores, ms: milliseconds per record (the system that "
    "comes first indexes what the others share)"
)


def rows(scores: Sequence[Scores]) -> list[dict[str, Cell]]:
    """One row per system, in the order given, with the values as they are (shares from 0 to 1, None for no value)."""
    return [{column: value(score) for column, value in _COLUMNS.items()} for score in scores]


def rich_table(scores: Sequence[Scores]) -> Table:
    """The rows of one dataset as a table for the terminal; the number of records stands in its title."""
    count = f", {len(scores[0].official.records)} records" if scores else ""
    failed = "".join(f"; {score.system} failed on {score.failed}" for score in scores if score.failed)
    table = Table(
        title=Text(f"{_title(scores)}{count}{failed}"),
        title_justify="left",
        caption=_LEGEND,
        caption_justify="left",
        box=box.SIMPLE_HEAD,
        padding=0,
    )
    for column, heading in _HEADINGS.items():
        if column == "system":
            table.add_column(heading, overflow="fold", min_width=8)
        else:
            table.add_column(heading, justify="right", no_wrap=True, min_width=4)
    for row in rows(scores):
        table.add_row(*(Text(_shown(column, row[column])) for column in _HEADINGS))
    return table


def markdown_table(scores: Sequence[Scores]) -> str:
    """The rows of one dataset as a Markdown table with its heading."""
    lines = [
        f"### {_title(scores)}",
        "",
        "| " + " | ".join(_COLUMNS) + " |",
        "|" + "|".join(" --- " if column == "system" else " ---: " for column in _COLUMNS) + "|",
    ]
    for row in rows(scores):
        cells = (_shown(column, value).replace("|", "\\|") for column, value in row.items())
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join([*lines, "", _NOTE, ""])


def write_report(scores: Sequence[Scores], directory: Path) -> None:
    """Writes ``scores.json`` and ``scores.md`` of one dataset into a directory, each whole or not at all."""
    write_json(directory / "scores.json", [score.to_json() for score in scores])
    write_whole(directory / "scores.md", markdown_table(scores))


def _title(scores: Sequence[Scores]) -> str:
    return scores[0].dataset if scores else "no scores"


def _shown(column: str, value: Cell) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.1f}" if column == "ms/record" else f"{value:.3f}"
    return str(value)
