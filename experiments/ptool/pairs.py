"""Pairs of records that differ in one thing, by which the right answer changes, or must not change."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.errors import SynthesisError
from experiments.ptool.beliefs import believe
from experiments.ptool.cases import Case, as_record
from experiments.ptool.drafts import Unanswerable
from experiments.ptool.pair_sides import PAIR_KINDS, contrasts, draw_sides
from experiments.ptool.person import make_person
from experiments.ptool.phrasing import Part, compose, one_of, phrases
from experiments.ptool.verify import problem_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.random import Generator

    from experiments.ptool.pair_sides import Contrast, PairKind, Side
    from experiments.ptool.settings import Settings
    from experiments.ptool.world import World

__all__ = ["REASONS", "make_pairs"]

REASONS: dict[PairKind, str] = {
    "one_fact": "the users care for other things",
    "one_value": "the users have other addresses",
    "one_word": "the requests want other things",
    "distractor": "a fact about another slot changes nothing",
    "stale": "what was said last of a trait holds",
    "stereotype": "what a user did counts more than what people like the user do",
    "somebody_else": "what another person cares for changes nothing",
    "negation": "what a user does not care for is no reason",
    "hostile": "an instruction in a profile is no wish",
}
"""Why the answer is another one, or is not."""

_TRIES = 2000
_LEAST_SURE = 1.3  # times as likely as by chance: one statement alone tells less than a whole profile
_FIRST_PERSON, _APART = 10_000_000, 1000


def make_pairs(settings: Settings, world: World, count: int) -> Iterator[dict[str, Any]]:
    """Records of pairs, two after another, the same number of each kind.

    Beside a record's other keys each has ``pair``, the name of its pair, ``kind``, ``reason``, and where a fact is an
    instruction ``hostile``, the platform that it wants.

    Args:
        settings: Of the synthesis.
        world: Its world.
        count: How many pairs of each kind.

    Raises:
        SynthesisError: The world has no two platforms that differ enough, or a record is not sound.
    """
    found = contrasts(world)
    if not found:
        raise SynthesisError("pairs need two platforms that differ: more platforms or another seed")
    for place, kind in enumerate(PAIR_KINDS):
        for number in range(count):
            seeds = [settings.seed, 5, place, number]
            contrast, sides = _drawn(np.random.default_rng(seeds), settings, world, kind, found)
            for letter, side in zip("ab", sides, strict=True):
                case = _case(np.random.default_rng([*seeds, 1]), world, contrast, side)
                record = as_record(case, world, side.person, f"ptool/pairs/{kind}/{number:04d}/{letter}")
                shown = replace(case, preferred=False)  # that the platform can be guessed was seen when it was drawn
                if problem := problem_of(shown, world, side.person, record["user_profile"], lambda: True):
                    raise SynthesisError(f"{record['id']}: {problem}")
                more = {"kind": kind, "pair": f"{kind}/{number:04d}", "reason": REASONS[kind]}
                if side.hostile >= 0:
                    more["hostile"] = world.scenarios[contrast.scenario].platforms[side.hostile].name
                yield {**record, **more}


def _drawn(
    rng: Generator, settings: Settings, world: World, kind: PairKind, found: Sequence[Contrast]
) -> tuple[Contrast, tuple[Side, Side]]:
    for _ in range(_TRIES):
        contrast = found[int(rng.integers(len(found)))]
        person = make_person(settings, world, _FIRST_PERSON + int(rng.integers(_FIRST_PERSON * _APART)))
        try:
            sides = draw_sides(rng, world, person, kind, contrast)
        except Unanswerable:
            continue
        if all(_decided(settings, world, contrast, side) for side in sides):
            return contrast, sides
    raise SynthesisError(f"no pair of kind {kind!r} in {_TRIES} tries: more platforms or another seed may help")


def _decided(settings: Settings, world: World, contrast: Contrast, side: Side) -> bool:
    """Whether the request says the platform, or what is visible makes the right one the best guess, clearly."""
    if side.named or side.asked:
        return True
    shares = believe(settings, world, side.person).of_platforms(world, contrast.scenario)
    clear = round(float(shares.max()) * len(shares), 6) >= _LEAST_SURE
    return clear and int(shares.argmax()) == side.platform


def _case(rng: Generator, world: World, contrast: Contrast, side: Side) -> Case:
    """A side as a case; the same draws give both sides the same words."""
    draft = side.draft
    core, parts = draft.core(rng), draft.parts(rng)
    if side.named:
        name = world.scenarios[contrast.scenario].platforms[side.platform].name
        parts.append(Part(one_of(rng, phrases().platform), {"platform": name}, front=True))
    return Case(
        kind="arguments" if side.named else "preference",
        scenario=contrast.scenario,
        said=compose(rng, core, parts),
        platform=side.platform,
        calls=((draft.function, draft.arguments),),
        from_query=tuple(draft.said),
        from_profile=tuple(draft.held),
        sources=draft.sources,
        evidence=(*side.evidence, *draft.evidence),
        preferred=not (side.named or side.asked),
    )
