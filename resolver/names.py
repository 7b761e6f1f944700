"""Names of platforms, tools and parameters, compared and taken apart."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

__all__ = ["key", "qualified", "words"]

_BRACKETED = re.compile(r"<([^<>]*)>")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[A-Za-z])(?=[0-9])")
_GAPS = re.compile(r"[\W_]+")


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
