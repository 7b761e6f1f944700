"""How a call is asked for: the parts of a request, from a function and the values that are said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from experiments.ptool.phrasing import Part, one_of, phrases, say_count, say_day, say_time

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.random import Generator
    from pydantic import JsonValue

    from experiments.ptool.phrasing import Saying
    from experiments.ptool.vocabulary import Need
    from experiments.ptool.world import Function

__all__ = ["core", "needs_of", "parts", "where"]


def core(rng: Generator, function: Function, item: str, *, day: str = "") -> Part:
    """What is asked for.

    Args:
        rng: Draws.
        function: Does it.
        item: Which one, as it is said.
        day: Of what is cancelled, moved or looked after.
    """
    thing, act = function.thing, function.act
    if day:
        template = one_of(rng, phrases().acts[act]).replace("{noun}", thing.noun)
        return Part(template, {"past": say_day(rng, day)})
    reminds = act == "schedule" and "schedule" in thing.unfit
    ways = phrases().acts["remind"] if reminds else thing.say if act in ("main", "schedule") else phrases().acts[act]
    template = one_of(rng, ways).replace("{noun}", thing.noun).replace("{plural}", thing.plural)
    return Part(template.replace("{item}", f"{{{thing.item.name}}}"), {thing.item.name: item})


def parts(rng: Generator, function: Function, said: Mapping[str, JsonValue]) -> list[Part]:
    """The values that a request says, but for the item.

    Args:
        rng: Draws.
        function: Takes them.
        said: By parameter.
    """
    return [_part(rng, function, name, value) for name, value in said.items() if name != function.thing.item.name]


def where(rng: Generator, kind: Need, context: str) -> Part:
    """That a value of the user's is meant that holds in a context, without the value: "to my office"."""
    return Part(one_of(rng, needs_of(kind).of(context)), {}, apart=True)


def needs_of(kind: Need) -> Saying:
    """The ways to speak of what a function needs to know of its user."""
    return phrases().needs.get(kind, phrases().needs["other"])


def _part(rng: Generator, function: Function, name: str, value: JsonValue) -> Part:
    words, thing = phrases(), function.thing
    for option in thing.options:
        if option.name == name:
            return Part(one_of(rng, option.say).replace("{value}", f"{{{name}}}"), {name: str(value)})
    if thing.count is not None and name == thing.count.name and isinstance(value, int):
        unit = thing.count.one if value == 1 else thing.count.many
        return Part(one_of(rng, words.count).replace("{unit}", unit), {"count": say_count(rng, value)})
    if name in ("date", "time"):
        said = (say_day if name == "date" else say_time)(rng, str(value))
        if function.act == "change":
            ways = words.to_date if name == "date" else words.to_time
            return Part(one_of(rng, ways), {name: said}, last=name == "time")
        return Part(one_of(rng, words.date if name == "date" else words.time), {name: said}, front=True)
    if name in ("interval", "rating"):
        return Part(one_of(rng, words.interval if name == "interval" else words.rating), {name: str(value)})
    template = one_of(rng, needs_of(function.needs[name]).said).replace("{label}", name.replace("_", " "))
    return Part(template, {"value": str(value)}, apart=True)
