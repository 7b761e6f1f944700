"""BFCL's own layout becomes records with the functions of one platform, and its own checker judges the calls."""

import json
from dataclasses import replace
from importlib import resources, util
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from baselines import Prediction
from baselines.case import Call
from baselines.workbench import Workbench
from experiments import DatasetError, DatasetReadError, DuplicateIdError, MetricError, RecordError, bfcl, load_dataset
from experiments.ablation import read_ablation, run_ablation
from experiments.bfcl import bfcl_ast, bfcl_function, bfcl_silence
from experiments.cli import main
from experiments.importers import import_bfcl, with_strangers
from experiments.importers.bfcl import CATEGORIES
from experiments.metrics import Answered
from experiments.official import score_official
from experiments.records import read_record
from experiments.results import user_of
from experiments.sample import write as write_sample
from experiments.strict import score_strict
from indexes import HashingEmbedder

AREA = {
    "name": "geometry.area",
    "description": "Area of a triangle.",
    "parameters": {
        "type": "dict",
        "properties": {"base": {"type": "integer"}, "height": {"type": "float"}, "unit": {"type": "string"}},
        "required": ["base", "height"],
    },
}
REQUEST = {
    "id": "multiple_0",
    "question": [
        [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Area of a 10 by 5 triangle?"}]
    ],
    "function": [AREA, {**AREA, "name": "geometry.perimeter", "description": "Perimeter."}],
}
GOLD = {"id": "multiple_0", "ground_truth": [{"geometry.area": {"base": [10], "height": [5.0], "unit": ["units", ""]}}]}
without_checker = pytest.mark.skipif(util.find_spec("bfcl_eval") is None, reason="no bfcl-eval: make test-services")


@pytest.fixture
def folder(tmp_path):
    def write(category, requests, gold=None):
        (tmp_path / "possible_answer").mkdir(exist_ok=True)
        lines = [own if isinstance(own, str) else json.dumps(own) for own in requests]
        (tmp_path / f"BFCL_v4_{category}.json").write_text("\n".join(lines) + "\n\n", encoding="utf-8")
        if gold is not None:
            lines = [own if isinstance(own, str) else json.dumps(own) for own in gold]
            (tmp_path / "possible_answer" / f"BFCL_v4_{category}.json").write_text("\n".join(lines), encoding="utf-8")
        return tmp_path

    return write


def converted(folder, category="multiple"):
    (imported,) = import_bfcl(folder, categories=[category]).values()
    assert not imported.skipped
    return [read_record(own, file="f", index=n, default_id="", split=None) for n, own in enumerate(imported.records)]


def answered(record, *calls, **given):
    made = {
        "platform": "functions" if calls else None,
        "calls": tuple(Call(function=name, arguments=arguments) for name, arguments in calls) or None,
        "abstained": None if calls else "no",
    }
    prediction = Prediction(case_id=record.id, **(given or made))
    return Answered(
        record=record,
        prediction=prediction,
        strict=score_strict([record], [prediction]).records[0],
        official=score_official([record], [prediction.text]).records[0],
    )


def test_a_request_becomes_a_record_of_what_the_user_says_with_the_functions_of_one_platform(folder):
    (record,) = converted(folder("multiple", [REQUEST], [GOLD]))
    assert record.id == "bfcl/multiple_0"
    assert record.case.query == "Area of a 10 by 5 triangle?"
    assert record.case.user_profile == {}
    assert [(own["platform"], own["name"]) for own in record.case.tools] == [
        ("functions", "geometry.area"),
        ("functions", "geometry.perimeter"),
    ]
    assert record.answer.to_json() == ["functions", [{"geometry.area": {"base": [10], "height": [5.0]}}]]
    assert record.query_params == ("base", "height")
    assert "gold" not in json.dumps(record.case.model_dump(mode="json"))


def test_where_no_function_can_serve_silence_is_right(folder):
    (record,) = converted(folder("irrelevance", [{**REQUEST, "id": "irrelevance_0"}]), "irrelevance")
    assert record.answer.calls == ()
    assert bfcl_silence.of_record(answered(record)) == 1.0
    assert bfcl_silence.of_record(answered(record, calls=())) == 1.0
    assert bfcl_silence.of_record(answered(record, text="'functions':[]")) == 1.0
    assert bfcl_silence.of_record(answered(record, ("geometry.area", {}))) == 0.0
    assert (
        bfcl_silence.of_record(answered(record, text="I cannot do that.")) == 0.0
    )  # cannot be read, which is no silence
    assert bfcl_silence.of_record(answered(record, text="")) == 0.0  # as one that failed
    assert bfcl_ast.of_record(answered(record)) is None
    assert bfcl_function.of_record(answered(record)) is None


def test_several_turns_or_calls_are_skipped_with_the_reason(folder):
    twice = {**GOLD, "ground_truth": GOLD["ground_truth"] * 2}
    long = {**REQUEST, "id": "multiple_1", "question": REQUEST["question"] * 2}
    found = import_bfcl(
        folder("multiple", [REQUEST, long], [twice, {**GOLD, "id": "multiple_1"}]), categories=["multiple"]
    )
    assert found["multiple"].records == []
    assert [own for own, _ in found["multiple"].skipped] == ["multiple_0", "multiple_1"]
    assert "2 calls" in found["multiple"].skipped[0][1]


@pytest.mark.parametrize(
    ("request_", "gold", "reason"),
    [
        ({"question": [[{"role": "system", "content": "Be brief."}]]}, {}, "the user says nothing"),
        ({"question": []}, {}, "0 turns"),
        ({"function": [AREA, AREA]}, {}, "two functions have one name"),
        ({}, {"ground_truth": []}, "0 calls"),
        ({}, {"ground_truth": [{"geometry.area": {}, "geometry.perimeter": {}}]}, "2 calls"),
        ({}, {"ground_truth": [{"geometry.volume": {}}]}, "geometry.volume, is none of the request's"),
    ],
)
def test_a_request_that_no_record_can_say_is_skipped_with_the_reason(folder, request_, gold, reason):
    other = {"id": "multiple_1"}
    root = folder("multiple", [{**REQUEST, **request_}, {**REQUEST, **other}], [{**GOLD, **gold}, {**GOLD, **other}])
    (found,) = import_bfcl(root, categories=["multiple"]).values()
    assert [own["id"] for own in found.records] == ["bfcl/multiple_1"]
    ((name, why),) = found.skipped
    assert name == "multiple_0"
    assert reason in why


def test_gold_without_a_request_is_counted(folder):
    (found,) = import_bfcl(folder("multiple", [REQUEST], [GOLD, {**GOLD, "id": "x"}]), categories=["multiple"]).values()
    assert found.skipped == [("x", "gold without a request")]


def test_a_line_ends_at_a_line_feed_only(folder):
    said = "Area of a\u2028triangle?"
    line = json.dumps({**REQUEST, "question": [[{"role": "user", "content": said}]]}, ensure_ascii=False)
    (record,) = converted(folder("multiple", [line], [GOLD]))
    assert record.case.query == said


# With the profiles of others ------------------------------------------------------------------------------------------


@pytest.fixture
def others(tmp_path):
    return write_sample(tmp_path / "others.json")


def test_each_request_gets_the_profile_of_an_unrelated_user_and_stays_the_same_otherwise(folder, others):
    requests = [{**REQUEST, "id": f"irrelevance_{number}"} for number in range(30)]
    root = folder("irrelevance", requests)
    (plain,) = import_bfcl(root, categories=["irrelevance"]).values()
    users = load_dataset(others).records
    given = with_strangers(plain, users)
    profiles = [own["user_profile"] for own in given.records]
    assert [{**own, "user_profile": {}} for own in given.records] == plain.records
    assert all(own in [record.case.user_profile for record in users] for own in profiles)
    assert 5 < len({json.dumps(own) for own in profiles}) <= len({user_of(record) for record in users})
    assert with_strangers(plain, users[::-1]).records == given.records  # by hash, in no order


def test_records_without_profiles_have_none_to_give(folder):
    (plain,) = import_bfcl(folder("irrelevance", [REQUEST]), categories=["irrelevance"]).values()
    bare = {**RAW, "query_params": [], "profile_params": []}
    nobody = read_record(bare, file="f", index=0, default_id="x", split=None)
    with pytest.raises(DatasetError, match="have none"):
        with_strangers(plain, [nobody])


def test_the_command_gives_profiles_which_an_ablation_takes_away_again(folder, others, tmp_path, monkeypatch):
    monkeypatch.setattr(
        "baselines.registry.default_workbench", lambda variant: Workbench(HashingEmbedder(), variant=variant)
    )
    for category in CATEGORIES:
        folder(category, [{**REQUEST, "id": f"{category}_0"}], [{**GOLD, "id": f"{category}_0"}])
    words = ["convert", "bfcl", str(tmp_path), str(tmp_path / "strangers.json"), "--profiles", str(others)]
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 0, result.output
    (record,) = load_dataset(tmp_path / "strangers_multiple.json").records
    assert record.case.user_profile
    ablation = read_ablation(Path(str(resources.files("experiments"))) / "ablation_strangers.toml")
    assert [own.name for own in ablation.metrics] == ["bfcl_function", "bfcl_ast", "bfcl_silence"]
    nobody = ablation.arms[ablation.reference][1]
    assert not Workbench(HashingEmbedder(), variant=nobody).records(record.case).facts
    told = Workbench(HashingEmbedder()).records(record.case)
    assert told.facts or told.events
    silent = replace(ablation, metrics=ablation.metrics[:1]).but(
        data=[tmp_path / "strangers_multiple.json"], out=tmp_path / "runs"
    )
    (found,) = run_ablation(silent)
    assert found.rows[1].metrics["bfcl_function"].difference is not None
    refused = CliRunner().invoke(main, ["convert", "nlsi", *words[2:]])
    assert "--profiles are for bfcl" in refused.output


@pytest.mark.parametrize(
    ("requests", "gold", "error", "message"),
    [
        (["{"], [GOLD], DatasetReadError, "line 1 is no JSON"),
        (["[]"], [GOLD], DatasetReadError, "line 1 is no object"),
        ([REQUEST], [{**GOLD, "id": "multiple_1"}], DatasetReadError, "no gold for 'multiple_0'"),
        ([REQUEST], [], DatasetReadError, "possible_answer.*holds no line"),
        ([], [GOLD], DatasetReadError, "holds no line"),
        (['{"id": "a", "id": "b"}'], [GOLD], DatasetReadError, "'id' stands twice"),
        ([{**REQUEST, "question": [[{"role": "user", "content": float("nan")}]]}], [GOLD], RecordError, "not finite"),
        ([REQUEST, REQUEST], [GOLD], DuplicateIdError, "already the id of entry 0"),
        ([REQUEST], [GOLD, GOLD], DuplicateIdError, "already the id of entry 0"),
        ([{**REQUEST, "question": ["hello"]}], [GOLD], RecordError, r"question\[0\]"),
        ([REQUEST], [{**GOLD, "ground_truth": ["f()"]}], RecordError, r"ground_truth\[0\]"),
        ([REQUEST], [{**GOLD, "ground_truth": [{"geometry.area": []}]}], RecordError, r"ground_truth\[0\]"),
        (
            [REQUEST],
            [{**GOLD, "ground_truth": [{"geometry.area": {"base": 10}}]}],
            RecordError,
            r"ground_truth\[0\]\.geometry\.area\.base",
        ),
        ([{**REQUEST, "id": 3}], [GOLD], RecordError, "id"),
        ([{**REQUEST, "question": [["hello"]]}], [GOLD], RecordError, r"question\[0\]"),
        ([{**REQUEST, "function": [{"name": "f"}]}], [GOLD], RecordError, r"function\[0\]\.description"),
        ([{**REQUEST, "function": {}}], [GOLD], RecordError, "function"),
        (
            [{**REQUEST, "function": [{**AREA, "parameters": {"properties": {"base": "integer"}}}]}],
            [GOLD],
            RecordError,
            r"function\[0\]\.parameters\.properties\.base",
        ),
    ],
)
def test_what_is_not_as_its_authors_lay_it_out_is_an_error(folder, requests, gold, error, message):
    with pytest.raises(error, match=message):
        import_bfcl(folder("multiple", requests, gold), categories=["multiple"])


def test_a_missing_package_is_named(tmp_path):
    with pytest.raises(DatasetReadError, match="pip install --no-deps bfcl-eval"):
        import_bfcl(tmp_path)


def test_metrics_say_nothing_of_other_records(folder):
    (record,) = converted(folder("multiple", [REQUEST], [GOLD]))
    other = answered(
        read_record({**RAW, "query_params": [], "profile_params": []}, file="f", index=0, default_id="x", split=None)
    )
    for own in (bfcl_ast, bfcl_function, bfcl_silence):
        assert own.of_record(other) is None
    assert bfcl_function.of_record(answered(record, ("geometry.area", {}))) == 1.0
    assert bfcl_function.of_record(answered(record, ("geometry.perimeter", {}))) == 0.0
    assert bfcl_function.of_record(answered(record, ("geometry.area", {}), ("geometry.area", {}))) == 0.0
    assert bfcl_function.of_record(answered(record)) == 0.0


RAW = {"query": "q", "user_profile": {}, "platforms": ["P"], "tools": [], "answer": ["P", [{"f": {}}]]}


@pytest.mark.services
@without_checker
@pytest.mark.parametrize(
    ("arguments", "right"),
    [
        ({"base": 10, "height": 5.0}, True),
        ({"base": 10, "height": 5.0, "unit": "Units"}, True),
        ({"base": 10, "height": 5.0, "unit": "metres"}, False),
        ({"base": "10", "height": 5.0}, False),
        ({"base": 10}, False),
        ({"base": 10, "height": 5.0, "colour": "red"}, False),
    ],
)
def test_the_checker_of_bfcl_judges_arguments(folder, arguments, right):
    (record,) = converted(folder("multiple", [REQUEST], [GOLD]))
    assert bfcl_ast.of_record(answered(record, ("geometry.area", arguments))) == float(right)


@pytest.mark.services
@without_checker
def test_no_call_or_another_function_is_wrong(folder):
    (record,) = converted(folder("multiple", [REQUEST], [GOLD]))
    assert bfcl_ast.of_record(answered(record)) == 0.0
    assert bfcl_ast.of_record(answered(record, ("geometry.perimeter", {"base": 10, "height": 5.0}))) == 0.0


def _not_there(name):
    raise ImportError(f"no module {name}")


def test_without_the_package_the_metric_says_what_to_install(folder, monkeypatch):
    (record,) = converted(folder("multiple", [REQUEST], [GOLD]))
    bfcl._checker.cache_clear()
    monkeypatch.setattr("experiments.bfcl.importlib", SimpleNamespace(import_module=_not_there))
    with pytest.raises(MetricError, match="pip install --no-deps bfcl-eval"):
        bfcl_ast([answered(record, ("geometry.area", {}))])
    bfcl._checker.cache_clear()


@pytest.fixture(scope="module")
def data():
    return Path(util.find_spec("bfcl_eval").submodule_search_locations[0]) / "data"


@pytest.mark.services
@without_checker
class TestInstalled:
    def test_every_request_of_the_package_is_converted(self, data, tmp_path):
        out = tmp_path / "bfcl.json"
        result = CliRunner().invoke(main, ["convert", "bfcl", str(data), str(out)])
        assert result.exit_code == 0, result.output
        sizes = {own: len(json.loads((tmp_path / f"bfcl_{own}.json").read_text())) for own in CATEGORIES}
        assert sizes == {
            "simple_python": 400,
            "multiple": 200,
            "live_simple": 258,
            "live_multiple": 1053,
            "irrelevance": 240,
        }

    def test_gold_calls_are_accepted_by_the_checker(self, data):
        records = converted(data, "multiple")[:100]
        calls = [
            {
                name: values[0]
                for name, values in record.answer.calls[0].parameters.items()
                if not isinstance(values[0], dict)
            }
            for record in records
        ]
        found = bfcl_ast(
            [
                answered(record, (record.answer.calls[0].function, own))
                for record, own in zip(records, calls, strict=True)
            ]
        )
        assert found.value > 0.95
