"""Summaries of profiles that a model writes, each once."""

from __future__ import annotations

import json
import threading
from collections import defaultdict
from typing import TYPE_CHECKING

from baselines.llm_prompts import summary_request
from baselines.usage import Usage

if TYPE_CHECKING:
    from pydantic import JsonValue

    from baselines.chat import ChatModel

__all__ = ["Summaries"]


class Summaries:
    """What a model wrote of each profile, kept while this object lives.

    Args:
        model: Writes.
    """

    def __init__(self, model: ChatModel) -> None:
        self._model = model
        self._written: dict[str, str] = {}
        self._locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self._guard = threading.Lock()

    def of(self, profile: JsonValue) -> tuple[str, Usage]:
        """The summary of a profile, and what it took: nothing where it was given out before.

        Raises:
            ChatError: The model gives none; the next call asks again.
        """
        request = summary_request(profile)
        name = json.dumps(request)
        with self._guard:
            lock = self._locks[name]
        with lock:  # threads with records of one user wait for the first of them
            if name in self._written:
                return self._written[name], Usage()
            completion = self._model.complete(request)
            self._written[name] = completion.text
            return completion.text, completion.usage
