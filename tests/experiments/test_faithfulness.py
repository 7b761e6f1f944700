"""Evidence taken away: what is cited decides, what is not does not."""

from __future__ import annotations

import json

import pytest
from bench_samples import raw, write
from click.testing import CliRunner

from baselines.case import Case, CaseId
from baselines.variant import Variant
from baselines.workbench import Workbench
from experiments.cli import main
from experiments.faithfulness import Faithfulness, Taken, cited, measure_faithfulness
from experiments.statistics import paired_difference
from indexes import HashingEmbedder
from resolver import Catalog, Profile, Resolver

PLATFORMS = ["Larder", "QuickBite"]
TOOLS = [
    {
        "platform": platform,
        "name": "order_food",
        "description": "Order a meal",
        "parameters": {
            "dish": {"type": "string", "required": True},
            "phone": {"type": "string", "description": "Phone number", "required": True},
        },
    }
    for platform in PLATFORMS
]
LOG = [
    {"instruction": f"order {dish}", "platform": "QuickBite", "tool": "order_food", "arguments": {"dish": dish}}
    for dish in ("soup", "rice")
]
PROFILE = {"phone": "555-0142", "hobbies": {"first": "chess", "second": "tennis"}, "pets": "two cats", "log": LOG}


def case(profile=PROFILE, number=0):
    query = "order a meal: 'ramen'"
    return Case(id=CaseId(f"c{number}"), query=query, user_profile=profile, platforms=PLATFORMS, tools=TOOLS)


@pytest.fixture(scope="module")
def counted():
    return measure_faithfulness([case()], Workbench(HashingEmbedder()))


def test_an_argument_falls_with_the_fact_that_it_is_from_and_with_no_other(counted):
    figures = counted["argument"].figures()
    counts = ("decisions", "users", "controlled")
    assert [figures[name] for name in counts] == [1.0] * 3
    assert (figures["changed without"], figures["of these changed without"]) == (1.0, 1.0)
    assert figures["changed without others"] == 0.0
    assert (figures["abstained without"], figures["abstained without others"]) == (0, 0)
    assert figures["kept with these alone"] == 1.0
    assert figures["changed more"] == (1.0, -1.0, 1.0, 1, 1.0)  # of one user nothing can be said


def test_a_platform_falls_with_the_log_that_speaks_for_it(counted):
    figures = counted["platform"].figures()
    assert (figures["decisions"], figures["changed without"], figures["kept with these alone"]) == (1.0, 1.0, 1.0)
    assert figures["changed without others"] == 0.0


def test_an_abstention_is_no_other_decision():
    strict = Workbench(HashingEmbedder(), variant=Variant(options=(("require_arguments", True),)))
    figures = measure_faithfulness([case()], strict)["argument"].figures()
    assert (figures["changed without"], figures["abstained without"]) == (0.0, 1.0)
    assert (figures["changed more"].mean, figures["abstained more"].mean) == (0.0, 1.0)


def test_differences_are_paired_and_draw_whole_users():
    often = Taken(user="ada", without="changed", alone="kept", others=("kept", "kept", "changed"))
    never = Taken(user="bo", without="kept", alone="kept", others=("kept", "kept", "kept"))
    alone = Taken(user="cy", without="changed", alone="kept", others=())  # without a control
    figures = Faithfulness([often] * 8 + [never] * 8 + [alone]).figures()
    ours, theirs = [1.0] * 8 + [0.0] * 8, [1 / 3] * 8 + [0.0] * 8
    users = ["ada"] * 8 + ["bo"] * 8
    assert figures["changed more"] == pytest.approx(paired_difference(ours, theirs, users, bounds=(-1, 1)))
    assert figures["changed more"].clusters == 2
    assert (figures["decisions"], figures["users"], figures["controlled"]) == (17.0, 3.0, 16.0)


def test_cases_of_one_user_are_of_one_whatever_the_profile():
    cases = [case({**PROFILE, "hour": hour}, number=hour) for hour in range(3)]
    bench = Workbench(HashingEmbedder())
    alone = measure_faithfulness(cases, bench)["argument"].figures()
    named = measure_faithfulness(cases, bench, users={own.id: "ada" for own in cases})["argument"].figures()
    assert (alone["users"], named["users"]) == (3.0, 1.0)


def test_what_is_cited_is_of_the_platform_and_of_each_argument():
    resolver = Resolver(Catalog.from_ptbench(PLATFORMS, TOOLS), embedder=HashingEmbedder())
    resolver.add(Profile.from_json(PROFILE, user="ada"))
    found = {(one.kind, one.name): one for one in cited(resolver.resolve("order a meal: 'ramen'", user="ada"))}
    assert found.keys() == {("platform", ""), ("argument", "phone")}
    assert found["argument", "phone"].ids == {"phone"}
    assert found["platform", ""].ids == {"log[0]", "log[1]"}


def test_without_anything_known_nothing_is_counted():
    (platform, argument) = measure_faithfulness([case({})], Workbench(HashingEmbedder())).values()
    assert platform.figures() == argument.figures()
    assert argument.figures()["changed without"] is None


def test_the_same_cases_give_the_same_figures():
    cases = [case(number=number) for number in range(3)]
    first, second = (measure_faithfulness(cases, Workbench(HashingEmbedder())) for _ in range(2))
    assert first == second


def test_the_command_prints_figures_of_each_kind(tmp_path):
    record = raw(query="order a meal: 'ramen'", user_profile=PROFILE, platforms=PLATFORMS, tools=TOOLS)
    data = write(tmp_path / "d.json", [record, record])
    shown = CliRunner().invoke(main, ["faithfulness", "--data", str(data), "--sample", "1"], catch_exceptions=False)
    assert "d, argument: decisions 1" in shown.output
    asked = ["faithfulness", "--data", str(data), "--json"]
    found = json.loads(CliRunner().invoke(main, asked, catch_exceptions=False).output)
    assert found["d"]["platform"]["decisions"] == 2.0
    assert found["d"]["platform"]["users"] == 1.0
    assert set(found["d"]["platform"]["changed more"]) == {"mean", "low", "high", "clusters", "effective"}
