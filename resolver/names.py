"""Names of platforms, tools and parameters, compared and taken apart."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

__all__ = ["is_abbreviation", "key", "qualified", "words"]

_BRACKETED = re.compile(r"<([^<>]*)>")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[A-Za-z])(?=[0-9])")
_GAPS = re.compile(r"[\W_]+")
_SHORTEST_CUT = 3


@lru_cache(maxsize=65_536)
def key(name: str) -> str:
    """The form in which two spellings of one name are equal: NFKC, case folded, letters and digits only.

    A name without letters or digits keeps its own characters, so that two of them stay different.

    >>> key("Quick-Bite.io") == key("quick bite IO")
    True
    >>> key("🔥")
    '🔥'
    """
    folded = unicodedata.normalize("NFKC", name).casefold()
    return "".join(c for c in folded if c.isalnum()) or folded.strip()


@lru_cache(maxsize=65_536)
def words(name: str) -> str:
    """An identifier as words, split at case changes, digits, underscores and punctuation.

    >>> words("getProductList_v2")
    'get product list v 2'
    """
    return " ".join(part for part in _GAPS.split(_CAMEL.sub(" ", name)) if part).lower()


def qualified(name: str) -> tuple[str | None, str]:
    """A tool name that may carry its platform, as ``(platform or None, tool)``.

    Understood are angle brackets around each part, as tool libraries write them, and ``platform::tool``. A dot or a
    slash proves nothing, since many tool names hold one.

    >>> qualified("<Maps>.<City Atlas>.<Find place>")
    ('Maps/City Atlas', 'Find place')
    >>> qualified("books::search"), qualified("v1/search")
    (('books', 'search'), (None, 'v1/search'))
    """
    parts = [part.strip() for part in _BRACKETED.findall(name)]
    if parts and not _BRACKETED.sub("", name).strip(". /:"):
        return ("/".join(parts[:-1]) or None), parts[-1]
    platform, separator, tool = name.partition("::")
    if separator and platform.strip() and tool.strip():
        return platform.strip(), tool.strip()
    return None, name.strip()


def is_abbreviation(word: str, names: frozenset[str]) -> bool:
    """Whether a word and one of the names are the same cut short, as ``lat`` of latitude; of three letters or more.

    >>> is_abbreviation("lat", frozenset({"latitude"})), is_abbreviation("to", frozenset({"total"}))
    (True, False)
    """
    if len(word) < _SHORTEST_CUT:
        return False
    return any(len(name) >= _SHORTEST_CUT and (word.startswith(name) or name.startswith(word)) for name in names)
