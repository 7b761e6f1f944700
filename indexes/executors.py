"""The same work on many items, in other processes: results in order, none lost and none twice.

Work is given in two steps: what makes a worker ready (loading a model, say), done once in each worker, and what is then
done with each item. Both travel to the workers, and so do items and results; all must be picklable.
"""

from __future__ import annotations

import os
from collections import deque
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from indexes.closing import Closing
from indexes.errors import WorkerDiedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Future

__all__ = ["AHEAD", "Executor", "ProcessExecutor"]

_T = TypeVar("_T")
_R = TypeVar("_R")
AHEAD = 2
"""Items that wait for each worker, so that none is idle between two."""


class Executor(Protocol):
    """Something that works on items elsewhere."""

    @property
    def workers(self) -> int:
        """How many items are worked on at once."""
        ...

    def map(self, prepare: Callable[[], Callable[[_T], _R]], items: Iterable[_T]) -> Iterator[_R]:
        """The result of each item, in the order of the items.

        An item whose worker dies is given to another one, its result comes once. An error that the work raises is
        raised here in its turn.

        Args:
            prepare: Called in each worker before its first item, and gives the work. Equal ones are prepared once.
            items: The items; read only as far as there are workers for them.

        Raises:
            WorkerDiedError: A worker died over the same item too often.
        """
        ...


class ProcessExecutor(Closing):
    """Processes of this machine.

    They are started when first needed and stay until `close`; a process that dies is replaced. They are started afresh,
    not forked, since threads and locks of a model do not survive a fork; so, as always with such processes, a script
    that uses this keeps its own work under ``if __name__ == "__main__":``.

    Args:
        workers: How many; the number of cores where not given.
        retries: How often an item is given to another worker after its own died.

    Raises:
        ValueError: ``workers`` is below 1, or ``retries`` below 0.
    """

    def __init__(self, workers: int | None = None, *, retries: int = 2) -> None:
        if (workers is not None and workers < 1) or retries < 0:
            raise ValueError(f"expected at least 1 worker and 0 retries, got {workers} and {retries}")
        self.workers = workers or os.cpu_count() or 1
        self._retries = retries
        self._pool: ProcessPoolExecutor | None = None
        self._prepare: object = None

    def map(self, prepare: Callable[[], Callable[[_T], _R]], items: Iterable[_T]) -> Iterator[_R]:
        """The result of each item, in order; see `Executor.map`."""
        waiting = iter(items)
        running: deque[tuple[_T, int, Future[_R]]] = deque()
        while True:
            for item in islice(waiting, AHEAD * self.workers - len(running)):
                running.append((item, 0, self._submit(prepare, item)))
            if not running:
                return
            item, deaths, future = running.popleft()
            try:
                result = future.result()
            except BrokenProcessPool:
                if deaths >= self._retries:
                    self.close()
                    raise WorkerDiedError(f"a worker died {deaths + 1} times over one item; it was given up") from None
                self.close()  # all of its processes are gone; what has no result yet is done anew
                running.appendleft((item, deaths + 1, future))
                running = deque(
                    (one, died, done if _is_done(done) else self._submit(prepare, one)) for one, died, done in running
                )
                continue
            yield result

    def close(self) -> None:
        """End the processes; the next call starts new ones."""
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(wait=True, cancel_futures=True)

    def _submit(self, prepare: Callable[[], Callable[[_T], _R]], item: _T) -> Future[_R]:
        if self._pool is not None and self._prepare != prepare:
            self.close()
        for _ in range(2):
            if self._pool is None:
                context = get_context("spawn")
                self._pool = ProcessPoolExecutor(
                    self.workers, mp_context=context, initializer=_begin, initargs=(prepare,)
                )
                self._prepare = prepare
            try:
                return self._pool.submit(_work, item)
            except BrokenProcessPool:  # it broke between two items
                self.close()
        raise WorkerDiedError("workers die as soon as they are started")


def _is_done(future: Future[Any]) -> bool:
    return future.done() and not future.cancelled() and not isinstance(future.exception(), BrokenProcessPool)


class _Worker:
    """What a worker process has of its own."""

    prepare: Callable[[], Callable[[Any], Any]]
    work: Callable[[Any], Any] | None = None


def _begin(prepare: Callable[[], Callable[[Any], Any]]) -> None:
    _Worker.prepare, _Worker.work = staticmethod(prepare), None


def _work(item: Any) -> Any:  # noqa: ANN401 - whatever the work takes and gives
    if _Worker.work is None:  # here and not at the start, where an error would only break the pool
        _Worker.work = staticmethod(_Worker.prepare())
    return _Worker.work(item)
