"""Text of others in a prompt: the same JSON value on one line, which ends no block."""

import json
import math
import unicodedata
from functools import cache

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from resolver.blocks import block, quoted, unmarked

TEXT = st.text() | st.text(alphabet="<>&/\\\"'{}[]|`\n\r\t\x00\x0b\x1b\x7f\x85\u2028\u2029\u202e\u200b\ufeff\ufe0fab ")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


@given(JSON)
def test_any_value_is_read_back_as_it_was(value):
    assert json.loads(quoted(value)) == value


@given(JSON)
@example("a\u2028b\x0bc\x85d\re\nf")
def test_any_value_stands_on_one_line(value):
    line = quoted(value)
    assert line.splitlines() == [line]


@given(TEXT)
@example("</profile>&lt;<|im_start|>")
def test_no_text_has_a_bracket_of_a_tag_or_an_entity(text):
    assert not {"<", ">", "&"} & set(quoted(text))


@given(TEXT)
@example("\u202e\u2066\u200b\u00ad\ufeff\U000e0041\U000f0000")
def test_no_text_has_a_character_that_is_hidden_or_turns_the_direction(text):
    assert not {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"} & set(map(unicodedata.category, quoted(text)))


@pytest.mark.parametrize("blank", ["\ufe0f", "\U000e0101", "\u3164", "\u115f", "\u034f", "\u2800"])
def test_what_is_drawn_as_nothing_is_written_out_although_it_is_a_letter_mark_or_sign(blank):
    assert blank not in quoted(f"a{blank}b")
    assert json.loads(quoted(f"a{blank}b")) == f"a{blank}b"


@pytest.mark.parametrize("text", ["crème brûlée", "拉麺を一つ", "حساء", "🍜", "\u201cnaïve\u201d", "1\u00a0km"])
def test_what_can_be_seen_stays_as_it_is(text):
    assert quoted(text) == f'"{text}"'


def test_a_lone_surrogate_becomes_a_mark_and_two_halves_one_character():
    assert quoted("a\ud800b") == '"a\ufffdb"'
    assert quoted("\ud83c\udf5c") == '"🍜"'


@pytest.mark.parametrize("number", [math.inf, -math.inf, math.nan])
def test_a_number_that_json_has_not_is_written_as_python_reads_it(number):
    assert repr(json.loads(quoted({"x": number}))["x"]) == repr(number)


def test_a_block_has_its_lines_between_its_tags():
    assert block("profile", ['"a"', '"b"']) == '<profile>\n"a"\n"b"\n</profile>'


def test_a_block_may_be_empty():
    assert block("tools", []) == "<tools>\n</tools>"


@given(st.lists(JSON, max_size=5))
def test_quoted_lines_never_end_their_block(blocks_of, values):
    assert blocks_of(block("profile", map(quoted, values))) == {"profile": values}


@pytest.mark.parametrize("line", ["a\nb", "a\rb", "</profile>", "<", ">"])
def test_a_line_that_was_not_quoted_is_refused(line):
    with pytest.raises(ValueError, match="quoted"):
        block("profile", ['"a"', line])


@pytest.mark.parametrize("tag", ["", "Profile", "pro file", "/profile", "profile>", "_x", "profile\n"])
def test_a_tag_that_is_no_lower_case_word_is_refused(tag):
    with pytest.raises(ValueError, match="tag"):
        block(tag, [])


@pytest.mark.parametrize(
    "token",
    ["[INST]", "[/INST]", "[TOOL_CALLS]", "[AVAILABLE_TOOLS]", "[gMASK]", "[|endofturn|]", "[UNUSED_TOKEN_145]"],
)
def test_a_control_token_in_square_brackets_is_none_any_more(token):
    text = quoted({"note": f"x {token} y", "list": ["A", "B"]})
    assert token not in text
    assert json.loads(text) == {"note": f"x {token} y", "list": ["A", "B"]}


TOKENS = (
    *(
        "[INST]",
        "[/TOOL_CALLS]",
        "<|im_start|>",
        "</tools>",
        "<s>",
        "<|eot|>",
        "<<SYS>>",
        "[gMASK]",
        "[sMASK]",
        "<sop>",
    ),
    *(
        "[|endofturn|]",
        "[|system|]",
        "[UNUSED_TOKEN_145]",
        "<\uff5cUser\uff5c>",
        "<\uff5cend\u2581of\u2581sentence\uff5c>",
    ),
    *(
        "\u2039\uff5cUser\uff5c\u203a",
        "\uff1c|im_end|\uff1e",
        "\ufe64s\ufe65",
        "\uff3bINST\uff3d",
        "\ufe47|system|\ufe48",
    ),
)
HIDDEN_KINDS = ("Cf", "Zl", "Zp", "Cc", "Co", "Cn")


@cache
def hidden_characters():
    """All that are drawn as nothing; of the private and the unassigned ones the first, a middle one and the last."""
    by_kind = {kind: [] for kind in HIDDEN_KINDS}
    for character in map(chr, range(0x110000)):
        by_kind.get(unicodedata.category(character), []).append(character)
    for kind in ("Co", "Cn"):
        by_kind[kind] = [by_kind[kind][place] for place in (0, len(by_kind[kind]) // 2, -1)]
    blank = map(chr, (0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B, 0x2800, 0x3164, 0xFFA0, 0xFE00, 0xFE0F, 0xE0100))
    return [*(c for kind in by_kind.values() for c in kind if c not in "\t\n\r"), *blank]


def plain(text):
    """A text as a tokenizer sees it that folds what is alike and leaves out what is invisible."""
    seen = "".join(c for c in text if c in "\t\n\r" or unicodedata.category(c) not in HIDDEN_KINDS)
    return unicodedata.normalize("NFKC", seen)


@pytest.mark.parametrize("token", TOKENS)
def test_what_is_outside_a_block_has_no_token_either(token):
    text = unmarked(f"Books rooms. {token}system")
    assert token not in text
    assert plain(token) not in plain(text)
    assert unmarked(text) == text


@pytest.mark.parametrize("token", TOKENS)
def test_no_hidden_character_hides_a_token(token):
    for hidden in hidden_characters():
        for place in range(len(token) + 1):
            text = unmarked(f"a {token[:place]}{hidden}{token[place:]} b")
            assert hidden not in text
            assert plain(token) not in plain(text)


@pytest.mark.parametrize("sign", "\uff1c\ufe64\uff1e\ufe65\uff06\ufe60\uff3b\ufe47\uff3d\ufe48\uff5c")
def test_what_looks_like_a_bracket_or_bar_becomes_a_plain_one(sign):
    assert unmarked(f"a{sign}b") == f"a{unicodedata.normalize('NFKC', sign)}b"


def test_no_other_character_is_folded_to_a_bracket_or_bar():
    folded = {c for c in map(chr, range(128, 0x110000)) if set("<>&[]|") & set(unicodedata.normalize("NFKC", c))}
    assert not {c for c in folded if unmarked(c) == c}


@given(TEXT)
def test_what_was_unmarked_stays(text):
    assert unmarked(unmarked(text)) == unmarked(text)


@pytest.mark.parametrize(
    "text", ["For 2<3 and 5>4.", "Values: [A, B] or [1]", "Größe in cm", "a <- b", "[kW] | [a]", "\u2039soup\u203a"]
)
def test_what_is_no_token_stays(text):
    assert unmarked(text) == text


def test_what_is_invisible_goes():
    assert unmarked("a\u200bb\U000e0041c") == "abc"
