"""A limit of time for a request as a whole, which a server that sends a byte now and then cannot stretch.

HTTP clients limit each read alone. Here a timer shuts the connection when the time is up, so that whatever waits for it
ends, be it for the head of the response or for its body.
"""

from __future__ import annotations

import socket
import threading
import time
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["Deadline", "watch"]

_RUNNING: ContextVar[Deadline | None] = ContextVar("deadline", default=None)
_OPENED = (".connect_tcp.complete", ".start_tls.complete")


class Deadline:
    """When a request with all its tries has to be over.

    Args:
        seconds: From now on.
    """

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds
        self._lock = threading.Lock()
        self._stream: Any = None

    @property
    def left(self) -> float:
        """Seconds that are left, 0 at least."""
        return max(0.0, self._end - time.monotonic())

    @contextmanager
    def held(self) -> Iterator[None]:
        """Within it, a connection that is opened by a client with `watch` is shut when the time is up."""
        timer = threading.Timer(self.left, self._shut)
        timer.daemon = True
        token = _RUNNING.set(self)
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            _RUNNING.reset(token)
            with self._lock:
                self._stream = None

    def trace(self, event: str, info: Mapping[str, Any]) -> None:
        """What the transport tells of a request: the connection that it opened is the one to shut."""
        if not event.endswith(_OPENED):
            return
        with self._lock:
            self._stream = info.get("return_value")
        if not self.left:
            self._shut()

    def _shut(self) -> None:
        with self._lock:
            own = self._stream.get_extra_info("socket") if self._stream is not None else None
        if isinstance(own, socket.socket):
            with suppress(OSError):  # it may be closed already
                socket.socket.shutdown(own, socket.SHUT_RDWR)  # below TLS, which another thread is reading


def watch(request: Any) -> None:  # noqa: ANN401 - of httpx, or of what a later version of the client brings
    """A hook for requests of an HTTP client: tells the deadline that holds in this thread of its connections."""
    if (deadline := _RUNNING.get()) is not None:
        request.extensions["trace"] = deadline.trace
