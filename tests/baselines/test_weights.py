"""The weights that systems work with."""

import json
from importlib import resources
from pathlib import Path

import pytest

from baselines import Case, create
from baselines.weights import FOLDS, Weights
from baselines.workbench import Workbench
from indexes import HashingEmbedder
from resolver.errors import WeightsError
from resolver.models import Models
from resolver.weights import SHIPPED

SHIPPED_FOLDER = Path(str(resources.files("resolver"))) / "data"
TOOLS = [{"platform": "Larder", "name": "order_food", "description": "Order a meal.", "parameters": {}}]


def case(name="a"):
    return Case(id=name, query="order soup", user_profile={}, platforms=["Larder"], tools=TOOLS)


@pytest.fixture
def folds(tmp_path):
    """Two folds, the second without senses."""
    for fold, left_out in ((0, ()), (1, ("senses.json", "senses.npz"))):
        (tmp_path / "held" / f"fold-{fold}").mkdir(parents=True)
        for file in SHIPPED_FOLDER.iterdir():
            if file.name not in left_out:
                (tmp_path / "held" / f"fold-{fold}" / file.name).write_bytes(file.read_bytes())
    (tmp_path / "held" / FOLDS).write_text(json.dumps({"folds": {"a": 0, "b": 1}}))
    return tmp_path / "held"


def test_without_any_others_the_shipped_weights_answer():
    own = Workbench(HashingEmbedder())
    assert own.configuration["weights"] == SHIPPED.digest
    assert own.weights.models(case()) is Models.load()


def test_a_folder_of_weights_answers_every_case(folds):
    weights = Weights.read(folds / "fold-1")
    assert weights.name == "fold-1"
    assert weights.digest != SHIPPED.digest
    assert weights.models(case("a")) is weights.models(case("z")) is weights.trained[0]
    assert weights.trained[0].senses is None


def test_of_folds_a_case_has_its_own(folds):
    weights = Weights.read(folds)
    assert weights.models(case("a")).senses is not None
    assert weights.models(case("b")).senses is None
    with pytest.raises(WeightsError, match="held: the case 'c' is in no fold"):
        weights.models(case("c"))


def test_a_workbench_has_a_resolver_for_the_weights_of_a_case(folds):
    own = Workbench(HashingEmbedder(), Weights.read(folds))
    first = own.resolver(case("a"))
    assert own.resolver(case("a")) is first
    assert own.resolver(case("b")) is not first


@pytest.mark.parametrize("name", ["most_used", "bm25", "resolver"])
def test_no_system_answers_a_case_that_is_in_no_fold(name, folds):
    system = create(name, workbench=Workbench(HashingEmbedder(), Weights.read(folds)))
    assert system.predict(case("b")).platform == "Larder"
    with pytest.raises(WeightsError, match="in no fold"):
        system.predict(case("c"))


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"folds": []}', '{"folds": {"a": "x"}}', '{"folds": {"a": -1}}', '{"folds": {"a": 7}}']
)
def test_damaged_folds_are_an_error_that_names_the_file(text, folds):
    (folds / FOLDS).write_text(text)
    with pytest.raises(WeightsError, match=r"folds\.json"):
        Weights.read(folds)


def test_a_fold_without_weights_is_an_error(folds):
    (folds / "fold-1" / "choice.json").unlink()
    with pytest.raises(WeightsError, match=r"fold-1.choice\.json"):
        Weights.read(folds)
