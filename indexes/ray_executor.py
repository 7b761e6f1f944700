"""The same work on many items on a Ray cluster (extra ``ray``)."""

from __future__ import annotations

import logging
import os
import socket
from collections import deque
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

from indexes.closing import Closing
from indexes.errors import WorkerDiedError, WorkersUnavailableError
from indexes.executors import AHEAD

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["RayExecutor"]

_T = TypeVar("_T")
_R = TypeVar("_R")
_WAIT = 5.0
_KEPT = 2  # works that a worker keeps ready


class RayExecutor(Closing):
    """Tasks on a Ray cluster; Ray gives what was lost with a worker or a node to another one.

    The packages of this project must be installed on every node. Since Ray 2.60 every part of a cluster and each driver
    needs the same ``RAY_AUTH_TOKEN``.

    Args:
        address: Of the cluster, ``"host:port"``; ``"auto"`` for the one this machine is part of.
        retries: How often a task is tried again after its worker or node died.

    Raises:
        WorkersUnavailableError: Ray is not installed, or the cluster does not answer.
    """

    def __init__(self, address: str = "auto", *, retries: int = 3) -> None:
        # no usage statistics, whatever the machine's settings are
        os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
        try:
            import ray  # noqa: PLC0415 - an extra
        except ImportError as error:
            raise WorkersUnavailableError("Ray is not installed: pip install 'profile-resolver[ray]'") from error
        _check_reachable(address)  # Ray itself would try for minutes
        self._ray: Any = ray
        self._began = not ray.is_initialized()
        try:
            if self._began:
                ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR, include_dashboard=None)
            self.workers = max(1, int(ray.cluster_resources().get("CPU", 1)))
        except Exception as error:  # Ray raises classes of many kinds
            raise WorkersUnavailableError(f"no Ray cluster answers at {address}: {error}") from error
        self._task: Any = ray.remote(max_retries=retries, num_cpus=1)(_run)
        self._prepare: tuple[object, Any] | None = None

    def map(self, prepare: Callable[[], Callable[[_T], _R]], items: Iterable[_T]) -> Iterator[_R]:
        """The result of each item, in order; see `indexes.executors.Executor.map`."""
        if self._prepare is None or self._prepare[0] != prepare:
            self._prepare = prepare, self._ray.put(prepare)
        given = self._prepare[1]
        waiting, running = iter(items), deque[Any]()
        while True:
            running.extend(
                self._task.remote(given.hex(), [given], item)
                for item in islice(waiting, AHEAD * self.workers - len(running))
            )
            if not running:
                return
            with self._translated():
                result: _R = self._ray.get(running.popleft())
            yield result

    def close(self) -> None:
        """Leave the cluster, if this joined it."""
        self._prepare = None
        if self._began and self._ray.is_initialized():
            self._ray.shutdown()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """An error of the work as it was raised there, and what befell the worker as ours."""
        from ray import exceptions  # noqa: PLC0415 - an extra

        try:
            yield
        except exceptions.RayTaskError as error:
            raise error.cause if isinstance(error.cause, Exception) else error from None
        except exceptions.RayError as error:
            raise WorkerDiedError(f"a worker died over one item too often: {error}") from error


def _check_reachable(address: str) -> None:
    host, _, port = address.rpartition(":")
    if host and port.isdigit() and "/" not in host:
        try:
            with socket.create_connection((host, int(port)), timeout=_WAIT):
                return
        except OSError as error:
            raise WorkersUnavailableError(f"no Ray cluster answers at {address}: {error}") from error


_READY: dict[str, Callable[[Any], Any]] = {}


def _run(key: str, given: list[Any], item: Any) -> Any:  # noqa: ANN401 - whatever the work takes and gives
    """In a worker: the work, made ready once for each driver's `prepare`."""
    import ray  # noqa: PLC0415 - an extra

    if key not in _READY:
        while len(_READY) >= _KEPT:
            _READY.pop(next(iter(_READY)))
        _READY[key] = ray.get(given[0])()
    return _READY[key](item)
