"""Statements of liking and refusing beside a query."""

import numpy as np
import pytest

from indexes import HashingEmbedder, load_embedder
from resolver.kinds import KindSpace
from resolver.relevance import RelevanceModel
from resolver.relevance_features import compare, encode_statements
from resolver.stances import STANCE_FEATURES, is_stance, stance_rows, stance_space

FACTS = [
    "I strongly dislike loud restaurants.",
    "My favourite colour is green.",
    "If I ask for a table, then outside.",
    "Due to my allergy, I avoid nuts.",
]


@pytest.fixture(scope="module")
def compared():
    embedder = HashingEmbedder(64)
    kinds = KindSpace(np.random.default_rng(1).normal(size=(65, 4)).astype(np.float32), model="made")
    return compare("Find food", "Find food", encode_statements(FACTS, embedder, kinds), embedder, kinds)


def space_of(count, seed=0):
    random = np.random.default_rng(seed)
    vectors = random.normal(size=(count, 64)).astype(np.float32)
    vectors[:, 0] *= 30.0
    return stance_space(vectors[::2], vectors[1::2])


def test_what_refuses_is_a_stance_and_what_has_no_form_is_one_as_far_as_the_others(compared):
    stances, share = is_stance(compared)
    assert stances.tolist() == [True, True, False, True]
    assert share.tolist() == [1.0, 0.5, 0.5, 1.0]


def test_a_direction_that_varies_much_counts_for_little():
    space = space_of(4_000)
    lengths = np.linalg.norm(space.whitening, axis=1)
    assert lengths[0] < 0.5 * lengths[1:].min()


def test_of_few_texts_the_space_is_that_of_the_embeddings():
    space = space_of(30)
    assert np.array_equal(space.whitening, np.eye(64, dtype=np.float32))
    assert not space.query.any()
    assert not space.statement.any()


def test_features_are_the_cosine_in_the_space_and_what_is_known_otherwise(compared):
    otherwise = np.array([1.0, 2.0, 3.0, 4.0])
    stances, rows = stance_rows(compared, space_of(30), otherwise)
    named = dict(zip(STANCE_FEATURES, rows.T, strict=True))
    cosine = compared.statements @ compared.query
    assert np.allclose(named["suits"][[0, 3]], cosine[[0, 3]], atol=1e-6)
    assert np.isclose(named["suits_below_best"][stances].max(), 0.0)
    assert named["otherwise"].tolist() == [0.0, 1.0, 1.5, 0.0]


@pytest.mark.model
def test_of_many_refusals_the_one_about_what_is_asked_comes_first():
    facts = ["I avoid loud music.", "I dislike long flights.", "I refuse to eat nuts.", "I hate crowded gyms."]
    judged = RelevanceModel.load().relevant("Which airline should I take to Sydney?", facts, load_embedder())
    assert int(np.argmax(judged.probabilities)) == 1
