import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.spans import find_spans, find_words


def spans(text, *kinds):
    return [(span.kind, span.text) for span in find_spans(text) if not kinds or span.kind in kinds]


def of(kind, text):
    return [text for _, text in spans(text, kind)]


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("email", "to ada.l+x@mail.example.org.", ["ada.l+x@mail.example.org"]),
        ("email", "@home at a@b", []),
        ("url", "see https://example.org/a?b=1), www.example.org.", ["https://example.org/a?b=1", "www.example.org"]),
        (
            "quoted",
            "'Blue' \"Red\" \u201cGreen\u201d \u2018Teal\u2019 \u00abOchre\u00bb \u201eX\u201c \u300cY\u300d",
            ["Blue", "Red", "Green", "Teal", "Ochre", "X", "Y"],
        ),
        ("quoted", "at 'Rosie's Diner' tonight", ["Rosie's Diner"]),
        ("quoted", "don't and won't, the boys' room", []),
        (
            "phone",
            "555-0148, (555) 010-0199, +49 30 123456, 1-800-555-0199, +491701234567",
            ["555-0148", "(555) 010-0199", "+49 30 123456", "1-800-555-0199", "+491701234567"],
        ),
        ("phone", "500-1000 or 2019-2024", []),
        ("code", "77-0413, N-4471 and AJ-55120", ["77-0413", "N-4471", "AJ-55120"]),
        (
            "code",
            "#W123 user_12 /srv/a.txt 978-3-16-148410-0 v1.2.3 item-221",
            ["#W123", "user_12", "/srv/a.txt", "978-3-16-148410-0", "v1.2.3", "item-221"],
        ),
        ("code", "a 10-inch pan, 24-hour, top-10, A-1, mid-2020, 10-20 people, wi-fi", []),
        ("date", "2026-02-16 or 17.5.2026, 5/6/26", ["2026-02-16", "17.5.2026", "5/6/26"]),
        (
            "date",
            "18 February 2026, the 3rd of May, March 3rd, Feb. 4, June 2026",
            ["18 February 2026", "the 3rd of May", "March 3rd", "Feb. 4", "June 2026"],
        ),
        (
            "date",
            "the 10th, next Friday, on Monday, tomorrow, this weekend",
            ["the 10th", "next Friday", "on Monday", "tomorrow", "this weekend"],
        ),
        ("date", "at 2025-06-01T08:30:00. Until 13th of March.", ["2025-06-01T08:30:00", "13th of March"]),
        ("date", "10.1.1.10, 99/99/2026, AB-2026-02-16", []),
        ("time", "7:30 pm, 19:30, 7 p.m., 5pm. noon", ["7:30 pm", "19:30", "7 p.m.", "5pm", "noon"]),
        ("time", "quarter past six in the morning", ["quarter past six in the morning"]),
        ("time", "at five in the afternoon or half past seven", ["five in the afternoon", "half past seven"]),
        (
            "time",
            "ten to nine in the evening, seven o\u2019clock",
            ["ten to nine in the evening", "seven o\u2019clock"],
        ),
        ("time", "half an hour, five to nine people, 25:99, 1:1", []),
        (
            "money",
            "$5, \u20ac1,200.50, 50 \u20ac, USD 40, 3 dollars, $20k",
            ["$5", "\u20ac1,200.50", "50 \u20ac", "USD 40", "3 dollars", "$20k"],
        ),
        (
            "number",
            "6 packs, -5 degrees, 1,200.5, 5km, 20k, 1.5L, 20%",
            ["6", "-5", "1,200.5", "5km", "20k", "1.5L", "20%"],
        ),
        (
            "number",
            "Five hungry people, two lasagne, twenty-five, two hundred and fifty",
            ["Five", "two", "twenty-five", "two hundred and fifty"],
        ),
        ("number", "10-20 people", ["10", "20"]),
        ("name", "to 12 Elm Street, Denver, CO 80203 please", ["12 Elm Street, Denver, CO 80203"]),
        ("name", "at Brenning, 4 days", ["Brenning"]),
        ("name", "in Brenning 4 nights", ["Brenning"]),
        ("name", "go to Gate 12 at noon", ["Gate 12"]),
        ("name", "order 4 Margherita pizzas", ["Margherita"]),
        ("name", "at 8 Sushi, via Dr. Who", ["8 Sushi", "Dr. Who"]),
        ("name", "at A-1 Dental Care", ["A-1 Dental Care"]),
        (
            "name",
            "I said I'm in \u00dcrgup and \u041c\u043e\u0441\u043a\u0432\u0430",
            ["\u00dcrgup and \u041c\u043e\u0441\u043a\u0432\u0430"],
        ),
        ("name", "\u0445\u043e\u0447\u0443 \u043f\u0438\u0446\u0446\u0443", []),
        ("name", "hello\nBerlin\nGo to Paris", ["Paris"]),
        ("phrase", "a table for two near the old harbour", ["table", "near", "old harbour"]),
    ],
)
def test_things_are_found(kind, text, expected):
    assert of(kind, text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "get me one",
        "Send me one please",
        "the red one",
        "this one is",
        "a bigger one from Larder",
        "a one-way flight",
        "one of them",
        "which one?",
    ],
)
def test_one_that_stands_for_a_thing_is_no_number(text):
    assert of("number", text) == []


@pytest.mark.parametrize("text", ["one ticket", "a table for one", "just one", "One large pizza", "a one-bedroom flat"])
def test_one_that_counts_is_a_number(text):
    assert [number.lower() for number in of("number", text)] == ["one"]


@pytest.mark.parametrize(
    "text",
    [
        "\U0001f355 \U0001f1e9\U0001f1ea",
        "\u05e9\u05dc\u05d5\u05dd 77-0413",
        "\u5bff\u53f8\u3092\u4e8c\u3064",
        "\ud800 5 pm",
        "a\0b 5 pm",
        "",
    ],
)
def test_every_script_is_read(text):
    assert [text for kind, text in spans(text) if kind in ("code", "time")] == [
        piece for piece in ("77-0413", "5 pm") if piece in text
    ]


pieces = st.sampled_from(
    [
        "one",
        "two",
        "Five",
        "5",
        "12",
        "2026-02-16",
        "17.5.2026",
        "77-0413",
        "N-4471",
        "555-0148",
        "#W1",
        "at",
        "in",
        "the",
        "past",
        "half",
        "to",
        "quarter",
        "noon",
        "pm",
        "Larder",
        "Elm",
        "Street",
        "$5",
        "5km",
        "a@b.org",
        "'x'",
        '"',
        "“",
        "”",
        "'",
        ",",
        ".",
        ":",
        "\n",
        "٣",
        "²",
        "\u212a",
        "\u017f",
        "I'm",
        "and",
        "of",
        "Dr.",
        "may",
        "march",
        "hundred",
        "/a",
        "-",
        "+",
        "(",
        ")",
    ]
)
hostile = st.text() | st.lists(pieces, max_size=14).map(" ".join) | st.lists(pieces, max_size=14).map("".join)


@given(hostile)
def test_spans_are_pieces_of_the_text_in_order_and_of_patterns_apart(text):
    found = find_spans(text)
    assert found == find_spans(text, find_words(text))
    assert [(span.start, span.end) for span in found] == sorted((span.start, span.end) for span in found)
    end = 0
    for span in found:
        source = text[span.start : span.end]
        assert 0 <= span.start < span.end <= len(text)
        assert span.text in source if span.kind == "quoted" else span.text == source.strip()
        if span.kind not in ("name", "phrase"):
            assert span.start >= end
            end = span.end


@given(hostile)
def test_words_are_pieces_of_the_text(text):
    for word in find_words(text):
        assert text[word.start : word.end] == word.text


@pytest.mark.parametrize(
    "unit",
    [
        "a",
        "1",
        " ",
        "\n",
        "'",
        '"',
        "A ",
        "1,111",
        "1-",
        "a-",
        "A-1",
        "a@",
        "@a.",
        "http://",
        "/a",
        "#a",
        "may ",
        "the ",
        "half past ",
        "two ",
        "one hundred and ",
        "+1 ",
        "(1)",
        "1:1",
        "$1 ",
        "1.",
        "A,",
        "A of ",
        "\u201ca",
        "'a ",
        "A\u2019",
        "I ",
        "1 am",
    ],
)
def test_the_work_grows_no_faster_than_the_text(unit):
    half, whole = (len(find_spans(unit * (length // len(unit)))) for length in (10_000, 20_000))
    assert whole <= 2 * half + 2
    assert len(find_spans(unit * 40_000)) <= whole + 2


def test_only_the_beginning_of_a_long_text_is_read():
    text = "word " * 4_000 + "at 5 pm"
    assert of("time", text) == []
    assert len(find_words(text)) == 4_000
