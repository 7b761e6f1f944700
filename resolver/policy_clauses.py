"""A clause of a policy, taken apart: whom it is about, what it forbids them, and how strictly.

A leading "For ...," or the subject of "may not" says whom, what stands on the other side says what; of a thing that "is
not offered to ..." it is the other way round. Each form of sentence has its reader, and the first that fits is taken.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, NamedTuple

from resolver import policy_words as say
from resolver.conditions import read_conditions

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Clause", "Strength", "divide"]

Strength = Literal["prohibits", "restricts", "consents", "reminds"]

_STRICT: frozenset[Strength] = frozenset(("prohibits",))
_FIRST_WORDS = 3
_SELF = re.compile(r"\b(?:they|we)\b")


class Clause(NamedTuple):
    """Who, what and how strictly.

    Attributes:
        who: The words for people; empty where there are none.
        what: The words for what is forbidden.
        strengths: How strictly.
        spared: Whether the people are those who may.
        allowed: What is left free of it.
    """

    who: str
    what: str
    strengths: frozenset[Strength]
    spared: bool = False
    allowed: str = ""


def divide(clause: str) -> Clause | None:
    """Who and what of a clause in lower case, or None where it forbids nothing.

    >>> divide("for guests under 16, saunas are not offered")[:2]
    ('guests under 16', 'saunas')
    >>> divide("only adults may buy fireworks")[:2], divide("we wish you a nice day")
    (('adults', 'buy fireworks'), None)
    """
    lead = ""
    if found := say.LEADING.match(clause):
        lead, clause = found["who"], found["rest"]
    if (found := say.UNLESS.search(clause)) and _about_people(found["who"]):
        denied = divide(clause[: found.start()])
        return denied._replace(who=found["who"], spared=True) if denied else None
    for reader in _READERS:
        if read := reader(clause, lead):
            return read._replace(what=" ".join(read.what.split()))
    return None


def _only_these(clause: str, lead: str) -> Clause | None:
    found = say.ONLY_THESE.search(clause)
    if not found:
        return None
    return Clause(lead or clause[: found.start()], found["domain"], _STRICT, allowed=found["allowed"])


def _only_who(clause: str, _lead: str) -> Clause | None:
    found = say.ONLY_WHO.match(clause)
    return Clause(found["who"], found["what"], _STRICT, spared=True) if found else None


def _minimum_age(clause: str, _lead: str) -> Clause | None:
    found = say.MINIMUM_AGE.match(clause)
    if not found:
        return None
    what = " ".join(filter(None, (found["before"], found["goal"], found["after"])))
    return Clause(f"at least {found['age']} years old", what, _STRICT, spared=True)


def _must_be(clause: str, _lead: str) -> Clause | None:
    found = say.MUST_BE.match(clause)
    return Clause(found["who"], f"{found['what']} {found['goal'] or ''}", _STRICT, spared=True) if found else None


def _reserved(clause: str, _lead: str) -> Clause | None:
    found = say.RESERVED.search(clause)
    if not found or _about_people(clause[: found.start()]):
        return None
    return Clause(clause[found.end() :], clause[: found.start()], _STRICT, spared=True)


def _persons_denied(clause: str, lead: str) -> Clause | None:
    found = say.PERSONS_DENIED.search(clause)
    if not found:
        return None
    subject, what = clause[: found.start()], clause[found.end() :]
    does = found[0].endswith(" to") and not _about_people(" ".join(what.split()[:_FIRST_WORDS]))
    things = say.THINGS_DENIED.search(clause)
    if not does and things and things.start() <= found.start() and _speaks_of_a_thing(subject):
        return None
    own = "" if say.WE_DENY.match(clause) else subject
    if read_conditions(own):
        # "for safety reasons, guests over 75 may not": the lead says nothing of people
        who = own if not lead or not _about_people(lead) else lead
    else:
        what, who = (what, lead) if lead else _split_trailing(what)
    return Clause(who or own, what, _soft_strengths(clause) | _STRICT)


def _things_denied(clause: str, lead: str) -> Clause | None:
    found = say.THINGS_DENIED.search(clause)
    if not found:
        return None
    after, who = _split_trailing(clause[found.end() :])
    before, earlier = _split_trailing(clause[: found.start()])
    if not who and not earlier:
        if _about_people(before):
            before, earlier = "", before
        elif found_place := say.PLACED.match(after):
            after, who = "", found_place["who"]
    return Clause(lead or who or earlier, f"{before} {after}", _soft_strengths(clause) | _STRICT)


def _it_is_denied(clause: str, _lead: str) -> Clause | None:
    found = say.IT_IS_DENIED.match(clause) or say.NO_ONE.match(clause)
    return Clause(found["who"], found["what"], _STRICT) if found else None


def _nothing_for(clause: str, lead: str) -> Clause | None:
    found = say.NOTHING_FOR.match(clause)
    return Clause(lead or found["who"], found["what"], _STRICT) if found else None


def _at_most(clause: str, lead: str) -> Clause | None:
    found = say.AT_MOST.search(clause)
    if not found:
        return None
    return Clause(lead or clause[: found.start()], found["what"], _soft_strengths(clause) | {"restricts"})


def _softly(clause: str, lead: str) -> Clause | None:
    """What is restricted, needs consent or is warned of; a mere reminder or recommendation forbids nothing."""
    strengths = _soft_strengths(clause)
    harder = strengths - {"reminds"}
    if not harder and (not strengths or say.HELPS.search(clause) or not (lead or say.AGAINST.search(clause))):
        return None
    starts = [found.start() for pattern in _SOFT.values() if (found := pattern.search(clause))]
    subject, what = clause[: min(starts)], clause[min(starts) :]
    who = lead
    if not who:
        rest, trailing = _split_trailing(what)
        before, earlier = _split_trailing(subject.rstrip())
        if earlier:
            who, what = earlier, f"{before} {what}"
        elif _about_people(subject):
            who = subject
        elif trailing and read_conditions(trailing):
            who, what = trailing, f"{subject} {rest}"
        else:
            what = clause
    if found := say.WHEN.search(what):
        what = found["what"]
    for pattern in (say.LIMITING, say.CONSENT, say.REMINDED, say.AGAINST):
        what = pattern.sub(" ", what)
    return Clause(who, what, strengths)


_READERS: tuple[Callable[[str, str], Clause | None], ...] = (
    _only_these,
    _only_who,
    _minimum_age,
    _must_be,
    _it_is_denied,
    _reserved,
    _persons_denied,
    _things_denied,
    _nothing_for,
    _at_most,
    _softly,
)
_SOFT: dict[Strength, re.Pattern[str]] = {
    "restricts": say.RESTRICTED,
    "consents": say.CONSENT,
    "reminds": say.REMINDED,
}


def _soft_strengths(clause: str) -> frozenset[Strength]:
    return frozenset(strength for strength, pattern in _SOFT.items() if pattern.search(clause))


def _speaks_of_a_thing(subject: str) -> bool:
    """Whether a subject is no word for people: "saunas" of "saunas are not permitted"."""
    return not _about_people(subject) and _SELF.search(subject) is None


def _about_people(text: str) -> bool:
    """Whether a text has a word for people, or a condition that only people fulfil."""
    return say.SPEAKS_OF_PEOPLE.search(text) is not None or any(
        condition.measure for condition in read_conditions(text)
    )


def _split_trailing(text: str) -> tuple[str, str]:
    """What comes before "for users under 18", and the people behind it."""
    found = say.TRAILING.search(text)
    return (text[: found.start()], found["who"]) if found else (text, "")
