"""Whom a policy concerns: "users under the age of 18", "a BMI greater than 30", "customers with heart trouble".

A condition is an interval of a number that is known of a person, or a trait in words. Only the English of comparing
and the words for ages of life, body and income are known here.
"""

from __future__ import annotations

import math
import re
from typing import Literal, NamedTuple

from indexes import analyse
from resolver.coerce import read_number
from resolver.numerals import NUMERAL

__all__ = ["AGENTS", "PEOPLE", "Condition", "Measure", "content_stems", "read_conditions"]

Measure = Literal["age", "bmi", "weight", "height", "income"]


class Condition(NamedTuple):
    """One condition on a person.

    Attributes:
        measure: The number it is about, or None for a trait.
        low: The least value that fulfils it.
        high: The first value above those that fulfil it.
        trait: The trait's words; empty for a number.
        relative: The band that a word names without a number, as "low" of "low-income".
    """

    measure: Measure | None = None
    low: float = -math.inf
    high: float = math.inf
    trait: str = ""
    relative: Literal["", "low", "high"] = ""


PEOPLE = (
    r"(?:users?|people|persons?|customers?|members?|clients?|guests?|anyone|anybody|everyone|everybody|those|"
    r"individuals?|passengers?|patients?|drivers?|applicants?|buyers?|visitors?|players?|subscribers?|travell?ers?|"
    r"riders?|renters?|participants?|(?:account )?holders?|viewers?|readers?|shoppers?|accounts?|consumers?|attendees?|"
    r"residents?|citizens?|you)"
)
"""Regular expression of words for the people that a policy speaks of without saying more of them."""

AGENTS = (
    r"\b(?!(?:orders|offers|transfers|numbers|vouchers|payments|documents|investments|contents|events|papers|computers|"
    r"products|presents|parents|servers|trailers|colou?rs|doors|tours|hours)\b)\w{2,}(?:ers|ors|ists|ants|ents|ians|ees)\b"
)
"""Regular expression of words that look like those for people who do something: "skiers", "students", "nurses" not."""

_NUMBER = rf"(?:[$\u20ac\u00a3\u00a5]\s?)?(?:\d{{1,9}}(?:,\d{{3}})*(?:\.\d+)?(?:\s?k\b)?|{NUMERAL})"
_LESS = r"(?:under|below|younger than|less than|lower than|fewer than|shorter than|lighter than|not yet|beneath|<)"
_MOST = r"(?:at most|up to|no (?:more|older|higher|taller|heavier) than|not (?:over|above|older than)|\u2264|<=)"
_MORE = (
    r"(?:over|above|older than|more than|greater than|higher than|exceeding|exceeds?|past|taller than|heavier than|>)"
)
_LEAST = (
    r"(?:at least|no (?:less|younger|lower|shorter) than|not (?:under|below|younger than)|from|minimum(?: of)?"
    r"|\u2265|>=)"
)
_SIDES = (("less", _LESS), ("most", _MOST), ("more", _MORE), ("least", _LEAST))
_COMPARED = "|".join(rf"(?P<{name}>{words})" for name, words in _SIDES)
_BEHIND = (
    r"(?:and|or)\s+(?:(?P<up>above|over|older|up|more|higher|heavier|taller|upwards?)"
    r"|(?P<down>below|under|younger|less|lower|lighter|shorter))"
)
_MARK = "\u00a7"  # stands where a number or band was read
_MEASURED = f" {_MARK} "
_SIGNS = re.compile(rf"[^\w\s,()/'{_MARK}-]")
_PIECES = re.compile(r"\s*(?:[,()]|\bor\b|\band\b|/)\s*")
_ANY_PEOPLE = re.compile(PEOPLE)
_YEARS = r"(?:[- ]?(?:years?|yrs?)(?:[- ]olds?| of age)?|[- ]year[- ]olds?)"
_NO_OTHER_UNIT = (
    r"(?!\s?(?:%|kg|lbs?|cm|km|miles?|minutes?|mins?|hours?|days?|months?|items?|tickets?|rmb|usd|eur|gbp|yuan|dollars?"
    r"|euros?|pounds?|per\b)|[\d.,]*\d|\s?(?:(?:years?|yrs?)\s+)?(?:of\s+(?!age)|experience\b|driving\b))"
)
_AGE_WORD = re.compile(r"\bage[ds]?\b|\byears?\b|\byounger\b|\bolder\b|\bolds?\b|\byrs?\b")
_AGE = re.compile(
    rf"(?:{_COMPARED})[\s-]+(?:the\s+)?(?:ages?\s+(?:of\s+)?|aged\s+)?(?P<number>{_NUMBER})s?(?:{_YEARS}\b)?{_NO_OTHER_UNIT}"
)
_AGE_BEHIND = re.compile(rf"(?P<number>{_NUMBER}){_YEARS}?\s+(?:of age\s+)?{_BEHIND}")
_AGE_PLUS = re.compile(
    rf"(?:{PEOPLE}|aged?|adults?|seniors?|elderly)\s+\(?(?P<number>\d{{1,3}})\+"
    rf"|\b(?P<before>\d{{1,3}})\+(?=\s+(?:{PEOPLE}|only)\b|\s*(?:[),.]|$))"
)
_AGE_RANGE = re.compile(
    rf"(?:between\s+(?:the ages of\s+)?|aged?s?\s+(?:from\s+)?|\(\s*)(?P<low>{_NUMBER})"
    rf"\s*(?:-|\u2013|to|and|through)\s*(?P<high>{_NUMBER}){_NO_OTHER_UNIT}"
)
_NOTHING_ELSE = re.compile(
    rf"(?:^|{PEOPLE}|{AGENTS}|\baged?|\(|\bif|\bbeing|\bare|\bis|\bbe|\bwho|\bminors?|\bchildren|\badults?)[\s(,]*$"
)
_MINOR = (
    r"minors?|under-?aged?|juveniles?|non-adults?"
    r"|(?:under|below) (?:the )?(?:legal|minimum|drinking|voting)[a-z ]{0,12}age"
)
_LIFE: tuple[tuple[str, float, float], ...] = (
    (_MINOR, -math.inf, 18),
    (r"child(?:ren)?|kids?", -math.inf, 18),
    (r"teen(?:s|agers?|aged?)?|adolescents?", 13, 18),
    (r"infants?|toddlers?|babies", -math.inf, 3),
    (r"elderly|seniors?|senior citizens?|older (?:adults?|people|users?)|pensioners?", 60, math.inf),
    (rf"adults|an adult|adult (?={PEOPLE}\b)|(?<=of )legal age", 18, math.inf),
)
_BODY: tuple[tuple[str, float, float], ...] = (
    (r"obes(?:e|ity)", 30, math.inf),
    (r"over-?weight|(?:high(?:er)?|excess(?:ive)?|elevated) (?:body )?(?:weight|mass|bmi)", 25, math.inf),
    (
        r"(?:exceed(?:ing|s)?|above|over) (?:the )?(?:bmi|healthy|normal)[\w\s]{0,20}(?:standards?|range|limits?)",
        25,
        math.inf,
    ),
    (r"under-?weight|(?:low(?:er)?) (?:body )?(?:weight|mass|bmi)", -math.inf, 18.5),
)
_OF_MEASURE: tuple[tuple[Measure, re.Pattern[str]], ...] = (
    (
        "bmi",
        re.compile(rf"(?:bmi|body mass index)\W{{0,2}}(?:\s?\w+){{0,2}}?\s*(?:{_COMPARED})\s*(?P<number>{_NUMBER})"),
    ),
    (
        "income",
        re.compile(
            rf"(?:incomes?|salar(?:y|ies)|earn(?:s|ing|ings)?|wages?)(?:\s+\w+){{0,2}}?\s+(?:{_COMPARED})\s*"
            rf"(?P<number>{_NUMBER})"
        ),
    ),
    ("weight", re.compile(rf"(?:{_COMPARED})\s*(?P<number>{_NUMBER})\s?(?P<unit>kg|kilos?|kilograms?|lbs?|pounds)\b")),
    (
        "height",
        re.compile(rf"(?:{_COMPARED})\s*(?P<number>{_NUMBER})\s?(?P<unit>cm|centimet(?:re|er)s?|m|met(?:re|er)s?)\b"),
    ),
)
_POUND = 0.45359237  # kg
_METRES_TO_CM = 100.0
_TALLEST_IN_METRES = 3.0
_OLDEST = 120
_INCOME = re.compile(r"(?P<band>low|lower|limited|high|higher)(?:[- ]|er[- ])(?:income|earning)s?\b")
_EXAMPLES = re.compile(r"\b(?:(?:e\.?g|i\.?e)\b\.?|(?:for example|for instance|such as|including|like)\b)[\s,:]*")
_LEADS = re.compile(
    rf"^(?:(?:all|any|our|the|new|certain|some|if|for|by|to|of|in|case|an?|{PEOPLE}|"
    r"with|who|whose|that|have|has|having|is|are|be|been|being|suffer(?:s|ing)?|from|diagnosed|liv(?:e|es|ing)|resid(?:e|es|ing)|"
    r"located|based|work(?:s|ing)?|as)\b\s*)+"
)
_TRAILS = re.compile(rf"(?:\s+(?:{PEOPLE}|is|are|be|will|must|should|may|can|cannot|have|has))+$")
_VAGUE = frozenset(
    analyse(
        "specific certain health medical condition conditions issue issues problem status user users people person "
        "other related special some any all customer member guest known history chronic serious severe existing "
        "standard level weigh weighing weight height tall body mass income earn earning age aged old "
        "year per month been"
    )
)
_SEX = {"women": "female", "woman": "female", "girls": "female", "men": "male", "man": "male", "boys": "male"}


def content_stems(text: str) -> frozenset[str]:
    """The stems of a text that say something of a person, without words as vague as "certain conditions"."""
    words = " ".join(_SEX.get(word, word) for word in text.lower().split())
    return frozenset(analyse(words)) - _VAGUE


def read_conditions(text: str) -> tuple[Condition, ...]:
    """The conditions that a phrase for people states; a person whom one of them fits is concerned.

    >>> [(c.measure, c.low, c.high) for c in read_conditions("Guests under the age of 16")]
    [('age', -inf, 16.0)]
    >>> [c.trait for c in read_conditions("customers with heart trouble")]
    ['heart trouble']
    >>> read_conditions("all users")
    ()
    """
    text = " ".join(text.lower().split())
    found: list[Condition] = []
    ages: list[Condition] = []
    rest = text
    for measure, pattern in _OF_MEASURE:
        found += [_interval(measure, match) for match in pattern.finditer(rest)]
        rest = pattern.sub(_MEASURED, rest)
    rest = _take_ages(rest, ages)
    worded: list[Condition] = []
    rest = _take_words(rest, _BODY, "bmi", worded)
    rest = _take_words(rest, _LIFE, "age", worded)
    found += ages
    stated = {condition.measure for condition in found}
    # "minors (under 16)" says itself what a minor is
    found += [condition for condition in worded if condition.measure not in stated]
    for match in _INCOME.finditer(rest):
        band: Literal["low", "high"] = "high" if match["band"].startswith("high") else "low"
        found.append(Condition("income", relative=band))
    rest = _INCOME.sub(_MEASURED, rest)
    found += [Condition(trait=trait) for trait in _traits(rest)]
    return tuple(dict.fromkeys(found))


def _take_ages(text: str, ages: list[Condition]) -> str:
    """The text without its comparisons of ages, which are added to the list."""
    for match in _AGE_RANGE.finditer(text):
        low, high = read_number(match["low"]), read_number(match["high"])
        if low is not None and high is not None and low < high <= _OLDEST:
            ages.append(Condition("age", float(low), float(high) + 1))
    text = _AGE_RANGE.sub(_MEASURED, text)
    for pattern in (_AGE_BEHIND, _AGE):
        for match in pattern.finditer(text):
            number = read_number(match["number"])
            about_age = _AGE_WORD.search(match[0]) or _NOTHING_ELSE.search(text[: match.start()])
            if number is not None and number <= _OLDEST and about_age and not match["number"].startswith("$"):
                ages.append(_interval("age", match))
        if ages:
            text = pattern.sub(_MEASURED, text)
    ages += [Condition("age", low=float(found["number"] or found["before"])) for found in _AGE_PLUS.finditer(text)]
    return _AGE_PLUS.sub(_MEASURED, text)


def _take_words(
    text: str, known: tuple[tuple[str, float, float], ...], measure: Measure, found: list[Condition]
) -> str:
    for words, low, high in known:
        pattern = re.compile(rf"\b(?:{words})\b")
        if pattern.search(text):
            found.append(Condition(measure, low, high))
            text = pattern.sub(_MEASURED, text)
    return text


def _interval(measure: Measure, match: re.Match[str]) -> Condition:
    number = float(read_number(match["number"].lstrip("$\u20ac\u00a3\u00a5 ")) or 0)
    groups = match.groupdict()
    unit = groups.get("unit") or ""
    if unit.startswith(("lb", "pound")):
        number *= _POUND
    elif measure == "height" and unit.startswith("m") and number <= _TALLEST_IN_METRES:
        number *= _METRES_TO_CM
    step = number + 1 if measure == "age" else math.nextafter(number, math.inf)
    if groups.get("less"):
        return Condition(measure, high=number)
    if groups.get("most") or groups.get("down"):
        return Condition(measure, high=step)
    if groups.get("more"):
        return Condition(measure, low=step)
    return Condition(measure, low=number)


def _traits(text: str) -> list[str]:
    """The traits in what is left of a phrase for people when its numbers are taken out.

    Of "registered skiers under 12" the age is what tells them from others: a piece with a number has no trait.
    """
    traits = []
    for piece in _PIECES.split(_SIGNS.sub(" ", _EXAMPLES.sub(" , ", text))):
        if _MARK in piece:
            continue
        trait = _TRAILS.sub("", _LEADS.sub("", " ".join(piece.split())).strip(" -'"))
        trait = "" if _ANY_PEOPLE.fullmatch(trait) else trait
        if any(any(map(str.isalpha, stem)) for stem in content_stems(trait)):
            traits.append(trait)
    return traits
