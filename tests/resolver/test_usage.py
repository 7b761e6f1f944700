"""The log's evidence on platforms: ratings, order, and what was moved away from."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexes import HybridIndex
from resolver import Profile
from resolver.cards import CatalogIndex
from resolver.records import UserRecords
from resolver.usage import HISTORY, still_used, usage

LARDER, QUICK = 0, 1


@pytest.fixture
def read(catalog, embedder):
    cards = CatalogIndex(catalog, embedder)

    def compute(log, able=(1.0, 1.0)):
        records = UserRecords(Profile.from_json({"log": log}, user="ada"), HybridIndex(embedder))
        return [dict(zip(HISTORY, row, strict=True)) for row in usage(records.linked(cards), np.array(able))]

    return compute


def elsewhere(count):
    return [
        {"instruction": f"song {number}", "platform": "Songs", "tool": "play", "arguments": {}}
        for number in range(count)
    ]


def test_uses_are_counted_by_how_they_were_liked(read, used):
    rows = read(used("Larder", "a", "b", rating=1) + used("QuickBite.io", "c", rating=0))
    assert rows[LARDER]["liked"] == pytest.approx(np.log1p(1.8))
    assert (rows[LARDER]["ever_liked"], rows[LARDER]["disliked"]) == (1, 0)
    assert (rows[QUICK]["liked"], rows[QUICK]["ever_disliked"]) == (0, 1)
    assert rows[LARDER]["used"] == rows[LARDER]["last_used"] == 0


def test_a_later_rating_counts_for_more_than_an_earlier_one(read, used):
    rows = read(used("Larder", "a", rating=1) + used("Larder", "b", rating=0))
    assert rows[LARDER]["disliked"] > rows[LARDER]["liked"] > 0


def test_order_speaks_where_there_are_no_ratings(read, used):
    rows = read(used("Larder", "a", "b") + used("QuickBite.io", "c"))
    assert rows[LARDER]["last_used"] == 0 < rows[QUICK]["last_used"]
    assert min(rows[LARDER]["used"], rows[QUICK]["used"]) > 0.8
    alone = read(used("Larder", "a", "b"))
    assert (alone[LARDER]["last_used"], alone[QUICK]["untried"]) == (0, 1)


def test_a_platform_that_was_in_use_and_then_was_not_has_lapsed(read, used):
    early = read(used("Larder", *"abcde") + elsewhere(20))
    assert early[LARDER]["lapsed"] > 0.6
    late = read(elsewhere(20) + used("Larder", *"abcde"))
    assert late[LARDER]["lapsed"] < 0.05
    once = read(used("Larder", "a") + elsewhere(20))
    assert once[LARDER]["lapsed"] < early[LARDER]["lapsed"]


def test_a_platform_that_can_do_half_the_job_has_half_the_history(read, used):
    log = used("Larder", "a", "b", rating=1) + used("QuickBite.io", "c", rating=0)
    whole, half = read(log), read(log, able=(0.5, 1.0))
    assert half[LARDER] == pytest.approx({name: value / 2 for name, value in whole[LARDER].items()})
    assert half[QUICK] == whole[QUICK]


def test_an_empty_log_says_nothing(read):
    assert not any(value for row in read([]) for value in row.values())


@given(st.integers(1, 50), st.integers(0, 200), st.integers(0, 200))
def test_the_longer_ago_the_less_likely_still_used(uses, gap, more):
    last, entries = float(uses), uses + gap
    recent, old = (
        still_used(np.array([float(uses)]), np.array([last]), length)[0] for length in (entries, entries + more)
    )
    assert 0.0 <= old <= recent <= 1.0
