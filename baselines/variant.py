"""How the resolver in a run differs from the shipped one: weights, parts left out, options, what it may know."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, get_args

from baselines.weights import Weights
from indexes.hybrid import Fusion, HybridIndex, weights_of
from resolver.models import RULES, Models

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pydantic import JsonValue

    from indexes import Embedder
    from indexes.loading import Runtime

__all__ = ["OPTIONS", "Known", "Variant"]

Known = Literal["all", "facts", "log", "none"]
"""What of a profile is known: all, the facts alone, the log alone, or nothing."""

OPTIONS = ("abstain_below", "k", "require_arguments", "require_match", "retriever")
"""Arguments of `resolver.Resolver` that a variant may set."""


@dataclass(frozen=True, kw_only=True)
class Variant:
    """One way to run systems on a workbench. Hashable, so that what is shared is made once for each.

    Attributes:
        name: Behind a system's name (``resolver-facts``); where it is empty, what differs from the default is named.
        runtime: Of the embedder, as for `indexes.load_embedder`.
        weights: Folder of weights, as `baselines.weights.Weights.read` reads it; the shipped ones where none is given.
        without: Parts that are left out, as `resolver.models.Models.without` names them.
        known: What of the users' profiles is known.
        fusion: How dense and lexical retrieval are fused, as of `indexes.HybridIndex`. Of a resolver it is a setting of
            the store.
        fusion_weights: Weights of ``dense`` and ``lexical``; the fusion's own where none are given.
        options: Arguments of `resolver.Resolver`, from `OPTIONS`.

    Raises:
        ValueError: An unknown option, part, fusion or retriever, a value that no option has, a weight that is none, or
            something else than `Known`.
    """

    name: str = ""
    runtime: Runtime = "auto"
    weights: Path | None = None
    without: tuple[str, ...] = ()
    known: Known = "all"
    fusion: Fusion = "score"
    fusion_weights: tuple[tuple[str, float], ...] = ()
    options: tuple[tuple[str, JsonValue], ...] = field(default=())

    def __post_init__(self) -> None:
        """Refuse what does not exist."""
        if unknown := [name for name, _ in self.options if name not in OPTIONS]:
            raise ValueError(f"the resolver has no option {', '.join(unknown)}; it has {', '.join(OPTIONS)}")
        if odd := [name for name, value in self.options if not isinstance(value, str | bool | int | float)]:
            raise ValueError(f"the option {odd[0]} is a number, a word, true or false")
        there = (*Models.parts(), *RULES)
        if lost := [part for part in self.without if part not in there]:
            raise ValueError(f"no part {', '.join(map(repr, lost))}; there are {', '.join(there)}")
        if self.known not in get_args(Known):
            raise ValueError(f"known is one of {', '.join(get_args(Known))}, got {self.known!r}")
        if self.fusion not in get_args(Fusion):
            raise ValueError(f"fusion is one of {', '.join(get_args(Fusion))}, got {self.fusion!r}")
        if not any(weights_of(self.fusion, dict(self.fusion_weights)).values()):
            raise ValueError("one of the fusion's weights must be above 0, or nothing is found")

    @property
    def label(self) -> str:
        """What is written behind a system's name; empty for the default."""
        parts = [
            self.runtime if self.runtime != "auto" else "",
            self.weights.resolve().name if self.weights is not None else "",
            *(f"no_{part}" for part in self.without),
            self.known if self.known != "all" else "",
            f"fusion={self.fusion}" if self.fusion != "score" else "",
            *(f"{name}={value:g}" for name, value in self.fusion_weights),
            *(f"{name}={value}" for name, value in self.options),
        ]
        return self.name or "-".join(filter(None, parts))

    @property
    def configuration(self) -> Mapping[str, JsonValue]:
        """What differs from the default, but for embedder and weights."""
        differs: dict[str, JsonValue] = {
            "without": list(self.without),
            "known": self.known if self.known != "all" else "",
            "fusion": self.fusion if self.fusion != "score" else "",
            "fusion_weights": dict(weights_of(self.fusion, dict(self.fusion_weights))) if self.fusion_weights else "",
            "options": dict(self.options),
        }
        return {name: value for name, value in differs.items() if value}

    def new_index(self, embedder: Embedder) -> HybridIndex:
        """An empty index that fuses as the variant does."""
        return HybridIndex(embedder, fusion=self.fusion, weights=dict(self.fusion_weights))

    def load_weights(self) -> Weights:
        """The weights, less the parts that are left out. Raises `WeightsError` where the folder has none."""
        found = Weights.shipped() if self.weights is None else Weights.read(self.weights)
        for part in self.without:
            found = found.without(part)
        return found
