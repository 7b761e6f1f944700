"""Fitting which records of a user are meant, on an invented shop."""

import os
from pathlib import Path

import pytest

from experiments.dataset import load_dataset
from experiments.folds import read_groups
from experiments.records import read_record
from experiments.references import read_tools, with_tools
from experiments.train_entities import (
    EACH_SIGNS,
    LEAST,
    LEAST_EACH,
    ONE_SIGNS,
    cross_validate_entities,
    entity_examples,
    train_entities,
    write_entities,
)
from resolver.entity_model import EntityModel

THINGS = ("Copper Pan", "Oak Stool", "Rain Coat", "Tin Drum", "Wool Scarf", "Glass Vase")
DATA = Path(os.environ.get("PROFILE_RESOLVER_DATA", Path(__file__).parents[3] / "shared" / "data")) / "ptbench_shape"


def record(number):
    mine = [THINGS[(number + place) % len(THINGS)] for place in range(4)]
    parcels = [
        {
            "parcel_id": f"P{number}{place}7",
            "status": ("sent", "packed")[place],
            "goods": [{"good_id": f"g{number}{place}{n}", "name": mine[2 * place + n]} for n in range(2)],
        }
        for place in range(2)
    ]
    wanted = number % 2
    named = mine[2 * wanted]
    gold = {"parcel_id": [f"P{number}{wanted}7"], "good_ids": [[f"g{number}{wanted}0"]]}
    return read_record(
        {
            "query": f"Return the {named} of P{number}{wanted}7.",
            "user_profile": {"user_id": f"u{number}", "parcels": parcels},
            "platforms": ["Shop"],
            "tools": [{"name": "return_goods", "parameters": {"parcel_id": "string", "good_ids": {"type": "array"}}}],
            "answer": ["Shop", [{"return_goods": gold}]],
            "query_params": ["parcel_id"],
            "profile_params": ["good_ids"],
        },
        file="shop.json",
        index=number,
        default_id=f"shop/{number}",
        split=None,
    )


def taught(records):
    return [example for record in records for example in entity_examples(record)]


@pytest.fixture(scope="module")
def records():
    return [record(number) for number in range(12)]


def test_weights_keep_their_signs_and_least_sizes(records):
    model = train_entities(taught(records))
    for weights, signs, least in ((model.one, ONE_SIGNS, LEAST), (model.each, EACH_SIGNS, LEAST_EACH)):
        assert weights.keys() == signs.keys()
        assert all(signs[name] * weight >= 0.0 for name, weight in weights.items())
        assert all(abs(weights[name]) >= size for name, size in least.items())
    assert model.each["label"] > 1.0


def test_held_out_groups_are_predicted_with_and_without_ids(records):
    figures = cross_validate_entities(records, {r.id: f"group {int(r.id[5:]) % 6}" for r in records})
    assert figures["as asked"] == {"goods": 1.0, "parcel": 1.0}
    assert set(figures) == {"as asked", "without ids", "in short"}
    assert figures["without ids"]["parcel"] == 1.0


def test_records_without_ids_to_choose_teach_nothing():
    blank = [
        read_record(
            {
                "query": "hello",
                "user_profile": {},
                "platforms": ["Shop"],
                "tools": [{"name": "greet", "parameters": {}}],
                "answer": ["Shop", [{"greet": {}}]],
                "query_params": [],
                "profile_params": [],
            },
            file="shop.json",
            index=0,
            default_id="shop/0",
            split=None,
        )
    ]
    with pytest.raises(ValueError, match="tools of the records"):
        train_entities(taught(blank))


def test_what_is_written_is_read(tmp_path, records):
    model = train_entities(taught(records))
    file = tmp_path / "entities.json"
    write_entities(file, model, {"about": "a test"})
    read = EntityModel.read(file.read_text(encoding="utf-8"), where=str(file))
    assert (read.one, read.each) == (model.one, model.each)


def test_the_shipped_weights_are_for_these_features():
    model = EntityModel.load()
    assert (tuple(model.one), tuple(model.each)) == (tuple(ONE_SIGNS), tuple(EACH_SIGNS))


@pytest.mark.data
def test_ids_of_real_records_are_found_in_held_out_groups():
    file = DATA / "tau_retail.json.gz"
    if not file.is_file():
        pytest.skip("the development data is not here: set PROFILE_RESOLVER_DATA")
    dataset = with_tools(load_dataset(file), read_tools(Path("retail")))
    figures = cross_validate_entities(dataset.records, read_groups([DATA / "slices" / "tau_retail.meta.json.gz"]))
    assert min(figures["as asked"].values()) > 0.95
    assert min(figures["without ids"].values()) > 0.8
