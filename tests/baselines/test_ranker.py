"""The learned rival: its features, its file, and that no case meets a ranker that saw its group."""

import json

import numpy as np
import pytest

from baselines import Case, create
from baselines.ranker import LinearRanker, Rankers, RankerSystem, Tree, TreeRanker, ranker_file
from baselines.ranking_features import RANKING_FEATURES, ranking_features
from baselines.registry import trained_names
from baselines.retrieval import CardSearch
from baselines.variant import Variant
from baselines.weights import Weights
from baselines.workbench import Workbench
from indexes import CachedEmbedder, HashingEmbedder
from resolver.errors import WeightsError

PLATFORMS = ("Larder", "QuickBite.io", "Pan-Pan")
JOBS = {"order_food": "Order a meal.", "rate_cook": "Give a cook some stars."}
TOOLS = [
    {"platform": platform, "name": name, "description": text, "parameters": {}}
    for platform in PLATFORMS
    for name, text in JOBS.items()
]


def use(platform, rating=None):
    entry = {"instruction": "order a meal", "platform": platform, "tool": "order_food", "arguments": {"dish": "soup"}}
    return entry if rating is None else {**entry, "rating": rating}


def case(log=(), query="order a meal", name="a", tools=TOOLS):
    return Case(id=name, query=query, user_profile={"log": list(log)}, platforms=list(PLATFORMS), tools=tools)


def linear(**weights):
    return LinearRanker(weights=tuple(weights.get(name, 0.0) for name in RANKING_FEATURES))


@pytest.fixture
def workbench(tmp_path):
    return Workbench(CachedEmbedder(HashingEmbedder()), Weights.shipped(), Variant(weights=tmp_path))


@pytest.fixture
def write(tmp_path):
    def write(trained, of_case, name="ranker", **other):
        content = Rankers(trained=tuple(trained), cases=of_case, digest="given").to_json()
        ranker_file(tmp_path, name).write_text(json.dumps({**content, **other}))

    return write


def features(workbench, given):
    rows = ranking_features(workbench.lay_out(given), CardSearch(workbench))
    assert rows.shape == (len(TOOLS), len(RANKING_FEATURES))
    assert np.isfinite(rows).all()
    return {name: dict(zip(PLATFORMS, rows[::2, number], strict=True)) for number, name in enumerate(RANKING_FEATURES)}


def test_the_features_are_of_query_and_log(workbench):
    log = [use("Larder", 1), use("Larder", 0), use("Pan-Pan", 1)]
    seen = features(workbench, case(log, query="order a meal from QuickBite.io"))
    assert seen["named"] == {"Larder": 0.0, "QuickBite.io": 1.0, "Pan-Pan": 0.0}
    assert seen["never_used"] == {"Larder": 0.0, "QuickBite.io": 1.0, "Pan-Pan": 0.0}
    assert seen["mean_rating"] == {"Larder": 0.5, "QuickBite.io": 0.5, "Pan-Pan": 1.0}
    assert seen["recent"]["Pan-Pan"] == 1.0
    assert seen["recent"]["Larder"] == pytest.approx(2 / 3)
    assert seen["used_of_gated"]["Larder"] == 1.0
    assert set(seen["log_rated"].values()) == {1.0}


def test_the_features_of_a_user_of_whom_nothing_is_known_are_finite_and_say_nothing_of_use(workbench):
    seen = features(workbench, case(query="qqq zzz"))
    assert set(seen["never_used"].values()) == {1.0}
    assert {value for name in ("used", "recent", "liked", "similar") for value in seen[name].values()} == {0.0}


def test_a_tree_goes_left_where_the_feature_is_at_most_the_threshold():
    tree = Tree(feature=(1, -1, -1), threshold=(0.5, 0, 0), left=(1, 0, 0), right=(2, 0, 0), value=(0, -1.0, 2.0))
    rows = np.zeros((3, len(RANKING_FEATURES)))
    rows[:, 1] = (0.4, 0.5, 0.6)
    assert TreeRanker(trees=(tree, tree)).scores(rows).tolist() == [-2.0, -2.0, 4.0]


def test_a_case_is_answered_by_the_ranker_of_its_fold_and_a_case_without_one_is_refused(workbench, write):
    write([linear(used=1.0), linear(used=-1.0, fit=0.1)], {"a": 0, "b": 1})
    system = RankerSystem(workbench, "ranker")
    log = [use("Pan-Pan")] * 2
    assert system.predict(case(log, name="a")).platform == "Pan-Pan"
    assert system.predict(case(log, name="b")).platform != "Pan-Pan"
    with pytest.raises(WeightsError, match="'c' is in no fold"):
        system.predict(case(log, name="c"))


def test_a_run_notes_which_rankers_answered(workbench, write):
    write([linear(used=1.0)], {"a": 0})
    first = RankerSystem(workbench, "ranker").configuration
    write([linear(used=2.0)], {"a": 0})
    assert RankerSystem(workbench, "ranker").configuration["rankers"] != first["rankers"]


def test_it_abstains_with_a_reason_where_there_is_no_tool(workbench, write):
    write([linear(used=1.0)], {"a": 0})
    assert "no tool" in RankerSystem(workbench, "ranker").predict(case(tools=[])).abstained


def test_what_is_written_is_read_again(write, tmp_path):
    tree = Tree(feature=(0, -1, -1), threshold=(0.1, 0, 0), left=(1, 0, 0), right=(2, 0, 0), value=(0, 1, 2))
    trained = (linear(fit=1.5), TreeRanker(trees=(tree,)))
    write(trained, {"a": 1})
    read = Rankers.read(ranker_file(tmp_path, "ranker"))
    assert read.trained == trained
    assert read.cases == {"a": 1}


@pytest.mark.parametrize(
    ("other", "message"),
    [
        ({"features": ["fit"]}, "of other features"),
        ({"cases": {"a": 1}}, "'a' has ranker 1 of 1"),
        ({"cases": {"a": -1}}, "'a' has ranker -1 of 1"),
        ({"rankers": [{"kind": "linear", "weights": [1.0]}]}, "no file of rankers"),
        ({"rankers": [{"kind": "code"}]}, "no file of rankers"),
    ],
)
def test_a_file_that_is_damaged_or_of_other_features_is_refused(write, tmp_path, other, message):
    write([linear(fit=1.0)], {"a": 0}, **other)
    with pytest.raises(WeightsError, match=message):
        Rankers.read(ranker_file(tmp_path, "ranker"))


@pytest.mark.parametrize(
    "wrong",
    [{"left": (0, 0, 0)}, {"right": (3, 0, 0)}, {"value": (0.0,)}, {"feature": (len(RANKING_FEATURES), -1, -1)}],
)
def test_a_tree_that_loops_or_leads_nowhere_is_refused(wrong):
    whole = {"feature": (0, -1, -1), "threshold": (0, 0, 0), "left": (1, 0, 0), "right": (2, 0, 0), "value": (0, 1, 2)}
    with pytest.raises(ValueError, match=r"node 0|length"):
        Tree(**{**whole, **wrong})


def test_without_weights_or_without_rankers_among_them_it_says_what_to_do(workbench):
    bare = Workbench(HashingEmbedder(), Weights.shipped())
    for own in (bare, workbench):
        with pytest.raises(WeightsError, match="fit-ranker"):
            create("ranker", workbench=own)


def test_a_folder_of_weights_tells_which_rivals_it_has(tmp_path, write):
    assert trained_names() == ("ranker", "ranker_own")
    assert trained_names(tmp_path) == ()
    write([linear(fit=1.0)], {"a": 0}, name="ranker_own")
    assert trained_names(tmp_path) == ("ranker_own",)
