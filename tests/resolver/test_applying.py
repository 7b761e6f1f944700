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


def test_what_an_instruction_leaves_to_choose_from_is_all_set():
    found = apply_settings([Instruction("a", (wants(DISH, "ramen"), wants(DISH, "soup")))], {})
    assert [(one.value, one.evidence) for one in found] == [("ramen", ("a",)), ("soup", ("a",))]


def test_a_choice_is_no_bundle_and_contradicts_only_where_no_side_holds():
    choice = Instruction("a", (wants(DISH, "ramen"), wants(DISH, "soup"), wants(PLACE, "Blue Lagoon")))
    assert applied([choice], {DISH: "soup"}) == {PLACE: "Blue Lagoon"}
    assert applied([choice], {DISH: "stew"}) == {}


def test_a_condition_holds_where_one_of_its_sides_does():
    rule = Instruction("a", (provided(DISH, "ramen"), provided(DISH, "soup"), wants(PRICE, "low")))
    assert applied([rule], {DISH: "soup"}) == {PRICE: "low"}
    assert applied([rule], {DISH: "stew"}) == {}


def test_what_a_chain_hangs_on_is_known_to_its_end():
    found = apply_settings(
        [
            Instruction("a", (wants(DISH, "ramen"),)),
            Instruction("b", (provided(DISH, "ramen"), wants(PLACE, "Blue Lagoon"))),
            Instruction("c", (provided(PLACE, "Blue Lagoon"), wants(PRICE, "low"))),
        ],
        {},
    )
    assert [one.hangs_on for one in found] == [
        (),
        ((DISH, "ramen"),),
        ((DISH, "ramen"), (PLACE, "Blue Lagoon")),
    ]


def test_what_the_query_says_is_nothing_to_hang_on():
    rule = Instruction("b", (provided(DISH, "ramen"), wants(PLACE, "Blue Lagoon")))
    (one,) = apply_settings([rule], {DISH: "ramen"})
    assert one.hangs_on == ()


def test_what_one_statement_asks_for_hangs_together():
    found = apply_settings([Instruction("a", (wants(DISH, "ramen"), wants(PLACE, "Blue Lagoon")))], {})
    assert [one.hangs_on for one in found] == [((PLACE, "Blue Lagoon"),), ((DISH, "ramen"),)]
