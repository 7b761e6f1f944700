"""What in a text could be a value."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.asking import read_turns
from resolver.text import PIECE_FEATURES, read_text


def pieces(text, *kinds):
    return [piece.text for piece in read_text(text).pieces if piece.kind in kinds]


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("a cheap clay pot please", "part", "clay pot"),
        ("send it to a small farm, Hill County, Lane 4 please", "tail", "a small farm, Hill County, Lane 4"),
        ("near Elm Street 5, Apt. 12.", "name", "Elm Street 5, Apt. 12"),
        ("on the 5th of this month", "date", "5th of this month"),
        ("on Monday", "date", "Monday"),
        ("the 5th please", "date", "the 5th"),
        ("at evening 4:30", "time", "evening 4:30"),
        ("meet on 2026-03-14 at 7 pm", "moment", "2026-03-14 19:00"),
        ("buy three clay pots", "part", "clay pot"),
        ("songs by Ada Quill's band", "part", "Ada Quill"),
        ("the first page", "ordinal", "1"),
        ("use hand_drum now", "part", "hand_drum"),
        ("a match of Larks vs Wrens", "name", "Larks vs Wrens"),
        ("a hotel in Port D.C. please", "name", "Port D.C."),
        ("the poem 'Low Tide.'", "quoted", "Low Tide"),
        ("at 10.5, -20.25", "code", "10.5, -20.25"),
    ],
)
def test_a_piece_is_found(text, kind, value):
    assert value in pieces(text, kind)


def test_an_enumeration_has_its_members():
    (joined,) = [piece for piece in read_text("with drums, a harp and flutes").pieces if len(piece.items) == 3]
    assert joined.items == ("drums", "harp", "flutes")


@pytest.mark.parametrize("text", ["", " ", "\n", "x" * 5_000, "a, " * 3_000, "Ada " * 3_000, "1 and " * 2_000])
def test_no_text_has_too_many_pieces(text):
    reading = read_text(text)
    assert len(reading.pieces) <= 240
    assert reading.traits.shape == (len(reading.pieces), len(PIECE_FEATURES))


@given(st.text(max_size=80))
def test_pieces_are_in_the_text_and_in_order(text):
    found = read_text(text).pieces
    assert all(0 <= piece.start < piece.end <= len(text) for piece in found)
    assert [piece.start for piece in found] == sorted(piece.start for piece in found)


def test_the_turns_of_others_are_known():
    text, others = read_turns("User: a bus please\nAgent: Where to?\nUser: to Brenning")
    assert text == "a bus please\nWhere to?\nto Brenning"
    assert [text[start:end] for start, end in others] == ["Where to?\n"]
