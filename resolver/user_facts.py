"""What is known of a person's age, body and income, read from any profile by the words of its paths.

Each measure is an interval, since an income is often a band ("3k-10k"), with the ids of the Facts it was read from.
"""

from __future__ import annotations

import math
import re
from datetime import date, datetime, timezone
from typing import TYPE_CHECKING, NamedTuple

from resolver.coerce import read_number, stems
from resolver.conditions import Condition, content_stems
from resolver.moments import parse_day
from resolver.names import words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from resolver.conditions import Measure
    from resolver.profile import Fact

__all__ = ["Known", "fulfils", "measures_of_text", "read_measures", "traits_of_text"]


class Known(NamedTuple):
    """A measure of a person as the interval it is known to lie in, ends included, and where that was read."""

    low: float
    high: float
    sources: tuple[str, ...] = ()
    band: str = ""


_AGE = frozenset(stems("age"))
_BIRTH = frozenset(stems("birth birthday birthdate dob born"))
_HEIGHT = frozenset(stems("height stature"))
_WEIGHT = frozenset(stems("weight"))
_BMI = frozenset(("bmi",))
_INCOME = frozenset(stems("income salary earnings wage wages"))
_RANGE = re.compile(
    r"(?P<low>\d[\d,.]*\s?k?)\s*(?:-|\u2013|to)\s*(?:[$\u20ac\u00a3\u00a5]\s?)?(?P<high>\d[\d,.]*\s?k?)\b",
    re.IGNORECASE,
)
_BELOW = re.compile(r"(?:<|\u2264|\b(?:under|below|less than|up to|at most)\b)", re.IGNORECASE)
_ABOVE = re.compile(r"(?:>|\u2265|\b(?:over|above|more than|at least)\b|\+\s*$)", re.IGNORECASE)
_YEARLY = re.compile(r"\b(?:a year|per year|annual(?:ly)?|yearly|per annum|p\.a)|/\s?y(?:ea)?r", re.IGNORECASE)
_TEXT_AGE = re.compile(
    r"\b(?:i['\u2019]?m|i am|(?:he|she|user|customer|they)(?: is|['\u2019]s| are)|aged?|turned|age:)\s+"
    r"(?:now\s+|only\s+)?(?P<age>\d{1,3})"
    r"(?=\s*(?:[,.;!?)]|$|\b(?:and|so|who|but|can|years?|yrs?|old)\b))"
    r"|\b(?P<years>\d{1,3})[ -]years?[ -]old\b",
    re.IGNORECASE,
)
_SELF = re.compile(
    r"\b(?:i['\u2019]?m|i am|i have|i['\u2019]ve|i suffer from|my|as an?|is|has|have|suffers?|diagnosed|being)\b",
    re.IGNORECASE,
)
_CLAUSE = re.compile(r"[.!?;]|,\s*(?=(?:can|could|please|would|so|and|but|i)\b)", re.IGNORECASE)
_DENIED = re.compile(
    r"\b(?:no|not|never|without|none|isn['\u2019]t|don['\u2019]t|false|free of)\b|n['\u2019]t\b", re.IGNORECASE
)
_SCALED = re.compile(r"(\d)\s?m\b", re.IGNORECASE)
_OF_OTHERS = re.compile(
    r"\b(?:child|children|kids?|son|daughter|baby|pets?|dogs?|cats?|spouse|wife|husband|mother|father|parents?|partner|friends?|"
    r"family|siblings?|brother|sister|contacts?|orders?|vehicles?|cars?|packages?|items?|products?|target|goal|ideal)\b"
)
_IN_LIST = re.compile(r"\[\d+\]\.")
_OLDEST = 120
_POUND = 0.45359237  # kg
_INCH, _FOOT = 2.54, 30.48  # cm
_FEET = re.compile(r"(?P<feet>\d)\s?(?:'|\u2019|ft|feet)\s?(?P<inches>\d{1,2})?")
_TALLEST_IN_METRES = 3.0
# What "low" and "high" mean where neither policy nor profile gives a number, a month
_LOW_INCOME = 5_000.0
_HIGH_INCOME = 50_000.0
_MONTHS = 12
_ENOUGH = 0.5


def read_measures(facts: Sequence[Fact], *, today: date | None = None) -> dict[Measure, Known]:
    """The measures that a profile states; the first statement of each counts, attributes before sentences.

    Args:
        facts: The Facts of one user.
        today: The day from which an age is counted back to a day of birth; the present day (UTC) where none is given.
    """
    known: dict[Measure, Known] = {}
    for fact in facts:
        if fact.statement or _OF_OTHERS.search(words(fact.path)) or _IN_LIST.search(fact.path):
            continue
        for measure, found in _attribute(fact, today):
            known.setdefault(measure, found)
    for fact in facts:
        if fact.statement:
            for measure, found in measures_of_text(fact.text).items():
                known.setdefault(measure, found._replace(sources=(fact.id,)))
    height, weight = known.get("height"), known.get("weight")
    if "bmi" not in known and height and weight and height.low > 0:
        # body mass index: kg over the square of metres
        low, high = weight.low / (height.high / 100) ** 2, weight.high / (height.low / 100) ** 2
        known["bmi"] = Known(low, high, (*weight.sources, *height.sources))
    return known


def measures_of_text(text: str) -> dict[Measure, Known]:
    """The age that a sentence says of its speaker or of the user.

    >>> measures_of_text("I'm 16, can you help?")["age"][:2], measures_of_text("I'm 5 minutes away")
    ((16.0, 16.0), {})
    """
    for found in _TEXT_AGE.finditer(text):
        age = float(found["age"] or found["years"])
        if age <= _OLDEST:
            return {"age": Known(age, age)}
    return {}


def traits_of_text(text: str) -> list[frozenset[str]]:
    """The stems of each clause in which a sentence says something of its speaker, but for what it denies."""
    return [
        content_stems(clause[found.start() :])
        for clause in _CLAUSE.split(text)
        if (found := _SELF.search(clause)) and not _DENIED.search(clause)
    ]


def fulfils(known: Mapping[Measure, Known], condition: Condition) -> float | None:
    """How far a person fulfils a condition on a number: 1, 0, the share of a band, or None where it is not known."""
    if condition.measure is None or condition.measure not in known:
        return None
    own = known[condition.measure]
    low, high = condition.low, condition.high
    if condition.relative:
        if own.band:
            return float(own.band == condition.relative)
        low, high = (-math.inf, _LOW_INCOME) if condition.relative == "low" else (_HIGH_INCOME, math.inf)
        high = math.nextafter(high, math.inf)
    if own.low >= low and own.high < high:
        return 1.0
    if own.high < low or own.low >= high:
        return 0.0
    if math.isinf(own.low) or math.isinf(own.high):
        return _ENOUGH if own.low != own.high else 0.0
    return max(0.0, min(own.high, high) - max(own.low, low)) / (own.high - own.low)


def _attribute(fact: Fact, today: date | None) -> Iterator[tuple[Measure, Known]]:
    """The measures in one attribute, by the words of its path."""
    path = frozenset(stems(fact.path.rpartition(".")[2] or fact.path)) | frozenset(stems(fact.path)[-2:])
    value = fact.value
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return
    text = str(value)
    # the m of a height is no million
    number = value if isinstance(value, int | float) else read_number(_SCALED.sub(r"\1", text))
    source = (fact.id,)
    if path & _BIRTH and (age := _age_from_birth(text, today)) is not None:
        yield "age", Known(age, age, source)
    elif path & _INCOME:
        if (income := _income(text, fact.path)) is not None:
            yield "income", income._replace(sources=source)
    elif number is None or not math.isfinite(number) or number <= 0:
        return
    elif path & _AGE and number <= _OLDEST:
        low, high = _interval(text, float(number))
        yield "age", Known(low, high, source)
    elif path & _BMI:
        yield "bmi", Known(float(number), float(number), source)
    elif path & _HEIGHT:
        height = _height(text, float(number), f"{fact.path} {text}".lower())
        yield "height", Known(height, height, source)
    elif path & _WEIGHT:
        pounds = re.search(r"\b(?:lbs?|pounds?)\b", f"{fact.path} {text}".lower().replace("_", " "))
        kilos = float(number) * (_POUND if pounds else 1.0)
        yield "weight", Known(kilos, kilos, source)


def _height(text: str, number: float, hint: str) -> float:
    if found := _FEET.search(text):
        return int(found["feet"]) * _FOOT + int(found["inches"] or 0) * _INCH
    if re.search(r"\b(?:in|inch|inches)\b", hint.replace("_", " ")):
        return number * _INCH
    return number * 100.0 if number <= _TALLEST_IN_METRES else number


def _age_from_birth(text: str, today: date | None) -> float | None:
    day = parse_day(text)
    year = day.year if day else None
    if year is None and (found := re.search(r"\b(?:19|20)\d{2}\b", text)):
        year = int(found[0])
    if year is None:
        return None
    now = today or datetime.now(tz=timezone.utc).date()
    before_birthday = day is not None and (now.month, now.day) < (day.month, day.day)
    age = now.year - year - before_birthday
    return float(age) if 0 <= age <= _OLDEST else None


def _income(text: str, path: str) -> Known | None:
    """An income a month as an interval: "3k-10k", "<3k", "over 50,000 a year", "low"."""
    number = read_number(text.strip("<>\u2264\u2265$\u20ac\u00a3\u00a5~+ "))
    said = text.lower()
    if number is None:
        band = "low" if re.search(r"\blow", said) else "high" if re.search(r"\bhigh", said) else ""
        band = band or ("medium" if re.search(r"\b(?:middle|medium|average|moderate)\b", said) else "")
        return Known(0.0, math.inf, band=band) if band else None
    low, high = _interval(text, float(number))
    if _YEARLY.search(f"{said} {words(path)}"):
        low, high = low / _MONTHS, high / _MONTHS
    return Known(max(low, 0.0), high)


def _interval(text: str, number: float) -> tuple[float, float]:
    if found := _RANGE.search(text):
        low, high = read_number(found["low"]), read_number(found["high"])
        if low is not None and high is not None:
            if found["high"].lower().endswith("k") and not found["low"].lower().endswith("k") and low * 1000 <= high:
                low *= 1000 if low else 1
            return (float(low), float(high)) if low <= high else (number, number)
    if found := re.search(r"\d[\d,.]*\s?[km]?\b", text, re.IGNORECASE):
        number = float(read_number(found[0]) or number)
    if _BELOW.search(text):
        return -math.inf, number
    if _ABOVE.search(text):
        return number, math.inf
    return number, number
