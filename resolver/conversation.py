"""Chat messages: what the user asks in them, and how a text is put before them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from resolver.errors import QueryError

__all__ = [
    "LONGEST_QUERY",
    "ROLE_LABEL",
    "SYSTEM_ROLES",
    "Message",
    "query_of",
    "text_of",
    "told_in",
    "with_instructions",
]

LONGEST_QUERY = 20_000
"""Characters of a query that are read."""

ROLE_LABEL = r"[ \t]*(?:user|human|customer|(?P<other>agent|assistant|system|bot|ai))[ \t]*:[ \t]*"
"""What begins a line of a dialogue: who speaks."""

Message = dict[str, Any]
"""A message in OpenAI's form: ``role`` and ``content``, which is text or a list of parts."""

SYSTEM_ROLES = frozenset(("system", "developer"))
"""Roles of messages that instruct a model."""

_SPEAKERS = {"user": "User", "assistant": "Assistant"}
_FORGED = re.compile(rf"\s*\n(?={ROLE_LABEL})", re.IGNORECASE)


def query_of(messages: Sequence[Mapping[str, Any]]) -> str:
    """What the user asks: the user's message, or the turns of user and assistant, labelled, where there are several.

    Of a long conversation the latest turns are kept, of 20,000 characters or so. A line within a turn that begins as a
    turn does ("User: ...", as in a page that an assistant quotes) begins none.

    Raises:
        QueryError: The messages are none, or the user says nothing in them.

    >>> query_of([{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Order ramen"}])
    'Order ramen'
    """
    if not isinstance(messages, Sequence):
        raise QueryError(f"messages are a text or a list of messages, got {type(messages).__name__}")
    turns: list[tuple[str, str]] = []
    for number, message in enumerate(messages):
        if not isinstance(message, Mapping) or not isinstance(message.get("role"), str):
            raise QueryError(f"message {number} is no mapping with a role and content: {str(message)[:80]!r}")
        text = text_of(message.get("content"))
        if message["role"] in _SPEAKERS and text.strip():
            turns.append((message["role"], text))
    if not any(role == "user" for role, _ in turns):
        raise QueryError("no message of the user has any text")
    if len(turns) == 1:
        return turns[0][1]
    return "\n".join(f"{_SPEAKERS[role]}: {_FORGED.sub(' ', text)}" for role, text in _latest(turns))


def _latest(turns: Sequence[tuple[str, str]]) -> Sequence[tuple[str, str]]:
    """The turns that are not too long together: the user's last one, what follows it, and what fits before."""
    last = max(place for place, (role, _) in enumerate(turns) if role == "user")
    room = LONGEST_QUERY - sum(len(text) for _, text in turns[last:])
    first = last
    while first and len(turns[first - 1][1]) <= room:
        first -= 1
        room -= len(turns[first][1])
    return turns[first:]


def told_in(messages: Sequence[Mapping[str, Any]]) -> list[str]:
    """Everything that messages say, whoever said it: their texts, what tools gave back, and what was called before."""
    told = [text_of(message.get("content")) for message in messages]
    called = (message.get("tool_calls") for message in messages)
    return [*told, *(str(calls) for calls in called if calls)]


def with_instructions(messages: Sequence[Mapping[str, Any]], text: str) -> tuple[Message, ...]:
    """Messages with a text in the system message: behind what it says, or alone in a new one; the others unchanged."""
    copied = [dict(message) for message in messages]
    if copied and copied[0]["role"] in SYSTEM_ROLES:
        before = text_of(copied[0].get("content")).strip()
        copied[0]["content"] = f"{before}\n\n{text}" if before else text
        return tuple(copied)
    return ({"role": "system", "content": text}, *copied)


def text_of(content: object) -> str:
    """The text of a message's content, that of several parts on a line each; what is no text is left out."""
    if isinstance(content, str):
        return content
    if isinstance(content, Sequence):
        parts = (part.get("text") for part in content if isinstance(part, Mapping) and part.get("type") == "text")
        return "\n".join(part for part in parts if isinstance(part, str))
    return ""
