"""The metrics that come with the library."""

from __future__ import annotations

from math import log2
from statistics import quantiles
from typing import TYPE_CHECKING

from experiments.calibration import area_under_risk_coverage, brier_score, expected_calibration_error
from experiments.metrics import Answered, Metric, Share, metric

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from baselines.case import Prediction

__all__ = ["METRICS"]

_MANY = 20  # an inclusive split into so many parts has the 95th percentile as its last cut


@metric
def official(answered: Answered) -> float:
    """Records right by PTBench's own scorer."""
    return float(answered.official.overall)


@metric
def strict(answered: Answered) -> float:
    """Records right by the strict scorer: platform, functions, and the value of every argument."""
    return float(answered.strict.overall)


@metric
def platform(answered: Answered) -> float:
    """The platform is right."""
    return float(answered.strict.platform)


@metric
def function(answered: Answered) -> float:
    """The functions are right, on whatever platform."""
    return float(answered.strict.function)


@metric
def tool(answered: Answered) -> float:
    """Platform and functions are right."""
    return float(answered.strict.tool)


@metric
def exact_call(answered: Answered) -> float | None:
    """All arguments are right, where platform and functions are."""
    return float(answered.strict.values) if answered.strict.tool else None


@metric
def query_params(answered: Answered) -> Share:
    """Parameters of the gold that come from the query, with their value right."""
    return Share(answered.strict.query_matched, answered.strict.query_listed)


@metric
def profile_params(answered: Answered) -> Share:
    """Parameters of the gold that come from the profile, with their value right."""
    return Share(answered.strict.profile_matched, answered.strict.profile_listed)


def _precision(name: str, given: Callable[[Prediction], Sequence[str]], what: str) -> Metric:
    @metric(name=name, about=f"Of what is {what}, what matters.")
    def precision(answered: Answered) -> Share | None:
        gold, own = answered.gold_evidence, set(given(answered.prediction))
        return None if gold is None else Share(len(gold & own), len(own))

    return precision


def _recall(name: str, given: Callable[[Prediction], Sequence[str]], what: str) -> Metric:
    @metric(name=name, about=f"Of what matters to a record, what is {what}.")
    def recall(answered: Answered) -> float | None:
        gold = answered.gold_evidence
        return len(gold.intersection(given(answered.prediction))) / len(gold) if gold else None

    return recall


def _exact(name: str, given: Callable[[Prediction], Sequence[str]], what: str) -> Metric:
    @metric(name=name, about=f"What matters is {what}, and nothing else.")
    def exact(answered: Answered) -> float | None:
        gold = answered.gold_evidence
        return None if gold is None else float(gold == set(given(answered.prediction)))

    return exact


def _found(prediction: Prediction) -> Sequence[str]:
    return prediction.evidence


def _cited(prediction: Prediction) -> Sequence[str]:
    return prediction.cited


def _hit_at(depth: int) -> Metric:
    @metric(name=f"evidence_hit@{depth}", about=f"One of the first {depth} given is evidence.")
    def hit(answered: Answered) -> float | None:
        gold = answered.gold_evidence
        return float(not gold.isdisjoint(answered.prediction.evidence[:depth])) if gold else None

    return hit


def _ndcg_at(depth: int) -> Metric:
    about = f"Discounted gain of the first {depth} given, by the best there could be (Järvelin and Kekäläinen 2002)."

    @metric(name=f"evidence_ndcg@{depth}", about=about)
    def ndcg(answered: Answered) -> float | None:
        gold = answered.gold_evidence
        if not gold:
            return None
        given = list(dict.fromkeys(answered.prediction.evidence))[:depth]
        gain = sum(1 / log2(place + 2) for place, own in enumerate(given) if own in gold)
        return gain / sum(1 / log2(place + 2) for place in range(min(len(gold), depth)))

    return ndcg


@metric
def abstention_precision(answered: Answered) -> float | None:
    """No call is right, where the system abstains."""
    return None if answered.prediction.abstained is None else float(not answered.callable)


@metric
def abstention_recall(answered: Answered) -> float | None:
    """The system abstains, where no call is right."""
    return None if answered.callable else float(answered.prediction.abstained is not None)


def _sure(answered: Sequence[Answered]) -> tuple[list[float], list[bool]]:
    """Confidences of whole answers and whether these are right, of the answers that have one."""
    given = [(one.prediction.answer_confidence, one.strict.overall) for one in answered]
    known = [(confidence, right) for confidence, right in given if confidence is not None]
    return [confidence for confidence, _ in known], [right for _, right in known]


@metric(over_run=True)
def calibration_error(answered: Sequence[Answered]) -> float | None:
    """Mean gap of confidence and accuracy over ten bins of equal width (expected calibration error)."""
    confidences, right = _sure(answered)
    return expected_calibration_error(confidences, right) if confidences else None


@metric(over_run=True)
def brier(answered: Sequence[Answered]) -> float | None:
    """Mean squared gap of confidence and truth."""
    confidences, right = _sure(answered)
    return brier_score(confidences, right) if confidences else None


@metric(over_run=True)
def risk_coverage_area(answered: Sequence[Answered]) -> float | None:
    """Mean share of wrong answers when only the surest are given, over all shares given."""
    confidences, right = _sure(answered)
    return area_under_risk_coverage(confidences, right) if confidences else None


@metric
def failed(answered: Answered) -> float:
    """Records on which the system failed."""
    return float(answered.failed)


@metric
def prompt_tokens(answered: Answered) -> float | None:
    """Tokens sent to a language model for a record."""
    usage = answered.prediction.usage
    return None if usage is None else float(usage.prompt_tokens)


@metric
def cost(answered: Answered) -> float | None:
    """What a record's calls of a language model cost, where prices are known."""
    usage = answered.prediction.usage
    return None if usage is None else usage.cost


@metric
def seconds(answered: Answered) -> float | None:
    """From case to answer."""
    return answered.seconds


@metric(over_run=True)
def seconds_p95(answered: Sequence[Answered]) -> float | None:
    """So long took 95 % of the records at most."""
    taken = [one.seconds for one in answered if one.seconds is not None]
    if len(taken) < 2:  # noqa: PLR2004
        return taken[0] if taken else None
    return quantiles(taken, n=_MANY, method="inclusive")[-1]


METRICS: tuple[Metric, ...] = (
    official,
    strict,
    platform,
    function,
    tool,
    exact_call,
    query_params,
    profile_params,
    _precision("evidence_precision", _found, "found"),
    _recall("evidence_recall", _found, "found"),
    _exact("evidence_exact", _found, "found"),
    _hit_at(1),
    _hit_at(5),
    _ndcg_at(10),
    _precision("cited_precision", _cited, "cited"),
    _recall("cited_recall", _cited, "cited"),
    _exact("cited_exact", _cited, "cited"),
    abstention_precision,
    abstention_recall,
    calibration_error,
    brier,
    risk_coverage_area,
    failed,
    prompt_tokens,
    cost,
    seconds,
    seconds_p95,
)
"""All of them, in the order of tables."""
