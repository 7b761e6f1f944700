"""Keeping chatty libraries quiet and off the network while a model is loaded or exported, and only then."""

from __future__ import annotations

import logging
import threading
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["quiet_and_offline"]

_lock = threading.RLock()  # the switches below belong to the process: one thread at a time turns them


@contextmanager
def quiet_and_offline() -> Iterator[None]:
    """No warnings, log lines, progress bars or hub requests from transformers and the exporters inside this block.

    All switches are put back as they were. Without the hub switch, loading a local directory still asks the hub for
    model cards and tokenizer fixes.
    """
    with _lock, warnings.catch_warnings(), _no_logging():
        warnings.simplefilter("ignore")
        from huggingface_hub import constants  # noqa: PLC0415 - late, like everything heavy
        from huggingface_hub.utils.tqdm import are_progress_bars_disabled, disable_progress_bars  # noqa: PLC0415
        from transformers.utils import logging as transformers_logging  # noqa: PLC0415

        offline, hub_bars_off = constants.HF_HUB_OFFLINE, are_progress_bars_disabled()
        bars = transformers_logging.is_progress_bar_enabled()
        constants.HF_HUB_OFFLINE = True
        transformers_logging.disable_progress_bar()
        try:
            yield
        finally:
            constants.HF_HUB_OFFLINE = offline
            if bars:
                transformers_logging.enable_progress_bar()
            if hub_bars_off:
                disable_progress_bars()


@contextmanager
def _no_logging() -> Iterator[None]:
    """Disable logging, and keep ``logging.warning`` from installing a handler on the root logger for good."""
    root, handler, before = logging.getLogger(), logging.NullHandler(), logging.root.manager.disable
    root.addHandler(handler)
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)
        root.removeHandler(handler)
