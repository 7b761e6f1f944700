"""The sheet as a page: people rate in a browser, which keeps their answers and saves them as CSV, or on paper."""

from __future__ import annotations

import base64
import hashlib
import json
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING

from experiments.rating.sheet import COLUMNS, MARKS, NOTE, QUESTIONS, RUBRIC

if TYPE_CHECKING:
    from collections.abc import Sequence

    from experiments.rating.sheet import SheetItem

__all__ = ["sheet_page"]


def sheet_page(items: Sequence[SheetItem], *, title: str = "Is the evidence the reason?") -> str:
    """The sheet as HTML, in one file that fetches nothing and may run no script and no style but its own.

    A browser keeps the answers under a digest of the sheet, so that sheets of other answers do not meet. Which system
    answered is not said, lest it sway who rates.

    Args:
        items: What to rate.
        title: Of the page.
    """
    style, script = ((files("experiments.rating") / name).read_text("utf-8") for name in ("sheet.css", "sheet.js"))
    told = json.dumps([RUBRIC, items], ensure_ascii=True, sort_keys=True)
    digest = hashlib.sha256(told.encode()).hexdigest()[:16]
    body = "".join(_item(number, item) for number, item in enumerate(items, 1))
    policy = f"default-src 'none'; base-uri 'none'; style-src {_sha(style)}; script-src {_sha(script)}"
    count = "One answer" if len(items) == 1 else f"{len(items)} answers"
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        f'<title>{_text(title)}</title><meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta name="color-scheme" content="light dark"><style>{style}</style></head><body>'
        f"<header><h1>{_text(title)}</h1>"
        f"<p>{count} of an assistant, each with what it cites as evidence: statements and past actions of the user. "
        f"Judge the evidence, not whether you like the answer. {_text(NOTE)} "
        "An answer reads <code>'service':[function(argument = value)]</code>.</p>"
        '<p class="scripted" hidden>Answers are kept in this browser as you give them. In a question, the keys '
        "<kbd>0</kbd> <kbd>1</kbd> <kbd>2</kbd> mark it and go on to the next; <kbd>Delete</kbd> takes a mark away."
        "</p><noscript><p>Without scripts this page keeps nothing: print it, or rate in the sheet as a table, which "
        "<code>profile-bench rate sheet</code> writes as .csv.</p></noscript></header>"
        f'<form autocomplete="off" data-sheet="{digest}" data-columns="{" ".join(COLUMNS)}" '
        f'data-questions="{" ".join(QUESTIONS)}">'
        f'<p class="rater"><label>Your name <input name="rater" maxlength="80"></label></p>'
        '<p class="scripted buttons" hidden><button type="button" data-do="load">Go on from a saved CSV</button>'
        '<button type="button" data-do="clear">Start over</button><input type="file" accept=".csv,text/csv" '
        f'aria-label="A CSV saved before" hidden></p>{body}</form>'
        '<footer class="scripted" hidden><div><progress value="0" aria-label="Rated"></progress><span role="status">'
        '</span><span class="buttons"><button type="button" data-do="next">Next unrated</button>'
        '<button type="button" data-do="save">Save as CSV</button></span></div></footer>'
        f"<script>{script}</script></body></html>\n"
    )


def _item(number: int, item: SheetItem) -> str:
    cited = "".join(f'<li data-column="evidence" dir="auto">{_text(text)}</li>' for text in item.evidence)
    fields = "".join(_question(number, name) for name in QUESTIONS)
    return (
        f'<section data-id="{_text(item.id)}" aria-labelledby="i{number}"><h2 id="i{number}"><span class="number">'
        f'{number}</span> <span data-column="request" dir="auto">{_text(item.request)}</span></h2>'
        f'<h3>Answer</h3><p><code data-column="answer" dir="auto">{_text(item.answer)}</code></p>'
        f'<h3>Evidence</h3><ul>{cited}</ul><div class="questions">{fields}</div>'
        f'<p><label>Comment <input name="comment-{number}" data-column="comment"></label></p></section>'
    )


def _question(number: int, name: str) -> str:
    asked, meanings = RUBRIC[name]
    marks = "".join(
        f'<label><input type="radio" name="{name}-{number}" value="{mark}"> <b>{mark}</b> <span>{_text(meaning)}</span>'
        "</label>"
        for mark, meaning in zip(MARKS, meanings, strict=True)
    )
    return f'<fieldset data-question="{name}"><legend>{_text(asked)}</legend>{marks}</fieldset>'


def _text(text: str) -> str:
    """Text as such, in an element or in quotes; browsers would turn a carriage return into a line feed."""
    return escape(text, quote=True).replace("\r", "&#13;")


def _sha(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
