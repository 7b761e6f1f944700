"""Systems beside the best possible decision, and beside chance in a control."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from scipy.stats import binomtest

from experiments.errors import SynthesisError
from experiments.metrics import answered_records
from experiments.ptool.identify import best_guesses
from experiments.statistics import holm, paired_difference

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from experiments.ptool.settings import Settings
    from experiments.run import Run
    from experiments.statistics import Difference

__all__ = ["Standing", "standings"]


class Standing(NamedTuple):
    """What a system gets right of the requests in which what the user likes decides.

    Attributes:
        system: Its name.
        records: How many such requests its runs have.
        right: The share in which its platform is the wanted one; an abstention is not.
        best: The accuracy of the best possible decision on the same requests, as `best_guesses` of
            `experiments.ptool.identify` has it.
        less: ``right - best``, with an interval over users.
        p: In the control with random platforms, where each is drawn by itself, that of an exact two-sided test against
            chance, adjusted by Holm for the systems; else None.
    """

    system: str
    records: int
    right: float
    best: float
    less: Difference
    p: float | None


def standings(settings: Settings, runs: Iterable[Run]) -> list[Standing]:
    """A row for each system, in the order in which they come.

    Args:
        settings: Of the synthesis whose test records were run; it is made again.
        runs: Over the test records of one split or both; those of one system count together.

    Raises:
        SynthesisError: No run has a request in which what the user likes decides, or a system has two runs of a record.
    """
    guesses = best_guesses(settings)
    marks: dict[str, dict[str, bool]] = {}
    for run in runs:
        own = marks.setdefault(run.system, {})
        for one in answered_records(run):
            if one.record.id in own:
                raise SynthesisError(f"{run.system} has two runs of {one.record.id}")
            if one.record.id in guesses:
                own[one.record.id] = one.strict.platform
    if not marks or not all(marks.values()):
        raise SynthesisError("the runs have no record of this synthesis in which what the user likes decides")
    rows = [_standing(system, own, guesses) for system, own in marks.items()]
    if settings.control != "random":
        return rows
    chance = 1.0 / settings.platforms
    adjusted = holm([binomtest(sum(own.values()), len(own), chance).pvalue for own in marks.values()])
    return [row._replace(p=p) for row, p in zip(rows, adjusted, strict=True)]


def _standing(system: str, marks: Mapping[str, bool], guesses: Mapping[str, tuple[str, float]]) -> Standing:
    right, best = [float(own) for own in marks.values()], [guesses[name][1] for name in marks]
    less = paired_difference(right, best, [guesses[name][0] for name in marks], bounds=(-1.0, 1.0))
    return Standing(system, len(right), sum(right) / len(right), sum(best) / len(best), less, None)
