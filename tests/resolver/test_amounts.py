"""Amounts in policies and queries."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.amounts import MONEY, Amount, exceeds, read_amounts, read_limit


@pytest.mark.parametrize(
    ("text", "value", "currency"),
    [
        ("a lamp that costs over $1,200", 1200, "usd"),
        ("a lamp for 90 euros", 90, "eur"),
        ("30k yuan", 30_000, "cny"),
        ("two hundred pounds", 200, "gbp"),
        ("invest 5k in bonds", 5_000, ""),
        ("put 10k into a fund", 10_000, ""),
        ("with an amount of 812.50", 812.5, ""),
    ],
)
def test_money_is_read_in_any_form(text, value, currency):
    assert Amount(value, MONEY, currency) in read_amounts(text)


@pytest.mark.parametrize("text", ["two tickets", "for 45 minutes", "item 7 please", "4 packs at 12 Mill Lane"])
def test_other_numbers_are_no_money(text):
    assert [amount for amount in read_amounts(text) if amount.unit == MONEY] == []


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("order goods exceeding 9,000 yuan", Amount(9_000, MONEY, "cny")),
        ("investment limit (<3k)", Amount(3_000, MONEY, "")),
        ("book more than 4 tickets", Amount(4, "ticket", "")),
        ("spend more than 200 per order", Amount(200, MONEY, "")),
        ("use limited to 15 minutes", Amount(15, "minut", "")),
    ],
)
def test_a_limit_has_its_unit(text, limit):
    assert read_limit(text)[0] == limit


def test_a_text_without_a_limit_stays_as_it_is():
    assert read_limit("buy a boat") == (None, "buy a boat")


@pytest.mark.parametrize(
    ("amount", "limit", "above"),
    [
        (Amount(201), Amount(200), True),
        (Amount(200), Amount(200), False),
        (Amount(300, MONEY, "usd"), Amount(200), True),
        (Amount(5, "ticket"), Amount(4, MONEY, "usd"), False),
        (Amount(20_000, MONEY, "usd"), Amount(10_000, MONEY, "cny"), True),
        (Amount(120, MONEY, "cny"), Amount(100, MONEY, "usd"), False),
        (Amount(50_000, MONEY, "jpy"), Amount(1_000, MONEY, "usd"), False),
    ],
)
def test_amounts_are_compared_in_their_unit_and_currency(amount, limit, above):
    assert exceeds([amount], limit) is above


def test_nothing_exceeds_a_limit_without_an_amount():
    assert not exceeds([], Amount(1))


@given(st.integers(1, 10**6), st.integers(1, 10**6))
def test_one_currency_is_compared_exactly(amount, limit):
    assert exceeds([Amount(amount, MONEY, "usd")], Amount(limit, MONEY, "usd")) is (amount > limit)


@given(st.text(max_size=200))
def test_any_text_is_read(text):
    assert all(amount.value >= 0 for amount in read_amounts(text))
