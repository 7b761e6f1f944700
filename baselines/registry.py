"""All systems by name."""

from __future__ import annotations

from functools import lru_cache, partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from baselines.case import Case, Prediction, System
    from baselines.chat import ChatModel
    from baselines.workbench import Workbench
    from indexes.loading import Runtime

__all__ = ["create", "default_workbench", "llm_names", "names"]


def names() -> tuple[str, ...]:
    """The names that `create` knows, the simplest system first."""
    return tuple(_makers())


def llm_names() -> tuple[str, ...]:
    """The names of the systems that ask a language model."""
    from baselines.llm_systems import SETUPS  # noqa: PLC0415  (heavy)

    return tuple(SETUPS)


def create(
    name: str,
    *,
    workbench: Workbench | None = None,
    runtime: Runtime = "auto",
    weights: Path | None = None,
    chat: Callable[[], ChatModel] | None = None,
) -> System:
    """A new system.

    Args:
        name: One of `names`, or of `llm_names`.
        workbench: Caches to share; the process's own with the default model where none is given.
        runtime: Of the process's own workbench, as for `indexes.load_embedder`. One that was asked for is part of the
            system's name (``resolver-static``), so that no run is continued with other vectors.
        weights: Folder of the weights of the process's own workbench, as `baselines.weights.Weights.read` reads it;
            the shipped ones where none is given. Its name is part of the system's, too.
        chat: Opens the language model, for a system that asks one.

    Raises:
        ValueError: There is no system of this name, or it asks a language model and none is given.
        WeightsError: The folder has no weights.
    """
    makers = _makers() if chat is None else {**_makers(), **_asking(chat)}
    if name not in makers:
        if name in llm_names():
            raise ValueError(f"{name!r} asks a language model: give what opens one as `chat`")
        raise ValueError(f"no system {name!r}; there are {', '.join(makers)}")
    if workbench is not None:
        return makers[name](workbench)
    system = makers[name](default_workbench(runtime, weights))
    asked_for = [
        part for part in (runtime if runtime != "auto" else "", weights.resolve().name if weights else "") if part
    ]
    return _Renamed(system, "-".join([system.name, *asked_for])) if asked_for else system


def _asking(chat: Callable[[], ChatModel]) -> Mapping[str, Callable[[Workbench], System]]:
    from baselines.llm_systems import SETUPS  # noqa: PLC0415  (heavy)

    return {name: partial(_ask, name, chat) for name in SETUPS}


def _ask(name: str, chat: Callable[[], ChatModel], workbench: Workbench) -> System:
    from baselines.llm_systems import create_llm  # noqa: PLC0415  (heavy)

    return create_llm(name, workbench, chat())


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


class _Renamed:
    """A system under another name."""

    def __init__(self, system: System, name: str) -> None:
        self.name = name
        self.configuration = getattr(system, "configuration", {})
        self._system = system

    def predict(self, case: Case) -> Prediction:
        return self._system.predict(case)


@lru_cache(maxsize=4)
def default_workbench(runtime: Runtime = "auto", weights: Path | None = None) -> Workbench:
    """The process's own workbench of a runtime and weights: the default model behind a cache in memory."""
    from baselines.weights import Weights  # noqa: PLC0415
    from baselines.workbench import Workbench  # noqa: PLC0415
    from indexes import CachedEmbedder, load_embedder  # noqa: PLC0415

    known = Weights.shipped() if weights is None else Weights.read(weights)
    return Workbench(CachedEmbedder(load_embedder(runtime=runtime)), known)
