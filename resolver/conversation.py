"""Chat messages: what the user asks in them, and how a text is put before them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from resolver.errors import QueryError

__all__ = ["Message", "query_of", "text_of", "told_in", "with_instructions"]

Message = dict[str, Any]
"""A message in OpenAI's form: ``role`` and ``content``, which is text or a list of parts."""

_SPEAKERS = {"user": "User", "assistant": "Assistant"}


def query_of(messages: Sequence[Mapping[str, Any]]) -> str:
    """What the user asks: the user's message, or the turns of user and assistant, labelled, where there are several.

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
    return "\n".join(f"{_SPEAKERS[role]}: {text}" for role, text in turns)


def told_in(messages: Sequence[Mapping[str, Any]]) -> list[str]:
    """Everything that messages say, whoever said it: their texts, what tools gave back, and what was called before."""
    told = [text_of(message.get("content")) for message in messages]
    called = (message.get("tool_calls") for message in messages)
    return [*told, *(str(calls) for calls in called if calls)]


def with_instructions(messages: Sequence[Mapping[str, Any]], text: str) -> tuple[Message, ...]:
    """Messages with a text in the system message: behind what it says, or alone in a new one; the others unchanged."""
    copied = [dict(message) for message in messages]
    if copied and copied[0]["role"] in {"system", "developer"}:
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
