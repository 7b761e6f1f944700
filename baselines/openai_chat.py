"""Chat models behind any server that speaks OpenAI's chat completions."""

from __future__ import annotations

import json
import os
import threading
import time
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from baselines.chat import ChatAnswerError, ChatError, ChatRefusedError, ChatUnavailableError, Completion
from baselines.deadline import Deadline, watch
from baselines.endpoint import read_endpoint
from baselines.masking import Mask, is_secret
from baselines.usage import Usage, counted_usage

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from openai.types.chat import ChatCompletion
    from pydantic import JsonValue

    from baselines.chat import Message
    from baselines.completion_cache import CompletionCache

__all__ = ["OpenAIChat"]

_NO_KEY = "none"  # the client wants one; a local server does not
_OPENAI = "https://api.openai.com/v1"
_LONGEST_MESSAGE = 300


class OpenAIChat:
    """A model behind an OpenAI-compatible server, by the official client.

    Busy servers (429), failing ones (5xx), lost connections, truncated and unreadable bodies and stalls are tried again
    with growing pauses, as often as ``attempts`` says; a refusal (another 4xx) is not, nor an empty answer that ended
    for its length. The usage of a completion is that of all its tries that the server counted; an error says it in
    words. The key is in the client alone: no error, configuration, completion, log line or cache entry holds it, unless
    it is an everyday word ("test") or shorter than four characters.

    Args:
        model: The model's name.
        base_url: Of the server, such as ``http://127.0.0.1:8080/v1``; else ``OPENAI_BASE_URL``, else OpenAI's. A user
            and a password in it are sent in a header, in the key's place.
        api_key: Else ``OPENAI_API_KEY``; a server on this machine needs none.
        temperature: 0 for the likeliest answer.
        max_tokens: Longest answer.
        seed: Sent along where it is given.
        timeout: Seconds without a byte after which a try is given up.
        deadline: Seconds after which a request is given up, with all its tries and the pauses between them, also where
            bytes still drip in. It begins when one of the places of ``concurrency`` is free.
        attempts: How often a request is tried.
        longest_pause: Seconds between two tries at most, also where the server asks for more.
        reasoning: The model reasons before it answers: it is sent no temperature, and ``max_tokens``, which covers its
            thoughts, as ``max_completion_tokens``.
        concurrency: How many requests may be under way at once, of all threads.
        prices: Per million tokens of prompt and of completion, in any currency; the sum is in `Usage.cost`.
        cache: Where completions are kept and found.

    Raises:
        ImportError: The extra ``llm`` is not installed.
        ValueError: A setting is out of range, the address is none or holds the key, or the key cannot be sent.
    """

    def __init__(
        self,
        model: str,
        *,
        base_url: str | None = None,
        api_key: str | None = None,
        temperature: float = 0.0,
        max_tokens: int = 256,
        seed: int | None = None,
        timeout: float = 120.0,
        deadline: float = 600.0,
        attempts: int = 5,
        longest_pause: float = 30.0,
        reasoning: bool = False,
        concurrency: int = 4,
        prices: tuple[float, float] | None = None,
        cache: CompletionCache | None = None,
    ) -> None:
        from openai import DefaultHttpxClient, OpenAI  # noqa: PLC0415  (an extra)

        limits = {"timeout": timeout, "deadline": deadline, "attempts": attempts, "concurrency": concurrency}
        for name, value in limits.items():
            if value <= 0:
                raise ValueError(f"{name} must be above 0, got {value}")
        if longest_pause < 0:
            raise ValueError(f"longest_pause must be at least 0, got {longest_pause}")
        key = (api_key or os.environ.get("OPENAI_API_KEY") or "").strip() or _NO_KEY
        if not (key.isascii() and key.isprintable()):
            raise ValueError("the key holds what no HTTP header can: look at OPENAI_API_KEY")
        server = read_endpoint(base_url or os.environ.get("OPENAI_BASE_URL") or _OPENAI)
        if is_secret(key) and (key in server.url or key in unquote(server.url)):
            raise ValueError("the base URL holds the key, and is shown and kept: give the key as OPENAI_API_KEY alone")
        self._mask = Mask((key, *server.secrets))
        self._client = OpenAI(
            api_key=key,
            base_url=server.url,
            timeout=timeout,
            max_retries=0,
            default_headers={"Connection": "close", **server.headers},  # one for each try, so that it can be shut
            http_client=DefaultHttpxClient(event_hooks={"request": [watch]}),
        )
        self._model, self._prices, self._cache = model, prices, cache
        self._settings: dict[str, Any] = {"temperature": temperature, "max_tokens": max_tokens}
        if reasoning:
            self._settings = {"max_completion_tokens": max_tokens}
        self._max_tokens = max_tokens
        if seed is not None:
            self._settings["seed"] = seed
        self._attempts, self._longest_pause, self._deadline = attempts, longest_pause, deadline
        self._free = threading.BoundedSemaphore(concurrency)

    def __repr__(self) -> str:
        """Model and endpoint."""
        return f"OpenAIChat({self._model!r}, base_url={self.endpoint!r})"

    @property
    def endpoint(self) -> str:
        """The server's address, without what it may say of a user."""
        return str(self._client.base_url).rstrip("/")

    @property
    def configuration(self) -> Mapping[str, JsonValue]:
        """Model, endpoint and sampling settings."""
        return {"model": self._model, "endpoint": self.endpoint, **self._settings}

    def complete(
        self,
        messages: Sequence[Message],
        *,
        schema: Mapping[str, Any] | None = None,
        tools: Sequence[Mapping[str, Any]] | None = None,
    ) -> Completion:
        """The completion of a conversation, from the cache where that has it; see `baselines.chat.ChatModel`.

        Raises:
            ChatUnavailableError: No answer after all tries.
            ChatRefusedError: The server refuses the request.
            ChatAnswerError: What came is empty for its length, or after all tries empty or no completion.
            ValueError: With a cache: the conversation, schema or tools hold what JSON cannot.
        """
        request: dict[str, Any] = {**self.configuration, "messages": list(messages)}
        if schema is not None:
            request["schema"] = dict(schema)
        if tools is not None:
            request["tools"] = list(tools)
        ask = partial(self._tried, request)
        if self._cache is None:
            return ask()
        completion = self._cache.completed(request, ask)
        if not completion.usage.cached:
            return completion
        return self._masked(completion.model_copy(update={"usage": completion.usage.priced(self._prices)}))

    def _tried(self, request: Mapping[str, Any]) -> Completion:
        """The answer of the first try that has one, with what all tries took."""
        from tenacity import (  # noqa: PLC0415  (an extra)
            Retrying,
            retry_if_exception_type,
            stop_after_attempt,
            stop_before_delay,
        )

        tries = Retrying(
            stop=stop_after_attempt(self._attempts) | stop_before_delay(self._deadline),
            wait=partial(_pause, longest=self._longest_pause),
            retry=retry_if_exception_type((ChatUnavailableError, ChatAnswerError)),
            reraise=True,
        )
        billed: list[Usage] = []
        try:
            with self._free:
                started = time.monotonic()
                completion = tries(self._in_time, request, billed, Deadline(self._deadline))
                seconds = round(time.monotonic() - started, 3)
            if not _says_something(completion):
                limit = self._max_tokens
                raise ChatAnswerError(f"the answer is empty (it ended for 'length'): max_tokens is {limit}, allow more")
        except ChatError as error:
            error.usage = sum(billed, Usage())
            if tokens := error.usage.tokens_in_words():
                error.args = (f"{error}; billed: {tokens}",)
            raise
        uncounted = int(not billed[-1].calls)  # a completion all the same
        return completion.model_copy(update={"usage": sum(billed, Usage(calls=uncounted, seconds=seconds))})

    def _in_time(self, request: Mapping[str, Any], billed: list[Usage], deadline: Deadline) -> Completion:
        """The answer of one try, before the time of all tries is up."""
        try:
            with deadline.held():
                return self._once(request, billed)
        except (ChatUnavailableError, ChatAnswerError):
            if deadline.left:
                raise
            problem = f"no whole answer within {self._deadline:g} s, with all tries, from {self.endpoint}"
            raise ChatUnavailableError(problem) from None

    def _once(self, request: Mapping[str, Any], billed: list[Usage]) -> Completion:
        """The answer of one try; what the server counted for it is added to ``billed``, also if it has none."""
        import openai  # noqa: PLC0415  (an extra)

        try:
            made = self._client.chat.completions.create(**self._arguments(request))
            billed.append(counted_usage(made.usage, self._prices))
            completion = self._masked(_read(made))
        except ChatError:
            raise
        except openai.APIStatusError as error:
            problem = self._clean(f"the server answered {error.status_code}: {error.message}")
            busy = error.status_code in {408, 409, 429} or error.status_code >= 500  # noqa: PLR2004
            if not busy:
                raise ChatRefusedError(problem) from None
            wait = _seconds(error.response.headers.get("retry-after"))
            raise ChatUnavailableError(problem, retry_after=wait) from None
        except openai.APITimeoutError:
            raise ChatUnavailableError(f"no answer within {self._client.timeout} s from {self.endpoint}") from None
        except openai.APIConnectionError as error:
            cause = self._clean(f"{error.__cause__ or error}")
            raise ChatUnavailableError(f"no connection to {self.endpoint}: {cause}") from None
        except Exception as error:  # noqa: BLE001 - for a body that is no JSON or no completion the client raises many
            raise ChatAnswerError(self._clean(f"no completion: {type(error).__name__}: {error}")) from None
        return completion

    def _arguments(self, request: Mapping[str, Any]) -> dict[str, Any]:
        arguments = {"model": self._model, "messages": _sendable(request["messages"]), **self._settings}
        if "schema" in request:
            wrapped = {"name": "answer", "schema": request["schema"]}
            arguments["response_format"] = {"type": "json_schema", "json_schema": wrapped}
        if "tools" in request:
            arguments["tools"] = request["tools"]
        return arguments

    def _clean(self, text: str) -> str:
        """A message without any secret, and not too long."""
        return self._mask.text(text)[:_LONGEST_MESSAGE]

    def _masked(self, completion: Completion) -> Completion:
        """A completion without any secret, which a server may echo: it is kept, and goes into predictions."""
        called = self._mask.value(list(completion.tool_calls))
        told = {"text": self._mask.text(completion.text), "finish": self._mask.text(completion.finish)}
        return completion.model_copy(update={**told, "tool_calls": tuple(called) if isinstance(called, list) else ()})


def _read(made: ChatCompletion) -> Completion:
    """The answer, which may be empty where it ended for its length: asked again, it would be so again."""
    choice = made.choices[0]
    calls = tuple(call.model_dump(mode="json") for call in choice.message.tool_calls or ())
    completion = Completion(text=choice.message.content or "", tool_calls=calls, finish=choice.finish_reason or "stop")
    if not _says_something(completion) and completion.finish != "length":
        raise ChatAnswerError(f"the answer is empty (it ended for {choice.finish_reason!r})")
    return completion


def _says_something(completion: Completion) -> bool:
    return bool(completion.text.strip() or completion.tool_calls)


def _sendable(messages: Sequence[Message]) -> Sequence[Message]:
    """Messages of whole characters: half of a surrogate pair, which JSON can hold and UTF-8 cannot, becomes ``?``."""
    text = json.dumps(list(messages), ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        whole: list[Message] = json.loads(text.encode(errors="replace"))
        return whole
    return messages


def _seconds(text: str | None) -> float | None:
    """What a server says of waiting, in seconds; None where it says nothing, or a date."""
    try:
        return max(0.0, float(text or ""))
    except ValueError:
        return None


def _pause(state: Any, *, longest: float) -> float:  # noqa: ANN401 - tenacity's RetryCallState, which may be missing
    """Seconds before the next try: what the server asked for, else growing from half a second, with some chance."""
    from tenacity import wait_random_exponential  # noqa: PLC0415  (an extra)

    error = state.outcome.exception()
    if isinstance(error, ChatUnavailableError) and error.retry_after is not None:
        return min(error.retry_after, longest)
    return float(wait_random_exponential(multiplier=0.5, max=longest)(state))
