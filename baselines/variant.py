"""How the resolver in a run differs from the shipped one: weights, parts left out, options, what it may know."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, get_args

from baselines.weights import Weights
from resolver.models import RULES, Models

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pydantic import JsonValue

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
        options: Arguments of `resolver.Resolver`, from `OPTIONS`.

    Raises:
        ValueError: An unknown option or part, a value that no option has, or something else than `Known`.
    """

    name: str = ""
    runtime: Runtime = "auto"
    weights: Path | None = None
    without: tuple[str, ...] = ()
    known: Known = "all"
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

    @property
    def label(self) -> str:
        """What is written behind a system's name; empty for the default."""
        parts = [
            self.runtime if self.runtime != "auto" else "",
            self.weights.resolve().name if self.weights is not None else "",
            *(f"no_{part}" for part in self.without),
            self.known if self.known != "all" else "",
            *(f"{name}={value}" for name, value in self.options),
        ]
        return self.name or "-".join(filter(None, parts))

    @property
    def configuration(self) -> Mapping[str, JsonValue]:
        """What differs from the default, but for embedder and weights."""
        differs: dict[str, JsonValue] = {
            "without": list(self.without),
            "known": self.known if self.known != "all" else "",
            "options": dict(self.options),
        }
        return {name: value for name, value in differs.items() if value}

    def load_weights(self) -> Weights:
        """The weights, less the parts that are left out. Raises `WeightsError` where the folder has none."""
        found = Weights.shipped() if self.weights is None else Weights.read(self.weights)
        for part in self.without:
            found = found.without(part)
        return found
