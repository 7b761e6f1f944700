import json
from copy import deepcopy
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver import Profile


def events(log, name="things"):
    return Profile.from_json({name: log}, user="u").events


def call(tool="order", **rest):
    return {"instruction": f"do {tool}", "platform": "Larder", "tool": tool, "arguments": {"dish": "ramen"}, **rest}


@pytest.mark.parametrize(
    "entry",
    [
        {"instruction": "get ramen", "tool_call": {"tool_name": "<Larder>.<order>", "parameters": {"dish": "ramen"}}},
        {"query": "get ramen", "app": "Larder", "api": "order", "args": {"dish": "ramen"}},
        {"request": "get ramen", "platform": "Larder", "call": "order(dish='ramen')"},
        {"User Query": "x", "text": "get ramen", "answer": ["Larder", [{"order": {"dish": ["ramen"]}}]]},
        {"prompt": "get ramen", "platform": "Larder", "function": {"name": "order", "arguments": '{"dish": "ramen"}'}},
    ],
    ids=lambda entry: next(iter(entry)),
)
def test_entries_of_many_shapes_become_one_event(entry):
    event = events([entry])[0]
    assert (event.text, event.platform, event.tool, event.arguments) == (
        "get ramen",
        "Larder",
        "order",
        {"dish": "ramen"},
    )


def test_lines_of_text_with_calls_become_events_with_times():
    log = ["[2026-02-02] Larder:[order(dish='soup')]", "[2026-02-01 10:00] Larder:[order(dish='ramen')]"]
    found = events(log)
    assert [event.arguments["dish"] for event in found] == ["ramen", "soup"]
    assert [event.time for event in found] == ["2026-02-01 10:00", "2026-02-02"]


def test_plain_text_is_a_log_only_under_a_name_that_says_so():
    lines = ["ordered ramen", "ordered soup"]
    assert [event.text for event in events(lines, "order_history")] == lines
    assert events(lines, "favourites") == ()


def test_answers_in_ptbenchs_own_form_are_a_log_under_such_a_name():
    log = [["Larder", [{"order": {"dish": ["ramen", "Ramen"]}}]], ["Larder", [{"pay": {}}]]]
    assert [(event.platform, event.tool) for event in events(log, "history")] == [
        ("Larder", "order"),
        ("Larder", "pay"),
    ]
    assert events(log, "history")[0].arguments == {"dish": "ramen"}


def test_a_dict_of_entries_is_a_log_too():
    found = events({"first": call("a", time="2026-01-02"), "second": call("b", time="2026-01-01")})
    assert [(event.tool, event.id) for event in found] == [("b", "things.second"), ("a", "things.first")]


def test_several_calls_of_one_entry_share_its_place():
    found = events([{"instruction": "both", "calls": [{"tool": "a"}, {"tool": "b"}]}, call("c")])
    assert [(event.tool, event.order) for event in found] == [("a", 0), ("b", 0), ("c", 1)]
    assert len({event.id for event in found}) == 3


@pytest.mark.parametrize(
    "records",
    [
        {
            "#W1": {
                "order_id": "#W1",
                "items": [{"name": "Jigsaw", "item_id": "40", "options": {"pieces": "500"}}],
                "payment_history": [{"transaction_type": "payment", "amount": 52.0, "payment_method_id": "p_1"}],
            },
            "#W2": {"order_id": "#W2", "items": [{"name": "Tablet", "item_id": "37"}], "payment_history": []},
        },
        [{"name": "Jigsaw", "price": 5}, {"name": "Tablet", "price": 9}],
        [{"provider": "Acme Insurance", "number": "N-4471"}, {"provider": "Volt Energy", "number": "77-0413"}],
        [{"tool": "hammer", "brand": "Bolt"}, {"tool": "saw", "brand": "Bolt"}],
        [{"service": "oil change", "date": "2026-01-01", "garage": "Pit Stop"}],
        [["Berlin", [{"street": {"name": "Elm"}}]]],
        ["I like the show(s) on Fridays.", "My flat(s) are small."],
        [],
        {},
        [None],
        [[]],
        [1, 2],
    ],
    ids=str,
)
def test_records_that_are_no_calls_stay_facts(records):
    assert events(records) == ()


def test_a_few_entries_without_a_call_stay_in_the_log():
    found = events([call("a"), call("b"), call("c"), {"note": "was away"}, "and ill"][:4])
    assert [event.tool for event in found] == ["a", "b", "c", None]
    assert "was away" in found[3].text


def test_what_an_entry_says_beyond_its_call_is_kept():
    event = events([call(status="sold out", place={"city": "Ulm"}, feedback="cold soup", empty=None)])[0]
    assert event.context == {"status": "sold out", "place": {"city": "Ulm"}, "feedback": "cold soup"}


def test_an_entry_without_words_is_described_by_its_call_and_context():
    event = events([{"platform": "Larder", "tool": "add_item", "arguments": {"count": 2}, "mood": "hurried"}])[0]
    assert event.text == "add item Larder count 2 mood hurried"


@pytest.mark.parametrize(
    "times",
    [
        ["2026-03-01", "2026-02-01", "2026-01-01"],
        ["2026-01-01T12:00:00+02:00", "2026-01-01T09:30:00Z", "2026-01-01 09:00"],
        ["1700000002", 1700000001, 1700000000.5],
        [1700000002000, 1700000001000, 1700000000000],
        ["2026/01/03", "2026.01.02", "2026-01-01T00:00:00.5"],
    ],
    ids=str,
)
def test_a_log_from_new_to_old_is_turned_round(times):
    found = events([call(str(place), time=time) for place, time in enumerate(times)])
    assert [event.tool for event in found] == ["2", "1", "0"]
    assert [event.order for event in found] == [0, 1, 2]


def test_entries_of_one_day_follow_the_direction_of_the_log():
    newest_first = events([call("d", date="2026-01-02"), call("c", date="2026-01-02"), call("b", date="2026-01-01")])
    assert [event.tool for event in newest_first] == ["b", "c", "d"]
    oldest_first = events([call("b", date="2026-01-01"), call("c", date="2026-01-02"), call("d", date="2026-01-02")])
    assert [event.tool for event in oldest_first] == ["b", "c", "d"]


@pytest.mark.parametrize("time", ["soon", "2026-13-45", "", None, True, "99999-01-01", [], "9" * 400, float("nan")])
def test_a_time_that_cannot_be_read_leaves_the_order_as_it_stands(time):
    found = events([call("a", time="2026-02-02"), call("b", time=time), call("c", time="2026-01-01")])
    assert [event.tool for event in found] == ["a", "b", "c"]


def test_ratings_of_one_log_share_a_scale():
    found = events([call(rating=5), call(rating=1), call(), call(rating="liked"), call(rating="cold soup")])
    assert [event.rating for event in found] == [1.0, 0.0, None, 1.0, None]


scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=6)
keys = st.sampled_from(
    [
        "instruction",
        "tool",
        "platform",
        "arguments",
        "function",
        "answer",
        "name",
        "time",
        "rating",
        "call",
        "calls",
        "history",
        "value",
        "action",
        "x",
    ]
)
trees = st.recursive(scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4))


@given(st.dictionaries(st.sampled_from(["history", "log", "things"]), trees))
def test_any_log_is_read_whole_ordered_and_without_changing_it(data):
    before = deepcopy(data)
    profile = Profile.from_json(data, user="u")
    assert data == before
    ids = [record.id for record in (*profile.facts, *profile.events)]
    assert len(ids) == len(set(ids))
    assert profile == Profile.from_json(json.loads(json.dumps(data)), user="u")


@given(
    st.lists(st.integers(0, 5_000), min_size=1, max_size=8),
    st.dictionaries(st.text("xyz", min_size=1), st.text("pq", min_size=1)),
)
def test_events_are_in_the_order_of_their_times_with_all_that_the_entries_say(days, extra):
    start = datetime(2020, 1, 1)  # noqa: DTZ001
    log = [call(str(n), time=(start + timedelta(days=day)).isoformat(), **extra) for n, day in enumerate(days)]
    found = events(log)
    assert sorted(event.tool for event in found) == sorted(str(n) for n in range(len(days)))
    assert [event.time for event in found] == sorted(event.time for event in found)
    assert all(event.context == extra for event in found)
