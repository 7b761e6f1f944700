"""Invented names of platforms, each given once."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from numpy.random import Generator

__all__ = ["coined_names"]

_FIRST = [
    "Al",
    "Bel",
    "Cor",
    "Dap",
    "El",
    "Fen",
    "Gal",
    "Hel",
    "Il",
    "Jun",
    "Kes",
    "Lum",
    "Mir",
    "Nim",
    "Or",
    "Pel",
    "Quil",
    "Ras",
    "Sol",
    "Tam",
    "Ul",
    "Ven",
    "Wil",
    "Yar",
    "Zem",
    "Bram",
    "Cal",
    "Dor",
    "Eb",
    "Fal",
    "Gor",
    "Han",
    "Is",
    "Jor",
    "Kal",
    "Lor",
    "Mel",
    "Nor",
    "Os",
    "Par",
    "Riv",
    "Sel",
    "Tor",
    "Ur",
    "Val",
    "Wen",
    "Yel",
    "Zor",
]
_SECOND = [
    "a",
    "e",
    "i",
    "o",
    "u",
    "ara",
    "eva",
    "ina",
    "ola",
    "una",
    "ari",
    "eri",
    "ili",
    "oro",
    "usa",
    "ane",
    "ede",
    "imo",
    "obe",
    "ule",
]
_LAST = [
    "bo",
    "da",
    "fi",
    "ga",
    "ko",
    "lu",
    "mo",
    "na",
    "pi",
    "ra",
    "so",
    "ta",
    "vi",
    "xo",
    "zu",
    "by",
    "dy",
    "ky",
    "my",
    "ny",
    "ly",
    "ry",
    "ty",
    "nda",
    "lto",
    "mba",
    "rko",
    "sti",
    "vra",
]
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
        form = _FORMS[rng.integers(len(_FORMS))]
        name = form.format(*(_word(rng) for _ in range(2)))
        made.setdefault("".join(filter(str.isalnum, name)).casefold(), name)
    return list(made.values())


def _word(rng: Generator) -> str:
    parts = (_FIRST, _SECOND, _LAST)
    return "".join(str(part[rng.integers(len(part))]) for part in parts)
