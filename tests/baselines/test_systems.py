"""Every system behind the one protocol."""

import pytest

from baselines import Case, Prediction, System, create, names
from baselines.variant import Variant
from baselines.workbench import Workbench
from indexes import CachedEmbedder, HashingEmbedder


def tool(platform, name, description, **parameters):
    return {"platform": platform, "name": name, "description": description, "parameters": parameters}


TOOLS = [
    tool(platform, name, description, dish={"type": "string", "required": True})
    for platform in ("Larder", "QuickBite.io", "Pan-Pan")
    for name, description in (("order_food", "Order a meal."), ("rate_cook", "Give a cook some stars."))
]


def use(platform, rating=None):
    entry = {"instruction": "order a meal", "platform": platform, "tool": "order_food", "arguments": {"dish": "soup"}}
    return entry if rating is None else {**entry, "rating": rating}


def case(log=(), query="order a meal: 'ramen'", tools=TOOLS, **more):
    return Case(
        id=more.get("id", "test/0"),
        query=query,
        user_profile={"log": list(log)},
        platforms=["Larder", "QuickBite.io", "Pan-Pan"],
        tools=tools,
    )


@pytest.fixture(scope="module")
def workbench():
    return Workbench(CachedEmbedder(HashingEmbedder()))


def test_the_systems_are_these():
    retrieving = ("bm25", "dense", "hybrid")
    gated = ("gated_most_used", "gated_last_used", "gated_liked")
    assert names() == ("random", "first", "most_used", "last_used", *retrieving, *gated, "resolver")


def test_a_system_with_a_runtime_or_weights_of_its_own_has_their_names(workbench, monkeypatch, tmp_path):
    asked = []
    monkeypatch.setattr("baselines.registry.default_workbench", lambda variant: asked.append(variant) or workbench)
    static, weighed = Variant(runtime="static"), Variant(runtime="static", weights=tmp_path / "held-out")
    system = create("most_used", variant=static)
    assert isinstance(system, System)
    assert (system.name, create("most_used").name) == ("most_used-static", "most_used")
    assert create("most_used", variant=weighed).name == "most_used-static-held-out"
    assert asked == [static, Variant(), weighed]
    given = case([use("Larder"), use("Larder")])
    assert system.predict(given) == create("most_used", workbench=workbench).predict(given)


@pytest.mark.parametrize("name", names())
def test_a_system_answers_from_the_catalog_and_repeats_itself(workbench, name):
    system = create(name, workbench=workbench)
    assert isinstance(system, System)
    assert system.name == name
    given = case([use("Larder"), use("Larder"), use("QuickBite.io")])
    answer = system.predict(given)
    assert isinstance(answer, Prediction)
    assert (answer.case_id, answer.abstained) == ("test/0", None)
    assert answer.platform in {"Larder", "QuickBite.io", "Pan-Pan"}
    assert {call.function for call in answer.calls} <= {"order_food", "rate_cook"}
    assert answer.text.startswith(repr(answer.platform))
    assert create(name, workbench=workbench).predict(given) == answer


@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize("tools", [[], "a reference to tools"])
def test_a_system_abstains_with_a_reason_where_there_is_no_tool(workbench, name, tools):
    answer = create(name, workbench=workbench).predict(case(tools=tools))
    assert answer.calls is None
    assert answer.text == ""
    assert "no tool" in answer.abstained


@pytest.mark.parametrize("name", names())
def test_a_baseline_answers_what_no_tool_serves_and_the_resolver_abstains(workbench, name):
    answer = create(name, workbench=workbench).predict(case(query="qqq zzz"))
    assert (answer.abstained is None) == (name != "resolver")
    assert bool(answer.calls) == (name != "resolver")


@pytest.mark.parametrize(
    ("name", "log", "platform"),
    [
        ("most_used", [use("Larder"), use("Larder"), use("QuickBite.io")], "Larder"),
        ("most_used", [use("Larder", 0), use("Larder", 0), use("QuickBite.io", 1)], "QuickBite.io"),
        ("last_used", [use("Larder"), use("Larder"), use("QuickBite.io")], "QuickBite.io"),
        ("last_used", [use("Pan-Pan", 1), use("Larder", 0)], "Pan-Pan"),
        ("resolver", [use("Pan-Pan"), use("Pan-Pan")], "Pan-Pan"),
    ],
)
def test_a_system_reads_the_log_as_its_name_says(workbench, name, log, platform):
    assert create(name, workbench=workbench).predict(case(log)).platform == platform


@pytest.mark.parametrize("name", ["most_used", "last_used"])
def test_popularity_is_gated_by_what_the_query_asks(workbench, name):
    log = [use("Larder")] * 3
    answer = create(name, workbench=workbench).predict(case(log, query="give the cook five stars"))
    assert answer.calls[0].function == "rate_cook"


@pytest.mark.parametrize("name", ["bm25", "dense", "hybrid"])
def test_retrieval_knows_no_preference(workbench, name):
    system = create(name, workbench=workbench)
    answers = {system.predict(case([use(platform)] * 5)).platform for platform in ("Larder", "QuickBite.io", "Pan-Pan")}
    assert len(answers) == 1
    assert system.predict(case(query="give the cook some stars")).calls[0].function == "rate_cook"


def test_random_differs_between_cases_and_not_between_runs(workbench):
    system = create("random", workbench=workbench)
    drawn = [system.predict(case(id=f"test/{number}")).text for number in range(40)]
    assert len(set(drawn)) == len(TOOLS)
    assert drawn == [system.predict(case(id=f"test/{number}")).text for number in range(40)]


def test_all_systems_bind_arguments_alike(workbench):
    answers = [create(name, workbench=workbench).predict(case([use("Larder")] * 2)) for name in names()]
    assert {answer.calls[0].arguments["dish"] for answer in answers} == {"ramen"}


def test_an_unknown_system_is_refused():
    with pytest.raises(ValueError, match="no system 'gpt'"):
        create("gpt")


def test_a_case_has_no_field_for_a_gold_answer():
    assert set(Case.model_fields) == {"id", "query", "user_profile", "platforms", "tools"}


def test_a_prediction_is_calls_or_an_abstention_but_not_both():
    with pytest.raises(ValueError, match="abstains"):
        Prediction(case_id="a", text="x:[f()]", abstained="why")
