"""Requests in words: composed of a core, modifiers in any order, and what people say around it."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Literal, NamedTuple

from experiments.ptool.vocabulary import Words, read_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.random import Generator

__all__ = [
    "Part",
    "Phrases",
    "Said",
    "Saying",
    "article",
    "compose",
    "one_of",
    "phrases",
    "say_count",
    "say_day",
    "say_time",
]

_BEFORE, _AFTER, _FRONT, _COMMA = 0.45, 0.35, 0.25, 0.3
_IN_WORDS = ("no", "one", "two", "three", "four", "five", "six")
_NOON, _HALF, _QUARTER = 12, 30, 15
_EVENING = 18
_JOINING = ("and ", "that's", "a total", "giving", "the ", "date: ", "time: ", "new time", "{")
_PLAIN = 10  # openers, the first, that another part may stand in front of


class Saying(Words):
    """Ways to speak of what a function needs to know of its user: to say it, or to name a context in which it holds."""

    said: tuple[str, ...]
    home: tuple[str, ...] = ()
    private: tuple[str, ...] = ()
    work: tuple[str, ...] = ()

    def of(self, context: str) -> tuple[str, ...]:
        """Ways to name a context."""
        return {"home": self.home, "private": self.private, "work": self.work}[context]


class Phrases(Words):
    """The words of ``phrases.json``."""

    openers: tuple[str, ...]
    before: tuple[str, ...]
    after: tuple[str, ...]
    platform: tuple[str, ...]
    word: tuple[str, ...]
    work: tuple[str, ...]
    date: tuple[str, ...]
    to_date: tuple[str, ...]
    to_time: tuple[str, ...]
    time: tuple[str, ...]
    count: tuple[str, ...]
    interval: tuple[str, ...]
    rating: tuple[str, ...]
    needs: dict[str, Saying]
    acts: dict[str, tuple[str, ...]]
    usual: tuple[str, ...]
    joined: tuple[str, ...]
    option_statements: tuple[str, ...]
    platform_statements: tuple[str, ...]
    address_statements: dict[str, tuple[str, ...]]
    months: tuple[str, ...]
    names: dict[Literal["first", "second", "last"], tuple[str, ...]]
    telling: frozenset[str]


class Part(NamedTuple):
    """A piece of a request.

    Attributes:
        template: Its words, with places.
        values: What the places hold.
        front: Whether it may stand in front.
        apart: Whether it must stand behind a comma.
        last: Whether it stands at the end.
        pieces: What of it carries meaning, where that is neither the values nor all of it.
    """

    template: str
    values: dict[str, str]
    front: bool = False
    apart: bool = False
    last: bool = False
    pieces: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """As it is said."""
        return self.template.format_map(self.values)

    @property
    def carries(self) -> tuple[str, ...]:
        """What of it carries meaning."""
        return self.pieces or tuple(self.values.values()) or (self.text,)


class Said(NamedTuple):
    """A request.

    Attributes:
        text: Its words.
        template: What is left of them without the values.
        pieces: What of it carries meaning.
        core: The template without its opener and the sentences around it, its parts in the order of their letters.
    """

    text: str
    template: str
    pieces: tuple[str, ...] = ()
    core: str = ""


@cache
def phrases() -> Phrases:
    """All words."""
    return Phrases.model_validate_json(read_words("phrases.json"))


def one_of(rng: Generator, options: Sequence[str]) -> str:
    """One of several, all alike likely."""
    return options[int(rng.integers(len(options)))]


def compose(rng: Generator, core: Part, modifiers: Sequence[Part], *, short: bool = False) -> Said:
    """A request.

    Args:
        rng: Draws.
        core: An imperative without a subject.
        modifiers: What is added, in any order.
        short: Without anything around it, as in a log.
    """
    order = sorted((modifiers[place] for place in rng.permutation(len(modifiers))), key=lambda part: part.last)
    movable = [part for part in order if part.front and not _is_aside(part)]
    front = movable[0] if movable and rng.random() < _FRONT else None
    pieces: list[tuple[str, Part]] = [(" ", core)]
    for part in order:
        if part is not front:
            left = pieces[-1][1]
            apart = part.apart or left.apart or "," in left.text or _is_aside(part) or _is_aside(left)
            pieces.append((", " if apart or rng.random() < _COMMA else " ", part))
    openers = phrases().openers[: _PLAIN if front else None]
    opener = "{Body}." if short else one_of(rng, openers)
    before = one_of(rng, phrases().before) if not short and rng.random() < _BEFORE else ""
    after = one_of(rng, phrases().after) if not short and rng.random() < _AFTER else ""

    def made(shown: Sequence[str], first: str) -> str:
        body = "".join(
            sep * (number > 0) + text for number, ((sep, _), text) in enumerate(zip(pieces, shown, strict=True))
        )
        if first and opener.startswith("{Body}"):
            body, first = f"{first}, {body}", ""
        sentence = opener.replace("{Body}", body[:1].upper() + body[1:]).replace("{body}", body)
        if first:
            sentence = f"{first[:1].upper()}{first[1:]}, {_lowered(sentence)}"
        return " ".join(filter(None, (before, sentence, after)))

    text = made([part.text for _, part in pieces], front.text if front else "")
    told = [piece for part in (core, *order) for piece in part.carries]
    template = made([part.template for _, part in pieces], front.template if front else "")
    plain = " ".join([core.template, *sorted(part.template for part in order)])
    return Said(text, template, tuple(dict.fromkeys(told)), plain)


def article(noun: str) -> str:
    """``a`` or ``an``."""
    return "an" if noun[:1].lower() in "aeio" else "a"


def say_day(rng: Generator, day: str) -> str:
    """A day, ``YYYY-MM-DD``, as people say it, with its year."""
    year, month, number = day.split("-")
    name, plain = phrases().months[int(month) - 1], str(int(number))
    nth = plain + {"1": "st", "2": "nd", "3": "rd"}.get(plain[-1] if plain not in ("11", "12", "13") else "", "th")
    forms = (
        f"{name} {nth}, {year}",
        f"{plain} {name} {year}",
        f"{name} {plain}, {year}",
        f"the {nth} of {name} {year}",
        day,
    )
    return one_of(rng, forms)


def say_time(rng: Generator, time: str) -> str:
    """A time of day, ``HH:MM``, as people say it."""
    hour, minute = map(int, time.split(":"))
    twelve, half = hour % _NOON or _NOON, "am" if hour < _NOON else "pm"
    part = "in the morning" if hour < _NOON else "in the evening" if hour >= _EVENING else "in the afternoon"
    forms = [time, f"{twelve}:{minute:02d} {half}"]
    if minute == 0:
        forms += [f"{twelve} {half}", f"{twelve} o'clock {part}"]
    if minute == _HALF:
        forms.append(f"half past {twelve} {part}")
    if minute == _QUARTER:
        forms.append(f"quarter past {twelve} {part}")
    return one_of(rng, forms)


def say_count(rng: Generator, count: int) -> str:
    """A number up to six, in digits or in words."""
    return str(count) if rng.random() < 1 / 2 else _IN_WORDS[count]


def _is_aside(part: Part) -> bool:
    """Whether a part is set off by commas, as is what follows it."""
    return part.template.startswith(_JOINING)


def _lowered(sentence: str) -> str:
    """A sentence that goes on: without its capital, but for I and names."""
    first = sentence.split(" ", 1)[0]
    return sentence if first == "I" or first.startswith("I'") else sentence[:1].lower() + sentence[1:]
