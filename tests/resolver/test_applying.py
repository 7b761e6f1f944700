"""Instructions that apply: conditions, chains, and the query's own values."""

from resolver.applying import Instruction, Setting, apply_settings

DISH, PLACE, PRICE = 0, 1, 2


def wants(parameter, value, score=1.0):
    return Setting(parameter, value, score, False)


def provided(parameter, value):
    return Setting(parameter, value, 1.0, True)


def applied(instructions, said):
    return {one.parameter: one.value for one in reversed(apply_settings(instructions, said))}


def test_an_instruction_without_a_condition_applies():
    assert applied([Instruction("a", (wants(DISH, "ramen"),))], {}) == {DISH: "ramen"}


def test_what_the_query_says_is_never_set_again():
    assert applied([Instruction("a", (wants(DISH, "ramen"),))], {DISH: "soup"}) == {}


def test_a_condition_that_does_not_hold_keeps_an_instruction_back():
    rule = Instruction("a", (provided(DISH, "ramen"), wants(PLACE, "Blue Lagoon")))
    assert applied([rule], {}) == {}
    assert applied([rule], {DISH: "soup"}) == {}
    assert applied([rule], {DISH: "Ramen"}) == {PLACE: "Blue Lagoon"}


def test_a_chain_of_any_order_is_followed_and_cited():
    chain = [
        Instruction("c", (provided(PLACE, "Blue Lagoon"), wants(PRICE, "low"))),
        Instruction("b", (provided(DISH, "ramen"), wants(PLACE, "Blue Lagoon"))),
        Instruction("a", (wants(DISH, "ramen"),)),
    ]
    found = apply_settings(chain, {})
    assert [(one.parameter, one.value) for one in found] == [(DISH, "ramen"), (PLACE, "Blue Lagoon"), (PRICE, "low")]
    assert found[-1].evidence == ("c", "b", "a")


def test_a_chain_breaks_where_the_query_says_another_value():
    chain = [
        Instruction("a", (wants(DISH, "ramen"),)),
        Instruction("b", (provided(DISH, "ramen"), wants(PLACE, "Blue Lagoon"))),
    ]
    assert applied(chain, {DISH: "soup"}) == {}


def test_of_several_settings_one_that_contradicts_the_query_takes_the_others_along():
    bundle = Instruction("a", (wants(DISH, "ramen"), wants(PLACE, "Blue Lagoon")))
    assert applied([bundle], {DISH: "soup"}) == {}
    assert applied([bundle], {DISH: "ramen"}) == {PLACE: "Blue Lagoon"}
    assert applied([bundle], {}) == {DISH: "ramen", PLACE: "Blue Lagoon"}


def test_the_surest_of_two_values_comes_first():
    found = apply_settings(
        [Instruction("a", (wants(DISH, "soup"),)), Instruction("b", (wants(DISH, "ramen", 3.0),))], {}
    )
    assert [one.value for one in found] == ["ramen", "soup"]


def test_conditions_in_a_circle_set_nothing():
    circle = [
        Instruction("a", (provided(DISH, "ramen"), wants(PLACE, "Blue Lagoon"))),
        Instruction("b", (provided(PLACE, "Blue Lagoon"), wants(DISH, "ramen"))),
    ]
    assert applied(circle, {}) == {}
