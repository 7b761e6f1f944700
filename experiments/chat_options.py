"""Which language model a command asks: its options, and the client made from them."""

from __future__ import annotations

import functools
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from collections.abc import Callable

    from baselines.chat import ChatModel

__all__ = ["ChatOptions", "chat_options"]

_F = TypeVar("_F", bound="Callable[..., Any]")


@dataclass(frozen=True, kw_only=True)
class ChatOptions:
    """A language model behind an OpenAI-compatible server. The key is read from ``OPENAI_API_KEY``, never an option.

    Attributes:
        model: Its name.
        base_url: Of the server.
        cache: Folder of completions.
        max_tokens: Longest answer.
        timeout: Seconds without a byte after which a try is given up.
        deadline: Seconds after which a request is given up, with all its tries.
        attempts: How often a request is tried.
        prices: Per million tokens of prompt and of completion.
        reasoning: The model reasons before it answers.
        model_seed: Sent along, for servers that draw by it.
    """

    model: str | None = None
    base_url: str | None = None
    cache: str | None = None
    max_tokens: int = 256
    timeout: float = 300.0
    deadline: float = 900.0
    attempts: int = 5
    prices: tuple[float, float] | None = None
    reasoning: bool = False
    model_seed: int | None = None

    def open(self) -> ChatModel:
        """The client.

        Raises:
            click.UsageError: No model is named, its address or key is none, or the extra ``llm`` is not installed.
        """
        from baselines.completion_cache import CompletionCache  # noqa: PLC0415
        from baselines.openai_chat import OpenAIChat  # noqa: PLC0415

        if self.model is None:
            raise click.UsageError("name a language model by --model")
        try:
            return OpenAIChat(
                self.model,
                base_url=self.base_url,
                max_tokens=self.max_tokens,
                timeout=self.timeout,
                deadline=self.deadline,
                attempts=self.attempts,
                prices=self.prices,
                reasoning=self.reasoning,
                seed=self.model_seed,
                cache=CompletionCache(self.cache) if self.cache else None,
            )
        except ImportError as error:
            raise click.UsageError(
                "a language model needs the extra llm: pip install 'profile-resolver[llm]'"
            ) from error
        except ValueError as error:
            raise click.UsageError(str(error)) from error


def chat_options(command: _F) -> _F:
    """Give a command the options of `ChatOptions`, which it gets as ``chat``."""

    @functools.wraps(command)
    def wrapped(**options: Any) -> Any:  # noqa: ANN401 - click's own
        own = {field.name: options.pop(field.name) for field in fields(ChatOptions) if field.name in options}
        return command(chat=ChatOptions(**own), **options)

    for decorate in reversed(_OPTIONS):
        wrapped = decorate(wrapped)
    return wrapped  # type: ignore[return-value]


_OPTIONS = (
    click.option("--model", help="Language model for the systems llm_*; its key is OPENAI_API_KEY."),
    click.option("--base-url", help="Of its OpenAI-compatible server; else OPENAI_BASE_URL, else OpenAI's."),
    click.option(
        "--cache",
        type=click.Path(file_okay=False),
        default="runs/completions",
        show_default=True,
        help="Folder of completions, so that none is asked for twice.",
    ),
    click.option("--max-tokens", type=click.IntRange(min=1), default=256, show_default=True, help="Of an answer."),
    click.option(
        "--timeout",
        type=click.FloatRange(min=0, min_open=True),
        default=300.0,
        show_default=True,
        help="Seconds without a byte, of one try.",
    ),
    click.option(
        "--deadline",
        type=click.FloatRange(min=0, min_open=True),
        default=900.0,
        show_default=True,
        help="Seconds of a request with all its tries.",
    ),
    click.option("--attempts", type=click.IntRange(min=1), default=5, show_default=True, help="Tries of a request."),
    click.option("--prices", type=(float, float), default=None, help="Per million tokens of prompt and of completion."),
    click.option("--model-seed", type=int, help="Sent along to its server, and written into the manifest."),
    click.option(
        "--reasoning", is_flag=True, help="The model reasons: no temperature, and --max-tokens covers its thoughts."
    ),
)
