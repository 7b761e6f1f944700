import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.mentions import Mentions

NAMES = ["Larder", "QuickBite", "Quick", "Quick Meals", "C++ (beta)", "Music"]


def find(text):
    return {NAMES[place]: stance for place, stance in Mentions(NAMES).find(text).items()}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Order it on Larder, not on QuickBite", {"Larder": 1, "QuickBite": -1}),
        ("use quickbite", {"QuickBite": 1}),
        ("Larder is my favourite", {"Larder": 1}),
        ("Larder, please", {"Larder": 1}),
        ("Larder's delivery is fast", {"Larder": 1}),
        ("Pay late. Larder\u2019s prices", {"Larder": 1}),
        ("Larder", {"Larder": 1}),
        ("I like Larder", {"Larder": 1}),
        ("Get me ramen over at Larder, please", {"Larder": 1}),
        ("Over on QuickBite, order ramen", {"QuickBite": 1}),
        ("Have ramen sent over to me by QuickBite", {"QuickBite": 1}),
        ("use C++ (beta)!", {"C++ (beta)": 1}),
        ("on Quick Meals", {"Quick Meals": 1}),
        ("with quick   meals", {"Quick Meals": 1}),
        ("try Quick-Meals and quick_bite", {"Quick Meals": 1, "QuickBite": 1}),
        ("Quickly use Larders", {}),
        ("play some music", {}),
        ("Music helps me sleep", {}),
        ("play it via music", {"Music": 1}),
        ("put it in the larder", {}),
        ("", {}),
    ],
)
def test_names_are_mentioned(text, expected):
    assert find(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I don't use Larder", {"Larder": -1}),
        ("I don\u2019t like Larder and QuickBite", {"Larder": -1, "QuickBite": -1}),
        ("Neither Larder nor QuickBite", {"Larder": -1, "QuickBite": -1}),
        ("Use QuickBite instead of Larder", {"QuickBite": 1, "Larder": -1}),
        ("Instead of Larder, use QuickBite", {"Larder": -1, "QuickBite": 1}),
        ("I prefer Larder over QuickBite", {"Larder": 1, "QuickBite": -1}),
        ("Larder is better than QuickBite", {"Larder": 1, "QuickBite": -1}),
        ("Anything but Larder", {"Larder": -1}),
        ("I avoid the 'Larder'", {"Larder": -1}),
        ("not Larder but QuickBite", {"Larder": -1, "QuickBite": 1}),
        ("not only on Larder", {"Larder": 1}),
        ("don't forget Larder", {"Larder": 1}),
        ("I use Larder. I never use Larder.", {"Larder": -1}),
        ("Never on Larder! Well, on Larder.", {"Larder": 1}),
    ],
)
def test_a_mention_is_for_or_against(text, expected):
    assert find(text) == expected


def test_equal_names_are_both_found():
    assert Mentions(["Larder", "Larder"]).find("on Larder") == {0: 1, 1: 1}


@pytest.mark.parametrize("names", [[], [""], [" "]])
def test_no_names_mention_nothing(names):
    assert Mentions(names).find("on Larder") == {}
    assert Mentions(names).places("on Larder") == []


def test_places_are_where_names_stand():
    assert Mentions(NAMES).places("some music on Larder") == [(5, 10), (14, 20)]


@given(st.lists(st.text(max_size=6), max_size=5), st.text())
def test_any_names_are_looked_for_in_any_text(names, text):
    found = Mentions(names).find(text)
    assert set(found) <= set(range(len(names)))
    assert set(found.values()) <= {1, -1}


@given(
    st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=2, max_size=8).filter(
        lambda name: not name.isalpha()
    )
)
def test_a_name_with_signs_is_found_whatever_they_are(name):
    assert Mentions([name]).places(f"on {name} now")


def test_the_work_is_bounded_on_a_long_text():
    assert Mentions(["a", "Larder"]).find("a " * 10_000 + "on Larder") == {1: 1}
