import pytest
from pydantic import ValidationError

from resolver import DuplicateError, Event, Fact, MissingUserError, Profile
from resolver.profile import check_user


def test_an_id_given_twice_is_a_typed_error():
    fact = Fact(id="a", path="a", value=1, text="a: 1")
    for records in ({"facts": (fact, fact)}, {"facts": (fact,), "events": (Event(id="a", text="x"),)}):
        with pytest.raises(DuplicateError, match="'a' is given twice"):
            Profile(user="u", **records)


def test_values_are_frozen_and_closed():
    fact = Fact(id="a", path="a", value=1, text="a: 1")
    with pytest.raises(ValidationError):
        fact.text = "b"
    with pytest.raises(ValidationError):
        Fact(id="a", path="a", value=1, text="a: 1", colour="red")


@pytest.mark.parametrize("rating", [-0.1, 1.1, float("nan")])
def test_a_rating_is_a_share(rating):
    with pytest.raises(ValidationError):
        Event(id="a", text="x", rating=rating)


def test_a_profile_survives_its_own_json():
    profile = Profile.from_json(
        {"a": [1, {"b": "\U0001f355"}], "log": [{"query": "q", "tool": "t", "mood": "x"}]}, user="u"
    )
    assert Profile.model_validate_json(profile.model_dump_json()) == profile


@pytest.mark.parametrize("user", ["", " ", None, 7])
def test_a_missing_user_is_an_error(user):
    with pytest.raises(MissingUserError):
        check_user(user)
