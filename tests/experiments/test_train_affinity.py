"""The heads learn what a text means for whom, and are measured on groups that they did not see."""

import json

import numpy as np
import pytest

from experiments.bilinear import Fitting, fit_form, write_form
from experiments.records import Dataset, read_record
from experiments.train_affinity import affinity_examples, cross_validate_affinity, held_out_suits, train_affinity
from experiments.train_choice import examples
from experiments.train_values import cross_validate_values, train_values, value_examples
from indexes import HashingEmbedder

SHOPS = {"Larder": "Discounts and low prices.", "Plum": "Premium goods of high quality."}
SIDES = {
    "Larder": ("I look for discounts and low prices.", "small", "slow"),
    "Plum": ("I want premium goods of high quality.", "large", "fast"),
}
EMBEDDER = HashingEmbedder()


def made(size=40):
    """Requests that only the user's statement decides, for the shop and for the pace of delivery."""
    records = []
    for number in range(size):
        shop = list(SHOPS)[number % 2]
        statement, income, pace = SIDES[shop]
        personal = {"type": "str", "kind": "personalized", "description": "Pace. Available values: ['slow', 'fast']."}
        record = {
            "query": f"buy item {number // 2}",
            "user_profile": {
                "income": income,
                "age": 20 + number,
                "notes": [statement, f"Has been here {number} times."],
            },
            "platforms": [{"name": name, "description": text} for name, text in SHOPS.items()],
            "tools": [
                {"platform": name, "name": "buy", "description": "Buy an item.", "parameters": {"pace": personal}}
                for name in SHOPS
            ],
            "answer": [shop, [{"buy": {"pace": [pace]}}]],
            "query_params": [],
            "profile_params": ["pace"],
        }
        records.append(read_record(record, file="made", index=number, default_id=f"made/{number}", split=None))
    return Dataset(name="made", records=tuple(records), sha256="0" * 64)


GROUPS = {f"made/{number}": f"group {number // 2}" for number in range(40)}
HOW = Fitting(user_rank=10, rank=4, penalty=0.01)


@pytest.fixture(scope="module")
def rows():
    return affinity_examples(examples(made(), EMBEDDER, GROUPS))


def test_the_head_finds_whom_a_description_suits_in_groups_that_it_did_not_see(rows):
    figures = cross_validate_affinity(rows, EMBEDDER, how=HOW)
    assert figures["made"]["with_head"] > 0.95
    assert figures["made"]["records"] == 40


def test_held_out_suits_are_not_those_of_the_head_that_saw_all(rows):
    held_out = held_out_suits(rows, EMBEDDER, how=HOW)
    assert [len(own) for own in held_out] == [2] * 40
    own = train_affinity(rows, EMBEDDER, how=HOW).form
    assert own.blocks == ("statements", "attributes", "query")
    margins = [scores[row.home[row.example.gold]] for row, scores in zip(rows, held_out, strict=True)]
    assert np.mean(margins) > 0.2


def test_records_without_descriptions_give_no_examples():
    bare = made(4)
    records = [
        read_record(
            {
                "query": record.case.query,
                "user_profile": record.case.user_profile,
                "platforms": list(SHOPS),
                "tools": record.case.tools,
                "answer": record.answer.to_json(),
                "query_params": [],
                "profile_params": [],
            },
            file="made",
            index=number,
            default_id=str(number),
            split=None,
        )
        for number, record in enumerate(bare.records)
    ]
    dataset = Dataset(name="bare", records=tuple(records), sha256="0" * 64)
    assert affinity_examples(examples(dataset, EMBEDDER, {})) == []


def test_values_are_learned_from_the_facts_and_measured_on_unseen_groups():
    rows = value_examples(made(), examples(made(), EMBEDDER, GROUPS))
    figures = cross_validate_values(rows, EMBEDDER, how=HOW._replace(constant=0.5))
    assert figures["all"]["right"] > 0.95
    assert figures["pace"]["listed"] == figures["all"]["listed"] == 40
    assert figures["all"]["extra"] == 0
    assert figures["all"]["whole"] == figures["all"]["right"]


def test_a_form_is_the_same_whenever_it_is_trained():
    rows = value_examples(made(12), examples(made(12), EMBEDDER, GROUPS))
    first, second = (train_values(rows, EMBEDDER, how=HOW) for _ in range(2))
    assert np.array_equal(first.form.stack, second.form.stack)


def test_a_block_that_no_record_has_does_no_harm():
    generator = np.random.default_rng(2)
    candidates = [generator.normal(size=(2, 6)) for _ in range(8)]
    users = {"some": generator.normal(size=(8, 6)), "none": np.zeros((8, 6))}
    form = fit_form(users, candidates, [0, 1] * 4, [np.zeros(2)] * 8, how=HOW, embedder="made")
    assert np.isfinite(form.stack).all()
    assert form.user({}) == pytest.approx(np.zeros(form.stack.shape[2]))


def test_a_written_form_is_readable_and_whole(tmp_path):
    generator = np.random.default_rng(2)
    users = {"some": generator.normal(size=(8, 6))}
    form = fit_form(
        users, [generator.normal(size=(2, 6))] * 8, [0, 1] * 4, [np.zeros(2)] * 8, how=HOW, embedder="a@b/c"
    )
    write_form(tmp_path, "made", form, {"about": "a test"})
    about = json.loads((tmp_path / "made.json").read_text())
    assert about == {"about": "a test", "blocks": ["some"], "shape": list(form.stack.shape)}
    stack = np.load(tmp_path / "made.npy", allow_pickle=False)
    assert np.array_equal(stack.astype(np.float32), form.stack)
    assert form.model == "b"
