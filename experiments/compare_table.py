"""Systems side by side as a table: for the terminal and as Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich import box
from rich.console import Group
from rich.table import Table
from rich.text import Text

from experiments.statistics import shown_p

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from experiments.compare import Compared
    from experiments.conclusions import Conclusion
    from experiments.metrics import Measured, Metric
    from experiments.statistics import Difference

__all__ = [
    "COLUMNS",
    "compare_markdown",
    "compare_table",
    "conclusion_markdown",
    "conclusion_table",
    "metric_markdown",
    "metric_table",
]

COLUMNS: dict[str, Callable[[Compared], str]] = {
    "system": lambda row: row.system,
    "strict": lambda row: f"{row.strict:.3f}",
    "official": lambda row: f"{row.official:.3f}",
    "platform": lambda row: f"{row.platform:.3f}",
    "tool": lambda row: f"{row.tool:.3f}",
    "values": lambda row: f"{row.values:.3f}",
    "tokens in": lambda row: _whole(row.prompt_tokens),
    "reused": lambda row: _whole(row.reused_tokens),
    "of ref.": lambda row: "-" if row.prompt_share is None else f"{row.prompt_share:.3f}",
    "out": lambda row: _whole(row.completion_tokens),
    "seconds": lambda row: "-" if row.seconds is None else f"{row.seconds:.2f}",
    "resolver's": lambda row: "-" if row.by_resolver is None else f"{row.by_resolver:.3f}",
    "failed": lambda row: str(row.failed),
    "strict, difference [95 %]": lambda row: "" if row.difference is None else _interval(row.difference),
    "p": lambda row: "" if row.p is None else shown_p(row.p),
    "needed for .02": lambda row: "" if row.needed is None else str(row.needed),
}


def compare_table(dataset: str, rows: Sequence[Compared], columns: Sequence[str] = tuple(COLUMNS)) -> Table:
    """The rows of one dataset for the terminal, with some of the columns."""
    table = Table(title=Text(_title(dataset, rows)), title_justify="left", box=box.SIMPLE_HEAD, padding=0)
    for heading in columns:
        if heading == "system":
            table.add_column(heading, overflow="fold")
        else:
            table.add_column(heading, justify="right", no_wrap=True)
    for row in rows:
        table.add_row(*(Text(COLUMNS[name](row)) for name in columns))
    return table


def compare_markdown(dataset: str, rows: Sequence[Compared], columns: Sequence[str] = tuple(COLUMNS)) -> str:
    """The rows of one dataset as a Markdown table with its heading, with some of the columns."""
    heads = [
        f"**{_title(dataset, rows)}**",
        "",
        "| " + " | ".join(columns) + " |",
        "|" + "|".join(" --- " if heading == "system" else " ---: " for heading in columns) + "|",
    ]
    lines = ["| " + " | ".join(COLUMNS[name](row).replace("|", "\\|") for name in columns) + " |" for row in rows]
    return "\n".join([*heads, *lines, ""])


def conclusion_table(own: Conclusion) -> Group:
    """For the terminal a row for each user where they are few, and below what the users allow to conclude."""
    heads, *rows = _users(own)
    table = Table(box=box.SIMPLE_HEAD, padding=0)
    for heading in heads:
        table.add_column(Text(heading), justify="right", overflow="fold")
    for row in rows:
        table.add_row(*map(Text, row))
    return Group(*([table] if rows else []), Text(f"{own.told}\n"))


def conclusion_markdown(own: Conclusion) -> str:
    """The same as Markdown, to stand below a table of systems."""
    heads, *rows = _users(own)
    marks = ["---:"] * len(heads)
    shown = ["| " + " | ".join(name.replace("|", "\\|") for name in cells) + " |" for cells in (heads, marks, *rows)]
    return "\n".join([*([*shown, ""] if rows else []), own.told, ""])


def metric_table(dataset: str, metrics: Sequence[Metric], found: Mapping[str, Mapping[str, Measured]]) -> Table:
    """A row for each metric and a column for each system, a value with the number of records it is of."""
    table = Table(title=Text(dataset), title_justify="left", box=box.SIMPLE_HEAD, padding=0)
    table.add_column("metric", no_wrap=True)
    for system in found:
        table.add_column(Text(system), justify="right", overflow="fold")
    table.add_column("")
    for own in metrics:
        cells = [_measured(values[own.name]) for values in found.values()]
        table.add_row(Text(own.name), *map(Text, cells), Text(own.about))
    return table


def metric_markdown(dataset: str, metrics: Sequence[Metric], found: Mapping[str, Mapping[str, Measured]]) -> str:
    """A row for each system and a column for each metric that applies, as a Markdown table with its heading."""
    shown = [own for own in metrics if any(values[own.name].value is not None for values in found.values())]
    lines = [
        f"**{dataset}**",
        "",
        "| system | " + " | ".join(own.name for own in shown) + " |",
        "| --- |" + " ---: |" * len(shown),
        *(
            f"| {system} | " + " | ".join(_measured(values[own.name]) for own in shown) + " |"
            for system, values in found.items()
        ),
    ]
    return "\n".join([*lines, ""])


def _users(own: Conclusion) -> list[list[str]]:
    """The headings, and a row for each user that is shown."""
    systems = list(own.rows[0].strict) if own.rows else []
    return [
        [own.kind, "n", *(f"{system}, strict" for system in systems)],
        *([str(row.number), str(row.records), *(f"{one:.2f}" for one in row.strict.values())] for row in own.rows),
    ]


def _measured(own: Measured) -> str:
    return "-" if own.value is None else f"{own.value:.3f} ({own.scored})"


def _title(dataset: str, rows: Sequence[Compared]) -> str:
    return f"{dataset}, {rows[0].records} records" if rows else dataset


def _whole(number: float | None) -> str:
    return "-" if number is None else f"{number:.0f}"


def _interval(own: Difference) -> str:
    return f"{own.mean:+.3f} [{own.low:+.3f}, {own.high:+.3f}]"
