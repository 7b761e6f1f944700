"""What a synthetic user's papers say: names, addresses, numbers, by Faker for the country, and never a real person's.

Telephone numbers are of the ranges that each country keeps for films, e-mail addresses are under example.com, and
account numbers are made up.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from experiments.errors import SynthesisError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.random import Generator

    from experiments.ptool.vocabulary import Need

__all__ = ["PAYMENTS", "SIZES", "Identity", "draw_identity", "other_address", "other_phone"]

_YEAR = 2025
"""The year in which the synthetic world lives, at the end of which it is."""

_PHONES = {
    "en_US": "+1 (312) 555-01{:02d}",
    "en_CA": "+1 (604) 555-01{:02d}",
    "en_GB": "+44 20 7946 0{:03d}",
    "en_AU": "+61 2 5550 {:04d}",
    "de_DE": "+49 30 23125 {:03d}",
    "fr_FR": "+33 1 99 00 {:02d} {:02d}",
    "sv_SE": "+46 8 465 004 {:02d}",
}
_CURRENCIES = {
    "en_US": "USD",
    "en_CA": "CAD",
    "en_GB": "GBP",
    "en_AU": "AUD",
    "de_DE": "EUR",
    "fr_FR": "EUR",
    "sv_SE": "SEK",
}
_LANGUAGES = {"de_DE": "German", "fr_FR": "French", "sv_SE": "Swedish"}
_COUNTRIES = {
    "en_US": "United States",
    "en_CA": "Canada",
    "en_GB": "United Kingdom",
    "en_AU": "Australia",
    "de_DE": "Germany",
    "fr_FR": "France",
    "sv_SE": "Sweden",
}
_SECOND_LANGUAGES = ("Spanish", "Italian", "Polish", "Arabic", "Turkish", "Hindi", "Portuguese")
_JOBS: tuple[dict[str, tuple[int, int]], ...] = (
    {
        "student": (0, 0),
        "trainee cook": (0, 0),
        "warehouse worker": (0, 4),
        "call-centre agent": (0, 4),
        "courier": (0, 4),
        "cleaner": (0, 4),
    },
    {
        "nursing assistant": (0, 4),
        "shop assistant": (0, 4),
        "waiter": (0, 4),
        "bus driver": (1, 4),
        "hairdresser": (0, 4),
        "receptionist": (0, 4),
    },
    {
        "teacher": (1, 4),
        "electrician": (0, 4),
        "bookkeeper": (0, 4),
        "librarian": (1, 4),
        "police officer": (0, 4),
        "lab technician": (0, 4),
    },
    {
        "software developer": (0, 4),
        "estate agent": (0, 4),
        "pharmacist": (1, 4),
        "civil engineer": (1, 4),
        "head of purchasing": (2, 4),
        "architect": (1, 4),
        "pilot": (1, 4),
    },
    {
        "professional footballer": (0, 0),
        "founder of a start-up": (0, 2),
        "investment banker": (1, 4),
        "dentist": (1, 4),
        "surgeon": (2, 4),
        "partner in a law firm": (2, 4),
        "managing director": (2, 4),
        "head of research": (2, 4),
    },
)
"""By level of income the jobs, each with the lowest and the highest level of age at which people have it."""

_INCOMES = ("low", "lower middle", "middle", "upper middle", "high")
_HOUSEHOLDS = ("lives alone", "shares a flat", "couple", "couple with one child", "family with three children")
_PLACES = ("village", "small town", "town", "city", "large city")
_TECH = ("avoids apps", "uses few apps", "average with apps", "at ease with apps", "tries every new app")
_TRAVEL = ("hardly travels", "travels once a year", "travels a few times a year", "travels monthly", "travels weekly")
_AGES = ((19, 27), (28, 36), (37, 46), (47, 57), (58, 66))
_PARENTS = {3: 21, 4: 25}  # the youngest age of a user with one child, and with three
_DIETS = ("vegetarian", "vegan", "no nuts", "gluten-free", "lactose-free", "halal", "kosher", "no shellfish")
SIZES = ("XS", "S", "M", "L", "XL", "XXL")
PAYMENTS = ("credit card", "debit card", "invoice", "wallet", "bank transfer")
_HAS_DIET, _HAS_SECOND, _HAS_CAR, _ONE_CONTEXT = 0.35, 0.3, 0.6, 0.5


class Identity(NamedTuple):
    """What is known of a user by name.

    Attributes:
        basic: The features that a profile shows, by name; where a value depends on the context, a mapping of contexts.
        values: By kind and context the value, the context ``""`` where there is one alone.
        locale: Of the country.
    """

    basic: dict[str, Any]
    values: dict[Need, dict[str, str]]
    locale: str


def draw_identity(rng: Generator, levels: Sequence[int]) -> Identity:
    """A user of these levels of `~experiments.ptool.population.FEATURES`.

    Raises:
        SynthesisError: The package ``faker`` is not installed.
    """
    locale = tuple(_PHONES)[rng.integers(len(_PHONES))]
    fake = _faker(locale)
    fake.seed_instance(int(rng.integers(1 << 31)))
    first, last = str(fake.first_name()), str(fake.last_name())
    low, high = _AGES[levels[0]]
    age = int(rng.integers(max(low, _PARENTS.get(levels[2], low)), high + 1))
    jobs = [job for job, (youngest, oldest) in _JOBS[levels[1]].items() if youngest <= levels[0] <= oldest]
    born = f"{_YEAR - age}-{rng.integers(1, 12):02d}-{rng.integers(1, 29):02d}"
    mail = f"{_plain(first)}.{_plain(last)}"
    values: dict[Need, dict[str, str]] = {
        "full_name": {"": f"{first} {last}"},
        "birthday": {"": born},
        "address": {"home": _address(fake), "work": _address(fake)},
        "phone": {"private": _phone(rng, locale), "work": _phone(rng, locale)},
        "email": {"private": f"{mail}@example.com", "work": f"{mail}@work.example.com"},
        "payment_method": dict(zip(("private", "work"), _two(rng, PAYMENTS), strict=True)),
        "passport_number": {"": _code(rng, "LLNNNNNNN")},
        "bank_account": {"": _code(rng, "LLNN NNNN NNNN NNNN NN")},
        "insurance_number": {"": _code(rng, "LNNN-NNNN-NN")},
        "shoe_size": {"": str(rng.integers(35, 48))},
        "clothing_size": {"": SIZES[rng.integers(len(SIZES))]},
        "language": {"": _LANGUAGES.get(locale, "English")},
        "emergency_contact": {"": f"{fake.first_name()} {last}, {_phone(rng, locale)}"},
    }
    several: tuple[Need, ...] = ("phone", "email", "payment_method")
    for kind in several:
        if rng.random() < _ONE_CONTEXT:
            values[kind] = {"": values[kind]["private"]}
    if rng.random() < _HAS_CAR:
        values["license_plate"] = {"": _code(rng, "LL-NNNN")}
    if rng.random() < _HAS_DIET:
        values["dietary_restriction"] = {"": _DIETS[rng.integers(len(_DIETS))]}
    basic: dict[str, Any] = {
        "name": f"{first} {last}",
        "age": age,
        "job": jobs[rng.integers(len(jobs))],
        "income": _INCOMES[levels[1]],
        "household": _HOUSEHOLDS[levels[2]],
        "lives_in": f"a {_PLACES[levels[3]]}",
        "technology": _TECH[levels[4]],
        "travel": _TRAVEL[levels[5]],
        "home_country": _COUNTRIES[locale],
        "currency": _CURRENCIES[locale],
    }
    if rng.random() < _HAS_SECOND:
        basic["second_language"] = _SECOND_LANGUAGES[rng.integers(len(_SECOND_LANGUAGES))]
    shown = {kind: own if len(own) > 1 else own[""] for kind, own in values.items() if kind != "full_name"}
    names = list(shown)
    return Identity(
        {**basic, **{names[place]: shown[names[place]] for place in rng.permutation(len(names))}}, values, locale
    )


def other_address(rng: Generator, own: Identity) -> str:
    """Another address of the user's country."""
    fake = _faker(own.locale)
    fake.seed_instance(int(rng.integers(1 << 31)))
    return _address(fake)


def other_phone(rng: Generator, own: Identity) -> str:
    """Another telephone number of the user's country."""
    return _phone(rng, own.locale)


@cache
def _faker(locale: str) -> Any:  # noqa: ANN401 - the package is an extra
    try:
        from faker import Faker  # noqa: PLC0415
    except ImportError as error:
        raise SynthesisError("a synthesis needs the package faker: pip install 'profile-resolver[synth]'") from error
    return Faker(locale)


def _address(fake: Any) -> str:  # noqa: ANN401
    street = ", ".join(str(fake.street_address()).split("\n"))
    return f"{street}, {fake.postcode()} {fake.city()}"


def _phone(rng: Generator, locale: str) -> str:
    pattern = _PHONES[locale]
    digits = [int(rng.integers(100)) for _ in range(pattern.count("{"))]
    return pattern.format(*digits)


def _code(rng: Generator, pattern: str) -> str:
    """Letters for L, digits for N."""
    letters = "ABCDEFGHJKLMNPRSTUVWXYZ"
    drawn = {"L": lambda: letters[rng.integers(len(letters))], "N": lambda: str(rng.integers(10))}
    return "".join(drawn[sign]() if sign in drawn else sign for sign in pattern)


def _two(rng: Generator, options: Sequence[str]) -> list[str]:
    return [options[place] for place in rng.permutation(len(options))[:2]]


def _plain(name: str) -> str:
    """The letters of a name without marks, in lower case."""
    spread = unicodedata.normalize("NFKD", name)
    return "".join(sign for sign in spread if sign.isascii() and sign.isalpha()).lower()
