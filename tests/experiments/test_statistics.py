"""Paired differences, exact tests, families of tests, and sizes: against scipy, simulation and by their properties."""

from __future__ import annotations

import math
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from experiments.statistics import holm, mcnemar, paired_difference, records_needed

MARKS = st.lists(st.tuples(st.booleans(), st.booleans()), min_size=2, max_size=60)
SHARES = st.lists(st.floats(0, 1), max_size=12)

# Intervals ------------------------------------------------------------------------------------------------------------


def test_of_one_cluster_nothing_can_be_said():
    found = paired_difference([1, 1], [0, 1], ["a", "a"])
    assert (found.mean, found.low, found.high) == (0.5, -math.inf, math.inf)


def test_few_records_of_a_user_each_have_students_interval():
    rng = np.random.default_rng(3)
    first, second = rng.normal(0.3, 1, 12), rng.normal(0, 1, 12)
    found = paired_difference(first, second, range(12))
    theirs = stats.ttest_rel(first, second).confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((theirs.low, theirs.high), abs=1e-12)


def test_few_users_of_one_size_have_students_interval_of_their_means():
    rng = np.random.default_rng(4)
    differences = rng.normal(0.2, 1, (6, 10)) + rng.normal(0, 1, (6, 1))
    found = paired_difference(differences.ravel(), np.zeros(60), np.repeat(range(6), 10))
    theirs = stats.ttest_1samp(differences.mean(axis=1), 0).confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((theirs.low, theirs.high), abs=1e-12)


def test_many_users_have_the_bootstraps_interval():
    differences = np.random.default_rng(5).exponential(1, 200)
    found = paired_difference(differences, np.zeros(200), range(200))
    theirs = stats.bootstrap((differences,), np.mean, method="percentile", rng=np.random.default_rng(0))
    assert (found.low, found.high) == pytest.approx(theirs.confidence_interval, abs=0.02)


@pytest.mark.parametrize(("users", "each"), [(6, 10), (20, 3), (60, 2)])
def test_intervals_hold_the_truth_as_often_as_they_say(users, each):
    rng = np.random.default_rng(6)
    held = 0
    for _ in range(200):
        differences = rng.normal(0, 1, (users, each)) + rng.normal(0, 1, (users, 1))
        found = paired_difference(differences.ravel(), np.zeros(users * each), np.repeat(range(users), each))
        held += found.low <= 0 <= found.high
    assert 0.90 <= held / 200 <= 0.99


def test_records_of_a_user_are_drawn_together():
    rng = np.random.default_rng(7)
    user = rng.integers(0, 2, size=20)
    first, clusters = np.repeat(user, 10), np.repeat(np.arange(20), 10)
    apart = paired_difference(first, np.zeros(200), np.arange(200))
    together = paired_difference(first, np.zeros(200), clusters)
    assert together.high - together.low > 2 * (apart.high - apart.low)


@pytest.mark.parametrize("count", [6, 60])
def test_the_interval_is_the_same_each_time_and_holds_the_mean(count):
    rng = np.random.default_rng(8)
    first, second = rng.integers(0, 2, size=count), rng.integers(0, 2, size=count)
    found = paired_difference(first, second, range(count))
    assert found == paired_difference(first, second, range(count))
    assert found.low < found.mean < found.high


@pytest.mark.parametrize("count", [2, 39, 40, 200])
@pytest.mark.parametrize("both", [[1, 0], [1, 1]], ids=["all differ", "none differs"])
def test_of_clusters_that_all_differ_alike_nothing_can_be_said_without_bounds(count, both):
    found = paired_difference([both[0]] * count, [both[1]] * count, range(count))
    assert found == (both[0] - both[1], -math.inf, math.inf, count, count)


def test_clusters_differ_alike_also_where_their_sums_are_no_whole_numbers():
    sizes = np.arange(1, 60)
    found = paired_difference(np.full(sizes.sum(), 0.1), np.zeros(sizes.sum()), np.repeat(sizes, sizes))
    assert (found.low, found.high) == (-math.inf, math.inf)


@pytest.mark.parametrize("count", [2, 5, 6, 39, 40, 300])
def test_within_bounds_clusters_alike_have_the_exact_interval_of_those_that_were_not_seen(count):
    found = paired_difference([1] * count, [0] * count, range(count), bounds=(-1, 1))
    unseen = stats.binomtest(0, count).proportion_ci(0.95).high
    assert (found.low, found.high) == (pytest.approx(1 - 2 * unseen), 1.0)
    assert (found.low > 0) == (mcnemar([True] * count, [False] * count).p < 0.05)
    same = paired_difference([1] * count, [1] * count, range(count), bounds=(-1, 1))
    assert (same.low, same.high) == pytest.approx((-unseen, unseen))


@pytest.mark.parametrize("count", [12, 39, 40, 80, 300])
@pytest.mark.parametrize("differ", range(1, 10))
def test_where_few_records_differ_the_interval_is_not_surer_than_the_exact_test(count, differ):
    differ = min(differ, (count - 1) // 2)
    first = [1] * differ + [0] * (count - differ)
    found = paired_difference(first, [0] * count, range(count), bounds=(-1, 1))
    assert (found.low > 0) == (mcnemar([bool(own) for own in first], [False] * count).p < 0.05)
    assert found.low < found.mean < found.high


@pytest.mark.parametrize("count", [40, 80])
def test_rare_differences_of_marks_are_held_as_often_as_is_said(count):
    rng, held = np.random.default_rng(10), 0
    for _ in range(300):
        drawn = rng.choice([1, -1, 0], p=[0.04, 0.01, 0.95], size=count)
        found = paired_difference(drawn == 1, drawn == -1, range(count), bounds=(-1, 1))
        held += found.low <= 0.03 <= found.high
    assert held / 300 >= 0.93


def test_six_users_with_half_of_the_records_are_few_whoever_has_the_others():
    rng = np.random.default_rng(12)
    sizes = [6] * 74 + [100] * 6
    users = np.repeat(range(80), sizes)
    held = 0
    for _ in range(150):
        own = rng.normal(0, 1, len(users)) + np.repeat(rng.normal(0, 1, 80), sizes)
        found = paired_difference(own, np.zeros(len(users)), users)
        held += found.low <= 0 <= found.high
    assert held / 150 >= 0.9


@pytest.mark.parametrize("other", [0, 0.5])
def test_intervals_do_not_leave_the_bounds_and_are_not_cut_without(other):
    first, second, users = [1, 1, 1, other], [0, 0, 0, 0], ["a", "b", "c", "d"]
    assert paired_difference(first, second, users).high > 1
    assert paired_difference(first, second, users, bounds=(-1, 1)).high == 1
    assert paired_difference(first[:2], second[:2], "aa", bounds=(-1, 1)) == (1, -1, 1, 1, 1)


def test_a_difference_outside_its_bounds_is_refused():
    with pytest.raises(ValueError, match=r"-3\.0 .*bounds"):
        paired_difference([0, 1], [3, 0], ["a", "b"], bounds=(-1, 1))


def test_many_clusters_are_drawn_in_little_memory():
    marks = np.random.default_rng(11).integers(0, 2, size=5_000)
    tracemalloc.start()
    found = paired_difference(marks, np.zeros(5_000), range(5_000))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20e6
    error = marks.std() / math.sqrt(5_000)
    assert (found.low, found.high) == pytest.approx((found.mean - 1.96 * error, found.mean + 1.96 * error), abs=1e-3)


@pytest.mark.parametrize(("first", "second", "clusters"), [([], [], []), ([1], [1, 0], [1]), ([1], [1], [])])
def test_what_does_not_pair_is_refused(first, second, clusters):
    with pytest.raises(ValueError, match=r"record|one of each"):
        paired_difference(first, second, clusters)
    with pytest.raises(ValueError, match=r"record|one of each"):
        records_needed(first, second, clusters)


# Exact tests and families ---------------------------------------------------------------------------------------------


@given(MARKS)
def test_mcnemar_asks_only_where_the_two_differ(pairs):
    first, second = zip(*pairs, strict=True)
    found = mcnemar(first, second)
    swapped = mcnemar(second, first)
    assert (found.first, found.second, found.p) == (swapped.second, swapped.first, swapped.p)
    assert found.first - found.second == sum(first) - sum(second)
    assert found.p == (1.0 if found.first == found.second else pytest.approx(_tails(found.first, found.second)))


def _tails(ours, theirs):
    count = ours + theirs
    return min(1.0, 2 * sum(math.comb(count, i) for i in range(min(ours, theirs) + 1)) / 2**count)


def test_marks_that_do_not_pair_are_refused():
    with pytest.raises(ValueError, match="one of each"):
        mcnemar([True], [])


@given(SHARES)
def test_holm_is_between_the_plain_values_and_bonferronis_and_keeps_their_order(values):
    adjusted = holm(values)
    assert all(p <= own <= min(1.0, len(values) * p) or own == 1.0 for p, own in zip(values, adjusted, strict=True))
    ordered = [own for _, own in sorted(zip(values, adjusted, strict=True))]
    assert ordered == sorted(adjusted)


@given(SHARES, st.floats(0.001, 0.2))
def test_holm_rejects_what_its_steps_reject(values, level):
    rejected = 0
    for rank, p in enumerate(sorted(values)):
        if (len(values) - rank) * p > level:
            break
        rejected += 1
    assert sum(own <= level for own in holm(values)) == rejected


# Sizes ----------------------------------------------------------------------------------------------------------------


def test_the_size_shows_the_difference_as_often_as_asked_for():
    rng = np.random.default_rng(9)
    needed = records_needed(rng.random(4_000) < 0.8, rng.random(4_000) < 0.5, range(4_000), difference=0.3)
    assert needed is not None
    shown = 0
    for _ in range(300):
        found = paired_difference(rng.random(needed) < 0.8, rng.random(needed) < 0.5, range(needed))
        shown += found.low > 0
    assert 0.72 <= shown / 300 <= 0.88


def test_users_with_many_records_alike_need_more_records():
    marks = np.random.default_rng(10).integers(0, 2, size=100)
    apart = records_needed(marks, np.zeros(100), range(100))
    alike = records_needed(np.repeat(marks, 5), np.zeros(500), np.repeat(range(100), 5))
    assert alike == pytest.approx(5 * apart, rel=1e-3)


@pytest.mark.parametrize("clusters", [["a", "a"], ["a", "b"]])
def test_a_pilot_that_says_nothing_gives_no_size(clusters):
    assert records_needed([1, 1], [0, 0], clusters) is None


def test_a_pilot_whose_clusters_differ_alike_gives_no_size_for_a_rounding_error():
    sizes = np.arange(1, 60)
    assert records_needed(np.full(sizes.sum(), 0.1), np.zeros(sizes.sum()), np.repeat(sizes, sizes)) is None


@pytest.mark.parametrize("asked", [{"difference": 0.0}, {"difference": 2.0}, {"power": 1.0}, {"power": 0.0}])
def test_a_size_that_cannot_be_is_refused(asked):
    with pytest.raises(ValueError, match="no size"):
        records_needed([1, 0], [0, 0], ["a", "b"], **asked)
