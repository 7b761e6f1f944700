"""User by user, where users are few, and what they allow to conclude."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from experiments.conclusions import Conclusion

__all__ = ["user_table"]


def user_table(own: Conclusion) -> str:
    """A table with a row for each user, where there are twelve at most; and what the users of a table cannot tell.

    Args:
        own: Of the table.
    """
    told = f"<p>{escape(own.told)}</p>"
    if not own.rows:
        return told
    heads = "".join(f"<th>{escape(system)}" for system in own.rows[0].strict)
    body = []
    for row in own.rows:
        cells = "".join(f'<td class="heat" style="--v:{share:.3f}">{share:.2f}' for share in row.strict.values())
        body.append(f'<tr><th scope="row">{row.number}<td>{row.records}{cells}</tr>')
    return (
        f'<h3>Strict score by {own.kind}</h3><div class="wide"><table><thead><tr><th>{own.kind}<th>records'
        f"{heads}</tr></thead>{''.join(body)}</table></div>{told}"
    )
