from __future__ import annotations

import json

import numpy as np
import pytest

from indexes import EmbeddingError, ExportError
from indexes.static_table import (
    FORMAT,
    make_table,
    ranks,
    rarity,
    read_table_manifest,
    static_rows,
    write_table,
)

TOKENS = ["[PAD]", "[unused1]", ".", "a", "the", "of", "and", "dentist", "##ry", "ramen"]


@pytest.fixture
def outputs():
    found = np.random.default_rng(3).normal(size=(len(TOKENS), 12)).astype(np.float32)
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def test_only_words_and_parts_of_words_count_in_a_rank():
    assert ranks(TOKENS).tolist() == [0, 0, 0, 0, 0, 1, 2, 3, 4, 5]
    assert ranks(["<s>", "\u2581the", "\u2581", "\u2581dentist"]).tolist() == [0, 0, 0, 1]
    assert ranks([]).tolist() == []


def test_rows_are_the_principal_components_with_the_strongest_first(outputs):
    rows = static_rows(outputs)
    assert (rows.shape, rows.dtype) == ((len(TOKENS), 12), np.float32)
    centred = outputs.astype(np.float64) - outputs.mean(axis=0, dtype=np.float64)
    assert np.allclose(rows @ rows.T, centred @ centred.T, atol=1e-5)
    assert (np.diff((rows.astype(np.float64) ** 2).sum(axis=0)) < 1e-6).all()


def test_rows_do_not_depend_on_the_sign_that_a_decomposition_gives(outputs):
    assert np.allclose(np.abs(static_rows(-outputs)), np.abs(static_rows(outputs)), atol=1e-5)
    assert np.array_equal(static_rows(outputs), static_rows(outputs.copy()))


def test_the_rarer_a_word_the_more_it_counts_and_what_is_no_word_the_least():
    weights = rarity(ranks(TOKENS))
    assert (weights[:5] == weights[0]).all()
    assert (np.diff(weights[4:]) > 0).all()
    assert 0 < weights[0] < weights[-1] < 1


class TestManifest:
    @pytest.fixture
    def made(self, tmp_path):
        write_table(np.ones((4, 3), dtype=np.float32), np.ones(4), '{"a": 1}', tmp_path / "table", fingerprint="f" * 64)
        return tmp_path / "table"

    def test_a_whole_table_is_read_and_holds_no_pickle(self, made):
        manifest = read_table_manifest(made, fingerprint="f" * 64)
        assert (manifest.format, manifest.tokens, manifest.dimension) == (FORMAT, 4, 3)
        assert np.load(made / "rows.npy", allow_pickle=False).dtype == np.float16
        assert [path.name for path in made.parent.iterdir()] == ["table"]

    def test_another_models_table_is_not_taken(self, made):
        assert read_table_manifest(made, fingerprint="0" * 64) is None

    @pytest.mark.parametrize("name", ["rows.npy", "weights.npy", "tokenizer.json", "manifest.json"])
    @pytest.mark.parametrize("damage", ["absent", "cut", "changed"])
    def test_a_damaged_table_is_not_taken_and_is_replaced_as_a_whole(self, made, name, damage):
        path = made / name
        content = path.read_bytes()
        path.unlink()
        if damage == "cut":
            path.write_bytes(content[: len(content) // 2])
        elif damage == "changed":
            path.write_bytes(b"x" + content[1:])
        assert read_table_manifest(made, fingerprint="f" * 64) is None
        write_table(np.ones((4, 3), dtype=np.float32), np.ones(4), '{"a": 1}', made, fingerprint="f" * 64)
        assert read_table_manifest(made, fingerprint="f" * 64) is not None

    @pytest.mark.parametrize("content", ["[]", "3", "{}", '{"format": 1}'])
    def test_a_manifest_of_another_shape_is_not_taken(self, made, content):
        (made / "manifest.json").write_text(content)
        assert read_table_manifest(made, fingerprint="f" * 64) is None

    def test_a_table_that_is_there_already_stays(self, made):
        before = (made / "rows.npy").stat().st_ino
        write_table(np.zeros((4, 3), dtype=np.float32), np.ones(4), '{"a": 1}', made, fingerprint="f" * 64)
        assert (made / "rows.npy").stat().st_ino == before

    def test_a_place_that_cannot_be_written_is_an_error_of_ours(self, tmp_path, monkeypatch):
        def refuse(*_args, **_kwargs):
            raise OSError("not permitted")

        monkeypatch.setattr("indexes.static_table.put_whole", refuse)
        with pytest.raises(EmbeddingError, match="not permitted"):
            write_table(np.ones((4, 3), dtype=np.float32), np.ones(4), "{}", tmp_path / "table", fingerprint="f")
        assert list(tmp_path.iterdir()) == []


def test_a_model_of_another_shape_is_refused_before_anything_is_loaded(tmp_path):
    (tmp_path / "modules.json").write_text(json.dumps([{"path": "", "type": "x.CLIPModel"}]))
    with pytest.raises(ExportError, match="CLIPModel"):
        make_table(tmp_path, tmp_path / "table", fingerprint="f")
