"""Records that want several calls, and the score of all calls of an answer: a multiset over all platforms.

PTBench's shape holds calls on one platform; those on others stand in a record under `FURTHER`, as further answers. The
scorers of PTBench's shape do not see them. Here a call is right if platform, function and all arguments are.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from experiments.errors import RecordError
from experiments.records import FURTHER, accepted_values, read_answer
from experiments.values import same_value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from baselines.case import Prediction
    from experiments.records import Accepted, Record

__all__ = ["GoldOnPlatform", "SeveralScore", "gold_calls", "score_several", "several_figures"]


class GoldOnPlatform(NamedTuple):
    """One gold call: platform, function, and the accepted values by parameter."""

    platform: str
    function: str
    parameters: dict[str, Accepted]


class SeveralScore(NamedTuple):
    """Shares of records.

    Attributes:
        records: How many there are.
        number: As many calls as the gold has.
        tools: The multiset of platforms and functions is the gold's.
        calls: So is that of whole calls.
        first: The first platform's calls are right, whatever is called elsewhere.
        more: More calls than the gold has.
    """

    records: int
    number: float
    tools: float
    calls: float
    first: float
    more: float


def gold_calls(record: Record) -> list[GoldOnPlatform]:
    """All calls of a record, those of its answer first.

    Raises:
        RecordError: What stands under `FURTHER` is no list of answers.
    """
    further = record.extra.get(FURTHER, [])

    def fail(key: str, problem: str) -> RecordError:
        return RecordError(problem, file=record.id, index=0, key=key)

    if not isinstance(further, list):
        raise fail(FURTHER, "must be a list of answers")
    answers = [record.answer, *(read_answer(answer, fail) for answer in further)]
    return [
        GoldOnPlatform(answer.platform, call.function, dict(call.parameters))
        for answer in answers
        for call in answer.calls
    ]


def score_several(records: Sequence[Record], predictions: Sequence[Prediction]) -> SeveralScore:
    """Score one prediction per record, in the same order. An abstention has no call."""
    number = tools = right = first = more = 0
    for record, prediction in zip(records, predictions, strict=True):
        gold = gold_calls(record)
        made = [(call.platform or prediction.platform, call.function, call.arguments) for call in prediction.all_calls]
        number += len(made) == len(gold)
        more += len(made) > len(gold)
        tools += Counter((one[0], one[1]) for one in made) == Counter((one[0], one[1]) for one in gold)
        right += _all_right(gold, made)
        here = record.answer.platform
        first += _all_right([one for one in gold if one[0] == here], [one for one in made if one[0] == here])
    many = max(len(records), 1)
    return SeveralScore(len(records), number / many, tools / many, right / many, first / many, more / many)


def several_figures(records: Sequence[Record], predictions: Sequence[Prediction]) -> dict[str, float | None]:
    """The figures of records that want several calls, and how many of those that want one get more.

    ``number``, ``tools`` and ``calls``, as `SeveralScore` has them, of the records with several calls on one platform
    (``of_values``, how many there are), and with the names ``further_...`` of those with calls on other platforms
    too (``of_platforms``); and ``too_many``, the share of records with one call that get more. What there is no record
    for is left out.
    """
    kinds: dict[str, list[tuple[Record, Prediction]]] = {"of_values": [], "of_platforms": [], "one": []}
    for record, own in zip(records, predictions, strict=True):
        kind = "of_platforms" if record.extra.get(FURTHER) else "of_values" if len(gold_calls(record)) > 1 else "one"
        kinds[kind].append((record, own))
    figures: dict[str, float | None] = {}
    for kind, prefix in (("of_values", ""), ("of_platforms", "further_")):
        if kinds[kind]:
            score = score_several(*zip(*kinds[kind], strict=True))
            shares = {"number": score.number, "tools": score.tools, "calls": score.calls}
            figures |= {kind: float(score.records)} | {f"{prefix}{name}": share for name, share in shares.items()}
    if kinds["one"]:
        figures["too_many"] = score_several(*zip(*kinds["one"], strict=True)).more
    return figures


def _all_right(gold: Sequence[GoldOnPlatform], made: Sequence[tuple[str | None, str, dict[str, object]]]) -> bool:
    """Whether calls can be paired one to one, each right in full; there are few, so each gold call takes its first."""
    left = list(made)
    for wanted in gold:
        found = next((call for call in left if _right(wanted, call)), None)
        if found is None:
            return False
        left.remove(found)
    return not left


def _right(gold: GoldOnPlatform, made: tuple[str | None, str, dict[str, object]]) -> bool:
    platform, function, arguments = made
    return (
        (platform, function) == (gold.platform, gold.function)
        and arguments.keys() == gold.parameters.keys()
        and all(
            any(same_value(arguments[name], value) for value in accepted_values(accepted))
            for name, accepted in gold.parameters.items()
        )
    )
