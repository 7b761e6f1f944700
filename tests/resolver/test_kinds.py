"""The space of kinds."""

import numpy as np
import pytest

from indexes import load_embedder
from resolver.errors import WeightsError
from resolver.kinds import KindSpace


def test_places_are_unit_vectors_and_the_origin_has_none():
    space = KindSpace(np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 2.0]], dtype=np.float32), model="made")
    placed = space.place(np.array([[1.0, 0.0], [0.0, 1.0]], dtype=np.float32))
    assert placed[0].tolist() == [0.0, 0.0]
    assert np.linalg.norm(placed[1]) == pytest.approx(1.0)


def test_embeddings_of_another_model_have_no_place():
    assert not KindSpace.load().place(np.ones((3, 7), dtype=np.float32)).any()


@pytest.mark.parametrize("weights", [np.ones(4), np.ones((1, 3)), np.array([[0.0], [np.nan]])])
def test_weights_that_are_no_map_are_refused(weights):
    with pytest.raises(WeightsError, match="kinds"):
        KindSpace(weights, model="made")


@pytest.mark.model
def test_towns_lie_nearer_to_towns_than_to_people_and_meals():
    names = ["Bergen", "Utrecht", "Dr. Ingrid Solberg", "goulash", "dumplings"]
    placed = KindSpace.load().place(load_embedder().encode(names))
    close = placed @ placed.T
    assert close[0, 1] > max(close[0, 2], close[0, 3])
    assert close[3, 4] > max(close[3, 0], close[3, 2])
