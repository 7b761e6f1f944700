"""Trains the extractor of values from queries: examples, weights, and held-out figures.

The model is a conditional logit: each parameter of the gold tool chooses among the pieces of the query that may be its
value and being left out. The likelihood counts every piece that gives an accepted value; each dataset weighs the same,
and so does each parameter of one; an L2 penalty keeps weights small.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from experiments.extract_examples import likelihood, rows_of
from experiments.folds import fold_of
from experiments.values import same_value
from resolver.candidates import CANDIDATE_FEATURES, NONE_FEATURES
from resolver.coerce import coerce
from resolver.extract import EXTRACT_FEATURES, Extractor
from resolver.rivals import RIVAL_FEATURES, RIVAL_NONE_FEATURES, rival_features, rival_none_features

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from experiments.extract_examples import ExtractExample, Rows

__all__ = ["PENALTY", "cross_validate_extract", "fit_choices", "prior_of", "score_extract", "train_extract"]

PENALTY = 3e-3
"""L2 penalty on the weights; features are between 0 and 1, or near."""

PRIOR: Mapping[str, float] = {
    "suit": 3.0,
    "suit_number": 3.0,
    "misfit": -2.0,
    "untyped": -1.0,
    "rival_suit": -2.0,
    "cue_before": 2.0,
    "cue_adjacent": 0.5,
    "cue_behind": 0.7,
    "cue_next": 0.5,
    "told_before": 0.5,
    "rival_cue": -0.5,
    "rival_next": -0.5,
    "asked_name": 1.0,
    "lead_in": 1.5,
    "rival_lead_in": -1.0,
    "bound": 2.0,
    "rival_bound": -1.0,
    "suited_lead_in": 0.5,
    "suited_cue": 0.5,
    "suited_next": 0.5,
    "own_words": -1.0,
    "rival_words": -1.0,
    "all_common": -2.0,
    "example": 1.0,
    "shape": 1.0,
    "misshape": -2.0,
    "outside": -1.0,
    "joined_list": 3.0,
    "single_list": -2.0,
    "option_share": 2.0,
    "option_exact": 0.5,
    "option_words": 0.5,
    "option_digit": -1.5,
    "option_negated": -3.0,
    "option_rival": -2.0,
    "flag_share": 3.0,
    "kind_quoted": 1.0,
    "kind_part": -2.0,
    "kind_tail": -2.0,
    "kind_joined": -1.5,
    "kind_phrase": -1.5,
    "begins_request": -1.5,
    "begins_filler": -1.0,
    "in_name": -2.0,
    "in_quotes": -2.0,
    "cut_left": -0.5,
    "cut_right": -0.5,
    "none": 3.0,
    "none_required": -3.0,
    "ends_ly": -1.5,
    "begins_ly": -1.0,
    "before_article": -1.0,
    "after_to": -1.0,
    "after_subject": -1.0,
    "begins_ed": -0.5,
    "ends_ed": -0.5,
    "second_score": 0.5,
    "second_best_of_piece": 0.5,
    "second_owner": 0.5,
}
"""Where weights stay that the records say little of: what a reader would expect. The rest stay at 0."""
_SPECIAL = ("text_", "proper_", "number_", "closed_", "none_tag_")
_SPECIAL_PENALTY = 5.0  # features that are for some parameters only say more of the sets at hand than others do


def train_extract(examples: Sequence[ExtractExample], *, penalty: float = PENALTY) -> dict[str, float]:
    """Weights by feature: those of the first look, then those of the second.

    Args:
        examples: What to train on.
        penalty: L2 penalty on the weights; features are between 0 and 1, or near.
    """
    special = np.array([name.startswith(_SPECIAL) for name in (*CANDIDATE_FEATURES, *NONE_FEATURES)])
    of_candidates, of_none = fit_choices(
        rows_of(examples, _first_look),
        penalty * np.where(special, _SPECIAL_PENALTY, 1.0),
        prior_of((*CANDIDATE_FEATURES, *NONE_FEATURES)),
    )

    def second_look(example: ExtractExample) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        scores = example.candidates.scores(of_candidates.astype(np.float32))
        left_out = example.candidates.none @ of_none.astype(np.float32)
        pieces = example.candidates.pieces
        return rival_features(scores, left_out, pieces), rival_none_features(scores, left_out, pieces)

    of_rivals, of_rival_none = fit_choices(
        rows_of(examples, second_look), np.array(penalty), prior_of((*RIVAL_FEATURES, *RIVAL_NONE_FEATURES))
    )
    solution = np.concatenate([of_candidates, of_none, of_rivals, of_rival_none])
    return dict(zip(EXTRACT_FEATURES, np.round(solution, 4).tolist(), strict=True))


def _first_look(example: ExtractExample) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    places = np.arange(len(example.candidates.pieces))
    every = [example.candidates.features(number, places) for number in range(len(example.parameters))]
    return np.stack(every), example.candidates.none


def prior_of(names: Sequence[str]) -> NDArray[np.float64]:
    """What `PRIOR` says of features, 0 of those it does not name."""
    return np.array([PRIOR.get(name, 0.0) for name in names])


def fit_choices(
    rows: Rows, penalty: NDArray[np.float64], prior: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Weights of candidates and of leaving out that make what is right likely.

    Args:
        rows: The choices.
        penalty: L2 penalty on the distance from the prior, one or one for each weight.
        prior: ``(f + g,)``, where weights stay of which the choices say nothing.
    """
    from scipy.optimize import minimize  # noqa: PLC0415  (heavy)

    width = rows.features.shape[1]

    def loss(values: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        scores = (rows.features @ values[:width].astype(np.float32)).astype(np.float64)
        value, slope, slope_none = likelihood(rows, scores, rows.none @ values[width:])
        gradient = np.concatenate([slope.astype(np.float32) @ rows.features, slope_none @ rows.none])
        away = values - prior
        return float((penalty * away) @ away) - value, 2.0 * penalty * away - gradient

    start = prior.copy()
    solution: NDArray[np.float64] = minimize(
        loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 500, "gtol": 1e-6, "ftol": 1e-8}
    ).x
    return solution[:width], solution[width:]


class Score(NamedTuple):
    """How well values were taken from queries, as counts.

    Attributes:
        records: Records.
        exact: Those whose query values are all right, with none beside them (an unsaid required parameter may be right
            by its default).
        lenient: The same, where a right value of a parameter whose gold is not from the query does no harm.
        asked: Values that gold has from the query.
        found: Those of them that were found.
        given: Values given.
    """

    records: int
    exact: int
    lenient: int
    asked: int
    found: int
    given: int


def score_extract(
    examples: Sequence[ExtractExample], extractor: Extractor, *, required: float = 0.1, optional: float = 0.35
) -> Score:
    """Scores an extractor on examples; see `_emits` for the two thresholds."""
    exact = lenient = asked = hits = given = 0
    for example in examples:
        chosen = dict(extractor.assign(example.candidates, example.parameters))
        all_right = all_well = True
        for number, parameter in enumerate(example.parameters):
            schema, accepted = parameter.parameter, example.accepted[number]
            found = chosen.get(number)
            default = coerce(schema.default, schema) if schema.required else None
            least = required if schema.required and default is None else optional
            emitted = found is not None and found.score >= least
            value = found.value if found is not None and emitted else default
            right = value is not None and any(same_value(value, own) for own in accepted)
            given += emitted
            if example.asked[number]:
                asked += 1
                hits += right and emitted
                all_right &= right
                all_well &= right
            elif emitted:
                all_right = False
                all_well &= right
        exact += all_right
        lenient += all_well
    return Score(len(examples), exact, lenient, asked, hits, given)


def cross_validate_extract(
    examples: Sequence[ExtractExample], *, folds: int = 5, penalty: float = PENALTY, apart: bool = False
) -> dict[str, Score]:
    """Held-out scores by dataset.

    Args:
        examples: All examples.
        folds: How many; no group is on both sides of one.
        penalty: As of `train_extract`.
        apart: Train on the other datasets only.
    """
    parts: list[tuple[Sequence[ExtractExample], Sequence[ExtractExample]]] = []
    if apart:
        parts.extend(
            ([own for own in examples if own.dataset != name], [own for own in examples if own.dataset == name])
            for name in sorted({example.dataset for example in examples})
        )
    else:
        fold = [fold_of(own.group, folds) for own in examples]
        parts.extend(
            (
                [own for own, number in zip(examples, fold, strict=True) if number != held_out],
                [own for own, number in zip(examples, fold, strict=True) if number == held_out],
            )
            for held_out in range(folds)
        )
    scores: dict[str, Score] = {}
    for train, test in parts:
        extractor = Extractor(train_extract(train, penalty=penalty))
        for name in sorted({example.dataset for example in test}):
            own = score_extract([example for example in test if example.dataset == name], extractor)
            before = scores.get(name, Score(0, 0, 0, 0, 0, 0))
            scores[name] = Score(*(one + two for one, two in zip(before, own, strict=True)))
    return scores
