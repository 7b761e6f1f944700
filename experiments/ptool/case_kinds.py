"""How a request of each kind is made up, with its gold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from experiments.ptool.behaviour import draw_values
from experiments.ptool.cases import Case, platform_evidence
from experiments.ptool.days import LAST_DAY
from experiments.ptool.drafts import Draft, Unanswerable, draw_draft
from experiments.ptool.phrasing import Part, compose, one_of, phrases
from experiments.ptool.vocabulary import is_superlative

if TYPE_CHECKING:
    from numpy.random import Generator

    from experiments.ptool.cases import Kind
    from experiments.ptool.person import Person
    from experiments.ptool.world import Act, Scenario, World

__all__ = ["draw_case"]

_AT_WORK, _BY_WORD = 0.2, 0.4
_FEWEST_USUAL = 3
_MOSTLY = 0.6
_TRIES = 40
_FREE: tuple[Act, ...] = ("search", "details", "main")
_NEEDING: tuple[Act, ...] = ("main", "schedule")
_AFTER: tuple[Act, ...] = ("cancel", "change", "status", "review")


def draw_case(rng: Generator, world: World, person: Person, kind: Kind) -> Case:
    """A request of one kind.

    Raises:
        Unanswerable: This user has no such request, in several tries.
    """
    why = ""
    for _ in range(_TRIES):
        maker = _Maker(rng, world, person, int(rng.integers(len(world.scenarios))))
        try:
            return maker.made(kind)
        except Unanswerable as reason:
            why = str(reason)
    raise Unanswerable(why)


class _Maker:
    """Makes requests of one user in one scenario."""

    def __init__(self, rng: Generator, world: World, person: Person, number: int) -> None:
        self._rng, self._world, self._person, self._number = rng, world, person, number
        self._scenario = world.scenarios[number]
        self._work = bool(rng.random() < _AT_WORK)

    def made(self, kind: Kind) -> Case:
        """One of a kind."""
        makers = {
            "preference": lambda: self._liked(kind, self._free(work=self._work)),
            "both": lambda: self._liked(kind, self._needing()),
            "arguments": lambda: self._on(kind, self._needing()),
            "named": lambda: self._on(kind, self._free(), other_than=self._best()),
            "trait": self._trait,
            "value": lambda: self._liked(kind, self._draft(_NEEDING, work=self._work, otherwise=True)),
            "usual": self._usual,
            "history": self._history,
            "nothing": self._nothing,
            "several": self._several,
        }
        return makers[kind]()

    def _trait(self) -> Case:
        strong, best = self._scenario.traits > 0, self._best()
        strong[self._person.excluded(self._number)] = False
        only = [
            (int(trait), int(np.flatnonzero(strong[:, trait])[0]))
            for trait in np.flatnonzero(strong.sum(axis=0) == 1)
            if int(np.flatnonzero(strong[:, trait])[0]) != best
        ]
        if not only:
            raise Unanswerable("no trait is of one other platform alone")
        trait, place = only[int(self._rng.integers(len(only)))]
        draft, words = self._free(), self._world.words[trait]
        if is_superlative(words.word) and self._rng.random() < _BY_WORD:
            draft.more.append(Part(one_of(self._rng, phrases().word), {"word": words.word}, last=True))
        else:
            draft.more.append(Part(one_of(self._rng, words.ask), {}, apart=True, last=True))
        return self._case("trait", [draft], place)

    def _usual(self) -> Case:
        found = [thing for thing in self._scenario.things if thing.noun in self._person.habits.items]
        if not found:
            raise Unanswerable("nothing is usual")
        thing = found[int(self._rng.integers(len(found)))]
        entries = [
            (place, entry)
            for place, entry in enumerate(self._person.log)
            if entry.function.thing is thing and entry.function.act == "main"
        ]
        usual = self._person.habits.items[thing.noun]
        shows = [place for place, entry in entries if entry.arguments[thing.item.name] == usual]
        if len(shows) < _FEWEST_USUAL or len(shows) < _MOSTLY * len(entries):
            raise Unanswerable("the log does not show what is usual")
        draft = self._draft(("main",), work=self._work, thing=thing.noun)
        del draft.said[thing.item.name]
        draft.usual = one_of(self._rng, phrases().usual).format(noun=thing.noun)
        draft.hold(thing.item.name, usual, *(f"history[{place}]" for place in shows))
        return self._liked("usual", draft)

    def _history(self) -> Case:
        act = _AFTER[int(self._rng.integers(len(_AFTER)))]
        dated = [
            (place, entry)
            for place, entry in enumerate(self._person.log)
            if entry.scenario == self._number and entry.reference and "date" in entry.arguments
        ]
        if not dated:
            raise Unanswerable("the log has nothing that was booked for a day")
        open_still = [own for own in dated if str(own[1].arguments["date"]) > LAST_DAY]
        fitting = [own for own in dated if str(own[1].arguments["date"]) < LAST_DAY] if act == "review" else open_still
        if not fitting:
            raise Unanswerable("the log has nothing that is over" if act == "review" else "the log has nothing to come")
        place, entry = fitting[int(self._rng.integers(len(fitting)))]
        thing, day = entry.function.thing, str(entry.arguments["date"])
        if entry.platform in self._person.excluded(self._number):
            raise Unanswerable("it was booked where the user goes no more")
        if sum(own.function.thing is thing and own.arguments.get("date") == day for _, own in dated) > 1:
            raise Unanswerable("the day tells of two")
        function = self._scenario.function(thing, act)
        draft = Draft(function, past=day)
        here = f"history[{place}]"
        draft.evidence.append(here)
        if "reference" in function.parameters:
            draft.hold("reference", entry.reference, here)
        said, _ = draw_values(self._rng, function, self._person.habits, LAST_DAY)
        if said.get("date") == day:
            raise Unanswerable("it is moved to the day that it is on")
        for name, value in said.items():
            if name == thing.item.name:
                draft.hold(name, entry.arguments[name], here)
            else:
                draft.said[name] = draft.arguments[name] = value
        return self._case("history", [draft], entry.platform)

    def _nothing(self) -> Case:
        own = _vocabulary(self._scenario)
        others = [other for other in self._world.scenarios if own.isdisjoint(_vocabulary(other))]
        if not others:
            raise Unanswerable("no other scenario is apart from this one")
        other = others[int(self._rng.integers(len(others)))]
        draft = draw_draft(self._rng, other, self._person, _FREE, needs=False, work=False)
        return self._case("nothing", [draft], -1)

    def _several(self) -> Case:
        one, two = self._free(work=self._work), self._needing()
        if one.function.thing is two.function.thing or set(one.arguments) & set(two.arguments):
            raise Unanswerable("both are about the same")
        return self._liked("several", one, two)

    def _liked(self, kind: Kind, *drafts: Draft) -> Case:
        """A case on the platform that the user likes best, for work or not."""
        best, at_work = self._best(), self._best(work=True)
        if self._work:
            best = at_work
            drafts[-1].more.append(Part(one_of(self._rng, phrases().work), {}))
        elif best != at_work and any(draft.at_work for draft in drafts):
            raise Unanswerable("what is sent to where the user works may be for work or not")
        evidence = platform_evidence(self._world, self._person, self._number)
        return self._case(kind, list(drafts), best, evidence=evidence, preferred=True)

    def _on(self, kind: Kind, draft: Draft, *, other_than: int = -1) -> Case:
        """A case on a platform that is named; on one that was left if nothing says that it was."""
        platforms, statements = self._scenario.platforms, self._person.statements
        told = {own.platform for own in statements if own.kind == "left" and own.scenario == self._number}
        closed = {
            own.platform
            for own in self._person.exclusions
            if own.scenario == self._number and (own.why == "not_served" or own.platform in told)
        }
        places = [place for place in range(len(platforms)) if place != other_than and place not in closed]
        if not places:
            raise Unanswerable("no other platform is open to the user")
        place = places[int(self._rng.integers(len(places)))]
        named = one_of(self._rng, phrases().platform)
        draft.more.append(Part(named, {"platform": platforms[place].name}, front=True))
        return self._case(kind, [draft], place)

    def _case(
        self,
        kind: Kind,
        drafts: list[Draft],
        platform: int,
        *,
        evidence: tuple[str, ...] = (),
        preferred: bool = False,
    ) -> Case:
        rng = self._rng
        whole, modifiers = drafts[0].core(rng), drafts[0].parts(rng)
        if len(drafts) > 1:
            first = compose(rng, whole, modifiers, short=True)
            second, modifiers = drafts[1].core(rng), drafts[1].parts(rng)
            one = f"{first.text[:1].lower()}{first.text[1:]}".rstrip(".")
            template = one_of(rng, phrases().joined).replace("{two}", second.template)
            whole = Part(template, {"one": one, **second.values}, pieces=(*first.pieces, *second.carries))
        called = drafts if platform >= 0 else []
        return Case(
            kind=kind,
            scenario=self._number,
            said=compose(rng, whole, modifiers),
            platform=platform,
            calls=tuple((own.function, own.arguments) for own in called),
            from_query=tuple(dict.fromkeys(name for own in called for name in own.said)),
            from_profile=tuple(dict.fromkeys(name for own in called for name in own.held)),
            sources={name: paths for own in called for name, paths in own.sources.items()},
            evidence=tuple(dict.fromkeys([*evidence, *(path for own in called for path in own.evidence)])),
            preferred=preferred,
            work=preferred and self._work,
        )

    def _best(self, *, work: bool = False) -> int:
        return int(np.argmax(self._person.wants(self._world, self._number, work=work)))

    def _free(self, *, work: bool = False) -> Draft:
        return draw_draft(self._rng, self._scenario, self._person, _FREE, needs=False, work=work)

    def _needing(self) -> Draft:
        draft = self._draft(_NEEDING, work=self._work)
        if not draft.held:
            raise Unanswerable("nothing is left to the profile")
        return draft

    def _draft(self, acts: tuple[Act, ...], *, work: bool, thing: str = "", otherwise: bool = False) -> Draft:
        return draw_draft(
            self._rng, self._scenario, self._person, acts, needs=True, work=work, thing=thing, otherwise=otherwise
        )


def _vocabulary(scenario: Scenario) -> frozenset[str]:
    """What a scenario offers, and the words of its things."""
    things = scenario.things
    words = {word for thing in things for word in f"{thing.noun} {thing.plural}".split()}
    return frozenset(words | {value for thing in things for value in thing.item.values})
