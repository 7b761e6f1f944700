import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.numerals import NUMBER_WORDS, read_numeral


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Five", 5),
        (" twenty  five ", 25),
        ("twenty-five", 25),
        ("a dozen", 12),
        ("half a dozen", 6),
        ("two dozen", 24),
        ("two hundred and fifty", 250),
        ("two thousand five hundred", 2500),
        ("six million two thousand and one", 6_002_001),
        ("five nine", None),
        ("two tickets", None),
        ("hundred", None),
        ("and", None),
        ("", None),
        ("twenty twenty", None),
    ],
)
def test_numbers_in_words_are_read(text, expected):
    assert read_numeral(text) == expected


@pytest.mark.parametrize("word", NUMBER_WORDS)
def test_every_word_is_its_number(word):
    assert read_numeral(word) == NUMBER_WORDS[word]


@given(st.text() | st.lists(st.sampled_from([*NUMBER_WORDS, "hundred", "and", "a", "half", "thousand"])).map(" ".join))
def test_any_text_is_a_number_or_none(text):
    assert read_numeral(text) is None or read_numeral(text) >= 0
