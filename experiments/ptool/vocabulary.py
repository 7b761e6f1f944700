"""The words of the synthetic world, read from the JSON files beside this module, which are meant to be edited."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = [
    "FEATURES",
    "TRAITS",
    "Count",
    "ExclusionWords",
    "Need",
    "Option",
    "Restriction",
    "ScenarioWords",
    "Thing",
    "TraitWords",
    "Wording",
    "Wordings",
    "Words",
    "admissible",
    "exclusion_words",
    "is_superlative",
    "kin",
    "read_words",
    "scenarios",
    "traits",
]

FEATURES = ("age", "income", "family", "urban", "tech", "travel")
"""What people are, in the order of all vectors."""

TRAITS = (
    *("price", "speed", "range", "quality", "reputation", "payment"),
    *("local", "privacy", "service", "green", "ease", "rewards"),
)
"""In what platforms differ, in the order of all vectors."""

Feature = Literal["age", "income", "family", "urban", "tech", "travel"]
"""One of `FEATURES`."""

Need = Literal[
    "address",
    "phone",
    "email",
    "full_name",
    "payment_method",
    "birthday",
    "passport_number",
    "license_plate",
    "bank_account",
    "insurance_number",
    "shoe_size",
    "clothing_size",
    "dietary_restriction",
    "language",
    "emergency_contact",
]
"""What a function may need to know of its user."""


Wordings = Literal["all", "even", "odd"]
"""Which ways to speak of a trait, or of an exclusion: no text is in both halves."""


class Words(BaseModel):
    """Words from one of the JSON files; what is not known there is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Wording(Words):
    """A way to say something, and of whom it may be true: a plain string of everybody.

    Attributes:
        text: The words.
        levels: By feature the lowest and the highest level at which they may be said; ``if`` in the file.
    """

    text: str
    levels: dict[Feature, tuple[int, int]] = Field(default_factory=dict, alias="if")

    @model_validator(mode="before")
    @classmethod
    def _plain(cls, given: Any) -> Any:  # noqa: ANN401 - whatever the file has
        return {"text": given} if isinstance(given, str) else given

    def fits(self, levels: Sequence[int] | None) -> bool:
        """Whether people of these levels may say so; where they are not known, whether everybody may."""
        if levels is None:
            return not self.levels
        return all(low <= levels[FEATURES.index(name)] <= high for name, (low, high) in self.levels.items())


def admissible(wordings: Iterable[Wording], levels: Sequence[int] | None) -> list[str]:
    """The texts that people of these levels may say."""
    return [own.text for own in wordings if own.fits(levels)]


class Item(Words):
    """The parameter that says which one is meant, and its values."""

    name: str
    about: str
    values: tuple[str, ...]


class Option(Words):
    """A closed choice; ``say`` are ways to say it, with ``{value}``."""

    name: str
    about: str
    values: tuple[str, ...]
    say: tuple[str, ...]


class Count(Words):
    """How many, with the names of one and of many."""

    name: str
    about: str
    one: str
    many: str


Unfit = Literal["usual", "schedule", "daily", "work"]
"""What may make no sense of a thing: a usual one, one again and again, or each day, or one for work."""


class Thing(Words):
    """What is ordered, booked or played: its main function is ``act``; ``say`` are ways to ask for an ``{item}``.

    What makes no sense of it stands in ``unfit``. What nobody has again and again, one can be reminded of instead.
    """

    noun: str
    plural: str
    act: str
    say: tuple[str, ...]
    item: Item
    options: tuple[Option, ...]
    count: Count | None
    when: Literal["date", "time", "datetime"] | None
    needs: tuple[Need, ...]
    unfit: tuple[Unfit, ...]


class ScenarioWords(Words):
    """A scenario and its things."""

    name: str
    objects: tuple[Thing, ...]


class TraitWords(Words):
    """How a trait is spoken of.

    Attributes:
        about: It, in a few words.
        platform: Predicates of a platform that is strong in it.
        weak: Of one that is weak.
        direct: Statements of a user who cares for it.
        indirect: Statements that say so by what they tell.
        against: Statements of one who does not care.
        other: Statements of a user about somebody else, with ``{kin}``.
        word: An adjective for a service of this kind.
        ask: Ways in which a request asks for it, this once.
    """

    about: str
    platform: tuple[str, ...]
    weak: tuple[str, ...]
    direct: tuple[Wording, ...]
    indirect: tuple[Wording, ...]
    against: tuple[Wording, ...]
    other: tuple[Wording, ...]
    word: str
    ask: tuple[str, ...]


class Restriction(Words):
    """Whom a platform serves: people of whom a basic feature is one of some values, or a number within limits.

    Attributes:
        feature: The name of the feature, as a profile shows it.
        values: Those of whom it serves; empty for a number.
        least: The least number.
        most: The greatest.
        says: Predicates of the platform that say so.
    """

    feature: str
    values: tuple[str, ...] = ()
    least: int | None = None
    most: int | None = None
    says: tuple[str, ...]

    def serves(self, basic: Mapping[str, Any]) -> bool:
        """Whether it serves people of these basic features."""
        own = basic[self.feature]
        if self.values:
            return own in self.values
        return (self.least is None or own >= self.least) and (self.most is None or own <= self.most)


class ExclusionWords(Words):
    """How people say that they left a platform, and platforms whom they serve."""

    about: str
    left: tuple[Wording, ...]
    restrictions: tuple[Restriction, ...]


_SAID = ("platform", "weak", "direct", "indirect", "against", "other", "ask")


@cache
def scenarios() -> tuple[ScenarioWords, ...]:
    """All scenarios, in the order in which a synthesis takes them."""
    return TypeAdapter(tuple[ScenarioWords, ...]).validate_json(read_words("scenarios.json"))


@cache
def traits(wordings: Wordings = "all") -> tuple[TraitWords, ...]:
    """The words of each of `TRAITS`: all of them, or every second, from the first or from the second on."""
    known = _of_traits()
    every = tuple(words for name in TRAITS if isinstance(words := known[name], TraitWords))
    if wordings == "all":
        return every
    first = ("even", "odd").index(wordings)
    return tuple(words.model_copy(update={name: getattr(words, name)[first::2] for name in _SAID}) for words in every)


@cache
def exclusion_words(wordings: Wordings = "all") -> ExclusionWords:
    """The words of exclusions, all of them or half, as `traits`."""
    known = ExclusionWords.model_validate_json(read_words("exclusions.json"))
    if wordings == "all":
        return known
    first = ("even", "odd").index(wordings)
    halves = tuple(own.model_copy(update={"says": own.says[first::2]}) for own in known.restrictions)
    return known.model_copy(update={"left": known.left[first::2], "restrictions": halves})


def kin() -> tuple[Wording, ...]:
    """Who somebody else may be."""
    known = _of_traits()["kin"]
    return () if isinstance(known, TraitWords) else known


@cache
def _of_traits() -> dict[str, TraitWords | tuple[Wording, ...]]:
    return TypeAdapter(dict[str, TraitWords | tuple[Wording, ...]]).validate_json(read_words("traits.json"))


def is_superlative(word: str) -> bool:
    """Whether a trait's adjective compares services: "the cheapest"."""
    return word.endswith("est") and word != "widest"


def read_words(name: str) -> bytes:
    """The JSON of a file beside this module."""
    return (files("experiments.ptool") / name).read_bytes()
