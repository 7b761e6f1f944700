"""Invented names of platforms, each given once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from experiments.ptool.phrasing import one_of, phrases

if TYPE_CHECKING:
    from numpy.random import Generator

__all__ = ["coined_names"]

_FORMS = (
    "{}",
    "{}",
    "{}",
    "{}.io",
    "{} Direct",
    "{}-{}",
    "{} & {}",
    "{}Hub",
    "My{}",
    "{} 24",
    "Go{}",
    "{}'s",
)


def coined_names(rng: Generator, count: int) -> list[str]:
    """Names in several forms, with and without spaces, dots and hyphens; all differ by more than those."""
    made: dict[str, str] = {}
    while len(made) < count:
        form = one_of(rng, _FORMS)
        name = form.format(*(_word(rng) for _ in range(2)))
        made.setdefault("".join(filter(str.isalnum, name)).casefold(), name)
    return list(made.values())


def _word(rng: Generator) -> str:
    return "".join(one_of(rng, parts) for parts in phrases().names.values())
