"""PTool: platforms that users left for good or that do not serve them, from the log to what can be known."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from experiments.ptool import Settings, Synthesis
from experiments.ptool.beliefs import Visible, believe
from experiments.ptool.case_kinds import draw_case
from experiments.ptool.exclusions import FEWEST_AFTER, FEWEST_BEFORE, plan_leaving
from experiments.ptool.gallery import gallery
from experiments.ptool.identify import identify
from experiments.ptool.pairs import make_pairs
from experiments.ptool.person import make_person
from experiments.ptool.signals import unseen
from experiments.ptool.verify import at_path, problem_of
from experiments.ptool.vocabulary import FEATURES, admissible, exclusion_words
from experiments.ptool.world import make_world
from experiments.ptool.writing import write_synthesis

SETTINGS = Settings(
    leave=1.0, restricted=1.0, trained_users=40, untrained_users=0, trained_tests=240, untrained_tests=0, training=0
)
WORLD = make_world(SETTINGS)
PEOPLE = [make_person(SETTINGS, WORLD, number) for number in range(80)]
NOTHING: frozenset[int] = frozenset()


@pytest.fixture(scope="module")
def made():
    return list(Synthesis(SETTINGS).records())


def left(person):
    return [own for own in person.exclusions if own.why == "left"]


# Words ----------------------------------------------------------------------------------------------------------------


def test_both_halves_have_words_for_every_exclusion_that_everybody_may_say():
    said = {}
    for half in ("even", "odd"):
        words = exclusion_words(half)
        said[half] = {own.text for own in words.left} | {say for own in words.restrictions for say in own.says}
        assert min(len(own.says) for own in words.restrictions) >= 2
        levels = itertools.product(range(5), repeat=len(FEATURES))
        assert min(len(admissible(words.left, own)) for own in itertools.islice(levels, 0, None, 7)) >= 4
    assert not said["even"] & said["odd"]
    every = exclusion_words()
    assert said["even"] | said["odd"] == {own.text for own in every.left} | {
        say for own in every.restrictions for say in own.says
    }
    assert all("{platform}" in own.text for own in every.left)


def test_each_restriction_excludes_some_people_and_what_they_are_tells_whom():
    for own in exclusion_words().restrictions:
        served = np.mean([own.serves(person.identity.basic) for person in PEOPLE])
        assert 0.25 < served < 0.97, own
        shown = {person.identity.basic[own.feature] for person in PEOPLE}
        assert set(own.values) <= shown, own  # as profiles have them, letter by letter
        assert bool(own.values) is (own.least is None and own.most is None)
        assert all(str(limit) in say for limit in (own.least, own.most) if limit is not None for say in own.says)


# Users ----------------------------------------------------------------------------------------------------------------


def test_who_leaves_a_platform_used_it_rates_the_last_use_lowest_and_never_uses_it_again():
    assert np.mean([bool(left(person)) for person in PEOPLE]) > 0.9
    assert max(len(left(person)) for person in PEOPLE) == 2
    for person in PEOPLE:
        for own in left(person):
            uses = [place for place, one in enumerate(person.log) if (one.scenario, one.platform) == own[:2]]
            after = [one for one in person.log[own.entry + 1 :] if one.scenario == own.scenario]
            assert len(uses) >= FEWEST_BEFORE
            assert uses[-1] == own.entry
            assert (person.log[own.entry].rating, person.log[own.entry].day) == (1, own.since)
            assert len(after) >= FEWEST_AFTER
            assert WORLD.scenarios[own.scenario].platforms[own.platform].name not in {
                one.to_json(WORLD, person.style)["platform"] for one in after
            }


def test_half_of_those_who_leave_say_so_with_the_day_and_nobody_praises_what_is_excluded():
    told = Counter()
    for person in PEOPLE:
        praised = [(one.scenario, one.platform) for one in person.statements if one.kind == "platform"]
        for own in left(person):
            found = [one for one in person.statements if one.kind == "left" and (one.scenario, one.platform) == own[:2]]
            told[bool(found)] += 1
            for one in found:
                assert one.since == own.since
                assert WORLD.scenarios[own.scenario].platforms[own.platform].name in one.text
                assert one.to_json() == {"text": one.text, "since": own.since}
        assert not [own for own in praised if own[1] in person.excluded(own[0])]
    assert 0.35 < told[True] / told.total() < 0.65


def test_where_a_user_leaves_depends_on_no_liking_and_short_logs_show_none():
    rng = np.random.default_rng(0)
    numbers = np.array([0, 1, 2] * 6)
    moved, plans = plan_leaving(rng, numbers, {2})
    assert list(plans) == [2]
    assert (moved == 2).sum() == 12
    assert FEWEST_BEFORE - 1 <= plans[2] < 12 - FEWEST_AFTER
    assert [*numbers] == [0, 1, 2] * 6  # as given
    assert plan_leaving(rng, np.array([0, 1, 2]), {0, 1, 2})[1] == {}
    short = replace(SETTINGS, log=(5, 8))
    assert not [own for number in range(20) for own in left(make_person(short, WORLD, number))]


def test_one_platform_of_each_restricted_scenario_says_whom_it_serves_and_others_never_use_it():
    for own in WORLD.scenarios:
        (restricted,) = [one for one in own.platforms if one.restriction is not None]
        assert any(say[1:] in restricted.description for say in restricted.restriction.says)
    closed = [(person, own) for person in PEOPLE for own in person.exclusions if own.why == "not_served"]
    assert len(closed) > 40
    for person, own in closed:
        assert (own.scenario, own.platform) not in {(one.scenario, one.platform) for one in person.log}
    some = make_world(replace(SETTINGS, restricted=0.25, scenarios=20))
    assert sum(one.restriction is not None for own in some.scenarios for one in own.platforms) == 5


def test_two_platforms_are_enough_and_one_stays_open():
    settings = replace(SETTINGS, platforms=2)
    world = make_world(settings)
    for number in range(30):
        person = make_person(settings, world, number)
        assert all(len(person.excluded(place)) < 2 for place in range(len(world.scenarios)))
    few = replace(settings, trained_users=3, trained_tests=30)
    assert len(list(Synthesis(few).records())) == 30


# Records --------------------------------------------------------------------------------------------------------------


def test_no_answer_is_excluded_but_where_a_request_names_what_was_left(made):
    named = 0
    for one in made:
        scenario = WORLD.scenarios[one.case.scenario]
        for own in one.person.exclusions:
            if own[:2] == (one.case.scenario, one.case.platform):
                assert one.case.kind in ("named", "arguments")
                assert own.why == "left"
                assert scenario.platforms[own.platform].name in one.record["query"]
                assert not [said for said in one.person.statements if said.kind == "left" and said[3:5] == own[:2]]
                named += 1
        if one.case.preferred:
            wants = one.person.wants(WORLD, one.case.scenario, work=one.case.work)
            assert int(np.argmax(wants)) == one.case.platform
            for own in one.person.exclusions:
                if own.scenario == one.case.scenario:
                    path = f"basic_features.{own.feature}" if own.feature else f"history[{own.entry}]"
                    assert path in one.case.evidence
    assert named > 0


def test_an_answer_that_is_excluded_and_a_use_after_leaving_are_found(made):
    one = next(one for one in made if one.case.preferred and left(one.person)[:1])
    profile = one.person.profile(WORLD)

    def problem(case, person=one.person):
        return problem_of(case, WORLD, person, profile, lambda: True)

    assert problem(one.case) == ""
    (own, *_) = left(one.person)
    wrong = replace(one.case, scenario=own.scenario, platform=own.platform)
    assert problem(wrong) == "an answer that is excluded for the user"
    assert problem(replace(wrong, preferred=False)) == "an answer that is excluded for the user"
    name = WORLD.scenarios[own.scenario].platforms[own.platform].name
    text = f"{one.case.said.text} With {name}."
    named = replace(wrong, preferred=False, said=one.case.said._replace(text=text))
    assert problem(named) == ""
    closed = own._replace(why="not_served", entry=-1)
    others = tuple(other for other in one.person.exclusions if other != own)
    unused = tuple(entry for entry in one.person.log if (entry.scenario, entry.platform) != own[:2])
    assert "excluded for the user" in problem(named, one.person._replace(exclusions=(closed,), log=unused))
    again = one.person._replace(log=(*one.person.log, one.person.log[own.entry]))
    assert problem(one.case, again) == "a use of a platform that is excluded"
    assert others != one.person.exclusions


def test_what_is_excluded_and_why_stands_beside_the_records(tmp_path):
    few = replace(SETTINGS, trained_users=8, trained_tests=60)
    write_synthesis(few, tmp_path / "made")
    slices = json.loads((tmp_path / "made" / "slices.json").read_text())
    records = {
        one["id"]: one for one in json.loads((tmp_path / "made" / "test_trained_user" / "data.json").read_text())
    }
    whys = Counter()
    for name, one in slices.items():
        for own in one["excluded"]:
            held = [at_path(records[name]["user_profile"], path) for path in own["evidence"]]
            whys[own["why"]] += 1
            if own["why"] == "left":
                assert (held[0]["platform"], own["since"] <= "2025-12-15") == (own["platform"], True)
                assert all(said["since"] == own["since"] for said in held[1:])
            else:
                assert held != [None]
    assert min(whys["left"], whys["not_served"]) > 5


@pytest.mark.parametrize("control", ["random", "permuted"])
def test_controls_ask_for_what_is_liked_where_nothing_is_excluded(control):
    settings = replace(SETTINGS, control=control, leave=0.5, trained_users=12, trained_tests=72)
    found = list(Synthesis(settings).records())
    liked = [one for one in found if one.case.preferred]
    assert len(liked) > 20
    assert not [one for one in liked if one.person.excluded(one.case.scenario)]
    for one in found:
        if one.case.platform in one.person.excluded(one.case.scenario):
            assert (control, one.case.kind) in (("random", "named"), ("random", "arguments"))
    found = identify(settings).released
    assert found.best == (pytest.approx(1 / 3) if control == "random" else pytest.approx(0.4, abs=0.1))


def test_users_of_pairs_left_nothing_and_are_served_by_all():
    for record in make_pairs(replace(SETTINGS, restricted=0.5), make_world(replace(SETTINGS, restricted=0.5)), 2):
        world = make_world(replace(SETTINGS, restricted=0.5))
        basic = record["user_profile"]["basic_features"]
        (scenario,) = [own for own in world.scenarios if own.name == record["scenario"]]
        assert all(one.restriction is None or one.restriction.serves(basic) for one in scenario.platforms)
        texts = [own["text"] for own in record["user_profile"]["preferences"] if isinstance(own, dict)]
        names = [one.name for own in world.scenarios for one in own.platforms]
        assert not [text for text in texts if any(name in text for name in names)]


def test_the_gallery_shows_a_platform_that_was_left_and_one_that_does_not_serve_the_user():
    shown = "\n".join(gallery(Settings(trained_users=30, untrained_users=0, untrained_tests=0)))
    rows = shown.partition("### Excluded platforms")[2].partition("### Pairs")[0]
    assert rows.count(" | left | ") == 2  # told in words, and told by the log alone
    assert rows.count(" | not served | ") == 1


# What can be known ----------------------------------------------------------------------------------------------------


def test_an_exclusion_is_known_to_whoever_looks_at_what_tells_it():
    rows = {
        "nothing": Visible(features=False, statements=NOTHING, log=NOTHING, ratings=False),
        "features": Visible(features=True, statements=NOTHING, log=NOTHING, ratings=False),
        "statements": Visible(features=False, statements=None, log=NOTHING, ratings=False),
        "log": Visible(features=False, statements=NOTHING, log=None, ratings=False),
    }
    kinds = Counter()
    for person in PEOPLE:
        hidden = {name: unseen(person, visible) for name, visible in rows.items()}
        assert unseen(person, Visible()) == NOTHING
        closed = {own.scenario for own in person.exclusions if own.why == "not_served"}
        gone = {own.scenario for own in left(person)}
        told = {own.scenario for own in person.statements if own.kind == "left"}
        assert hidden["nothing"] == closed | gone
        assert hidden["features"] == gone
        assert hidden["statements"] == closed | (gone - told)
        assert hidden["log"] == closed
        kinds.update(name for name, own in hidden.items() if own)
    assert min(kinds.values()) > 20


def test_what_is_known_to_be_excluded_is_not_wanted_and_what_is_not_seen_is_not_used():
    for person in PEOPLE[:6]:
        known = believe(SETTINGS, WORLD, person)
        for number in range(len(WORLD.scenarios)):
            shares = known.of_platforms(WORLD, number)
            assert not shares[person.excluded(number)].any()
            assert shares.sum() == pytest.approx(1.0)
        none = Visible(features=True, statements=NOTHING, log=NOTHING, ratings=False)
        bare = person._replace(exclusions=tuple(own for own in person.exclusions if own.why == "not_served"))
        for number in range(len(WORLD.scenarios)):
            one, two = (believe(SETTINGS, WORLD, own, none).of_platforms(WORLD, number) for own in (person, bare))
            assert one == pytest.approx(two)


def test_beliefs_of_users_with_excluded_platforms_are_calibrated():
    found = identify(replace(SETTINGS, drift=0.0, trained_users=90, trained_tests=540))
    rows = {own.name: own for own in found.signals}
    for own in (*found.signals, found.released):
        deviation = (own.best * (1 - own.best) / (own.records / 2)) ** 0.5
        assert abs(own.best - own.observed) < min(3 * deviation, 0.12), own
    assert rows["nothing"].records < min(rows["features"].records, rows["log"].records) < rows["all"].records
    assert rows["all"].records == rows["gold evidence"].records
    assert found.worth > 100


def test_a_request_for_a_trait_means_the_one_open_platform_that_has_it():
    rng, asked = np.random.default_rng(2), 0
    for person in PEOPLE:
        case = draw_case(rng, WORLD, person, "trait")
        asked += bool(person.excluded(case.scenario))
        assert case.platform not in person.excluded(case.scenario)
    assert asked > 10
