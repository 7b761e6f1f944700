"""All learned parts trained together, answering records whose groups they did not see."""

import json
from dataclasses import replace

import pytest
from click.testing import CliRunner

from baselines.ours import ResolverSystem
from baselines.weights import Weights
from baselines.workbench import Workbench
from experiments.cli import main
from experiments.dataset import load_dataset
from experiments.evidence import EvidenceRecord
from experiments.folds import fold_of
from experiments.held_out import (
    answer_held_out,
    calibration_figures,
    evidence_figures,
    families,
    figures,
    held_out_weights,
    predict_left_out,
    refusal_figures,
    train_folds,
    write_folds,
)
from experiments.sample import write
from experiments.training import Material, Trainer
from experiments.write_models import write_models
from indexes import HashingEmbedder
from resolver.models import Models

EMBEDDER = HashingEmbedder()


def evidence():
    """Statements about a dish or about a room, and queries that speak of one."""
    return tuple(
        EvidenceRecord(
            id=f"made/{number}",
            query=f"find me a {thing} please, number {number}",
            facts={"a": "If I ask for a meal, I prefer ramen.", "b": "If I ask for a room, I prefer a quiet one."},
            gold=frozenset({fact}),
            group=f"group {number}",
            kind="Plain",
        )
        for number, (thing, fact) in enumerate([("meal", "a"), ("room", "b")] * 6)
    )


@pytest.fixture(scope="module")
def trainer(tmp_path_factory):
    dataset = load_dataset(write(tmp_path_factory.mktemp("sample") / "sample.json"))
    return Trainer(Material(datasets=(dataset,), evidence={"made": evidence()}), EMBEDDER)


@pytest.fixture(scope="module")
def trained(trainer):
    return train_folds(trainer, folds=2)


@pytest.fixture(scope="module")
def answered(trainer, trained):
    return answer_held_out(trainer, trained)


def test_each_fold_is_answered_by_models_of_the_other(trainer, trained, answered):
    (own,) = answered
    assert [prediction.case_id for prediction in own.predictions] == [record.id for record in own.dataset.records]
    folds = {fold_of(trainer.group(record), 2) for record in own.dataset.records}
    assert folds == {0, 1}
    assert trained[0].choice != trained[1].choice


def test_figures_are_of_whole_answers(answered):
    found = figures(answered[0])
    assert found["records"] == len(answered[0].dataset.records)
    assert 0.0 < found["overall"] <= found["tool"] <= found["platform"] <= 1.0
    assert found["calibration_error"] == pytest.approx(calibration_figures(answered)["calibration_error"])


def test_which_statements_matter_is_measured_on_evidence_that_was_held_out(trainer, trained):
    found = evidence_figures(trainer, trained, "made")
    assert found["records"] == 12
    assert found["hit@1"] > 0.5
    assert found["exact"] == found["Plain"]


def test_without_refusals_nothing_is_said_of_them(trainer, trained, answered):
    found = refusal_figures(trainer, trained, answered)
    assert (found["requests"], found["refused"]) == (0.0, None)


def test_datasets_that_share_groups_are_left_out_together(tmp_path):
    dataset = load_dataset(write(tmp_path / "sample.json"))
    one, two = (dataset.records[:8], dataset.records[4:12])

    parts = (replace(dataset, name="one", records=one), replace(dataset, name="two", records=two))
    both = Trainer(Material(datasets=parts), EMBEDDER)
    assert families(both) == {"one": frozenset({"one", "two"}), "two": frozenset({"one", "two"})}


def test_a_dataset_is_answered_by_models_of_the_others(tmp_path):

    dataset = load_dataset(write(tmp_path / "sample.json"))
    users = sorted({record.extra["user"] for record in dataset.records})
    parts = tuple(
        replace(
            dataset,
            name=name,
            records=tuple(r for r in dataset.records if (users.index(r.extra["user"]) < 6) is first),
        )
        for name, first in (("one", True), ("two", False))
    )
    answered = predict_left_out(Trainer(Material(datasets=parts), EMBEDDER))
    assert {own.dataset.name for own in answered} == {"one", "two"}
    assert all(figures(own)["platform"] > 0.2 for own in answered)


def test_written_parts_are_those_that_were_trained(trained, tmp_path):
    written = write_models(trained[0], tmp_path, {"about": "a test"})
    assert set(written) >= {"choice", "extractor", "relevance"}
    assert json.loads((tmp_path / "choice.json").read_text())["features"] == dict(trained[0].choice.features)
    assert json.loads((tmp_path / "extract.json").read_text())["features"] == trained[0].extractor.weights


def test_written_folds_answer_each_record_by_weights_that_did_not_see_it(trainer, trained, answered, tmp_path):
    write_folds(
        held_out_weights(trainer, trained), tmp_path / "held-out", {"about": "a test", "embedder": EMBEDDER.name}
    )
    weights = Weights.read(tmp_path / "held-out")
    assert (weights.name, len(weights.trained)) == ("held-out", 2)
    assert Weights.read(tmp_path / "held-out").digest == weights.digest
    for record in answered[0].dataset.records:
        assert weights.models(record.case) is weights.trained[fold_of(trainer.group(record), 2)]
    system = ResolverSystem(Workbench(EMBEDDER, weights))
    again = [system.predict(record.case) for record in answered[0].dataset.records]
    same = [
        (own.platform, own.calls) == (was.platform, was.calls)
        for own, was in zip(again, answered[0].predictions, strict=True)
    ]
    assert sum(same) >= len(same) - 1  # weights are written with fewer digits


def test_all_but_the_choice_is_learned_of_a_dataset_without_a_share(trainer):
    (dataset,) = trainer.material.datasets
    half = len(dataset.records) // 2
    one = replace(dataset, name="one", records=dataset.records[:half])
    two = replace(dataset, name="two", records=dataset.records[half:])
    alone, other, both = (
        Trainer(Material(datasets=own, shares={"two": share}), EMBEDDER).train(lambda _name, _group: True)
        for own, share in (((one,), 1.0), ((one, two), 0.0), ((one, two), 1.0))
    )
    assert other.choice == alone.choice != both.choice
    assert other.extractor.weights == both.extractor.weights != alone.extractor.weights


@pytest.mark.parametrize("part", Models.parts())
def test_each_part_can_be_left_out(part, trainer, trained):
    (own,) = answer_held_out(trainer, [models.without(part) for models in trained])
    assert len(own.predictions) == len(own.dataset.records)


def test_an_unknown_part_is_refused():
    with pytest.raises(ValueError, match="no part 'luck'"):
        Models.load().without("luck")


def test_the_commands_refuse_what_they_do_not_know(tmp_path):
    data = str(write(tmp_path / "sample.json"))
    for args, message in (
        (("fit", "--data", data, "--share", "other=2"), "no dataset"),
        (("fit", "--data", data, "--share", "sample"), "DATASET=WEIGHT"),
        (("fit", "--data", data, "--share", "sample=0"), "no dataset to learn the choice from"),
        (("fit", "--data", data, "--evidence", str(tmp_path / "none.json")), "expected a list"),
    ):
        result = CliRunner().invoke(main, args)
        assert result.exit_code != 0
        assert message in result.output


def test_the_same_request_in_another_dataset_is_on_the_same_side_of_a_fold(tmp_path):
    dataset = load_dataset(write(tmp_path / "sample.json"))
    again = replace(
        dataset,
        name="again",
        records=tuple(
            replace(record, case=record.case.model_copy(update={"id": f"again/{record.id}"}))
            for record in dataset.records[:3]
        ),
    )
    groups = {record.id: f"group {number}" for number, record in enumerate(dataset.records)}
    both = Trainer(Material(datasets=(dataset, again), groups=groups), EMBEDDER)
    assert [both.group(record) for record in again.records] == ["group 0", "group 1", "group 2"]
