from __future__ import annotations

import json
import shutil

import pytest

from indexes import ExportError
from indexes.onnx_export import FORMAT, read_manifest, supported_pooling

MODULES = [{"path": "", "type": "x.Transformer"}, {"path": "1_Pooling", "type": "x.Pooling"}]


@pytest.fixture
def source(tmp_path):
    return make_source(tmp_path / "model", {"pooling_mode_mean_tokens": True, "pooling_mode_cls_token": False})


def make_source(directory, pooling, modules=MODULES, **files):
    (directory / "1_Pooling").mkdir(parents=True)
    (directory / "modules.json").write_text(json.dumps(modules))
    (directory / "1_Pooling" / "config.json").write_text(json.dumps(pooling))
    for name, content in files.items():
        (directory / f"{name}.json").write_text(json.dumps(content))
    return directory


@pytest.mark.parametrize(
    ("pooling", "want"),
    [
        ({"pooling_mode_mean_tokens": True, "pooling_mode_max_tokens": False, "include_prompt": True}, "mean"),
        ({"pooling_mode_cls_token": True}, "cls"),
        ({"pooling_mode": "mean"}, "mean"),
        ({"pooling_mode": ["cls"]}, "cls"),
    ],
)
def test_pooling_is_read_in_both_forms(tmp_path, pooling, want):
    assert supported_pooling(make_source(tmp_path / "m", pooling)) == want


@pytest.mark.parametrize(
    "pooling",
    [
        {"pooling_mode_mean_sqrt_len_tokens": True},
        {"pooling_mode_max_tokens": True},
        {"pooling_mode_mean_tokens": True, "pooling_mode_cls_token": True},
        {"pooling_mode": "lasttoken"},
        {},
    ],
)
def test_other_poolings_are_refused(tmp_path, pooling):
    with pytest.raises(ExportError, match="only mean and cls"):
        supported_pooling(make_source(tmp_path / "m", pooling))


def test_other_modules_are_refused(tmp_path):
    dense = [*MODULES, {"path": "2_Dense", "type": "sentence_transformers.models.Dense"}]
    with pytest.raises(ExportError, match="Dense"):
        supported_pooling(make_source(tmp_path / "m", {"pooling_mode": "mean"}, dense))


@pytest.mark.parametrize(
    "files",
    [
        {"sentence_bert_config": {"do_lower_case": True}},
        {"config_sentence_transformers": {"default_prompt_name": "query"}},
    ],
)
def test_models_that_change_the_text_are_refused(tmp_path, files):
    with pytest.raises(ExportError, match="changes texts"):
        supported_pooling(make_source(tmp_path / "m", {"pooling_mode": "mean"}, **files))


def test_a_directory_of_another_layout_is_refused(tmp_path):
    with pytest.raises(ExportError, match="laid out"):
        supported_pooling(tmp_path)


@pytest.mark.model
class TestManifest:
    @pytest.fixture
    def made(self, model_cache, tmp_path):
        (original,) = (model_cache / "onnx").iterdir()
        shutil.copytree(original, tmp_path / "export")
        return tmp_path / "export", json.loads((original / "manifest.json").read_text())["fingerprint"]

    def test_a_whole_export_is_read_and_states_its_agreement(self, made):
        manifest = read_manifest(made[0], fingerprint=made[1])
        assert (manifest.format, manifest.dimension, manifest.max_tokens, manifest.pooling) == (
            FORMAT,
            384,
            256,
            "mean",
        )
        assert manifest.least_cosine >= 0.96

    def test_another_models_export_is_not_taken(self, made):
        assert read_manifest(made[0], fingerprint="0" * 64) is None

    @pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json", "manifest.json"])
    @pytest.mark.parametrize("damage", ["absent", "cut", "changed"])
    def test_a_damaged_export_is_not_taken(self, made, name, damage):
        path = made[0] / name
        content = path.read_bytes()
        path.unlink()
        if damage == "cut":
            path.write_bytes(content[: len(content) // 2])
        elif damage == "changed":
            path.write_bytes(b"x" + content[1:])
        assert read_manifest(made[0], fingerprint=made[1]) is None

    @pytest.mark.parametrize("content", ["[]", "3", "{}", '{"format": 1}'])
    def test_a_manifest_of_another_shape_is_not_taken(self, made, content):
        (made[0] / "manifest.json").write_text(content)
        assert read_manifest(made[0], fingerprint=made[1]) is None
