"""Facts and Events in a store, and back."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexes import StoredRecord
from resolver import Event, Fact, ProfileError
from resolver.stored import from_stored, moment_of, to_stored

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
ID = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), min_size=1, max_size=6)
FACT = st.builds(
    Fact,
    id=ID,
    path=st.text(max_size=6),
    value=JSON,
    text=st.text(st.characters(), max_size=12),
    statement=st.booleans(),
    valid_from=st.none() | st.sampled_from(["2026-05-01", "2026-05-01T10:00:00Z", "last summer", ""]),
    valid_to=st.none() | st.sampled_from(["2026-05-01", "2025-01-01T00:00:00+02:00"]),
)
EVENT = st.builds(
    Event,
    id=ID,
    text=st.text(max_size=6),
    platform=st.none() | st.just("Larder"),
    tool=st.none() | st.just("order_food"),
    arguments=st.dictionaries(st.text(max_size=4), JSON, max_size=2),
    rating=st.none() | st.floats(0, 1),
    order=st.integers(0, 9),
    time=st.none() | st.just("2026-05-01"),
    context=st.dictionaries(st.text(max_size=4), JSON, max_size=2),
)


@given(st.lists(FACT, max_size=3), st.lists(EVENT, max_size=3))
def test_what_is_stored_comes_back_as_it_was(facts, events):
    assert from_stored(to_stored(facts, events)) == (facts, events)


def test_half_a_surrogate_pair_is_searched_as_a_question_mark_and_kept():
    fact = Fact(id="a", path="x", value="\ud83d", text="half \ud83d")
    (record,) = to_stored([fact], [])
    assert record.text == "half ?"
    assert from_stored([record]) == ([fact], [])


def test_an_event_without_words_is_found_by_what_it_called():
    (record,) = to_stored([], [Event(id="e", text="", tool="order_food", platform="Larder")])
    assert record.text == "order food Larder"


@pytest.mark.parametrize("data", ["null", "7", "{}", '{"fact": 3}', '{"fact": {"path": "x"}}', '{"else": {}}'])
def test_a_record_that_is_neither_is_refused_by_name(data):
    with pytest.raises(ProfileError, match="'r7'"):
        from_stored([StoredRecord(id="r7", text="x", data=data)])


def test_a_text_is_kept_once():
    text = "I never eat after nine in the evening."
    (record,) = to_stored([Fact(id="a", path="notes[0]", value=None, text=text)], [])
    assert text not in record.data


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2026-05-01", datetime(2026, 5, 1, tzinfo=timezone.utc)),
        ("2026-05-01T10:00:00Z", datetime(2026, 5, 1, 10, tzinfo=timezone.utc)),
        ("2026-05-01T10:00:00+02:00", datetime(2026, 5, 1, 8, tzinfo=timezone.utc)),
        ("last summer", None),
        ("", None),
        (None, None),
    ],
)
def test_a_written_time_is_read_where_it_is_one(written, moment):
    assert moment_of(written) == moment


def test_times_that_end_before_they_begin_say_nothing():
    fact = Fact(id="a", path="x", value=1, text="x", valid_from="2026-05-02", valid_to="2026-05-01")
    (record,) = to_stored([fact], [])
    assert (record.valid_from, record.valid_to) == (None, None)
    assert from_stored([record]) == ([fact], [])
