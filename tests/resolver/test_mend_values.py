"""A parameter that the model meant to fill, with a value of no use, is given the resolver's."""

from __future__ import annotations

import pytest

from resolver.catalog import Parameter, Tool
from resolver.mend_values import add_missing, replace_dropped, stand_ins
from resolver.repairs import Repair
from resolver.resolution import Binding

TOOL = Tool(
    platform="Screens",
    name="get_film",
    parameters=(Parameter(name="genre"), Parameter(name="town"), Parameter(name="seats", required=True)),
)
GENRE = Binding(name="genre", value="drama", source="profile", confidence=0.6, reason="told")


def dropped(name):
    return Repair(kind="argument_dropped", where=f"Screens.get_film.{name}", before="...", reason="a placeholder")


@pytest.mark.parametrize(("name", "filled"), [("genre", {"genre": "drama"}), ("town", {})])
def test_what_was_dropped_is_replaced_by_what_the_resolver_is_sure_of_by_a_half(name, filled):
    arguments, repairs = {}, [dropped(name)]
    replace_dropped(arguments, TOOL, stand_ins((), [GENRE]), repairs)
    assert arguments == filled
    assert [repair.kind for repair in repairs[1:]] == ["argument_added"] * len(filled)


def test_what_the_model_did_not_speak_of_needs_more():
    arguments, repairs = {}, []
    replace_dropped(arguments, TOOL, stand_ins((), [GENRE]), repairs)
    add_missing(arguments, TOOL, [GENRE], repairs)
    assert arguments == {}


def test_a_value_that_is_there_in_another_spelling_of_the_name_stays():
    arguments, repairs = {"genre": "war"}, [dropped("genre")]
    replace_dropped(arguments, TOOL, stand_ins((), [GENRE]), repairs)
    assert arguments == {"genre": "war"}
