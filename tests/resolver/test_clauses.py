"""Statements taken apart: conditions, form, and the pieces that may be values."""

import pytest

from resolver.clauses import pieces, read_statement, sides


@pytest.mark.parametrize(
    ("text", "condition", "outcome"),
    [
        ("If I order soup, I want it spicy.", "I order soup", "I want it spicy."),
        ("Look for plays by Ada Lake if the genre is satire.", "the genre is satire.", "Look for plays by Ada Lake"),
        ("My usual dish when I order lunch is broth.", "I order lunch", "My usual dish is broth."),
        ("If lunch is soup, price as low, then table as outside", "lunch is soup, price as low", "table as outside"),
        ("Book a quiet table.", "", "Book a quiet table."),
        ("If", "", "If"),
    ],
)
def test_a_condition_is_told_from_what_is_asked_for(text, condition, outcome):
    read = read_statement(text)
    assert (read.condition, read.outcome) == (condition, outcome)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("My go-to bakery is Flour & Salt House.", "Flour & Salt House"),
        ("If I need a vet, I want Dr. Ada Q. Lake.", "Dr. Ada Q. Lake"),
        ("Request a vet in Lakeview D.C. if I ask.", "Lakeview D.C."),
        ('Search for "Moon over Mill Lane" when I want a play.', "Moon over Mill Lane"),
        ("Request satirical plays.", "satirical"),
        ("Find rooms rated 4.2.", "4.2"),
        ("I like bread and jam for lunch if I am asked.", "bread and jam"),
    ],
)
def test_a_value_is_among_the_pieces(text, value):
    assert value in [piece.text for piece in pieces(read_statement(text))]


def test_a_piece_knows_whether_it_stands_in_the_condition():
    found = {piece.text: piece.conditional for piece in pieces(read_statement("If lunch is soup, try Blue Lagoon."))}
    assert found["soup"] is True
    assert found["Blue Lagoon"] is False


def test_pieces_are_where_they_say_and_no_more_than_are_read():
    text = "If I order from Blue Lagoon, " + ", ".join(f"Item{n} Name{n}" for n in range(200))
    found = pieces(read_statement(text))
    assert 0 < len(found) <= 48
    assert all(text[piece.start : piece.end] == piece.text for piece in found)


def test_the_form_of_liking_refusing_commanding_and_adding_is_seen():
    assert read_statement("I strongly dislike loud rooms.").refusing
    assert read_statement("I strongly dislike loud rooms.").liked == "loud rooms."
    assert read_statement("I love tea.").liking
    assert read_statement("Request plays.").commanding
    assert not read_statement("My play is Moon.").commanding
    assert read_statement("Look at both plays and films.").also


@pytest.mark.parametrize(
    "text", ["Due to my knees, I avoid stairs.", "As a nurse, I prefer early shifts.", "I find loud rooms tiring."]
)
def test_a_sentence_of_ones_own_is_no_command_whatever_stands_in_front(text):
    assert not read_statement(text).commanding


def test_whenever_possible_is_no_condition():
    assert not read_statement("I take the train whenever possible.").conditional
    assert read_statement("I take the train when I visit Graz.").conditional


def test_too_much_adds_nothing_but_too_at_the_end_does():
    assert not read_statement("I find chess too slow.").also
    assert read_statement("Look at ferries, too.").also


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("My preferred place is Blue Lagoon or The Pike.", ["Blue Lagoon", "The Pike"]),
        ("If I ask for soup, I want it as hot, mild, or cold", ["hot", "mild", "cold"]),
        (
            "If I see a doctor, my doctor is Ada Hill, MD or Bo Lake, MD - Retired",
            ["Ada Hill, MD", "Bo Lake, MD - Retired"],
        ),
        ("I want it to be red or else green", ["red", "green"]),
    ],
)
def test_the_sides_of_an_or_are_told_apart(text, expected):
    assert [text[start:end] for start, end in sides(text)[0]] == expected
    found = {piece.text for piece in pieces(read_statement(text))}
    assert set(expected) <= found


@pytest.mark.parametrize("text", ["My place is Blue Lagoon.", 'The film is called "Now or Never"', "or", ""])
def test_without_an_or_outside_quotation_marks_there_are_no_sides(text):
    assert sides(text) == []


def test_of_nested_parts_the_shortest_comes_first():
    text = "For soup, my preferred place is Blue Lagoon or Pike"
    assert [text[start:end] for start, end in sides(text)[0]] == ["Blue Lagoon", "Pike"]
    assert all(group[-1] == sides(text)[0][-1] for group in sides(text))
