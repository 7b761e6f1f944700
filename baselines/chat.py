"""A chat model: messages in, one completion out, whoever makes it.

Tree of errors::

    ChatError(Exception)
    ├── ChatUnavailableError     no answer after all tries: no connection, time is up, the server is busy or fails
    ├── ChatRefusedError         the server refuses the request: key, model, too long, not understood
    └── ChatAnswerError          an answer came and is none: empty, or no completion
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from pydantic import BaseModel, ConfigDict, JsonValue

from baselines.usage import Usage

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = [
    "ChatAnswerError",
    "ChatError",
    "ChatModel",
    "ChatRefusedError",
    "ChatUnavailableError",
    "Completion",
    "Message",
    "ScriptedModel",
]

Message = dict[str, Any]
"""A message in OpenAI's form, with ``role`` and ``content``."""


class ChatError(Exception):
    """Base of what a chat model raises on purpose.

    Attributes:
        usage: What was spent all the same, as the server counted it.
    """

    usage: Usage = Usage()


class ChatUnavailableError(ChatError):
    """No answer after all tries: no connection, time is up, the server is busy or fails.

    Attributes:
        retry_after: Seconds for which the server wants to be left alone, where it says so.
    """

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class ChatRefusedError(ChatError):
    """The server refuses the request, and would again."""


class ChatAnswerError(ChatError):
    """An answer came and is none: empty, cut off, or no completion at all."""


class Completion(BaseModel):
    """What a model answered.

    Attributes:
        text: The text, empty where it only called tools.
        tool_calls: In OpenAI's form.
        finish: Why it ended, as the server says it: ``stop``, ``length``, ...
        usage: What it took.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: str = ""
    tool_calls: tuple[dict[str, JsonValue], ...] = ()
    finish: str = "stop"
    usage: Usage = Usage()

    def message(self) -> dict[str, Any]:
        """The message as OpenAI's form has it, which `resolver.Resolver.check` reads."""
        return {"role": "assistant", "content": self.text, "tool_calls": list(self.tool_calls)}


@runtime_checkable
class ChatModel(Protocol):
    """Anything that completes a conversation.

    Attributes:
        configuration: What the answers depend on, as JSON: model, endpoint, settings. Never a key.
    """

    @property
    def configuration(self) -> Mapping[str, JsonValue]:
        """What the answers depend on."""
        ...

    def complete(
        self,
        messages: Sequence[Message],
        *,
        schema: Mapping[str, Any] | None = None,
        tools: Sequence[Mapping[str, Any]] | None = None,
    ) -> Completion:
        """The completion of a conversation.

        Args:
            messages: In OpenAI's form.
            schema: JSON Schema that the text has to satisfy.
            tools: Tools that may be called, in OpenAI's form.

        Raises:
            ChatError: There is no answer.
        """
        ...


class ScriptedModel:
    """A model for tests: answers from a list, in order, or by a function of the messages.

    Args:
        answers: Texts, completions or errors, one for each call; or what makes one from the messages.

    Attributes:
        asked: The messages, schema and tools of each call.

    >>> model = ScriptedModel(["{}"])
    >>> model.complete([{"role": "user", "content": "hello"}]).text
    '{}'
    """

    def __init__(
        self,
        answers: Sequence[str | Completion | Exception] | Callable[[Sequence[Message]], str | Completion],
    ) -> None:
        self._answers = answers
        self.asked: list[dict[str, Any]] = []

    @property
    def configuration(self) -> Mapping[str, JsonValue]:
        """It says that it is scripted."""
        return {"model": "scripted"}

    def complete(
        self,
        messages: Sequence[Message],
        *,
        schema: Mapping[str, Any] | None = None,
        tools: Sequence[Mapping[str, Any]] | None = None,
    ) -> Completion:
        """The next answer. Raises `ChatUnavailableError` when there is none left."""
        number = len(self.asked)
        self.asked.append({"messages": list(messages), "schema": schema, "tools": tools})
        if callable(self._answers):
            answer: str | Completion | Exception = self._answers(messages)
        elif number < len(self._answers):
            answer = self._answers[number]
        else:
            raise ChatUnavailableError(f"the script has {len(self._answers)} answers and was asked {number + 1} times")
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, Completion):
            return answer
        words = sum(len(str(message.get("content")).split()) for message in messages)
        return Completion(text=answer, usage=Usage(calls=1, prompt_tokens=words, completion_tokens=len(answer.split())))
