"""The senses of words are learned from records, on top of an extractor."""

import json

import numpy as np
import pytest

from experiments.extract_examples import extract_examples
from experiments.records import read_record
from experiments.train_extract import train_extract
from experiments.train_senses import train_senses, write_senses
from indexes import HashingEmbedder
from resolver.extract import Extractor
from resolver.reading import parameter_card
from resolver.senses import SECOND_FEATURES, Sense

DISHES, TOWNS = ("goulash", "ramen", "soup", "curry"), ("Brenning", "Mallow", "Quillton", "Ostervale")


def records(count):
    """Queries in which only the words say what is the dish and what the town."""
    made = []
    for number in range(count):
        pair = [DISHES[number % 4], TOWNS[number // 4 % 4]]
        value = {
            "id": f"r{number}",
            "query": "please {} please {} please".format(*(pair if number % 2 else pair[::-1])).lower(),
            "user_profile": {},
            "platforms": ["Larder"],
            "tools": [
                {
                    "platform": "Larder",
                    "name": "find_table",
                    "parameters": {name: {"type": "string", "required": True} for name in ("first", "second")},
                }
            ],
            "answer": [
                "Larder",
                [{"find_table": {"first": [pair[0].lower()], "second": [pair[1].lower()]}}],
            ],
            "query_params": ["first", "second"],
            "profile_params": [],
        }
        made.append(read_record(value, file="made", index=number, default_id="", split=None))
    return made


@pytest.fixture(scope="module")
def taught():
    examples = extract_examples(records(32), dataset="made")
    extractor = Extractor(train_extract(examples))
    embedder, tokens = HashingEmbedder(64), HashingEmbedder(48)
    return examples, extractor, embedder, tokens, train_senses(examples, extractor, embedder, tokens)


def right(examples, extractor, sense_of):
    hits = 0
    for example in examples:
        chosen = extractor.assign(example.candidates, example.parameters, sense=sense_of(example))
        values = {number: found.value for number, found in chosen}
        hits += all(values.get(number) in accepted for number, accepted in enumerate(example.accepted))
    return hits / len(examples)


def test_words_whose_place_says_nothing_are_told_apart_by_their_sense(taught):
    examples, extractor, embedder, tokens, model = taught

    def sense_of(example):
        vectors = embedder.encode([parameter_card(own.parameter) for own in example.parameters])
        return Sense(model, tokens, vectors, model.familiar(vectors))

    without = right(examples, extractor, lambda _: None)
    assert right(examples, extractor, sense_of) > without + 0.3


def test_training_twice_gives_the_same_and_it_is_written(taught, tmp_path):
    examples, extractor, embedder, tokens, model = taught
    again = train_senses(examples, extractor, embedder, tokens)
    assert again.second == model.second
    assert all(np.array_equal(one, other) for one, other in zip(again.arrays, model.arrays, strict=True))
    write_senses(model, tmp_path, {"made_by": "a test"})
    written = json.loads((tmp_path / "senses.json").read_text())
    assert written["features"].keys() == set(SECOND_FEATURES)
    with np.load(tmp_path / "senses.npz", allow_pickle=False) as arrays:
        assert set(arrays.files) == set(model.arrays._fields)


def test_without_a_parameter_there_is_nothing_to_learn():
    with pytest.raises(ValueError, match="no example"):
        train_senses([], Extractor.load(), HashingEmbedder(64), HashingEmbedder(48))
