import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.ratings import read_rating, to_shares


def shares(*values):
    return to_shares([read_rating(value) for value in values])


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ((0, 1, 1), [0.0, 1.0, 1.0]),
        ((True, False), [1.0, 0.0]),
        ((1, 3, 5), [0.0, 0.5, 1.0]),
        ((0, 5), [0.0, 1.0]),
        ((-1, 0, 1), [0.0, 0.5, 1.0]),
        ((-5, 3), [0.0, 0.8]),
        ((1, 10), [0.0, 1.0]),
        ((20, 80), [0.2, 0.8]),
        ((0.2, 0.9), [0.2, 0.9]),
        (("5", "1"), [1.0, 0.0]),
        (("4/5", "40%", "8/10"), [0.8, 0.4, 0.8]),
        (("liked", "Thumbs down", "neutral", "\U0001f44d"), [1.0, 0.0, 0.5, 1.0]),
        ((None, 5, None, 1), [None, 1.0, None, 0.0]),
        (("liked", 5, 1, True), [1.0, 1.0, 0.0, 1.0]),
        (("cold soup", [], {}, float("nan"), float("inf"), 10**400, "9" * 400), [None] * 7),
        ((), []),
    ],
)
def test_ratings_of_every_scale_become_shares(values, expected):
    assert shares(*values) == pytest.approx(expected) if None not in expected else shares(*values) == expected


@given(st.lists(st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6), max_size=8))
def test_shares_are_within_bounds_and_keep_the_order_of_numbers(values):
    found = shares(*values)
    assert len(found) == len(values)
    assert all(share is None or 0.0 <= share <= 1.0 for share in found)
    numbers = [
        (value, share)
        for value, share in zip(values, found, strict=True)
        if share is not None and isinstance(value, int | float) and not isinstance(value, bool)
    ]
    assert [share for _, share in sorted(numbers)] == sorted(share for _, share in numbers)
