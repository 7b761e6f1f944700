"""Running a graph in onnxruntime the way this package does: one text a run, one thread a run, one run on each core."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

__all__ = ["each_on_a_core", "open_session"]

_FEW = 4
_FATAL_ONLY = 4


def open_session(model: Path) -> Any:  # noqa: ANN401 - onnxruntime is heavy and untyped here
    """A session with one thread, so that it never spins beside BLAS; it may be run by many threads at once.

    Raises:
        Exception: What onnxruntime raises for a graph that it cannot load: classes of its extension module.
    """
    import onnxruntime  # noqa: PLC0415 - late, like everything heavy

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = _FATAL_ONLY
    return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])


def each_on_a_core(run: Callable[[int], None], sizes: Sequence[int]) -> None:
    """Do pieces of work, each on a core of its own: onnxruntime lets go of the GIL.

    Args:
        run: Does the piece of a number.
        sizes: How large each is; the largest go first, so that no core idles.
    """
    if len(sizes) < _FEW:
        for number in range(len(sizes)):
            run(number)
        return
    with ThreadPoolExecutor(_cores()) as pool:
        for _ in pool.map(run, sorted(range(len(sizes)), key=lambda number: -sizes[number])):
            pass


def _cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return os.cpu_count() or 1
