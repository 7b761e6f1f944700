"""Calibration figures and corrections."""

from __future__ import annotations

import json
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import isotonic_regression

from experiments.calibration import (
    area_under_risk_coverage,
    brier_score,
    calibration_report,
    expected_calibration_error,
    fit_isotonic,
    fit_temperature,
    reliability,
    risk_coverage,
    scale_probabilities,
    temper,
)

chances = st.floats(0.0, 1.0).map(lambda value: round(value, 3))
answers = st.lists(st.tuples(chances, st.booleans()), min_size=1, max_size=60)
each_binning = pytest.mark.parametrize("binning", ["width", "mass"])
FIGURES = [
    brier_score,
    area_under_risk_coverage,
    lambda c, r: expected_calibration_error(c, r, binning="width"),
    lambda c, r: expected_calibration_error(c, r, binning="mass"),
]


def split(rows):
    return [row[0] for row in rows], [row[1] for row in rows]


@pytest.mark.parametrize("figure", FIGURES)
@given(rows=answers, seed=st.integers(0, 99))
def test_figures_are_between_0_and_1_and_ignore_the_order(figure, rows, seed):
    value = figure(*split(rows))
    assert 0.0 <= value <= 1.0
    mixed = [rows[place] for place in np.random.default_rng(seed).permutation(len(rows))]
    assert figure(*split(mixed)) == value


@pytest.mark.parametrize("figure", FIGURES)
def test_certain_and_right_is_the_best_and_certain_and_wrong_the_worst(figure):
    assert figure([1.0, 1.0], [1, 1]) == 0.0
    assert figure([1.0, 1.0], [0, 0]) == 1.0


@each_binning
@given(rows=answers, bins=st.integers(1, 20))
def test_bins_hold_every_answer_once_within_their_bounds(binning, rows, bins):
    confidences, correct = split(rows)
    table = reliability(confidences, correct, bins=bins, binning=binning)
    assert sum(own.answers for own in table) == len(rows)
    assert len(table) <= bins
    for own in table:
        assert own.low - 1e-9 <= own.confidence <= own.high + 1e-9
    total = sum(own.answers * own.accuracy for own in table)
    assert total == pytest.approx(sum(correct))


def test_adaptive_bins_are_of_equal_size_where_nothing_ties():
    table = reliability(np.linspace(0.01, 0.99, 40), np.ones(40), bins=8, binning="mass")
    assert [own.answers for own in table] == [5] * 8


def test_adaptive_bins_do_not_part_equals():
    table = reliability([0.5] * 9 + [0.9], [1] * 10, bins=5, binning="mass")
    assert [own.answers for own in table] == [9, 1]


@each_binning
def test_confidences_that_are_shares_have_no_calibration_error(binning):
    confidences = [0.25] * 4 + [0.75] * 4
    assert expected_calibration_error(confidences, [1, 0, 0, 0, 1, 1, 1, 0], binning=binning) == 0.0


@given(answers)
def test_with_one_bin_the_error_is_that_of_the_means(rows):
    confidences, correct = split(rows)
    wanted = abs(np.mean(confidences) - np.mean(correct))
    assert expected_calibration_error(confidences, correct, bins=1) == pytest.approx(wanted)


@given(answers)
def test_the_risk_at_full_coverage_is_the_share_of_errors(rows):
    confidences, correct = split(rows)
    points = risk_coverage(confidences, correct)
    assert points[-1].coverage == 1.0
    assert points[-1].risk == pytest.approx(1.0 - np.mean(correct))
    assert all(a.coverage < b.coverage and a.confidence > b.confidence for a, b in pairwise(points))


@given(answers)
def test_no_order_of_confidence_has_less_area_than_right_before_wrong(rows):
    confidences, correct = split(rows)
    best = area_under_risk_coverage([0.9 if right else 0.1 for right in correct], correct)
    worst = area_under_risk_coverage([0.1 if right else 0.9 for right in correct], correct)
    assert best - 1e-12 <= area_under_risk_coverage(confidences, correct) <= worst + 1e-12


@given(st.lists(st.booleans(), min_size=1, max_size=40))
def test_one_confidence_for_all_has_the_share_of_errors_as_area(correct):
    assert area_under_risk_coverage([0.5] * len(correct), correct) == pytest.approx(1.0 - np.mean(correct))


@pytest.mark.parametrize("temperature", [0.4, 1.0, 2.5])
def test_the_temperature_of_a_sample_is_found_again(temperature):
    generator = np.random.default_rng(7)
    scores = generator.normal(0.0, 2.0, (6_000, 5))
    gold = [generator.choice(5, p=temper(row, temperature)) for row in scores]
    assert fit_temperature(list(scores), gold) == pytest.approx(temperature, rel=0.08)


scored = st.lists(
    st.tuples(st.lists(st.floats(-5, 5), min_size=2, max_size=5), st.integers(0, 1)), min_size=1, max_size=12
)


@given(scored)
def test_a_fitted_temperature_never_loses_to_another(rows):
    scores, gold = [np.array(row[0]) for row in rows], [row[1] for row in rows]

    def loss(temperature):
        logs = [row / temperature - np.logaddexp.reduce(row / temperature) for row in scores]
        return -sum(own[place] for own, place in zip(logs, gold, strict=True))

    fitted = fit_temperature(scores, gold)
    assert 1e-3 <= fitted <= 1e3
    assert all(loss(fitted) <= loss(other) + 1e-6 for other in (0.01, 0.1, 0.5, 1.0, 2.0, 10.0, 100.0))


@given(st.lists(st.floats(-20, 20), min_size=1, max_size=9), st.floats(0.05, 20.0))
def test_tempering_gives_probabilities_in_the_same_order(scores, temperature):
    found = temper(scores, temperature)
    assert found.sum() == pytest.approx(1.0)
    order = np.argsort(scores, kind="stable")
    assert (np.diff(found[order]) >= -1e-12).all()


@given(st.lists(chances, min_size=1, max_size=20), st.floats(0.1, 10.0))
def test_scaled_probabilities_keep_their_order_and_their_side(confidences, temperature):
    scaled = scale_probabilities(confidences, temperature)
    assert ((scaled >= 0.0) & (scaled <= 1.0)).all()
    order = np.argsort(confidences, kind="stable")
    assert (np.diff(scaled[order]) >= 0.0).all()
    assert all((value > 0.5) == (own > 0.5) for value, own in zip(scaled, confidences, strict=True) if own != 0.5)


@given(st.lists(st.floats(0.001, 0.999), min_size=1, max_size=20))
def test_a_temperature_of_1_changes_nothing(confidences):
    assert scale_probabilities(confidences, 1.0) == pytest.approx(np.array(confidences))


@given(answers)
def test_an_isotonic_map_rises_and_is_the_least_squares_one(rows):
    confidences, correct = split(rows)
    fitted = fit_isotonic(confidences, correct)
    values = np.unique(confidences)
    counts = np.array([np.sum(np.equal(confidences, value)) for value in values])
    shares = np.array([np.mean(np.array(correct)[np.equal(confidences, value)]) for value in values])
    assert fitted.values == pytest.approx(isotonic_regression(shares, weights=counts).x)
    assert (np.diff(fitted.values) >= 0.0).all()


@given(answers)
def test_an_isotonic_map_leaves_no_error_where_it_was_fitted(rows):
    confidences, correct = split(rows)
    mapped = fit_isotonic(confidences, correct).apply(confidences)
    assert brier_score(np.clip(mapped, 0, 1), correct) <= brier_score(confidences, correct) + 1e-12
    assert np.mean(mapped) == pytest.approx(np.mean(correct))


def test_an_isotonic_map_is_straight_between_and_level_outside():
    fitted = fit_isotonic([0.4, 0.6], [0, 1])
    assert fitted.apply([0.0, 0.4, 0.5, 0.6, 1.0]) == pytest.approx(np.array([0.0, 0.0, 0.5, 1.0, 1.0]))


@given(answers)
def test_a_report_is_plain_json(rows):
    report = calibration_report(*split(rows))
    assert json.loads(json.dumps(report)) == report
    assert len(report["risk_coverage"]) == 10


def test_a_report_says_the_risk_of_the_surest_half():
    report = calibration_report([0.9, 0.8, 0.3, 0.2], [1, 1, 0, 1], coverages=(0.5, 1.0))
    assert [(point["coverage"], point["risk"]) for point in report["risk_coverage"]] == [(0.5, 0.0), (1.0, 0.25)]
    assert report["accuracy"] == 0.75


@pytest.mark.parametrize(
    ("confidences", "correct"),
    [([], []), ([0.5], [1, 0]), ([1.5], [1]), ([float("nan")], [1]), ([0.5], [2]), ([[0.5]], [[1]])],
)
def test_what_is_no_answer_is_refused(confidences, correct):
    with pytest.raises(ValueError, match=r"needed|between 0 and 1|right"):
        brier_score(confidences, correct)


@pytest.mark.parametrize("bad", [0.0, -1.0, float("nan")])
def test_a_temperature_must_be_above_0(bad):
    with pytest.raises(ValueError, match="above 0"):
        temper([1.0, 2.0], bad)


@pytest.mark.parametrize(
    ("scores", "gold"), [([], []), ([[1.0, 2.0]], [2]), ([[1.0, 2.0]], []), ([[1.0, float("inf")]], [0]), ([[]], [0])]
)
def test_scores_without_their_gold_are_refused(scores, gold):
    with pytest.raises(ValueError, match="gold"):
        fit_temperature(scores, gold)


def test_coverages_and_bins_out_of_range_are_refused():
    with pytest.raises(ValueError, match="coverage"):
        calibration_report([0.5], [1], coverages=(0.0,))
    with pytest.raises(ValueError, match="bin"):
        reliability([0.5], [1], bins=0)
