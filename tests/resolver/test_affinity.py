"""The affinity head reads descriptions and not names, and is silent where it knows nothing."""

import numpy as np
import pytest

from indexes import HybridIndex
from resolver import Catalog, Platform, Profile
from resolver.affinity import BLOCKS, Affinity, affinity_blocks, masked_description
from resolver.asking import read_queries
from resolver.bilinear import BilinearForm
from resolver.cards import CatalogIndex
from resolver.records import UserRecords

SHOPS = (
    ("Larder", "Low prices and many discounts."),
    ("Plum", "Fine goods for those who like quality."),
    ("Nook", "Old books, bought and sold."),
)
PROFILE = {"age": 71, "city": "Elmton", "notes": ["I look for discounts when I buy things.", "I like to read."]}


def world(embedder, shops=SHOPS, profile=PROFILE, query="buy a kettle"):
    catalog = Catalog.from_ptbench(
        [{"name": name, "description": text} for name, text in shops],
        [{"platform": name, "name": "buy", "description": "Buy a thing.", "parameters": {}} for name, _ in shops],
    )
    cards = CatalogIndex(catalog, embedder)
    linked = UserRecords(Profile.from_json(profile, user="ada"), HybridIndex(embedder)).linked(cards)
    return cards, linked, read_queries([query], embedder)[0]


@pytest.fixture(scope="module")
def head(embedder):
    stack = np.random.default_rng(5).normal(size=(len(BLOCKS) + 1, embedder.dimension + 1, embedder.dimension)) * 0.1
    return Affinity(BilinearForm(stack, blocks=BLOCKS, model=embedder.name))


@pytest.mark.parametrize(
    ("name", "text", "masked"),
    [
        ("Quick_Bite", "QUICK bite is fast; use Quick-Bite.", "this platform is fast; use this platform."),
        ("Bank", "Banking with a bankbook.", "Banking with a bankbook."),
        ("A+", "", ""),
        ("(x)", "The (x) app.", "The this platform app."),
    ],
)
def test_a_platforms_own_name_is_masked_in_its_description(name, text, masked):
    assert masked_description(Platform(name=name, description=text)) == masked


def test_scores_are_of_texts_and_not_of_names_or_places(embedder, head):
    plain = head.scores(*world(embedder))
    renamed = head.scores(*world(embedder, shops=[(f"Shop{n}", text) for n, (_, text) in enumerate(SHOPS)]))
    turned = head.scores(*world(embedder, shops=SHOPS[::-1]))
    assert np.abs(plain).max() > 0.1
    assert renamed == pytest.approx(plain, abs=1e-4)
    assert turned[::-1] == pytest.approx(plain, abs=1e-4)


def test_scores_depend_on_who_the_user_is(embedder, head):
    other = {"age": 19, "notes": ["I want only the best quality."]}
    assert head.scores(*world(embedder)) != pytest.approx(head.scores(*world(embedder, profile=other)), abs=1e-2)


def test_a_platform_without_a_description_scores_zero(embedder, head):
    scores = head.scores(*world(embedder, shops=[*SHOPS, ("Bare", "")]))
    assert scores[3] == 0.0
    assert scores[:3].sum() == pytest.approx(0.0, abs=1e-4)
    assert not head.scores(*world(embedder, shops=[("Larder", SHOPS[0][1]), ("Bare", "")])).any()
    assert not head.scores(*world(embedder, shops=[(name, "") for name, _ in SHOPS])).any()


def test_descriptions_of_a_kind_that_was_never_learned_score_zero(embedder, head):
    described = world(embedder)[0].described
    narrow = head.form.stack[:, :, :1].copy()
    narrow[0, :-1, 0] = described[0] - described[1]
    kind = Affinity(BilinearForm(narrow, blocks=BLOCKS, model=embedder.name))
    assert kind.scores(*world(embedder, shops=SHOPS[:2])).any()
    other = [("Fern", "Rides through the town."), ("Oak", "Hikes in the hills.")]
    assert not kind.scores(*world(embedder, shops=other)).any()


def test_vectors_that_the_weights_were_not_learned_on_score_zero(embedder):
    assert not Affinity.load().scores(*world(embedder)).any()


def test_blocks_without_content_are_left_out(embedder):
    assert set(affinity_blocks(*world(embedder))) == set(BLOCKS)
    assert set(affinity_blocks(*world(embedder, profile={}))) == {"query"}


def test_a_statement_that_was_taken_back_counts_for_less(embedder):
    said = ["I look for discounts when I buy things.", "I like fine goods."]
    dates = ["2024-03-01", "2025-02-01"]

    def weights(since):
        notes = [{"text": text, "since": day} for text, day in zip(said, since, strict=True)]
        vectors, own = affinity_blocks(*world(embedder, profile={"notes": notes}))["statements"]
        return {text: float(own[np.argmax(vectors @ embedder.encode([text])[0])]) for text in said}

    before, after = weights(dates), weights(dates[::-1])
    assert after[said[0]] == pytest.approx(2 * before[said[0]])
    assert before[said[1]] == pytest.approx(2 * after[said[1]])
