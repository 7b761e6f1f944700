"""Amounts of money and of other things, in what a policy allows and in what a query asks for."""

from __future__ import annotations

import re
from typing import NamedTuple

from indexes import analyse
from resolver.coerce import read_number
from resolver.numerals import NUMERAL

__all__ = ["MONEY", "Amount", "exceeds", "read_amounts", "read_limit"]

MONEY = "money"
"""The unit of all currencies."""


class Amount(NamedTuple):
    """A number of something: of ``currency`` where the unit is money, else of what the unit's stem says."""

    value: float
    unit: str = MONEY
    currency: str = ""


# A currency's worth in US dollars, to one figure: only ever used to tell amounts of two currencies from each other that
# are far apart, since rates move.
_WORTH = {
    "usd": 1.0,
    "eur": 1.0,
    "gbp": 1.0,
    "cny": 0.1,
    "jpy": 0.007,
    "inr": 0.01,
    "krw": 0.0007,
    "hkd": 0.1,
    "cad": 0.7,
    "aud": 0.7,
    "chf": 1.0,
    "sek": 0.1,
}
_NAMES = {
    "$": "usd",
    "dollar": "usd",
    "buck": "usd",
    "usd": "usd",
    "\u20ac": "eur",
    "euro": "eur",
    "eur": "eur",
    "\u00a3": "gbp",
    "pound": "gbp",
    "gbp": "gbp",
    "rmb": "cny",
    "yuan": "cny",
    "renminbi": "cny",
    "cny": "cny",
    "\u00a5": "",
    "yen": "jpy",
    "jpy": "jpy",
    "\u20b9": "inr",
    "rupee": "inr",
    "inr": "inr",
    "won": "krw",
    "krw": "krw",
    "hkd": "hkd",
    "cad": "cad",
    "aud": "aud",
    "franc": "chf",
    "chf": "chf",
    "krona": "sek",
    "kronor": "sek",
    "sek": "sek",
}
_SIGN = r"[$\u20ac\u00a3\u00a5\u20b9]"
_WORD = (
    r"(?:us |hong kong )?(?:dollars?|bucks?|euros?|pounds?|yuan|renminbi|yen|rupees?|won|francs?|kron(?:a|or)|usd|eur"
    r"|gbp|rmb|cny|jpy|inr|krw|hkd|cad|aud|chf|sek)"
)
_DIGITS = r"\d{1,12}(?:,\d{3})*(?:\.\d+)?(?:\s?(?:k|m|thousand|million)\b)?"
_AMOUNT = re.compile(
    rf"(?<![\w.,])(?:(?P<sign>{_SIGN}|\b(?:usd|eur|gbp|rmb|cny|jpy|inr)\b)\s?)?(?P<number>{_DIGITS}|{NUMERAL})"
    rf"(?:\s?(?P<behind>{_SIGN}|{_WORD}\b))?(?:[\s-](?P<unit>[a-z]+))?",
    re.IGNORECASE,
)
_SPENDS = re.compile(
    r"\b(?:spend|put|cost|costs|costing|worth|priced?|pay(?:ing)?|budget|invest(?:ing|ment)?|deposit|transfer|withdraw|amount|"
    r"purchases?|donate|bet|lend|borrow|loan|sum|total|value)\b"
)
_LIMIT = re.compile(
    r"(?:\b(?:(?:not\s+)?exceed(?:ing|s)?|(?:no\s+|not\s+)?(?:more|greater|higher|larger)\s+than|over|above|beyond"
    r"|upwards of|up to|at most|maximum(?:\s+of)?|(?:limit(?:ed)?|capped|cap|restricted)(?:\s+(?:of|to|at|is))?)\s+"
    r"|[<>\u2264\u2265]=?\s*)(?:an?\s+)?"
    rf"(?P<amount>(?:{_SIGN}\s?)?(?:{_DIGITS}|{NUMERAL})(?:\s?(?:{_SIGN}|{_WORD}\b))?)(?:[\s-](?P<unit>[a-z]+))?"
)
_NO_UNIT = frozenset(
    [
        "per",
        "a",
        "an",
        "in",
        "on",
        "at",
        "for",
        "each",
        "or",
        "and",
        "to",
        "of",
        "with",
        "within",
        "any",
        "every",
        "by",
        "as",
        "from",
        "is",
        "when",
        "if",
    ]
)
_BEFORE = 40


def read_limit(text: str) -> tuple[Amount | None, str]:
    """The amount above which a rule forbids, and the text without it.

    >>> read_limit("order goods exceeding 9,000 yuan")
    (Amount(value=9000.0, unit='money', currency='cny'), 'order goods')
    >>> read_limit("book more than 2 tickets")[0]
    Amount(value=2.0, unit='ticket', currency='')
    """
    found = _LIMIT.search(text)
    if found is None:
        return None, text
    amounts = read_amounts(f"{found['amount']} {found['unit'] or ''}", money=bool(_SPENDS.search(text)))
    if not amounts:
        return None, text
    unit = f" {found['unit']}" if amounts[0].unit != MONEY and found["unit"] else ""
    return amounts[0], " ".join(f"{text[: found.start()]}{unit} {text[found.end('amount') :]}".split())


def read_amounts(text: str, *, money: bool | None = None) -> list[Amount]:
    """The amounts of a text, money where a currency or a word of spending says so.

    Args:
        text: Any text.
        money: Whether a number without a unit is money; where None, whether a word of spending stands before it.

    >>> read_amounts("invest 5k in bonds, and two tickets for $30")
    [Amount(value=5000.0, unit='money', currency=''), Amount(value=2.0, unit='ticket', currency=''), \
Amount(value=30.0, unit='money', currency='usd')]
    """
    text = text.lower()
    amounts = []
    for found in _AMOUNT.finditer(text):
        value = read_number(found["number"])
        if value is None:
            continue
        sign = found["sign"] or found["behind"]
        unit = "" if found["unit"] in _NO_UNIT else (found["unit"] or "")
        stem = (analyse(unit) or [""])[0]
        spent = (
            money if money is not None else bool(_SPENDS.search(text[max(0, found.start() - _BEFORE) : found.start()]))
        )
        thousands = found["number"].endswith("k")
        if sign:
            amounts.append(Amount(float(value), MONEY, _currency(sign)))
        elif stem and not (money and thousands):
            amounts.append(Amount(float(value), stem))
        elif spent or (thousands and not stem):
            amounts.append(Amount(float(value)))
    return amounts


def exceeds(amounts: list[Amount], limit: Amount) -> bool:
    """Whether one of the amounts is known to be above a limit of its unit.

    Amounts of two currencies are compared by their rough worth, and one must then be twice the other.

    >>> exceeds([Amount(20.0, MONEY, "usd")], Amount(100.0, MONEY, "cny"))
    False
    """
    for amount in amounts:
        if amount.unit != limit.unit:
            continue
        if amount.currency == limit.currency or not amount.currency or not limit.currency:
            if amount.value > limit.value:
                return True
        elif amount.value * _WORTH[amount.currency] > 2 * limit.value * _WORTH[limit.currency]:
            return True
    return False


def _currency(sign: str) -> str:
    words = sign.lower().split()
    return _NAMES.get(words[-1]) or _NAMES.get(words[-1].rstrip("s"), "")
