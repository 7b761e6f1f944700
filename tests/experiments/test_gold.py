import os
from pathlib import Path

import pytest
from bench_samples import gold, record

from experiments import gold_prediction, load_dataset, score_official, score_strict

DATA = Path(os.environ.get("PROFILE_RESOLVER_DATA", Path(__file__).parents[2] / ".." / "shared" / "data"))
FILES = (
    "nlsi_calls",
    "petoolbench_chronological",
    "petoolbench_preferred",
    "petoolbench_ratings",
    "tau_retail",
    "toolspectrum",
)


def by_repr(platform, calls):
    written = ", ".join(f"{f}({', '.join(f'{k}={v!r}' for k, v in args.items())})" for f, args in calls)
    return f"{platform!r}:[{written}]"


def test_gold_takes_the_first_accepted_values():
    prediction = gold_prediction(gold([{"f": {"x": ["a", "b"], "y": "bare"}}, {"f": {"x": [[1]]}}]), render=by_repr)
    assert prediction.platform == "P"
    assert [call.arguments for call in prediction.calls] == [{"x": "a", "y": "bare"}, {"x": [1]}]
    assert prediction.text == "'P':[f(x='a', y='bare'), f(x=[1])]"


def test_gold_is_rendered_by_the_resolver_unless_told_otherwise():
    of = record(["Quick-Bite", [{"order": {"item": ["tea"]}}]])
    prediction = gold_prediction(of)
    assert score_official([of], [prediction.text]).columns["overall"] == 1.0


@pytest.mark.data
@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("render", [by_repr, None], ids=["repr", "resolver"])
def test_gold_scores_one_in_every_column_of_both_scorers(name, render):
    file = DATA / "ptbench_shape" / f"{name}.json.gz"
    if not file.is_file():
        pytest.skip(f"the development data are not at {DATA} (set PROFILE_RESOLVER_DATA)")
    records = load_dataset(file).records
    predictions = [gold_prediction(of, render=render) for of in records]
    official = score_official(records, [prediction.text for prediction in predictions])
    from_calls = score_strict(records, predictions)
    from_text = score_strict(records, [prediction.model_copy(update={"calls": None}) for prediction in predictions])
    assert set(official.columns.values()) <= {1.0, None}
    assert official.columns["overall"] == 1.0
    for strict in (from_calls, from_text):
        assert set(strict.columns.values()) == {1.0}
        assert {strict.query_recall, strict.profile_recall} <= {1.0, None}
        assert strict.outcomes["right"] == len(records)
