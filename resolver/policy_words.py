r"""The English by which policies forbid, limit and warn, as regular expressions for lower-case text.

They are read by `resolver.policy_clauses`. Texts are cut to a length before they are read, since some of these look
ahead to the end of a clause from every place in it.
"""

from __future__ import annotations

import re

from resolver.conditions import AGENTS, PEOPLE

__all__ = [
    "AGAINST",
    "AT_MOST",
    "CONSENT",
    "HELPS",
    "IT_IS_DENIED",
    "LEADING",
    "LIMITING",
    "MINIMUM_AGE",
    "MUST_BE",
    "NOTHING_FOR",
    "NO_ONE",
    "ONLY_THESE",
    "ONLY_WHO",
    "PERSONS_DENIED",
    "PLACED",
    "REMINDED",
    "RESERVED",
    "RESTRICTED",
    "SPEAKS_OF_PEOPLE",
    "THINGS_DENIED",
    "TRAILING",
    "UNLESS",
    "WE_DENY",
    "WHEN",
]

_BE = r"(?:(?:is|are|be|being|will be|shall be|was|were)\s+)?(?:(?:strictly|generally|currently|temporarily)\s+)?"
_ABLE = r"(?:allowed|permitted|eligible|able|entitled|authori[sz]ed|admitted)"
_THING = (
    r"(?:offered|available|provided|sold|served|accessible|open|supported|suitable|issued|rented|shown|delivered|made)"
)
_MODAL_NOT = (
    r"(?:may|can|could|must|shall|should|will|do|does)\s?(?:not|n['\u2019]t|never)"
    r"|cannot|can['\u2019]t|mustn['\u2019]t|won['\u2019]t"
)
_BOND = r"(?:for|to|by|from|if|when)"
_BARRED = r"(?:prohibited|banned|barred|forbidden|excluded|blocked|restricted|disqualified|prevented)"

SPEAKS_OF_PEOPLE = re.compile(rf"\b{PEOPLE}\b|{AGENTS}")
"""A word for people."""

PERSONS_DENIED = re.compile(
    rf"\b(?:{_BE}(?:not|never|no longer)\s+{_ABLE}(?:\s+(?:to|for|in|into|on))?|{_BE}{_BARRED}\s+from"
    rf"|(?:{_MODAL_NOT})\b(?!\s+be\s+\w+(?:ed|en|ld|ade)\b)|{_BE}(?:ineligible|unable)\s+(?:to|for)"
    r"|ha(?:s|ve)\s+no\s+access\s+to|(?:is|are)\s+denied(?!\s+to\b)|(?:do|does)\s+not\s+have\s+access\s+to)"
)
"""People may not do something: "are not allowed to", "cannot"."""

THINGS_DENIED = re.compile(
    rf"\b(?:{_BE}(?:not|never|no longer)\s+(?:{_ABLE}|{_THING})|(?:{_MODAL_NOT})\s+be\s+\w+"
    rf"|{_BE}(?:closed|off[- ]limits|denied|refused)(?=\s+(?:to|for)\b)"
    rf"|{_BE}(?:unavailable|prohibited|forbidden|banned|off[- ]limits|disallowed))\b"
)
"""A thing may not be had: "are not offered", "cannot be bought"."""

WE_DENY = re.compile(rf"^\s*(?:we|the \w+|this \w+)\s+(?:(?:{_MODAL_NOT})|never|refuses?\s+to)\s+")
"""The provider is the subject: "we do not sell ..."."""

IT_IS_DENIED = re.compile(
    r"^\s*it\s+is\s+(?:prohibited|forbidden|illegal|not\s+(?:allowed|permitted|possible))\s+for\s+(?P<who>.+?)\s+to\s+"
    r"(?P<what>.+)$"
)
"""It is forbidden for some people to do something."""

NO_ONE = re.compile(
    rf"^\s*no\s+(?:one|body|{PEOPLE})\s+(?P<who>.+?)\s+(?:is|are|may|can|shall|will)\s+(?:be\s+)?(?:{_ABLE}\s+)?(?:to\s+)?"
    r"(?P<what>.+)$"
)
"""No one of such people may do something."""

PLACED = re.compile(r"^\s*(?:in|within|outside)\s+(?!advance\b|bulk\b|store|cash\b|the\s+app\b)(?P<who>[\w -]{2,40})$")
"""Something is not to be had in a place."""

NOTHING_FOR = re.compile(r"^\s*no\s+(?P<what>.+?)\s+(?:for|to|by)\s+(?P<who>.+)$")
"""No such thing for such people."""

RESERVED = re.compile(
    rf"\b{_BE}(?:(?:only|exclusively|solely)\s+(?:{_ABLE}|{_THING}|meant|intended)?|(?:restricted|limited|reserved))\s+"
    rf"(?:to|for|by)\s+(?=[^.]*(?:{PEOPLE}|adult|senior|\d|who))"
    r"(?!(?:an?\s+)?(?:maximum|[$\u20ac\u00a3\u00a5]|\d[\d,.]*k?\s+(?!and\b|or\b|years?\b)))"
    rf"|\b{_BE}{_THING}\s+(?:only|exclusively|solely)\s+(?:to|for|by)\s+"
)
"""A thing is for some people: "are only sold to ..."."""

ONLY_WHO = re.compile(rf"^\s*only\s+(?P<who>.+?)\s+(?:may|can|are|is|have|must)\s+(?:{_ABLE}\s+to\s+)?(?P<what>.+)$")
"""Only some people may."""

MUST_BE = re.compile(
    rf"^\s*(?P<what>.*?)\b(?:{PEOPLE}\s+)?(?:must|need to|have to|has to)\s+be\s+"
    r"(?P<who>(?:at least|over|above|older|aged?|between|taller|shorter|heavier|lighter|\d|an? adult|adults)[^,.]*?)"
    r"(?:\s+(?:to|for|in order to|before)\s+(?P<goal>.+))?$"
)
"""Whoever does it must be of an age."""

MINIMUM_AGE = re.compile(
    r"^\s*(?P<before>.*?)(?:\b(?:has|have|requires?)\s+)?(?:an?\s+|the\s+)?minimum\s+age"
    r"(?:\s+(?:for|to)\s+(?P<goal>.+?))?\s+(?:is|of)\s+(?P<age>\d+)(?:\s+years?)?(?P<after>.*)$"
)
"""The minimum age for something is so much."""

ONLY_THESE = re.compile(
    rf"\b(?:may|can|are|is)\s+(?:{_ABLE}\s+to\s+)?only\s+(?P<domain>.+?)\s+"
    r"(?:(?:related|relating|limited|restricted)\s+to|about|on|concerning|regarding|such as|in the area of)\s+"
    r"(?P<allowed>.+)$"
)
"""People may only have things of one sort that are about something."""

AT_MOST = re.compile(
    rf"\b(?:can|may|{_BE}{_ABLE}\s+to)\s+"
    r"(?P<what>(?:only\s+)?[^,]*?\b(?:at most|up to|no more than|a maximum of)\s+.+)$"
)
"""People may, up to a limit."""

RESTRICTED = re.compile(
    r"\b(?:restrict|limit|cap|block|discourag|reduc)(?:e|es|s|ed|ing|ped)?\b(?:\s+in\b)?|\blimits?\b"
)
"""Something is limited in some way."""

LIMITING = re.compile(
    r"\b(?!(?:limit|cap)\w*\s+(?:to|of|at)\s+(?:[\d$\u20ac\u00a3\u00a5]|an?\b))"
    r"(?:restrict|limit|cap|block|discourag|reduc)(?:e|es|s|ed|ing|ped)?\b(?:\s+in\b)?|\bis set\b"
)
"""The words of limiting that say no amount."""

CONSENT = re.compile(
    r"\b(?:must|shall|needs? to|ha(?:s|ve) to|will|can only)?\s*(?:also\s+)?"
    r"(?:be accompanied by|obtain|requires?|need|have|provide|with|subject to|without)\s+"
    r"(?:an?\s+|the\s+|prior\s+)?(?:[\w-]+\s+){0,4}?"
    r"(?:consent|approvals?|permission|assessments?|supervision|authori[sz]ation|adult|guardian|parent)\b"
    r"(?:\s+(?:consent|approval|permission|(?:of|from|by)\s+(?:an?\s+|the\s+|their\s+)?\w+))*"
)
"""Something needs the consent of others."""

REMINDED = re.compile(
    r"\b(?:remind|warn|advis|caution|alert|notify|notifi|flag|filter|tag)(?:e|es|s|ed|ged|ing|ging)?\b(?:\s+them)?"
    r"|\bwarnings?\b"
)
"""People are told, things are marked."""

AGAINST = re.compile(r"\b(?:avoid|against|not to|refrain|discourage)\w*\b(?:\s+from)?")
"""What is told is to leave something."""

HELPS = re.compile(r"\b(?:recommend|suggest|encourage|offer|provide|promote)(?:s|ed|ing)?\b")
"""What is told is to do something."""

LEADING = re.compile(
    r"^\s*(?:for|if|when|where|in the case of|as for)\s+(?P<who>(?:[^,()]|\([^()]*\))+),\s*(?P<rest>.+)$"
)
"""People in front: "For users under 18, ..."."""

TRAILING = re.compile(
    rf"\s+{_BOND}\s+(?P<who>(?:(?:(?!\s{_BOND}\s)[^,])*?\b"
    rf"(?:{PEOPLE}|minors?|children|teen\w*|adults|an adult|elderly|seniors?|women|men|students?)\b"
    r"|(?:you|they)\s+(?:are|is|have)\b|under|over|low|high)[^,]*)$"
)
"""People behind: "... for users under 18"."""

UNLESS = re.compile(r"\s+unless\s+(?:they|you|the \w+)?\s*(?P<who>.+)$")
"""People who are spared."""

WHEN = re.compile(r"\bwhen(?:ever)?\s+(?:engaging in|using|doing|accessing)?\s*(?P<what>.+)$")
"""The occasion on which people are told something."""
