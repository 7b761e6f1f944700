"""The conditional logit finds what the data says, within the bounds of what a weight means."""

import numpy as np
import pytest

from experiments.logit import conditional_logit

NAMES = ("first", "second", "third")


def made(feature, *, sign=1.0, size=80):
    """Records in which one feature decides."""
    generator = np.random.default_rng(7)
    rows, gold = [], []
    for number in range(size):
        row = generator.normal(size=(3 + number % 4, 3)) * 0.3
        chosen = int(generator.integers(len(row)))
        row[chosen, NAMES.index(feature)] += sign
        rows.append(row)
        gold.append(chosen)
    return rows, gold


@pytest.mark.parametrize("feature", NAMES)
def test_the_feature_that_decides_gets_the_weight(feature):
    weights = conditional_logit(NAMES, *made(feature))
    assert weights[feature] > 3 * max(abs(value) for name, value in weights.items() if name != feature)


def test_a_weight_keeps_its_bounds_against_the_data():
    rows, gold = made("second", sign=-1.0)
    assert conditional_logit(NAMES, rows, gold)["second"] < -1.0
    assert conditional_logit(NAMES, rows, gold, bounds={"second": (0.0, None)})["second"] == 0.0
    assert conditional_logit(NAMES, rows, gold, bounds={"second": (0.5, None)})["second"] == pytest.approx(0.5)


def test_a_held_weight_is_not_fitted():
    rows, gold = made("second")
    assert conditional_logit(NAMES, rows, gold, held={"second": -2.0})["second"] == -2.0


def test_records_without_importance_change_nothing():
    rows, gold = made("first")
    others, wrong = made("third", sign=-1.0)
    every = (rows + others, gold + wrong)
    alone, both = conditional_logit(NAMES, rows, gold), conditional_logit(NAMES, *every)
    first = conditional_logit(NAMES, *every, importance=[1.0] * len(rows) + [0.0] * len(others))
    # not the same to the last digit: a feature is scaled by all records, and the penalty is on scaled ones
    assert abs(first["third"] - alone["third"]) < 0.1 * abs(both["third"] - alone["third"])


def test_a_heavier_penalty_makes_smaller_weights():
    rows, gold = made("first")
    light, heavy = (conditional_logit(NAMES, rows, gold, penalty=penalty)["first"] for penalty in (1e-3, 1.0))
    assert 0.0 < heavy < light
