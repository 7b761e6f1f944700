"""Policy sentences, read as rules."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.amounts import MONEY, Amount
from resolver.policy_rules import read_policy


def only(text):
    (rule,) = read_policy(text)
    return rule


def ages(rule):
    return [(condition.low, condition.high) for condition in rule.conditions if condition.measure == "age"]


INF = float("inf")


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("Users under the age of 18 are not allowed to play slot machines.", "slot machines"),
        ("Minors may not play slot machines.", "play slot machines"),
        ("Slot machines are not offered to users under 18.", "slot machines"),
        ("Slot machines cannot be used by anyone under 18.", "slot machines"),
        ("For users under 18, slot machines are unavailable.", "slot machines"),
        ("We do not offer slot machines to users under 18.", "slot machines"),
        ("No slot machines for anyone under 18.", "slot machines"),
        ("Slot machines are off limits to minors.", "slot machines"),
        ("If you are under 18, you cannot play slot machines.", "play slot machines"),
        ("It is prohibited for minors to play slot machines.", "play slot machines"),
        ("No one under 18 is allowed to play slot machines.", "play slot machines"),
        ("Access to slot machines is denied to users under 18.", "slot machines"),
        ("For safety reasons, users under 18 may not play slot machines.", "play slot machines"),
    ],
)
def test_whom_and_what_are_found_on_either_side(text, topic):
    rule = only(text)
    assert ages(rule) == [(-INF, 18)]
    assert not rule.spared
    assert any(topic in own for own in rule.topics)
    assert "prohibits" in rule.strengths


@pytest.mark.parametrize(
    "text",
    [
        "Only adults may rent a boat.",
        "Boats are only rented to people aged 18 or older.",
        "You must be at least 18 years old to rent a boat.",
        "The minimum age to rent a boat is 18.",
        "Boats are reserved for users aged 18 and above.",
        "You may not rent a boat unless you are 18 or older.",
        "Users must be 18+ to rent a boat.",
        "The rental of boats requires a minimum age of 18.",
    ],
)
def test_a_rule_for_those_who_may_spares_them(text):
    rule = only(text)
    assert rule.spared
    assert ages(rule) == [(18, INF)]
    assert any("boat" in topic for topic in rule.topics)


def test_examples_and_parts_are_topics_of_their_own():
    rule = only("Guests with gout cannot order high-purine or salty dishes (e.g., anchovies, liver, etc.).")
    assert {"high-purine dishes", "salty dishes", "anchovies", "liver"} <= set(rule.topics)
    assert [condition.trait for condition in rule.conditions] == ["gout"]


def test_a_limit_is_taken_out_of_the_topics():
    rule = only("Teen users cannot transfer more than 50 euros.")
    assert rule.limit == Amount(50.0, MONEY, "eur")
    assert "50" not in " ".join(rule.topics)


@pytest.mark.parametrize(
    "text",
    [
        "Members with a low income cannot spend more than 200 per order.",
        "Members with a low income are not allowed to buy items exceeding $200.",
    ],
)
def test_a_limit_on_all_purchases_has_no_topic(text):
    rule = only(text)
    assert rule.topics == ()
    assert rule.limit.value == 200.0


def test_a_whitelist_says_what_is_left():
    rule = only("Readers under 16 may only access articles about sports and animals.")
    assert rule.topics[0] == "access articles"
    assert {"sports", "animals"} <= set(rule.allowed)


def test_clauses_on_others_are_read_apart():
    first, second = read_policy(
        "Children under 12 are not allowed on the slide, and glider flights are only offered to adults."
    )
    assert (ages(first), first.spared, first.topics) == ([(-INF, 12)], False, ("slide",))
    assert (ages(second), second.spared, second.topics) == ([(18, INF)], True, ("glider flights",))


def test_a_sentence_about_they_hardens_the_rule_before_it():
    rule = only("Minors may not rent canoes. They must be accompanied by an adult.")
    assert rule.strengths == {"prohibits", "consents"}
    assert ages(rule) == [(-INF, 18)]


def test_abbreviations_end_no_sentence_and_stay_in_the_text():
    text = "Members with asthma cannot book strenuous tours, e.g. Summit climbs or long dives."
    assert only(text).text == text


@pytest.mark.parametrize(
    ("text", "strength"),
    [
        ("For members with asthma, the app restricts sprint training.", "restricts"),
        ("Children need the consent of a parent to book a canoe.", "consents"),
        ("Seniors are advised to avoid hot yoga.", "reminds"),
    ],
)
def test_softer_words_have_their_strength(text, strength):
    assert only(text).strengths == {strength}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "We wish you a pleasant stay.",
        "Reminders will be sent to all users.",
        "We recommend gentle walks to members over 60.",
        "High-income members can spend as they like.",
        "Search results for minors will be filtered.",
        "Some features may be limited.",
        "Anyone can buy flowers.",
    ],
)
def test_what_forbids_nothing_is_no_rule(text):
    assert read_policy(text) == ()


def test_what_is_recommended_instead_is_not_forbidden():
    rule = only("For members with asthma, the app restricts sprints and recommends walking.")
    assert not any("walk" in topic for topic in rule.topics)
    assert rule.instead == ("walking",)


def test_a_service_that_people_may_not_use_has_no_topic():
    rule = only("This service is not available to people under 18.")
    assert (rule.topics, ages(rule)) == ((), [(-INF, 18)])


def test_a_place_behind_a_denial_is_whom_it_concerns():
    rule = only("Live betting is not available in Norland.")
    assert ([condition.trait for condition in rule.conditions], rule.topics) == (["norland"], ("live betting",))


def test_people_behind_a_limit_are_no_part_of_it():
    rule = only("Purchases exceeding 2,000 yuan by students require parental consent.")
    assert [condition.trait for condition in rule.conditions] == ["students"]
    assert (rule.topics, rule.limit) == ((), Amount(2_000.0, MONEY, "cny"))


def test_a_rule_for_everyone_has_no_condition():
    assert only("Weapons and ammunition may not be shipped.").conditions == ()


@given(st.text(max_size=300))
def test_any_text_is_read_and_keeps_its_words(text):
    for rule in read_policy(text):
        assert rule.text in " ".join(text.split()) or rule.text in text


@pytest.mark.parametrize("word", ["for users under ", "not ", "minimum age ", "e.g. ", "( ", ", and are "])
def test_a_long_text_is_read_in_bounded_pieces(word):
    assert isinstance(read_policy(word * 5_000), tuple)
