"""A language model as a rater, with the rubric that people have."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from baselines.chat import ChatError
from experiments.rating.sheet import QUESTIONS, RUBRIC
from resolver.blocks import DATA_RULE, block, quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from baselines.chat import ChatModel
    from experiments.rating.sheet import SheetItem

__all__ = ["judge"]

_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {name: {"type": "integer", "enum": [0, 1, 2]} for name in QUESTIONS},
    "required": list(QUESTIONS),
    "additionalProperties": False,
}


class Judged(NamedTuple):
    """What a model rated.

    Attributes:
        marks: By record id.
        unrated: By record id why there are none.
    """

    marks: dict[str, dict[str, int]]
    unrated: dict[str, str]


def judge(
    items: Sequence[SheetItem], model: ChatModel, *, progress: Callable[[int, int], None] | None = None
) -> Judged:
    """Marks of a language model, and why there are none where it gave none.

    Args:
        items: What to rate.
        model: Completes, bound by a JSON Schema.
        progress: Called with how many are done, of how many.
    """
    found = Judged({}, {})
    for number, item in enumerate(items, 1):
        try:
            text = model.complete(_messages(item), schema=_SCHEMA).text
        except ChatError as error:
            found.unrated[item.id] = str(error)
        else:
            marks = _read(text)
            if marks is None:
                found.unrated[item.id] = "the answer has no marks"
            else:
                found.marks[item.id] = marks
        if progress is not None:
            progress(number, len(items))
    return found


def _messages(item: SheetItem) -> list[dict[str, Any]]:
    rubric = "\n".join(
        f"{name}: {asked}\n" + "\n".join(f"  {mark}: {meaning}" for mark, meaning in enumerate(marks))
        for name, (asked, marks) in RUBRIC.items()
    )
    text = "\n".join(
        (
            "An assistant answered a request and cited evidence from what it knows of the user. Rate the evidence.",
            f"Values that the request itself says need no evidence. {DATA_RULE}",
            "",
            rubric,
            "",
            block("request", [quoted(item.request)]),
            block("answer", [quoted(item.answer)]),
            block("evidence", map(quoted, item.evidence)),
            "",
            f"Reply with a JSON object with the marks for {' and '.join(QUESTIONS)}.",
        )
    )
    return [{"role": "user", "content": text}]


def _read(text: str) -> dict[str, int] | None:
    try:
        read = json.loads(text)
        marks = {name: read[name] for name in QUESTIONS}
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return marks if all(type(mark) is int and 0 <= mark <= 2 for mark in marks.values()) else None  # noqa: PLR2004
