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


ADDRESSES = ["address home: 14 Alder Row", "address work: 3 Mill Lane"]


@pytest.mark.parametrize(
    "texts",
    [
        ADDRESSES,
        ["\n".join(ADDRESSES)],
        ["Home is at 14 Alder Row. Work is at 3 Mill Lane."],
        [str({"home": "14 Alder Row", "work": "3 Mill Lane"})],
        ['{"home": "14 Alder Row", "work": "3 Mill Lane"}'],
    ],
)
def test_words_of_several_records_or_sentences_make_no_value(texts):
    for ground in (Ground(texts), Ground([], said=["hello"], told=texts)):
        assert not ground.holds("14 Mill Lane")
        assert not ground.holds("3 Alder Row")
        assert ground.holds("14 Alder Row")
        assert ground.holds("Lane 3, Mill")


def test_what_the_user_says_in_one_turn_belongs_together():
    said = ["I want spicy ramen. And make it vegetarian."]
    assert Ground([], said=said).holds("vegetarian ramen")
    assert not Ground([], said=["I want spicy ramen.", "And a vegetarian soup."]).holds("vegetarian ramen")
