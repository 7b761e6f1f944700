"""All records of a synthesis, user by user, in constant memory."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from experiments.errors import SynthesisError
from experiments.ptool.beliefs import believe
from experiments.ptool.case_kinds import draw_case
from experiments.ptool.cases import KINDS, as_record
from experiments.ptool.drafts import Unanswerable
from experiments.ptool.person import make_person
from experiments.ptool.rewriting import doubt_of, rewritten
from experiments.ptool.verify import problem_of
from experiments.ptool.world import make_world

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from numpy.random import Generator

    from baselines.chat import ChatModel
    from experiments.ptool.beliefs import Beliefs
    from experiments.ptool.cases import Case, Kind
    from experiments.ptool.person import Person
    from experiments.ptool.settings import Settings
    from experiments.ptool.world import World

__all__ = ["SPLITS", "Made", "Split", "Synthesis"]

Split = Literal["test_trained_user", "test_untrained_user", "training"]
SPLITS: tuple[Split, ...] = ("test_trained_user", "test_untrained_user", "training")

_TRIES, _TRIES_OF_KIND = 60, 12
_DIGITS = 6
_WINDOW = 1000


class Made(NamedTuple):
    """One record: its split, the user whose profile it shows, its case, and itself as JSON values."""

    split: Split
    person: Person
    case: Case
    record: dict[str, Any]


class _Window:
    """The templates of the last thousand requests."""

    def __init__(self) -> None:
        self._recent: deque[str] = deque()
        self._held: set[str] = set()

    def __contains__(self, template: str) -> bool:
        return template in self._held

    def add(self, template: str) -> None:
        if len(self._recent) == _WINDOW:
            self._held.discard(self._recent.popleft())
        self._recent.append(template)
        self._held.add(template)


class Synthesis:
    """All records of some settings.

    Args:
        settings: What it is made with.
        model: Rewrites requests and doubts records; without one, what was composed stays, and the rules alone check.

    Attributes:
        world: The tools.
        rejected: How many cases were drawn and rejected, by reason, so far.
    """

    def __init__(self, settings: Settings, model: ChatModel | None = None) -> None:
        self.settings = settings
        self._model = model
        self.world: World = make_world(settings)
        self.rejected: Counter[str] = Counter()
        self._believed: tuple[str, Beliefs] | None = None

    def people(self) -> Iterator[Person]:
        """All users, the trained ones first."""
        for number in range(self.settings.trained_users + self.settings.untrained_users):
            yield make_person(self.settings, self.world, number)

    def records(self, splits: Collection[Split] = SPLITS) -> Iterator[Made]:
        """The records of some splits, user by user; a split's are the same whichever others are made.

        Raises:
            SynthesisError: As `experiments.ptool.identity.draw_identity`.
        """
        settings, words = self.settings, {split: _Window() for split in SPLITS}
        for number in range(settings.trained_users + settings.untrained_users):
            person = make_person(settings, self.world, number)
            own: dict[Split, int] = {}
            if number < settings.trained_users:
                own["test_trained_user"] = _share(settings.trained_tests, number, settings.trained_users)
                own["training"] = _share(settings.training, number, settings.trained_users)
            else:
                place = number - settings.trained_users
                own["test_untrained_user"] = _share(settings.untrained_tests, place, settings.untrained_users)
            for split, count in own.items():
                if split in splits:
                    yield from self._of(person, number, split, count, words[split])

    def _of(self, person: Person, number: int, split: Split, count: int, words: _Window) -> Iterator[Made]:
        settings = self.settings
        rng = np.random.default_rng([settings.seed, 4, number, SPLITS.index(split)])
        shown = person if settings.control != "permuted" else make_person(settings, self.world, self._next(number))
        for place in range(count):
            case = self._case(rng, person, shown, words)
            name = f"ptool/{split.removeprefix('test_').removesuffix('_user')}/{number:06d}/{place:04d}"
            if settings.control == "random" and case.preferred:
                case = replace(case, platform=int(rng.integers(settings.platforms)))
            if settings.control == "permuted":
                case = replace(case, evidence=())
            record = as_record(case, self.world, shown, name)
            if self._model is not None and not self._reworded(self._model, case, record):
                continue
            yield Made(split, shown, case, record)

    def _next(self, number: int) -> int:
        """The next user of the same split, after the last one the first."""
        trained, untrained = self.settings.trained_users, self.settings.untrained_users
        return (number + 1) % trained if number < trained else trained + (number - trained + 1) % untrained

    def _reworded(self, model: ChatModel, case: Case, record: dict[str, Any]) -> bool:
        """Let a model put a record in other words, and say whether it takes the record for sound."""
        names = [platform["name"] for platform in record["platforms"]]
        closed = {own for tool in record["tools"] for one in tool["parameters"].values() for own in one.get("enum", ())}
        text, problem = rewritten(model, case.said, names, closed)
        if problem:
            self.rejected[problem] += 1
        else:
            record["query"] = text
        if doubt := doubt_of(model, record):
            self.rejected[doubt] += 1
        return not doubt

    def _case(self, rng: Generator, person: Person, shown: Person, words: _Window) -> Case:
        """A sound case whose words are new, of a kind that is drawn once, and again where the user has none of it."""
        profile = person.profile(self.world)
        kinds, shares = list(KINDS), np.array(list(KINDS.values()))
        for _ in range(_TRIES):
            kind: Kind = kinds[int(rng.choice(len(kinds), p=shares / shares.sum()))]
            for _ in range(_TRIES_OF_KIND):
                try:
                    case = draw_case(rng, self.world, person, kind)
                except Unanswerable as reason:
                    self.rejected[str(reason)] += 1
                    break
                problem = problem_of(case, self.world, person, profile, partial(self._guessable, person, case))
                if not problem and self.settings.control != "none":
                    problem = _problem_in_control(case, person, shown)
                if not problem and case.said.template in words:
                    problem = "words as in another of the last thousand"
                if not problem:
                    words.add(case.said.template)
                    return case
                self.rejected[problem] += 1
        raise SynthesisError(
            f"{person.name} has no sound request in {_TRIES} tries; more statements or log entries may help"
        )

    def _guessable(self, person: Person, case: Case) -> bool:
        """Whether what is visible tells the platform well enough, whichever it is; a guess may be right or wrong."""
        if not self.settings.sure:
            return True
        shares = self._beliefs(person).of_platforms(self.world, case.scenario, work=case.work)
        left = len(shares) - len(person.excluded(case.scenario))  # a guess by chance is among these
        return left == 1 or round(float(shares.max()) * left, _DIGITS) >= self.settings.sure

    def _beliefs(self, person: Person) -> Beliefs:
        if self._believed is None or self._believed[0] != person.name:
            self._believed = (person.name, believe(self.settings, self.world, person))
        return self._believed[1]


def _problem_in_control(case: Case, person: Person, shown: Person) -> str:
    """What the controls leave out, so that chance is the same throughout and nothing visible rules an answer out."""
    if case.preferred and (person.excluded(case.scenario) or shown.excluded(case.scenario)):
        return "a control in which a platform is excluded"
    if case.platform in shown.excluded(case.scenario) and shown is not person:
        return "an answer that is excluded for who is shown"
    return ""


def _share(whole: int, place: int, parts: int) -> int:
    """The part of a whole that is shared evenly, the first ones getting what is left over."""
    return whole // parts + (place < whole % parts)
