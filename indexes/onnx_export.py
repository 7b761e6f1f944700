"""From a sentence-transformers directory to a verified int8 model for onnxruntime, made once and kept.

What is exported is one graph from token ids to the unit vector: transformer, pooling, normalisation. Its batch is one
text long. Dynamic int8 quantisation scales activations by the range of the whole input tensor, so in a batch a text's
vector would depend on its neighbours (by up to 0.03 per component on MiniLM) and on where the batch
was cut. One text at a time is deterministic, needs neither padding nor mask, and costs a fifth of bulk throughput
(820 against 1,000 sentences per second on two cores).

Layout of an export, ``<cache>/onnx/<fingerprint>-v<FORMAT>/``: ``model.onnx``, ``tokenizer.json`` and ``manifest.json``
with the checksums of both.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np

from indexes.errors import EmbeddingError, ExportError
from indexes.files import put_whole, sync_tree, work_beside
from indexes.fingerprint import sha256_of
from indexes.manifest import read_verified
from indexes.quiet import quiet_and_offline

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["FORMAT", "Manifest", "export", "read_manifest", "supported_pooling"]

FORMAT = 1
INT8_COSINE, FP32_COSINE = 0.96, 0.9999
"""Least cosine between an exported vector and torch's over the built-in sentences. MiniLM in int8 measures 0.973 on the
one-word text, 0.98 to 0.996 on sentences; retrieval figures do not move (see ``hybrid``)."""
_OPSET = 18
_PACKAGES = ("onnx", "onnxruntime", "onnxscript", "tokenizers")
_FILES = ("model.onnx", "tokenizer.json")


@dataclass(frozen=True)
class Manifest:
    """What an export is, as written to ``manifest.json``.

    Attributes:
        format: Version of this layout and of the way to export.
        fingerprint: Hash of the model directory it was made from.
        precision: ``"int8"``, or ``"fp32"`` where int8 strayed too far from torch.
        dimension: Length of the vectors.
        max_tokens: Longer texts are cut, special tokens included.
        pooling: ``"mean"`` or ``"cls"``.
        least_cosine: Worst agreement with torch over the built-in sentences.
        sha256: Checksum by file name.
    """

    format: int
    fingerprint: str
    precision: str
    dimension: int
    max_tokens: int
    pooling: str
    least_cosine: float
    sha256: dict[str, str]


def read_manifest(directory: Path, *, fingerprint: str) -> Manifest | None:
    """The manifest of an export that is whole and of this model, else ``None``: it may be deleted and made again."""
    return read_verified(Manifest, directory, version=FORMAT, fingerprint=fingerprint, files=_FILES)


def export(source: Path, target: Path, *, fingerprint: str) -> Manifest:
    """Export a model directory to ``target``, verify it against torch, and put it in place as a whole.

    Args:
        source: A sentence-transformers directory.
        target: Where the export goes; what is there is replaced.
        fingerprint: Hash of ``source``.

    Returns:
        The manifest that was written.

    Raises:
        ExportError: The architecture is not supported, an exporter is missing or fails, or the result strays from
            torch even in fp32.
        EmbeddingError: The model cannot be loaded at all.
        OSError: The cache cannot be written.
    """
    pooling = supported_pooling(source)
    if missing := [name for name in _PACKAGES if find_spec(name) is None]:
        raise ExportError(f"to export {source} takes {', '.join(missing)}: pip install 'profile-resolver[onnx]'")
    from indexes.torch_embedder import load_sentence_transformer  # noqa: PLC0415 - torch only when there is work for it

    model = load_sentence_transformer(source)
    with work_beside(target) as aside:
        try:
            with quiet_and_offline():
                _write_graph(model, aside / "fp32.onnx", pooling=pooling)
                _quantise(aside / "fp32.onnx", aside / "model.onnx")
                tokenizer = _tokenizer(model)
        except Exception as error:  # three exporters, each with its own errors
            raise ExportError(f"{source} cannot be exported for onnxruntime: {error}") from error
        (aside / "tokenizer.json").write_text(tokenizer, encoding="utf-8")
        precision, least = _verified(model, aside)
        (aside / "fp32.onnx").unlink(missing_ok=True)
        manifest = Manifest(
            format=FORMAT,
            fingerprint=fingerprint,
            precision=precision,
            dimension=int(model.encode([""], show_progress_bar=False).shape[1]),
            max_tokens=int(model.max_seq_length),
            pooling=pooling,
            least_cosine=round(least, 6),
            sha256={name: sha256_of(aside / name) for name in _FILES},
        )
        (aside / "manifest.json").write_text(json.dumps(asdict(manifest), indent=2) + "\n", encoding="utf-8")
        sync_tree(aside)
        _put_in_place(aside, target, fingerprint=fingerprint)
    return manifest


def supported_pooling(source: Path) -> str:
    """The pooling of a model of the shape transformer, pooling, perhaps normalisation; anything else is refused."""
    try:
        modules = json.loads((source / "modules.json").read_bytes())
        kinds = [module["type"].rpartition(".")[2] for module in modules]
        if kinds not in (["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"]):
            raise ExportError(
                f"{source} has the modules {kinds}; only transformer, pooling, normalisation can be exported"
            )
        config = json.loads((source / modules[1]["path"] / "config.json").read_bytes())
        transformer = _json_or_empty(source / modules[0]["path"] / "sentence_bert_config.json")
        prompts = _json_or_empty(source / "config_sentence_transformers.json")
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ExportError(f"{source} is not laid out as a sentence-transformers model: {error!r}") from error
    modes = _pooling_modes(config)
    if len(modes) != 1 or modes[0] not in {"mean", "cls"}:
        raise ExportError(f"{source} pools by {modes}; only mean and cls can be exported")
    if transformer.get("do_lower_case") or prompts.get("default_prompt_name"):
        raise ExportError(f"{source} changes texts before its tokenizer (do_lower_case or a default prompt)")
    return str(modes[0])


def _pooling_modes(config: dict[str, Any]) -> list[str]:
    """Pooling modes in either of the forms that sentence-transformers writes: one key, or a switch for each mode."""
    if mode := config.get("pooling_mode"):
        return [mode] if isinstance(mode, str) else list(mode)
    short = {"pooling_mode_mean_tokens": "mean", "pooling_mode_cls_token": "cls"}
    return [short.get(key, key) for key, on in config.items() if key.startswith("pooling_mode_") and on]


def _json_or_empty(path: Path) -> dict[str, Any]:
    return dict(json.loads(path.read_bytes())) if path.is_file() else {}


def _write_graph(model: Any, path: Path, *, pooling: str) -> None:  # noqa: ANN401 - a SentenceTransformer
    import torch  # noqa: PLC0415

    class Encoder(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.transformer = model[0].auto_model

        def forward(self, input_ids: Any) -> Any:  # noqa: ANN401
            states = self.transformer(input_ids=input_ids, attention_mask=torch.ones_like(input_ids)).last_hidden_state
            pooled = states.mean(dim=1) if pooling == "mean" else states[:, 0]
            return torch.nn.functional.normalize(pooled, p=2.0, dim=1)

    tokens = torch.export.Dim("tokens", min=2, max=int(model.max_seq_length))
    example = torch.as_tensor([model.tokenizer.encode("A sentence to trace the graph with.")])
    program = torch.onnx.export(
        Encoder().train(mode=False),
        (example,),
        input_names=["input_ids"],
        output_names=["sentence_vector"],  # a name of an operator, like "embedding", would clash with a node's
        opset_version=_OPSET,
        dynamo=True,
        dynamic_shapes={"input_ids": {1: tokens}},
        external_data=False,
        verbose=False,
    )
    program.save(str(path))


def _quantise(source: Path, target: Path) -> None:
    from onnxruntime.quantization import QuantType, quantize_dynamic  # noqa: PLC0415

    # A scale per output channel instead of one per matrix: mean cosine to torch 0.994 instead of 0.969.
    quantize_dynamic(source, target, weight_type=QuantType.QInt8, per_channel=True)


def _tokenizer(model: Any) -> str:  # noqa: ANN401 - a SentenceTransformer
    tokenizer = model.tokenizer.backend_tokenizer
    tokenizer.no_padding()
    tokenizer.enable_truncation(int(model.max_seq_length))
    return str(tokenizer.to_str())


def _verified(model: Any, aside: Path) -> tuple[str, float]:  # noqa: ANN401 - a SentenceTransformer
    """Keep int8 where it is near torch, else put fp32 in its place; the precision and its least cosine."""
    from indexes.onnx_embedder import OnnxEncoder  # noqa: PLC0415

    expected = model.encode(list(PROBES), show_progress_bar=False, normalize_embeddings=True)
    least = {}
    for precision, file, bound in (("int8", "model.onnx", INT8_COSINE), ("fp32", "fp32.onnx", FP32_COSINE)):
        got = OnnxEncoder(aside / file, aside / "tokenizer.json").encode(PROBES)
        least[precision] = _least_cosine(got, expected)
        if least[precision] >= bound:
            (aside / file).replace(aside / "model.onnx")
            return precision, least[precision]
    raise ExportError(
        f"the exported model strays from torch: least cosine {least}, wanted {INT8_COSINE}, {FP32_COSINE}"
    )


def _least_cosine(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    return float(np.einsum("ij,ij->i", a, b).min())


def _put_in_place(aside: Path, target: Path, *, fingerprint: str) -> None:
    try:
        put_whole(aside, target, whole=lambda: read_manifest(target, fingerprint=fingerprint) is not None)
    except OSError as error:
        raise EmbeddingError(f"the export cannot be put at {target}: {error}") from error


PROBES = (
    "",
    "ok",
    "Find me a table for two tomorrow at 7 pm.",
    "I prefer window seats and vegetarian meals on long flights.",
    "User: My tooth has been hurting lately, where can I find a dentist?",
    "searchRestaurants(city='San José', cuisine=\"ramen\", max_price=25.50)",
    "get_user_info returns the account, the address and the phone number of the user.",
    "She never buys from shops without free returns; he always does.",
    "The invoice of 2024-05-01 over 1,299.00 EUR was paid in three instalments.",
    "Ich hätte gern ein ruhiges Zimmer mit Blick auf den Garten.",
    "我想订一张明天去上海的火车票",
    "أريد طلب بيتزا كبيرة الليلة",
    "🍕🎬🚕 please!!!",
    "a b c d e f g 1 2 3 4 5 6 7 8 9 10",
    "ORDER 4411-B: CANCEL. REASON: ARRIVED LATE, BOX DAMAGED, ITEM MISSING.",
    "Play something calm by a string quartet while I cook dinner for my parents, and turn it off when they arrive.",
    " ".join(["Every summer we drive to the coast, rent a small boat and stay until the first storm of autumn."] * 20),
)
"""Texts of many kinds and lengths, one of them longer than most models read."""
