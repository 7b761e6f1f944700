"""Regular expressions of typed spans. Each reads a text in linear time: repeats are bounded or cannot overlap."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from resolver.numerals import NUMBER_WORDS, NUMERAL

__all__ = ["COUNTED", "HYPHENATED", "NAME", "PATTERNS", "PHONE", "WORD", "Pattern", "SpanKind"]

SpanKind = Literal["email", "url", "phone", "date", "time", "money", "number", "quoted", "code", "name", "phrase"]

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)"
)
_DAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day"
_NTH = r"\d{1,2}(?:st|nd|rd|th)?"
_QUOTED = "|".join(
    rf"{opening}([^{closing}\n]{{1,300}}){closing}"
    for opening, closing in (
        ('"', '"'),
        ("\u201c", "\u201d"),
        ("\u201e", "[\u201c\u201d]"),
        ("\u00ab", "\u00bb"),
        ("\u300c", "\u300d"),
    )
).replace("[^[\u201c\u201d]", "[^\u201c\u201d")
_APOSTROPHE = "'\u2019"
# an apostrophe between letters ends no quotation: 'Rosie's Diner'
_QUOTED_SINGLY = rf"(?<!\w)['\u2018]((?:[^{_APOSTROPHE}\n]|(?<=\w)[{_APOSTROPHE}](?=\w)){{1,300}})[{_APOSTROPHE}](?!\w)"
_ISO_DATE = (
    r"(?<![\w-])\d{4}[-/]\d{1,2}[-/]\d{1,2}(?:T\d{1,2}(?::\d{2}){0,2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:?\d{2})?)?(?![\w-])"
)
_SLASHED_DATE = r"(?<![\w./-])(?:\d{1,2}[/.]\d{1,2}[/.](?:\d{4}|\d{2})|\d{1,2}-\d{1,2}-\d{4})(?![\w/-]|\.\d)"
_HOUR_WORD = "|".join(word for word, number in NUMBER_WORDS.items() if 1 <= number <= 12 and word != "dozen")  # noqa: PLR2004
_HOUR = rf"(?:{_HOUR_WORD}|\d{{1,2}}|noon|midnight)"
_PART = r"\s+in\s+the\s+(?:morning|afternoon|evening)\b|\s+at\s+night\b"
_HALF = rf"(?:\s*[ap](?:\.m\b\.?|m\b)|\s+o['\u2019]?clock\b(?:{_PART})?|{_PART})"
_MINUTES = r"(?:twenty[ -]five|twenty|ten|five|\d{1,2})(?:\s+minutes)?"
_CURRENCY = r"(?:dollars?|euros?|pounds?|yuan|rmb|usd|eur|gbp|cny|jpy|cents?|bucks)"
_AMOUNT = r"\d{1,15}(?:,\d{3}){0,5}(?:\.\d{1,15})?"
_UNIT = (
    r"(?:k|m|km|mi|ft|cm|mm|kg|g|mg|lbs?|oz|l|ml|cl|kb|mb|gb|tb|h|hrs?|mins?|s|secs?|x|px|w|kwh|v|hz|mph|kcal)(?!\w)|%"
)

PHONE = re.compile(
    r"(?<!\w)\+\d{1,3}[\s.-]?\(?\d{1,4}\)?(?:[\s.-]\d{2,8}){1,4}(?![\w-])"
    r"|(?<![\w.-])(?:\d[.-])?\(?\d{2,4}\)?(?:[\s.-]\(?\d{2,5}\)?){1,4}(?![\w-])|(?<!\w)\+\d{7,15}\b"
)
HYPHENATED = re.compile(r"(?<![\w.:/@#&+-])[A-Za-z0-9]+(?:-[A-Za-z0-9]+)+(?![\w-])")
"""Words joined by hyphens, some of which are codes ("N-4471")."""


class Pattern(NamedTuple):
    """The spans of one kind, and characters of which a text holds one if it holds such a span."""

    kind: SpanKind
    needs: re.Pattern[str]
    spans: re.Pattern[str]


def _pattern(kind: SpanKind, needs: str, spans: str) -> Pattern:
    return Pattern(kind, re.compile(needs), re.compile(spans, re.IGNORECASE))


# a word boundary and a first letter in front of many alternatives keep them from being tried at every character
_DATE = (
    rf"{_ISO_DATE}|{_SLASHED_DATE}"
    rf"|{_MONTH}\.?\s+(?:the\s+)?{_NTH}\b(?!:)(?:,?\s+\d{{4}}\b)?"
    rf"|(?:the\s+)?{_NTH}\s+(?:of\s+)?{_MONTH}\b(?:\.?,?\s+\d{{4}}\b)?"
    rf"|{_MONTH}\s+(?:19|20)\d{{2}}\b"
    rf"|(?:(?:next|this|coming|on)\s+)?{_DAY}\b(?:\s+(?:this|next)\s+week\b)?"
    r"|(?:today|tonight|tomorrow|the\s+day\s+after\s+tomorrow|(?:this|next)\s+(?:week(?:end)?|month))\b"
    r"|(?:the\s+)?\d{1,2}(?:st|nd|rd|th)\s+of\s+(?:this|next|the)\s+(?:month|week)\b"
    r"|the\s+\d{1,2}(?:st|nd|rd|th)\b"
)
_TIME = (
    rf"(?:morning|afternoon|evening)\s+\d{{1,2}}:\d{{2}}(?!\w|:)"
    rf"|(?:half|(?:a\s+)?quarter|{_MINUTES})\s+past\s+{_HOUR}\b{_HALF}?"
    rf"|(?:a\s+)?quarter\s+(?:to|before|after)\s+{_HOUR}\b{_HALF}?|{_MINUTES}\s+to\s+{_HOUR}\b{_HALF}"
    rf"|\d{{1,2}}:\d{{2}}(?::\d{{2}})?(?!\w|:){_HALF}?|(?:\d{{1,2}}(?:[:.]\d{{2}})?|{_HOUR_WORD}){_HALF}"
    r"|(?:noon|midnight|midday)\b"
)
_SIGNS = "$\u20ac\u00a3\u00a5\u20b9"
_DIGITS = r"(?<![\w.])[-+]?\d+(?:,\d{3})*(?:\.\d+)?"

PATTERNS: tuple[Pattern, ...] = (
    _pattern("email", "@", r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+"),
    _pattern("url", r"[/.]", r"(?:https?://|www\.)[^\s<>\"']+[^\s<>\"'.,;:!?)\]]"),
    _pattern("quoted", "[\"'\u2018\u2019\u201c\u201e\u00ab\u300c]", f"{_QUOTED}|{_QUOTED_SINGLY}"),
    _pattern("date", "", rf"\b(?=[\djfmasondtwnc])(?:{_DATE})"),
    _pattern("time", "", rf"\b(?=[\dhqatfsenmo])(?:{_TIME})"),
    _pattern(
        "money",
        r"\d",
        rf"(?:[{_SIGNS}]|\b(?:usd|eur|gbp|cny|jpy|rmb)\b)\s?{_AMOUNT}(?:\s?[km]\b)?"
        rf"|(?<![\w.,]){_AMOUNT}(?:\s?{_CURRENCY}\b|\s?[{_SIGNS[1:]}])",
    ),
    Pattern("code", re.compile(r"-"), HYPHENATED),
    Pattern("phone", re.compile(r"\d"), PHONE),
    _pattern("number", r"\d", rf"{_DIGITS}(?:{_UNIT})"),
    _pattern("code", "[#/]", r"#[\w-]+|(?<![\w/.])(?:/[\w.-]+)+/?"),
    _pattern(
        "code",
        r"\d",
        r"(?<![\w.])v?\d{1,9}(?:\.\d{1,9}){2,9}(?![\w.])|\b(?=[^\W\d]*\d)(?=\d*[^\W\d])[a-z0-9][\w-]*[a-z0-9]\b",
    ),
    _pattern("number", r"\d", rf"{_DIGITS}(?!\w)"),
    _pattern("number", "", NUMERAL),
)
"""Patterns in the order in which they take their pieces of the text."""

_LOWER = "a-z\u00df-\u00f6\u00f8-\u00ff\u03ac-\u03ce\u0430-\u045f"  # Latin, Greek and Cyrillic
_IN_NAME = rf"[\w{_APOSTROPHE}&-]"
_SPACE = r"[^\S\n]+"  # a name ends with its line
_CAPITALISED = rf"(?:(?:Dr|St|Mr|Mrs|Ms|Prof|Mt|Ft)\.\s+)?[^\W\d_{_LOWER}]{_IN_NAME}*(?:\.(?=\w){_IN_NAME}+)*"
# an address is a name too: numbers may stand within it, or before its first word; a number that counts the next word
# ("Brenning, 4 days") is none of it
_PLAIN_WORD = r"\s+(?!(?:at|in|on|to|for|from|and|or|with|by|near|please|is|as|if|the)\b)[a-z]"
_ABBREVIATED = r"(?:(?<=Apt)|(?<=Ste)|(?<=Bldg)|(?<=No)|(?<=Rm)|(?<=Fl))\."
_NUMBER_IN_NAME = rf"(?:,|{_ABBREVIATED})?{_SPACE}(?:#\s?)?\d[\w-]*(?![\w:]|[./]\d)(?!{_PLAIN_WORD})"
COUNTED = re.compile(_PLAIN_WORD)
"""What follows a number or a name that is counted: "4 days", "4 Margherita pizzas"."""

NAME = re.compile(
    rf"(?:\b\d{{1,6}}[A-Za-z]?{_SPACE})?{_CAPITALISED}"
    rf"(?:(?:{_SPACE}(?:of|de|la|le|the|and|&|van|von|vs\.?){_SPACE}|,?{_SPACE})(?!I\b){_CAPITALISED}|{_NUMBER_IN_NAME})*"
)
WORD = re.compile(rf"[^\W_]+(?:[{_APOSTROPHE}][^\W_]+)?")
