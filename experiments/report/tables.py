"""The headline table of a report in other forms: Markdown, CSV and LaTeX."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from experiments.compare_table import compare_markdown, conclusion_markdown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from experiments.compare import Compared
    from experiments.compare_datasets import DatasetTable

__all__ = ["headline_csv", "headline_latex", "headline_markdown"]

_NUMBERS = ("strict", "official", "platform", "tool", "values")
_LATEX = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"} | {
    sign: f"\\{sign}" for sign in "&%$#_{}"
}


def headline_markdown(tables: Sequence[DatasetTable]) -> str:
    """A table for each dataset and split, and below those of splits and of few users what these allow to conclude."""
    parts = []
    for own in tables:
        parts.append(compare_markdown(own.title, own.rows))
        if own.conclusion is not None:
            parts.append(conclusion_markdown(own.conclusion))
    return "\n".join(parts)


def headline_csv(tables: Sequence[DatasetTable]) -> str:
    """A row for each system on each dataset, numbers in full; what is not known is empty."""
    out = io.StringIO()
    fields = [name for table in tables for row in table.rows for name in row.to_json()]
    names = [name for name in dict.fromkeys(fields) if name != "difference"]
    ends = ("difference", "difference_low", "difference_high", "clusters", "effective")
    writer = csv.DictWriter(out, ["dataset", *names, *ends], lineterminator="\n")
    writer.writeheader()
    for table in tables:
        for row in table.rows:
            own = {name: getattr(row, name) for name in names}
            gap = row.difference
            known = {} if gap is None else dict(zip(ends, gap, strict=True))
            writer.writerow({"dataset": table.title, **own, **known})
    return out.getvalue()


def headline_latex(tables: Sequence[DatasetTable]) -> str:
    """Tables for the package booktabs, the best of each column in bold."""
    return "\n".join(_latex(table.title, table.rows) for table in tables)


def _latex(title: str, rows: Sequence[Compared]) -> str:
    best = {name: max(getattr(row, name) for row in rows) for name in _NUMBERS} if rows else {}
    lines = [
        f"% {' '.join(title.split())}",
        rf"\begin{{tabular}}{{l{'r' * (len(_NUMBERS) + 2)}}}",
        r"\toprule",
        " & ".join(("system", *_NUMBERS, "tokens", r"$\Delta$ strict [95\,\%]")) + r" \\",
        r"\midrule",
    ]
    for row in rows:
        shares = [
            rf"\textbf{{{getattr(row, name):.3f}}}" if getattr(row, name) == best[name] else f"{getattr(row, name):.3f}"
            for name in _NUMBERS
        ]
        gap = row.difference
        interval = "--" if gap is None else f"${gap.mean:+.3f}$ $[{gap.low:+.3f}, {gap.high:+.3f}]$"
        tokens = "--" if row.prompt_tokens is None else f"{row.prompt_tokens:.0f}"
        lines.append(" & ".join((_escaped(row.system), *shares, tokens, interval)) + r" \\")
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}", ""])


def _escaped(text: str) -> str:
    return "".join(_LATEX.get(sign, sign) for sign in text)
