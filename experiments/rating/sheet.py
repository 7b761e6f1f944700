"""A sheet on which people rate the evidence that answers cite, as CSV and as a page."""

from __future__ import annotations

import csv
import hashlib
import io
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

from experiments._files import write_whole
from experiments.errors import RatingsError
from resolver.formats import render_answer
from resolver.profile import Profile

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from experiments.metrics import Answered

__all__ = [
    "QUESTIONS",
    "RUBRIC",
    "SheetItem",
    "read_ratings",
    "same_answers",
    "sheet_items",
    "sheet_page",
    "write_ratings",
]

RUBRIC: Mapping[str, tuple[str, tuple[str, str, str]]] = {
    "relevant": (
        "Does the evidence bear on the request?",
        (
            "None of it is about what is asked for.",
            "Some of it is, or all of it only loosely.",
            "All of it is about what is asked for, or about the services that could do it.",
        ),
    ),
    "supports": (
        "Does the evidence support the answer?",
        (
            "It speaks for another answer, or for none.",
            "It speaks for a part of the answer, or for the answer among others.",
            "Who reads it, and nothing else of the user, would choose this service and these values of the user's.",
        ),
    ),
}
"""By question its words and what the marks 0, 1 and 2 mean. Values that the request itself says need no evidence."""

QUESTIONS = tuple(RUBRIC)
_COLUMNS = ("id", "request", "answer", "evidence", *QUESTIONS, "comment")
_RATED = ("answer", "evidence")  # compared by their words, since a spreadsheet may write other line ends
_MARKS = ("0", "1", "2")


class SheetItem(NamedTuple):
    """One answer to be rated.

    Attributes:
        id: Of the record.
        request: What was asked.
        answer: The calls, in PTBench's form.
        evidence: The texts of the records cited.
    """

    id: str
    request: str
    answer: str
    evidence: tuple[str, ...]


def sheet_items(answered: Sequence[Answered], *, count: int) -> list[SheetItem]:
    """Answers that call something and cite something, drawn by a hash of their ids.

    Args:
        answered: Records with a system's answers.
        count: How many at most.
    """
    rows = [one for one in answered if one.prediction.cited and one.prediction.all_calls]
    rows.sort(key=lambda one: hashlib.sha256(f"rating/{one.record.id}".encode()).digest())
    return [_item(one) for one in rows[:count]]


def write_ratings(
    path: Path, items: Sequence[SheetItem], ratings: Mapping[str, Mapping[str, int]] | None = None
) -> None:
    """The sheet as CSV, with ratings filled in where there are any, and otherwise blank for a person."""
    text = io.StringIO()
    writer = csv.DictWriter(text, _COLUMNS, lineterminator="\n")
    writer.writeheader()
    for item in items:
        marks = (ratings or {}).get(item.id, {})
        row = {
            **item._asdict(),
            "evidence": "\n".join(item.evidence),
            **{name: marks.get(name, "") for name in QUESTIONS},
        }
        writer.writerow({name: _inert(str(value)) for name, value in row.items()})
    write_whole(path, text.getvalue())


def read_ratings(path: Path) -> dict[str, dict[str, int]]:
    """By record id the marks that a filled-in sheet gives; what was left blank is not there.

    Raises:
        RatingsError: The file is no such sheet, an id is there twice, or a mark is none of 0, 1 and 2.
    """
    found: dict[str, dict[str, int]] = {}
    for line, row in enumerate(_rows(path), 2):
        own = (row.get("id") or "").removeprefix("'")
        if not own or any(name not in row for name in QUESTIONS):
            raise RatingsError(f"{path}: row {line}: expected the columns id, {', '.join(QUESTIONS)}")
        if own in found:
            raise RatingsError(f"{path}: row {line}: {own!r} is there twice")
        marks = {name: (row[name] or "").strip() for name in QUESTIONS}
        if wrong := [name for name, mark in marks.items() if mark not in ("", *_MARKS)]:
            raise RatingsError(f"{path}: row {line}: {wrong[0]} is {marks[wrong[0]]!r}; marks are 0, 1 and 2")
        found[own] = {name: int(mark) for name, mark in marks.items() if mark}
    return found


def same_answers(first: Path, second: Path) -> bool:
    """Whether two sheets rate the same answers with the same evidence, as far as both have these written down.

    Raises:
        RatingsError: A file cannot be read.
    """
    ours, theirs = (
        {(row.get("id"), name): row[name].split() for row in _rows(path) for name in _RATED if row.get(name)}
        for path in (first, second)
    )
    return all(ours[own] == theirs[own] for own in ours.keys() & theirs.keys())


def _rows(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file, strict=True))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise RatingsError(f"{path}: {error}") from error


def sheet_page(items: Sequence[SheetItem], *, title: str) -> str:
    """The sheet as a page: to be filled in with a browser, which saves it as CSV, or on paper."""
    style, script = ((files("experiments.rating") / name).read_text("utf-8") for name in ("sheet.css", "sheet.js"))
    rubric = "".join(
        f"<h2>{escape(name)}: {escape(asked)}</h2><ol start=0>{''.join(f'<li>{escape(mark)}' for mark in marks)}</ol>"
        for name, (asked, marks) in RUBRIC.items()
    )
    body = "".join(_on_page(number, item) for number, item in enumerate(items, 1))
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{style}</style></head><body>'
        f"<h1>{escape(title)}</h1><p>{len(items)} answers. Values that the request itself says need no evidence.</p>"
        f'{rubric}<form>{body}</form><p><button type="button" hidden>Save as CSV</button> '
        '<span role="status"></span></p>'
        f"<script>{script}</script></body></html>\n"
    )


def _on_page(number: int, item: SheetItem) -> str:
    cited = "".join(f"<li>{escape(text)}" for text in item.evidence)
    fields = "".join(
        f"<fieldset><legend>{escape(name)}</legend>"
        + "".join(
            f'<label><input type="radio" name="{escape(name)}-{number}" value="{mark}"> {mark}</label>'
            for mark in _MARKS
        )
        + "</fieldset>"
        for name in QUESTIONS
    )
    return (
        f'<section data-id="{escape(item.id, quote=True)}"><h3>{number}. {escape(item.request)}</h3>'
        f"<p><code>{escape(item.answer)}</code></p><ul>{cited}</ul>{fields}"
        f'<label>comment <input name="comment-{number}"></label></section>'
    )


def _item(one: Answered) -> SheetItem:
    profile = Profile.from_json(one.record.case.user_profile)
    texts = {str(fact.id): fact.text for fact in profile.facts}
    texts.update((str(event.id), event.text) for event in profile.events)
    here = one.prediction.platform or ""
    calls = [(call.platform or here, call.function, dict(call.arguments)) for call in one.prediction.all_calls]
    return SheetItem(
        id=str(one.record.id),
        request=one.record.case.query,
        answer=render_answer(calls),
        evidence=tuple(texts.get(own, own) for own in one.prediction.cited),
    )


def _inert(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text
