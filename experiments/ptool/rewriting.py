"""A language model's part in a synthesis: it rewrites requests, and says of records whether they are sound.

Neither is trusted. A rewrite that loses or adds information is refused by rules, and the request stays as it was
composed; what a model says of a record is counted apart from what the rules found.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from baselines.chat import ChatError
from experiments.ptool.phrasing import phrases
from experiments.ptool.verify import at_path
from resolver.blocks import DATA_RULE, block, quoted

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from baselines.chat import ChatModel
    from experiments.ptool.phrasing import Said

__all__ = ["doubt_of", "refusal_of", "rewritten"]

_NUMBER = re.compile(r"\d+")
_NAME = re.compile(r"(?<=[a-z,;] )[A-Z]\w+")
_WORD = re.compile(r"[^\W\d_]+")
_DOING: Mapping[str, str] = {
    "looks": "look find search list show see check browse know tell details status state stands far",
    "cancels": "cancel call drop undo scrap abort revoke",
    "moves": "move shift put change reschedule postpone delay push rearrange rebook",
    "rates": "rate rating review stars score",
    "repeats": "every regularly recurring repeat repeatedly standing",
    "gets": "order book buy get reserve play rent hire request send purchase",
}
"""Words by which it is told what is to be done, by what that is."""
_DENYING = re.compile(r"\b(?:not|never|no|none|without|nor|neither|instead|except|cannot)\b|n['\u2019]t\b")
_SHORTEST, _LONGEST = 0.4, 2.5
_REWRITE = (
    "You rewrite what a user asks an assistant for. Say the same in other words, as a person would write it. Keep the "
    "listed pieces exactly as they are, letter by letter. Add nothing, leave nothing out, do not answer it. Reply with "
    "the request alone."
)
_CHECK = (
    "An assistant answers a request with calls. For each value of the calls: does the request say it, or does the "
    f"evidence hold it for what the request means? {DATA_RULE}"
)
_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {"supported": {"type": "boolean"}},
    "required": ["supported"],
    "additionalProperties": False,
}


def rewritten(model: ChatModel, said: Said, platforms: Sequence[str], watched: Collection[str] = ()) -> tuple[str, str]:
    """A request in a model's words, and why it is not: one of the two is empty.

    Args:
        model: Rewrites.
        said: The request.
        platforms: Names that must not come in.
        watched: Other words that must not come in.
    """
    pieces = json.dumps(said.pieces, ensure_ascii=False)
    messages = [
        {"role": "system", "content": _REWRITE},
        {"role": "user", "content": f"Request: {said.text}\nPieces to keep: {pieces}"},
    ]
    try:
        text = model.complete(messages).text.strip().strip('"').strip()
    except ChatError as error:
        return "", f"the model did not rewrite: {type(error).__name__}"
    problem = refusal_of(text, said, platforms, watched)
    return ("", problem) if problem else (text, "")


def refusal_of(text: str, said: Said, platforms: Sequence[str], watched: Collection[str] = ()) -> str:
    """Why a rewrite is none: it loses or adds information, or is no other words; empty if it is one.

    Args:
        text: The rewrite.
        said: The request.
        platforms: Names that must not come in.
        watched: Words and phrases that must not come in either: values that a call could have.
    """
    folded, before = text.casefold(), said.text.casefold()
    found = {
        "a rewrite in the same words": not text or folded == before,
        "a rewrite that loses something": any(piece.casefold() not in folded for piece in said.pieces),
        "a rewrite with other numbers": set(_NUMBER.findall(text)) != set(_NUMBER.findall(said.text)),
        "a rewrite that names a platform": any(
            name.casefold() in folded and name.casefold() not in before for name in platforms
        ),
        "a rewrite that adds something": not _telling(folded, watched) <= _telling(before, watched),
        "a rewrite that wants something else done": not _doing(folded) <= _doing(before),
        "a rewrite that denies": len(_DENYING.findall(folded)) != len(_DENYING.findall(before)),
        "a rewrite with a new name": any(name.casefold() not in before for name in _NAME.findall(text)),
        "a rewrite of another length": "\n" in text or not _SHORTEST <= len(text) / len(said.text) <= _LONGEST,
    }
    return next((reason for reason, holds in found.items() if holds), "")


def _telling(text: str, watched: Collection[str]) -> set[str]:
    """The watched words, and those that tell a number, a place or a wish, that a text has."""
    words = set(_WORD.findall(text))
    return (words & phrases().telling) | {own for own in watched if set(_WORD.findall(own.casefold())) <= words}


def _doing(text: str) -> set[str]:
    """What a text wants done, as far as single words tell."""
    words = set(_WORD.findall(text))
    return {kind for kind, own in _DOING.items() if words & set(own.split())}


def doubt_of(model: ChatModel, record: Mapping[str, Any]) -> str:
    """Why a model takes a record for unsound; empty if it does not, or gives no answer."""
    held = {path: at_path(record["user_profile"], path) for path in record["evidence"]}
    text = "\n".join(
        (
            _CHECK,
            "",
            block("request", [quoted(record["query"])]),
            block("calls", [quoted(record["answer"][1])]),
            block("evidence", [quoted(held)]),
            "",
            'Reply with JSON: {"supported": true} or {"supported": false}.',
        )
    )
    try:
        answer = json.loads(model.complete([{"role": "user", "content": text}], schema=_SCHEMA).text)
    except (ChatError, ValueError, RecursionError):
        return ""
    return "a model finds a value that nothing supports" if answer == {"supported": False} else ""
