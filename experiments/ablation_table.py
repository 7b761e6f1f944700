"""An ablation as a table: the reference with its values, the others with their differences to it.

Variants that are the reference's equals on every record have no row, but are named below the table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich import box
from rich.table import Table
from rich.text import Text

from experiments.statistics import shown_p

if TYPE_CHECKING:
    from experiments.metric_differences import Ablated, Against

__all__ = ["ablation_markdown", "ablation_table"]

_MANY = 10.0
_NOTHING = "None of these metrics applies to any of these records."


def ablation_table(ablated: Ablated) -> Table | Text:
    """The table of one dataset for the terminal, or that there is nothing to show."""
    heads, rows = _cells(ablated)
    if not heads:
        return Text(f"{_title(ablated)}\n{_NOTHING}\n")
    table = Table(
        title=Text(_title(ablated)),
        title_justify="left",
        caption=Text(_caption(ablated)),
        caption_justify="left",
        box=box.SIMPLE_HEAD,
        padding=0,
    )
    table.add_column("variant", overflow="fold")
    for name in heads:
        table.add_column(name, justify="right")
    for name, cells in rows:
        table.add_row(Text(name), *map(Text, cells))
    return table


def ablation_markdown(ablated: Ablated) -> str:
    """The table of one dataset in Markdown, with its heading."""
    heads, rows = _cells(ablated)
    if not heads:
        return f"**{_title(ablated)}**\n\n{_NOTHING}\n"
    lines = [
        f"**{_title(ablated)}**",
        "",
        "| variant | " + " | ".join(heads) + " |",
        "| --- |" + " ---: |" * len(heads),
        *("| " + " | ".join(text.replace("|", "\\|") for text in (name, *cells)) + " |" for name, cells in rows),
    ]
    return "\n".join([*lines, "", _caption(ablated), ""])


def _title(ablated: Ablated) -> str:
    return f"{ablated.dataset}, {ablated.records} records: differences to {ablated.rows[0].name} [95 %]"


def _caption(ablated: Ablated) -> str:
    """Who is the reference's equal; which tests the p-values are of, and which family they are adjusted for."""
    count, reference = len(ablated.rows) - 1, ablated.rows[0].name
    same = [row.name for row in ablated.rows if row.same]
    told = f"On every record the same as {reference}, by each of these metrics: {', '.join(same)}.\n\n" if same else ""
    return (
        f"{told}"
        "p: McNemar's exact test over records, where a metric says right or wrong of a record; adjusted by Holm for "
        f"the {count} comparisons to {reference} on one metric of one dataset, not over metrics or datasets."
    )


def _cells(ablated: Ablated) -> tuple[list[str], list[tuple[str, list[str]]]]:
    names = [name for name in ablated.rows[0].metrics if any(row.metrics[name].scored for row in ablated.rows)]
    return names, [(row.name, [_cell(row.metrics[name]) for name in names]) for row in ablated.rows if not row.same]


def _cell(own: Against) -> str:
    if own.difference is None:
        return "-" if own.value is None else f"{own.value:.{_digits(own.value)}f}"
    digits = _digits(own.difference.mean)
    low, high = (f"{end:+.{digits}f}" for end in (own.difference.low, own.difference.high))
    p = "" if own.p is None else f" p {shown_p(own.p)}"
    return f"{own.difference.mean:+.{digits}f} [{low}, {high}]{p}"


def _digits(number: float) -> int:
    """Behind the point: of shares three, of counts such as tokens none."""
    return 0 if abs(number) >= _MANY else 3
