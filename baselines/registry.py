"""All systems by name."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from baselines.case import System
    from baselines.workbench import Workbench

__all__ = ["create", "default_workbench", "names"]


def names() -> tuple[str, ...]:
    """The names that `create` knows, the simplest system first."""
    return tuple(_makers())


def create(name: str, *, workbench: Workbench | None = None) -> System:
    """A new system.

    Args:
        name: One of `names`.
        workbench: Caches to share; the process's own with the default embedder where none is given.

    Raises:
        ValueError: There is no system of this name.
    """
    makers = _makers()
    if name not in makers:
        raise ValueError(f"no system {name!r}; there are {', '.join(makers)}")
    return makers[name](workbench if workbench is not None else default_workbench())


def _makers() -> Mapping[str, Callable[[Workbench], System]]:
    from baselines.ours import ResolverSystem  # noqa: PLC0415  (heavy)
    from baselines.retrieval import RetrievalSystem  # noqa: PLC0415
    from baselines.trivial import LastUsedSystem, MostUsedSystem, RandomSystem  # noqa: PLC0415

    return {
        "random": RandomSystem,
        "most_used": MostUsedSystem,
        "last_used": LastUsedSystem,
        "bm25": lambda workbench: RetrievalSystem(workbench, "lexical"),
        "dense": lambda workbench: RetrievalSystem(workbench, "dense"),
        "hybrid": lambda workbench: RetrievalSystem(workbench, "hybrid"),
        "resolver": ResolverSystem,
    }


@lru_cache(maxsize=1)
def default_workbench() -> Workbench:
    """The process's own workbench: the default embedder behind a cache in memory."""
    from baselines.workbench import Workbench  # noqa: PLC0415
    from indexes import CachedEmbedder, load_embedder  # noqa: PLC0415

    return Workbench(CachedEmbedder(load_embedder()))
