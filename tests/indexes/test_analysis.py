from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexes import analyse


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", []),
        ("the and of", []),
        ("Restaurants, restaurant!", ["restaur", "restaur"]),
        ("getUserInfo", ["get", "user", "info", "getuserinfo"]),
        ("get_user_info", ["get", "user", "info", "getuserinfo"]),
        ("HTTPServer", ["http", "server", "httpserver"]),
        ("iPhone15", ["phone", "15", "iphone15"]),
        ("at 3pm", ["3", "pm", "3pm"]),
        ("2024-05-01", ["2024", "05", "01"]),
        ("I don't, can\u2019t, I'd, John's", ["john"]),
        ("O'Brien", ["o", "brien", "obrien"]),
        ("Café CRÈME", ["cafe", "creme"]),
        ("\uff46\uff55\uff4c\uff4c\u3000\uff11", ["full", "1"]),
        ("寿司が好き", ["寿司", "司が", "が好", "好き"]),
        ("寿", ["寿"]),
        ("pizza 🍕", ["pizza", "🍕"]),
        ("बेटी की शादी।", ["बेटी", "की", "शादी"]),
        ("أريد بيتزا", ["أريد", "بيتزا"]),
        ("in May", ["may"]),
    ],
)
def test_tokens(text, tokens):
    assert analyse(text) == tokens


def test_spellings_of_one_identifier_share_a_token():
    assert set(analyse("get_user_info")) & set(analyse("getUserInfo")) & set(analyse("getuserinfo"))


@given(st.text())
def test_any_text_gives_non_empty_tokens_and_the_same_again(text):
    tokens = analyse(text)
    assert all(tokens)
    assert analyse(text) == tokens


@given(st.lists(st.text(alphabet=st.characters(categories=["Lu", "Ll"], max_codepoint=127), min_size=1)))
def test_order_and_repetition_are_kept(words):
    assert analyse(" ".join(words)) == [token for word in words for token in analyse(word)]


def test_a_word_of_100_kilobytes_is_analysed():
    assert analyse("x" * 100_000) == ["x" * 100_000]


def test_threads_agree():
    texts = [f"running{chr(97 + i % 26)} houses jumped generously {i}" for i in range(400)]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(analyse, texts))
    assert together == [analyse(text) for text in texts]
