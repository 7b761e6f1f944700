"""What words mean, for values of parameters that are known."""

import numpy as np
import pytest

from indexes import HashingEmbedder, load_embedder, static_of
from resolver import Catalog
from resolver.cards import CatalogIndex
from resolver.errors import WeightsError
from resolver.extract import Extractor
from resolver.models import Models
from resolver.senses import SECOND_FEATURES, Sense, SenseArrays, SenseModel
from resolver.text import read_text

TOOLS = [
    {
        "name": "find_song",
        "description": "Find a song",
        "parameters": {
            "genre": {"type": "string", "description": "Genre of the song"},
            "town": {"type": "string", "description": "Where it is sung"},
        },
    }
]


def model_of_two(known, *, none=0.0):
    """Knows two parameters by the first two dimensions: the first wants the first word's direction."""
    words, parameters = np.zeros((9, 2), np.float32), np.zeros((9, 2), np.float32)
    words[0, 0] = words[1, 1] = 8.0
    parameters[0, 0] = parameters[1, 1] = 1.0
    second = {**dict.fromkeys(SECOND_FEATURES, 0.0), "second_score": 1.0}
    return SenseModel(SenseArrays(words, parameters, known), second, none=none, model="m")


def unit(*places):
    rows = np.zeros((len(places), 8), dtype=np.float32)
    rows[range(len(places)), places] = 1.0
    return rows


class Tokens:
    """Every text has the direction that its first word names."""

    name, dimension = "tokens", 8

    def encode(self, texts):
        return unit(*({"polka": 0, "Graz": 1}.get(text.split()[0], 5) for text in texts))


def found(sense):
    cards = CatalogIndex(Catalog.from_ptbench(["Larder"], TOOLS), HashingEmbedder())
    parameters = cards.readings(0)
    values = Extractor.load().extract(read_text("polka please, Graz please"), parameters, sense=sense)
    return {parameters[number].parameter.name: one for number, one in values if one.score > 0.5}


def test_a_known_parameter_takes_the_word_of_its_sense():
    model = model_of_two(unit(0, 1))
    sense = Sense(model, Tokens(), unit(0, 1), model.familiar(unit(0, 1)))
    assert {name: one.value for name, one in found(sense).items()} == {"genre": "polka", "town": "Graz"}


def test_of_a_parameter_unlike_all_known_ones_nothing_changes():
    model = model_of_two(unit(3, 4))
    sense = Sense(model, Tokens(), unit(0, 1), model.familiar(unit(0, 1)))
    assert not sense.familiar.any()
    assert found(sense) == found(None)


def test_how_far_a_parameter_is_known_grows_with_its_nearness():
    model = model_of_two(unit(0))
    wanted = np.array([[1.0, 0.0], [0.9, 0.436], [0.8, 0.6]], dtype=np.float32)
    familiar = model.familiar(np.pad(wanted, ((0, 0), (0, 6))))
    assert np.allclose(familiar, [1.0, 0.5, 0.0], atol=1e-5)


def test_scores_are_the_bilinear_form_with_its_constants():
    random = np.random.default_rng(0)
    arrays = SenseArrays(*(random.normal(size=shape).astype(np.float32) for shape in ((6, 3), (9, 3), (4, 8))))
    model = SenseModel(arrays, dict.fromkeys(SECOND_FEATURES, 0.0), none=0.0, model="m")
    pieces, parameters = random.normal(size=(2, 5)), random.normal(size=(3, 8))
    expected = np.column_stack([parameters, np.ones(3)]) @ arrays.parameters
    expected = expected @ (np.column_stack([pieces, np.ones(2)]) @ arrays.words).T
    assert np.allclose(model.scores(pieces, parameters), expected, atol=1e-5)


@pytest.mark.parametrize(
    "wrong",
    [
        SenseArrays(np.ones((3, 2)), np.ones((3, 3)), np.ones((1, 2))),
        SenseArrays(np.ones((3, 2)), np.ones((3, 2)), np.ones((1, 5))),
        SenseArrays(np.ones((3, 2)), np.ones((3, 2)), np.ones((0, 2))),
        SenseArrays(np.full((3, 2), np.nan), np.ones((3, 2)), np.ones((1, 2))),
    ],
)
def test_arrays_that_do_not_fit_are_refused(wrong):
    with pytest.raises(WeightsError, match="senses"):
        SenseModel(wrong, dict.fromkeys(SECOND_FEATURES, 0.0), none=0.0, model="m")


def test_a_missing_weight_is_refused():
    with pytest.raises(WeightsError, match="second look"):
        SenseModel(model_of_two(unit(0)).arrays, {}, none=0.0, model="m")


def test_vectors_of_another_model_have_no_sense():
    cards = CatalogIndex(Catalog.from_ptbench(["Larder"], TOOLS), HashingEmbedder(384))
    assert cards.sense(0, SenseModel.load()) is None
    assert cards.sense(0, None) is None


def test_the_part_can_be_left_out():
    assert Models.load().senses is not None
    assert Models.load().without("senses").senses is None


@pytest.mark.model
def test_the_shipped_senses_know_the_parameters_they_were_learned_from():
    embedder, model = load_embedder(), SenseModel.load()
    assert model.knows(embedder)
    assert static_of(embedder).dimension == len(model.arrays.words) - 1
    assert np.allclose(model.familiar(model.arrays.known), 1.0)
