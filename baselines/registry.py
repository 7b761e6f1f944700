"""All systems by name."""

from __future__ import annotations

from functools import lru_cache, partial
from typing import TYPE_CHECKING

from baselines.variant import Variant

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from baselines.case import Case, Prediction, System
    from baselines.chat import ChatModel
    from baselines.workbench import Workbench
    from indexes import Embedder
    from indexes.loading import Runtime

__all__ = ["create", "default_workbench", "llm_names", "names", "trained_names"]

_TRAINED = ("ranker", "ranker_own")


def names() -> tuple[str, ...]:
    """The names that `create` knows, the simplest system first."""
    return tuple(_makers())


def trained_names(weights: Path | None = None) -> tuple[str, ...]:
    """The names of the rivals that are trained: all, or those that a folder of weights has.

    None is shipped, so `create` knows them only with a variant whose weights have them.
    """
    from baselines.ranker import ranker_file  # noqa: PLC0415  (heavy)

    return tuple(name for name in _TRAINED if weights is None or ranker_file(weights, name).is_file())


def llm_names() -> tuple[str, ...]:
    """The names of the systems that ask a language model."""
    from baselines.llm_systems import SETUPS  # noqa: PLC0415  (heavy)

    return tuple(SETUPS)


def create(
    name: str,
    *,
    workbench: Workbench | None = None,
    variant: Variant | None = None,
    chat: Callable[[], ChatModel] | None = None,
) -> System:
    """A new system.

    Args:
        name: One of `names`, of `trained_names`, or of `llm_names`.
        workbench: Caches to share; the process's own of the variant where none is given.
        variant: Of the resolver. What differs from the default is part of the system's name (``resolver-static``), so
            that no run is continued with other vectors or weights.
        chat: Opens the language model, for a system that asks one.

    Raises:
        ValueError: There is no system of this name, or it asks a language model and none is given.
        WeightsError: The variant's folder has no weights, or not those of a rival that is trained.
    """
    makers = {**_makers(), **_ranking(), **(_asking(chat) if chat is not None else {})}
    if name not in makers:
        if name in llm_names():
            raise ValueError(f"{name!r} asks a language model: give what opens one as `chat`")
        raise ValueError(f"no system {name!r}; there are {', '.join(makers)}")
    if workbench is not None:
        return makers[name](workbench)
    variant = variant or Variant()
    system = makers[name](default_workbench(variant))
    return _Renamed(system, f"{system.name}-{variant.label}") if variant.label else system


def _ranking() -> Mapping[str, Callable[[Workbench], System]]:
    from baselines.ranker import RankerSystem  # noqa: PLC0415  (heavy)

    return {name: partial(RankerSystem, name=name) for name in _TRAINED}


def _asking(chat: Callable[[], ChatModel]) -> Mapping[str, Callable[[Workbench], System]]:
    from baselines.llm_systems import SETUPS  # noqa: PLC0415  (heavy)

    return {name: partial(_ask, name, chat) for name in SETUPS}


def _ask(name: str, chat: Callable[[], ChatModel], workbench: Workbench) -> System:
    from baselines.llm_systems import create_llm  # noqa: PLC0415  (heavy)

    return create_llm(name, workbench, chat())


def _makers() -> Mapping[str, Callable[[Workbench], System]]:
    from baselines.gated import GatedLastUsedSystem, GatedLikedSystem, GatedMostUsedSystem  # noqa: PLC0415  (heavy)
    from baselines.ours import ResolverSystem  # noqa: PLC0415
    from baselines.retrieval import RetrievalSystem  # noqa: PLC0415
    from baselines.trivial import FirstToolSystem, LastUsedSystem, MostUsedSystem, RandomSystem  # noqa: PLC0415

    return {
        "random": RandomSystem,
        "first": FirstToolSystem,
        "most_used": MostUsedSystem,
        "last_used": LastUsedSystem,
        "bm25": lambda workbench: RetrievalSystem(workbench, "lexical"),
        "dense": lambda workbench: RetrievalSystem(workbench, "dense"),
        "hybrid": lambda workbench: RetrievalSystem(workbench, "hybrid"),
        "gated_most_used": GatedMostUsedSystem,
        "gated_last_used": GatedLastUsedSystem,
        "gated_liked": GatedLikedSystem,
        "resolver": ResolverSystem,
    }


class _Renamed:
    """A system under another name."""

    def __init__(self, system: System, name: str) -> None:
        self.name = name
        self.configuration = getattr(system, "configuration", {})
        self._system = system

    def predict(self, case: Case) -> Prediction:
        return self._system.predict(case)


def default_workbench(variant: Variant | None = None) -> Workbench:
    """The process's own workbench of a variant; workbenches of one runtime share the embedder's cache in memory."""
    return _workbench(variant or Variant())


@lru_cache(maxsize=4)
def _workbench(variant: Variant) -> Workbench:
    from baselines.workbench import Workbench  # noqa: PLC0415

    return Workbench(_embedder(variant.runtime), variant=variant)


@lru_cache(maxsize=4)
def _embedder(runtime: Runtime) -> Embedder:
    from indexes import CachedEmbedder, load_embedder  # noqa: PLC0415

    return CachedEmbedder(load_embedder(runtime=runtime))
