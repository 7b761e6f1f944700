"""Which names a text mentions, and whether it speaks for or against them.

``"Order it on Larder, not on QuickBite"`` speaks for Larder and against QuickBite. A name that is an everyday word
("Music") is a mention only with its own capitals inside a sentence, or after a word such as "on" or "via"; a name of
several words, or with signs or inner capitals, always is.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Mentions"]

_CUE = re.compile(r"\b(?:on|via|using|use|through|app|platform)\s+(?:the\s+)?['\"“‘]?$", re.IGNORECASE)
_AGAINST = re.compile(
    r"\b(?:not|n't|never|avoid(?:s|ed|ing)?|without|except|dislikes?|disliked|hates?|stop(?:ped|s)?|quit|instead of|"
    r"rather than|anything but|no longer|unlike|over|than|left|leave|away from|tired of|fed up with|against|refuses?)"
    r"(?:\s+(?:\w+)){0,3}?\s+['\"“‘]?$",
    re.IGNORECASE,
)
_CLAUSE_END = re.compile(r"[.!?;,:]\s|\b(?:but|and|so|because|while|then)\b", re.IGNORECASE)
_LOOK_BACK = 60


class Mentions:
    """Finds a fixed list of names in texts.

    Args:
        names: The names, in the order in which `find` reports on them.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._names = tuple(names)
        by_length = sorted(filter(str.strip, set(names)), key=len, reverse=True)
        self._pattern = (
            re.compile(r"(?<!\w)(?:" + "|".join(re.escape(name) for name in by_length) + r")(?!\w)", re.IGNORECASE)
            if by_length
            else None
        )
        self._places: dict[str, list[int]] = {}
        for place, name in enumerate(self._names):
            self._places.setdefault(name.casefold(), []).append(place)

    def find(self, text: str) -> dict[int, int]:
        """The mentioned names by their place in the list: 1 for, -1 against; the last mention of a name counts.

        >>> Mentions(["Larder", "Quick Bite"]).find("Use quick bite instead of Larder")
        {1: 1, 0: -1}
        >>> Mentions(["Music"]).find("play some music")
        {}
        """
        found: dict[int, int] = {}
        if self._pattern is None:
            return found
        for match in self._pattern.finditer(text):
            before = text[max(0, match.start() - _LOOK_BACK) : match.start()]
            ends = list(_CLAUSE_END.finditer(before))
            clause = before[ends[-1].end() :] if ends else before
            if self._is_part(match, text):
                continue
            against = _AGAINST.search(clause + ("" if clause.endswith(" ") else " ")) is not None
            for place in self._places.get(match[0].casefold(), ()):
                if against or _CUE.search(clause) or self._stands_out(match, self._names[place], before):
                    found[place] = -1 if against else 1
        return found

    def places(self, text: str) -> list[tuple[int, int]]:
        """Where names stand in a text, mentions or not: start and end of each."""
        return [] if self._pattern is None else [match.span() for match in self._pattern.finditer(text)]

    @staticmethod
    def _is_part(match: re.Match[str], text: str) -> bool:
        """A single plain word that begins a longer name ("Bank Transfer") is not the name itself."""
        return (
            match[0].isalpha() and match[0][:1].isupper() and re.match(r" [A-Z][a-z]", text[match.end() :]) is not None
        )

    @staticmethod
    def _stands_out(match: re.Match[str], name: str, before: str) -> bool:
        """Is no plain word, or is written with a capital in a place where a plain word would have none."""
        if not name.isalpha() or any(letter.isupper() for letter in name[1:]):
            return True
        first_of_sentence = not before.strip() or before.rstrip().endswith((".", "!", "?", ":", "\n"))
        return match[0] == name and not name.islower() and not first_of_sentence
