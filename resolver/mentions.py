"""Which names a text mentions, and whether it speaks for or against them.

``"Order it on Larder, not on QuickBite"`` speaks for Larder and against QuickBite. A name that is an everyday word
("Music") is a mention only with its own capitals inside a sentence, after a word such as "on" or "via", or at the
beginning of a sentence before a word or sign that only follows a name ("Larder's", "Larder is"); a name of several
words, or with signs or inner capitals, always is.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from resolver.names import key, words

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Mentions"]

_QUOTE = "['\"\u201c\u2018]?"
_CUE = re.compile(rf"\b(?:on|via|using|use|through|app|platform)\s+(?:the\s+)?{_QUOTE}$", re.IGNORECASE)
_AGAINST = re.compile(
    r"(?:\b(?:not(?!\s+only)|never|cannot|avoid(?:s|ed|ing)?|without|except|dislikes?|disliked|hates?|stop(?:ped|s)?|quit"
    r"|instead\s+of|rather\s+than|anything\s+but|no\s+longer|unlike|over(?!\s+(?:at|on|to|by|with)\b)|than|left|leave"
    r"|away\s+from|tired\s+of|fed\s+up\s+with|against|refuses?|neither|nor)|n['\u2019]t(?!\s+(?:forget|hesitate)))"
    rf"(?:\s+\w+){{0,3}}?\s+{_QUOTE}$",
    re.IGNORECASE,
)
_CLAUSE_END = re.compile(r"[.!?;,:]\s|\b(?:(?<!anything )but|and|so|because|while|then)\b", re.IGNORECASE)
_JOINED = re.compile(r"\s*(?:and|or|nor|&)\s+(?:on\s+|the\s+|via\s+)*" + _QUOTE, re.IGNORECASE)
_AFTER_NAME = re.compile(
    r"['\u2019]s\b|\s*[,:]|\s*$|\s+(?:is|are|was|has|had|does|do|never|always|only|please|again|or|and|over|instead|rather)\b",
    re.IGNORECASE,
)
_REST_OF_NAME = re.compile(r" [A-Z][a-z]")
_OPEN_ENDS = (" ", "\t", "\n", "'", '"', "\u201c", "\u2018")
_LOOK_BACK = 60
_SHORTEST_PART = 3
_MOST_JUDGED = 50


class Mentions:
    """Finds a fixed list of names in texts.

    Args:
        names: The names, in the order in which `find` reports on them.

    A name whose parts show in its spelling is found however they are joined: "QuickBite", "Quick Bite", "quick-bite".
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._names = tuple(names)
        self._exact: dict[str, list[int]] = {}
        self._loose: dict[str, list[int]] = {}
        for place, name in enumerate(self._names):
            self._exact.setdefault(_spelling(name), []).append(place)
            self._loose.setdefault(key(name), []).append(place)
        by_length = sorted(filter(str.strip, dict.fromkeys(self._names)), key=len, reverse=True)
        self._pattern = (
            re.compile(rf"(?<!\w)(?:{'|'.join(map(_as_pattern, by_length))})(?!\w)", re.IGNORECASE)
            if by_length
            else None
        )

    def find(self, text: str) -> dict[int, int]:
        """The mentioned names by their place in the list: 1 for, -1 against; the last mention of a name counts.

        >>> Mentions(["Larder", "Quick Bite"]).find("Use quick bite instead of Larder")
        {1: 1, 0: -1}
        >>> Mentions(["Music"]).find("play some music")
        {}
        """
        if self._pattern is None:
            return {}
        matches = list(self._pattern.finditer(text))
        found: dict[int, tuple[int, int]] = {}
        judged: dict[str, int] = {}
        for number in range(len(matches) - 1, -1, -1):
            match = matches[number]
            spelling = _spelling(match[0])
            places = self._exact.get(spelling) or self._loose.get(key(match[0]), [])
            judged[spelling] = judged.get(spelling, 0) + 1
            if judged[spelling] > _MOST_JUDGED or all(place in found for place in places) or _is_part(match):
                continue
            before = text[max(0, match.start() - _LOOK_BACK) : match.start()]
            clause = before[_last_end(before) :]
            against = self._is_against(matches, number)
            cue = _CUE.search(clause) is not None
            for place in places:
                if place not in found and (against or cue or _stands_out(match, self._names[place], before)):
                    found[place] = (number, -1 if against else 1)
        return {place: stance for place, (_, stance) in sorted(found.items(), key=lambda item: item[1][0])}

    def places(self, text: str) -> list[tuple[int, int]]:
        """Where names stand in a text, mentions or not: start and end of each."""
        return [] if self._pattern is None else [match.span() for match in self._pattern.finditer(text)]

    @staticmethod
    def _is_against(matches: list[re.Match[str]], number: int) -> bool:
        """Whether the text denies this mention, or the one that it is joined to by "and" or "or"."""
        text = matches[number].string
        for nearest in range(number, max(number - _MOST_JUDGED, -1), -1):
            start = matches[nearest].start()
            before = text[max(0, start - _LOOK_BACK) : start]
            clause = before[_last_end(before) :]
            if _AGAINST.search(clause if clause.endswith(_OPEN_ENDS) else f"{clause} "):
                return True
            if not nearest or not _JOINED.fullmatch(text, matches[nearest - 1].end(), start):
                return False
        return False


def _spelling(name: str) -> str:
    return " ".join(name.casefold().split())


def _as_pattern(name: str) -> str:
    parts = words(name).split()
    if len(parts) > 1 and min(map(len, parts)) >= _SHORTEST_PART and key(name) == "".join(map(key, parts)):
        written = [re.escape(part) for part in parts]
        plain = r"\s+".join(map(re.escape, name.split()))
        return rf"{plain}|{'[ _.-]?'.join(written)}"
    return r"\s+".join(map(re.escape, name.split()))


def _last_end(before: str) -> int:
    ends = [found.end() for found in _CLAUSE_END.finditer(before)]
    return ends[-1] if ends else 0


def _is_part(match: re.Match[str]) -> bool:
    """A single plain word that begins a longer name ("Bank Transfer") is not the name itself."""
    return match[0].isalpha() and match[0][:1].isupper() and _REST_OF_NAME.match(match.string, match.end()) is not None


def _stands_out(match: re.Match[str], name: str, before: str) -> bool:
    """Is no plain word, or is written with a capital in a place where a plain word would have none."""
    if not name.isalpha() or any(letter.isupper() for letter in name[1:]):
        return True
    if match[0] != name or name.islower():
        return False
    begins_sentence = not before.strip() or before.rstrip().endswith((".", "!", "?", ":")) or before.endswith("\n")
    return not begins_sentence or _AFTER_NAME.match(match.string, match.end()) is not None
