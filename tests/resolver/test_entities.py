"""Collections of a profile, rebuilt as entities from the paths of its Facts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver import Profile
from resolver.entities import read_entities, split_path


def entities(profile):
    return read_entities(Profile.from_json(profile, user="ada").facts)


def ids(found):
    return [[value for value, _ in entity.ids.values()] for entity in found.all]


@pytest.mark.parametrize(
    ("profile", "expected"),
    [
        ({"cards": [{"id": "c-1", "brand": "Visa"}, {"id": "c-2", "brand": "Maestro"}]}, [["c-1"], ["c-2"]]),
        ({"cards": {"c-1": {"brand": "Visa"}, "c-2": {"brand": "Maestro"}}}, [["c-1"], ["c-2"]]),
        ({"devices": [{"serial_number": "SN1", "model": "Router"}]}, [["SN1"]]),
        ({"bookings": [{"reservation_id": "R7", "city": "Oslo"}]}, [["R7"]]),
        ({"account": {"account_id": 5, "plan": "Gold"}}, [[5]]),
        ({"address": {"zip_code": "123", "city": "Oslo"}}, []),
        ({"contacts": [{"phone_number": "555", "name": "Bo"}]}, []),
        ({"visits": [{"city": "Oslo"}, {"city": "Rome"}]}, []),
        ({"tags": ["c-1", "c-2"]}, []),
        ("I like card c-1 best of all.", []),
    ],
    ids=["list", "by key", "serial", "named otherwise", "one", "zip", "phone", "without ids", "scalars", "text"],
)
def test_what_has_an_id_of_its_own_is_an_entity(profile, expected):
    assert ids(entities(profile)) == expected


def test_entities_know_what_they_stand_in_and_what_they_refer_to():
    found = entities(
        {
            "cards": [{"id": "c-1"}, {"id": "c-2"}],
            "trips": [{"trip_id": "T1", "legs": [{"leg_id": "L1"}, {"leg_id": "L2"}], "log": [{"card_id": "c-2"}]}],
        }
    )
    kinds = [entity.kind for entity in found.all]
    assert kinds == [("card",), ("card",), ("trip",), ("leg",), ("leg",)]
    assert [entity.parent for entity in found.all] == [-1, -1, -1, 2, 2]
    assert found.children[2] == (3, 4)
    assert found.linked[2] == {1}


def test_properties_do_not_hold_what_belongs_to_an_entity_below():
    found = entities({"trips": [{"trip_id": "T1", "to": {"city": "Oslo"}, "legs": [{"leg_id": "L1", "seat": "4C"}]}]})
    assert [(item.names, item.value) for item in found.all[0].properties] == [(("to", "city"), "Oslo")]
    assert [(item.names, item.value) for item in found.all[1].properties] == [(("seat",), "4C")]


def test_a_field_says_whether_it_is_the_id_of_the_thing_itself():
    found = entities({"parcels": [{"parcel_id": "P1", "tracking_id": "Z9"}]})
    assert [(sorted(field.base), field.own) for field in found.fields] == [(["parcel"], True), (["track"], False)]


def test_the_fact_of_each_id_is_known():
    profile = Profile.from_json({"cards": [{"brand": "Visa", "id": "c-1"}]}, user="ada")
    ((_, fact),) = read_entities(profile.facts).all[0].ids.values()
    assert profile.facts[fact].path == "cards[0].id"


@given(
    st.recursive(
        st.text(max_size=5) | st.integers() | st.none(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
        max_leaves=12,
    )
)
def test_any_profile_is_read(data):
    found = read_entities(Profile.from_json({"data": data}, user="ada").facts)
    assert all(-1 <= entity.parent < number for number, entity in enumerate(found.all))
    assert all(entity.ids for entity in found.all)


@pytest.mark.parametrize(
    ("path", "parts"),
    [
        ("name", ("name",)),
        ('orders["#7"].items[10].unit price', ("orders", "#7", "items", 10, "unit price")),
        ('a["b\\"c"][0]', ("a", 'b"c', 0)),
        ("[0].x", (0, "x")),
        ("not [a path", ("not [a path",)),
        ("", ()),
    ],
)
def test_paths_are_taken_apart(path, parts):
    assert split_path(path) == parts
