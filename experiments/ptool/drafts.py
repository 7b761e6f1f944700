"""Calls that are being made up: their values, which of them a request says, and where the others stand."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from experiments.ptool.asking import core, parts, where
from experiments.ptool.behaviour import draw_values
from experiments.ptool.days import LAST_DAY
from experiments.ptool.identity import PAYMENTS, other_address, other_phone
from experiments.ptool.phrasing import Part, one_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.random import Generator
    from pydantic import JsonValue

    from experiments.ptool.person import Person
    from experiments.ptool.vocabulary import Need
    from experiments.ptool.world import Act, Function, Scenario

__all__ = ["Draft", "Unanswerable", "draw_draft"]


class Unanswerable(Exception):  # noqa: N818 - no error: another request is drawn
    """A request of this kind cannot be made of what was drawn, and why."""


@dataclass
class Draft:
    """A call that is being made up.

    Attributes:
        function: What is called.
        item: Which one, as the request says it.
        said: By parameter what the request says.
        arguments: By parameter all values.
        held: Parameters whose value the profile or the log holds.
        evidence: Paths into the profile of those.
        sources: Of each of those the paths where it stands.
        more: What the request says beside values.
        past: The day of what is cancelled, moved or looked after.
        usual: How the request speaks of what is usual, in place of an item.
        at_work: Whether it speaks of where the user works.
    """

    function: Function
    item: str = ""
    said: dict[str, JsonValue] = field(default_factory=dict)
    arguments: dict[str, JsonValue] = field(default_factory=dict)
    held: list[str] = field(default_factory=list)
    evidence: list[str] = field(default_factory=list)
    sources: dict[str, tuple[str, ...]] = field(default_factory=dict)
    more: list[Part] = field(default_factory=list)
    past: str = ""
    usual: str = ""
    at_work: bool = False

    def core(self, rng: Generator) -> Part:
        """What is asked for."""
        if self.usual:
            return Part(f"{self.function.thing.act} {self.usual}", {})
        return core(rng, self.function, self.item, day=self.past)

    def parts(self, rng: Generator) -> list[Part]:
        """What is said beside it."""
        return [*parts(rng, self.function, self.said), *self.more]

    def hold(self, name: str, value: JsonValue, *evidence: str) -> None:
        """Let a parameter have a value that the profile or the log holds, at these paths."""
        self.held.append(name)
        self.arguments[name] = value
        self.sources[name] = evidence
        self.evidence += evidence


def draw_draft(
    rng: Generator,
    scenario: Scenario,
    person: Person,
    acts: Sequence[Act],
    *,
    needs: bool,
    work: bool,
    thing: str = "",
    otherwise: bool = False,
) -> Draft:
    """A call whose values are said, but for what habits settle, and what its function needs to know of the user.

    Args:
        rng: Draws.
        scenario: Whose function it is of.
        person: The user.
        acts: What it may do.
        needs: Take a function that may need to know something of the user; else one that does not, and whose values are
            all said.
        work: Whether it is for work, so that what holds there is meant.
        thing: With what; else with anything.
        otherwise: Let the request say one of the values that the profile has otherwise.

    Raises:
        Unanswerable: There is no such function, the profile lacks a value, or it is for work and the thing is not.
    """
    options = [
        own
        for own in scenario.functions
        if own.act in acts and (needs or not own.needs) and (not thing or own.thing.noun == thing)
    ]
    if not options:
        raise Unanswerable("no function asks for little enough")
    function = options[int(rng.integers(len(options)))]
    if work and "work" in function.thing.unfit:
        raise Unanswerable("nobody asks for that at work")
    said, silent = draw_values(rng, function, person.habits, LAST_DAY)
    draft = Draft(function, item=str(said[function.thing.item.name]), said=said, arguments=dict(said))
    if function.act == "search" and any(
        (function.thing.noun, own.name) in person.habits.options for own in function.thing.options
    ):
        raise Unanswerable("a search for what is usual may mean it or not")
    if silent and not needs:
        raise Unanswerable("a habit settles a value")
    for name, value in silent.items():
        wanted = (function.thing.noun, name)
        places = [place for place, own in enumerate(person.statements) if (own.noun, own.option) == wanted]
        draft.hold(name, value, *(f"preferences[{place}]" for place in places))
    replaced = ""
    if otherwise:
        able = [name for name, kind in function.needs.items() if kind in ("phone", "payment_method", "address")]
        if not able:
            raise Unanswerable("nothing that one says otherwise now and then")
        replaced = one_of(rng, able)
        draft.said[replaced] = draft.arguments[replaced] = _told_otherwise(rng, person, function.needs[replaced])
    for name, kind in function.needs.items():
        if name != replaced:
            _hold(rng, draft, person, name, kind, work=work)
    return draft


def _told_otherwise(rng: Generator, person: Person, kind: Need) -> str:
    """An address, telephone number or way to pay that is none of the user's.

    Raises:
        Unanswerable: What was drawn is one of the user's.
    """
    known = person.identity.values[kind].values()
    if kind == "payment_method":
        other = one_of(rng, PAYMENTS)
    else:
        other = (other_phone if kind == "phone" else other_address)(rng, person.identity)
    if other in known:
        raise Unanswerable("the other value is the user's own")
    return other


def _hold(rng: Generator, draft: Draft, person: Person, name: str, kind: Need, *, work: bool) -> None:
    """Let a value of the user's be the one that holds at work or else, and name that where it cannot be known.

    A parcel for oneself may come to where one works; else what is of work is for work.
    """
    known = person.identity.values.get(kind, {})
    if not known:
        raise Unanswerable("the user has no such value")
    contexts = [own for own in known if (own == "work") is work or (kind == "address" and not work)]
    context = one_of(rng, contexts or tuple(known))
    shown = "name" if kind == "full_name" else kind
    draft.hold(name, known[context], f"basic_features.{shown}.{context}" if context else f"basic_features.{shown}")
    if len(known) == 1:
        return
    if kind == "address" and not work and person.habits.address == context and rng.random() < 1 / 2:
        stated = [place for place, own in enumerate(person.statements) if own.kind == "address"]
        draft.evidence += [f"preferences[{place}]" for place in stated]
    else:
        draft.more.append(where(rng, kind, context))
        draft.at_work = draft.at_work or context == "work"
