"""A bilinear form is linear in what it reads, and knows which vectors it was learned on."""

import numpy as np
import pytest

from resolver import WeightsError, affinity, value_choice
from resolver.bilinear import BilinearForm, attend, load_form, model_of, summed


def form(blocks=("said", "asked"), d=4, k=2, model="made"):
    stack = np.random.default_rng(3).normal(size=(len(blocks) + 1, d + 1, k))
    return BilinearForm(stack, blocks=blocks, model=model)


def test_the_score_is_what_the_formula_says():
    own = form()
    generator = np.random.default_rng(4)
    said, asked, candidates = generator.normal(size=4), generator.normal(size=4), generator.normal(size=(3, 4))
    users = {"said": own.project("said", said), "asked": own.project("asked", asked)}
    expected = [
        (
            own.stack[0, -1]
            + (said @ own.stack[1, :-1] - own.stack[1, -1])
            + (asked @ own.stack[2, :-1] - own.stack[2, -1])
        )
        @ (candidate @ own.stack[0, :-1])
        for candidate in candidates
    ]
    assert own.place(candidates) @ own.user(users) == pytest.approx(np.array(expected), rel=1e-5)


def test_what_lies_outside_of_the_forms_candidates_is_not_familiar():
    stack = np.zeros((1, 5, 2))
    stack[0, 0, 0] = stack[0, 1, 1] = 3.0
    own = BilinearForm(stack, blocks=(), model="made")
    inside, outside, between, nothing = own.familiar(np.array([[2, 1, 0, 0], [0, 0, 1, 0], [1, 0, 1, 0], [0, 0, 0, 0]]))
    assert (inside, outside, nothing) == (1.0, 0.0, 0.0)
    assert 0.0 < between < 1.0


def test_a_block_without_content_adds_nothing():
    own = form()
    assert own.user({}) == pytest.approx(own.stack[0, -1])


def test_a_form_knows_only_the_model_it_was_learned_on_whatever_runs_it():
    own = form(model="abc")
    assert own.knows("some/model@abc/torch", 4)
    assert own.knows("elsewhere@abc/onnx-int8", 4)
    assert not own.knows("some/model@abd/torch", 4)
    assert not own.knows("some/model@abc/torch", 5)
    assert model_of("hashing-64") == "hashing-64"


@pytest.mark.parametrize(
    "stack", [np.zeros((3, 5)), np.zeros((2, 5, 2)), np.full((3, 5, 2), np.nan)], ids=["flat", "blocks", "nan"]
)
def test_a_stack_that_does_not_fit_is_refused(stack):
    with pytest.raises(WeightsError):
        BilinearForm(stack, blocks=("said", "asked"), model="made")


def test_attention_adds_up_to_one_and_prefers_what_is_close():
    vectors = np.eye(3, dtype=np.float32)
    weights = attend(vectors, vectors[1])
    assert weights.sum() == pytest.approx(1.0)
    assert weights.argmax() == 1
    assert attend(vectors[:0], vectors[1]).shape == (0,)


def test_a_sum_does_not_grow_with_how_many_unrelated_vectors_it_has():
    for number in (1, 4, 100):
        assert np.linalg.norm(summed(number) @ np.eye(number)) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("name", "blocks"),
    [
        ("affinity", affinity.BLOCKS),
        ("values", value_choice.BLOCKS),
        ("values_need", value_choice.NEED_BLOCKS),
    ],
)
def test_the_shipped_forms_read_what_the_code_gives_them(name, blocks):
    assert load_form(name).blocks == blocks


def test_a_form_that_is_not_there_is_an_error_of_the_library():
    with pytest.raises(WeightsError, match="nowhere"):
        load_form("nowhere")
