"""Secrets out of texts: what a server echoes is shown and kept without them."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic import JsonValue

__all__ = ["Mask", "is_secret"]

_SHORTEST = 4
# what is given where a server wants any key, and what stands in ordinary answers
_COMMON = re.compile(
    "none|null|true|false|test|user|pass|admin|guest|root|token|local|dummy|empty|fake|0000|1234|12345|abcd"
    "|ollama|lm-studio|not-needed|(?:sk-)?no-key(?:-required)?",
    re.IGNORECASE,
)


def is_secret(text: str) -> bool:
    """Whether a text can be told from ordinary words, so that masking it spoils no answer.

    >>> is_secret("k3y!"), is_secret("EMPTY"), is_secret("abc")
    (True, False, False)
    """
    return len(text) >= _SHORTEST and _COMMON.fullmatch(text) is None


class Mask:
    """Puts ``***`` in the place of secrets.

    Args:
        secrets: The texts; those that are none by `is_secret` are left alone.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        own = {text for text in secrets if is_secret(text)}
        own |= {json.dumps(text)[1:-1] for text in own}  # as it stands in JSON text
        self._secrets = sorted(own, key=lambda text: (-len(text), text))

    def __repr__(self) -> str:
        """Without any of them."""
        return f"Mask({len(self._secrets)} texts)"

    def text(self, text: str) -> str:
        """A text without any secret."""
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return text

    def value(self, value: JsonValue) -> JsonValue:
        """JSON of which no text and no key of a mapping holds a secret."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self.value(item) for item in value]
        if isinstance(value, dict):
            return {self.text(name): self.value(item) for name, item in value.items()}
        return value
