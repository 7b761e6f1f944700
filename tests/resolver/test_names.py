import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.names import key, qualified, words


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("QuickBite", "quick bite"),
        ("Quick-Bite.io", "quick_bite IO"),
        ("Stra\u00dfe", "STRASSE"),
        ("\ufb01nd", "Find"),
        ("get_user_info", "getUserInfo"),
    ],
)
def test_spellings_of_one_name_have_one_key(one, other):
    assert key(one) == key(other)


def test_names_without_letters_keep_their_own_key():
    assert key("\U0001f525") != key("\U0001f355")


@given(st.text())
def test_a_key_does_not_depend_on_surrounding_space(name):
    assert key(f" {name}\t") == key(name)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("getProductList_v2", "get product list v 2"),
        ("HTTPServer", "http server"),
        ("v1/menu-items", "v 1 menu items"),
        ("", ""),
        ("___", ""),
    ],
)
def test_identifiers_are_split_at_case_digits_and_signs(name, expected):
    assert words(name) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("<Maps>.<City Atlas>.<Find place>", ("Maps/City Atlas", "Find place")),
        ("<Find>", (None, "Find")),
        ("books::search", ("books", "search")),
        ("::search", (None, "::search")),
        ("v1.search", (None, "v1.search")),
        ("less <than> more", (None, "less <than> more")),
        ("", (None, "")),
    ],
)
def test_a_platform_is_read_off_a_tool_name_only_where_it_is_marked(name, expected):
    assert qualified(name) == expected


@given(st.text())
def test_any_text_is_a_name(name):
    platform, tool = qualified(name)
    assert platform is None or platform
    assert isinstance(tool, str)
    assert isinstance(words(name), str)
