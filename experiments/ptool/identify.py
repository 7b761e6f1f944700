"""How well a preference can be known at all: the best possible decision, signal by signal, from the model itself."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from experiments.errors import SynthesisError
from experiments.ptool.beliefs import Visible, believe
from experiments.ptool.signals import unseen
from experiments.ptool.synthesis import Synthesis

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from experiments.ptool.beliefs import Beliefs
    from experiments.ptool.cases import Case
    from experiments.ptool.person import Person
    from experiments.ptool.settings import Settings
    from experiments.ptool.synthesis import Made

__all__ = ["SIGNALS", "Identified", "Signal", "best_guesses", "identify", "uses_needed"]

_NONE: frozenset[int] = frozenset()
_NOTHING = Visible(False, _NONE, _NONE, False)


def _gold(case: Case) -> Visible:
    """What the gold evidence is, with what the user is."""
    places = [(path.partition("[")[0], int(path[path.index("[") + 1 : -1])) for path in case.evidence if "[" in path]
    told, done = (frozenset(place for name, place in places if name == own) for own in ("preferences", "history"))
    return Visible(True, told, done, True)


SIGNALS: dict[str, Callable[[Case], Visible]] = {
    "nothing": lambda _: _NOTHING,
    "features": lambda _: Visible(True, _NONE, _NONE, False),
    "statements": lambda _: Visible(False, None, _NONE, False),
    "log": lambda _: Visible(False, _NONE, None, False),
    "log and ratings": lambda _: Visible(False, _NONE, None, True),
    "all": lambda _: Visible(),
    "gold evidence": _gold,
}
"""What may be looked at."""

_OF_CHANGE = frozenset(("all", "gold evidence"))  # what has the statements that tell of a change of mind


class Signal(NamedTuple):
    """What one kind of signal tells.

    Attributes:
        name: Of the signal.
        best: The expected accuracy of the best decision from it.
        observed: The share of records in which that decision is the wanted one; near ``best`` if the model is right.
        bits: By how much it lowers the uncertainty of the platform, against looking at nothing: mutual information.
        records: How many records. Of users who changed their mind only what tells of that is looked at, and of requests
            in a scenario in which a platform is excluded for the user only what tells that.
    """

    name: str
    best: float
    observed: float
    bits: float
    records: int


@dataclass(frozen=True, kw_only=True)
class Identified:
    """What can be known.

    Attributes:
        chance: The accuracy of a guess.
        released: Of the records as they are written, from all that is visible.
        signals: Each kind of signal, of all preferences, also those that are left out since nothing tells them.
        worth: The least number of samples of equal weight that any of this rests on.
    """

    chance: float
    released: Signal
    signals: tuple[Signal, ...]
    worth: float


def identify(settings: Settings, *, limit: int | None = None) -> Identified:
    """What can be known of the test records in which what the user likes decides.

    Of the control with permuted profiles that is what is known of people at large, whatever profile is shown.

    Args:
        settings: Of the synthesis, which is made again.
        limit: At most so many records.

    Raises:
        SynthesisError: There is no such record.
    """
    worth: list[float] = []
    (released,) = _signals(settings, ("all",), limit, worth)
    signals = _signals(replace(settings, sure=0.0), tuple(SIGNALS), limit, worth)
    return Identified(chance=1.0 / settings.platforms, released=released, signals=tuple(signals), worth=min(worth))


def best_guesses(settings: Settings) -> dict[str, tuple[str, float]]:
    """The user and the accuracy of the best decision, of each test record in which what the user likes decides.

    As ``Identified.released`` of `identify`: from all that is visible; of the control with permuted profiles from what
    is known of people at large; of that with random platforms by chance.

    Args:
        settings: Of the synthesis, which is made again.
    """
    reader, found = _Reader(settings), {}
    for person, all_made in _preferences(settings, None):
        for made in all_made:
            best = 1.0 / settings.platforms
            if settings.control != "random":  # by which nothing that is believed of the user matters
                best = float(reader.shares(person, made.case, _looked_at(settings, "all", made.case)).max())
            found[str(made.record["id"])] = (person.name, best)
    return found


def _looked_at(settings: Settings, name: str, case: Case) -> Visible:
    return _NOTHING if settings.control == "permuted" else SIGNALS[name](case)


class _Reader:
    """Who knows the model, and believes of one user after the other what is visible.

    Attributes:
        worth: As how many samples of equal weight each belief counts.
    """

    def __init__(self, settings: Settings) -> None:
        self.worth: list[float] = []
        self._settings, self._world = settings, Synthesis(settings).world
        self._person: Person | None = None
        self._known: dict[Visible, Beliefs] = {}

    def shares(self, person: Person, case: Case, visible: Visible) -> NDArray[np.float64]:
        """How likely each platform is the wanted one."""
        if person is not self._person:
            self._person, self._known = person, {}
        if visible not in self._known:
            self._known[visible] = believe(self._settings, self._world, person, visible)
            self.worth.append(self._known[visible].size)
        shares = self._known[visible].of_platforms(self._world, case.scenario, work=case.work)
        if self._settings.control == "random":  # by which nothing that is believed of the user matters
            return np.full(len(shares), 1.0 / len(shares))
        return shares


def _signals(settings: Settings, names: Sequence[str], limit: int | None, worth: list[float]) -> list[Signal]:
    reader = _Reader(settings)
    found: dict[str, list[tuple[float, bool, float]]] = {name: [] for name in names}
    for person, all_made in _preferences(settings, limit):
        for case in (made.case for made in all_made):
            for name in names:
                if person.drifted and name not in _OF_CHANGE:
                    continue
                visible = _looked_at(settings, name, case)
                if case.scenario in unseen(person, visible):
                    continue
                shares = reader.shares(person, case, visible)
                found[name].append((float(shares.max()), int(shares.argmax()) == case.platform, _bits(shares)))
    worth += reader.worth
    if not all(found.values()):
        raise SynthesisError("there is no record in which what the user likes decides")
    nothing = np.mean([left for _, _, left in found.get("nothing", [(0.0, False, float(np.log2(settings.platforms)))])])
    rows = []
    for name, own in found.items():
        best, observed, left = (float(np.mean(column)) for column in zip(*own, strict=True))
        rows.append(Signal(name, best, observed, float(nothing - left), len(own)))
    return rows


def uses_needed(settings: Settings, most: int = 8, *, limit: int | None = None) -> list[tuple[int, float, float]]:
    """How much the last uses in a scenario tell, with nothing else to look at.

    Args:
        settings: Of the synthesis.
        most: Uses, at most.
        limit: At most so many records.

    Returns:
        For each number of uses from none on: the number, the expected accuracy of the best decision, the observed one.
        Records of users with fewer uses there, with a platform excluded there, or with a change of mind, are left out
        throughout.
    """
    settings = replace(settings, sure=0.0)
    world = Synthesis(settings).world
    rows: list[list[tuple[float, bool]]] = [[] for _ in range(most + 1)]
    for person, all_made in _preferences(settings, limit):
        for case in (made.case for made in all_made):
            uses = [place for place, entry in enumerate(person.log) if entry.scenario == case.scenario]
            if len(uses) < most or person.drifted or person.excluded(case.scenario):
                continue
            for count in range(most + 1):
                seen = frozenset(uses[len(uses) - count :])
                shares = believe(settings, world, person, Visible(False, _NONE, seen, False)).of_platforms(
                    world, case.scenario, work=case.work
                )
                rows[count].append((float(shares.max()), int(shares.argmax()) == case.platform))
    return [
        (count, float(np.mean([best for best, _ in own])), float(np.mean([right for _, right in own])))
        for count, own in enumerate(rows)
        if own
    ]


def _preferences(settings: Settings, limit: int | None) -> Iterator[tuple[Person, list[Made]]]:
    """Users with their test cases in which what they like decides."""
    count, person = 0, None
    own: list[Made] = []
    for made in Synthesis(settings).records(("test_trained_user", "test_untrained_user")):
        if not made.case.preferred:
            continue
        if limit is not None and count == limit:
            break
        if person is not None and person.name != made.person.name:
            yield person, own
            own = []
        person = made.person
        own.append(made)
        count += 1
    if person is not None:
        yield person, own


def _bits(shares: NDArray[np.float64]) -> float:
    """Entropy in bits."""
    held = shares[shares > 0]
    return float(-(held * np.log2(held)).sum())
