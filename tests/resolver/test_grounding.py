"""Whether a value stands in what a model was told."""

import pytest

from resolver.grounding import Ground

TOLD = [
    "Call me at 555-0142, Anna's phone.",
    "order_food near New York City, 11 Mill Lane",
    "我想要寿司今天",
    "two bowls",
]


@pytest.mark.parametrize(
    "value",
    ["555-0142", "5550142", 555, "Anna", "New York", "york city", "Mill Lane", "寿司", 2, "bowl"],
)
def test_what_stands_there_in_whole_words_is_held(value):
    assert Ground(TOLD).holds(value)


@pytest.mark.parametrize("value", [42, "42", 14, "NY", "1 Mill Lane", "ann", "ork", "Mill Road", "鮨"])
def test_a_piece_of_a_word_or_number_is_not(value):
    assert not Ground(TOLD).holds(value)
