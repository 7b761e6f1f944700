"""Two-letter codes of countries (ISO 3166-1) and languages (ISO 639-1) by their English names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["find_codes"]

_COUNTRIES = """
ar argentina|at austria|au australia|be belgium|bg bulgaria|br brazil|ca canada|ch switzerland|cl chile|cn china
co colombia|cz czechia|cz czech republic|de germany|dk denmark|ee estonia|eg egypt|es spain|fi finland|fr france
gb united kingdom|gb great britain|gb uk|gr greece|hk hong kong|hr croatia|hu hungary|id indonesia|ie ireland|il israel
in india|is iceland|it italy|jp japan|ke kenya|kr south korea|lt lithuania|lu luxembourg|lv latvia|ma morocco|mx mexico
my malaysia|ng nigeria|nl netherlands|no norway|nz new zealand|pe peru|ph philippines|pk pakistan|pl poland|pt portugal
ro romania|rs serbia|ru russia|sa saudi arabia|se sweden|sg singapore|si slovenia|sk slovakia|th thailand|tr turkey
tw taiwan|ua ukraine|us united states|us usa|us america|vn vietnam|za south africa|ae united arab emirates
"""
_LANGUAGES = """
ar arabic|bg bulgarian|bn bengali|cs czech|da danish|de german|el greek|en english|es spanish|et estonian|fa persian
fi finnish|fr french|he hebrew|hi hindi|hr croatian|hu hungarian|id indonesian|it italian|ja japanese|ko korean
lt lithuanian|lv latvian|ms malay|nl dutch|no norwegian|pl polish|pt portuguese|ro romanian|ru russian|sk slovak
sl slovenian|sr serbian|sv swedish|sw swahili|ta tamil|te telugu|th thai|tr turkish|uk ukrainian|ur urdu|vi vietnamese
zh chinese
"""


def _table(text: str) -> dict[str, str]:
    entries = (entry.split(" ", 1) for line in text.split("\n") for entry in line.split("|") if entry)
    return {name.strip(): code for code, name in entries}


_TABLES: dict[Literal["country", "language"], dict[str, str]] = {
    "country": _table(_COUNTRIES),
    "language": _table(_LANGUAGES),
}
_PATTERNS = {
    kind: re.compile(rf"\b(?:{'|'.join(sorted(table, key=len, reverse=True))})\b", re.IGNORECASE)
    for kind, table in _TABLES.items()
}


def find_codes(text: str, kind: Literal["country", "language"]) -> Iterator[tuple[str, int, int]]:
    """Codes of the countries or languages that a text names, with the names' places.

    >>> list(find_codes("to Spain, in French", "language")), list(find_codes("to Spain, in French", "country"))
    ([('fr', 13, 19)], [('es', 3, 8)])
    """
    for match in _PATTERNS[kind].finditer(text):
        yield _TABLES[kind][match[0].lower()], match.start(), match.end()
