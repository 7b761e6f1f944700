"""The tools of the synthetic world: scenarios, platforms that differ in traits, and the functions that they share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from experiments.ptool.identity import PAYMENTS, SIZES
from experiments.ptool.naming import coined_names
from experiments.ptool.phrasing import article
from experiments.ptool.vocabulary import TRAITS, exclusion_words, scenarios, traits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.random import Generator
    from numpy.typing import NDArray

    from experiments.ptool.settings import Settings
    from experiments.ptool.vocabulary import Need, Restriction, Thing, TraitWords

__all__ = ["Act", "Function", "Platform", "Scenario", "World", "make_world"]

Act = Literal["search", "details", "main", "cancel", "change", "status", "review", "schedule"]
"""What a function does with its thing; ``main`` orders or plays it, ``schedule`` again and again, or it reminds."""

_STRONG, _WEAK = 3, 2
_LEAST_APART = 4
_TRIES = 1000
_RATINGS = 5

_ABOUT: dict[Need, str] = {
    "address": "Where: street, number and town",
    "phone": "Phone number for questions",
    "email": "E-mail address for the confirmation",
    "full_name": "First and last name",
    "payment_method": "How it is paid",
    "birthday": "Date of birth, YYYY-MM-DD",
    "passport_number": "Number of the passport",
    "license_plate": "Number plate of the car",
    "bank_account": "IBAN or account number",
    "insurance_number": "Number of the insurance policy",
    "shoe_size": "Shoe size, European",
    "clothing_size": "Clothing size",
    "dietary_restriction": "What must not be in it, or what diet is kept",
    "language": "Language that is wanted",
    "emergency_contact": "Whom to call in an emergency",
}
_INTERVALS = ("day", "week", "month", "quarter")
_REACHED: tuple[Need, ...] = ("phone", "email", "full_name")
"""What a reminder needs to know, where the main function asks for it."""


class Function(NamedTuple):
    """One API of a platform.

    Attributes:
        name: Its name.
        about: Its description.
        act: What it does.
        thing: With what.
        parameters: By name, in PTBench's shape.
        needs: By parameter what it needs to know of the user.
    """

    name: str
    about: str
    act: Act
    thing: Thing
    parameters: dict[str, dict[str, Any]]
    needs: dict[str, Need]


class Platform(NamedTuple):
    """A platform.

    Attributes:
        name: Its name.
        description: Tells its traits, and whom it serves if that is not everybody.
        traits: ``(12,)`` of -1, 0 and 1.
        restriction: Whom it serves; None for everybody.
    """

    name: str
    description: str
    traits: NDArray[np.float64]
    restriction: Restriction | None = None

    def to_json(self) -> dict[str, str]:
        """As a record has it."""
        return {"name": self.name, "description": self.description}


class Scenario(NamedTuple):
    """A scenario: its platforms, all of which offer its functions."""

    name: str
    platforms: tuple[Platform, ...]
    functions: tuple[Function, ...]

    def function(self, thing: Thing, act: Act) -> Function:
        """The one of a thing that does something with it."""
        return next(own for own in self.functions if own.thing is thing and own.act == act)

    @property
    def things(self) -> tuple[Thing, ...]:
        """What its functions are about."""
        return tuple({own.thing.noun: own.thing for own in self.functions}.values())

    @property
    def traits(self) -> NDArray[np.float64]:
        """Of its platforms, ``(p, 12)``."""
        return np.array([own.traits for own in self.platforms])

    def tools(self) -> list[dict[str, Any]]:
        """The functions of all of its platforms, as a record has them."""
        return [
            {"platform": own.name, "name": one.name, "description": one.about, "parameters": one.parameters}
            for own in self.platforms
            for one in self.functions
        ]


class World(NamedTuple):
    """All scenarios, and the ways to speak of each trait."""

    scenarios: tuple[Scenario, ...]
    words: tuple[TraitWords, ...]


def make_world(settings: Settings) -> World:
    """The world of a synthesis: the same settings make the same one."""
    rng = np.random.default_rng([settings.seed, 1])
    words = scenarios()[settings.skip : settings.skip + settings.scenarios]
    names = coined_names(rng, settings.scenarios * settings.platforms)
    made = []
    for number, own in enumerate(words):
        vectors = _apart(rng, settings.platforms)
        described = [_description(rng, vector, traits(settings.wordings)) for vector in vectors]
        first = number * settings.platforms
        platforms = tuple(
            Platform(names[first + place], described[place], vectors[place]) for place in range(settings.platforms)
        )
        functions = tuple(function for thing in own.objects for function in _functions(thing))
        made.append(Scenario(own.name, platforms, functions))
    return World(_restricted(settings, made), traits(settings.wordings))


def _restricted(settings: Settings, made: Sequence[Scenario]) -> tuple[Scenario, ...]:
    """Scenarios, in some of which one platform does not serve everybody and says so, first or last."""
    rng = np.random.default_rng([settings.seed, 6])
    found, words = list(made), exclusion_words(settings.wordings).restrictions
    for number in sorted(rng.permutation(len(made))[: round(settings.restricted * len(made))].tolist()):
        platforms = list(made[number].platforms)
        place, restriction = int(rng.integers(len(platforms))), words[int(rng.integers(len(words)))]
        said = _one(rng, restriction.says)
        sentences = [platforms[place].description, f"{said[0].upper()}{said[1:]}."]
        if rng.random() < 1 / 2:
            sentences.reverse()
        platforms[place] = platforms[place]._replace(description=" ".join(sentences), restriction=restriction)
        found[number] = made[number]._replace(platforms=tuple(platforms))
    return tuple(found)


def _apart(rng: Generator, count: int) -> NDArray[np.float64]:
    """Traits of the platforms of one scenario, ``(count, 12)``: each strong in three, weak in two, no two alike."""
    rows: list[NDArray[np.float64]] = []
    for _ in range(_TRIES * count):
        if len(rows) == count:
            break
        row = np.zeros(len(TRAITS))
        places = rng.permutation(len(TRAITS))
        row[places[:_STRONG]], row[places[_STRONG : _STRONG + _WEAK]] = 1.0, -1.0
        if all(np.abs(row - other).sum() >= _LEAST_APART for other in rows):
            rows.append(row)
    return np.array(rows)


def _description(rng: Generator, vector: NDArray[np.float64], words: Sequence[TraitWords]) -> str:
    """Sentences that tell the traits of a platform, the strong ones first or last."""
    strong = [_one(rng, words[place].platform) for place in rng.permutation(np.flatnonzero(vector > 0))]
    weak = [_one(rng, words[place].weak) for place in rng.permutation(np.flatnonzero(vector < 0))]
    parts = [f"{_listed(strong)}.", f"{_listed(weak)}."]
    if rng.random() < 1 / 4:
        parts.reverse()
    return " ".join(part[0].upper() + part[1:] for part in parts)


def _listed(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _one(rng: Generator, options: Sequence[str]) -> str:
    return options[int(rng.integers(len(options)))]


def _functions(thing: Thing) -> list[Function]:
    noun, plural = thing.noun.replace(" ", "_"), thing.plural.replace(" ", "_")
    item = {thing.item.name: _parameter("string", thing.item.about)}
    options = {own.name: _parameter("string", own.about, required=False, enum=own.values) for own in thing.options}
    count = (
        {}
        if thing.count is None
        else {thing.count.name: _parameter("integer", thing.count.about, required=False, default=1)}
    )
    moment = {
        "date": {"date": _parameter("string", "Date, YYYY-MM-DD")},
        "time": {"time": _parameter("string", "Time of day, HH:MM")},
        "datetime": {
            "date": _parameter("string", "Date, YYYY-MM-DD"),
            "time": _parameter("string", "Time of day, HH:MM"),
        },
    }
    when = {} if thing.when is None else moment[thing.when]
    needs: dict[str, Need] = {need: need for need in thing.needs}
    needed: dict[str, dict[str, Any]] = {need: _needed(need) for need in thing.needs}
    reference = {"reference": _parameter("string", f"Reference of the {thing.noun}, as on its confirmation")}
    new_moment = when or moment["date"]
    rating = {
        "rating": _parameter("integer", f"1 to {_RATINGS}"),
        "comment": _parameter("string", "In words", required=False),
    }
    every = {"interval": _parameter("string", "How often", enum=_INTERVALS)}
    act, name = thing.act.capitalize(), thing.noun
    one = f"{article(name)} {name}"
    rows: list[tuple[Act, str, str, dict[str, dict[str, Any]], dict[str, Need]]] = [
        ("search", f"search_{plural}", f"Search {thing.plural} and list what there is", {**item, **options}, {}),
        ("details", f"get_{noun}_details", f"Show all about one kind of {name}", item, {}),
        ("main", f"{thing.act}_{noun}", f"{act} {thing.plural}", {**item, **options, **count, **when, **needed}, needs),
        ("cancel", f"cancel_{noun}", f"Cancel {one}", reference, {}),
        ("change", f"change_{noun}", f"Move {one} to another date or time", {**reference, **new_moment}, {}),
        ("status", f"get_{noun}_status", f"Tell how far {one} is", reference, {}),
        ("review", f"review_{noun}", f"Rate {one}", {**item, **rating}, {}),
        ("schedule", f"schedule_{noun}", f"{act} {thing.plural} again and again", {**item, **every, **needed}, needs),
    ]
    if "schedule" in thing.unfit:
        told: dict[str, Need] = {need: need for need in thing.needs if need in _REACHED}
        taken = {**item, **every, **{name: needed[name] for name in told}}
        rows[-1] = ("schedule", f"remind_about_{noun}", f"Remind the user about {one}", taken, told)
    return [Function(own, about, kind, thing, parameters, wants) for kind, own, about, parameters, wants in rows]


def _needed(need: Need) -> dict[str, Any]:
    enum = {"payment_method": PAYMENTS, "clothing_size": SIZES}.get(need, ())
    return _parameter("string", _ABOUT[need], enum=enum)


def _parameter(
    kind: str, about: str, *, required: bool = True, enum: Sequence[str] = (), default: int | None = None
) -> dict[str, Any]:
    more: dict[str, Any] = {"enum": list(enum)} if enum else {}
    if default is not None:
        more["default"] = default
    return {"type": kind, "description": about, "required": required, **more}
