"""What a text says about a call within it: whether it denies the call ("I will not call ..."), or breaks off."""

from __future__ import annotations

import json
import re

__all__ = ["breaks_off", "denies"]

_FAR = 400
_PLATFORM = re.compile(r"(?:'[^'\n]{0,80}'|\"[^\"\n]{0,80}\"|[\w.-]{1,80})\s{0,9}:\s{0,9}\[?\s{0,9}\Z")
_LED_OVER = re.compile(r":[^\S\n]*\n\s*")
_CLAUSE = re.compile(r"[.!?;](?=\s|\Z)|\n|,\s*(?:so|but|then|hence|thus|therefore)\b", re.IGNORECASE)
_DENIAL = re.compile(
    r"\b(?:not|never|cannot|unable|without|instead of|rather than|sorry|no (?:need|tool|function|call)"
    r"|refus(?:e|es|ed|ing)|declin(?:e|es|ed|ing)|ignor(?:e|es|ed|ing)|disregard(?:s|ed|ing)?|reject(?:s|ed|ing)?"
    r"|avoid(?:s|ed|ing)?|inject(?:ed|ion)|malicious)\b|n['\u2019]t\b",
    re.IGNORECASE,
)
_TAKEN_UP = re.compile(r"\b(?:I|we|let)\b")


def denies(text: str, start: int) -> bool:
    """Whether the clause before a call denies it.

    Args:
        text: With a call in it.
        start: Where the call begins.

    >>> text = "You don't eat meat, so I call order(dish='pie'), and not order(dish='ham')"
    >>> denies(text, text.index("order(dish='p")), denies(text, text.index("order(dish='h"))
    (False, True)
    """
    before = _PLATFORM.sub("", text[max(0, start - _FAR) : start])
    clause = _CLAUSE.split(_LED_OVER.sub(": ", before))[-1]
    ends = [found.end() for found in _DENIAL.finditer(clause)]
    return bool(ends) and _TAKEN_UP.search(clause, ends[-1]) is None


def breaks_off(text: str) -> bool:
    """Whether a text that begins as JSON ends within it.

    >>> breaks_off('{"calls": [{"platform": "La'), breaks_off('{"calls": []}'), breaks_off("Which size?")
    (True, False, False)
    """
    told = text.strip()
    if not told.startswith(("{", "[")):
        return False
    try:
        json.JSONDecoder().raw_decode(told)
    except json.JSONDecodeError as error:
        return error.pos >= len(told) or error.msg.startswith("Unterminated string")
    except RecursionError:
        return False
    return False
