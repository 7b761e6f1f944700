"""A sheet on which people rate the evidence that answers cite, as CSV; `experiments.rating.sheet_page` has the page."""

from __future__ import annotations

import csv
import hashlib
import io
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
    "COLUMNS",
    "MARKS",
    "NOTE",
    "QUESTIONS",
    "RUBRIC",
    "SheetItem",
    "read_rater",
    "read_ratings",
    "same_answers",
    "sheet_items",
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
"""By question its words and what the marks 0, 1 and 2 mean."""

NOTE = "Values that the request itself says need no evidence."

QUESTIONS = tuple(RUBRIC)
COLUMNS = ("id", "request", "answer", "evidence", *QUESTIONS, "comment", "rater")
"""Of a sheet as CSV, in this order."""

MARKS = ("0", "1", "2")
_RATED = ("answer", "evidence")  # compared by their words, since a spreadsheet may write other line ends
_ACTIVE = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20'")  # the wide ones are signs, too, in some spreadsheets


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
    path: Path,
    items: Sequence[SheetItem],
    ratings: Mapping[str, Mapping[str, int]] | None = None,
    *,
    rater: str = "",
) -> None:
    """The sheet as CSV, with ratings filled in where there are any, and otherwise blank for a person.

    It begins with a byte order mark, without which spreadsheets take UTF-8 for something else.
    """
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writeheader()
    for item in items:
        marks = (ratings or {}).get(item.id, {})
        row = {
            **item._asdict(),
            "evidence": "\n".join(item.evidence),
            **{name: marks.get(name, "") for name in QUESTIONS},
            "comment": "",
            "rater": rater,
        }
        writer.writerow({name: _inert(str(value)) for name, value in row.items()})
    write_whole(path, f"\ufeff{text.getvalue()}")


def read_ratings(path: Path) -> dict[str, dict[str, int]]:
    """By record id the marks that a filled-in sheet gives; what was left blank is not there.

    Commas, semicolons or tabs part the columns, as a spreadsheet has them.

    Raises:
        RatingsError: The file is no such sheet, an id is there twice, or a mark is none of 0, 1 and 2.
    """
    found: dict[str, dict[str, int]] = {}
    for number, row in _rows(path):
        own = row["id"]
        if own in found:
            raise RatingsError(f"{path}: row {number}: {own!r} is there twice")
        marks = {name: row[name].strip() for name in QUESTIONS}
        if wrong := [name for name, mark in marks.items() if mark not in ("", *MARKS)]:
            raise RatingsError(f"{path}: row {number}: {wrong[0]} is {marks[wrong[0]]!r}; marks are 0, 1 and 2")
        found[own] = {name: int(mark) for name, mark in marks.items() if mark}
    return found


def read_rater(path: Path) -> str:
    """Who filled in a sheet, as far as it says so; several names where several did.

    Raises:
        RatingsError: As of `read_ratings`.
    """
    return ", ".join(dict.fromkeys(name for _, row in _rows(path) if (name := row.get("rater", "").strip())))


def same_answers(first: Path, second: Path) -> bool:
    """Whether two sheets rate the same answers with the same evidence, as far as both have these written down.

    Raises:
        RatingsError: As of `read_ratings`.
    """
    ours, theirs = (
        {(row["id"], name): row[name].split() for _, row in _rows(path) for name in _RATED if row.get(name)}
        for path in (first, second)
    )
    return all(ours[own] == theirs[own] for own in ours.keys() & theirs.keys())


def _rows(path: Path) -> list[tuple[int, dict[str, str]]]:
    """The rows of a sheet that are not blank, as they were before their cells were made inert, with their numbers."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True))
    except UnicodeDecodeError as error:
        raise RatingsError(f"{path}: this is not UTF-8; save it as CSV in UTF-8") from error
    except (OSError, csv.Error) as error:
        raise RatingsError(f"{path}: {error}") from error
    names = lines[0] if lines else []
    if wrong := [name for name in ("id", *QUESTIONS) if names.count(name) != 1]:
        times = names.count(wrong[0])
        raise RatingsError(
            f"{path}: expected the columns id, {', '.join(QUESTIONS)} once each; {wrong[0]!r} is there {times} times"
        )
    rows = []
    for number, cells in enumerate(lines[1:], 2):
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) > len(names):
            raise RatingsError(f"{path}: row {number} has {len(cells)} cells, and the first row {len(names)}")
        row = {name: cell.removeprefix("'") for name, cell in zip(names, cells, strict=False)}
        if not row["id"]:
            raise RatingsError(f"{path}: row {number} has no id")
        rows.append((number, dict.fromkeys(names, "") | row))
    return rows


def _delimiter(text: str) -> str:
    """What parts the columns, by the first line: spreadsheets of many countries write semicolons."""
    first = text.partition("\n")[0]
    return max(",;\t", key=first.count)


def _item(one: Answered) -> SheetItem:
    profile = Profile.from_json(one.record.case.user_profile)
    texts = {str(fact.id): fact.text for fact in profile.facts}
    texts.update((str(event.id), event.text) for event in profile.events)
    here = one.prediction.platform or ""
    calls = [(call.platform or here, call.function, dict(call.arguments)) for call in one.prediction.all_calls]
    return SheetItem(
        id=_plain(str(one.record.id)),
        request=_plain(one.record.case.query),
        answer=_plain(render_answer(calls)),
        evidence=tuple(_plain(texts.get(own, own)) for own in one.prediction.cited),
    )


def _plain(text: str) -> str:
    """Text that CSV and pages can hold: what is no character is replaced."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\0", "\ufffd")


def _inert(text: str) -> str:
    """A cell that no spreadsheet takes for a formula, nor for one that was made inert already."""
    return f"'{text}" if text.lstrip(" ")[:1] in _ACTIVE else text
