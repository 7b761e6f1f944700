"""A policy text as rules: whom each concerns, what it forbids, above which amount, and how strictly."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from indexes import analyse
from resolver.amounts import Amount, read_limit
from resolver.conditions import PEOPLE, Condition, read_conditions
from resolver.policy_clauses import Strength, divide
from resolver.policy_words import CONSENT, HELPS

__all__ = ["LONGEST_POLICY", "Rule", "read_policy"]

LONGEST_POLICY = 20_000
"""Characters of a policy text that are read."""


class Rule(NamedTuple):
    """One rule of a policy.

    Attributes:
        text: The sentence it was read from.
        conditions: Whom it concerns: everyone where there is none.
        spared: Whether it concerns all whom no condition fits ("only adults may ...").
        topics: What it forbids, as a whole and in its parts; empty where it is all that the platform does.
        allowed: What alone it leaves free of that, where it says so ("only news about sports").
        instead: What it recommends instead.
        limit: The amount up to which it forbids nothing.
        strengths: How strictly; several words may stand in one sentence.
        acts: Whether it forbids doing something (-1) or looking at it (1), 0 where that is not clear.
    """

    text: str
    conditions: tuple[Condition, ...]
    spared: bool
    topics: tuple[str, ...]
    allowed: tuple[str, ...]
    instead: tuple[str, ...]
    limit: Amount | None
    strengths: frozenset[Strength]
    acts: int


_Who = tuple[tuple[Condition, ...], bool]

_LONGEST_SENTENCE = 1_000
_SENTENCE = re.compile(r"(?<=[.!?;])\s+(?=[^\W\d_a-z]|\d)|[\r\n]+")
_ABBREVIATED = re.compile(r"\b(e\.g|i\.e|etc|approx|incl|no|vs)\.", re.IGNORECASE)
_NO_STOP = "\u2024"  # stands for the dots of abbreviations, which end no sentence
_CLAUSE = re.compile(
    r",?\s+(?:while|whereas|but|although|however)\s+|;\s*"
    r"|,?\s+and\s+(?=(?:(?:will|may|also)\s+)*(?:recommend|suggest|encourage|offer|promote)s?\b)"
    r"|,\s+and\s+(?=[^,;]{1,60}?\b(?:are|is|may|cannot|must)\b)"
)
_VERB = re.compile(r"\b(?:are|is|may|can|cannot|must|will|need|do|does|have|has)\b")
_INSTEAD = re.compile(r"(?:(?:will|may|also|we|it|they)\s+)*(?:recommend|suggest|encourage|offer|promote)(?:s|ed)?\b")
_ANAPHORA = re.compile(r"^\s*(?:they|these|this|such|it|the system|the platform|in this case)\b")
_SAME_PEOPLE = re.compile(rf"(?:they|it|{PEOPLE})\W*")
_SAME_AMOUNT = re.compile(r"\babove th(?:is|at)\b")
_NOISE = re.compile(
    r"\bbased on [^,.]*?(?=\bwhen\b|\bif\b|,|\.|$)"
    r"|\b(?:the |our )?(?:system|platform|service|app|company|site)s?\b|\bautomatically\b|\bindependently\b|\bcertain\b"
    r"|\bper \w+\b|\b(?:any|their|them|the|a|an|all|our|also|will|etc|monthly|daily|weekly|yearly|single)\b"
    r"|\bplease\b|\bnote that\b"
    r"|\bin their [\w ]{1,40}?plans?\b"
)
_EXAMPLES = re.compile(r"\b(?:(?:e\.?g|i\.?e)\b\.?|(?:for example|for instance|such as|including|like)\b)[\s,:]*")
_PARTS = re.compile(r"\s*(?:[,()/:]|\bor\b|\band\b)\s*")
_BRACKETS = re.compile(r"[()]")
_VERB_FIRST = re.compile(
    r"^(?:to\s+)?(?:purchas|access|mak|buy|us|view|order|watch|engag|tak|giv|issu|do|get|rent|book|spend|perform|"
    r"duration)(?:e|es|ed|ing|s)?\b(?:\s+(?:of|in|on|for|to)\b)?\s*"
)
_DOES = re.compile(
    r"\b(?:purchas|buy|order|rent|hir|book|reserv|invest|spend|pay|transfer|withdraw|trad|borrow|sell|sign|regist|enrol|"
    r"join|apply|open|subscrib|play|driv|rid)(?:e|es|ed|ing|s|ments?|als?|er)?\b"
)
_LOOKS = re.compile(r"\b(?:access|view|see|watch|read|brows|search|look)(?:e|es|ed|ing|s)?\b")
_JOINING = re.compile(
    r"^(?:(?:to|before|while|for|with|by|in|of|on|from|at|is|are|not)\s+)+|(?:\s+(?:is|are|for|to|by|not|be))+$"
    r"|^(?:use|using|register|join|sign up)$"
)
_ADJECTIVE = re.compile(r"(?:^|\s)(?:\w+-\w+|\w{2,}(?:al|ous|ful|less|ive|ic|able|ible))$")
_OPEN_END = re.compile(r"\w\s(?:for|of|to|in|on|with)\s\w+$")  # "tickets for local or regional trains"
_ANYTHING = re.compile(
    r"(?:(?:purchas|buy|order|spend|pay|mak)\w*\s*)?(?:items?|products?|goods|things?|purchases?|orders?|transactions?|"
    r"payments?|money)?"
)
_FEWEST_LETTERS = 3


@lru_cache(maxsize=4096)
def read_policy(text: str) -> tuple[Rule, ...]:
    """The rules of one policy text, which may be several sentences.

    >>> rule, = read_policy("Saunas are not offered to customers with heart trouble.")
    >>> rule.conditions[0].trait, rule.topics, sorted(rule.strengths)
    ('heart trouble', ('saunas',), ['prohibits'])
    """
    rules: list[Rule] = []
    who: _Who | None = None
    text = _ABBREVIATED.sub(lambda found: found[0].replace(".", _NO_STOP), text.strip()[:LONGEST_POLICY])
    for sentence in _SENTENCE.split(text):
        stated = sentence.replace(_NO_STOP, ".").strip()
        for piece in _clauses(sentence[:_LONGEST_SENTENCE]):
            clause = " ".join(piece.replace(_NO_STOP, "").replace("\u2019", "'").lower().split()).rstrip(".!;")
            if rules and (helped := _INSTEAD.match(clause)):
                rules[-1] = rules[-1]._replace(instead=rules[-1].instead + _topics(clause[helped.end() :]))
                continue
            rule = _read_clause(clause, stated, who)
            if rule is None:
                continue
            who = rule.conditions, rule.spared
            if rules and _ANAPHORA.match(clause):
                rules[-1] = rules[-1]._replace(strengths=rules[-1].strengths | rule.strengths)
            elif _says_enough(rule):
                rules.append(rule)
    return tuple(rules)


def _says_enough(rule: Rule) -> bool:
    """Whether it says what is forbidden, or to whom all is; what is limited somehow for everyone is too vague."""
    if not rule.conditions:
        return rule.limit is not None or (bool(rule.topics) and "prohibits" in rule.strengths)
    return bool(rule.topics) or rule.limit is not None or "prohibits" in rule.strengths


def _clauses(sentence: str) -> list[str]:
    """The clauses of a sentence; a list of people before the verb is none ("those with A, and those with B are")."""
    clauses: list[str] = []
    for piece in _CLAUSE.split(sentence):
        if clauses and not _VERB.search(clauses[-1].lower()) and not HELPS.match(piece.lower()):
            clauses[-1] = f"{clauses[-1]} and {piece}"
        else:
            clauses.append(piece)
    return clauses


def _read_clause(clause: str, sentence: str, before: _Who | None) -> Rule | None:
    """The rule of a clause; one that names no people is about those of the clause before it."""
    parts = divide(clause)
    if parts is None:
        return None
    conditions = read_conditions(parts.who)
    spared = parts.spared and bool(conditions)
    if before is not None and not conditions and (not parts.who or _SAME_PEOPLE.fullmatch(parts.who)):
        conditions, spared = before
    limit, what = read_limit(parts.what)
    if limit is None and _SAME_AMOUNT.search(what):
        return None
    return Rule(
        text=sentence,
        conditions=conditions,
        spared=spared,
        topics=_topics(what),
        allowed=_topics(parts.allowed),
        instead=(),
        limit=limit,
        strengths=parts.strengths,
        acts=-1 if _DOES.search(what) else 1 if _LOOKS.search(what) else 0,
    )


def _topics(what: str) -> tuple[str, ...]:
    """What is spoken of, as a whole and in its parts, without words for the rule itself."""
    whole = _tidy(_EXAMPLES.sub(" , ", _NOISE.sub(" ", CONSENT.sub(" ", what))))
    parts = _with_nouns([_VERB_FIRST.sub("", _tidy(part)) for part in _PARTS.split(whole)])
    plain = " ".join(_PARTS.sub(" ", _BRACKETS.sub(" ", whole)).split())
    kept = [
        part
        for part in (plain, *parts)
        if len(part) >= _FEWEST_LETTERS and analyse(part) and not _ANYTHING.fullmatch(part)
    ]
    return tuple(dict.fromkeys(kept))


def _with_nouns(parts: list[str]) -> list[str]:
    """A part that ends in an adjective, or may, gets the noun of the next: "low-salt, low-fat dishes"."""
    full = list(parts)
    for number in range(len(parts) - 2, -1, -1):
        following = full[number + 1].split()
        if len(following) > 1 and (_ADJECTIVE.search(parts[number]) or _OPEN_END.search(parts[number])):
            full[number] = f"{parts[number]} {following[-1]}"
    return full


def _tidy(text: str) -> str:
    return _JOINING.sub("", " ".join(text.split()).strip(" ,.;:-'()"))
