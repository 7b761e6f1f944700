"""Training the learned rival: on other folds only, the better way, the same bytes each time."""

import json

import numpy as np
import pytest
from bench_samples import raw
from bench_samples import write as write_records
from click.testing import CliRunner

from baselines.ranker import LinearRanker, TreeRanker
from baselines.ranking_features import RANKING_FEATURES
from baselines.workbench import Workbench
from experiments import load_dataset
from experiments.cli import main
from experiments.errors import DatasetError
from experiments.sample import write
from experiments.train_ranker import Ranked, ranked, train_boosted, train_linear, train_rankers
from indexes import HashingEmbedder

WIDTH = len(RANKING_FEATURES)


def record(number, *, dataset="one", fold=0, tells=0, sign=1.0, tools=5):
    """A record whose gold tool has the greatest value of one feature, or the least; the others are noise."""
    rows = np.random.default_rng(number).normal(size=(tools, WIDTH))
    gold = int(np.argmax(sign * rows[:, tells]))
    return Ranked(id=f"{dataset}/{number}", dataset=dataset, fold=fold, rows=rows, gold=gold)


def accuracy(ranker, records):
    return np.mean([int(np.argmax(ranker.scores(own.rows))) == own.gold for own in records])


@pytest.mark.parametrize(
    "train", [lambda rows: train_linear(rows, strength=1.0), lambda rows: train_boosted(rows, leaves=4, trees=60)]
)
def test_what_tells_the_gold_tool_is_learned(train):
    ranker = train([record(number) for number in range(300)])
    assert accuracy(ranker, [record(number) for number in range(1000, 1100)]) > 0.8


def test_the_same_records_give_the_same_rankers():
    rows = [record(number, fold=number % 3) for number in range(60)]
    first, second = (
        train_rankers(rows, apart=False, ways={"linear": lambda own: train_linear(own, strength=1.0)})[0]
        for _ in range(2)
    )
    assert json.dumps(first.to_json()) == json.dumps(second.to_json())
    assert train_boosted(rows, leaves=4, trees=3) == train_boosted(rows, leaves=4, trees=3)


@pytest.mark.parametrize("apart", [False, True])
def test_no_ranker_is_trained_on_the_fold_that_it_answers(apart):
    rows = [
        record(number, dataset=dataset, fold=number % 3, tools=2) for dataset in ("one", "two") for number in range(12)
    ]
    seen = []

    def remember(own):
        seen.append({record.id for record in own})
        return LinearRanker(weights=(float(len(seen)),) * WIDTH)

    rankers, taken = train_rankers(rows, apart=apart, ways={"remember": remember})
    assert len(taken) == len(rankers.trained) == len(seen) == (6 if apart else 3)
    for own in rows:
        among = seen[rankers.cases[own.id]]
        assert own.id not in among
        same_fold = {other.id for other in rows if other.fold == own.fold}
        assert among.isdisjoint(same_fold)
        expected = {other.id for other in rows if other.dataset == own.dataset or not apart} - same_fold
        assert among == expected


def test_the_way_is_chosen_by_folds_of_the_training_records_alone():
    rows = [record(number, fold=number % 3) for number in range(150)]
    asked = []

    def good(own):
        asked.append({record.fold for record in own})
        return LinearRanker(weights=(1.0, *(0.0,) * (WIDTH - 1)))

    def bad(_):
        return LinearRanker(weights=(-1.0, *(0.0,) * (WIDTH - 1)))

    rankers, taken = train_rankers(rows, apart=False, ways={"bad": bad, "good": good})
    assert all(line.endswith(": good") for line in taken)
    assert accuracy(rankers.trained[0], rows) == 1.0
    assert asked[:3] == [{2}, {1}, {1, 2}]  # of fold 0: 1 and 2 held out in turn, then both


def test_sets_weigh_the_same_whatever_their_size():
    large = [record(number, dataset="large", sign=-1.0) for number in range(400)]
    small = [record(number, dataset="small") for number in range(1000, 1040)]
    alone = train_linear(small, strength=1.0).weights[0]
    together = train_linear([*large, *small], strength=1.0).weights[0]
    assert alone > 0.5
    assert abs(together) < alone / 3


def test_a_record_that_is_there_twice_or_a_set_of_one_fold_is_refused():
    with pytest.raises(DatasetError, match="'one/1' is there twice"):
        train_rankers([record(1), record(1, fold=1)], apart=False)
    with pytest.raises(DatasetError, match="without fold 0 there is no record with a right tool"):
        train_rankers([record(1), record(2)], apart=False)


def test_a_record_of_which_no_tool_is_right_teaches_nothing_and_has_a_ranker():
    rows = [record(number, fold=number % 3) for number in range(30)]
    nothing = Ranked(id="one/none", dataset="one", fold=1, rows=np.zeros((0, WIDTH)), gold=-1)
    ways = {"linear": lambda own: train_linear(own, strength=1.0)}
    plain, _ = train_rankers(rows, apart=False, ways=ways)
    rankers, _ = train_rankers([*rows, nothing], apart=False, ways=ways)
    assert rankers.trained == plain.trained
    assert rankers.cases == {**plain.cases, "one/none": 1}


def test_trees_are_those_of_the_estimator():
    ranker = train_boosted([record(number) for number in range(60)], leaves=4, trees=7)
    assert isinstance(ranker, TreeRanker)
    assert len(ranker.trees) == 7
    assert {len(tree.feature) for tree in ranker.trees} <= {1, 3, 5, 7}


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    return write(tmp_path_factory.mktemp("sample") / "sample.json")


def test_records_without_a_right_tool_are_read_without_features(tmp_path):
    path = write_records(tmp_path / "d.json", [raw(query="q", answer=["", []])])
    (own,) = ranked(load_dataset(path), {load_dataset(path).records[0].id: 2}, Workbench(HashingEmbedder()))
    assert (own.gold, own.fold, own.rows.shape) == (-1, 2, (0, WIDTH))


def test_a_record_in_no_fold_is_refused(sample):
    with pytest.raises(DatasetError, match="is in no fold"):
        ranked(load_dataset(sample), {}, Workbench(HashingEmbedder()))


def test_the_command_writes_what_run_answers_with(sample, tmp_path, monkeypatch):
    bench = Workbench(HashingEmbedder())
    monkeypatch.setattr("baselines.registry.default_workbench", lambda variant=None: _bench(bench, variant))
    monkeypatch.setattr("experiments.train_ranker.WAYS", {"linear": lambda rows: train_linear(rows, strength=1.0)})
    held_out = tmp_path / "held"
    (held_out / "fold-0").mkdir(parents=True)
    ids = [record.id for record in load_dataset(sample).records]
    (held_out / "folds.json").write_text(json.dumps({"folds": {name: place % 3 for place, name in enumerate(ids)}}))
    command = ["fit-ranker", "--data", str(sample), "--folds", str(held_out / "folds.json"), "--out", str(held_out)]
    done = CliRunner().invoke(main, command)
    assert done.exit_code == 0, done.output
    assert "ranker_own, sample, fold 2: linear" in done.output
    first = (held_out / "ranker.json").read_bytes()
    assert CliRunner().invoke(main, command).exit_code == 0
    assert (held_out / "ranker.json").read_bytes() == first
    command = ["run", "--data", str(sample), "--system", "all", "--weights", str(held_out), "--limit", "4"]
    done = CliRunner().invoke(main, [*command, "--out", str(tmp_path / "runs")])
    assert done.exit_code == 0, done.output
    answered = (tmp_path / "runs" / "sample" / "ranker_own-held" / "predictions.jsonl").read_text().splitlines()
    assert len(answered) == 4


def _bench(bench, variant):
    from baselines.weights import Weights  # noqa: PLC0415

    return bench if variant is None else Workbench(bench.embedder, Weights.shipped(), variant)
