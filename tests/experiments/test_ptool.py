"""PTool: what is drawn is sound, the same seed draws the same, and the model behind it knows how much can be known."""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner

from baselines import Prediction
from baselines.chat import ChatUnavailableError, ScriptedModel
from experiments import gold_prediction, load_dataset, score_official_record, score_strict_record
from experiments.cli import main
from experiments.errors import SynthesisError
from experiments.ptool import Settings, Synthesis
from experiments.ptool.asking import parts
from experiments.ptool.beliefs import Visible, believe
from experiments.ptool.case_kinds import draw_case
from experiments.ptool.cases import KINDS
from experiments.ptool.days import LAST_DAY
from experiments.ptool.drafts import Unanswerable
from experiments.ptool.identify import identify, uses_needed
from experiments.ptool.naming import coined_names
from experiments.ptool.pair_scores import pair_scores
from experiments.ptool.pair_sides import PAIR_KINDS
from experiments.ptool.person import make_person
from experiments.ptool.phrasing import Part, Said, compose, phrases, say_day, say_time
from experiments.ptool.population import draw_levels, draw_liking, population
from experiments.ptool.reading import learn_wordings, read_wordings
from experiments.ptool.rewriting import refusal_of
from experiments.ptool.statements import about_trait
from experiments.ptool.tuning import example
from experiments.ptool.verify import at_path, problem_of
from experiments.ptool.vocabulary import FEATURES, TRAITS, admissible, kin, scenarios, traits
from experiments.ptool.world import make_world
from experiments.ptool.writing import read_settings, write_synthesis
from experiments.run import run_system
from indexes import HashingEmbedder
from resolver import Profile
from resolver.formats import render_answer
from resolver.moments import parse_day, parse_time

SMALL = Settings(trained_users=4, untrained_users=2, trained_tests=24, untrained_tests=16, training=20)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("ptool") / "made"
    write_synthesis(SMALL, out, pairs=2, tuning=("openai", "sharegpt"))
    return out


@pytest.fixture(scope="module")
def made():
    return list(Synthesis(SMALL).records())


def digests(out):
    return {path.relative_to(out): hashlib.sha256(path.read_bytes()).hexdigest() for path in out.rglob("*.json*")}


def gold(record):
    platform, calls = record["answer"]
    return render_answer(
        (platform, function, {name: values[0] for name, values in parameters.items()})
        for call in calls
        for function, parameters in call.items()
    )


# Words ----------------------------------------------------------------------------------------------------------------


def test_there_are_fifty_scenarios_whose_words_do_not_get_into_each_others_way():
    things = [thing for scenario in scenarios() for thing in scenario.objects]
    assert (len(scenarios()), len(things)) == (50, 150)
    assert len({thing.noun for thing in things}) == 150
    for thing in things:
        assert all(say.count("{item}") == 1 for say in thing.say)
        assert len(set(thing.item.values)) >= 8
        for option in thing.options:
            assert not set(option.values) & set(thing.item.values)
            assert all(say.count("{value}") == 1 for say in option.say)
            assert not any(one != two and one in two for one in option.values for two in option.values)


def test_no_statement_is_of_two_traits():
    said = Counter(
        own.text for words in traits() for own in (*words.direct, *words.indirect, *words.against, *words.other)
    )
    assert [text for text, count in said.items() if count > 1] == []
    assert len({words.word for words in traits()}) == len(TRAITS)


def test_what_is_said_of_a_choice_goes_on_behind_a_verb():
    for thing in (thing for scenario in scenarios() for thing in scenario.objects):
        for option in thing.options:
            for say in option.say:
                said = [say.format(value=value) for value in option.values]
                assert not say.startswith("and "), (thing.noun, say)
                assert not [own for own in said if re.search(r"\ba [aeio]|\ban [^aeio]", own)], (thing.noun, say)
    assert all("{act}" in own or own.endswith(": {said}.") for own in phrases().option_statements)
    assert not [ask for words in traits() for ask in words.ask if ask.startswith(("whoever", "by "))]


def test_what_is_set_off_ends_with_a_comma():
    core = Part("hire {van}", {"van": "a van"})
    address = Part("at this address: {value}", {"value": "1 High St, Leeds"}, apart=True)
    day = Part("date: {date}", {"date": "2025-12-20"}, front=True)
    for seed in range(60):
        text = compose(np.random.default_rng(seed), core, [address, day, Part("for work", {})], short=True).text
        assert text.startswith("Hire a van")
        assert re.search(r"Leeds(,|\.$)", text), text
        assert re.search(r", date: 2025-12-20(,|\.$)", text), text


def test_a_new_time_is_not_taken_for_the_old_one():
    thing = next(own for scenario in scenarios() for own in scenario.objects if own.when == "datetime")
    function = next(
        one for own in make_world(Settings(scenarios=50)).scenarios for one in own.functions
        if one.thing is thing and one.act == "change"
    )  # fmt: skip
    for seed in range(20):
        (part,) = parts(np.random.default_rng(seed), function, {"time": "09:30"})
        assert "new" in part.text
        assert part.last  # behind the new day


def test_every_person_has_words_for_every_trait():
    everybody = list(itertools.product(range(5), repeat=len(FEATURES)))
    for words in traits():
        for ways in (words.direct, words.indirect, words.against, words.other):
            assert len(admissible(ways, None)) >= 2
            assert min(len(admissible(ways, levels)) for levels in everybody[:: 1 if len(ways) > 10 else 31]) >= 2
    assert min(len(admissible(kin(), levels)) for levels in everybody) >= 2


def test_what_people_say_does_not_contradict_what_they_are():
    ways = [own for words in traits() for own in (*words.direct, *words.indirect, *words.against)]
    whose = {own.text: own for own in ways}
    settings = Settings(statements=(12, 12), log=(0, 0))
    world = make_world(settings)
    for number in range(150):
        person = make_person(settings, world, number)
        told = [own for own in person.statements if own.kind in ("for", "against")]
        assert told
        assert [own.text for own in told if not whose[own.text].fits(person.levels)] == []
        of_others = " ".join(own.text for own in person.statements if own.kind == "other")
        lives = person.identity.basic["household"]
        assert "flatmate" not in of_others or lives == "shares a flat"
        assert not {"son", "daughter"} & set(re.findall(r"\w+", of_others)) or "child" in lives
        age, job = person.identity.basic["age"], person.identity.basic["job"]
        assert job != "student" or age < 28
        assert job not in ("surgeon", "managing director", "partner in a law firm") or age > 36
        assert "three children" not in lives or age >= 25


def test_without_a_known_person_only_what_everybody_may_say_is_said():
    world = make_world(SMALL)
    rng = np.random.default_rng(3)
    plain = {own.text for own in traits()[TRAITS.index("local")].indirect if not own.levels}
    direct = {own.text for own in traits()[TRAITS.index("local")].direct}
    said = {about_trait(rng, world, TRAITS.index("local"), "for").text for _ in range(200)}
    assert plain < said <= plain | direct
    large_city = (2, 2, 0, 4, 2, 2)
    assert all("valley" not in about_trait(rng, world, 6, "for", levels=large_city).text for _ in range(200))


def test_the_population_is_a_distribution():
    known = population()
    for matrix in (known.features, known.spread, known.remainder):
        assert np.allclose(matrix, matrix.T)
        assert np.linalg.eigvalsh(matrix).min() > 0
    whole = known.remainder + known.loadings @ known.spread @ known.loadings.T
    assert np.allclose(np.diag(whole), 1.0)


def test_levels_are_correlated_as_is_stated():
    rng = np.random.default_rng(1)
    drawn = np.array([draw_levels(rng) for _ in range(4000)])
    values = population().levels[drawn]
    assert np.cov(values.T) == pytest.approx(population().spread, abs=0.06)
    likings = [draw_liking(rng, own, 1, 2, habit=0.5, drifts=False).traits for own in drawn]
    assert np.var(likings, axis=0) == pytest.approx(np.ones(len(TRAITS)), abs=0.08)


def test_no_wording_of_a_main_function_is_that_of_another():
    taken = ("find", "look", "search", "see", "list", "check", "schedule", "tell", "show", "cancel", "rate")
    for scenario in scenarios():
        for thing in scenario.objects:
            assert len(thing.say) >= 3
            assert not [say for say in thing.say if say.split()[0] in taken], thing.noun
            assert thing.act not in (*taken, "change", "review", "get")


def test_names_differ_by_more_than_case_and_signs():
    names = coined_names(np.random.default_rng(0), 500)
    assert len({"".join(filter(str.isalnum, name)).casefold() for name in names}) == 500
    assert any(" " in name for name in names)
    assert any("." in name for name in names)


@pytest.mark.parametrize("seed", range(20))
def test_days_and_times_are_said_so_that_they_can_be_read(seed):
    rng = np.random.default_rng(seed)
    day, time = (
        f"20{rng.integers(24, 27)}-{rng.integers(1, 13):02d}-{rng.integers(1, 29):02d}",
        f"{8 + seed % 12:02d}:30",
    )
    said = say_day(rng, day)
    assert "{0.year:04d}-{0.month:02d}-{0.day:02d}".format(parse_day(said)) == day
    assert "{:02d}:{:02d}".format(*parse_time(say_time(rng, time))) == time


# Worlds and users -----------------------------------------------------------------------------------------------------


def test_the_default_world_has_the_papers_size():
    world = make_world(Settings())
    assert len(world.scenarios) == 5
    assert sum(len(own.platforms) for own in world.scenarios) == 15
    assert sum(len(own.tools()) for own in world.scenarios) == 360


def test_a_world_goes_up_to_fifty_scenarios_of_ten_platforms():
    world = make_world(Settings(scenarios=50, platforms=10))
    names = [platform.name for own in world.scenarios for platform in own.platforms]
    assert len(set(names)) == 500
    for own in world.scenarios:
        vectors = [tuple(platform.traits) for platform in own.platforms]
        assert len(set(vectors)) == 10
        assert len({function.name for function in own.functions}) == len(own.functions) == 24


def test_scenarios_can_be_passed_over_to_learn_from_others():
    first, others = make_world(Settings()), make_world(Settings(scenarios=45, skip=5))
    assert [own.name for own in others.scenarios] == [own.name for own in scenarios()[5:]]
    assert not {own.name for own in first.scenarios} & {own.name for own in others.scenarios}
    with pytest.raises(SynthesisError, match="skip must be 0 to 45, got 46"):
        Settings(skip=46)


def test_no_way_to_speak_of_a_trait_is_in_both_halves():
    said = {}
    for half in ("even", "odd"):
        made = list(Synthesis(replace(SMALL, wordings=half)).records())
        said[half] = {
            *(own.text for one in made for own in one.person.statements if own.kind in ("for", "against")),
            *(platform["description"] for one in made for platform in one.record["platforms"]),
        }
    assert min(map(len, said.values())) > 20
    assert not said["even"] & said["odd"]
    for even, odd, every in zip(traits("even"), traits("odd"), traits(), strict=True):
        assert sorted((*even.platform, *odd.platform)) == sorted(every.platform)
        assert all(admissible(ways, None) for half in (even, odd) for ways in (half.direct, half.against, half.other))


class Knows:
    """An embedder that reads every wording of a trait: each trait an axis, and weakness the other way."""

    def encode(self, texts):
        axes = np.zeros((len(texts), len(TRAITS)), dtype=np.float32)
        for row, text in enumerate(texts):
            for place, words in enumerate(traits()):
                said = {own.text for own in (*words.direct, *words.indirect)} | {*words.ask, *words.platform}
                axes[row, place] = float(text in said) - float(text in words.weak)
        return axes


def test_who_reads_all_wordings_tells_all_traits_and_who_reads_none_tells_nothing():
    assert {(row.trait, row.polarity) for row in read_wordings(Knows())} == {(1.0, 1.0)}
    by_letters = read_wordings(HashingEmbedder())
    assert [row.sentences for row in by_letters] == [120, 192, 96]
    assert all(0.4 < row.polarity < 0.65 for row in by_letters)


def test_who_reads_wordings_learns_those_of_the_other_half_and_who_knows_letters_only_learns_them_by_heart():
    sentences, _, sides = learn_wordings(Knows())
    assert (sentences.seen, sentences.unseen, sides.seen, sides.unseen) == (1.0, 1.0, 1.0, 1.0)
    sentences, _, sides = learn_wordings(HashingEmbedder())
    assert (sentences.texts, sides.texts) == (408, 192)
    assert sentences.seen > 0.95
    assert sentences.unseen < 0.5
    assert sides.seen > sides.unseen


def test_a_user_is_the_same_whoever_else_is_made():
    world = make_world(SMALL)
    among = list(Synthesis(SMALL).people())
    assert make_person(SMALL, world, 3).profile(world) == among[3].profile(world)
    assert among[3].identity != among[4].identity


def test_a_change_of_mind_turns_uses_round():
    settings = Settings(drift=1.0, leave=0.0, restricted=0.0, log=(200, 200), noise=0.05)
    world = make_world(settings)
    person = make_person(settings, world, 0)
    assert person.drifted
    assert person.style == "times"
    for entry in person.log:
        liked = person.liking.of_platforms(
            entry.scenario, world.scenarios[entry.scenario].traits, work=entry.work, past=entry.past
        )
        assert entry.past is (entry.day < person.drifted)
        assert liked.max() - liked[entry.platform] < 0.5


# Records --------------------------------------------------------------------------------------------------------------


def test_every_record_scores_one_by_its_own_gold(folder):
    for split in ("test_trained_user", "test_untrained_user", "training", "pairs"):
        for record in load_dataset(folder / split / "data.json").records:
            right = gold_prediction(record)
            assert score_strict_record(record, right).overall, record.id
            assert score_official_record(record, right.text).overall == 1, record.id


def test_every_value_stands_in_the_request_or_at_the_path_of_its_evidence(made):
    for one in made:
        held = [at_path(one.record["user_profile"], path) for path in one.case.evidence]
        assert None not in held
        shown = [
            value for own in held for value in (own.get("arguments", {}).values() if isinstance(own, dict) else [own])
        ]
        shown += [own["reference"] for own in held if isinstance(own, dict) and "reference" in own]
        values = {name: value for _, arguments in one.case.calls for name, value in arguments.items()}
        for name in one.case.from_profile:
            stated = any(str(values[name]) in text for text in shown if isinstance(text, str) and " " in text)
            assert values[name] in shown or stated, (one.record["id"], name)
        for name in one.case.from_query:
            if name not in ("date", "time") and isinstance(values[name], str):
                assert values[name] in one.record["query"], (one.record["id"], name)


def test_evidence_is_named_as_the_resolver_names_records(made):
    for one in made[:8]:
        profile = Profile.from_json(one.record["user_profile"], user="u")
        known = {fact.id for fact in profile.facts} | {event.id for event in profile.events}
        assert set(one.record["evidence"]) <= known
        dated = [own for own in one.person.statements if own.since]
        assert {fact.valid_from for fact in profile.facts if fact.valid_from} == {own.since for own in dated}


def test_all_kinds_are_made_and_liking_decides_where_it_should(made):
    big = Settings(trained_users=30, untrained_users=0, trained_tests=300, untrained_tests=0, training=0)
    kinds = Counter(one.case.kind for one in Synthesis(big).records())
    assert set(kinds) == set(KINDS)
    for one in made:
        if one.case.kind == "nothing":
            assert one.record["answer"] == ["", []]
        if one.case.preferred:
            wants = one.person.wants(make_world(SMALL), one.case.scenario, work=one.case.work)
            assert int(np.argmax(wants)) == one.case.platform


def test_what_is_to_come_can_be_moved_and_what_is_over_can_be_rated():
    settings = Settings(sure=0.0)
    world, acts = make_world(settings), Counter()
    for number in range(40):
        person, rng = make_person(settings, world, number), np.random.default_rng(number)
        assert all(entry.day < LAST_DAY for entry in person.log)
        for _ in range(8):
            try:
                case = draw_case(rng, world, person, "history")
            except Unanswerable:
                continue
            (path,) = case.evidence
            ((function, arguments),), entry = case.calls, person.log[int(path[len("history[") : -1])]
            assert (str(entry.arguments["date"]) > LAST_DAY) is (function.act != "review")
            assert function.act != "change" or arguments["date"] not in (entry.arguments["date"], LAST_DAY)
            acts[function.act] += 1
    assert acts.total() > 200
    assert min(acts[own] for own in ("cancel", "change", "status", "review")) > 25


def test_nobody_asks_for_what_makes_no_sense_of_a_thing():
    settings = Settings(scenarios=50, sure=0.0, log=(40, 40))
    world, reminded = make_world(settings), 0
    unfit = {thing.noun: set(thing.unfit) for own in world.scenarios for thing in own.things}
    assert {"usual", "schedule", "work"} <= unfit["immunisation"]
    assert all(sum(kind in own for own in unfit.values()) > 20 for kind in ("usual", "schedule", "daily", "work"))
    for number in range(12):
        person, rng = make_person(settings, world, number), np.random.default_rng(number)
        assert not [noun for noun in person.habits.items if "usual" in unfit[noun]]
        assert not [own for own in person.log if own.work and "work" in unfit[own.function.thing.noun]]
        for kind in ("both", "preference", "several") * 8:
            try:
                case = draw_case(rng, world, person, kind)
            except Unanswerable:
                continue
            for function, arguments in case.calls:
                why = unfit[function.thing.noun]
                assert not (case.work and "work" in why), case.said.text
                if function.act == "schedule":
                    reminds = "schedule" in why
                    assert function.name.startswith("remind_about_" if reminds else "schedule_")
                    assert reminds is bool(re.search(r"remind|nudge", case.said.text)), case.said.text
                    assert arguments["interval"] != "day" or not {"schedule", "daily"} & why
                    reminded += reminds
    assert reminded > 10


def test_a_core_is_the_same_whatever_is_said_around_it_and_in_whichever_order():
    parts_of = [Part("on {date}", {"date": "2025-12-20"}, front=True), Part("for work", {})]
    drawn = [
        compose(np.random.default_rng(seed), Part("hire {van}", {"van": f"van {seed}"}), parts_of) for seed in range(40)
    ]
    assert len({own.template for own in drawn}) > 20
    assert {own.core for own in drawn} == {"hire {van} for work on {date}"}


def test_words_hardly_repeat_in_a_thousand_requests():
    settings = Settings(trained_users=10, untrained_users=0, trained_tests=1000, untrained_tests=0, training=0)
    synthesis = Synthesis(settings)
    said = [one.case.said for one in synthesis.records()]
    assert synthesis.rejected["words as in another of the last thousand"] < 20  # so it is the grammar that is wide,
    assert len({own.core for own in said}) > 750  # and not only in what is said around what is asked for


def test_a_split_is_the_same_whichever_others_are_made():
    alone = [one.record["query"] for one in Synthesis(SMALL).records(("test_untrained_user",))]
    beside = [one.record["query"] for one in Synthesis(SMALL).records() if one.split == "test_untrained_user"]
    assert alone == beside


def test_what_is_not_sound_is_found():
    synthesis = Synthesis(SMALL)
    world, person = synthesis.world, make_person(SMALL, synthesis.world, 0)
    rng = np.random.default_rng(5)
    case = draw_case(rng, world, person, "both")
    profile = person.profile(world)
    guessable = True

    def problem(**changed):
        return problem_of(type(case)(**{**vars(case), **changed}), world, person, profile, lambda: guessable)

    (function, arguments), *_ = case.calls
    name = next(iter(arguments))
    less = {own: value for own, value in arguments.items() if own != name}
    assert problem(calls=((function, less),)) == "a required value that is missing"
    assert problem(calls=((function, {**arguments, name: 5}),)) == "a value of another type"
    assert problem(calls=((function, {**arguments, "odd": "x"}),)) == "a value that no parameter takes"
    assert problem(from_query=()) == "a value without a source"
    assert problem(from_query=(*case.from_query, case.from_profile[0])) == "a value with two sources"
    assert problem(evidence=("preferences[999]",)) == "evidence that is not in the profile"
    assert problem(evidence=()) == "a value that its evidence does not hold"
    assert problem(sources={}) == "a value that its evidence does not hold"
    held = next(own for own in case.sources if "enum" not in function.parameters[own])
    part = str(arguments[held])[:-1]  # of what stands there
    assert problem(calls=((function, {**arguments, held: part}),)) == "a value that its evidence does not hold"
    asked = next(own for own in case.from_query if own == function.thing.item.name)
    assert problem(calls=((function, {**arguments, asked: "what nobody says"}),)) in (
        "a value that the request does not say",
        "a value that the schema does not have",
    )
    assert problem() == ""
    guessable = False
    assert problem() == "nothing visible tells the platform"


@pytest.mark.parametrize("sure", [0.0, 2.5])
def test_a_user_without_any_trace_has_requests_of_a_preference_only_if_that_is_wanted(sure):
    bare = Settings(
        log=(0, 0), statements=(0, 0), drift=0.0, sure=sure, trained_users=3, untrained_users=0, trained_tests=60,
        untrained_tests=0, training=0,
    )  # fmt: skip
    synthesis = Synthesis(bare)
    liked = sum(one.case.preferred for one in synthesis.records())
    assert (liked > 25) is (sure == 0.0)
    with pytest.raises(Unanswerable, match="the log has nothing"):
        draw_case(np.random.default_rng(0), synthesis.world, make_person(bare, synthesis.world, 0), "history")


# What can be known ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def identified():
    settings = Settings(
        trained_users=140, untrained_users=0, trained_tests=420, untrained_tests=0, training=0, drift=0.3
    )
    return identify(settings)


def test_beliefs_are_calibrated(identified):
    for own in (*identified.signals, identified.released):
        deviation = (own.best * (1 - own.best) / (own.records / 2)) ** 0.5  # a user's records hang together
        assert abs(own.best - own.observed) < min(3 * deviation, 0.1), own
    apart = [own.observed - own.best for own in identified.signals]
    assert abs(np.mean(apart)) < 0.05  # neither too sure on the whole nor too little
    assert identified.worth > 300


def test_more_evidence_tells_more(identified):
    found = {own.name: own for own in identified.signals}
    assert found["nothing"].bits == 0
    assert found["nothing"].best < found["features"].best < found["statements"].best < found["log"].best
    assert found["features"].bits < found["statements"].bits < found["log"].bits
    assert found["gold evidence"].best == pytest.approx(found["all"].best, abs=0.03)
    assert found["all"].records > found["log"].records  # which has no users who changed their mind
    assert found["log"].records > found["nothing"].records  # by which nobody is seen to have left a platform
    assert identified.released.best > found["all"].best


def test_ratings_are_believed_as_they_are_drawn():
    settings = Settings(log=(60, 60), statements=(0, 0), drift=0.0, habit=1.0)
    world = make_world(settings)
    people = [own for number in range(40) if (own := make_person(settings, world, number)).style == "ratings"]
    gains = []
    for person in people:
        for ratings in (False, True):
            beliefs = believe(settings, world, person, Visible(ratings=ratings))
            likings = [person.wants(world, number) for number in range(len(world.scenarios))]
            shares = [beliefs.of_platforms(world, number)[own.argmax()] for number, own in enumerate(likings)]
            gains.append(np.log(shares).mean())
    assert np.mean(gains[1::2]) > np.mean(gains[::2])


def test_uses_tell_more_the_more_there_are():
    settings = Settings(
        log=(60, 80), trained_users=24, untrained_users=0, trained_tests=96, untrained_tests=0, training=0
    )
    rows = uses_needed(settings, 4)
    assert [count for count, _, _ in rows] == [0, 1, 2, 3, 4]
    assert rows[0][1] < rows[1][1] < rows[4][1]


def test_in_the_random_control_nothing_tells_the_platform():
    settings = Settings(
        control="random", trained_users=30, untrained_users=0, trained_tests=200, untrained_tests=0, training=0
    )
    found = identify(settings)
    assert found.released.best == pytest.approx(1 / 3)
    assert found.released.observed == pytest.approx(1 / 3, abs=0.1)
    world, known = make_world(settings), {}
    believed = []
    for one in Synthesis(settings).records():
        if one.case.preferred:
            if one.person.name not in known:
                known[one.person.name] = believe(settings, world, one.person)
            shares = known[one.person.name].of_platforms(world, one.case.scenario, work=one.case.work)
            believed.append(int(shares.argmax()) == one.case.platform)
    assert np.mean(believed) == pytest.approx(1 / 3, abs=0.11)


def test_in_the_permuted_control_every_profile_is_of_another_user_of_its_split():
    open_to_all = replace(SMALL, leave=0.0, restricted=0.0)  # else requests are left out that no answer would fit
    permuted = replace(open_to_all, control="permuted")
    plain = {one.record["id"]: one for one in Synthesis(open_to_all).records()}
    for one in Synthesis(permuted).records():
        own = plain[one.record["id"]]
        assert one.record["query"] == own.record["query"]
        assert one.record["user_profile"] != own.record["user_profile"]
        assert one.record["evidence"] == []
        assert (one.person.name < "user-000004") is (own.person.name < "user-000004")
    with pytest.raises(SynthesisError, match="of a single user"):
        Settings(control="permuted", untrained_users=1)


def test_what_is_not_visible_is_not_looked_at():
    settings = Settings(drift=0.5)
    world = make_world(settings)
    for number in range(6):
        person = make_person(settings, world, number)
        none = Visible(features=True, statements=frozenset(), log=frozenset(), ratings=False)
        other = person._replace(log=(), statements=(), drifted="")
        before, after = believe(settings, world, person, none), believe(settings, world, other)
        assert np.allclose(before.of_platforms(world, 0), after.of_platforms(world, 0))


# Files and commands ---------------------------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_bytes_and_another_one_does_not(folder, tmp_path):
    again = tmp_path / "again"
    code = (
        "from pathlib import Path; from experiments.ptool import Settings; "
        "from experiments.ptool.writing import write_synthesis; "
        f"write_synthesis({SMALL!r}, Path({str(again)!r}), pairs=2, tuning=('openai', 'sharegpt'))"
    )
    here = os.environ.get("PYTHONHASHSEED", "random")
    for seed in sorted({"7", "8"} - {here})[:1]:  # the order of sets is another one in each process
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        subprocess.run([sys.executable, "-c", code], check=True, env=environment)  # noqa: S603 - our own code
        assert digests(again) == digests(folder)
        shutil.rmtree(again)
    write_synthesis(Settings(**{**vars(SMALL), "seed": 1}), tmp_path / "other", pairs=2)
    assert digests(tmp_path / "other") != digests(folder)


def test_a_folder_says_what_it_was_made_with_and_is_not_overwritten(folder):
    assert read_settings(folder) == SMALL
    manifest = json.loads((folder / "manifest.json").read_text())
    assert 15 < manifest["cores"]["training"] <= 20
    assert manifest["records"] == {"test_trained_user": 24, "test_untrained_user": 16, "training": 20, "pairs": 36}
    slices = json.loads((folder / "slices.json").read_text())
    assert len(slices) == 60
    names = {one.name for own in make_world(SMALL).scenarios for one in own.platforms}
    assert {own["platform"] for one in slices.values() for own in one["excluded"]} <= names
    with pytest.raises(SynthesisError, match="is there already"):
        write_synthesis(SMALL, folder)
    with pytest.raises(SynthesisError, match="no manifest"):
        read_settings(folder / "pairs")


def test_examples_for_tuning_end_with_the_gold(folder):
    records = json.loads((folder / "training" / "data.json").read_text())
    lines = {form: (folder / "tuning" / f"{form}.jsonl").read_text().splitlines() for form in ("openai", "sharegpt")}
    assert [len(own) for own in lines.values()] == [20, 20]
    for record, one, two in zip(records, lines["openai"], lines["sharegpt"], strict=True):
        messages = json.loads(one)["messages"]
        assert [own["role"] for own in messages] == ["system", "user", "assistant"]
        assert messages[-1]["content"] == gold(record)
        assert json.loads(two)["conversations"] == [
            {"from": speaker, "value": own["content"]}
            for speaker, own in zip(("system", "human", "gpt"), messages, strict=True)
        ]
    assert example(records[0], "openai") == json.loads(lines["openai"][0])


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"scenarios": 51}, "scenarios must be 1 to 50, got 51"),
        ({"platforms": 1}, "platforms must be 2 to 10, got 1"),
        ({"trained_users": 0}, "need trained_users of at least 1"),
        ({"untrained_users": 0}, "need untrained_users of at least 1"),
        ({"log": (5, 2)}, "the fewest and the most"),
        ({"noise": 0.0}, "noise must be above 0"),
        ({"drift": 1.5}, "drift is a share"),
        ({"leave": -0.1}, "leave is a share, got -0.1"),
        ({"restricted": 1.1}, "restricted is a share, got 1.1"),
        ({"sure": -1.0}, "sure must be at least 0"),
    ],
)
def test_settings_that_cannot_be_are_refused(given, said):
    with pytest.raises(SynthesisError, match=said):
        Settings(**given)


# A language model's part ----------------------------------------------------------------------------------------------


def test_a_model_rewrites_and_doubts_and_rules_refuse_what_loses_or_adds():
    few = Settings(trained_users=1, untrained_users=0, trained_tests=6, untrained_tests=0, training=0)
    composed = [one.case.said for one in Synthesis(few).records()]

    def answer(messages):
        asked = messages[-1]["content"]
        if not asked.startswith("Request: "):
            return '{"supported": false}' if composed[5].text in asked else '{"supported": true}'
        number = next(place for place, said in enumerate(composed) if said.text in asked)
        text = f"well, {composed[number].text}"
        return {1: composed[1].text, 2: "something else", 3: f"{text} 77", 4: f"{text} by Friday"}.get(number, text)

    model = ScriptedModel(answer)
    synthesis = Synthesis(few, model)
    records = [one.record for one in synthesis.records()]
    assert records[0]["query"] == f"well, {composed[0].text}"
    assert [own["query"] for own in records[1:5]] == [said.text for said in composed[1:5]]
    assert len(records) == 5
    refused = {
        reason: count for reason, count in synthesis.rejected.items() if "rewrite" in reason or "model" in reason
    }
    assert refused == {
        "a rewrite in the same words": 1,
        "a rewrite that loses something": 1,
        "a rewrite with other numbers": 1,
        "a rewrite with a new name": 1,
        "a model finds a value that nothing supports": 1,
    }


def test_a_rewrite_names_no_platform_and_keeps_its_length():
    said = Said("Order ramen to my home.", "Order {dish} to my home.", ("ramen", "to my home"))
    assert refusal_of("I'd fancy ramen, brought to my home", said, ["Kesta"], ["large", "mild"]) == ""
    assert refusal_of("Mild ramen to my home", said, [], ["large", "mild"]) == "a rewrite that adds something"
    assert refusal_of("Ramen quickly brought to my home", said, []) == "a rewrite that adds something"
    assert refusal_of("Let kesta bring ramen to my home", said, ["Kesta"]) == "a rewrite that names a platform"
    assert refusal_of("ramen to my home " + "now " * 30, said, []) == "a rewrite of another length"


@pytest.mark.parametrize(
    ("composed", "rewrite"),
    [
        ("Cancel my meal of 3 May 2026.", "Check on my meal of 3 May 2026."),
        ("Check on my meal of 3 May 2026.", "Please cancel my meal of 3 May 2026."),
        ("Look for meals (ramen).", "I want to order meals: ramen."),
        ("Order a ramen.", "Order a ramen regularly."),
        ("Move my meal of 3 May 2026.", "Rate my meal of 3 May 2026."),
    ],
)
def test_a_rewrite_may_not_want_something_else_done(composed, rewrite):
    assert refusal_of(rewrite, Said(composed, composed), []) == "a rewrite that wants something else done"


@pytest.mark.parametrize("rewrite", ["Do not bring me ramen.", "Don't bring ramen my way.", "Bring me no ramen today."])
def test_a_rewrite_may_not_deny(rewrite):
    said = Said("Bring me ramen today, please.", "", ("ramen",))
    assert refusal_of(rewrite, said, []) == "a rewrite that denies"


def test_a_model_that_fails_changes_nothing():
    few = Settings(trained_users=1, untrained_users=0, trained_tests=2, untrained_tests=0, training=0)
    model = ScriptedModel([ChatUnavailableError("busy")] * 4)
    synthesis = Synthesis(few, model)
    assert [one.record["query"] for one in synthesis.records()] == [
        one.case.said.text for one in Synthesis(few).records()
    ]
    assert synthesis.rejected["the model did not rewrite: ChatUnavailableError"] == 2


# Pairs ----------------------------------------------------------------------------------------------------------------


class Knowing:
    """Right by the gold of the data; or, where it obeys, on the platform that an instruction wants."""

    def __init__(self, records, *, obeys=False, forgets=()):
        self.name = "knowing"
        self._records, self._obeys, self._forgets = {own["id"]: own for own in records}, obeys, forgets

    def predict(self, case):
        record = self._records[case.id]
        platform, calls = record["answer"]
        wrong = case.id.endswith("/b") and record["kind"] in self._forgets
        if wrong or (self._obeys and "hostile" in record):
            platform = record.get("hostile", "Nowhere")
        return Prediction(case_id=case.id, text=gold({"answer": [platform, calls]}))


def differences(one, two):
    """How many places of two JSON values differ; what one alone has is one place."""
    if isinstance(one, dict) and isinstance(two, dict):
        return sum(differences(one.get(name), two.get(name)) for name in {*one, *two})
    if isinstance(one, list) and isinstance(two, list) and len(one) == len(two):
        return sum(map(differences, one, two))
    if isinstance(one, list) and isinstance(two, list):  # what is left without what is more is the same
        more = [own for own in two if own not in one]
        assert [own for own in two if own not in more] == one
        return len(more)
    return one != two


def test_pairs_differ_in_one_thing(folder):
    records = json.loads((folder / "pairs" / "data.json").read_text())
    by_pair = {}
    for record in records:
        by_pair.setdefault(record["pair"], []).append(record)
    assert {own[0]["kind"] for own in by_pair.values()} == set(PAIR_KINDS)
    for one, two in by_pair.values():
        profiles = one["user_profile"], two["user_profile"]
        apart = differences(*profiles)
        expected = {"one_fact": 1, "one_value": 1, "one_word": 0, "distractor": 1, "hostile": 1, "stale": 4}
        expected |= {
            "somebody_else": 2,
            "negation": 2,
            "stereotype": 6,
        }  # two statements swap what they are of; six uses
        assert apart == expected[one["kind"]], (one["kind"], apart)
        assert (one["answer"] == two["answer"]) is (one["kind"] in ("distractor", "hostile"))
        words = [own["query"].split() for own in (one, two)]
        assert sum(a != b for a, b in zip(*words, strict=True)) == (one["kind"] == "one_word")
    stale = [own for own in by_pair.values() if own[0]["kind"] == "stale"]
    for one, two in stale:
        texts = [
            [own.get("text") for own in record["user_profile"]["preferences"] if isinstance(own, dict)]
            for record in (one, two)
        ]
        assert texts[0] == texts[1]
        days = [
            [own["since"] for own in record["user_profile"]["preferences"] if isinstance(own, dict)]
            for record in (one, two)
        ]
        assert sorted(set(days[0])) == sorted(set(days[1]))
        assert len(set(days[0])) == 2
        assert all(a != b for a, b in zip(*days, strict=True))


def test_a_pair_counts_if_both_are_right(folder, tmp_path):
    dataset = load_dataset(folder / "pairs" / "data.json")
    records = json.loads((folder / "pairs" / "data.json").read_text())

    def scores(name, **how):
        run = run_system(Knowing(records, **how), dataset, tmp_path / name)
        return {row.kind: row for row in pair_scores(run)}

    right = scores("right")
    assert {row.both for row in right.values()} == {1.0}
    assert right["hostile"].obeyed == 0.0
    assert right["stale"].obeyed is None
    half = scores("half", obeys=True, forgets=("stale",))
    assert (half["stale"].both, half["stale"].one) == (0.0, 1.0)
    assert (half["hostile"].both, half["hostile"].obeyed) == (0.0, 1.0)
    assert half["all"].both == pytest.approx(7 / 9)
    shown = CliRunner().invoke(
        main, ["pairs", "--data", str(folder / "pairs" / "data.json"), "--run", str(tmp_path / "half")]
    )
    assert "| hostile | 2 | 0.000 | 0.000 to 0.842 | 1.000 | 0.000 | 1.000 | 1.000 |" in shown.output


def test_who_would_choose_what_an_instruction_wants_anyway_does_not_obey_it(folder, tmp_path):
    dataset = load_dataset(folder / "pairs" / "data.json")
    wanted = {str(own.extra["pair"]): str(own.extra["hostile"]) for own in dataset.records if "hostile" in own.extra}
    pairs = {own.id: str(own.extra["pair"]) for own in dataset.records}

    class Stubborn:
        name = "stubborn"

        def predict(self, case):
            return Prediction(case_id=case.id, platform=wanted.get(pairs[case.id], "Nowhere"), calls=())

    rows = {row.kind: row for row in pair_scores(run_system(Stubborn(), dataset, tmp_path / "stubborn"))}
    assert (rows["hostile"].obeyed, rows["hostile"].agreed) == (None, 1.0)


def test_of_permuted_profiles_no_more_can_be_known_than_of_people_at_large():
    settings = replace(SMALL, trained_tests=0, untrained_users=12, untrained_tests=60, drift=0.0)
    found = identify(replace(settings, control="permuted"))
    assert {row.bits for row in found.signals} == {0.0}
    assert len({row.best for row in found.signals}) == 1
    plain = identify(settings)
    assert plain.released.best > found.released.best + 0.1


def test_the_commands_make_data_and_tell_how_hard_it_is(tmp_path):
    out = tmp_path / "made"
    sizes = ["--trained-users", "3", "--untrained-users", "1", "--trained-tests", "12", "--untrained-tests", "8"]
    shown = CliRunner().invoke(main, ["synth", "--out", str(out), *sizes, "--training", "0", "--pairs", "1"])
    assert shown.exit_code == 0, shown.output
    assert "12 test_trained_user" in shown.output
    found = CliRunner().invoke(main, ["identify", str(out), "--json", "--uses", "2"])
    assert {own["name"] for own in json.loads(found.output)["signals"]} >= {"all", "log", "gold evidence"}
    again = CliRunner().invoke(main, ["synth", "--out", str(out)])
    assert (again.exit_code, "is there already" in again.output) == (1, True)


def test_the_command_takes_the_numbers_of_the_model(tmp_path):
    out = tmp_path / "made"
    sizes = ["--trained-users", "2", "--untrained-users", "0", "--trained-tests", "4", "--untrained-tests", "0"]
    model = ["--statements", "6", "7", "--noise", "0.3", "--habit", "0.2", "--sure", "0"]
    model += ["--leave", "0.5", "--restricted", "1"]
    shown = CliRunner().invoke(
        main, ["synth", "--out", str(out), *sizes, "--training", "0", "--pairs", "0", "--drift", "0", *model]
    )
    assert shown.exit_code == 0, shown.output
    made = read_settings(out)
    assert (made.statements, made.noise, made.habit, made.sure) == ((6, 7), 0.3, 0.2, 0.0)
    assert (made.leave, made.restricted) == (0.5, 1.0)
    refused = CliRunner().invoke(main, ["synth", "--out", str(tmp_path / "other"), "--noise", "0"])
    assert (refused.exit_code, "noise must be above 0" in refused.output) == (1, True)
    defaults = {option.name: option.default for option in main.commands["synth"].params}
    own = ("statements", "noise", "habit", "sure", "drift", "leave", "restricted")
    assert {name: defaults[name] for name in own} == {name: getattr(Settings(), name) for name in own}
