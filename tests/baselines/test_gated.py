"""Rivals that eliminate, gate by retrieval, and let the log decide."""

import math

import pytest

from baselines import Case, create
from baselines.retrieval import CardSearch
from baselines.standing import fit_to_query, log_standing
from baselines.workbench import Workbench
from indexes import CachedEmbedder, HashingEmbedder

PLATFORMS = ("Larder", "QuickBite.io", "Pan-Pan")
JOBS = {"order_food": "Order a meal.", "rate_cook": "Give a cook some stars."}
GATED = ("gated_most_used", "gated_last_used", "gated_liked")
TOOLS = [
    {"platform": platform, "name": name, "description": text, "parameters": {"dish": {"type": "string"}}}
    for platform in PLATFORMS
    for name, text in JOBS.items()
]


def use(platform, rating=None, tool="order_food"):
    entry = {"instruction": "order a meal", "platform": platform, "tool": tool, "arguments": {"dish": "soup"}}
    return entry if rating is None else {**entry, "rating": rating}


def case(log=(), query="order a meal: 'ramen'"):
    return Case(id="test/0", query=query, user_profile={"log": list(log)}, platforms=list(PLATFORMS), tools=TOOLS)


@pytest.fixture(scope="module")
def workbench():
    return Workbench(CachedEmbedder(HashingEmbedder()))


def chosen(workbench, name, log, **more):
    return create(name, workbench=workbench).predict(case(log, **more)).platform


@pytest.mark.parametrize("name", GATED)
def test_what_was_rated_low_is_out_even_if_nothing_else_is_known(workbench, name):
    untouched = chosen(workbench, name, [])
    assert chosen(workbench, name, [use(untouched, 0)]) != untouched
    rest = [platform for platform in PLATFORMS if platform != "Pan-Pan"]
    assert chosen(workbench, name, [use(platform, 0) for platform in rest]) == "Pan-Pan"


@pytest.mark.parametrize("name", GATED)
def test_where_all_were_rated_low_none_is_out(workbench, name):
    assert chosen(workbench, name, [use(platform, 0) for platform in PLATFORMS]) in PLATFORMS


@pytest.mark.parametrize("name", GATED)
def test_without_a_log_it_is_the_best_fit(workbench, name):
    desk = workbench.lay_out(case())
    best = int(fit_to_query(desk, CardSearch(workbench)).argmax())
    assert chosen(workbench, name, []) == TOOLS[best]["platform"]


@pytest.mark.parametrize("name", GATED)
def test_the_log_decides_among_tools_through_the_gate_only(workbench, name):
    answer = create(name, workbench=workbench).predict(case([use("Pan-Pan")] * 3, query="give the cook five stars"))
    assert (answer.platform, answer.calls[0].function) == ("Pan-Pan", "rate_cook")


@pytest.mark.parametrize(
    ("name", "platform"),
    [("gated_most_used", "Larder"), ("gated_last_used", "Pan-Pan"), ("gated_liked", "QuickBite.io")],
)
def test_each_reads_the_log_as_its_name_says(workbench, name, platform):
    log = [use("Larder", 4)] * 3 + [use("Larder", 1)] + [use("QuickBite.io", 5)] * 2 + [use("Pan-Pan", 4)]
    assert chosen(workbench, name, log) == platform


def test_a_use_rated_low_does_not_count_as_the_last_one(workbench):
    log = [use("Larder", 1), use("Larder", 1), use("Pan-Pan", 1), use("Larder", 0)]
    assert chosen(workbench, "gated_last_used", log) == "Pan-Pan"


def test_the_standing_counts_what_the_log_has(workbench):
    desk = workbench.lay_out(case([use("Larder", 1), use("Larder", 0), use("Nowhere", 1), use("Pan-Pan")]))
    standing = log_standing(desk)
    assert standing.liked.tolist() == [1, 0, 0]
    assert standing.disliked.tolist() == [1, 0, 0]
    assert standing.used.tolist() == [2, 0, 1]
    assert standing.last.tolist() == [2, 0, 4]
    assert standing.last_kept.tolist() == [1, 0, 4]
    assert standing.mean_rating[0] == 0.5
    assert all(map(math.isnan, standing.mean_rating[1:]))
    assert standing.rated_low.tolist() == [True, False, False]


def test_the_fit_is_between_nothing_and_one_and_highest_for_what_is_asked(workbench):
    search = CardSearch(workbench)
    fit = fit_to_query(workbench.lay_out(case(query="give the cook some stars")), search)
    assert ((fit >= 0.0) & (fit <= 1.0)).all()
    assert TOOLS[int(fit.argmax())]["name"] == "rate_cook"
    nothing = fit_to_query(workbench.lay_out(case(query="qqq zzz")), search)
    assert ((nothing >= 0.0) & (nothing <= 1.0)).all()
