"""How many tokens a text is, about."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.token_count import MESSAGE_TOKENS, estimate_tokens, message_tokens


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", 0),
        ("ramen", 1),
        ("order ramen", 2),
        ("delivery", 1),
        ("deliveries", 2),
        ("a" * 80, 10),
        ("2024", 4),
        ("a, b", 3),
        ('{"a"', 3),
        ("拉麺", 2),
        ("a\n\n\nb", 3),
        ("a  b", 3),
    ],
)
def test_words_digits_signs_and_letters_of_other_scripts_count(text, tokens):
    assert estimate_tokens(text) == tokens


@given(st.text(), st.text())
def test_a_text_is_at_most_its_parts(left, right):
    assert estimate_tokens(f"{left}\n{right}") <= estimate_tokens(left) + 1 + estimate_tokens(right)


@given(st.text(), st.text())
def test_a_longer_text_never_has_fewer_tokens(text, more):
    assert estimate_tokens(f"{text}\n{more}") >= estimate_tokens(text)


@given(st.text())
def test_no_text_has_more_tokens_than_characters(text):
    assert estimate_tokens(text) <= len(text)


@given(st.text(min_size=1).filter(str.strip))
def test_what_is_no_space_costs_something(text):
    assert estimate_tokens(text) > 0


def test_each_message_costs_what_the_template_adds():
    messages = [{"role": "system", "content": "order ramen"}, {"role": "user", "content": "soup"}]
    assert message_tokens(messages) == 3 + 2 * MESSAGE_TOKENS


@pytest.mark.parametrize("content", [None, "", [], [{"type": "image_url", "image_url": {"url": "data:" + "x" * 999}}]])
def test_a_message_without_text_costs_the_template_only(content):
    assert message_tokens([{"role": "user", "content": content}]) == MESSAGE_TOKENS


def test_parts_of_a_message_cost_what_their_text_does():
    parts = [{"type": "text", "text": "order ramen"}]
    assert message_tokens([{"role": "user", "content": parts}]) == 2 + MESSAGE_TOKENS
